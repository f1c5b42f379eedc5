//! Machines in the shapes of `fixtures/listings`: the search for a free block where little is free in one piece, and the cycle
//! where the system has taken what people have posted.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use portres_benches::P1;
use portres_benches::beside::{Program, RESERVING, reserve_either};
use portres_benches::draw::Draw;
use portres_benches::naive::Machine;
use portres_benches::posted::{Fragmented, Walk, comb, fragmented, machine, sizes};
use portres_model::{
    Call, DYNAMIC, Family, Frame, PortRange, Profile, Protocol, Reply, SocketKind,
};
use portres_sim::{Host, Policy};

const HOLES: usize = 8000;

/// The search alone, where only the last hole is large enough, and where none is; beside it a walk from port to port.
fn searches(c: &mut Criterion) {
    let mut group = c.benchmark_group("blocks");
    for (range, made) in [("", comb(1)), (" of a wide range", fragmented(HOLES, 1))] {
        let Fragmented { world, within, holes } = made;
        let last = holes.last().map_or(0, |hole| hole.count());
        let walk = Walk::of(&world, within);
        for (which, wanted) in [("the last", last), ("none", last + 1)] {
            let name = format!("{which} of 8000 holes{range}");
            group.bench_function(&name, |b| {
                b.iter(|| world.free_block(Protocol::Udp, within, black_box(wanted)));
            });
            group.bench_function(format!("{name}, by a walk"), |b| {
                b.iter(|| walk.free_block(black_box(wanted)));
            });
        }
    }
    group.finish();
}

/// An acquire of as many ports as somebody has posted, and the release of what it gave, under each policy.
fn acquires(c: &mut Criterion) {
    let mut group = c.benchmark_group("acquire");
    group.throughput(Throughput::Elements(2));
    let sizes: Vec<u16> = sizes();
    for policy in [Policy::Lowest, Policy::NextFit, Policy::Random, Policy::Adversarial] {
        let world = fragmented(HOLES, 1).world;
        let name = format!("8000 holes/{policy:?}");
        let mut program = Program::of(&Host::new(world, &Profile::likely(), policy, 1), P1);
        let opened = program.call(&Call::open(SocketKind::Udp, Family::V4));
        let Reply::Socket(socket) = opened else { panic!("{opened}") };
        let (mut draw, frame) = (Draw::new(7), Frame::default());
        group.bench_function(name, |b| {
            b.iter(|| {
                let count = sizes[draw.below(sizes.len() as u64) as usize];
                let range = PortRange { start: 0, count };
                let acquired = program.call(&Call::Acquire { socket, range, frame });
                let Reply::Reserved { token, .. } = acquired else { panic!("{acquired}") };
                program.call(&Call::Release { socket, token, frame })
            });
        });
    }
    group.finish();
}

/// The cycle on machines that people have posted: two ports of the dynamic range where the system has left them.
fn posted(c: &mut Criterion) {
    let mut group = c.benchmark_group("posted");
    group.throughput(Throughput::Elements(RESERVING));
    for list in ["aspnetcore-25562.txt", "sila-de-before.txt", "supabase-1010.txt"] {
        let world = machine(list);
        let places: Vec<u16> = places(&world);
        let mut program = Program::of(&Host::new(world, &Profile::likely(), Policy::Lowest, 1), P1);
        let mut draw = Draw::new(3);
        group.bench_function(list.trim_end_matches(".txt"), |b| {
            b.iter(|| {
                let start = places[draw.below(places.len() as u64) as usize];
                reserve_either(&mut program, start)
            });
        });
    }
    group.finish();
}

/// Where two free ports begin in the dynamic range.
fn places(world: &portres_model::World) -> Vec<u16> {
    let free = |port| !world.is_excluded(Protocol::Udp, port);
    let mut starts = DYNAMIC.ports().take_while(|port| *port < DYNAMIC.last());
    let mut found = Vec::new();
    while let Some(port) = starts.find(|port| free(*port) && free(*port + 1)) {
        found.push(port);
    }
    found
}

criterion_group!(benches, searches, acquires, posted);
criterion_main!(benches);
