//! `portres shrink`.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use portres::Settings;
use portres::report::counted;
use portres::shrink::{self, Answers, Budget, Progress, ShrinkError, Trace};
use portres::trace::Item;

use super::args::{On, Shrink};
use super::files::Input;
use super::{Outcome, check, drive};

pub(super) fn run(args: &Shrink) -> Outcome {
    let (profiles, profile) = check::profiles(args.profile.as_deref())?;
    let on = args.on.as_ref().map(|system| On {
        system: system.clone(),
        seed: args.seed.unwrap_or_default(),
        profile: args.profile.clone(),
        change_this_machine: args.change_this_machine,
        test_user: args.test_user.clone(),
    });
    let name = args.trace.display().to_string();
    let (header, events) = drive::read_one(&args.trace, &name)?;
    let trace = Trace { header, events };
    let inputs = [Input::File(args.trace.clone())];
    let departures = match &on {
        None => check::departures_of(&inputs)?,
        Some(_) => Default::default(),
    };
    let settings = Settings {
        profile: profile.as_ref(),
        departures: departures.values().next(),
        ..Settings::new(&profiles)
    };
    let seconds = args.seconds.map(Duration::from_secs);
    let until = seconds.and_then(|seconds| Instant::now().checked_add(seconds));
    let budget = Budget { checks: args.budget, until };
    let bar = std::io::stderr().is_terminal().then(ProgressBar::new_spinner);
    let mut tell = |Progress { checks, calls }: Progress| {
        if let Some(bar) = &bar {
            let (calls, checks) = (counted(calls as u64, "call"), counted(checks, "check"));
            bar.set_message(format!("{calls} left after {checks}"));
            bar.tick();
        }
    };
    let before = shrink::calls(&trace.events);
    let mut open = || {
        let on = on.as_ref().expect("a system is asked for only where there is one");
        drive::open_system(on, profile.as_ref())
    };
    let answers = match &on {
        None => Answers::Trace,
        Some(_) => Answers::System(&mut open),
    };
    let shrunk = shrink::shrink(&trace, args.event, answers, &settings, budget, &mut tell);
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let shrunk = match shrunk {
        Ok(shrunk) => shrunk,
        Err(error @ (ShrinkError::Conforms(_) | ShrinkError::NotThere { .. })) => {
            writeln!(anstream::stderr(), "{name}: {error}")?;
            return Ok(1);
        }
        Err(error) => return Err(format!("{name}: {error}").into()),
    };
    let mut items = vec![Item::Header(Box::new(shrunk.trace.header))];
    let after = shrink::calls(&shrunk.trace.events);
    items.extend(shrunk.trace.events.into_iter().map(Item::Event));
    drive::write_trace(&args.output, &items)?;
    let rules: Vec<_> = shrunk.reason.rules.iter().map(|rule| rule.id()).collect();
    let mut err = anstream::stderr();
    writeln!(
        err,
        "{name}: {before} calls, {after} left, refused by {} ({})",
        rules.join(", "),
        counted(shrunk.checks, "check")
    )?;
    if shrunk.complete {
        return Ok(0);
    }
    writeln!(err, "the budget was used up: perhaps fewer calls would do")?;
    Ok(3)
}
