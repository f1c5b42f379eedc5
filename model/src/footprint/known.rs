//! What is known of the names in calls: a token alone does not tell whose ports it stands for.
//!
//! It is gathered from the worlds in which the calls may begin and from the calls themselves, in whatever order they took
//! place: so it is what a name may stand for at any time.

use std::collections::BTreeMap;

use smallvec::SmallVec;

use crate::call::{Call, SocketKind};
use crate::id::{SocketId, Token};
use crate::port::{PortBlock, PortRange, Protocol};
use crate::reply::Reply;
use crate::world::{Connection, Kind, Socket, World};

/// What is known of the names in calls that are made in one of several worlds.
#[derive(Clone)]
pub struct Known<'w> {
    worlds: Vec<&'w World>,
    sockets: BTreeMap<SocketId, OfSocket>,
    tokens: BTreeMap<Token, OfToken>,
    /// Descriptors of one socket.
    shared: Vec<(SocketId, SocketId)>,
    /// Whether a connect may have bound a TCP socket unseen.
    pub(super) tried: bool,
    /// Whether persistent reservations may end.
    deletes: bool,
    /// Whether something was made of which nothing is known.
    pub(super) unclear: bool,
}

/// What a descriptor may stand for.
#[derive(Clone, Debug, Default)]
pub(super) struct OfSocket {
    pub(super) kinds: Kinds,
    pub(super) ports: SmallVec<[u16; 2]>,
    /// With what it may be associated, and what it may own.
    pub(super) associations: SmallVec<[Token; 2]>,
    pub(super) owns: SmallVec<[Token; 4]>,
    /// Whether it may be connected, or have tried.
    pub(super) connects: bool,
    closes: bool,
}

/// What kinds of sockets there may be behind a descriptor.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Kinds {
    pub(super) tcp: bool,
    pub(super) udp: bool,
    pub(super) raw: bool,
}

/// What a token may stand for.
#[derive(Clone, Debug, Default)]
pub(super) struct OfToken {
    pub(super) blocks: SmallVec<[(Protocol, PortBlock); 2]>,
    pub(super) owners: SmallVec<[SocketId; 2]>,
    /// Whether it may be one of the persistent store.
    pub(super) stored: bool,
    ends: bool,
}

impl Kinds {
    fn add(&mut self, kind: SocketKind) {
        match kind {
            SocketKind::Tcp => self.tcp = true,
            SocketKind::Udp => self.udp = true,
            SocketKind::Raw => self.raw = true,
        }
    }

    /// Whether it may be a TCP socket.
    pub(super) fn perhaps_tcp(self) -> bool {
        self.tcp || !self.udp && !self.raw
    }

    /// Whether it is a UDP socket for certain.
    pub(super) fn surely_udp(self) -> bool {
        self.udp && !self.tcp && !self.raw
    }

    pub(super) fn protocols(self) -> impl Iterator<Item = Protocol> {
        let unknown = !self.tcp && !self.udp && !self.raw;
        let tcp = (self.tcp || unknown).then_some(Protocol::Tcp);
        tcp.into_iter().chain((self.udp || unknown).then_some(Protocol::Udp))
    }
}

fn add<const N: usize, T: PartialEq + Copy>(list: &mut SmallVec<[T; N]>, value: T)
where
    [T; N]: smallvec::Array<Item = T>,
{
    if !list.contains(&value) {
        list.push(value);
    }
}

