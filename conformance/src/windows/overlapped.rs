//! `WSAIoctl`, `ConnectEx`, and the calls around an overlapped request: each with all that the system may still write to
//! while the request is pending.

use std::cell::UnsafeCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ptr::{null, null_mut, without_provenance_mut};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use portres_model::{Bytes, Error, Pointer, Routine};
use windows_sys::Win32::Foundation::{HANDLE, STATUS_PENDING};
use windows_sys::Win32::Networking::WinSock as api;
use windows_sys::Win32::System::IO::{CancelIoEx, OVERLAPPED};
use windows_sys::Win32::System::Threading::{CreateEventW, SleepEx};

use super::address::Raw;
use super::calls::{Handle, done, last};

/// An address at which a process never has memory.
pub(super) const NOWHERE: usize = 0x10;
/// What stands in a byte count before a call: no call writes so much.
const UNTOUCHED: u32 = 0xdead_beef;
/// How long a request may take where somebody waits for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// Room for the structures of an ioctl, aligned as they are.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
struct Room([u8; Operation::ROOM]);

impl Room {
    const EMPTY: Room = Room([0; Operation::ROOM]);
}

/// An overlapped structure with buffers, byte count and what its completion routine was told.
pub(super) struct Operation {
    overlapped: UnsafeCell<OVERLAPPED>,
    input: UnsafeCell<Room>,
    output: UnsafeCell<Room>,
    bytes: UnsafeCell<u32>,
    completed: OnceLock<Completed>,
}

/// What a completion routine was told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Completed {
    /// `dwError`.
    pub(super) error: u32,
    /// `cbTransferred`.
    pub(super) bytes: u32,
}

/// A buffer as it is passed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passed {
    /// What the pointer is.
    pub(super) at: Pointer,
    /// The length.
    pub(super) length: usize,
}

/// The arguments of `WSAIoctl` behind the socket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arguments {
    /// `dwIoControlCode`.
    pub(super) code: u32,
    /// `lpvInBuffer`, `cbInBuffer`.
    pub(super) input: Passed,
    /// `lpvOutBuffer`, `cbOutBuffer`.
    pub(super) output: Passed,
    /// `lpcbBytesReturned`.
    pub(super) bytes: Pointer,
    /// `lpOverlapped`.
    pub(super) overlapped: Pointer,
    /// `lpCompletionRoutine`.
    pub(super) routine: Routine,
}

// SAFETY: a worker does one call at a time, so no two threads of this program use the cells at once. What the system
// writes to them meanwhile is read in one piece (the state) or once the request is no longer pending (the rest).
#[expect(unsafe_code, reason = "a request is begun on one thread and asked about on another")]
unsafe impl Sync for Operation {}

impl Operation {
    /// How long a buffer can be: enough for the lists of a usual machine.
    pub(super) const ROOM: usize = 1_024;

