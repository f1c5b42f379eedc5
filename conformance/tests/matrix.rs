//! The matrix of two binds that was measured on Windows 10 22H2 (EV-140, EV-141): every cell is accepted, every other outcome
//! refused, and the fixtures hold all of it.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use portres::trace::{Observed, Part};
use portres::{Profiles, Settings, Verdict, check};
use portres_model::{Call, Reply, SocketId};

/// The build on which it was measured.
const PROFILE: &str = "windows-10-19045";

const PLAIN: &[&str] = &[];
const REUSE: &[&str] = &["SO_REUSEADDR 1"];
const EXCLUSIVE: &[&str] = &["SO_EXCLUSIVEADDRUSE 1"];
const DUAL: &[&str] = &["IPV6_V6ONLY 0"];
const DUAL_EXCLUSIVE: &[&str] = &["IPV6_V6ONLY 0", "SO_EXCLUSIVEADDRUSE 1"];

/// A socket of the matrix: its family, its options in the order in which they are set, and its address.
type Bound = (&'static str, &'static [&'static str], &'static str);

/// The columns: the second socket.
const SECOND: [Bound; 4] = [
    ("v4", PLAIN, "0.0.0.0"),
    ("v4", PLAIN, "127.0.0.1"),
    ("v4", REUSE, "127.0.0.1"),
    ("v4", EXCLUSIVE, "127.0.0.1"),
];

const OK: &str = "ok";
const IN_USE: &str = "WSAEADDRINUSE";
const ACCESS: &str = "WSAEACCES";

/// The rows: the first socket, and what each second bind then gives, for TCP and UDP alike.
const ROWS: [(Bound, [&str; 4]); 7] = [
    (("v4", PLAIN, "0.0.0.0"), [IN_USE, OK, OK, OK]),
    (("v4", EXCLUSIVE, "0.0.0.0"), [IN_USE, ACCESS, ACCESS, ACCESS]),
    (("v4", PLAIN, "127.0.0.1"), [OK, IN_USE, ACCESS, IN_USE]),
    (("v4", EXCLUSIVE, "127.0.0.1"), [OK, IN_USE, ACCESS, IN_USE]),
    (("v6", DUAL, "[::]"), [OK, OK, OK, OK]),
    (("v6", DUAL_EXCLUSIVE, "[::]"), [ACCESS, ACCESS, ACCESS, ACCESS]),
    (("v6", PLAIN, "[::]"), [OK, OK, OK, OK]),
];

/// The transport, the first socket and the second, each as in a trace.
type Cell = (String, String, String);

fn told((family, options, address): Bound) -> String {
    format!("{family} {} {address}", options.join(", "))
}

/// Every cell with what was measured.
fn measured() -> BTreeMap<Cell, &'static str> {
    let mut cells = BTreeMap::new();
    for transport in ["tcp", "udp"] {
        for (first, outcomes) in ROWS {
            for (second, outcome) in SECOND.into_iter().zip(outcomes) {
                cells.insert((transport.to_string(), told(first), told(second)), outcome);
            }
        }
    }
    assert_eq!(cells.len(), 2 * 7 * 4);
    cells
}

/// A trace of one cell.
fn trace(transport: &str, first: Bound, second: Bound, outcome: &str) -> String {
    let mut text = format!("portres trace 1\nprofile {PROFILE}\n\n");
    let mut bind = |name: &str, (family, options, address): Bound, reply: &str| {
        text += &format!("p1: {name} = socket {transport} {family} -> ok\n");
        for option in options {
            text += &format!("p1: setsockopt {name} {option} -> ok\n");
        }
        text += &format!("p1: bind {name} {address}:7000 -> {reply}\n");
    };
    bind("s1", first, "7000");
    bind("s2", second, if outcome == OK { "7000" } else { outcome });
    text
}

