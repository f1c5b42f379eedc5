//! The arguments of calls. A choice that was made beforehand cannot know what there is: operands are nearly always things
//! that are there and fit.

use std::net::{IpAddr, SocketAddr};

use portres_model::{
    Call, Family, Kind, Owner, PortBlock, PortRange, ProcessId, Protocol, RequestId, Socket,
    SocketId, SocketKind, SocketOption, Startup, Token, Triple, World,
};

use crate::argument::{
    attributes, code, command, frame, name, one_port, option, optval, protocol, range, status,
    store, triple,
};
use crate::draw::Draw;
use crate::machine::{MOST_PROCESSES, credentials};

/// Where and by whom a call is made.
pub(crate) struct At<'a> {
    pub(crate) world: &'a World,
    pub(crate) by: ProcessId,
}

impl At<'_> {
    /// The descriptors of the caller, with their sockets.
    fn mine(&self) -> Vec<(SocketId, Socket)> {
        let own = self.world.sockets_of(self.by);
        let further = self.world.duplicates().iter().filter(|d| d.process == self.by).map(|d| d.id);
        let all = own.chain(further);
        all.filter_map(|id| Some((id, *self.world.socket_of(self.by, id)?.1))).collect()
    }

    /// A socket, nearly always the caller's and mostly one that fits.
    fn socket(&self, draw: &mut Draw, fits: impl Fn(&Socket) -> bool) -> SocketId {
        let mine = self.mine();
        let fitting: Vec<SocketId> =
            mine.iter().filter(|(_, s)| fits(s)).map(|(id, _)| *id).collect();
        let all: Vec<SocketId> = mine.iter().map(|(id, _)| *id).collect();
        let strange = SocketId(draw.below(8) as u32);
        match draw.below(24) {
            0 => strange,
            1..=3 => draw.any(&all).unwrap_or(strange),
            _ => draw.any(&fitting).or_else(|| draw.any(&all)).unwrap_or(strange),
        }
    }

    fn found(&self, socket: SocketId) -> Option<&Socket> {
        self.world.socket_of(self.by, socket).map(|(_, s)| s)
    }

    /// A token, mostly one that is in use and belongs to the socket's protocol.
    fn token(&self, draw: &mut Draw, socket: SocketId) -> Token {
        let protocol = self.found(socket).and_then(|s| s.kind.protocol());
        let all: Vec<(Token, bool)> =
            self.world.reservations().map(|(t, r)| (t, Some(r.protocol) == protocol)).collect();
        let of = |same: bool| -> Vec<Token> {
            all.iter().filter(|(_, s)| *s || !same).map(|(t, _)| *t).collect()
        };
        let strange = draw.pick(&[Token::ZERO, Token::UNKNOWN, Token(7)]);
        match draw.below(16) {
            0 => strange,
            1..=3 => draw.any(&of(false)).unwrap_or(strange),
            _ => draw.any(&of(true)).or_else(|| draw.any(&of(false))).unwrap_or(strange),
        }
    }

    fn request(&self, draw: &mut Draw, pending: bool) -> RequestId {
        let fits = |outcome: bool| outcome != pending;
        let all: Vec<RequestId> = self
            .world
            .requests()
            .filter(|(_, r)| fits(r.outcome.is_some()) && (r.process == self.by || pending))
            .map(|(id, _)| id)
            .collect();
        let strange = RequestId(1 + draw.below(3) as u32);
        if draw.one_in(8) { strange } else { draw.any(&all).unwrap_or(strange) }
    }

    /// An address of the socket's family, nearly always.
    fn address(&self, draw: &mut Draw, socket: SocketId, remote: bool) -> SocketAddr {
        const V4: &[(usize, &str)] = &[
            (8, "0.0.0.0"),
            (8, "127.0.0.1"),
            (1, "127.0.0.2"),
            (3, "192.0.2.7"),
            (2, "198.51.100.1"),
            (1, "255.255.255.255"),
        ];
        const V6: &[(usize, &str)] = &[
            (8, "::"),
            (8, "::1"),
            (4, "::ffff:127.0.0.1"),
            (2, "::ffff:0.0.0.0"),
            (2, "fe80::7"),
            (1, "2001:db8::1"),
        ];
        let family = self.found(socket).map_or(Family::V4, |s| s.family);
        let other = draw.one_in(16);
        let text = draw.weighted(if (family == Family::V4) != other { V4 } else { V6 });
        let ip: IpAddr = text.parse().expect("an address");
        let port = if remote { self.remote_port(draw) } else { self.local_port(draw, socket) };
        let mut address = SocketAddr::new(ip, port);
        let scope = draw.weighted(&[(6, 0), (1, 12), (1, 5)]);
        if let (SocketAddr::V6(v6), false) = (&mut address, remote) {
            v6.set_scope_id(scope);
        }
        address
    }

    fn remote_port(&self, draw: &mut Draw) -> u16 {
        if draw.one_in(8) { 0 } else { draw.port(4_998..=5_012) }
    }

    /// A port: any, one of the socket's reservation, or one that somebody has.
    fn local_port(&self, draw: &mut Draw, socket: SocketId) -> u16 {
        let found = self.found(socket);
        let token =
            found.and_then(|s| s.associations).map(|(first, last)| draw.pick(&[first, last]));
        let reserved = token.and_then(|t| self.world.reservation(t)).and_then(|r| r.block);
        if let (Some(block), false) = (reserved, draw.one_in(3)) {
            return if draw.one_in(2) { 0 } else { draw.port(block.ports()) };
        }
        let taken: Vec<u16> =
            self.world.sockets().filter_map(|(_, s)| Some(s.bound?.port())).collect();
        let lingering: Vec<u16> = self.world.lingering().iter().map(|l| l.port).collect();
        let low = draw.port(4_998..=5_012);
        match draw.below(12) {
            0..=2 => 0,
            3..=5 => draw.any(&taken).unwrap_or(low),
            6 => draw.any(&lingering).unwrap_or(low),
            _ => low,
        }
    }

    /// The blocks that are there, of a protocol.
    fn blocks(&self, protocol: Protocol) -> Vec<PortBlock> {
        let reserved = self.world.reservations().filter(|(_, r)| r.protocol == protocol);
        let excluded = self.world.exclusions().iter().filter(|e| e.protocol == protocol);
        reserved.filter_map(|(_, r)| r.block).chain(excluded.map(|e| e.block)).collect()
    }

    /// A range, mostly exactly one that is there.
    fn known_range(&self, draw: &mut Draw, protocol: Protocol) -> PortRange {
        let known = self.blocks(protocol);
        let free = range(draw);
        if draw.one_in(4) { free } else { draw.any(&known).map_or(free, PortBlock::range) }
    }

    /// A range, mostly a free one.
    fn new_range(&self, draw: &mut Draw, protocol: Protocol) -> PortRange {
        if draw.one_in(8) { self.known_range(draw, protocol) } else { range(draw) }
    }
}

