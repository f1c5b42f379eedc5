//! `portres import`.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use portres::import::{Case, CaseError, Cases, Imitation, Imported};
use portres::limits;
use portres::report::{self, Standing, counted};
use portres::{Profiles, Report, Settings};
use serde::Serialize;

use super::args::{Format, Import};
use super::draft::Batch;
use super::files::Input;
use super::{BAD, ERROR, Failure, GOOD, OPEN, Outcome};

/// A case with its traces and what is said of each.
struct Judged {
    case: Case,
    became: Became,
}

enum Became {
    OutOfScope(String),
    Error(CaseError),
    Traces(Vec<(Imitation, Report)>),
}

/// A file to be written.
struct Planned {
    path: PathBuf,
    text: String,
}

pub(super) fn run(args: &Import) -> Outcome {
    let input = if args.path.as_os_str() == "-" {
        Input::Stdin(None)
    } else {
        Input::File(args.path.clone())
    };
    let name = input.name();
    let from = input.open_within(limits::CASES).map_err(|e| format!("{name}: {e}"))?;
    let profiles = Profiles::built_in();
    let settings = Settings::new(&profiles);
    let mut cases: Vec<Judged> = Vec::new();
    let mut places = BTreeMap::new();
    for case in Cases::new(from) {
        let case = case.map_err(|e| format!("{name}: {e}"))?;
        if let Some(before) = places.insert(case.id.clone(), case.line) {
            let (line, id) = (case.line, &case.id);
            return Err(Failure(format!(
                "{name}: line {line}: the case {id} stands on line {before} already"
            )));
        }
        let became = match case.import() {
            Err(error) => Became::Error(error),
            Ok(Imported::OutOfScope(reason)) => Became::OutOfScope(reason),
            Ok(Imported::Traces(traces)) => {
                let judged = |trace: Imitation| {
                    let report = trace.judge(&settings);
                    (trace, report)
                };
                Became::Traces(traces.into_iter().map(judged).collect())
            }
        };
        cases.push(Judged { case, became });
    }
    let mut planned = Vec::new();
    cases.iter().for_each(|judged| judged.plan(args, &settings, &mut planned));
    write_all(&planned, args.force)?;
    let mut sum = Sum::default();
    for judged in &cases {
        sum.add(judged);
        judged.print(args.format, &name)?;
    }
    if args.format == Format::Text {
        writeln!(anstream::stdout(), "{}", sum.line())?;
    }
    Ok(sum.exit_code())
}

/// Writes every file whole; none where one of them says something else already.
fn write_all(planned: &[Planned], force: bool) -> Result<(), Failure> {
    for Planned { path, text } in planned.iter().filter(|_| !force) {
        match std::fs::read(path) {
            Ok(known) if known != text.as_bytes() => {
                return Err(Failure(format!(
                    "{}: the file says something else: --force writes over it",
                    path.display()
                )));
            }
            Ok(_) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(Failure(format!("{}: {e}", path.display()))),
        }
    }
    let failed = |path: &Path, e: io::Error| format!("{}: {e}", path.display());
    let mut batch = Batch::default();
    for Planned { path, text } in planned {
        if let Some(folder) = path.parent() {
            batch.make_folders(folder).map_err(|e| failed(path, e))?;
        }
        batch.add(path, text).map_err(|e| failed(path, e))?;
    }
    batch.finish().map_err(|(path, e)| failed(&path, e))?;
    Ok(())
}

/// What a case is worth.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Verdict {
    Accepted,
    Rejected,
    Undecided,
    OutOfScope,
    Error,
}

impl Judged {
    /// Where the suite does not tell which call fails, one trace that is accepted is enough.
    fn verdict(&self) -> Verdict {
        let has = |traces: &[(Imitation, Report)], standing| {
            traces.iter().any(|(_, report)| report.standing() == standing)
        };
        match &self.became {
            Became::OutOfScope(_) => Verdict::OutOfScope,
            Became::Error(_) => Verdict::Error,
            Became::Traces(traces) if has(traces, Standing::Good) => Verdict::Accepted,
            Became::Traces(traces) if has(traces, Standing::Open) => Verdict::Undecided,
            Became::Traces(_) => Verdict::Rejected,
        }
    }

    /// The traces that stand for the case: those that are accepted, or else all.
    fn kept(&self) -> impl Iterator<Item = &(Imitation, Report)> {
        let traces = match &self.became {
            Became::Traces(traces) => traces.as_slice(),
            Became::OutOfScope(_) | Became::Error(_) => &[],
        };
        let accepted = self.verdict() == Verdict::Accepted;
        traces.iter().filter(move |(_, r)| !accepted || r.standing() == Standing::Good)
    }

