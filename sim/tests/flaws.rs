//! A flaw is there whichever way the machine is called.

use portres_model::{Call, Family, ProcessId, Reply, SocketId, SocketKind};
use portres_sim::{Flaw, Host};

const PORT: u16 = 5000;

#[test]
fn handles_meet_the_flaw() {
    let sound = Host::builder().build();
    let flawed = Host::builder().build().with_flaw(Flaw::BoundPortByteOrder);
    let port = |host: &Host| {
        let program = host.process("alice").start();
        let socket = program.udp().expect("a socket");
        socket.bind(([127, 0, 0, 1], PORT)).expect("a port")
    };
    assert_eq!((port(&sound), port(&flawed)), (PORT, PORT.swap_bytes()));
    assert_eq!((sound.flaw(), flawed.flaw()), (None, Some(Flaw::BoundPortByteOrder)));
}

#[test]
fn plain_calls_meet_the_flaw() {
    let flawed = Host::builder().build().with_flaw(Flaw::BoundPortByteOrder);
    let by = ProcessId(1);
    let opened = flawed.call(by, &Call::open(SocketKind::Udp, Family::V4)).reply;
    assert_eq!(opened, Reply::Socket(SocketId(1)));
    let bound = flawed.call(by, &Call::bind(SocketId(1), ([127, 0, 0, 1], PORT).into()));
    assert_eq!(bound.reply, Reply::Bound(PORT.swap_bytes()));
    assert_eq!(bound.rule, Flaw::BoundPortByteOrder.breaks());
}
