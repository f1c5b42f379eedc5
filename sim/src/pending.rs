//! Overlapped requests that stay pending: when they complete, who waits for them, whose routine runs.
//!
//! A request completes by the model's own event, `machine: complete`, or because somebody asks for it; what it gives is chosen
//! among what is permitted then. Here is only *when* that happens, and to whom it is told.

use std::sync::Arc;
use std::task::Waker;

use portres_model::{
    About, Call, Literal, Names, Question, Reply, RequestId, Routine, Rule, SocketId, Who,
};
use rand::Rng;

use crate::Host;
use crate::host::{Answer, Inner};
use crate::record::Recorded;
use crate::sync::News;

mod future;
mod wait;

pub use future::Finished;
pub use wait::Ended;

/// Which overlapped requests stay pending, and until when.
///
/// ```
/// use portres_model::{Call, Error, Family, Frame, Overlapped, PortRange, ProcessId, Profile, Reply, RequestId};
/// use portres_model::{SocketId, SocketKind, Token, Who, World};
/// use portres_sim::{Completes, Host, Pending, Pends, Policy};
///
/// let host = Host::new(World::default(), &Profile::likely(), Policy::Lowest, 1);
/// host.set_pending(Pending { pends: Pends::Always, completes: Completes::ByHand });
/// let (p1, range) = (ProcessId(1), PortRange { start: 5000, count: 20 });
/// let frame = Frame { overlapped: Overlapped::Of(RequestId(1)), ..Frame::default() };
/// let _ = host.call(p1, &Call::open(SocketKind::Udp, Family::V4));
/// let acquired = host.call(p1, &Call::Acquire { socket: SocketId(1), range, frame });
/// assert_eq!(acquired.reply, Reply::Failed(Error::IoPending));
///
/// std::thread::scope(|threads| {
///     let waiter = threads.spawn(|| host.result(Who::process(p1), RequestId(1)));
///     let _ = host.complete(RequestId(1));
///     let given = Reply::Reserved { block: range, token: Token(1) };
///     assert_eq!(waiter.join().unwrap().unwrap().reply, given);
/// });
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Pending {
    /// Which.
    pub pends: Pends,
    /// Until when.
    pub completes: Completes,
}

/// Which of the overlapped requests that may stay pending do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Pends {
    /// None but those with a control code that nobody knows, where the reading says that these do.
    #[default]
    Never,
    /// All, also those that will be refused.
    Always,
    /// As many in a hundred, drawn by the seed.
    Seeded {
        /// How many in a hundred.
        percent: u8,
    },
}

/// When a pending request completes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Completes {
    /// When somebody asks for it, by whatever call. Nobody ever waits.
    #[default]
    WhenAsked,
    /// After as many further calls on the machine; whoever waits lets them pass.
    After {
        /// How many.
        calls: u32,
    },
    /// When [`Host::complete`] says so. Until then its waiters wait, and only cancellation, the end of its socket, of the
    /// thread that issued it, or of its process releases them.
    ByHand,
}

/// What a host knows of requests beside the world.
#[derive(Default)]
pub(crate) struct Requests {
    policy: Pending,
    /// Those that are pending.
    issued: Vec<Issued>,
    /// Routines that are to run, in the order in which their requests completed.
    routines: Vec<(Who, RequestId)>,
    waiters: Vec<Waiter>,
    next_ticket: u64,
    news: Option<Vec<Waker>>,
    /// What took effect, where that is recorded.
    pub(crate) record: Option<Vec<Recorded>>,
    /// What programs for Win32 have beside the machine.
    #[cfg(feature = "win32")]
    pub(crate) beside: Option<Box<crate::win32::Beside>>,
}

struct Issued {
    id: RequestId,
    by: Who,
    routine: bool,
    /// How many calls pass before it completes.
    calls_left: u32,
}

struct Waiter {
    ticket: u64,
    by: Who,
    wants: Wants,
    state: State,
    waker: Option<Waker>,
}

/// What somebody waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wants {
    /// The event of a request, as `WaitForSingleObject` does.
    Event(RequestId),
    /// Its result, as `WSAGetOverlappedResult` with `fWait` does.
    Result(RequestId),
    /// A completion routine of the thread.
    Routine,
    /// Events that programs themselves set, too, and perhaps a completion routine.
    #[cfg(feature = "win32")]
    Signal,
}

#[derive(Clone, Copy)]
enum State {
    Waits,
    /// Its request has completed, and this was its result if it was asked for.
    Done(Option<Answer>),
    /// Its thread or process has ended.
    Ended,
}

impl Host {
    /// Says which overlapped requests stay pending from here on, and until when.
    ///
    /// Where any are to, the host's reading answers `ioctl.pends` with `pends`: no request is left pending by a machine that
    /// does everything at once.
    pub fn set_pending(&self, pending: Pending) {
        let mut machine = self.0.lock();
        machine.requests.policy = pending;
        if pending.pends != Pends::Never {
            let question = Question::Pends;
            let answers = question.answer("pends").expect("an answer of the question");
            machine.reading = Arc::new(machine.reading.with(Literal { question, answers }));
        }
    }

