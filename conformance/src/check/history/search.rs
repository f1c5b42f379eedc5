//! The search for orders, depth first, in the manner of Wing and Gong, with the memory of Lowe.
//!
//! - A reply that holds now, teaches nothing and changes nothing is taken at once: it cannot be in the way of anything.
//! - Of the others only a persistent set is tried: calls that have nothing to do with each other are not put in every order.
//! - A state that was reached with the same calls placed is not searched again.
//! - Nothing is copied on the way: a world takes its changes back.
//!
//! Every state that all calls together lead to is found all the same, but for those that another one covers: the same world,
//! and every reading of theirs. What is taken at once may teach something later, where it teaches nothing that is needed.

use std::collections::{HashMap, HashSet};

use portres_model::{Mark, Permitted, PortBlock, Profile, Step, apply, permitted_into};
use smallvec::SmallVec;

use super::State;
use super::conflicts::{Conflicts, KeptOut};
use super::fingerprints::{of_call, of_readings, of_unseen};
use super::line::{Candidates, Line};
use super::placing::{Noted, Plan, Way};
use super::reached::{How, Orders, Reached, Stuck};
use crate::check::candidates::Untold;
use crate::check::unknown::after_unknown;
use crate::profiles::NamedProfile;
use crate::trace::Observed;

/// The most states that are kept. More of them than are followed at a time do no harm where the trace ends.
const MOST_OUTCOMES: usize = 1_024;

/// What was found.
pub(super) enum Found {
    /// Orders that are permitted, one for each state that they lead to.
    Orders(Orders),
    /// There is none.
    None(Option<Stuck>),
    /// What a call did whose reply is not known, or not all of it, cannot be told.
    Untold(Untold),
    /// The budget did not suffice.
    Spent(Option<Stuck>),
    /// They lead to too many states.
    TooMany,
}

/// A search through the orders of a stretch.
pub(super) struct Search<'p> {
    plan: &'p Plan,
    budget: &'p mut u64,
    conflicts: Conflicts,
    line: Line,
    /// The calls that have been placed, and where that has led.
    trail: Vec<Placed>,
    state: State,
    /// The same in short: the calls, and the readings. The world has a fingerprint of its own.
    done: u64,
    readings: u64,
    /// Where there was a choice.
    forks: Vec<Fork>,
    /// Whether all calls could be placed from where there was a choice before.
    memo: HashMap<(u64, u64), bool>,
    /// In which of the states it began.
    start: usize,
    known: HashSet<(u64, u64)>,
    /// The states that were reached, but for those that another one covers, by the fingerprints of their worlds.
    outcomes: Vec<(u64, Reached)>,
    noted: Noted,
    /// How many of the trail have been noted.
    noted_to: usize,
    stuck: Option<Stuck>,
    /// What became of each call when it was last tried, and whether that may have changed.
    tried: Vec<Tried>,
    /// Behind the last one of which something is told there.
    tried_to: usize,
    age: u32,
    untold: Option<Untold>,
    // room to work in
    all: Permitted,
    candidates: Candidates,
    set: Vec<u32>,
}

/// A call that has been placed.
struct Placed {
    call: u32,
    before: Before,
    step: Option<Step>,
}

/// What was there before.
enum Before {
    /// All that the world has changed since, and the readings if they were others.
    Change(Mark, Option<Box<(Profile, u64)>>),
    /// A state that the call has replaced.
    Whole(Box<State>, u64),
}

/// A place where one of several ways has to be tried.
struct Fork {
    /// How many calls had been placed.
    placed: usize,
    key: (u64, u64),
    ways: std::vec::IntoIter<Next>,
    finished: bool,
}

/// A way to go on.
enum Next {
    Place(u32),
    /// Into a state, which this step explains if it is one alone.
    Into(u32, Box<(State, Option<Step>)>),
}

/// What became of a call when it was last tried, and how often the readings had been others by then.
#[derive(Clone)]
pub(super) enum Tried {
    /// It has not been, or something has been placed or taken back since that matters to it.
    No,
    /// It is not permitted. What keeps it out is at these ports, if any are named.
    Failed(u32, SmallVec<[PortBlock; 4]>),
    /// It is permitted.
    Holds(u32),
    /// It is permitted, and teaches or changes something.
    Teaches(u32),
}

