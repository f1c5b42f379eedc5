//! Overlapped requests: who asks about them, and who cancels them.

use portres_model::{Call, Error, Pointer, Reply, RequestId, Status};

use super::{SOCKET, fails};
use crate::win32::events::{FOREVER, Wait};
use crate::win32::machine::{Program, current};
use crate::win32::windows_sys::Win32::Foundation::HANDLE;
use crate::win32::windows_sys::Win32::System::IO::OVERLAPPED;
use crate::win32::{memory, names};

/// `WSAGetOverlappedResult`. A status that the program itself has written into the structure counts, as it does on Windows.
pub unsafe extern "system" fn WSAGetOverlappedResult(
    s: SOCKET,
    lpoverlapped: *const OVERLAPPED,
    lpcbtransfer: *mut u32,
    fwait: ::windows_sys::core::BOOL,
    lpdwflags: *mut u32,
) -> ::windows_sys::core::BOOL {
    let program = current();
    let pointers =
        [memory::kind(lpoverlapped), memory::kind(lpcbtransfer), memory::kind(lpdwflags)];
    let null = pointers.iter().any(|pointer| *pointer != Pointer::Good);
    if let Some(error) = program.refuses_handle(names::socket(s)) {
        return no(error);
    }
    // SAFETY: the caller sees to it.
    let request = unsafe { request_of(&program, lpoverlapped) };
    let call = Call::Result { request, wait: fwait != 0, null };
    let reply = program.call(&call);
    let count = program.bytes(&call, &reply);
    // what has completed at the end of its thread is written now
    let _ = program.within(|machine, _| machine.write_outcome(request));
    match reply {
        Reply::Failed(error) => no(error),
        _ => {
            // SAFETY: the caller sees to it.
            unsafe {
                memory::put(lpcbtransfer, count.unwrap_or(0));
                memory::put(lpdwflags, 0);
            }
            1
        }
    }
}

/// `GetOverlappedResult`: what the structure says, after a wait for its event, or for the handle where it has none. The page
/// does not say what it makes of pointers that are NULL: ERROR_INVALID_PARAMETER here; nor into which codes it turns the
/// statuses of sockets: those of Winsock here.
pub unsafe extern "system" fn GetOverlappedResult(
    _hfile: HANDLE,
    lpoverlapped: *const OVERLAPPED,
    lpnumberofbytestransferred: *mut u32,
    bwait: ::windows_sys::core::BOOL,
) -> ::windows_sys::core::BOOL {
    let program = current();
    let pointers = [memory::kind(lpoverlapped), memory::kind(lpnumberofbytestransferred)];
    if pointers.iter().any(|pointer| *pointer != Pointer::Good) {
        return no(Error::InvalidParameter);
    }
    // SAFETY: the caller sees to it.
    let event = unsafe { memory::get(lpoverlapped) }.map_or(0, |structure| structure.hEvent.addr());
    // SAFETY: the caller sees to it.
    if unsafe { pends(&program, lpoverlapped) } {
        let request = request_named(&program, lpoverlapped);
        if bwait == 0 {
            let _ = program.within(|machine, _| {
                machine.look_passes();
                machine.hasten(false, |_, _, of| of == request)
            });
        } else if event != 0 {
            let handles = &[event];
            let wait = Wait { handles, all: false, milliseconds: FOREVER, alertable: false };
            // SAFETY: it runs no routine.
            let _ = unsafe { wait.wait(&program) };
        } else {
            let who = program.within(|_, who| who);
            let _ = who.map(|who| program.guarded(|| program.machine().host().wait(who, request)));
        }
    }
    // SAFETY: the caller sees to it.
    let structure = unsafe { memory::get(lpoverlapped) }.unwrap_or_default();
    let status = Status(u32::try_from(structure.Internal & 0xffff_ffff).unwrap_or(0));
    match status.error() {
        Some(error) => no(error),
        None => {
            // SAFETY: the caller sees to it.
            unsafe { memory::put(lpnumberofbytestransferred, structure.InternalHigh as u32) };
            1
        }
    }
}

/// Whether a structure says that it is pending.
unsafe fn pends(program: &Program, structure: *const OVERLAPPED) -> bool {
    // under the lock, since it may be written by whichever call completes it
    let status = program.within(|_, _| {
        // SAFETY: the caller sees to it.
        unsafe { memory::get(structure) }.map(|structure| structure.Internal)
    });
    status.flatten() == Some(Status::PENDING.0 as usize)
}

/// `CancelIoEx`.
pub unsafe extern "system" fn CancelIoEx(
    hfile: HANDLE,
    lpoverlapped: *const OVERLAPPED,
) -> ::windows_sys::core::BOOL {
    let program = current();
    let given = memory::kind(lpoverlapped) != Pointer::Null;
    let request = given.then(|| request_named(&program, lpoverlapped));
    let socket = names::socket(hfile.addr());
    match program.call(&Call::Cancel { socket, request }) {
        Reply::Failed(error) => no(error),
        _ => 1,
    }
}

pub(super) fn no(error: Error) -> ::windows_sys::core::BOOL {
    fails(error);
    0
}

/// The request of a structure, whatever it says.
fn request_named(program: &Program, structure: *const OVERLAPPED) -> RequestId {
    let named = program.within(|machine, who| {
        machine.beside().requests.of(who.process, structure.expose_provenance()).id
    });
    named.unwrap_or(RequestId(0))
}

/// The request of a structure. What the program has written into it is made known first.
unsafe fn request_of(program: &Program, structure: *const OVERLAPPED) -> RequestId {
    let found = program.within(|machine, who| {
        // SAFETY: the caller sees to it.
        let status = unsafe { memory::get(structure) }.map(|structure| structure.Internal);
        let request = machine.beside().requests.of(who.process, structure.expose_provenance());
        let id = request.id;
        if let Some(status) = status.filter(|status| *status != request.status) {
            request.status = status;
            // a status has 32 bits
            let status = Status(u32::try_from(status & 0xffff_ffff).unwrap_or(0));
            let _ = machine.answer(who, None, &Call::Preset { request: id, status });
        }
        id
    });
    found.unwrap_or(RequestId(0))
}
