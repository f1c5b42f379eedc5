//! An allocator of many ports: as few blocks as the machine can give.
//!
//! It asks for all ports at once and lets the system choose; when there is no room for so many it asks for half, and so on,
//! and gathers blocks until they are enough. The fifth failure is final. That is how demikernel takes ports from the system
//! for a network stack of its own, which never binds them. The program is written for Windows, and runs elsewhere on a
//! simulated machine: the one difference is the first `use`.
//!
//! `cargo run -p portres-sim --features win32 --example block-allocator -- 2000`
#![expect(unsafe_code, reason = "the functions of Winsock are unsafe")]

#[cfg(not(windows))]
use portres_sim::windows_sys;
use windows_sys::Win32::Networking::WinSock::*;

use std::fmt;
use std::process::ExitCode;
use std::ptr::null_mut;

/// The failure after which it gives up.
const LAST_FAILURE: u32 = 5;

/// A call that failed, and the code that it gave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Failed {
    call: &'static str,
    code: i32,
}

/// So many ports from a first one, in host order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Block {
    first: u16,
    count: u16,
}

/// Ports that nobody else gets. They are given back when this is dropped.
#[derive(Debug)]
struct Ports {
    blocks: Vec<Block>,
    /// The reservations live as long as it does.
    _socket: Socket,
}

/// A socket that is closed when this is dropped.
#[derive(Debug)]
struct Socket(SOCKET);

impl Ports {
    /// As many ports as are wanted, of TCP or else UDP.
    fn gather(tcp: bool, wanted: u16) -> Result<Ports, Failed> {
        let socket = Socket::open(tcp)?;
        let (mut blocks, mut left, mut size, mut failures) = (Vec::new(), wanted, wanted, 0);
        while left > 0 {
            match acquire(&socket, size.min(left)) {
                Ok(block) => {
                    left -= block.count;
                    blocks.push(block);
                }
                Err(error) => {
                    failures += 1;
                    if failures == LAST_FAILURE || size == 1 {
                        return Err(error);
                    }
                    size /= 2;
                }
            }
        }
        Ok(Ports { blocks, _socket: socket })
    }
}

