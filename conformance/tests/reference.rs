//! The reference (`docs/reference/`) is generated and up to date, and has a page for whatever can be asked about.
//!
//! `PORTRES_BLESS=1 cargo test -p portres --test reference` writes it anew; the difference is for people to read.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use portres::explain::{Subject, calls};
use portres::markdown::Anchors;
use portres::reference::{self, Document, FOLDER, place};
use portres_model::{Error, Question, Rule};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(FOLDER)
}

fn files() -> BTreeSet<String> {
    let entries = fs::read_dir(folder()).expect("the reference");
    entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn every_page_is_up_to_date() {
    let documents = reference::documents();
    if std::env::var_os("PORTRES_BLESS").is_some() {
        fs::create_dir_all(folder()).expect("the folder");
        files().iter().for_each(|name| fs::remove_file(folder().join(name)).expect("a page"));
        for Document { file, text } in &documents {
            fs::write(folder().join(file), text).expect("a page");
        }
    }
    let names: BTreeSet<String> = documents.iter().map(|d| d.file.clone()).collect();
    assert_eq!(names.len(), documents.len(), "two pages have one name");
    assert_eq!(files(), names, "pages are missing or left over");
    for Document { file, text } in &documents {
        let known = fs::read_to_string(folder().join(file)).expect("a page").replace('\r', "");
        assert!(
            known == *text,
            "{FOLDER}/{file} is out of date: PORTRES_BLESS=1 cargo test -p portres --test reference"
        );
    }
}

/// The anchors of a page.
fn anchors(document: &Document) -> BTreeSet<String> {
    let mut anchors = Anchors::default();
    let mut is_code = false;
    let headings = document.text.lines().filter(|line| {
        is_code ^= line.starts_with("```");
        !is_code && line.starts_with('#')
    });
    headings.map(|line| anchors.next(line.trim_start_matches('#').trim())).collect()
}

#[test]
fn every_rule_question_call_and_error_has_its_place() {
    let documents = reference::documents();
    let rules = Rule::ALL.iter().map(|rule| Subject::Rule(*rule));
    let questions = Question::ALL.iter().map(|question| Subject::Question(*question));
    let errors = Error::ALL.iter().map(|error| Subject::Error(*error));
    let calls = calls::ALL.iter().map(Subject::Call);
    let mut homeless = Vec::new();
    for subject in rules.chain(questions).chain(errors).chain(calls) {
        let Some(place) = place(&subject) else {
            homeless.push(format!("{subject:?}"));
            continue;
        };
        let file = format!("{}.md", place.page);
        let document = documents.iter().find(|d| d.file == file);
        let document = document.unwrap_or_else(|| panic!("{subject:?}: there is no {file}"));
        let is_there = |anchor: &String| anchors(document).contains(anchor);
        assert!(place.anchor.as_ref().is_none_or(is_there), "{subject:?}: {}", place.in_project());
    }
    assert_eq!(homeless, HOMELESS);
}

/// What no call that stands alone consults.
const HOMELESS: &[&str] = &[];

#[test]
fn a_page_tells_the_order_the_errors_the_questions_and_the_sources() {
    let documents = reference::documents();
    let page = |file: &str| &documents.iter().find(|d| d.file == file).expect("the page").text;
    let associate = page("associate.md");
    for part in [
        "# SIO_ASSOCIATE_PORT_RESERVATION\n",
        "## Order of checks",
        "[`associate.privilege`](#associateprivilege)",
        "[`WSAEACCES`](wsaeacces.md) | 10013 |",
        "### Question associate.unknown-token",
        "[ASSOC-26](../../model/RULES.md#assoc-26)",
        "../../fixtures/accept/",
        "## A near miss",
    ] {
        assert!(associate.contains(part), "no `{part}`");
    }
    let access = page("wsaeacces.md");
    for part in
        ["# WSAEACCES (10013)", "[`bind`](bind.md)", "(bind.md#bindsystem-block)", "by Windows"]
    {
        assert!(access.contains(part) || part == "by Windows", "no `{part}`");
    }
}
