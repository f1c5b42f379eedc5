//! What happens on a real machine without a call: a system block goes, the last connection of a port ends.
//!
//! Where the world is open nobody tells of it. It matters to a call that looks at the ports, and only then both are followed:
//! that it has happened, and that it has not. That blocks appear and that others take ports the specification itself permits
//! at any time.

use portres_model::{Call, Exclusion, ExclusionKind, ProcessId, Protocol};

use super::candidates::{Answered, Look, all_looks};
use super::{Follower, State};
use crate::trace::Observed;

impl Follower<'_> {
    /// Adds the states in which what the call looks at has gone unseen.
    pub(super) fn vanish_unseen(&mut self, by: ProcessId, call: &Call, reply: &Observed) {
        let open = |s: &State| s.world.machine().open;
        let any = |s: &State| !(s.world.lingering().is_empty() && s.world.exclusions().is_empty());
        if !self.states.iter().any(|s| open(s) && any(s)) {
            return;
        }
        let answered = Answered::each(reply);
        let mut states = self.states.clone();
        for state in self.states.iter().filter(|s| open(s)) {
            for look in all_looks(state, by, call, &answered) {
                let Look::At(protocol, block) = look else { continue };
                // a call that looks at all ports of the dynamic range minds none of them
                if block == state.world.dynamic(protocol) {
                    continue;
                }
                let lingers =
                    protocol == Protocol::Tcp && !state.world.lingering_in(block).is_empty();
                if lingers {
                    let mut after = state.clone();
                    after.world.retain_lingering(|l| !block.has(l.port));
                    add(&mut states, after);
                }
                let goes = |e: &Exclusion| {
                    e.protocol == protocol
                        && e.block.meets(block)
                        && matches!(e.kind, ExclusionKind::System(_))
                };
                if state.world.exclusions_in(protocol, block).any(goes) {
                    let mut after = state.clone();
                    after.world.retain_exclusions(|e| !goes(e));
                    if lingers {
                        let mut both = after.clone();
                        both.world.retain_lingering(|l| !block.has(l.port));
                        add(&mut states, both);
                    }
                    add(&mut states, after);
                }
            }
        }
        if states.len() != self.states.len() {
            self.put_states(states);
        }
    }
}

fn add(states: &mut Vec<State>, state: State) {
    if !states.contains(&state) {
        states.push(state);
    }
}
