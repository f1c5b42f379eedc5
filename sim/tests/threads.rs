//! A million calls by eight and by sixteen threads on one machine: it stays in order, and nobody is left waiting.
#![cfg(not(feature = "shuttle"))]

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use portres_model::{
    Call, Error, Family, Frame, Overlapped, PortRange, ProcessId, Profile, Reply, RequestId,
    Routine, SocketId, SocketKind, Token, Who, World,
};
use portres_sim::{Answer, Completes, Host, Pending, Pends, Policy};

/// Lets a pending request complete; whoever waits for it is released with what it gave.
fn completed(host: &Host, request: RequestId) -> Answer {
    host.call(ProcessId::MACHINE, &Call::Complete { request })
}

const MOST_THREADS: usize = 16;
const CALLS: u64 = 1_000_000;
const MOMENT: Duration = Duration::from_millis(500);
/// A machine that does nothing for so long stands still.
const STILL: Duration = Duration::from_secs(120);

/// What the threads share.
struct Run {
    host: Host,
    calls: AtomicU64,
    /// The socket that each thread used last.
    last: [AtomicU32; MOST_THREADS],
    waited: AtomicU64,
    interrupted: AtomicU64,
}

impl Run {
    fn call(&self, by: Who, call: Call) -> Reply {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.host.call_from(by, None, &call).reply
    }

    /// Open, acquire, associate, bind, close, by one thread of a process that has two.
    fn cycle(&self, n: u32, turn: u32) {
        let by = Who { process: ProcessId(1 + n / 2), thread: 1 + n % 2 };
        let kind = if n % 3 == 0 { SocketKind::Tcp } else { SocketKind::Udp };
        let Reply::Socket(socket) = self.call(by, Call::open(kind, Family::V4)) else {
            panic!("no socket");
        };
        self.last[n as usize].store(socket.0, Ordering::Relaxed);
        if let Some(token) = self.acquire(by, socket, RequestId(n)) {
            let _ = self.call(by, Call::Associate { socket, token, frame: Frame::default() });
            let bound = self.call(by, Call::bind(socket, Family::V4.wildcard()));
            // the sibling may have closed it, and got the same handle for another
            let taken = matches!(bound, Reply::Failed(Error::WsaNotSocket | Error::WsaInvalid));
            assert!(matches!(bound, Reply::Bound(_)) || taken, "{bound:?}");
        }
        if turn % 5 == 0 {
            let sibling = SocketId(self.last[(n ^ 1) as usize].load(Ordering::Relaxed));
            let cancel = Call::Cancel { socket: sibling, request: None };
            let close = Call::CloseSocket { socket: sibling };
            let _ = self.call(by, if turn % 10 == 0 { cancel } else { close });
        }
        let _ = self.call(by, Call::CloseSocket { socket });
    }

    fn acquire(&self, by: Who, socket: SocketId, id: RequestId) -> Option<Token> {
        let routine = if id.0 % 4 == 3 { Routine::Given } else { Routine::None };
        let frame = Frame { overlapped: Overlapped::Of(id), routine, ..Frame::default() };
        let range = PortRange { start: 0, count: 4 };
        let mut reply = self.call(by, Call::Acquire { socket, range, frame });
        if reply == Reply::Failed(Error::IoPending) {
            self.waited.fetch_add(1, Ordering::Relaxed);
            self.calls.fetch_add(1, Ordering::Relaxed);
            reply = match routine {
                Routine::Given => {
                    let ran = self.host.alertable(by).expect("the process goes on");
                    assert!(ran.iter().all(|(of, _)| *of == id), "{ran:?}");
                    ran.last().expect("its routine has run").1.reply
                }
                Routine::None | Routine::Bad => {
                    self.host.result(by, id).expect("the process goes on").reply
                }
            };
        } else if routine == Routine::Given && !matches!(reply, Reply::Failed(_)) {
            assert_eq!(self.host.alertable(by).expect("the process goes on").len(), 1);
        }
        let Reply::Reserved { token, .. } = reply else {
            self.interrupted.fetch_add(1, Ordering::Relaxed);
            return None;
        };
        Some(token)
    }
}

