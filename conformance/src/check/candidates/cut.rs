//! Cutting sets of candidates into parts between which a call cannot tell.

use portres_model::PortBlock;

use super::{Answered, Candidate, Candidates, Look, Of, Ports, Tie, Tied, Untold};
use crate::check::{Follower, Seen, State};

/// The most parts into which one state is cut, those that come to nothing among them.
const MOST_VIEWS: usize = 512;

impl Follower<'_> {
    /// Keeps one state, as the call sees it, to say what it permits.
    pub(in crate::check) fn keep_first(&mut self, seen: &Seen, answered: &[Answered]) {
        self.states.truncate(1);
        let state = &self.states[0];
        let looks = super::looks(state, seen.who.process, &seen.call, answered).unwrap_or_default();
        let view = state.views(&looks).ok().and_then(|mut views| views.pop());
        self.states = vec![view.unwrap_or_else(|| state.clone())];
    }
}

impl State {
    /// The same as several states, in each of which all that a candidate may be looks alike to the call.
    pub(in crate::check) fn views(&self, looks: &[Look]) -> Result<Vec<State>, Untold> {
        if self.unseen.is_empty() || looks.is_empty() {
            return Ok(vec![self.clone()]);
        }
        let (mut views, mut tried) = (Vec::new(), 0);
        for candidates in self.unseen.related(looks) {
            self.cut(candidates, (looks, 0), &mut tried, &mut views)?;
        }
        Ok(views)
    }

    /// Cuts the candidates from a place on.
    fn cut(
        &self,
        candidates: Candidates,
        (looks, from): (&[Look], usize),
        tried: &mut usize,
        views: &mut Vec<State>,
    ) -> Result<(), Untold> {
        for place in from..candidates.list.len() {
            let parts = self.parts(&candidates, place, looks);
            if parts.len() == 1 {
                continue;
            }
            for part in parts {
                let mut narrowed = candidates.clone();
                narrowed.list[place].starts = part;
                if narrowed.propagate() {
                    self.cut(narrowed, (looks, place + 1), tried, views)?;
                }
            }
            return Ok(());
        }
        *tried += 1;
        if *tried > MOST_VIEWS {
            return Err(Untold::TooMany);
        }
        views.extend(self.narrowed(candidates)?);
        Ok(())
    }

    fn parts(&self, candidates: &Candidates, place: usize, looks: &[Look]) -> Vec<Ports> {
        let candidate = &candidates.list[place];
        let mut parts = vec![candidate.starts.clone()];
        for look in looks {
            let Some(hit) = self.hit(candidates, candidate, look) else { continue };
            let cut = |part: &Ports| {
                let inside = part.and(&hit);
                let outside = hit.blocks().fold(part.clone(), |left, block| left.without(block));
                [inside, outside]
            };
            parts = parts.iter().flat_map(cut).filter(|part| !part.is_empty()).collect();
        }
        let Of::Port(protocol) = candidate.of else { return parts };
        let free = |port: u16| !self.unseen.is_held(&self.world, protocol, port);
        let alone = |part: Ports| {
            // where others have all of them no port can stand for the others
            if part.each().any(free) {
                return vec![part];
            }
            part.each().map(|port| Ports::from_iter([port])).collect()
        };
        parts.into_iter().flat_map(alone).collect()
    }

    /// The starts of a candidate that a look takes in.
    fn hit(&self, candidates: &Candidates, candidate: &Candidate, look: &Look) -> Option<Ports> {
        match *look {
            Look::At(protocol, block) => {
                // reservations may count for both transports
                let concerns = candidate.protocol() == protocol || !candidate.is_port();
                concerns.then(|| candidate.meeting(block).map(Ports::of))?
            }
            Look::StartsAt(start) => (!candidate.is_port()).then(|| Ports::from_iter([start])),
            Look::BlockOf(token) if candidate.token() == Some(token) => {
                let protocol = candidate.protocol();
                let reach = candidate.reach();
                let bound = reach.blocks().flat_map(|block| self.bound_in(protocol, block));
                let held = bound.filter(|port| !candidates.stands_in(protocol, *port));
                let meeting = held.filter_map(|p| candidate.meeting(PortBlock::of(p)?));
                Some(meeting.collect())
            }
            Look::BlockOf(token) => {
                // one that is a candidate itself lies in or beside each port
                if candidates.list.iter().any(|c| c.token() == Some(token)) {
                    return None;
                }
                let reservation = self.world.reservation(token)?;
                let look = Look::At(reservation.protocol, reservation.block?);
                self.hit(candidates, candidate, &look)
            }
        }
    }

    /// The ports of a block to which sockets are bound.
    pub(super) fn bound_in(&self, protocol: portres_model::Protocol, block: PortBlock) -> Vec<u16> {
        let mut bound = Vec::new();
        let mut rest = Some(block);
        while let Some(part) = rest {
            let Some(port) = self.world.bound_in(protocol, part) else { break };
            bound.push(port);
            rest = port.checked_add(1).and_then(|from| PortBlock::between(from, block.last()));
        }
        bound
    }
}

impl Candidates {
    /// Where a call looks at a block that is a candidate, each port lies in it or beside it.
    fn related(&self, looks: &[Look]) -> Vec<Candidates> {
        let mut all = vec![self.clone()];
        let looked = |c: &Candidate| {
            looks
                .iter()
                .any(|look| matches!(look, Look::BlockOf(token) if c.token() == Some(*token)))
        };
        for (other, _) in self.list.iter().enumerate().filter(|(_, c)| looked(c)) {
            for (one, port) in self.list.iter().enumerate().filter(|(_, c)| c.is_port()) {
                let block = &self.list[other];
                let meets = !port.starts.and(&block.reach()).is_empty();
                if port.protocol() != block.protocol() || !meets || self.tied(one, other) {
                    continue;
                }
                let with = |of: &Candidates, kind| {
                    let mut of = of.clone();
                    of.ties.push(Tie { one, other, kind });
                    of.propagate().then_some(of)
                };
                all = all
                    .iter()
                    .flat_map(|of| [with(of, Tied::Apart), with(of, Tied::Inside)])
                    .flatten()
                    .collect();
            }
        }
        all
    }
}
