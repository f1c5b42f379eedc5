//! Random calls, made of one host through the functions and of its twin directly: replies and states must be the same. So no
//! argument is lost or bent on the way, whatever the reading.

mod draw;
mod make;

use std::collections::BTreeMap;

use portres_sim::model::{
    AccessToken, Account, Bytes, Call, ProcessId, Reply, SocketId, Startup, Token, World,
};
use portres_sim::windows_sys::Win32::System::IO::OVERLAPPED;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::*;

/// What a count holds before a call.
const BEFORE: u32 = 0x5eed;

/// How many structures and output buffers there are.
const REQUESTS: usize = 3;

/// Two machines in the same state, one of them behind the functions.
struct Twins {
    programs: [Program; 2],
    direct: Host,
    handles: Vec<(SocketId, SOCKET)>,
    tokens: Vec<(Token, u64)>,
    structures: [Box<OVERLAPPED>; REQUESTS],
    outputs: [Box<[u8; 128]>; REQUESTS],
    /// The structures in the order in which the functions have first seen them, with their process.
    seen: Vec<(usize, usize)>,
    /// What the last call left in its byte count, if it has one that was passed.
    count: Option<Bytes>,
    /// How many counts were written.
    counts: usize,
    random: SmallRng,
}

/// What a program sees of a call.
#[derive(Clone, Copy, Debug)]
enum Seen {
    Done,
    Failed(u32),
    Socket(SOCKET),
    Name(SocketAddr),
    Value(u32),
    /// First port, number of ports, token.
    Reserved(u16, u16, u64),
    Token(u64),
}

impl Twins {
    fn new(seed: u64) -> Twins {
        let (nothing, documented) = (World::default(), Profile::documented());
        let drawn = Host::new(nothing, &documented, Policy::Random, seed).reading();
        let profile = Profile::settled(&drawn);
        let host = || Host::new(World::default(), &profile, Policy::Lowest, seed);
        let (machine, direct) = (Machine::new(host()), host());
        let (account, token) = (Account::Administrator, AccessToken::Elevated);
        let administrator = Credentials { account, token, ..Credentials::default() };
        let rights = [(1, Credentials::default()), (2, administrator)];
        let programs = rights.map(|(name, credentials)| {
            let start = Call::Start { process: ProcessId(name), credentials };
            let _ = direct.call(ProcessId::MACHINE, &start);
            let _ = direct.call(ProcessId(name), &Call::Startup(Startup::CURRENT));
            let program = machine.start(credentials);
            program.run(|| assert_eq!(unsafe { WSAStartup(0x0202, &mut WSADATA::default()) }, 0));
            program
        });
        Twins {
            programs,
            direct,
            handles: Vec::new(),
            tokens: Vec::new(),
            structures: Default::default(),
            outputs: [[0; 128]; REQUESTS].map(Box::new),
            seen: Vec::new(),
            count: None,
            counts: 0,
            random: SmallRng::seed_from_u64(seed),
        }
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.random.random_range(0..of.len())]
    }

    /// Makes a random call of both. Returns it if it succeeded.
    fn step(&mut self) -> Option<Call> {
        let who = self.random.random_range(0..self.programs.len());
        let program = self.programs[who].clone();
        let call = self.draw(who);
        self.count = None;
        let seen = program.run(|| self.make(who, &call));
        let reply = self.direct.call(program.process(), &call).reply;
        self.compare(&call, seen, reply);
        let bytes = self.direct.bytes_returned(program.process(), &call, &reply);
        if let (Some(count), Some(bytes)) = (self.count, bytes) {
            assert_eq!(count, bytes, "{call:?} -> {reply:?}");
            self.counts += usize::from(bytes != Bytes::Untouched);
        }
        let (through, direct) = (program.machine().host().look(state), self.direct.look(state));
        assert_eq!(through, direct, "{call:?} -> {reply:?}");
        (!matches!(reply, Reply::Failed(_))).then_some(call)
    }

    fn compare(&mut self, call: &Call, seen: Seen, reply: Reply) {
        let same = match (seen, reply) {
            (Seen::Done, Reply::Ok | Reply::Bound(_) | Reply::Version(_)) => true,
            (Seen::Failed(number), Reply::Failed(error)) => number == error.number(),
            (Seen::Socket(handle), Reply::Socket(id) | Reply::Opened { socket: id, .. }) => {
                self.handles.retain(|(known, _)| *known != id);
                self.handles.push((id, handle));
                true
            }
            (Seen::Name(name), Reply::Name(known)) => name == known,
            (Seen::Value(value), Reply::Value(known)) => value == known,
            (Seen::Value(_), Reply::Ok) => true,
            (Seen::Reserved(start, count, number), Reply::Reserved { block, token }) => {
                self.learn(token, number);
                (start, count) == (block.start, block.count)
            }
            (Seen::Token(number), Reply::Token(token)) => {
                self.learn(token, number);
                true
            }
            _ => false,
        };
        assert!(same, "{call:?} -> {reply:?}, and through the functions {seen:?}");
    }

    fn learn(&mut self, token: Token, number: u64) {
        assert_ne!(number, 0);
        self.tokens.retain(|(known, _)| *known != token);
        self.tokens.push((token, number));
    }
}

/// All that calls leave behind.
fn state(world: &World) -> String {
    let tables = (
        world.processes().collect::<Vec<_>>(),
        world.sockets().collect::<Vec<_>>(),
        world.reservations().collect::<Vec<_>>(),
        world.requests().collect::<Vec<_>>(),
        (world.duplicates(), world.lingering(), world.exclusions()),
    );
    format!("{tables:?}")
}

#[test]
fn a_call_through_the_functions_is_the_call() {
    let (mut succeeded, mut counts) = (BTreeMap::<String, usize>::new(), 0);
    for seed in 0..150 {
        let mut twins = Twins::new(seed);
        for call in (0..200).filter_map(|_| twins.step()) {
            let kind = format!("{call:?}").split(['(', ' ']).next().unwrap_or_default().into();
            *succeeded.entry(kind).or_default() += 1;
        }
        counts += twins.counts;
    }
    assert!(counts > 800, "{counts} byte counts");
    // each kind that is drawn
    assert_eq!(succeeded.len(), 24, "{succeeded:?}");
    assert!(succeeded.values().all(|times| *times >= 10), "{succeeded:?}");
}
