//! Overlapped requests that are pending may have completed before anybody looks.
//!
//! What a request for a block gives is seen only later: until then the specification lets it be in the way. A request that
//! gives nothing but `ok` has one success, so the machine may be in the state behind it at any time.

use portres_model::{Call, ProcessId, Reply, Who, World};

use super::{Follower, Seen, State};

impl Follower<'_> {
    /// Adds the states in which pending requests have succeeded unseen.
    pub(super) fn complete_unseen(&mut self) {
        if self.states.iter().all(|s| s.world.pending().next().is_none()) {
            return;
        }
        let mut reached = self.states.clone();
        let mut next = 0;
        while next < reached.len() && reached.len() <= super::MOST_STATES {
            let completed: Vec<State> = completions(&reached[next]);
            let new = completed.into_iter().filter(|s| !reached.contains(s)).collect::<Vec<_>>();
            reached.extend(new);
            next += 1;
        }
        self.put_states(reached);
    }
}

fn completions(state: &State) -> Vec<State> {
    let gives_ok = |world: &World| {
        let pending = world.pending().filter(|(_, r)| !matches!(r.call, Call::Acquire { .. }));
        pending.map(|(request, _)| request).collect::<Vec<_>>()
    };
    let complete = |request| {
        let call = Call::Complete { request };
        let seen = Seen { event: 0, line: 0, who: Who::MACHINE, call, reply: Reply::Ok };
        let mut after = state.clone();
        after.step(&seen).ok()?;
        after.apply(ProcessId::MACHINE, &call, &Reply::Ok);
        Some(after)
    };
    gives_ok(&state.world).into_iter().filter_map(complete).collect()
}
