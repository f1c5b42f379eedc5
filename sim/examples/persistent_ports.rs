//! An installer that reserves ports for good, and a service that looks them up after a restart.
//!
//! The installer runs once, with the rights of an administrator; what it reserves survives restarts. If it fails half-way it
//! takes back what it has made, and nothing else. The service keeps no token: a restart may give another one to the same
//! ports. It looks the reservation up, associates its socket with it, and lets the system choose a port of it. That is what
//! Microsoft's sample does. The program is written for Windows, and runs elsewhere on a simulated machine: the one difference
//! is the first `use`.
//!
//! `cargo run -p portres-sim --features win32 --example persistent-ports -- 5000 20`
#![expect(unsafe_code, reason = "the functions of Winsock and of the IP helper are unsafe")]

#[cfg(not(windows))]
use portres_sim::windows_sys;
use windows_sys::Win32::Foundation::ERROR_NOT_FOUND;
use windows_sys::Win32::NetworkManagement::IpHelper::*;
use windows_sys::Win32::Networking::WinSock::*;

use std::fmt;
use std::process::ExitCode;
use std::ptr::null_mut;

/// A call that failed, and the code that it gave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Failed {
    call: &'static str,
    code: u32,
}

/// Ports of UDP that are reserved for good: so many from a first one, in host order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Range {
    first: u16,
    count: u16,
}

/// A service at a port of its own. The socket is closed when this is dropped.
#[derive(Debug)]
struct Service {
    socket: Socket,
}

/// A socket that is closed when this is dropped.
#[derive(Debug)]
struct Socket(SOCKET);

/// Reserves ranges for good. Those that are reserved already stay as they are; if one cannot be reserved, none is.
fn install(ranges: &[Range]) -> Result<(), Failed> {
    let mut made = Vec::new();
    for range in ranges {
        let done = match range.lookup() {
            Err(error) if error.code == ERROR_NOT_FOUND => {
                range.create().map(|_| made.push(*range))
            }
            other => other.map(drop),
        };
        if let Err(error) = done {
            take_back(&made);
            return Err(error);
        }
    }
    Ok(())
}

fn take_back(made: &[Range]) {
    for range in made {
        // what stays in spite of it, the next installer finds
        let _ = range.delete();
    }
}

/// Gives ranges back; those that are not reserved are none of its business.
fn uninstall(ranges: &[Range]) -> Result<(), Failed> {
    ranges.iter().try_for_each(|range| match range.delete() {
        Err(error) if error.code == ERROR_NOT_FOUND => Ok(()),
        other => other,
    })
}

impl Range {
    fn create(&self) -> Result<INET_PORT_RESERVATION_TOKEN, Failed> {
        let mut token = 0;
        let call = "CreatePersistentUdpPortReservation";
        // the port is in network order, the number of ports is not
        // SAFETY: the token lives through the call.
        let code = unsafe {
            CreatePersistentUdpPortReservation(self.first.to_be(), self.count, &mut token)
        };
        done(call, code).map(|()| INET_PORT_RESERVATION_TOKEN { Token: token })
    }

    fn lookup(&self) -> Result<INET_PORT_RESERVATION_TOKEN, Failed> {
        let mut token = 0;
        let call = "LookupPersistentUdpPortReservation";
        // SAFETY: the token lives through the call.
        let code = unsafe {
            LookupPersistentUdpPortReservation(self.first.to_be(), self.count, &mut token)
        };
        done(call, code).map(|()| INET_PORT_RESERVATION_TOKEN { Token: token })
    }

    fn delete(&self) -> Result<(), Failed> {
        let call = "DeletePersistentUdpPortReservation";
        // SAFETY: it takes numbers only.
        let code = unsafe { DeletePersistentUdpPortReservation(self.first.to_be(), self.count) };
        done(call, code)
    }
}

impl Service {
    /// Starts at a port of the range.
    fn start(range: Range) -> Result<Service, Failed> {
        Service::with(range.lookup()?)
    }

    fn with(token: INET_PORT_RESERVATION_TOKEN) -> Result<Service, Failed> {
        let socket = Socket::open()?;
        associate(&socket, token)?;
        bind_anywhere(&socket)?;
        Ok(Service { socket })
    }

    fn port(&self) -> Result<u16, Failed> {
        let mut name = SOCKADDR_IN::default();
        let mut length = size_of_val(&name) as i32;
        // SAFETY: the name is as long as its length says, and both live through the call.
        let done = unsafe { getsockname(self.socket.0, (&raw mut name).cast(), &mut length) };
        if done == 0 { Ok(u16::from_be(name.sin_port)) } else { Err(failed("getsockname")) }
    }
}

