//! What each call touches.

use super::known::{Known, OfSocket};
use super::{Footprint, What};
use crate::call::Call;
use crate::id::{ProcessId, SocketId, Token};
use crate::port::{PortBlock, PortRange, Protocol};
use crate::reply::Reply;

pub(super) fn footprint(known: &Known<'_>, by: ProcessId, call: &Call, reply: &Reply) -> Footprint {
    if *reply == Reply::Unsupported {
        return Footprint::nothing();
    }
    // what requests give and whether they are in the way is seen everywhere
    if known.unclear || call.introduces().is_some() || call.request().is_some() {
        return Footprint::whole();
    }
    let mut touches = Touches { known, of: Footprint::nothing() };
    touches.of.reads(What::Process(by));
    let all = if matches!(reply, Reply::Failed(_)) {
        touches.refused(call)
    } else {
        touches.succeeded(by, call, reply)
    };
    if all { touches.of } else { Footprint::whole() }
}

struct Touches<'k> {
    known: &'k Known<'k>,
    of: Footprint,
}

impl Touches<'_> {
    /// What a call reads that is refused. False if that is too much to say.
    fn refused(&mut self, call: &Call) -> bool {
        match *call {
            Call::Startup(_)
            | Call::Socket { .. }
            | Call::Open { .. }
            | Call::ShowDynamic { .. }
            | Call::SetDynamic { .. } => {}
            Call::SetSockOpt { socket, .. }
            | Call::GetSockOpt { socket, .. }
            | Call::IoctlSocket { socket, .. }
            | Call::GetSockName { socket, .. }
            | Call::GetPeerName { socket, .. }
            | Call::Affinity { socket, .. }
            | Call::Ioctl { socket, .. }
            | Call::CloseSocket { socket }
            | Call::Disconnect { socket } => self.reads_socket(socket),
            Call::Listen { socket } => {
                self.reads_socket(socket);
                self.each_port(socket, |of, what| of.reads(what));
            }
            Call::Bind { socket, address, .. } => {
                let free = address.port() != 0 && !self.is_associated(socket);
                self.reads_bind(socket, PortBlock::of(address.port()).filter(|_| free));
            }
            Call::SendTo { socket, .. } => self.reads_bind(socket, None),
            Call::Acquire { socket, range, .. } => {
                self.reads_socket(socket);
                let last = range.start.saturating_add(range.count.saturating_sub(1));
                self.each_protocol(PortBlock::between(range.start, last), Footprint::finds);
            }
            Call::Associate { socket, token, .. } => {
                self.reads_socket(socket);
                self.reads_token(token);
            }
            Call::Release { socket, token, .. } => {
                self.reads_socket(socket);
                self.reads_token(token);
                self.each_block(token, |of, what| of.reads(what));
            }
            Call::Create { range, .. } => self.reads_ports(range.block()),
            Call::Delete { protocol, range, .. } | Call::Lookup { protocol, range, .. } => {
                self.of_stored(protocol, range, |of, what| of.reads(what));
            }
            Call::ShowExcluded { range, .. } => self.reads_ports(range.block()),
            Call::Cleanup
            | Call::Connect { .. }
            | Call::ConnectEx { .. }
            | Call::Accept { .. }
            | Call::Duplicate { .. }
            | Call::Inherit { .. }
            | Call::Result { .. }
            | Call::Completion { .. }
            | Call::Cancel { .. }
            | Call::Preset { .. }
            | Call::EndThread
            | Call::AddExcluded { .. }
            | Call::DeleteExcluded { .. }
            | Call::Exit
            | Call::Start { .. }
            | Call::Restart
            | Call::Appear { .. }
            | Call::Vanish { .. }
            | Call::Network { .. }
            | Call::Settle { .. }
            | Call::Complete { .. } => return false,
        }
        true
    }

    /// What a call touches that succeeds. False if that is too much to say.
    fn succeeded(&mut self, by: ProcessId, call: &Call, reply: &Reply) -> bool {
        match (*call, *reply) {
            (Call::Startup(_), _) => self.of.writes(What::Process(by)),
            (Call::Socket { .. }, Reply::Socket(id))
            | (Call::Open { .. }, Reply::Opened { socket: id, .. }) => {
                self.writes_socket(id);
            }
            (
                Call::SetSockOpt { socket, .. }
                | Call::IoctlSocket { socket, .. }
                | Call::Listen { socket }
                | Call::Affinity { socket, .. }
                | Call::Ioctl { socket, .. },
                _,
            ) => self.changes(socket),
            (Call::GetSockOpt { socket, .. }, _) => self.reads_socket(socket),
            (Call::GetSockName { socket, .. } | Call::GetPeerName { socket, .. }, _) => {
                // what is seen of a connection may settle where it is
                if self.known.socket(socket).any(|(_, of)| of.connects) {
                    return false;
                }
                self.reads_socket(socket);
            }
            (Call::Bind { socket, address, .. }, Reply::Bound(port)) => {
                self.binds(socket, port);
                self.reads_ports_at(address.port());
                let ordinary = |token: &Token| self.known.may_end(*token);
                let associations = || {
                    let known = self.known.socket(socket);
                    known.flat_map(|(_, of)| &of.associations).any(ordinary)
                };
                if address.port() == 0 && (!self.is_associated(socket) || associations()) {
                    self.chooses(port);
                }
            }
            (Call::SendTo { socket, .. } | Call::Connect { socket, .. }, Reply::Bound(port)) => {
                if !self.known.kinds(socket).surely_udp() {
                    return false;
                }
                self.binds(socket, port);
                self.chooses(port);
            }
            (Call::Disconnect { socket }, _) if self.known.kinds(socket).surely_udp() => {
                self.changes(socket);
            }
            (Call::CloseSocket { socket }, _) => return self.closes(socket),
            (Call::Acquire { socket, range, .. }, Reply::Reserved { block, token }) => {
                self.writes_socket(socket);
                self.of.writes(What::Token(token));
                self.of.writes(What::Users(token));
                if block.count > 0 {
                    self.reads_ports(range.block().or(block.block()));
                    self.touches_ports(socket, block, Footprint::takes);
                }
            }
            (Call::Associate { socket, token, .. }, _) => self.associates(socket, token),
            (Call::Release { socket, token, .. }, _) => {
                self.reads_socket(socket);
                self.ends(token, Footprint::frees);
            }
            (Call::Create { protocol, range, .. }, Reply::Token(token)) => {
                self.of.writes(What::Token(token));
                self.of.writes(What::Users(token));
                self.of_stored(protocol, range, |of, what| of.writes(what));
            }
            (Call::Delete { protocol, range, .. } | Call::Lookup { protocol, range, .. }, _) => {
                if let Reply::Token(token) = *reply {
                    self.of.writes(What::Token(token));
                    self.of.writes(What::Users(token));
                }
                self.of_stored(protocol, range, |of, what| of.writes(what));
            }
            (Call::ShowExcluded { range, .. }, _) => self.reads_ports(range.block()),
            (Call::ShowDynamic { .. }, _) => {}
            _ => return false,
        }
        true
    }

    fn reads_socket(&mut self, socket: SocketId) {
        self.of.reads(What::Socket(self.known.one_of(socket)));
    }

    fn writes_socket(&mut self, socket: SocketId) {
        self.of.writes(What::Socket(self.known.one_of(socket)));
    }

    /// Changes a socket, and so what those see who want its port.
    fn changes(&mut self, socket: SocketId) {
        self.writes_socket(socket);
        self.each_port(socket, |of, what| of.writes(what));
    }

    fn each_port(&mut self, socket: SocketId, mut touch: impl FnMut(&mut Footprint, What)) {
        let kinds = self.known.kinds(socket);
        for (_, of) in self.known.socket(socket) {
            for block in of.ports.iter().filter_map(|port| PortBlock::of(*port)) {
                kinds.protocols().for_each(|p| touch(&mut self.of, What::Ports(p, block)));
            }
        }
    }

    fn each_block(&mut self, token: Token, mut touch: impl FnMut(&mut Footprint, What)) {
        for (protocol, block) in self.known.token(token).into_iter().flat_map(|of| &of.blocks) {
            touch(&mut self.of, What::Ports(*protocol, *block));
        }
    }

    /// What of either transport holds these ports; all ports if they are not named.
    fn reads_ports(&mut self, block: Option<PortBlock>) {
        self.each_protocol(block, Footprint::reads);
    }

    fn each_protocol(&mut self, block: Option<PortBlock>, touch: impl Fn(&mut Footprint, What)) {
        let block = block.or(PortBlock::between(1, u16::MAX));
        for (block, protocol) in block.into_iter().flat_map(|b| Protocol::ALL.map(|p| (b, p))) {
            touch(&mut self.of, What::Ports(protocol, block));
        }
    }

    fn reads_ports_at(&mut self, port: u16) {
        if let Some(block) = PortBlock::of(port) {
            self.reads_ports(Some(block));
        }
    }

    /// The ports of the socket's own transport.
    fn touches_ports(
        &mut self,
        socket: SocketId,
        range: PortRange,
        touch: impl Fn(&mut Footprint, What),
    ) {
        let Some(block) = range.block() else { return };
        let protocols = self.known.kinds(socket).protocols();
        protocols.for_each(|protocol| touch(&mut self.of, What::Ports(protocol, block)));
    }

    fn is_associated(&self, socket: SocketId) -> bool {
        self.known.socket(socket).any(|(_, of)| !of.associations.is_empty())
    }

    /// The reservation of a token, and who holds it.
    fn reads_token(&mut self, token: Token) {
        self.of.reads(What::Token(token));
        for owner in self.known.token(token).into_iter().flat_map(|of| &of.owners) {
            self.of.reads(What::Socket(self.known.one_of(*owner)));
        }
    }

    fn each_of(&mut self, socket: SocketId, mut each: impl FnMut(&mut Self, &OfSocket)) {
        let known = self.known;
        known.socket(socket).for_each(|(_, of)| each(self, of));
    }

    fn reads_bind(&mut self, socket: SocketId, block: Option<PortBlock>) {
        self.reads_socket(socket);
        self.each_of(socket, |touches, of| {
            of.associations.iter().for_each(|token| touches.reads_token(*token));
        });
        self.reads_ports(block);
    }

    /// A socket that is bound had no port before.
    fn binds(&mut self, socket: SocketId, port: u16) {
        self.writes_socket(socket);
        self.each_of(socket, |touches, of| {
            of.associations.iter().for_each(|token| touches.reads_token(*token));
        });
        self.reads_ports_at(port);
        let range = PortRange { start: port, count: 1 };
        self.touches_ports(socket, range, Footprint::writes);
    }

    /// A port of the dynamic range is chosen. Where it is reserved, that it was chosen all the same may be for what there is
    /// elsewhere in the range.
    fn chooses(&mut self, port: u16) {
        if self.known.may_be_reserved(port) {
            self.reads_ports(None);
        }
    }

    fn associates(&mut self, socket: SocketId, token: Token) {
        self.changes(socket);
        self.reads_token(token);
        self.of.counts(What::Users(token));
        if self.known.token(token).is_some_and(|of| of.stored) {
            // a token that is taken is the current one
            self.of.writes(What::Token(token));
        }
        self.each_of(socket, |touches, of| {
            of.associations.iter().for_each(|earlier| touches.leaves(*earlier));
        });
    }

    /// One user fewer of a reservation: it ends with the last of them if it has been released.
    fn leaves(&mut self, token: Token) {
        self.of.counts(What::Users(token));
        if self.known.may_end(token) {
            self.of.writes(What::Users(token));
            self.of.writes(What::Token(token));
            self.each_block(token, |of, what| of.writes(what));
        }
    }

    /// A reservation ends, at once or when its last user goes.
    fn ends(&mut self, token: Token, ports: impl Fn(&mut Footprint, What)) {
        self.of.writes(What::Token(token));
        self.of.reads(What::Users(token));
        for owner in self.known.token(token).into_iter().flat_map(|of| &of.owners) {
            self.of.writes(What::Socket(self.known.one_of(*owner)));
        }
        self.each_block(token, ports);
    }

    /// False if there may be a connect that nobody has seen succeed.
    fn closes(&mut self, socket: SocketId) -> bool {
        if self.known.tried && self.known.kinds(socket).perhaps_tcp() {
            return false;
        }
        self.changes(socket);
        self.each_of(socket, |touches, of| {
            of.owns.iter().for_each(|token| touches.ends(*token, Footprint::writes));
            of.associations.iter().for_each(|token| touches.leaves(*token));
        });
        true
    }

    /// The persistent reservation of a block.
    fn of_stored(
        &mut self,
        protocol: Protocol,
        range: PortRange,
        mut touch: impl FnMut(&mut Footprint, What),
    ) {
        let Some(block) = range.block() else { return };
        touch(&mut self.of, What::Ports(protocol, block));
        let known = self.known;
        for token in known.stored_at(protocol, block) {
            touch(&mut self.of, What::Token(token));
            touch(&mut self.of, What::Users(token));
        }
    }
}
