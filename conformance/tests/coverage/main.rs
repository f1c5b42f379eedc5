//! What traces show is told by system and section, and each rule and answer names what supports it.

#[path = "../common/mod.rs"]
mod common;
mod page;

use std::fs;

use common::command::{Ran, portres};
use portres_model::Rule;
use serde_json::Value;
use tempfile::TempDir;

const EVENTS: &str = "\np1: s1 = socket udp v4 -> ok\np1: bind s1 127.0.0.2:5000 -> 5000\n";

/// Traces of two builds of one system, of another one, of none, and one that is wrong on purpose.
fn traces() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let of = |system: &str, on: &str| {
        format!(
            "portres trace 1\nsystem {system}\nrecorded by=portres-0.1.0 on={on} at=12:00:00Z\n"
        )
    };
    let diverging = EVENTS.replace("-> 5000", "-> 5001");
    let all = [
        ("a.trace", of("windows 10.0.19045", "2026-02-03") + EVENTS),
        ("b.trace", of("windows 10.0.19045", "2026-01-31") + EVENTS),
        ("c.trace", of("windows 10.0.26100", "2026-03-01") + &diverging),
        (
            "d.trace",
            of("beside 1", "2026-03-01").replace("recorded", "#") + "\np1: startup -> 2.2\n",
        ),
        ("e.trace", format!("portres trace 1\n{EVENTS}")),
        (
            "f.trace",
            of("windows 9", "2026-01-01") + "expect diverges 2 bind.takes-port\n" + &diverging,
        ),
    ];
    for (name, text) in all {
        fs::write(folder.path().join(name), text).expect("it is written");
    }
    folder
}

fn ends(ran: Ran, folder: &TempDir) -> String {
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    ran.out.replace(&format!("{}/", folder.path().display()), "")
}

fn coverage(folder: &TempDir, more: &[&str]) -> String {
    let path = folder.path().display().to_string();
    ends(portres(&[&["coverage", &path], more].concat()), folder)
}

fn objects(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("an object")).collect()
}

#[test]
fn the_grid_counts_each_rule_once_in_each_system() {
    let folder = traces();
    let told = coverage(&folder, &["--by", "system"]);
    let head = "beside 1: 1 trace, 1 event, not recorded\n\
                windows 10.0.19045: 2 traces, 4 events, 2026-01-31 to 2026-02-03\n\
                windows 10.0.26100: 1 trace, 2 events, 2026-03-01\n\n\
                rules decided / diverging / never seen, by section and system\n\n";
    assert!(told.starts_with(head), "{told}");
    let bind = Rule::ALL.iter().filter(|rule| rule.id().starts_with("bind.")).count();
    let row = told.lines().find(|line| line.starts_with("bind ")).expect("a row");
    let cells: Vec<&str> = row.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
    let once = format!("1 / 0 / {}", bind - 1);
    let against = format!("0 / 1 / {}", bind - 1);
    assert_eq!(cells, ["bind", &format!("0 / 0 / {bind}"), &once, &against], "{row}");
}

#[test]
fn the_grid_as_json_has_every_rule_in_one_cell_of_each_system() {
    let folder = traces();
    let lines = objects(&coverage(&folder, &["--by", "system", "--format", "json"]));
    let systems: Vec<&Value> = lines.iter().filter(|line| line["kind"] == "system").collect();
    assert_eq!(systems.len(), 3);
    let windows = systems[1];
    assert_eq!(
        (&windows["system"], &windows["version"], &windows["traces"], &windows["events"]),
        (&"windows".into(), &"10.0.19045".into(), &2.into(), &4.into())
    );
    assert_eq!((&windows["first"], &windows["last"]), (&"2026-01-31".into(), &"2026-02-03".into()));
    assert_eq!(systems[0]["first"], Value::Null);
    for system in systems {
        let of = |line: &&Value| {
            line["kind"] == "cell"
                && line["system"] == system["system"]
                && line["version"] == system["version"]
        };
        let sum = |field: &str| {
            lines.iter().filter(of).filter_map(|line| line[field].as_u64()).sum::<u64>()
        };
        let rules = sum("decided") + sum("diverged") + sum("never_seen");
        assert_eq!((rules, sum("rules")), (Rule::ALL.len() as u64, Rule::ALL.len() as u64));
    }
}

#[test]
fn each_rule_and_answer_names_builds_traces_and_days() {
    let folder = traces();
    let lines = objects(&coverage(&folder, &["--format", "json"]));
    let line = |id: &str| lines.iter().find(|line| line["id"] == id).expect("a line");
    let takes = line("bind.takes-port");
    let expected = serde_json::json!([{
        "system": "windows", "version": "10.0.19045", "traces": ["a.trace", "b.trace"],
        "first": "2026-01-31", "last": "2026-02-03",
    }]);
    assert_eq!(takes["supported_by"], expected);
    let expected = serde_json::json!([{
        "system": "windows", "version": "10.0.26100", "traces": ["c.trace"],
        "first": "2026-03-01", "last": "2026-03-01",
    }]);
    assert_eq!(takes["contradicted_by"], expected);
    let local = line("bind.other-loopback/local");
    assert_eq!(local["needed_by"], serde_json::json!(["a.trace", "b.trace", "e.trace"]));
    assert_eq!(local["supported_by"][0]["traces"], serde_json::json!(["a.trace", "b.trace"]));
    assert_eq!(local["supported_by"].as_array().map(Vec::len), Some(1));
}

#[test]
fn known_departures_diverge() {
    let ran = portres(&["coverage", "--by", "system", "--format", "json", "fixtures/recorded"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let lines = objects(&ran.out);
    let cell = |line: &&Value| {
        line["kind"] == "cell" && line["section"] == "bind" && line["system"] == "wine"
    };
    let bind = lines.iter().find(cell).expect("the cell");
    assert!(bind["diverged"].as_u64() >= Some(3), "{bind}");
}

#[test]
fn traces_that_name_no_system_make_no_grid() {
    let ran = portres(&["coverage", "--by", "system", "fixtures/accept/samples"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "no trace names a system\n"));
    let ran =
        portres(&["coverage", "--by", "system", "--format", "json", "fixtures/accept/samples"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
}
