//! `windows_sys::Win32::System::Threading`: which process it is, and the wait in which completion routines run.
//!
//! # Safety
//! The functions take numbers only, and are unsafe because the real ones are.
#![expect(unsafe_code, reason = "the functions have the signatures of the real ones")]
#![expect(non_snake_case, reason = "and their names")]
#![expect(clippy::missing_safety_doc, reason = "what a caller must see to is said once for all")]

use std::cell::RefCell;
use std::time::Duration;

use portres_model::{Call, Error, Reply, RequestId};

use super::machine::{Program, code, current};
use super::windows_sys::Win32::Foundation::WAIT_IO_COMPLETION;
use super::windows_sys::Win32::System::IO::OVERLAPPED;
use super::winsock::overlapped::ended;

type Routine = unsafe extern "system" fn(u32, u32, *mut OVERLAPPED, u32);

/// A request of this thread whose routine has not run yet.
struct Kept {
    program: Program,
    request: RequestId,
    structure: *mut OVERLAPPED,
    routine: Routine,
}

thread_local! {
    static KEPT: RefCell<Vec<Kept>> = const { RefCell::new(Vec::new()) };
}

pub(super) fn keep(
    program: &Program,
    request: RequestId,
    structure: *mut OVERLAPPED,
    routine: Routine,
) {
    let kept = Kept { program: program.clone(), request, structure, routine };
    KEPT.with_borrow_mut(|all| all.push(kept));
}

/// `GetCurrentProcessId`, for `WSADuplicateSocketW`.
pub unsafe extern "system" fn GetCurrentProcessId() -> u32 {
    current().id()
}

/// `SleepEx`. An alertable one runs the completion routines of the requests that its thread has begun as the program as which
/// it calls now; what is still pending completes in it.
pub unsafe extern "system" fn SleepEx(
    dwmilliseconds: u32,
    balertable: ::windows_sys::core::BOOL,
) -> u32 {
    // SAFETY: who began a request has said that its structure is good until the routine has run.
    if balertable != 0 && unsafe { run_routines(&current()) } {
        return WAIT_IO_COMPLETION;
    }
    std::thread::sleep(Duration::from_millis(dwmilliseconds.into()));
    0
}

/// Whether any has run.
unsafe fn run_routines(program: &Program) -> bool {
    let mine = |kept: &Kept| {
        kept.program.process() == program.process() && kept.program.machine().is(program.machine())
    };
    let due: Vec<Kept> = KEPT.with_borrow_mut(|all| {
        let (due, left) = std::mem::take(all).into_iter().partition(mine);
        *all = left;
        due
    });
    let mut any = false;
    for Kept { program, request, structure, routine } in due {
        let call = Call::Completion { request };
        let reply = program.call(&call);
        if reply == Reply::Failed(Error::NotFound) {
            // it is not to run any more
            continue;
        }
        let count = program.bytes(&call, &reply).unwrap_or(0);
        let error = match reply {
            Reply::Failed(error) => code(error),
            _ => 0,
        };
        // SAFETY: the caller sees to it.
        unsafe {
            ended(&program, structure, &reply, count);
            routine(error, count, structure, 0);
        }
        any = true;
    }
    any
}
