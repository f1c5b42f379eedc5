//! Winsock itself, and sockets as handles.

use portres_model::{
    Attributes, Call, Error, Family, Pointer, Reply, SocketId, SocketKind, Startup, Triple,
    Version, numbers,
};

use super::{
    INVALID_SOCKET, SOCKET, WINSOCK_SOCKET_TYPE, WSA_ERROR, WSA_FLAG_NO_HANDLE_INHERIT,
    WSA_FLAG_OVERLAPPED, WSADATA, WSAPROTOCOL_INFOW, done, fails,
};
use crate::win32::machine::{self, Program, current, process_of};
use crate::win32::{address, memory, names};

/// `WSAStartup`. The texts of the data stay empty.
pub unsafe extern "system" fn WSAStartup(wversionrequested: u16, lpwsadata: *mut WSADATA) -> i32 {
    let [major, minor] = wversionrequested.to_le_bytes();
    let null = memory::kind(lpwsadata) != Pointer::Good;
    let granted = match current().call(&Call::Startup(Startup { major, minor, null })) {
        // it is returned, and is no last error
        Reply::Failed(error) => return i32::try_from(error.number()).unwrap_or(-1),
        Reply::Version(version) => version,
        _ => Version { major, minor },
    };
    let word = |v: Version| u16::from_le_bytes([v.major, v.minor]);
    let data = WSADATA {
        wVersion: word(granted),
        wHighVersion: word(Version::CURRENT),
        ..WSADATA::default()
    };
    // SAFETY: the caller sees to it.
    unsafe { memory::put(lpwsadata, data) };
    0
}

/// `WSACleanup`.
pub unsafe extern "system" fn WSACleanup() -> i32 {
    done(&current().call(&Call::Cleanup))
}

/// `WSAGetLastError`: the last error of the thread.
pub unsafe extern "system" fn WSAGetLastError() -> WSA_ERROR {
    machine::last_error() as i32
}

/// `WSASetLastError`.
pub unsafe extern "system" fn WSASetLastError(ierror: i32) {
    machine::set_last_error(ierror as u32);
}

/// `socket`.
pub unsafe extern "system" fn socket(
    af: i32,
    r#type: WINSOCK_SOCKET_TYPE,
    protocol: i32,
) -> SOCKET {
    let attributes = Attributes::default();
    opened(&current().call(&Call::Open {
        family: af,
        kind: r#type,
        protocol,
        info: None,
        attributes,
    }))
}

/// `WSASocketW`. Groups are ignored, and so are flags other than `WSA_FLAG_OVERLAPPED` and `WSA_FLAG_NO_HANDLE_INHERIT`. With
/// what `WSADuplicateSocketW` gave it gives the descriptor, once; no page says what a second time gives: WSAEINVAL here.
pub unsafe extern "system" fn WSASocketW(
    af: i32,
    r#type: i32,
    protocol: i32,
    lpprotocolinfo: *const WSAPROTOCOL_INFOW,
    _g: u32,
    dwflags: u32,
) -> SOCKET {
    let program = current();
    // SAFETY: the caller sees to it.
    let info = unsafe { memory::get(lpprotocolinfo) };
    if let Some(waiting) = info.map(|i| i.dwProviderReserved).filter(|reserved| *reserved != 0) {
        return pick_up(&program, waiting as SOCKET);
    }
    let info = info.map(|i| Triple {
        family: i.iAddressFamily,
        kind: i.iSocketType,
        protocol: i.iProtocol,
    });
    let attributes = Attributes {
        non_overlapped: dwflags & WSA_FLAG_OVERLAPPED == 0,
        no_inherit: dwflags & WSA_FLAG_NO_HANDLE_INHERIT != 0,
    };
    opened(&program.call(&Call::Open { family: af, kind: r#type, protocol, info, attributes }))
}

fn pick_up(program: &Program, waiting: SOCKET) -> SOCKET {
    let socket = names::socket(waiting);
    if let Some(error @ Error::WsaNotInitialised) = program.refuses_handle(socket) {
        return refused(error);
    }
    if program.within(|machine, who| machine.beside().picks_up(who.process, socket)) == Some(true) {
        return waiting;
    }
    refused(Error::WsaInvalid)
}

/// `WSADuplicateSocketW`. The descriptor is there as soon as this returns; the process picks it up with `WSASocketW`.
pub unsafe extern "system" fn WSADuplicateSocketW(
    s: SOCKET,
    dwprocessid: u32,
    lpprotocolinfo: *mut WSAPROTOCOL_INFOW,
) -> i32 {
    let program = current();
    let (socket, process) = (names::socket(s), process_of(dwprocessid));
    let null = memory::kind(lpprotocolinfo) != Pointer::Good;
    let call = Call::Duplicate { socket, process, null };
    let reply = program.call_and(&call, |machine, _, reply| {
        if let Reply::Socket(new) = *reply {
            machine.beside().arrives(process, new);
        }
    });
    match reply {
        Reply::Socket(new) => {
            let reserved = u32::try_from(names::handle(new)).unwrap_or(0);
            let info =
                WSAPROTOCOL_INFOW { dwProviderReserved: reserved, ..describe(&program, socket) };
            // SAFETY: the caller sees to it.
            unsafe { memory::put(lpprotocolinfo, info) };
            0
        }
        other => done(&other),
    }
}

/// What is known of a socket's protocol: what it was made as.
pub(super) fn describe(program: &Program, socket: SocketId) -> WSAPROTOCOL_INFOW {
    let found = program.look(|world| {
        let (_, socket) = world.socket_of(program.process(), socket)?;
        Some((socket.kind, socket.family))
    });
    let Some((kind, family)) = found else { return WSAPROTOCOL_INFOW::default() };
    let (kind, protocol) = match (kind, family) {
        (SocketKind::Tcp, _) => (numbers::STREAM, numbers::TCP),
        (SocketKind::Udp, _) => (numbers::DATAGRAM, numbers::UDP),
        (SocketKind::Raw, Family::V4) => (numbers::RAW, numbers::ICMP),
        (SocketKind::Raw, Family::V6) => (numbers::RAW, numbers::ICMPV6),
    };
    let size = i32::try_from(address::size(family)).unwrap_or(0);
    WSAPROTOCOL_INFOW {
        iVersion: 2,
        iAddressFamily: if family == Family::V4 { numbers::V4 } else { numbers::V6 },
        iMaxSockAddr: size,
        iMinSockAddr: size,
        iSocketType: kind,
        iProtocol: protocol,
        ..WSAPROTOCOL_INFOW::default()
    }
}

/// `closesocket`.
pub unsafe extern "system" fn closesocket(s: SOCKET) -> i32 {
    done(&current().call(&Call::CloseSocket { socket: names::socket(s) }))
}

/// What a function returns that opens a socket.
pub(super) fn opened(reply: &Reply) -> SOCKET {
    match reply {
        Reply::Socket(socket) | Reply::Opened { socket, .. } => names::handle(*socket),
        Reply::Failed(error) => refused(*error),
        _ => refused(Error::WsaOperationNotSupported),
    }
}

pub(super) fn refused(error: Error) -> SOCKET {
    fails(error);
    INVALID_SOCKET
}
