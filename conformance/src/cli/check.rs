//! `portres check`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use portres::check::check_each;
use portres::departures::{self, Departures};
use portres::report::{self, Standing, Summary};
use portres::{NamedProfile, Profiles, Report, Settings};
use rayon::prelude::*;

use super::args::{Check, Format};
use super::files::{self, Input};
use super::{BAD, ERROR, Failure, GOOD, OPEN, Outcome, did_you_mean, trace_error};

/// The profiles, and the one that was asked for.
pub(super) fn profiles(asked: Option<&str>) -> Result<(Profiles, Option<NamedProfile>), Failure> {
    let profiles = Profiles::built_in();
    let Some(name) = asked else { return Ok((profiles, None)) };
    if Path::new(name).extension().is_some_and(|e| e == "toml") {
        let text = std::fs::read_to_string(name).map_err(|e| format!("{name}: {e}"))?;
        let profile = NamedProfile::read(&text).map_err(|e| format!("{name}: {e}"))?;
        return Ok((profiles, Some(profile)));
    }
    let profile = profiles.get(name).cloned().ok_or_else(|| {
        let known: Vec<&str> = profiles.names().collect();
        format!(
            "unknown profile `{name}`{}: there are {}",
            did_you_mean(name, known.clone()),
            known.join(", ")
        )
    })?;
    Ok((profiles, Some(profile)))
}

/// What became of one input: its reports, and the error that ended it.
pub(super) struct Judged {
    pub(super) name: String,
    pub(super) reports: Vec<Report>,
    pub(super) error: Option<String>,
}

pub(super) fn run(args: &Check) -> Outcome {
    let (profiles, profile) = profiles(args.profile.as_deref())?;
    let found = files::find(&args.paths)?;
    let departures = departures_of(&found.inputs)?;
    let judge = |input: &Input| {
        let settings = Settings {
            profiles: &profiles,
            profile: profile.as_ref(),
            strict: args.strict,
            departures: directory(input).and_then(|d| departures.get(&d)),
        };
        judge(input, &settings)
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(args.jobs).build();
    let pool = pool.map_err(|e| Failure(e.to_string()))?;
    let judged: Vec<Judged> = pool.install(|| found.inputs.par_iter().map(judge).collect());
    let (mut summary, mut used) = (Summary::default(), BTreeMap::<PathBuf, Vec<usize>>::new());
    for (input, judged) in found.inputs.iter().zip(&judged) {
        summary.files += 1;
        summary.errors += u64::from(judged.error.is_some());
        if let Some(directory) = directory(input) {
            let departed = judged.reports.iter().flat_map(|r| r.departed.iter().map(|(i, _)| *i));
            used.entry(directory).or_default().extend(departed);
        }
        judged.reports.iter().for_each(|r| summary.add(r));
        print(args.format, judged)?;
    }
    for error in &found.errors {
        writeln!(anstream::stderr(), "{ERROR}error:{ERROR:#} {error}")?;
    }
    summary.errors += found.errors.len() as u64;
    summary.errors += unused(&found.walked, &departures, &used)?;
    if args.format == Format::Text {
        writeln!(anstream::stdout(), "{}", summary.line())?;
    }
    Ok(summary.exit_code())
}

pub(super) fn judge(input: &Input, settings: &Settings<'_>) -> Judged {
    let name = input.name();
    let mut reports = Vec::new();
    let error = match input.open() {
        Err(e) => Some(format!("{name}: {e}")),
        Ok(from) => check_each(from, settings, |report| reports.push(report))
            .err()
            .map(|e| trace_error(&name, &e)),
    };
    Judged { name, reports, error }
}

fn print(format: Format, judged: &Judged) -> Result<(), Failure> {
    let mut out = anstream::stdout();
    for report in &judged.reports {
        match format {
            Format::Json => writeln!(out, "{}", report::json(&judged.name, report))?,
            Format::Text => {
                let style = match report.standing() {
                    Standing::Good => GOOD,
                    Standing::Bad => BAD,
                    Standing::Open => OPEN,
                };
                writeln!(out, "{style}{}{style:#}", report::line(&judged.name, report))?;
                let told = match report.expected {
                    Some(true) => report::notes(report),
                    _ => report::details(report),
                };
                write!(out, "{told}")?;
            }
        }
    }
    if let Some(error) = &judged.error {
        out.flush()?;
        writeln!(anstream::stderr(), "{ERROR}error:{ERROR:#} {error}")?;
    }
    Ok(())
}

pub(super) fn directory(input: &Input) -> Option<PathBuf> {
    match input {
        Input::File(path) => path.parent().map(Path::to_path_buf),
        Input::Stdin => None,
    }
}

/// The departures beside the inputs, by directory.
pub(super) fn departures_of(inputs: &[Input]) -> Result<BTreeMap<PathBuf, Departures>, Failure> {
    let mut all = BTreeMap::new();
    for directory in inputs.iter().filter_map(directory) {
        let file = directory.join(departures::FILE);
        if all.contains_key(&directory) || !file.is_file() {
            continue;
        }
        let text =
            std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        let read = Departures::read(&text).map_err(|e| format!("{}: {e}", file.display()))?;
        all.insert(directory, read);
    }
    Ok(all)
}

/// Departures that no longer occur, where all traces of a directory were judged.
fn unused(
    walked: &[PathBuf],
    departures: &BTreeMap<PathBuf, Departures>,
    used: &BTreeMap<PathBuf, Vec<usize>>,
) -> Result<u64, Failure> {
    let mut count = 0;
    for (directory, departures) in departures.iter().filter(|(d, _)| walked.contains(d)) {
        for (i, departure) in departures.list.iter().enumerate() {
            if !used.get(directory).is_some_and(|u| u.contains(&i)) {
                let file = directory.join(departures::FILE);
                writeln!(
                    anstream::stderr(),
                    "{ERROR}error:{ERROR:#} {}: the departure `{}` answered `{}` ({}) no longer occurs: remove it",
                    file.display(),
                    departure.call,
                    departure.observed,
                    departure.rule
                )?;
                count += 1;
            }
        }
    }
    Ok(count)
}
