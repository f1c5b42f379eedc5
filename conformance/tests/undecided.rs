//! Where a trace cannot be decided it is told once why, and what nothing explains from there on is no divergence.

use portres::{Profiles, Report, Settings, Verdict, check};

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
    // without the second request the same reply diverges
    let report = judged(&[&forgotten[..3], &[wrong]].concat());
    assert_eq!(report.verdict, Verdict::Diverges);
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
