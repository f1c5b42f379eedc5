//! Where no block of a size is left: that depends on how all candidates lie together.

use portres_model::{FreeBlock, Needs, Objection, Permitted, PortBlock, Reply, Set, Step};

use crate::check::State;

impl State {
    /// Judges a reply, also as if no block were left where that can be: what explains it, and whether that alone does. Where
    /// something else explains it, too, what either asks for is asked for: nothing is settled too soon. What rules the other out
    /// later leaves a state that is not loose, though only a matching would tell whether no block was left.
    pub(in crate::check) fn judged(
        &self,
        all: &Permitted,
        reply: &Reply,
    ) -> Result<(Step, bool), Vec<Objection>> {
        let judge = |all: &Permitted| all.judge(&self.world, &self.profile, reply);
        match judge(all) {
            Ok(step) if step.needs.nothing() => Ok((step, false)),
            Ok(mut step) => {
                if let Some(Ok(other)) = self.loosened(all).as_ref().map(judge) {
                    step.needs = Needs::any_of(&[step.needs, other.needs]);
                }
                Ok((step, false))
            }
            Err(mismatch) => {
                let looser = self.loosened(all).ok_or(mismatch.refused_by)?;
                let step = judge(&looser).map_err(|mismatch| mismatch.refused_by)?;
                Ok((step, true))
            }
        }
    }

    /// The list as it would be if no block were left where that can be; `None` where it cannot.
    fn loosened(&self, all: &Permitted) -> Option<Permitted> {
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
