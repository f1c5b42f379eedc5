//! Policies: how a host chooses where a reading leaves several replies.

use std::sync::Arc;

use portres_model::{Error, FreeBlock, FreePort, PortBlock, Protocol, World};
use rand::Rng;

use crate::choose::Choosing;

/// How a host chooses where a reading leaves several replies. Same policy, same seed, same calls, same replies.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Policy {
    /// The lowest port, the first refusal.
    #[default]
    Lowest,
    /// The port behind the last one that was given, as Windows does nearly (EV-95); the first refusal.
    NextFit,
    /// At random, from the seed.
    Random,
    /// What hurts: a port that somebody has named or had of late, or else the one that breaks the longest free run; one
    /// port where fewer than asked for will do; every other refusal that is only possible.
    Adversarial,
    /// The picks of a list, one for each call that leaves a choice: a free port, a free block, a refusal that is only possible,
    /// or one of several refusals.
    /// When the list is through, as [`Policy::Lowest`].
    ///
    /// A pick that is not permitted panics, and says what is.
    Scripted(Arc<[Pick]>),
}

impl Policy {
    /// These picks, one after another.
    #[must_use]
    pub fn scripted(picks: &[Pick]) -> Policy {
        Policy::Scripted(picks.into())
    }
}

/// One choice of a script.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Pick {
    /// What [`Policy::Lowest`] would give.
    Usual,
    /// This port.
    Port(u16),
    /// The block of so many ports from this one.
    Block(u16, u16),
    /// A refusal with this code.
    Refusal(Error),
}

fn index(protocol: Protocol) -> usize {
    usize::from(protocol == Protocol::Udp)
}

impl Choosing {
    pub(crate) fn free_port(&mut self, world: &World, free: &FreePort) -> Option<u16> {
        let lowest = |part| free.lowest(world, part);
        match self.policy {
            Policy::Lowest | Policy::Scripted(_) => lowest(free.within),
            Policy::NextFit => {
                let from = self.cursor(free.protocol, free.within);
                let part = PortBlock::between(from, free.within.last());
                let port = part.and_then(lowest).or_else(|| lowest(free.within))?;
                if world.dynamic(free.protocol) == free.within {
                    self.next[index(free.protocol)] = port.wrapping_add(1);
                }
                Some(port)
            }
            Policy::Random => {
                // the first free port behind a random one, or else the lowest
                let all = lowest(free.within);
                let from = self.random.random_range(free.within.ports());
                let part = PortBlock::between(from, free.within.last())?;
                lowest(part).or(all)
            }
            Policy::Adversarial => {
                let wanted = self.wanted.iter().copied().find(|port| free.has(world, *port));
                wanted.or_else(|| {
                    middle_of_longest(free.within, |port| free.has(world, port))
                        .or_else(|| lowest(free.within))
                })
            }
        }
    }

    pub(crate) fn free_block(&mut self, world: &World, free: &FreeBlock) -> Option<PortBlock> {
        let lowest = free.lowest(world)?;
        let count = lowest.count();
        let from_on = |from| {
            let within = PortBlock::between(from, free.within.last())?;
            let part = FreeBlock { within, count, or_fewer: false, ..*free };
            part.lowest(world)
        };
        match self.policy {
            Policy::Lowest | Policy::Scripted(_) => Some(lowest),
            Policy::NextFit => {
                let from = self.cursor(free.protocol, free.within);
                let block = from_on(from).unwrap_or(lowest);
                if world.dynamic(free.protocol).holds(block) {
                    self.next[index(free.protocol)] = block.last().wrapping_add(1);
                }
                Some(block)
            }
            Policy::Random => {
                let last = free.within.last() - (count - 1);
                let from = self.random.random_range(free.within.first()..=last);
                Some(from_on(from).unwrap_or(lowest))
            }
            Policy::Adversarial => {
                let count = if free.or_fewer { 1 } else { count };
                let block = |start| PortBlock::new(start, count);
                let fits = |start| block(start).is_some_and(|b| free.has(world, b.range()));
                let wanted = self.wanted.iter().copied().find(|start| fits(*start));
                let hurts = wanted.or_else(|| middle_of_longest(free.within, fits));
                Some(hurts.and_then(block).unwrap_or(lowest))
            }
        }
    }

    /// Where a search goes on.
    fn cursor(&self, protocol: Protocol, within: PortBlock) -> u16 {
        let next = self.next[index(protocol)];
        if within.has(next) { next } else { within.first() }
    }
}

/// The middle of the longest run of ports of which something holds.
fn middle_of_longest(within: PortBlock, holds: impl Fn(u16) -> bool) -> Option<u16> {
    let (mut longest, mut run) = ((0u32, 0u16), (0u32, 0u16));
    for port in within.ports() {
        run = match (holds(port), run) {
            (false, _) => (0, 0),
            (true, (0, _)) => (1, port),
            (true, (count, first)) => (count + 1, first),
        };
        if run.0 > longest.0 {
            longest = run;
        }
    }
    let (count, first) = longest;
    (count > 0).then(|| first + ((count - 1) / 2) as u16)
}
