//! Calls whose reply is not known: they may have done nothing, or anything that they may do.

use portres_model::{Call, Error, Names, Reply, Who, permitted};

use super::candidates::{Answered, Untold};
use super::described::replies;
use super::{Follower, Seen, State};
use crate::trace::Observed;

impl Follower<'_> {
    /// Follows every state into those to which the call may have led.
    pub(super) fn unknown(&mut self, call: &Call, names: Option<Names>, who: Who) {
        match after_unknown(&self.states, call, names, who) {
            Ok(states) => self.put_states(states),
            Err(untold) => self.lose(untold.why()),
        }
    }
}

/// The states after a call that may have happened.
pub(super) fn after_unknown(
    states: &[State],
    call: &Call,
    names: Option<Names>,
    who: Who,
) -> Result<Vec<State>, Untold> {
    let mut after = states.to_vec();
    let seen = Seen { event: 0, line: 0, who, call: *call, reply: Reply::Ok };
    for state in states {
        let happened = state.by_views(&seen, &Answered::each(&Observed::Unknown), |view| {
            let given = view.give(who.process, call, names)?;
            let mut happened: Vec<State> = given.into_iter().map(|given| given.state).collect();
            happened.extend(view.failures(&seen));
            Ok(happened)
        })?;
        after.extend(happened);
    }
    Ok(after)
}

impl State {
    /// The states behind each failure that leaves something behind it: a connect that has begun, a request that is pending.
    pub(super) fn failures(&self, seen: &Seen) -> Vec<State> {
        let all = permitted(&self.world, seen.who.process, &seen.call);
        let mut codes = replies(&all, &Observed::Fails);
        codes.push(Reply::Failed(Error::IoPending));
        let mut states: Vec<State> = Vec::new();
        for reply in codes {
            let mut failed = self.clone();
            if failed.step(&Seen { reply, ..*seen }).is_err() {
                continue;
            }
            failed.apply(seen.who.process, &seen.call, &reply);
            if failed.world != self.world && !states.contains(&failed) {
                states.push(failed);
            }
        }
        states
    }
}
