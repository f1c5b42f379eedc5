//! A client of remote procedure calls that has to come from a reserved port, one below 1024.
//!
//! Servers of NFS, for one, trust only these. The client tries one port after another: it acquires a reservation of the port,
//! associates its socket with it, and connects without a bind, so that the port is chosen from the reservation. A port that
//! somebody has is passed over; any other failure is final. That is how ms-nfs41-client does it. The program is written for
//! Windows, and runs elsewhere on a simulated machine: the one difference is the first `use`.
//!
//! `cargo run -p portres-sim --features win32 --example reserved-port-client -- 192.0.2.1:2049`
#![expect(unsafe_code, reason = "the functions of Winsock are unsafe")]

#[cfg(not(windows))]
use portres_sim::windows_sys;
use windows_sys::Win32::Networking::WinSock::*;

use std::fmt;
use std::net::SocketAddrV4;
use std::process::ExitCode;
use std::ptr::null_mut;

/// The ports that are tried: 600 and those behind it.
const FIRST: u16 = 600;
const COUNT: u16 = 424;

/// A call that failed, and the code that it gave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Failed {
    call: &'static str,
    code: i32,
}

/// A connection from a reserved port. It is closed when this is dropped, and the reservation ends with it.
#[derive(Debug)]
struct Client {
    socket: Socket,
}

/// A socket that is closed when this is dropped.
#[derive(Debug)]
struct Socket(SOCKET);

/// Where the search goes on: the next connection does not begin with the port that the last one had.
#[derive(Clone, Copy, Default, Debug)]
struct Search {
    tried: u16,
}

impl Client {
    fn connect(search: &mut Search, server: SocketAddrV4) -> Result<Client, Failed> {
        let socket = Socket::open()?;
        let token = search.reserve(&socket)?;
        associate(&socket, token)?;
        connect_to(&socket, server)?;
        Ok(Client { socket })
    }

    /// The port from which it comes.
    fn port(&self) -> Result<u16, Failed> {
        let mut name = SOCKADDR_IN::default();
        let mut length = size_of_val(&name) as i32;
        // SAFETY: the name is as long as its length says, and both live through the call.
        let done = unsafe { getsockname(self.socket.0, (&raw mut name).cast(), &mut length) };
        if done == 0 { Ok(u16::from_be(name.sin_port)) } else { Err(failed("getsockname")) }
    }
}

impl Search {
    /// Reserves the next port that nobody has.
    fn reserve(&mut self, socket: &Socket) -> Result<INET_PORT_RESERVATION_TOKEN, Failed> {
        let mut last = Failed { call: "no port", code: WSAEADDRINUSE };
        for _ in 0..COUNT {
            let port = FIRST + self.tried % COUNT;
            self.tried = (self.tried + 1) % COUNT;
            // the port is in network order, the number of ports is not
            match acquire(socket, port.to_be()) {
                Err(taken) if taken.code == WSAEADDRINUSE => last = taken,
                other => return other,
            }
        }
        Err(last)
    }
}

