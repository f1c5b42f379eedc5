//! Where a trace cannot be decided it is told once why, and what nothing explains from there on is no divergence.

use portres::infer::learn_each;
use portres::{Profiles, Report, Settings, Verdict, check};
use portres_model::{Profile, Question};

fn judged(lines: &[&str]) -> Report {
    let text = format!("portres trace 1\n\n{}\n", lines.join("\n"));
    let profiles = Profiles::built_in();
    let reports = check(text.as_bytes(), &Settings::new(&profiles));
    reports.unwrap_or_else(|e| panic!("{e}\n{text}")).swap_remove(0)
}

#[test]
fn behind_a_request_that_is_forgotten_nothing_diverges() {
    let forgotten = [
        "p1: s1 = socket udp v4 -> ok",
        "p1: s2 = socket udp v4 -> ok",
        "p1: acquire s1 5000+4 overlapped=o1 -> WSA_IO_PENDING",
        // the structure is used again before anybody was told what it gave
        "p1: acquire s1 6000+4 overlapped=o1 -> WSA_IO_PENDING",
    ];
    let report = judged(&forgotten);
    assert_eq!(report.verdict, Verdict::Conforms, "what is explained conforms all the same");
    let wrong = "p1: bind s2 0.0.0.0:7000 -> WSAENOTSOCK";
    let report = judged(&[&forgotten[..], &[wrong, wrong]].concat());
    assert_eq!((report.verdict, report.divergences.len()), (Verdict::Undecided, 0));
    let told = "from event 4 on: what a pending request has been given may never be told";
    assert_eq!(report.undecided, [told]);
    // so it does where the second request succeeds at once
    let at_once = "p1: t1 = acquire s1 6000+4 overlapped=o1 -> 6000+4";
    let report = judged(&[&forgotten[..3], &[at_once, wrong]].concat());
    assert_eq!((report.verdict, report.divergences.len()), (Verdict::Undecided, 0));
    // without the second request the same reply diverges, and where that is refused: the structure is what it was
    let report = judged(&[&forgotten[..3], &[wrong]].concat());
    assert_eq!(report.verdict, Verdict::Diverges);
    let refused = "p1: acquire s1 0+0 overlapped=o1 -> WSAEINVAL";
    let report = judged(&[&forgotten[..3], &[refused, wrong]].concat());
    assert_eq!((report.verdict, report.undecided.len()), (Verdict::Diverges, 0));
}

#[test]
fn replies_of_overlapping_calls_count_as_others_do() {
    let two = |one: &str, other: &str| {
        let returns = [format!("p1.2: return 2 -> {other}"), format!("p1.1: return 1 -> {one}")];
        let calls = [
            "p1.1: call 1 s1 = socket udp v4".to_owned(),
            "p1.2: call 2 s2 = socket udp v4".to_owned(),
        ];
        let lines: Vec<&str> = calls.iter().chain(&returns).map(String::as_str).collect();
        judged(&lines)
    };
    let known = two("ok", "ok");
    assert_eq!((known.verdict, known.unsupported), (Verdict::Conforms, 0));
    let one = two("unsupported", "ok");
    assert_eq!((one.verdict, one.unsupported), (Verdict::Conforms, 1));
    let none = two("unsupported", "unsupported");
    assert_eq!((none.verdict, none.unsupported), (Verdict::Undecided, 2));
    assert_eq!(none.undecided, ["no reply is known"]);
}

#[test]
fn what_may_be_otherwise_teaches_nothing() {
    let asked = [
        "p1: s1 = socket udp v4 -> ok",
        "p1: s2 = socket udp v4 -> ok",
        "p1: acquire s1 5000+4 overlapped=o1 -> WSA_IO_PENDING",
    ];
    let refused =
        ["p1: t2 = acquire s2 20000+8 -> 20000+8", "p1: t3 = acquire s2 20000+8 -> WSAEADDRINUSE"];
    let taught = |lines: &[&str]| {
        let text = format!("portres trace 1\n\n{}\n", lines.join("\n"));
        let profiles = Profiles::built_in();
        let mut events = Vec::new();
        learn_each("a.trace", text.as_bytes(), &Settings::new(&profiles), |learnt| {
            events.extend(learnt.lessons.iter().filter_map(|lesson| lesson.from.event));
        })
        .unwrap_or_else(|e| panic!("{e}\n{text}"));
        events
    };
    // each acquire tells something
    assert_eq!(taught(&[&asked[..], &refused].concat()), [3, 4, 5]);
    // the structure is used again before anybody was told what it gave
    let again = ["p1: acquire s1 6000+4 overlapped=o1 -> WSA_IO_PENDING"];
    assert_eq!(taught(&[&asked[..], &again, &refused].concat()), [3]);
}

