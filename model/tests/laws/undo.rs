//! A world that goes back is as it was, whatever was done to it.

use portres_model::{Mark, World, apply, permitted};
use proptest::prelude::*;

use crate::choose::choose;
use crate::draw::Draw;
use crate::machine::indexes_agree;
use crate::{any_reply, kind, law, machine, readings, scenario, scripts};

/// Places that were passed, each with a copy of the world.
type Passed = Vec<(Mark, World)>;

fn go_back(world: &mut World, passed: &mut Passed, draw: &mut Draw) -> Result<(), TestCaseError> {
    passed.truncate(1 + draw.below(passed.len()));
    let (mark, before) = passed.last().expect("the first stays");
    world.undo_to(*mark);
    prop_assert!(world == before, "a world went back to another");
    prop_assert_eq!(world.fingerprint(), before.fingerprint());
    indexes_agree(world)
}

#[test]
fn a_world_that_goes_back_is_as_it_was() {
    law(400, (scripts(100), readings(), any::<u64>()), |(script, reading, number)| {
        let mut world = machine::world(&mut Draw::new(script.machine));
        world.record();
        let mut passed: Passed = vec![(world.mark(), world.clone())];
        let mut seen: Vec<World> = Vec::new();
        let begun = scenario::calls(script.beginning);
        let numbers = begun.iter().map(|_| number).chain(script.numbers.iter().copied());
        let mut begun = begun.iter();
        for number in numbers {
            let mut draw = Draw::new(number);
            let (by, call) = match begun.next() {
                Some(begun) => (begun.by, begun.call),
                None => kind::next(&world, &mut draw),
            };
            let all = permitted(&world, by, &call);
            let right = choose(&world, &all, &reading, 6, &mut draw).filter(|_| !draw.one_in(3));
            let reply = right.map_or_else(|| any_reply(draw.next()), |(_, reply)| reply);
            apply(&mut world, by, &call, &reply);
            seen.push(world.clone());
            match draw.below(4) {
                0 => passed.push((world.mark(), world.clone())),
                1 => go_back(&mut world, &mut passed, &mut draw)?,
                _ => {}
            }
        }
        for (i, one) in seen.iter().enumerate() {
            for other in &seen[i..] {
                let same = one.fingerprint() == other.fingerprint();
                prop_assert_eq!(same, one == other, "the fingerprint tells worlds apart");
            }
        }
        go_back(&mut world, &mut passed, &mut Draw::new(number))
    });
}
