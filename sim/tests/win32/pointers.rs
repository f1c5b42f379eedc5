//! Pointers that lead nowhere, and buffers that are too short: answered, never followed.

use std::ffi::c_void;
use std::ptr::{without_provenance, without_provenance_mut};

use portres_sim::windows_sys::Win32::System::IO::OVERLAPPED;

use super::*;

/// Nowhere, and not NULL.
const NOWHERE: usize = 8;

type Output = (*mut c_void, u32);

fn control(
    code: u32,
    (input, given): (*const c_void, u32),
    (output, room): Output,
    bytes: *mut u32,
) -> Result<(), i32> {
    let socket = udp();
    said(unsafe { WSAIoctl(socket, code, input, given, output, room, bytes, null_mut(), None) })
}

#[test]
fn the_buffers_of_an_acquire_are_looked_at_before_they_are_used() {
    program().run(|| {
        let range = INET_PORT_RANGE { StartPort: 5000_u16.to_be(), NumberOfPorts: 1 };
        let good: (*const c_void, u32) = ((&raw const range).cast(), 4);
        let mut room = [0x55_u8; 24];
        let to: *mut c_void = room.as_mut_ptr().cast();
        let mut bytes = 77;
        let at = &raw mut bytes;
        let code = SIO_ACQUIRE_PORT_RESERVATION;
        for input in
            [(null(), 4), (without_provenance(NOWHERE), 4), (good.0, 3), (good.0, 1), (null(), 0)]
        {
            assert!(control(code, input, (to, 16), at).is_err(), "{input:?}");
        }
        let outputs =
            [(null_mut(), 16), (without_provenance_mut(NOWHERE), 16), (to, 15), (to, 1), (to, 0)];
        for output in outputs {
            assert!(control(code, good, output, at).is_err(), "{output:?}");
        }
        assert_eq!(control(code, good, (to, 16), null_mut()), Err(WSAEFAULT));
        assert_eq!(control(code, good, (to, 16), without_provenance_mut(NOWHERE)), Err(WSAEFAULT));
        assert_eq!(room, [0x55; 24]);
        assert_eq!(control(code, good, (to, 24), at), Ok(()));
        assert_eq!((bytes, &room[..4], &room[16..]), (16, &[0x13, 0x88, 1, 0][..], &[0x55; 8][..]));
    });
}

#[test]
fn the_token_of_an_associate_must_be_there() {
    program().run(|| {
        let token = acquire(udp(), 5000, 1).expect("a reservation").Token.Token;
        let good: *const c_void = (&raw const token).cast();
        let mut bytes = 0;
        let nothing = (null_mut(), 0);
        let code = SIO_ASSOCIATE_PORT_RESERVATION;
        for input in
            [(null(), 8), (without_provenance(NOWHERE), 8), (good, 7), (good, 1), (null(), 0)]
        {
            assert!(control(code, input, nothing, &mut bytes).is_err(), "{input:?}");
        }
        assert_eq!(control(code, (good, 8), nothing, &mut bytes), Ok(()));
    });
}

