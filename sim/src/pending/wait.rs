//! Threads that wait: for the event of a request, for its result, or alertably for a completion routine.

use portres_model::{Call, RequestId, Who};

use super::{Completes, Wants};
use crate::Host;
use crate::host::{Answer, Inner};

/// The thread or the process that waits has ended: a real one never returns from that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ended;

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the thread that waits, or its process, has ended")
    }
}

impl std::error::Error for Ended {}

impl Host {
    /// Waits until a request of the process is not pending, as `WaitForSingleObject` does on the event of its structure. That
    /// is no call of the specification. Returns at once where nothing is pending.
    ///
    /// # Errors
    /// If the thread or its process ends meanwhile.
    pub fn wait(&self, by: Who, request: RequestId) -> Result<(), Ended> {
        let mut machine = self.0.lock();
        if !machine.waits_for(by, request) {
            return Ok(());
        }
        if machine.requests.policy.completes == Completes::WhenAsked {
            machine.finish(request, None);
            return Ok(());
        }
        let ticket = machine.requests.enter(by, Wants::Event(request), None);
        loop {
            machine.sleep();
            if let Some(told) = machine.requests.leave(ticket) {
                return told.map(|_| ());
            }
        }
    }

    /// `WSAGetOverlappedResult` with `fWait`: waits, and gives what the request gave.
    ///
    /// # Errors
    /// If the thread or its process ends meanwhile.
    pub fn result(&self, by: Who, request: RequestId) -> Result<Answer, Ended> {
        let mut machine = self.0.lock();
        let asked_at_once = machine.requests.policy.completes == Completes::WhenAsked;
        if asked_at_once || !machine.waits_for(by, request) {
            let call = Call::Result { request, wait: true, null: false };
            return Ok(machine.answer(by, None, &call));
        }
        let ticket = machine.requests.enter(by, Wants::Result(request), None);
        loop {
            machine.sleep();
            if let Some(told) = machine.requests.leave(ticket) {
                return told.map(|answer| answer.expect("a result was asked for"));
            }
        }
    }

    /// Waits alertably, as `SleepEx` does: runs the completion routines of the thread's requests that have completed, at least
    /// one, in the order in which they completed, and tells what each was told.
    ///
    /// Gives an empty list where a real thread would sleep for ever: no request with a routine of this thread is pending.
    ///
    /// # Errors
    /// If the thread or its process ends meanwhile.
    pub fn alertable(&self, by: Who) -> Result<Vec<(RequestId, Answer)>, Ended> {
        let mut machine = self.0.lock();
        loop {
            let ran = machine.run_routines(by);
            let pending = machine.requests.issued.iter().filter(|r| r.by == by && r.routine);
            let Some(next) = pending.min_by_key(|r| r.calls_left).map(|r| r.id) else {
                return Ok(ran);
            };
            if !ran.is_empty() {
                return Ok(ran);
            }
            if machine.requests.policy.completes != Completes::ByHand {
                machine.finish(next, None);
                continue;
            }
            let ticket = machine.requests.enter(by, Wants::Routine, None);
            machine.sleep();
            if let Some(told) = machine.requests.leave(ticket) {
                told?;
            }
            machine.requests.give_up(ticket);
        }
    }
}

impl Inner {
    /// Whether a thread has to wait for a request. Where time passes by calls, it passes.
    pub(super) fn waits_for(&mut self, by: Who, request: RequestId) -> bool {
        let own = self.world.request(request).is_some_and(|r| r.process == by.process);
        if !own || !self.is_pending(request) {
            return false;
        }
        if let Completes::After { .. } = self.requests.policy.completes {
            self.finish(request, None);
            return false;
        }
        true
    }
}
