//! Following a trace: does the specification permit what was observed?

use std::io::BufRead;

use portres_model::{
    Call, Objection, Permitted, Process, ProcessId, Profile, Question, Reply, Rule, World, apply, permitted,
};
use serde::Serialize;

use crate::departures::Departures;
use crate::profiles::{NamedProfile, Profiles};
use crate::trace::{Event, Expectation, Header, Item, Part, Reader, TraceError};

mod explain;

/// What is said of a trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Some reading of the documentation explains all of it.
    Conforms,
    /// No reading does.
    Diverges,
    /// It cannot be told.
    Undecided,
}

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
}

impl<'a> Settings<'a> {
    /// By the profile that each trace names.
    #[must_use]
    pub fn new(profiles: &'a Profiles) -> Settings<'a> {
        Settings { profiles, profile: None, strict: false, departures: None }
    }
}

/// What became of one trace.
#[derive(Clone, Debug)]
pub struct Report {
    /// The title of the trace.
    pub title: Option<String>,
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
    /// The known departures that occurred, by their place in the list, with their events.
    pub departed: Vec<(usize, u64)>,
    /// Questions answered with codes that nobody foresaw, with their events.
    pub discoveries: Vec<(Question, u64)>,
    /// Why it cannot be told, if so.
    pub undecided: Vec<String>,
    /// The readings that are left.
    pub left: Profile,
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
    /// The call, in text.
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
}

/// Judges every trace of a stream, in order.
///
/// # Errors
/// If the stream is not one of traces; nothing is said about the trace in which the error stands.
pub fn check(from: impl BufRead, settings: &Settings<'_>) -> Result<Vec<Report>, TraceError> {
    let mut reports = Vec::new();
    check_each(from, settings, |report| reports.push(report))?;
    Ok(reports)
}

/// Judges every trace of a stream and hands each report on as soon as the trace has ended.
///
/// # Errors
/// As [`check`].
pub fn check_each(
    from: impl BufRead,
    settings: &Settings<'_>,
    mut each: impl FnMut(Report),
) -> Result<(), TraceError> {
    let mut follower: Option<Follower<'_>> = None;
    for item in Reader::new(from) {
        match item? {
            Item::Header(header) => {
                if let Some(done) = follower.replace(Follower::new(&header, settings)?) {
                    each(done.finish());
                }
            }
            Item::Event(event) => {
                let follower = follower.as_mut().expect("the reader gives a header first");
                follower.follow(&event)?;
            }
            Item::Comment(_) => {}
        }
    }
    if let Some(done) = follower {
        each(done.finish());
    }
    Ok(())
}

/// Follows one trace.
pub struct Follower<'a> {
    world: World,
    profile: Profile,
    name: &'a str,
    settings: &'a Settings<'a>,
    expectations: Vec<Expectation>,
    report: Report,
    /// Nothing more can be told.
    lost: bool,
    known_replies: u64,
}

