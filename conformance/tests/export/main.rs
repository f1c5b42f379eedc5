//! Programs made of traces: what they contain is what the trace says, compilers take them, and on the simulator they are answered
//! as the specification answers.

#[path = "../common/mod.rs"]
mod common;

mod compiled;
mod dress;
mod powershell;
mod preambles;

use std::path::{Path, PathBuf};

use portres::export::{Exported, Language, export};
use portres::trace::{Event, Part};
use portres_model::ProcessId;

/// What is read whole, in every language.
const GOLDEN: [&str; 5] = [
    "accept/samples/release-sample",
    "accept/lifetime/a-reservation-ends-with-its-process",
    "accept/options/a-listening-socket-says-so",
    "accept/persistent/create-look-up-delete",
    "reject/dual-stack/a-v6-only-socket-took-a-mapped-address",
];

/// The fixture of this name.
fn fixture(name: &str) -> PathBuf {
    common::folder("..").join("fixtures").join(format!("{name}.trace"))
}

/// The accepted fixtures.
fn accepted() -> Vec<PathBuf> {
    common::files(&common::folder("accept"), "trace")
}

fn is_of_one_process(events: &[Event]) -> bool {
    let first = events.iter().map(|e| e.who).find(|who| who.process != ProcessId::MACHINE);
    first.is_some_and(|first| events.iter().all(|event| event.who == first))
}

/// A program without the functions that every program has: they stand in a file of their own.
fn without_preamble(language: Language, text: &str) -> (String, String) {
    let (head, calls) = text.split_once(preamble(language)).expect("a program has its preamble");
    (head.to_string(), calls.to_string())
}

/// The functions that every program has.
fn preamble(language: Language) -> &'static str {
    match language {
        Language::C => include_str!("../../src/export/preamble.c"),
        Language::Rust => include_str!("../../src/export/preamble.rs"),
        Language::PowerShell => include_str!("../../src/export/preamble.ps1"),
    }
}

/// What stands before a call in a program, and before one that is not made.
fn marks(language: Language) -> [&'static str; 2] {
    match language {
        Language::C => ["\n    step(", "\n    /* not made: "],
        Language::Rust => ["\n    steps.step(", "\n    // not made: "],
        Language::PowerShell => ["\nStep ", "\n# not made: "],
    }
}

#[test]
fn programs_are_as_they_were_read() {
    for (name, language) in GOLDEN.iter().flat_map(|n| Language::ALL.map(|l| (n, l))) {
        let (header, events) = common::read(&fixture(name));
        let text = export(language, &header, &events).text;
        let (head, calls) = without_preamble(language, &text);
        let shown = format!("{head}…\n{calls}");
        let file = format!("{}.{}", name.replace('/', "-"), language.extension());
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
    for path in accepted() {
        let (header, events) = common::read(&path);
        let calls = events.iter().filter(|e| !matches!(e.part, Part::End { .. })).count();
        let name = common::name(&path);
        let programs = Language::ALL.map(|language| (language, export(language, &header, &events)));
        for (language, exported) in &programs {
            let Exported { text, calls: made, left_out } = exported;
            assert_eq!(made + left_out.len(), calls, "{name}");
            let [step, not_made] = marks(*language).map(|mark| text.matches(mark).count());
            assert_eq!(step, *made, "{name} in {language:?}");
            assert_eq!(not_made, left_out.len(), "{name} in {language:?}");
            assert_eq!(*left_out, programs[0].1.left_out, "{name}: what is left out");
        }
        let exported = &programs[0].1;
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

/// What a trace says of itself is a comment in the program, whatever it says.
#[test]
fn a_title_cannot_become_a_part_of_the_program() {
    let evil = "*/ } #> '@\r\nevil() \u{2028}evil() \u{202e}evil() /* <# '";
    let (mut header, events) = common::read(&fixture(GOLDEN[0]));
    let calm = header.clone();
    header.title = Some(evil.to_string());
    for language in Language::ALL {
        let text = export(language, &header, &events).text;
        let (head, calls) = without_preamble(language, &text);
        let same = export(language, &calm, &events).text;
        assert_eq!(calls, without_preamble(language, &same).1);
        let titles: Vec<&str> = head.lines().filter(|line| line.contains("evil")).collect();
        assert_eq!(titles.len(), 1, "{language:?}: {head}");
        let title = titles[0];
        let turns = |c: char| matches!(c, '\u{202e}' | '\u{2028}') || c.is_control();
        assert!(!title.contains(turns), "{title:?}");
        match language {
            Language::C => {
                assert!(
                    title.starts_with("/* ") && title.find("*/") == Some(title.len() - 2),
                    "{title}"
                );
            }
            Language::Rust => assert!(title.starts_with("// "), "{title}"),
            Language::PowerShell => assert!(title.starts_with("# "), "{title}"),
        }
    }
}
