//! The states that orders lead to, had again without having been kept.

use portres_model::{Profile, apply};

use super::State;
use super::placing::{Noted, Plan, Way};

/// Orders that lead to different states.
pub(super) struct Orders {
    pub(super) outcomes: Vec<Reached>,
    pub(super) noted: Noted,
}

/// The call that could not be placed behind the most others, the one that returned last if there are several.
pub(super) struct Stuck {
    pub(super) call: usize,
    pub(super) event: u64,
    /// How many could be placed before it, and where that led.
    pub(super) placed: usize,
    pub(super) reached: Reached,
}

/// How a state is had again.
pub(super) struct Reached {
    /// In which of the states it began.
    pub(super) start: usize,
    pub(super) profile: Profile,
    pub(super) how: How,
}

pub(super) enum How {
    /// By these calls, one behind the other.
    By(Vec<u32>),
    /// Here it is: the calls do not tell.
    At(Box<State>),
}

impl Orders {
    /// The states that the orders lead to.
    pub(super) fn states(self, plan: &Plan, starts: Vec<State>) -> Vec<State> {
        let mut uses = vec![0usize; starts.len()];
        self.outcomes.iter().for_each(|reached| uses[reached.start] += 1);
        let mut starts: Vec<Option<State>> = starts.into_iter().map(Some).collect();
        let state = |reached: Reached| {
            let (start, uses) = (&mut starts[reached.start], &mut uses[reached.start]);
            *uses -= 1;
            // the last one needs no copy
            let from = if *uses == 0 { start.take() } else { start.clone() };
            Some(reached.state(plan, from?))
        };
        let states: Vec<State> = self.outcomes.into_iter().filter_map(state).collect();
        without_covered(states)
    }
}

/// The states that no other one covers: the same world, with readings among which are all of theirs. What they explain the
/// other one explains. Of those that are alike the first stays.
pub(super) fn without_covered(states: Vec<State>) -> Vec<State> {
    let mut kept: Vec<State> = Vec::with_capacity(states.len());
    for state in states {
        if kept.iter().any(|other| other.covers(&state)) {
            continue;
        }
        kept.retain(|other| !state.covers(other));
        kept.push(state);
    }
    kept
}

impl State {
    /// Whether the worlds are the same and the same of them has not been seen, and this leaves every reading that the other
    /// one leaves.
    pub(super) fn covers(&self, other: &State) -> bool {
        self.is_where(other) && other.profile.is_within(&self.profile)
    }
}

impl Reached {
    /// The state, from where it began.
    pub(super) fn state(&self, plan: &Plan, mut start: State) -> State {
        match &self.how {
            How::At(state) => start = State::clone(state),
            How::By(order) => {
                start.world.forget();
                for call in order {
                    let planned = &plan.calls[*call as usize];
                    if let Way::Exactly(reply) | Way::Excused(reply) = planned.way {
                        let made = &planned.made;
                        apply(&mut start.world, made.who.process, &made.call, &reply);
                    }
                }
                start.profile = self.profile.clone();
            }
        }
        start.world.forget();
        start
    }
}
