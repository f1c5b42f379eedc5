//! A state machine test of proptest-state-machine over the calls of the cycles, and the same sequences by portres.
//!
//! Its reference is [`Hashed`], the naive machine on hash maps, which knows no rule. *A reference step*: the reference follows a
//! sequence as `test_sequential` has it do, with nothing under test; beside it the relation follows the same calls and replies
//! (`permitted`, `judge`, `apply`). *A whole run*: a [`Host`] is under test on both sides. `test_sequential` compares each of
//! its replies with that of the reference; the oracle judges each of them by the rules, and keeps a verdict.

use std::fmt;

use portres::check::Follower;
use portres::trace::{Event, Header};
use portres::{Settings, Verdict};
use portres_model::{
    Call, Family, Frame, Permitted, PortRange, Process, Profile, Reply, SocketId, SocketKind,
    Token, Who, World, apply, permitted_into,
};
use portres_sim::{Host, Policy};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};

use crate::P1;
use crate::naive::{Hashed, Machine};

/// How many calls a sequence has.
pub const CALLS: usize = 50;

/// At how many places blocks are: few, so that some are in each other's way.
const PLACES: u16 = 12;

/// The reference and what is drawn about: sockets with what they have, and the last reply.
#[derive(Clone)]
pub struct State {
    machine: Hashed,
    open: Vec<(SocketId, Stage)>,
    told: Reply,
}

/// What a socket has come to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Opened,
    Reserved(Token),
    Associated,
    Bound,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} sockets, {}", self.open.len(), self.told)
    }
}

/// The reference.
pub struct Reference;

impl ReferenceStateMachine for Reference {
    type State = State;
    type Transition = Call;

    fn init_state() -> BoxedStrategy<State> {
        let (machine, open) = (Hashed::default(), Vec::new());
        Just(State { machine, open, told: Reply::Ok }).boxed()
    }

    /// A new socket, or what comes next of one that there is.
    fn transitions(state: &State) -> BoxedStrategy<Call> {
        let new = Just(Call::open(SocketKind::Udp, Family::V4));
        if state.open.is_empty() {
            return new.boxed();
        }
        let next = (0..state.open.len(), 0..PLACES, 0..4u8);
        let open = state.open.clone();
        let next = next.prop_map(move |(at, place, kind)| next_of(open[at], place, kind));
        prop_oneof![1 => new, 4 => next].boxed()
    }

    fn apply(mut state: State, call: &Call) -> State {
        state.told = state.machine.call(call);
        match (*call, state.told) {
            (Call::Socket { .. }, Reply::Socket(socket)) => {
                state.open.push((socket, Stage::Opened));
            }
            (Call::CloseSocket { socket }, Reply::Ok) => state.open.retain(|(s, _)| *s != socket),
            (Call::Acquire { socket, .. }, Reply::Reserved { token, .. }) => {
                state.put(socket, Stage::Reserved(token));
            }
            (Call::Associate { socket, .. }, Reply::Ok) => state.put(socket, Stage::Associated),
            (Call::Bind { socket, .. }, Reply::Bound(_)) => state.put(socket, Stage::Bound),
            _ => {}
        }
        state
    }

    /// Both machines know the calls about sockets that are open and in this stage; shrinking keeps to it.
    fn preconditions(state: &State, call: &Call) -> bool {
        call.socket().is_none_or(|socket| state.open.iter().any(|(s, _)| *s == socket))
    }
}

impl State {
    fn put(&mut self, socket: SocketId, stage: Stage) {
        if let Some((_, at)) = self.open.iter_mut().find(|(s, _)| *s == socket) {
            *at = stage;
        }
    }
}

/// What comes next of a socket.
fn next_of((socket, stage): (SocketId, Stage), place: u16, kind: u8) -> Call {
    let frame = Frame::default();
    let range = PortRange { start: 5000 + place * 2, count: 2 };
    match (stage, kind) {
        (Stage::Bound, _) | (_, 0) => Call::CloseSocket { socket },
        (Stage::Opened, _) => Call::Acquire { socket, range, frame },
        (Stage::Reserved(token), _) => Call::Associate { socket, token, frame },
        (Stage::Associated, _) => Call::bind(socket, Family::V4.wildcard()),
    }
}

