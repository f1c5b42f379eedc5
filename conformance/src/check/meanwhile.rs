//! What happens without a call amid calls that overlap.
//!
//! Nobody says between which of them: so an event that nobody told of is one more call of the stretch, which may come anywhere
//! or not at all. Only what some call may mind is added: in an open world blocks and connections at a port that a call names or
//! gives, anywhere the completion of requests that are pending.

use portres_model::{Call, Error, ExclusionKind, Names, PortBlock, PortRange, Reply, RequestId};

use super::candidates::{Answered, Untold};
use super::granted::{FORGETS, NAMES};
use super::{Follower, Seen, State};
use crate::trace::Observed;

/// A call of the stretch, the name of what it creates, and what is known of its reply.
type Told = (Call, Option<Names>, Observed);

impl Follower<'_> {
    /// Puts the calls of a stretch in order, with what may have happened among them.
    pub(super) fn order_amid_unseen(&mut self) {
        let seen: Vec<Told> = self.overlap.calls().collect();
        for (call, names, reply) in &seen {
            let Some(request) = call.request() else { continue };
            self.fail_unseen(request);
            self.grant_unseen(call, reply, *names);
        }
        if seen.iter().any(|(call, _, reply)| self.forgets_granted(call, reply)) {
            self.suspect(FORGETS);
        }
        if self.lost {
            return;
        }
        let (failing, grantings) = (self.failing(), self.grantings());
        for (call, gives) in self.gone_amid(&seen) {
            self.overlap.add_unseen(call, gives);
        }
        match self.completed_amid(&seen) {
            Ok(completed) => {
                completed
                    .into_iter()
                    .for_each(|(call, gives)| self.overlap.add_unseen(call, gives));
            }
            Err(why) => return self.lose(why),
        }
        self.order();
        self.miss(failing);
        self.keep_grantings_amid(grantings);
    }

    /// Blocks that may go and connections that may end where a call minds it.
    fn gone_amid(&self, seen: &[Told]) -> Vec<(Call, Reply)> {
        let mut gone: Vec<(Call, Reply)> = Vec::new();
        let mut add = |call: Call| {
            if gone.iter().all(|(known, _)| *known != call) {
                gone.push((call, Reply::Ok));
            }
        };
        let named: Vec<PortBlock> = seen.iter().flat_map(ports).collect();
        let at = |block: PortBlock| named.iter().any(|named| named.meets(block));
        let ends = |(call, ..): &Told| {
            matches!(
                call,
                Call::CloseSocket { .. } | Call::Disconnect { .. } | Call::Cleanup | Call::Exit
            )
        };
        let may_linger = seen.iter().any(ends);
        for world in self.states.iter().map(|s| &s.world).filter(|w| w.machine().open) {
            for exclusion in world.exclusions().iter().filter(|e| at(e.block)) {
                if let ExclusionKind::System(_) = exclusion.kind {
                    let (protocol, block) = (exclusion.protocol, exclusion.block);
                    add(Call::Vanish { protocol, block });
                }
            }
            let left = world.lingering().iter().map(|lingering| lingering.port);
            let connected = world.sockets().filter(|(_, s)| s.is_connected());
            let bound = connected.filter_map(|(_, s)| s.bound.map(|name| name.port()));
            let may_be_left = bound.filter(|_| may_linger);
            for port in left.chain(may_be_left) {
                if PortBlock::of(port).is_some_and(at) {
                    add(Call::Settle { port });
                }
            }
        }
        gone
    }

    /// Requests that may complete, with what they may give as far as that is known.
    fn completed_amid(&self, seen: &[Told]) -> Result<Vec<(Call, Reply)>, &'static str> {
        let mut requests: Vec<(RequestId, Call)> = Vec::new();
        let before = self.states.iter().flat_map(|s| s.world.pending().map(|(id, r)| (id, r.call)));
        let begun = seen.iter().filter_map(|(call, ..)| Some((call.introduces()?, *call)));
        for request in before.chain(begun) {
            if !requests.contains(&request) {
                requests.push(request);
            }
        }
        let mut completed: Vec<(Call, Reply)> = Vec::new();
        // one of which it is told when it completes completes then
        let too_late = Some(Reply::Failed(Error::NotFound));
        let is_told = |id| {
            let told = seen.iter().filter(|(_, _, reply)| reply.exactly() != too_late);
            told.map(|(call, ..)| call).any(|call| *call == Call::Complete { request: id })
        };
        for (request, call) in requests.into_iter().filter(|(request, _)| !is_told(*request)) {
            let gives = match call {
                Call::Acquire { range, .. } => self.given_amid(request, range, seen)?,
                Call::Preset { .. } => continue,
                _ => vec![Reply::Ok],
            };
            for reply in gives {
                let event = (Call::Complete { request }, reply);
                if !completed.contains(&event) {
                    completed.push(event);
                }
            }
        }
        Ok(completed)
    }

    /// What an acquire may give, as far as calls of the stretch tell its name.
    fn given_amid(
        &self,
        request: RequestId,
        range: PortRange,
        seen: &[Told],
    ) -> Result<Vec<Reply>, &'static str> {
        // that it fails is followed, too
        let mut gives = vec![Reply::Failed(Error::IoPending)];
        for (call, names, reply) in seen {
            if call.request() == Some(request) {
                gives.extend(reply.named().filter(|r| matches!(r, Reply::Reserved { .. })));
                if let (true, Some(Names::Token(token))) = (reply.named().next().is_none(), names) {
                    gives.push(Reply::Reserved { block: range, token: *token });
                }
            }
            let nobodys = |token| self.states.iter().any(|s| s.world.reservation(token).is_none());
            if let Some(token) = call.token().filter(|token| nobodys(*token)) {
                if range.start == 0 {
                    return Err(NAMES);
                }
                gives.push(Reply::Reserved { block: range, token });
            }
        }
        Ok(gives)
    }
}

/// The ports that a call names, and those that it was given.
fn ports((call, _, reply): &Told) -> Vec<PortBlock> {
    let mut call = *call;
    let mut ports: Vec<PortBlock> = Vec::new();
    ports.extend(call.address_mut().and_then(|address| PortBlock::of(address.port())));
    ports.extend(asked(&call));
    for reply in reply.named() {
        ports.extend(match reply {
            Reply::Bound(port) => PortBlock::of(*port),
            Reply::Name(name) => PortBlock::of(name.port()),
            Reply::Reserved { block, .. } => block.block(),
            _ => None,
        });
    }
    ports
}

/// The block that a call asks for or about.
fn asked(call: &Call) -> Option<PortBlock> {
    match *call {
        Call::Acquire { range, .. }
        | Call::Create { range, .. }
        | Call::Delete { range, .. }
        | Call::Lookup { range, .. }
        | Call::AddExcluded { range, .. }
        | Call::DeleteExcluded { range, .. }
        | Call::ShowExcluded { range, .. } => range.block(),
        Call::Appear { block, .. } | Call::Vanish { block, .. } => Some(block),
        _ => None,
    }
}

impl State {
    /// The states behind an event that may have happened: as it was, and what the event leads to.
    pub(super) fn perhaps(&self, seen: &Seen, gives: Reply) -> Result<Vec<State>, Untold> {
        let mut states = vec![self.clone()];
        if !matches!(gives, Reply::Failed(_)) {
            states.extend(self.answers(&Seen { reply: gives, ..*seen })?.0);
        }
        if let Call::Complete { .. } = seen.call {
            let fails = [Answered::Failure];
            states.extend(self.by_views(seen, &fails, |view| Ok(view.failures(seen)))?);
        }
        Ok(states)
    }
}
