//! A test under every reading.

use std::collections::BTreeSet;

use portres_sim::kit::{EveryReading, for_every_reading};
use portres_sim::model::{Account, Owner, Profile, Protocol, Question, SocketOption};
use portres_sim::{Host, Policy};

fn two_exclusive_wildcards(host: &Host) -> Option<u32> {
    let process = host.process("alice").start();
    let (first, second) = (process.tcp().ok()?, process.tcp().ok()?);
    first.bind(([0, 0, 0, 0], 8080)).ok()?;
    second.set_option(SocketOption::ReuseAddr, 1).ok()?;
    second.bind(([0, 0, 0, 0], 8080)).err().map(|refused| refused.number())
}

#[test]
fn every_reply_that_the_readings_give_is_seen() {
    let mut seen = BTreeSet::new();
    let coverage = for_every_reading(|host| {
        seen.insert(two_exclusive_wildcards(host));
    });
    assert!(coverage.is_complete());
    // what random readings show is no more than what the search has found
    for seed in 0..2000 {
        let builder = Host::builder().profile(&Profile::documented());
        // a random policy draws the reading; the calls here leave nothing else to it
        let host = builder.policy(Policy::Random).seed(seed).build();
        let shown = two_exclusive_wildcards(&host);
        assert!(seen.contains(&shown), "{shown:?} is not among {seen:?}");
    }
}

#[test]
fn a_test_that_asks_for_nothing_open_runs_once() {
    let coverage = for_every_reading(|host| {
        let _ = host.process("alice").start();
    });
    assert_eq!((coverage.runs, coverage.consulted.len()), (1, 0), "{coverage}");
}

/// The search by the tree against the plain one: all combinations of the answers to what was consulted.
#[test]
fn the_search_tells_apart_what_all_combinations_do() {
    let test = |host: &Host| {
        let process = host.process("alice").elevated().start();
        let socket = process.udp()?;
        let reservation = socket.acquire(5000, 4)?;
        process.create(Protocol::Udp, 5002, 4).map(drop)?;
        socket.associate(reservation)?;
        socket.bind(([0, 0, 0, 0], 5010))
    };
    let mut by_tree = BTreeSet::new();
    let coverage = for_every_reading(|host| {
        by_tree.insert(format!("{:?}", test(host)));
    });
    let mut combinations = vec![Profile::documented()];
    for literal in &coverage.consulted {
        let settled = |profile: &Profile| {
            let bits = (0..8).map(|bit| 1 << bit).filter(|bit| literal.answers & bit != 0);
            let with = |answers| {
                let mut profile = profile.clone();
                let one = portres_sim::model::Literal { answers, ..*literal };
                profile.settle(one).expect("an answer of the profile");
                profile
            };
            bits.map(with).collect::<Vec<_>>()
        };
        combinations = combinations.iter().flat_map(settled).collect();
    }
    assert!(combinations.len() >= coverage.runs, "{} for {coverage}", combinations.len());
    let plain: BTreeSet<String> = combinations
        .iter()
        .map(|profile| format!("{:?}", test(&Host::builder().profile(profile).build())))
        .collect();
    assert_eq!(by_tree, plain, "{coverage}");
}

#[test]
fn a_failure_names_the_answer_and_prints_the_calls() {
    let failed = EveryReading::on(Host::builder()).check(|host| {
        let server = host.process("alice").start();
        let socket = server.tcp().expect("a socket");
        // 127.0.0.2 is local only as one of two answers has it
        let bound = socket.bind(([127, 0, 0, 2], 8080));
        assert!(bound.is_ok(), "{}", bound.unwrap_err());
    });
    let failure = *failed.expect_err("one answer refuses it");
    let question = Question::OtherLoopback;
    assert_eq!(failure.answers.len(), 1);
    assert_eq!(failure.answers[0].question, question);
    let text = failure.to_string();
    assert!(text.contains("bind.other-loopback=not-available"), "{text}");
    assert!(text.contains("WSAEADDRNOTAVAIL"), "{text}");
    assert!(text.contains("  portres script 1\n"), "{text}");
    assert!(text.contains("p1: s1 = socket tcp v4\n  p1: bind s1 127.0.0.2:8080"), "{text}");
}

