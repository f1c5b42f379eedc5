//! `portres kit`.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use portres::kit::{self, Names, Progress, Reading, Suite};
use portres::limits;
use portres::report::counted;
use portres::{Settings, system};

use super::draft::write_atomically;
use super::{ERROR, Failure, Outcome, check, trace_error};

/// Pack what the owner of a Windows machine runs once to record it, run that, or read what came of it.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  portres kit --exe portres.exe -o kit.zip
  portres kit --scripts suite fixtures/scripts --exe portres.exe -o kit.zip
  portres kit --read portres-recorded.jsonl
  portres kit --record scripts -o portres-recorded.jsonl      # what run.cmd in the kit does

docs/record-kit.md says what is in the archive. Only the file of traces that run.cmd writes is read again: it is judged, by the
documentation alone unless --profile says otherwise, and what it teaches about the open questions is shown with the events.

Exit codes: 0 it was written, or every trace conforms; 1 a trace that was read diverges; 2 something cannot be read, written
or done; 3 a verdict is undecided, or a script could not be recorded to its end.")]
pub(super) struct Args {
    /// The program for Windows that goes into the archive; on Windows it is this one otherwise.
    #[arg(long, value_name = "PORTRES.EXE", conflicts_with_all = ["record", "read"])]
    exe: Option<PathBuf>,
    /// The scripts that go into the archive, in place of the class suite: files, and folders with what is in them.
    #[arg(long, value_name = "PATH", num_args = 1.., conflicts_with_all = ["record", "read"])]
    scripts: Vec<PathBuf>,
    /// Record every script of this folder, and write one file of traces.
    #[arg(long, value_name = "DIR", conflicts_with = "read")]
    record: Option<PathBuf>,
    /// The system that is recorded, as `portres record` takes it.
    #[arg(long, value_name = "SYSTEM", default_value = "winsock", conflicts_with_all = ["scripts", "exe", "read"])]
    on: String,
    /// Allow changes of a real machine that last until they are undone (persistent reservations).
    #[arg(long, conflicts_with_all = ["scripts", "exe", "read"])]
    change_this_machine: bool,
    /// Judge a file that was recorded, and tell what it settles.
    #[arg(long, value_name = "FILE")]
    read: Option<PathBuf>,
    /// The profile by which a file is judged, instead of `documented`: a name, or a file ending in .toml.
    #[arg(long, conflicts_with_all = ["scripts", "exe", "record"])]
    profile: Option<String>,
    /// Where to write the archive or the traces.
    #[arg(short, value_name = "FILE", conflicts_with = "read", required_unless_present = "read")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Outcome {
    match (&args.record, &args.read) {
        (Some(scripts), _) => record(args, scripts),
        (None, Some(recorded)) => read(args, recorded),
        (None, None) => pack(args),
    }
}

/// The file that is written.
fn output(args: &Args) -> Result<&Path, Failure> {
    let missing = || Failure("expected `-o FILE`: where to write it".into());
    let path = args.output.as_deref().ok_or_else(missing)?;
    if path.as_os_str() == "-" {
        return Err("-: expected a file".to_string().into());
    }
    Ok(path)
}

fn unwritable(path: &Path) -> impl Fn(io::Error) -> Failure + '_ {
    move |e| Failure(format!("{}: {e}", path.display()))
}

fn pack(args: &Args) -> Outcome {
    let to = output(args)?;
    let program = program(args.exe.as_deref())?;
    let suite = suite(&args.scripts)?;
    let mut archive = io::Cursor::new(Vec::new());
    kit::archive(&mut archive, &program, &suite)?;
    let bytes = archive.into_inner();
    write_atomically(to, |out| out.write_all(&bytes)).map_err(unwritable(to))?;
    let scripts = counted(suite.scripts.len() as u64, "script");
    let calls = counted(suite.calls() as u64, "call");
    let kilobytes = bytes.len().div_ceil(1024);
    writeln!(
        anstream::stderr(),
        "{}: {scripts}, {calls}, portres.exe; {kilobytes} KiB. Whoever gets it unpacks it and starts run.cmd",
        to.display()
    )?;
    Ok(0)
}

