//! What holds ports of a block: reservations in force, bound sockets, connections that are left of one, requests that may have
//! taken them unseen.

use crate::call::{Call, Family};
use crate::id::RequestId;
use crate::permitted::Guard;
use crate::port::{PortBlock, Protocol};
use crate::question::{Literal, Question};
use crate::world::{Connection, Kind, Request, Reservation, World};

/// Where a block that has ended still holds its ports.
pub(super) const ENDED_BLOCKS: Literal = Question::EndedStillBlocks.only(&["yes"]);
/// Where it does not.
pub(super) const ENDED_FREES: Literal = Question::EndedStillBlocks.only(&["no"]);
/// Where a socket is bound once its first connect has failed.
pub(super) const FAILED_CONNECT_BINDS: Literal = Question::FailedConnectBinds.only(&["yes"]);

/// Whether the automatic choice passes over blocks that have ended, and when: a question only where there are such blocks.
pub(super) fn passing_over_ended(
    world: &World,
    protocol: Protocol,
    both: bool,
    within: PortBlock,
    when: Guard,
) -> impl Iterator<Item = (Guard, bool)> {
    let ended = |protocol| world.reservations_in(protocol, within).any(|(_, r)| r.ended);
    let asked = world.has_ended() && (ended(protocol) || both && ended(protocol.other()));
    let passed = if asked { when.and(ENDED_BLOCKS) } else { when };
    let not_passed = asked.then(|| (when.and(ENDED_FREES), false));
    [Some((passed, true)), not_passed].into_iter().flatten()
}

/// When a reservation counts for a socket of a family at all: one that has ended, one of the other family, or one that nobody
/// has seen since a restart, perhaps does not.
pub(super) fn in_force(reservation: &Reservation, family: Family, when: Guard) -> Guard {
    let when = if reservation.ended { when.and(ENDED_BLOCKS) } else { when };
    match reservation.kind {
        Kind::Runtime { family: of, .. } if of != family => {
            when.and(const { Question::CrossesFamilies.only(&["yes"]) })
        }
        Kind::Persistent { token_known: false } => {
            when.and(const { Question::PersistentReturns.only(&["at-once"]) })
        }
        Kind::Runtime { .. } | Kind::Persistent { .. } => when,
    }
}

/// What is found in a block.
pub(super) enum Holds {
    /// A socket is bound to this port.
    Socket(u16),
    /// Of this port only connections are left (MISS-C).
    Connection(u16),
    /// Nothing.
    Nothing,
}

/// What holds a port of a block: a bound socket before a connection.
pub(super) fn holds(world: &World, protocol: Protocol, block: PortBlock) -> Holds {
    let lingering = || {
        let lowest = world.lingering_in(block).first().map(|l| l.port);
        lowest.filter(|_| protocol == Protocol::Tcp)
    };
    let Some(lowest) = world.bound_in(protocol, block) else {
        return lingering().map_or(Holds::Nothing, Holds::Connection);
    };
    let bound = |port: &u16| {
        world.at_port(protocol, *port).any(|(_, s)| s.connection != Connection::Accepted)
    };
    // nearly always the first
    match (lowest..=block.last()).find(|port| bound(port)) {
        Some(port) => Holds::Socket(port),
        None => Holds::Connection(lowest),
    }
}

/// Whether a pending request may have taken a port of the block unseen, other than the one that completes: a request is not
/// in its own way.
pub(super) fn is_being_taken(
    world: &World,
    protocol: Protocol,
    block: PortBlock,
    completing: Option<RequestId>,
) -> bool {
    taking(world, protocol, block, completing).next().is_some()
}

/// The pending requests that may have taken it.
pub(super) fn taking(
    world: &World,
    protocol: Protocol,
    block: PortBlock,
    completing: Option<RequestId>,
) -> impl Iterator<Item = &Request> {
    let takes = move |id: RequestId, request: &Request| {
        let Call::Acquire { range, .. } = request.call else { return false };
        let wanted = match range.start {
            0 => PortBlock::between(1, u16::MAX),
            // one that runs past the end may be cut short
            start => PortBlock::between(start, start.saturating_add(range.count.saturating_sub(1))),
        };
        // what it was given has ended with its socket
        let of_protocol = request.protocol == Some(protocol);
        completing != Some(id) && of_protocol && wanted.is_some_and(|b| b.meets(block))
    };
    world.pending().filter(move |(id, request)| takes(*id, request)).map(|(_, request)| request)
}

/// Whether a pending request may have reserved exactly these ports unseen.
pub(super) fn may_be_reserved(world: &World, protocol: Protocol, block: PortBlock) -> bool {
    taking(world, protocol, block, None).any(|request| {
        let Call::Acquire { range, .. } = request.call else { return false };
        // less than was asked for may have been granted
        let starts = range.start == 0 || range.start == block.first();
        starts && block.range().count <= range.count
    })
}

/// When a port of the block may have been taken unseen: by a pending request other than the one that completes, or by a
/// connect that was not seen to succeed, where that binds at all. Only stream sockets are bound that way.
pub(super) fn may_be_taken(
    world: &World,
    protocol: Protocol,
    block: PortBlock,
    completing: Option<RequestId>,
    when: Guard,
) -> Option<Guard> {
    if is_being_taken(world, protocol, block, completing) {
        return Some(when);
    }
    let tried = protocol == Protocol::Tcp && world.has_tried();
    tried.then(|| when.and(FAILED_CONNECT_BINDS))
}

/// When a pending request for ports of the other protocol may have reserved some of the block unseen, where reservations
/// cross protocols.
pub(super) fn may_be_crossed(
    world: &World,
    protocol: Protocol,
    block: PortBlock,
    completing: Option<RequestId>,
    when: Guard,
) -> Option<Guard> {
    let crosses = || when.and(const { Question::CrossesProtocols.only(&["yes"]) });
    is_being_taken(world, protocol.other(), block, completing).then(crosses)
}
