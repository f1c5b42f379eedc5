//! Reports: one structure, as text, JSON, JUnit XML and a page.

use std::fmt::Write;

use portres_model::Rule;
use serde::Serialize;

use crate::check::{Divergence, Note, PermittedReply, RefusedBy, Report, Verdict};
use crate::trace::SystemName;

mod changes;
mod detail;
mod junit;
mod lanes;
mod ports;
mod run;
mod scene;

pub use junit::{Case, JUnit};
pub use run::{Room, RunPage, Shown, check_shown};

/// How many permitted replies a text report lists for one divergence.
const MOST_PERMITTED: usize = 12;

/// One trace's report as one JSON object, on one line.
#[must_use]
pub fn json(path: &str, report: &Report) -> String {
    let line = Line {
        path,
        line: report.line,
        title: report.title.as_deref(),
        system: report.system.as_ref(),
        profile: &report.profile,
        verdict: report.verdict,
        expected: report.expected,
        events: report.events,
        unsupported: report.unsupported,
        departures: report.departed.len(),
        further: report.further,
        divergences: report.divergences.iter().map(DivergenceLine::of).collect(),
        discoveries: report
            .discoveries
            .iter()
            .map(|(q, event)| Discovery { question: q.id(), event: *event })
            .collect(),
        undecided: &report.undecided,
        notes: &report.notes,
    };
    serde_json::to_string(&line).expect("a report has a JSON form")
}

#[derive(Serialize)]
struct Line<'a> {
    path: &'a str,
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<&'a SystemName>,
    profile: &'a str,
    verdict: Verdict,
    expected: Option<bool>,
    events: u64,
    unsupported: u64,
    departures: usize,
    #[serde(skip_serializing_if = "is_zero")]
    further: u64,
    divergences: Vec<DivergenceLine<'a>>,
    discoveries: Vec<Discovery>,
    undecided: &'a [String],
    notes: &'a [Note],
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[derive(Serialize)]
struct Discovery {
    question: &'static str,
    event: u64,
}

#[derive(Serialize)]
struct DivergenceLine<'a> {
    event: u64,
    line: u64,
    who: &'a str,
    call: &'a str,
    observed: &'a str,
    permitted: &'a [PermittedReply],
    refused_by: &'a [RefusedBy],
    remedy: &'a str,
    follows_from: Option<u64>,
}

impl DivergenceLine<'_> {
    fn of(d: &Divergence) -> DivergenceLine<'_> {
        DivergenceLine {
            event: d.event,
            line: d.line,
            who: &d.who,
            call: &d.call,
            observed: &d.observed,
            permitted: &d.permitted,
            refused_by: &d.refused_by,
            remedy: &d.remedy,
            follows_from: d.follows_from,
        }
    }
}

/// How a report stands in a run: good, bad, or neither.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// It conforms, or what was expected happened.
    Good,
    /// It diverges, or what was expected did not happen.
    Bad,
    /// It cannot be told.
    Open,
}

impl Report {
    /// How it counts.
    #[must_use]
    pub fn standing(&self) -> Standing {
        match (self.expected, self.verdict) {
            (Some(true), _) | (None, Verdict::Conforms) => Standing::Good,
            (Some(false), _) | (None, Verdict::Diverges) => Standing::Bad,
            (None, Verdict::Undecided) => Standing::Open,
        }
    }
}

/// The line for a trace, without colour.
#[must_use]
pub fn line(path: &str, report: &Report) -> String {
    let verdict = match (report.expected, report.verdict) {
        (Some(true), _) => "diverges as expected",
        (Some(false), Verdict::Diverges) => "diverges, but not as expected",
        (Some(false), _) => "does not diverge as expected",
        (None, Verdict::Conforms) => "conforms",
        (None, Verdict::Diverges) => "diverges",
        (None, Verdict::Undecided) => "undecided",
    };
    let mut line = format!("{path}: {verdict} ({})", counted(report.events, "event"));
    let mut add = |text: String| line.push_str(&text);
    if report.profile != "documented" {
        add(format!(", under {}", report.profile));
    }
    if !report.departed.is_empty() {
        add(format!(", {}", counted(report.departed.len() as u64, "known departure")));
    }
    if report.unsupported > 0 {
        add(format!(", {} unsupported", counted(report.unsupported, "call")));
    }
    line
}

