//! `portres check`.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portres::check::{check_each, check_read};
use portres::departures::{self, Departures};
use portres::limits;
use portres::report::{self, Standing, Summary};
use portres::stream::{self, Done, Piece, Progress, Shard};
use portres::trace::{Reader, TraceError};
use portres::{NamedProfile, Profiles, Report, Settings};

mod outputs;
mod progress;
mod share;

use outputs::{Outputs, Shown, Wants};
use progress::Bar;

use super::args::{Check, Format};
use super::files::{self, Input};
use super::{BAD, ERROR, Failure, GOOD, OPEN, Outcome, did_you_mean, trace_error};

/// The profiles, and the one that was asked for.
pub(super) fn profiles(asked: Option<&str>) -> Result<(Profiles, Option<NamedProfile>), Failure> {
    let profiles = Profiles::built_in();
    let Some(name) = asked else { return Ok((profiles, None)) };
    if Path::new(name).extension().is_some_and(|e| e == "toml") {
        let text = limits::PROFILE.read_text(Path::new(name));
        let text = text.map_err(|e| format!("{name}: {e}"))?;
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

pub(super) fn run(args: &Check) -> Outcome {
    let (profiles, profile) = profiles(args.profile.as_deref())?;
    let found = files::find(&args.paths)?;
    let all = named(found.inputs, args.stdin_name.as_ref())?;
    let departures = departures_of(&all)?;
    let undivided = |directory: &Path| departures.contains_key(directory);
    let inputs = share::inputs(all, args.shard, undivided);
    let mut outputs = Outputs::new(args.html.as_deref(), args.junit.as_deref())?;
    let wants = outputs.wants();
    let judges = inputs.iter().map(|(input, _)| Judge {
        name: input.name(),
        settings: Settings {
            profiles: &profiles,
            profile: profile.as_ref(),
            strict: args.strict,
            departures: directory(input).and_then(|d| departures.get(&d)),
            budget: args.budget,
        },
        format: args.format,
        styled: is_styled(),
        wants: &wants,
    });
    let judges: Vec<Judge<'_>> = judges.collect();
    let sources: Vec<_> = inputs.iter().map(|(input, part)| share::source(input, *part)).collect();
    let (mut summary, mut used) = (Summary::default(), BTreeMap::<PathBuf, Vec<usize>>::new());
    let progress = Arc::new(Progress::default());
    let size = inputs.iter().map(|(input, _)| input.size()).sum::<Option<u64>>();
    let bar = Bar::new(&progress, size);
    let out = &mut |mut done: Done<Told>| -> io::Result<()> {
        summary.files += u64::from(done.is_last);
        done.of.iter().for_each(|told| summary.merge(&told.summary));
        if let Some(directory) = directory(&inputs[done.source].0) {
            let departed = done.of.iter().flat_map(|told| told.departed.iter().copied());
            used.entry(directory).or_default().extend(departed);
        }
        outputs.take(&judges[done.source].name, &mut done)?;
        bar.aside(|| print(&done.of))
    };
    let work = |source: usize, piece: Piece<'_>| judges[source].judge(piece);
    stream::each(&sources, jobs(args.jobs.into()), &progress, &work, out)?;
    drop(bar);
    if args.shard.is_none_or(Shard::is_first) {
        for error in &found.errors {
            writeln!(anstream::stderr(), "{ERROR}error:{ERROR:#} {error}")?;
            outputs.error(error)?;
        }
        summary.errors += found.errors.len() as u64;
    }
    for error in unused(&found.walked, &departures, &used) {
        writeln!(anstream::stderr(), "{ERROR}error:{ERROR:#} {error}")?;
        outputs.error(&error)?;
        summary.errors += 1;
    }
    outputs.write(&summary)?;
    if args.format == Format::Text {
        writeln!(anstream::stdout(), "{}", summary.line())?;
    }
    Ok(summary.exit_code())
}

/// As many as there are processors, where 0 is asked for.
fn jobs(asked: usize) -> usize {
    match asked {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        asked => asked,
    }
}

/// The inputs, standard input under the name that it is given.
fn named(inputs: Vec<Input>, name: Option<&PathBuf>) -> Result<Vec<Input>, String> {
    let Some(name) = name else { return Ok(inputs) };
    let is_stdin = |input: &Input| matches!(input, Input::Stdin(_));
    if !inputs.iter().any(is_stdin) {
        return Err("--stdin-name names standard input, and `-` is not among the paths".into());
    }
    let named = |input| if is_stdin(&input) { Input::Stdin(Some(name.clone())) } else { input };
    Ok(inputs.into_iter().map(named).collect())
}

/// Whether colours reach whoever reads standard output.
fn is_styled() -> bool {
    let choice = anstream::AutoStream::choice(&io::stdout());
    choice != anstream::ColorChoice::Never
}

/// How the traces of one input are judged and told.
struct Judge<'a> {
    name: String,
    settings: Settings<'a>,
    format: Format,
    styled: bool,
    wants: &'a Wants,
}

/// What is said of a trace.
#[derive(Default)]
struct Told {
    out: String,
    error: Option<String>,
    summary: Summary,
    /// What the files besides say.
    shown: Vec<Shown>,
    /// The departures that occurred.
    departed: Vec<usize>,
}

impl Judge<'_> {
    fn judge(&self, piece: Piece<'_>) -> Told {
        let mut told = Told::default();
        let error = match piece {
            Piece::Closed(e) => Some(format!("{}: {e}", self.name)),
            Piece::Trace { from, lines } => {
                let reader = Reader::new(from).behind(lines);
                let each = |report: Report, shown| {
                    self.tell(&report, &mut told);
                    told.shown.extend(self.wants.shown(&self.name, &report, shown));
                };
                self.follow(reader, each).err().map(|e| trace_error(&self.name, &e))
            }
        };
        told.summary.errors += u64::from(error.is_some());
        told.error = error;
        told
    }

    /// Judges each trace; where a page is wanted, what stands around its divergences is kept.
    fn follow(
        &self,
        reader: Reader<&mut dyn BufRead>,
        mut each: impl FnMut(Report, Option<report::Shown>),
    ) -> Result<(), TraceError> {
        let settings = &self.settings;
        match self.wants.room() {
            None => check_read(reader, settings, |report| each(report, None)),
            Some(room) => {
                report::check_shown(&self.name, reader, settings, room, |report, shown| {
                    each(report, Some(shown));
                })
            }
        }
    }

    fn tell(&self, report: &Report, told: &mut Told) {
        told.summary.add(report);
        told.departed.extend(report.departed.iter().map(|(departure, _)| *departure));
        if self.format == Format::Json {
            told.out += &report::json(&self.name, report);
            told.out.push('\n');
            return;
        }
        let line = report::line(&self.name, report);
        let style = match report.standing() {
            Standing::Good => GOOD,
            Standing::Bad => BAD,
            Standing::Open => OPEN,
        };
        match self.styled {
            true => told.out += &format!("{style}{line}{style:#}\n"),
            false => told.out.extend([line.as_str(), "\n"]),
        }
        told.out += &match report.expected {
            Some(true) => report::notes(report),
            _ => report::details(report),
        };
    }
}

