//! Overlapped requests.

use std::cell::Cell;

use portres_sim::windows_sys::Win32::Foundation::{
    ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER, ERROR_NOT_FOUND, STATUS_ADDRESS_ALREADY_EXISTS,
    STATUS_PENDING, WAIT_IO_COMPLETION,
};
use portres_sim::windows_sys::Win32::System::IO::{CancelIoEx, OVERLAPPED};
use portres_sim::windows_sys::Win32::System::Threading::SleepEx;
use portres_sim::windows_sys::core::GUID;

use super::*;

/// `SIO_ADDRESS_LIST_CHANGE`, which stays pending.
fn list_change(
    socket: SOCKET,
    structure: &mut OVERLAPPED,
    routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
) {
    let mut bytes = 0;
    let code = unsafe {
        let (from, to) = (null(), null_mut());
        WSAIoctl(socket, SIO_ADDRESS_LIST_CHANGE, from, 0, to, 0, &mut bytes, structure, routine)
    };
    assert_eq!(said(code), Err(WSA_IO_PENDING));
    assert_eq!(structure.Internal, STATUS_PENDING as usize);
}

fn result(socket: SOCKET, structure: &OVERLAPPED, wait: bool) -> Result<u32, i32> {
    let (mut bytes, mut flags) = (77, 77);
    match unsafe { WSAGetOverlappedResult(socket, structure, &mut bytes, wait.into(), &mut flags) }
    {
        0 => Err(unsafe { WSAGetLastError() }),
        _ => {
            assert_eq!(flags, 0);
            Ok(bytes)
        }
    }
}

fn begin_acquire(
    socket: SOCKET,
    instance: &mut INET_PORT_RESERVATION_INSTANCE,
    structure: &mut OVERLAPPED,
    routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
) -> Result<(), i32> {
    let range = INET_PORT_RANGE { StartPort: 5000_u16.to_be(), NumberOfPorts: 20 };
    let mut bytes = 0;
    let (from, to) = ((&raw const range).cast(), (&raw mut *instance).cast());
    let code = SIO_ACQUIRE_PORT_RESERVATION;
    said(unsafe { WSAIoctl(socket, code, from, 4, to, 16, &mut bytes, structure, routine) })
}

#[test]
fn a_request_that_is_done_at_once_has_its_result() {
    program().run(|| {
        let (socket, mut structure) = (udp(), OVERLAPPED::default());
        let mut instance = INET_PORT_RESERVATION_INSTANCE::default();
        assert_eq!(begin_acquire(socket, &mut instance, &mut structure, None), Ok(()));
        assert_eq!((structure.Internal, u16::from_be(instance.Reservation.StartPort)), (0, 5000));
        let token = instance.Token.Token;
        assert_eq!(result(socket, &structure, false), Ok(16));
        // the token has its number for good
        assert_eq!((instance.Token.Token, associate(udp(), token)), (token, Ok(())));
    });
}

#[test]
fn a_pending_request_is_cancelled() {
    let program = program();
    program.run(|| unsafe {
        let (socket, mut structure) = (udp(), OVERLAPPED::default());
        let handle = std::ptr::without_provenance_mut(socket);
        assert_eq!(CancelIoEx(handle, &structure), 0);
        assert_eq!(WSAGetLastError() as u32, ERROR_NOT_FOUND);
        assert_eq!(CancelIoEx(null_mut(), null()), 0);
        assert_eq!(WSAGetLastError() as u32, ERROR_INVALID_HANDLE);
        list_change(socket, &mut structure, None);
        assert_eq!(CancelIoEx(handle, null()), 1);
        let cancelled = program.machine().host().look(|w| w.requests().any(|(_, r)| r.cancelled));
        assert!(cancelled);
        assert_eq!(result(4, &structure, true), Err(WSAENOTSOCK));
        assert!(result(socket, &structure, true).is_ok());
        assert_eq!(structure.Internal, 0);
    });
}

thread_local! {
    static RAN: Cell<Option<(u32, u32, usize)>> = const { Cell::new(None) };
}

unsafe extern "system" fn ran(error: u32, bytes: u32, structure: *mut OVERLAPPED, _flags: u32) {
    RAN.set(Some((error, bytes, structure.addr())));
    // a routine may call on
    udp();
}

#[test]
fn a_routine_runs_once_in_an_alertable_wait_of_its_thread() {
    let program = program();
    program.run(|| unsafe {
        let (socket, mut structure) = (udp(), OVERLAPPED::default());
        list_change(socket, &mut structure, Some(ran));
        assert_eq!((SleepEx(0, 0), RAN.get()), (0, None));
        std::thread::scope(|scope| {
            let elsewhere = scope.spawn(|| program.run(|| SleepEx(0, 1)));
            assert_eq!(elsewhere.join().expect("a wait"), 0);
        });
        assert_eq!((SleepEx(0, 1), SleepEx(0, 1)), (WAIT_IO_COMPLETION, 0));
        assert_eq!(RAN.get(), Some((0, 0, (&raw const structure).addr())));
        assert_eq!(structure.Internal, 0);
        // the routine of an acquire that is done at once runs, too
        let mut instance = INET_PORT_RESERVATION_INSTANCE::default();
        let mut acquire = OVERLAPPED::default();
        assert_eq!(begin_acquire(socket, &mut instance, &mut acquire, Some(ran)), Ok(()));
        assert_eq!(
            (SleepEx(0, 1), RAN.get().map(|(error, bytes, _)| (error, bytes))),
            (WAIT_IO_COMPLETION, Some((0, 16)))
        );
    });
}

