//! The record kit: what is packed, what its `run.cmd` records, and what comes of the file; and that bad input is told in one line.

#[path = "../common/mod.rs"]
mod common;

mod bad_input;
mod packed;
mod read;
mod recorded;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// What a run of the command gave.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

/// Runs the command in a folder, as somebody on a machine whose names are these.
fn portres_of(folder: &Path, names: &[(&str, &str)], args: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portres"));
    command.current_dir(folder).args(args).envs(names.iter().copied());
    let Output { status, stdout, stderr } =
        command.stdin(Stdio::null()).output().expect("portres runs");
    Ran {
        code: status.code().expect("no signal"),
        out: String::from_utf8(stdout).expect("UTF-8"),
        err: String::from_utf8(stderr).expect("UTF-8"),
    }
}

fn portres(folder: &Path, args: &[&str]) -> Ran {
    portres_of(folder, &[], args)
}

/// A folder with three scripts, one of them in a folder of its own.
fn with_scripts() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    for (to, from) in [
        ("scripts/sockets.script", "scripts/sockets.script"),
        ("scripts/persistent.script", "scripts/persistent-elevated.script"),
        ("scripts/settle/acquire.script", "scripts/settle/acquire.script"),
    ] {
        let to = folder.path().join(to);
        fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        fs::copy(common::folder(from), to).expect("a script");
    }
    folder
}

/// The least file that a loader takes for a program of 64 bits, with these characteristics and with this text in it.
fn windows_program(characteristics: u16, text: &str) -> Vec<u8> {
    let mut bytes = vec![0; 64];
    bytes[..2].copy_from_slice(b"MZ");
    bytes[60] = 64; // where the headers are
    bytes.extend(b"PE\0\0");
    bytes.extend(0x8664_u16.to_le_bytes());
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend([0; 12]); // no symbols
    bytes.extend(240_u16.to_le_bytes());
    bytes.extend(characteristics.to_le_bytes());
    let mut optional = vec![0; 240];
    optional[..2].copy_from_slice(&0x20b_u16.to_le_bytes());
    optional[108] = 16; // data directories
    bytes.extend(optional);
    bytes.extend([0; 40]); // a section with nothing in it
    bytes.extend(text.as_bytes());
    bytes
}

const EXECUTABLE: u16 = 0x0022;
const LIBRARY: u16 = 0x2022;

/// A file that passes for `portres.exe`, in the folder.
fn with_program(folder: &Path) -> PathBuf {
    let version = portres(folder, &["--version"]).out;
    let path = folder.join("portres.exe");
    fs::write(&path, windows_program(EXECUTABLE, &version)).expect("a file");
    path
}
