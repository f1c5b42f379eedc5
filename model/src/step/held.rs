//! What holds ports of a block: bound sockets, connections that are left of one, requests that may have taken them unseen.

use crate::call::Call;
use crate::id::RequestId;
use crate::port::{PortBlock, Protocol};
use crate::world::{Connection, World};

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
    world.pending().any(|(id, request)| {
        let Call::Acquire { socket, range, .. } = request.call else { return false };
        let wanted = match range.start {
            0 => PortBlock::between(1, u16::MAX),
            _ => range.block(),
        };
        let of_protocol = world
            .slot_of(request.process, socket)
            .and_then(|slot| world.socket(slot))
            .is_none_or(|s| s.kind.protocol() == Some(protocol));
        completing != Some(id) && of_protocol && wanted.is_some_and(|b| b.meets(block))
    })
}

/// Whether a port of the block may have been taken unseen: by a pending request, or by a connect that was not seen to
/// succeed.
pub(super) fn may_be_taken(world: &World, protocol: Protocol, block: PortBlock) -> bool {
    protocol == Protocol::Tcp && world.has_tried() || is_being_taken(world, protocol, block, None)
}
