//! At which ports a call looks.
//!
//! A rule asks of a port whether somebody has it, or whether it lies in a block; which blocks and ports these are, the call,
//! its socket and the reply say. What is missing here would be a false alarm: a test hides replies of conforming traces.

use portres_model::{
    Call, Error, Offer, PortBlock, PortRange, ProcessId, Protocol, Reply, Set, SocketId, Token,
    World, permitted,
};

use super::{Candidates, Untold};
use crate::check::State;
use crate::trace::Observed;

/// Ports that a call looks at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::check) enum Look {
    /// These ports.
    At(Protocol, PortBlock),
    /// Whether a block starts here.
    StartsAt(u16),
    /// The block of a reservation.
    BlockOf(Token),
}

/// What is known of the reply.
#[derive(Clone, Copy, Debug)]
pub(in crate::check) enum Answered {
    /// This was answered.
    Reply(Reply),
    /// The call succeeded.
    Success,
    /// The call failed, with whatever code.
    Failure,
}

impl Answered {
    /// Everything that may have been answered.
    pub(in crate::check) fn each(observed: &Observed) -> Vec<Answered> {
        match observed {
            Observed::Unknown => vec![Answered::Success, Answered::Failure],
            Observed::Succeeds => vec![Answered::Success],
            Observed::Fails => vec![Answered::Failure],
            Observed::Exactly(_) | Observed::OneOf(_) => {
                observed.named().copied().map(Answered::Reply).collect()
            }
        }
    }

    const fn failed(self) -> bool {
        matches!(self, Answered::Failure | Answered::Reply(Reply::Failed(_)))
    }

    fn may_be(self, error: Error) -> bool {
        match self {
            Answered::Failure => true,
            Answered::Reply(reply) => reply == Reply::Failed(error),
            Answered::Success => false,
        }
    }
}

/// What a call looks at, where these replies may have been given.
pub(in crate::check) fn looks(
    state: &State,
    by: ProcessId,
    call: &Call,
    answered: &[Answered],
) -> Result<Vec<Look>, Untold> {
    if state.unseen.is_empty() {
        return Ok(Vec::new());
    }
    let looks = Looks::of(state, by, call, answered);
    if looks.untold { Err(Untold::TooMany) } else { Ok(looks.list) }
}

/// The same, also where everything has been seen.
pub(in crate::check) fn all_looks(
    state: &State,
    by: ProcessId,
    call: &Call,
    answered: &[Answered],
) -> Vec<Look> {
    Looks::of(state, by, call, answered).list
}

struct Looks<'s> {
    state: &'s State,
    list: Vec<Look>,
    /// Whether no list of ports says all.
    untold: bool,
}

impl<'s> Looks<'s> {
    fn of(state: &'s State, by: ProcessId, call: &Call, answered: &[Answered]) -> Looks<'s> {
        let mut looks = Looks { state, list: Vec::new(), untold: false };
        answered.iter().for_each(|answered| looks.of_call(by, call, *answered));
        looks
    }
}

impl Looks<'_> {
    fn world(&self) -> &World {
        &self.state.world
    }

    fn unseen(&self) -> &Candidates {
        &self.state.unseen
    }

    fn add(&mut self, look: Look) {
        if !self.list.contains(&look) {
            self.list.push(look);
        }
    }

    fn port(&mut self, protocol: Protocol, port: u16) {
        if let Some(block) = PortBlock::of(port) {
            self.add(Look::At(protocol, block));
        }
    }

    fn range(&mut self, protocol: Protocol, range: PortRange) {
        // where a range runs past the end it may be cut short
        let last = u32::from(range.start) + u32::from(range.count);
        let last = u16::try_from(last.saturating_sub(1)).unwrap_or(u16::MAX);
        if let Some(block) = PortBlock::between(range.start, last) {
            self.add(Look::At(protocol, block));
        }
    }

