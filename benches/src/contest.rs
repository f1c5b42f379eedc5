//! One history, judged by a checker: how long it takes, and what it says.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use portres::{Profiles, Settings, Verdict};

use crate::histories::{Shape, history, judged, traced};
use crate::peers::{by_stateright, by_todc};

/// Checkers of linearizability that others have written.
pub const PEERS: [&str; 2] = ["stateright", "todc-utils"];

/// What came of one history.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// How long it took.
    pub took: Duration,
    /// Whether it has an order; `None` if that could not be told.
    pub legal: Option<bool>,
}

/// Is a peer, if the first argument says so: judges one history, and prints how long it took and what it says.
///
/// # Panics
/// If the other arguments are not as [`theirs`] gives them.
#[must_use]
pub fn as_peer() -> bool {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [flag, peer, numbers @ ..] = args.as_slice() else { return false };
    if flag == "--one" {
        one(peer, numbers);
    }
    flag == "--one"
}

/// The oracle, under a profile.
///
/// # Panics
/// If there is no such profile.
#[must_use]
pub fn ours(shape: Shape, seed: u64, profile: &str) -> Told {
    let profiles = Profiles::built_in();
    let settings = Settings { profile: profiles.get(profile), ..Settings::new(&profiles) };
    let events = traced(shape, seed);
    // the best of three: others use the machine, too
    let timed = (0..3).map(|_| {
        let start = Instant::now();
        let verdict = judged(&events, &settings).verdict;
        (start.elapsed(), verdict)
    });
    let (took, verdict) = timed.min_by_key(|(took, _)| *took).expect("three");
    let legal = match verdict {
        Verdict::Conforms => Some(true),
        Verdict::Diverges => Some(false),
        Verdict::Undecided => None,
    };
    Told { took, legal }
}

/// A peer takes as long as it likes, so it runs in a process of its own: this program must ask [`as_peer`] first of all.
///
/// # Panics
/// If this program does not run once more.
#[must_use]
pub fn theirs(peer: &str, shape: Shape, seed: u64, most: Duration) -> Told {
    let Shape { clients, calls, is_illegal } = shape;
    let program = std::env::current_exe().expect("this program");
    let numbers = [u64::from(clients), u64::from(calls), u64::from(is_illegal), seed];
    let mut child = Command::new(program)
        .args(["--one", peer])
        .args(numbers.map(|n| n.to_string()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("this program runs");
    let start = Instant::now();
    let over = loop {
        match child.try_wait().expect("it is a child") {
            Some(status) => break status.success(),
            None if start.elapsed() > most => {
                child.kill().expect("it is a child");
                let _ = child.wait();
                return Told { took: most, legal: None };
            }
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    };
    let mut said = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut said).expect("text");
    match said.split_once(' ') {
        Some((nanoseconds, legal)) if over => Told {
            took: Duration::from_nanos(nanoseconds.parse().expect("a number")),
            legal: Some(legal.trim() == "true"),
        },
        // it ran out of its stack
        _ => Told { took: most, legal: None },
    }
}

fn one(peer: &str, numbers: &[String]) {
    let numbers: Vec<u64> = numbers.iter().map(|n| n.parse().expect("a number")).collect();
    let [clients, calls, is_illegal, seed] = numbers[..] else { panic!("four numbers") };
    let shape = Shape { clients: clients as u32, calls: calls as u32, is_illegal: is_illegal == 1 };
    let history = history(shape, seed);
    let start = Instant::now();
    let legal = match peer {
        "stateright" => by_stateright(&history),
        _ => by_todc(&history),
    };
    println!("{} {legal}", start.elapsed().as_nanos());
}
