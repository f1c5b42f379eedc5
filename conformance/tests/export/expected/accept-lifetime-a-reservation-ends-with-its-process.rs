// Makes the calls of a trace and compares what Windows answers.
// 2 calls are made, 3 are not: each stands below, with the reason.
// The machine must be as the trace has it. Ports that the system chooses differ from run to run.
//
//   cargo init --name trace && cargo add windows-sys --features \
//     Win32_NetworkManagement_IpHelper,Win32_Networking_WinSock,Win32_System_IO
// and this file as src/main.rs: `cargo run`. Elsewhere it runs on the simulator: cargo add portres-sim --features win32
//
// portres trace 1
// title When the process ends, its sockets close and its reservations end
// source MicrosoftDocs win32: sio-acquire-port-reservation; sdk-api: WSACleanup
// world closed

…

pub fn main() -> ExitCode {
    let mut steps = Steps::default();
    let mut s1 = INVALID_SOCKET;
    let mut t1 = 0_u64;
    start(2, 2, false);
    steps.step("p1: s1 = socket tcp v6", "ok", open_socket(&mut s1, 23, 1, 6));
    steps.step("p1: t1 = acquire s1 5000+20", "5000+20", acquire(s1, 5000, 20, &mut t1));
    // not made: p1: exit: nothing would be left to tell of it
    // not made: p2: s2 = socket tcp v6: another process makes it
    // not made: p2: t2 = acquire s2 5000+20: another process makes it
    steps.end()
}
