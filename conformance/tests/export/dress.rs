//! Programs in Rust on the simulator: they are compiled as they are, and answered what the specification answers.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use portres::export::{Language, export};
use portres::replay::replay;
use portres::system::Sim;
use portres::trace::{Event, Header, Item};
use portres::{Profiles, Settings, check};

use super::{GOLDEN, accepted, common, fixture, preamble, without_preamble};

/// A trace of what the simulator answers to the calls of a fixture that a program makes.
struct Answered {
    header: Header,
    events: Vec<Event>,
    /// In how many of its calls that differs from the fixture.
    differences: usize,
}

/// The simulator behaves as the fixture leaves it possible, and takes the lowest ports.
fn answered(path: &Path) -> Answered {
    let (header, mut events) = common::read(path);
    let left_out = export(Language::Rust, &header, &events).left_out;
    events.retain(|event| left_out.iter().all(|left| left.line != event.line));
    let text = fs::read(path).expect("a fixture");
    let profiles = Profiles::built_in();
    let reports = check(&text[..], &Settings::new(&profiles)).expect("a trace");
    let mut sim = Sim::new(reports[0].left.clone(), 0);
    let replayed = replay(&header, &events, &mut sim).expect("the simulator");
    let is_event = |item: Item| match item {
        Item::Event(event) => Some(event),
        Item::Header(_) | Item::Comment(_) => None,
    };
    let events = replayed.items.into_iter().filter_map(is_event).collect();
    Answered { header, events, differences: replayed.differences.len() + replayed.skipped.len() }
}

/// The name of the program that is a golden one alone.
pub(super) fn binary(name: &str) -> String {
    name.replace('/', "-")
}

/// Writes a crate with the programs of all accepted fixtures, and with each golden one as a program of its own.
pub(super) fn write_crate(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let write = |file: &str, text: &str| {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        // what has not changed is not compiled again
        if fs::read_to_string(&path).ok().as_deref() != Some(text) {
            fs::write(path, text).expect("a file");
        }
    };
    let mut programs = format!("{}\n", preamble(Language::Rust));
    let mut list = String::new();
    for (i, path) in accepted().iter().enumerate() {
        let Answered { header, events, .. } = answered(path);
        let text = export(Language::Rust, &header, &events).text;
        let (_, calls) = without_preamble(Language::Rust, &text);
        write!(programs, "mod p{i} {{\nuse super::*;\n{calls}}}\n").expect("a string");
        let path = fs::canonicalize(path).expect("a fixture");
        writeln!(list, "    ({:?}, p{i}::main),", path.display().to_string()).expect("a string");
    }
    write!(programs, "pub const ALL: &[(&str, fn() -> ExitCode)] = &[\n{list}];\n")
        .expect("a string");
    write("src/programs.rs", &programs);
    write("src/main.rs", include_str!("dress/main.rs"));
    for name in GOLDEN {
        let (header, events) = common::read(&fixture(name));
        let text = export(Language::Rust, &header, &events).text;
        write(&format!("src/bin/{}.rs", binary(name)), &text);
    }
    let root = fs::canonicalize(common::folder("..")).expect("the workspace");
    let manifest = include_str!("dress/manifest.toml").replace("ROOT", &root.display().to_string());
    write("Cargo.toml", &manifest);
    let lock = fs::read_to_string(root.join("Cargo.lock")).expect("the lock file");
    if !folder.join("Cargo.lock").exists() {
        write("Cargo.lock", &lock);
    }
    folder
}

fn cargo(folder: &Path, args: &[&str]) -> String {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let ran = cargo.args(args).current_dir(folder).output().expect("cargo is there");
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{args:?}: {err}");
    out.into_owned()
}

/// Programs that are answered otherwise, and why.
const OTHERWISE: [(&str, &str); 4] = [
    (
        "a-tried-socket-may-have-the-port-of-its-reservation",
        "a program asks getsockname for the port of a connect, which shows its address, too",
    ),
    (
        "a-wildcard-socket-is-invalid-as-the-page-says",
        "a program asks getsockname for the port of a bind",
    ),
    ("the-type-of-a-stream-may-be-invalid-to-set", "a program sets four bytes of a structure"),
    ("the-type-of-a-stream-may-be-no-option-to-set", "a program sets four bytes of a structure"),
];

/// `PORTRES_DRESS=1` compiles the programs of all accepted fixtures and runs them on the simulator.
#[test]
fn programs_are_answered_as_the_specification_answers() {
    if std::env::var_os("PORTRES_DRESS").is_none() {
        return;
    }
    let folder = write_crate("dress");
    let said = cargo(&folder, &["run", "--offline", "--quiet", "--bin", "dress"]);
    let mut said = said.split("== ").skip(1);
    let (mut same, mut calls) = (0, 0);
    for path in accepted() {
        let Answered { events, differences, .. } = answered(&path);
        let one = said.next().expect("every program has run");
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        if let Some((_, why)) = OTHERWISE.iter().find(|(name, _)| *name == stem) {
            assert!(
                one.contains("RECORDED"),
                "{stem} is answered as recorded: not so any more: {why}"
            );
            continue;
        }
        let last = format!("{} calls, 0 answered otherwise than recorded", events.len());
        assert_eq!(one.lines().last(), Some(&*last), "{}: {one}", path.display());
        let as_recorded = one.matches(", as recorded\n").count();
        assert_eq!(as_recorded, events.len(), "{}: {one}", path.display());
        calls += as_recorded;
        same += usize::from(differences == 0);
    }
    assert_eq!(said.next(), None);
    let all = accepted().len();
    println!("{calls} calls of {all} programs; {same} fixtures are answered as they say");
    // the others have replies that are possible and not the lowest: a port that was not free elsewhere, a network that failed
    assert!(same * 5 > all * 4, "{same} of {all} fixtures are answered as they say");
    let alone = cargo(&folder, &["run", "--offline", "--quiet", "--bin", &binary(GOLDEN[0])]);
    assert!(alone.ends_with("6 calls, 0 answered otherwise than recorded\n"), "{alone}");
}
