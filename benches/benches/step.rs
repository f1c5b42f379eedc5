//! The relation: `permitted`, `judge` and `apply`, on a small world and on one with 10 000 reservations and 30 000 sockets.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use portres_benches::{P1, crowded, cycle};
use portres_model::{Profile, SocketId, Token, World, apply, permitted};

const PLACES: u16 = 512;

/// Ports behind the crowd, and ids at the end of the tables.
fn places() -> Vec<[(portres_model::Call, portres_model::Reply); 5]> {
    let place = |i: u16| {
        // a stride that is coprime to the number of places visits them all, far apart
        let at = (u32::from(i) * 211 % u32::from(PLACES)) as u16;
        let id = 40_000 + u32::from(at);
        cycle(SocketId(id), Token(id), 61_500 + at * 6)
    };
    (0..PLACES).map(place).collect()
}

fn steps(c: &mut Criterion) {
    let mut group = c.benchmark_group("step");
    for (name, mut world) in [("small", crowded(10)), ("large", crowded(10_000))] {
        for (profile_name, profile) in
            [("likely", Profile::likely()), ("documented", Profile::documented())]
        {
            let places = places();
            group.throughput(Throughput::Elements(5));
            let mut turn = 0;
            group.bench_function(format!("cycle/{name}/{profile_name}"), |b| {
                b.iter(|| {
                    turn = (turn + 1) % places.len();
                    run(&mut world, &profile, &places[turn]);
                });
            });
        }
    }
    group.finish();
}

fn run(
    world: &mut World,
    profile: &Profile,
    cycle: &[(portres_model::Call, portres_model::Reply); 5],
) {
    for (call, reply) in cycle {
        let step =
            permitted(world, P1, call).judge(world, profile, reply).expect("a permitted step");
        black_box(&step);
        apply(world, P1, call, reply);
    }
}

fn parts(c: &mut Criterion) {
    let mut group = c.benchmark_group("part");
    group.throughput(Throughput::Elements(1));
    let (world, profile) = (crowded(10), Profile::likely());
    let [open, acquire, associate, bind, _] = cycle(SocketId(40_000), Token(40_000), 61_500);
    let mut before_bind = world.clone();
    for (call, reply) in [open, acquire, associate] {
        apply(&mut before_bind, P1, &call, &reply);
    }
    group.bench_function("permitted/bind", |b| {
        b.iter(|| permitted(&before_bind, P1, black_box(&bind.0)))
    });
    let all = permitted(&before_bind, P1, &bind.0);
    group.bench_function("judge/bind", |b| {
        b.iter(|| all.judge(&before_bind, &profile, black_box(&bind.1)))
    });
    group.bench_function("apply/bind", |b| {
        b.iter_batched_ref(
            || before_bind.clone(),
            |world| apply(world, P1, &bind.0, &bind.1),
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

fn empty(c: &mut Criterion) {
    c.bench_function("empty machine", |b| {
        b.iter(|| World::new(black_box(portres_model::Machine::default())))
    });
    println!("an empty machine has {} bytes", size_of::<World>());
}

criterion_group!(benches, steps, parts, empty);
criterion_main!(benches);
