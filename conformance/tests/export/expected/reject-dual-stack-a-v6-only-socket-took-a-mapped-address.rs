// Makes the calls of a trace and compares what Windows answers.
// 4 calls are made, 0 are not: each stands below, with the reason.
// The machine must be as the trace has it. Ports that the system chooses differ from run to run.
//
//   cargo init --name trace && cargo add windows-sys --features \
//     Win32_NetworkManagement_IpHelper,Win32_Networking_WinSock,Win32_System_IO
// and this file as src/main.rs: `cargo run`. Elsewhere it runs on the simulator: cargo add portres-sim --features win32
//
// portres trace 1
// title A v4-mapped address on a v6-only socket fails
// source OPT-13
// world closed
// expect diverges 2 bind.mapped-on-v6only

…

pub fn main() -> ExitCode {
    let mut steps = Steps::default();
    let mut s1 = INVALID_SOCKET;
    start(2, 2, false);
    steps.step("p1: s1 = socket tcp v6", "ok", open_socket(&mut s1, 23, 1, 6));
    steps.step("p1: bind s1 [::ffff:127.0.0.1]:5000", "5000", bind_to(s1, "::ffff:127.0.0.1", 5000, 0));
    steps.step("p1: listen s1", "ok", listen_on(s1));
    steps.step("p1: closesocket s1", "ok", close_socket(s1));
    steps.end()
}
