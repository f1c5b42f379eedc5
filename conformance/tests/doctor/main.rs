//! Why can't I bind this port? The answers over every posted row, and the command as its users meet it.

mod bad_input;
mod command;
mod golden;
mod helps;
mod pictures;
mod rows;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use portres::Profiles;
use portres::doctor::{Answer, Ask, Doctor};
use portres_sim::{Kind, Listing};

/// The folder of the posted listings.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/listings")
}

fn fixture(name: &str) -> String {
    folder().join(name).display().to_string()
}

fn text(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// A machine of which one list is shown.
fn listing(name: &str) -> Listing {
    let mut listing = Listing::default();
    listing.read(Kind::Excluded(None), name, text(name).as_bytes()).expect("a list");
    listing
}

fn ask(line: &str) -> Ask {
    line.parse().unwrap_or_else(|e| panic!("{line}: {e}"))
}

fn answer(listing: &Listing, line: &str) -> Answer {
    let profiles = Profiles::built_in();
    Doctor::new(listing, profiles.get("likely").expect("a profile")).answer(&ask(line))
}

/// The replies, each once.
fn replies(answer: &Answer) -> Vec<&str> {
    answer.outcomes.iter().map(|o| o.reply.as_str()).collect()
}

fn doctor(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portres"));
    command.arg("doctor").args(args).stdin(Stdio::null());
    command.output().expect("portres runs")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8").replace('\r', "")
}

/// What it prints when it ends with this code.
fn ends(output: &Output, code: i32) -> String {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{}{told}", out(output));
    out(output)
}
