//! Overlapped requests that are pending may have completed before anybody looks.
//!
//! What a request for a block gives is seen only later: until then the specification lets it be in the way. A request that
//! gives nothing but `ok` has one success, so the machine may be in the state behind it at any time.
//!
//! A request that has failed unseen has changed nothing but what its result will say; and as long as it could fail in that
//! way now, the specification permits this result of a pending request, too. So a failure is written down where an event takes
//! its reason away, and followed where a call asks about the request: until then nothing tells it from one that is pending.

use portres_model::{
    About, Call, Permitted, ProcessId, Refusal, Reply, Request, RequestId, SocketId, Who, World,
    permitted,
};

use super::described::codes;
use super::{Follower, Seen, State};

/// How a pending request could have failed.
pub(super) struct Failing {
    id: RequestId,
    request: Request,
    refusal: Refusal,
}

impl Follower<'_> {
    /// Adds the states in which pending requests have succeeded unseen.
    pub(super) fn complete_unseen(&mut self) {
        if self.is_all_complete() {
            return;
        }
        let (mut reached, most) = (self.states.clone(), self.most_states());
        let mut next = 0;
        while next < reached.len() && reached.len() <= most {
            match completions(&reached[next]) {
                Ok(completed) => {
                    let new = completed.into_iter().filter(|s| !reached.contains(s));
                    let new = new.collect::<Vec<_>>();
                    reached.extend(new);
                }
                Err(untold) => return self.lose(untold.why()),
            }
            next += 1;
        }
        self.put_states(reached);
    }

    /// The program writes a status into the structure of a request: that shows only where the request is over.
    pub(super) fn overwrite(&mut self, id: RequestId) {
        let mut states = self.states.clone();
        for state in &self.states {
            let pending = state.world.request(id).filter(|r| r.outcome.is_none());
            let Some(request) = pending.copied() else { continue };
            for refusal in refusals(&state.world, id) {
                for failed in state.failed(id, request, &refusal) {
                    if !states.contains(&failed) {
                        states.push(failed);
                    }
                }
            }
        }
        if states.len() != self.states.len() {
            self.put_states(states);
        }
    }

    pub(super) fn is_all_complete(&self) -> bool {
        self.states.iter().all(|s| s.world.pending().next().is_none())
    }

    /// How the pending requests could fail now.
    pub(super) fn failing(&self) -> Vec<Failing> {
        let mut failing: Vec<Failing> = Vec::new();
        for State { world, .. } in &self.states {
            for (id, request) in world.pending() {
                for refusal in refusals(world, id) {
                    let known = |f: &Failing| {
                        (f.id, f.request) == (id, *request) && is_same(&f.refusal, &refusal)
                    };
                    if !failing.iter().any(known) {
                        failing.push(Failing { id, request: *request, refusal });
                    }
                }
            }
        }
        failing
    }

    /// Writes down in which ways pending requests may have failed and cannot any more.
    pub(super) fn miss(&mut self, failing: Vec<Failing>) {
        if failing.is_empty() && self.missed.is_empty() {
            return;
        }
        for failing in failing {
            let known = |f: &Failing| {
                (f.id, f.request) == (failing.id, failing.request)
                    && is_same(&f.refusal, &failing.refusal)
            };
            let cannot = |state: &State| {
                state.still(&failing).is_some()
                    && !refusals(&state.world, failing.id)
                        .iter()
                        .any(|r| is_same(r, &failing.refusal))
            };
            if !self.missed.iter().any(known) && self.states.iter().any(cannot) {
                self.missed.push(failing);
            }
        }
        let states = &self.states;
        self.missed.retain(|failing| states.iter().any(|state| state.still(failing).is_some()));
    }

    /// Adds the states in which the request has failed in a way that it cannot any more.
    pub(super) fn fail_unseen(&mut self, id: RequestId) {
        let mut states = self.states.clone();
        for failing in self.missed.iter().filter(|failing| failing.id == id) {
            for state in &self.states {
                let Some(still) = state.still(failing) else { continue };
                for failed in state.failed(id, still, &failing.refusal) {
                    if !states.contains(&failed) {
                        states.push(failed);
                    }
                }
            }
        }
        if states.len() != self.states.len() {
            self.put_states(states);
        }
    }
}

/// Whether a pending request is the one that was pending before, even if its socket has been closed since.
pub(super) fn is_of(now: &Request, before: &Request) -> bool {
    let closed = |mut call: Call| {
        if let Some(socket) = call.socket_mut() {
            *socket = SocketId::INVALID;
        }
        call
    };
    now.outcome.is_none()
        && now.process == before.process
        && (now.call == before.call || now.call == closed(before.call))
}

fn is_same(one: &Refusal, other: &Refusal) -> bool {
    (one.when, one.code) == (other.when, other.code)
}

/// Every way in which a pending request can fail now.
fn refusals(world: &World, request: RequestId) -> Vec<Refusal> {
    let Permitted { must, may, offers } =
        permitted(world, ProcessId::MACHINE, &Call::Complete { request });
    let empty = offers.iter().filter(|o| o.set.is_empty(world)).filter_map(|o| {
        let (rule, code) = o.if_empty?;
        Some(Refusal { rule, when: o.when, code, about: About::Call })
    });
    must.into_iter().chain(may).chain(empty.collect::<Vec<_>>()).collect()
}

impl State {
    /// The request as it is pending here, if it is the one that could fail.
    fn still(&self, failing: &Failing) -> Option<Request> {
        self.world.request(failing.id).filter(|now| is_of(now, &failing.request)).copied()
    }

    /// The states in which the request has failed in this way.
    fn failed(&self, id: RequestId, request: Request, refusal: &Refusal) -> Vec<State> {
        let mut only = Permitted::default();
        only.may.push(*refusal);
        let failed = |error| {
            let reply = Reply::Failed(error);
            let step = only.judge(&self.world, &self.profile, &reply).ok()?;
            let mut state = self.clone();
            state.profile.assume(&step.needs).ok()?;
            state.world.put_request(id, Some(Request { outcome: Some(reply), ..request }));
            Some(state)
        };
        codes(refusal.code).into_iter().filter_map(failed).collect()
    }
}

fn completions(state: &State) -> Result<Vec<State>, super::candidates::Untold> {
    let pending = state.world.pending();
    let gives_ok: Vec<RequestId> = pending
        .filter(|(_, r)| !matches!(r.call, Call::Acquire { .. }))
        .map(|(id, _)| id)
        .collect();
    let mut states = Vec::new();
    for request in gives_ok {
        let call = Call::Complete { request };
        let seen = Seen { event: 0, line: 0, who: Who::MACHINE, call, reply: Reply::Ok };
        states.extend(state.answers(&seen)?.0);
    }
    Ok(states)
}
