//! `WSASocket` by numbers, and what the socket became.

use std::ptr::null;

use portres_model::{Attributes, Error, Family, SocketKind, Triple, numbers};
use windows_sys::Win32::Networking::WinSock as api;

use super::calls::{Handle, PROTOCOL, close, done, opened};

/// `SO_PROTOCOL_INFOW`.
const PROTOCOL_INFO: i32 = 0x2005;

/// A socket and what it became; `None` if that has no name here, or if the protocol info cannot be had.
pub(super) type Opened = Option<Result<(usize, SocketKind, Family), Error>>;

/// `WSASocket`.
pub(super) fn open(wanted: Triple, info: Option<Triple>, attributes: Attributes) -> Opened {
    let info = match info {
        None => None,
        Some(of) => Some(block(of)?),
    };
    let socket = match create(wanted, info.as_ref(), attributes) {
        Ok(socket) => socket,
        Err(error) => return Some(Err(error)),
    };
    let became = protocol_info(Handle(socket)).ok().and_then(|info| became(&info));
    if became.is_none() {
        // nobody learns of it: what this says does not matter
        let _ = close(Handle(socket));
    }
    became.map(|(kind, family)| Ok((socket, kind, family)))
}

/// What the provider says of a socket of these numbers.
fn block(of: Triple) -> Option<api::WSAPROTOCOL_INFOW> {
    let socket = Handle(create(of, None, Attributes::default()).ok()?);
    let info = protocol_info(socket);
    // nobody learns of it: what this says does not matter
    let _ = close(socket);
    info.ok()
}

#[expect(unsafe_code, reason = "the call itself")]
fn create(
    Triple { family, kind, protocol }: Triple,
    info: Option<&api::WSAPROTOCOL_INFOW>,
    attributes: Attributes,
) -> Result<usize, Error> {
    let overlapped = if attributes.non_overlapped { 0 } else { api::WSA_FLAG_OVERLAPPED };
    let no_inherit = if attributes.no_inherit { api::WSA_FLAG_NO_HANDLE_INHERIT } else { 0 };
    let info = info.map_or(null(), std::ptr::from_ref);
    // SAFETY: it takes numbers, and NULL or a WSAPROTOCOL_INFOW that lives through the call.
    opened(unsafe { api::WSASocketW(family, kind, protocol, info, 0, overlapped | no_inherit) })
}

/// `getsockopt(SO_PROTOCOL_INFO)`.
#[expect(unsafe_code, reason = "the call itself")]
fn protocol_info(Handle(socket): Handle) -> Result<api::WSAPROTOCOL_INFOW, Error> {
    let mut info = api::WSAPROTOCOL_INFOW::default();
    let mut length = PROTOCOL as i32;
    let to = (&raw mut info).cast();
    // SAFETY: the structure is as long as the length says, and both live through the call; any bits are numbers.
    done(unsafe { api::getsockopt(socket, api::SOL_SOCKET, PROTOCOL_INFO, to, &mut length) })
        .map(|()| info)
}

fn became(info: &api::WSAPROTOCOL_INFOW) -> Option<(SocketKind, Family)> {
    let kind = match (info.iSocketType, info.iProtocol) {
        (numbers::STREAM, numbers::TCP) => SocketKind::Tcp,
        (numbers::DATAGRAM, numbers::UDP) => SocketKind::Udp,
        (numbers::RAW, _) => SocketKind::Raw,
        _ => return None,
    };
    match info.iAddressFamily {
        numbers::V4 => Some((kind, Family::V4)),
        numbers::V6 => Some((kind, Family::V6)),
        _ => None,
    }
}
