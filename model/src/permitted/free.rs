//! The ports and blocks from which the system chooses, word by word of the pools.

use std::net::IpAddr;

use crate::call::Family;
use crate::pool::{Skip, part_of_word, walk};
use crate::port::{PortBlock, PortRange, Protocol};
use crate::world::World;

/// The free ports of a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FreePort {
    /// Whose ports.
    pub protocol: Protocol,
    /// Among which.
    pub within: PortBlock,
    /// Which ports are passed over besides bound ones.
    pub skip: Skip,
    /// A port is free if no socket has it at this address; `None`: if no socket has it at all.
    pub at: Option<IpAddr>,
    /// Whether reservations of the other protocol are passed over, too.
    pub skip_other: bool,
    /// Whether reservations that have ended are passed over like those in force.
    pub skip_ended: bool,
    /// Whether a port that only connections have, chosen by the system, is free, too.
    pub shared: bool,
    /// The family of a socket to which a port is free that sockets of the other family alone have.
    pub stack: Option<Family>,
}

/// The free blocks of a size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FreeBlock {
    /// Whose ports.
    pub protocol: Protocol,
    /// Among which.
    pub within: PortBlock,
    /// How many ports were asked for.
    pub count: u16,
    /// Whether fewer will do.
    pub or_fewer: bool,
    /// Whether reservations of the other protocol are passed over, too.
    pub skip_other: bool,
    /// Whether reservations that have ended are passed over like those in force.
    pub skip_ended: bool,
}

impl FreePort {
    /// The ports of a block that nobody has.
    pub(crate) const fn of(protocol: Protocol, within: PortBlock) -> FreePort {
        FreePort {
            protocol,
            within,
            skip: Skip::ALL,
            at: None,
            skip_other: false,
            skip_ended: true,
            shared: false,
            stack: None,
        }
    }

    /// Whether the port is one of them.
    #[must_use]
    pub fn has(&self, world: &World, port: u16) -> bool {
        self.within.has(port)
            && !(self.skip.reserved && self.is_reserved(world, self.protocol, port))
            && !(self.skip_other && self.is_reserved(world, self.protocol.other(), port))
            && !(self.skip.excluded && world.is_excluded(self.protocol, port))
            && (!world.is_bound(self.protocol, port) || self.bears_holders(world, port))
    }

    fn is_reserved(&self, world: &World, protocol: Protocol, port: u16) -> bool {
        let in_force = || {
            let block = PortBlock::of(port);
            block.is_some_and(|b| world.reservations_in(protocol, b).any(|(_, r)| !r.ended))
        };
        world.is_reserved(protocol, port) && (self.skip_ended || in_force())
    }

    /// Whether the port is free in spite of the sockets that have it.
    fn bears_holders(&self, world: &World, port: u16) -> bool {
        if self.at.is_none() && !self.shared && self.stack.is_none() {
            return false;
        }
        world.at_port(self.protocol, port).all(|(_, holder)| {
            let Some(name) = holder.bound else { return true };
            let elsewhere = self.at.is_some_and(|address| {
                let other = name.ip();
                other != address && !other.is_unspecified() && !address.is_unspecified()
            });
            let other_stack = self.stack.is_some_and(|family| holder.family != family);
            elsewhere || other_stack || self.shared && holder.implicit
        })
    }

    /// The lowest of them in a part of the block; of those that no socket has before all others.
    #[must_use]
    pub fn lowest(&self, world: &World, part: PortBlock) -> Option<u16> {
        let unbound = if !self.skip_other && self.skip_ended {
            world.free_port(self.protocol, part, self.skip)
        } else {
            let free =
                |word| !(self.passed_over(world, word) | world.word(self.protocol, word).bound);
            bits(part, free).next()
        };
        if unbound.is_some() || self.at.is_none() && !self.shared && self.stack.is_none() {
            return unbound;
        }
        let bound = |word| world.word(self.protocol, word).bound & !self.passed_over(world, word);
        bits(part, bound).find(|port| self.bears_holders(world, *port))
    }

