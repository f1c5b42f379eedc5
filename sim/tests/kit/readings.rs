//! A test under every reading.

use std::collections::BTreeSet;

use portres_sim::Host;
use portres_sim::kit::{EveryReading, Made, Sequence, cases, for_every_reading};
use portres_sim::model::{
    Account, Effect, Owner, PortBlock, Profile, Protocol, Question, Reading, SocketOption,
};
use proptest::prelude::{RngCore, Strategy};
use proptest::strategy::ValueTree;
use proptest::test_runner::{TestRng, TestRunner};

/// A reading drawn without looking at anything, of the answers that somebody has foreseen.
fn drawn_reading(random: &mut TestRng) -> Reading {
    Profile::documented().reading(|question, open| {
        let answers = question.answers().iter().enumerate();
        let foreseen = answers.filter(|(_, answer)| answer.effect != Effect::Unforeseen);
        let left: Vec<u8> = foreseen.map(|(i, _)| 1 << i).filter(|bit| open & bit != 0).collect();
        left.get(random.next_u32() as usize % left.len().max(1)).copied().unwrap_or(open)
    })
}

/// The law of the search: what any reading shows, one of those that were tried has shown.
#[test]
fn no_reading_shows_what_the_search_has_not_seen() {
    let mut runner = TestRunner::deterministic();
    let mut random = runner.new_rng();
    let (mut several, mut complete) = (0, 0);
    for number in 0..250 {
        let mut case = cases(30).new_tree(&mut runner).expect("a case").current();
        if number % 2 == 0 {
            // where the ports run out it is an open question what a call is told
            case.setup.dynamic = [PortBlock::new(50_000, 2).expect("a block"); 2];
            case.setup.exclusions.clear();
        }
        let replies = |host: &Host| {
            let mut replies = Vec::new();
            let seen = |made: &Made| replies.push(made.to_string());
            Sequence::of_case(&case).play(host, seen).expect("nothing is wrong with any");
            replies
        };
        let mut seen = BTreeSet::new();
        let every = EveryReading::on(case.setup.builder()).at_most(1000);
        let coverage = every.check(|host| {
            seen.insert(replies(host));
        });
        let coverage = coverage.expect("nothing fails");
        several += usize::from(seen.len() > 2);
        if !coverage.is_complete() {
            continue;
        }
        complete += 1;
        for _ in 0..40 {
            let profile = Profile::settled(&drawn_reading(&mut random));
            let shown = replies(&case.setup.builder().profile(&profile).build());
            assert!(seen.contains(&shown), "{shown:#?}\nis not among what {coverage} show");
        }
    }
    assert!(several > 50 && complete > 150, "{several} and {complete} of 250");
}

#[test]
fn a_test_that_asks_for_nothing_open_runs_once() {
    let coverage = for_every_reading(|host| {
        let _ = host.process("alice").start();
    });
    assert_eq!((coverage.runs, coverage.consulted.len()), (1, 0), "{coverage}");
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
                let had = |r: &Reading| r.answer(a.question) == x && r.answer(b.question) == y;
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
