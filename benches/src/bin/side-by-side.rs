//! Prints how the simulator compares: `side-by-side [SECTION...]`, of `policies reserving binding sequences threads new`.
//!
//! All of a section take turns, each for some milliseconds, many times over. A ratio is the median of those of the turns, so
//! that it bears a machine that is not quiet; the nanoseconds are those of the best turn. What `portres_benches::beside`
//! describes as the same work is compared.

use std::hint::black_box;
use std::iter::Cycle;
use std::ops::Range;
use std::time::{Duration, Instant};

use portres::{Profiles, Settings};
use portres_benches::beside::{
    BINDING, Handles, Program, RESERVING, Scattered, Simulated, crowd, kernel, reserve,
    reserve_either, reserving, starts,
};
use portres_benches::measured::note;
use portres_benches::reference::{
    CALLS, answered, judged_run, reference_alone, relation_alone, sequences, whole_run,
};
use portres_benches::{P1, place};
use portres_model::{ProcessId, Profile, World};
use portres_sim::{Host, Policy};

const TURNS: usize = 31;
const TURN: Duration = Duration::from_millis(8);

/// One of those that take turns.
struct Runner<'a> {
    name: String,
    /// What one run of it counts for.
    calls: u64,
    run: Box<dyn FnMut() + 'a>,
}

impl<'a> Runner<'a> {
    fn new(name: impl Into<String>, calls: u64, run: impl FnMut() + 'a) -> Runner<'a> {
        Runner { name: name.into(), calls, run: Box::new(run) }
    }

    fn times(&mut self, times: u64) -> Duration {
        let begin = Instant::now();
        (0..times).for_each(|_| (self.run)());
        begin.elapsed()
    }

    /// How often it runs in a turn.
    fn in_a_turn(&mut self) -> u64 {
        let mut times = 1;
        loop {
            let took = self.times(times);
            if took * 4 > TURN || times > 1 << 40 {
                let wanted = TURN.as_secs_f64() / took.as_secs_f64().max(1e-9);
                return ((times as f64 * wanted) as u64).max(1);
            }
            times *= 2;
        }
    }
}

/// Lets all take turns, and prints each beside the first.
fn compare(title: &str, what: &str, mut runners: Vec<Runner<'_>>) {
    println!("\n{title}");
    let times: Vec<u64> = runners.iter_mut().map(Runner::in_a_turn).collect();
    let turn = |runners: &mut Vec<Runner<'_>>| {
        let each = runners.iter_mut().zip(&times);
        let each = each.map(|(r, n)| r.times(*n).as_nanos() as f64 / (*n * r.calls) as f64);
        each.collect::<Vec<f64>>()
    };
    let turns: Vec<Vec<f64>> = (0..TURNS).map(|_| turn(&mut runners)).collect();
    for (i, runner) in runners.iter().enumerate() {
        let best = turns.iter().map(|t| t[i]).fold(f64::INFINITY, f64::min);
        let ratio = median(turns.iter().map(|t| t[i] / t[0]));
        let name = format!("side-by-side/{title}/{}", runner.name);
        note(&name, ratio, "x");
        note(format!("{name}/best"), best, "ns");
        println!("  {:34} {best:10.1} ns a {what}   x {ratio:.2}", runner.name);
    }
}

