//! Overlapped requests that stay pending: who waits for them is released once, with what the request gave.
#![cfg(not(feature = "shuttle"))]

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use portres_model::{
    Call, Error, Family, Frame, Overlapped, PortRange, ProcessId, Profile, Reply, RequestId,
    Routine, SocketId, SocketKind, Token, Who, World,
};
use portres_sim::{Answer, Completes, Ended, Host, Pending, Pends, Policy, Recorded};

/// Lets a pending request complete; whoever waits for it is released with what it gave.
fn completed(host: &Host, request: RequestId) -> Answer {
    host.call(ProcessId::MACHINE, &Call::Complete { request })
}

const P1: ProcessId = ProcessId(1);
const T1: Who = Who { process: P1, thread: 1 };
const T2: Who = Who { process: P1, thread: 2 };
const S1: SocketId = SocketId(1);
const O1: RequestId = RequestId(1);
const O2: RequestId = RequestId(2);
const BLOCK: PortRange = PortRange { start: 5000, count: 20 };
const GIVEN: Reply = Reply::Reserved { block: BLOCK, token: Token(1) };
const ABORTED: Reply = Reply::Failed(Error::OperationAborted);
const PENDING: Reply = Reply::Failed(Error::IoPending);

fn host(pends: Pends, completes: Completes) -> Host {
    let host = Host::new(World::default(), &Profile::likely(), Policy::Lowest, 1);
    host.set_pending(Pending { pends, completes });
    host.record();
    assert_eq!(reply(&host, T1, Call::open(SocketKind::Udp, Family::V4)), Reply::Socket(S1));
    host
}

fn by_hand() -> Host {
    host(Pends::Always, Completes::ByHand)
}

fn frame(request: RequestId, routine: Routine) -> Frame {
    Frame { overlapped: Overlapped::Of(request), routine, ..Frame::default() }
}

fn acquire(request: RequestId, start: u16, routine: Routine) -> Call {
    let range = PortRange { start, ..BLOCK };
    Call::Acquire { socket: S1, range, frame: frame(request, routine) }
}

fn reply(host: &Host, by: Who, call: Call) -> Reply {
    host.call_from(by, None, &call).reply
}

fn polled(request: RequestId) -> Call {
    Call::Result { request, wait: false, null: false }
}

/// A host with a pending acquire on its socket.
fn with_pending() -> Host {
    let host = by_hand();
    assert_eq!(reply(&host, T1, acquire(O1, 5000, Routine::None)), PENDING);
    host
}

/// What a second thread of the process is told that waits while the first does something.
fn waiting(host: &Host, meanwhile: impl FnOnce(&Host)) -> Result<Answer, Ended> {
    thread::scope(|threads| {
        let waiter = threads.spawn(|| host.result(T2, O1));
        while host.waiters() == 0 {
            thread::yield_now();
        }
        meanwhile(host);
        waiter.join().expect("a waiter")
    })
}

#[test]
fn a_request_stays_pending_until_it_completes() {
    let host = with_pending();
    assert_eq!(host.pending(), [O1]);
    assert_eq!(reply(&host, T1, polled(O1)), Reply::Failed(Error::IoIncomplete));
    assert!(host.look(|world| world.reservation(Token(1)).is_none()), "no effect yet");
    assert_eq!(completed(&host, O1).reply, GIVEN);
    assert_eq!(completed(&host, O1).reply, Reply::Failed(Error::NotFound));
    assert_eq!(reply(&host, T1, polled(O1)), GIVEN);
}

#[test]
fn nothing_pends_where_nobody_asked_for_it() {
    let host = host(Pends::Never, Completes::WhenAsked);
    assert_eq!(reply(&host, T1, acquire(O1, 5000, Routine::None)), GIVEN);
    assert!(host.pending().is_empty());
}

#[test]
fn a_waiter_is_released_with_what_the_request_gave() {
    let host = with_pending();
    let told = waiting(&host, |host| assert_eq!(completed(host, O1).reply, GIVEN));
    assert_eq!(told.map(|answer| answer.reply), Ok(GIVEN));
    let calls = host.recorded();
    let last: Vec<_> = calls.iter().rev().take(2).map(|Recorded { who, .. }| *who).collect();
    assert_eq!(last, [T2, Who::MACHINE], "the waiter asked before anybody else did anything");
}

