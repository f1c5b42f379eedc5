//! JUnit XML, as CI systems read it: a suite for each file, a case for each trace.
//!
//! What diverges has failed, what cannot be told is skipped, and what cannot be read is an error. The counts of a suite stand
//! before its cases, which may be without number; so the cases wait in a file.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::Standing;
use crate::check::{Divergence, Report};

/// The case of one trace.
#[derive(Debug)]
pub struct Case {
    xml: Vec<u8>,
    counts: Counts,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    tests: u64,
    failures: u64,
    errors: u64,
    skipped: u64,
}

impl Counts {
    fn add(&mut self, other: Counts) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.errors += other.errors;
        self.skipped += other.skipped;
    }

    fn put(self, element: &mut BytesStart<'_>) {
        for (name, count) in [
            ("tests", self.tests),
            ("failures", self.failures),
            ("errors", self.errors),
            ("skipped", self.skipped),
        ] {
            element.push_attribute((name, count.to_string().as_str()));
        }
    }
}

impl Case {
    /// Of a trace that was judged.
    #[must_use]
    pub fn of(path: &str, report: &Report) -> Case {
        let title = report.title.as_deref().unwrap_or("trace");
        let name = match report.line {
            0 | 1 => title.to_string(),
            line => format!("{title} (line {line})"),
        };
        let mut counts = Counts { tests: 1, ..Counts::default() };
        let told = match report.standing() {
            Standing::Good => None,
            Standing::Bad => {
                counts.failures = 1;
                let text = super::line(path, report) + "\n" + &super::details(report);
                Some(("failure", "diverges", failed(report), text))
            }
            Standing::Open => {
                counts.skipped = 1;
                Some(("skipped", "undecided", undecided(report), String::new()))
            }
        };
        Case { xml: case(path, &name, told, &super::notes(report)), counts }
    }

    /// Of what could not be judged.
    #[must_use]
    pub fn unreadable(path: &str, why: &str) -> Case {
        let told = Some(("error", "unreadable", why.to_string(), String::new()));
        let counts = Counts { tests: 1, errors: 1, ..Counts::default() };
        Case { xml: case(path, "can be judged", told, ""), counts }
    }
}

/// Why a trace has failed, in a line.
fn failed(report: &Report) -> String {
    match report.divergences.first() {
        Some(Divergence { event, line, who, call, observed, remedy, .. }) => {
            format!("event {event}, line {line}: {who}: {call} -> {observed}: {remedy}")
        }
        None => "it does not diverge as its header expects".into(),
    }
}

fn undecided(report: &Report) -> String {
    let discovered = report.discoveries.iter().map(|(question, event)| {
        format!("event {event} answers {question} with a code that nobody has foreseen")
    });
    let all: Vec<String> = report.undecided.iter().cloned().chain(discovered).take(5).collect();
    format!("undecided: {}", all.join("; "))
}

/// An element with a kind, a message and a text.
type Told<'a> = (&'a str, &'a str, String, String);

fn case(path: &str, name: &str, told: Option<Told<'_>>, notes: &str) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    let (path, name, notes) = (plain(path), plain(name), plain(notes));
    let element = writer
        .create_element("testcase")
        .with_attributes([("name", name.as_str()), ("classname", path.as_str())]);
    let written = if told.is_none() && notes.is_empty() {
        element.write_empty().map(drop)
    } else {
        let inside = |writer: &mut Writer<Vec<u8>>| {
            if let Some((tag, kind, message, text)) = told {
                let message = plain(&message);
                let mut told =
                    writer.create_element(tag).with_attribute(("message", message.as_str()));
                // a skipped one has no kind
                if tag != "skipped" {
                    told = told.with_attribute(("type", kind));
                }
                match text.is_empty() {
                    true => told.write_empty()?,
                    false => told.write_text_content(BytesText::new(&plain(&text)))?,
                };
            }
            if !notes.is_empty() {
                writer.create_element("system-out").write_text_content(BytesText::new(&notes))?;
            }
            Ok(())
        };
        element.write_inner_content(inside).map(drop)
    };
    written.expect("memory can be written to");
    let mut xml = writer.into_inner();
    xml.push(b'\n');
    xml
}

/// Without the characters that XML cannot have.
fn plain(text: &str) -> String {
    let is_xml = |c: char| {
        matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..) && c != '\u{7f}'
    };
    text.chars().map(|c| if is_xml(c) { c } else { '\u{fffd}' }).collect()
}

/// The suites of a run.
#[derive(Debug)]
pub struct JUnit {
    /// The cases of all suites, one behind the other.
    cases: BufWriter<File>,
    suites: Vec<Suite>,
    all: Counts,
}

#[derive(Debug)]
struct Suite {
    name: String,
    counts: Counts,
    bytes: u64,
}

impl JUnit {
    /// Without suites. The cases wait in this file, which is empty.
    #[must_use]
    pub fn new(waiting: File) -> JUnit {
        let (cases, all) = (BufWriter::new(waiting), Counts::default());
        JUnit { cases, suites: Vec::new(), all }
    }

    /// Adds a case to the suite of a file. The cases of a file come one after the other.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn add(&mut self, path: &str, case: &Case) -> io::Result<()> {
        if self.suites.last().is_none_or(|suite| suite.name != path) {
            let (name, counts) = (path.to_string(), Counts::default());
            self.suites.push(Suite { name, counts, bytes: 0 });
        }
        self.cases.write_all(&case.xml)?;
        self.all.add(case.counts);
        if let Some(suite) = self.suites.last_mut() {
            suite.counts.add(case.counts);
            suite.bytes += case.xml.len() as u64;
        }
        Ok(())
    }

    /// Writes the document.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(self, to: &mut dyn Write) -> io::Result<()> {
        let mut waiting = self.cases.into_inner().map_err(io::IntoInnerError::into_error)?;
        waiting.rewind()?;
        let mut cases = BufReader::new(waiting);
        let mut writer = Writer::new(to);
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        let mut all = BytesStart::new("testsuites");
        all.push_attribute(("name", "portres check"));
        self.all.put(&mut all);
        newline(&mut writer)?;
        writer.write_event(Event::Start(all))?;
        newline(&mut writer)?;
        for suite in &self.suites {
            let mut head = BytesStart::new("testsuite");
            head.push_attribute(("name", plain(&suite.name).as_str()));
            suite.counts.put(&mut head);
            writer.write_event(Event::Start(head))?;
            newline(&mut writer)?;
            io::copy(&mut (&mut cases).take(suite.bytes), writer.get_mut())?;
            writer.write_event(Event::End(BytesEnd::new("testsuite")))?;
            newline(&mut writer)?;
        }
        writer.write_event(Event::End(BytesEnd::new("testsuites")))?;
        newline(&mut writer)
    }
}

fn newline(writer: &mut Writer<&mut dyn Write>) -> io::Result<()> {
    writer.get_mut().write_all(b"\n")
}
