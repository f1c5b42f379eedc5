//! Ctrl-C, Ctrl-Break, and the closing of the console.

use std::sync::OnceLock;

use windows_sys::Win32::System::Console::SetConsoleCtrlHandler;
use windows_sys::core::BOOL;

static ACTION: OnceLock<fn()> = OnceLock::new();

/// Does this, on a thread of its own, before an interrupt ends the program. The first action given stays.
#[expect(unsafe_code, reason = "std knows no interrupts")]
pub(super) fn before_interrupt(action: fn()) {
    if ACTION.set(action).is_ok() {
        // SAFETY: the handler is a function that lives as long as the program.
        unsafe { SetConsoleCtrlHandler(Some(interrupted), 1) };
    }
}

/// The handler. It answers 0: whatever else is to happen at an interrupt happens afterwards.
#[expect(unsafe_code, reason = "the type of a handler is unsafe; nothing in it is")]
unsafe extern "system" fn interrupted(_kind: u32) -> BOOL {
    if let Some(action) = ACTION.get() {
        action();
    }
    0
}