fn is_free(s: &Socket) -> bool {
    s.bound.is_none() && s.connection == portres_model::Connection::None
}

pub(crate) fn startup(_: &At<'_>, draw: &mut Draw) -> Call {
    let (major, minor) =
        draw.weighted(&[(8, (2, 2)), (1, (1, 1)), (1, (0, 1)), (1, (3, 0)), (1, (2, 7))]);
    Call::Startup(Startup { major, minor, null: draw.one_in(10) })
}

pub(crate) fn cleanup(_: &At<'_>, _: &mut Draw) -> Call {
    Call::Cleanup
}

pub(crate) fn socket(_: &At<'_>, draw: &mut Draw) -> Call {
    let kind = draw.weighted(&[(9, SocketKind::Tcp), (6, SocketKind::Udp), (1, SocketKind::Raw)]);
    let family = draw.weighted(&[(3, Family::V4), (2, Family::V6)]);
    Call::Socket { kind, family, attributes: attributes(draw) }
}

pub(crate) fn open(_: &At<'_>, draw: &mut Draw) -> Call {
    let info = draw.one_in(6).then(|| triple(draw));
    let Triple { family, kind, protocol } = triple(draw);
    Call::Open { family, kind, protocol, info, attributes: attributes(draw) }
}

pub(crate) fn set_option(at: &At<'_>, draw: &mut Draw) -> Call {
    let socket = at.socket(draw, is_free);
    let v6 = at.found(socket).is_some_and(|s| s.family == Family::V6);
    if v6 && draw.one_in(3) {
        return Call::set_option(socket, SocketOption::V6Only, 0);
    }
    let (option, value) = (option(draw), u32::from(!draw.one_in(5)));
    Call::SetSockOpt { socket, option, value, optval: optval(draw) }
}

