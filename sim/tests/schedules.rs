//! Every schedule, or as many as there is time for: nobody sleeps on news, nobody is told what another request gave.
//!
//! shuttle runs each test under many schedules, and fails it where threads are left that can never go on.
#![cfg(feature = "shuttle")]

#[cfg(feature = "win32")]
#[path = "schedules/win32.rs"]
mod win32;

use portres_model::{
    Call, Error, Family, Frame, Overlapped, PortRange, ProcessId, Profile, Reply, RequestId,
    Routine, SocketId, SocketKind, Who, World,
};
use portres_sim::{Answer, Completes, Host, Pending, Pends, Policy, Recorded};
use shuttle::future::block_on;
use shuttle::thread;

/// Lets a pending request complete; whoever waits for it is released with what it gave.
fn completed(host: &Host, request: RequestId) -> Answer {
    host.call(ProcessId::MACHINE, &Call::Complete { request })
}

const P1: ProcessId = ProcessId(1);
const S1: SocketId = SocketId(1);
const O1: RequestId = RequestId(1);
const O2: RequestId = RequestId(2);
const ABORTED: Reply = Reply::Failed(Error::OperationAborted);
const PENDING: Reply = Reply::Failed(Error::IoPending);
const NO_SOCKET: Reply = Reply::Failed(Error::WsaNotSocket);

const fn t(thread: u32) -> Who {
    Who { process: P1, thread }
}

fn reply(host: &Host, by: Who, call: Call) -> Reply {
    host.call_from(by, None, &call).reply
}

fn acquire(request: RequestId, routine: Routine) -> Call {
    let start = 5000 + 20 * u16::try_from(request.0).expect("a small number");
    let frame = Frame { overlapped: Overlapped::Of(request), routine, ..Frame::default() };
    Call::Acquire { socket: S1, range: PortRange { start, count: 20 }, frame }
}

/// A host with these requests pending, all issued by the first thread.
fn host(requests: &[RequestId], routine: Routine) -> Host {
    let host = Host::new(World::default(), &Profile::likely(), Policy::Lowest, 1);
    host.set_pending(Pending { pends: Pends::Always, completes: Completes::ByHand });
    assert_eq!(reply(&host, t(1), Call::open(SocketKind::Udp, Family::V4)), Reply::Socket(S1));
    for request in requests {
        assert_eq!(reply(&host, t(1), acquire(*request, routine)), PENDING);
    }
    host.record();
    host
}

/// What a request gave, by the machine's own event: it completes once.
fn gave(calls: &[Recorded], id: RequestId) -> Reply {
    let completes = |r: &&Recorded| {
        r.call == Call::Complete { request: id } && r.reply != Reply::Failed(Error::NotFound)
    };
    let all: Vec<_> = calls.iter().filter(completes).collect();
    assert_eq!(all.len(), 1, "{calls:?}");
    all[0].reply
}

fn spawn<T: Send + 'static>(
    host: &Host,
    act: impl FnOnce(&Host) -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    let host = host.clone();
    thread::spawn(move || act(&host))
}

/// A thread and a task wait for one request; two others complete it and end it in some way. Who asks when the socket has been
/// closed is told that, and all others what the request gave.
fn released(end: Call) {
    let host = host(&[O1], Routine::None);
    let waiter = spawn(&host, |host| host.result(t(2), O1));
    let task = spawn(&host, |host| block_on(host.finished(t(3), O1)));
    let completer = spawn(&host, |host| completed(host, O1).reply);
    let ended = spawn(&host, move |host| reply(host, t(4), end));
    let told = [waiter, task].map(|thread| thread.join().expect("it returns"));
    let completed = completer.join().expect("it returns");
    let _ = ended.join().expect("it returns");
    let calls = host.recorded();
    let outcome = gave(&calls, O1);
    assert!(outcome == ABORTED || outcome == completed, "{calls:?}");
    for answer in told {
        let reply = answer.expect("nobody ended").reply;
        let late = end == Call::CloseSocket { socket: S1 } && reply == NO_SOCKET;
        assert!(reply == outcome || late, "{reply:?} {calls:?}");
    }
    assert_eq!(host.waiters(), 0);
}

/// Which way a request ends beside its completion.
const ENDS: [Call; 2] =
    [Call::Cancel { socket: S1, request: None }, Call::CloseSocket { socket: S1 }];

#[test]
fn waiters_are_released_with_what_the_request_gave() {
    for end in ENDS {
        shuttle::check_random(move || released(end), 3_000);
        shuttle::check_pct(move || released(end), 1_000, 3);
    }
}

#[test]
fn one_waiter_and_whoever_completes_under_every_schedule() {
    let all = || {
        let host = host(&[O1], Routine::None);
        let waiter = spawn(&host, |host| host.result(t(2), O1));
        let completed = completed(&host, O1);
        let told = waiter.join().expect("it returns").expect("nobody ended");
        assert_eq!(told.reply, completed.reply);
    };
    shuttle::check_dfs(all, None);
}

