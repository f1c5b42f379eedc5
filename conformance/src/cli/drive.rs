//! `portres replay`, `record` and `cleanup`.

use std::io::{self, BufReader, Write};
use std::path::Path;

use portres::check::Follower;
use portres::departures::{self, Departures};
use portres::limits;
use portres::record;
use portres::replay;
use portres::report::{self, Standing};
use portres::script::Script;
use portres::system::{self, Options};
use portres::trace::{Event, Header, Item, Reader, Spelled, write_item};
use portres::{NamedProfile, Report, Settings, System};

use super::args::{On, Record, Replay};
use super::format::output;
use super::{BAD, Failure, GOOD, OPEN, Outcome, check, trace_error};

fn open(on: &On, profile: Option<&NamedProfile>) -> Result<Box<dyn System>, Failure> {
    let test_user = match &on.test_user {
        None => None,
        Some(name) => {
            let password = std::env::var("PORTRES_TEST_PASSWORD").map_err(|_| {
                format!(
                    "the password of the test user `{name}` is expected in PORTRES_TEST_PASSWORD"
                )
            })?;
            Some((name.clone(), password))
        }
    };
    let options = Options {
        seed: on.seed,
        profile: profile.map(|p| p.profile.clone()).unwrap_or_default(),
        change_this_machine: on.change_this_machine,
        test_user,
    };
    system::open(&on.system, &options).map_err(|e| Failure(e.to_string()))
}

/// The system, for what opens it more than once.
pub(super) fn open_system(
    on: &On,
    profile: Option<&NamedProfile>,
) -> Result<Box<dyn System>, system::SystemError> {
    open(on, profile).map_err(|Failure(why)| system::SystemError(why))
}

pub(super) fn write_trace(path: &Path, items: &[Item]) -> Result<(), Failure> {
    let spelled = if path.extension().is_some_and(|e| e == "jsonl") {
        Spelled::JsonLines
    } else {
        Spelled::Text
    };
    output(path, |out| items.iter().try_for_each(|item| write_item(&mut &mut *out, spelled, item)))
}

pub(super) fn record(args: &Record) -> Outcome {
    let (_, profile) = check::profiles(args.on.profile.as_deref())?;
    let name = args.script.display().to_string();
    let file = limits::SCRIPT.open(&args.script).map_err(|e| format!("{name}: {e}"))?;
    let script = Script::read(BufReader::new(file)).map_err(|e| trace_error(&name, &e))?;
    let mut system = open(&args.on, profile.as_ref())?;
    let recording = record::record(&script, system.as_mut()).map_err(|e| format!("{name}: {e}"))?;
    write_trace(&args.output, &recording.items)?;
    let mut err = anstream::stderr();
    for skipped in &recording.skipped {
        writeln!(err, "skipped, an operand never came to be: {skipped}")?;
    }
    if let Some(why) = &recording.ended {
        writeln!(err, "the recording ended early: {why}")?;
        return Ok(3);
    }
    Ok(0)
}

pub(super) fn replay(args: &Replay) -> Outcome {
    let (profiles, profile) = check::profiles(args.on.profile.as_deref())?;
    let name = args.trace.display().to_string();
    let (header, events) = read_one(&args.trace, &name)?;
    let mut system = open(&args.on, profile.as_ref())?;
    let replayed =
        replay::replay(&header, &events, system.as_mut()).map_err(|e| format!("{name}: {e}"))?;
    let departures = departures_of_same_system(&args.trace, &header, &replayed.items)?;
    let settings = Settings {
        profile: profile.as_ref(),
        departures: departures.as_ref(),
        ..Settings::new(&profiles)
    };
    let report = judge(&replayed.items, &settings).map_err(|e| format!("{name}: {e}"))?;
    if let Some(path) = &args.output {
        write_trace(path, &replayed.items)?;
    }
    // with the trace on standard output, the report goes beside it
    let to_stdout = args.output.as_deref().is_some_and(|p| p.as_os_str() == "-");
    if to_stdout {
        tell(&mut anstream::stderr(), args, &replayed, &report)?
    } else {
        tell(&mut anstream::stdout(), args, &replayed, &report)?
    }
    let differs = args.exact && !(replayed.differences.is_empty() && replayed.skipped.is_empty());
    Ok(match report.standing() {
        Standing::Bad => 1,
        _ if differs => 1,
        _ if replayed.ended.is_some() => 3,
        Standing::Open => 3,
        Standing::Good => 0,
    })
}

