//! The waits of programs for Win32: whoever waits for an event, a result or a routine is released, whoever sets it.
#![allow(unsafe_code, reason = "the functions under test are unsafe")]
#![allow(
    clippy::undocumented_unsafe_blocks,
    reason = "every pointer is NULL, or to what lives as long as the requests"
)]

use std::cell::Cell;
use std::ptr::{null, null_mut, without_provenance_mut};

use portres_sim::model::{Credentials, ProcessId};
use portres_sim::win32::{Machine, Program};
use portres_sim::windows_sys::Win32::Foundation::{HANDLE, STATUS_PENDING, WAIT_IO_COMPLETION};
use portres_sim::windows_sys::Win32::System::IO::{GetOverlappedResult, OVERLAPPED};
use portres_sim::windows_sys::Win32::System::Threading::{INFINITE, SleepEx};
use portres_sim::winsock::*;
use portres_sim::{Completes, Host, Pending, Pends};
use shuttle::thread;

/// A program with a socket, on a machine where requests complete by hand.
fn program() -> (Program, SOCKET) {
    let pending = Pending { pends: Pends::Always, completes: Completes::ByHand };
    let machine = Machine::new(Host::builder().pending(pending).build());
    let program = machine.start(Credentials::default());
    let socket = program.run(|| unsafe {
        assert_eq!(WSAStartup(0x0202, &mut WSADATA::default()), 0);
        socket(AF_INET.into(), SOCK_DGRAM, IPPROTO_UDP)
    });
    (program, socket)
}

/// Begins an acquire; its structure, which is never freed.
fn begin(
    socket: SOCKET,
    event: WSAEVENT,
    routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
) -> &'static OVERLAPPED {
    let structure = OVERLAPPED { hEvent: as_handle(event), ..OVERLAPPED::default() };
    let structure: *mut OVERLAPPED = Box::into_raw(Box::new(structure));
    let range = INET_PORT_RANGE { StartPort: 0, NumberOfPorts: 4 };
    let to: *mut INET_PORT_RESERVATION_INSTANCE = Box::into_raw(Box::default());
    let (code, mut bytes) = (SIO_ACQUIRE_PORT_RESERVATION, 0);
    let from = (&raw const range).cast();
    unsafe {
        let done = WSAIoctl(socket, code, from, 4, to.cast(), 16, &mut bytes, structure, routine);
        assert_eq!((done, WSAGetLastError()), (SOCKET_ERROR, WSA_IO_PENDING));
        &*structure
    }
}

fn as_handle(number: isize) -> HANDLE {
    without_provenance_mut(number as usize)
}

fn wait(event: WSAEVENT, alertable: bool) -> u32 {
    let handle = as_handle(event);
    unsafe { WSAWaitForMultipleEvents(1, &raw const handle, 0, WSA_INFINITE, alertable.into()) }
}

fn spawn<T: Send + 'static>(
    program: &Program,
    act: impl FnOnce(&Program) -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    let program = program.clone();
    thread::spawn(move || program.run(|| act(&program)))
}

fn complete(program: &Program) {
    let host = program.machine().host();
    for request in host.pending() {
        let _ = host.complete(request);
    }
}

/// Some wait in every way for one request, and others end it in every way.
fn released() {
    let (program, socket) = program();
    let event = program.run(|| unsafe { WSACreateEvent() });
    let structure = program.run(|| begin(socket, event, None)).Internal;
    assert_eq!(structure, STATUS_PENDING as usize);
    let waits = [false, true].map(|alertable| spawn(&program, move |_| wait(event, alertable)));
    let ends = [
        spawn(&program, complete),
        spawn(&program, move |_| assert_eq!(unsafe { closesocket(socket) }, 0)),
    ];
    assert_eq!(waits.map(|waiter| waiter.join().expect("it returns")), [0, 0]);
    for end in ends {
        end.join().expect("it returns");
    }
}