fn median(of: impl Iterator<Item = f64>) -> f64 {
    let mut all: Vec<f64> = of.collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

fn policies() {
    let policies = [Policy::Lowest, Policy::NextFit, Policy::Random, Policy::Adversarial];
    for policy in policies {
        let (mut small, mut large) = (Program::new(policy.clone()), Program::new(policy.clone()));
        crowd(&mut small, 10);
        crowd(&mut large, 10_000);
        let mut far = Scattered::new(policy.clone());
        let (mut at, mut hot) = (starts(10, true), starts(10_000, true));
        let runners = vec![
            Runner::new("10 reservations, 30 sockets", RESERVING, move || {
                black_box(reserve_either(&mut small, at()));
            }),
            Runner::new("10 000 and 30 000, one place", RESERVING, move || {
                black_box(reserve_either(&mut large, hot()));
            }),
            Runner::new("10 000 and 30 000, random places", RESERVING, move || {
                let start = far.go_on();
                black_box(reserve_either(&mut far, start));
            }),
        ];
        compare(&format!("the cycle under {policy:?}"), "call", runners);
    }
}

fn reservations() {
    for (name, size, hot) in
        [("10", 10, true), ("10 000, one place", 10_000, true), ("10 000, random", 10_000, false)]
    {
        let (mut program, mut hashed, mut scan) = reserving(size);
        let (mut first, mut second, mut third) =
            (starts(size, hot), starts(size, hot), starts(size, hot));
        let runners = vec![
            Runner::new("portres-sim", RESERVING, move || reserve(&mut program, first())),
            Runner::new("hash maps and sets", RESERVING, move || reserve(&mut hashed, second())),
            Runner::new("lists that are gone through", RESERVING, move || {
                reserve(&mut scan, third())
            }),
        ];
        compare(&format!("reserving, among {name} reservations"), "call", runners);
    }
}

fn binds() {
    for others in [0, 30_000] {
        let (handles, simulated) = (Handles::new(others), Simulated::new(others));
        let runners = vec![
            Runner::new("portres-sim, by handles", BINDING, || _ = black_box(handles.bind())),
            Runner::new("turmoil-net", BINDING, || drop(black_box(simulated.bind()))),
            Runner::new("the kernel, among its own sockets", BINDING, || drop(black_box(kernel()))),
        ];
        compare(&format!("binding, among {others} sockets of others"), "call", runners);
    }
}

fn state_machine() {
    let sequences = sequences(64);
    let with_replies: Vec<_> = sequences.iter().map(|s| answered(s)).collect();
    let profiles = Profiles::built_in();
    let settings = Settings { profile: profiles.get("likely"), ..Settings::new(&profiles) };
    let calls = CALLS as u64;
    let mut turns = [(); 4].map(|()| (0..sequences.len()).cycle());
    let [first, second, third, fourth] = &mut turns;
    let next = |turn: &mut Cycle<Range<usize>>| turn.next().unwrap_or_default();
    let runners = vec![
        Runner::new("permitted, judge, apply", calls, || {
            relation_alone(&with_replies[next(first)]);
        }),
        Runner::new("proptest-state-machine", calls, || reference_alone(&sequences[next(second)])),
    ];
    compare("a reference step", "call", runners);
    let runners = vec![
        Runner::new("a host and the oracle", calls, || {
            judged_run(&sequences[next(third)], &settings);
        }),
        Runner::new("proptest-state-machine", calls, || whole_run(&sequences[next(fourth)])),
    ];
    compare("a whole run", "call", runners);
}

/// Cycles of this many threads at once, on one machine or each on its own: calls a second.
fn rate(threads: u16, shared: bool, cycles: u64) -> f64 {
    let host = |_: u16| Host::new(World::default(), &Profile::likely(), Policy::Lowest, 1);
    let one = host(0);
    let all: Vec<Host> = (0..threads).map(|n| if shared { one.clone() } else { host(n) }).collect();
    let begin = Instant::now();
    std::thread::scope(|scope| {
        for (n, host) in (0..threads).zip(&all) {
            scope.spawn(move || {
                let mut program = Program::of(host, ProcessId(P1.0 + u32::from(n)));
                (0..cycles).for_each(|_| reserve(&mut program, place(n).2));
            });
        }
    });
    (u64::from(threads) * cycles * RESERVING) as f64 / begin.elapsed().as_secs_f64()
}

fn threads() {
    println!("\nthreads: calls a second of all together");
    let kinds = [
        ("one thread", 1, true),
        ("two threads on one machine", 2, true),
        ("two threads, a machine each", 2, false),
        ("eight threads on one machine", 8, true),
        ("sixteen threads on one machine", 16, true),
    ];
    let turns: Vec<Vec<f64>> = (0..TURNS)
        .map(|_| kinds.iter().map(|(_, n, s)| rate(*n, *s, 16_000 / u64::from(*n))).collect())
        .collect();
    for (i, (name, ..)) in kinds.iter().enumerate() {
        let best = turns.iter().map(|t| t[i]).fold(0.0, f64::max);
        let ratio = median(turns.iter().map(|t| t[i] / t[0]));
        note(format!("side-by-side/threads/{name}"), ratio, "x");
        println!("  {name:34} {:10.2} M calls/s   x {ratio:.2}", best / 1e6);
    }
}

fn machines() {
    let (likely, documented) = (Profile::likely(), Profile::documented());
    let (mut first, mut second, mut third) = (1.., 1.., 1..);
    let make = |profile: &Profile, policy: Policy, seed: Option<u64>| {
        let seed = seed.unwrap_or_default();
        drop(black_box(Host::new(World::default(), profile, policy, seed)));
    };
    let runners = vec![
        Runner::new("the likeliest reading", 1, || make(&likely, Policy::Lowest, first.next())),
        Runner::new("the likeliest of many", 1, || {
            make(&documented, Policy::Lowest, second.next())
        }),
        Runner::new("one of many, drawn", 1, || make(&documented, Policy::Random, third.next())),
    ];
    compare("a new machine", "machine", runners);
    let runners = vec![
        Runner::new("Host::builder().build()", 1, || drop(black_box(Host::builder().build()))),
        Runner::new("... with a reading that is drawn", 1, || {
            let builder = Host::builder().profile(&documented).policy(Policy::Random);
            drop(black_box(builder.build()));
        }),
    ];
    compare("a new machine by its builder", "machine", runners);
}

fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split_whitespace().next().unwrap_or("not known").to_string()
}

fn main() {
    let sections: [(&str, fn()); 6] = [
        ("policies", policies),
        ("reserving", reservations),
        ("binding", binds),
        ("sequences", state_machine),
        ("threads", threads),
        ("new", machines),
    ];
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = wanted.iter().find(|w| sections.iter().all(|(name, _)| name != w)) {
        let names = sections.map(|(name, _)| name).join(", ");
        eprintln!("`{unknown}` is no section: expected some of {names}");
        std::process::exit(2);
    }
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!("{cores} cores; load {} at the beginning", load());
    for (name, section) in sections {
        if wanted.is_empty() || wanted.iter().any(|w| w == name) {
            section();
        }
    }
    println!("\nload {} at the end", load());
}
