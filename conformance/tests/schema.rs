//! The JSON Schema of a line: every line that is written is valid, and wrong lines are neither valid nor readable.

mod common;

use std::collections::BTreeSet;

use portres::trace::{Reader, Spelled, write_item};
use portres_model::{Call, Error};

fn validator() -> jsonschema::Validator {
    let path = common::folder("../docs/trace.schema.json");
    let text = std::fs::read_to_string(path).expect("the schema");
    jsonschema::validator_for(&serde_json::from_str(&text).expect("JSON")).expect("a schema")
}

/// The lines of every fixture in JSON.
fn lines() -> Vec<String> {
    let mut lines = Vec::new();
    for path in common::files(&common::folder("."), "trace") {
        let text = std::fs::read(&path).expect("a fixture");
        for item in Reader::new(text.as_slice()) {
            let mut line = Vec::new();
            write_item(&mut line, Spelled::JsonLines, &item.expect("a trace")).expect("memory");
            lines.push(String::from_utf8(line).expect("UTF-8").trim_end().to_string());
        }
    }
    lines
}

#[test]
fn every_line_that_is_written_is_valid() {
    let validator = validator();
    for line in lines() {
        let value = serde_json::from_str(&line).expect("JSON");
        if let Err(error) = validator.validate(&value) {
            panic!("{line}\n{error}");
        }
    }
}

#[test]
fn every_call_and_every_kind_of_reply_is_among_them() {
    let lines = lines();
    let word = |line: &str, key: &str| {
        let value: serde_json::Value = serde_json::from_str(line).expect("JSON");
        match value.get(key)? {
            serde_json::Value::String(word) => Some(word.clone()),
            serde_json::Value::Object(object) => object.keys().next().cloned(),
            _ => None,
        }
    };
    let calls: BTreeSet<String> = lines.iter().filter_map(|l| word(l, "call")).collect();
    for head in Call::heads() {
        assert!(calls.contains(head), "no fixture has the call `{head}`");
    }
    let replies: BTreeSet<String> = lines.iter().filter_map(|l| word(l, "reply")).collect();
    for reply in ["ok", "unsupported", "socket", "token", "reserved", "bound", "name", "failed"] {
        assert!(replies.contains(reply), "no fixture has the reply `{reply}`");
    }
}

#[test]
fn the_schema_knows_every_error() {
    let validator = validator();
    for error in Error::ALL {
        let line = format!(r#"{{"who":"p1","call":"cleanup","reply":{{"failed":"{error}"}}}}"#);
        assert!(validator.is_valid(&serde_json::from_str(&line).expect("JSON")), "{line}");
    }
}

const HEADER: &str = r#"{"portres":"trace","format":1}"#;

#[test]
fn wrong_lines_are_neither_valid_nor_readable() {
    let validator = validator();
    for line in [
        r#"{"who":"p1","call":"fly","reply":"ok"}"#,
        r#"{"who":"p0","call":"cleanup","reply":"ok"}"#,
        r#"{"who":"p1","call":"cleanup","reply":"fine"}"#,
        r#"{"who":"p1","call":"cleanup","reply":"ok","extra":1}"#,
        r#"{"who":"p1","reply":"ok"}"#,
        r#"{"who":"p1","begin":1,"call":"cleanup","reply":"ok"}"#,
        r#"{"who":"p1","call":{"bind":{"socket":"s0","address":"localhost:1"}},"reply":{"bound":1}}"#,
        r#"{"who":"p1","call":{"bind":{"socket":"s0","address":"0.0.0.0:1"}},"reply":{"bound":70000}}"#,
        r#"{"who":"p1","call":{"acquire":{"socket":"s0","range":"1"}}}"#,
        r#"{"who":"p1","call":{"acquire":{"socket":"s0","range":"1+1","frame":{"input":"tiny"}}}}"#,
        r#"{"who":"p1","call":"cleanup","reply":{"failed":"WSAENOSUCH"}}"#,
        r#"{"comment":"a","b":1}"#,
        r#"{"portres":"trace","format":2}"#,
        r#"{"portres":"trace","format":1,"colour":"red"}"#,
    ] {
        let value = serde_json::from_str(line).expect("JSON");
        assert!(!validator.is_valid(&value), "valid: {line}");
        let text =
            if line.contains("portres") { line.to_string() } else { format!("{HEADER}\n{line}\n") };
        assert!(Reader::new(text.as_bytes()).any(|item| item.is_err()), "readable: {line}");
    }
}
