//! The relation: `permitted`, `judge` and `apply`, on a small world and on one with 10 000 reservations and 30 000 sockets.
//!
//! Elements are calls. "hot" is one place again and again; "random" is every place of the crowd, far apart.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use portres_benches::measured::note;
use portres_benches::{P1, Script, crowded, cycle, far_apart, listening, place};
use portres_model::{
    Call, Permitted, Profile, Reply, SocketId, Token, World, apply, permitted, permitted_into,
};

const CROWD: u16 = 10_000;

type Make = fn(SocketId, Token, u16) -> Script;

fn scripts(make: Make, places: impl Iterator<Item = u16>) -> Vec<Script> {
    let at = |i| {
        let (socket, token, start) = place(i);
        make(socket, token, start)
    };
    places.map(at).collect()
}

/// What a reader does with a call and its reply, keeping the lists from call to call.
fn step(
    world: &mut World,
    profile: &mut Profile,
    all: &mut Permitted,
    (call, reply): &(Call, Reply),
) {
    permitted_into(world, P1, call, all);
    let step = all.judge(world, profile, reply);
    let step = step.as_ref().expect("a permitted step");
    if !step.needs.nothing() {
        profile.assume(&step.needs).expect("a reading");
    }
    black_box(&step.rules);
    apply(world, P1, call, reply);
}

fn cycles(c: &mut Criterion) {
    let mut group = briefly(c, "cycle");
    for (name, make) in [("reserving", cycle as Make), ("listening", listening)] {
        for (at, crowd, scripts) in [
            ("small", 10, scripts(make, std::iter::once(5))),
            ("large hot", CROWD, scripts(make, std::iter::once(CROWD / 2))),
            ("large random", CROWD, scripts(make, far_apart(CROWD))),
        ] {
            let mut world = crowded(crowd);
            group.throughput(Throughput::Elements(scripts[0].len() as u64));
            for mut profile in [Profile::likely(), Profile::documented()] {
                let open = if profile.is_settled() { "likely" } else { "documented" };
                let (mut all, mut turn) = (Permitted::default(), scripts.iter().cycle());
                group.bench_function(format!("{name}/{at}/{open}"), |b| {
                    b.iter(|| {
                        for event in turn.next().expect("a cycle") {
                            step(&mut world, &mut profile, &mut all, black_box(event));
                        }
                    });
                });
            }
        }
    }
    group.finish();
}

/// Each call of the cycles alone: what comes before and after it is not counted.
fn calls(c: &mut Criterion) {
    let mut group = briefly(c, "call");
    group.throughput(Throughput::Elements(1));
    for (script, make, counted) in
        [("reserving", cycle as Make, 0..5), ("listening", listening, 2..7)]
    {
        for at in counted {
            let behind = || scripts(make, CROWD..CROWD + 64);
            let word = word(&make(SocketId(1), Token(1), 1)[at].0);
            for (size, crowd, scripts) in [
                ("small", 10, scripts(make, 10..74)),
                ("large hot", CROWD, behind()),
                ("large random", CROWD, scripts(make, far_apart(CROWD))),
            ] {
                let (mut world, mut profile) = (crowded(crowd), Profile::likely());
                group.bench_function(format!("{script}/{word}/{size}"), |b| {
                    b.iter_custom(|times| one_call(&mut world, &mut profile, &scripts, at, times));
                });
            }
        }
    }
    group.finish();
}

/// How long this many steps of the call `at` take, at one place after the other.
fn one_call(
    world: &mut World,
    profile: &mut Profile,
    scripts: &[Script],
    at: usize,
    times: u64,
) -> Duration {
    let (mut all, mut spent) = (Permitted::default(), Duration::ZERO);
    let mut left = times as usize;
    while left > 0 {
        let part = &scripts[..left.min(scripts.len())];
        let mut run = |calls: std::ops::Range<usize>| {
            let begin = Instant::now();
            for script in part {
                for event in &script[calls.clone()] {
                    step(world, profile, &mut all, black_box(event));
                }
            }
            begin.elapsed()
        };
        run(0..at);
        spent += run(at..at + 1);
        run(at + 1..scripts[0].len());
        left -= part.len();
    }
    spent
}

/// `permitted` and `judge` alone, before each call of a cycle.
fn parts(c: &mut Criterion) {
    let mut group = briefly(c, "part");
    group.throughput(Throughput::Elements(1));
    let (socket, token, start) = place(5);
    for (name, profile) in [("likely", Profile::likely()), ("documented", Profile::documented())] {
        let mut world = crowded(10);
        for (call, reply) in cycle(socket, token, start) {
            let word = word(&call);
            if profile.is_settled() {
                let mut all = Permitted::default();
                group.bench_function(format!("permitted/{word}"), |b| {
                    b.iter(|| {
                        permitted_into(&world, P1, black_box(&call), &mut all);
                        black_box(&all);
                    });
                });
            }
            let all = permitted(&world, P1, &call);
            group.bench_function(format!("judge/{word}/{name}"), |b| {
                b.iter(|| all.judge(&world, &profile, black_box(&reply)))
            });
            apply(&mut world, P1, &call, &reply);
        }
    }
    group.finish();
}

fn word(call: &Call) -> String {
    call.to_string().split_whitespace().next().unwrap_or_default().to_string()
}

fn empty(c: &mut Criterion) {
    c.bench_function("empty machine", |b| {
        b.iter(|| World::new(black_box(portres_model::Machine::default())))
    });
    note("empty machine/size", size_of::<World>() as f64, "bytes");
    println!("an empty machine has {} bytes", size_of::<World>());
}

fn briefly<'c>(c: &'c mut Criterion, name: &str) -> BenchmarkGroup<'c, WallTime> {
    let mut group = c.benchmark_group(name);
    group
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    group
}

criterion_group!(benches, cycles, calls, parts, empty);
criterion_main!(benches);
