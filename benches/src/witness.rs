//! The small worlds as models of stateright: another search, which clones worlds and never turns a vector back into one.
//!
//! It shares the relation and the alphabets with `portres explore`, and neither the search nor the way back from a state. Two
//! worlds count as one state when their vectors are equal.

use std::fmt;
use std::hash::{Hash, Hasher};

use portres::explore::{Choices, Move, SmallWorld, State, broken, is_made, reading};
use portres_model::{Reply, World, apply, permitted};
use stateright::{Model, Property};

/// A small world as a model.
pub struct Witness<W> {
    small: W,
    moves: Vec<Move>,
}

impl<W: SmallWorld> Witness<W> {
    /// Of this world.
    pub fn new(small: W) -> Witness<W> {
        Witness { moves: small.moves(), small }
    }
}

/// A world, known by its vector.
#[derive(Clone)]
pub struct Known {
    world: World,
    state: State,
}

impl PartialEq for Known {
    fn eq(&self, other: &Known) -> bool {
        self.state == other.state
    }
}

impl Hash for Known {
    fn hash<H: Hasher>(&self, to: &mut H) {
        self.state.hash(to);
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.state)
    }
}

/// A call and its reply.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    place: usize,
    reply: Reply,
}

impl<W: SmallWorld> Model for Witness<W> {
    type State = Known;
    type Action = Step;

    fn init_states(&self) -> Vec<Known> {
        let world = self.small.start();
        vec![Known { state: self.small.pack(&world), world }]
    }

    fn actions(&self, known: &Known, actions: &mut Vec<Step>) {
        let mut choices = Choices::new(reading());
        for (place, at) in self.moves.iter().enumerate() {
            if is_made(&self.small, &known.world, at) {
                let all = permitted(&known.world, at.by, &at.call);
                let names = self.small.names();
                let replies = choices.list(&all, &known.world, names);
                actions.extend(replies.iter().map(|(reply, _)| Step { place, reply: *reply }));
            }
        }
    }

    fn next_state(&self, known: &Known, step: Step) -> Option<Known> {
        let at = &self.moves[step.place];
        let mut world = known.world.clone();
        apply(&mut world, at.by, &at.call, &step.reply);
        let state = self.small.pack(&world);
        // a refusal that changes nothing is no transition
        let nothing = matches!(step.reply, Reply::Failed(_)) && state == known.state;
        (!nothing).then_some(Known { world, state })
    }

    fn properties(&self) -> Vec<Property<Witness<W>>> {
        vec![Property::always("the invariants of a state", |_, known: &Known| {
            broken(&known.world).is_none()
        })]
    }
}
