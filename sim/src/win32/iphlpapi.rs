//! `iphlpapi.dll`: persistent reservations. The first port is passed in network order.
//!
//! # Safety
//! A token pointer that is neither NULL nor within the first 64 KiB leads to room for a `u64`. The other functions take numbers
//! only, and are unsafe because the real ones are.
#![expect(unsafe_code, reason = "the functions have the signatures of the real ones")]
#![expect(non_snake_case, reason = "and their names")]
#![expect(clippy::missing_safety_doc, reason = "what a caller must see to is said once for all")]

use portres_model::{Call, Error, Pointer, PortRange, Protocol, Reply};

use super::machine::current;
use super::memory;
use crate::host::Inner;

/// `CreatePersistentTcpPortReservation`.
pub unsafe extern "system" fn CreatePersistentTcpPortReservation(
    startport: u16,
    numberofports: u16,
    token: *mut u64,
) -> u32 {
    // SAFETY: the caller sees to it.
    unsafe { create(Protocol::Tcp, range(startport, numberofports), token) }
}

/// `CreatePersistentUdpPortReservation`.
pub unsafe extern "system" fn CreatePersistentUdpPortReservation(
    startport: u16,
    numberofports: u16,
    token: *mut u64,
) -> u32 {
    // SAFETY: the caller sees to it.
    unsafe { create(Protocol::Udp, range(startport, numberofports), token) }
}

/// `LookupPersistentTcpPortReservation`.
pub unsafe extern "system" fn LookupPersistentTcpPortReservation(
    startport: u16,
    numberofports: u16,
    token: *mut u64,
) -> u32 {
    // SAFETY: the caller sees to it.
    unsafe { lookup(Protocol::Tcp, range(startport, numberofports), token) }
}

/// `LookupPersistentUdpPortReservation`.
pub unsafe extern "system" fn LookupPersistentUdpPortReservation(
    startport: u16,
    numberofports: u16,
    token: *mut u64,
) -> u32 {
    // SAFETY: the caller sees to it.
    unsafe { lookup(Protocol::Udp, range(startport, numberofports), token) }
}

/// `DeletePersistentTcpPortReservation`.
pub unsafe extern "system" fn DeletePersistentTcpPortReservation(
    startport: u16,
    numberofports: u16,
) -> u32 {
    delete(Protocol::Tcp, range(startport, numberofports))
}

/// `DeletePersistentUdpPortReservation`.
pub unsafe extern "system" fn DeletePersistentUdpPortReservation(
    startport: u16,
    numberofports: u16,
) -> u32 {
    delete(Protocol::Udp, range(startport, numberofports))
}

fn range(start_be: u16, count: u16) -> PortRange {
    PortRange { start: u16::from_be(start_be), count }
}

unsafe fn create(protocol: Protocol, range: PortRange, token: *mut u64) -> u32 {
    let null = memory::kind(token) != Pointer::Good;
    let call = Call::Create { protocol, range, null };
    let reply = current().call_and(&call, |machine, _, reply| {
        if let Reply::Token(created) = *reply {
            // SAFETY: the caller sees to it.
            unsafe { memory::put(token, machine.beside().tokens.new_number(created)) };
        }
    });
    result(&reply)
}

unsafe fn lookup(protocol: Protocol, range: PortRange, token: *mut u64) -> u32 {
    let null = memory::kind(token) != Pointer::Good;
    let program = current();
    // a token that it gives anew may get the name of one that has ended
    let _ = program.within(|machine, _| {
        let Inner { world, requests, .. } = machine;
        if let Some(beside) = &mut requests.beside {
            beside.tokens.forget_ended(world);
        }
    });
    let reply = program.call_and(&Call::Lookup { protocol, range, null }, |machine, _, reply| {
        if let Reply::Token(found) = *reply {
            // SAFETY: the caller sees to it.
            unsafe { memory::put(token, machine.beside().tokens.number(found)) };
        }
    });
    result(&reply)
}

fn delete(protocol: Protocol, range: PortRange) -> u32 {
    result(&current().call(&Call::Delete { protocol, range }))
}

fn result(reply: &Reply) -> u32 {
    match reply {
        Reply::Failed(error) => error.number(),
        Reply::Unsupported => Error::NotSupported.number(),
        _ => 0,
    }
}
