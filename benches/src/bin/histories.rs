//! How long the checkers take for the same histories, in one run.
//!
//! `histories [SEEDS [MILLISECONDS]]`: so many histories of each shape (30), and so long at most for a peer's verdict on one
//! (200). A peer that takes longer is stopped, and counted as one that could not tell.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use portres::{Profiles, Settings, Verdict};
use portres_benches::histories::{Shape, history, judged, traced};
use portres_benches::peers::{by_stateright, by_todc};

const SHAPES: [(u32, u32); 4] = [(4, 50), (8, 50), (16, 25), (32, 25)];

/// What came of one history.
struct Told {
    took: Duration,
    /// Whether it has an order; `None` if that could not be told.
    legal: Option<bool>,
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, peer, numbers @ ..] = args.as_slice() {
        if flag == "--one" {
            return one(peer, numbers);
        }
    }
    let number =
        |place: usize, usual: u64| args.get(place).map_or(usual, |n| n.parse().expect("a number"));
    let (seeds, most) = (number(0, 30), Duration::from_millis(number(1, 200)));
    println!(
        "{:>9} {:7} {:22} {:>10} {:>10} {:>10} {:>6} {:>8} {:>9}",
        "clients", "", "checker", "median ms", "p90 ms", "max ms", "legal", "illegal", "undecided"
    );
    for (clients, calls) in SHAPES {
        for is_illegal in [false, true] {
            let shape = Shape { clients, calls, is_illegal };
            for profile in ["likely", "documented"] {
                print(
                    shape,
                    &format!("portres, {profile}"),
                    (0..seeds).map(|s| ours(shape, s, profile)),
                );
            }
            for peer in ["stateright", "todc-utils"] {
                print(shape, peer, (0..seeds).map(|seed| theirs(peer, shape, seed, most)));
            }
        }
    }
}

fn print(shape: Shape, checker: &str, told: impl Iterator<Item = Told>) {
    let mut told: Vec<Told> = told.collect();
    told.sort_by_key(|t| t.took);
    let at = |of_100: usize| told[(told.len() * of_100 / 100).min(told.len() - 1)].took;
    let ms = |took: Duration| took.as_secs_f64() * 1e3;
    let count = |legal| told.iter().filter(|t| t.legal == legal).count();
    let Shape { clients, calls, is_illegal } = shape;
    println!(
        "{:>9} {:7} {checker:22} {:>10.3} {:>10.3} {:>10.3} {:>6} {:>8} {:>9}",
        format!("{clients} x {calls}"),
        if is_illegal { "illegal" } else { "valid" },
        ms(at(50)),
        ms(at(90)),
        ms(at(100)),
        count(Some(true)),
        count(Some(false)),
        count(None)
    );
}

fn ours(shape: Shape, seed: u64, profile: &str) -> Told {
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

/// A peer takes as long as it likes, so it runs in a process of its own.
fn theirs(peer: &str, shape: Shape, seed: u64, most: Duration) -> Told {
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

/// Lets a peer judge one history, and prints how long it took and what it says.
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
