//! Less is told of traces that conform, and never is one said to diverge.

#[path = "../common/mod.rs"]
mod common;
mod generate;
mod hide;

use generate::{Draw, Made, Size, generate};
use hide::{Sight, hide};
use portres::check::Follower;
use portres::trace::{Event, Header, Item, Spelled, write_item};
use portres::{Profiles, Report, Settings, Verdict};

fn judge(settings: &Settings<'_>, header: &Header, events: &[Event]) -> Report {
    let mut follower = Follower::new(header, settings).expect("a profile");
    for event in events {
        follower.follow(event).unwrap_or_else(|e| panic!("{e}\n{}", text(header, events)));
    }
    follower.finish()
}

fn text(header: &Header, events: &[Event]) -> String {
    let mut out = Vec::new();
    write_item(&mut out, Spelled::Text, &Item::Header(Box::new(header.clone()))).expect("written");
    for event in events {
        write_item(&mut out, Spelled::Text, &Item::Event(event.clone())).expect("written");
    }
    String::from_utf8(out).expect("text")
}

/// How many times as many traces as a test has time for.
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
            let (mut conform, mut undecided) = (0, 0);
            let mut whys = std::collections::BTreeMap::<String, u32>::new();
            for seed in 0..40 * times() {
                let made = Made { size, calls: 60, pends: seed % 3 == 0 };
                let generated = generate(seed, made);
                let mut draw = Draw::new(seed);
                let header = sight.header(&generated.header, open);
                let events = hide(&generated, sight, &mut draw);
                if sight == Sight::Events && !open {
                    // a closed world tells of all that happens
                    continue;
                }
                let mut truth = profiles.get("documented").expect("a profile").clone();
                truth.name = "the machine's".into();
                truth.profile = generated.truth.clone();
                for profile in [profiles.get("documented"), Some(&truth)] {
                    let settings = Settings { profile, ..Settings::new(&profiles) };
                    let report = judge(&settings, &header, &events);
                    match report.verdict {
                        Verdict::Conforms => conform += 1,
                        Verdict::Undecided => {
                            undecided += 1;
                            for why in &report.undecided {
                                let why = why.split_once(": ").map_or(why.as_str(), |(_, w)| w);
                                *whys.entry(why.into()).or_default() += 1;
                            }
                        }
                        Verdict::Diverges => panic!(
                            "{sight:?} {made:?} open {open} seed {seed} by {}\n{}\n{}\nof\n{}",
                            report.profile,
                            portres::report::details(&report),
                            text(&header, &events),
                            text(&generated.header, &generated.events),
                        ),
                    }
                }
            }
            println!(
                "{size:?} open {open} {sight:?}: {conform} conform, {undecided} undecided {whys:?}"
            );
        }
    }
}
