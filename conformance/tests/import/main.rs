//! Cases of other suites become traces: every operation and every expectation of the vocabulary, what is wrong with a case,
//! and what is never written over.
//!
//! `PORTRES_BLESS=1 cargo test -p portres --test import` writes what is expected of the sample anew; the difference is for
//! people to read.

#[path = "../common/mod.rs"]
mod common;
mod peers;
mod wrong;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use common::command::{Ran, portres};
use portres::import::operations;
use serde_json::Value;
use tempfile::TempDir;

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import").join(path)
}

fn blessed() -> bool {
    std::env::var_os("PORTRES_BLESS").is_some()
}

/// The files below a folder, by their paths in it.
fn tree(folder: &Path) -> Vec<(String, String)> {
    let file = |path: &PathBuf| {
        let name = path.strip_prefix(folder).expect("below it").to_string_lossy();
        let text = fs::read_to_string(path).expect("text");
        (name.replace('\\', "/"), text.replace('\r', ""))
    };
    common::files(folder, "trace").iter().map(file).collect()
}

/// Runs the import with folders of its own.
fn import(more: &[&str]) -> (TempDir, Ran) {
    let folder = TempDir::new().expect("a folder");
    let (traces, changed) = (folder.path().join("traces"), folder.path().join("changed"));
    let cases = here("cases.jsonl");
    let mut args = vec!["import", "peer-cases", cases.to_str().expect("a path"), "-o"];
    args.extend([traces.to_str().expect("a path"), "--changed", changed.to_str().expect("a path")]);
    args.extend(more);
    let ran = portres(&args);
    (folder, ran)
}

/// Compares files with those that are expected, or writes these.
fn expected(folder: &Path, kind: &str) {
    let made = tree(&folder.join(kind));
    let known = here("expected").join(kind);
    if blessed() {
        let _ = fs::remove_dir_all(&known);
        for (name, text) in &made {
            let path = known.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("it is written");
        }
    }
    let known = tree(&known);
    let names = |files: &[(String, String)]| -> Vec<String> {
        files.iter().map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(names(&made), names(&known), "{kind}");
    for ((name, made), (_, known)) in made.iter().zip(&known) {
        assert_eq!(made, known, "{kind}/{name}");
    }
}

#[test]
fn the_sample_gives_the_traces_beside_it() {
    let (folder, ran) = import(&[]);
    expected(folder.path(), "traces");
    expected(folder.path(), "changed");
    let path = here("expected/output.txt");
    if blessed() {
        fs::write(&path, &ran.out).expect("it is written");
    }
    assert_eq!(ran.out, fs::read_to_string(path).unwrap_or_default().replace('\r', ""));
    assert_eq!((ran.code, ran.err.as_str()), (1, ""), "one case is rejected");
}

/// The cases of the sample that other suites have are the fixtures that stand for them.
#[test]
fn fixtures_are_what_the_importer_gives() {
    let (mut same, mut changed) = (0, 0);
    for (kind, fixtures, count) in
        [("traces", "asserted", &mut same), ("changed", "asserted-changed", &mut changed)]
    {
        for (name, text) in tree(&here("expected").join(kind)) {
            let fixture = common::folder(fixtures).join(&name);
            if name.starts_with("sample/") {
                assert!(!fixture.exists(), "{name} is no case of another suite");
                continue;
            }
            let known = fs::read_to_string(&fixture).unwrap_or_default().replace('\r', "");
            assert_eq!(text, known, "{fixtures}/{name}");
            *count += 1;
        }
    }
    assert!(same >= 8 && changed >= 5, "{same} and {changed} fixtures are compared");
}

/// The calls of a case, those of groups and threads included.
fn calls(value: &Value, each: &mut impl FnMut(&Value)) {
    for call in value.as_array().into_iter().flatten() {
        each(call);
        calls(&call["args"]["calls"], each);
    }
}

#[test]
fn the_sample_has_every_operation_and_every_expectation() {
    let (mut seen, mut forms) = (BTreeSet::new(), BTreeSet::new());
    for line in fs::read_to_string(here("cases.jsonl")).expect("the sample").lines() {
        let case: Value = serde_json::from_str(line).expect("JSON");
        calls(&case["calls"], &mut |call| {
            seen.insert(call["op"].as_str().expect("a word").to_string());
            forms.insert(match &call["expect"] {
                Value::String(word) if ["ok", "fail", "any"].contains(&word.as_str()) => {
                    word.clone()
                }
                Value::String(_) => "error".into(),
                expect if expect.get("error").is_some() => "error with values".into(),
                expect if expect["value"].is_object() => "values".into(),
                expect if expect.get("value").is_some() => "value".into(),
                _ => "any_of".into(),
            });
        });
    }
    let known: BTreeSet<String> = operations().into_iter().map(str::to_string).collect();
    assert_eq!(seen, known);
    let known = ["any", "any_of", "error", "error with values", "fail", "ok", "value", "values"];
    assert_eq!(forms.iter().map(String::as_str).collect::<Vec<_>>(), known);
}

#[test]
fn each_case_is_a_line_of_json() {
    let (_folder, ran) = import(&["--format", "json"]);
    let lines: Vec<Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of = |id: &str| lines.iter().find(|line| line["id"] == id).expect(id);
    assert_eq!(of("sample-group")["verdict"], "accepted");
    assert_eq!(of("sample-group")["traces"].as_array().expect("its traces").len(), 4);
    assert_eq!(of("sample-refused")["verdict"], "rejected");
    assert_eq!(of("sample-refused")["traces"][0]["divergences"][0]["event"], 5);
    assert_eq!(of("sample-outside")["verdict"], "out-of-scope");
    assert!(of("sample-outside")["reason"].as_str().expect("why").contains("completion ports"));
    assert_eq!(of("sample-startup")["not_told"], 2);
}
