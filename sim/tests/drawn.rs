//! The reading that a host behaves as: which are drawn, and what a new machine takes.
#![cfg(not(feature = "shuttle"))]
#![allow(unsafe_code, reason = "an allocator that counts is one")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::BTreeSet;

use portres_model::{Answers, Literal, Needs, Profile, Question, Reading, World};
use portres_sim::{Host, Policy};

thread_local! {
    /// Allocations of this thread and their bytes: other tests run beside this one.
    static TAKEN: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

struct Counting;

// SAFETY: everything is passed on to the system's allocator as it comes; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TAKEN.with(|taken| {
            let (times, bytes) = taken.get();
            taken.set((times + 1, bytes + layout.size()));
        });
        // SAFETY: the caller keeps what `GlobalAlloc` asks of it.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const POLICIES: [Policy; 4] =
    [Policy::Lowest, Policy::NextFit, Policy::Random, Policy::Adversarial];

fn drawn(profile: &Profile, policy: &Policy, seed: u64) -> Reading {
    Host::new(World::default(), profile, policy.clone(), seed).reading()
}

#[test]
fn a_new_machine_is_one_piece_of_a_kibibyte() {
    for profile in [Profile::likely(), Profile::documented(), Profile::open_to_all()] {
        for policy in POLICIES {
            let before = TAKEN.get();
            let host = Host::new(World::default(), &profile, policy.clone(), 7);
            let after = TAKEN.get();
            let (times, bytes) = (after.0 - before.0, after.1 - before.1);
            assert!(times == 1 && bytes <= 1024, "{policy:?}: {bytes} bytes in {times} pieces");
            drop(host);
        }
    }
}

/// Only the likeliest answer is open, but for these.
fn open_to(open: &[(Question, Answers)]) -> Profile {
    let mut profile = Profile::open_to_all();
    for &question in Question::ALL {
        let answers = open.iter().find(|(q, _)| *q == question).map_or(1, |(_, answers)| *answers);
        profile.settle(Literal { question, answers }).expect("a reading");
    }
    profile
}

/// The answers of some questions.
fn answers(reading: &Reading, questions: &[Question]) -> Vec<Answers> {
    questions.iter().map(|q| reading.answer(*q)).collect()
}

#[test]
fn every_answer_that_is_foreseen_is_drawn_and_no_other_where_there_is_one() {
    for profile in [Profile::documented(), Profile::open_to_all()] {
        let readings: Vec<_> = (0..2_000).map(|i| drawn(&profile, &Policy::Random, i)).collect();
        for &question in Question::ALL {
            let seen = readings.iter().fold(0, |set, reading| set | reading.answer(question));
            let open = profile.open(question);
            let foreseen = open & question.foreseen();
            assert_eq!(seen, if foreseen == 0 { open } else { foreseen }, "{question}");
            assert!(readings.iter().all(|r| r.answer(question).count_ones() == 1), "{question}");
        }
        assert!(readings.iter().all(|reading| profile.admits(reading)));
    }
}

#[test]
fn the_others_draw_the_likeliest_answers_that_are_foreseen() {
    for profile in [Profile::documented(), Profile::likely()] {
        for policy in [Policy::Lowest, Policy::NextFit, Policy::scripted(&[])] {
            let reading = drawn(&profile, &policy, 3);
            for &question in Question::ALL {
                let foreseen = profile.open(question) & question.foreseen();
                assert_eq!(reading.answer(question), foreseen & foreseen.wrapping_neg());
            }
        }
    }
}

/// Questions of which several answers are foreseen, next to each other and far apart.
fn several() -> [Question; 3] {
    let several = |q: &Question| q.foreseen().count_ones() >= 2;
    let all: Vec<Question> = Question::ALL.iter().copied().filter(several).collect();
    [all[0], all[1], all[all.len() - 1]]
}

#[test]
fn every_combination_of_answers_is_drawn() {
    let questions = several();
    let profile = open_to(&questions.map(|q| (q, 0b11)));
    let seen: BTreeSet<_> =
        (0..400).map(|i| answers(&drawn(&profile, &Policy::Random, i), &questions)).collect();
    assert_eq!(seen.len(), 8, "{seen:?}");
}

#[test]
fn what_a_clause_forbids_is_never_drawn_and_everything_else_is() {
    let questions = several();
    let [a, b, c] = questions;
    let mut profile = open_to(&questions.map(|q| (q, 0b11)));
    let mut needs = Needs::default();
    needs.one_of([Literal { question: a, answers: 1 }, Literal { question: b, answers: 2 }]);
    needs.one_of([Literal { question: b, answers: 1 }, Literal { question: c, answers: 2 }]);
    profile.assume(&needs).expect("readings are left");
    for policy in POLICIES {
        let readings: Vec<_> = (0..400).map(|i| drawn(&profile, &policy, i)).collect();
        assert!(readings.iter().all(|reading| profile.admits(reading)), "{policy:?}");
        let seen: BTreeSet<_> = readings.iter().map(|r| answers(r, &questions)).collect();
        let draws = matches!(policy, Policy::Random | Policy::Adversarial);
        // of the eight, each clause forbids two
        assert_eq!(seen.len(), if draws { 4 } else { 1 }, "{policy:?}: {seen:?}");
    }
}

#[test]
fn a_reading_that_hardly_ever_is_drawn_is_found_all_the_same() {
    // a question that has its first answer leaves all behind it their first: 41 of 2^41 combinations
    let several = |q: &&Question| q.foreseen() & 0b11 == 0b11;
    let questions: Vec<Question> = Question::ALL.iter().filter(several).copied().collect();
    let open: Vec<_> = questions.iter().map(|q| (*q, 0b11)).collect();
    let mut profile = open_to(&open);
    for pair in questions.windows(2).take(40) {
        let mut needs = Needs::default();
        needs.one_of([
            Literal { question: pair[0], answers: 2 },
            Literal { question: pair[1], answers: 1 },
        ]);
        profile.assume(&needs).expect("readings are left");
    }
    for policy in POLICIES {
        assert!((0..20).all(|i| profile.admits(&drawn(&profile, &policy, i))), "{policy:?}");
    }
}

#[test]
fn where_nobody_has_foreseen_an_answer_one_of_the_others_is_drawn() {
    let unforeseen = |q: &&Question| q.all() & !q.foreseen() != 0;
    let question = *Question::ALL.iter().find(unforeseen).expect("such a question");
    let only = question.all() & !question.foreseen();
    for policy in POLICIES {
        let reading = drawn(&open_to(&[(question, only)]), &policy, 1);
        assert_eq!(reading.answer(question) & !only, 0, "{policy:?}");
    }
}

#[test]
fn the_same_seed_draws_the_same_reading() {
    for policy in POLICIES {
        let of = |seed| drawn(&Profile::documented(), &policy, seed);
        assert!((0..50).all(|seed| of(seed) == of(seed)), "{policy:?}");
        let draws = matches!(policy, Policy::Random | Policy::Adversarial);
        assert_eq!((1..50).any(|seed| of(seed) != of(0)), draws, "{policy:?}");
    }
}
