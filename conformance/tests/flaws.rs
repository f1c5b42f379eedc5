//! Every flaw that the simulator can be given is caught by a fixture that is named in docs/flaws.md, where the oracle refuses
//! a reply by the rule that the flaw breaks or by one in which it shows; the table says how many calls that took.

mod common;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use portres::check::Follower;
use portres::replay::replay;
use portres::shrink::{self, Answers, Budget, Trace, shrink};
use portres::system::{Sim, System};
use portres::trace::{Event, Header, Part, Spelled, write_item};
use portres::{Profiles, Report, Settings, Verdict};
use portres_model::{Profile, Rule};
use portres_sim::Flaw;

/// To how many calls every flaw's recording shrinks.
const MOST_CALLS: usize = 8;

/// What the simulator answers to a fixture's calls, as `portres replay -o` writes it and `portres check` reads it.
fn recorded(header: &Header, events: &[Event], flaw: Option<Flaw>) -> (Header, Vec<Event>) {
    let sim = Sim::new(Profile::likely(), 0);
    let mut sim = match flaw {
        None => sim,
        Some(flaw) => sim.with_flaw(flaw),
    };
    let replayed = replay(header, events, &mut sim).expect("the simulator is there");
    let mut text = Vec::new();
    for item in &replayed.items {
        write_item(&mut text, Spelled::Text, item).expect("memory can be written to");
    }
    common::parse("what the simulator answers", &text)
}

/// What `portres check` says of a recording.
fn judge((header, events): &(Header, Vec<Event>), profiles: &Profiles) -> Report {
    let settings = Settings::new(profiles);
    let mut follower = Follower::new(header, &settings).expect("a profile");
    for event in events {
        follower.follow(event).expect("new names");
    }
    follower.finish()
}

/// How many calls begin until this event is seen.
fn calls_until(events: &[Event], event: u64) -> usize {
    let seen = usize::try_from(event).expect("a recording in memory");
    events[..seen].iter().filter(|e| !matches!(e.part, Part::End { .. })).count()
}

/// The fewest calls to which the flaw's recording shrinks, made again on the simulator at each step.
fn shrunk(fixture: &Fixture, flaw: Flaw, profiles: &Profiles) -> usize {
    let trace = Trace { header: fixture.header.clone(), events: fixture.events.clone() };
    let settings = Settings::new(profiles);
    let mut open = || {
        let sim = Sim::new(Profile::likely(), 0).with_flaw(flaw);
        Ok(Box::new(sim) as Box<dyn System>)
    };
    let answers = Answers::System(&mut open);
    let shrunk = shrink(&trace, None, answers, &settings, Budget::default(), &mut |_| {});
    let shrunk = shrunk.unwrap_or_else(|e| panic!("{flaw}, {}: {e}", fixture.name));
    assert!(shrunk.complete);
    let Trace { header, events } = shrunk.trace;
    let again = judge(&(header, events.clone()), profiles);
    assert_eq!(again.expected, Some(true), "{flaw}: the header expects what happens");
    shrink::calls(&events)
}

/// Where a flaw is seen first in a fixture.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    /// Whether only a rule in which the flaw shows refuses the reply, and not the rule that it breaks.
    aside: bool,
    events: usize,
    fixture: String,
    event: u64,
    rule: Rule,
    /// How many calls the recording has up to the divergence.
    calls: usize,
}

fn seen(flaw: Flaw, fixture: &str, events: &[Event], report: &Report) -> Option<Seen> {
    let first = report.divergences.first()?;
    let refuses = |rule: &Rule| first.refused_by.iter().any(|refused| refused.rule == *rule);
    let broken = Some(flaw.breaks()).filter(refuses);
    let rule = broken.or_else(|| flaw.shows_in().iter().copied().find(refuses))?;
    let (aside, fixture) = (broken.is_none(), fixture.to_string());
    let calls = calls_until(events, first.event);
    Some(Seen { aside, events: events.len(), fixture, event: first.event, rule, calls })
}

struct Fixture {
    name: String,
    header: Header,
    events: Vec<Event>,
}

