//! The report of a run in its four forms: text, JSON, JUnit XML and a page.

mod golden;
mod limits;
mod pages;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The folder of this test.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/report")
}

fn portres(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portres"));
    command.current_dir(folder).args(args).stdin(Stdio::null());
    command.env_remove("CLICOLOR_FORCE").output().expect("portres runs")
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8").replace('\r', "")
}