impl Socket {
    fn open() -> Result<Socket, Failed> {
        // SAFETY: it takes numbers only.
        match unsafe { socket(AF_INET.into(), SOCK_DGRAM, IPPROTO_UDP) } {
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

fn associate(socket: &Socket, token: INET_PORT_RESERVATION_TOKEN) -> Result<(), Failed> {
    let mut bytes = 0;
    // SAFETY: the token lives through the call, which is over when it returns, and has the length that is given.
    let done = unsafe {
        WSAIoctl(
            socket.0,
            SIO_ASSOCIATE_PORT_RESERVATION,
            (&raw const token).cast(),
            size_of_val(&token) as u32,
            null_mut(),
            0,
            &mut bytes,
            null_mut(),
            None,
        )
    };
    if done == 0 { Ok(()) } else { Err(failed("SIO_ASSOCIATE_PORT_RESERVATION")) }
}

fn bind_anywhere(socket: &Socket) -> Result<(), Failed> {
    let any = SOCKADDR_IN { sin_family: AF_INET, ..SOCKADDR_IN::default() };
    // SAFETY: the name is as long as its length says and lives through the call.
    let done = unsafe { bind(socket.0, (&raw const any).cast(), size_of_val(&any) as i32) };
    if done == 0 { Ok(()) } else { Err(failed("bind")) }
}

fn start() -> Result<(), Failed> {
    let mut data = WSADATA::default();
    // SAFETY: `data` lives through the call.
    done("WSAStartup", unsafe { WSAStartup(0x0202, &mut data) } as u32)
}

fn done(call: &'static str, code: u32) -> Result<(), Failed> {
    if code == 0 { Ok(()) } else { Err(Failed { call, code }) }
}

fn failed(call: &'static str) -> Failed {
    // SAFETY: it takes nothing.
    Failed { call, code: unsafe { WSAGetLastError() } as u32 }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed with {}", self.call, self.code)
    }
}

fn main() -> ExitCode {
    let number = |place| std::env::args().nth(place).and_then(|word| word.parse().ok());
    let range = Range { first: number(1).unwrap_or(5000), count: number(2).unwrap_or(20) };
    let done = start().and_then(|()| install(&[range])).and_then(|()| Service::start(range));
    let port = done.and_then(|service| service.port());
    match port.and_then(|port| uninstall(&[range]).map(|()| port)) {
        Ok(port) => {
            println!("the service was at port {port}");
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
    use portres_sim::kit::{EveryFlaw, EveryReading, Setup, machines, users};
    use portres_sim::model::{Account, Credentials, Kind, PortBlock, Protocol};
    use portres_sim::win32::{Machine, Program};
    use portres_sim::{Builder, Flaw, Host, Policy};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};

    use super::*;
    use portres_sim::windows_sys::Win32::Foundation::{
        ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION,
    };

    type Install = fn(&[Range]) -> Result<(), Failed>;
    type Start = fn(Range) -> Result<Service, Failed>;

    /// What an earlier installer has left, and what this one is to install.
    #[derive(Clone, Debug)]
    struct Case {
        setup: Setup,
        user: Credentials,
        earlier: Vec<Range>,
        ranges: Vec<Range>,
    }

    fn cases() -> impl Strategy<Value = Case> {
        // close to each other, so that some meet
        let range = (prop_oneof![5000..5040_u16, 49_990..50_100_u16], 1..12_u16)
            .prop_map(|(first, count)| Range { first, count });
        // mostly somebody who may
        let user = prop_oneof![3 => Just(system()), 1 => users()];
        (machines(), user, vec(range.clone(), 0..3), vec(range, 1..4), any::<bool>()).prop_map(
            |(setup, user, earlier, mut ranges, again)| {
                // some of it is there already
                if again {
                    ranges.extend(earlier.first());
                }
                Case { setup, user, earlier, ranges }
            },
        )
    }

    fn system() -> Credentials {
        let token = Account::LocalSystem.default_token();
        Credentials { account: Account::LocalSystem, token, ..Credentials::default() }
    }

    fn started(machine: &Machine, user: Credentials) -> Program {
        let program = machine.start(user);
        program.run(|| start().expect("Winsock"));
        program
    }

    /// The persistent reservations of UDP, in order.
    fn stored(host: &Host) -> Vec<PortBlock> {
        let mut stored: Vec<PortBlock> = host.look(|world| {
            let lasting = world.reservations().filter(|(_, r)| {
                matches!(r.kind, Kind::Persistent { .. }) && !r.ended && r.protocol == Protocol::Udp
            });
            lasting.filter_map(|(_, r)| r.block).collect()
        });
        stored.sort_by_key(|block| (block.first(), block.count()));
        stored
    }

    /// After a restart every range is there and its service finds a port of it; or nothing has changed, and there is a reason.
    fn all_or_nothing(
        case: &Case,
        flaw: Option<Flaw>,
        install: Install,
        begin: Start,
    ) -> Result<(), TestCaseError> {
        let host = case.setup.builder().flaw(flaw).build();
        let machine = Machine::new(host.clone());
        started(&machine, system()).run(|| {
            for range in &case.earlier {
                let _ = range.create();
            }
        });
        let before = stored(&host);
        let installed = started(&machine, case.user).run(|| install(&case.ranges));
        host.restart();
        let service = started(&machine, system());
        let blocks = case.ranges.iter().filter_map(|r| PortBlock::new(r.first, r.count));
        let blocks: Vec<PortBlock> = blocks.collect();
        match installed {
            Ok(()) => {
                let all = blocks.iter().all(|block| stored(&host).contains(block));
                prop_assert!(all, "{:?} is not all of {:?}", stored(&host), case.ranges);
                service.run(|| serve(&case.ranges, begin))?;
            }
            Err(error) => {
                prop_assert_eq!(stored(&host), before.clone(), "{}", error);
                let reason = case.user != system()
                    || blocks.iter().any(|block| {
                        let others = before.iter().chain(&blocks);
                        let met = others.filter(|other| block.meets(**other)).any(|o| o != block);
                        met || case.setup.exclusions.iter().any(|row| row.block.meets(*block))
                    });
                prop_assert!(reason, "{error} for no reason");
                let denied = case.user != system() && error.code == ERROR_ACCESS_DENIED;
                prop_assert!(denied || error.code == ERROR_SHARING_VIOLATION, "{error}");
            }
        }
        prop_assert_eq!(service.run(|| uninstall(&case.ranges)), Ok(()));
        let left: Vec<PortBlock> = before.into_iter().filter(|b| !blocks.contains(b)).collect();
        prop_assert_eq!(stored(&host), left);
        Ok(())
    }

    /// A service for each range; as many as it has ports.
    fn serve(ranges: &[Range], begin: Start) -> Result<(), TestCaseError> {
        let mut services = Vec::new();
        let mut distinct: Vec<Range> = Vec::new();
        for range in ranges.iter().filter(|range| range.count > 0) {
            if distinct.contains(range) {
                continue;
            }
            distinct.push(*range);
            let service = begin(*range).map_err(|e| TestCaseError::fail(e.to_string()))?;
            let port = service.port().expect("a port");
            let inside = (range.first..range.first + range.count).contains(&port);
            prop_assert!(inside, "{port} is not of {range:?}");
            services.push(service);
        }
        Ok(())
    }

    /// The property, on other machines each time.
    #[test]
    fn all_is_installed_or_nothing() {
        let checked = check(Config::default(), None, install, Service::start);
        checked.unwrap_or_else(|error| panic!("{error}"));
    }

    fn check(
        config: Config,
        flaw: Option<Flaw>,
        install: Install,
        begin: Start,
    ) -> Result<(), String> {
        let config = Config { cases: 400, failure_persistence: None, ..config };
        let property = |case: Case| all_or_nothing(&case, flaw, install, begin);
        let outcome = TestRunner::new(config).run(&cases(), property);
        outcome.map_err(|broken| match broken {
            TestError::Fail(..) => broken.to_string(),
            TestError::Abort(why) => panic!("no cases: {why}"),
        })
    }

    /// Whether the property finds what is wrong with the machine or the program. The machines are the same each time.
    fn finds(flaw: Option<Flaw>, install: Install, begin: Start) -> bool {
        let config = Config { rng_seed: RngSeed::Fixed(1), ..Config::default() };
        check(config, flaw, install, begin).is_err()
    }

    /// Everything that the programs do, on a machine where others have ports too.
    fn whole_life(host: &Host) {
        let machine = Machine::new(host.clone());
        let range = |first, count| Range { first, count };
        let alice = started(&machine, Credentials::default());
        alice.run(|| {
            let _ = install(&[range(5000, 20)]);
        });
        started(&machine, system()).run(|| {
            let _ = install(&[range(5000, 20), range(5100, 10)]);
            // half of it is there, and one of these meets it
            let _ = install(&[range(5100, 10), range(5200, 10), range(5010, 20)]);
        });
        host.restart();
        started(&machine, system()).run(|| {
            let services = [range(5000, 20), range(5100, 10)].map(Service::start);
            services.iter().flatten().for_each(|service| {
                let _ = service.port();
            });
            drop(services);
            let _ = uninstall(&[range(5000, 20), range(5100, 10), range(5300, 1)]);
        });
    }

    /// The property finds every flaw of the machine that the programs meet.
    #[test]
    fn flaws_of_the_machine_are_found() {
        let whole = EveryFlaw::on(Host::builder()).check(whole_life);
        let met = whole.expect("it looks at nothing").missed;
        let finds = |flaw: &Flaw| finds(Some(*flaw), install, Service::start);
        let missed: Vec<Flaw> = met.iter().copied().filter(|flaw| !finds(flaw)).collect();
        assert_eq!(missed, []);
        assert!(met.len() > 3, "{met:?}");
    }

    /// Mistakes that have been made with these calls, each of which the property finds.
    #[test]
    fn planted_bugs_are_found() {
        let never_takes_back: Install = |ranges| {
            ranges.iter().try_for_each(|range| match range.lookup() {
                Err(_) => range.create().map(drop),
                Ok(_) => Ok(()),
            })
        };
        let takes_back_what_was_there: Install =
            |ranges| install(ranges).inspect_err(|_| take_back(ranges));
        let minds_what_is_there: Install = |ranges| {
            let made = ranges.iter().try_for_each(|range| range.create().map(drop));
            made.inspect_err(|_| take_back(ranges))
        };
        let forgets_one: Install = |ranges| install(&ranges[1..]);
        let in_host_order: Install = |ranges| {
            let swapped = |range: &Range| Range { first: range.first.swap_bytes(), ..*range };
            install(&ranges.iter().map(swapped).collect::<Vec<_>>())
        };
        for (bug, install) in [
            ("nothing is taken back", never_takes_back),
            ("more is taken back than was made", takes_back_what_was_there),
            ("a second installation", minds_what_is_there),
            ("a range is forgotten", forgets_one),
            ("the port in host order", in_host_order),
        ] {
            assert!(finds(None, install, Service::start), "not found: {bug}");
        }
        let never_associates: Start = |_| {
            let socket = Socket::open()?;
            bind_anywhere(&socket)?;
            Ok(Service { socket })
        };
        assert!(finds(None, install, never_associates), "not found: no association");
    }

    /// A token that was kept over a restart: where a restart gives another one to the same ports, only a lookup finds it.
    #[test]
    fn a_lookup_does_whatever_a_kept_token_does_and_more() {
        let range = Range { first: 5000, count: 20 };
        let works = |host: &Host, service: Result<Service, Failed>| {
            // getsockname may refuse the wildcard address, which is beside the point
            let bound = host.look(|world| world.sockets().find_map(|(_, s)| s.bound));
            service.is_ok() && bound.is_some_and(|name| (5000..5020).contains(&name.port()))
        };
        let compare = |builder: Builder, is_wrong: fn(kept: bool, looked_up: bool) -> bool| {
            EveryReading::on(builder).check(|host| {
                let machine = Machine::new(host.clone());
                let created = started(&machine, system()).run(|| range.create());
                let Ok(token) = created else { return Ok(()) };
                host.restart();
                started(&machine, system()).run(|| {
                    let kept = works(host, Service::with(token));
                    let looked_up = works(host, Service::start(range));
                    let said = format!("kept: {kept}, looked up: {looked_up}");
                    if is_wrong(kept, looked_up) { Err(said) } else { Ok(()) }
                })
            })
        };
        let coverage = compare(Host::builder(), |kept, looked_up| kept && !looked_up);
        let coverage = coverage.unwrap_or_else(|failure| panic!("{failure}"));
        assert!(coverage.is_complete() && coverage.runs > 1, "{coverage}");
        // whether a restart gives another token is no question but open each time: a policy that hurts says that it does
        let found = (0..20).any(|seed| {
            let hurts = Host::builder().policy(Policy::Adversarial).seed(seed);
            compare(hurts, |kept, looked_up| looked_up && !kept).is_err()
        });
        assert!(found, "a kept token is not found");
    }
}
