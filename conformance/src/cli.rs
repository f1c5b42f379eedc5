//! The command line.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

mod args;
mod check;
mod clauses;
mod coverage;
mod doctor;
mod draft;
mod drive;
mod explain;
mod explore;
mod export;
mod files;
mod format;
mod generate;
mod guide;
mod import;
mod infer;
mod interrupt;
mod kit;
mod listing;
mod questions;
mod quiz;
mod rejudge;
mod rules;
#[cfg(feature = "serve")]
mod serve;
mod shell;
mod shrink;
mod site;

use args::{Args, Command};

/// A command fails for a reason that the user can mend: one line, exit code 2.
struct Failure(String);

impl From<String> for Failure {
    fn from(message: String) -> Failure {
        Failure(message)
    }
}

/// A reader that went away (a closed pipe) ends the command quietly.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Failure(String::new())
        } else {
            Failure(error.to_string())
        }
    }
}

type Outcome = Result<u8, Failure>;

pub(crate) fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            // the help may meet a full disk; whoever is shown an error has seen it or cannot
            let shown = error.print().map_err(Failure::from).map(|()| code);
            return ended(if code == 0 { shown } else { Ok(code) });
        }
    };
    args.color.write_global();
    ended(run(&args))
}

fn ended(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(Failure(message)) if message.is_empty() => ExitCode::SUCCESS,
        Err(Failure(message)) => {
            let _ = writeln!(anstream::stderr(), "{ERROR}error:{ERROR:#} {message}");
            ExitCode::from(2)
        }
    }
}

const ERROR: anstyle::Style = anstyle::AnsiColor::Red.on_default().bold();
const GOOD: anstyle::Style = anstyle::AnsiColor::Green.on_default();
const BAD: anstyle::Style = anstyle::AnsiColor::Red.on_default();
const OPEN: anstyle::Style = anstyle::AnsiColor::Yellow.on_default();

fn run(args: &Args) -> Outcome {
    interrupt::watch(args.is_server());
    match &args.command {
        None => {
            anstream::stdout().write_all(args::FIRST_STEPS.as_bytes())?;
            Ok(0)
        }
        Some(Command::Check(check)) => check::run(check),
        Some(Command::Replay(replay)) => drive::replay(replay),
        Some(Command::Record(record)) => drive::record(record),
        Some(Command::Cleanup) => drive::cleanup(),
        Some(Command::Fmt(fmt)) => format::run(fmt),
        Some(Command::Import(import)) => import::run(import),
        Some(Command::Rules(rules)) => rules::run(rules),
        Some(Command::Questions(questions)) => questions::run(questions),
        Some(Command::Clauses(clauses)) => clauses::run(clauses),
        Some(Command::Coverage(coverage)) => coverage::run(coverage),
        Some(Command::Explain(what)) => explain::explain(what),
        Some(Command::Guide(guide)) => guide::run(guide),
        Some(Command::Site(site)) => site::run(site),
        Some(Command::Doctor(doctor)) => doctor::run(doctor),
        Some(Command::Explore(explore)) => explore::run(explore),
        Some(Command::Rejudge(args)) => rejudge::run(args),
        Some(Command::Infer(infer)) => infer::run(infer),
        Some(Command::Shrink(shrink)) => shrink::run(shrink),
        Some(Command::Export(args)) => export::run(args),
        Some(Command::Shell(args)) => shell::run(args),
        Some(Command::Quiz(args)) => quiz::run(args),
        Some(Command::Kit(kit)) => kit::run(kit),
        Some(Command::Generate(args)) => generate::run(args),
        #[cfg(feature = "serve")]
        Some(Command::Serve(serve)) => serve::run(serve),
        Some(Command::Completions { shell }) => {
            // the generator panics where its output fails
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut args::command(), "portres", &mut text);
            io::stdout().write_all(&text)?;
            io::stdout().flush()?;
            Ok(0)
        }
        Some(Command::Man) => {
            let mut text = Vec::new();
            clap_mangen::Man::new(args::command()).render(&mut text)?;
            io::stdout().write_all(&text)?;
            io::stdout().flush()?;
            Ok(0)
        }
    }
}

/// The word of a list that was probably meant.
fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let near = known.into_iter().map(|k| (strsim::damerau_levenshtein(word, k), k)).min();
    match near {
        Some((distance, known)) if distance <= 1 + word.len() / 4 => {
            format!(" (did you mean `{known}`?)")
        }
        _ => String::new(),
    }
}

fn trace_error(path: &str, error: &portres::trace::TraceError) -> String {
    let near = error
        .suggestion
        .as_ref()
        .map(|(word, known)| did_you_mean(word, known.iter().map(String::as_str)));
    format!("{path}: {error}{}", near.unwrap_or_default())
}