#[test]
fn what_fails_anyway_fails_under_the_likeliest_reading() {
    let block = Host::builder().block(Protocol::Udp, 50_000, 100, Owner::WinNat);
    let failed = EveryReading::on(block).check(|host| {
        let server = host.process("alice").start();
        server.udp()?.bind(([0, 0, 0, 0], 50_010)).map(drop)
    });
    let failure = *failed.expect_err("a bind to a system block");
    assert!(failure.answers.is_empty() && failure.passed == 0);
    let text = failure.to_string();
    assert!(
        text.starts_with("it fails under the likeliest reading\nit says\n  p1: bind"),
        "{text}"
    );
    assert!(text.contains("  block udp 50000+100 winnat\n"), "{text}");
}

/// Many calls, each with an open question of its own.
fn consults_much(host: &Host) {
    let alice = host.process("alice").account(Account::Administrator).start();
    for option in [SocketOption::ReuseAddr, SocketOption::PortScalability] {
        for address in [[127, 0, 0, 2], [0, 0, 0, 0]] {
            let (Ok(tcp), Ok(udp)) = (alice.tcp(), alice.udp()) else { return };
            for socket in [&tcp, &udp] {
                let _ = socket.set_option(option, 1);
                let _ = socket.set_option(SocketOption::ExclusiveAddrUse, 1);
                let reservation = socket.acquire(5000, 0);
                let _ = reservation.map(|r| socket.associate(r));
                let _ = socket.bind((address, 8080));
                let _ = socket.set_option(option, 1);
                let _ = socket.bind((address, 8080));
            }
        }
    }
}

#[test]
fn beyond_the_cap_every_pair_of_answers_is_tried_and_said_so() {
    let mut readings = Vec::new();
    let every = EveryReading::on(Host::builder()).at_most(20);
    let coverage = every
        .check(|host| {
            readings.push(host.reading());
            consults_much(host);
        })
        .expect("nothing fails");
    assert!(coverage.pairs_only && !coverage.is_complete());
    assert!(coverage.runs >= 20 && coverage.runs < 200, "{coverage}");
    assert!(coverage.to_string().contains("every pair"), "{coverage}");
    assert!(coverage.consulted.len() > 3, "{coverage}");
    let each = |set: u8| (0..8).map(|bit| 1_u8 << bit).filter(move |bit| set & bit != 0);
    for a in &coverage.consulted {
        for b in coverage.consulted.iter().filter(|b| b.question > a.question) {
            for (x, y) in each(a.answers).flat_map(|x| each(b.answers).map(move |y| (x, y))) {
                let had = |r: &portres_sim::model::Reading| {
                    r.answer(a.question) == x && r.answer(b.question) == y
                };
                assert!(
                    readings.iter().any(had),
                    "{}={x} {}={y}",
                    a.question.id(),
                    b.question.id()
                );
            }
        }
    }
}

#[test]
fn what_two_answers_break_together_pairs_find() {
    // both have to be unlikely at once, and the tree would not come so far
    let found = EveryReading::on(Host::builder()).at_most(1).check(|host| {
        consults_much(host);
        let reading = host.reading();
        let unlikely = |question| reading.answer(question) != 1;
        let both = unlikely(Question::OtherLoopback) && unlikely(Question::TcpOnlyOptions);
        assert!(!both, "both are unlikely");
    });
    let failure = *found.expect_err("a pair of answers");
    assert_eq!(failure.answers.len(), 2, "{failure}");
}

#[test]
fn a_profile_leaves_its_own_readings_alone() {
    let likely = EveryReading::on(Host::builder()).profile(&Profile::likely());
    let coverage = likely.check(consults_much).expect("nothing fails");
    assert_eq!((coverage.runs, coverage.consulted.len()), (1, 0));
}
