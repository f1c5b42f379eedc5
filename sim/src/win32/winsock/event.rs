//! Events, as Winsock has them: they stay set until they are reset.

use portres_model::Error;

use super::{WSA_INVALID_EVENT, WSA_MAXIMUM_WAIT_EVENTS, WSA_WAIT_FAILED, WSAEVENT, fails, no};
use crate::win32::events::{Wait, Waited};
use crate::win32::machine::{Program, current};
use crate::win32::memory;
use crate::win32::windows_sys::Win32::Foundation::{
    HANDLE, WAIT_EVENT, WAIT_IO_COMPLETION, WAIT_TIMEOUT,
};

/// `WSACreateEvent`. Its page wants Winsock started.
pub unsafe extern "system" fn WSACreateEvent() -> WSAEVENT {
    let program = current();
    if let Some(error) = not_started(&program) {
        fails(error);
        return WSA_INVALID_EVENT;
    }
    let handle =
        program.within(|machine, who| machine.beside().events.create(who.process, true, false));
    handle.map_or(WSA_INVALID_EVENT, |handle| handle as WSAEVENT)
}

/// `WSACloseEvent`.
pub unsafe extern "system" fn WSACloseEvent(hevent: WSAEVENT) -> ::windows_sys::core::BOOL {
    let program = current();
    match not_started(&program) {
        Some(error) => no(error),
        None => close(&program, hevent as usize),
    }
}

/// `WSASetEvent`.
pub unsafe extern "system" fn WSASetEvent(hevent: WSAEVENT) -> ::windows_sys::core::BOOL {
    let program = current();
    match not_started(&program) {
        Some(error) => no(error),
        None => put(&program, hevent as usize, true),
    }
}

/// `WSAResetEvent`.
pub unsafe extern "system" fn WSAResetEvent(hevent: WSAEVENT) -> ::windows_sys::core::BOOL {
    let program = current();
    match not_started(&program) {
        Some(error) => no(error),
        None => put(&program, hevent as usize, false),
    }
}

/// `WSAWaitForMultipleEvents`. Time is that of the test machine.
pub unsafe extern "system" fn WSAWaitForMultipleEvents(
    cevents: u32,
    lphevents: *const HANDLE,
    fwaitall: ::windows_sys::core::BOOL,
    dwtimeout: u32,
    falertable: ::windows_sys::core::BOOL,
) -> WAIT_EVENT {
    let program = current();
    if let Some(error) = not_started(&program) {
        fails(error);
        return WSA_WAIT_FAILED;
    }
    // SAFETY: the caller sees to it.
    unsafe { wait(&program, (cevents, lphevents), fwaitall != 0, dwtimeout, falertable != 0) }
}

/// The pages of the functions of Winsock want it started.
fn not_started(program: &Program) -> Option<Error> {
    let started = program.within(|machine, who| machine.world.started(who.process));
    (started != Some(true)).then_some(Error::WsaNotInitialised)
}

pub(in crate::win32) fn put(
    program: &Program,
    handle: usize,
    set: bool,
) -> ::windows_sys::core::BOOL {
    let done = program.within(|machine, who| {
        let done = machine.beside().events.put(who.process, handle, set);
        machine.signal();
        done
    });
    if done == Some(true) { 1 } else { no(Error::InvalidHandle) }
}

pub(in crate::win32) fn close(program: &Program, handle: usize) -> ::windows_sys::core::BOOL {
    let done = program.within(|machine, who| {
        let done = machine.beside().events.close(who.process, handle);
        machine.signal();
        done
    });
    if done == Some(true) { 1 } else { no(Error::InvalidHandle) }
}

/// Waits for events of which there are between one and 64.
///
/// # Safety
/// A pointer that is good leads to as many handles. The structures of requests of this thread with a routine are good.
pub(in crate::win32) unsafe fn wait(
    program: &Program,
    (count, handles): (u32, *const HANDLE),
    all: bool,
    milliseconds: u32,
    alertable: bool,
) -> WAIT_EVENT {
    let failed = |error| {
        fails(error);
        WSA_WAIT_FAILED
    };
    if !(1..=WSA_MAXIMUM_WAIT_EVENTS).contains(&count) {
        return failed(Error::InvalidParameter);
    }
    // SAFETY: the caller sees to it.
    let get = |place: u32| unsafe { memory::get(handles.wrapping_add(place as usize)) };
    let handles: Option<Vec<usize>> = match memory::kind(handles) {
        portres_model::Pointer::Good => (0..count).map(|i| get(i).map(|h| h.addr())).collect(),
        _ => None,
    };
    let Some(handles) = handles else { return failed(Error::InvalidParameter) };
    let wait = Wait { handles: &handles, all, milliseconds, alertable };
    // SAFETY: the caller sees to it.
    match unsafe { wait.wait(program) } {
        Waited::For(place) => place as WAIT_EVENT,
        Waited::Routine => WAIT_IO_COMPLETION,
        Waited::Timeout => WAIT_TIMEOUT,
        Waited::NoEvent => failed(Error::InvalidHandle),
        Waited::Ended => failed(Error::WsaNotInitialised),
    }
}
