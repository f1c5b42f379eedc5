//! scratch
use portres_benches::{P1, crowded};
use portres_model::{Call, Family, Frame, PortRange, Profile, Reply, SocketKind};
use portres_sim::{Host, Policy};

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

fn main() {
    let mut args = std::env::args().skip(1);
    let policy = match args.next().as_deref() {
        Some("next") => Policy::NextFit,
        Some("random") => Policy::Random,
        Some("adversarial") => Policy::Adversarial,
        _ => Policy::Lowest,
    };
    let cycles: u32 = args.next().map_or(1_000_000, |n| n.parse().unwrap());
    let crowd: u16 = args.next().map_or(10, |n| n.parse().unwrap());
    let host = Host::new(crowded(crowd), &Profile::likely(), policy, 1);
    let begin = std::time::Instant::now();
    for _ in 0..cycles {
        cycle(&host);
    }
    let took = begin.elapsed();
    println!("{:.2} ns a call", took.as_nanos() as f64 / f64::from(cycles) / 5.0);
}