pub(crate) fn get_option(at: &At<'_>, draw: &mut Draw) -> Call {
    let socket = at.socket(draw, |_| true);
    Call::GetSockOpt { socket, option: option(draw), optval: optval(draw) }
}

pub(crate) fn ioctl_socket(at: &At<'_>, draw: &mut Draw) -> Call {
    let socket = at.socket(draw, |_| true);
    let (command, argument) = command(draw);
    Call::IoctlSocket { socket, command, argument }
}

pub(crate) fn bind(at: &At<'_>, draw: &mut Draw) -> Call {
    let socket = at.socket(draw, |s| s.bound.is_none());
    Call::Bind { socket, address: at.address(draw, socket, false), name: name(draw) }
}

pub(crate) fn get_name(at: &At<'_>, draw: &mut Draw) -> Call {
    Call::GetSockName { socket: at.socket(draw, |s| s.bound.is_some()), name: name(draw) }
}

pub(crate) fn get_peer(at: &At<'_>, draw: &mut Draw) -> Call {
    Call::GetPeerName { socket: at.socket(draw, Socket::is_connected), name: name(draw) }
}

pub(crate) fn disconnect(at: &At<'_>, draw: &mut Draw) -> Call {
    let fits = |s: &Socket| s.connection != portres_model::Connection::None;
    Call::Disconnect { socket: at.socket(draw, fits) }
}

pub(crate) fn preset(_: &At<'_>, draw: &mut Draw) -> Call {
    Call::Preset { request: RequestId(1 + draw.below(6) as u32), status: status(draw) }
}

pub(crate) fn listen(at: &At<'_>, draw: &mut Draw) -> Call {
    let fits = |s: &Socket| s.kind == SocketKind::Tcp && s.bound.is_some() && !s.listening;
    Call::Listen { socket: at.socket(draw, fits) }
}

pub(crate) fn connect(at: &At<'_>, draw: &mut Draw) -> Call {
    let socket = at.socket(draw, |s| !s.listening && !s.is_connected());
    Call::Connect { socket, address: at.address(draw, socket, true) }
}

pub(crate) fn connect_ex(at: &At<'_>, draw: &mut Draw) -> Call {
    let fits = |s: &Socket| s.kind == SocketKind::Tcp && s.bound.is_some() && !s.is_connected();
    let socket = at.socket(draw, fits);
    Call::ConnectEx { socket, address: at.address(draw, socket, true), null: draw.one_in(12) }
}

pub(crate) fn accept(at: &At<'_>, draw: &mut Draw) -> Call {
    Call::Accept { socket: at.socket(draw, |s| s.listening) }
}

pub(crate) fn send_to(at: &At<'_>, draw: &mut Draw) -> Call {
    let socket = at.socket(draw, |s| s.kind == SocketKind::Udp);
    Call::SendTo { socket, address: at.address(draw, socket, true) }
}

