//! The six functions of IP Helper for persistent reservations, looked up when they are needed: a system may lack them,
//! and then a program that links to them does not even start.

use std::ffi::CStr;
use std::ptr::null_mut;
use std::sync::OnceLock;

use portres_model::{Error, PortRange, Protocol};
use windows_sys::Win32::Foundation::FARPROC;
use windows_sys::Win32::System::LibraryLoader::{
    GetProcAddress, LOAD_LIBRARY_SEARCH_SYSTEM32, LoadLibraryExW,
};

use super::wide::wide;

/// `CreatePersistent…`, `LookupPersistent…`: first port in network order, number of ports, the token.
type GiveToken = unsafe extern "system" fn(u16, u16, *mut u64) -> u32;
/// `DeletePersistent…`: first port in network order, number of ports.
type Remove = unsafe extern "system" fn(u16, u16) -> u32;

/// The functions of one protocol.
#[derive(Clone, Copy)]
struct Functions {
    create: GiveToken,
    lookup: GiveToken,
    delete: Remove,
}

/// `CreatePersistentTcpPortReservation` or its UDP twin; `None` if the system has none. `null`: without a place for
/// the token, and the process ends where the function does not look.
pub(super) fn create(
    protocol: Protocol,
    range: PortRange,
    null: bool,
) -> Option<Result<u64, Error>> {
    of(protocol).map(|functions| give_token(functions.create, range, null))
}

/// `LookupPersistentTcpPortReservation` or its UDP twin, in the same way.
pub(super) fn lookup(
    protocol: Protocol,
    range: PortRange,
    null: bool,
) -> Option<Result<u64, Error>> {
    of(protocol).map(|functions| give_token(functions.lookup, range, null))
}

/// `DeletePersistentTcpPortReservation` or its UDP twin; `None` if the system has none.
#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn delete(protocol: Protocol, range: PortRange) -> Option<Result<(), Error>> {
    let start_be = range.start.to_be();
    // SAFETY: it takes numbers only.
    of(protocol).map(|functions| result(unsafe { (functions.delete)(start_be, range.count) }))
}

/// Whether the system has the functions.
pub(super) fn exists() -> bool {
    Protocol::ALL.into_iter().all(|protocol| of(protocol).is_some())
}

#[expect(unsafe_code, reason = "the call itself")]
fn give_token(function: GiveToken, range: PortRange, null: bool) -> Result<u64, Error> {
    let (start_be, mut token) = (range.start.to_be(), 0);
    let to = if null { null_mut() } else { &raw mut token };
    // SAFETY: `token` is a ULONG64 that lives through the call. NULL is what the caller wants to see refused: where the
    // call touches it instead, the process ends.
    result(unsafe { function(start_be, range.count, to) }).map(|()| token)
}

fn result(code: u32) -> Result<(), Error> {
    if code == 0 { Ok(()) } else { Err(Error::from_number(code)) }
}

fn of(protocol: Protocol) -> Option<Functions> {
    static TCP: OnceLock<Option<Functions>> = OnceLock::new();
    static UDP: OnceLock<Option<Functions>> = OnceLock::new();
    match protocol {
        Protocol::Tcp => *TCP.get_or_init(|| {
            functions([
                c"CreatePersistentTcpPortReservation",
                c"LookupPersistentTcpPortReservation",
                c"DeletePersistentTcpPortReservation",
            ])
        }),
        Protocol::Udp => *UDP.get_or_init(|| {
            functions([
                c"CreatePersistentUdpPortReservation",
                c"LookupPersistentUdpPortReservation",
                c"DeletePersistentUdpPortReservation",
            ])
        }),
    }
}

#[expect(unsafe_code, reason = "functions are looked up by name")]
fn functions([create, lookup, delete]: [&CStr; 3]) -> Option<Functions> {
    let name = wide("iphlpapi.dll");
    // SAFETY: the name ends with a zero and lives through the call. The library stays loaded for good.
    let library =
        unsafe { LoadLibraryExW(name.as_ptr(), null_mut(), LOAD_LIBRARY_SEARCH_SYSTEM32) };
    if library.is_null() {
        return None;
    }
    // SAFETY: the library is loaded and the name ends with a zero.
    let find =
        |name: &CStr| -> FARPROC { unsafe { GetProcAddress(library, name.as_ptr().cast()) } };
    let (create, lookup, delete) = (find(create)?, find(lookup)?, find(delete)?);
    // SAFETY: these are the documented signatures of the functions of these names.
    Some(unsafe {
        Functions {
            create: std::mem::transmute::<unsafe extern "system" fn() -> isize, GiveToken>(create),
            lookup: std::mem::transmute::<unsafe extern "system" fn() -> isize, GiveToken>(lookup),
            delete: std::mem::transmute::<unsafe extern "system" fn() -> isize, Remove>(delete),
        }
    })
}
