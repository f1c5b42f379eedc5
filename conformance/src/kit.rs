//! The record kit: what the owner of a Windows machine runs once to make the specification truer.
//!
//! [`archive()`] packs `portres.exe`, a suite of scripts, `run.cmd` and a page that says what it does. [`record()`] is what `run.cmd`
//! runs: every script is recorded, and all traces become one file. [`Reading`] is what comes of that file.

mod abroad;
mod archive;
mod last_line;
mod names;
mod program;
mod reading;
mod recorded;
mod suite;

pub use archive::{FOLDER, RESULT, archive};
pub use names::{Names, Told};
pub use program::{NotAProgram, is_program};
pub use reading::{RECORDED_ON_WINDOWS, Reading};
pub use recorded::{Kept, Progress, record};
pub use suite::{Suite, SuiteError, SuiteScript};
