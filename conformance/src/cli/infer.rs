//! `portres infer`.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use portres::Settings;
use portres::infer::{self, Inferred, Learnt, learn_each, learn_profile, profile_file, slug};
use portres::limits;
use portres::report::{self, Standing, Summary};
use rayon::prelude::*;

use super::args::{Format, Infer};
use super::draft::Batch;
use super::files::{self, Input};
use super::format::output;
use super::{BAD, ERROR, Failure, OPEN, Outcome, check, trace_error};

pub(super) fn run(args: &Infer) -> Outcome {
    let (profiles, profile) = check::profiles(args.profile.as_deref())?;
    let found = files::find(&args.paths)?;
    let departures = check::departures_of(&found.inputs)?;
    let learn = |input: &Input| {
        let settings = Settings {
            profile: profile.as_ref(),
            strict: args.strict,
            departures: check::directory(input).and_then(|d| departures.get(&d)),
            ..Settings::new(&profiles)
        };
        learn(input, &settings)
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(args.jobs.into()).build();
    let pool = pool.map_err(|e| Failure(e.to_string()))?;
    let learnt: Vec<(Vec<Learnt>, Option<String>)> =
        pool.install(|| found.inputs.par_iter().map(learn).collect());
    let mut errors = found.errors;
    let mut all = Vec::new();
    for (traces, error) in learnt {
        all.extend(traces);
        errors.extend(error);
    }
    let builds = infer::infer(all);
    // with the profile on standard output, the report goes beside it
    let to_stdout = args.output.as_deref().is_some_and(|p| p.as_os_str() == "-");
    let code = if to_stdout {
        tell(&mut anstream::stderr(), args, &builds, &errors)?
    } else {
        tell(&mut anstream::stdout(), args, &builds, &errors)?
    };
    for error in &errors {
        writeln!(anstream::stderr(), "{ERROR}error:{ERROR:#} {error}")?;
    }
    if let Some(path) = &args.output {
        if !errors.is_empty() {
            return Err(
                format!("{}: not written: not every input could be read", path.display()).into()
            );
        }
        write(path, &builds)?;
    }
    Ok(code)
}

fn learn(input: &Input, settings: &Settings<'_>) -> (Vec<Learnt>, Option<String>) {
    let name = input.name();
    let mut learnt = Vec::new();
    if let Input::File(path) = input {
        if path.extension().is_some_and(|e| e == "toml") {
            let text = limits::PROFILE.read_text(path).map_err(|e| e.to_string());
            let known = text
                .and_then(|text| learn_profile(&name, &text, settings).map_err(|e| e.to_string()));
            let known = known.map_err(|e| format!("{name}: {e}"));
            return match known {
                Ok(known) => (vec![known], None),
                Err(error) => (learnt, Some(error)),
            };
        }
    }
    let error = match input.open() {
        Err(e) => Some(format!("{name}: {e}")),
        Ok(from) => learn_each(&name, from, settings, |trace| learnt.push(trace))
            .err()
            .map(|e| trace_error(&name, &e)),
    };
    (learnt, error)
}

fn tell(
    out: &mut impl Write,
    args: &Infer,
    builds: &[Inferred],
    errors: &[String],
) -> io::Result<u8> {
    let mut summary = Summary { errors: errors.len() as u64, ..Summary::default() };
    let mut clash = false;
    for build in builds {
        clash |= !build.is_consistent();
        build.traces.iter().for_each(|trace| summary.add(&trace.report));
        match args.format {
            Format::Json => writeln!(out, "{}", infer::json(build))?,
            Format::Text => {
                write!(out, "{}", infer::text(build, args.all))?;
                doubtful(out, build)?;
            }
        }
    }
    Ok(match summary.exit_code() {
        0 | 3 if clash => 1,
        code => code,
    })
}

/// The traces that no reading explains, or of which something cannot be told.
fn doubtful(out: &mut impl Write, build: &Inferred) -> io::Result<()> {
    for trace in &build.traces {
        let style = match trace.report.standing() {
            Standing::Good => continue,
            Standing::Bad => BAD,
            Standing::Open => OPEN,
        };
        writeln!(out, "{style}{}{style:#}", report::line(&trace.file, &trace.report))?;
        write!(out, "{}", report::details(&trace.report))?;
        if let Some(event) = trace.until {
            writeln!(out, "  nothing is learnt of this trace from event {event} on")?;
        }
    }
    out.flush()
}

/// Writes the profile of each build, if some reading explains the traces of each.
fn write(path: &Path, builds: &[Inferred]) -> Result<(), Failure> {
    let names: Vec<String> = builds.iter().map(Inferred::name).collect();
    if let Some(i) = builds.iter().position(|build| !build.is_consistent()) {
        let (to, name) = (path.display(), &names[i]);
        let why = format!("no reading explains the traces of `{name}` together");
        writeln!(anstream::stderr(), "{ERROR}error:{ERROR:#} {to}: not written: {why}")?;
        return Ok(());
    }
    let places = places(path, builds, &names)?;
    if let [to] = places.as_slice() {
        let text = profile_file(&builds[0]);
        return output(to, |out| out.write_all(text.as_bytes()));
    }
    let failed = |to: &Path, e: io::Error| Failure(format!("{}: {e}", to.display()));
    let mut batch = Batch::default();
    for (build, to) in builds.iter().zip(&places) {
        batch.add(to, &profile_file(build)).map_err(|e| failed(to, e))?;
    }
    batch.finish().map_err(|(to, e)| failed(&to, e))
}

/// Where the profile of each build goes.
fn places(path: &Path, builds: &[Inferred], names: &[String]) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        if builds.len() == 1 {
            return Ok(vec![path.to_path_buf()]);
        }
        let several = match builds {
            [] => "there are no traces".to_string(),
            _ => format!(
                "there are traces of several builds ({}): expected a folder, with a file for each",
                names.join(", ")
            ),
        };
        return Err(format!("{}: {several}", path.display()).into());
    }
    let mut taken = BTreeSet::new();
    let place = |build: &Inferred| {
        let mut name = slug(build);
        if taken.contains(&name) {
            name = format!("{name}-from-{}", build.start.name);
        }
        let mut different = name.clone();
        let mut number = 2;
        while !taken.insert(different.clone()) {
            different = format!("{name}-{number}");
            number += 1;
        }
        path.join(format!("{different}.toml"))
    };
    Ok(builds.iter().map(place).collect())
}
