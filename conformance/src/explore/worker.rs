//! One thread of a search, and the states that are its own by their hash.

use portres_model::{Permitted, Reply, Rule, World, permitted_into};

use super::footprint::{Change, Footprints};
use super::invariants;
use super::memo::Memo;
use super::search::{Effect, Forgetful, Mode, Search, Violation};
use super::visited::{Visited, mixed};
use super::{Choices, Move, SmallWorld, State, is_made, reading};

/// How many states are remembered close at hand.
const LATELY: usize = 1 << 15;

/// How many states wait for their turn to be looked up.
const WAITING: usize = 256;

/// Whose a state is.
#[inline]
pub(super) const fn owner(state: State, threads: usize) -> usize {
    (((mixed(state) >> 48) * threads as u64) >> 16) as usize
}

/// What a thread has found.
pub(super) struct Found {
    me: usize,
    pub(super) visited: Visited,
    /// States of the next level.
    pub(super) next: Vec<State>,
    /// Those of others, by owner; among them what is one's own and has not been looked up yet.
    pub(super) outboxes: Vec<Vec<State>>,
    /// What has been found lately.
    lately: Vec<State>,
}

impl Found {
    fn new(me: usize, threads: usize) -> Found {
        Found {
            me,
            visited: Visited::new(),
            next: Vec::new(),
            outboxes: vec![Vec::new(); threads],
            lately: vec![State::MAX; LATELY],
        }
    }

    /// Puts a state where it belongs.
    #[inline]
    fn reach(&mut self, state: State) {
        // nearly all that is reached again was reached lately, and the set of all states lies far away in memory
        let place = (mixed(state) >> 16) as usize % LATELY;
        if std::mem::replace(&mut self.lately[place], state) == state {
            return;
        }
        let owner = owner(state, self.outboxes.len());
        self.outboxes[owner].push(state);
        if owner == self.me && self.outboxes[owner].len() >= WAITING {
            self.look_up();
        }
    }

    /// Looks up what waits.
    fn look_up(&mut self) {
        let waiting = &mut self.outboxes[self.me];
        self.visited.insert_all(waiting, &mut self.next);
        waiting.clear();
    }
}

/// A thread.
pub(super) struct Worker<'m, W> {
    small: &'m W,
    moves: &'m [Move],
    footprints: &'m Footprints,
    effect: Effect,
    mode: Mode,
    /// States of this level, and those that others have found.
    pub(super) frontier: Vec<State>,
    pub(super) inbox: Vec<State>,
    pub(super) found: Found,
    base: World,
    work: World,
    all: Permitted,
    choices: Choices,
    memo: Memo,
    asked: Asked,
    pub(super) fired: Vec<bool>,
    /// How often each call has been made without the memo.
    plainly: Vec<u64>,
    pub(super) violations: Vec<Violation>,
    pub(super) forgetful: Vec<Forgetful>,
}

/// What the relation has answered: the call of each transition, and where it leads to.
#[derive(Default)]
struct Asked(Vec<(u16, State)>);

impl Asked {
    fn changes(&self, from: State) -> impl Iterator<Item = State> + '_ {
        self.0.iter().map(|(_, to)| *to).filter(move |to| *to != from)
    }
}

