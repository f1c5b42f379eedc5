//! Events, and threads that wait for them. The specification has none: what a request sets when it completes, a program may
//! set itself, too.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use portres_model::{ProcessId, Reply, RequestId, Who};

use super::completion;
use super::machine::Program;
use crate::host::{Answer, Inner};
use crate::pending::Wants;
use crate::sync::Held;

/// The events of a machine, by the process and the handle.
#[derive(Default)]
pub(super) struct Events {
    of: BTreeMap<(ProcessId, usize), Event>,
    made: usize,
}

#[derive(Clone, Copy)]
struct Event {
    set: bool,
    /// Whether it stays set when a wait for it is over.
    manual: bool,
}

/// No handle of an event is below, and none of a socket above.
const LOWEST: usize = 0x1000_0000;

impl Events {
    /// A new event; its handle.
    pub(super) fn create(&mut self, process: ProcessId, manual: bool, set: bool) -> usize {
        self.made += 1;
        let handle = LOWEST + 4 * self.made;
        self.of.insert((process, handle), Event { set, manual });
        handle
    }

    /// Sets an event or resets it; whether there is one.
    pub(super) fn put(&mut self, process: ProcessId, handle: usize, set: bool) -> bool {
        let event = self.of.get_mut(&(process, handle));
        event.map(|event| event.set = set).is_some()
    }

    /// Closes a handle; whether there was one.
    pub(super) fn close(&mut self, process: ProcessId, handle: usize) -> bool {
        self.of.remove(&(process, handle)).is_some()
    }

    pub(super) fn has(&self, process: ProcessId, handle: usize) -> bool {
        self.of.contains_key(&(process, handle))
    }

    pub(super) fn process_ended(&mut self, process: ProcessId) {
        self.of.retain(|(of, _), _| *of != process);
    }

    /// Ends a wait for one of these or for all, if it is over: the place of the first that is set. Events that do not stay set
    /// are reset.
    fn take(&mut self, process: ProcessId, handles: &[usize], all: bool) -> Option<usize> {
        let is_set = |handle: &usize| self.of.get(&(process, *handle)).is_some_and(|e| e.set);
        let first = handles.iter().position(is_set)?;
        if all && !handles.iter().all(is_set) {
            return None;
        }
        let taken = if all { handles } else { &handles[first..=first] };
        for handle in taken {
            if let Some(event) = self.of.get_mut(&(process, *handle)) {
                event.set = event.manual;
            }
        }
        Some(if all { 0 } else { first })
    }
}

/// How a wait was over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Waited {
    /// The event at this place is set, or all are.
    For(usize),
    /// A completion routine has run.
    Routine,
    /// The time was over.
    Timeout,
    /// What is waited for is no event of the process.
    NoEvent,
    /// The process has ended.
    Ended,
}

/// `INFINITE`, `WSA_INFINITE`.
pub(super) const FOREVER: u32 = u32::MAX;

/// A wait for one of some events or for all of them.
pub(super) struct Wait<'a> {
    pub(super) handles: &'a [usize],
    pub(super) all: bool,
    pub(super) milliseconds: u32,
    /// Whether completion routines run in it, and end it.
    pub(super) alertable: bool,
}

/// What a thread that waits does next.
enum Next {
    Over(Waited),
    /// It runs the routine of a request that gave this.
    Run(RequestId, Reply),
    LookAgain,
}

