//! Runtime reservations.

use super::*;

#[test]
fn a_block_is_acquired_associated_bound_and_released() {
    program().run(|| {
        let (owner, worker, rival) = (udp(), udp(), udp());
        let got = acquire(owner, 5000, 20).expect("a reservation");
        assert_eq!(u16::from_be(got.Reservation.StartPort), 5000);
        assert_eq!(got.Reservation.NumberOfPorts, 20);
        assert_ne!(got.Token.Token, 0);
        assert_eq!(acquire(rival, 5010, 1).err(), Some(WSAEADDRINUSE));
        assert_eq!(bind_to(rival, "0.0.0.0:5001"), Err(WSAEACCES));
        assert_eq!(associate(worker, got.Token.Token), Ok(()));
        assert_eq!(bind_to(worker, "0.0.0.0:0"), Ok(()));
        assert_eq!(port(worker), Ok(5000));
        assert_eq!(said(unsafe { closesocket(worker) }), Ok(()));
        assert_eq!(release(owner, got.Token.Token), Ok(()));
        assert_eq!(bind_to(rival, "0.0.0.0:5001"), Ok(()));
    });
}

#[test]
fn a_token_never_stands_for_a_later_reservation() {
    program().run(|| {
        let mut seen = std::collections::BTreeSet::new();
        let mut before = None;
        for _ in 0..20 {
            let owner = udp();
            let token = acquire(owner, 5000, 2).expect("a reservation").Token.Token;
            assert!(token != 0 && seen.insert(token), "{token:#x} again");
            if let Some(old) = before.replace(token) {
                assert_ne!(associate(udp(), old), Ok(()));
            }
            assert_eq!(said(unsafe { closesocket(owner) }), Ok(()));
        }
    });
}

#[test]
fn a_token_of_zero_or_swapped_is_refused() {
    program().run(|| {
        let owner = udp();
        let token = acquire(owner, 5000, 2).expect("a reservation").Token.Token;
        for wrong in [0, token.swap_bytes(), token & 0xffff_ffff, token + 1] {
            assert_ne!(associate(udp(), wrong), Ok(()), "{wrong:#x}");
        }
        assert_eq!(associate(udp(), token), Ok(()));
    });
}

#[test]
fn the_system_chooses_a_block_where_none_is_named() {
    program().run(|| {
        let got = acquire(tcp(), 0, 64).expect("a reservation");
        assert_eq!(got.Reservation.NumberOfPorts, 64);
        assert_ne!(got.Reservation.StartPort, 0);
    });
}
