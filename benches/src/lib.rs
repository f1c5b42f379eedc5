//! Benchmarks of portres: what several of them need.

pub mod beside;
pub mod contest;
pub mod counts;
pub mod draw;
pub mod growth;
pub mod histories;
pub mod measured;
pub mod naive;
pub mod peers;
pub mod posted;
pub mod reference;
pub mod served;
pub mod witness;

use std::net::SocketAddr;

use portres::trace::{Event, Header, Item, Openness, Spelled, write_item};
use portres_model::{
    Call, Family, Frame, PortRange, Process, ProcessId, Profile, Reply, SocketId, SocketKind,
    SocketOption, Token, World, apply, permitted,
};

/// The process of all benchmarks.
pub const P1: ProcessId = ProcessId(1);

/// Calls with their replies.
pub type Script = Vec<(Call, Reply)>;

/// Acquire a block of two ports, associate, bind from it, close.
#[must_use]
pub fn cycle(socket: SocketId, token: Token, start: u16) -> Script {
    let frame = Frame::default();
    let range = PortRange { start, count: 2 };
    let address = Family::V4.wildcard();
    vec![
        (Call::open(SocketKind::Udp, Family::V4), Reply::Socket(socket)),
        (Call::Acquire { socket, range, frame }, Reply::Reserved { block: range, token }),
        (Call::Associate { socket, token, frame }, Reply::Ok),
        (Call::bind(socket, address), Reply::Bound(start)),
        (Call::CloseSocket { socket }, Reply::Ok),
    ]
}

/// Acquire and release; then listen on a port of one's own.
#[must_use]
pub fn listening(socket: SocketId, token: Token, start: u16) -> Script {
    let frame = Frame::default();
    let range = PortRange { start, count: 2 };
    let address = SocketAddr::from(([127, 0, 0, 1], start));
    let option = SocketOption::ExclusiveAddrUse;
    vec![
        (Call::open(SocketKind::Tcp, Family::V4), Reply::Socket(socket)),
        (Call::Acquire { socket, range, frame }, Reply::Reserved { block: range, token }),
        (Call::Release { socket, token, frame }, Reply::Ok),
        (Call::set_option(socket, option, 1), Reply::Ok),
        (Call::bind(socket, address), Reply::Bound(start)),
        (Call::get_sock_name(socket), Reply::Name(address)),
        (Call::Listen { socket }, Reply::Ok),
        (Call::CloseSocket { socket }, Reply::Ok),
    ]
}

/// A vacant place: a socket, a token, and the first of two ports.
pub type Place = (SocketId, Token, u16);

/// A vacant place in or behind a crowd.
#[must_use]
pub fn place(i: u16) -> Place {
    let n = u32::from(i);
    (SocketId(n * 4 + 13), Token(n * 2 + 11), 1024 + i * 6 + 4)
}

/// The numbers of a crowd's places, far apart from one to the next: a stride that is coprime to their number visits them all.
pub fn far_apart(places: u16) -> impl Iterator<Item = u16> + Clone {
    (0..places).map(move |i| (u32::from(i) * 7919 % u32::from(places)) as u16)
}

/// A machine with `reservations` blocks of four ports and three bound sockets in each, with vacant places among them.
///
/// # Panics
/// If the specification refuses one of the calls.
#[must_use]
pub fn crowded(reservations: u16) -> World {
    let mut world = World::default();
    world.put_process(P1, Some(Process::undeclared()));
    let profile = Profile::likely();
    let mut step = |call: Call, reply: Reply| {
        permitted(&world, P1, &call).judge(&world, &profile, &reply).expect("a permitted step");
        apply(&mut world, P1, &call, &reply);
    };
    let frame = Frame::default();
    for i in 0..reservations {
        let (start, token) = (1024 + i * 6, Token(u32::from(i) * 2 + 10));
        let socket = |n: u32| SocketId(u32::from(i) * 4 + n + 10);
        for n in 0..3 {
            step(Call::open(SocketKind::Udp, Family::V4), Reply::Socket(socket(n)));
        }
        let range = PortRange { start, count: 4 };
        step(
            Call::Acquire { socket: socket(0), range, frame },
            Reply::Reserved { block: range, token },
        );
        for n in 0..3 {
            let port = start + n as u16;
            step(Call::Associate { socket: socket(n), token, frame }, Reply::Ok);
            let address = SocketAddr::from(([0, 0, 0, 0], port));
            step(Call::bind(socket(n), address), Reply::Bound(port));
        }
    }
    world
}

/// A trace of this many events in JSON lines: cycles at ten places.
#[must_use]
pub fn json_lines(events: usize) -> Vec<u8> {
    trace(Spelled::JsonLines, Openness::Closed, events)
}

/// A trace of this many events: cycles at ten places.
///
/// # Panics
/// Never: memory does not run out of room for lines.
#[must_use]
pub fn trace(spelled: Spelled, world: Openness, events: usize) -> Vec<u8> {
    let mut text = Vec::new();
    let header = Header { world, ..Header::default() };
    write_item(&mut text, spelled, &Item::Header(Box::new(header))).expect("memory");
    let places = (0..10u16)
        .map(|i| cycle(SocketId(u32::from(i) + 1), Token(u32::from(i) + 1), 5000 + i * 10));
    for (call, reply) in places.flatten().collect::<Vec<_>>().iter().cycle().take(events) {
        let event = Event::whole(portres_model::Who::process(P1), *call, *reply);
        write_item(&mut text, spelled, &Item::Event(event)).expect("memory");
    }
    text
}