impl Wait<'_> {
    /// Waits.
    ///
    /// # Safety
    /// The structures of the requests of this thread that have a routine are good.
    #[expect(unsafe_code, reason = "completion routines are the program's")]
    pub(super) unsafe fn wait(&self, program: &Program) -> Waited {
        let time = Duration::from_millis(self.milliseconds.into());
        let forever = self.milliseconds == FOREVER;
        let deadline = if forever { None } else { Instant::now().checked_add(time) };
        let mut looked = false;
        let mut ran = false;
        loop {
            let next = program.guarded(|| {
                let mut machine = program.lock();
                let who = program.who(&mut machine);
                if ran {
                    // all that are to run do, one after another
                    let more = machine.run_routine(who);
                    return more.map_or(Next::Over(Waited::Routine), Next::from);
                }
                self.next(&mut machine, who, deadline, &mut looked)
            });
            match next {
                None => return Waited::Ended,
                Some(Next::Over(waited)) => return waited,
                Some(Next::LookAgain) => {}
                Some(Next::Run(request, reply)) => {
                    // SAFETY: the caller sees to it.
                    unsafe { completion::run(program, request, &reply) };
                    ran = true;
                }
            }
        }
    }

    /// One look under the lock, and sleep if there is nothing to be seen.
    fn next(
        &self,
        machine: &mut Held<'_, Inner>,
        who: Who,
        deadline: Option<Instant>,
        looked: &mut bool,
    ) -> Next {
        if machine.world.process(who.process).is_none() {
            return Next::Over(Waited::Ended);
        }
        let events = &mut machine.beside().events;
        if !self.handles.iter().all(|handle| events.has(who.process, *handle)) {
            return Next::Over(Waited::NoEvent);
        }
        if let Some(place) = events.take(who.process, self.handles, self.all) {
            return Next::Over(Waited::For(place));
        }
        if self.alertable {
            if let Some(routine) = machine.run_routine(who) {
                return routine.into();
            }
        }
        let only_looks = self.milliseconds == 0;
        if only_looks && !std::mem::replace(looked, true) {
            machine.look_passes();
            return Next::LookAgain;
        }
        if machine
            .hasten(!only_looks, |machine, by, request| self.is_for(machine, who, by, request))
        {
            return Next::LookAgain;
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Next::Over(Waited::Timeout);
        }
        let ticket = machine.requests.enter(who, Wants::Signal, None);
        machine.sleep_until(deadline);
        let told = machine.requests.leave(ticket);
        machine.requests.give_up(ticket);
        if told.is_some_and(|told| told.is_err()) {
            return Next::Over(Waited::Ended);
        }
        Next::LookAgain
    }

    /// Whether the completion of a request may end it.
    fn is_for(&self, machine: &Inner, who: Who, by: Who, request: RequestId) -> bool {
        let event =
            machine.requests.beside.as_ref().and_then(|beside| beside.requests.sets(request));
        let awaited = event.is_some_and(|event| self.handles.contains(&event));
        let routine = self.alertable && by == who && machine.has_routine(request);
        by.process == who.process && (awaited || routine)
    }
}

impl From<(RequestId, Answer)> for Next {
    fn from((request, answer): (RequestId, Answer)) -> Next {
        Next::Run(request, answer.reply)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const P1: ProcessId = ProcessId(1);

    #[test]
    fn a_wait_for_one_takes_the_first_and_a_wait_for_all_takes_none_before() {
        let mut events = Events::default();
        let [a, b] = [true, false].map(|manual| events.create(P1, manual, false));
        assert_eq!(events.take(P1, &[a, b], false), None);
        assert!(events.put(P1, b, true));
        assert_eq!(events.take(P1, &[a, b], true), None);
        assert_eq!(events.take(P1, &[a, b], false), Some(1));
        assert_eq!(events.take(P1, &[a, b], false), None, "it does not stay set");
        assert!(events.put(P1, a, true) && events.put(P1, b, true));
        assert_eq!(events.take(P1, &[b, a], true), Some(0));
        assert_eq!(events.take(P1, &[b, a], false), Some(1), "this one stays set");
    }

    #[test]
    fn an_event_is_its_process_own() {
        let mut events = Events::default();
        let event = events.create(P1, true, true);
        assert!(!events.put(ProcessId(2), event, true) && !events.has(ProcessId(2), event));
        assert!(events.close(P1, event) && !events.close(P1, event));
    }
}
