//! Events that clash: as few as can be, each of them needed.

use std::fs;

use portres::Settings;
use portres::infer::{Inferred, infer};

use super::{built_in, corpus, inferred, learn};
use crate::common;

/// What is inferred where these events of a clash are left out of the corpus, each with its trace.
fn without(place: &str) -> Inferred {
    let profiles = built_in();
    let settings = Settings::new(&profiles);
    let kept = corpus().into_iter().filter(|path| common::name(path) != place);
    let learnt = kept
        .flat_map(|path| learn(&common::name(&path), &fs::read(&path).expect("a file"), &settings));
    infer(learnt.collect()).remove(0)
}

#[test]
fn of_events_that_clash_none_can_be_left_out() {
    let profiles = built_in();
    let settings = Settings::new(&profiles);
    let learnt = corpus()
        .into_iter()
        .flat_map(|path| learn(&common::name(&path), &fs::read(&path).expect("a file"), &settings));
    let build = infer(learnt.collect()).remove(0);
    let [clash] = build.clashes.as_slice() else { panic!("one clash: {:?}", build.clashes) };
    assert!(clash.is_smallest);
    let places: Vec<_> = clash.lessons.iter().map(|i| &build.lessons[*i].from).collect();
    assert_eq!(places.iter().map(|p| p.event).collect::<Vec<_>>(), [Some(4); 3]);
    for place in places {
        assert!(without(&place.file).is_consistent(), "without {place}");
    }
}

const HEAD: &str = "portres trace 1\nsystem windows 10.0.99999\n\n";

/// A refusal that either of two answers explains, and what rules out the one and the other.
const REFUSED: &str = "p1: s1 = socket udp v4 -> ok\np1: t1 = acquire s1 20000+8 -> 20000+8\n\
    p2: s2 = socket udp v4 -> ok\np2: release s2 t1 -> WSAEINVAL\n";
const RELEASED: &str = "p1: s3 = socket udp v4 -> ok\np1: t3 = acquire s3 20100+8 -> 20100+8\n\
    p1: s4 = socket udp v4 -> ok\np1: release s4 t3 -> ok\n";
const DENIED: &str = "p1: s5 = socket udp v4 -> ok\np1: t5 = acquire s5 20200+8 -> 20200+8\n\
    p2: s6 = socket udp v4 -> ok\np2: release s6 t5 -> WSAEACCES\n";

#[test]
fn events_of_one_trace_clash_too() {
    let profiles = built_in();
    let settings = Settings::new(&profiles);
    let text = format!("{HEAD}{REFUSED}{RELEASED}{DENIED}");
    let build = inferred(&[("one", &text)], &settings);
    let clash = &build.clashes[0];
    let events: Vec<_> = clash.lessons.iter().map(|i| build.lessons[*i].from.event).collect();
    assert_eq!(events, [Some(4), Some(8), Some(12)]);
    assert!(clash.is_smallest);
    // nothing stops the lessons: check finds the divergence in the last of them, each by itself is explained
    assert_eq!(build.traces[0].until, None);
    assert_eq!(build.traces[0].report.divergences[0].event, 12);
}

#[test]
fn the_smallest_clash_is_found_and_not_the_first() {
    // the events of the larger clash come first, one by one; two more clash by themselves
    let two = "p1: s7 = socket tcp v4 -> ok\np1: bind s7 127.0.0.2:0 -> 50000\n\
        p1: s8 = socket tcp v4 -> ok\np1: bind s8 127.0.0.2:0 -> WSAEADDRNOTAVAIL\n";
    let profiles = built_in();
    let settings = Settings::new(&profiles);
    for text in [
        format!("{HEAD}{REFUSED}{RELEASED}{DENIED}{two}"),
        format!("{HEAD}{two}{REFUSED}{RELEASED}{DENIED}"),
    ] {
        let build = inferred(&[("one", &text)], &settings);
        let sizes: Vec<usize> = build.clashes.iter().map(|c| c.lessons.len()).collect();
        assert_eq!(sizes, [2, 3], "smallest first, and no event in both");
        assert!(build.clashes.iter().all(|c| c.is_smallest));
    }
}

#[test]
fn a_reply_that_nothing_explains_ends_what_its_trace_teaches() {
    let profiles = built_in();
    let settings = Settings::new(&profiles);
    let text = format!(
        "{HEAD}p1: s1 = socket udp v4 -> ok\np1: bind s1 127.0.0.1:5000 -> WSAEACCES\n{REFUSED2}",
        REFUSED2 = "p1: bind s1 127.0.0.2:0 -> 50000\n"
    );
    let build = inferred(&[("one", &text)], &settings);
    assert!(build.is_consistent() && build.answers.is_empty(), "{:?}", build.answers);
    assert_eq!(build.traces[0].until, Some(2));
}
