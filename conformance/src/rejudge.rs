//! What has changed in verdicts since an earlier `portres check --format json`: the same traces, judged by another version, may
//! be judged otherwise, and somebody should know.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use serde::{Deserialize, Serialize};

use crate::check::{Report, Verdict};
use crate::report::counted;

/// Where a trace stands: its file, and the line on which it begins.
pub type Place = (String, u64);

/// What is compared of a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Whether the header's expectation was met; `None` if it has none.
    pub expected: Option<bool>,
    /// The profile under which it was judged.
    pub profile: String,
    /// The event of the first divergence.
    pub event: Option<u64>,
    /// The rules that refuse it, in their order.
    pub rules: Vec<String>,
    /// Why it cannot be told, if so.
    pub undecided: Vec<String>,
}

impl Judgement {
    /// What is compared of a report.
    #[must_use]
    pub fn of(report: &Report) -> Judgement {
        let first = report.divergences.first();
        let rules = first.iter().flat_map(|d| &d.refused_by).map(|r| r.rule.id().to_string());
        Judgement {
            verdict: report.verdict,
            expected: report.expected,
            profile: report.profile.clone(),
            event: first.map(|d| d.event),
            rules: distinct(rules),
            undecided: report.undecided.clone(),
        }
    }
}

/// In how it is judged a rule may stand several times.
fn distinct(rules: impl Iterator<Item = String>) -> Vec<String> {
    let mut rules: Vec<String> = rules.collect();
    rules.sort();
    rules.dedup();
    rules
}

impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.expected, self.verdict) {
            (Some(true), _) => "diverges as expected",
            (Some(false), Verdict::Diverges) => "diverges, but not as expected",
            (Some(false), _) => "does not diverge as expected",
            (None, Verdict::Conforms) => "conforms",
            (None, Verdict::Diverges) => "diverges",
            (None, Verdict::Undecided) => "undecided",
        })?;
        if let Some(event) = self.event {
            write!(f, " at event {event}, by {}", self.rules.join(", "))?;
        }
        if !self.undecided.is_empty() {
            write!(f, " ({})", self.undecided.join("; "))?;
        }
        Ok(())
    }
}

/// The judgements of a run, by place.
pub type Judgements = BTreeMap<Place, Judgement>;

/// A line of `check --format json`, as far as it is read. Later versions may write more.
#[derive(Deserialize)]
struct Line {
    path: String,
    line: u64,
    profile: String,
    verdict: Verdict,
    expected: Option<bool>,
    divergences: Vec<DivergenceLine>,
    undecided: Vec<String>,
}

#[derive(Deserialize)]
struct DivergenceLine {
    event: u64,
    refused_by: Vec<RefusedLine>,
}

#[derive(Deserialize)]
struct RefusedLine {
    /// A rule that may be gone by now.
    rule: String,
}

impl From<Line> for (Place, Judgement) {
    fn from(line: Line) -> (Place, Judgement) {
        let first = line.divergences.into_iter().next();
        let event = first.as_ref().map(|d| d.event);
        let rules = first.into_iter().flat_map(|d| d.refused_by).map(|r| r.rule);
        let judgement = Judgement {
            verdict: line.verdict,
            expected: line.expected,
            profile: line.profile,
            event,
            rules: distinct(rules),
            undecided: line.undecided,
        };
        ((line.path, line.line), judgement)
    }
}

/// Reads what `portres check --format json` has written.
///
/// # Errors
/// With the line, where it is something else, and where a trace stands there a second time.
pub fn read(text: &str) -> Result<Judgements, String> {
    let mut all: BTreeMap<Place, (usize, Judgement)> = BTreeMap::new();
    let lines = text.lines().enumerate().map(|(i, line)| (i + 1, line.trim()));
    for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
        let read: Line = serde_json::from_str(line).map_err(|e| unread(number, &e))?;
        let (place, judgement) = read.into();
        let told = format!("the trace of `{}`, line {},", place.0, place.1);
        if let Some((before, _)) = all.insert(place, (number, judgement)) {
            return Err(format!("line {number}: {told} stands on line {before} already"));
        }
    }
    match all.is_empty() {
        true => {
            Err("there is no verdict in it: expected the output of `portres check --format json`"
                .into())
        }
        false => Ok(all.into_iter().map(|(place, (_, judgement))| (place, judgement)).collect()),
    }
}

/// The library counts lines from the beginning of the object.
fn unread(number: usize, error: &serde_json::Error) -> String {
    let told = error.to_string();
    let told = told.split(" at line ").next().unwrap_or_default();
    let column = error.column();
    format!(
        "line {number}, column {column}: {told}: expected a line of `portres check --format json`"
    )
}

