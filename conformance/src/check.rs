//! Following a trace: does the specification permit what was observed?

use std::collections::BTreeSet;

use portres_model::{
    About, Call, Code, Guard, Objection, Permitted, Process, ProcessId, Profile, Question, Refusal,
    Reply, Rule, Step, Who, World, apply, permitted, permitted_into,
};
use serde::{Deserialize, Serialize};

use crate::departures::Departures;
use crate::profiles::{NamedProfile, Profiles};
use crate::trace::{Event, Expectation, Header, Observed, Part, Recorded, SystemName, TraceError};

mod bytes;
mod candidates;
mod described;
mod diagnosis;
mod diverge;
mod each;
pub(crate) mod explain;
mod granted;
mod hidden;
mod history;
mod kept;
mod meanwhile;
mod pending;
mod suspicion;
mod unknown;
mod unlisted;
mod watched;

use candidates::{Answered, Candidates};
use diagnosis::Diagnosis;
pub use diagnosis::Note;
pub(crate) use each::each_trace;
pub use each::{check, check_each, check_read};
pub use explain::Given;
use granted::{FORGETS, Granting};
use history::Stretch;
use pending::Failing;
use suspicion::Suspicion;
use unlisted::Unlisted;
use watched::Watched;
pub(crate) use watched::{Machine, Unseen};

/// What is said of a trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Some reading of the documentation explains all of it.
    Conforms,
    /// No reading does.
    Diverges,
    /// It cannot be told.
    Undecided,
}

/// How many steps the search for an order of overlapping calls may take, unless something else is said.
pub const BUDGET: u64 = 5_000_000;

/// How traces are to be judged.
#[derive(Clone, Debug)]
pub struct Settings<'a> {
    /// The profiles that headers may name.
    pub profiles: &'a Profiles,
    /// The profile for every trace, whatever its header says.
    pub profile: Option<&'a NamedProfile>,
    /// Whether a step that rests on assumed rules alone is undecided.
    pub strict: bool,
    /// Known departures of the system.
    pub departures: Option<&'a Departures>,
    /// How many steps the search for an order of overlapping calls may take.
    pub budget: u64,
}

impl<'a> Settings<'a> {
    /// By the profile that each trace names.
    #[must_use]
    pub fn new(profiles: &'a Profiles) -> Settings<'a> {
        Settings { profiles, profile: None, strict: false, departures: None, budget: BUDGET }
    }
}

/// What became of one trace.
#[derive(Clone, Debug)]
pub struct Report {
    /// The title of the trace.
    pub title: Option<String>,
    /// What answered, as the header says.
    pub system: Option<SystemName>,
    /// By what and when it was recorded, if it is a recording.
    pub recorded: Option<Recorded>,
    /// The line on which it starts.
    pub line: u64,
    /// The profile under which it was judged.
    pub profile: String,
    /// The verdict, departures not counted.
    pub verdict: Verdict,
    /// Whether the header's expectation was met; `None` if it has none.
    pub expected: Option<bool>,
    /// How many events it has.
    pub events: u64,
    /// How many calls the system could not do.
    pub unsupported: u64,
    /// The divergences that are not known departures.
    pub divergences: Vec<Divergence>,
    /// How many more there are: behind the first thousand they are counted.
    pub further: u64,
    /// The known departures that occurred, by their place in the list, with their events.
    pub departed: Vec<(usize, u64)>,
    /// Questions answered with codes that nobody foresaw, with their events.
    pub discoveries: Vec<(Question, u64)>,
    /// Why it cannot be told, if so.
    pub undecided: Vec<String>,
    /// What is strange and no matter of the verdict.
    pub notes: Vec<Note>,
    /// Every rule that explains a known reply.
    pub fired: BTreeSet<Rule>,
    /// The readings that are left.
    pub left: Profile,
    /// What it took.
    pub effort: Effort,
}

/// What it takes to judge a trace: the same each time, on every machine.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Effort {
    /// How many states the machine might have been in, summed up over the events: as many as events where nothing is hidden.
    pub states: u64,
    /// How many steps the search for orders of overlapping calls took: each time that a call was tried.
    pub steps: u64,
}

/// An observed reply that no reading permits.
#[derive(Clone, Debug)]
pub struct Divergence {
    /// The event, counted from 1.
    pub event: u64,
    /// Its line.
    pub line: u64,
    /// Who called.
    pub who: String,
    /// The call, in text, with the name of what it created.
    pub call: String,
    /// The observed reply, in text.
    pub observed: String,
    /// Whether the reply is a success.
    pub is_success: bool,
    /// What was permitted, each with its rule and the readings under which.
    pub permitted: Vec<PermittedReply>,
    /// The rules that refuse the reply.
    pub refused_by: Vec<RefusedBy>,
    /// What would have made it legal.
    pub remedy: String,
    /// Whether an earlier divergence of the same trace may be its cause.
    pub follows_from: Option<u64>,
}

