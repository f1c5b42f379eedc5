//! The oracle: concurrent histories. `cargo run --release -p portres-benches --bin histories` puts other checkers beside it.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use portres::trace::Event;
use portres::{Profiles, Settings, Verdict};
use portres_benches::histories::{Shape, judged, traced};

/// Thirty histories an iteration.
fn histories(c: &mut Criterion) {
    let profiles = Profiles::built_in();
    let mut group = c.benchmark_group("histories");
    group.sample_size(10);
    for (clients, calls) in [(8, 50), (16, 25), (32, 25)] {
        for is_illegal in [false, true] {
            let shape = Shape { clients, calls, is_illegal };
            let all: Vec<Vec<Event>> = (0..30).map(|seed| traced(shape, seed)).collect();
            let expected = if is_illegal { Verdict::Diverges } else { Verdict::Conforms };
            let name = if is_illegal { "illegal" } else { "valid" };
            group.throughput(Throughput::Elements(30));
            for profile in ["likely", "documented"] {
                let settings =
                    Settings { profile: profiles.get(profile), ..Settings::new(&profiles) };
                group.bench_function(format!("{clients}x{calls}/{name}/{profile}"), |b| {
                    b.iter(|| {
                        for events in &all {
                            assert_eq!(judged(events, &settings).verdict, expected);
                        }
                    });
                });
            }
        }
    }
    group.finish();
}

criterion_group!(benches, histories);
criterion_main!(benches);
