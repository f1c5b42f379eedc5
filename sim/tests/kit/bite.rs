//! A test on every wrong machine.

use portres_sim::kit::{EveryFlaw, for_every_flaw};
use portres_sim::model::{Owner, Protocol};
use portres_sim::{Flaw, Host};

fn reserves_and_binds(host: &Host) {
    let server = host.process("alice").start();
    let socket = server.udp().expect("a socket");
    let reservation = socket.acquire(5000, 20).expect("a reservation");
    assert_eq!((reservation.block.start, reservation.block.count), (5000, 20));
    socket.associate(reservation).expect("an association");
    assert_eq!(socket.bind(([0, 0, 0, 0], 0)).expect("a port"), 5000);
    assert_eq!(socket.get_sock_name().expect("a name").port(), 5000);
    drop(socket);
    let again = server.udp().expect("a socket");
    assert_eq!(again.bind(([0, 0, 0, 0], 5000)), Ok(5000));
}

#[test]
fn a_test_that_looks_at_everything_finds_every_flaw_that_it_meets() {
    let bite = for_every_flaw(reserves_and_binds);
    assert!(bite.is_whole(), "{bite}");
    assert!(bite.found.len() >= 10, "{bite}");
    assert_eq!(bite.found.len() + bite.unmet.len(), Flaw::ALL.len());
    assert!(bite.finds(Flaw::BlockEndOffByOne) && bite.finds(Flaw::CloseLeaksReservation));
    assert!(bite.unmet.contains(&Flaw::DeleteByStart), "it deletes nothing");
}

#[test]
fn a_test_that_looks_at_nothing_misses_them_and_is_told_so() {
    let looks_at_nothing = |host: &Host| {
        let server = host.process("alice").start();
        let _ = server.udp().map(|socket| socket.bind(([0, 0, 0, 0], 5000)));
    };
    let bite = for_every_flaw(looks_at_nothing);
    assert!(!bite.is_whole() && bite.found.is_empty());
    assert!(bite.missed.contains(&Flaw::BoundPortOffByOne), "{bite}");
    let text = bite.to_string();
    let says = "missed: bound-port-off-by-one: bind reports the port behind";
    assert!(text.contains(says), "{text}");
}

#[test]
fn a_test_that_fails_anyway_shows_nothing() {
    let block = Host::builder().block(Protocol::Udp, 5000, 100, Owner::WinNat);
    let says = EveryFlaw::on(block).check(reserves_and_binds).expect_err("the block is taken");
    assert!(says.contains("a reservation"), "{says}");
}