pub(crate) fn close(at: &At<'_>, draw: &mut Draw) -> Call {
    let wanted = draw.below(4);
    let fits = |s: &Socket| match wanted {
        0 => s.listening || s.is_connected(),
        1 => s.associations.is_some(),
        _ => true,
    };
    Call::CloseSocket { socket: at.socket(draw, fits) }
}

fn to_process(draw: &mut Draw) -> ProcessId {
    // one of them, one that does not run, or none at all
    ProcessId(draw.below(MOST_PROCESSES as usize + 2) as u32)
}

pub(crate) fn duplicate(at: &At<'_>, draw: &mut Draw) -> Call {
    let socket = at.socket(draw, |_| true);
    Call::Duplicate { socket, process: to_process(draw), null: draw.one_in(12) }
}

pub(crate) fn inherit(at: &At<'_>, draw: &mut Draw) -> Call {
    let process = ProcessId(to_process(draw).0.max(1));
    Call::Inherit { socket: at.socket(draw, |_| true), process }
}

pub(crate) fn acquire(at: &At<'_>, draw: &mut Draw) -> Call {
    let socket = at.socket(draw, |s| s.kind != SocketKind::Raw && is_free(s));
    let protocol = at.found(socket).and_then(|s| s.kind.protocol()).unwrap_or(Protocol::Tcp);
    Call::Acquire { socket, range: at.new_range(draw, protocol), frame: frame(draw) }
}

pub(crate) fn associate(at: &At<'_>, draw: &mut Draw) -> Call {
    let socket = at.socket(draw, |s| s.kind != SocketKind::Raw && is_free(s));
    Call::Associate { socket, token: at.token(draw, socket), frame: frame(draw) }
}

pub(crate) fn release(at: &At<'_>, draw: &mut Draw) -> Call {
    let socket = at.socket(draw, |_| true);
    let owned: Vec<Token> = at.world.owned_by(socket).collect();
    let other = at.token(draw, socket);
    let token = if draw.one_in(3) { other } else { draw.any(&owned).unwrap_or(other) };
    Call::Release { socket, token, frame: frame(draw) }
}

pub(crate) fn affinity(at: &At<'_>, draw: &mut Draw) -> Call {
    let socket = at.socket(draw, |s| s.kind == SocketKind::Udp && s.bound.is_none());
    Call::Affinity { socket, processor: draw.port(0..=2) }
}

pub(crate) fn ioctl(at: &At<'_>, draw: &mut Draw) -> Call {
    let socket = at.socket(draw, |_| true);
    Call::Ioctl { socket, code: code(draw), frame: frame(draw) }
}

pub(crate) fn result(at: &At<'_>, draw: &mut Draw) -> Call {
    let pending = draw.one_in(2);
    let request = at.request(draw, pending);
    Call::Result { request, wait: draw.one_in(2), null: draw.one_in(16) }
}

pub(crate) fn completion(at: &At<'_>, draw: &mut Draw) -> Call {
    let pending = draw.one_in(2);
    Call::Completion { request: at.request(draw, pending) }
}

pub(crate) fn cancel(at: &At<'_>, draw: &mut Draw) -> Call {
    let request = at.request(draw, true);
    // the socket of the request, if it is a pending one's
    let of = at.world.request(request).and_then(|r| r.call.socket());
    let any = at.socket(draw, |_| true);
    let socket = if draw.one_in(3) { any } else { of.unwrap_or(any) };
    Call::Cancel { socket, request: (!draw.one_in(3)).then_some(request) }
}

pub(crate) fn end_thread(_: &At<'_>, _: &mut Draw) -> Call {
    Call::EndThread
}

pub(crate) fn create(at: &At<'_>, draw: &mut Draw) -> Call {
    let protocol = protocol(draw);
    Call::Create { protocol, range: at.new_range(draw, protocol), null: draw.one_in(20) }
}

pub(crate) fn delete(at: &At<'_>, draw: &mut Draw) -> Call {
    let protocol = protocol(draw);
    Call::Delete { protocol, range: persistent(at, draw, protocol) }
}

