//! The oracle: traces in JSON lines, read and judged.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use portres::{Profiles, Settings, Verdict, check};
use portres_benches::json_lines;

fn checking(c: &mut Criterion) {
    let profiles = Profiles::built_in();
    let mut group = c.benchmark_group("check");
    for events in [10, 50_000] {
        let text = json_lines(events);
        group.throughput(Throughput::Elements(events as u64));
        for profile in ["likely", "documented"] {
            let settings = Settings { profile: profiles.get(profile), ..Settings::new(&profiles) };
            group.bench_function(format!("json lines/{events}/{profile}"), |b| {
                b.iter(|| {
                    let reports = check(text.as_slice(), &settings).expect("a trace");
                    assert_eq!(reports[0].verdict, Verdict::Conforms);
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, checking);
criterion_main!(benches);