    /// A new one, with this in its input buffer. It stays for good: the system may write to it at any time, and a worker
    /// ends with its trace.
    pub(super) fn new(input: &[u8]) -> &'static Operation {
        let mut room = Room::EMPTY;
        room.0[..input.len()].copy_from_slice(input);
        let overlapped = OVERLAPPED { hEvent: event(), ..OVERLAPPED::default() };
        let operation: &Operation = Box::leak(Box::new(Operation {
            overlapped: UnsafeCell::new(overlapped),
            input: UnsafeCell::new(room),
            output: UnsafeCell::new(Room::EMPTY),
            bytes: UnsafeCell::new(UNTOUCHED),
            completed: OnceLock::new(),
        }));
        operations().insert(operation.overlapped().addr(), operation);
        operation
    }

    /// `WSAIoctl`.
    #[expect(unsafe_code, reason = "the call itself")]
    pub(super) fn control(
        &'static self,
        Handle(socket): Handle,
        arguments: &Arguments,
    ) -> Result<(), Error> {
        let Arguments { code, input, output, bytes, overlapped, routine } = *arguments;
        // SAFETY: what is passed of this operation stays for good and is as long as its length says (no length is above
        // `ROOM`). A pointer to nowhere is what the caller wants to see refused: where the call touches it instead, the
        // process ends.
        done(unsafe {
            api::WSAIoctl(
                socket,
                code,
                pointer(input.at, self.input.get().cast()),
                input.length as u32,
                pointer(output.at, self.output.get().cast()),
                output.length as u32,
                pointer(bytes, self.bytes.get()),
                pointer(overlapped, self.overlapped()),
                function(routine),
            )
        })
    }

    /// `ConnectEx`, until it has completed; `None` if it does not, or if the function cannot be had.
    #[expect(unsafe_code, reason = "the call itself")]
    pub(super) fn connect(
        &'static self,
        Handle(socket): Handle,
        address: SocketAddr,
        null_overlapped: bool,
    ) -> Option<Result<(), Error>> {
        let function = connect_ex()?;
        let (raw, length) = Raw::of(address);
        let overlapped = if null_overlapped { null_mut() } else { self.overlapped() };
        // SAFETY: this is the function with this signature; `raw` holds at least `length` bytes, is aligned as a SOCKADDR
        // and lives through the call, which is all that the address must; the structure stays for good.
        let begun = unsafe {
            let to = raw.bytes().as_ptr().cast();
            function(socket, to, length as i32, null(), 0, null_mut(), overlapped)
        };
        match if begun == 0 { Err(last()) } else { Ok(()) } {
            Err(Error::IoPending) => {}
            at_once => return Some(at_once),
        }
        if self.settles() {
            return Some(self.result(Handle(socket), (false, false)));
        }
        // nobody asks about it any more
        let _ = cancel(Handle(socket), Some(self));
        None
    }

    /// `WSAGetOverlappedResult`. `wait`: `fWait`, to be asked for only where the request has [settled](Self::settles), so
    /// that nothing hangs. `null`: the pointers to the results are NULL.
    #[expect(unsafe_code, reason = "the call itself")]
    pub(super) fn result(
        &'static self,
        Handle(socket): Handle,
        (wait, null): (bool, bool),
    ) -> Result<(), Error> {
        let mut flags = 0;
        let (bytes, flags) = if null {
            (null_mut(), null_mut())
        } else {
            // SAFETY: the call that could have written to it has returned.
            unsafe { *self.bytes.get() = UNTOUCHED };
            (self.bytes.get(), &raw mut flags)
        };
        // SAFETY: structure and byte count stay for good, `flags` lives through the call. NULL is what the caller wants to
        // see refused: where the call touches it instead, the process ends.
        match unsafe {
            api::WSAGetOverlappedResult(socket, self.overlapped(), bytes, wait.into(), flags)
        } {
            0 => Err(last()),
            _ => Ok(()),
        }
    }

    /// Waits until the request is no longer pending; false if that takes too long.
    pub(super) fn settles(&self) -> bool {
        let begun = Instant::now();
        while self.is_pending() {
            if begun.elapsed() > PATIENCE {
                return false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        true
    }

    /// Waits, alertably, until the completion routine has run; `None` if that takes too long.
    #[expect(unsafe_code, reason = "std knows no alertable waits")]
    pub(super) fn completion(&self) -> Option<Completed> {
        let begun = Instant::now();
        while self.completed.get().is_none() && begun.elapsed() < PATIENCE {
            // SAFETY: it takes numbers only. The routines that it runs are this program's.
            unsafe { SleepEx(5, 1) };
        }
        self.completed.get().copied()
    }

    /// What the last call left in the byte count.
    #[expect(unsafe_code, reason = "the cell is shared with the system")]
    pub(super) fn bytes(&self) -> Bytes {
        // SAFETY: the call that could have written to it has returned.
        match unsafe { self.bytes.get().read_volatile() } {
            UNTOUCHED => Bytes::Untouched,
            written => Bytes::Wrote(written),
        }
    }

    /// The output buffer of a request that is done.
    #[expect(unsafe_code, reason = "the cell is shared with the system")]
    pub(super) fn output(&self) -> [u8; Operation::ROOM] {
        // SAFETY: the request is no longer pending, so nothing is written to it.
        unsafe { self.output.get().read_volatile().0 }
    }

    /// The number in the output buffer of a request that is done.
    pub(super) fn number(&self) -> u32 {
        let [a, b, c, d, ..] = self.output();
        u32::from_ne_bytes([a, b, c, d])
    }

    /// Writes a status into a structure that no request has used.
    #[expect(unsafe_code, reason = "the cell is shared with the system")]
    pub(super) fn preset(&self, status: u32) {
        // SAFETY: no request uses the structure, so nobody else writes to it.
        unsafe { (*self.overlapped.get()).Internal = status as usize };
    }

    #[expect(unsafe_code, reason = "the cell is shared with the system")]
    fn is_pending(&self) -> bool {
        // SAFETY: the field is one word, which the system writes in one piece.
        let state = unsafe { (&raw const (*self.overlapped.get()).Internal).read_volatile() };
        state == STATUS_PENDING as usize
    }

    fn overlapped(&self) -> *mut OVERLAPPED {
        self.overlapped.get()
    }
}

/// The event of every request. Nobody waits for it, but a structure has one; and each with one of its own would take the
/// handles of sockets that are closed. So a worker asks for it before it does anything.
#[expect(unsafe_code, reason = "std knows no events")]
pub(super) fn event() -> HANDLE {
    static EVENT: OnceLock<usize> = OnceLock::new();
    // SAFETY: NULL stands for what is usual. The handle stays open for good.
    let new = || unsafe { CreateEventW(null(), 1, 0, null()) } as usize;
    *EVENT.get_or_init(new) as HANDLE
}

/// `CancelIoEx`: of one request, or of all that are outstanding on the socket.
#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn cancel(
    Handle(socket): Handle,
    operation: Option<&'static Operation>,
) -> Result<(), Error> {
    let overlapped = operation.map_or(null_mut(), Operation::overlapped);
    // SAFETY: the structure stays for good, and NULL stands for all of them.
    match unsafe { CancelIoEx(socket as HANDLE, overlapped) } {
        0 => Err(last()),
        _ => Ok(()),
    }
}

