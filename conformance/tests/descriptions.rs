//! A reply of which only something is known is permitted where one of the replies that it may have been is, and teaches no
//! more than any of them.

mod common;

use portres::check::{Follower, Verdict};
use portres::trace::{Alternatives, Event, Header, Observed, Part};
use portres::{Profiles, Report, Settings};
use portres_model::{Call, Error, Question, Reply};

/// Follows the events, the last one with this reply.
fn follow(profiles: &Profiles, (header, events): (&Header, &[Event]), reply: Observed) -> Report {
    let settings = Settings::new(profiles);
    let mut follower = Follower::new(header, &settings).expect("a known profile");
    let (last, before) = events.split_last().expect("an event");
    before.iter().for_each(|event| follower.follow(event).expect("the names are new"));
    let Part::Whole { call, names, .. } = last.part else { panic!("no whole call") };
    let part = Part::Whole { call, names, reply };
    follower.follow(&Event { part, bytes: None, ..last.clone() }).expect("the name is new");
    follower.finish()
}

fn permits(report: &Report) -> bool {
    report.divergences.is_empty()
}

/// Every answer that one of these reports leaves is left by the report of them all.
fn teaches_no_more(all: &Report, each: &[&Report], told: &str) {
    for question in Question::ALL {
        let left = each.iter().fold(0, |set, report| set | report.left.open(*question));
        assert_eq!(left & !all.left.open(*question), 0, "{told}: {question}");
    }
}

fn failures() -> impl Iterator<Item = Reply> {
    let errors = Error::ALL.iter().copied().filter(|e| *e != Error::IoPending);
    errors.chain([Error::Number(4_000_000)]).map(Reply::Failed)
}

#[derive(Default)]
struct Count {
    permitted: u64,
    refused: u64,
}

/// Compares what is said of a description with what is said of its replies.
fn compare(
    profiles: &Profiles,
    trace: (&Header, &[Event]),
    described: Observed,
    replies: &[Reply],
    count: &mut Count,
) {
    let reports: Vec<Report> =
        replies.iter().map(|reply| follow(profiles, trace, (*reply).into())).collect();
    let possible: Vec<&Report> = reports.iter().filter(|report| permits(report)).collect();
    let all = follow(profiles, trace, described);
    let last = trace.1.last().expect("an event");
    let told = format!("{:?}, line {}: {described}", trace.0.title, last.line);
    assert_eq!(permits(&all), !possible.is_empty(), "{told}");
    if possible.is_empty() {
        count.refused += 1;
        let divergence = &all.divergences[0];
        assert!(!divergence.refused_by.is_empty(), "{told}: no rule refuses it");
        assert_eq!(divergence.observed, described.to_string(), "{told}");
    } else {
        count.permitted += 1;
        teaches_no_more(&all, &possible, &told);
        let certain = possible.iter().any(|report| report.verdict == Verdict::Conforms);
        assert_eq!(all.verdict == Verdict::Conforms, certain, "{told}");
    }
}

#[test]
fn a_description_is_permitted_where_one_of_its_replies_is() {
    let profiles = Profiles::built_in();
    let mut count = Count::default();
    let mut files = common::files(&common::folder("accept"), "trace");
    files.extend(common::files(&common::folder("asserted"), "trace"));
    for path in files.iter().step_by(4) {
        let (header, events) = common::read(path);
        for (i, event) in events.iter().enumerate() {
            let Part::Whole { call, reply: Observed::Exactly(seen), .. } = event.part else {
                break;
            };
            if seen == Reply::Unsupported || matches!(call, Call::Exit) {
                break;
            }
            let trace = (&header, &events[..=i]);
            let failures: Vec<Reply> = failures().collect();
            compare(&profiles, trace, Observed::Fails, &failures, &mut count);
            let wrong = [Reply::Failed(Error::WsaAccess), Reply::Failed(Error::WsaAddressInUse)];
            for replies in [[seen, wrong[0]], [wrong[1], seen], wrong] {
                let Ok(one_of) = Alternatives::new(&replies) else { continue };
                compare(&profiles, trace, Observed::OneOf(one_of), &replies, &mut count);
            }
        }
    }
    println!("{} descriptions permitted, {} refused", count.permitted, count.refused);
    assert!(count.permitted > 1_000 && count.refused > 200, "too few compared");
}
