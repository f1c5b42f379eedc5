//! The suites that nobody has to write: they are scripts, the same seed gives the same ones, and what the class suite reaches
//! on simulated machines is counted. What it does not reach stands in `holes.toml`, with the reason.

mod command;
#[path = "../common/mod.rs"]
mod common;
mod machine;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use machine::{Habit, Machine};
use portres::generate::{self, Generated};
use portres::record::record;
use portres::report;
use portres::script::Script;
use portres::trace::{Spelled, write_item};
use portres::{Profiles, Report, Settings, Verdict, check};
use portres_model::{Profile, Rule};

/// How many machines the class suite is recorded on: so many that the last ones reach nothing new.
const MACHINES: u64 = 64;

/// An owner of a real machine runs the class suite in minutes.
const MOST_CALLS: usize = 40_000;

fn read(script: &Generated) -> Script {
    let line = |at: u64| script.text.lines().nth(at as usize - 1).unwrap_or_default().to_string();
    Script::read(script.text.as_bytes())
        .unwrap_or_else(|e| panic!("{}: {e}: {}", script.name, line(e.line)))
}

#[test]
fn everything_that_is_generated_is_a_script_with_a_name_and_a_title() {
    let (mut names, mut titles) = (BTreeSet::new(), BTreeSet::new());
    let random = generate::random(7, 200);
    for script in generate::classes().iter().chain(&random) {
        assert!(names.insert(script.name.clone()), "{} stands twice", script.name);
        assert!(titles.insert(script.title.clone()), "{} stands twice", script.title);
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(script.name.chars().all(plain), "{}", script.name);
        assert!(!script.text.contains(['{', '}']), "{}: a slot is left", script.name);
        let read = read(script);
        assert_eq!(read.header.title.as_ref(), Some(&script.title));
        assert_eq!(read.lines.len(), script.calls, "{}", script.name);
    }
}

#[test]
fn the_class_suite_is_of_a_sensible_size() {
    let scripts = generate::classes();
    let calls: usize = scripts.iter().map(|script| script.calls).sum();
    println!("{} scripts, {calls} calls", scripts.len());
    assert!(calls <= MOST_CALLS && scripts.len() <= 60, "{} scripts, {calls} calls", scripts.len());
    assert_eq!(scripts, generate::classes());
}

#[test]
fn the_same_seed_gives_the_same_scripts() {
    let scripts = generate::random(7, 20);
    assert_eq!(scripts, generate::random(7, 20));
    assert_eq!(scripts[..5], generate::random(7, 5)[..]);
    let texts: BTreeSet<String> = scripts.iter().map(|s| body(&s.text)).collect();
    assert_eq!(texts.len(), 20, "two scripts of one seed are the same");
    let other = generate::random(8, 20);
    assert!(other.iter().all(|s| !texts.contains(&body(&s.text))), "two seeds give the same");
}

/// The calls of a script.
fn body(text: &str) -> String {
    text.lines().filter(|line| line.starts_with('p')).skip(1).collect::<Vec<_>>().join("\n")
}

/// Records a script on a machine, and judges the trace.
fn judged(
    name: &str,
    script: &Script,
    machine: &mut Machine,
    profiles: &Profiles,
) -> (Report, usize) {
    let recording = record(script, machine).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(recording.ended, None, "{name}");
    // as a file, so that a trace which cannot be read is noticed
    let mut text = Vec::new();
    for item in &recording.items {
        write_item(&mut text, Spelled::JsonLines, item).expect("it is written");
    }
    let reports = check(text.as_slice(), &Settings::new(profiles));
    let mut reports = reports.unwrap_or_else(|e| panic!("{name}: {e}"));
    (reports.pop().expect("a trace"), recording.skipped.len())
}

#[test]
fn the_class_suite_reaches_every_rule_but_for_the_holes() {
    let (scripts, profiles) = (generate::classes(), Profiles::built_in());
    let mut reached: BTreeMap<Rule, &str> = BTreeMap::new();
    let mut undecided = BTreeSet::new();
    for script in &scripts {
        let read = read(script);
        for number in 0..MACHINES {
            let habit = Habit::of(&script.name, number);
            let mut machine = Machine::new(&Profile::documented(), habit);
            let (report, _) = judged(&script.name, &read, &mut machine, &profiles);
            assert_ne!(
                report.verdict,
                Verdict::Diverges,
                "{} on machine {number}:\n{}",
                script.name,
                report::details(&report)
            );
            if report.verdict == Verdict::Undecided {
                undecided.insert(script.name.as_str());
            }
            for rule in &report.fired {
                reached.entry(*rule).or_insert(&script.name);
            }
        }
    }
    println!("{} of {} rules reached", reached.len(), Rule::ALL.len());
    println!("undecided on some machine: {undecided:?}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/generate/holes.toml");
    let holes = fs::read_to_string(path).expect("the list of holes");
    let holes: BTreeMap<String, String> = toml::from_str(&holes).expect("rules and reasons");
    let all = Rule::ALL.iter();
    let missing: BTreeSet<&str> =
        all.filter(|rule| !reached.contains_key(rule)).map(|rule| rule.id()).collect();
    let known: BTreeSet<&str> = holes.keys().map(String::as_str).collect();
    let new: Vec<_> = missing.difference(&known).collect();
    let stale: Vec<_> = known.difference(&missing).collect();
    assert!(new.is_empty(), "not reached, and no reason says why: {new:?}");
    assert!(stale.is_empty(), "reached, and a reason says why not: {stale:?}");
    assert!(holes.values().all(|reason| !reason.is_empty()));
}

#[test]
fn random_scripts_go_on_sensibly_whatever_a_machine_answers() {
    let profiles = Profiles::built_in();
    let (mut calls, mut skipped) = (0, 0);
    for (place, script) in generate::random(1, 60).iter().enumerate() {
        let habit = Habit::of(&script.name, place as u64);
        let mut machine = Machine::new(&Profile::documented(), habit);
        let (report, missing) = judged(&script.name, &read(script), &mut machine, &profiles);
        assert_ne!(report.verdict, Verdict::Diverges, "{}", report::details(&report));
        calls += script.calls;
        skipped += missing;
    }
    println!("{skipped} of {calls} calls have no operand");
    assert!(skipped * 5 < calls, "{skipped} of {calls} calls have no operand");
}
