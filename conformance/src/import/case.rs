//! One case: what a test suite calls and what it asserts, as a line of JSON says it.

use std::collections::BTreeMap;
use std::io::{BufRead, Read};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::expect::Expect;
use super::op::Op;
use super::{CaseError, LINE_LIMIT};

/// What a test suite shows with one sequence of calls.
#[derive(Clone, Debug)]
pub struct Case {
    /// The line on which it stands, from 1.
    pub line: u64,
    /// Its id: the suite's name, the topic and a number.
    pub id: String,
    /// The suite.
    pub suite: String,
    /// Where in its source the case stands.
    pub source: String,
    /// The versions for which the suite vouches.
    pub platform: String,
    /// What it shows.
    pub note: String,
    /// What the machine must have.
    pub(super) requires: Vec<String>,
    pub(super) steps: Vec<Step>,
}

/// A call of a case.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// Its number, from 1; the calls of a group have that of the group.
    pub(super) number: usize,
    /// The name of the operation.
    pub(super) op: String,
    /// What it creates is called so.
    pub(super) names: Option<String>,
    /// The process that makes it, if it is another than the first.
    pub(super) process: Option<String>,
    pub(super) call: Op,
    /// Outputs that are kept under a name.
    pub(super) save: BTreeMap<String, String>,
    pub(super) expect: Expect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseLine {
    id: String,
    suite: String,
    source: String,
    platform: String,
    #[serde(rename = "topic")]
    _topic: String,
    #[serde(default)]
    requires: Vec<String>,
    calls: Vec<Value>,
    note: String,
    #[serde(default, rename = "wine_differs")]
    _wine_differs: bool,
    #[serde(default, rename = "wine_differs_note")]
    _wine_differs_note: Option<String>,
    #[serde(default, rename = "source_note")]
    _source_note: Option<String>,
    #[serde(default, rename = "strength")]
    _strength: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepLine {
    op: String,
    #[serde(default, rename = "as")]
    names: Option<String>,
    #[serde(default)]
    args: Map<String, Value>,
    #[serde(default)]
    save: BTreeMap<String, String>,
    expect: Value,
}

/// Reads cases, one a line. After an error it ends.
pub struct Cases<R> {
    from: R,
    line: u64,
    ended: bool,
}

impl<R: BufRead> Cases<R> {
    /// Reads from here.
    pub fn new(from: R) -> Cases<R> {
        Cases { from, line: 0, ended: false }
    }

    fn case(&mut self) -> Result<Option<Case>, CaseError> {
        loop {
            self.line += 1;
            let line = self.line;
            let error = |message: String| CaseError { line, place: None, message };
            let mut bytes = Vec::new();
            let mut limited = (&mut self.from).take(LINE_LIMIT as u64 + 1);
            limited.read_until(b'\n', &mut bytes).map_err(|e| error(e.to_string()))?;
            if bytes.is_empty() {
                return Ok(None);
            }
            if bytes.len() > LINE_LIMIT {
                return Err(error(format!("the line is longer than {LINE_LIMIT} bytes")));
            }
            if bytes.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            return case(line, &bytes).map(Some);
        }
    }
}

impl<R: BufRead> Iterator for Cases<R> {
    type Item = Result<Case, CaseError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.case().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

fn case(line: u64, bytes: &[u8]) -> Result<Case, CaseError> {
    let read: CaseLine = serde_json::from_slice(bytes).map_err(|e| {
        let text = e.to_string();
        let what = text.split(" at line ").next().unwrap_or_default();
        let message = format!("column {}: {what}", e.column());
        CaseError { line, place: None, message }
    })?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !read.id.starts_with(|c: char| c.is_ascii_alphanumeric()) || !read.id.chars().all(is_name) {
        let message = format!("expected an id of letters, digits and `-`, found `{}`", read.id);
        return Err(CaseError { line, place: None, message });
    }
    let at = |number: usize, op: &str, message: String| {
        let place = format!("case {}, call {number} (`{op}`)", read.id);
        CaseError { line, place: Some(place), message }
    };
    let mut steps = Vec::new();
    for (i, value) in read.calls.into_iter().enumerate() {
        let op = value.get("op").and_then(Value::as_str).unwrap_or("?").to_string();
        steps.push(step(i + 1, value).map_err(|message| at(i + 1, &op, message))?);
    }
    Ok(Case {
        line,
        id: read.id,
        suite: read.suite,
        source: read.source,
        platform: read.platform,
        note: read.note,
        requires: read.requires,
        steps,
    })
}

fn step(number: usize, value: Value) -> Result<Step, String> {
    let StepLine { op, names, mut args, save, expect } =
        serde_json::from_value(value).map_err(|e| e.to_string())?;
    let process = match args.remove("process") {
        None => None,
        Some(Value::String(process)) => Some(process),
        Some(other) => return Err(format!("expected the name of a process, found `{other}`")),
    };
    let call =
        Op::read(&op, args, |calls| calls.into_iter().map(|value| step(number, value)).collect())?;
    // what is out of scope may expect what nothing here has a word for
    let expect = match &call {
        Op::OutOfScope(_) => Expect::default(),
        _ => Expect::read(expect)?,
    };
    Ok(Step { number, op, names, process, call, save, expect })
}