/// A reply that was permitted.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct PermittedReply {
    /// The reply, in text.
    pub reply: String,
    /// Its rule.
    pub rule: Rule,
    /// Under which answers; empty if always.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub under: Vec<String>,
}

/// A rule that refused the observed reply.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct RefusedBy {
    /// The rule.
    pub rule: Rule,
    /// The clause that it rests on first.
    pub clause: &'static str,
    /// How it applies here.
    pub why: String,
    /// What it gives instead, where that depends on the open questions, with the answers under which.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gives: Vec<Given>,
}

/// A state that the machine may be in, and the readings under which it is.
#[derive(Clone, PartialEq)]
struct State {
    /// With a stand-in for what nobody has seen.
    world: World,
    profile: Profile,
    unseen: Candidates,
    /// What is known of exclusions that no list shows; `None` where there are none, or where they may change unseen.
    unlisted: Option<Box<Unlisted>>,
}

/// The most states that are followed at a time.
pub const MOST_STATES: usize = 256;

/// The most slots of tables in all states together: a name costs the memory of all names below it, in each state.
pub const MOST_SLOTS: usize = 2_000_000;

/// Follows one trace.
pub struct Follower<'a> {
    /// What the machine may be like: one state, unless replies are unknown or calls overlap. Never empty.
    states: Vec<State>,
    /// Calls that overlap, until all have returned.
    overlap: Stretch,
    /// How pending requests may have failed unseen.
    missed: Vec<Failing>,
    /// How pending acquires may have been granted unseen.
    granted: Vec<Granting>,
    named: &'a NamedProfile,
    settings: &'a Settings<'a>,
    expectations: Vec<Expectation>,
    report: Report,
    diagnosis: Diagnosis,
    /// What the machine was like at what is strange, for whoever shows it.
    watched: Option<Watched>,
    /// The rules that explain a known reply, by their places: most events are explained by rules that have been before.
    fired: [bool; Rule::ALL.len()],
    /// What may be otherwise than it is followed.
    suspicion: Option<Suspicion>,
    /// Nothing more can be told.
    lost: bool,
    known_replies: u64,
}

impl<'a> Follower<'a> {
    /// How many states may be followed: fewer of large worlds.
    pub(crate) fn most_states(&self) -> usize {
        let slots = self.states.first().map_or(0, |state| state.world.slots());
        MOST_SLOTS.checked_div(slots).unwrap_or(MOST_STATES).clamp(1, MOST_STATES)
    }

