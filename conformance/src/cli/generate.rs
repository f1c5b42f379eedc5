//! `portres generate`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use portres::generate;
use portres::limits;
use portres::report::counted;

use super::Outcome;
use super::draft::Batch;

/// Write a suite of scripts, which `portres record` runs on any system.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  portres generate -o suite
  portres generate --suite random --seed 7 --count 20 -o drawn
  for s in suite/*.script; do portres record \"$s\" --on winsock -o \"${s%.script}.trace\"; done

The class suite tries every combination of the classes that the inputs of a call fall into (docs/class-suite.md tells what it
reaches). The scripts named machine-… need what no real machine does at a script's word. The same seed gives the same scripts.

Exit codes: 0 they were written; 2 they cannot be, or the command is wrong.")]
pub(super) struct Args {
    /// Which scripts.
    #[arg(long, value_enum, default_value = "classes")]
    suite: Suite,
    /// What random scripts are drawn from [default: 1].
    #[arg(long)]
    seed: Option<u64>,
    /// How many random scripts [default: 100].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=i64::from(limits::RANDOM_SCRIPTS)))]
    count: Option<u16>,
    /// The folder that gets them: a new one, or an empty one.
    #[arg(short, required = true, value_name = "FOLDER")]
    output: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Suite {
    /// By the classes of the inputs of each call.
    Classes,
    /// Drawn at random, mostly about what there is, at ports where something ends.
    Random,
}

pub(super) fn run(args: &Args) -> Outcome {
    if args.suite == Suite::Classes && (args.seed.is_some() || args.count.is_some()) {
        return Err(
            "`--seed` and `--count` are of `--suite random`: the class suite is always the same"
                .to_string()
                .into(),
        );
    }
    let scripts = match args.suite {
        Suite::Classes => generate::classes(),
        Suite::Random => generate::random(args.seed.unwrap_or(1), args.count.unwrap_or(100).into()),
    };
    let folder = args.output.as_path();
    let mut batch = Batch::default();
    make_empty(folder, &mut batch).map_err(|e| format!("{}: {e}", folder.display()))?;
    let failed = |path: &Path, e: io::Error| format!("{}: {e}", path.display());
    for script in &scripts {
        let path = folder.join(format!("{}.script", script.name));
        batch.add(&path, &script.text).map_err(|e| failed(&path, e))?;
    }
    batch.finish().map_err(|(path, e)| failed(&path, e))?;
    let mut out = anstream::stdout();
    for script in &scripts {
        writeln!(out, "{:24} {:6}  {}", script.name, script.calls, script.title)?;
    }
    let calls = scripts.iter().map(|script| script.calls as u64).sum();
    writeln!(out, "{}, {}", counted(scripts.len() as u64, "script"), counted(calls, "call"))?;
    Ok(0)
}

/// Makes the folder, unless it is there and has nothing in it: scripts of another run would be taken for some of this one.
fn make_empty(folder: &Path, batch: &mut Batch) -> Result<(), String> {
    if !folder.is_dir() {
        return batch.make_folder(folder).map_err(|e| e.to_string());
    }
    let mut entries = std::fs::read_dir(folder).map_err(|e| e.to_string())?;
    match entries.next() {
        None => Ok(()),
        Some(entry) => {
            let name = entry.map_err(|e| e.to_string())?.file_name();
            Err(format!(
                "expected a new or an empty folder, found `{}` in it",
                name.to_string_lossy()
            ))
        }
    }
}