/// A number of things, in words.
#[must_use]
pub fn counted(n: u64, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// What there is to say about a trace beyond its line; empty if nothing.
#[must_use]
pub fn details(report: &Report) -> String {
    let mut text = String::new();
    for divergence in &report.divergences {
        text.push_str(&self::divergence(divergence));
    }
    if report.further > 0 {
        let _ = writeln!(
            text,
            "  and {} more, which are not shown",
            counted(report.further, "divergence")
        );
    }
    if let Some(first) = report.divergences.first() {
        let later = report.divergences.len() as u64 - 1 + report.further;
        let events = report.events - first.event;
        let follow = if later == 0 {
            "none diverged".into()
        } else {
            format!("{later} diverged and may follow from it")
        };
        let went_on = if events == 0 {
            "  it was the last event\n".to_string()
        } else {
            format!(
                "  checking went on as if the reply had been possible: of {} behind it, {follow}\n",
                counted(events, "event")
            )
        };
        text.push_str(&went_on);
    }
    for (question, event) in &report.discoveries {
        let _ = writeln!(
            text,
            "  a discovery: event {event} answers `{question}` with a code that nobody has foreseen"
        );
    }
    for why in &report.undecided {
        let _ = writeln!(text, "  undecided: {why}");
    }
    text.push_str(&notes(report));
    text
}

/// The notes on a trace, whatever its verdict.
#[must_use]
pub fn notes(report: &Report) -> String {
    let line = |n: &Note| format!("  note: event {}, line {}: {}\n", n.event, n.line, n.says);
    report.notes.iter().map(line).collect()
}

/// What is to say of a divergence, where it stands first.
pub(crate) fn divergence(d: &Divergence) -> String {
    let mut text = String::new();
    let follows =
        d.follows_from.map(|e| format!(" (may follow from event {e})")).unwrap_or_default();
    let _ = writeln!(text, "  event {}, line {}: {}: {}{follows}", d.event, d.line, d.who, d.call);
    let _ = writeln!(text, "    observed   {}", d.observed);
    for (i, PermittedReply { reply, rule, under }) in
        d.permitted.iter().take(MOST_PERMITTED).enumerate()
    {
        let head = if i == 0 { "permitted" } else { "" };
        let under =
            if under.is_empty() { String::new() } else { format!(", if {}", under.join(" and ")) };
        let _ = writeln!(text, "    {head:10} {reply}  [{rule}{under}]");
    }
    if d.permitted.len() > MOST_PERMITTED {
        let _ = writeln!(text, "               and {} more", d.permitted.len() - MOST_PERMITTED);
    }
    let mut before = None;
    for RefusedBy { rule, why, .. } in &d.refused_by {
        let head = if before.is_none() { "refused by" } else { "" };
        if before != Some(*rule) {
            let _ = writeln!(text, "    {head:10} {rule} ({}): {}", sources(*rule), rule.says());
        }
        before = Some(*rule);
        let _ = writeln!(text, "               here {why}");
    }
    let _ = writeln!(text, "    remedy     {}", d.remedy);
    text
}

/// The standing of a rule and its first sources.
#[must_use]
pub fn sources(rule: Rule) -> String {
    let first: Vec<&str> = rule.sources().iter().take(3).copied().collect();
    format!("{}: {}", rule.standing().name(), first.join(", "))
}

/// How a run over several files ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files read.
    pub files: u64,
    /// Traces judged.
    pub traces: u64,
    /// Events in them.
    pub events: u64,
    /// Traces that conform.
    pub conforming: u64,
    /// Traces that diverge as their headers expect.
    pub as_expected: u64,
    /// Traces that diverge, or do not diverge as expected.
    pub bad: u64,
    /// Traces about which nothing can be told.
    pub undecided: u64,
    /// Files and traces that could not be read, and departures that no longer occur.
    pub errors: u64,
}

impl Summary {
    /// Counts a report.
    pub fn add(&mut self, report: &Report) {
        self.traces += 1;
        self.events += report.events;
        match report.standing() {
            Standing::Good if report.expected.is_some() => self.as_expected += 1,
            Standing::Good => self.conforming += 1,
            Standing::Bad => self.bad += 1,
            Standing::Open => self.undecided += 1,
        }
    }

    /// Counts what another one has counted.
    pub fn merge(&mut self, other: &Summary) {
        self.files += other.files;
        self.traces += other.traces;
        self.events += other.events;
        self.conforming += other.conforming;
        self.as_expected += other.as_expected;
        self.bad += other.bad;
        self.undecided += other.undecided;
        self.errors += other.errors;
    }

    /// 2 if something could not be read, 1 if something diverged, 3 if something is undecided, else 0.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match (self.errors, self.bad, self.undecided) {
            (1.., _, _) => 2,
            (0, 1.., _) => 1,
            (0, 0, 1..) => 3,
            (0, 0, 0) => 0,
        }
    }

    /// The closing line.
    #[must_use]
    pub fn line(&self) -> String {
        let traces = counted(self.traces, "trace");
        let mut line =
            format!("{traces}, {}: {} conform", counted(self.events, "event"), self.conforming);
        for (n, what) in [
            (self.as_expected, "diverge as expected"),
            (self.bad, "diverge or miss their expectation"),
            (self.undecided, "undecided"),
            (self.errors, "could not be judged"),
        ] {
            if n > 0 {
                let _ = write!(line, ", {n} {what}");
            }
        }
        line
    }
}
