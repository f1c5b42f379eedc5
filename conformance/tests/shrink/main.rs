//! What shrinking leaves diverges for the same reason, and has no call too many.

#[path = "../common/mod.rs"]
mod common;

mod command;

use portres::check::Follower;
use portres::shrink::{Answers, Budget, Reason, ShrinkError, Shrunk, Trace, calls, shrink};
use portres::trace::{Event, Header, Item, Part, Reader, Spelled, write_item};
use portres::{Profiles, Report, Settings, Verdict};

fn read(path: &std::path::Path) -> Trace {
    let (header, events) = common::read(path);
    Trace { header, events }
}

fn parse(text: &str) -> Trace {
    let (header, events) = common::parse("a text", text.as_bytes());
    Trace { header, events }
}

fn judge(header: &Header, events: &[Event], settings: &Settings<'_>) -> Option<Report> {
    let mut follower = Follower::new(header, settings).ok()?;
    for event in events {
        follower.follow(event).ok()?;
    }
    Some(follower.finish())
}

fn shrunk(
    trace: &Trace,
    event: Option<u64>,
    settings: &Settings<'_>,
) -> Result<Shrunk, ShrinkError> {
    shrink(trace, event, Answers::Trace, settings, Budget::default(), &mut |_| {})
}

/// Whether a reader takes these events: one that uses a token which nothing has given is no trace.
fn is_trace(header: &Header, events: &[Event]) -> bool {
    let text = written(&Trace { header: header.clone(), events: events.to_vec() });
    Reader::new(text.as_bytes()).all(|item| item.is_ok())
}

/// The reason for which these events diverge first.
fn first(header: &Header, events: &[Event], settings: &Settings<'_>) -> Option<Reason> {
    let report = judge(header, events, settings)?;
    Some(Reason::of(events, report.divergences.first()?))
}

/// The events without one call, and without its return.
fn without(events: &[Event], call: usize) -> Option<Vec<Event>> {
    let mut begins = events.iter().enumerate();
    let place = begins.by_ref().filter(|(_, e)| !matches!(e.part, Part::End { .. })).nth(call)?.0;
    let ends =
        |event: &Event, of: u32| matches!(event.part, Part::End { number, .. } if number == of);
    let mut left = events.to_vec();
    if let Part::Begin { number, .. } = left.remove(place).part {
        if let Some(end) = left[place..].iter().position(|event| ends(event, number)) {
            left.remove(place + end);
        }
    }
    Some(left)
}

/// It diverges for this reason, says so in its header, reads back as it is, and each of its calls is needed.
fn is_least(name: &str, was: &Reason, shrunk: &Shrunk, settings: &Settings<'_>) {
    let Trace { header, events } = &shrunk.trace;
    assert!(shrunk.complete, "{name}");
    assert_eq!(first(header, events, settings).as_ref(), Some(was), "{name}: another reason");
    let report = judge(header, events, settings).expect("a trace");
    assert_eq!(report.expected, Some(true), "{name}: the header does not expect what happens");
    for call in 0..calls(events) {
        let fewer = without(events, call).expect("the call is there");
        let reason = first(header, &fewer, settings).filter(|_| is_trace(header, &fewer));
        assert_ne!(
            reason.as_ref(),
            Some(was),
            "{name}: call {call} is not needed:\n{}",
            text(shrunk)
        );
    }
    let again = parse(&text(shrunk));
    assert_eq!(first(&again.header, &again.events, settings).as_ref(), Some(was), "{name}");
}

fn text(shrunk: &Shrunk) -> String {
    written(&shrunk.trace)
}

fn written(trace: &Trace) -> String {
    let header = Item::Header(Box::new(trace.header.clone()));
    let mut text = Vec::new();
    for item in [header].into_iter().chain(trace.events.iter().cloned().map(Item::Event)) {
        write_item(&mut text, Spelled::Text, &item).expect("memory can be written to");
    }
    String::from_utf8(text).expect("UTF-8")
}

#[test]
fn every_rejected_fixture_shrinks_to_calls_that_are_all_needed() {
    let profiles = Profiles::built_in();
    let settings = Settings::new(&profiles);
    let (mut before, mut after, mut traces) = (0, 0, 0);
    for path in common::files(&common::folder("reject"), "trace") {
        let name = common::name(&path);
        let trace = read(&path);
        let report = judge(&trace.header, &trace.events, &settings).expect("a fixture");
        // that each of them diverges is held by the test of the fixtures
        if report.verdict != Verdict::Diverges || calls(&trace.events) < 3 {
            continue;
        }
        let was = first(&trace.header, &trace.events, &settings).expect("it diverges");
        let shrunk = shrunk(&trace, None, &settings).unwrap_or_else(|e| panic!("{name}: {e}"));
        is_least(&name, &was, &shrunk, &settings);
        traces += 1;
        before += calls(&trace.events);
        after += calls(&shrunk.trace.events);
    }
    assert!(traces > 300, "{traces} traces");
    assert!(after < before, "{before} calls, {after} left");
    println!("{traces} traces, {before} calls, {after} left");
}

