//! A program as the fuzzer has it: what it has opened and been given, and its requests.

use std::ptr::{null_mut, without_provenance_mut};

use portres_sim::win32::Program;
use portres_sim::windows_sys::Win32::Foundation::{HANDLE, STATUS_PENDING};
use portres_sim::windows_sys::Win32::System::IO::OVERLAPPED;
use portres_sim::winsock::{INVALID_SOCKET, SOCKET};

use super::buffers::{Buffers, Passed};
use crate::draw::Draw;

/// A program, with all that it knows.
pub(super) struct Known {
    pub(super) program: Program,
    pub(super) sockets: Vec<SOCKET>,
    pub(super) tokens: Vec<u64>,
    pub(super) events: Vec<HANDLE>,
    pub(super) requests: Vec<Request>,
    /// What `WSADuplicateSocketW` has filled in for this program.
    pub(super) arriving: Vec<Vec<u8>>,
}

/// A structure of a request, and the output that goes with it. Both live until the request is known to have ended.
pub(super) struct Request {
    pub(super) structure: *mut OVERLAPPED,
    /// Keeps the structure and the output.
    room: Buffers,
    /// Whether a call has answered that it is pending.
    pub(super) pends: bool,
    /// Whether a routine may still run with it.
    pub(super) routine: bool,
}

impl Known {
    pub(super) fn new(program: Program) -> Known {
        Known {
            program,
            sockets: Vec::new(),
            tokens: Vec::new(),
            events: Vec::new(),
            requests: Vec::new(),
            arriving: Vec::new(),
        }
    }

    /// A handle of a socket, now and then out of the air.
    pub(super) fn socket(&self, draw: &mut Draw<'_>) -> SOCKET {
        let newest = self.sockets.last().copied();
        match draw.below(16) {
            0 => {
                draw.pick(&[0, 4, 0x100, 0x102, 0x104, 0x7fff_fffc, INVALID_SOCKET, usize::MAX - 3])
            }
            1 => draw.next() as SOCKET,
            2 => newest.unwrap_or(0).wrapping_add(draw.below(9)),
            3..=8 => draw.any(&self.sockets).unwrap_or(0x104),
            _ => newest.unwrap_or(0x104),
        }
    }

    pub(super) fn token(&self, draw: &mut Draw<'_>) -> u64 {
        match draw.below(8) {
            0 => draw.pick(&[0, 1, u64::MAX]),
            1 => draw.next(),
            _ => draw.any(&self.tokens).unwrap_or(1),
        }
    }

    pub(super) fn event(&self, draw: &mut Draw<'_>) -> HANDLE {
        match draw.below(8) {
            0 => without_provenance_mut(draw.pick(&[0, 1, 4, 0x104, 0x1000_0004, usize::MAX])),
            1 => without_provenance_mut(draw.next() as usize),
            _ => draw.any(&self.events).unwrap_or(null_mut()),
        }
    }

    /// A structure: a new one, or one that has been used; now and then none, or one that is none.
    pub(super) fn request(&mut self, draw: &mut Draw<'_>) -> *mut OVERLAPPED {
        match draw.below(8) {
            0 => null_mut(),
            1 => without_provenance_mut(1 + draw.below(0xffff)),
            2..=4 if !self.requests.is_empty() => {
                let place = draw.below(self.requests.len());
                self.requests[place].structure
            }
            _ => self.new_request(draw),
        }
    }

    fn new_request(&mut self, draw: &mut Draw<'_>) -> *mut OVERLAPPED {
        let status = draw.pick(&[0, 0, 0x103, 0xc000_0043, usize::MAX]);
        let event = if draw.one_in(2) { null_mut() } else { self.event(draw) };
        let mut bytes = [0; size_of::<OVERLAPPED>()];
        bytes[..8].copy_from_slice(&status.to_ne_bytes());
        bytes[24..].copy_from_slice(&event.addr().to_ne_bytes());
        let mut room = Buffers::default();
        let structure = room.of(&bytes).at.cast();
        self.requests.push(Request { structure, room, pends: false, routine: false });
        structure
    }

    /// Room for the output of a call with this structure, which lives as long as it.
    pub(super) fn output_of(&mut self, structure: *mut OVERLAPPED, bytes: &[u8]) -> Option<Passed> {
        let request = self.requests.iter_mut().find(|r| r.structure == structure)?;
        Some(request.room.of(bytes))
    }

    /// Whether a structure was passed whose request is pending, and nothing was made of it by the program itself.
    pub(super) fn pends(&self, structure: *const OVERLAPPED) -> bool {
        self.requests.iter().any(|r| r.structure.cast_const() == structure && r.pends)
    }

    /// Frees what the documentation says may be freed: structures of requests that are complete, no routine of which is to
    /// run.
    #[expect(unsafe_code, reason = "structures are read as a program reads them")]
    pub(super) fn free(&mut self) {
        self.requests.retain(|request| {
            // SAFETY: the structure lives.
            let status = unsafe { (&raw const (*request.structure).Internal).read_unaligned() };
            status == STATUS_PENDING as usize || request.routine
        });
    }
}