    /// The requests that are pending, the lowest name first.
    #[must_use]
    pub fn pending(&self) -> Vec<RequestId> {
        self.look(|world| world.pending().map(|(id, _)| id).collect())
    }

    /// How many wait: threads for events, results and routines, and futures that have been polled.
    #[must_use]
    pub fn waiters(&self) -> usize {
        self.0.lock().requests.waiters.len()
    }
}

impl News for Inner {
    #[inline]
    fn take_news(&mut self) -> Option<Vec<Waker>> {
        self.requests.news.take()
    }
}

impl Inner {
    /// Does a call, and what follows of it for requests.
    pub(crate) fn requested(
        &mut self,
        by: Who,
        names: Option<Names>,
        call: &Call,
    ) -> (Answer, About) {
        if call.introduces().is_none() && self.requests.are_quiet() {
            return self.step(by, names, call, None);
        }
        self.pass_time();
        let wanted = self.wanted(call);
        let done = self.step(by, names, call, wanted);
        self.follow_requests(by, call, &done.0.reply);
        done
    }

    /// The rule by which a call of a machine whose requests pend is rather answered.
    fn wanted(&mut self, call: &Call) -> Option<Rule> {
        match *call {
            Call::Result { request, wait: false, .. } => {
                let told = self.requests.policy.completes == Completes::WhenAsked;
                (!told && self.is_pending(request)).then_some(Rule::ResultIsIncomplete)
            }
            _ => {
                call.frame()?.request()?;
                let pends = match self.requests.policy.pends {
                    Pends::Never => false,
                    Pends::Always => true,
                    Pends::Seeded { percent } => {
                        self.how.random.random_range(0..100) < u32::from(percent)
                    }
                };
                pends.then_some(Rule::IoctlPends)
            }
        }
    }

    fn is_pending(&self, id: RequestId) -> bool {
        self.world.request(id).is_some_and(|r| r.outcome.is_none())
    }

    /// A call passes. Requests whose time has come complete.
    fn pass_time(&mut self) {
        let Completes::After { .. } = self.requests.policy.completes else { return };
        let due = |r: &&Issued| r.calls_left == 0;
        let due: Vec<_> = self.requests.issued.iter().filter(due).map(|r| r.id).collect();
        for request in &mut self.requests.issued {
            request.calls_left = request.calls_left.saturating_sub(1);
        }
        due.into_iter().for_each(|id| self.finish(id, None));
    }

    /// A request completes, rather by this rule.
    fn finish(&mut self, request: RequestId, wanted: Option<Rule>) {
        self.step(Who::MACHINE, None, &Call::Complete { request }, wanted);
        self.settle();
    }

    /// What a call that was answered means for requests, routines and waiters.
    fn follow_requests(&mut self, by: Who, call: &Call, reply: &Reply) {
        self.began(by, call, reply);
        let done = !matches!(reply, Reply::Failed(_));
        match *call {
            Call::Exit if done => self.requests.end(|who| who.process == by.process),
            Call::Start { process, .. } if done => self.requests.end(|who| who.process == process),
            Call::Restart if done => self.requests.end(|_| true),
            Call::EndThread if done => self.requests.end(|who| who == by),
            // it runs no routine (OVL-11)
            Call::Cleanup if !self.world.started(by.process) => {
                self.requests.routines.retain(|(who, _)| who.process != by.process);
            }
            Call::Completion { request } => self.requests.routines.retain(|(_, id)| *id != request),
            _ => {}
        }
        self.abort(by, call);
        self.settle();
    }

    /// An ioctl with an overlapped structure has answered.
    fn began(&mut self, by: Who, call: &Call, reply: &Reply) {
        let Some(id) = call.introduces() else { return };
        let Some(request) = self.world.request(id).filter(|r| r.call == *call) else { return };
        let routine = call.frame().is_some_and(|f| f.routine == Routine::Given);
        let pending = request.outcome.is_none();
        if !pending && matches!(reply, Reply::Failed(_)) {
            return;
        }
        self.requests.issued.retain(|r| r.id != id);
        self.requests.routines.retain(|(_, of)| *of != id);
        if pending {
            let calls_left = match self.requests.policy.completes {
                Completes::After { calls } => calls,
                Completes::WhenAsked | Completes::ByHand => 0,
            };
            self.requests.issued.push(Issued { id, by, routine, calls_left });
        } else if routine {
            self.requests.queue(by, id);
        }
    }

