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
#[cfg(all(test, not(windows)))]
mod tests {
    use portres_sim::model::{
        Call, Credentials, Owner, PortBlock, ProcessId, Profile, Protocol, Reply, World,
    };
    use portres_sim::win32::{Machine, Program};
    use portres_sim::{Host, Policy};

    use super::*;

    fn machine(seed: u64) -> Machine {
        let policy = if seed == 0 { Policy::Lowest } else { Policy::Random };
        Machine::new(Host::new(World::default(), &Profile::documented(), policy, seed))
    }

    fn server(machine: &Machine) -> Program {
        let server = machine.start(Credentials::default());
        server.run(|| start().expect("Winsock"));
        server
    }

    #[test]
    fn every_worker_is_on_the_port_under_many_readings() {
        for seed in 0..200 {
            let machine =
                Machine::new(Host::new(World::default(), &Profile::likely(), Policy::Random, seed));
            let server = server(&machine);
            server.run(|| {
                let port = 1024 + (seed as u16 * 321) % 40_000;
                let listener = Listener::open(port, 8).expect("a listener");
                assert!(listener.sockets.iter().all(|&socket| port_of(socket) == Ok(port)));
            });
        }
    }

    #[test]
    fn a_second_server_is_told_that_the_port_is_in_use() {
        let machine = machine(0);
        let (first, second) = (server(&machine), server(&machine));
        let listener = first.run(|| Listener::open(4433, 2)).expect("a listener");
        let refused = second.run(|| Listener::open(4433, 2)).map(|_| ());
        let call = "SIO_ACQUIRE_PORT_RESERVATION";
        assert_eq!(refused, Err(Failed { call, code: WSAEADDRINUSE }));
        first.run(|| drop(listener));
        second.run(|| assert!(Listener::open(4433, 2).is_ok()));
    }

    #[test]
    fn nothing_is_left_of_a_listener_that_failed() {
        let machine = machine(0);
        let block = PortBlock::between(4433, 4532).expect("a block");
        let appear = Call::Appear { protocol: Protocol::Udp, block, owner: Owner::WinNat };
        assert_eq!(machine.host().call(ProcessId::MACHINE, &appear).reply, Reply::Ok);
        server(&machine).run(|| {
            assert!(Listener::open(4433, 8).is_err());
            assert_eq!(machine.host().look(|world| world.sockets().count()), 0);
            assert!(Listener::open(4533, 8).is_ok());
            assert_eq!(machine.host().look(|world| world.reservations().count()), 0);
        });
    }

    #[test]
    fn port_zero_gives_all_workers_the_same() {
        server(&machine(0)).run(|| {
            let listener = Listener::open(0, 4).expect("a listener");
            let port = listener.port().expect("a port");
            assert!(port >= 49_152);
            assert!(listener.sockets.iter().all(|&socket| port_of(socket) == Ok(port)));
        });
    }
}
