//! What must hold in every state, and of every transition, under the likeliest answers.

use portres_model::{Call, Error, Kind, ProcessId, Protocol, Reply, Reservation, Socket, World};

/// The invariants, each with a sentence.
pub const INVARIANTS: &[(&str, &str)] = &[
    (DISJOINT, "no two reservations in force of a protocol share a port"),
    (INSIDE, "a bound port of a socket whose last association is in force lies in its block"),
    (OUTSIDE, "no socket without association has bound a port of a reservation in force"),
    (OWNED, "nothing made at run time outlives the socket or the process that it belongs to"),
    (USED, "a reservation counts the sockets associated with it; one that has ended has some"),
    (
        SURVIVES,
        "a restart leaves the persistent reservations, and nothing that was made at run time",
    ),
    (REFUSED, "a refusal changes nothing, but for connects and requests that go on"),
];

const DISJOINT: &str = "disjoint";
const INSIDE: &str = "inside";
const OUTSIDE: &str = "outside";
const OWNED: &str = "owned";
const USED: &str = "used";
const SURVIVES: &str = "survives";
const REFUSED: &str = "refused";

/// The name of an invariant that does not hold.
pub type Broken = &'static str;

/// The first invariant that a state breaks.
#[must_use]
pub fn of_state(world: &World) -> Option<Broken> {
    let mut reservations = [const { None }; 4];
    for (place, (_, row)) in reservations.iter_mut().zip(world.reservations()) {
        *place = Some(row);
    }
    let rows = || reservations.iter().flatten();
    let disjoint = |(i, a): (usize, &&Reservation)| {
        a.ended || rows().skip(i + 1).all(|b| b.ended || a.protocol != b.protocol || !meet(a, b))
    };
    if !rows().enumerate().all(disjoint) {
        return Some(DISJOINT);
    }
    if !world.sockets().all(|(_, s)| is_inside(world, s)) {
        return Some(INSIDE);
    }
    if !world.sockets().all(|(_, s)| is_outside(world, s)) {
        return Some(OUTSIDE);
    }
    if !is_owned(world) {
        return Some(OWNED);
    }
    if !are_counted(world) {
        return Some(USED);
    }
    None
}

fn meet(a: &Reservation, b: &Reservation) -> bool {
    a.block.zip(b.block).is_some_and(|(a, b)| a.meets(b))
}

fn port(socket: &Socket) -> Option<u16> {
    socket.bound.map(|name| name.port()).filter(|port| *port != 0)
}

fn is_inside(world: &World, socket: &Socket) -> bool {
    let Some((port, (_, last))) = port(socket).zip(socket.associations) else { return true };
    let reservation = world.reservation(last).filter(|r| !r.ended);
    reservation.is_none_or(|r| r.block.is_some_and(|b| b.has(port)))
}

/// No rule lets such a socket in: those that are bound keep a new reservation out, and when a persistent one comes back at a
/// restart there are no sockets.
fn is_outside(world: &World, socket: &Socket) -> bool {
    let (Some(port), Some(protocol)) = (port(socket), socket.kind.protocol()) else { return true };
    let reserves = |r: &Reservation| {
        !r.ended && r.protocol == protocol && r.block.is_some_and(|b| b.has(port))
    };
    socket.associations.is_some() || !world.reservations().any(|(_, r)| reserves(r))
}

fn is_owned(world: &World) -> bool {
    let sockets = world.sockets().all(|(_, s)| world.started(s.process));
    let further =
        world.duplicates().iter().all(|d| world.started(d.process) && world.socket(d.of).is_some());
    let reservations = world.reservations().all(|(_, r)| match r.kind {
        Kind::Runtime { socket, .. } if !r.ended => {
            world.socket(socket).is_some_and(|s| s.kind.protocol() == Some(r.protocol))
        }
        Kind::Runtime { .. } | Kind::Persistent { .. } => true,
    });
    let requests = world.requests().all(|(_, r)| world.process(r.process).is_some());
    sockets && further && reservations && requests
}

fn are_counted(world: &World) -> bool {
    world.reservations().all(|(token, r)| {
        let uses = |s: &Socket| s.associations.is_some_and(|(a, b)| a == token || b == token);
        let users = world.sockets().filter(|(_, s)| uses(s)).count();
        users == r.users as usize && (!r.ended || users > 0)
    })
}

/// The first invariant that a transition breaks.
pub(super) fn of_step(before: &World, after: &World, call: &Call, reply: &Reply) -> Option<Broken> {
    if let Reply::Failed(error) = reply {
        return (!may_change(call, *error)).then_some(REFUSED);
    }
    if *call == Call::Restart && !survives(before, after) {
        return Some(SURVIVES);
    }
    None
}

/// A connect may have bound its socket before it failed, and a request goes on or has given what it gave.
fn may_change(call: &Call, error: Error) -> bool {
    match call {
        Call::Connect { .. } | Call::ConnectEx { .. } => true,
        Call::Result { .. } | Call::Completion { .. } | Call::Complete { .. } => true,
        _ => error == Error::IoPending,
    }
}

fn survives(before: &World, after: &World) -> bool {
    let persistent = |world: &World| {
        let in_force = |r: &Reservation| matches!(r.kind, Kind::Persistent { .. }) && !r.ended;
        let mut all: Vec<(Protocol, _)> = world
            .reservations()
            .filter(|(_, r)| in_force(r))
            .map(|(_, r)| (r.protocol, r.block))
            .collect();
        all.sort_unstable();
        all
    };
    let runtime = |r: &Reservation| matches!(r.kind, Kind::Runtime { .. }) || r.ended;
    persistent(before) == persistent(after)
        && after.sockets().next().is_none()
        && after.processes().next().is_none()
        && after.requests().next().is_none()
        && after.lingering().is_empty()
        && !after.reservations().any(|(_, r)| runtime(r))
        && (1..=2).all(|p| after.process(ProcessId(p)).is_none())
}
