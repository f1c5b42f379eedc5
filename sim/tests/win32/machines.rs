//! Which machine and process a thread belongs to, and the last error that it has.

use portres_sim::model::{Call, ProcessId, Reply, SocketId};
use portres_sim::win32::{current, set_default};
use portres_sim::windows_sys::Win32::Foundation::{GetLastError, SetLastError};
use portres_sim::windows_sys::Win32::System::Threading::GetCurrentProcessId;

use super::*;

#[test]
fn the_last_error_belongs_to_the_thread_and_success_leaves_it() {
    let program = program();
    program.run(|| {
        unsafe { WSASetLastError(7) };
        std::thread::scope(|scope| {
            scope.spawn(|| {
                program.run(|| {
                    assert_eq!(unsafe { WSAGetLastError() }, 0);
                    assert_eq!(said(unsafe { closesocket(4) }), Err(WSAENOTSOCK));
                });
            });
        });
        let socket = udp();
        assert_eq!(said(unsafe { closesocket(socket) }), Ok(()));
        assert_eq!(unsafe { WSAGetLastError() }, 7);
        // it is the same as that of all of Windows
        assert_eq!(unsafe { GetLastError() }, 7);
        unsafe { SetLastError(8) };
        assert_eq!(unsafe { WSAGetLastError() }, 8);
    });
}

#[test]
fn programs_of_one_machine_meet_and_those_of_two_do_not() {
    let machine = machine();
    let (first, second, elsewhere) = (started(&machine), started(&machine), program());
    first.run(|| assert_eq!(bind_to(udp(), "0.0.0.0:5000"), Ok(())));
    second.run(|| {
        assert_eq!(bind_to(udp(), "0.0.0.0:5000"), Err(WSAEADDRINUSE));
        elsewhere.run(|| assert_eq!(bind_to(udp(), "0.0.0.0:5000"), Ok(())));
        // back in the second
        assert_eq!(bind_to(udp(), "0.0.0.0:5000"), Err(WSAEADDRINUSE));
    });
}

#[test]
fn a_handle_of_one_process_is_none_in_another() {
    let machine = machine();
    let (first, second) = (started(&machine), started(&machine));
    let socket = first.run(udp);
    second.run(|| assert_eq!(bind_to(socket, "0.0.0.0:0"), Err(WSAENOTSOCK)));
    first.run(|| assert_eq!(bind_to(socket, "0.0.0.0:0"), Ok(())));
}

#[test]
fn a_program_ends_with_the_last_of_its_clones() {
    let machine = machine();
    let (rival, server) = (started(&machine), started(&machine));
    let other = server.clone();
    server.run(|| {
        let socket = udp();
        acquire(socket, 6000, 8).expect("a reservation");
        assert_eq!(bind_to(udp(), "0.0.0.0:5000"), Ok(()));
    });
    drop(server);
    rival.run(|| assert_eq!(bind_to(udp(), "0.0.0.0:5000"), Err(WSAEADDRINUSE)));
    drop(other);
    rival.run(|| {
        assert_eq!(bind_to(udp(), "0.0.0.0:5000"), Ok(()));
        assert_eq!(bind_to(udp(), "0.0.0.0:6000"), Ok(()));
    });
}

#[test]
fn a_new_process_has_yet_to_start_winsock() {
    machine().start(Credentials::default()).run(|| unsafe {
        assert_eq!(socket(2, 1, 6), INVALID_SOCKET);
        assert_eq!(WSAGetLastError(), WSANOTINITIALISED);
        assert_eq!(said(WSACleanup()), Err(WSANOTINITIALISED));
        let mut data = WSADATA::default();
        assert_eq!(WSAStartup(0x0101, &mut data), 0);
        assert_eq!((data.wVersion, data.wHighVersion), (0x0101, 0x0202));
        WSASetLastError(5);
        // the code is returned, and is no last error
        assert_eq!(WSAStartup(0, &mut data), WSAVERNOTSUPPORTED);
        assert_eq!(WSAGetLastError(), 5);
        assert_eq!((said(WSACleanup()), said(WSACleanup())), (Ok(()), Err(WSANOTINITIALISED)));
    });
}

#[test]
fn a_process_of_the_host_is_entered_by_its_name() {
    let machine = machine();
    let socket = machine.process(ProcessId(5)).run(udp);
    let answer = machine
        .host()
        .call(ProcessId(5), &Call::bind(SocketId(1), "0.0.0.0:5000".parse().expect("an address")));
    assert_eq!(answer.reply, Reply::Bound(5000));
    // it has not ended with the program
    machine.process(ProcessId(5)).run(|| {
        assert_eq!(port(socket), Ok(5000));
        assert_eq!(unsafe { GetCurrentProcessId() }, 20);
    });
}

#[test]
fn threads_that_have_entered_nothing_share_a_default() {
    // the one test that uses it
    let id = unsafe { GetCurrentProcessId() };
    let elsewhere = std::thread::spawn(|| unsafe { GetCurrentProcessId() });
    assert_eq!(elsewhere.join().expect("an id"), id);
    assert_eq!(unsafe { socket(2, 1, 6) }, INVALID_SOCKET, "Winsock is not started in it");
    let program = program();
    assert!(set_default(program.clone()).is_some());
    assert!(current().machine().is(program.machine()));
    let socket = std::thread::spawn(udp).join().expect("a socket");
    program.run(|| assert_eq!(said(unsafe { closesocket(socket) }), Ok(())));
    let entered = machine();
    entered.start(Credentials::default()).run(|| assert!(current().machine().is(&entered)));
    assert!(current().machine().is(program.machine()));
}
