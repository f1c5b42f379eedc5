//! What keeps an acquire from giving a reply, where that can be told by a few ports.

use smallvec::SmallVec;

use crate::permitted::{About, Permitted, Set};
use crate::port::PortBlock;
use crate::profile::Profile;
use crate::reply::Reply;
use crate::world::World;

impl Permitted {
    /// Ports such that an acquire that may not give this reply here may not give it either as long as nothing changes there:
    /// blocks that are free, where it was refused; ports that are reserved, where it was granted. None if it is not so simple.
    #[must_use]
    pub fn kept_out_by(
        &self,
        world: &World,
        profile: &Profile,
        reply: &Reply,
    ) -> SmallVec<[PortBlock; 4]> {
        match reply {
            Reply::Failed(_) => self.free_blocks(world, profile).unwrap_or_default(),
            Reply::Reserved { block, .. } => {
                let held = block.block().and_then(|block| self.held(world, profile, block));
                held.into_iter().collect()
            }
            _ => SmallVec::new(),
        }
    }

    /// The lowest block that is free under each reading left, where the system was to choose.
    fn free_blocks(&self, world: &World, profile: &Profile) -> Option<SmallVec<[PortBlock; 4]>> {
        let mut blocks = SmallVec::new();
        for offer in &self.offers {
            if offer.when.literals().any(|l| profile.excludes(l)) {
                continue;
            }
            let Set::FreeBlock(free) = offer.set else { return None };
            let block = free.lowest(world)?;
            if !blocks.contains(&block) {
                blocks.push(block);
            }
        }
        (!blocks.is_empty()).then_some(blocks)
    }

    /// The part of the block that a reservation holds against every reading left.
    fn held(&self, world: &World, profile: &Profile, block: PortBlock) -> Option<PortBlock> {
        let common = |other: PortBlock| {
            let first = block.first().max(other.first());
            PortBlock::between(first, block.last().min(other.last()))
        };
        let refusing = self.must.iter().find_map(|refusal| match refusal.about {
            About::Reservation(token) if refusal.obliges(profile) => world.reservation(token),
            _ => None,
        });
        if let Some(reservation) = refusing {
            return common(reservation.block?);
        }
        let mut protocols = self.offers.iter().map(|offer| match offer.set {
            Set::FreeBlock(free) => Some(free.protocol),
            _ => None,
        });
        let protocol = protocols.next()??;
        if !protocols.all(|other| other == Some(protocol)) {
            return None;
        }
        let mut there = world.reservations_in(protocol, block).filter(|(_, r)| !r.ended);
        common(there.next()?.1.block?)
    }
}
