//! Requests that stay pending: the server completes them when their time has come, and tells the client unasked.

use std::sync::Arc;
use std::time::Instant;

use portres_model::{Call, Error, Names, Reply, RequestId, Routine, Who};

use super::machine::State;
use super::seat::Seat;
use super::wire::{Completed, Raw, Request, Response};

/// A request that is pending.
pub(super) struct Pended {
    /// The client's name of its structure.
    name: RequestId,
    /// The machine's.
    id: RequestId,
    by: Who,
    /// The name for what it gives.
    names: Option<Names>,
    routine: bool,
    /// When it completes.
    pub(super) due: Instant,
}

impl Pended {
    pub(super) fn new(request: &Request, call: &Call, by: Who, due: Instant) -> Pended {
        let name = request.call.introduces().unwrap_or(RequestId(0));
        let id = call.introduces().unwrap_or(RequestId(0));
        let routine = call.frame().is_some_and(|frame| frame.routine == Routine::Given);
        Pended { name, id, by, names: request.names, routine, due }
    }
}

fn is_pending(state: &State, id: RequestId) -> bool {
    state.host.look(|world| world.request(id).is_some_and(|r| r.outcome.is_none()))
}

impl Seat {
    /// Waiting for a result makes the request complete: nothing else is there to wait for.
    pub(super) fn complete_awaited(&self, state: &mut State, call: &Call) {
        if let Call::Result { request, wait: true, .. } = *call {
            if is_pending(state, request) {
                self.machine.step(state, Who::MACHINE, &Call::Complete { request });
            }
        }
    }

    /// The client has asked for itself, or used the structure again.
    pub(super) fn asked(&mut self, call: &Call, reply: &Reply) {
        let told = match *call {
            Call::Result { request, .. } | Call::Completion { request } => {
                (*reply != Reply::Failed(Error::IoIncomplete)).then_some(request)
            }
            _ => call.introduces(),
        };
        if let Some(told) = told {
            self.pended.retain(|p| p.id != told);
        }
    }

    /// When the next request completes.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.pended.iter().map(|p| p.due).min()
    }

    /// The events of what has completed, by whatever call, or does now.
    pub(super) fn completed(&mut self, now: Instant) -> Vec<Completed> {
        let mut told = Vec::new();
        if self.pended.is_empty() {
            return told;
        }
        let machine = Arc::clone(&self.machine);
        let mut state = machine.lock();
        if state.restarts() != self.begun.restarts {
            return told;
        }
        let mut place = 0;
        while let Some(pended) = self.pended.get(place) {
            let request = pended.id;
            if is_pending(&state, request) {
                if pended.due > now {
                    place += 1;
                    continue;
                }
                machine.step(&mut state, Who::MACHINE, &Call::Complete { request });
            }
            let Pended { name, by, names, routine, .. } = self.pended.remove(place);
            let call = match routine {
                true => Call::Completion { request },
                false => Call::Result { request, wait: false, null: false },
            };
            let (reply, bytes) = machine.step(&mut state, by, &call);
            self.rests_on = machine.rests_on();
            let mut raw = Raw::default();
            let reply = self.outward(&state, names, &call, reply, &mut raw);
            told.push(Completed { completed: name, told: Response { reply, bytes, raw } });
        }
        told
    }
}
