//! `portres rejudge`.

use std::io::Write;
use std::path::PathBuf;

use portres::limits;
use portres::rejudge::{self, Change, Judgement, Judgements, Total};
use portres::{BUDGET, Settings};
use rayon::prelude::*;
use serde::Serialize;

use super::args::Format;
use super::files::Input;
use super::{BAD, ERROR, Failure, GOOD, Outcome, check, files};

/// Judge traces again, and tell what has changed since an earlier `portres check --format json`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  portres check --format json recordings > verdicts.json
  portres rejudge --against verdicts.json recordings         # with the next version

A trace is known by its path, as the command names it, and by the line on which it begins. What is compared is the verdict,
whether an expectation is met, the event and the rules of the first divergence, and why a trace is undecided. Say the same of
profiles, strictness and budget as then.

Exit codes: 0 nothing has changed; 1 something has; 2 a file cannot be read or the command is wrong.")]
pub(super) struct Args {
    /// What `portres check --format json` wrote then.
    #[arg(long, value_name = "FILE")]
    against: PathBuf,
    /// The profile to judge by, instead of each trace's own: a name, or a file ending in .toml.
    #[arg(long)]
    profile: Option<String>,
    /// Call undecided what rests on assumed rules alone.
    #[arg(long)]
    strict: bool,
    /// How many steps the search for an order of overlapping calls may take.
    #[arg(long, value_name = "STEPS", default_value_t = BUDGET)]
    budget: u64,
    /// The form of the list.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Files, directories, or `-` for standard input.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
}

/// One line of the list.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Line<'a> {
    Change(&'a Change),
    Total(&'a Total),
}

pub(super) fn run(args: &Args) -> Outcome {
    let (profiles, profile) = check::profiles(args.profile.as_deref())?;
    let name = args.against.display();
    let text = limits::VERDICTS.read_text(&args.against).map_err(|e| format!("{name}: {e}"))?;
    let mut before = rejudge::read(&text).map_err(|e| format!("{name}: {e}"))?;
    let found = files::find(&args.paths)?;
    let departures = check::departures_of(&found.inputs)?;
    let judge = |input: &Input| {
        let settings = Settings {
            profiles: &profiles,
            profile: profile.as_ref(),
            strict: args.strict,
            departures: check::directory(input).and_then(|d| departures.get(&d)),
            budget: args.budget,
        };
        let judged = check::judge(input, &settings);
        let all: Vec<_> = judged
            .reports
            .iter()
            .map(|r| ((judged.name.clone(), r.line), Judgement::of(r)))
            .collect();
        (judged.name, all, judged.error)
    };
    let judged: Vec<_> = found.inputs.par_iter().map(judge).collect();
    let (mut now, mut errors) = (Judgements::new(), found.errors);
    for (name, judgements, error) in judged {
        if error.is_some() {
            // of what cannot be read nobody knows whether it is gone
            let known = |line| judgements.iter().any(|((_, at), _)| *at == line);
            before.retain(|(path, line), _| *path != name || known(*line));
        }
        now.extend(judgements);
        errors.extend(error);
    }
    tell(args.format, &before, &now, &errors)
}

fn tell(format: Format, before: &Judgements, now: &Judgements, errors: &[String]) -> Outcome {
    let changes = rejudge::changes(before, now);
    let total = Total::of(&changes, now);
    let mut out = anstream::stdout();
    match format {
        Format::Json => {
            let lines = changes.iter().map(Line::Change).chain([Line::Total(&total)]);
            for line in lines {
                let line = serde_json::to_string(&line).map_err(|e| Failure(e.to_string()))?;
                writeln!(out, "{line}")?;
            }
        }
        Format::Text => {
            for change in &changes {
                write!(out, "{}", change.text())?;
            }
            let style = if changes.is_empty() { GOOD } else { BAD };
            writeln!(out, "{style}{}{style:#}", total.line())?;
        }
    }
    for error in errors {
        writeln!(anstream::stderr(), "{ERROR}error:{ERROR:#} {error}")?;
    }
    Ok(match (errors.is_empty(), changes.is_empty()) {
        (false, _) => 2,
        (true, false) => 1,
        (true, true) => 0,
    })
}
