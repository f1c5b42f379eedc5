//! Cases: a machine, programs, and what they intend.

use portres_model::Credentials;
use proptest::collection::vec;
use proptest::prelude::Strategy;

use super::intent::{Turn, turns};
use super::machine::{Setup, machines};
use super::user::users;

/// A machine, the programs on it, and what they do in turn.
#[derive(Clone, Debug)]
pub struct Case {
    /// The machine.
    pub setup: Setup,
    /// As whom each of the programs runs.
    pub programs: Vec<Credentials>,
    /// What they intend.
    pub turns: Vec<Turn>,
}

/// One to three programs with at most so many intents, on a machine shaped like a posted one.
pub fn cases(most: usize) -> impl Strategy<Value = Case> + Clone {
    let drawn = (machines(), vec(users(), 1..=3), turns(most));
    drawn.prop_map(|(setup, programs, turns)| Case { setup, programs, turns })
}
