//! Requests that complete: what is written into their structures and buffers, which events are set, whose routine runs.
#![expect(unsafe_code, reason = "structures, buffers and routines are the program's")]

use portres_model::{Bytes, Call, Error, Reply, RequestId, Status};

use super::machine::Program;
use super::memory;
use super::names::instance;
use super::requests::{Begun, Requests};
use super::windows_sys::Win32::System::IO::OVERLAPPED;
use crate::host::Inner;

impl Inner {
    /// A request has completed. Whichever call it was that made it complete, it is now that its structure and its output
    /// are written and its event is set, as the kernel does it.
    pub(crate) fn completed(&mut self, id: RequestId) {
        let Some(begun) = self.begun(id) else { return };
        if begun.good {
            self.write_outcome(id);
        }
        if begun.event != 0 {
            self.beside().events.put(begun.by.process, begun.event, true);
        }
        self.signal();
    }

    /// Writes what a request gave, unless that has been done. The structure is good.
    pub(super) fn write_outcome(&mut self, id: RequestId) {
        let Some(begun) = self.begun(id) else { return };
        let Some(outcome) = self.world.request(id).and_then(|request| request.outcome) else {
            return;
        };
        let call = Call::Result { request: id, wait: true, null: false };
        let count = match self.bytes_returned(begun.by.process, &call, &outcome) {
            Some(Bytes::Wrote(count)) => count,
            Some(Bytes::Untouched) | None => 0,
        };
        let status = match outcome {
            Reply::Failed(error) => status_of(error),
            _ => Status::SUCCESS,
        };
        let beside = self.beside();
        if let (Reply::Reserved { block, token }, true) = (outcome, begun.good) {
            let bytes = instance(block, beside.tokens.new_number(token));
            let (to, room) = begun.output;
            // SAFETY: the caller of the ioctl has said that the buffer is good until the request has ended.
            unsafe { memory::fill(memory::at::<u8>(to), room, &bytes) };
        }
        if let Some((structure, request)) = beside.requests.named(id) {
            (request.status, request.begun) = (status.0 as usize, None);
            // SAFETY: the same is true of the structure.
            unsafe { write(memory::at(structure), status, count) };
        }
    }

    fn begun(&mut self, id: RequestId) -> Option<Begun> {
        let beside = self.requests.beside.as_mut()?;
        let (_, request) = beside.requests.named(id)?;
        request.begun
    }
}

/// Runs the routine of a request that gave this.
///
/// # Safety
/// The structure is good.
pub(super) unsafe fn run(program: &Program, id: RequestId, reply: &Reply) {
    let call = Call::Completion { request: id };
    let found = program.within(|machine, who| {
        let count = machine.bytes_returned(who.process, &call, reply);
        let (structure, request) = machine.beside().requests.named(id)?;
        Some((structure, request.routine.take()?, count))
    });
    let Some((structure, routine, count)) = found.flatten() else { return };
    let count = match count {
        Some(Bytes::Wrote(count)) => count,
        Some(Bytes::Untouched) | None => 0,
    };
    let error = match reply {
        Reply::Failed(error) => error.number(),
        _ => 0,
    };
    // SAFETY: the caller sees to it.
    unsafe { routine(error, count, memory::at(structure), 0) };
}

/// Writes that something has succeeded of which the specification has no request. Whoever asks about the structure is
/// told so, as if the program itself had written it.
///
/// # Safety
/// The structure is good.
pub(super) unsafe fn succeeded(program: &Program, structure: *mut OVERLAPPED) {
    let _ = program.within(|machine, who| {
        let request = machine.beside().requests.of(who.process, structure.expose_provenance());
        (request.status, request.begun) = (Requests::UNSAID, None);
        // SAFETY: the caller sees to it.
        let event = unsafe {
            write(structure, Status::SUCCESS, 0);
            memory::get(structure).map_or(0, |structure| structure.hEvent.addr())
        };
        machine.beside().events.put(who.process, event, true);
        machine.signal();
    });
}

/// A status that gives this code.
fn status_of(error: Error) -> Status {
    Status::named().find(|status| status.error() == Some(error)).unwrap_or(Status::UNSUCCESSFUL)
}

/// Writes a status and a count into a structure.
///
/// # Safety
/// It is good.
pub(super) unsafe fn write(structure: *mut OVERLAPPED, status: Status, count: u32) {
    // SAFETY: the caller sees to it.
    if let Some(before) = unsafe { memory::get(structure) } {
        let (status, count) = (status.0 as usize, count as usize);
        // SAFETY: the caller sees to it.
        unsafe {
            memory::put(structure, OVERLAPPED { Internal: status, InternalHigh: count, ..before });
        }
    }
}
