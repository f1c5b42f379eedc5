//! The simulator beside what one would write first, beside turmoil-net and beside the kernel: `portres_benches::beside` says
//! what each does. `cargo run --release -p portres-benches --bin side-by-side` prints the ratios.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use portres_benches::beside::{
    BINDING, Handles, RESERVING, Simulated, kernel, reserve, reserving, starts,
};

const PLACES: [(&str, u16, bool); 3] =
    [("small", 10, true), ("large hot", 10_000, true), ("large random", 10_000, false)];

fn reservations(c: &mut Criterion) {
    let mut group = c.benchmark_group("reserving");
    group.throughput(Throughput::Elements(RESERVING)).sample_size(20);
    for (name, crowd, hot) in PLACES {
        let (mut program, mut hashed, mut scan) = reserving(crowd);
        let mut start = starts(crowd, hot);
        group.bench_function(format!("portres-sim/{name}"), |b| {
            b.iter(|| reserve(&mut program, start()));
        });
        group.bench_function(format!("hash maps/{name}"), |b| {
            b.iter(|| reserve(&mut hashed, start()));
        });
        group.bench_function(format!("lists/{name}"), |b| {
            b.iter(|| reserve(&mut scan, start()));
        });
    }
    group.finish();
}

fn binds(c: &mut Criterion) {
    let mut group = c.benchmark_group("binding");
    group.throughput(Throughput::Elements(BINDING)).sample_size(20);
    for others in [0, 30_000] {
        let (handles, simulated) = (Handles::new(others), Simulated::new(others));
        group.bench_function(format!("portres-sim/{others} others"), |b| b.iter(|| handles.bind()));
        group.bench_function(format!("turmoil-net/{others} others"), |b| {
            b.iter(|| drop(black_box(simulated.bind())));
        });
    }
    group.bench_function("the kernel", |b| b.iter(|| drop(black_box(kernel()))));
    group.finish();
}

criterion_group!(benches, reservations, binds);
criterion_main!(benches);
