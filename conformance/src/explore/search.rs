//! The search: breadth first, level by level, each thread with the states that are its own by their hash.
//!
//! A thread turns its world into the one of a state, asks what each call may answer, writes the reply down in a second world
//! and takes it back. States are numbers of less than 64 bits, and the set of those reached is exact.

use std::collections::{BTreeMap, BTreeSet};

use portres_model::{Call, Permitted, ProcessId, Reply, Rule, World, apply, permitted_into};

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

/// A call behind which an invariant does not hold.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The invariant.
    pub broken: Broken,
    /// The state before the call.
    pub state: State,
    /// The call and its reply.
    pub step: (Move, Reply),
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
    let mut any = workers.iter().any(|w| !w.found.next.is_empty());
    for from in 0..workers.len() {
        for to in 0..workers.len() {
            let mut found = std::mem::take(&mut workers[from].found.outboxes[to]);
            any |= !found.is_empty();
            workers[to].inbox.append(&mut found);
            workers[from].found.outboxes[to] = found;
        }
    }
    any
}

fn gather<W: SmallWorld>(workers: Vec<Worker<'_, W>>, moves: &[Move], depth: usize) -> Explored {
    let mut all = Explored { depth, ..Explored::default() };
    for worker in workers {
        all.states += worker.found.visited.count();
        for (at, count) in moves.iter().zip(&worker.made).filter(|(_, count)| **count > 0) {
            let spelled = at.call.to_string();
            let word = spelled.split(' ').next().unwrap_or_default();
            *all.calls.entry(word.into()).or_default() += count;
            all.transitions += count;
        }
        let fired = worker.fired.iter().zip(Rule::ALL).filter(|(fired, _)| **fired);
        all.rules.extend(fired.map(|(_, rule)| *rule));
        all.violations.extend(worker.violations);
        all.vectors.extend(worker.found.visited.states());
    }
    all
}

const fn owner(state: State, threads: usize) -> usize {
    ((mixed(state) >> 48) as usize) % threads
}

/// What a thread has found.
struct Found {
    visited: Visited,
    /// States of the next level.
    next: Vec<State>,
    /// Those of others, by owner.
    outboxes: Vec<Vec<State>>,
    /// What has been found lately.
    lately: Vec<State>,
}

/// Puts a state where it belongs; tells whether it is new, as far as this thread knows.
#[inline]
fn is_new(state: State, me: usize, found: &mut Found) -> bool {
    // nearly all that is reached again was reached lately, and the set of all states lies far away in memory
    let place = (mixed(state) >> 16) as usize % LATELY;
    if std::mem::replace(&mut found.lately[place], state) == state {
        return false;
    }
    let owner = owner(state, found.outboxes.len());
    if owner != me {
        found.outboxes[owner].push(state);
        return true;
    }
    let new = found.visited.insert(state);
    if new {
        found.next.push(state);
    }
    new
}

struct Worker<'m, W> {
    small: &'m W,
    moves: &'m [Move],
    effect: Effect,
    me: usize,
    /// States of this level, and those that others have found.
    frontier: Vec<State>,
    inbox: Vec<State>,
    found: Found,
    base: World,
    work: World,
    all: Permitted,
    choices: Choices,
    made: Vec<u64>,
    fired: Vec<bool>,
    violations: Vec<Violation>,
}

/// How many states are remembered close at hand.
const LATELY: usize = 1 << 15;

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
            me,
            frontier: Vec::new(),
            inbox: Vec::new(),
            found: Found {
                visited: Visited::new(),
                next: Vec::new(),
                outboxes: vec![Vec::new(); threads],
                lately: vec![State::MAX; LATELY],
            },
            base: small.start(),
            work: small.start(),
            all: Permitted::default(),
            choices: Choices::new(reading()),
            made: vec![0; moves.len()],
            fired: vec![false; Rule::ALL.len()],
            violations: Vec::new(),
        }
    }

    /// Takes in what others have found, and goes one call further.
    fn level(&mut self) {
        std::mem::swap(&mut self.frontier, &mut self.found.next);
        self.found.next.clear();
        let mut inbox = std::mem::take(&mut self.inbox);
        for state in inbox.drain(..) {
            if self.found.visited.insert(state) {
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
            self.made[i] += 1;
            if to == state {
                // what a vector does not tell makes no difference: it is taken back with the next change
                if cfg!(debug_assertions) {
                    self.work.restore(&self.base);
                }
                continue;
            }
            let new = is_new(to, self.me, &mut self.found);
            let step = invariants::of_step(&self.base, &self.work, call, reply);
            let broken = step.or_else(|| if new { invariants::of_state(&self.work) } else { None });
            if let Some(broken) = broken {
                self.violations.push(Violation { broken, state, step: (*at, *reply) });
            }
            self.work.restore(&self.base);
        }
    }
}
