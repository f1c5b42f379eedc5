//! Less is told of traces that conform, and never is one said to diverge; what that costs is counted.

mod amid;
#[path = "../common/mod.rs"]
mod common;
mod effort;
mod generate;
mod hide;
mod table;

use std::fs;

use generate::{Made, Size, generate};
use hide::{Sight, header, hide};
use portres::check::Follower;
use portres::generate::Draw;
use portres::trace::{Event, Header, Item, Spelled, TraceError, write_item};
use portres::{Profiles, Report, Settings, Verdict};
use portres_model::Question;
use rayon::prelude::*;

fn judge(settings: &Settings<'_>, header: &Header, events: &[Event]) -> Result<Report, TraceError> {
    let mut follower = Follower::new(header, settings)?;
    events.iter().try_for_each(|event| follower.follow(event))?;
    Ok(follower.finish())
}

fn text(header: &Header, events: &[Event]) -> String {
    let mut out = Vec::new();
    let header = Item::Header(Box::new(header.clone()));
    let items = std::iter::once(header).chain(events.iter().cloned().map(Item::Event));
    for item in items {
        write_item(&mut out, Spelled::Text, &item).expect("written");
    }
    String::from_utf8(out).expect("text")
}

/// What is hidden of a trace, and where.
#[derive(Clone, Copy, Debug)]
struct Hidden<'s> {
    sights: &'s [Sight],
    open: bool,
    /// Whether its calls overlap.
    amid: bool,
}

/// Judges a trace of which less is told, by all that the documentation leaves open and by what its machine answers.
fn never_diverges(profiles: &Profiles, hidden: Hidden<'_>, made: Made, seed: u64) -> u32 {
    let generated = generate(seed, made);
    let header = header(&generated, hidden.sights, hidden.open);
    let mut draw = Draw::new(seed);
    let mut events = hide(&generated, hidden.sights, hidden.open, &mut draw);
    if hidden.amid {
        events = amid::overlapping(&events, &mut draw);
    }
    let mut truth = profiles.get("documented").expect("a profile").clone();
    truth.name = "the machine's".into();
    truth.profile = generated.truth.clone();
    let mut conform = 0;
    for profile in [profiles.get("documented"), Some(&truth)] {
        let settings = Settings { profile, ..Settings::new(profiles) };
        let report = judge(&settings, &header, &events);
        let told = || format!("{hidden:?} {made:?} seed {seed}");
        let report =
            report.unwrap_or_else(|e| panic!("{}: {e}\n{}", told(), text(&header, &events)));
        assert_ne!(
            report.verdict,
            Verdict::Diverges,
            "{} by {}\n{}\n{}\nof\n{}",
            told(),
            report.profile,
            portres::report::details(&report),
            text(&header, &events),
            text(&generated.header, &generated.events),
        );
        conform += u32::from(report.verdict == Verdict::Conforms);
        // what is left may be less than everything, and is never less than the truth
        let reading = generated.truth.only_reading().expect("one reading");
        let lost = |end: &usize| {
            let report = judge(&settings, &header, &events[..*end]).expect("it was read before");
            !report.left.admits(&reading)
        };
        if let Some(end) = (1..=events.len()).filter(|_| !report.left.admits(&reading)).find(lost) {
            let excluded =
                Question::ALL.iter().filter(|q| report.left.open(**q) & reading.answer(**q) == 0);
            panic!(
                "{}: the truth is lost, {:?}\n{}\nof\n{}",
                told(),
                excluded.collect::<Vec<_>>(),
                text(&header, &events[..end]),
                text(&generated.header, &generated.events),
            );
        }
    }
    conform
}

/// How many times as many traces as usual are judged: `PORTRES_PARTIAL=20`.
fn times() -> u64 {
    std::env::var("PORTRES_PARTIAL").ok().and_then(|n| n.parse().ok()).unwrap_or(1)
}

#[test]
fn no_trace_that_conforms_is_said_to_diverge() {
    let profiles = Profiles::built_in();
    for (size, open) in
        [(Size::Small, false), (Size::Large, false), (Size::Small, true), (Size::Large, true)]
    {
        for sight in Sight::ALL {
            let seeds = 1_000..1_000 + 12 * times();
            let all = 2 * (seeds.end - seeds.start) as u32;
            let conform: u32 = seeds
                .into_par_iter()
                .map(|seed| {
                    let made = Made { size, calls: 60, pends: seed % 3 == 0, likely: false };
                    let hidden = Hidden { sights: &[sight], open, amid: false };
                    never_diverges(&profiles, hidden, made, seed)
                })
                .sum();
            println!("{size:?} open {open} {sight:?}: {conform} of {all} conform");
            assert!(conform * 2 >= all, "{sight:?}: {conform} of {all}");
        }
    }
}

/// Several things at a time are not told.
const TOGETHER: [&[Sight]; 4] = [
    &[Sight::Events, Sight::NoPorts],
    &[Sight::Events, Sight::NoBlocks],
    &[Sight::Events, Sight::NoCodes],
    &[Sight::Events, Sight::Unknown(5)],
];

#[test]
fn what_is_hidden_together_is_no_false_alarm() {
    judge_each(&TOGETHER, Size::Small, 6, |sights, open| Hidden { sights, open, amid: false });
}

#[test]
fn what_is_hidden_amid_calls_that_overlap_is_no_false_alarm() {
    let sights: [&[Sight]; 3] = [&[Sight::All], &[Sight::Events], &[Sight::NoPorts]];
    judge_each(&sights, Size::Small, 16, |sights, open| Hidden { sights, open, amid: true });
}

#[test]
fn what_is_hidden_of_blocks_that_are_shared_is_no_false_alarm() {
    let sights: [&[Sight]; 3] =
        [&[Sight::NoBlocks], &[Sight::NoPorts], &[Sight::NoBlocks, Sight::NoCodes]];
    let apart = |sights, open| Hidden { sights, open, amid: false };
    judge_each(&sights, Size::Blocks, 60, apart);
}

/// Judges traces of machines, of each sight so many; every second one has requests that stay pending.
fn judge_each<'s>(
    all: &[&'s [Sight]],
    size: Size,
    seeds: u64,
    hidden: impl Fn(&'s [Sight], bool) -> Hidden<'s> + Sync,
) {
    let profiles = Profiles::built_in();
    let seeds = 2_000..2_000 + seeds * times();
    for (sights, open) in all.iter().flat_map(|sights| [(*sights, false), (*sights, true)]) {
        let conform: u32 = seeds
            .clone()
            .into_par_iter()
            .map(|seed| {
                let made = Made { size, calls: 60, pends: seed % 2 == 0, likely: false };
                never_diverges(&profiles, hidden(sights, open), made, seed)
            })
            .sum();
        let all = 2 * (seeds.end - seeds.start) as u32;
        println!("open {open} {sights:?}: {conform} of {all} conform");
        assert!(conform * 4 >= all, "{sights:?}: {conform} of {all}");
    }
}

#[test]
fn what_partial_sight_costs_is_what_the_page_says() {
    let path = common::folder("../docs/partial-sight.md");
    let page = table::page(&Profiles::built_in());
    if std::env::var_os("PORTRES_BLESS").is_some() {
        fs::write(&path, &page).expect("the page is written");
    }
    let known = fs::read_to_string(&path).unwrap_or_default().replace('\r', "");
    assert_eq!(page, known, "the page is another");
}