/// So many sequences, drawn by the strategy of proptest-state-machine from a fixed seed.
///
/// # Panics
/// Never: every state has a transition.
#[must_use]
pub fn sequences(count: usize) -> Vec<Vec<Call>> {
    let mut runner = TestRunner::deterministic();
    let strategy = Reference::sequential_strategy(CALLS..=CALLS);
    let mut draw = || strategy.new_tree(&mut runner).expect("a sequence").current().1;
    (0..count).map(|_| draw()).collect()
}

fn config() -> Config {
    Config { verbose: 0, ..Config::default() }
}

fn start() -> State {
    State { machine: Hashed::default(), open: Vec::new(), told: Reply::Ok }
}

/// Nothing under test.
struct Alone;

impl StateMachineTest for Alone {
    type SystemUnderTest = ();
    type Reference = Reference;

    fn init_test(_: &State) {}

    fn apply((): (), _: &State, _: Call) {}
}

/// A host under test: each reply must be that of the reference.
struct Compared;

impl StateMachineTest for Compared {
    type SystemUnderTest = Host;
    type Reference = Reference;

    fn init_test(_: &State) -> Host {
        host()
    }

    fn apply(host: Host, state: &State, call: Call) -> Host {
        assert_eq!(host.call(P1, &call).reply, state.told, "{call}");
        host
    }
}

fn host() -> Host {
    Host::new(World::default(), &Profile::likely(), Policy::Lowest, 1)
}

/// proptest-state-machine has its reference follow a sequence.
pub fn reference_alone(sequence: &[Call]) {
    Alone::test_sequential(config(), start(), sequence.to_vec(), None);
}

/// The relation follows the same.
///
/// # Panics
/// If it does not permit a reply.
pub fn relation_alone(sequence: &[(Call, Reply)]) {
    let (mut world, profile) = (World::default(), Profile::likely());
    world.put_process(P1, Some(Process::undeclared()));
    let mut all = Permitted::default();
    for (call, reply) in sequence {
        permitted_into(&world, P1, call, &mut all);
        let step = all.judge(&world, &profile, reply).expect("a permitted step");
        assert!(step.needs.nothing());
        apply(&mut world, P1, call, reply);
    }
}

/// proptest-state-machine runs its test.
pub fn whole_run(sequence: &[Call]) {
    Compared::test_sequential(config(), start(), sequence.to_vec(), None);
}

/// A host is called, and the oracle judges what it says.
///
/// # Panics
/// If a reply diverges.
pub fn judged_run(sequence: &[Call], settings: &Settings<'_>) {
    let host = host();
    let mut follower = Follower::new(&Header::default(), settings).expect("a profile");
    for call in sequence {
        let reply = host.call(P1, call).reply;
        let event = Event::whole(Who::process(P1), *call, reply);
        follower.follow(&event).expect("names are new");
    }
    assert_eq!(follower.finish().verdict, Verdict::Conforms);
}

/// A sequence with the replies that the reference gives.
#[must_use]
pub fn answered(sequence: &[Call]) -> Vec<(Call, Reply)> {
    let mut machine = Hashed::default();
    sequence.iter().map(|call| (*call, machine.call(call))).collect()
}

#[cfg(test)]
mod tests {
    use portres::Profiles;

    use super::*;

    /// All four do the same sequences, in which calls succeed and are refused.
    #[test]
    fn all_follow_the_same_sequences() {
        let profiles = Profiles::built_in();
        let likely = profiles.get("likely");
        let settings = Settings { profile: likely, ..Settings::new(&profiles) };
        let (mut bound, mut refused) = (0, 0);
        for sequence in sequences(40) {
            assert_eq!(sequence.len(), CALLS);
            let answered = answered(&sequence);
            bound += answered.iter().filter(|(_, r)| matches!(r, Reply::Bound(_))).count();
            refused += answered.iter().filter(|(_, r)| matches!(r, Reply::Failed(_))).count();
            reference_alone(&sequence);
            relation_alone(&answered);
            whole_run(&sequence);
            judged_run(&sequence, &settings);
        }
        assert!(bound > 50 && refused > 10, "{bound} bound, {refused} refused");
    }
}
