//! The calls, as calls of the functions that every program has.

use std::net::SocketAddr;

use portres_model::{
    Call, Command, Family, Holding, NameBuffer, Names, Pointer, PortRange, Protocol, SocketId,
    SocketKind, Startup, Token, numbers,
};

/// A call of a function that every program has. It gives the reply, spelled.
pub(super) struct Expression {
    /// Its name in snake case.
    pub(super) function: &'static str,
    pub(super) arguments: Vec<Argument>,
}

pub(super) enum Argument {
    Number(i64),
    /// A number that has a name.
    Named(u32, &'static str),
    Flag(bool),
    /// An address of the internet protocol.
    Address(String),
    Socket(SocketId),
    Token(Token),
    /// Where the new socket goes; one that nobody names is lost in the trace, too.
    ToSocket(Option<SocketId>),
    /// Where the token goes.
    ToToken(Option<Token>),
    /// A function of the IP Helper, which a system may lack.
    Function(String),
}

use Argument::{Flag, Function, Named, Number, ToSocket, ToToken};

const OVERLAPPED: u32 = 0x01;
const NO_INHERIT: u32 = 0x80;

const FIONBIO: u32 = 0x8004_667e;
const FIONREAD: u32 = 0x4004_667f;
const SIOCATMARK: u32 = 0x4004_7307;

/// `WSAStartup`.
pub(super) fn start(asked: Startup) -> Expression {
    let (major, minor) = (i64::from(asked.major), i64::from(asked.minor));
    of("start", [Number(major), Number(minor), Flag(asked.null)])
}

/// The expression that makes a call and spells its reply.
///
/// # Errors
/// If no program of this kind makes it: why.
pub(super) fn expression(call: &Call, names: Option<Names>) -> Result<Expression, &'static str> {
    Ok(match *call {
        Call::Startup(asked) => start(asked),
        Call::Cleanup => of("finish", []),
        Call::Socket { kind, family, attributes } => {
            let [domain, kind, protocol] = triple(kind, family).map(|n| Number(i64::from(n)));
            let to = ToSocket(socket(names));
            if attributes.are_usual() {
                of("open_socket", [to, domain, kind, protocol])
            } else {
                let flags = flags(attributes.non_overlapped, attributes.no_inherit);
                of("open_with", [to, domain, kind, protocol, Number(i64::from(flags))])
            }
        }
        Call::Open { info: Some(_), .. } => return Err("it passes a WSAPROTOCOL_INFO"),
        Call::Open { .. } => return Err("what the socket became is asked of the system"),
        Call::SetSockOpt { socket, option, value, optval } if optval.is_well_formed() => {
            let (level, number) = option.numbers();
            let [level, number] = [level, number].map(|n| Number(i64::from(n)));
            on("set_option", socket, [level, number, Number(i64::from(value))])
        }
        Call::GetSockOpt { socket, option, optval } if optval.is_well_formed() => {
            let (level, number) = option.numbers();
            let [level, number] = [level, number].map(|n| Number(i64::from(n)));
            let is_structure = option.holds() == Holding::Structure;
            on("get_option", socket, [level, number, Flag(is_structure)])
        }
        Call::IoctlSocket { socket, command, argument: Pointer::Good } => {
            let (code, value, gives) = match command {
                Command::Block(value) => (Named(FIONBIO, "FIONBIO"), value, false),
                Command::Unread => (Named(FIONREAD, "FIONREAD"), 0, true),
                Command::AtMark => (Named(SIOCATMARK, "SIOCATMARK"), 0, true),
            };
            on("control", socket, [code, Number(i64::from(value)), Flag(gives)])
        }
        Call::Bind { socket, address, name: NameBuffer::Good } => to("bind_to", socket, address),
        Call::GetSockName { socket, name: NameBuffer::Good } => on("local_name", socket, []),
        Call::GetPeerName { socket, name: NameBuffer::Good } => on("peer_name", socket, []),
        Call::Listen { socket } => on("listen_on", socket, []),
        Call::Connect { socket, address } => to("connect_to", socket, address),
        Call::Disconnect { socket } => on("disconnect", socket, []),
        Call::Accept { socket: from } => on("accept_from", from, [ToSocket(socket(names))]),
        Call::SendTo { socket, address } => to("send_to", socket, address),
        Call::CloseSocket { socket } => on("close_socket", socket, []),
        Call::Acquire { socket, range, frame } if frame.is_well_formed() => {
            let [start, count] = ports(range);
            on("acquire", socket, [start, count, ToToken(token(names))])
        }
        Call::Associate { socket, token, frame } if frame.is_well_formed() => {
            on("associate", socket, [Argument::Token(token)])
        }
        Call::Release { socket, token, frame } if frame.is_well_formed() => {
            on("release", socket, [Argument::Token(token)])
        }
        Call::Affinity { socket, processor } => {
            on("run_on", socket, [Number(i64::from(processor))])
        }
        Call::Create { protocol, range, null: false } => {
            let [start, count] = ports(range);
            let create = persistent("Create", protocol);
            of("reserve", [create, start, count, ToToken(token(names))])
        }
        Call::Lookup { protocol, range, null: false } => {
            let [start, count] = ports(range);
            let lookup = persistent("Lookup", protocol);
            of("reserve", [lookup, start, count, ToToken(token(names))])
        }
        Call::Delete { protocol, range } => {
            let [start, count] = ports(range);
            of("unreserve", [persistent("Delete", protocol), start, count])
        }
        _ => return Err(why_not(call)),
    })
}