    /// The ports of a word that are passed over, whether or not a socket has them.
    fn passed_over(&self, world: &World, word: usize) -> u64 {
        let reserved =
            |of, counts| if counts { reserved(world, of, word, self.skip_ended) } else { 0 };
        let excluded =
            if self.skip.excluded { world.word(self.protocol, word).excluded } else { 0 };
        let other = reserved(self.protocol.other(), self.skip_other);
        excluded | reserved(self.protocol, self.skip.reserved) | other
    }
}

impl FreeBlock {
    /// Whether the block is one of them.
    #[must_use]
    pub fn has(&self, world: &World, range: PortRange) -> bool {
        let fits =
            if self.or_fewer { range.count <= self.count } else { range.count == self.count };
        let reserved = |protocol, block| {
            world.reservations_in(protocol, block).any(|(_, r)| self.skip_ended || !r.ended)
        };
        range.block().is_some_and(|block| {
            fits && self.within.holds(block)
                && world.bound_in(self.protocol, block).is_none()
                && !reserved(self.protocol, block)
                && world.exclusions_in(self.protocol, block).next().is_none()
                && !(self.skip_other && reserved(self.protocol.other(), block))
        })
    }

    /// The lowest of them; the largest if fewer ports will do.
    #[must_use]
    pub fn lowest(&self, world: &World) -> Option<PortBlock> {
        let mut found = self.lowest_of(world, self.count);
        if found.is_some() || !self.or_fewer {
            return found;
        }
        // where a block is free, a smaller one is
        let (mut free, mut too_large) = (0, self.count);
        while too_large - free > 1 {
            let count = free + (too_large - free) / 2;
            match self.lowest_of(world, count) {
                Some(block) => (found, free) = (Some(block), count),
                None => too_large = count,
            }
        }
        found
    }

    /// The lowest of exactly so many ports.
    fn lowest_of(&self, world: &World, count: u16) -> Option<PortBlock> {
        if count == 0 {
            return None;
        }
        if !self.skip_other && self.skip_ended {
            return world.free_block(self.protocol, self.within, count);
        }
        let taken = |word| {
            let own = world.word(self.protocol, word);
            let reserved = |of| reserved(world, of, word, self.skip_ended);
            let other = if self.skip_other { reserved(self.protocol.other()) } else { 0 };
            own.bound | own.excluded | reserved(self.protocol) | other
        };
        let ports = self.within.first() as usize..self.within.last() as usize + 1;
        let last = walk(ports, &mut 0, count as usize, taken)?;
        PortBlock::new((last + 1 - count as usize) as u16, count)
    }
}

/// The ports of a word in which reservations lie: all of them, or those in force.
fn reserved(world: &World, protocol: Protocol, word: usize, ended: bool) -> u64 {
    let all = world.word(protocol, word).reserved;
    if all == 0 || ended {
        return all;
    }
    let (first, last) = ((word * 64).max(1) as u16, (word * 64 + 63) as u16);
    let Some(block) = PortBlock::between(first, last) else { return 0 };
    let in_force = world.reservations_in(protocol, block).filter(|(_, r)| !r.ended);
    in_force.fold(0, |bits, (_, r)| bits | r.block.map_or(0, |b| part_of_word(b, word)))
}

/// The ports of a block that a bit is set for.
fn bits(block: PortBlock, of: impl Fn(usize) -> u64) -> impl Iterator<Item = u16> {
    (block.first() as usize / 64..block.last() as usize / 64 + 1).flat_map(move |word| {
        let mut left = of(word) & part_of_word(block, word);
        std::iter::from_fn(move || {
            let bit = (left != 0).then(|| left.trailing_zeros())?;
            left &= left - 1;
            Some((word * 64 + bit as usize) as u16)
        })
    })
}

#[cfg(test)]
mod tests;