#[test]
fn a_request_that_reuses_the_structure_takes_nothing_from_the_waiter() {
    let host = with_pending();
    let told = waiting(&host, |host| {
        assert_eq!(completed(host, O1).reply, GIVEN);
        assert_eq!(reply(host, T1, acquire(O1, 6000, Routine::None)), PENDING);
    });
    assert_eq!(told.map(|answer| answer.reply), Ok(GIVEN));
    assert_eq!(host.pending(), [O1]);
}

#[test]
fn cancellation_interrupts_a_waiter() {
    for request in [None, Some(O1)] {
        let host = with_pending();
        let told = waiting(&host, |host| {
            assert_eq!(reply(host, T1, Call::Cancel { socket: S1, request }), Reply::Ok);
        });
        assert_eq!(told.map(|answer| answer.reply), Ok(ABORTED));
    }
}

#[test]
fn the_end_of_the_socket_interrupts_a_waiter() {
    let host = with_pending();
    let told = waiting(&host, |host| {
        assert_eq!(reply(host, T1, Call::CloseSocket { socket: S1 }), Reply::Ok);
    });
    assert_eq!(told.map(|answer| answer.reply), Ok(ABORTED));
}

#[test]
fn the_end_of_the_thread_that_issued_it_interrupts_a_waiter_and_no_other_request() {
    let host = with_pending();
    assert_eq!(reply(&host, T2, acquire(O2, 6000, Routine::None)), PENDING);
    let told = waiting(&host, |host| assert_eq!(reply(host, T1, Call::EndThread), Reply::Ok));
    assert_eq!(told.map(|answer| answer.reply), Ok(ABORTED));
    assert_eq!(host.pending(), [O2]);
}

#[test]
fn a_waiter_whose_process_ends_is_released_and_asks_nothing() {
    for (by, end) in [(T1, Call::Exit), (Who::MACHINE, Call::Restart), (T2, Call::EndThread)] {
        let host = with_pending();
        let told = waiting(&host, |host| assert_eq!(reply(host, by, end), Reply::Ok));
        assert_eq!(told, Err(Ended));
        let asked = |r: &Recorded| matches!(r.call, Call::Result { .. });
        assert!(!host.recorded().iter().any(asked));
    }
}

#[test]
fn an_event_tells_of_the_completion_and_asks_nothing() {
    let host = with_pending();
    thread::scope(|threads| {
        let waiter = threads.spawn(|| host.wait(T2, O1));
        while host.waiters() == 0 {
            thread::yield_now();
        }
        assert_eq!(completed(&host, O1).reply, GIVEN);
        assert_eq!(waiter.join().expect("a waiter"), Ok(()));
    });
    assert_eq!(host.wait(T2, O1), Ok(()), "it stays signalled");
    assert!(matches!(host.recorded().last(), Some(Recorded { call: Call::Complete { .. }, .. })));
}

#[test]
fn routines_run_in_an_alertable_wait_of_the_thread_that_issued_the_request() {
    let host = by_hand();
    for (request, start) in [(O1, 5000), (O2, 6000)] {
        assert_eq!(reply(&host, T1, acquire(request, start, Routine::Given)), PENDING);
    }
    assert_eq!(host.alertable(T2), Ok(vec![]), "another thread has none");
    let ran = thread::scope(|threads| {
        let waiter = threads.spawn(|| host.alertable(T1));
        while host.waiters() == 0 {
            thread::yield_now();
        }
        let _ = completed(&host, O2);
        waiter.join().expect("a waiter")
    });
    let ran = ran.expect("nobody ended");
    let block = PortRange { start: 6000, ..BLOCK };
    let reserved = Reply::Reserved { block, token: Token(1) };
    assert_eq!(ran.iter().map(|(id, a)| (*id, a.reply)).collect::<Vec<_>>(), [(O2, reserved)]);
    assert_eq!(reply(&host, T2, Call::Cancel { socket: S1, request: None }), Reply::Ok);
    let ran = host.alertable(T1).expect("nobody ended");
    assert_eq!(ran.iter().map(|(id, a)| (*id, a.reply)).collect::<Vec<_>>(), [(O1, ABORTED)]);
    assert_eq!(host.alertable(T1), Ok(vec![]), "each runs once");
}

