// Makes the calls of a trace and compares what Windows answers.
// 6 calls are made, 0 are not: each stands below, with the reason.
// The machine must be as the trace has it. Ports that the system chooses differ from run to run.
//
//   cargo init --name trace && cargo add windows-sys --features \
//     Win32_NetworkManagement_IpHelper,Win32_Networking_WinSock,Win32_System_IO
// and this file as src/main.rs: `cargo run`. Elsewhere it runs on the simulator: cargo add portres-sim --features win32
//
// portres trace 1
// title A block is created, found with its token, deleted, and then gone; TCP
// source MicrosoftDocs sdk-api: Create-, Lookup-, DeletePersistentTcpPortReservation; Vanara unit tests
// world closed
// process p1 user=alice administrator elevated

…

pub fn main() -> ExitCode {
    let mut steps = Steps::default();
    let mut t1 = 0_u64;
    let mut t2 = 0_u64;
    steps.step("p1: t1 = create tcp 5000+20", "ok", reserve(CreatePersistentTcpPortReservation, 5000, 20, &mut t1));
    steps.step("p1: t1 = lookup tcp 5000+20", "ok", reserve(LookupPersistentTcpPortReservation, 5000, 20, &mut t1));
    steps.step("p1: delete tcp 5000+20", "ok", unreserve(DeletePersistentTcpPortReservation, 5000, 20));
    steps.step("p1: t2 = lookup tcp 5000+20", "error 1168", reserve(LookupPersistentTcpPortReservation, 5000, 20, &mut t2));
    steps.step("p1: delete tcp 5000+20", "error 1168", unreserve(DeletePersistentTcpPortReservation, 5000, 20));
    steps.step("p1: t2 = create tcp 5000+20", "ok", reserve(CreatePersistentTcpPortReservation, 5000, 20, &mut t2));
    steps.end()
}