impl<'p> Search<'p> {
    /// Searches from each state. They are as they were behind that, but for what they have written down.
    pub(super) fn through(plan: &'p Plan, starts: &mut Vec<State>, budget: &'p mut u64) -> Found {
        let line = Line::new(plan.calls.iter().map(|planned| &planned.made));
        let conflicts = Conflicts::new(plan, &line, starts);
        let Some(first) = starts.pop() else { return Found::None(None) };
        let mut search = Search {
            budget,
            conflicts,
            line,
            trail: Vec::new(),
            readings: of_readings(&first),
            state: first,
            done: 0,
            forks: Vec::new(),
            memo: HashMap::new(),
            start: starts.len(),
            known: HashSet::new(),
            outcomes: Vec::new(),
            noted: Noted::new(plan.calls.len()),
            noted_to: 0,
            stuck: None,
            tried: vec![Tried::No; plan.calls.len()],
            tried_to: 0,
            age: 0,
            untold: None,
            all: Permitted::default(),
            candidates: Candidates::default(),
            set: Vec::new(),
            plan,
        };
        // from the last state to the first, and each back into its place
        for place in (0..=starts.len()).rev() {
            search.begin(place);
            search.run();
            search.state.world.forget();
            match place.checked_sub(1) {
                Some(before) => std::mem::swap(&mut search.state, &mut starts[before]),
                None => break,
            }
        }
        let Search { state, outcomes, noted, stuck, untold, budget, .. } = search;
        // each stands one place too early
        starts.push(state);
        starts.rotate_right(1);
        match untold {
            _ if *budget == 0 => Found::Spent(stuck),
            Some(untold) => Found::Untold(untold),
            None if outcomes.len() > MOST_OUTCOMES => Found::TooMany,
            None if outcomes.is_empty() => Found::None(stuck),
            None => {
                let outcomes = outcomes.into_iter().map(|(_, reached)| reached).collect();
                Found::Orders(Orders { outcomes, noted })
            }
        }
    }

    fn begin(&mut self, start: usize) {
        self.start = start;
        self.state.world.record();
        self.readings = of_readings(&self.state);
        self.memo.clear();
        self.known.clear();
        self.tried.fill(Tried::No);
    }

    fn run(&mut self) {
        loop {
            self.go_on();
            let enough = if self.plan.one_will_do { 0 } else { MOST_OUTCOMES };
            let over = *self.budget == 0 || self.untold.is_some() || self.outcomes.len() > enough;
            if over {
                self.forks.clear();
            }
            if !self.go_back() {
                return;
            }
        }
    }

    /// Goes on until there is a choice, nothing is left, or nothing can come next.
    fn go_on(&mut self) {
        while *self.budget > 0 {
            if self.line.is_done() {
                return self.finish();
            }
            let mut candidates = std::mem::take(&mut self.candidates);
            self.line.candidates(&mut candidates);
            if self.place_idle(&candidates) {
                self.candidates = candidates;
                continue;
            }
            let mut set = std::mem::take(&mut self.set);
            self.fewest(&candidates, &mut set);
            if set.len() > 1 && self.look_at(&candidates) {
                self.fewest(&candidates, &mut set);
            }
            if set.is_empty() {
                // one of them has to come next, and none can
                candidates.calls.iter().for_each(|call| self.fails_again(*call));
                (self.candidates, self.set) = (candidates, set);
                return;
            }
            let only = match set.as_slice() {
                [only] if self.is_plain(*only) => Some(*only),
                _ => {
                    self.fork(&set);
                    None
                }
            };
            (self.candidates, self.set) = (candidates, set);
            match only {
                Some(only) if self.place(only) => {}
                _ => return,
            }
        }
    }

    fn fewest(&mut self, candidates: &Candidates, set: &mut Vec<u32>) {
        let kept_out = KeptOut { tried: &self.tried, age: self.age };
        self.conflicts.fewest(&self.line, candidates, &kept_out, set);
    }