impl Socket {
    fn open(tcp: bool) -> Result<Socket, Failed> {
        let (kind, protocol) =
            if tcp { (SOCK_STREAM, IPPROTO_TCP) } else { (SOCK_DGRAM, IPPROTO_UDP) };
        // SAFETY: it takes numbers only.
        match unsafe { socket(AF_INET.into(), kind, protocol) } {
            INVALID_SOCKET => Err(failed("socket")),
            socket => Ok(Socket(socket)),
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // SAFETY: it takes a number only.
        unsafe { closesocket(self.0) };
    }
}

/// A block of so many ports, wherever there is room.
fn acquire(socket: &Socket, count: u16) -> Result<Block, Failed> {
    let instance = acquire_instance(socket, count)?;
    let INET_PORT_RANGE { StartPort, NumberOfPorts } = instance.Reservation;
    // the port is in network order, the number of ports is not
    Ok(Block { first: u16::from_be(StartPort), count: NumberOfPorts })
}

fn acquire_instance(socket: &Socket, count: u16) -> Result<INET_PORT_RESERVATION_INSTANCE, Failed> {
    let range = INET_PORT_RANGE { StartPort: 0, NumberOfPorts: count };
    let mut instance = INET_PORT_RESERVATION_INSTANCE::default();
    let mut bytes = 0;
    // SAFETY: both buffers are as long as their lengths say and live through the call, which is over when it returns.
    let done = unsafe {
        WSAIoctl(
            socket.0,
            SIO_ACQUIRE_PORT_RESERVATION,
            (&raw const range).cast(),
            size_of_val(&range) as u32,
            (&raw mut instance).cast(),
            size_of_val(&instance) as u32,
            &mut bytes,
            null_mut(),
            None,
        )
    };
    if done == 0 { Ok(instance) } else { Err(failed("SIO_ACQUIRE_PORT_RESERVATION")) }
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
    let wanted = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(256);
    match start().and_then(|()| Ports::gather(false, wanted)) {
        Ok(ports) => {
            for Block { first, count } in &ports.blocks {
                println!("{count} ports from {first} on");
            }
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
    use portres_sim::model::{Credentials, PortBlock, ProcessId, Protocol, World};
    use portres_sim::win32::Machine;
    use portres_sim::{Flaw, Host, Policy};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;
    use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};

    use super::*;

    /// It does not look at how many bytes it was given.
    const HARMLESS: &[Flaw] = &[Flaw::ByteCountForgotten];

    type Gather = fn(bool, u16) -> Result<Ports, Failed>;

    /// A machine in the dynamic range of which others have ports.
    #[derive(Clone, Debug)]
    struct Case {
        setup: Setup,
        policy: Policy,
        seed: u64,
        tcp: bool,
        taken: Vec<u16>,
        wanted: u16,
    }

    fn cases() -> impl Strategy<Value = Case> {
        let policies = vec![Policy::Lowest, Policy::NextFit, Policy::Random];
        let wanted = prop_oneof![1..=64_u16, 500..=16_384_u16];
        let how = (select(policies), any::<u64>());
        let some = (machines(), how, any::<bool>(), vec(any::<u16>(), 0..12), wanted).prop_map(
            |(setup, (policy, seed), tcp, taken, wanted)| Case {
                setup,
                policy,
                seed,
                tcp,
                taken,
                wanted,
            },
        );
        // and now and then all there are, up to the very last
        prop_oneof![7 => some.clone(), 1 => some.prop_map(|case| {
            let last = PortBlock::between(65_436, u16::MAX).expect("a block");
            let setup = Setup { dynamic: [last; 2], exclusions: Vec::new() };
            Case { setup, wanted: last.count(), taken: Vec::new(), ..case }
        })]
    }

    fn free_block(world: &World, protocol: Protocol, count: u16) -> Option<PortBlock> {
        world.free_block(protocol, world.dynamic(protocol), count)
    }

    /// It gets as many ports as it wants, each once and nobody else's, in one block if there is one; or it is told that there
    /// is no room even for a small one, and has given all back.
    fn all_ports_or_none(
        case: &Case,
        flaw: Option<Flaw>,
        gather: Gather,
    ) -> Result<(), TestCaseError> {
        let builder = case.setup.builder().policy(case.policy.clone()).seed(case.seed);
        let host = builder.flaw(flaw).build();
        let protocol = if case.tcp { Protocol::Tcp } else { Protocol::Udp };
        let dynamic = host.look(|world| world.dynamic(protocol));
        let bob = host.process("bob").start();
        let mut held = Vec::new();
        for place in &case.taken {
            let socket = if case.tcp { bob.tcp() } else { bob.udp() }.expect("a socket");
            let port = dynamic.first() + place % dynamic.count();
            held.extend(socket.bind(([0, 0, 0, 0], port)).ok().map(|_| socket));
        }
        let before = host.look(Clone::clone);
        let program = Machine::new(host.clone()).start(Credentials::default());
        program.run(|| {
            start().expect("Winsock");
            let gathered = gather(case.tcp, case.wanted);
            match gathered {
                Ok(ports) => {
                    owns(&host, program.process(), protocol, &ports, case.wanted)?;
                    let one = free_block(&before, protocol, case.wanted).is_some();
                    prop_assert_eq!(one, ports.blocks.len() == 1, "{:?}", ports.blocks);
                    for Block { first, count } in &ports.blocks {
                        let block = PortBlock::new(*first, *count).expect("a block");
                        let free = before.free_block(protocol, block, *count);
                        prop_assert_eq!(free, Some(block), "somebody has a port of it");
                    }
                }
                Err(error) => {
                    prop_assert!(free_block(&before, protocol, case.wanted).is_none(), "{error}");
                }
            }
            let left = host.look(|world| world.sockets_of(program.process()).count());
            prop_assert_eq!(left, 0, "sockets are left behind");
            prop_assert_eq!(host.look(|world| world.reservations().count()), 0);
            let room = |world: &World| free_block(world, protocol, case.wanted).is_some();
            prop_assert_eq!(host.look(room), room(&before), "a block is gone");
            // out of several pieces it may succeed or not, as the machine chooses them
            if room(&before) {
                prop_assert!(gather(case.tcp, case.wanted).is_ok(), "not all was given back");
            }
            Ok(())
        })
    }

    /// What it says that it has is what the machine has reserved for it.
    fn owns(
        host: &Host,
        process: ProcessId,
        protocol: Protocol,
        ports: &Ports,
        wanted: u16,
    ) -> Result<(), TestCaseError> {
        let each = ports.blocks.iter().flat_map(|b| (0..b.count).map(|i| b.first.wrapping_add(i)));
        let mut said: Vec<u16> = each.collect();
        said.sort_unstable();
        let mut reserved: Vec<u16> = host.look(|world| {
            let owned = world.sockets_of(process).flat_map(|socket| world.owned_by(socket));
            let blocks = owned.filter_map(|token| world.reservation(token));
            let blocks = blocks.filter(|r| r.protocol == protocol).filter_map(|r| r.block);
            blocks.flat_map(|block| block.ports()).collect()
        });
        reserved.sort_unstable();
        prop_assert_eq!(said.len(), usize::from(wanted));
        prop_assert!(said == reserved, "it has others than it says");
        Ok(())
    }

    /// The property, on other machines each time.
    #[test]
    fn all_ports_are_gathered_or_none() {
        check(Config::default(), None, Ports::gather).unwrap_or_else(|error| panic!("{error}"));
    }

    fn check(config: Config, flaw: Option<Flaw>, gather: Gather) -> Result<(), String> {
        let config = Config { cases: 200, failure_persistence: None, ..config };
        let property = |case: Case| all_ports_or_none(&case, flaw, gather);
        let outcome = TestRunner::new(config).run(&cases(), property);
        outcome.map_err(|broken| match broken {
            TestError::Fail(..) => broken.to_string(),
            TestError::Abort(why) => panic!("no cases: {why}"),
        })
    }

    /// Whether the property finds what is wrong with the machine or the program. The machines are the same each time.
    fn finds(flaw: Option<Flaw>, gather: Gather) -> bool {
        let config = Config { rng_seed: RngSeed::Fixed(1), ..Config::default() };
        check(config, flaw, gather).is_err()
    }

    /// Everything that the program does.
    fn whole_life(host: &Host) {
        let program = Machine::new(host.clone()).start(Credentials::default());
        program.run(|| {
            let _ = start();
            for wanted in [100, 250, 400, 250, 20] {
                drop(Ports::gather(false, wanted));
            }
        });
    }

    /// The property finds every flaw of the machine that the program meets, but for those that are none of its business.
    #[test]
    fn flaws_of_the_machine_are_found() {
        let mut met = Vec::new();
        for (start, count) in [(65_236, 300), (65_436, 100), (50_000, 1000)] {
            let small = Host::builder().dynamic(Protocol::Udp, start, count);
            let crowded = small.excluded(Protocol::Udp, 65_400, 1);
            met.extend(
                EveryFlaw::on(crowded).check(whole_life).expect("it looks at nothing").missed,
            );
        }
        let missed = Flaw::ALL.iter().filter(|flaw| met.contains(flaw));
        let missed = missed.copied().filter(|flaw| !finds(Some(*flaw), Ports::gather));
        assert_eq!(missed.collect::<Vec<_>>(), HARMLESS);
        assert!(met.len() > HARMLESS.len() + 3, "{met:?}");
    }

    /// Mistakes that have been made with these calls, each of which the property finds.
    #[test]
    fn planted_bugs_are_found() {
        let in_host_order: Gather = |tcp, wanted| {
            let mut ports = Ports::gather(tcp, wanted)?;
            ports.blocks.iter_mut().for_each(|block| block.first = block.first.swap_bytes());
            Ok(ports)
        };
        let takes_too_many: Gather = |tcp, wanted| {
            let socket = Socket::open(tcp)?;
            let (mut blocks, mut left, mut size) = (Vec::new(), wanted, wanted);
            while left > 0 {
                match acquire(&socket, size) {
                    Ok(block) => {
                        left = left.saturating_sub(block.count);
                        blocks.push(block);
                    }
                    Err(error) if size == 1 => return Err(error),
                    Err(_) => size /= 2,
                }
            }
            Ok(Ports { blocks, _socket: socket })
        };
        let keeps_what_it_has: Gather = |tcp, wanted| {
            let socket = Socket::open(tcp)?;
            let block = acquire(&socket, wanted.div_ceil(2));
            std::mem::forget(socket);
            block?;
            Ports::gather(tcp, wanted)
        };
        let small_blocks_first: Gather = |tcp, wanted| {
            let socket = Socket::open(tcp)?;
            let (mut blocks, mut left) = (Vec::new(), wanted);
            while left > 0 {
                let block = acquire(&socket, left.min(64))?;
                left -= block.count;
                blocks.push(block);
            }
            Ok(Ports { blocks, _socket: socket })
        };
        for (bug, gather) in [
            ("the port in host order", in_host_order),
            ("more than is wanted", takes_too_many),
            ("a socket left behind", keeps_what_it_has),
            ("many blocks where one would do", small_blocks_first),
        ] {
            assert!(finds(None, gather), "not found: {bug}");
        }
    }

    /// Whatever nobody knows: what it says that it has, the machine has reserved, and a failure gives all back.
    #[test]
    fn no_reading_leaves_ports_behind() {
        let crowded = Host::builder().dynamic(Protocol::Udp, 50_000, 300);
        let coverage = EveryReading::on(crowded).check(|host| {
            let program = Machine::new(host.clone()).start(Credentials::default());
            let bob = host.process("bob").start();
            let socket = bob.udp().expect("a socket");
            let _ = socket.bind(([0, 0, 0, 0], 50_100));
            program.run(|| {
                start().expect("Winsock");
                if let Ok(ports) = Ports::gather(false, 250) {
                    let owns = owns(host, program.process(), Protocol::Udp, &ports, 250);
                    owns.map_err(|e| e.to_string())?;
                }
                match host.look(|world| world.sockets_of(program.process()).count()) {
                    0 => Ok(()),
                    left => Err(format!("{left} sockets are left behind")),
                }
            })
        });
        let coverage = coverage.unwrap_or_else(|failure| panic!("{failure}"));
        assert!(coverage.runs > 1, "{coverage}");
    }
}
