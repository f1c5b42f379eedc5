//! The order of files makes no difference, within a run and over several.

use std::fs;
use std::path::PathBuf;

use portres::check::check;
use portres::infer::{infer, json, learn_profile, profile_file, text};
use portres::{NamedProfile, Settings, Verdict};
use portres_model::{Literal, Profile, Question};

use super::{built_in, corpus, inferred, learn, orders};
use crate::common;

/// What is left when each trace is followed under the sets of answers alone that the one before has left; `None` if one
/// diverges.
fn with_sets_alone(order: &[PathBuf]) -> Option<Profile> {
    let profiles = built_in();
    let mut named = profiles.get("documented").expect("it is built in").clone();
    for path in order {
        let settings = Settings { profile: Some(&named), ..Settings::new(&profiles) };
        let text = fs::read(path).expect("the file");
        let report = check(&text[..], &settings).expect("a trace").remove(0);
        if report.verdict == Verdict::Diverges {
            return None;
        }
        let mut sets = Profile::documented();
        for &question in Question::ALL {
            let answers = report.left.open(question);
            sets.settle(Literal { question, answers }).expect("a reading is left");
        }
        named.profile = sets;
    }
    Some(named.profile)
}

fn in_one_run(order: &[PathBuf]) -> Option<Profile> {
    let profiles = built_in();
    let settings = Settings::new(&profiles);
    let learnt = order
        .iter()
        .flat_map(|path| learn(&common::name(path), &fs::read(path).expect("the file"), &settings));
    let build = infer(learnt.collect()).remove(0);
    build.is_consistent().then_some(build.left)
}

/// Each trace in a run of its own, which begins with the profile that the one before has written.
fn in_several_runs(order: &[PathBuf]) -> Option<Profile> {
    let profiles = built_in();
    let mut named = profiles.get("documented").expect("it is built in").clone();
    for path in order {
        let settings = Settings { profile: Some(&named), ..Settings::new(&profiles) };
        let text = fs::read(path).expect("the file");
        let build = infer(learn(&common::name(path), &text, &settings)).remove(0);
        // a trace that nothing explains under what is known has no lesson that could clash: check tells of it
        if !build.is_consistent() || build.traces[0].report.verdict == Verdict::Diverges {
            return None;
        }
        named = NamedProfile::read(&profile_file(&build)).expect("what is written can be read");
    }
    Some(named.profile.canonical())
}

/// Each trace by itself, and then what was written of each.
fn by_their_profiles(order: &[PathBuf]) -> Option<Profile> {
    let profiles = built_in();
    let settings = Settings::new(&profiles);
    let known = order.iter().map(|path| {
        let (name, text) = (common::name(path), fs::read(path).expect("the file"));
        let file = profile_file(&infer(learn(&name, &text, &settings)).remove(0));
        learn_profile(&name, &file, &settings).expect("what is written can be read")
    });
    let build = infer(known.collect()).remove(0);
    assert_eq!((build.traces.len(), build.profiles), (0, order.len()));
    build.is_consistent().then_some(build.left)
}

#[test]
fn a_corpus_is_accepted_in_one_order_and_rejected_in_another_with_sets_alone_and_never_here() {
    let corpus = corpus();
    assert_eq!(corpus.len(), 3);
    let all = orders(&corpus);
    let accepted = all.iter().filter(|order| with_sets_alone(order).is_some()).count();
    assert!((1..all.len()).contains(&accepted), "{accepted} of {}", all.len());
    for order in &all {
        assert_eq!(in_one_run(order), None);
        assert_eq!(in_several_runs(order), None);
        assert_eq!(by_their_profiles(order), None);
    }
}

#[test]
fn what_two_traces_leave_is_the_same_in_either_order_and_in_one_run_or_two() {
    let corpus = corpus();
    for pair in [[0, 1], [0, 2], [1, 2]] {
        let two = pair.map(|i| corpus[i].clone());
        let left = in_one_run(&two).expect("any two of them can be explained");
        for order in orders(&two) {
            assert_eq!(in_one_run(&order).as_ref(), Some(&left));
            assert_eq!(in_several_runs(&order).as_ref(), Some(&left));
            assert_eq!(by_their_profiles(&order).as_ref(), Some(&left));
        }
    }
    // with sets alone it is not
    let sets = orders(&corpus[..2]).iter().map(|o| with_sets_alone(o)).collect::<Vec<_>>();
    assert_ne!(sets[0], sets[1]);
}

#[test]
fn of_one_trace_the_same_is_left_as_after_check() {
    let profiles = built_in();
    let settings = Settings::new(&profiles);
    let (mut same, mut more) = (0, Vec::new());
    for path in common::files(&common::folder("accept"), "trace") {
        let (name, text) = (common::name(&path), fs::read(&path).expect("the file"));
        for learnt in learn(&name, &text, &settings) {
            let (start, left) =
                (learnt.start.profile.clone(), learnt.report.clone().expect("a trace").left);
            let build = infer(vec![learnt]).remove(0);
            assert!(build.is_consistent(), "{name}");
            let mut narrowed = build.left.clone();
            let needs = left.beyond(&start);
            assert_eq!(narrowed.assume(&needs), Ok(false), "{name} leaves less after check");
            if build.left == left.canonical() {
                same += 1;
            } else {
                more.push(name.clone());
            }
        }
    }
    // where the machine may be in several states, what ties questions together before is not lost
    println!("{same} the same, and less left of {more:?}");
    assert!(same > 500 && more.len() < 10, "{same} {more:?}");
}

#[test]
fn what_is_told_and_written_is_the_same_in_every_order() {
    let profiles = built_in();
    let settings = Settings::new(&profiles);
    let corpus = corpus();
    for some in [&corpus[..], &corpus[..2]] {
        let told = |order: &Vec<PathBuf>| {
            let learnt = order.iter().flat_map(|path| {
                learn(&common::name(path), &fs::read(path).expect("the file"), &settings)
            });
            let build = infer(learnt.collect()).remove(0);
            (text(&build, true), json(&build), profile_file(&build))
        };
        let all: Vec<_> = orders(some).iter().map(told).collect();
        assert!(all.windows(2).all(|two| two[0] == two[1]), "{}\n{}", all[0].0, all[1].0);
    }
}

#[test]
fn the_events_that_are_named_are_needed_all_of_them() {
    let profiles = built_in();
    let settings = Settings::new(&profiles);
    // that it fails leaves two answers, and the code one: the first event is not needed
    let text = "portres trace 1\n\np1: s1 = socket udp v4 -> ok\n\
        p1: t1 = acquire s1 20000+8 -> 20000+8\np1: t2 = acquire s1 20100+8 -> fails\n\
        p1: t2 = acquire s1 20200+8 -> WSAEINVAL\n";
    let build = inferred(&[("one", text)], &settings);
    let again = |a: &&portres::infer::Answered| a.left.question == Question::AcquireAgain;
    let answered = build.answers.iter().find(again).expect("it is narrowed");
    let events: Vec<_> = answered.by.iter().map(|i| build.lessons[*i].from.event).collect();
    assert_eq!(events, [Some(4)]);
}