    /// Looks which of the candidates are not permitted here. False if nothing new was found.
    fn look_at(&mut self, candidates: &Candidates) -> bool {
        let mut any = false;
        if !self.state.is_plain() {
            return false;
        }
        for &call in &candidates.calls {
            let made = &self.plan.calls[call as usize].made;
            let Way::Exactly(reply) = self.plan.calls[call as usize].way else { continue };
            if self.has_tried(call)
                || matches!(self.tried[call as usize], Tried::Holds(age) if age == self.age)
            {
                continue;
            }
            *self.budget = self.budget.saturating_sub(1);
            permitted_into(&self.state.world, made.who.process, &made.call, &mut self.all);
            let State { world, profile, .. } = &self.state;
            if self.all.explains(world, profile, &reply).is_some() {
                self.told(call, Tried::Holds(self.age));
                continue;
            }
            let ports = self.all.kept_out_by(world, profile, &reply);
            self.told(call, Tried::Failed(self.age, ports));
            any = true;
        }
        any
    }

    /// Whether a call leads to one state at most.
    fn is_plain(&self, call: u32) -> bool {
        match self.plan.calls[call as usize].way {
            Way::Described(_) | Way::Unknown => false,
            Way::Exactly(_) | Way::Excused(_) => self.state.is_plain(),
            Way::Nothing | Way::Missing { .. } => true,
        }
    }

    /// Remembers that there is a choice, unless it has been made before.
    fn fork(&mut self, set: &[u32]) {
        let key = (self.done ^ self.readings, self.state.world.fingerprint());
        if let Some(&finished) = self.memo.get(&key) {
            if finished {
                self.note();
            }
            return;
        }
        let mut ways = Vec::with_capacity(set.len());
        set.iter().for_each(|call| self.ways(*call, &mut ways));
        let (placed, ways) = (self.trail.len(), ways.into_iter());
        self.forks.push(Fork { placed, key, ways, finished: false });
    }

    /// The ways in which a call may be placed here.
    fn ways(&mut self, call: u32, ways: &mut Vec<Next>) {
        if self.is_plain(call) {
            ways.push(Next::Place(call));
            return;
        }
        *self.budget = self.budget.saturating_sub(1);
        let (states, step) = match self.followed(call) {
            Ok(followed) => followed,
            Err(untold) => return self.untold = Some(untold),
        };
        if states.is_empty() {
            self.failed(call);
        }
        let into = |state| Next::Into(call, Box::new((state, step.clone())));
        ways.extend(states.into_iter().map(into));
    }

    /// The states behind a call that may lead to several, and what explains it if its reply is known.
    fn followed(&self, call: u32) -> Result<(Vec<State>, Option<Step>), Untold> {
        let planned = &self.plan.calls[call as usize];
        let made = &planned.made;
        let (seen, observed) = made.seen();
        if let Way::Excused(reply) = planned.way {
            let mut state = self.state.clone();
            state.adopt(made.who.process, &made.call, &reply);
            return Ok((vec![state], None));
        }
        if let Some(gives) = made.unseen {
            return Ok((self.state.perhaps(&seen, gives)?, None));
        }
        let Way::Exactly(reply) = planned.way else {
            let states = match observed {
                Observed::Unknown => after_unknown(
                    std::slice::from_ref(&self.state),
                    &made.call,
                    made.names,
                    made.who,
                )?,
                _ => self.state.follow(&seen, &observed, made.names, made.bytes)?.states,
            };
            return Ok((states, None));
        };
        let (mut states, step) = self.state.answers(&seen)?;
        if let (Some(bytes), true) = (made.bytes, self.plan.counts) {
            states.retain_mut(|state| state.leaves(&seen, &reply, bytes).is_ok());
        }
        Ok((states, step))
    }