impl<'w> Known<'w> {
    /// Nothing but the worlds in which calls may begin.
    #[must_use]
    pub fn new(worlds: Vec<&'w World>) -> Known<'w> {
        let shared = worlds.iter().flat_map(|w| w.duplicates().iter().map(|d| (d.id, d.of)));
        Known {
            shared: shared.collect(),
            tried: worlds.iter().any(|w| w.has_tried()),
            worlds,
            sockets: BTreeMap::new(),
            tokens: BTreeMap::new(),
            deletes: false,
            unclear: false,
        }
    }

    /// Learns of a call that may have given this reply; `None` where the reply is not known.
    pub fn learn(&mut self, call: &Call, reply: Option<&Reply>) {
        if let Some(socket) = call.socket() {
            self.look_up(socket);
        }
        if let Some(token) = call.token() {
            self.look_up_token(token);
        }
        match (reply, call) {
            (None, _) => self.learn_unseen(call),
            (Some(Reply::Failed(_)), Call::Connect { .. } | Call::ConnectEx { .. }) => {
                self.learn_connect(call);
            }
            (Some(Reply::Failed(_) | Reply::Unsupported), _) => {}
            (Some(reply), _) => self.learn_success(call, reply),
        }
    }

    /// A call of which nobody has seen the reply: what it may have made must follow from its arguments.
    fn learn_unseen(&mut self, call: &Call) {
        match *call {
            Call::Acquire { range, .. } if range.start == 0 => self.unclear = true,
            Call::Socket { .. }
            | Call::Open { .. }
            | Call::Bind { .. }
            | Call::Connect { .. }
            | Call::ConnectEx { .. }
            | Call::SendTo { .. }
            | Call::Accept { .. }
            | Call::Duplicate { .. }
            | Call::Inherit { .. }
            | Call::Acquire { .. }
            | Call::Create { .. }
            | Call::Lookup { .. } => self.unclear = true,
            _ => self.learn_success(call, &Reply::Ok),
        }
    }

    fn learn_connect(&mut self, call: &Call) {
        if let Some(socket) = call.socket() {
            let of = self.sockets.entry(socket).or_default();
            of.connects = true;
            self.tried |= of.kinds.perhaps_tcp();
        }
    }

    fn learn_success(&mut self, call: &Call, reply: &Reply) {
        match (*call, *reply) {
            (Call::Socket { kind, .. }, Reply::Socket(socket)) => self.learn_kind(socket, kind),
            (Call::Open { .. }, Reply::Opened { socket, kind, .. }) => {
                self.learn_kind(socket, kind);
            }
            (
                Call::Accept { socket }
                | Call::Duplicate { socket, .. }
                | Call::Inherit { socket, .. },
                Reply::Socket(new),
            ) => {
                self.look_up(new);
                self.shared.push((new, socket));
            }
            (Call::Bind { socket, .. } | Call::SendTo { socket, .. }, Reply::Bound(port)) => {
                add(&mut self.sockets.entry(socket).or_default().ports, port);
            }
            (Call::Connect { socket, .. } | Call::ConnectEx { socket, .. }, Reply::Bound(port)) => {
                self.learn_connect(call);
                add(&mut self.sockets.entry(socket).or_default().ports, port);
            }
            (Call::GetSockName { socket, .. }, Reply::Name(name)) => {
                add(&mut self.sockets.entry(socket).or_default().ports, name.port());
            }
            (Call::Acquire { socket, .. }, Reply::Reserved { block, token }) => {
                self.learn_owner(socket, block, token);
            }
            (Call::Associate { socket, token, .. }, _) => {
                add(&mut self.sockets.entry(socket).or_default().associations, token);
            }
            (Call::Release { token, .. }, _) => self.tokens.entry(token).or_default().ends = true,
            (
                Call::Create { protocol, range, .. } | Call::Lookup { protocol, range, .. },
                Reply::Token(token),
            ) => {
                self.deletes |= matches!(call, Call::Lookup { .. });
                self.look_up_token(token);
                let of = self.tokens.entry(token).or_default();
                of.stored = true;
                range.block().into_iter().for_each(|b| add(&mut of.blocks, (protocol, b)));
            }
            (Call::Delete { .. } | Call::DeleteExcluded { .. } | Call::Restart, _) => {
                self.deletes = true;
            }
            (Call::CloseSocket { socket }, _) => {
                self.sockets.entry(socket).or_default().closes = true;
            }
            // whose sockets these are is not asked
            (Call::Cleanup | Call::Exit | Call::Start { .. }, _) => {
                self.deletes = true;
                self.tokens.values_mut().for_each(|of| of.ends = true);
            }
            // what a request gives may be anything
            (Call::Result { .. } | Call::Completion { .. } | Call::Complete { .. }, _) => {
                self.unclear = true;
            }
            _ => {}
        }
    }

    fn learn_kind(&mut self, socket: SocketId, kind: SocketKind) {
        self.look_up(socket);
        self.sockets.entry(socket).or_default().kinds.add(kind);
    }

    fn learn_owner(&mut self, socket: SocketId, range: PortRange, token: Token) {
        self.look_up_token(token);
        let owner = self.sockets.entry(socket).or_default();
        add(&mut owner.owns, token);
        let kinds = owner.kinds;
        let of = self.tokens.entry(token).or_default();
        add(&mut of.owners, socket);
        for (block, protocol) in range
            .block()
            .into_iter()
            .flat_map(|b| kinds.protocols().map(move |protocol| (b, protocol)))
        {
            add(&mut of.blocks, (protocol, block));
        }
    }

    /// What the worlds say of a descriptor.
    fn look_up(&mut self, socket: SocketId) {
        if self.sockets.contains_key(&socket) {
            return;
        }
        let mut of = OfSocket::default();
        for world in &self.worlds {
            let slot = world.duplicates().iter().find(|d| d.id == socket).map(|d| d.of);
            for slot in [Some(socket), slot].into_iter().flatten() {
                world.owned_by(slot).for_each(|token| add(&mut of.owns, token));
                world.socket(slot).into_iter().for_each(|s| of.see(s));
            }
        }
        let tokens: SmallVec<[Token; 6]> =
            of.owns.iter().chain(&of.associations).copied().collect();
        self.sockets.insert(socket, of);
        tokens.into_iter().for_each(|token| self.look_up_token(token));
    }

    /// What the worlds say of a token.
    fn look_up_token(&mut self, token: Token) {
        if self.tokens.contains_key(&token) {
            return;
        }
        let mut of = OfToken::default();
        for reservation in self.worlds.iter().filter_map(|w| w.reservation(token)) {
            if let Some(block) = reservation.block {
                add(&mut of.blocks, (reservation.protocol, block));
            }
            match reservation.kind {
                Kind::Runtime { socket, .. } => add(&mut of.owners, socket),
                Kind::Persistent { .. } => of.stored = true,
            }
            of.ends |= reservation.ended;
        }
        let owners = of.owners.clone();
        self.tokens.insert(token, of);
        owners.into_iter().for_each(|owner| self.look_up(owner));
    }

    /// The name under which all descriptors go that may be of one socket.
    pub(super) fn one_of(&self, socket: SocketId) -> SocketId {
        if self.shared.is_empty() {
            return socket;
        }
        self.descriptors(socket).into_iter().min().unwrap_or(socket)
    }

    /// All that may be descriptors of the same socket.
    fn descriptors(&self, socket: SocketId) -> SmallVec<[SocketId; 4]> {
        let mut all = SmallVec::from_elem(socket, 1);
        let mut next = 0;
        while let Some(&at) = all.get(next) {
            for (one, other) in &self.shared {
                if *one == at {
                    add(&mut all, *other);
                }
                if *other == at {
                    add(&mut all, *one);
                }
            }
            next += 1;
        }
        all
    }

    /// What is known of the descriptors of a socket.
    pub(super) fn socket(&self, socket: SocketId) -> impl Iterator<Item = (SocketId, &OfSocket)> {
        let all = if self.shared.is_empty() {
            SmallVec::from_elem(socket, 1)
        } else {
            self.descriptors(socket)
        };
        all.into_iter().filter_map(|id| Some((id, self.sockets.get(&id)?)))
    }

    /// What kinds of sockets there may be behind a descriptor.
    pub(super) fn kinds(&self, socket: SocketId) -> Kinds {
        self.socket(socket).fold(Kinds::default(), |all, (_, of)| Kinds {
            tcp: all.tcp || of.kinds.tcp,
            udp: all.udp || of.kinds.udp,
            raw: all.raw || of.kinds.raw,
        })
    }

    /// What is known of a token.
    pub(super) fn token(&self, token: Token) -> Option<&OfToken> {
        self.tokens.get(&token)
    }

    /// Whether a reservation may end while sockets use it.
    pub(super) fn may_end(&self, token: Token) -> bool {
        self.token(token).is_none_or(|of| {
            let closes = |owner: &SocketId| self.socket(*owner).any(|(_, of)| of.closes);
            of.ends || of.stored && self.deletes || of.owners.iter().any(closes)
        })
    }

    /// Whether a port may lie in a reservation of either transport.
    pub(super) fn may_be_reserved(&self, port: u16) -> bool {
        let Some(at) = PortBlock::of(port) else { return false };
        let there =
            |protocol| self.worlds.iter().any(|w| w.reservations_in(protocol, at).next().is_some());
        let learnt = || self.tokens.values().any(|of| of.blocks.iter().any(|(_, b)| b.has(port)));
        Protocol::ALL.into_iter().any(there) || learnt()
    }

    /// The tokens that may stand for exactly this block of the persistent store.
    pub(super) fn stored_at(
        &self,
        protocol: Protocol,
        block: PortBlock,
    ) -> impl Iterator<Item = Token> {
        let is_stored = move |of: &OfToken| of.stored && of.blocks.contains(&(protocol, block));
        let learnt = self.tokens.iter().filter(move |(_, of)| is_stored(of)).map(|(t, _)| *t);
        let there = self.worlds.iter().flat_map(move |w| w.reservations_in(protocol, block));
        learnt.chain(there.map(|(token, _)| token))
    }
}

impl OfSocket {
    fn see(&mut self, socket: &Socket) {
        self.kinds.add(socket.kind);
        socket.bound.into_iter().for_each(|name| add(&mut self.ports, name.port()));
        for token in socket.associations.into_iter().flat_map(|(first, last)| [first, last]) {
            add(&mut self.associations, token);
        }
        self.connects |= socket.connection != Connection::None;
    }
}
