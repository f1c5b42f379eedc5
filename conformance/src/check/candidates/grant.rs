//! What an acquire has given that was not seen: a block of which only the size is known.

use portres_model::{
    Call, Frame, FreeBlock, Permitted, PortBlock, PortRange, ProcessId, Protocol, Reply, Set,
    Token, permitted,
};

use super::give::{Given, Group, MOST_TRIED, add, between};
use super::{Candidate, Of, Ports, Tie, Tied, Untold};
use crate::check::State;

/// The most sizes that a block may have.
const MOST_SIZES: usize = 16;

impl State {
    /// Judges the starts of blocks of which only the size is known.
    pub(super) fn give_block(
        &self,
        by: ProcessId,
        call: &Call,
        all: &Permitted,
        offers: &[FreeBlock],
        token: Token,
    ) -> Result<Vec<Given>, Untold> {
        let Some(first) = offers.first() else { return Ok(Vec::new()) };
        // the request keeps what it gave
        if call.request().is_some() || call.frame().and_then(Frame::request).is_some() {
            return Err(Untold::Unlisted);
        }
        let (protocol, asked) = (first.protocol, first.count);
        let fewer = offers.iter().any(|o| o.or_fewer);
        let counts = if fewer && self.may_be_fewer(all, asked) { 1..=asked } else { asked..=asked };
        if counts.clone().count() > MOST_SIZES {
            return Err(Untold::TooMany);
        }
        let mut given = Vec::new();
        for count in counts {
            let mut groups: Vec<Group> = Vec::new();
            for part in self.starts_of(protocol, offers, count) {
                let Some((shown, start)) = self.free_start(protocol, part, count)? else {
                    continue;
                };
                let reply = Reply::Reserved { block: PortRange { start, count }, token };
                let all = permitted(&shown.world, by, call);
                let Some(step) = shown.permits(&all, &reply) else { continue };
                let shown = (shown, start);
                add(
                    &mut groups,
                    Group { step, starts: vec![part], ties: Vec::new(), shown, count },
                );
            }
            for group in groups {
                given.extend(self.take_block(by, call, protocol, token, group)?);
            }
        }
        Ok(given)
    }

    /// Whether a reading that is left grants fewer ports than were asked for.
    fn may_be_fewer(&self, all: &Permitted, asked: u16) -> bool {
        let possible = |when: portres_model::Guard| {
            when.literals().all(|l| l.answers & self.profile.open(l.question) != 0)
        };
        asked > 1
            && all.offers.iter().any(|o| {
                matches!(o.set, Set::FreeBlock(FreeBlock { or_fewer: true, .. }))
                    && possible(o.when)
            })
    }

    /// Parts of the starts of a block in which all have the same ports around them.
    fn starts_of(&self, protocol: Protocol, offers: &[FreeBlock], count: u16) -> Vec<PortBlock> {
        let within: Ports = offers.iter().map(|o| o.within).collect();
        let mut edges: Vec<u32> = Vec::new();
        let size = u32::from(count);
        let mut around = |block: PortBlock| {
            let (first, end) = (u32::from(block.first()), u32::from(block.last()) + 1);
            for edge in [first.saturating_sub(size) + 1, first, end, end.saturating_sub(size) + 1] {
                edges.push(edge.max(1));
            }
        };
        offers.iter().for_each(|o| around(o.within));
        for part in self.parts_of(protocol, &within) {
            around(part);
        }
        between(edges, &within)
    }

    /// A start in a world where no candidate is in the block.
    fn free_start(
        &self,
        protocol: Protocol,
        part: PortBlock,
        count: u16,
    ) -> Result<Option<(State, u16)>, Untold> {
        for start in part.ports().take(MOST_TRIED) {
            let Some(block) = PortBlock::new(start, count) else { return Ok(None) };
            if let Some(cleared) = self.clear(protocol, block)? {
                return Ok(Some((cleared, start)));
            }
        }
        match part.ports().nth(MOST_TRIED) {
            Some(_) => Err(Untold::TooMany),
            None => Ok(None),
        }
    }

    fn take_block(
        &self,
        by: ProcessId,
        call: &Call,
        protocol: Protocol,
        token: Token,
        group: Group,
    ) -> Result<Option<Given>, Untold> {
        let Group { step, starts, shown: (mut state, start), count, .. } = group;
        if state.profile.assume(&step.needs).is_err() {
            return Ok(None);
        }
        let reply = Reply::Reserved { block: PortRange { start, count }, token };
        portres_model::apply(&mut state.world, by, call, &reply);
        let other = state.unseen.list.len();
        let beside = (state.unseen.list.iter().enumerate())
            .filter(|(_, c)| c.protocol() == protocol)
            // one that has ended may be taken again
            .filter(|(_, c)| {
                c.token().is_none_or(|t| state.world.reservation(t).is_some_and(|r| !r.ended))
            })
            .map(|(one, _)| Tie { one, other, kind: Tied::Apart });
        let beside: Vec<Tie> = beside.collect();
        let starts: Ports = starts.into_iter().collect();
        let of = Of::Block(protocol, token);
        state.unseen.list.push(Candidate { of, count, starts, at: start });
        state.unseen.ties.extend(beside);
        let candidates = state.unseen.clone();
        Ok(state.narrowed(candidates)?.map(|state| Given { state, reply, step }))
    }
}
