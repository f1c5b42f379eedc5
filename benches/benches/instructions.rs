//! Instructions of hot paths, counted by callgrind: they are the same on a machine that is busy.
//!
//! `scripts/instructions` runs this with the runner that it needs and compares the counts with `benches/instructions.toml`.
#![allow(missing_docs, reason = "gungraun's macros make public items")]

use std::hint::black_box;

use gungraun::prelude::*;
use gungraun::{Callgrind, EntryPoint};
use portres::explore::{Search, SmallWorld, Visit, with};
use portres::serve::{self, Conversing};
use portres::trace::{Event, Openness, Spelled};
use portres::{Profiles, Settings, Verdict, check};
use portres_benches::beside::{Program, reserve};
use portres_benches::histories::{Shape, judged, traced};
use portres_benches::posted::comb;
use portres_benches::served::lines;
use portres_benches::{P1, Script, crowded, cycle, place, trace};
use portres_model::{
    Call, Family, Frame, Permitted, PortRange, Profile, Set, SocketId, World, apply, permitted_into,
};
use portres_sim::{Host, Policy};

const TIMES: usize = 1000;

/// A machine in which a call is to be made, and the call.
type Asked = (World, Call, Permitted);

fn bind() -> Asked {
    let (mut world, (socket, token, start)) = (crowded(10), place(5));
    // as it is behind the association of a cycle
    for (call, reply) in &cycle(socket, token, start)[..3] {
        apply(&mut world, P1, call, reply);
    }
    let call = Call::bind(socket, Family::V4.wildcard());
    (world, call, Permitted::default())
}

#[library_benchmark]
#[bench::crowd(setup = bind)]
fn permitted_bind((world, call, mut all): Asked) -> Asked {
    for _ in 0..TIMES {
        permitted_into(&world, P1, black_box(&call), &mut all);
        black_box(&all);
    }
    (world, call, all)
}

fn acquire() -> Asked {
    let world = comb(1).world;
    let range = PortRange { start: 0, count: 64 };
    let call = Call::Acquire { socket: SocketId(1), range, frame: Frame::default() };
    (world, call, Permitted::default())
}

#[library_benchmark]
#[bench::holes(setup = acquire)]
fn permitted_acquire((world, call, mut all): Asked) -> Asked {
    for _ in 0..TIMES {
        permitted_into(&world, P1, black_box(&call), &mut all);
        // the first is that of the likeliest reading
        let free = all.offers.iter().find_map(|offer| match offer.set {
            Set::FreeBlock(free) => Some(free),
            _ => None,
        });
        assert!(black_box(free.and_then(|free| free.lowest(&world))).is_some());
    }
    (world, call, all)
}

fn effects() -> (World, Script) {
    let (socket, token, start) = place(5);
    (crowded(10), cycle(socket, token, start))
}

#[library_benchmark]
#[bench::cycle(setup = effects)]
fn apply_cycle((mut world, script): (World, Script)) -> (World, Script) {
    for _ in 0..TIMES {
        for (call, reply) in &script {
            apply(&mut world, P1, black_box(call), reply);
        }
    }
    (world, script)
}

fn host() -> Program {
    let host = Host::new(crowded(10), &Profile::likely(), Policy::Lowest, 1);
    Program::of(&host, P1)
}

#[library_benchmark]
#[bench::crowd(setup = host)]
fn simulator_cycle(mut program: Program) -> Program {
    let (.., start) = place(5);
    for _ in 0..TIMES {
        reserve(&mut program, black_box(start));
    }
    program
}

#[library_benchmark]
fn new_machine() {
    for seed in 0..TIMES as u64 {
        drop(black_box(Host::new(World::default(), &Profile::likely(), Policy::Lowest, seed)));
    }
}

/// A trace of a thousand events, and what it is judged by.
fn text(spelled: Spelled) -> (Vec<u8>, Profiles) {
    (trace(spelled, Openness::Closed, TIMES), Profiles::built_in())
}

fn judge((text, profiles): (Vec<u8>, Profiles)) -> (Vec<u8>, Profiles) {
    let settings = Settings { profile: profiles.get("likely"), ..Settings::new(&profiles) };
    let reports = check(text.as_slice(), &settings).expect("a trace");
    assert_eq!(reports[0].verdict, Verdict::Conforms);
    drop(reports);
    (text, profiles)
}

#[library_benchmark]
#[bench::lines(args = (Spelled::JsonLines), setup = text)]
fn check_json(given: (Vec<u8>, Profiles)) -> (Vec<u8>, Profiles) {
    judge(given)
}

#[library_benchmark]
#[bench::lines(args = (Spelled::Text), setup = text)]
fn check_text(given: (Vec<u8>, Profiles)) -> (Vec<u8>, Profiles) {
    judge(given)
}

fn overlapping() -> (Vec<Event>, Profiles) {
    let shape = Shape { clients: 8, calls: 50, is_illegal: false };
    (traced(shape, 1), Profiles::built_in())
}

#[library_benchmark]
#[bench::clients(setup = overlapping)]
fn history((events, profiles): (Vec<Event>, Profiles)) -> (Vec<Event>, Profiles) {
    let settings = Settings { profile: profiles.get("likely"), ..Settings::new(&profiles) };
    assert_eq!(judged(&events, &settings).verdict, Verdict::Conforms);
    (events, profiles)
}

struct Explore;

impl Visit for Explore {
    type Gives = usize;

    fn visit<W: SmallWorld + Clone + Send + 'static>(self, small: &W) -> usize {
        let search = Search { threads: 1, depth: Some(9), ..Search::default() };
        search.run(small).states
    }
}

// the search has threads of its own, so everything is counted that this process does
#[library_benchmark(
    config = LibraryBenchmarkConfig::default()
        .tool(Callgrind::default().entry_point(EntryPoint::None))
)]
fn explore() -> usize {
    black_box(with("connections", false, Explore)).expect("a world")
}

fn conversation() -> (tokio::runtime::Runtime, Conversing, String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let server = Conversing::new(serve::Settings::default());
    (runtime.expect("a runtime"), server.expect("a server"), lines(TIMES - 1).concat())
}

#[library_benchmark]
#[bench::lines(setup = conversation)]
fn serve_lines(
    (runtime, server, lines): (tokio::runtime::Runtime, Conversing, String),
) -> (tokio::runtime::Runtime, Conversing, String) {
    let stream = tokio::io::join(lines.as_bytes(), tokio::io::sink());
    runtime.block_on(server.with(stream));
    (runtime, server, lines)
}

library_benchmark_group!(
    name = paths,
    benchmarks = [
        permitted_bind,
        permitted_acquire,
        apply_cycle,
        simulator_cycle,
        new_machine,
        check_json,
        check_text,
        history,
        explore,
        serve_lines
    ]
);

main!(
    // what the C library copies with depends on the processor; without this, so would the counts
    config = LibraryBenchmarkConfig::default()
        .env("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX2,-AVX512F,-AVX512VL,-ERMS,-FSRM"),
    library_benchmark_groups = paths
);
