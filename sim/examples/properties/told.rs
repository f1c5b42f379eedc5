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

/// The guide's solutions show what the kit says, line for line.
#[cfg(test)]
pub(crate) fn stands_in_the_solutions(failure: &Failure) {
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/guide/solutions.md");
    let text = std::fs::read_to_string(guide).expect("the solutions").replace('\r', "");
    let told = failure.to_string();
    assert!(text.contains(&told), "the solutions do not have\n{told}");
}
