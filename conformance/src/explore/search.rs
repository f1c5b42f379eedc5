//! The search: breadth first, level by level, each thread with the states that are its own by their hash.
//!
//! A thread turns its world into the one of a state, asks what each call may answer, writes the reply down in a second world
//! and takes it back. States are numbers of less than 64 bits, and the set of those reached is exact.

use std::collections::{BTreeMap, BTreeSet};

use portres_model::{
    Call, Permitted, ProcessId, Reading, Reply, Rule, World, apply, permitted_into,
};

use super::invariants::{self, Broken};
use super::visited::{Visited, mixed};
use super::{Choices, Move, SmallWorld, State, is_made, reading};

/// Writes a reply down.
pub type Effect = fn(&mut World, ProcessId, &Call, &Reply);

/// A search to be made.
#[derive(Clone, Copy, Debug)]
pub struct Search {
    /// On how many threads.
    pub threads: usize,
    /// How many calls deep at most.
    pub depth: Option<usize>,
    /// How replies are written down: [`apply`], or for a test something that is wrong.
    pub effect: Effect,
}

impl Default for Search {
    fn default() -> Search {
        Search { threads: 2, depth: None, effect: apply }
    }
}

/// A state in which an invariant does not hold, or a call behind which it does not.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The invariant.
    pub broken: Broken,
    /// The state.
    pub state: State,
    /// The call and its reply, where it is the step that breaks it.
    pub step: Option<(Move, Reply)>,
}

/// What a search has found.
#[derive(Debug, Default)]
pub struct Explored {
    /// How many states can be reached.
    pub states: usize,
    /// How many transitions there are between them.
    pub transitions: u64,
    /// How many calls the farthest state is away.
    pub depth: usize,
    /// How often each call is the one of a transition.
    pub calls: BTreeMap<String, u64>,
    /// The rules that permit a reply somewhere.
    pub rules: BTreeSet<Rule>,
    /// Where an invariant does not hold; the search stops behind the first level with one.
    pub violations: Vec<Violation>,
    /// The states, where they are asked for.
    pub vectors: Vec<State>,
}

impl Search {
    /// Explores a world.
    pub fn run(&self, small: &impl SmallWorld) -> Explored {
        let threads = self.threads.max(1);
        let moves = small.moves();
        let mut workers: Vec<_> =
            (0..threads).map(|me| Worker::new(small, &moves, self.effect, me, threads)).collect();
        let first = small.pack(&small.start());
        workers[owner(first, threads)].inbox.push(first);
        let mut depth = 0;
        loop {
            std::thread::scope(|scope| {
                let running: Vec<_> =
                    workers.iter_mut().map(|w| scope.spawn(|| w.level())).collect();
                running.into_iter().for_each(|w| w.join().expect("a level is explored"));
            });
            let nothing = workers.iter().all(|w| w.frontier.is_empty());
            let found = workers.iter().any(|w| !w.violations.is_empty());
            if nothing || found || self.depth == Some(depth) || !exchange(&mut workers) {
                depth -= usize::from(nothing);
                break;
            }
            depth += 1;
        }
        gather(workers, &moves, depth)
    }
}

/// Hands the states found to their owners; tells whether there are any.
fn exchange<W: SmallWorld>(workers: &mut [Worker<'_, W>]) -> bool {
    let mut any = workers.iter().any(|w| !w.next.is_empty());
    for from in 0..workers.len() {
        for to in 0..workers.len() {
            let mut found = std::mem::take(&mut workers[from].outboxes[to]);
            any |= !found.is_empty();
            workers[to].inbox.append(&mut found);
            workers[from].outboxes[to] = found;
        }
    }
    any
}

fn gather<W: SmallWorld>(workers: Vec<Worker<'_, W>>, moves: &[Move], depth: usize) -> Explored {
    let mut all = Explored { depth, ..Explored::default() };
    for worker in workers {
        all.states += worker.visited.count();
        for (at, count) in moves.iter().zip(&worker.made).filter(|(_, count)| **count > 0) {
            let spelled = at.call.to_string();
            let word = spelled.split(' ').next().unwrap_or_default();
            *all.calls.entry(word.into()).or_default() += count;
            all.transitions += count;
        }
        let fired = worker.fired.iter().zip(Rule::ALL).filter(|(fired, _)| **fired);
        all.rules.extend(fired.map(|(_, rule)| *rule));
        all.violations.extend(worker.violations);
        all.vectors.extend(worker.visited.states());
    }
    all
}

const fn owner(state: State, threads: usize) -> usize {
    ((mixed(state) >> 48) as usize) % threads
}

struct Worker<'m, W> {
    small: &'m W,
    moves: &'m [Move],
    effect: Effect,
    reading: &'static Reading,
    me: usize,
    visited: Visited,
    /// States of this level, those of the next, and those that others have found.
    frontier: Vec<State>,
    next: Vec<State>,
    inbox: Vec<State>,
    outboxes: Vec<Vec<State>>,
    /// What has been handed out lately.
    handed: Vec<State>,
    base: World,
    work: World,
    all: Permitted,
    choices: Choices,
    made: Vec<u64>,
    fired: Vec<bool>,
    violations: Vec<Violation>,
}