#[test]
fn a_routine_runs_for_a_request_that_was_done_at_once() {
    let host = host(Pends::Never, Completes::ByHand);
    assert_eq!(reply(&host, T1, acquire(O1, 5000, Routine::Given)), GIVEN);
    let ran = host.alertable(T1).expect("nobody ended");
    assert_eq!(ran.iter().map(|(id, a)| (*id, a.reply)).collect::<Vec<_>>(), [(O1, GIVEN)]);
    let again = reply(&host, T1, acquire(O1, 5000, Routine::Given));
    assert!(matches!(again, Reply::Failed(_)), "{again:?}");
    assert_eq!(host.alertable(T1), Ok(vec![]), "a request that never began has no routine");
}

#[test]
fn time_passes_by_calls() {
    let host = host(Pends::Always, Completes::After { calls: 2 });
    assert_eq!(reply(&host, T1, acquire(O1, 5000, Routine::None)), PENDING);
    let incomplete = Reply::Failed(Error::IoIncomplete);
    let polls = [polled(O1); 3].map(|call| reply(&host, T1, call));
    assert_eq!(polls, [incomplete, incomplete, GIVEN]);
    assert_eq!(reply(&host, T1, acquire(O2, 6000, Routine::None)), PENDING);
    let block = PortRange { start: 6000, ..BLOCK };
    let reserved = Reply::Reserved { block, token: Token(2) };
    assert_eq!(host.result(T1, O2).map(|a| a.reply), Ok(reserved), "who waits lets it pass");
}

#[test]
fn a_seed_draws_which_requests_pend() {
    let pending = |seed| {
        let host = Host::new(World::default(), &Profile::likely(), Policy::Random, seed);
        host.set_pending(Pending {
            pends: Pends::Seeded { percent: 50 },
            completes: Completes::ByHand,
        });
        let _ = reply(&host, T1, Call::open(SocketKind::Udp, Family::V4));
        let all = (1..=40).map(|n| acquire(RequestId(n), 5000 + 20 * n as u16, Routine::None));
        all.map(|call| reply(&host, T1, call) == PENDING).collect::<Vec<_>>()
    };
    let drawn = pending(7);
    assert_eq!(drawn, pending(7));
    assert_ne!(drawn, pending(8));
    let count = drawn.iter().filter(|pends| **pends).count();
    assert!((8..32).contains(&count), "{count} of 40");
}

/// Counts how often it is woken.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_future_is_woken_once_and_gives_what_the_request_gave() {
    let host = with_pending();
    let count = Arc::new(Count::default());
    let waker = Waker::from(Arc::clone(&count));
    let mut context = Context::from_waker(&waker);
    let mut finished = pin!(host.finished(T1, O1));
    assert_eq!(finished.as_mut().poll(&mut context), Poll::Pending);
    assert_eq!(finished.as_mut().poll(&mut context), Poll::Pending);
    assert_eq!(count.0.load(Ordering::SeqCst), 0);
    let _ = completed(&host, O1);
    let _ = reply(&host, T1, Call::CloseSocket { socket: S1 });
    assert_eq!(count.0.load(Ordering::SeqCst), 1);
    let told = finished.as_mut().poll(&mut context);
    assert_eq!(told.map(|told| told.map(|answer| answer.reply)), Poll::Ready(Ok(GIVEN)));
}

#[test]
fn a_future_that_is_dropped_waits_no_longer() {
    let host = with_pending();
    let mut context = Context::from_waker(Waker::noop());
    let mut finished = Box::pin(host.finished(T1, O1));
    assert_eq!(finished.as_mut().poll(&mut context), Poll::Pending);
    assert_eq!(host.waiters(), 1);
    drop(finished);
    assert_eq!(host.waiters(), 0);
    assert_eq!(completed(&host, O1).reply, GIVEN, "the request goes on");
}

#[test]
fn a_future_of_a_machine_where_time_passes_by_calls_needs_its_polls_alone() {
    let host = host(Pends::Always, Completes::After { calls: 3 });
    assert_eq!(reply(&host, T1, acquire(O1, 5000, Routine::None)), PENDING);
    let count = Arc::new(Count::default());
    let waker = Waker::from(Arc::clone(&count));
    let mut context = Context::from_waker(&waker);
    let mut finished = pin!(host.finished(T1, O1));
    let mut polls = 1;
    while finished.as_mut().poll(&mut context).is_pending() {
        assert_eq!(count.0.load(Ordering::SeqCst), polls, "it asks to be polled again");
        polls += 1;
    }
    assert_eq!(polls, 4);
}