fn tell(
    out: &mut impl Write,
    args: &Replay,
    replayed: &replay::Replayed,
    report: &Report,
) -> io::Result<()> {
    let style = match report.standing() {
        Standing::Good => GOOD,
        Standing::Bad => BAD,
        Standing::Open => OPEN,
    };
    let what = format!("{} on {}", args.trace.display(), args.on.system);
    writeln!(out, "{style}{}{style:#}", report::line(&what, report))?;
    write!(out, "{}", report::details(report))?;
    for d in &replayed.differences {
        writeln!(
            out,
            "  differs at event {}, line {}: {}: {}\n    recorded   {}\n    answered   {}",
            d.event, d.line, d.who, d.call, d.recorded, d.answered
        )?;
    }
    for skipped in &replayed.skipped {
        writeln!(out, "  skipped, an operand never came to be: {skipped}")?;
    }
    if let Some(why) = &replayed.ended {
        writeln!(out, "  ended early: {why}")?;
    }
    let different = report::counted(replayed.differences.len() as u64, "difference");
    let skipped = report::counted(replayed.skipped.len() as u64, "call");
    writeln!(out, "{different} from the trace, {skipped} skipped")
}

/// The first trace of a file.
pub(super) fn read_one(path: &Path, name: &str) -> Result<(Header, Vec<Event>), Failure> {
    let file = limits::TRACE.open(path).map_err(|e| format!("{name}: {e}"))?;
    let (mut header, mut events) = (None, Vec::new());
    for item in Reader::new(BufReader::new(file)) {
        match item.map_err(|e| trace_error(name, &e))? {
            Item::Header(first) if header.is_none() => header = Some(*first),
            Item::Header(_) => {
                return Err(format!("{name}: expected one trace, found several").into());
            }
            Item::Event(event) => events.push(event),
            Item::Comment(_) => {}
        }
    }
    let header = header.ok_or_else(|| format!("{name}: expected a trace"))?;
    Ok((header, events))
}

/// The departures beside the trace, if the system is the one that has them.
fn departures_of_same_system(
    trace: &Path,
    header: &Header,
    replayed: &[Item],
) -> Result<Option<Departures>, Failure> {
    let name = |header: &Header| header.system.as_ref().map(|s| s.name.clone());
    let same = matches!(replayed.first(), Some(Item::Header(now)) if name(now) == name(header));
    let file = trace.with_file_name(departures::FILE);
    if !same || !file.is_file() {
        return Ok(None);
    }
    let place = file.display();
    let text = limits::PROFILE.read_text(&file).map_err(|e| format!("{place}: {e}"))?;
    Ok(Some(Departures::read(&text).map_err(|e| format!("{place}: {e}"))?))
}

/// Judges what the system answered.
fn judge(items: &[Item], settings: &Settings<'_>) -> Result<Report, String> {
    let mut follower: Option<Follower<'_>> = None;
    for item in items {
        match item {
            Item::Header(header) => {
                follower = Some(Follower::new(header, settings).map_err(|e| e.to_string())?)
            }
            Item::Event(event) => {
                if let Some(follower) = &mut follower {
                    follower.follow(event).map_err(|e| e.to_string())?;
                }
            }
            Item::Comment(_) => {}
        }
    }
    follower.map(Follower::finish).ok_or_else(|| "nothing was replayed".into())
}

#[cfg(windows)]
pub(super) fn cleanup() -> Outcome {
    let undone = portres::windows::cleanup().map_err(|e| e.to_string())?;
    writeln!(anstream::stdout(), "{undone} changes undone")?;
    Ok(0)
}

#[cfg(not(windows))]
pub(super) fn cleanup() -> Outcome {
    writeln!(anstream::stdout(), "nothing to undo: only recordings on Windows change a machine")?;
    Ok(0)
}