/// Why a call is not made.
fn why_not(call: &Call) -> &'static str {
    match call {
        Call::AddExcluded { .. }
        | Call::DeleteExcluded { .. }
        | Call::ShowExcluded { .. }
        | Call::SetDynamic { .. }
        | Call::ShowDynamic { .. } => "netsh does it",
        Call::Exit | Call::EndThread => "nothing would be left to tell of it",
        Call::Duplicate { .. } | Call::Inherit { .. } => "it takes another process",
        Call::Result { .. }
        | Call::Completion { .. }
        | Call::Cancel { .. }
        | Call::Preset { .. }
        | Call::ConnectEx { .. } => "it is about an overlapped request",
        Call::Ioctl { .. } => "its structure is not spelled out",
        _ => "its arguments are not well formed",
    }
}

fn of(function: &'static str, arguments: impl IntoIterator<Item = Argument>) -> Expression {
    Expression { function, arguments: arguments.into_iter().collect() }
}

fn on(
    function: &'static str,
    socket: SocketId,
    further: impl IntoIterator<Item = Argument>,
) -> Expression {
    of(function, [Argument::Socket(socket)].into_iter().chain(further))
}

/// Address, port and scope.
fn to(function: &'static str, socket: SocketId, address: SocketAddr) -> Expression {
    let scope = match address {
        SocketAddr::V4(_) => 0,
        SocketAddr::V6(v6) => v6.scope_id(),
    };
    let [port, scope] = [u32::from(address.port()), scope].map(|n| Number(i64::from(n)));
    on(function, socket, [Argument::Address(address.ip().to_string()), port, scope])
}

fn triple(kind: SocketKind, family: Family) -> [i32; 3] {
    let domain = match family {
        Family::V4 => numbers::V4,
        Family::V6 => numbers::V6,
    };
    let (kind, protocol) = match (kind, family) {
        (SocketKind::Tcp, _) => (numbers::STREAM, numbers::TCP),
        (SocketKind::Udp, _) => (numbers::DATAGRAM, numbers::UDP),
        (SocketKind::Raw, Family::V4) => (numbers::RAW, numbers::ICMP),
        (SocketKind::Raw, Family::V6) => (numbers::RAW, numbers::ICMPV6),
    };
    [domain, kind, protocol]
}

fn flags(non_overlapped: bool, no_inherit: bool) -> u32 {
    (if non_overlapped { 0 } else { OVERLAPPED }) | (if no_inherit { NO_INHERIT } else { 0 })
}

fn ports(range: PortRange) -> [Argument; 2] {
    [range.start, range.count].map(|n| Number(i64::from(n)))
}

fn persistent(verb: &str, protocol: Protocol) -> Argument {
    let protocol = match protocol {
        Protocol::Tcp => "Tcp",
        Protocol::Udp => "Udp",
    };
    Function(format!("{verb}Persistent{protocol}PortReservation"))
}

fn socket(names: Option<Names>) -> Option<SocketId> {
    match names {
        Some(Names::Socket(socket)) => Some(socket),
        Some(Names::Token(_)) | None => None,
    }
}

fn token(names: Option<Names>) -> Option<Token> {
    match names {
        Some(Names::Token(token)) => Some(token),
        Some(Names::Socket(_)) | None => None,
    }
}
