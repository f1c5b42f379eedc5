//! The search for orders, depth first, in the manner of Wing and Gong, with the memory of Lowe.
//!
//! - A reply that holds now, teaches nothing and changes nothing is taken at once: it cannot be in the way of anything.
//! - Of the others only a persistent set is tried: calls that have nothing to do with each other are not put in every order.
//! - A refusal that teaches something waits as long as it teaches no more for it (`forks`).
//! - A state that was reached with the same calls placed, and with no fewer readings left, is not searched again (`memory`).
//! - Nothing is copied on the way: a world takes its changes back.
//!
//! Every state that all calls together lead to is found all the same, but for those that another one covers: the same world,
//! and every reading of theirs. What is taken at once may teach something later, where it teaches nothing that is needed.

use std::collections::HashSet;

use portres_model::{Mark, Permitted, ProcessId, Profile, Reply, Step, apply, permitted_into};

use super::State;
use super::conflicts::Conflicts;
use super::fingerprints::{of_call, of_unseen};
use super::line::{Candidates, Line};
use super::memory::{Memory, Readings};
use super::placing::{Noted, Plan, Way};
use super::reached::{How, Orders, Reached, Stuck};
use super::trials::{Ports, Trials};
use crate::check::candidates::Untold;
use crate::profiles::NamedProfile;

mod forks;

use forks::{Fork, Next};

/// The most states that are kept. More of them than are followed at a time do no harm where the trace ends.
const MOST_OUTCOMES: usize = 1_024;

