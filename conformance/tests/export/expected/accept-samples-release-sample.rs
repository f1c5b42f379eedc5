// Makes the calls of a trace and compares what Windows answers.
// 6 calls are made, 0 are not: each stands below, with the reason.
// The machine must be as the trace has it. Ports that the system chooses differ from run to run.
//
//   cargo init --name trace && cargo add windows-sys --features \
//     Win32_NetworkManagement_IpHelper,Win32_Networking_WinSock,Win32_System_IO
// and this file as src/main.rs: `cargo run`. Elsewhere it runs on the simulator: cargo add portres-sim --features win32
//
// portres trace 1
// title The release sample: acquire and release on one socket that is never bound
// source MicrosoftDocs win32: sio-release-port-reservation, sample program
// world closed
// process p1 user=user standard

…

pub fn main() -> ExitCode {
    let mut steps = Steps::default();
    let mut s1 = INVALID_SOCKET;
    let mut t1 = 0_u64;
    steps.step("p1: startup", "ok", start(2, 2, false));
    steps.step("p1: s1 = socket udp v4", "ok", open_socket(&mut s1, 2, 2, 17));
    steps.step("p1: t1 = acquire s1 5000+20", "5000+20", acquire(s1, 5000, 20, &mut t1));
    steps.step("p1: release s1 t1", "ok", release(s1, t1));
    steps.step("p1: closesocket s1", "ok", close_socket(s1));
    steps.step("p1: cleanup", "ok", finish());
    steps.end()
}
