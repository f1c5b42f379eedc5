//! `bind`, `getsockname`, `getpeername`, with buffers good and bad.

use std::net::SocketAddr;
use std::ptr::{null_mut, without_provenance_mut};

use portres_model::{Bytes, Error, NameBuffer};
use windows_sys::Win32::Networking::WinSock as api;

use super::address::Raw;
use super::calls::{Handle, done};
use super::overlapped::NOWHERE;

/// A length that is too short for either family.
const SHORT: i32 = 15;

/// Either of the functions that give a name.
type Asks = unsafe extern "system" fn(api::SOCKET, *mut api::SOCKADDR, *mut i32) -> i32;

/// `bind`.
#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn bind(
    Handle(socket): Handle,
    address: SocketAddr,
    name: NameBuffer,
) -> Result<(), Error> {
    let (mut raw, length) = Raw::of(address);
    let (from, length) = passed(&mut raw, name, length as i32);
    // SAFETY: `raw` holds at least `length` bytes, is aligned as a SOCKADDR, and lives through the call. A pointer that
    // leads nowhere is what the caller wants to see refused: where the call follows it instead, the process ends.
    done(unsafe { api::bind(socket, from, length) })
}

/// `getsockname`, and what it leaves in the length.
pub(super) fn local(socket: Handle, name: NameBuffer) -> (Result<Raw, Error>, Bytes) {
    ask(api::getsockname, socket, name)
}

/// `getpeername`, and what it leaves in the length.
pub(super) fn peer(socket: Handle, name: NameBuffer) -> (Result<Raw, Error>, Bytes) {
    ask(api::getpeername, socket, name)
}

#[expect(unsafe_code, reason = "the call itself")]
fn ask(function: Asks, Handle(socket): Handle, name: NameBuffer) -> (Result<Raw, Error>, Bytes) {
    let mut raw = Raw::default();
    // longer than any name: a length that was written shows
    let (to, given) = passed(&mut raw, name, Raw::ROOM as i32);
    let mut length = given;
    // SAFETY: `raw` has room for `length` bytes, is aligned as a SOCKADDR, and lives through the call, as `length` does. A
    // pointer that leads nowhere is what the caller wants to see refused: where the call follows it instead, the process
    // ends.
    let asked = done(unsafe { function(socket, to, &mut length) });
    let bytes = if length == given { Bytes::Untouched } else { Bytes::Wrote(length as u32) };
    (asked.map(|()| raw), bytes)
}

/// The pointer and the length to pass.
fn passed(raw: &mut Raw, name: NameBuffer, length: i32) -> (*mut api::SOCKADDR, i32) {
    let good = raw.bytes_mut().as_mut_ptr().cast();
    match name {
        NameBuffer::Good => (good, length),
        NameBuffer::Short => (good, SHORT.min(length - 1)),
        NameBuffer::Null => (null_mut(), length),
        NameBuffer::Bad => (without_provenance_mut(NOWHERE), length),
    }
}