/// In what a judgement has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The trace was not judged before.
    New,
    /// The trace is not judged any more.
    Gone,
    /// The verdict is another, or an expectation that was met is not, or the other way round.
    Verdict,
    /// It diverges at another event.
    Event,
    /// It diverges at the same event, and other rules refuse that.
    Rule,
    /// It is undecided for another reason.
    Reason,
}

/// A change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The file of the trace.
    pub path: String,
    /// The line on which it begins.
    pub line: u64,
    /// What has changed.
    pub change: Kind,
    /// How it was judged.
    pub before: Option<Judgement>,
    /// How it is judged.
    pub now: Option<Judgement>,
}

/// What has changed, in the order of the places.
#[must_use]
pub fn changes(before: &Judgements, now: &Judgements) -> Vec<Change> {
    let mut places: Vec<&Place> = before.keys().chain(now.keys()).collect();
    places.sort();
    places.dedup();
    let change = |place: &Place| {
        let (before, now) = (before.get(place), now.get(place));
        let change = match (before, now) {
            (None, _) => Kind::New,
            (_, None) => Kind::Gone,
            (Some(before), Some(now)) => changed(before, now)?,
        };
        let (path, line) = place.clone();
        Some(Change { path, line, change, before: before.cloned(), now: now.cloned() })
    };
    places.into_iter().filter_map(change).collect()
}

/// What is the same under another profile is the same.
fn changed(before: &Judgement, now: &Judgement) -> Option<Kind> {
    let of = |j: &Judgement| (j.verdict, j.expected);
    if of(before) != of(now) {
        Some(Kind::Verdict)
    } else if before.event != now.event {
        Some(Kind::Event)
    } else if before.rules != now.rules {
        Some(Kind::Rule)
    } else if before.undecided != now.undecided {
        Some(Kind::Reason)
    } else {
        None
    }
}

impl Change {
    /// The change in words, in one line or two.
    #[must_use]
    pub fn text(&self) -> String {
        let place = match self.line {
            1 => self.path.clone(),
            line => format!("{}, line {line}", self.path),
        };
        let under = |j: &Judgement, other: Option<&Judgement>| match other {
            Some(other) if other.profile != j.profile => format!(", under {}", j.profile),
            _ => String::new(),
        };
        match (&self.before, &self.now) {
            (Some(before), Some(now)) => format!(
                "{place}: {}\n  before  {before}{}\n  now     {now}{}\n",
                self.change.says(),
                under(before, Some(now)),
                under(now, Some(before))
            ),
            (Some(before), None) => format!("{place}: gone\n  before  {before}\n"),
            (None, Some(now)) => format!("{place}: new\n  now     {now}\n"),
            (None, None) => String::new(),
        }
    }
}

impl Kind {
    const fn says(self) -> &'static str {
        match self {
            Kind::New => "new",
            Kind::Gone => "gone",
            Kind::Verdict => "another verdict",
            Kind::Event => "diverges at another event",
            Kind::Rule => "diverges by other rules",
            Kind::Reason => "undecided for another reason",
        }
    }
}

/// How many traces there are of each kind of change, and of none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Total {
    /// Traces judged before or now.
    pub traces: u64,
    /// Those of which nothing has changed.
    pub same: u64,
    /// Those that were not judged before.
    pub new: u64,
    /// Those that are not judged any more.
    pub gone: u64,
    /// Those with another verdict.
    pub verdict: u64,
    /// Those that diverge at another event.
    pub event: u64,
    /// Those that diverge by other rules.
    pub rule: u64,
    /// Those that are undecided for another reason.
    pub reason: u64,
}

impl Total {
    /// Counts changes among so many traces.
    #[must_use]
    pub fn of(changes: &[Change], now: &Judgements) -> Total {
        let mut total = Total::default();
        for change in changes {
            *match change.change {
                Kind::New => &mut total.new,
                Kind::Gone => &mut total.gone,
                Kind::Verdict => &mut total.verdict,
                Kind::Event => &mut total.event,
                Kind::Rule => &mut total.rule,
                Kind::Reason => &mut total.reason,
            } += 1;
        }
        total.traces = now.len() as u64 + total.gone;
        total.same = total.traces - changes.len() as u64;
        total
    }

    /// The closing line.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = format!("{}: {} as before", counted(self.traces, "trace"), self.same);
        for (n, what) in [
            (self.new, "new"),
            (self.gone, "gone"),
            (self.verdict, "with another verdict"),
            (self.event, "diverging at another event"),
            (self.rule, "diverging by other rules"),
            (self.reason, "undecided for another reason"),
        ] {
            if n > 0 {
                let _ = write!(line, ", {n} {what}");
            }
        }
        line
    }
}