    /// Goes back to the last choice and takes the next way. False if there is none.
    fn go_back(&mut self) -> bool {
        while let Some(fork) = self.forks.last_mut() {
            let (placed, next) = (fork.placed, fork.ways.next());
            self.take_back(placed);
            match next {
                Some(Next::Place(call)) => {
                    if self.place(call) {
                        return true;
                    }
                }
                Some(Next::Into(call, into)) => {
                    let (state, step) = *into;
                    let before = std::mem::replace(&mut self.state, state);
                    let readings = std::mem::replace(&mut self.readings, of_readings(&self.state));
                    self.age += 1;
                    self.put(call, Before::Whole(Box::new(before), readings), step);
                    return true;
                }
                None => {
                    let Some(fork) = self.forks.pop() else { return false };
                    self.memo.insert(fork.key, fork.finished);
                    if let (true, Some(outer)) = (fork.finished, self.forks.last_mut()) {
                        outer.finished = true;
                    }
                }
            }
        }
        self.take_back(0);
        false
    }

    /// Places the candidates that change nothing and hold now. False if there are none.
    fn place_idle(&mut self, candidates: &Candidates) -> bool {
        let mut any = false;
        for &call in &candidates.calls {
            let planned = &self.plan.calls[call as usize];
            if self.is_plain(call)
                && planned.is_idle()
                && !self.has_tried(call)
                && self.place_if(call, true)
            {
                any = true;
            }
        }
        any
    }

    /// Whether it is known that a call cannot be placed at once.
    fn has_tried(&self, call: u32) -> bool {
        match self.tried[call as usize] {
            Tried::No | Tried::Holds(_) => false,
            Tried::Failed(age, _) | Tried::Teaches(age) => age == self.age,
        }
    }

    /// A call that is known not to be permitted here is told, too.
    fn fails_again(&mut self, call: u32) {
        if self.has_failed(call) {
            self.failed(call);
        }
    }

    fn has_failed(&self, call: u32) -> bool {
        matches!(self.tried[call as usize], Tried::Failed(age, _) if age == self.age)
    }

    /// Places a call that leads to one state, if it is permitted here.
    fn place(&mut self, call: u32) -> bool {
        if self.has_failed(call) {
            self.failed(call);
            return false;
        }
        self.place_if(call, false)
    }

    /// Places a call that leads to one state, if it is permitted here; where `idle` is asked for only if it changes nothing.
    fn place_if(&mut self, call: u32, idle: bool) -> bool {
        *self.budget = self.budget.saturating_sub(1);
        let planned = &self.plan.calls[call as usize];
        let mark = self.state.world.mark();
        let made = &planned.made;
        let by = made.who.process;
        let reply = match planned.way {
            Way::Exactly(reply) => reply,
            Way::Excused(reply) => {
                apply(&mut self.state.world, by, &made.call, &reply);
                self.put(call, Before::Change(mark, None), None);
                return true;
            }
            Way::Missing { admitted: false } => {
                self.failed(call);
                return false;
            }
            Way::Nothing | Way::Missing { .. } | Way::Described(_) | Way::Unknown => {
                self.put(call, Before::Change(mark, None), None);
                return true;
            }
        };
        permitted_into(&self.state.world, by, &made.call, &mut self.all);
        let State { world, profile, .. } = &mut self.state;
        let Some(step) = self.all.explains(world, profile, &reply) else {
            let ports = self.all.kept_out_by(world, profile, &reply);
            return self.fails(call, idle, ports);
        };
        let mut before = None;
        if !step.needs.nothing() {
            let was = profile.clone();
            match profile.assume(&step.needs) {
                Ok(true) => before = Some(was),
                Ok(false) => {}
                Err(_) => return self.fails(call, idle, SmallVec::new()),
            }
        }
        apply(world, by, &made.call, &reply);
        if let (Some(bytes), true) = (made.bytes, self.plan.counts) {
            let was = profile.clone();
            let (seen, _) = made.seen();
            let fits = self.state.leaves(&seen, &reply, bytes).is_ok();
            if self.state.profile != was {
                before.get_or_insert(was);
            }
            if !fits {
                self.state.world.undo_to(mark);
                before.into_iter().for_each(|was| self.state.profile = was);
                return self.fails(call, idle, SmallVec::new());
            }
        }
        if idle && (before.is_some() || self.state.world.fingerprint() != mark.fingerprint()) {
            self.state.world.undo_to(mark);
            before.into_iter().for_each(|was| self.state.profile = was);
            self.told(call, Tried::Teaches(self.age));
            return false;
        }
        let before = before.map(|was| {
            self.age += 1;
            let readings = of_readings(&self.state);
            Box::new((was, std::mem::replace(&mut self.readings, readings)))
        });
        self.put(call, Before::Change(mark, before), Some(step));
        true
    }

