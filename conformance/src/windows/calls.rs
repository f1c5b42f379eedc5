//! The Winsock calls themselves: each function is one of them, with its error code for a refusal.

use std::net::SocketAddr;
use std::ptr::{null, null_mut};

use portres_model::{Attributes, Error, Family, SocketKind, SocketOption, Startup, Version};
use windows_sys::Win32::Networking::WinSock as api;

use super::address::Raw;
use super::options;

/// The backlog with which every socket listens.
const BACKLOG: i32 = 5;

/// How long a connection to be accepted may take to arrive.
const ARRIVAL: i32 = 2_000;

/// What `WSADuplicateSocket` tells another process.
pub(super) const PROTOCOL: usize = size_of::<api::WSAPROTOCOL_INFOW>();

/// A handle as it is passed: of a socket, or `INVALID_SOCKET`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Handle(pub(super) api::SOCKET);

impl Handle {
    /// The handle to pass for a socket that may have none.
    pub(super) fn of(handle: Option<usize>) -> Handle {
        Handle(handle.unwrap_or(api::INVALID_SOCKET))
    }
}

/// `WSAStartup`: the version that it grants.
#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn startup(Startup { major, minor, null }: Startup) -> Result<Version, Error> {
    let mut data = api::WSADATA::default();
    let to = if null { null_mut() } else { &raw mut data };
    // SAFETY: `data` is a WSADATA that lives through the call. NULL is what the caller wants to see refused: where the call
    // touches it instead, the process ends.
    match unsafe { api::WSAStartup(u16::from_le_bytes([major, minor]), to) } {
        0 => {
            let [major, minor] = data.wVersion.to_le_bytes();
            Ok(Version { major, minor })
        }
        code => Err(Error::from_number(code as u32)),
    }
}

/// `WSACleanup`.
#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn cleanup() -> Result<(), Error> {
    // SAFETY: it takes nothing.
    done(unsafe { api::WSACleanup() })
}

/// `socket`, or `WSASocket` for a socket that lacks something.
#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn open(
    kind: SocketKind,
    family: Family,
    attributes: Attributes,
) -> Result<usize, Error> {
    let domain = match family {
        Family::V4 => api::AF_INET,
        Family::V6 => api::AF_INET6,
    };
    let (kind, protocol) = match (kind, family) {
        (SocketKind::Tcp, _) => (api::SOCK_STREAM, api::IPPROTO_TCP),
        (SocketKind::Udp, _) => (api::SOCK_DGRAM, api::IPPROTO_UDP),
        (SocketKind::Raw, Family::V4) => (api::SOCK_RAW, api::IPPROTO_ICMP),
        (SocketKind::Raw, Family::V6) => (api::SOCK_RAW, api::IPPROTO_ICMPV6),
    };
    if attributes.are_usual() {
        // SAFETY: it takes numbers only.
        return opened(unsafe { api::socket(domain.into(), kind, protocol) });
    }
    let overlapped = if attributes.non_overlapped { 0 } else { api::WSA_FLAG_OVERLAPPED };
    let no_inherit = if attributes.no_inherit { api::WSA_FLAG_NO_HANDLE_INHERIT } else { 0 };
    // SAFETY: it takes numbers, and NULL for the protocol: any.
    opened(unsafe {
        api::WSASocketW(domain.into(), kind, protocol, null(), 0, overlapped | no_inherit)
    })
}

/// `WSADuplicateSocket`: what the process with this number needs for a descriptor of the socket.
#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn duplicate(
    Handle(socket): Handle,
    process: u32,
    null: bool,
) -> Result<[u8; PROTOCOL], Error> {
    let mut protocol = api::WSAPROTOCOL_INFOW::default();
    let to = if null { null_mut() } else { &raw mut protocol };
    // SAFETY: `protocol` is a WSAPROTOCOL_INFOW that lives through the call. NULL is what the caller wants to see refused:
    // where the call touches it instead, the process ends.
    done(unsafe { api::WSADuplicateSocketW(socket, process, to) })?;
    // SAFETY: both are as long as each other, and the structure has no padding: its fields are words of 32 and 16 bits.
    Ok(unsafe { std::mem::transmute::<api::WSAPROTOCOL_INFOW, [u8; PROTOCOL]>(protocol) })
}

