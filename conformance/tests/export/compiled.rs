//! Compilers take programs in C and Rust for Windows, and Wine runs them as far as it goes.

use std::path::{Path, PathBuf};
use std::process::Command;

use portres::export::{Language, export};

use super::{GOLDEN, accepted, common, dress, fixture};

fn wine() -> bool {
    std::env::var_os("PORTRES_WINE").is_some()
}

fn mingw() -> bool {
    std::env::var_os("PORTRES_MINGW").is_some() || wine()
}

/// What Wine says of the first golden program, which reserves a block: it starts Winsock and lacks the ioctls.
fn runs_under_wine(program: &Path) {
    let scripts = common::folder("..").join("scripts");
    let folder = program.parent().expect("a folder");
    let made = Command::new(scripts.join("wine-stand-in")).arg(folder).status();
    assert!(made.expect("bash is there").success());
    let run = scripts.join("wine-run");
    let ran = Command::new(run).arg(program).current_dir("/").output().expect("Wine is there");
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(said.contains("6 calls, "), "{said}{}", String::from_utf8_lossy(&ran.stderr));
    assert!(said.contains("startup -> ok, as recorded"), "{said}");
    assert!(said.contains("acquire s1 5000+20 -> error 10045, RECORDED: 5000+20"), "{said}");
}

/// `PORTRES_MINGW=1` compiles a sample with mingw; `PORTRES_WINE=1` also runs the first of them under Wine.
#[test]
fn a_sample_in_c_compiles_for_windows() {
    if !mingw() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (folder.path().join("trace.c"), folder.path().join("trace.exe"));
    let files = accepted();
    let golden = GOLDEN.iter().map(|name| fixture(name));
    let every = files.len() / 25;
    for (i, path) in golden.chain(files.into_iter().step_by(every)).enumerate() {
        let (header, events) = common::read(&path);
        let text = export(Language::C, &header, &events).text;
        std::fs::write(&from, text).expect("a file");
        let mut gcc = Command::new("x86_64-w64-mingw32-gcc");
        gcc.args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-o"]);
        let ran = gcc.arg(&to).arg(&from).arg("-lws2_32").output().expect("mingw is there");
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{}: {said}", path.display());
        if wine() && i == 0 {
            runs_under_wine(&to);
        }
    }
}

/// `PORTRES_MINGW=1` compiles the programs of all accepted fixtures for Windows; `PORTRES_WINE=1` also runs one under Wine.
#[test]
fn programs_in_rust_compile_for_windows() {
    if !mingw() {
        return;
    }
    let root = common::folder("..");
    let made = dress::write_crate("for-windows");
    let build = |target: &str, command: &str| {
        let script = format!(
            "set -e; settings=$(scripts/cross-setup --env {target}); eval \"$settings\"; cd \"$1\"; \
             \"$PORTRES_CARGO\" {command} --offline --quiet --target {target} --bins"
        );
        let mut bash = Command::new("bash");
        bash.args(["-c", &script, "bash"]).arg(&made).current_dir(&root);
        let ran = bash.output().expect("bash is there");
        assert!(ran.status.success(), "{target}: {}", String::from_utf8_lossy(&ran.stderr));
    };
    build("x86_64-pc-windows-msvc", "check");
    build("x86_64-pc-windows-gnu", "build");
    if wine() {
        let folder: PathBuf = made.join("target/x86_64-pc-windows-gnu/debug");
        runs_under_wine(&folder.join(format!("{}.exe", dress::binary(GOLDEN[0]))));
    }
}