impl<'m, W: SmallWorld> Worker<'m, W> {
    pub(super) fn new(
        small: &'m W,
        moves: &'m [Move],
        footprints: &'m Footprints,
        search: &Search,
        me: usize,
    ) -> Worker<'m, W> {
        Worker {
            small,
            moves,
            footprints,
            effect: search.effect,
            mode: search.mode,
            frontier: Vec::new(),
            inbox: Vec::new(),
            found: Found::new(me, search.threads.max(1)),
            base: small.start(),
            work: small.start(),
            all: Permitted::default(),
            choices: Choices::new(reading()),
            memo: Memo::new(footprints.groups.len(), moves.len()),
            asked: Asked::default(),
            fired: vec![false; Rule::ALL.len()],
            plainly: vec![0; moves.len()],
            violations: Vec::new(),
            forgetful: Vec::new(),
        }
    }

    /// Takes in what others have found, and goes one call further, unless this level is the last.
    pub(super) fn level(&mut self, last: bool) {
        std::mem::swap(&mut self.frontier, &mut self.found.next);
        self.found.next.clear();
        self.found.visited.insert_all(&self.inbox, &mut self.frontier);
        self.inbox.clear();
        let frontier = std::mem::take(&mut self.frontier);
        for state in &frontier {
            self.enter(*state);
            if !last {
                self.expand(*state);
            }
        }
        self.found.look_up();
        self.frontier = frontier;
    }

    /// Makes both worlds the one of a state, and looks at it.
    fn enter(&mut self, state: State) {
        self.small.unpack(state, &mut self.base);
        if let Some(broken) = invariants::of_state(&self.base) {
            self.violations.push(Violation { broken, state, step: None });
        }
    }

    fn expand(&mut self, state: State) {
        match self.mode {
            Mode::Remembering => self.remember(state),
            Mode::Plain => self.ask_all(state),
            Mode::Verifying => self.verify(state),
        }
    }

    /// Asks the relation about every call.
    fn ask_all(&mut self, state: State) {
        self.work.restore(&self.base);
        self.asked.0.clear();
        (0..self.moves.len()).for_each(|i| self.ask(state, i));
        self.take(state);
    }

    /// Takes what has been asked for what is found.
    fn take(&mut self, state: State) {
        self.asked.0.iter().for_each(|(call, _)| self.plainly[usize::from(*call)] += 1);
        self.asked.changes(state).for_each(|to| self.found.reach(to));
    }

    /// Looks up what each group of calls does, and asks about those that have not been asked about.
    fn remember(&mut self, state: State) {
        let footprints = self.footprints;
        let mut same = false;
        for (i, group) in footprints.groups.iter().enumerate().filter(|(_, g)| g.applies(state)) {
            let read = group.read(state);
            if let Some(changes) = self.memo.meet(i, read) {
                changes.iter().for_each(|change| self.found.reach(change.of(state)));
                continue;
            }
            if !std::mem::replace(&mut same, true) {
                self.work.restore(&self.base);
            }
            self.learn(state, i);
            let changes = self.memo.meet(i, read).into_iter().flatten();
            changes.for_each(|change| self.found.reach(change.of(state)));
        }
    }

    /// Asks about a group of calls, and remembers it.
    fn learn(&mut self, state: State, i: usize) {
        let group = &self.footprints.groups[i];
        self.asked.0.clear();
        group.moves.iter().for_each(|call| self.ask(state, *call));
        let mut changes: Vec<Change> = Vec::new();
        // what is set here to what it is already may be something else elsewhere
        let all = self.asked.0.iter().map(|(_, to)| *to);
        for to in all.filter(|to| *to != state || group.sets()) {
            let change = self.footprints.change(group, state, to);
            debug_assert!(change.of(state) == to, "a change leads where the reply does");
            if !changes.contains(&change) {
                changes.push(change);
            }
        }
        let calls: Vec<u16> = self.asked.0.iter().map(|(call, _)| *call).collect();
        self.memo.put(i, group.read(state), &changes, &calls);
    }

    /// Asks about a call, and checks the invariants of its transitions.
    fn ask(&mut self, state: State, i: usize) {
        let at = &self.moves[i];
        if !is_made(self.small, &self.base, at) {
            return;
        }
        let Move { by, call } = at;
        permitted_into(&self.base, *by, call, &mut self.all);
        let names = self.small.names();
        let replies = self.choices.list(&self.all, &self.base, names);
        for (reply, rule) in replies {
            self.fired[*rule as usize] = true;
            (self.effect)(&mut self.work, *by, call, reply);
            let refused = matches!(reply, Reply::Failed(_));
            let to = self.small.pack(&self.work);
            if refused && to == state {
                debug_assert!(self.work == self.base, "{by}: {call} -> {reply}");
                continue;
            }
            self.asked.0.push((i as u16, to));
            if to == state {
                // what a vector does not tell makes no difference: it is taken back with the next change
                if cfg!(debug_assertions) {
                    self.work.restore(&self.base);
                }
                continue;
            }
            let step = invariants::of_step(&self.base, &self.work, call, reply);
            let broken = step.or_else(|| invariants::of_state(&self.work));
            if let Some(broken) = broken {
                self.violations.push(Violation { broken, state, step: Some((*at, *reply)) });
            }
            self.work.restore(&self.base);
        }
    }

    /// Asks the relation about every call, and compares that with what is remembered.
    fn verify(&mut self, state: State) {
        let footprints = self.footprints;
        self.work.restore(&self.base);
        let mut without: Vec<bool> = vec![true; self.moves.len()];
        for (i, group) in footprints.groups.iter().enumerate().filter(|(_, g)| g.applies(state)) {
            if self.memo.meet(i, group.read(state)).is_none() {
                self.learn(state, i);
            }
            self.asked.0.clear();
            group.moves.iter().for_each(|call| self.ask(state, *call));
            self.compare(state, i);
            self.take(state);
            for call in &group.moves {
                let first = std::mem::replace(&mut without[*call], false);
                assert!(first, "one case of `{}` applies", self.moves[*call].call);
            }
        }
        for call in (0..self.moves.len()).filter(|call| without[*call]) {
            self.asked.0.clear();
            self.ask(state, call);
            if !self.asked.0.is_empty() {
                let asked = self.asked.changes(state).collect();
                let at = self.moves[call];
                self.forgetful.push(Forgetful { state, at, remembered: Vec::new(), asked });
            }
            self.take(state);
        }
    }

    /// Compares what a group's footprint stands for with what has been asked.
    fn compare(&mut self, state: State, i: usize) {
        let group = &self.footprints.groups[i];
        let read = group.read(state);
        let changes = self.memo.meet(i, read).into_iter().flatten();
        let leads = changes.map(|change| change.of(state));
        let mut remembered: Vec<State> = leads.filter(|to| *to != state).collect();
        let mut asked: Vec<State> = self.asked.changes(state).collect();
        for list in [&mut remembered, &mut asked] {
            list.sort_unstable();
            list.dedup();
        }
        let calls = self.memo.calls(i, read);
        let same = calls.iter().eq(self.asked.0.iter().map(|(call, _)| call));
        if same && remembered == asked {
            return;
        }
        let times = |call: u16| {
            let here = self.asked.0.iter().filter(|(c, _)| *c == call).count();
            here == calls.iter().filter(|c| **c == call).count()
        };
        let leads = |call: u16| {
            let mut here = self.asked.0.iter().filter(|(c, to)| *c == call && *to != state);
            here.all(|(_, to)| remembered.contains(to))
        };
        let wrong = |call: &&usize| !times(**call as u16) || !leads(**call as u16);
        let call = *group.moves.iter().find(wrong).unwrap_or(&group.moves[0]);
        self.forgetful.push(Forgetful { state, at: self.moves[call], remembered, asked });
    }

    /// How often each call has been made.
    pub(super) fn made(&self) -> Vec<u64> {
        match self.mode {
            Mode::Remembering => self.memo.made(),
            Mode::Plain | Mode::Verifying => self.plainly.clone(),
        }
    }

    /// How often the relation has been asked about a group of calls, as far as that is remembered.
    pub(super) const fn footprints(&self) -> usize {
        self.memo.count()
    }
}
