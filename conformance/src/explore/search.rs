//! The search: breadth first, level by level, each thread with the states that are its own by their hash.
//!
//! A thread turns its world into the one of a state, asks what each call may answer, writes the reply down in a second world
//! and takes it back. What a call does depends on a part of the state only, its footprint: the search remembers the answers
//! for each, and asks again only where the footprint is new. States are numbers of less than 64 bits, and the set of those
//! reached is exact.

use std::collections::{BTreeMap, BTreeSet};

use portres_model::{Call, ProcessId, Reply, Rule, World, apply};

use super::footprint::Footprints;
use super::invariants::Broken;
use super::worker::{Worker, owner};
use super::{Move, SmallWorld, State};

/// Writes a reply down.
pub type Effect = fn(&mut World, ProcessId, &Call, &Reply);

/// Whether a search remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It asks the relation once about each footprint.
    Remembering,
    /// It asks the relation about every call in every state.
    Plain,
    /// It does both and compares.
    Verifying,
}

/// A search to be made.
#[derive(Clone, Copy, Debug)]
pub struct Search {
    /// On how many threads.
    pub threads: usize,
    /// How many calls deep at most.
    pub depth: Option<usize>,
    /// How replies are written down: [`apply`], or for a test something that is wrong.
    pub effect: Effect,
    /// Whether it remembers.
    pub mode: Mode,
}

impl Default for Search {
    fn default() -> Search {
        Search { threads: 2, depth: None, effect: apply, mode: Mode::Remembering }
    }
}

/// An invariant that does not hold: in a state, or behind a call.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The invariant.
    pub broken: Broken,
    /// The state; if there is a call, the one before it.
    pub state: State,
    /// The call and its reply.
    pub step: Option<(Move, Reply)>,
}

/// A footprint that is too small: what is remembered is not what the relation answers.
#[derive(Clone, Debug)]
pub struct Forgetful {
    /// The state.
    pub state: State,
    /// The call.
    pub at: Move,
    /// Where the call, and others with its footprint, lead to by what is remembered.
    pub remembered: Vec<State>,
    /// Where they lead to.
    pub asked: Vec<State>,
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
    /// The rules that permit a reply where the relation was asked; a search that remembers does not ask everywhere.
    pub rules: BTreeSet<Rule>,
    /// Where an invariant does not hold; the search stops behind the first level with one.
    pub violations: Vec<Violation>,
    /// Where what is remembered is wrong; only a search that verifies looks for it, and stops there, too.
    pub forgetful: Vec<Forgetful>,
    /// How many footprints of groups of calls the threads remember.
    pub footprints: usize,
    /// The states, where they are asked for.
    pub vectors: Vec<State>,
}

impl Search {
    /// Explores a world.
    pub fn run(&self, small: &impl SmallWorld) -> Explored {
        let threads = self.threads.max(1);
        let moves = small.moves();
        let footprints = Footprints::new(small, &moves);
        let worker = |me| Worker::new(small, &moves, &footprints, self, me);
        let mut workers: Vec<_> = (0..threads).map(worker).collect();
        let first = small.pack(&small.start());
        workers[owner(first, threads)].inbox.push(first);
        let mut depth = 0;
        loop {
            let last = self.depth == Some(depth);
            std::thread::scope(|scope| {
                let running: Vec<_> =
                    workers.iter_mut().map(|w| scope.spawn(move || w.level(last))).collect();
                running.into_iter().for_each(|w| w.join().expect("a level is explored"));
            });
            let nothing = workers.iter().all(|w| w.frontier.is_empty());
            let wrong = workers.iter().any(|w| !w.violations.is_empty() || !w.forgetful.is_empty());
            if nothing || wrong || last || !exchange(&mut workers) {
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
        all.footprints += worker.footprints();
        let made = worker.made();
        for (at, count) in moves.iter().zip(&made).filter(|(_, count)| **count > 0) {
            let spelled = at.call.to_string();
            let word = spelled.split(' ').next().unwrap_or_default();
            *all.calls.entry(word.into()).or_default() += count;
            all.transitions += count;
        }
        let fired = worker.fired.iter().zip(Rule::ALL).filter(|(fired, _)| **fired);
        all.rules.extend(fired.map(|(_, rule)| *rule));
        all.violations.extend(worker.violations);
        all.forgetful.extend(worker.forgetful);
        all.vectors.extend(worker.found.visited.states());
    }
    all
}