    fn of_call(&mut self, by: ProcessId, call: &Call, answered: Answered) {
        match *call {
            Call::Bind { socket, address, .. } => {
                let Some(protocol) = self.of_socket(by, socket, answered) else { return };
                self.port(protocol, address.port());
                if answered.failed() {
                    self.exhaustion(by, call);
                }
            }
            Call::Connect { socket, address }
            | Call::ConnectEx { socket, address, .. }
            | Call::SendTo { socket, address } => {
                let Some(protocol) = self.of_socket(by, socket, answered) else { return };
                if protocol == Protocol::Tcp {
                    self.port(protocol, address.port());
                }
                if answered.failed() {
                    self.exhaustion(by, call);
                }
                if answered.may_be(Error::WsaAddressInUse) {
                    self.contest(by, socket, protocol);
                }
            }
            Call::Listen { socket } => {
                if answered.may_be(Error::WsaAddressInUse) {
                    self.contest(by, socket, Protocol::Tcp);
                }
            }
            Call::GetSockName { socket, .. } => {
                self.of_socket(by, socket, answered);
            }
            Call::Acquire { socket, range, .. } => {
                let found = self.world().socket_of(by, socket);
                let Some(protocol) = found.and_then(|(_, s)| s.kind.protocol()) else { return };
                self.acquire(protocol, range, answered);
            }
            Call::Release { token, .. } => self.add(Look::BlockOf(token)),
            Call::Create { protocol, range, .. }
            | Call::Delete { protocol, range }
            | Call::Lookup { protocol, range, .. }
            | Call::AddExcluded { protocol, range, .. }
            | Call::DeleteExcluded { protocol, range, .. } => self.range(protocol, range),
            Call::ShowExcluded { protocol, range } => {
                self.range(protocol, range);
                self.add(Look::StartsAt(range.start));
            }
            Call::Appear { protocol, block, .. } => self.add(Look::At(protocol, block)),
            Call::Settle { port } => self.port(Protocol::Tcp, port),
            Call::Result { request, .. }
            | Call::Completion { request }
            | Call::Complete { request } => {
                let pending = self.world().request(request).filter(|r| r.outcome.is_none());
                if let Some(request) = pending.copied() {
                    self.of_call(request.process, &request.call, answered);
                }
            }
            Call::Startup(_)
            | Call::Cleanup
            | Call::Socket { .. }
            | Call::Open { .. }
            | Call::SetSockOpt { .. }
            | Call::GetSockOpt { .. }
            | Call::IoctlSocket { .. }
            | Call::GetPeerName { .. }
            | Call::Disconnect { .. }
            | Call::Accept { .. }
            | Call::CloseSocket { .. }
            | Call::Duplicate { .. }
            | Call::Inherit { .. }
            | Call::Associate { .. }
            | Call::Affinity { .. }
            | Call::Ioctl { .. }
            | Call::Cancel { .. }
            | Call::Preset { .. }
            | Call::EndThread
            | Call::SetDynamic { .. }
            | Call::ShowDynamic { .. }
            | Call::Exit
            | Call::Start { .. }
            | Call::Restart
            | Call::Vanish { .. }
            | Call::Network { .. } => {}
        }
    }

    /// The blocks with which a socket is associated, and the port that the reply names.
    fn of_socket(
        &mut self,
        by: ProcessId,
        socket: SocketId,
        answered: Answered,
    ) -> Option<Protocol> {
        let (_, socket) = self.world().socket_of(by, socket)?;
        let (protocol, associations) = (socket.kind.protocol()?, socket.associations);
        if socket.bound.is_none() {
            if let Some((first, last)) = associations {
                self.add(Look::BlockOf(first));
                self.add(Look::BlockOf(last));
            }
        }
        match answered {
            Answered::Reply(Reply::Bound(port)) => self.port(protocol, port),
            Answered::Reply(Reply::Name(name)) => self.port(protocol, name.port()),
            _ => {}
        }
        Some(protocol)
    }

    fn acquire(&mut self, protocol: Protocol, range: PortRange, answered: Answered) {
        if let Answered::Reply(Reply::Reserved { block, .. }) = answered {
            self.range(protocol, block);
        }
        if range.start != 0 {
            self.range(protocol, range);
        }
    }

    /// Whether no port is left for a call: that depends on all of them, where few are left.
    fn exhaustion(&mut self, by: ProcessId, call: &Call) {
        let all = permitted(self.world(), by, call);
        for Offer { set, if_empty, .. } in all.offers {
            let (Set::FreePort(free), Some(_)) = (set, if_empty) else { continue };
            let mut left = Vec::new();
            let mut rest = Some(free.within);
            // with more ports than there are candidates one is left, wherever those are
            while let (Some(part), true) = (rest, left.len() <= self.unseen().list.len()) {
                let Some(port) = free.lowest(self.world(), part) else { break };
                left.push(port);
                rest = port
                    .checked_add(1)
                    .and_then(|from| PortBlock::between(from, free.within.last()));
            }
            if left.len() > self.unseen().list.len() {
                continue;
            }
            let protocol = free.protocol;
            let standing = self.unseen().list.iter().filter(|c| c.is_port()).map(|c| c.at);
            left.extend(standing.filter(|port| free.within.has(*port)).collect::<Vec<_>>());
            left.into_iter().for_each(|port| self.port(protocol, port));
            self.add(Look::At(protocol, free.within));
        }
    }

    /// Who else may have the port of a socket, or be where it is going to be.
    fn contest(&mut self, by: ProcessId, socket: SocketId, protocol: Protocol) {
        let Some((_, socket)) = self.world().socket_of(by, socket) else { return };
        let own = socket.bound.map(|name| name.port()).filter(|port| *port != 0);
        let Some(own) = own else {
            self.add(Look::At(protocol, self.world().dynamic(protocol)));
            return;
        };
        let Some(place) = self.unseen().list.iter().position(|c| c.is_port() && c.at == own) else {
            return self.port(protocol, own);
        };
        let candidate = &self.unseen().list[place];
        let bound = candidate.starts.blocks().flat_map(|b| self.state.bound_in(protocol, b));
        bound.collect::<Vec<_>>().into_iter().for_each(|port| self.port(protocol, port));
        // which port it shares with another that nobody has seen
        self.untold |= self.unseen().list.iter().enumerate().any(|(other, c)| {
            let shared = || !c.starts.and(&self.unseen().list[place].starts).is_empty();
            other != place && c.is_port() && !self.unseen().tied(place, other) && shared()
        });
    }
}
