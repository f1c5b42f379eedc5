//! What many threads do to one simulated machine is, in the order in which it took effect, a trace that conforms.

use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use portres::trace::{Event, Header, Item, Spelled, write_item};
use portres::{Profiles, Report, Settings, Verdict, check};
use portres_model::{
    Call, Error, Family, Frame, Overlapped, PortRange, ProcessId, Profile, Reply, RequestId,
    Routine, SocketId, SocketKind, Who,
};
use portres_sim::{Answer, Completes, Host, Pending, Pends, Policy, Recorded};

/// Lets a pending request complete; whoever waits for it is released with what it gave.
fn completed(host: &Host, request: RequestId) -> Answer {
    host.call(ProcessId::MACHINE, &Call::Complete { request })
}

const THREADS: u32 = 8;

/// Cycles of a thread on a machine that all of them use, two threads a process.
fn work(host: &Host, last: &[AtomicU32], n: u32, turns: u32) {
    let own = |n: u32| &last[n as usize];
    // what the other thread of the process used last, if anything
    let sibling = || SocketId(own(n ^ 1).load(Ordering::Relaxed));
    let by = Who { process: ProcessId(1 + n / 2), thread: 1 + n % 2 };
    let call = |call: Call| host.call_from(by, None, &call).reply;
    for turn in 0..turns {
        let kind = if turn % 3 == 0 { SocketKind::Tcp } else { SocketKind::Udp };
        let Reply::Socket(socket) = call(Call::open(kind, Family::V4)) else { panic!("no socket") };
        own(n).store(socket.0, Ordering::Relaxed);
        let id = RequestId(n);
        let routine = if n % 4 == 3 { Routine::Given } else { Routine::None };
        let frame = Frame { overlapped: Overlapped::Of(id), routine, ..Frame::default() };
        // some ask for the very same ports
        let range = PortRange { start: [0, 5000][(turn % 2) as usize], count: 4 };
        let mut reply = call(Call::Acquire { socket, range, frame });
        if reply == Reply::Failed(Error::IoPending) {
            reply = match routine {
                Routine::Given => host.alertable(by).expect("it goes on").pop().expect("one").1,
                Routine::None | Routine::Bad => host.result(by, id).expect("it goes on"),
            }
            .reply;
        }
        if let Reply::Reserved { token, .. } = reply {
            let _ = call(Call::Associate { socket, token, frame: Frame::default() });
            let _ = call(Call::bind(socket, Family::V4.wildcard()));
        }
        match turn % 7 {
            1 => _ = call(Call::Cancel { socket: sibling(), request: None }),
            2 => _ = call(Call::CloseSocket { socket: sibling() }),
            _ => {}
        }
        let _ = call(Call::CloseSocket { socket });
    }
}

/// What eight threads did, and a ninth that lets requests complete.
fn recorded(seed: u64, turns: u32) -> Vec<Recorded> {
    let header = Header::default();
    let host = Host::new(header.world(), &Profile::documented(), Policy::Random, seed);
    host.set_pending(Pending {
        pends: Pends::Seeded { percent: 40 },
        completes: Completes::ByHand,
    });
    host.record();
    let last: [AtomicU32; THREADS as usize] = Default::default();
    let together = Barrier::new(THREADS as usize);
    thread::scope(|threads| {
        let work = |n| {
            let (host, last, together) = (&host, &last, &together);
            move || {
                together.wait();
                work(host, last, n, turns);
            }
        };
        let workers: Vec<_> = (0..THREADS).map(|n| threads.spawn(work(n))).collect();
        while !workers.iter().all(|worker| worker.is_finished()) {
            for request in host.pending() {
                let _ = completed(&host, request);
            }
            thread::yield_now();
        }
    });
    host.recorded()
}

/// The record as a trace, read back and judged.
fn judged(calls: &[Recorded]) -> Report {
    let mut text = Vec::new();
    let header = Item::Header(Box::default());
    let events = calls.iter().map(|r| Item::Event(Event::whole(r.who, r.call, r.reply)));
    for item in std::iter::once(header).chain(events) {
        write_item(&mut text, Spelled::Text, &item).expect("memory");
    }
    let profiles = Profiles::built_in();
    let reports = check(text.as_slice(), &Settings::new(&profiles));
    let told = || String::from_utf8_lossy(&text).into_owned();
    let mut reports = reports.unwrap_or_else(|error| panic!("{error}\n{}", told()));
    assert_eq!(reports.len(), 1);
    reports.remove(0)
}

#[test]
fn what_eight_threads_did_conforms_in_the_order_of_the_lock() {
    let (mut calls, mut completed, mut switches) = (0, 0, 0);
    for seed in 1..=20 {
        let record = recorded(seed, 30);
        let report = judged(&record);
        assert_eq!(
            report.verdict,
            Verdict::Conforms,
            "seed {seed}\n{}",
            portres::report::details(&report)
        );
        assert_eq!(report.events, record.len() as u64);
        calls += record.len();
        completed += record.iter().filter(|r| r.who == Who::MACHINE).count();
        switches += record.windows(2).filter(|pair| pair[0].who != pair[1].who).count();
    }
    println!("{calls} calls conform, {completed} completions, {switches} changes of threads");
    assert!(completed > 200, "{completed} requests were pending");
    assert!(switches > 1000, "{switches} times another thread went on");
}

#[test]
fn a_record_in_another_order_or_with_another_reply_diverges() {
    let done = |r: &Recorded| r.who == Who::MACHINE && !matches!(r.reply, Reply::Failed(_));
    // not every reading knows the ioctls
    let mut records = (1..=20).map(|seed| recorded(seed, 30));
    let record = records.find(|record| record.iter().any(done)).expect("a request that completed");
    let at = record.iter().position(done).expect("it completed");
    let result =
        |r: &Recorded| r.who != Who::MACHINE && r.call.request() == record[at].call.request();
    let later = at + record[at..].iter().position(result).expect("somebody asked for it");
    let mut swapped = record.clone();
    swapped.swap(at, later);
    assert_eq!(judged(&swapped).verdict, Verdict::Diverges);

    let bound = |r: &Recorded| matches!(r.reply, Reply::Bound(_));
    let at = record.iter().position(bound).expect("a bind");
    let mut altered = record.clone();
    let Reply::Bound(port) = altered[at].reply else { unreachable!() };
    altered[at].reply = Reply::Bound(port ^ 0x4000);
    assert_eq!(judged(&altered).verdict, Verdict::Diverges);
}
