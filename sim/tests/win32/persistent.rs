//! Persistent reservations.

use portres_sim::iphlpapi::*;
use portres_sim::model::{AccessToken, Account, Call, ProcessId};
use portres_sim::windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_INVALID_PARAMETER, ERROR_NOT_FOUND, ERROR_SHARING_VIOLATION,
};

use super::*;

fn administrator(machine: &Machine) -> Program {
    let (account, token) = (Account::Administrator, AccessToken::Elevated);
    machine.start(Credentials { account, token, ..Credentials::default() })
}

type GiveToken = unsafe extern "system" fn(u16, u16, *mut u64) -> u32;

fn give(function: GiveToken, start: u16, count: u16) -> Result<u64, u32> {
    let mut token = 77;
    match unsafe { function(start.to_be(), count, &mut token) } {
        0 => Ok(token),
        code => {
            assert_eq!(token, 77, "a token beside an error");
            Err(code)
        }
    }
}

#[test]
fn a_block_is_created_looked_up_and_deleted() {
    let machine = machine();
    let kinds: [(GiveToken, GiveToken, unsafe extern "system" fn(u16, u16) -> u32); 2] = [
        (
            CreatePersistentTcpPortReservation,
            LookupPersistentTcpPortReservation,
            DeletePersistentTcpPortReservation,
        ),
        (
            CreatePersistentUdpPortReservation,
            LookupPersistentUdpPortReservation,
            DeletePersistentUdpPortReservation,
        ),
    ];
    administrator(&machine).run(|| {
        for (create, lookup, delete) in kinds {
            let token = give(create, 6000, 4).expect("a token");
            assert_ne!(token, 0);
            assert_eq!(give(lookup, 6000, 4), Ok(token));
            assert_eq!(give(lookup, 6000, 3), Err(ERROR_NOT_FOUND));
            assert_eq!(give(create, 6003, 1), Err(ERROR_SHARING_VIOLATION));
            assert_eq!(give(create, 0, 1), Err(ERROR_INVALID_PARAMETER));
            unsafe {
                assert_eq!(delete(6000_u16.to_be(), 3), ERROR_NOT_FOUND);
                assert_eq!(delete(6000_u16.to_be(), 4), 0);
                assert_eq!(delete(6000_u16.to_be(), 4), ERROR_NOT_FOUND);
            }
        }
    });
}

#[test]
fn the_protocols_are_kept_apart_and_rights_are_asked_for() {
    let machine = machine();
    let token = administrator(&machine).run(|| give(CreatePersistentUdpPortReservation, 6000, 4));
    let token = token.expect("a token");
    let user = started(&machine);
    user.run(|| {
        assert_eq!(give(LookupPersistentTcpPortReservation, 6000, 4), Err(ERROR_NOT_FOUND));
        assert_eq!(give(CreatePersistentTcpPortReservation, 7000, 1), Err(ERROR_ACCESS_DENIED));
        let code = unsafe { DeletePersistentUdpPortReservation(6000_u16.to_be(), 4) };
        assert_eq!(code, ERROR_ACCESS_DENIED);
    });
    administrator(&machine).run(|| {
        assert_eq!(unsafe { WSAStartup(0x0202, &mut WSADATA::default()) }, 0);
        assert_eq!(give(LookupPersistentUdpPortReservation, 6000, 4), Ok(token));
        let socket = udp();
        assert_eq!((associate(socket, token), bind_to(socket, "0.0.0.0:0")), (Ok(()), Ok(())));
        assert_eq!(port(socket), Ok(6000));
    });
}

#[test]
fn a_reservation_is_found_again_after_a_restart() {
    let machine = machine();
    let token = administrator(&machine).run(|| give(CreatePersistentTcpPortReservation, 6000, 4));
    let _ = machine.host().call(ProcessId::MACHINE, &Call::Restart);
    administrator(&machine).run(|| {
        assert_eq!(unsafe { WSAStartup(0x0202, &mut WSADATA::default()) }, 0);
        let found = give(LookupPersistentTcpPortReservation, 6000, 4).expect("a token");
        let socket = tcp();
        assert_eq!((associate(socket, found), bind_to(socket, "0.0.0.0:0")), (Ok(()), Ok(())));
        assert_eq!(port(socket), Ok(6000));
        if Ok(found) != token {
            // the old one stands for nothing
            assert_ne!(associate(tcp(), token.expect("a token")), Ok(()));
        }
    });
}

#[test]
fn a_token_that_a_lookup_gives_anew_has_a_number_of_its_own() {
    let mut anew = 0;
    for seed in 0..20 {
        let host = Host::new(World::default(), &Profile::likely(), Policy::Random, seed);
        let machine = Machine::new(host);
        let ended = started(&machine).run(|| acquire(udp(), 5000, 2)).expect("a reservation");
        let owner = started(&machine);
        let runtime = owner.run(|| acquire(udp(), 5100, 2)).expect("a reservation");
        let created = administrator(&machine)
            .run(|| give(CreatePersistentTcpPortReservation, 6000, 4))
            .expect("a token");
        drop(owner);
        let _ = machine.host().call(ProcessId::MACHINE, &Call::Restart);
        let found = administrator(&machine).run(|| {
            assert_eq!(unsafe { WSAStartup(0x0202, &mut WSADATA::default()) }, 0);
            let found = give(LookupPersistentTcpPortReservation, 6000, 4).expect("a token");
            assert_eq!(associate(tcp(), found), Ok(()));
            found
        });
        assert!(![ended.Token.Token, runtime.Token.Token].contains(&found));
        anew += usize::from(found != created);
    }
    assert!(anew > 0, "the token is always the old one");
}