impl Socket {
    fn open() -> Result<Socket, Failed> {
        // SAFETY: it takes numbers only.
        match unsafe { socket(AF_INET.into(), SOCK_STREAM, IPPROTO_TCP) } {
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

fn acquire(socket: &Socket, port_be: u16) -> Result<INET_PORT_RESERVATION_TOKEN, Failed> {
    let range = INET_PORT_RANGE { StartPort: port_be, NumberOfPorts: 1 };
    let mut instance = INET_PORT_RESERVATION_INSTANCE::default();
    let code = SIO_ACQUIRE_PORT_RESERVATION;
    control("SIO_ACQUIRE_PORT_RESERVATION", socket, code, &range, Some(&mut instance))?;
    Ok(instance.Token)
}

fn associate(socket: &Socket, token: INET_PORT_RESERVATION_TOKEN) -> Result<(), Failed> {
    let code = SIO_ASSOCIATE_PORT_RESERVATION;
    control("SIO_ASSOCIATE_PORT_RESERVATION", socket, code, &token, None::<&mut u64>)
}

/// `WSAIoctl` with an input and perhaps an output, each a plain structure.
fn control<I: Copy, O: Copy>(
    call: &'static str,
    socket: &Socket,
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
        unsafe { WSAIoctl(socket.0, code, from, given, to, room, &mut bytes, null_mut(), None) };
    if done == 0 { Ok(()) } else { Err(failed(call)) }
}

fn connect_to(socket: &Socket, server: SocketAddrV4) -> Result<(), Failed> {
    let address = u32::from(*server.ip()).to_be();
    let name = SOCKADDR_IN {
        sin_family: AF_INET,
        sin_port: server.port().to_be(),
        sin_addr: IN_ADDR { S_un: IN_ADDR_0 { S_addr: address } },
        ..SOCKADDR_IN::default()
    };
    // SAFETY: the name is as long as its length says and lives through the call.
    let done = unsafe { connect(socket.0, (&raw const name).cast(), size_of_val(&name) as i32) };
    if done == 0 { Ok(()) } else { Err(failed("connect")) }
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
    let server = std::env::args().nth(1).and_then(|word| word.parse().ok());
    let server = server.unwrap_or(SocketAddrV4::new([192, 0, 2, 1].into(), 2049));
    let client = start().and_then(|()| Client::connect(&mut Search::default(), server));
    match client.and_then(|client| client.port()) {
        Ok(port) => {
            println!("connected to {server} from port {port}");
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
    use portres_sim::model::{Credentials, Literal, Profile, Protocol, Question, SocketKind};
    use portres_sim::win32::Machine;
    use portres_sim::{Flaw, Host};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};

    use super::*;

    const SERVER: SocketAddrV4 = SocketAddrV4::new(std::net::Ipv4Addr::new(192, 0, 2, 1), 2049);

    /// It asks for one port, and looks neither at how many it was given nor at how many bytes.
    const HARMLESS: &[Flaw] = &[Flaw::CountByteOrder, Flaw::ByteCountForgotten];

    type Connect = fn(&mut Search, SocketAddrV4) -> Result<Client, Failed>;

    /// A machine, somebody who has ports already, and clients of one program.
    #[derive(Clone, Debug)]
    struct Case {
        setup: Setup,
        user: Credentials,
        taken: Vec<u16>,
        tried: u16,
        clients: usize,
    }

    fn cases() -> impl Strategy<Value = Case> {
        let taken = prop_oneof![9 => vec(0..8_u16, 0..=8), 1 => Just((0..COUNT).collect())];
        let place = prop_oneof![0..8_u16, COUNT - 4..COUNT];
        (machines(), users(), taken, place, 1..=3_usize).prop_map(
            |(setup, user, taken, tried, clients)| {
                let taken = taken.iter().map(|by| FIRST + (tried + by) % COUNT).collect();
                Case { setup, user, taken, tried, clients }
            },
        )
    }

    /// Each client comes from a port of its own that is among those and was free, and holds no more than that; if there was
    /// none it is told so, and nothing is left behind.
    fn every_client_has_a_reserved_port(
        case: &Case,
        flaw: Option<Flaw>,
        connect: Connect,
    ) -> Result<(), TestCaseError> {
        let host = case.setup.builder().flaw(flaw).build();
        let bob = host.process("bob").start();
        let mut held = Vec::new();
        for port in &case.taken {
            let socket = bob.tcp().expect("a socket");
            // half of them are reserved, half in use
            let had = match port % 2 {
                0 => socket.acquire(*port, 1).map(drop),
                _ => socket.bind(([0, 0, 0, 0], *port)).map(drop),
            };
            held.extend(had.ok().map(|()| socket));
        }
        let machine = Machine::new(host.clone());
        let program = machine.start(case.user);
        program.run(|| {
            start().expect("Winsock");
            let mut search = Search { tried: case.tried };
            let mut clients: Vec<Client> = Vec::new();
            let mut first = None;
            for _ in 0..case.clients {
                let is_free = |port: &u16| {
                    host.look(|world| {
                        let tcp = Protocol::Tcp;
                        !world.is_bound(tcp, *port) && !world.is_reserved(tcp, *port)
                    })
                };
                let free: Vec<u16> = (FIRST..FIRST + COUNT).filter(is_free).collect();
                match connect(&mut search, SERVER) {
                    Ok(client) => {
                        let port = client.port().expect("a port");
                        prop_assert!(free.contains(&port), "{port} was not free, or not reserved");
                        first = first.or(Some(port));
                        clients.push(client);
                    }
                    Err(error) => {
                        prop_assert!(free.is_empty(), "{error}, and {} is free", free[0]);
                        prop_assert_eq!(error.code, WSAEADDRINUSE);
                    }
                }
                nothing_else(&host, program.process(), &clients)?;
            }
            clients.clear();
            nothing_else(&host, program.process(), &clients)?;
            // what the first had, the next may have that begins there
            let again = connect(&mut Search { tried: case.tried }, SERVER).ok();
            prop_assert_eq!(again.and_then(|client| client.port().ok()), first, "a port is gone");
            Ok(())
        })
    }

    /// The process has these sockets and reservations of their ports, and no others.
    fn nothing_else(
        host: &Host,
        process: portres_sim::model::ProcessId,
        clients: &[Client],
    ) -> Result<(), TestCaseError> {
        let mut ports: Vec<u16> = clients.iter().filter_map(|c| c.port().ok()).collect();
        ports.sort_unstable();
        host.look(|world| {
            let sockets: Vec<_> = world.sockets_of(process).collect();
            prop_assert_eq!(sockets.len(), ports.len());
            let owned = sockets.iter().flat_map(|socket| world.owned_by(*socket));
            let blocks = owned.filter_map(|token| world.reservation(token)?.block);
            let mut reserved: Vec<u16> = blocks.flat_map(|block| block.ports()).collect();
            reserved.sort_unstable();
            prop_assert_eq!(reserved, ports, "what is reserved is what is used");
            for socket in sockets {
                prop_assert_eq!(world.socket(socket).map(|s| s.kind), Some(SocketKind::Tcp));
            }
            Ok(())
        })
    }

    /// The property, on other machines each time.
    #[test]
    fn every_client_comes_from_a_reserved_port() {
        check(Config::default(), None, Client::connect).unwrap_or_else(|error| panic!("{error}"));
    }

    fn check(config: Config, flaw: Option<Flaw>, connect: Connect) -> Result<(), String> {
        let config = Config { cases: 200, failure_persistence: None, ..config };
        let property = |case: Case| every_client_has_a_reserved_port(&case, flaw, connect);
        let outcome = TestRunner::new(config).run(&cases(), property);
        outcome.map_err(|broken| match broken {
            TestError::Fail(..) => broken.to_string(),
            TestError::Abort(why) => panic!("no cases: {why}"),
        })
    }

    /// Whether the property finds what is wrong with the machine or the program. The machines are the same each time.
    fn finds(flaw: Option<Flaw>, connect: Connect) -> bool {
        let config = Config { rng_seed: RngSeed::Fixed(1), ..Config::default() };
        check(config, flaw, connect).is_err()
    }

    /// Everything that the program does, on a machine where others have ports too.
    fn whole_life(host: &Host) {
        let bob = host.process("bob").start();
        let owner = bob.tcp().expect("a socket");
        let _ = owner.acquire(FIRST + 1, 1);
        let program = Machine::new(host.clone()).start(Credentials::default());
        program.run(|| {
            let _ = start();
            let mut search = Search::default();
            for _ in 0..2 {
                let clients = [0; 2].map(|_| Client::connect(&mut search, SERVER));
                clients.iter().flatten().for_each(|client| {
                    let _ = client.port();
                });
                search.tried = 0;
            }
        });
    }

    /// The property finds every flaw of the machine that the program meets, but for those that are none of its business.
    #[test]
    fn flaws_of_the_machine_are_found() {
        let whole = EveryFlaw::on(Host::builder()).check(whole_life);
        let met = whole.expect("it looks at nothing").missed;
        let missed: Vec<Flaw> =
            met.iter().copied().filter(|flaw| !finds(Some(*flaw), Client::connect)).collect();
        assert_eq!(missed, HARMLESS);
        assert!(met.len() > HARMLESS.len() + 3, "{met:?}");
    }

    /// Mistakes that have been made with these calls, each of which the property finds.
    #[test]
    fn planted_bugs_are_found() {
        let in_host_order: Connect = |search, server| {
            let socket = Socket::open()?;
            let port = FIRST + search.tried % COUNT;
            associate(&socket, acquire(&socket, port)?)?;
            connect_to(&socket, server)?;
            Ok(Client { socket })
        };
        let never_associates: Connect = |search, server| {
            let socket = Socket::open()?;
            search.reserve(&socket)?;
            connect_to(&socket, server)?;
            Ok(Client { socket })
        };
        let gives_up_at_once: Connect = |search, server| {
            let socket = Socket::open()?;
            let port = FIRST + search.tried % COUNT;
            search.tried += 1;
            associate(&socket, acquire(&socket, port.to_be())?)?;
            connect_to(&socket, server)?;
            Ok(Client { socket })
        };
        let runs_past_the_end: Connect = |search, server| {
            let socket = Socket::open()?;
            let token = loop {
                let port = FIRST + search.tried;
                search.tried += 1;
                match acquire(&socket, port.to_be()) {
                    Err(taken) if taken.code == WSAEADDRINUSE => {}
                    other => break other?,
                }
            };
            associate(&socket, token)?;
            connect_to(&socket, server)?;
            Ok(Client { socket })
        };
        let leaks_when_it_fails: Connect = |search, server| {
            let socket = Socket::open()?;
            let token = search.reserve(&socket).inspect_err(|_| {
                std::mem::forget(Socket::open());
            })?;
            associate(&socket, token)?;
            connect_to(&socket, server)?;
            Ok(Client { socket })
        };
        for (bug, connect) in [
            ("the port in host order", in_host_order),
            ("no association", never_associates),
            ("one attempt", gives_up_at_once),
            ("no way back to the first port", runs_past_the_end),
            ("a socket left behind", leaks_when_it_fails),
        ] {
            assert!(finds(None, connect), "not found: {bug}");
        }
    }

    /// Whatever nobody knows: it is connected from a reserved port, or told why not and leaves nothing behind. One answer is
    /// what the program rests on, and the search finds it: that a connect takes its port from the reservation.
    #[test]
    fn one_open_question_is_all_that_it_rests_on() {
        let connects = |profile: &Profile| {
            EveryReading::on(Host::builder()).profile(profile).check(|host| {
                let bob = host.process("bob").start();
                let socket = bob.tcp().expect("a socket");
                let _ = socket.bind(([127, 0, 0, 1], FIRST));
                let program = Machine::new(host.clone()).start(Credentials::default());
                program.run(|| {
                    start().expect("Winsock");
                    let client = Client::connect(&mut Search::default(), SERVER);
                    let clients: Vec<Client> = client.into_iter().collect();
                    nothing_else(host, program.process(), &clients).map_err(|e| e.to_string())
                })
            })
        };
        let mut profile = Profile::documented();
        let failure = connects(&profile).expect_err("the port may be one of the dynamic range");
        let question = Question::ImplicitAssociated;
        let dynamic = question.answer("dynamic").expect("an answer");
        assert_eq!(failure.answers, [Literal { question, answers: dynamic }], "{failure}");

        let rests_on = Literal { question, answers: question.all() & !dynamic };
        profile.settle(rests_on).expect("the likeliest answer is left");
        let coverage = connects(&profile).unwrap_or_else(|failure| panic!("{failure}"));
        assert!(coverage.is_complete() && coverage.runs > 1, "{coverage}");
    }
}