/// A world and what of it nobody has seen: fingerprints.
type Where = (u64, u64);

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
    readings: Readings,
    /// Where there was a choice.
    forks: Vec<Fork>,
    memory: Memory,
    /// The part of the way that is being gone.
    leg: u32,
    /// In which of the states it began.
    start: usize,
    known: HashSet<(Readings, Where)>,
    /// The states that were reached, but for those that another one covers.
    outcomes: Vec<(Where, Reached)>,
    noted: Noted,
    /// How many of the trail have been noted.
    noted_to: usize,
    stuck: Option<Stuck>,
    trials: Trials,
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
    Change(Mark, Option<Box<(Profile, Readings)>>),
    /// A state that the call has replaced.
    Whole(Box<(State, Readings, Vec<u32>)>),
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
            readings: 0,
            state: first,
            done: 0,
            forks: Vec::new(),
            memory: Memory::default(),
            leg: 0,
            start: starts.len(),
            known: HashSet::new(),
            outcomes: Vec::new(),
            noted: Noted::new(plan.calls.len()),
            noted_to: 0,
            stuck: None,
            trials: Trials::new(plan.calls.len()),
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
        self.memory.clear();
        self.readings = self.memory.number(&self.state.profile);
        self.leg = self.memory.sets_out();
        self.known.clear();
        self.trials.begin();
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
            if self.has_been() {
                self.candidates = candidates;
                return;
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
                    self.fork(&candidates, &mut set);
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
        self.conflicts.fewest(&self.line, candidates, &self.trials, set);
    }

    /// Looks which of the candidates are not permitted here. False if nothing new was found.
    fn look_at(&mut self, candidates: &Candidates) -> bool {
        let mut any = false;
        if !self.state.is_plain() {
            return false;
        }
        for &call in &candidates.calls {
            let is_known = matches!(self.plan.calls[call as usize].way, Way::Exactly(_));
            if is_known && !self.trials.is_told(call) {
                any |= !self.look(call);
            }
        }
        any
    }

    /// Looks whether a call is permitted here whose reply is known.
    fn look(&mut self, call: u32) -> bool {
        let planned = &self.plan.calls[call as usize];
        let Way::Exactly(reply) = planned.way else { return false };
        *self.budget = self.budget.saturating_sub(1);
        let step = self.explained(call, planned.made.who.process, &reply);
        let is_permitted = step.is_some();
        step.into_iter().for_each(|step| self.trials.permitted(call, step));
        is_permitted
    }

    /// Whether a call leads to one state at most.
    fn is_plain(&self, call: u32) -> bool {
        match self.plan.calls[call as usize].way {
            Way::Described(_) | Way::Unknown => false,
            Way::Exactly(_) | Way::Excused(_) => self.state.is_plain(),
            Way::Nothing | Way::Missing { .. } => true,
        }
    }

    /// Whether the search has been here before. What is behind the first choice alone can be reached again.
    fn has_been(&mut self) -> bool {
        if self.forks.is_empty() {
            return false;
        }
        let place = (self.done ^ of_unseen(&self.state), self.state.world.fingerprint());
        let Some(arrived) = self.memory.has_been(place, self.readings, self.leg) else {
            return false;
        };
        if arrived {
            self.note();
        }
        true
    }

    /// Goes back to the last choice and takes the next way. False if there is none.
    fn go_back(&mut self) -> bool {
        while let Some(fork) = self.forks.last_mut() {
            let (placed, next) = (fork.placed, fork.ways.pop_front());
            self.take_back(placed);
            if next.is_some() {
                self.leg = self.memory.sets_out();
            }
            match next {
                Some(Next::Place(call)) => {
                    if self.place(call) {
                        self.reconsider(call);
                        return true;
                    }
                }
                Some(Next::Into(call, into)) => {
                    let (state, step) = *into;
                    let before = std::mem::replace(&mut self.state, state);
                    let readings = self.left();
                    let before = Box::new((before, readings, self.trials.leaves()));
                    self.put(call, Before::Whole(before), step);
                    return true;
                }
                None => {
                    let Some(fork) = self.forks.pop() else { return false };
                    if fork.finished {
                        self.memory.arrives(fork.leg);
                    }
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
                && !self.trials.is_in_the_way(call, &self.state.profile)
                && self.place_if(call, true)
            {
                any = true;
            }
        }
        any
    }

    /// A call that is known not to be permitted here is told, too.
    fn fails_again(&mut self, call: u32) {
        if self.has_failed(call) {
            self.failed(call);
        }
    }

    fn has_failed(&self, call: u32) -> bool {
        self.trials.kept_out_by(call).is_some()
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
        let Some(step) = self.explained(call, by, &reply) else {
            return self.fails(call, idle);
        };
        let State { world, profile, .. } = &mut self.state;
        let mut before = None;
        if !step.needs.nothing() {
            let was = profile.clone();
            match profile.assume(&step.needs) {
                Ok(true) if idle => {
                    *profile = was;
                    self.trials.permitted(call, step);
                    return false;
                }
                Ok(true) => before = Some(was),
                Ok(false) => {}
                Err(_) => {
                    self.trials.fails(call, Ports::new());
                    return self.fails(call, idle);
                }
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
                self.trials.fails(call, Ports::new());
                return self.fails(call, idle);
            }
        }
        if idle && (before.is_some() || self.state.world.fingerprint() != mark.fingerprint()) {
            self.state.world.undo_to(mark);
            before.into_iter().for_each(|was| self.state.profile = was);
            self.trials.changes(call);
            return false;
        }
        let before = before.map(|was| {
            self.trials.learns();
            Box::new((was, self.left()))
        });
        self.put(call, Before::Change(mark, before), Some(step));
        true
    }

    /// What explains the reply of a call here.
    fn explained(&mut self, call: u32, by: ProcessId, reply: &Reply) -> Option<Step> {
        if let Some(step) = self.trials.permits(call) {
            return Some(step);
        }

        let State { world, profile, .. } = &self.state;
        permitted_into(world, by, &self.plan.calls[call as usize].made.call, &mut self.all);
        let step = self.all.explains(world, profile, reply);
        if step.is_none() {
            self.trials.fails(call, self.all.kept_out_by(world, profile, reply));
        }
        step
    }

    /// Other readings are left. Those that were.
    fn left(&mut self) -> Readings {
        std::mem::replace(&mut self.readings, self.memory.number(&self.state.profile))
    }

    fn fails(&mut self, call: u32, idle: bool) -> bool {
        if !idle {
            self.failed(call);
        }
        false
    }

    /// A call has been placed.
    fn put(&mut self, call: u32, before: Before, step: Option<Step>) {
        self.line.take(call);
        self.done ^= of_call(call);
        self.trials.forget(self.conflicts.of(call));
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
                        self.trials.unlearns();
                    }
                }
                Before::Whole(before) => {
                    let (state, readings, lessons) = *before;
                    (self.state, self.readings) = (state, readings);
                    self.trials.comes_back(lessons);
                }
            }
            self.line.put_back(call);
            self.done ^= of_call(call);
            self.trials.forget(self.conflicts.of(call));
            // those that come behind it will be tried behind others
            self.trials.forget_from(self.line.behind(call) as usize);
        }
        self.noted_to = self.noted_to.min(placed);
    }

    /// Every call has been placed.
    fn finish(&mut self) {
        self.note();
        let place = (self.state.world.fingerprint(), of_unseen(&self.state));
        if !self.known.insert((self.readings, place)) {
            return;
        }
        let (start, profile) = (self.start, &self.state.profile);
        let same = |of: &(Where, Reached)| of.0 == place && of.1.start == start;
        if self.outcomes.iter().any(|of| same(of) && profile.is_within(&of.1.profile)) {
            return;
        }
        self.outcomes.retain(|of| !same(of) || !of.1.profile.is_within(profile));
        let reached = self.reached();
        self.outcomes.push((place, reached));
    }

    /// Notes what explains the calls of an order that can be finished.
    fn note(&mut self) {
        self.memory.arrives(self.leg);
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