#[test]
fn what_ends_a_request_interrupts_its_waiter_under_every_schedule() {
    for end in [ENDS[0], ENDS[1], Call::EndThread] {
        let all = move || {
            let host = host(&[O1], Routine::None);
            let waiter = spawn(&host, |host| host.result(t(2), O1));
            assert_eq!(reply(&host, t(1), end), Reply::Ok);
            let told = waiter.join().expect("it returns").expect("nobody ended").reply;
            let calls = host.recorded();
            assert_eq!(gave(&calls, O1), ABORTED);
            let late = matches!(end, Call::CloseSocket { .. }) && told == NO_SOCKET;
            assert!(told == ABORTED || late, "{calls:?}");
        };
        shuttle::check_dfs(all, None);
    }
}

#[test]
fn one_task_and_whoever_completes_under_every_schedule() {
    let all = || {
        let host = host(&[O1], Routine::None);
        let task = spawn(&host, |host| block_on(host.finished(t(2), O1)));
        let completed = completed(&host, O1);
        let told = task.join().expect("it returns").expect("nobody ended");
        assert_eq!(told.reply, completed.reply);
    };
    shuttle::check_dfs(all, None);
}

#[test]
fn each_routine_runs_once_in_its_thread() {
    let all = || {
        let host = host(&[O1, O2], Routine::Given);
        let sleeper = spawn(&host, |host| {
            let mut ran = Vec::new();
            while ran.len() < 2 {
                let more = host.alertable(t(1)).expect("nobody ended");
                assert!(!more.is_empty(), "requests are pending");
                ran.extend(more);
            }
            assert_eq!(host.alertable(t(1)), Ok(vec![]));
            ran
        });
        let completer = spawn(&host, |host| completed(host, O1));
        let cancelled = reply(&host, t(2), Call::Cancel { socket: S1, request: Some(O2) });
        assert_eq!(cancelled, Reply::Ok);
        let _ = completer.join().expect("it returns");
        let mut ran = sleeper.join().expect("it returns");
        let calls = host.recorded();
        ran.sort_by_key(|(id, _)| *id);
        let told: Vec<_> = ran.iter().map(|(id, answer)| (*id, answer.reply)).collect();
        assert_eq!(told, [(O1, gave(&calls, O1)), (O2, ABORTED)]);
    };
    shuttle::check_random(all, 3_000);
    shuttle::check_pct(all, 1_000, 3);
}

#[test]
fn waiters_of_a_process_that_ends_are_released() {
    let all = || {
        let host = host(&[O1], Routine::Given);
        let waiters = [
            spawn(&host, |host| host.result(t(2), O1).map(|_| ())),
            spawn(&host, |host| host.wait(t(3), O1)),
            spawn(&host, |host| host.alertable(t(1)).map(|_| ())),
            spawn(&host, |host| block_on(host.finished(t(4), O1)).map(|_| ())),
        ];
        assert_eq!(reply(&host, t(5), Call::Exit), Reply::Ok);
        let told = waiters.map(|waiter| waiter.join().expect("it returns"));
        // whoever comes later finds another process, which has no such request, and alone asks for it
        let late = [told[0], told[3]].iter().filter(|told| told.is_ok()).count();
        let asked = |r: &&Recorded| matches!(r.call, Call::Result { .. });
        assert_eq!(host.recorded().iter().filter(asked).count(), late);
        assert_eq!(host.waiters(), 0);
    };
    shuttle::check_random(all, 3_000);
    shuttle::check_pct(all, 1_000, 3);
}

#[test]
fn a_future_that_is_dropped_keeps_nobody_from_being_told() {
    let all = || {
        let host = host(&[O1], Routine::None);
        let dropped = spawn(&host, |host| {
            let mut future = Box::pin(host.finished(t(2), O1));
            let first = |context: &mut std::task::Context<'_>| {
                std::task::Poll::Ready(future.as_mut().poll(context).is_ready())
            };
            block_on(std::future::poll_fn(first))
        });
        let waiter = spawn(&host, |host| host.result(t(3), O1));
        let task = spawn(&host, |host| block_on(host.finished(t(4), O1)));
        let completed = completed(&host, O1);
        let _ = dropped.join().expect("it returns");
        for thread in [waiter, task] {
            let told = thread.join().expect("it returns").expect("nobody ended");
            assert_eq!(told.reply, completed.reply);
        }
        assert_eq!(host.waiters(), 0);
    };
    shuttle::check_random(all, 3_000);
}

#[test]
fn requests_of_several_threads_are_not_mixed_up() {
    let all = || {
        let host = host(&[], Routine::None);
        let threads: Vec<_> = (1..=3)
            .map(|n| {
                spawn(&host, move |host| {
                    let id = RequestId(n);
                    assert_eq!(reply(host, t(n), acquire(id, Routine::None)), PENDING);
                    host.result(t(n), id).expect("nobody ended").reply
                })
            })
            .collect();
        let mut left = 3;
        while left > 0 {
            let pending = host.pending();
            left -= pending.len();
            for id in pending.into_iter().rev() {
                let _ = completed(&host, id);
            }
            thread::yield_now();
        }
        for (n, thread) in (1u16..).zip(threads) {
            let Reply::Reserved { block, .. } = thread.join().expect("it returns") else {
                panic!("no block");
            };
            assert_eq!(block.start, 5000 + 20 * n);
        }
    };
    shuttle::check_random(all, 3_000);
}