    /// At the beginning of a trace.
    ///
    /// # Errors
    /// If the header names a profile that is not known.
    pub fn new(header: &Header, settings: &'a Settings<'a>) -> Result<Follower<'a>, TraceError> {
        let named = match settings.profile {
            Some(profile) => profile,
            None => settings
                .profiles
                .of(header)
                .map_err(|name| unknown_profile(header, &name, settings.profiles))?,
        };
        let report = Report {
            title: header.title.clone(),
            system: header.system.clone(),
            recorded: header.recorded.clone(),
            line: header.line,
            profile: named.name.clone(),
            verdict: Verdict::Conforms,
            expected: None,
            events: 0,
            unsupported: 0,
            divergences: Vec::new(),
            further: 0,
            departed: Vec::new(),
            discoveries: Vec::new(),
            undecided: Vec::new(),
            notes: Vec::new(),
            fired: BTreeSet::new(),
            left: named.profile.clone(),
            effort: Effort::default(),
        };
        let world = header.world();
        let unlisted = world.machine().unlisted_exclusions && !world.machine().open;
        Ok(Follower {
            states: vec![State {
                world,
                profile: named.profile.clone(),
                unseen: Candidates::default(),
                unlisted: unlisted.then(Box::default),
            }],
            overlap: Stretch::default(),
            missed: Vec::new(),
            granted: Vec::new(),
            named,
            settings,
            expectations: header.expect.clone(),
            report,
            diagnosis: Diagnosis::new(header),
            watched: None,
            fired: [false; Rule::ALL.len()],
            suspicion: None,
            lost: false,
            known_replies: 0,
        })
    }

    /// Follows one event.
    ///
    /// # Errors
    /// If the event names as new what exists already.
    pub fn follow(&mut self, event: &Event) -> Result<(), TraceError> {
        self.report.events += 1;
        self.report.effort.states += self.states.len() as u64;
        self.diagnosis.see(self.report.events, event);
        if self.states.len() > self.most_states() {
            // a stretch of overlapping calls may have left more
            self.lose("the machine may be in too many states");
        }
        if self.lost {
            return Ok(());
        }
        self.declare(event.who.process);
        if self.overlap.takes(self.report.events, event) {
            if self.overlap.is_over() {
                self.order_amid_unseen();
            }
            return Ok(());
        }
        self.complete_unseen();
        if let Part::Whole { call, reply, names } = event.part {
            self.vanish_unseen(event.who.process, &call, &reply);
            self.name_unseen(&call);
            if let Some(request) = call.request() {
                self.fail_unseen(request);
                self.grant_unseen(&call, &reply, names);
            }
            if self.forgets_granted(&call, &reply) {
                self.suspect(FORGETS);
            }
            if let Call::Preset { request, .. } = call {
                self.overwrite(request);
            }
        }
        if self.lost {
            return Ok(());
        }
        let (failing, grantings) = (self.failing(), self.grantings());
        self.follow_whole(event)?;
        self.miss(failing);
        if let Part::Whole { reply, .. } = &event.part {
            self.keep_grantings(grantings, reply);
        }
        Ok(())
    }

    /// Follows a call that no other overlaps.
    fn follow_whole(&mut self, event: &Event) -> Result<(), TraceError> {
        let Part::Whole { call, names, reply } = event.part else { return Ok(()) };
        reply.named().try_for_each(|reply| self.is_new(event, reply))?;
        let number = self.report.events;
        let seen = |reply| Seen { event: number, line: event.line, who: event.who, call, reply };
        match reply {
            Observed::Unknown => self.unknown(&call, names, event.who),
            Observed::Exactly(Reply::Unsupported) => self.report.unsupported += 1,
            Observed::Exactly(reply) => {
                self.known_replies += 1;
                if self.named.lacks(&call) {
                    self.missing(&seen(reply), &Observed::Exactly(reply));
                    return Ok(());
                }
                let departed = self.report.departed.len();
                self.judge(&seen(reply));
                // what stands beside a reply that nothing explains teaches nothing
                if let (Some(bytes), true) = (event.bytes, self.report.departed.len() == departed) {
                    self.count((event.who, event.line), call, reply, bytes);
                }
            }
            described @ (Observed::Fails | Observed::Succeeds | Observed::OneOf(_)) => {
                self.known_replies += 1;
                let seen = seen(Reply::Ok).one_of(&described);
                if self.named.lacks(&call) {
                    self.missing(&seen, &described);
                } else {
                    self.described(&seen, &described, names, event.bytes);
                }
            }
        }
        Ok(())
    }

    /// What has been found so far.
    pub(crate) fn so_far(&self) -> &Report {
        &self.report
    }

    /// The profile under which the trace is judged.
    pub(crate) fn named(&self) -> &'a NamedProfile {
        self.named
    }

    /// The readings that each of the states leaves which the machine may be in.
    pub(crate) fn profiles(&mut self) -> impl Iterator<Item = &mut Profile> {
        self.states.iter_mut().map(|state| &mut state.profile)
    }

    /// The report, at the end of the trace.
    #[must_use]
    pub fn finish(mut self) -> Report {
        self.settle();
        if self.known_replies == 0 {
            self.report.undecided.push("no reply is known".into());
        }
        if self.states.iter().all(|state| state.unseen.loose) {
            let why = "only a matching over several sockets whose ports were not seen would decide";
            self.report.undecided.push(why.into());
        }
        let report = &mut self.report;
        report.verdict = match () {
            () if !report.divergences.is_empty() => Verdict::Diverges,
            () if !report.undecided.is_empty() || !report.discoveries.is_empty() => {
                Verdict::Undecided
            }
            () => Verdict::Conforms,
        };
        if !self.expectations.is_empty() {
            let met =
                self.expectations.iter().all(|e| report.divergences.iter().any(|d| meets(d, e)));
            let only = report
                .divergences
                .iter()
                .filter(|d| d.follows_from.is_none())
                .all(|d| self.expectations.iter().any(|e| meets(d, e)));
            report.expected = Some(met && only);
        }
        report.fired = Rule::ALL.iter().copied().filter(|r| self.fired[*r as usize]).collect();
        self.report.left = self.left();
        self.report.notes = self.diagnosis.notes();
        self.report
    }

    /// A process that nothing declares exists from its first call on.
    fn declare(&mut self, process: ProcessId) {
        for state in &mut self.states {
            if process != ProcessId::MACHINE && state.world.process(process).is_none() {
                state.world.put_process(process, Some(Process::undeclared()));
            }
        }
    }

    fn is_new(&self, event: &Event, reply: &Reply) -> Result<(), TraceError> {
        // what a request gives may have been seen before
        let is_acquire = matches!(event.part, Part::Whole { call: Call::Acquire { .. }, .. });
        let taken = match *reply {
            Reply::Socket(socket) | Reply::Opened { socket, .. }
                if self.states.iter().all(|s| !s.world.is_vacant(socket)) =>
            {
                format!("the name {socket} is that of an open socket")
            }
            Reply::Reserved { token, .. }
                if is_acquire
                    && self.states.iter().all(|s| s.world.reservation(token).is_some()) =>
            {
                format!("the name {token} is that of a reservation that exists")
            }
            _ => return Ok(()),
        };
        Err(TraceError { line: event.line, column: 0, message: taken, suggestion: None })
    }

    fn judge(&mut self, seen: &Seen) {
        if let [only] = self.states.as_mut_slice() {
            if only.unseen.is_empty() {
                // the common case, without a copy
                match only.step(seen) {
                    Ok(step) => self.note(&step),
                    Err(against) => self.diverge_from(seen, &against),
                }
                apply(&mut self.states[0].world, seen.who.process, &seen.call, &seen.reply);
                return;
            }
        }
        let (mut left, mut step) = (Vec::new(), None);
        for state in &self.states {
            match state.answers(seen) {
                Ok((states, taken)) => {
                    left.extend(states);
                    step = step.or(taken);
                }
                Err(untold) => return self.lose(untold.why()),
            }
        }
        match step {
            Some(step) => {
                self.note(&step);
                self.put_states(left);
            }
            None => {
                self.keep_first(seen, &[Answered::Reply(seen.reply)]);
                let against = self.states[0].clone().step(seen).err().unwrap_or_default();
                self.diverge_from(seen, &against);
                self.states[0].adopt(seen.who.process, &seen.call, &seen.reply);
            }
        }
    }

    /// What a permitted reply says besides.
    fn note(&mut self, step: &Step) {
        step.rules.iter().for_each(|rule| self.fired[*rule as usize] = true);
        self.doubt(step.discovery, &step.rules, step.is_assumed());
    }

    /// What makes the verdict less sure.
    fn doubt(&mut self, discovery: Option<Question>, rules: &[Rule], assumed: bool) {
        let number = self.report.events;
        if discovery.is_some() {
            self.watch_event(number);
        }
        self.report.discoveries.extend(discovery.map(|q| (q, number)));
        if self.settings.strict && assumed {
            let rules: Vec<_> = rules.iter().map(|r| r.id()).collect();
            let why = format!("event {number} rests on assumed rules alone: {}", rules.join(", "));
            self.give_reason(why);
        }
    }

    /// A divergence from what the first state permits.
    fn diverge_from(&mut self, seen: &Seen, against: &[Objection]) {
        let mut all = permitted(&self.states[0].world, seen.who.process, &seen.call);
        self.states[0].sharpen(seen.who.process, &seen.call, &mut all);
        self.diverge(seen, &all, against);
    }

    /// A call that is not there has answered.
    fn missing(&mut self, seen: &Seen, observed: &Observed) {
        let (rule, error) = NamedProfile::MISSING;
        if observed.admits(&Reply::Failed(error)) {
            self.fired[rule as usize] = true;
            return;
        }
        let code = Code::Is(error);
        let mut all = Permitted::default();
        all.must.push(Refusal { rule, when: Guard::ALWAYS, code, about: About::Call });
        self.diverge_each(seen, observed, &all);
    }
}

