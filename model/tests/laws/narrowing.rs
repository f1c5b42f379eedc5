//! What traces teach about the open questions is what trying every reading gives, in whatever order the traces come.

use std::cell::RefCell;
use std::collections::HashSet;

use portres_model::{Answers, Literal, Profile, Question, Reading, World, apply, permitted};
use proptest::prelude::*;

use crate::draw::Draw;
use crate::script::{Event, Script, one_of, readings, scripts, trace};
use crate::{law, machine};

/// The most readings that are tried one by one.
const MOST_READINGS: usize = 150;

/// A trace and the world in which it begins.
struct Told {
    world: World,
    events: Vec<Event>,
}

/// Whether a profile permits a trace, narrowing it as the trace goes.
fn permits(profile: &mut Profile, told: &Told) -> bool {
    let mut world = told.world.clone();
    told.events.iter().all(|(by, call, reply)| {
        let step = permitted(&world, *by, call).judge(&world, profile, reply);
        apply(&mut world, *by, call, reply);
        step.is_ok_and(|step| profile.assume(&step.needs).is_ok())
    })
}

/// The questions on which the replies of a trace depend, the others answered as in the reading, in the order in which they
/// come up.
fn questions_of(told: &Told, into: &mut Vec<Vec<Question>>) {
    let (mut world, open) = (told.world.clone(), Profile::open_to_all());
    for (by, call, reply) in &told.events {
        let step = permitted(&world, *by, call).judge(&world, &open, reply).expect("permitted");
        for clause in step.needs.clauses() {
            into.push(clause.iter().map(|l| l.question).collect());
        }
        apply(&mut world, *by, call, reply);
    }
}

/// Two to four of the questions on which traces depend, those first that one observation ties together.
fn involved(traces: &[Told], draw: &mut Draw) -> Vec<Question> {
    let mut clauses = Vec::new();
    traces.iter().for_each(|told| questions_of(told, &mut clauses));
    let most = 2 + draw.below(3);
    let mut chosen: Vec<Question> = Vec::new();
    while let (true, Some(place)) =
        (chosen.len() < most, (!clauses.is_empty()).then(|| draw.below(clauses.len())))
    {
        for question in clauses.swap_remove(place) {
            let many =
                chosen.iter().chain([&question]).map(|q| q.answers().len()).product::<usize>();
            if chosen.len() < most && !chosen.contains(&question) && many <= MOST_READINGS {
                chosen.push(question);
            }
        }
    }
    chosen
}

/// A profile in which the questions are open and the others answered as in a reading.
fn open_in(questions: &[Question], reading: &Reading) -> Profile {
    let mut profile = Profile::open_to_all();
    for &question in Question::ALL.iter().filter(|q| !questions.contains(q)) {
        profile.settle(Literal { question, answers: reading.answer(question) }).expect("an answer");
    }
    profile
}

/// Every reading of a profile in which these questions alone are open.
fn readings_of(profile: &Profile, questions: &[Question]) -> Vec<Reading> {
    let mut profiles = vec![profile.clone()];
    for &question in questions {
        let split = |profile: &Profile| {
            let settled = |answers: Answers| {
                let mut settled = profile.clone();
                settled.settle(Literal { question, answers }).ok().map(|_| settled)
            };
            (0..question.answers().len()).filter_map(|i| settled(1 << i)).collect::<Vec<_>>()
        };
        profiles = profiles.iter().flat_map(split).collect();
    }
    profiles.iter().map(|p| p.reading(|_, open| open)).collect()
}

/// Every order of some things.
fn orders(count: usize) -> Vec<Vec<usize>> {
    match count {
        0 => vec![Vec::new()],
        _ => orders(count - 1)
            .into_iter()
            .flat_map(|order| {
                (0..count).map(move |at| {
                    let mut longer = order.clone();
                    longer.insert(at, count - 1);
                    longer
                })
            })
            .collect(),
    }
}

/// Traces of several machines, and the questions that they are about. The last may be of another reading than the others:
/// then what some machines teach may rule out what another does.
fn told(scripts: &[Script], base: &Reading, draw: &mut Draw) -> (Vec<Told>, Vec<Question>) {
    let told = |script: &Script, reading: &Reading| Told {
        world: machine::world(&mut Draw::new(script.machine)),
        events: trace(script, reading).0,
    };
    let mut traces: Vec<Told> = scripts.iter().map(|script| told(script, base)).collect();
    let questions = involved(&traces, draw);
    let other = open_in(&questions, base).reading(|_, open| one_of(open, draw));
    if let (true, Some(script)) = (draw.one_in(2), scripts.last()) {
        traces.pop();
        traces.push(told(script, &other));
    }
    (traces, questions)
}

/// What the cases were, so that the law is not about nothing.
#[derive(Default, Debug)]
struct Tried {
    narrowed: u64,
    tied: u64,
    impossible: u64,
}

fn narrows_exactly(
    (scripts, base, number): (&[Script], Reading, u64),
    tried: &mut Tried,
) -> Result<(), TestCaseError> {
    let (traces, questions) = told(scripts, &base, &mut Draw::new(number));
    let open = open_in(&questions, &base);
    let readings = readings_of(&open, &questions);
    let permits_all = |reading: &&Reading| {
        traces.iter().all(|told| permits(&mut Profile::settled(reading), told))
    };
    let left: HashSet<Reading> = readings.iter().filter(permits_all).copied().collect();
    tried.narrowed += u64::from(questions.len() > 1 && left.len() < readings.len());
    for order in orders(traces.len()) {
        let mut profile = open.clone();
        let possible = order.iter().all(|place| permits(&mut profile, &traces[*place]));
        prop_assert_eq!(possible, !left.is_empty(), "{:?} in the order {:?}", questions, order);
        if !possible {
            tried.impossible += 1;
            continue;
        }
        tried.tied += u64::from(!profile.clauses().is_empty());
        for &question in &questions {
            let exact = left.iter().fold(0, |set, r| set | r.answer(question));
            prop_assert_eq!(profile.open(question), exact, "{} in the order {:?}", question, order);
        }
        for reading in &readings {
            prop_assert_eq!(profile.admits(reading), left.contains(reading), "{:?}", order);
        }
    }
    Ok(())
}

#[test]
fn narrowing_by_traces_equals_trying_every_reading_in_any_order() {
    let tried = RefCell::new(Tried::default());
    let cases = (prop::collection::vec(scripts(25), 1..4), readings(), any::<u64>());
    law(400, cases, |(scripts, base, number)| {
        narrows_exactly((&scripts, base, number), &mut tried.borrow_mut())
    });
    let tried = tried.into_inner();
    println!("{tried:?}");
    assert!(tried.narrowed > 200 && tried.tied > 30 && tried.impossible > 30, "{tried:?}");
}