/// Every operation of this process, by the address of its structure.
static OPERATIONS: Mutex<BTreeMap<usize, &'static Operation>> = Mutex::new(BTreeMap::new());

fn operations() -> MutexGuard<'static, BTreeMap<usize, &'static Operation>> {
    OPERATIONS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The completion routine of every request: it writes down what it was told. The structure is looked up, since Wine also
/// calls routines of ioctls that had none (WM-45).
#[expect(unsafe_code, reason = "the type of a completion routine is unsafe; nothing in it is")]
unsafe extern "system" fn completed(
    error: u32,
    bytes: u32,
    overlapped: *mut OVERLAPPED,
    _flags: u32,
) {
    if let Some(operation) = operations().get(&overlapped.addr()) {
        // a routine runs once for a request
        let _ = operation.completed.set(Completed { error, bytes });
    }
}

fn pointer<T>(which: Pointer, good: *mut T) -> *mut T {
    match which {
        Pointer::Good => good,
        Pointer::Null => null_mut(),
        Pointer::Bad => without_provenance_mut(NOWHERE),
    }
}

#[expect(unsafe_code, reason = "no code stands at the address of a bad routine")]
fn function(routine: Routine) -> api::LPWSAOVERLAPPED_COMPLETION_ROUTINE {
    match routine {
        Routine::None => None,
        Routine::Given => Some(completed),
        // SAFETY: a pointer to a function need only be no NULL, and this program never calls it.
        Routine::Bad => unsafe {
            std::mem::transmute::<usize, api::LPWSAOVERLAPPED_COMPLETION_ROUTINE>(NOWHERE)
        },
    }
}

/// `ConnectEx`, as a TCP socket gives it: it is the same for all. `None` if no socket can be had.
#[expect(unsafe_code, reason = "the call itself")]
fn connect_ex() -> Option<
    unsafe extern "system" fn(
        api::SOCKET,
        *const api::SOCKADDR,
        i32,
        *const std::ffi::c_void,
        u32,
        *mut u32,
        *mut OVERLAPPED,
    ) -> windows_sys::core::BOOL,
> {
    let (code, name) = (api::SIO_GET_EXTENSION_FUNCTION_POINTER, api::WSAID_CONNECTEX);
    let mut function: api::LPFN_CONNECTEX = None;
    let mut bytes = 0;
    // SAFETY: it takes numbers; both buffers are as long as their lengths say and live through the call, which is over
    // when it returns; a function or nothing is what the system writes; the socket is this function's alone.
    unsafe {
        let socket = api::socket(api::AF_INET.into(), api::SOCK_STREAM, api::IPPROTO_TCP);
        let (from, to) = ((&raw const name).cast(), (&raw mut function).cast());
        let (given, room) = (size_of_val(&name) as u32, size_of_val(&function) as u32);
        api::WSAIoctl(socket, code, from, given, to, room, &mut bytes, null_mut(), None);
        api::closesocket(socket);
    }
    function
}
