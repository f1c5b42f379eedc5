//! The commands that list what the specification consists of, and what traces reach of it.

mod common;

use std::collections::BTreeSet;

use common::command::{Ran, portres, portres_with};
use portres::Profiles;
use portres::ledger::Ledger;
use portres_model::{Profile, Question, Rule};
use serde_json::Value;

const GOOD: &str =
    "portres trace 1\n\np1: s1 = socket udp v4 -> ok\np1: bind s1 127.0.0.1:5000 -> 5000\n";

fn ends(ran: &Ran, code: i32) -> &str {
    assert_eq!(ran.code, code, "{}{}", ran.out, ran.err);
    &ran.out
}

/// The objects of a run, one a line.
fn objects(args: &[&str]) -> Vec<Value> {
    let ran = portres(&[args, &["--format", "json"]].concat());
    let object = |line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
    ends(&ran, 0).lines().map(object).collect()
}

/// Some fields must be texts that say something, some must be lists.
fn has(line: &Value, texts: &[&str], lists: &[&str]) {
    for field in texts {
        assert!(line[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {line}");
    }
    lists.iter().for_each(|field| assert!(line[field].is_array(), "{field}: {line}"));
}

fn ids(lines: &[Value]) -> BTreeSet<&str> {
    lines.iter().filter_map(|line| line["id"].as_str()).collect()
}

/// Whether a list has this text, in paths whatever parts them.
fn contains(list: &Value, text: &str) -> bool {
    let is = |one: &Value| one.as_str().is_some_and(|one| one.replace('\\', "/") == text);
    list.as_array().is_some_and(|list| list.iter().any(is))
}

#[test]
fn rules_are_one_object_a_line() {
    let lines = objects(&["rules"]);
    assert_eq!((lines.len(), ids(&lines).len()), (Rule::ALL.len(), Rule::ALL.len()));
    for line in &lines {
        let lists = ["sources", "clauses", "evidence", "questions", "accepted_by", "rejected_by"];
        has(line, &["id", "says", "class", "standing"], &lists);
        let count = |field: &str| line[field].as_array().map_or(0, Vec::len);
        assert_eq!(count("clauses") + count("evidence"), count("sources"), "{line}");
        assert_eq!(line["reason"].is_string(), line["standing"] == "assumed", "{line}");
    }
    let told = portres(&["rules"]);
    assert!(Rule::ALL.iter().all(|rule| told.out.contains(rule.id())), "{}", told.out);
}

#[test]
fn one_rule_is_told_whole() {
    let lines = objects(&["rules", "bind.already-bound"]);
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    assert!(contains(&line["clauses"], "BIND-10"), "{line}");
    let near_miss = "fixtures/reject/bind/a-bound-socket-was-bound-again.trace";
    assert!(contains(&line["rejected_by"], near_miss), "{line}");
    let told = portres(&["rules", "bind.already-bound"]);
    let told = ends(&told, 0);
    assert!(told.starts_with("bind.already-bound\n  bind refuses"), "{told}");
    assert!(told.contains("  defended  by ") && told.contains(near_miss), "{told}");
    // of many fixtures a text names the first
    let told = portres(&["rules", "socket.opens"]);
    let named = told.out.lines().filter(|line| line.contains("fixtures/accept/")).count();
    assert_eq!(named, 5, "{}", told.out);
    assert!(told.out.contains(" more\n"), "{}", told.out);
}

#[test]
fn questions_are_one_object_a_line() {
    let lines = objects(&["questions"]);
    assert_eq!((lines.len(), ids(&lines).len()), (Question::ALL.len(), Question::ALL.len()));
    for line in &lines {
        has(line, &["id", "asks"], &["answers", "clauses", "rules"]);
        assert!(line.get("settled_by").is_none(), "{line}");
        for (i, answer) in line["answers"].as_array().expect("answers").iter().enumerate() {
            has(answer, &["id", "effect"], &["evidence", "needed_by"]);
            assert_eq!(answer["likeliest"], i == 0, "{line}");
        }
    }
    let told = portres(&["questions", "bind.reserved-persistent"]);
    assert!(ends(&told, 0).contains("likeliest access: WSAEACCES (EV-53"), "{}", told.out);
}

#[test]
fn a_profile_leaves_some_answers_and_says_by_what() {
    for (profile, left) in [("documented", Profile::documented()), ("likely", Profile::likely())] {
        for line in objects(&["questions", "--profile", profile]) {
            let question: Question = line["id"].as_str().expect("an id").parse().expect("known");
            let answers = line["answers"].as_array().expect("answers").len();
            assert_eq!(answers, left.open(question).count_ones() as usize, "{line}");
            assert_eq!(line["settled_by"], Value::Array(Vec::new()), "{line}");
        }
    }
    let profiles = Profiles::built_in();
    let wine = profiles.get("wine-8").expect("it is built in");
    assert!(!wine.evidence.is_empty());
    let lines = objects(&["questions", "--profile", "wine-8"]);
    for (question, evidence) in &wine.evidence {
        let line = lines.iter().find(|line| line["id"] == question.id()).expect("a line");
        assert_eq!(line["settled_by"], Value::from(evidence.clone()), "{line}");
        let left: Vec<&str> = question.names(wine.profile.open(*question)).collect();
        let answers = line["answers"].as_array().expect("answers").iter();
        assert_eq!(answers.map(|a| a["id"].as_str().unwrap()).collect::<Vec<_>>(), left);
    }
    let told = portres(&["questions", "--profile", "wine-8", "ioctl.supported"]);
    assert!(ends(&told, 0).contains("  settled   WM-39, EV-150"), "{}", told.out);
    let told = portres(&["questions", "--profile", "wyne-8"]);
    ends(&told, 2);
    assert!(told.err.contains("did you mean `wine-8`?"), "{}", told.err);
}

#[test]
fn clauses_are_one_object_a_line() {
    let (lines, ledger) = (objects(&["clauses"]), Ledger::built_in());
    assert_eq!((lines.len(), ids(&lines).len()), (ledger.clauses.len(), ledger.clauses.len()));
    for line in &lines {
        has(line, &["id", "page", "heading", "says"], &["rules", "questions"]);
        let reason = line["reason"].as_str();
        assert!(reason.is_none_or(|r| ledger.reasons.contains_key(r)), "{line}");
    }
    let one = objects(&["clauses", "SIL-15"]);
    assert!(contains(&one[0]["rules"], "bind.reserved-persistent"), "{one:?}");
    assert!(contains(&one[0]["questions"], "bind.reserved-persistent"), "{one:?}");
    // an answer's evidence may be a clause
    let one = objects(&["clauses", "REL-12"]);
    assert!(contains(&one[0]["questions"], "release.in-use"), "{one:?}");
    let told = portres(&["clauses", "HDR-1"]);
    assert!(ends(&told, 0).contains("  left out  layout: It fixes a number"), "{}", told.out);
}

#[test]
fn what_there_is_none_of_is_said_in_one_line() {
    for (command, id, near) in [
        ("rules", "bind.takes-prt", "did you mean `bind.takes-port`?"),
        ("questions", "bind.reserved-persistant", "did you mean `bind.reserved-persistent`?"),
        ("clauses", "sil-15", "did you mean `SIL-15`?"),
        ("clauses", "nonsense", "unknown clause `nonsense`: `portres clauses` lists them all"),
    ] {
        for format in ["text", "json"] {
            let told = portres(&[command, id, "--format", format]);
            assert_eq!(ends(&told, 2), "");
            assert!(told.err.starts_with("error: unknown "), "{}", told.err);
            assert!(told.err.contains(near) && told.err.lines().count() == 1, "{}", told.err);
        }
    }
}

#[test]
fn clauses_and_evidence_are_explained() {
    let told = portres(&["explain", "SIL-15"]);
    assert!(ends(&told, 0).starts_with("SIL-15\n"), "{}", told.out);
    let told = portres(&["explain", "ev-80"]);
    assert!(ends(&told, 0).contains("  strength  observed"), "{}", told.out);
}

#[test]
fn coverage_tells_what_is_reached_and_what_is_not() {
    let told = portres_with(&["coverage", "-"], GOOD.as_bytes());
    let told = ends(&told, 0);
    let rules = Rule::ALL.len();
    assert!(told.starts_with("1 trace\n"), "{told}");
    assert!(told.contains("that conforms: ") && !told.contains("that conforms: 0 of"), "{told}");
    assert!(told.contains(&format!("that diverges: 0 of {rules}\n")), "{told}");
    assert!(
        told.contains("  not bind.sharing\n") && !told.contains("  not socket.opens\n  not bind")
    );
    assert!(told.ends_with(&format!("recorded on Windows: 0 of {rules} rules\n")), "{told}");
    // a reason is told where it is known
    assert!(told.contains("  not call.resources: it may come at any time"), "{told}");
}

#[test]
fn a_recording_counts_by_the_system_that_its_header_names() {
    let recorded = |system: &str| {
        let header = format!("portres trace 1\nsystem {system}\n");
        let trace = GOOD.replacen("portres trace 1\n", &header, 1);
        portres_with(&["coverage", "-"], trace.as_bytes()).out
    };
    let none = format!("recorded on Windows: 0 of {} rules\n", Rule::ALL.len());
    assert!(!recorded("windows 10.0.19045").ends_with(&none));
    assert!(recorded("wine 8.0").ends_with(&none));
}

#[test]
fn coverage_as_json_names_the_traces() {
    let lines = objects(&["coverage", "fixtures/reject/bind"]);
    let rule = |id: &str| lines.iter().find(|l| l["kind"] == "rule" && l["id"] == id);
    let line = rule("bind.already-bound").expect("a line");
    let near_miss = "fixtures/reject/bind/a-bound-socket-was-bound-again.trace";
    assert!(contains(&line["rejected_by"], near_miss), "{line}");
    // what comes before a divergence is not accepted by it
    assert_eq!(rule("socket.opens").expect("a line")["accepted_by"], Value::Array(Vec::new()));
    let total = lines.last().expect("the total");
    assert_eq!((&total["kind"], &total["accepted"]), (&"total".into(), &0.into()), "{total}");
    let count = lines.iter().filter(|l| l["kind"] == "rule").count();
    assert_eq!((count, &total["rules"]), (Rule::ALL.len(), &count.into()));
}

#[test]
fn what_neither_conforms_nor_diverges_as_expected_reaches_nothing() {
    let bad = GOOD.replace("-> 5000", "-> 5001");
    let told = portres_with(&["coverage", "-"], bad.as_bytes());
    let told = ends(&told, 0);
    assert!(told.starts_with("0 traces (1 left out"), "{told}");
    assert!(told.contains("that conforms: 0 of "), "{told}");
    let told = portres_with(&["coverage", "-"], b"portres trace 1\n\np1: bnid\n");
    ends(&told, 2);
    assert!(told.err.contains("did you mean `bind`?"), "{}", told.err);
}