/// A call and the reply that was seen.
#[derive(Clone, Copy, Debug)]
struct Seen {
    event: u64,
    line: u64,
    who: Who,
    call: Call,
    reply: Reply,
}

impl State {
    /// Whether what a call does to it, it does to its world and its readings alone: nothing is unseen.
    fn is_plain(&self) -> bool {
        self.unseen.is_empty() && self.unlisted.is_none()
    }

    /// Narrows the readings to those that permit the reply; the effect is not written yet.
    fn step(&mut self, seen: &Seen) -> Result<Step, Vec<Objection>> {
        let mut all = Permitted::default();
        permitted_into(&self.world, seen.who.process, &seen.call, &mut all);
        self.sharpen(seen.who.process, &seen.call, &mut all);
        let (step, loosely) = self.judged(&all, &seen.reply)?;
        self.unseen.loose |= loosely;
        if !step.needs.nothing() && self.profile.assume(&step.needs).is_err() {
            // each question leaves it possible, but no reading of all together
            return Err(explain::everything(&all, &self.profile, &seen.reply));
        }
        self.learn(seen, &step);
        Ok(step)
    }
}

fn meets(divergence: &Divergence, expectation: &Expectation) -> bool {
    divergence.event == expectation.event
        && divergence.refused_by.iter().any(|r| r.rule == expectation.rule)
}

fn unknown_profile(header: &Header, name: &str, profiles: &Profiles) -> TraceError {
    let known: Vec<String> = profiles.names().map(str::to_string).collect();
    TraceError {
        line: header.profile_line.max(header.line),
        column: 0,
        message: format!("unknown profile `{name}`: there are {}", known.join(", ")),
        suggestion: Some((name.to_string(), known)),
    }
}
