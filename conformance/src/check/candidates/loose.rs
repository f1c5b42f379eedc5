//! Where no block of a size is left: that depends on how all candidates lie together.

use portres_model::{FreeBlock, Permitted, PortBlock, Set};

use crate::check::State;

impl State {
    /// The list as it would be if no block were left where that can be; `None` where it cannot.
    pub(in crate::check) fn loosened(&self, all: &Permitted) -> Option<Permitted> {
        if self.unseen.is_empty() {
            return None;
        }
        let mut looser = all.clone();
        let mut changed = false;
        for offer in &mut looser.offers {
            if let (Set::FreeBlock(free), Some(_)) = (&mut offer.set, offer.if_empty) {
                if self.may_fill(free) {
                    // of no ports there is no block
                    free.count = 0;
                    changed = true;
                }
            }
        }
        changed.then_some(looser)
    }

    /// Whether the candidates may lie so that no block is left: each is in the way of so many that lie side by side.
    fn may_fill(&self, free: &FreeBlock) -> bool {
        let Some(size) =
            (if free.or_fewer { Some(1) } else { Some(free.count) }).filter(|n| *n > 0)
        else {
            return false;
        };
        let concerned =
            self.unseen.list.iter().filter(|c| c.protocol() == free.protocol || free.skip_other);
        let in_the_way: usize = concerned.map(|c| usize::from(c.count / size) + 2).sum();
        let (mut found, mut rest) = (0, Some(free.within));
        while let (Some(within), true) = (rest, found <= in_the_way) {
            let part = FreeBlock { within, count: size, or_fewer: false, ..*free };
            let Some(block) = part.lowest(&self.world) else { break };
            found += 1;
            let next = block.last().checked_add(1);
            rest = next.and_then(|first| PortBlock::between(first, free.within.last()));
        }
        found <= in_the_way
    }
}
