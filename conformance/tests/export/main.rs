//! Programs made of traces: what they contain is what the trace says, and compilers take them.

#[path = "../common/mod.rs"]
mod common;

use std::path::Path;
use std::process::Command;

use portres::export::to_c;
use portres::trace::{Event, Part};
use portres_model::ProcessId;

const GOLDEN: [&str; 3] = [
    "accept/samples/release-sample",
    "accept/lifetime/a-reservation-ends-with-its-process",
    "reject/dual-stack/a-v6-only-socket-took-a-mapped-address",
];

/// The fixture of this name.
fn fixture(name: &str) -> std::path::PathBuf {
    common::folder("..").join("fixtures").join(format!("{name}.trace"))
}

fn is_of_one_process(events: &[Event]) -> bool {
    let first = events.iter().map(|e| e.who).find(|who| who.process != ProcessId::MACHINE);
    first.is_some_and(|first| events.iter().all(|event| event.who == first))
}

#[test]
fn programs_are_as_they_were_read() {
    for name in GOLDEN {
        let (header, events) = common::read(&fixture(name));
        let text = to_c(&header, &events).text;
        // the functions that every program has stand in one file
        let (head, main) = (text.split("#define").next(), text.split("\nint main").nth(1));
        let shown = format!("{}…\nint main{}", head.expect("a head"), main.expect("a main"));
        let file = format!("{}.c", name.replace('/', "-"));
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export/expected").join(&file);
        if std::env::var_os("PORTRES_BLESS").is_some() {
            std::fs::write(&path, &shown).expect("the expected text");
        }
        let expected = std::fs::read_to_string(&path).expect("the expected text");
        assert_eq!(shown, expected, "{file}: PORTRES_BLESS=1 writes it");
    }
}

#[test]
fn every_call_of_every_accepted_fixture_is_made_or_told() {
    let (mut whole, mut parts, mut made, mut left) = (0, 0, 0, 0);
    for path in common::files(&common::folder("accept"), "trace") {
        let (header, events) = common::read(&path);
        let exported = to_c(&header, &events);
        let calls = events.iter().filter(|e| !matches!(e.part, Part::End { .. })).count();
        let name = common::name(&path);
        assert_eq!(exported.calls + exported.left_out.len(), calls, "{name}");
        assert_eq!(exported.text.matches("\n    step(").count(), exported.calls, "{name}");
        let told = exported.text.matches("\n    /* not made: ").count();
        assert_eq!(told, exported.left_out.len(), "{name}");
        made += exported.calls;
        left += exported.left_out.len();
        if is_of_one_process(&events) && exported.left_out.is_empty() {
            whole += 1;
        } else {
            parts += 1;
        }
    }
    println!("{whole} fixtures whole, {parts} in part: {made} calls made, {left} left out");
    assert!(whole > 300, "{whole} whole, {parts} in part, {made} calls made, {left} left out");
    assert!(made > left * 3, "{made} calls made, {left} left out");
}

/// `PORTRES_MINGW=1` compiles a sample with mingw; `PORTRES_WINE=1` also runs the first of them under Wine.
#[test]
fn a_sample_compiles_for_windows() {
    let wine = std::env::var_os("PORTRES_WINE").is_some();
    if std::env::var_os("PORTRES_MINGW").is_none() && !wine {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (folder.path().join("trace.c"), folder.path().join("trace.exe"));
    let files = common::files(&common::folder("accept"), "trace");
    let golden = GOLDEN.iter().map(|name| fixture(name));
    let every = files.len() / 25;
    for (i, path) in golden.chain(files.into_iter().step_by(every)).enumerate() {
        let (header, events) = common::read(&path);
        std::fs::write(&from, to_c(&header, &events).text).expect("a file");
        let mut gcc = Command::new("x86_64-w64-mingw32-gcc");
        gcc.args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-o"]);
        let ran = gcc.arg(&to).arg(&from).arg("-lws2_32").output().expect("mingw is there");
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{}: {said}", path.display());
        if wine && i == 0 {
            let run = common::folder("..").join("scripts/wine-run");
            let ran = Command::new(run).arg(&to).current_dir("/").output().expect("Wine is there");
            let said = String::from_utf8_lossy(&ran.stdout);
            assert!(said.contains("6 calls, "), "{said}{}", String::from_utf8_lossy(&ran.stderr));
            assert!(said.contains("startup -> ok, as recorded"), "{said}");
        }
    }
}
