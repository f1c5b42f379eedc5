//! Saying what the kit has found.

use std::process::ExitCode;

use portres_sim::kit::{Coverage, Failure};

/// What a program that runs the kit ends with.
pub(crate) fn outcome(found: Result<Coverage, Box<Failure>>) -> ExitCode {
    match found {
        Ok(coverage) => {
            println!("{coverage}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            println!("{failure}");
            ExitCode::FAILURE
        }
    }
}
