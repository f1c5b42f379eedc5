//! As many reservations and sockets as there may be.
//!
//! A reservation has one port here, with one socket that is bound to it. Nine ports in a row are seven of these and a place for
//! the two ports of a cycle; there is room for 50 169 in UDP. Where there are more, the rest are TCP's.

use portres_model::{
    Call, Family, Frame, PortRange, Process, Reply, SocketId, SocketKind, Token, World, apply,
};

use crate::naive::Machine;
use crate::{P1, Place, far_apart};

const OF_A_ROW: u32 = 7;
const ROW: u32 = 9;
const FIRST: u32 = 1024;
/// How many rows a protocol has room for.
const ROWS: u32 = (65_536 - FIRST) / ROW;

/// What one reservation and its socket are.
struct One {
    kind: SocketKind,
    range: PortRange,
    socket: SocketId,
    token: Token,
}

/// The names of a place in a row: the first is the vacant one.
const fn names(row: u32, n: u32) -> (SocketId, Token) {
    (SocketId(row * ROW + n + 1), Token(row * ROW + n + 1))
}

fn one(i: u32) -> One {
    let (row, n) = (i / OF_A_ROW, i % OF_A_ROW);
    let (kind, of) =
        if row < ROWS { (SocketKind::Udp, row) } else { (SocketKind::Tcp, row - ROWS) };
    let range = PortRange { start: (FIRST + of * ROW + n) as u16, count: 1 };
    let (socket, token) = names(row, n + 1);
    One { kind, range, socket, token }
}

/// A machine with so many reservations and as many bound sockets.
///
/// # Panics
/// If there are more than both protocols have room for.
#[must_use]
pub fn crowd_of(count: u32) -> World {
    assert!(count <= 2 * ROWS * OF_A_ROW, "{count} reservations are more than there is room for");
    let mut world = World::default();
    world.put_process(P1, Some(Process::undeclared()));
    let frame = Frame::default();
    for One { kind, range, socket, token } in (0..count).map(one) {
        let port = range.start;
        for (call, reply) in [
            (Call::open(kind, Family::V4), Reply::Socket(socket)),
            (Call::Acquire { socket, range, frame }, Reply::Reserved { block: range, token }),
            (Call::Associate { socket, token, frame }, Reply::Ok),
            (Call::bind(socket, Family::V4.wildcard()), Reply::Bound(port)),
        ] {
            apply(&mut world, P1, &call, &reply);
        }
    }
    world
}

/// The same by calls, on a machine that has UDP alone.
///
/// # Panics
/// If there are more than UDP has room for, or a call is refused.
pub fn fill(machine: &mut impl Machine, count: u32) {
    assert!(count <= ROWS * OF_A_ROW, "{count} reservations are more than UDP has room for");
    let frame = Frame::default();
    for One { kind, range, .. } in (0..count).map(one) {
        let opened = machine.call(&Call::open(kind, Family::V4));
        let Reply::Socket(socket) = opened else { panic!("{opened}") };
        let acquired = machine.call(&Call::Acquire { socket, range, frame });
        let Reply::Reserved { token, .. } = acquired else { panic!("{acquired}") };
        machine.call(&Call::Associate { socket, token, frame });
        let bound = machine.call(&Call::bind(socket, Family::V4.wildcard()));
        assert_eq!(bound, Reply::Bound(range.start));
    }
}

/// The rows of UDP that a crowd has.
fn rows(count: u32) -> u16 {
    count.div_ceil(OF_A_ROW).clamp(1, ROWS) as u16
}

/// The first of the two free ports of a row.
#[must_use]
pub fn first_of_two(row: u16) -> u16 {
    (FIRST + u32::from(row) * ROW + OF_A_ROW) as u16
}

/// A vacant place in the middle of a crowd.
#[must_use]
pub fn place_among(count: u32) -> Place {
    vacant(rows(count) / 2)
}

/// All vacant places in a crowd, far apart from one to the next.
pub fn places_among(count: u32) -> impl Iterator<Item = Place> + Clone {
    far_apart(rows(count)).map(vacant)
}

fn vacant(row: u16) -> Place {
    let (socket, token) = names(u32::from(row), 0);
    (socket, token, first_of_two(row))
}

#[cfg(test)]
mod tests {
    use portres_model::{Profile, Protocol, permitted};
    use portres_sim::{Host, Policy};

    use super::*;
    use crate::beside::{Program, Scattered, reserve};
    use crate::naive::Hashed;

    #[test]
    fn a_crowd_is_permitted_and_has_vacant_places() {
        let count = 100_000;
        let world = crowd_of(count);
        assert_eq!(world.reservations().count(), count as usize);
        assert_eq!(world.sockets().count(), count as usize);
        let of_udp = world.reservations().filter(|(_, r)| r.protocol == Protocol::Udp).count();
        assert_eq!(of_udp, (ROWS * OF_A_ROW) as usize);
        let mut scattered = Scattered::among(
            Host::new(world, &Profile::likely(), Policy::Lowest, 1),
            places_among(count),
        );
        for _ in 0..ROWS {
            let start = scattered.go_on();
            reserve(&mut scattered, start);
        }
    }

    /// What `apply` writes down without asking, the relation permits.
    #[test]
    fn what_is_filled_by_calls_is_the_same() {
        let host = Host::new(World::default(), &Profile::likely(), Policy::Lowest, 1);
        fill(&mut Program::of(&host, P1), 50);
        fill(&mut Hashed::default(), 50);
        let ports = |world: &World| {
            let bound = |p: &u16| world.is_bound(Protocol::Udp, *p);
            (1..=u16::MAX).filter(bound).collect::<Vec<u16>>()
        };
        assert_eq!(host.look(ports), ports(&crowd_of(50)));
        let world = crowd_of(50);
        let (socket, ..) = place_among(50);
        let open = Call::open(SocketKind::Udp, Family::V4);
        let all = permitted(&world, P1, &open);
        assert!(all.judge(&world, &Profile::likely(), &Reply::Socket(socket)).is_ok());
    }
}