/// The scripts, but for those that talk to other machines.
fn suite(paths: &[PathBuf]) -> Result<Suite, Failure> {
    let suite = if paths.is_empty() { Suite::of_classes() } else { Suite::of_paths(paths) };
    let suite = suite.map_err(|e| e.to_string())?;
    for (name, place) in &suite.abroad {
        writeln!(
            anstream::stderr(),
            "{name}: left out, since it talks to another machine ({place})"
        )?;
    }
    Ok(suite)
}

/// The program for Windows: the one that is given, or else this one.
fn program(given: Option<&Path>) -> Result<Vec<u8>, Failure> {
    let path = match given {
        Some(path) => path.to_path_buf(),
        None if cfg!(windows) => std::env::current_exe()?,
        None => {
            return Err("expected `--exe portres.exe`, the program for Windows, since this is another system's: a release has \
                        one, and `cargo build --release -p portres` on Windows makes one"
                .to_string()
                .into());
        }
    };
    let bytes = limits::PROGRAM.read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    kit::is_program(&bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(bytes)
}

fn record(args: &Args, scripts: &Path) -> Outcome {
    let to = output(args)?;
    let suite = suite(&[scripts.to_path_buf()])?;
    let options = system::Options {
        change_this_machine: args.change_this_machine,
        ..system::Options::default()
    };
    // whatever stops all scripts is told once
    drop(system::open(&args.on, &options).map_err(|e| e.to_string())?);
    let mut text = Vec::new();
    let bar = bar(suite.scripts.len() as u64);
    let tell = |Progress { done, script, .. }: Progress<'_>| {
        bar.set_position(done as u64);
        bar.set_message(script.to_string());
    };
    let kept = kit::record(&suite, || system::open(&args.on, &options), &mut text, tell)?;
    bar.finish_and_clear();
    let mut err = anstream::stderr();
    for (name, why) in &kept.failed {
        writeln!(err, "{ERROR}error:{ERROR:#} {name}: not recorded: {why}")?;
    }
    for (name, why) in &kept.ended {
        writeln!(err, "{name}: the recording ended early: {why}")?;
    }
    if kept.traces == 0 {
        return Err(format!("{}: not written: nothing was recorded", to.display()).into());
    }
    write_atomically(to, |out| out.write_all(&text)).map_err(unwritable(to))?;
    let (traces, calls) = (counted(kept.traces as u64, "trace"), counted(kept.calls, "call"));
    writeln!(err, "{}: {traces}, {calls}", to.display())?;
    if kept.unsupported > 0 {
        let left_out = counted(kept.unsupported, "further call");
        writeln!(
            err,
            "{left_out} could not be made here: they need an administrator, another user, a restart or netsh"
        )?;
    }
    let own = suite.scripts.iter().map(|script| script.text.as_str());
    for told in Names::here(own).told_in(&text[..])? {
        writeln!(
            err,
            "line {} has the word `{}`, which is also a name of this machine, its user or a folder: look at it before you send the file",
            told.line, told.name
        )?;
    }
    Ok(if kept.failed.is_empty() && kept.ended.is_empty() { 0 } else { 3 })
}

/// Shown on a terminal alone.
fn bar(scripts: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos} of {len} scripts, {elapsed}  {msg}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(scripts).with_style(style)
}

fn read(args: &Args, path: &PathBuf) -> Outcome {
    let (profiles, profile) =
        check::profiles(Some(args.profile.as_deref().unwrap_or("documented")))?;
    let name = path.display().to_string();
    let unreadable = |e: io::Error| Failure(format!("{name}: {e}"));
    let mut from = BufReader::new(fs::File::open(path).map_err(unreadable)?);
    if from.fill_buf().map_err(unreadable)?.starts_with(b"PK") {
        return Err(format!(
            "{name}: this is an archive: expected the file {} that run.cmd has written",
            kit::RESULT
        )
        .into());
    }
    let settings = Settings { profile: profile.as_ref(), ..Settings::new(&profiles) };
    let reading = Reading::of(&name, from, &settings).map_err(|e| trace_error(&name, &e))?;
    write!(anstream::stdout(), "{}", reading.text())?;
    if let Some(doubt) = reading.doubt() {
        writeln!(anstream::stderr(), "{name}: {doubt}")?;
    }
    Ok(reading.exit_code())
}
