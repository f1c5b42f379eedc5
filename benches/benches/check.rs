//! The oracle: traces read and judged, and what a second worker adds.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::hint::black_box;
use std::io::{self, Read};
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group};
use portres::check::check_read;
use portres::stream::{self, Done, Piece, Progress, Source};
use portres::trace::{Openness, Reader, Spelled};
use portres::{Profiles, Settings, Verdict, check};
use portres_benches::measured::note;
use portres_benches::{json_lines, trace};

const EVENTS: usize = 50_000;
const TRACES: usize = 5_000;

fn checking(c: &mut Criterion) {
    let profiles = Profiles::built_in();
    let mut group = c.benchmark_group("check");
    group.throughput(Throughput::Elements(EVENTS as u64));
    for (name, spelled, world) in [
        ("json lines", Spelled::JsonLines, Openness::Closed),
        ("json lines of an open world", Spelled::JsonLines, Openness::Open),
        ("text", Spelled::Text, Openness::Closed),
    ] {
        let text = trace(spelled, world, EVENTS);
        for profile in ["likely", "documented"] {
            let settings = Settings { profile: profiles.get(profile), ..Settings::new(&profiles) };
            group.bench_function(format!("{name}/{profile}"), |b| {
                b.iter(|| {
                    let reports = check(text.as_slice(), &settings).expect("a trace");
                    assert_eq!(reports[0].verdict, Verdict::Conforms);
                });
            });
        }
    }
    group.finish();
    let mut group = c.benchmark_group("short traces");
    group.throughput(Throughput::Elements(TRACES as u64));
    let text = json_lines(10).repeat(TRACES);
    group.bench_function("10 events", |b| {
        b.iter(|| assert_eq!(judged(&text, 1, &profiles), TRACES as u64));
    });
    group.finish();
}

/// How many traces of a stream conform, by so many workers.
fn judged(text: &[u8], jobs: usize, profiles: &Profiles) -> u64 {
    let open = || -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(io::Cursor::new(black_box(text.to_vec()))))
    };
    let work = |_, piece: Piece<'_>| {
        let Piece::Trace { from, lines } = piece else { return 0 };
        let mut conforming = 0;
        check_read(Reader::new(from).behind(lines), &Settings::new(profiles), |report| {
            conforming += u64::from(report.verdict == Verdict::Conforms);
        })
        .expect("traces");
        conforming
    };
    let mut all = 0;
    let out = &mut |done: Done<u64>| {
        all += done.of.iter().sum::<u64>();
        Ok(())
    };
    let sources = [Source { open: Box::new(open), share: None }];
    stream::each(&sources, jobs, &Progress::default(), &work, out).expect("nothing fails");
    all
}

/// How many times faster two workers are on one stream, in pairs of runs that take turns.
fn two_workers() {
    let profiles = Profiles::built_in();
    for (name, text) in [
        ("short traces", json_lines(10).repeat(40_000)),
        ("traces of 20 000 events", json_lines(20_000).repeat(20)),
    ] {
        let time = |jobs| {
            let began = Instant::now();
            black_box(judged(&text, jobs, &profiles));
            began.elapsed()
        };
        let ratio = |(one, two): (Duration, Duration)| one.as_secs_f64() / two.as_secs_f64();
        let mut ratios: Vec<f64> = (0..7).map(|_| ratio((time(1), time(2)))).collect();
        ratios.sort_by(f64::total_cmp);
        note(format!("check/two workers/{name}"), ratios[3], "x");
        println!("two workers, {name}: {:.2} times as fast (median of 7)", ratios[3]);
    }
}

criterion_group!(benches, checking);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    if !std::env::args().any(|arg| arg == "--test" || arg == "--list") {
        two_workers();
    }
}
