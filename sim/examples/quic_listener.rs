//! The listener of a QUIC server: one UDP socket for each processor, all on one port.
//!
//! The port is reserved first, so that nobody can get between two of the binds; then every socket is associated with the
//! reservation and bound to the port by its number. That is how msquic does it. The program is written for Windows, and runs
//! elsewhere on a simulated machine: the one difference is the first `use`.
//!
//! `cargo run -p portres-sim --features win32 --example quic-listener -- 4433`
#![expect(unsafe_code, reason = "the functions of Winsock are unsafe")]

#[cfg(not(windows))]
use portres_sim::windows_sys;
use windows_sys::Win32::Networking::WinSock::*;

use std::fmt;
use std::process::ExitCode;
use std::ptr::null_mut;

/// A call that failed, and the code that it gave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Failed {
    call: &'static str,
    code: i32,
}

/// The sockets of a port. They are closed when this is dropped, and the reservation ends with the first of them.
#[derive(Debug)]
struct Listener {
    sockets: Vec<SOCKET>,
}

impl Listener {
    /// Takes a port for as many workers. Port 0 leaves the choice to the system.
    fn open(port: u16, workers: u16) -> Result<Listener, Failed> {
        let mut listener = Listener { sockets: Vec::new() };
        for processor in 0..workers {
            let socket = open_socket()?;
            listener.sockets.push(socket);
            set_processor(socket, processor)?;
        }
        let Some((&owner, others)) = listener.sockets.split_first() else { return Ok(listener) };
        if port == 0 {
            // nothing to reserve: the first gets a port, and the others follow it
            bind_to(owner, 0)?;
            let port = port_of(owner)?;
            others.iter().try_for_each(|&socket| bind_to(socket, port))?;
            return Ok(listener);
        }
        let token = reserve(owner, port)?;
        for &socket in &listener.sockets {
            associate(socket, token)?;
            bind_to(socket, port)?;
        }
        Ok(listener)
    }

    /// The port, as the first socket shows it.
    fn port(&self) -> Result<u16, Failed> {
        self.sockets.first().map_or(Ok(0), |&socket| port_of(socket))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        for &socket in &self.sockets {
            // SAFETY: it takes a number only.
            unsafe { closesocket(socket) };
        }
    }
}

/// A socket for both families.
fn open_socket() -> Result<SOCKET, Failed> {
    // SAFETY: it takes numbers only.
    let socket = unsafe { socket(AF_INET6.into(), SOCK_DGRAM, IPPROTO_UDP) };
    if socket == INVALID_SOCKET {
        return Err(failed("socket"));
    }
    let off = 0_u32;
    // SAFETY: the value has four bytes, as its length says, and lives through the call.
    let set = unsafe { setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, (&raw const off).cast(), 4) };
    if set == 0 {
        return Ok(socket);
    }
    let error = failed("setsockopt(IPV6_V6ONLY)");
    // SAFETY: it takes a number only.
    unsafe { closesocket(socket) };
    Err(error)
}

fn set_processor(socket: SOCKET, processor: u16) -> Result<(), Failed> {
    control("SIO_CPU_AFFINITY", socket, SIO_CPU_AFFINITY, &processor, None::<&mut u64>)
}

fn reserve(socket: SOCKET, port: u16) -> Result<INET_PORT_RESERVATION_TOKEN, Failed> {
    // the port is in network order, the number of ports is not
    let range = INET_PORT_RANGE { StartPort: port.to_be(), NumberOfPorts: 1 };
    let mut instance = INET_PORT_RESERVATION_INSTANCE::default();
    let code = SIO_ACQUIRE_PORT_RESERVATION;
    control("SIO_ACQUIRE_PORT_RESERVATION", socket, code, &range, Some(&mut instance))?;
    Ok(instance.Token)
}

fn associate(socket: SOCKET, token: INET_PORT_RESERVATION_TOKEN) -> Result<(), Failed> {
    let code = SIO_ASSOCIATE_PORT_RESERVATION;
    control("SIO_ASSOCIATE_PORT_RESERVATION", socket, code, &token, None::<&mut u64>)
}