#[test]
fn of_many_reasons_the_first_thousand_are_told() {
    // a request for no ports is refused by an assumed rule alone
    let text = "p1: acquire s1 0+0 -> WSAEINVAL\n";
    let reasons = |times: usize| {
        let text =
            format!("portres trace 1\n\np1: s1 = socket udp v4 -> ok\n{}", text.repeat(times));
        let profiles = Profiles::built_in();
        let settings = Settings { strict: true, ..Settings::new(&profiles) };
        let reports = check(text.as_bytes(), &settings);
        reports.unwrap_or_else(|e| panic!("{e}\n{text}")).swap_remove(0).undecided
    };
    let all = reasons(1_000);
    assert!(all.len() == 1_000 && all[999].starts_with("event 1001 rests on"), "{:?}", all.last());
    for times in [1_001, 1_002, 1_500] {
        let some = reasons(times);
        assert_eq!(some[..1_000], all);
        assert_eq!(some[1_000..], ["and so on: the reasons behind these are not kept"]);
    }
}

#[test]
fn an_order_that_rests_on_assumed_rules_alone_is_doubted_where_that_is_asked_for() {
    let strictly = |calls: &[&str]| {
        let text =
            format!("portres trace 1\n\np1: s1 = socket udp v4 -> ok\n{}\n", calls.join("\n"));
        let profiles = Profiles::built_in();
        let settings = Settings { strict: true, ..Settings::new(&profiles) };
        let reports = check(text.as_bytes(), &settings);
        reports.unwrap_or_else(|e| panic!("{e}\n{text}")).swap_remove(0).undecided
    };
    let assumed = strictly(&[
        "p1.1: call 1 acquire s1 0+0",
        "p1.2: call 2 s2 = socket udp v4",
        "p1.1: return 1 -> WSAEINVAL",
        "p1.2: return 2 -> ok",
    ]);
    assert_eq!(assumed, ["event 4 rests on assumed rules alone: acquire.zero-count"]);
    let documented = strictly(&[
        "p1.1: call 1 t1 = acquire s1 5000+2",
        "p1.2: call 2 s2 = socket udp v4",
        "p1.1: return 1 -> 5000+2",
        "p1.2: return 2 -> ok",
    ]);
    assert!(documented.is_empty(), "{documented:?}");
}

#[test]
fn whole_calls_amid_others_are_pairs_that_overlap() {
    // 4000 calls that have not returned, and 2000 more in their midst
    let begun = (1..=4_000).map(|n| format!("p1.{n}: call {n} getsockname s1\n"));
    let returned = (1..=4_000).map(|n| format!("p1.{n}: return {n} -> WSAEINVAL\n"));
    let midst = |calls: usize| {
        let whole = "p2: s2 = socket udp v4 -> ok\np2: closesocket s2 -> ok\n".repeat(calls / 2);
        let text: String = begun.clone().chain([whole]).chain(returned.clone()).collect();
        let text = format!("portres trace 1\n\np1: s1 = socket udp v4 -> ok\n{text}");
        let profiles = Profiles::built_in();
        let reports = check(text.as_bytes(), &Settings::new(&profiles));
        let report = reports.expect("a trace").swap_remove(0);
        report.undecided
    };
    assert_eq!(midst(0), [""; 0]);
    let told = midst(2_000);
    let pairs = 4_000 * 3_999 / 2 + 4_000 * 2_000;
    let expected = format!(
        "from event 10001 on: {pairs} pairs of calls overlap, and 8000000 at most are put in order"
    );
    assert_eq!(told, [expected]);
}

#[test]
fn a_refusal_for_which_an_unseen_port_may_be_the_reason_settles_no_other() {
    // two blocks of four are free, unless the port of s1 is in the midst of both
    let refused = |bind: &str| {
        let report = judged(&[
            "p1: s1 = socket udp v4 -> ok",
            bind,
            "p1: t1 = acquire s1 49152+16379 -> 49152+16379",
            "p1: s2 = socket udp v4 -> ok",
            "p1: t2 = acquire s2 0+4 -> WSAENOBUFS",
        ]);
        assert_eq!(report.verdict, Verdict::Conforms, "{:?}", report.divergences);
        report.left.open(Question::AcquireLimit)
    };
    let all = Profile::documented().open(Question::AcquireLimit);
    assert_eq!(refused("p1: bind s1 127.0.0.1:0 -> succeeds"), all);
    assert_eq!(refused("p1: bind s1 127.0.0.1:65533 -> 65533"), all);
    // at the end it is in the way of nothing
    assert_ne!(refused("p1: bind s1 127.0.0.1:65535 -> 65535"), all);
}
