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

#[cfg(feature = "win32")]
impl Inner {
    /// A thread looks for one of its requests to complete, or waits for it: where that is what makes requests complete, the
    /// next of them does. Whether one has.
    pub(crate) fn hasten(
        &mut self,
        waits: bool,
        of_interest: impl Fn(&Inner, Who, RequestId) -> bool,
    ) -> bool {
        match self.requests.policy.completes {
            Completes::ByHand => return false,
            Completes::After { .. } if !waits => return false,
            Completes::After { .. } | Completes::WhenAsked => {}
        }
        let issued = self.requests.issued.iter();
        let next = issued.filter(|r| of_interest(self, r.by, r.id)).min_by_key(|r| r.calls_left);
        let Some(next) = next.map(|r| r.id) else { return false };
        self.finish(next, None);
        true
    }

    /// Whether a request has a routine.
    pub(crate) fn has_routine(&self, request: RequestId) -> bool {
        self.requests.issued.iter().any(|r| r.id == request && r.routine)
    }

    /// A look at what has completed passes for a call.
    pub(crate) fn look_passes(&mut self) {
        self.pass_time();
    }

    /// Events have been set: those who wait for any look again.
    pub(crate) fn signal(&mut self) {
        if self.requests.waiters.iter().any(|w| w.wants == Wants::Signal) {
            self.requests.news.get_or_insert_default();
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
