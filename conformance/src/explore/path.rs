//! How a state is reached: the calls from the start to it, as few as there can be.

use std::collections::HashMap;

use portres_model::{Permitted, World, permitted_into};

use super::{Choices, Effect, SmallWorld, State, Transition, is_made, reading};

/// The transitions that lead to a state; `None` if nothing does.
pub fn path(small: &impl SmallWorld, effect: Effect, to: State) -> Option<Vec<Transition>> {
    let first = small.pack(&small.start());
    let mut before: HashMap<State, (State, Transition)> = HashMap::new();
    let mut level = vec![first];
    while !level.is_empty() && to != first && !before.contains_key(&to) {
        let mut next = Vec::new();
        for state in level {
            for (found, transition) in transitions(small, effect, state) {
                if found != first && !before.contains_key(&found) {
                    before.insert(found, (state, transition));
                    next.push(found);
                }
            }
        }
        level = next;
    }
    let mut path = Vec::new();
    let mut at = to;
    while at != first {
        let (from, transition) = *before.get(&at)?;
        path.push(transition);
        at = from;
    }
    path.reverse();
    Some(path)
}

/// The transitions of a state, each with where it leads to.
pub fn transitions(
    small: &impl SmallWorld,
    effect: Effect,
    state: State,
) -> Vec<(State, Transition)> {
    let mut world = small.start();
    small.unpack(state, &mut world);
    transitions_of(small, effect, &world)
}

/// The transitions of a world.
pub fn transitions_of(
    small: &impl SmallWorld,
    effect: Effect,
    world: &World,
) -> Vec<(State, Transition)> {
    let (mut all, mut choices) = (Permitted::default(), Choices::new(reading()));
    let mut found = Vec::new();
    let state = small.pack(world);
    for at in small.moves() {
        if !is_made(small, world, &at) {
            continue;
        }
        permitted_into(world, at.by, &at.call, &mut all);
        for &(reply, rule) in choices.list(&all, world, small.names()) {
            let mut after = world.clone();
            effect(&mut after, at.by, &at.call, &reply);
            let to = small.pack(&after);
            let refused = matches!(reply, portres_model::Reply::Failed(_));
            if !refused || to != state {
                found.push((to, Transition { at, reply, rule }));
            }
        }
    }
    found
}
