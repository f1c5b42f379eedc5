//! The simulator: acquire, associate, bind, close on one thread through the lock.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use portres_benches::{P1, crowded};
use portres_model::{Call, Family, Frame, PortRange, Profile, Reply, SocketKind};
use portres_sim::{Host, Policy};

fn simulator(c: &mut Criterion) {
    let mut group = c.benchmark_group("simulator");
    group.throughput(Throughput::Elements(5));
    for (name, reservations) in [("small", 10), ("large", 10_000)] {
        let host = Host::new(crowded(reservations), &Profile::likely(), Policy::Lowest, 1);
        group.bench_function(format!("cycle/{name}"), |b| b.iter(|| cycle(&host)));
    }
    group.finish();
}

fn cycle(host: &Host) {
    let opened = host.call(P1, &Call::open(SocketKind::Udp, Family::V4)).reply;
    let Reply::Socket(socket) = opened else { panic!("{opened:?}") };
    let (range, frame) = (PortRange { start: 64_000, count: 4 }, Frame::default());
    let acquired = host.call(P1, &Call::Acquire { socket, range, frame }).reply;
    let Reply::Reserved { token, .. } = acquired else { panic!("{acquired:?}") };
    let _ = host.call(P1, &Call::Associate { socket, token, frame });
    let _ = host.call(P1, &Call::bind(socket, Family::V4.wildcard()));
    let _ = host.call(P1, &Call::CloseSocket { socket });
}

/// What a test pays for a machine of its own, and for the same calls by handles.
fn handles(c: &mut Criterion) {
    let mut group = c.benchmark_group("simulator");
    group.bench_function("new", |b| b.iter(|| Host::builder().seed(1).build()));
    group.throughput(Throughput::Elements(5));
    let host = Host::builder().build();
    let program = host.process("alice").start();
    group.bench_function("cycle/handles", |b| {
        b.iter(|| {
            let socket = program.udp().expect("a socket");
            let reservation = socket.acquire(64_000, 4).expect("a free block");
            socket.associate(reservation).expect("its own block");
            socket.bind(Family::V4.wildcard()).expect("a port of the block")
        });
    });
    group.finish();
}

criterion_group!(benches, simulator, handles);
criterion_main!(benches);