    /// Requests that a call has cancelled, or whose socket it has closed, complete so.
    fn abort(&mut self, by: Who, call: &Call) {
        // who has cancelled one asks for it, and it may have succeeded; nobody can ask when its socket is gone
        let waits_to_be_asked = self.requests.policy.completes == Completes::WhenAsked;
        let slot = |process, socket: SocketId| self.world.slot_of(process, socket);
        let aborted = self.world.pending().filter(|(id, request)| {
            let on = request.call.socket();
            let now = match *call {
                Call::Cancel { socket, request: only } => {
                    !waits_to_be_asked
                        && request.process == by.process
                        && only.is_none_or(|o| o == *id)
                        && on.and_then(|s| slot(by.process, s)) == slot(by.process, socket)
                }
                Call::EndThread => self.requests.issued.iter().any(|r| r.id == *id && r.by == by),
                _ => false,
            };
            request.cancelled && (now || on == Some(SocketId::INVALID))
        });
        let aborted: Vec<_> = aborted.map(|(id, _)| id).collect();
        aborted.into_iter().for_each(|id| self.finish(id, Some(Rule::RequestIsAborted)));
    }

    /// Requests that have completed, by whatever call, are told to those who wait for them.
    fn settle(&mut self) {
        let mut place = 0;
        while let Some(Issued { id, by, routine, .. }) = self.requests.issued.get(place) {
            let (id, by, routine) = (*id, *by, *routine);
            if self.is_pending(id) {
                place += 1;
                continue;
            }
            self.requests.issued.remove(place);
            if self.world.request(id).is_none() {
                continue;
            }
            // WSACleanup runs no routine (OVL-11)
            if routine && self.world.started(by.process) {
                self.requests.queue(by, id);
            }
            #[cfg(feature = "win32")]
            self.completed(id);
            self.hand_over(id);
        }
    }

    /// Each waiter of a request asks for its result as it completes, before anybody else does anything.
    fn hand_over(&mut self, request: RequestId) {
        let process = self.world.request(request).map(|r| r.process);
        for place in 0..self.requests.waiters.len() {
            let Waiter { by, wants, state: State::Waits, .. } = self.requests.waiters[place] else {
                continue;
            };
            let answer = match wants {
                _ if Some(by.process) != process => continue,
                Wants::Event(of) if of == request => None,
                Wants::Result(of) if of == request => {
                    let call = Call::Result { request, wait: true, null: false };
                    Some(self.step(by, None, &call, Some(Rule::ResultReports)).0)
                }
                Wants::Event(_) | Wants::Result(_) | Wants::Routine => continue,
                #[cfg(feature = "win32")]
                Wants::Signal => continue,
            };
            self.requests.tell(place, State::Done(answer));
        }
    }

    /// Runs the routines of a thread that are to run.
    fn run_routines(&mut self, by: Who) -> Vec<(RequestId, Answer)> {
        std::iter::from_fn(|| self.run_routine(by)).collect()
    }

    /// Runs the first of them.
    pub(crate) fn run_routine(&mut self, by: Who) -> Option<(RequestId, Answer)> {
        let place = self.requests.routines.iter().position(|(who, _)| *who == by)?;
        let (_, request) = self.requests.routines.remove(place);
        let call = Call::Completion { request };
        Some((request, self.step(by, None, &call, Some(Rule::CompletionReports)).0))
    }
}

impl Requests {
    fn are_quiet(&self) -> bool {
        self.issued.is_empty() && self.routines.is_empty() && self.waiters.is_empty()
    }

    /// A routine is to run; its thread may be waiting for that.
    fn queue(&mut self, by: Who, id: RequestId) {
        self.routines.push((by, id));
        let sleeps = |w: &Waiter| w.by == by && w.wants == Wants::Routine;
        if self.waiters.iter().any(sleeps) {
            self.news.get_or_insert_default();
        }
    }

    fn tell(&mut self, place: usize, state: State) {
        let waiter = &mut self.waiters[place];
        waiter.state = state;
        self.news.get_or_insert_default().extend(waiter.waker.take());
    }

    /// Threads have ended: what they waited for, nobody asks for any more.
    fn end(&mut self, ended: impl Fn(Who) -> bool) {
        self.routines.retain(|(who, _)| !ended(*who));
        for place in 0..self.waiters.len() {
            if ended(self.waiters[place].by) {
                self.tell(place, State::Ended);
            }
        }
    }

    pub(crate) fn enter(&mut self, by: Who, wants: Wants, waker: Option<Waker>) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.waiters.push(Waiter { ticket, by, wants, state: State::Waits, waker });
        ticket
    }

    /// A waiter that need not wait any more leaves.
    pub(crate) fn leave(&mut self, ticket: u64) -> Option<Result<Option<Answer>, Ended>> {
        let place = self.waiters.iter().position(|w| w.ticket == ticket)?;
        let told = match self.waiters[place].state {
            State::Waits => return None,
            State::Done(answer) => Ok(answer),
            State::Ended => Err(Ended),
        };
        self.waiters.remove(place);
        Some(told)
    }

    /// A task that waits is to be woken by this waker from here on.
    fn renew(&mut self, ticket: u64, waker: &Waker) {
        if let Some(waiter) = self.waiters.iter_mut().find(|w| w.ticket == ticket) {
            waiter.waker = Some(waker.clone());
        }
    }

    /// A waiter leaves that waits no longer, whatever was told.
    pub(crate) fn give_up(&mut self, ticket: u64) {
        self.waiters.retain(|w| w.ticket != ticket);
    }
}