/// Prints what is said, at once.
fn print(all: &[Told]) -> io::Result<()> {
    let mut text = String::new();
    for told in all {
        text += &told.out;
        if let Some(error) = &told.error {
            write_out(&std::mem::take(&mut text))?;
            writeln!(anstream::stderr(), "{ERROR}error:{ERROR:#} {error}")?;
        }
    }
    write_out(&text)
}

fn write_out(text: &str) -> io::Result<()> {
    // what has no colours need not be looked through for them
    if !is_styled() {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        return out.flush();
    }
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

pub(super) fn directory(input: &Input) -> Option<PathBuf> {
    match input {
        Input::File(path) | Input::Stdin(Some(path)) => path.parent().map(Path::to_path_buf),
        Input::Stdin(None) => None,
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
        let text = limits::PROFILE.read_text(&file);
        let text = text.map_err(|e| format!("{}: {e}", file.display()))?;
        let read = Departures::read(&text).map_err(|e| format!("{}: {e}", file.display()))?;
        all.insert(directory, read);
    }
    Ok(all)
}

/// Departures that no longer occur, where all traces of a directory were judged, by their places.
fn unused(
    walked: &[PathBuf],
    departures: &BTreeMap<PathBuf, Departures>,
    used: &BTreeMap<PathBuf, Vec<usize>>,
) -> Vec<String> {
    let mut errors = Vec::new();
    for (directory, departures) in departures.iter().filter(|(d, _)| walked.contains(d)) {
        // that another share has
        let Some(used) = used.get(directory) else { continue };
        let list = departures.list.iter().enumerate();
        for (_, departure) in list.filter(|(i, _)| !used.contains(i)) {
            errors.push(format!(
                "{}: the departure `{}` answered `{}` ({}) no longer occurs: remove it",
                directory.join(departures::FILE).display(),
                departure.call,
                departure.observed,
                departure.rule
            ));
        }
    }
    errors
}
