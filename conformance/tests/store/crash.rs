//! Kills a server at random moments and compares what it finds when it starts again with what it had acknowledged. Every
//! second time, about, the moment is the one at which an acknowledgement arrives: whoever acknowledges too soon loses that.
//!
//! Each client creates and deletes in a zone of its own, many calls at a time. What is found there must be what the first so
//! many of its calls leave, as many as were acknowledged at least and as were sent at most. Beside their zones all of them
//! create the same blocks, one after another: who is told that somebody has a block has seen it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use portres::serve::{Kept, store};
use portres_model::{PortBlock, Protocol};
use serde_json::Value;

use super::server::{Connection, Server, with_store};
use super::zone::{Blocks, Held, Op, Random, blocks, call, next};

const CLIENTS: u16 = 6;
/// Where the blocks stand that all clients create.
const SHARED: u16 = 40_000;
/// A block that stays: its token changes at every start.
const STAYS: u16 = 60_000;
/// Where each client reserves at run time.
const RUNTIME: u16 = 61_000;

/// What a client has done until the server was gone.
struct Done {
    /// What its zone held at first.
    before: Held,
    ops: Vec<Op>,
    acknowledged: usize,
    /// The blocks for all that it has been told to exist, and the last that it has asked for.
    seen: BTreeSet<u16>,
    asked: u16,
}

fn one(port: u16) -> (Protocol, PortBlock) {
    (Protocol::Udp, PortBlock::of(port).expect("a block"))
}

/// A server, and who kills it.
struct Doomed {
    server: Mutex<Option<Server>>,
    /// Whether the next acknowledgement that arrives is the last: what it tells of has had no time to become durable since.
    by_acknowledgement: AtomicBool,
}

impl Doomed {
    fn kill(&self) {
        let server = self.server.lock().expect("nobody panics here").take();
        if let Some(server) = server {
            server.kill();
        }
    }
}

/// Loads a server until it is gone.
fn load(
    doomed: &Doomed,
    address: &str,
    zone: u16,
    before: Held,
    first: u16,
    mut random: Random,
) -> Done {
    let mut held = before.clone();
    let mut done =
        Done { before, ops: Vec::new(), acknowledged: 0, seen: BTreeSet::new(), asked: first };
    let Some(mut connection) = Connection::new(address) else { return done };
    let runtime = [
        r#"{"as":"s1","call":{"socket":{"kind":"tcp","family":"v4"}}}"#.to_string(),
        format!(
            r#"{{"call":{{"acquire":{{"socket":"s1","range":"{}+10"}}}}}}"#,
            RUNTIME + zone * 10
        ),
    ];
    if connection.send(&runtime).is_none() {
        return done;
    }
    for _ in &runtime {
        let Some(answer) = connection.receive() else { return done };
        assert!(answer["reply"].is_object() && answer["reply"]["failed"].is_null(), "{answer}");
    }
    loop {
        let mut expected = Vec::new();
        let mut lines = Vec::new();
        for _ in 0..=random.below(12) {
            let op = next(zone, &held, &mut random);
            expected.push(op.to(&mut held));
            done.ops.push(op);
            lines.push(op.line());
        }
        let (protocol, shared) = one(done.asked);
        lines.push(call("create", protocol, shared));
        done.asked += 1;
        if connection.send(&lines).is_none() {
            return done;
        }
        for expected in expected {
            let Some(answer) = connection.receive() else { return done };
            assert_reply(&answer, &expected);
            done.acknowledged += 1;
        }
        let Some(answer) = connection.receive() else { return done };
        let refused = answer["reply"]["failed"] == "ERROR_SHARING_VIOLATION";
        if !refused && doomed.by_acknowledgement.load(Ordering::Acquire) {
            doomed.kill();
        }
        assert!(refused || answer["reply"]["token"].is_string(), "{answer}");
        done.seen.insert(shared.first());
    }
}

fn assert_reply(answer: &Value, expected: &Value) {
    let reply = &answer["reply"];
    let fits = if expected.is_null() { reply["token"].is_string() } else { reply == expected };
    assert!(fits, "expected {expected}, found {answer}");
}

/// What a store keeps, read from a copy: the store itself is not touched.
fn content(path: &Path) -> Kept {
    let copy = path.with_extension("copy");
    fs::copy(path, &copy).expect("a copy");
    let kept = store::open(&copy).expect("a store in order").1;
    fs::remove_file(&copy).expect("it is there");
    kept
}

