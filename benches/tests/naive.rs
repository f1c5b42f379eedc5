//! The machines that are measured side by side do the same.

use portres_benches::beside::{Handles, Program, Simulated, crowd, reserve, reserving, starts};
use portres_benches::naive::{Hashed, Machine, Scan};
use portres_model::{Call, Family, Frame, PortRange, Reply, SocketId, SocketKind, Token};
use portres_sim::Policy;
use proptest::prelude::*;

/// A step of a program: what it names is found when it is made.
#[derive(Clone, Copy, Debug)]
enum Move {
    Open,
    Acquire(usize, u16, u16),
    Associate(usize),
    Bind(usize, u16),
    Close(usize),
    CloseNone(u32),
    AssociateNone(usize, u32),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let ports = prop_oneof![49_152u16..49_164, 5_000u16..5_012];
    let one = prop_oneof![
        3 => Just(Move::Open),
        3 => (any::<usize>(), ports.clone(), 1u16..5).prop_map(|(s, p, n)| Move::Acquire(s, p, n)),
        3 => any::<usize>().prop_map(Move::Associate),
        4 => (any::<usize>(), prop_oneof![Just(0), ports]).prop_map(|(s, p)| Move::Bind(s, p)),
        2 => any::<usize>().prop_map(Move::Close),
        1 => (50u32..60).prop_map(Move::CloseNone),
        1 => (any::<usize>(), 50u32..60).prop_map(|(s, t)| Move::AssociateNone(s, t)),
    ];
    prop::collection::vec(one, 1..120)
}

/// What the program knows of its sockets.
#[derive(Default)]
struct Known {
    sockets: Vec<(SocketId, Vec<Token>, bool)>,
}

impl Known {
    fn call(&self, made: Move) -> Option<(Option<usize>, Call)> {
        let frame = Frame::default();
        let at = |n: usize| (!self.sockets.is_empty()).then(|| n % self.sockets.len());
        let named = |n: usize| at(n).map(|i| (Some(i), self.sockets[i].0));
        Some(match made {
            Move::Open => (None, Call::open(SocketKind::Udp, Family::V4)),
            Move::Acquire(n, start, count) => {
                let (i, socket) = named(n)?;
                (i, Call::Acquire { socket, range: PortRange { start, count }, frame })
            }
            Move::Associate(n) => {
                let (i, socket) = named(n)?;
                // a reservation of its own
                let token = *self.sockets[i?].1.last()?;
                (i, Call::Associate { socket, token, frame })
            }
            Move::Bind(n, port) => {
                let (i, socket) = named(n)?;
                // what an explicit port does beside an association is another matter
                let port = if self.sockets[i?].2 { 0 } else { port };
                let mut address = Family::V4.wildcard();
                address.set_port(port);
                (i, Call::bind(socket, address))
            }
            Move::Close(n) => {
                let (i, socket) = named(n)?;
                (i, Call::CloseSocket { socket })
            }
            Move::CloseNone(n) => (None, Call::CloseSocket { socket: SocketId(1_000 + n) }),
            Move::AssociateNone(n, token) => {
                let (i, socket) = named(n)?;
                (i, Call::Associate { socket, token: Token(1_000 + token), frame })
            }
        })
    }

    fn follow(&mut self, of: Option<usize>, call: &Call, reply: &Reply) {
        match (of, call, *reply) {
            (_, _, Reply::Socket(socket)) => self.sockets.push((socket, Vec::new(), false)),
            (Some(i), _, Reply::Reserved { token, .. }) => self.sockets[i].1.push(token),
            (Some(i), Call::Associate { .. }, Reply::Ok) => self.sockets[i].2 = true,
            (Some(i), Call::CloseSocket { .. }, Reply::Ok) => drop(self.sockets.remove(i)),
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn the_naive_machines_reply_as_the_simulator_does(moves in moves()) {
        let (mut program, mut hashed) = (Program::new(Policy::Lowest), Hashed::default());
        crowd(&mut program, 3);
        crowd(&mut hashed, 3);
        let mut scan = Scan::from(&hashed);
        let mut known = Known::default();
        for made in moves {
            let Some((of, call)) = known.call(made) else { continue };
            let reply = program.call(&call);
            prop_assert_eq!(hashed.call(&call), reply, "the hash maps: {}", call);
            prop_assert_eq!(scan.call(&call), reply, "the lists: {}", call);
            known.follow(of, &call, &reply);
        }
    }
}

#[test]
fn a_cycle_leaves_nothing_behind() {
    let (mut program, mut hashed, mut scan) = reserving(20);
    for hot in [true, false] {
        let mut start = starts(20, hot);
        for _ in 0..60 {
            let start = start();
            reserve(&mut program, start);
            reserve(&mut hashed, start);
            reserve(&mut scan, start);
        }
    }
    // the next names are those of the first cycle
    let open = Call::open(SocketKind::Udp, Family::V4);
    let next = Reply::Socket(SocketId(61));
    assert_eq!([program.call(&open), hashed.call(&open), scan.call(&open)], [next; 3]);
}

#[test]
fn the_binding_machines_give_the_same_ports() {
    let (handles, simulated) = (Handles::new(100), Simulated::new(100));
    assert_eq!(simulated.others(), 100);
    for _ in 0..50 {
        let socket = simulated.bind();
        assert_eq!(socket.local_addr().map(|name| name.port()).ok(), Some(handles.bind()));
    }
}
