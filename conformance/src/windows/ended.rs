//! The end of a process: waiting for it, bringing it about, and what it died of.

use std::os::windows::io::{AsRawHandle, OwnedHandle};
use std::time::Duration;

use windows_sys::Win32::Foundation::{STATUS_ACCESS_VIOLATION, WAIT_OBJECT_0};
use windows_sys::Win32::System::Diagnostics::Debug::{
    SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX, SetErrorMode,
};
use windows_sys::Win32::System::Threading::{
    GetExitCodeProcess, TerminateProcess, WaitForSingleObject,
};

/// Waits for a process to end; false if it did not in time.
#[expect(unsafe_code, reason = "std waits only for processes that it started, and without a limit")]
pub(super) fn ended(process: &OwnedHandle, within: Duration) -> bool {
    let milliseconds = u32::try_from(within.as_millis()).unwrap_or(u32::MAX - 1);
    // SAFETY: the handle is open as long as it is borrowed.
    unsafe { WaitForSingleObject(process.as_raw_handle(), milliseconds) == WAIT_OBJECT_0 }
}

/// Ends a process at once. One that has ended already is left alone.
#[expect(unsafe_code, reason = "std ends only processes that it started")]
pub(super) fn end(process: &OwnedHandle) {
    // SAFETY: the handle is open as long as it is borrowed.
    unsafe {
        TerminateProcess(process.as_raw_handle(), 1);
    }
}

/// Whether a process that has ended died of an access violation.
#[expect(unsafe_code, reason = "std asks only processes that it started")]
pub(super) fn died_of_access_violation(process: &OwnedHandle) -> bool {
    let mut code = 0;
    // SAFETY: the handle is open as long as it is borrowed; `code` is a number to be filled.
    let known = unsafe { GetExitCodeProcess(process.as_raw_handle(), &mut code) } != 0;
    known && code == STATUS_ACCESS_VIOLATION as u32
}

/// From here on an access violation ends this process at once: no box waits for somebody to click it away.
#[expect(unsafe_code, reason = "std knows no error modes")]
pub(super) fn dies_quietly() {
    // SAFETY: it takes numbers only.
    unsafe { SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX) };
}
