//! A wider profile accepts what a narrower one accepts.

use std::cell::RefCell;

use portres_model::{Error, Literal, Profile, Question, Reply, apply, permitted};
use proptest::prelude::*;

use crate::draw::Draw;
use crate::script::{self, Script, scripts, trace};
use crate::{any_reply, law, machine};

/// A profile and a wider one.
fn profiles(draw: &mut Draw) -> (Profile, Profile) {
    if draw.one_in(8) {
        return (Profile::likely(), Profile::documented());
    }
    let reading = script::reading(&Profile::open_to_all(), draw.next());
    let (mut narrow, mut wide) = (Profile::open_to_all(), Profile::open_to_all());
    let (more, most) = (draw.pick(&[1, 2, 6]), draw.pick(&[1, 2]));
    for &question in Question::ALL {
        let any = |draw: &mut Draw, one_in| {
            if draw.one_in(one_in) { (draw.next() as u8) & question.all() } else { 0 }
        };
        let few = reading.answer(question) | any(draw, more);
        let many = few | any(draw, most);
        narrow.settle(Literal { question, answers: few }).expect("an answer");
        wide.settle(Literal { question, answers: many }).expect("an answer");
    }
    (narrow, wide)
}

/// A reply that is wrong, now and then.
fn perhaps_wrong(reply: Reply, draw: &mut Draw) -> Reply {
    match draw.below(12) {
        0 => any_reply(draw.next()),
        1 => Reply::Failed(draw.pick(Error::ALL)),
        _ => reply,
    }
}

#[derive(Default, Debug)]
struct Tried {
    accepted: u64,
    refused_by_both: u64,
    by_the_wider_alone: u64,
    tied: u64,
}

fn is_monotone(script: &Script, number: u64, tried: &mut Tried) -> Result<(), TestCaseError> {
    let mut draw = Draw::new(number);
    let (mut narrow, mut wide) = profiles(&mut draw);
    let (events, _) = trace(script, &narrow.reading(|_, open| script::one_of(open, &mut draw)));
    let mut world = machine::world(&mut Draw::new(script.machine));
    for (by, call, reply) in events {
        let reply = perhaps_wrong(reply, &mut draw);
        if !reply.fits(&call) {
            continue;
        }
        let all = permitted(&world, by, &call);
        let accepts = |profile: &mut Profile| {
            let step = all.judge(&world, profile, &reply);
            step.is_ok_and(|step| profile.assume(&step.needs).is_ok())
        };
        let by_both = (accepts(&mut narrow), accepts(&mut wide));
        prop_assert!(by_both != (true, false), "{}: {} -> {}", by, call, reply);
        match by_both {
            (true, _) => tried.accepted += 1,
            (false, true) => tried.by_the_wider_alone += 1,
            (false, false) => tried.refused_by_both += 1,
        }
        if !by_both.0 {
            // a profile that accepts no reply is the empty one from here on
            return Ok(());
        }
        tried.tied += u64::from(!narrow.clauses().is_empty());
        let one = narrow.reading(|_, open| script::one_of(open, &mut draw));
        prop_assert!(wide.admits(&one), "a reading was lost: {}: {} -> {}", by, call, reply);
        apply(&mut world, by, &call, &reply);
    }
    Ok(())
}

#[test]
fn a_wider_profile_accepts_what_a_narrower_one_accepts() {
    let tried = RefCell::new(Tried::default());
    law(1_500, (scripts(40), any::<u64>()), |(script, number)| {
        is_monotone(&script, number, &mut tried.borrow_mut())
    });
    let tried = tried.into_inner();
    println!("{tried:?}");
    let many = tried.accepted > 5_000 && tried.tied > 200;
    assert!(many && tried.by_the_wider_alone > 40 && tried.refused_by_both > 100, "{tried:?}");
}