/// `WSAIoctl` with an input and perhaps an output, each a plain structure.
fn control<I: Copy, O: Copy>(
    call: &'static str,
    socket: SOCKET,
    code: u32,
    input: &I,
    output: Option<&mut O>,
) -> Result<(), Failed> {
    let (from, given) = ((&raw const *input).cast(), size_of::<I>() as u32);
    let (to, room) = match output {
        Some(output) => ((&raw mut *output).cast(), size_of::<O>() as u32),
        None => (null_mut(), 0),
    };
    let mut bytes = 0;
    // SAFETY: both buffers are as long as their lengths say and live through the call, which is over when it returns.
    let done =
        unsafe { WSAIoctl(socket, code, from, given, to, room, &mut bytes, null_mut(), None) };
    if done == 0 { Ok(()) } else { Err(failed(call)) }
}

fn bind_to(socket: SOCKET, port: u16) -> Result<(), Failed> {
    let any =
        SOCKADDR_IN6 { sin6_family: AF_INET6, sin6_port: port.to_be(), ..SOCKADDR_IN6::default() };
    // SAFETY: the name is as long as its length says and lives through the call.
    let done = unsafe { bind(socket, (&raw const any).cast(), size_of_val(&any) as i32) };
    if done == 0 { Ok(()) } else { Err(failed("bind")) }
}

fn port_of(socket: SOCKET) -> Result<u16, Failed> {
    let mut name = SOCKADDR_IN6::default();
    let mut length = size_of_val(&name) as i32;
    // SAFETY: the name is as long as its length says, and both live through the call.
    let done = unsafe { getsockname(socket, (&raw mut name).cast(), &mut length) };
    if done == 0 { Ok(u16::from_be(name.sin6_port)) } else { Err(failed("getsockname")) }
}

fn start() -> Result<(), Failed> {
    let mut data = WSADATA::default();
    // SAFETY: `data` lives through the call.
    match unsafe { WSAStartup(0x0202, &mut data) } {
        0 => Ok(()),
        code => Err(Failed { call: "WSAStartup", code }),
    }
}

fn failed(call: &'static str) -> Failed {
    // SAFETY: it takes nothing.
    Failed { call, code: unsafe { WSAGetLastError() } }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed with {}", self.call, self.code)
    }
}

