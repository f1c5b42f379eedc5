//! What has changed in verdicts is told, whatever it is, and nothing else.

#[path = "../common/mod.rs"]
mod common;

use std::fs;
use std::path::Path;

use common::command::{Ran, portres};
use portres::check::Verdict;
use portres::rejudge::{Judgement, Judgements, Kind, Total, changes, read};
use serde_json::Value;
use tempfile::TempDir;

const GOOD: &str =
    "portres trace 1\n\np1: s1 = socket udp v4 -> ok\np1: bind s1 127.0.0.1:5000 -> 5000\n";

fn judgement(verdict: Verdict) -> Judgement {
    Judgement {
        verdict,
        expected: None,
        profile: "documented".into(),
        event: None,
        rules: Vec::new(),
        undecided: Vec::new(),
    }
}

fn diverges(event: u64, rules: &[&str]) -> Judgement {
    let rules = rules.iter().map(|r| (*r).to_string()).collect();
    Judgement { event: Some(event), rules, ..judgement(Verdict::Diverges) }
}

fn at(path: &str, judgement: Judgement) -> Judgements {
    [((path.to_string(), 1), judgement)].into()
}

#[test]
fn each_kind_of_change_is_told_from_the_others() {
    let undecided =
        |why: &str| Judgement { undecided: vec![why.into()], ..judgement(Verdict::Undecided) };
    let expected = |met| Judgement { expected: Some(met), ..diverges(2, &["bind.sharing"]) };
    let conforms = || judgement(Verdict::Conforms);
    let cases = [
        (conforms(), diverges(2, &["bind.sharing"]), Kind::Verdict),
        (expected(true), expected(false), Kind::Verdict),
        (diverges(2, &["bind.sharing"]), expected(true), Kind::Verdict),
        (diverges(2, &["bind.sharing"]), diverges(3, &["bind.sharing"]), Kind::Event),
        (diverges(2, &["bind.sharing"]), diverges(2, &["bind.name"]), Kind::Rule),
        (diverges(2, &["a"]), diverges(2, &["a", "b"]), Kind::Rule),
        (undecided("budget"), undecided("states"), Kind::Reason),
    ];
    for (before, now, kind) in cases {
        let found = changes(&at("a", before.clone()), &at("a", now.clone()));
        assert_eq!(found.iter().map(|c| c.change).collect::<Vec<_>>(), [kind], "{before} {now}");
        let same = changes(&at("a", now.clone()), &at("a", now.clone()));
        assert!(same.is_empty(), "{same:?}");
        let total = Total::of(&found, &at("a", now));
        assert_eq!((total.traces, total.same), (1, 0));
    }
    let found = changes(&at("a", conforms()), &at("b", conforms()));
    let kinds: Vec<_> = found.iter().map(|c| (c.path.as_str(), c.change)).collect();
    assert_eq!(kinds, [("a", Kind::Gone), ("b", Kind::New)]);
    let total = Total::of(&found, &at("b", conforms()));
    assert_eq!(total.line(), "2 traces: 0 as before, 1 new, 1 gone");
}

#[test]
fn the_profile_alone_is_no_change() {
    let likely = Judgement { profile: "likely".into(), ..judgement(Verdict::Conforms) };
    assert!(changes(&at("a", judgement(Verdict::Conforms)), &at("a", likely)).is_empty());
}

/// A folder with what `check` says of its traces.
struct Then {
    folder: TempDir,
    verdicts: String,
}

impl Then {
    fn of(traces: &[(&str, &str)]) -> Then {
        let folder = TempDir::new().expect("a folder");
        let then = Then { folder, verdicts: String::new() };
        for (name, text) in traces {
            then.write(name, text);
        }
        let ran = portres(&["check", "--format", "json", &then.path("")]);
        Then { verdicts: ran.out, ..then }
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).expect("it is written");
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Without the folder, whose name is another each time.
    fn shown(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.folder.path().display()), "")
            .replace(&self.folder.path().display().to_string(), "")
    }

    fn rejudged(&self, verdicts: &str, more: &[&str]) -> Ran {
        let old = self.path("old.json");
        fs::write(Path::new(&old), verdicts).expect("it is written");
        let folder = self.path("");
        portres(&[&["rejudge", "--against", &old, &folder], more].concat())
    }
}

fn several() -> Then {
    let near_miss = GOOD
        .replace("portres trace 1\n", "portres trace 1\nexpect diverges 2 bind.takes-port\n")
        .replace("-> 5000", "-> 5001");
    Then::of(&[
        ("bad.trace", &GOOD.replace("-> 5000", "-> 5001")),
        ("good.trace", GOOD),
        ("near-miss.trace", &near_miss),
        ("two.trace", &format!("{GOOD}{GOOD}")),
    ])
}