    fn plan(&self, args: &Import, settings: &Settings<'_>, planned: &mut Vec<Planned>) {
        let file = |folder: &Path, trace: &Imitation| Planned {
            path: folder.join(self.case.folder()).join(format!("{}.trace", trace.name)),
            text: trace.text.clone(),
        };
        for (trace, _) in self.kept() {
            planned.push(file(&args.output, trace));
            if let (Some(folder), Verdict::Accepted) = (&args.changed, self.verdict()) {
                planned.extend(trace.changed(settings).iter().map(|changed| file(folder, changed)));
            }
        }
    }

    fn not_told(&self) -> usize {
        self.kept().map(|(trace, _)| trace.not_told).max().unwrap_or(0)
    }

    fn print(&self, format: Format, path: &str) -> Result<(), Failure> {
        let mut out = anstream::stdout();
        if let Became::Error(error) = &self.became {
            out.flush()?;
            writeln!(anstream::stderr(), "{ERROR}error:{ERROR:#} {path}: {error}")?;
            if format == Format::Text {
                return Ok(());
            }
        }
        match format {
            Format::Json => writeln!(out, "{}", self.json())?,
            Format::Text => write!(out, "{}", self.text())?,
        }
        Ok(())
    }

    fn text(&self) -> String {
        let id = &self.case.id;
        let (style, word) = match self.verdict() {
            Verdict::Accepted => (GOOD, "accepted"),
            Verdict::Rejected | Verdict::Error => (BAD, "rejected"),
            Verdict::Undecided => (OPEN, "undecided"),
            Verdict::OutOfScope => (OPEN, "out of scope"),
        };
        let mut text = format!("{style}{id}: {word}{style:#}");
        if let Became::OutOfScope(reason) = &self.became {
            text += &format!(": {reason}");
        }
        if self.not_told() > 0 {
            text += &format!(" ({} not told)", counted(self.not_told() as u64, "output"));
        }
        text.push('\n');
        let Became::Traces(traces) = &self.became else { return text };
        for (trace, report) in traces {
            let refused =
                self.verdict() == Verdict::Accepted && report.standing() != Standing::Good;
            if refused {
                text += &format!("  {} is refused, and not written\n", trace.name);
            } else if self.verdict() != Verdict::Accepted {
                if traces.len() > 1 {
                    text += &format!("  {}\n", trace.name);
                }
                text += &report::details(report);
            }
        }
        text
    }

    fn json(&self) -> String {
        let traces = match &self.became {
            Became::Traces(traces) => traces.as_slice(),
            Became::OutOfScope(_) | Became::Error(_) => &[],
        };
        let reports = traces.iter().map(|(trace, report)| {
            let line = report::json(&trace.name, report);
            serde_json::from_str(&line).expect("a report is JSON")
        });
        let line = Line {
            id: &self.case.id,
            line: self.case.line,
            verdict: self.verdict(),
            reason: match &self.became {
                Became::OutOfScope(reason) => Some(reason.clone()),
                Became::Error(error) => Some(error.message.clone()),
                Became::Traces(_) => None,
            },
            not_told: self.not_told(),
            traces: reports.collect(),
        };
        serde_json::to_string(&line).expect("a line has a JSON form")
    }
}

#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    line: u64,
    verdict: Verdict,
    reason: Option<String>,
    not_told: usize,
    traces: Vec<serde_json::Value>,
}

/// How the run went.
#[derive(Default)]
struct Sum {
    cases: u64,
    accepted: u64,
    rejected: u64,
    undecided: u64,
    out_of_scope: u64,
    errors: u64,
    not_told: u64,
}

impl Sum {
    fn add(&mut self, judged: &Judged) {
        self.cases += 1;
        self.not_told += judged.not_told() as u64;
        *match judged.verdict() {
            Verdict::Accepted => &mut self.accepted,
            Verdict::Rejected => &mut self.rejected,
            Verdict::Undecided => &mut self.undecided,
            Verdict::OutOfScope => &mut self.out_of_scope,
            Verdict::Error => &mut self.errors,
        } += 1;
    }

    fn line(&self) -> String {
        let mut line = format!("{}: {} accepted", counted(self.cases, "case"), self.accepted);
        for (n, what) in [
            (self.rejected, "rejected"),
            (self.undecided, "undecided"),
            (self.out_of_scope, "out of scope"),
            (self.errors, "could not be told"),
        ] {
            if n > 0 {
                line += &format!(", {n} {what}");
            }
        }
        if self.not_told > 0 {
            line += &format!("; {} not told", counted(self.not_told, "output"));
        }
        line
    }

    /// 2 if a case could not be told, 1 if one is rejected, 3 if one is undecided, else 0.
    const fn exit_code(&self) -> u8 {
        match (self.errors, self.rejected, self.undecided) {
            (1.., _, _) => 2,
            (0, 1.., _) => 1,
            (0, 0, 1..) => 3,
            (0, 0, 0) => 0,
        }
    }
}