/// How many states handed out are remembered, so that few are handed out again.
const HANDED: usize = 1 << 14;

impl<'m, W: SmallWorld> Worker<'m, W> {
    fn new(
        small: &'m W,
        moves: &'m [Move],
        effect: Effect,
        me: usize,
        threads: usize,
    ) -> Worker<'m, W> {
        Worker {
            small,
            moves,
            effect,
            reading: reading(),
            me,
            visited: Visited::new(),
            frontier: Vec::new(),
            next: Vec::new(),
            inbox: Vec::new(),
            outboxes: vec![Vec::new(); threads],
            handed: vec![State::MAX; HANDED],
            base: small.start(),
            work: small.start(),
            all: Permitted::default(),
            choices: Choices::default(),
            made: vec![0; moves.len()],
            fired: vec![false; Rule::ALL.len()],
            violations: Vec::new(),
        }
    }

    /// Takes in what others have found, and goes one call further.
    fn level(&mut self) {
        std::mem::swap(&mut self.frontier, &mut self.next);
        self.next.clear();
        let mut inbox = std::mem::take(&mut self.inbox);
        for state in inbox.drain(..) {
            if self.visited.insert(state) {
                self.frontier.push(state);
            }
        }
        self.inbox = inbox;
        let frontier = std::mem::take(&mut self.frontier);
        frontier.iter().for_each(|state| self.expand(*state));
        self.frontier = frontier;
    }

    fn expand(&mut self, state: State) {
        self.small.unpack(state, &mut self.base);
        self.work.restore(&self.base);
        if let Some(broken) = invariants::of_state(&self.base) {
            self.violations.push(Violation { broken, state, step: None });
            return;
        }
        let moves = self.moves;
        for (i, at) in moves.iter().enumerate() {
            if is_made(self.small, &self.base, at) {
                self.call(state, i, at);
            }
        }
    }

    fn call(&mut self, state: State, i: usize, at: &Move) {
        let Move { by, call } = at;
        permitted_into(&self.base, *by, call, &mut self.all);
        let names = self.small.names();
        let replies = self.choices.list(&self.all, &self.base, self.reading, names);
        for (reply, rule) in replies {
            self.fired[*rule as usize] = true;
            (self.effect)(&mut self.work, *by, call, reply);
            let refused = matches!(reply, Reply::Failed(_));
            if refused && self.work == self.base {
                continue;
            }
            if let Some(broken) = invariants::of_step(&self.base, &self.work, call, reply, true) {
                let step = Some((*at, *reply));
                self.violations.push(Violation { broken, state, step });
            }
            let to = self.small.pack(&self.work);
            self.work.restore(&self.base);
            if refused && to == state {
                continue;
            }
            self.made[i] += 1;
            if to == state {
                continue;
            }
            match owner(to, self.outboxes.len()) {
                mine if mine == self.me => {
                    if self.visited.insert(to) {
                        self.next.push(to);
                    }
                }
                theirs => {
                    let place = (mixed(to) >> 16) as usize % HANDED;
                    if self.handed[place] != to {
                        self.handed[place] = to;
                        self.outboxes[theirs].push(to);
                    }
                }
            }
        }
    }
}