#[test]
fn every_cell_is_accepted_and_every_other_outcome_refused() {
    let profiles = Profiles::built_in();
    let mut wrong = Vec::new();
    for transport in ["tcp", "udp"] {
        for (first, outcomes) in ROWS {
            for (second, measured) in SECOND.into_iter().zip(outcomes) {
                for outcome in [OK, IN_USE, ACCESS, "WSAEINVAL", "WSAEADDRNOTAVAIL"] {
                    let text = trace(transport, first, second, outcome);
                    let reports = check(text.as_bytes(), &Settings::new(&profiles));
                    let verdict = reports.expect("a trace")[0].verdict;
                    let right =
                        if outcome == measured { Verdict::Conforms } else { Verdict::Diverges };
                    if verdict != right {
                        wrong.push(format!("{verdict:?} where it {right:?}:\n{text}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The pairs of binds in a fixture: each second bind to a port that another socket of the fixture has, with its outcome.
fn pairs(path: &Path) -> Vec<(Cell, String)> {
    let (header, events) = common::read(path);
    assert_eq!(header.profile.as_deref(), Some(PROFILE), "{}", common::name(path));
    let mut sockets: BTreeMap<SocketId, (String, String, Vec<String>)> = BTreeMap::new();
    let mut firsts: BTreeMap<u16, String> = BTreeMap::new();
    let mut found = Vec::new();
    for event in events {
        let Part::Whole { call, reply: Observed::Exactly(reply), .. } = event.part else {
            panic!("{}: every reply is known", common::name(path));
        };
        match (call, reply) {
            (Call::Socket { .. }, Reply::Socket(socket)) => {
                let words: Vec<String> =
                    call.to_string().split(' ').skip(1).map(str::to_string).collect();
                sockets.insert(socket, (words[0].clone(), words[1].clone(), Vec::new()));
            }
            (Call::SetSockOpt { socket, option, value, .. }, Reply::Ok) => {
                let (.., options) = sockets.get_mut(&socket).expect("an open socket");
                options.push(format!("{option} {value}"));
            }
            (Call::Bind { socket, address, .. }, reply) => {
                let (transport, family, options) = &sockets[&socket];
                let ip = address.to_string();
                let ip = ip.rsplit_once(':').expect("a port").0;
                let bound = format!("{family} {} {ip}", options.join(", "));
                match firsts.get(&address.port()) {
                    None => {
                        assert_eq!(reply, Reply::Bound(address.port()), "{}", common::name(path));
                        firsts.insert(address.port(), bound);
                    }
                    Some(first) => {
                        let cell = (transport.clone(), first.clone(), bound);
                        let outcome = match reply {
                            Reply::Bound(_) => OK.to_string(),
                            refused => refused.to_string(),
                        };
                        found.push((cell, outcome));
                    }
                }
            }
            (call, reply) => panic!("{}: {call} -> {reply}", common::name(path)),
        }
    }
    found
}

fn fixtures(kind: &str) -> Vec<(Cell, String)> {
    let files = common::files(&common::folder(kind).join("matrix"), "trace");
    files.iter().flat_map(|path| pairs(path)).collect()
}

#[test]
fn the_accepted_fixtures_hold_every_cell_once() {
    let found = fixtures("accept");
    let cells: BTreeMap<Cell, String> = found.iter().cloned().collect();
    let measured = measured();
    let missing: Vec<_> = measured.keys().filter(|cell| !cells.contains_key(*cell)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    for (cell, outcome) in &cells {
        assert_eq!(measured.get(cell).copied(), Some(outcome.as_str()), "{cell:?}");
    }
    assert_eq!(found.len(), measured.len(), "a cell stands there twice");
}

#[test]
fn the_refused_fixtures_change_every_cell() {
    let measured = measured();
    let mut changed = BTreeSet::new();
    for (cell, outcome) in fixtures("reject") {
        let was = measured.get(&cell).unwrap_or_else(|| panic!("{cell:?} is no cell"));
        assert_ne!(*was, outcome, "{cell:?}");
        // TCP and UDP are alike: one of them will do
        changed.insert((cell.1, cell.2));
    }
    let all: BTreeSet<_> = measured.into_keys().map(|(_, first, second)| (first, second)).collect();
    let missing: Vec<_> = all.difference(&changed).collect();
    assert!(missing.is_empty(), "no near miss of {missing:?}");
}