pub(crate) fn lookup(at: &At<'_>, draw: &mut Draw) -> Call {
    let protocol = protocol(draw);
    Call::Lookup { protocol, range: persistent(at, draw, protocol), null: draw.one_in(12) }
}

/// The block of a persistent reservation, half the time.
fn persistent(at: &At<'_>, draw: &mut Draw, protocol: Protocol) -> PortRange {
    let is_stored = |kind: Kind| matches!(kind, Kind::Persistent { .. });
    let all = at.world.reservations().filter(|(_, r)| r.protocol == protocol && is_stored(r.kind));
    let all: Vec<PortBlock> = all.filter_map(|(_, r)| r.block).collect();
    let other = at.known_range(draw, protocol);
    if draw.one_in(2) { other } else { draw.any(&all).map_or(other, PortBlock::range) }
}

pub(crate) fn add_excluded(at: &At<'_>, draw: &mut Draw) -> Call {
    let protocol = protocol(draw);
    Call::AddExcluded { protocol, range: at.new_range(draw, protocol), store: store(draw) }
}

pub(crate) fn delete_excluded(at: &At<'_>, draw: &mut Draw) -> Call {
    let protocol = protocol(draw);
    Call::DeleteExcluded { protocol, range: at.known_range(draw, protocol), store: store(draw) }
}

pub(crate) fn show_excluded(at: &At<'_>, draw: &mut Draw) -> Call {
    let protocol = protocol(draw);
    Call::ShowExcluded { protocol, range: at.known_range(draw, protocol) }
}

pub(crate) fn set_dynamic(_: &At<'_>, draw: &mut Draw) -> Call {
    let ranges = [(4_990, 255), (1_024, 13_977), (1_024, 255), (5_000, 12)];
    let (start, count) = draw.pick(&ranges);
    let range = PortRange { start, count };
    Call::SetDynamic { protocol: protocol(draw), range, store: store(draw) }
}

pub(crate) fn show_dynamic(_: &At<'_>, draw: &mut Draw) -> Call {
    Call::ShowDynamic { protocol: protocol(draw) }
}

pub(crate) fn exit(_: &At<'_>, _: &mut Draw) -> Call {
    Call::Exit
}

pub(crate) fn start(_: &At<'_>, draw: &mut Draw) -> Call {
    start_of(ProcessId(1 + draw.below(MOST_PROCESSES as usize) as u32))
}

/// A process starts again, under what it had.
pub(crate) fn start_of(process: ProcessId) -> Call {
    Call::Start { process, credentials: credentials(process) }
}

pub(crate) fn restart(_: &At<'_>, _: &mut Draw) -> Call {
    Call::Restart
}

pub(crate) fn appear(_: &At<'_>, draw: &mut Draw) -> Call {
    let owner = draw.pick(&[Owner::WinNat, Owner::Wsl, Owner::HttpSys]);
    Call::Appear { protocol: protocol(draw), block: one_port(draw), owner }
}

pub(crate) fn vanish(at: &At<'_>, draw: &mut Draw) -> Call {
    let protocol = protocol(draw);
    let known = at.known_range(draw, protocol).block();
    let other = one_port(draw);
    Call::Vanish { protocol, block: known.unwrap_or(other) }
}

pub(crate) fn network(_: &At<'_>, draw: &mut Draw) -> Call {
    Call::Network { up: draw.one_in(2) }
}

pub(crate) fn settle(at: &At<'_>, draw: &mut Draw) -> Call {
    let lingering: Vec<u16> = at.world.lingering().iter().map(|l| l.port).collect();
    let other = draw.port(5_000..=5_011);
    Call::Settle {
        port: if draw.one_in(3) { other } else { draw.any(&lingering).unwrap_or(other) },
    }
}

pub(crate) fn complete(at: &At<'_>, draw: &mut Draw) -> Call {
    Call::Complete { request: at.request(draw, true) }
}
