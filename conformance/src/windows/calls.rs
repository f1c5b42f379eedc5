//! The Winsock calls themselves: each function is one of them, with its error code for a refusal.

use std::ptr::{null, null_mut};

use portres_model::{Error, Family, SocketKind, SocketOption, Version};
use windows_sys::Win32::Networking::WinSock as api;

use super::address::Raw;

/// The backlog with which every socket listens.
const BACKLOG: i32 = 5;

/// The three controls of port reservation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Control {
    /// `SIO_ACQUIRE_PORT_RESERVATION`.
    Acquire,
    /// `SIO_ASSOCIATE_PORT_RESERVATION`.
    Associate,
    /// `SIO_RELEASE_PORT_RESERVATION`.
    Release,
}

impl Control {
    fn code(self) -> u32 {
        match self {
            Control::Acquire => api::SIO_ACQUIRE_PORT_RESERVATION,
            Control::Associate => api::SIO_ASSOCIATE_PORT_RESERVATION,
            Control::Release => api::SIO_RELEASE_PORT_RESERVATION,
        }
    }
}

/// A handle as it is passed: of a socket, or `INVALID_SOCKET`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Handle(pub(super) api::SOCKET);

impl Handle {
    /// The handle to pass for a socket that may have none.
    pub(super) fn of(handle: Option<usize>) -> Handle {
        Handle(handle.unwrap_or(api::INVALID_SOCKET))
    }
}

/// `WSAStartup`.
#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn startup(version: Version) -> Result<(), Error> {
    let mut data = api::WSADATA::default();
    // SAFETY: `data` is a WSADATA that lives through the call.
    let code =
        unsafe { api::WSAStartup(u16::from_le_bytes([version.major, version.minor]), &mut data) };
    if code == 0 { Ok(()) } else { Err(Error::from_number(code as u32)) }
}

/// `WSACleanup`.
#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn cleanup() -> Result<(), Error> {
    // SAFETY: it takes nothing.
    done(unsafe { api::WSACleanup() })
}

/// `socket`.
#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn open(kind: SocketKind, family: Family) -> Result<usize, Error> {
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
    // SAFETY: it takes numbers only.
    let socket = unsafe { api::socket(domain.into(), kind, protocol) };
    if socket == api::INVALID_SOCKET { Err(last()) } else { Ok(socket) }
}

/// `setsockopt`, with the value as an `int`.
#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn set_option(
    Handle(socket): Handle,
    option: SocketOption,
    value: u32,
) -> Result<(), Error> {
    let (level, name) = match option {
        SocketOption::ReuseAddr => (api::SOL_SOCKET, api::SO_REUSEADDR),
        SocketOption::ExclusiveAddrUse => (api::SOL_SOCKET, api::SO_EXCLUSIVEADDRUSE),
        SocketOption::V6Only => (api::IPPROTO_IPV6, api::IPV6_V6ONLY),
    };
    let value = value.to_ne_bytes();
    // SAFETY: the value is four bytes, as the length says, and lives through the call.
    done(unsafe { api::setsockopt(socket, level, name, value.as_ptr(), 4) })
}

/// `bind`.
#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn bind(Handle(socket): Handle, address: std::net::SocketAddr) -> Result<(), Error> {
    let (raw, length) = Raw::of(address);
    // SAFETY: `raw` holds at least `length` bytes, is aligned as a SOCKADDR, and lives through the call.
    done(unsafe { api::bind(socket, raw.bytes().as_ptr().cast(), length as i32) })
}

/// `getsockname`.
#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn name(Handle(socket): Handle) -> Result<Raw, Error> {
    let mut raw = Raw::default();
    let mut length = Raw::ROOM as i32;
    // SAFETY: `raw` has room for `length` bytes, is aligned as a SOCKADDR, and lives through the call.
    done(unsafe { api::getsockname(socket, raw.bytes_mut().as_mut_ptr().cast(), &mut length) })
        .map(|()| raw)
}

/// `listen`.
#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn listen(Handle(socket): Handle) -> Result<(), Error> {
    // SAFETY: it takes numbers only.
    done(unsafe { api::listen(socket, BACKLOG) })
}

/// `closesocket`.
#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn close(Handle(socket): Handle) -> Result<(), Error> {
    // SAFETY: it takes a number only; what is no socket it refuses.
    done(unsafe { api::closesocket(socket) })
}

/// `WSAIoctl`, not overlapped.
#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn control(
    Handle(socket): Handle,
    control: Control,
    input: &[u8],
    output: &mut [u8],
) -> Result<(), Error> {
    let mut returned = 0;
    let (from, to) = (input.as_ptr().cast(), output.as_mut_ptr().cast());
    let (from, to) = (
        if input.is_empty() { null() } else { from },
        if output.is_empty() { null_mut() } else { to },
    );
    // SAFETY: both buffers are as long as their lengths say (or absent, with length 0) and live through the call, which
    // is over when it returns: there is no overlapped structure.
    done(unsafe {
        api::WSAIoctl(
            socket,
            control.code(),
            from,
            input.len() as u32,
            to,
            output.len() as u32,
            &mut returned,
            null_mut(),
            None,
        )
    })
}

fn done(code: i32) -> Result<(), Error> {
    if code == 0 { Ok(()) } else { Err(last()) }
}

#[expect(unsafe_code, reason = "the call itself")]
fn last() -> Error {
    // SAFETY: it takes nothing.
    Error::from_number(unsafe { api::WSAGetLastError() } as u32)
}
