//! What many threads do to one simulated machine at once has an order that explains it, whatever was seen of it: of each
//! call only when it began and when it returned.

use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use portres::concurrent::{Clock, Timed, events};
use portres::trace::{Header, Item, Spelled, write_item};
use portres::{Profiles, Report, Settings, Verdict, check};
use portres_model::{
    Call, Error, Family, Frame, PortRange, ProcessId, Profile, Reply, SocketId, SocketKind,
    SocketOption, Token, Who,
};
use portres_sim::{Flaw, Host, Policy};

const THREADS: u32 = 8;

/// What all threads have seen last: they use each other's.
#[derive(Default)]
struct Shared {
    socket: AtomicU32,
    token: AtomicU32,
}

/// One thread's calls: two threads are a process, and all want the same few ports.
fn work(host: &Host, clock: &Clock, shared: &Shared, n: u32, seed: u64) -> Vec<Timed> {
    let who = Who { process: ProcessId(1 + n / 2), thread: 1 + n % 2 };
    let mut timed = Vec::new();
    let mut draw = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(n) << 32;
    let mut below = |most: u64| {
        draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (draw >> 33) % most
    };
    let mut call = |call: Call| {
        let calls = clock.time(who, &call, || {
            thread::yield_now();
            let reply = host.call_from(who, None, &call).reply;
            thread::yield_now();
            reply
        });
        timed.push(calls);
        calls.reply
    };
    let frame = Frame::default();
    for _ in 0..3 {
        let kind = if below(3) == 0 { SocketKind::Tcp } else { SocketKind::Udp };
        let Reply::Socket(socket) = call(Call::open(kind, Family::V4)) else { return timed };
        shared.socket.store(socket.0, Ordering::Relaxed);
        let range = PortRange { start: [0, 5000, 5002][below(3) as usize], count: 3 };
        if let Reply::Reserved { token, .. } = call(Call::Acquire { socket, range, frame }) {
            shared.token.store(token.0, Ordering::Relaxed);
        }
        // one that has been given
        let token = Some(Token(shared.token.load(Ordering::Relaxed))).filter(|t| *t != Token::ZERO);
        let other = SocketId(shared.socket.load(Ordering::Relaxed));
        match (below(6), token) {
            (0, Some(token)) => _ = call(Call::Release { socket, token, frame }),
            (1 | 2, Some(token)) => _ = call(Call::Associate { socket, token, frame }),
            (3, _) => _ = call(Call::set_option(socket, SocketOption::ReuseAddr, 1)),
            (4, _) => _ = call(Call::CloseSocket { socket: other }),
            _ => {}
        }
        let port = [0, 5000, 5003][below(3) as usize];
        let _ = call(Call::bind(socket, ([127, 0, 0, 1], port).into()));
        match below(4) {
            0 => _ = call(Call::get_sock_name(socket)),
            1 => _ = call(Call::Listen { socket }),
            _ => {}
        }
        if below(3) > 0 {
            let _ = call(Call::CloseSocket { socket });
        }
    }
    timed
}

fn header() -> Header {
    let text = "portres trace 1\ndynamic tcp 5000+255\ndynamic udp 5000+255\n";
    match portres::trace::Reader::new(text.as_bytes()).next() {
        Some(Ok(Item::Header(header))) => *header,
        other => panic!("{other:?}"),
    }
}

