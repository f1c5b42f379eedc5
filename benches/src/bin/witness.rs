//! Explores small worlds by stateright: `witness [--large] [--threads N] WORLD...`. Prints for each world the states, the
//! transitions and the seconds.

use std::time::Instant;

use portres::explore::{SmallWorld, Visit, with};
use portres_benches::witness::Witness;
use stateright::{Checker, Model};

struct Explore {
    threads: usize,
}

impl Visit for Explore {
    type Gives = ();

    fn visit<W: SmallWorld + Clone + Send + 'static>(self, small: &W) {
        let began = Instant::now();
        let model = Witness::new(small.clone());
        let found = model.checker().threads(self.threads).spawn_bfs().join();
        found.assert_properties();
        println!(
            "{} {} {} {:.2}",
            small.name(),
            found.unique_state_count(),
            found.state_count() - 1,
            began.elapsed().as_secs_f64()
        );
    }
}

fn main() {
    let mut large = false;
    let (mut threads, mut worlds) = (2, Vec::new());
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--large" => large = true,
            "--threads" => {
                let number = words.next().and_then(|n| n.parse().ok());
                threads = number.expect("a number of threads");
            }
            _ => worlds.push(word),
        }
    }
    for name in worlds {
        with(&name, large, Explore { threads }).expect("a world");
    }
}
