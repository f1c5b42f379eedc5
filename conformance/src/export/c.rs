//! The calls in C.

use std::net::SocketAddr;

use portres_model::{
    Call, Command, Family, Holding, NameBuffer, Names, Pointer, PortRange, Protocol, SocketId,
    SocketKind, Token, numbers,
};

/// What every program begins with.
pub(super) const PREAMBLE: &str = include_str!("preamble.c");

const OVERLAPPED: u32 = 0x01;
const NO_INHERIT: u32 = 0x80;

/// The expression that makes a call and spells its reply.
///
/// # Errors
/// If no program of this kind makes it: why.
pub(super) fn step(call: &Call, names: Option<Names>) -> Result<String, &'static str> {
    Ok(match *call {
        Call::Startup(asked) => {
            format!("start({}, {}, {})", asked.major, asked.minor, u8::from(asked.null))
        }
        Call::Cleanup => "done(WSACleanup())".into(),
        Call::Socket { kind, family, attributes } => {
            let flags = flags(attributes.non_overlapped, attributes.no_inherit);
            opened(names, &open(kind, family, attributes.are_usual(), flags))?
        }
        Call::Open { info: Some(_), .. } => return Err("it passes a WSAPROTOCOL_INFO"),
        Call::Open { .. } => return Err("what the socket became is asked of the system"),
        Call::SetSockOpt { socket, option, value, optval } if optval.is_well_formed() => {
            let (level, number) = option.numbers();
            format!("set_option({}, {level}, {number}, {value}u)", of(socket))
        }
        Call::GetSockOpt { socket, option, optval } if optval.is_well_formed() => {
            let (level, number) = option.numbers();
            let is_structure = u8::from(option.holds() == Holding::Structure);
            format!("get_option({}, {level}, {number}, {is_structure})", of(socket))
        }
        Call::IoctlSocket { socket, command, argument: Pointer::Good } => {
            let (code, value, gives) = match command {
                Command::Block(value) => ("FIONBIO", value, 0),
                Command::Unread => ("FIONREAD", 0, 1),
                Command::AtMark => ("SIOCATMARK", 0, 1),
            };
            format!("control({}, (long){code}, {value}u, {gives})", of(socket))
        }
        Call::Bind { socket, address, name: NameBuffer::Good } => {
            format!("bind_to({}, {})", of(socket), place(address))
        }
        Call::GetSockName { socket, name: NameBuffer::Good } => format!("local({}, 0)", of(socket)),
        Call::GetPeerName { socket, name: NameBuffer::Good } => format!("peer({})", of(socket)),
        Call::Listen { socket } => format!("done(listen({}, 5))", of(socket)),
        Call::Connect { socket, address } => {
            format!("connect_to({}, {})", of(socket), place(address))
        }
        Call::Disconnect { socket } => format!("disconnect({})", of(socket)),
        Call::Accept { socket } => format!("accept_from({}, {})", of(socket), to_socket(names)?),
        Call::SendTo { socket, address } => format!("send_to({}, {})", of(socket), place(address)),
        Call::CloseSocket { socket } => format!("done(closesocket({}))", of(socket)),
        Call::Acquire { socket, range: PortRange { start, count }, frame }
            if frame.is_well_formed() =>
        {
            format!("acquire({}, {start}, {count}, {})", of(socket), to_token(names))
        }
        Call::Associate { socket, token, frame } if frame.is_well_formed() => {
            with_token("0x98000066 /* SIO_ASSOCIATE_PORT_RESERVATION */", socket, token)
        }
        Call::Release { socket, token, frame } if frame.is_well_formed() => {
            with_token("0x98000065 /* SIO_RELEASE_PORT_RESERVATION */", socket, token)
        }
        Call::Affinity { socket, processor } => format!(
            "give({}, 0x98000015 /* SIO_CPU_AFFINITY */, &(USHORT){{{processor}}}, sizeof(USHORT))",
            of(socket)
        ),
        Call::Create { protocol, range, null: false } => {
            persistent("Create", protocol, range, Some(to_token(names)))
        }
        Call::Lookup { protocol, range, null: false } => {
            persistent("Lookup", protocol, range, Some(to_token(names)))
        }
        Call::Delete { protocol, range } => persistent("Delete", protocol, range, None),
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

fn flags(non_overlapped: bool, no_inherit: bool) -> u32 {
    (if non_overlapped { 0 } else { OVERLAPPED }) | (if no_inherit { NO_INHERIT } else { 0 })
}

fn open(kind: SocketKind, family: Family, usual: bool, flags: u32) -> String {
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
    if usual {
        format!("socket({domain}, {kind}, {protocol})")
    } else {
        format!("open_with({domain}, {kind}, {protocol}, {flags:#x})")
    }
}

fn opened(names: Option<Names>, from: &str) -> Result<String, &'static str> {
    Ok(format!("opened({}, {from})", to_socket(names)?))
}

fn to_socket(names: Option<Names>) -> Result<String, &'static str> {
    match names {
        Some(Names::Socket(socket)) => Ok(format!("&{socket}")),
        // a socket that nobody names is lost in the trace, too
        _ => Ok("&(SOCKET){0}".into()),
    }
}

fn to_token(names: Option<Names>) -> String {
    match names {
        Some(Names::Token(token)) => format!("&{token}"),
        _ => "&(ULONG64){0}".into(),
    }
}

fn of(socket: SocketId) -> String {
    if socket == SocketId::INVALID { "INVALID_SOCKET".into() } else { socket.to_string() }
}

fn with_token(code: &str, socket: SocketId, token: Token) -> String {
    let token = if token == Token::ZERO { "(ULONG64){0}".into() } else { token.to_string() };
    format!("give({}, {code}, &{token}, sizeof(ULONG64))", of(socket))
}

/// Address, port and scope as the arguments of the functions above.
fn place(address: SocketAddr) -> String {
    let scope = match address {
        SocketAddr::V4(_) => 0,
        SocketAddr::V6(v6) => v6.scope_id(),
    };
    format!("\"{}\", {}, {scope}", address.ip(), address.port())
}

fn persistent(verb: &str, protocol: Protocol, range: PortRange, token: Option<String>) -> String {
    let protocol = match protocol {
        Protocol::Tcp => "Tcp",
        Protocol::Udp => "Udp",
    };
    let token = token.unwrap_or_else(|| "NULL".into());
    let PortRange { start, count } = range;
    format!("persistent(\"{verb}Persistent{protocol}PortReservation\", {start}, {count}, {token})")
}
