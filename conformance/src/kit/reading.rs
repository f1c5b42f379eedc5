//! What comes of a file that a kit has recorded: the verdicts, what it settles, and how that changes what is recorded on Windows.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::io::BufRead;

use portres_model::{Profile, Question, Rule, Standing as Known};

use super::last_line::LastLine;
use super::recorded::traces_of_end;
use crate::check::Settings;
use crate::infer::{Inferred, Learnt, infer, learn_each, text};
use crate::report::{self, Standing, Summary, counted};
use crate::trace::TraceError;

/// How many recordings of real Windows systems stand in `fixtures/recorded`.
pub const RECORDED_ON_WINDOWS: u64 = 0;

/// How many traces that do not conform are shown in full.
const MOST_SHOWN: usize = 10;

/// A file that was read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// What its traces teach, build by build.
    pub builds: Vec<Inferred>,
    /// How many traces its last line says that there are; `None` where there is no such line.
    pub promised: Option<usize>,
}

impl Reading {
    /// Judges the traces of a file and infers what they teach.
    ///
    /// # Errors
    /// If it is not one of traces.
    pub fn of(
        name: &str,
        from: impl BufRead,
        settings: &Settings<'_>,
    ) -> Result<Reading, TraceError> {
        let mut learnt: Vec<Learnt> = Vec::new();
        let mut from = LastLine::new(from);
        learn_each(name, &mut from, settings, |trace| learnt.push(trace))?;
        Ok(Reading { promised: traces_of_end(from.line()), builds: infer(learnt) })
    }

    /// How many traces there are.
    #[must_use]
    pub fn traces(&self) -> usize {
        self.builds.iter().map(|build| build.traces.len()).sum()
    }

    /// What is wrong with the file as a whole.
    #[must_use]
    pub fn doubt(&self) -> Option<String> {
        let found = self.traces();
        match self.promised {
            None => Some(
                "its last line does not say how many traces there are: it was cut, or changed, or no kit has made it"
                    .into(),
            ),
            Some(promised) if promised != found => {
                Some(format!("its last line says {promised} traces, and it has {found}"))
            }
            Some(_) => None,
        }
    }

    /// The exit code: 1 if a trace diverges, or no reading explains a build's traces together; 3 if a verdict is undecided.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        let mut summary = Summary::default();
        let traces = self.builds.iter().flat_map(|build| &build.traces);
        traces.for_each(|trace| summary.add(&trace.report));
        match summary.exit_code() {
            0 | 3 if self.builds.iter().any(|build| !build.is_consistent()) => 1,
            code => code,
        }
    }

    /// All of it, as text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for build in &self.builds {
            put(&mut text, &verdicts(build));
            put(&mut text, &settled(build));
            put(&mut text, &change(build));
        }
        text
    }
}

fn put(text: &mut String, part: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(part);
}

/// What `check` says of the traces of a build.
fn verdicts(build: &Inferred) -> String {
    let mut summary = Summary::default();
    build.traces.iter().for_each(|trace| summary.add(&trace.report));
    let unsupported = build.traces.iter().map(|trace| trace.report.unsupported).sum::<u64>();
    let mut text = format!("{}: {}\n", build.name(), summary.line());
    if unsupported > 0 {
        let calls = counted(unsupported, "call");
        let _ = writeln!(
            text,
            "  {calls} could not be made there: they need other rights, another user, a restart or netsh"
        );
    }
    let bad = |trace: &&crate::infer::Trace| trace.report.standing() != Standing::Good;
    for trace in build.traces.iter().filter(bad).take(MOST_SHOWN) {
        let title = trace.report.title.as_deref().unwrap_or("a trace without title");
        let place = format!("{}:{}: {title}", trace.file, trace.report.line);
        let _ = writeln!(text, "{}", report::line(&place, &trace.report));
        text.push_str(&report::details(&trace.report));
    }
    let more = build.traces.iter().filter(bad).count().saturating_sub(MOST_SHOWN);
    if more > 0 {
        let _ = writeln!(text, "  and {more} more: `portres check` shows them");
    }
    text
}

/// What the traces of a build teach.
fn settled(build: &Inferred) -> String {
    let likely = Profile::likely();
    let mut text = text(build, false);
    let settled: Vec<_> =
        build.answers.iter().filter(|a| a.left.answers.count_ones() == 1).collect();
    let otherwise: Vec<&str> = settled
        .iter()
        .filter(|a| a.left.answers & likely.open(a.left.question) == 0)
        .map(|a| a.left.question.id())
        .collect();
    let as_thought = settled.len() - otherwise.len();
    if !settled.is_empty() {
        let _ = writeln!(text, "  as was thought likeliest: {as_thought} of {}", settled.len());
    }
    if !otherwise.is_empty() {
        let _ = writeln!(text, "  otherwise: {}", otherwise.join(", "));
    }
    text
}

/// How a build changes what is recorded on Windows.
fn change(build: &Inferred) -> String {
    let system = build.system.as_ref().map_or("no system", |(name, _)| name);
    if system != "windows" {
        return format!(
            "Recorded on Windows: as before. These traces are evidence about {system} alone.\n"
        );
    }
    let good = || build.traces.iter().filter(|trace| trace.report.standing() == Standing::Good);
    let shown: BTreeSet<Rule> =
        good().flat_map(|trace| trace.report.fired.iter().copied()).collect();
    let assumed: Vec<&str> =
        shown.iter().filter(|r| r.standing() == Known::Assumed).map(|r| r.id()).collect();
    let settled = build.answers.iter().filter(|a| a.left.answers.count_ones() == 1).count();
    let before = match RECORDED_ON_WINDOWS {
        0 => "none".to_string(),
        some => counted(some, "trace"),
    };
    let mut text = format!(
        "Recorded on Windows: {before} so far; with these {}, of {}.\n",
        counted(RECORDED_ON_WINDOWS + build.traces.len() as u64, "trace"),
        build.name(),
    );
    let _ = writeln!(
        text,
        "  {} of {} rules are seen in traces that conform",
        shown.len(),
        Rule::ALL.len()
    );
    if !assumed.is_empty() {
        let _ = writeln!(text, "  of these were only assumed: {}", assumed.join(", "));
    }
    let _ = writeln!(text, "  {settled} of {} questions have one answer left", Question::ALL.len());
    text
}