#[test]
fn the_same_verdicts_are_no_change() {
    let then = several();
    let ran = then.rejudged(&then.verdicts, &[]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(ran.out, "5 traces: 5 as before\n");
}

#[test]
fn what_has_changed_is_told() {
    let then = several();
    // as if the rules had been others then
    let lines = then.verdicts.lines().filter(|line| !line.contains("good.trace"));
    let old: String = lines.map(|line| format!("{line}\n")).collect();
    let old = old.replace("\"rule\":\"bind.takes-port\"", "\"rule\":\"bind.took-port\"");
    let old = old.replacen("\"expected\":true", "\"expected\":false", 1);
    let gone = then.verdicts.lines().next().expect("a line").replace("bad.trace", "lost.trace");
    let ran = then.rejudged(&format!("{old}\n{gone}\n"), &[]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    assert_eq!(
        then.shown(&ran.out),
        "bad.trace: diverges by other rules\n  before  diverges at event 2, by bind.took-port\n  \
         now     diverges at event 2, by bind.takes-port\n\
         good.trace: new\n  now     conforms\n\
         lost.trace: gone\n  before  diverges at event 2, by bind.takes-port\n\
         near-miss.trace: another verdict\n  before  diverges, but not as expected at event 2, by bind.took-port\n  \
         now     diverges as expected at event 2, by bind.takes-port\n\
         6 traces: 2 as before, 1 new, 1 gone, 1 with another verdict, 1 diverging by other rules\n"
    );
}

#[test]
fn a_planted_change_of_a_verdict_is_told_with_the_place_in_a_stream() {
    let then = several();
    // the second trace of the stream is the only one that begins on line 5
    let line = then
        .verdicts
        .lines()
        .find(|l| l.contains("\"line\":5,\"profile\""))
        .expect("the second trace");
    let mut changed: Value = serde_json::from_str(line).expect("an object");
    changed["verdict"] = "undecided".into();
    changed["undecided"] = vec!["the budget was spent"].into();
    let old = then.verdicts.replace(line, &changed.to_string());
    let ran = then.rejudged(&old, &["--format", "json"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let lines: Vec<Value> =
        ran.out.lines().map(|l| serde_json::from_str(l).expect("an object")).collect();
    let [change, total] = &lines[..] else { panic!("{}", ran.out) };
    assert_eq!((&change["kind"], &change["change"]), (&"change".into(), &"verdict".into()));
    assert_eq!(change["line"], 5);
    assert_eq!(change["before"]["undecided"][0], "the budget was spent");
    assert_eq!(change["now"]["verdict"], "conforms");
    assert_eq!((&total["kind"], &total["verdict"]), (&"total".into(), &1.into()), "{total}");
    assert_eq!((&total["traces"], &total["same"]), (&5.into(), &4.into()), "{total}");
}

#[test]
fn another_profile_is_named_where_a_verdict_changes() {
    let trace = "portres trace 1\n\np1: s1 = socket udp v4 -> ok\np1: bind s1 127.0.0.2:5000 -> WSAEADDRNOTAVAIL\n";
    let then = Then::of(&[("a.trace", trace)]);
    assert!(then.verdicts.contains("\"conforms\""), "{}", then.verdicts);
    let ran = then.rejudged(&then.verdicts, &["--profile", "likely"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let told = then.shown(&ran.out);
    let before = "a.trace: another verdict\n  before  conforms, under documented\n  now     diverges at event 2";
    assert!(told.starts_with(before) && told.contains(", under likely\n"), "{told}");
}

#[test]
fn what_cannot_be_read_now_is_not_gone() {
    let then = several();
    then.write("bad.trace", "portres trace 1\n\np1: bnid\n");
    let ran = then.rejudged(&then.verdicts, &[]);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.out, "4 traces: 4 as before\n");
    assert!(ran.err.contains("bad.trace: line 3"), "{}", ran.err);
}

#[test]
fn earlier_verdicts_that_cannot_be_read_are_refused() {
    let then = several();
    let line = then.verdicts.lines().next().expect("a line");
    let cases = [
        (
            String::new(),
            "there is no verdict in it: expected the output of `portres check --format json`",
        ),
        (
            format!("{line}\n\n{line}\n"),
            "line 3: the trace of `bad.trace`, line 1, stands on line 1 already",
        ),
        (
            format!("{line}\n{{\"path\":\"a\"}}\n"),
            "line 2, column 12: missing field `line`: expected a line of `portres check --format json`",
        ),
        (
            format!("{line}\nbad.trace: conforms\n"),
            "line 2, column 1: expected value: expected a line of `portres check --format json`",
        ),
        (line.replace("\"diverges\"", "\"perhaps\""), "line 1, column "),
        (format!("[{line}]"), "line 1, column "),
        (line[..line.len() / 2].to_string(), "line 1, column "),
    ];
    for (old, has) in cases {
        let ran = then.rejudged(&old, &[]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{old}");
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
        let told = then.shown(&ran.err);
        assert!(told.starts_with(&format!("error: old.json: {has}")), "{told}");
    }
    let ran = portres(&["rejudge", "--against", "no-such-file.json", "fixtures/accept"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.starts_with("error: no-such-file.json: "), "{}", ran.err);
    assert!(read("{}").is_err());
}
