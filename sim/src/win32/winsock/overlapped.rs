//! Overlapped requests: what is written into their structures, and who asks about them.

use std::ptr::without_provenance_mut;

use portres_model::{Call, Error, Pointer, Reply, RequestId, Status};

use super::control::instance;
use super::{LPWSAOVERLAPPED_COMPLETION_ROUTINE, SOCKET, fails};
use crate::win32::machine::{Program, current};
use crate::win32::requests::Requests;
use crate::win32::threading;
use crate::win32::windows_sys::Win32::Foundation::HANDLE;
use crate::win32::windows_sys::Win32::System::IO::OVERLAPPED;
use crate::win32::{memory, names};

/// An ioctl with an overlapped structure.
pub(super) struct Begun {
    pub(super) structure: *mut OVERLAPPED,
    /// The output buffer and its length.
    pub(super) output: (usize, usize),
}

impl Begun {
    /// Writes into the structure what the call answered, and keeps the routine for an alertable wait.
    pub(super) unsafe fn answered(
        self,
        program: &Program,
        routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
        reply: &Reply,
        count: u32,
    ) {
        let (status, output) = match reply {
            Reply::Failed(Error::IoPending) => (Status::PENDING, self.output),
            Reply::Failed(_) => return,
            _ => (Status::SUCCESS, (0, 0)),
        };
        // SAFETY: the caller sees to it.
        unsafe { write(self.structure, status, count) };
        let id = {
            let mut names = program.names().lock();
            let request = names.requests.of(program.process(), self.structure.addr());
            (request.status, request.output) = (status.0 as usize, output);
            request.id
        };
        if let Some(routine) = routine {
            threading::keep(program, id, self.structure, routine);
        }
    }
}

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
    // SAFETY: the caller sees to it.
    unsafe { ended(&program, lpoverlapped.cast_mut(), &reply, count.unwrap_or(0)) };
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

/// `CancelIoEx`.
pub unsafe extern "system" fn CancelIoEx(
    hfile: HANDLE,
    lpoverlapped: *const OVERLAPPED,
) -> ::windows_sys::core::BOOL {
    let program = current();
    let request = (memory::kind(lpoverlapped) != Pointer::Null).then(|| {
        let mut names = program.names().lock();
        names.requests.of(program.process(), lpoverlapped.addr()).id
    });
    let socket = names::socket(hfile.addr());
    match program.call(&Call::Cancel { socket, request }) {
        Reply::Failed(error) => no(error),
        _ => 1,
    }
}

fn no(error: Error) -> ::windows_sys::core::BOOL {
    fails(error);
    0
}

/// The request of a structure. What the program has written into it is made known first.
unsafe fn request_of(program: &Program, structure: *const OVERLAPPED) -> RequestId {
    // SAFETY: the caller sees to it.
    let status = unsafe { memory::get(structure) }.map(|structure| structure.Internal);
    let mut names = program.names().lock();
    let request = names.requests.of(program.process(), structure.addr());
    if let Some(status) = status.filter(|status| *status != request.status) {
        request.status = status;
        // a status has 32 bits
        let status = Status(u32::try_from(status & 0xffff_ffff).unwrap_or(0));
        let _ = program.call(&Call::Preset { request: request.id, status });
    }
    request.id
}

/// Writes what a request gave, if this is how it is learned.
pub(in crate::win32) unsafe fn ended(
    program: &Program,
    structure: *mut OVERLAPPED,
    reply: &Reply,
    count: u32,
) {
    let mut names = program.names().lock();
    let request = names.requests.of(program.process(), structure.addr());
    let (id, (to, room)) = (request.id, request.output);
    let pending = request.status == Status::PENDING.0 as usize;
    let open = program.look(|world| world.request(id).is_none_or(|r| r.outcome.is_none()));
    if !pending || open {
        return;
    }
    let status = match reply {
        Reply::Failed(error) => status_of(*error),
        _ => Status::SUCCESS,
    };
    (request.status, request.output) = (status.0 as usize, (0, 0));
    if let Reply::Reserved { block, token } = *reply {
        let bytes = instance(block, names.tokens.new_number(token));
        // SAFETY: the caller of the ioctl has said that the buffer is good until the request has ended.
        unsafe { memory::fill(without_provenance_mut::<u8>(to), room, &bytes) };
    }
    // SAFETY: the caller sees to it.
    unsafe { write(structure, status, count) };
}

/// Writes that something has succeeded of which the specification has no request. Whoever asks about the structure is
/// told so, as if the program itself had written it.
pub(super) unsafe fn completed(program: &Program, structure: *mut OVERLAPPED) {
    // SAFETY: the caller sees to it.
    unsafe { write(structure, Status::SUCCESS, 0) };
    let mut names = program.names().lock();
    let request = names.requests.of(program.process(), structure.addr());
    (request.status, request.output) = (Requests::UNSAID, (0, 0));
}

/// A status that gives this code.
fn status_of(error: Error) -> Status {
    Status::named().find(|status| status.error() == Some(error)).unwrap_or(Status::UNSUCCESSFUL)
}

unsafe fn write(structure: *mut OVERLAPPED, status: Status, count: u32) {
    // SAFETY: the caller sees to it.
    if let Some(before) = unsafe { memory::get(structure) } {
        let (status, count) = (status.0 as usize, count as usize);
        // SAFETY: the caller sees to it.
        unsafe {
            memory::put(structure, OVERLAPPED { Internal: status, InternalHigh: count, ..before });
        }
    }
}