/// What holds of every machine at every moment.
fn in_order(world: &World) {
    for (id, socket) in world.sockets() {
        if let (Some(protocol), Some(bound)) = (socket.kind.protocol(), socket.bound) {
            assert!(world.is_bound(protocol, bound.port()), "{id} is bound");
            assert!(world.at_port(protocol, bound.port()).any(|(other, _)| other == id));
        }
    }
    let mut blocks = Vec::new();
    for (token, reservation) in world.reservations() {
        let Some(block) = reservation.block.filter(|_| !reservation.ended) else { continue };
        assert!((block.first()..=block.last()).all(|p| world.is_reserved(reservation.protocol, p)));
        assert!(
            blocks.iter().all(|(protocol, other)| {
                *protocol != reservation.protocol || !block.meets(*other)
            }),
            "{token} overlaps another"
        );
        blocks.push((reservation.protocol, block));
    }
}

#[test]
fn sixteen_threads_make_a_million_calls() {
    a_million_calls(16);
}

#[test]
fn eight_threads_make_a_million_calls() {
    a_million_calls(8);
}

/// By as many threads, two to a process, while another completes what pends and looks whether the machine is in order.
fn a_million_calls(threads: u32) {
    let host = Host::new(World::default(), &Profile::likely(), Policy::Random, u64::from(threads));
    host.set_pending(Pending {
        pends: Pends::Seeded { percent: 30 },
        completes: Completes::ByHand,
    });
    let run = Arc::new(Run {
        host,
        calls: AtomicU64::new(0),
        last: Default::default(),
        waited: AtomicU64::new(0),
        interrupted: AtomicU64::new(0),
    });
    let (done, ends) = mpsc::channel();
    for n in 0..threads {
        let (run, done) = (Arc::clone(&run), done.clone());
        thread::spawn(move || {
            let mut turn = 0;
            while run.calls.load(Ordering::Relaxed) < CALLS {
                run.cycle(n, turn);
                turn += 1;
            }
            done.send(()).expect("the test waits");
        });
    }
    drop(done);
    let over = Arc::new(AtomicBool::new(false));
    let (machine, until) = (Arc::clone(&run), Arc::clone(&over));
    let completer = thread::spawn(move || {
        while !until.load(Ordering::Relaxed) {
            for request in machine.host.pending() {
                let _ = completed(&machine.host, request);
            }
            machine.host.look(in_order);
            thread::yield_now();
        }
    });
    let (mut left, mut still, mut before) = (threads, Duration::ZERO, 0);
    while left > 0 {
        assert!(!completer.is_finished(), "the machine is not in order");
        match ends.recv_timeout(MOMENT) {
            Ok(()) => left -= 1,
            Err(mpsc::RecvTimeoutError::Disconnected) => panic!("a thread has failed"),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                let now = run.calls.load(Ordering::Relaxed);
                still = if now > before { Duration::ZERO } else { still + MOMENT };
                assert!(still < STILL, "{now} calls, then none; {} wait", run.host.waiters());
                before = now;
            }
        }
    }
    over.store(true, Ordering::Relaxed);
    completer.join().expect("the machine is in order");
    let count = |of: &AtomicU64| of.load(Ordering::Relaxed);
    assert!(count(&run.calls) >= CALLS);
    assert!(count(&run.waited) > CALLS / 100, "{} waited", count(&run.waited));
    assert!(count(&run.interrupted) > 0, "nobody was interrupted");
    assert_eq!(run.host.waiters(), 0);
    assert!(run.host.pending().is_empty());
    run.host.look(|world| {
        in_order(world);
        assert_eq!((world.sockets().count(), world.reservations().count()), (0, 0));
    });
}