impl<'a> Follower<'a> {
    /// At the beginning of a trace.
    ///
    /// # Errors
    /// If the header names a profile that is not known.
    pub fn new(header: &Header, settings: &'a Settings<'a>) -> Result<Follower<'a>, TraceError> {
        let named = match settings.profile {
            Some(profile) => profile,
            None => settings.profiles.of(header).map_err(|name| unknown_profile(header, &name, settings.profiles))?,
        };
        let report = Report {
            title: header.title.clone(),
            line: header.line,
            profile: named.name.clone(),
            verdict: Verdict::Conforms,
            expected: None,
            events: 0,
            unsupported: 0,
            divergences: Vec::new(),
            departed: Vec::new(),
            discoveries: Vec::new(),
            undecided: Vec::new(),
            left: named.profile.clone(),
        };
        Ok(Follower {
            world: header.world(),
            profile: named.profile.clone(),
            name: &named.name,
            settings,
            expectations: header.expect.clone(),
            report,
            lost: false,
            known_replies: 0,
        })
    }

    /// The state so far.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Follows one event.
    ///
    /// # Errors
    /// If the event names as new what exists already.
    pub fn follow(&mut self, event: &Event) -> Result<(), TraceError> {
        self.report.events += 1;
        if self.lost {
            return Ok(());
        }
        let (call, reply) = match event.part {
            Part::Whole { call, reply, .. } => (call, reply),
            Part::Begin { .. } | Part::End { .. } => {
                self.lose("calls that are split in two are not judged by this version");
                return Ok(());
            }
        };
        self.declare(event.who.process);
        match reply {
            None => self.unknown(&call),
            Some(Reply::Unsupported) => self.report.unsupported += 1,
            Some(reply) => {
                self.is_new(event, &reply)?;
                self.known_replies += 1;
                self.judge(event, &call, &reply);
            }
        }
        Ok(())
    }

    /// The report, at the end of the trace.
    #[must_use]
    pub fn finish(mut self) -> Report {
        if self.known_replies == 0 {
            self.report.undecided.push("no reply is known".into());
        }
        let report = &mut self.report;
        report.verdict = match () {
            () if !report.divergences.is_empty() => Verdict::Diverges,
            () if !report.undecided.is_empty() || !report.discoveries.is_empty() => Verdict::Undecided,
            () => Verdict::Conforms,
        };
        if !self.expectations.is_empty() {
            let met = self.expectations.iter().all(|e| report.divergences.iter().any(|d| meets(d, e)));
            let only = report
                .divergences
                .iter()
                .filter(|d| d.follows_from.is_none())
                .all(|d| self.expectations.iter().any(|e| meets(d, e)));
            report.expected = Some(met && only);
        }
        report.left = self.profile;
        self.report
    }

    fn lose(&mut self, why: &str) {
        self.lost = true;
        self.report.undecided.push(format!("from event {} on: {why}", self.report.events));
    }

    /// A process that nothing declares exists from its first call on.
    fn declare(&mut self, process: ProcessId) {
        if process != ProcessId::MACHINE && self.world.process(process).is_none() {
            self.world.put_process(process, Some(Process::undeclared()));
        }
    }

    /// A call whose reply is not known may have done anything that it can do.
    fn unknown(&mut self, call: &Call) {
        if !matches!(call, Call::GetSockName { .. }) {
            self.lose("the reply is not known, and what the call did cannot be told");
        }
    }

    fn is_new(&self, event: &Event, reply: &Reply) -> Result<(), TraceError> {
        let taken = match *reply {
            Reply::Socket(socket) if self.world.socket(socket).is_some() => {
                format!("the name {socket} is that of an open socket")
            }
            Reply::Reserved { token, .. } if self.world.reservation(token).is_some() => {
                format!("the name {token} is that of a reservation that exists")
            }
            _ => return Ok(()),
        };
        Err(TraceError { line: event.line, column: 0, message: taken, suggestion: None })
    }

    fn judge(&mut self, event: &Event, call: &Call, reply: &Reply) {
        let all = permitted(&self.world, event.who.process, call);
        match all.judge(&self.world, &self.profile, reply) {
            Err(mismatch) => self.diverge(event, call, reply, &all, &mismatch.refused_by),
            Ok(step) => {
                let number = self.report.events;
                if step.needs.nothing() || self.profile.assume(&step.needs).is_ok() {
                    self.report.discoveries.extend(step.discovery.map(|q| (q, number)));
                    if self.settings.strict && step.is_assumed() {
                        let rules: Vec<_> = step.rules.iter().map(|r| r.id()).collect();
                        let why = format!("event {number} rests on assumed rules alone: {}", rules.join(", "));
                        self.report.undecided.push(why);
                    }
                } else {
                    // each question leaves it possible, but no reading of all together
                    let excluded = explain::everything(&all, &self.profile, reply);
                    self.diverge(event, call, reply, &all, &excluded);
                }
            }
        }
        apply(&mut self.world, event.who.process, call, reply);
    }

    fn diverge(&mut self, event: &Event, call: &Call, reply: &Reply, all: &Permitted, against: &[Objection]) {
        let divergence = Divergence {
            event: self.report.events,
            line: event.line,
            who: event.who.to_string(),
            call: call.to_string(),
            observed: reply.to_string(),
            is_success: !matches!(reply, Reply::Failed(_)),
            permitted: explain::permitted_replies(all, &self.world, &self.profile),
            refused_by: explain::refused_by(against, &self.world),
            remedy: explain::remedy(all, &self.world, &self.profile, self.name, reply),
            follows_from: self.report.divergences.first().map(|d| d.event),
        };
        match self.settings.departures.and_then(|d| d.of(&divergence)) {
            Some(departure) => self.report.departed.push((departure, divergence.event)),
            None => self.report.divergences.push(divergence),
        }
    }
}

fn meets(divergence: &Divergence, expectation: &Expectation) -> bool {
    divergence.event == expectation.event && divergence.refused_by.iter().any(|r| r.rule == expectation.rule)
}

fn unknown_profile(header: &Header, name: &str, profiles: &Profiles) -> TraceError {
    let known: Vec<&str> = profiles.names().collect();
    TraceError {
        line: header.line,
        column: 0,
        message: format!("unknown profile `{name}`: there are {}", known.join(", ")),
        suggestion: None,
    }
}
