//! What a test says.

use std::any::Any;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a test gives back: nothing, if it panics where it fails, or a `Result`.
pub trait Verdict {
    /// Why it failed, if it did.
    ///
    /// # Errors
    /// With what it says.
    fn told(self) -> Result<(), String>;
}

impl Verdict for () {
    fn told(self) -> Result<(), String> {
        Ok(())
    }
}

impl<E: Display> Verdict for Result<(), E> {
    fn told(self) -> Result<(), String> {
        self.map_err(|e| e.to_string())
    }
}

/// Runs a test; a panic is a failure with its message.
pub(super) fn told<T: Verdict>(test: impl FnOnce() -> T) -> Result<(), String> {
    match catch_unwind(AssertUnwindSafe(test)) {
        Ok(verdict) => verdict.told(),
        Err(panic) => Err(message(&*panic)),
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "it panicked without a message".into())
}
