//! Machines, users and calls that are drawn.

use std::collections::BTreeSet;

use portres_sim::Host;
use portres_sim::kit::{Case, Script, Sequence, cases, machines, users};
use portres_sim::model::{DYNAMIC, ExclusionKind, Owner, Protocol, Reply};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};

fn drawn<S: Strategy>(strategy: &S, count: usize) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    let value = |_| strategy.new_tree(&mut runner).expect("a value").current();
    (0..count).map(value).collect()
}

#[test]
fn machines_have_every_posted_shape() {
    let all = drawn(&machines(), 400);
    let rows = || all.iter().flat_map(|setup| &setup.exclusions);
    for size in [1, 10, 60, 64, 100] {
        assert!(rows().any(|row| row.block.count() == size), "no block of {size}");
    }
    for protocol in Protocol::ALL {
        assert!(rows().any(|row| row.protocol == protocol));
    }
    assert!(all.iter().any(|setup| setup.exclusions.is_empty()));
    assert!(all.iter().any(|setup| setup.exclusions.len() > 20));
    assert!(all.iter().any(|setup| setup.dynamic[0] != DYNAMIC));
    assert!(all.iter().any(|setup| setup.dynamic[0].first() == 1024));
    // system blocks but those of http.sys are taken from the dynamic range
    for setup in &all {
        for row in &setup.exclusions {
            let dynamic = setup.dynamic[usize::from(row.protocol == Protocol::Udp)];
            match row.kind {
                ExclusionKind::System(Owner::WinNat) => assert!(dynamic.holds(row.block)),
                ExclusionKind::System(_) => assert_eq!(row.block.count(), 1),
                ExclusionKind::Administered { .. } => assert_eq!(row.block.first(), 50_000),
            }
        }
    }
}

#[test]
fn machines_shrink_to_one_as_installed() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..50 {
        let mut tree = machines().new_tree(&mut runner).expect("a machine");
        while tree.simplify() {}
        let least = tree.current();
        assert_eq!(least, portres_sim::kit::Setup::installed());
    }
}

#[test]
fn users_are_of_every_kind() {
    let all = drawn(&users(), 200);
    let kinds: BTreeSet<String> =
        all.iter().map(|c| format!("{:?} {:?}", c.account, c.token)).collect();
    assert_eq!(kinds.len(), 7, "{kinds:?}");
}

#[test]
fn most_intents_find_something_to_do_and_much_of_it_succeeds() {
    let (mut turns, mut calls, mut done) = (0, 0, 0);
    let mut kinds = BTreeSet::new();
    for case in drawn(&cases(40), 200) {
        turns += case.turns.len();
        let host = case.setup.builder().build();
        let played = Sequence::of_case(&case).play(&host, |made| {
            calls += 1;
            done += usize::from(!matches!(made.answer.reply, Reply::Failed(_)));
            kinds.insert(made.call.to_string().split(' ').next().map(str::to_string));
        });
        assert_eq!(played, Ok(()));
    }
    assert!(calls * 10 > turns * 7, "{calls} calls of {turns} turns");
    assert!(done * 2 > calls, "{done} of {calls} succeed");
    // every intent, and what starts a program
    assert_eq!(kinds.len(), 17, "{kinds:?}");
}

#[test]
fn a_script_is_read_back_as_it_was_written_and_does_the_same() {
    let seed = RngSeed::Fixed(1);
    let config = Config { failure_persistence: None, rng_seed: seed, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let outcome = runner.run(&cases(30), |case: Case| {
        let host = case.setup.builder().build();
        let world = host.look(Clone::clone);
        let sequence = Sequence::of_case(&case);
        let mut replies = Vec::new();
        let played = sequence.play(&host, |made| replies.push(made.answer.reply));
        prop_assert_eq!(played, Ok(()));
        let script = Script { world, lines: sequence.calls() };
        let text = script.to_string();
        let read = Script::read(&text).expect("the kit reads what it writes");
        prop_assert_eq!(&read.lines, &script.lines);
        prop_assert_eq!(read.to_string(), text);
        let again = Host::builder().world(read.world.clone()).build();
        let mut repeated = Vec::new();
        let played =
            Sequence::of_script(&read).play(&again, |made| repeated.push(made.answer.reply));
        prop_assert_eq!(played, Ok(()));
        prop_assert_eq!(repeated, replies);
        Ok(())
    });
    outcome.expect("the property holds");
}

#[test]
fn a_header_line_of_every_kind_is_read_back() {
    let text = "portres script 1\nworld open\nexclusions unknown\nresources scarce\nnetwork down\n\
                address 192.0.2.7\naddress fe80::7%12\ndynamic udp 1024+64511\nfiltered tcp 7000+10\n\
                process p1 user=alice administrator elevated\nblock udp 50000+100 winnat\n\
                excluded tcp 50200+60 active\nexcluded tcp 50300+60 persistent\n\
                reserved t1 tcp 5000+20\n\nmachine: restart\n";
    let script = Script::read(text).expect("a script");
    let again = Script::read(&script.to_string()).expect("the same");
    assert_eq!(script.to_string(), again.to_string());
    for line in text.lines() {
        let line = line.trim_end_matches(" persistent");
        assert!(script.to_string().contains(line), "{line} is not in\n{script}");
    }
    for (text, line) in [
        ("portres trace 1\n", 1),
        ("", 0),
        ("portres script 1\nblock\n", 2),
        ("portres script 1\np1: bind s1 0.0.0.0:port(s2)\n", 2),
        ("portres script 1\nbleck tcp 1+1\n", 2),
        ("portres script 1\n\np1: s1 = socket udp v4 -> ok\n", 3),
    ] {
        assert_eq!(Script::read(text).map(drop).map_err(|e| e.line), Err(line), "{text}");
    }
}
