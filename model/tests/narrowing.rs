//! Narrowing a profile equals enumerating every reading, in whatever order the observations come.

use portres_model::{Literal, Needs, Profile, Question, Reading};
use proptest::prelude::*;

/// Questions of two, three, four and five answers.
const ASKED: [Question; 4] = [
    Question::AcquireShortOutput,
    Question::AcquireAgain,
    Question::WildcardPool,
    Question::AcquireOverRuntime,
];

/// Every reading of these questions, the others at their likeliest.
fn readings() -> Vec<Reading> {
    let mut profiles = vec![Profile::documented()];
    for question in ASKED {
        let split = |profile: &Profile| {
            let answers = (0..question.answers().len()).map(|i| 1u8 << i).collect::<Vec<_>>();
            let settle = |answers| {
                let mut settled = profile.clone();
                settled.settle(Literal { question, answers }).expect("an answer");
                settled
            };
            answers.into_iter().map(settle).collect::<Vec<_>>()
        };
        profiles = profiles.iter().flat_map(split).collect();
    }
    profiles.iter().map(|p| p.reading(|_, _| 1)).collect()
}

fn literal() -> impl Strategy<Value = Literal> {
    (prop::sample::select(ASKED.to_vec()), any::<u8>())
        .prop_map(|(question, bits)| Literal { question, answers: bits & question.all() })
}

fn needs() -> impl Strategy<Value = Needs> {
    prop::collection::vec(prop::collection::vec(literal(), 1..4), 1..3).prop_map(|clauses| {
        let mut needs = Needs::default();
        clauses.into_iter().for_each(|c| needs.one_of(c));
        needs
    })
}

fn satisfies(reading: &Reading, needs: &Needs) -> bool {
    needs.clauses().iter().all(|clause| clause.iter().any(|l| reading.holds(*l)))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn narrowing_equals_brute_force_in_any_order(observed in prop::collection::vec(needs(), 1..6)) {
        let left: Vec<Reading> =
            readings().into_iter().filter(|r| observed.iter().all(|n| satisfies(r, n))).collect();
        let mut backwards = observed.clone();
        backwards.reverse();
        let mut forms = Vec::new();
        for order in [observed, backwards] {
            let mut profile = Profile::documented();
            let narrowed = order.iter().try_for_each(|n| profile.assume(n).map(drop));
            prop_assert_eq!(narrowed.is_err(), left.is_empty());
            if narrowed.is_err() {
                continue;
            }
            for question in ASKED {
                let exact = left.iter().fold(0, |set, r| set | r.answer(question));
                prop_assert_eq!(profile.open(question), exact, "{}", question);
            }
            for reading in readings() {
                prop_assert_eq!(profile.admits(&reading), left.contains(&reading));
                prop_assert_eq!(profile.canonical().admits(&reading), left.contains(&reading));
            }
            let mut again = Profile::documented();
            again.assume(&profile.beyond(&again)).expect("readings are left");
            prop_assert_eq!(again.canonical(), profile.canonical());
            forms.push(profile.canonical());
        }
        prop_assert!(forms.windows(2).all(|two| two[0] == two[1]), "{:?}", forms);
    }
}

#[test]
fn a_refusal_that_two_questions_explain_teaches_about_both_together() {
    // either of two answers explains the first observation; the second excludes one of them
    let either = |a: Literal, b: Literal| {
        let mut needs = Needs::default();
        needs.one_of([a, b]);
        needs
    };
    let answer = |question: Question, id| Literal {
        question,
        answers: question.answer(id).expect("an answer"),
    };
    let (again, output) = (Question::AcquireAgain, Question::AcquireShortOutput);
    let mut profile = Profile::documented();
    profile.assume(&either(answer(again, "invalid"), answer(output, "fault"))).expect("possible");
    assert_eq!(profile.open(output), output.all(), "nothing is settled yet");
    profile.settle(answer(again, "adds")).expect("possible");
    assert_eq!(profile.open(output), output.answer("fault").expect("an answer"));
}

#[test]
fn profiles_that_leave_the_same_readings_have_one_canonical_form() {
    // a or b; not a, or c: from both follows b or c, which may have been said or not
    let literal = |question: Question, id: &str| Literal {
        question,
        answers: question.answer(id).expect("an answer"),
    };
    let a = literal(Question::AcquireAgain, "invalid");
    let not_a = Literal { answers: a.question.all() & !a.answers, ..a };
    let b = literal(Question::AcquireShortOutput, "fault");
    let c = literal(Question::AcquireLongInput, "taken");
    let says = |clauses: &[[Literal; 2]]| {
        let mut profile = Profile::documented();
        for clause in clauses {
            let mut needs = Needs::default();
            needs.one_of(*clause);
            profile.assume(&needs).expect("possible");
        }
        profile
    };
    let (few, more) = (says(&[[a, b], [not_a, c]]), says(&[[b, c], [not_a, c], [a, b]]));
    assert_ne!(few, more, "they are told in other words");
    assert_eq!(few.canonical(), more.canonical());
    assert_eq!(few.canonical().clauses().len(), 3);
}