/// The histories of as many machines, one behind the other on the same eight threads.
fn histories(count: u64, profile: &Profile, flaw: Option<Flaw>) -> Vec<Vec<Timed>> {
    let host = |seed| {
        let policy =
            [Policy::Random, Policy::Lowest, Policy::Adversarial][seed as usize % 3].clone();
        let host = Host::new(header().world(), profile, policy, seed);
        match flaw {
            Some(flaw) => host.with_flaw(flaw),
            None => host,
        }
    };
    let hosts: Vec<_> =
        (0..count).map(|seed| (host(seed), Clock::default(), Shared::default())).collect();
    let together = Barrier::new(THREADS as usize);
    let mut histories = vec![Vec::new(); hosts.len()];
    thread::scope(|threads| {
        let work = |n| {
            let (hosts, together) = (&hosts, &together);
            move || -> Vec<Vec<Timed>> {
                let each = (0..).zip(hosts).map(|(seed, (host, clock, shared))| {
                    together.wait();
                    work(host, clock, shared, n, seed)
                });
                each.collect()
            }
        };
        let workers: Vec<_> = (0..THREADS).map(|n| threads.spawn(work(n))).collect();
        for worker in workers {
            let of_thread = worker.join().expect("it returns");
            histories.iter_mut().zip(of_thread).for_each(|(all, calls)| all.extend(calls));
        }
    });
    histories
}

/// A history as a trace, read back and judged.
fn judged(calls: Vec<Timed>, profile: &str) -> (Report, String) {
    let mut text = Vec::new();
    let items = events(calls).into_iter().map(Item::Event);
    for item in std::iter::once(Item::Header(Box::new(header()))).chain(items) {
        write_item(&mut text, Spelled::Text, &item).expect("memory");
    }
    let profiles = Profiles::built_in();
    let settings = Settings { profile: profiles.get(profile), ..Settings::new(&profiles) };
    let told = String::from_utf8_lossy(&text).into_owned();
    let reports = check(text.as_slice(), &settings);
    let mut reports = reports.unwrap_or_else(|error| panic!("{error}\n{told}"));
    assert_eq!(reports.len(), 1);
    (reports.remove(0), told)
}

/// How many histories: `PORTRES_HISTORIES=10000`.
fn count() -> u64 {
    std::env::var("PORTRES_HISTORIES").map_or(200, |n| n.parse().expect("a number"))
}

#[test]
fn what_eight_threads_did_at_once_conforms() {
    let profiles = Profiles::built_in();
    let (mut calls, mut overlapping, all) = (0, 0, count());
    for (profile, part) in [("documented", all / 2), ("likely", all - all / 2)] {
        let left = &profiles.get(profile).expect("it is built in").profile;
        for (seed, history) in histories(part, left, None).into_iter().enumerate() {
            calls += history.len();
            overlapping += history
                .iter()
                .filter(|one| {
                    let beside =
                        |other: &&Timed| other.began < one.returned && one.began < other.returned;
                    history.iter().filter(beside).count() > 1
                })
                .count();
            let (report, told) = judged(history, profile);
            let details = portres::report::details(&report);
            assert_eq!(report.verdict, Verdict::Conforms, "{profile}, {seed}: {details}\n{told}");
        }
    }
    println!("{all} histories of {calls} calls conform; {overlapping} calls overlapped others");
    assert!(overlapping > calls / 10, "{overlapping} of {calls} calls overlapped others");
}

#[test]
fn a_machine_that_is_wrong_is_found_out_by_its_histories() {
    for flaw in [Flaw::BoundPortByteOrder, Flaw::PortGivenTwice, Flaw::ReleaseForgotten] {
        let found = histories(40, &Profile::likely(), Some(flaw))
            .into_iter()
            .filter(|history| judged(history.clone(), "likely").0.verdict == Verdict::Diverges)
            .count();
        println!("{flaw:?}: {found} of 40 histories diverge");
        assert!(found > 5, "{flaw:?}: {found} of 40 histories diverge");
    }
}

#[test]
fn a_code_that_no_order_explains_diverges() {
    let profile = Profile::likely();
    let mut histories = histories(10, &profile, None).into_iter();
    let (mut history, at) = histories
        .find_map(|history| {
            let bound = |timed: &Timed| matches!(timed.reply, Reply::Bound(_));
            let at = history.iter().position(bound)?;
            Some((history, at))
        })
        .expect("a bind");
    history[at].reply = Reply::Failed(Error::WsaIsConnected);
    let (report, _) = judged(history, "likely");
    assert_eq!(report.verdict, Verdict::Diverges);
    assert!(report.undecided.is_empty(), "{:?}", report.undecided);
}
