//! Rows of the tables as numbers, where several small worlds have them alike; and putting rows where they differ.

use portres_model::{
    Credentials, PortBlock, Process, ProcessId, Request, RequestId, Reservation, Socket, SocketId,
    Token, World,
};

/// The first port of every small world.
pub(super) const FIRST: u16 = 50_000;

/// A port as a number: 0 for none, 1 for the first.
#[inline]
pub(super) fn number(port: u16) -> u32 {
    u32::from(port.saturating_sub(FIRST - 1))
}

/// The port of a number other than 0.
#[inline]
pub(super) const fn port(number: u32) -> u16 {
    FIRST - 1 + number as u16
}

/// The block from a port, by its number.
pub(super) fn block(first: u32, count: u32) -> Option<PortBlock> {
    PortBlock::new(port(first), count as u16)
}

/// 0 while a process does not run, else one more than its calls of `WSAStartup`.
#[inline]
pub(super) fn run(world: &World, process: u32) -> u32 {
    world.process(ProcessId(process)).map_or(0, |p| p.startups + 1)
}

/// The number of a socket's port.
#[inline]
pub(super) fn port_of(socket: &Socket) -> u32 {
    socket.bound.map_or(0, |name| number(name.port()))
}

pub(super) fn set_run(world: &mut World, process: u32, run: u32, credentials: Credentials) {
    let id = ProcessId(process);
    let row = run.checked_sub(1).map(|startups| Process { credentials, startups });
    if world.process(id).copied() != row {
        world.put_process(id, row);
    }
}

pub(super) fn set_socket(world: &mut World, id: SocketId, row: Option<Socket>) {
    if world.socket(id).copied() != row {
        world.put_socket(id, row);
    }
}

/// Behind the sockets: how many use it is counted here.
pub(super) fn set_reservation(world: &mut World, token: Token, row: Option<Reservation>) {
    let uses = |s: &Socket| s.associations.is_some_and(|(a, b)| a == token || b == token);
    let users = world.sockets().filter(|(_, s)| uses(s)).count() as u32;
    let row = row.map(|r| Reservation { users, ..r });
    if world.reservation(token).copied() != row {
        world.put_reservation(token, row);
    }
}

pub(super) fn set_request(world: &mut World, id: RequestId, row: Option<Request>) {
    if world.request(id).copied() != row {
        world.put_request(id, row);
    }
}
