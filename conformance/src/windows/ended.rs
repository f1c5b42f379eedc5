//! The end of another process: waiting for it, and bringing it about.

use std::os::windows::io::{AsRawHandle, OwnedHandle};
use std::time::Duration;

use windows_sys::Win32::Foundation::WAIT_OBJECT_0;
use windows_sys::Win32::System::Threading::{TerminateProcess, WaitForSingleObject};

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