fn held(kept: &Kept, zone: u16) -> Held {
    let of = |exclusions: bool, all: &Blocks| {
        blocks(zone, exclusions).filter(|block| all.contains(block)).collect()
    };
    Held { reservations: of(false, &kept.reservations), exclusions: of(true, &kept.exclusions) }
}

/// How many of its calls took effect: the least number that explains what is found.
fn explained(done: &Done, found: &Held) -> Option<usize> {
    let mut held = done.before.clone();
    for (i, op) in done.ops.iter().enumerate() {
        if i >= done.acknowledged && held == *found {
            return Some(i);
        }
        op.to(&mut held);
    }
    (held == *found).then_some(done.ops.len())
}

/// Compares call by call what a server shows with what its store keeps; gives the token of the block that stays.
fn compare(address: &str, kept: &Kept, upto: u16) -> String {
    let mut connection = Connection::new(address).expect("the server is there");
    let (mut lines, mut there) = (Vec::new(), Vec::new());
    let shared = (SHARED..upto).map(one);
    let reserved = (0..CLIENTS).flat_map(|zone| blocks(zone, false)).chain(shared);
    for (protocol, block) in reserved {
        lines.push(call("lookup", protocol, block));
        there.push(kept.reservations.contains(&(protocol, block)));
    }
    let looked_up = lines.len();
    for (protocol, block) in (0..CLIENTS).flat_map(|zone| blocks(zone, true)) {
        lines.push(call("showexcluded", protocol, block));
        there.push(kept.exclusions.contains(&(protocol, block)));
    }
    let answers = connection.ask(&lines);
    for (i, (answer, there)) in answers.iter().zip(there).enumerate() {
        let reply = &answer["reply"];
        let found = match i < looked_up {
            true => reply["token"].is_string(),
            false => reply["row"] == "starred",
        };
        let absent = reply["failed"] == "ERROR_NOT_FOUND" || reply["row"] == "absent";
        assert!(found != absent && found == there, "{}: {answer}, in the store: {there}", lines[i]);
    }
    // nobody has a runtime reservation any more
    let mut lines =
        vec![r#"{"as":"s1","call":{"socket":{"kind":"tcp","family":"v4"}}}"#.to_string()];
    for zone in 0..CLIENTS {
        let start = RUNTIME + zone * 10;
        lines.push(format!(r#"{{"call":{{"acquire":{{"socket":"s1","range":"{start}+10"}}}}}}"#));
    }
    for answer in &connection.ask(&lines)[1..] {
        assert!(answer["reply"]["reserved"].is_object(), "{answer}");
    }
    let (protocol, stays) = one(STAYS);
    let answer = connection.ask(&[call("lookup", protocol, stays)]).remove(0);
    answer["raw"]["token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_string()
}

/// A server that is killed while it starts changes nothing.
fn kill_while_it_starts(path: &Path, kept: &Kept, random: &mut Random) {
    let mut child = with_store(path).spawn().expect("the command starts");
    std::thread::sleep(Duration::from_millis(random.below(60)));
    child.kill().expect("it is ours");
    drop(child.wait());
    let found = content(path);
    assert_eq!(Kept { boots: kept.boots, ..found }, *kept, "killed while it started");
}

#[test]
fn nothing_acknowledged_is_lost_when_the_server_is_killed() {
    let number = |name: &str, default| {
        std::env::var(name).map_or(default, |n| n.parse().unwrap_or_else(|_| panic!("{name}: {n}")))
    };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("it is later");
    let fresh = u64::from(now.subsec_nanos()) ^ (now.as_secs() << 20);
    let (kills, seed) = (number("PORTRES_KILLS", 25), number("PORTRES_SEED", fresh));
    println!("{kills} kills, seed {seed}");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store");
    let mut random = Random(seed);
    let server = Server::start(with_store(&path));
    let (protocol, stays) = one(STAYS);
    let mut first = Connection::new(&server.address).expect("it listens");
    first.ask(&[call("create", protocol, stays)]);
    server.kill();
    let mut kept = content(&path);
    assert_eq!(kept.reservations, BTreeSet::from([one(STAYS)]));
    let mut tokens = BTreeMap::new();
    let (mut acknowledged, mut in_flight, mut took_effect) = (0, 0, 0);
    for kill in 1..=kills {
        if random.below(4) == 0 {
            kill_while_it_starts(&path, &kept, &mut random);
        }
        let server = Server::start(with_store(&path));
        let token = compare(&server.address, &kept, SHARED + 2_000);
        if let Some(before) = tokens.insert(token.clone(), kill) {
            panic!("the token {token} of start {before} is a token of start {kill} too");
        }
        clear_shared(&server.address, &mut kept);
        let address = server.address.clone();
        let doomed = Arc::new(Doomed {
            server: Mutex::new(Some(server)),
            by_acknowledgement: AtomicBool::new(false),
        });
        let clients: Vec<_> = (0..CLIENTS)
            .map(|zone| {
                let (doomed, address) = (Arc::clone(&doomed), address.clone());
                let (before, random) = (held(&kept, zone), Random(random.below(u64::MAX)));
                std::thread::spawn(move || load(&doomed, &address, zone, before, SHARED, random))
            })
            .collect();
        let (after, acknowledged_last) = (2 + random.below(180), random.below(2) == 0);
        std::thread::sleep(Duration::from_millis(after));
        if acknowledged_last {
            doomed.by_acknowledgement.store(true, Ordering::Release);
        } else {
            doomed.kill();
        }
        let done: Vec<_> =
            clients.into_iter().map(|client| client.join().expect("no client fails")).collect();
        kept = content(&path);
        let effect = judge(&done, &kept, kill);
        let told: usize = done.iter().map(|d| d.acknowledged + d.seen.len()).sum();
        let asked: usize = done.iter().map(|d| d.ops.len() + usize::from(d.asked - SHARED)).sum();
        let moment = if acknowledged_last { ", by an acknowledgement" } else { "" };
        println!(
            "kill {kill}: after {after} ms{moment}; {told} calls acknowledged, all there; {} not, {effect} of the zones' took effect; \
             the store keeps {} reservations, {} exclusions",
            asked - told,
            kept.reservations.len(),
            kept.exclusions.len(),
        );
        acknowledged += told;
        in_flight += asked - told;
        took_effect += effect;
    }
    println!(
        "{kills} kills: {acknowledged} calls acknowledged, none lost; {in_flight} sent and not acknowledged, \
         {took_effect} of them in the store; nothing else there"
    );
    assert!(acknowledged > kills as usize * 10, "there was no load");
}

/// Whether the store keeps what the clients' calls explain, and nothing else; how many calls took effect unacknowledged.
fn judge(done: &[Done], kept: &Kept, kill: u64) -> usize {
    let mut effect = 0;
    let mut asked_for: Blocks = BTreeSet::from([one(STAYS)]);
    let mut excluded = Blocks::new();
    for (zone, done) in (0..).zip(done) {
        let found = held(kept, zone);
        let explained = explained(done, &found).unwrap_or_else(|| {
            panic!(
                "kill {kill}, client {zone}: no number of calls from {} to {} leaves {found:?}",
                done.acknowledged,
                done.ops.len()
            )
        });
        effect += explained - done.acknowledged;
        for port in &done.seen {
            let there = kept.reservations.contains(&one(*port));
            assert!(there, "kill {kill}, client {zone}: {port} was acknowledged, and is lost");
        }
        asked_for.extend((SHARED..done.asked).map(one));
        asked_for.extend(found.reservations);
        excluded.extend(found.exclusions);
    }
    let unasked: Vec<_> = kept.reservations.difference(&asked_for).collect();
    assert!(unasked.is_empty(), "kill {kill}: nobody has asked for {unasked:?}");
    assert_eq!(kept.exclusions, excluded, "kill {kill}");
    assert_eq!(kept.dynamic.map(|d| d.map(|d| d.first())), [Some(49_152); 2], "kill {kill}");
    effect
}

/// Deletes what all had created, so that they can begin anew.
fn clear_shared(address: &str, kept: &mut Kept) {
    let there = |block: &(Protocol, PortBlock)| kept.reservations.contains(block);
    let gone: Vec<_> = (SHARED..SHARED + 2_000).map(one).filter(there).collect();
    let lines: Vec<_> = gone.iter().map(|(p, b)| call("delete", *p, *b)).collect();
    let mut connection = Connection::new(address).expect("the server is there");
    for answer in connection.ask(&lines) {
        assert_eq!(answer["reply"], "ok", "{answer}");
    }
    kept.reservations.retain(|block| !gone.contains(block));
}
