//! What holds ports of a block: bound sockets, connections that are left of one, requests that may have taken them unseen.

use crate::call::Call;
use crate::port::{PortBlock, PortRange, Protocol};
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

/// The ports that an ioctl may be reserving.
pub(super) fn may_reserve(call: Call) -> Option<PortBlock> {
    match call {
        Call::Acquire { range: PortRange { start: 0, .. }, .. } => PortBlock::between(1, u16::MAX),
        Call::Acquire { range, .. } => range.block(),
        _ => None,
    }
}

/// Whether an ioctl may be reserving a port of the block.
pub(super) fn may_take(call: Call, block: PortBlock) -> bool {
    may_reserve(call).is_some_and(|b| b.meets(block))
}