/// `WSASocket` with what `WSADuplicateSocket` gave.
#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn adopt(protocol: [u8; PROTOCOL]) -> Result<usize, Error> {
    // SAFETY: both are as long as each other, and any bits are numbers.
    let protocol =
        unsafe { std::mem::transmute::<[u8; PROTOCOL], api::WSAPROTOCOL_INFOW>(protocol) };
    let any = api::FROM_PROTOCOL_INFO;
    // SAFETY: `protocol` is a WSAPROTOCOL_INFOW that lives through the call.
    opened(unsafe { api::WSASocketW(any, any, any, &protocol, 0, api::WSA_FLAG_OVERLAPPED) })
}

/// `listen`.
#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn listen(Handle(socket): Handle) -> Result<(), Error> {
    // SAFETY: it takes numbers only.
    done(unsafe { api::listen(socket, BACKLOG) })
}

/// `connect`.
#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn connect(Handle(socket): Handle, address: SocketAddr) -> Result<(), Error> {
    let (raw, length) = Raw::of(address);
    // SAFETY: `raw` holds at least `length` bytes, is aligned as a SOCKADDR, and lives through the call.
    done(unsafe { api::connect(socket, raw.bytes().as_ptr().cast(), length as i32) })
}

/// `connect` with an address of the family `AF_UNSPEC`.
#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn disconnect(Handle(socket): Handle) -> Result<(), Error> {
    let (raw, length) = Raw::unspecified();
    // SAFETY: `raw` holds at least `length` bytes, is aligned as a SOCKADDR, and lives through the call.
    done(unsafe { api::connect(socket, raw.bytes().as_ptr().cast(), length as i32) })
}

/// `accept`; `None` if the call would wait, and no connection has arrived in time.
#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn accept(Handle(socket): Handle, non_blocking: bool) -> Option<Result<usize, Error>> {
    let listens = options::number(Handle(socket), SocketOption::AcceptConn) == Ok(1);
    if listens && !has_arrived(socket) && !non_blocking {
        return None;
    }
    // SAFETY: NULL stands for an address that nobody wants to know.
    Some(opened(unsafe { api::accept(socket, null_mut(), null_mut()) }))
}

/// Waits for a connection.
#[expect(unsafe_code, reason = "the call itself")]
fn has_arrived(socket: api::SOCKET) -> bool {
    let mut wanted = api::WSAPOLLFD { fd: socket, events: api::POLLRDNORM, revents: 0 };
    // SAFETY: there is one structure, as the number says, and it lives through the call.
    unsafe { api::WSAPoll(&mut wanted, 1, ARRIVAL) != 0 }
}

/// `sendto` of an empty datagram.
#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn send_to(Handle(socket): Handle, address: SocketAddr) -> Result<(), Error> {
    let (raw, length) = Raw::of(address);
    let nothing = [0_u8; 1];
    // SAFETY: no byte of `nothing` is read; `raw` holds at least `length` bytes, is aligned as a SOCKADDR, and lives
    // through the call.
    let sent = unsafe {
        let to = raw.bytes().as_ptr().cast();
        api::sendto(socket, nothing.as_ptr(), 0, 0, to, length as i32)
    };
    if sent == api::SOCKET_ERROR { Err(last()) } else { Ok(()) }
}

/// `closesocket`.
#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn close(Handle(socket): Handle) -> Result<(), Error> {
    // SAFETY: it takes a number only; what is no socket it refuses.
    done(unsafe { api::closesocket(socket) })
}

pub(super) fn opened(socket: api::SOCKET) -> Result<usize, Error> {
    if socket == api::INVALID_SOCKET { Err(last()) } else { Ok(socket) }
}

pub(super) fn done(code: i32) -> Result<(), Error> {
    if code == 0 { Ok(()) } else { Err(last()) }
}

#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn last() -> Error {
    // SAFETY: it takes nothing.
    Error::from_number(unsafe { api::WSAGetLastError() } as u32)
}
