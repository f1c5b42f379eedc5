//! `windows_sys::Win32::System::Threading`: which process it is, events, and waits.
//!
//! Events have no names here, and none of the handles that are not events can be waited for.
//!
//! # Safety
//! A pointer to handles that is neither NULL nor within the first 64 KiB leads to as many as are said. The structures of
//! requests with a completion routine are good until it has run. The other functions take numbers only, and are unsafe
//! because the real ones are.
#![expect(unsafe_code, reason = "the functions have the signatures of the real ones")]
#![expect(non_snake_case, reason = "and their names")]
#![expect(clippy::missing_safety_doc, reason = "what a caller must see to is said once for all")]

use std::ptr::{null_mut, without_provenance_mut};

use portres_model::{Error, Pointer};

use super::events::{Wait, Waited};
use super::machine::current;
use super::memory;
use super::windows_sys::Win32::Foundation::{HANDLE, WAIT_EVENT, WAIT_IO_COMPLETION};
use super::winsock::{event, fails};

pub use ::windows_sys::Win32::System::Threading::INFINITE;

type Bool = ::windows_sys::core::BOOL;

/// `GetCurrentProcessId`, for `WSADuplicateSocketW`.
pub unsafe extern "system" fn GetCurrentProcessId() -> u32 {
    current().id()
}

/// `CreateEventW`. Security attributes are ignored. Named events are shared between processes, and are not simulated:
/// ERROR_NOT_SUPPORTED.
pub unsafe extern "system" fn CreateEventW(
    _lpeventattributes: *const ::windows_sys::Win32::Security::SECURITY_ATTRIBUTES,
    bmanualreset: Bool,
    binitialstate: Bool,
    lpname: ::windows_sys::core::PCWSTR,
) -> HANDLE {
    if memory::kind(lpname) != Pointer::Null {
        fails(Error::NotSupported);
        return null_mut();
    }
    let (manual, set) = (bmanualreset != 0, binitialstate != 0);
    let create =
        current().within(|machine, who| machine.beside().events.create(who.process, manual, set));
    create.map_or(null_mut(), without_provenance_mut)
}

/// `SetEvent`.
pub unsafe extern "system" fn SetEvent(hevent: HANDLE) -> Bool {
    event::put(&current(), hevent.addr(), true)
}

/// `ResetEvent`.
pub unsafe extern "system" fn ResetEvent(hevent: HANDLE) -> Bool {
    event::put(&current(), hevent.addr(), false)
}

/// `WaitForSingleObject`.
pub unsafe extern "system" fn WaitForSingleObject(
    hhandle: HANDLE,
    dwmilliseconds: u32,
) -> WAIT_EVENT {
    // SAFETY: the caller sees to it.
    unsafe { event::wait(&current(), (1, &raw const hhandle), false, dwmilliseconds, false) }
}

/// `WaitForSingleObjectEx`.
pub unsafe extern "system" fn WaitForSingleObjectEx(
    hhandle: HANDLE,
    dwmilliseconds: u32,
    balertable: Bool,
) -> WAIT_EVENT {
    let alertable = balertable != 0;
    // SAFETY: the caller sees to it.
    unsafe { event::wait(&current(), (1, &raw const hhandle), false, dwmilliseconds, alertable) }
}

/// `WaitForMultipleObjects`.
pub unsafe extern "system" fn WaitForMultipleObjects(
    ncount: u32,
    lphandles: *const HANDLE,
    bwaitall: Bool,
    dwmilliseconds: u32,
) -> WAIT_EVENT {
    // SAFETY: the caller sees to it.
    unsafe { event::wait(&current(), (ncount, lphandles), bwaitall != 0, dwmilliseconds, false) }
}

/// `WaitForMultipleObjectsEx`.
pub unsafe extern "system" fn WaitForMultipleObjectsEx(
    ncount: u32,
    lphandles: *const HANDLE,
    bwaitall: Bool,
    dwmilliseconds: u32,
    balertable: Bool,
) -> WAIT_EVENT {
    let (all, alertable) = (bwaitall != 0, balertable != 0);
    // SAFETY: the caller sees to it.
    unsafe { event::wait(&current(), (ncount, lphandles), all, dwmilliseconds, alertable) }
}

/// `Sleep`.
pub unsafe extern "system" fn Sleep(dwmilliseconds: u32) {
    // SAFETY: it runs no routine.
    unsafe { SleepEx(dwmilliseconds, 0) };
}

/// `SleepEx`. An alertable one runs the completion routines of the requests that its thread has begun as the program as which
/// it calls now.
pub unsafe extern "system" fn SleepEx(dwmilliseconds: u32, balertable: Bool) -> u32 {
    let alertable = balertable != 0;
    let wait = Wait { handles: &[], all: false, milliseconds: dwmilliseconds, alertable };
    // SAFETY: who began a request has said that its structure is good until the routine has run.
    match unsafe { wait.wait(&current()) } {
        Waited::Routine => WAIT_IO_COMPLETION,
        _ => 0,
    }
}