fn main() -> ExitCode {
    let port = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(4433);
    let listener = start().and_then(|()| Listener::open(port, 4));
    match listener.and_then(|listener| Ok((listener.port()?, listener.sockets.len()))) {
        Ok((port, sockets)) => {
            println!("{sockets} sockets listen on port {port}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// What is tested on a simulated machine, the program above being what it is on Windows.
#[cfg(all(test, not(windows), feature = "proptest"))]
mod tests {
    use portres_sim::kit::{EveryFlaw, EveryReading, Setup, machines};
    use portres_sim::model::{Credentials, Owner, Protocol};
    use portres_sim::win32::{Machine, Program};
    use portres_sim::{Flaw, Host, Policy};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;
    use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};

    use super::*;

    type Open = fn(u16, u16) -> Result<Listener, Failed>;

    /// It does not look at how many bytes or ports it was given, and `bind` tells no port: `getsockname` tells the right one.
    const HARMLESS: &[Flaw] = &[
        Flaw::BoundPortOffByOne,
        Flaw::BoundPortByteOrder,
        Flaw::CountByteOrder,
        Flaw::ByteCountForgotten,
    ];

    /// A machine on which somebody else has ports.
    #[derive(Clone, Debug)]
    struct Case {
        setup: Setup,
        policy: Policy,
        seed: u64,
        taken: Vec<u16>,
        port: u16,
        workers: u16,
    }

    fn cases() -> impl Strategy<Value = Case> {
        let policies = vec![Policy::Lowest, Policy::NextFit, Policy::Random];
        let port = || prop_oneof![4430..4440_u16, 49_990..50_160_u16];
        let wanted = prop_oneof![5 => port(), 1 => Just(0), 1 => 1..=u16::MAX];
        let how = (select(policies), any::<u64>());
        (machines(), how, vec(port(), 0..6), wanted, 1..=8_u16).prop_map(
            |(setup, (policy, seed), taken, port, workers)| Case {
                setup,
                policy,
                seed,
                taken,
                port,
                workers,
            },
        )
    }

    fn started(machine: &Machine) -> Program {
        let program = machine.start(Credentials::default());
        program.run(|| start().expect("Winsock"));
        program
    }

    /// Every worker is on the port that was wanted, which nobody else gets meanwhile; or there is a reason. In the end nothing
    /// is left, and the next listener fares as the first did.
    fn all_workers_or_none(
        case: &Case,
        flaw: Option<Flaw>,
        open: Open,
    ) -> Result<(), TestCaseError> {
        let builder = case.setup.builder().policy(case.policy.clone()).seed(case.seed);
        let host = builder.flaw(flaw).build();
        let machine = Machine::new(host.clone());
        let (server, rival) = (started(&machine), started(&machine));
        let mut held = Vec::new();
        rival.run(|| {
            for (place, port) in case.taken.iter().enumerate() {
                let socket = open_socket().expect("a socket");
                let had = match place % 2 {
                    0 => bind_to(socket, *port),
                    _ => reserve(socket, *port).map(drop),
                };
                held.extend(had.ok());
            }
        });
        let udp = Protocol::Udp;
        let is_taken = host.look(|world| {
            let excluded = world.is_excluded(udp, case.port);
            world.is_bound(udp, case.port) || world.is_reserved(udp, case.port) || excluded
        });
        // another listener of the same server, which has nothing to do with it
        let beside = server.run(|| Listener::open(4500, 1)).ok();
        let count = || host.look(|world| world.sockets_of(server.process()).count());
        let before = count();
        let mut results = Vec::new();
        for _ in 0..2 {
            let opened = server.run(|| open(case.port, case.workers));
            results.push(opened.as_ref().map(|_| ()).map_err(|error| *error));
            match opened {
                Ok(listener) => {
                    let port = server.run(|| listener.port()).expect("a port");
                    if case.port != 0 {
                        prop_assert_eq!(port, case.port);
                        prop_assert!(!is_taken, "{} was somebody's", port);
                        let reserved = host.look(|world| world.is_reserved(udp, port));
                        prop_assert!(reserved, "anybody may get between two binds");
                    } else {
                        let dynamic = host.look(|world| world.dynamic(udp));
                        prop_assert!(dynamic.has(port), "{} is not of {}", port, dynamic);
                        prop_assert!(!case.setup.excludes(udp, port), "{} is excluded", port);
                    }
                    for &socket in &listener.sockets {
                        prop_assert_eq!(server.run(|| port_of(socket)), Ok(port));
                    }
                    prop_assert_eq!(count() - before, usize::from(case.workers));
                    let between = rival.run(|| {
                        let socket = open_socket().expect("a socket");
                        let bound = bind_to(socket, port);
                        // SAFETY: it takes a number only.
                        unsafe { closesocket(socket) };
                        bound
                    });
                    prop_assert!(between.is_err(), "somebody else is on the port, too");
                    server.run(|| drop(listener));
                }
                Err(error) => prop_assert!(is_taken, "{} for no reason", error),
            }
            prop_assert_eq!(count(), before, "sockets are left behind");
        }
        server.run(|| drop(beside));
        prop_assert_eq!(results[0], results[1], "the second fares otherwise");
        Ok(())
    }

    /// The property, on other machines each time.
    #[test]
    fn every_worker_is_on_the_port_or_none() {
        let checked = check(Config::default(), None, Listener::open);
        checked.unwrap_or_else(|error| panic!("{error}"));
    }

    fn check(config: Config, flaw: Option<Flaw>, open: Open) -> Result<(), String> {
        let config = Config { cases: 200, failure_persistence: None, ..config };
        let property = |case: Case| all_workers_or_none(&case, flaw, open);
        let outcome = TestRunner::new(config).run(&cases(), property);
        outcome.map_err(|broken| match broken {
            TestError::Fail(..) => broken.to_string(),
            TestError::Abort(why) => panic!("no cases: {why}"),
        })
    }

    /// Whether the property finds what is wrong with the machine or the program. The machines are the same each time.
    fn finds(flaw: Option<Flaw>, open: Open) -> bool {
        let config = Config { rng_seed: RngSeed::Fixed(1), ..Config::default() };
        check(config, flaw, open).is_err()
    }

    /// Everything that the program does.
    fn whole_life(host: &Host) {
        let machine = Machine::new(host.clone());
        let server = started(&machine);
        server.run(|| {
            let both = [4433, 4434].map(|port| Listener::open(port, 2));
            both.iter().flatten().for_each(|listener| {
                let _ = listener.port();
            });
            drop(both);
            for port in [4433, 0, 50_010] {
                drop(Listener::open(port, 2));
            }
        });
    }

    /// The property finds every flaw of the machine that the program meets, but for those that are none of its business.
    #[test]
    fn flaws_of_the_machine_are_found() {
        let block = Host::builder().block(Protocol::Udp, 50_000, 100, Owner::WinNat);
        let met = EveryFlaw::on(block).check(whole_life).expect("it looks at nothing").missed;
        let missed = met.iter().copied().filter(|flaw| !finds(Some(*flaw), Listener::open));
        assert_eq!(missed.collect::<Vec<_>>(), HARMLESS);
        assert!(met.len() > HARMLESS.len() + 3, "{met:?}");
    }

    /// Mistakes that have been made with these calls, each of which the property finds.
    #[test]
    fn planted_bugs_are_found() {
        let in_host_order: Open = |port, workers| Listener::open(port.swap_bytes(), workers);
        let no_processor: Open = |port, workers| {
            let mut listener = Listener { sockets: Vec::new() };
            for _ in 0..workers {
                listener.sockets.push(open_socket()?);
            }
            let token = reserve(listener.sockets[0], port)?;
            for &socket in &listener.sockets {
                associate(socket, token)?;
                bind_to(socket, port)?;
            }
            Ok(listener)
        };
        let no_reservation: Open = |port, workers| {
            let mut listener = Listener { sockets: Vec::new() };
            for processor in 0..workers {
                let socket = open_socket()?;
                listener.sockets.push(socket);
                set_processor(socket, processor)?;
                bind_to(socket, port)?;
            }
            Ok(listener)
        };
        let no_association: Open = |port, workers| {
            let mut listener = Listener { sockets: Vec::new() };
            for processor in 0..workers {
                let socket = open_socket()?;
                listener.sockets.push(socket);
                set_processor(socket, processor)?;
            }
            reserve(listener.sockets[0], port)?;
            listener.sockets.iter().try_for_each(|&socket| bind_to(socket, port))?;
            Ok(listener)
        };
        let any_port_of_it: Open = |port, workers| {
            let listener = Listener::open(port, workers.saturating_sub(1))?;
            let more = open_socket()?;
            bind_to(more, 0)?;
            let sockets = [&listener.sockets[..], &[more]].concat();
            std::mem::forget(listener);
            Ok(Listener { sockets })
        };
        let leaks_when_it_fails: Open = |port, workers| {
            Listener::open(port, workers).inspect_err(|_| {
                let _ = open_socket();
            })
        };
        for (bug, open) in [
            ("the port in host order", in_host_order),
            ("no processor for a socket", no_processor),
            ("no reservation", no_reservation),
            ("no association", no_association),
            ("a worker on another port", any_port_of_it),
            ("a socket left behind", leaks_when_it_fails),
        ] {
            assert!(finds(None, open), "not found: {bug}");
        }
    }

    /// Whatever nobody knows: every worker is on the port, or it is told why not and leaves nothing behind.
    #[test]
    fn no_reading_leaves_a_worker_elsewhere() {
        let coverage = EveryReading::on(Host::builder()).check(|host| {
            let server = started(&Machine::new(host.clone()));
            server.run(|| {
                for port in [4433, 0] {
                    let Ok(listener) = Listener::open(port, 2) else { continue };
                    let ports: Vec<_> = listener.sockets.iter().map(|&s| port_of(s)).collect();
                    // getsockname may refuse the wildcard address, which is beside the point
                    let known = ports.iter().flatten();
                    if known.clone().any(|bound| port != 0 && *bound != port) {
                        return Err(format!("{port} was wanted: {ports:?}"));
                    }
                    if known.clone().any(|bound| Some(bound) != ports.iter().flatten().next()) {
                        return Err(format!("not all on one port: {ports:?}"));
                    }
                }
                match host.look(|world| world.sockets_of(server.process()).count()) {
                    0 => Ok(()),
                    left => Err(format!("{left} sockets are left behind")),
                }
            })
        });
        let coverage = coverage.unwrap_or_else(|failure| panic!("{failure}"));
        assert!(coverage.runs > 1, "{coverage}");
    }
}
