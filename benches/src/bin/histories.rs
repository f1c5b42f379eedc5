//! How long the checkers take for the same histories, in one run.
//!
//! `histories [SEEDS [MILLISECONDS]]`: so many histories of each shape (30), and so long at most for a peer's verdict on one
//! (200). A peer that takes longer is stopped, and counted as one that could not tell.

use std::time::Duration;

use portres_benches::contest::{PEERS, Told, as_peer, ours, theirs};
use portres_benches::histories::Shape;
use portres_benches::measured::note;

const SHAPES: [(u32, u32); 4] = [(4, 50), (8, 50), (16, 25), (32, 25)];

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if as_peer() {
        return;
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
            for peer in PEERS {
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
    let kind = if is_illegal { "illegal" } else { "valid" };
    let name = format!("histories/{clients}x{calls}/{kind}/{checker}");
    note(&name, ms(at(50)), "ms");
    note(format!("{name}/undecided"), count(None) as f64, "");
    println!(
        "{:>9} {:7} {checker:22} {:>10.3} {:>10.3} {:>10.3} {:>6} {:>8} {:>9}",
        format!("{clients} x {calls}"),
        kind,
        ms(at(50)),
        ms(at(90)),
        ms(at(100)),
        count(Some(true)),
        count(Some(false)),
        count(None)
    );
}