    fn fails(&mut self, call: u32, idle: bool, ports: SmallVec<[PortBlock; 4]>) -> bool {
        self.told(call, Tried::Failed(self.age, ports));
        if !idle {
            self.failed(call);
        }
        false
    }

    fn told(&mut self, call: u32, tried: Tried) {
        self.tried[call as usize] = tried;
        self.tried_to = self.tried_to.max(call as usize + 1);
    }

    /// A call has been placed.
    fn put(&mut self, call: u32, before: Before, step: Option<Step>) {
        self.line.take(call);
        self.done ^= of_call(call);
        self.conflicts.of(call).iter().for_each(|other| self.tried[*other as usize] = Tried::No);
        self.trail.push(Placed { call, before, step });
    }

    /// Takes the last calls back, until so many are placed.
    fn take_back(&mut self, placed: usize) {
        while self.trail.len() > placed {
            let Some(Placed { call, before, .. }) = self.trail.pop() else { return };
            match before {
                Before::Change(mark, readings) => {
                    self.state.world.undo_to(mark);
                    if let Some(was) = readings {
                        (self.state.profile, self.readings) = *was;
                        self.age += 1;
                    }
                }
                Before::Whole(state, readings) => {
                    (self.state, self.readings) = (*state, readings);
                    self.age += 1;
                }
            }
            self.line.put_back(call);
            self.done ^= of_call(call);
            self.conflicts.of(call).iter().for_each(|o| self.tried[*o as usize] = Tried::No);
            // those that come behind it will be tried behind others
            let behind = self.line.behind(call) as usize;
            if behind < self.tried_to {
                self.tried[behind..self.tried_to].fill(Tried::No);
                self.tried_to = behind;
            }
        }
        self.noted_to = self.noted_to.min(placed);
    }

    /// Every call has been placed.
    fn finish(&mut self) {
        self.note();
        let (world, unseen) = (self.state.world.fingerprint(), of_unseen(&self.state));
        let world = world ^ unseen;
        if !self.known.insert((self.readings, world)) {
            return;
        }
        let (start, profile) = (self.start, &self.state.profile);
        let same = |of: &(u64, Reached)| of.0 == world && of.1.start == start;
        if self.outcomes.iter().any(|of| same(of) && profile.is_within(&of.1.profile)) {
            return;
        }
        self.outcomes.retain(|of| !same(of) || !of.1.profile.is_within(profile));
        let reached = self.reached();
        self.outcomes.push((world, reached));
    }

    /// Notes what explains the calls of an order that can be finished.
    fn note(&mut self) {
        self.forks.iter_mut().rev().take(1).for_each(|fork| fork.finished = true);
        for placed in &self.trail[self.noted_to..] {
            match (&placed.step, self.plan.calls[placed.call as usize].way) {
                (_, Way::Missing { .. }) => {
                    self.noted.add_rule(placed.call, NamedProfile::MISSING.0);
                }
                (Some(step), _) => self.noted.add(placed.call, step),
                // which of several replies was given is not known, so no rule has shown itself
                (None, _) => {}
            }
        }
        self.noted_to = self.trail.len();
    }

    /// Remembers the call that returned last of those that could not be placed behind the most others.
    fn failed(&mut self, call: u32) {
        let (placed, event) =
            (self.trail.len(), self.plan.calls[call as usize].made.seen().0.event);
        if self.stuck.as_ref().is_none_or(|known| (placed, event) > (known.placed, known.event)) {
            let reached = self.reached();
            self.stuck = Some(Stuck { call: call as usize, event, placed, reached });
        }
    }

    fn reached(&self) -> Reached {
        let replaced = self.trail.iter().any(|p| matches!(p.before, Before::Whole(..)));
        let how = if replaced {
            How::At(Box::new(self.state.clone()))
        } else {
            How::By(self.trail.iter().map(|placed| placed.call).collect())
        };
        Reached { start: self.start, profile: self.state.profile.clone(), how }
    }
}