#[test]
fn a_name_must_be_there_and_long_enough() {
    program().run(|| unsafe {
        let socket = udp();
        let (name, _) = raw("0.0.0.0:5000");
        let good = (&raw const name).cast();
        for (name, length) in [
            (nothing(), 16),
            (without_provenance(NOWHERE), 16),
            (good, 15),
            (good, 1),
            (good, 0),
            (good, -1),
        ] {
            assert_eq!(said(bind(socket, name, length)), Err(WSAEFAULT), "{name:?}, {length}");
            assert_eq!(said(connect(socket, name, length)), Err(WSAEFAULT), "{name:?}, {length}");
            let sent = sendto(socket, null(), 0, 0, name, length);
            assert_eq!(said(sent), Err(WSAEFAULT), "{name:?}, {length}");
            // the handle comes first
            assert_eq!(said(connect(0, name, length)), Err(WSAENOTSOCK), "{name:?}, {length}");
        }
        assert_eq!(said(bind(socket, good, 16)), Ok(()));
        let (mut room, mut short, mut long) = ([0x55_u8; 28], 15, 28);
        let to = room.as_mut_ptr().cast();
        assert_eq!(said(getsockname(socket, null_mut(), &mut long)), Err(WSAEFAULT));
        assert_eq!(said(getsockname(socket, to, null_mut())), Err(WSAEFAULT));
        assert_eq!(said(getsockname(socket, to, &mut short)), Err(WSAEFAULT));
        assert_eq!((room, short), ([0x55; 28], 15));
        assert_eq!(said(getsockname(socket, to, &mut long)), Ok(()));
        assert_eq!((&room[2..4], &room[16..], long), (&[0x13, 0x88][..], &[0x55; 12][..], 16));
    });
}

#[test]
fn an_accept_that_cannot_name_the_peer_takes_no_connection() {
    let program = program();
    program.run(|| unsafe {
        let listener = tcp();
        assert_eq!(bind_to(listener, "127.0.0.1:5000"), Ok(()));
        assert_eq!(said(listen(listener, 5)), Ok(()));
        let sockets = || program.machine().host().look(|world| world.sockets().count());
        let (before, mut name, mut short) = (sockets(), SOCKADDR_IN::default(), 15);
        let to = (&raw mut name).cast();
        for (name, length) in [(to, &raw mut short), (to, null_mut())] {
            assert_eq!(accept(listener, name, length), INVALID_SOCKET);
            assert_eq!(WSAGetLastError(), WSAEFAULT);
        }
        assert_eq!(sockets(), before);
    });
}

#[test]
fn values_of_options_must_be_there() {
    program().run(|| unsafe {
        let (socket, mut four, mut value) = (udp(), 4, 0_u8);
        let (level, option) = (SOL_SOCKET, SO_REUSEADDR);
        assert_eq!(said(setsockopt(socket, level, option, null(), 4)), Err(WSAEFAULT));
        let nowhere = without_provenance_mut(NOWHERE);
        assert_eq!(said(setsockopt(socket, level, option, nowhere, 4)), Err(WSAEFAULT));
        assert_eq!(said(getsockopt(socket, level, option, null_mut(), &mut four)), Err(WSAEFAULT));
        assert_eq!(said(getsockopt(socket, level, option, nowhere, &mut four)), Err(WSAEFAULT));
        assert_eq!(said(getsockopt(socket, level, option, &mut value, null_mut())), Err(WSAEFAULT));
        let mut none = 0;
        assert_eq!(said(getsockopt(socket, level, option, &mut value, &mut none)), Err(WSAEFAULT));
    });
}

#[test]
fn other_pointers_of_ioctls_and_of_winsock_itself() {
    machine().start(Credentials::default()).run(|| unsafe {
        assert_eq!(WSAStartup(0x0202, null_mut()), WSAEFAULT);
        assert_eq!(WSAStartup(0x0202, &mut WSADATA::default()), 0);
        let socket = udp();
        assert_eq!(said(WSADuplicateSocketW(socket, 4, null_mut())), Err(WSAEFAULT));
        let range = INET_PORT_RANGE { StartPort: 5000_u16.to_be(), NumberOfPorts: 1 };
        let (mut instance, mut bytes) = (INET_PORT_RESERVATION_INSTANCE::default(), 0);
        let (from, to) = ((&raw const range).cast(), (&raw mut instance).cast());
        let overlapped = without_provenance_mut::<OVERLAPPED>(NOWHERE);
        let code = SIO_ACQUIRE_PORT_RESERVATION;
        let code = WSAIoctl(socket, code, from, 4, to, 16, &mut bytes, overlapped, None);
        assert_eq!(said(code), Err(WSAEFAULT));
    });
}