fn fixtures() -> Vec<Fixture> {
    let read = |path: &std::path::PathBuf| {
        let (header, events) = common::read(path);
        Fixture { name: common::name(path), header, events }
    };
    common::files(&common::folder("accept"), "trace").iter().map(read).collect()
}

#[test]
fn a_simulator_without_flaws_conforms_and_every_flaw_is_caught() {
    let (fixtures, profiles) = (fixtures(), Profiles::built_in());
    for Fixture { name, header, events } in &fixtures {
        let report = judge(&recorded(header, events, None), &profiles);
        assert!(report.verdict != Verdict::Diverges, "{name} diverges without a flaw");
    }
    let (mut rows, mut missed, mut long) = (String::new(), Vec::new(), Vec::new());
    for flaw in Flaw::ALL.iter().copied() {
        let (mut best, mut caught) = (None::<Seen>, 0);
        let mut refused = BTreeMap::<String, (u32, &str)>::new();
        for Fixture { name, header, events } in &fixtures {
            let recording = recorded(header, events, Some(flaw));
            let report = judge(&recording, &profiles);
            caught += u32::from(report.verdict == Verdict::Diverges);
            if let Some(first) = report.divergences.first() {
                let rules: Vec<_> = first.refused_by.iter().map(|r| r.rule.id()).collect();
                refused.entry(rules.join(" ")).or_insert((0, name)).0 += 1;
            }
            let here = seen(flaw, name, &recording.1, &report);
            best = [best, here].into_iter().flatten().min();
        }
        match best {
            Some(best) => {
                let fixture = fixtures.iter().find(|f| f.name == best.fixture).expect("seen in it");
                let least = shrunk(fixture, flaw, &profiles);
                if least > MOST_CALLS {
                    long.push(format!("{flaw}: {least} calls"));
                }
                row(&mut rows, flaw, &best, (least, caught));
            }
            None => missed.push(format!("{flaw}: {caught} fixtures diverge, by {refused:?}")),
        }
    }
    assert!(missed.is_empty(), "flaws that no fixture shows:\n{}", missed.join("\n"));
    assert!(long.is_empty(), "more than {MOST_CALLS} calls:\n{}", long.join("\n"));
    compare(&rows);
}

fn row(rows: &mut String, flaw: Flaw, seen: &Seen, (least, caught): (usize, u32)) {
    let shown = if seen.aside {
        format!("event {}, by `{}`", seen.event, seen.rule)
    } else {
        format!("event {}", seen.event)
    };
    let Seen { fixture, calls, .. } = seen;
    writeln!(
        rows,
        "| `{flaw}` | `{}` | {} | `{fixture}`, {shown} | {calls} | {least} | {caught} |",
        flaw.breaks(),
        flaw.says()
    )
    .expect("a string can be written to");
}

/// The table stands in the document between two lines; `PORTRES_BLESS=1` writes it there.
fn compare(rows: &str) {
    const BEGIN: &str = "<!-- begin: written by conformance/tests/flaws.rs -->\n";
    const END: &str = "<!-- end -->\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/flaws.md");
    let page = fs::read_to_string(&path).expect("docs/flaws.md");
    let (head, rest) = page.split_once(BEGIN).expect("the table begins");
    let (table, tail) = rest.split_once(END).expect("the table ends");
    let fresh = format!(
        "\n| flaw | breaks | what it does | seen in | calls to detection | shrunk to | fixtures that diverge |\n| --- | --- | --- | --- | --- | --- | --- |\n{rows}\n"
    );
    if std::env::var_os("PORTRES_BLESS").is_some() {
        fs::write(&path, format!("{head}{BEGIN}{fresh}{END}{tail}")).expect("docs/flaws.md");
        return;
    }
    assert_eq!(table, fresh, "docs/flaws.md is not up to date: PORTRES_BLESS=1 writes it");
}

#[test]
fn ids_are_unlike_and_lead_back() {
    assert!(Flaw::ALL.len() >= 30, "{} flaws", Flaw::ALL.len());
    for flaw in Flaw::ALL {
        assert_eq!(flaw.id().parse(), Ok(*flaw));
        assert!(!flaw.shows_in().contains(&flaw.breaks()), "{flaw} names its rule twice");
    }
    assert!("no-such-flaw".parse::<Flaw>().is_err());
}