#[test]
fn a_routine_that_leads_nowhere_is_never_run() {
    program().run(|| unsafe {
        let (socket, mut structure) = (udp(), OVERLAPPED::default());
        let mut bytes = 0;
        let (none, code) = (null_mut(), SIO_ADDRESS_LIST_CHANGE);
        let bad = std::mem::transmute::<usize, LPWSAOVERLAPPED_COMPLETION_ROUTINE>(8);
        WSAIoctl(socket, code, null(), 0, none, 0, &mut bytes, &mut structure, bad);
        assert_eq!(SleepEx(0, 1), 0);
    });
}

#[test]
fn no_routine_runs_once_winsock_has_been_cleaned_up() {
    program().run(|| unsafe {
        let (socket, mut structure) = (udp(), OVERLAPPED::default());
        list_change(socket, &mut structure, Some(ran));
        assert_eq!(said(WSACleanup()), Ok(()));
        assert_eq!(SleepEx(0, 1), 0);
    });
}

#[test]
fn a_status_that_the_program_writes_is_translated() {
    program().run(|| {
        let socket = udp();
        let mut structure = OVERLAPPED { Internal: STATUS_PENDING as usize, ..Default::default() };
        assert_eq!(result(socket, &structure, false), Err(WSA_IO_INCOMPLETE));
        structure.Internal = STATUS_ADDRESS_ALREADY_EXISTS as u32 as usize;
        assert_eq!(result(socket, &structure, false), Err(WSAEADDRINUSE));
        structure.Internal = 0;
        assert_eq!(result(socket, &structure, false), Ok(0));
        // nothing was ever said of this one
        assert_eq!(result(socket, &OVERLAPPED::default(), false), Err(WSA_IO_INCOMPLETE));
    });
}

#[test]
fn a_socket_without_the_attribute_ignores_the_structure() {
    program().run(|| unsafe {
        let socket = WSASocketW(AF_INET.into(), SOCK_DGRAM, IPPROTO_UDP, null(), 0, 0);
        let mut structure = OVERLAPPED { Internal: 1234, ..Default::default() };
        let mut instance = INET_PORT_RESERVATION_INSTANCE::default();
        assert_eq!(begin_acquire(socket, &mut instance, &mut structure, None), Ok(()));
        assert_eq!(
            (structure.Internal, u16::from_be(instance.Reservation.StartPort)),
            (1234, 5000)
        );
    });
}

#[test]
fn connectex_is_had_from_a_socket_and_has_completed_when_it_returns() {
    program().run(|| unsafe {
        let (socket, mut function, mut bytes) = (tcp(), None, 0);
        let get = |socket, guid: *const GUID, function: &mut LPFN_CONNECTEX, bytes: *mut u32| {
            let (to, room) = ((&raw mut *function).cast(), size_of::<LPFN_CONNECTEX>() as u32);
            let code = SIO_GET_EXTENSION_FUNCTION_POINTER;
            said(WSAIoctl(socket, code, guid.cast(), 16, to, room, bytes, null_mut(), None))
        };
        let connect_ex = &WSAID_CONNECTEX as *const GUID;
        assert_eq!(get(4, connect_ex, &mut function, &mut bytes), Err(WSAENOTSOCK));
        let other = WSAID_DISCONNECTEX;
        assert!(get(socket, &other, &mut function, &mut bytes).is_err());
        assert!(get(socket, null(), &mut function, &mut bytes).is_err());
        assert!(get(socket, &WSAID_CONNECTEX, &mut function, null_mut()).is_err());
        assert!(function.is_none());
        assert_eq!(get(socket, connect_ex, &mut function, &mut bytes), Ok(()));
        assert_eq!(bytes as usize, size_of::<usize>());
        let function = function.expect("a function");
        let ((to, size), mut sent) = (raw("127.0.0.1:80"), 77);
        let mut structure = OVERLAPPED { Internal: 5, ..Default::default() };
        let sent = &raw mut sent;
        let connect = |structure: *mut OVERLAPPED| {
            let name = (&raw const to).cast();
            match function(socket, name, size, null(), 0, sent, structure) {
                0 => Err(WSAGetLastError()),
                _ => Ok(()),
            }
        };
        let listener = tcp();
        assert_eq!(bind_to(listener, "127.0.0.1:80"), Ok(()));
        assert_eq!(said(listen(listener, 1)), Ok(()));
        // it binds nothing itself
        assert_eq!(connect(&mut structure), Err(WSAEINVAL));
        assert_eq!(bind_to(socket, "0.0.0.0:5000"), Ok(()));
        assert_eq!(connect(null_mut()), Err(ERROR_INVALID_PARAMETER as i32));
        assert_eq!((connect(&mut structure), structure.Internal), (Ok(()), 0));
        assert_eq!((result(socket, &structure, true), *sent), (Ok(0), 0));
        assert_eq!(connect(&mut structure), Err(WSAEISCONN));
    });
}