#[test]
fn an_event_releases_its_waiters_whoever_completes_the_request() {
    shuttle::check_pct(released, 3000, 4);
    shuttle::check_random(released, 3000);
}

#[test]
fn what_a_program_sets_itself_releases_its_waiters() {
    let test = || {
        let (program, _) = program();
        let event = program.run(|| unsafe { WSACreateEvent() });
        let waiter = spawn(&program, move |_| wait(event, false));
        let setter = spawn(&program, move |_| unsafe { WSASetEvent(event) });
        assert_eq!(
            (waiter.join().expect("it returns"), setter.join().expect("it returns")),
            (0, 1)
        );
    };
    shuttle::check_dfs(test, Some(20_000));
}

/// A result that is waited for through an event, and one without.
#[test]
fn a_result_releases_its_waiters() {
    let test = || {
        let (program, socket) = program();
        let waiters = [true, false].map(|has_event| {
            spawn(&program, move |program| unsafe {
                let event = if has_event { WSACreateEvent() } else { 0 };
                let structure = begin(socket, event, None);
                let completer = spawn(program, complete);
                let mut bytes = 0;
                let told = GetOverlappedResult(null_mut(), structure, &mut bytes, 1);
                completer.join().expect("it returns");
                (told, bytes)
            })
        });
        assert_eq!(waiters.map(|waiter| waiter.join().expect("it returns")), [(1, 16), (1, 16)]);
    };
    shuttle::check_pct(test, 2000, 4);
    shuttle::check_random(test, 2000);
}

shuttle::thread_local! {
    static RAN: Cell<u32> = Cell::new(0);
}

unsafe extern "system" fn ran(_: u32, _: u32, _: *mut OVERLAPPED, _: u32) {
    RAN.with(|ran| ran.set(ran.get() + 1));
}

#[test]
fn each_routine_runs_in_the_wait_of_its_thread() {
    let test = || {
        let (program, socket) = program();
        let waiters = [(); 2].map(|()| {
            spawn(&program, move |program| {
                begin(socket, 0, Some(ran));
                let completer = spawn(program, complete);
                let waited = unsafe { SleepEx(INFINITE, 1) };
                completer.join().expect("it returns");
                (waited, RAN.with(Cell::get))
            })
        });
        let told = waiters.map(|waiter| waiter.join().expect("it returns"));
        assert_eq!(told, [(WAIT_IO_COMPLETION, 1); 2]);
    };
    shuttle::check_pct(test, 2000, 4);
    shuttle::check_random(test, 2000);
}

#[test]
fn the_end_of_a_thread_releases_who_waits_for_what_it_has_begun() {
    let test = || {
        let (program, socket) = program();
        let event = program.run(|| unsafe { WSACreateEvent() });
        let other = spawn(&program, move |_| {
            begin(socket, event, None);
        });
        let waiter = spawn(&program, move |_| wait(event, true));
        other.join().expect("it returns");
        assert_eq!(waiter.join().expect("it returns"), 0);
    };
    shuttle::check_pct(test, 1000, 3);
    shuttle::check_random(test, 1000);
}

#[test]
fn the_end_of_the_machine_releases_all() {
    let test = || {
        let (program, socket) = program();
        let event = program.run(|| unsafe { WSACreateEvent() });
        program.run(|| begin(socket, event, None));
        let waiters =
            [true, false].map(|alertable| spawn(&program, move |_| wait(event, alertable)));
        let restart = spawn(&program, |program| program.machine().host().restart());
        let told = waiters.map(|waiter| waiter.join().expect("it returns"));
        assert_eq!(told, [WSA_WAIT_FAILED; 2]);
        restart.join().expect("it returns");
        let gone = program.run(|| unsafe { bind(socket, null(), 0) });
        assert_eq!((gone, program.process()), (SOCKET_ERROR, ProcessId(1)));
    };
    shuttle::check_pct(test, 1000, 3);
    shuttle::check_random(test, 1000);
}
