//! Benchmarks of portres: what several of them need.

use std::net::SocketAddr;

use portres_model::{
    Call, Family, Frame, PortRange, Process, ProcessId, Profile, Reply, SocketId, SocketKind,
    Token, World, apply, permitted,
};

/// The process of all benchmarks.
pub const P1: ProcessId = ProcessId(1);

/// The calls of a cycle with their replies: acquire a block, associate, bind from it, close.
///
/// The ids and ports are those of a place, so that cycles at different places do not meet.
#[must_use]
pub fn cycle(socket: SocketId, token: Token, start: u16) -> [(Call, Reply); 5] {
    let frame = Frame::default();
    let range = PortRange { start, count: 4 };
    let any = SocketAddr::from(([0, 0, 0, 0], 0));
    [
        (Call::open(SocketKind::Udp, Family::V4), Reply::Socket(socket)),
        (Call::Acquire { socket, range, frame }, Reply::Reserved { block: range, token }),
        (Call::Associate { socket, token, frame }, Reply::Ok),
        (Call::Bind { socket, address: any }, Reply::Bound(start)),
        (Call::CloseSocket { socket }, Reply::Ok),
    ]
}

/// A machine with `reservations` blocks of four ports and three bound sockets in each.
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
        let (start, token) = (1024 + i * 6, Token(u32::from(i) + 10));
        let socket = |n: u32| SocketId(u32::from(i) * 3 + n + 10);
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
            step(Call::Bind { socket: socket(n), address }, Reply::Bound(port));
        }
    }
    world
}

/// A trace of this many events in JSON lines: cycles at ten places.
///
/// # Panics
/// Never: memory does not run out of room for lines.
#[must_use]
pub fn json_lines(events: usize) -> Vec<u8> {
    use portres::trace::{Event, Item, Spelled, write_item};
    let mut text = Vec::new();
    write_item(&mut text, Spelled::JsonLines, &Item::Header(Box::default())).expect("memory");
    let places = (0..10u16)
        .map(|i| cycle(SocketId(u32::from(i) + 1), Token(u32::from(i) + 1), 5000 + i * 10));
    for (call, reply) in places.flatten().collect::<Vec<_>>().iter().cycle().take(events) {
        let event = Event::whole(portres_model::Who::process(P1), *call, *reply);
        write_item(&mut text, Spelled::JsonLines, &Item::Event(event)).expect("memory");
    }
    text
}