const PADDED: &str = "portres trace 1
process p1
process p2
excluded tcp 6000+10

p1: startup -> ok
p1: s1 = socket tcp v4 -> ok
p1: s2 = socket udp v4 -> ok
p1: bind s2 0.0.0.0:7000 -> 7000
p2: startup -> ok
p2: s3 = socket tcp v4 -> ok
p1: bind s1 0.0.0.0:7123 -> 7123
p1: closesocket s2 -> ok
p2: bind s3 0.0.0.0:7123 -> 7123
p2: closesocket s3 -> ok
p1: listen s1 -> ok
";

#[test]
fn names_header_lines_and_numbers_go_where_they_are_not_needed() {
    let profiles = Profiles::built_in();
    let settings = Settings::new(&profiles);
    let trace = parse(PADDED);
    let shrunk = shrunk(&trace, None, &settings).expect("it diverges");
    let was = first(&trace.header, &trace.events, &settings).expect("it diverges");
    is_least("padded", &was, &shrunk, &settings);
    let text = text(&shrunk);
    assert_eq!(calls(&shrunk.trace.events), 4, "{text}");
    assert!(shrunk.trace.header.excluded.is_empty(), "{text}");
    assert!(shrunk.trace.header.processes.is_empty(), "{text}");
    assert!(text.contains("bind s3 0.0.0.0:5000 ") && text.contains("-> 5000\n"), "{text}");
}

/// Two divergences with nothing in common.
const TWICE: &str = "portres trace 1

p1: s1 = socket udp v4 -> ok
p1: listen s1 -> ok
p1: s2 = socket tcp v4 -> ok
p1: bind s2 127.0.0.1:5000 -> 5001
";

#[test]
fn the_divergence_that_is_asked_for_stays() {
    let profiles = Profiles::built_in();
    let settings = Settings::new(&profiles);
    let trace = parse(TWICE);
    let one = shrunk(&trace, None, &settings).expect("it diverges");
    assert!(text(&one).contains("listen"), "{}", text(&one));
    let other = shrunk(&trace, Some(4), &settings).expect("it diverges");
    assert!(text(&other).contains("bind") && !text(&other).contains("listen"), "{}", text(&other));
    let error = shrunk(&trace, Some(3), &settings).expect_err("event 3 conforms").to_string();
    assert_eq!(error, "event 3 does not diverge: events that do: 2, 4");
    let fine = parse("portres trace 1\n\np1: s1 = socket udp v4 -> ok\n");
    let error = shrunk(&fine, None, &settings).expect_err("it conforms").to_string();
    assert_eq!(error, "nothing to shrink: the trace conforms");
}

#[test]
fn a_call_and_its_return_go_together() {
    let profiles = Profiles::built_in();
    let settings = Settings::new(&profiles);
    let trace = parse(
        "portres trace 1

p1: s1 = socket tcp v4 -> ok
p1: s2 = socket tcp v4 -> ok
p1: call 1 s3 = socket udp v4
p2: call 2 s4 = socket udp v4
p1: return 1 -> ok
p2: return 2 -> ok
p1: bind s1 127.0.0.1:5000 -> 5000
p1: bind s2 127.0.0.1:5000 -> 5000
",
    );
    let was = first(&trace.header, &trace.events, &settings).expect("it diverges");
    let shrunk = shrunk(&trace, None, &settings).expect("it diverges");
    is_least("overlap", &was, &shrunk, &settings);
    assert_eq!(calls(&shrunk.trace.events), 4, "{}", text(&shrunk));
}

#[test]
fn a_budget_leaves_the_best_so_far() {
    let profiles = Profiles::built_in();
    let settings = Settings::new(&profiles);
    let trace = parse(PADDED);
    let budget = Budget { checks: Some(3), until: None };
    let some = shrink(&trace, None, Answers::Trace, &settings, budget, &mut |_| {});
    let some = some.expect("it diverges");
    assert!(!some.complete && some.checks == 3);
    let was = first(&trace.header, &trace.events, &settings);
    assert_eq!(first(&some.trace.header, &some.trace.events, &settings), was);
}
