//! The same work by different machines.
//!
//! *Reserving*: `socket`, acquire of a block of two ports, associate, `bind` to port 0, `closesocket`: five calls. A
//! [`Host`] does them, and the two naive machines; each names the socket, the token and the port, and they name the same.
//!
//! *Binding*: `socket`, `bind` to port 0 of 127.0.0.1, close: three calls. A host does them by its handles, under the policy
//! that goes on behind the last port as turmoil-net does; so does turmoil-net by `UdpSocket::bind` and `drop`, whose future
//! is done when it is first polled, so that no scheduler runs; so does the kernel of this machine by three system calls.
//! Nobody asks for the name of the socket. turmoil-net knows no reservations, exclusions, rights or rules, the kernel is real.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use portres_model::{
    Call, Family, Frame, Names, PortRange, ProcessId, Profile, Reply, SocketId, SocketKind, Token,
    World,
};
use portres_sim::{Host, Policy, Process};
use turmoil_net::shim::tokio::net::UdpSocket as SimulatedSocket;
use turmoil_net::{EnterGuard, Net};

use crate::naive::{Hashed, Machine, Scan};
use crate::{P1, Place, crowded, place};

/// One process on a host.
pub struct Program {
    host: Host,
    process: ProcessId,
}

impl Program {
    /// On a machine of this policy.
    #[must_use]
    pub fn new(policy: Policy) -> Program {
        Program::of(&Host::new(World::default(), &Profile::likely(), policy, 1), P1)
    }

    /// On this machine.
    #[must_use]
    pub fn of(host: &Host, process: ProcessId) -> Program {
        Program { host: host.clone(), process }
    }
}

impl Machine for Program {
    fn call(&mut self, call: &Call) -> Reply {
        self.host.call(self.process, call).reply
    }
}

/// A program whose sockets, tokens and ports are at places far apart, in a crowd of 10 000 reservations and 30 000 sockets.
pub struct Scattered<P> {
    host: Host,
    places: P,
    names: (SocketId, Token),
}

impl Scattered<()> {
    /// On a machine of this policy.
    #[must_use]
    pub fn new(policy: Policy) -> Scattered<impl Iterator<Item = Place>> {
        let host = Host::new(crowded(10_000), &Profile::likely(), policy, 1);
        Scattered::among(host, crate::far_apart(10_000).map(place).cycle())
    }
}

impl<P: Iterator<Item = Place>> Scattered<P> {
    /// On this machine, at these places.
    #[must_use]
    pub fn among(host: Host, places: P) -> Scattered<P> {
        Scattered { host, places, names: (SocketId::INVALID, Token::ZERO) }
    }

    /// Goes to the next place; its first port.
    ///
    /// # Panics
    /// If there is none.
    pub fn go_on(&mut self) -> u16 {
        let (socket, token, start) = self.places.next().expect("a place");
        self.names = (socket, token);
        start
    }
}

impl<P> Machine for Scattered<P> {
    fn call(&mut self, call: &Call) -> Reply {
        let names = match call {
            Call::Socket { .. } => Some(Names::Socket(self.names.0)),
            Call::Acquire { .. } => Some(Names::Token(self.names.1)),
            _ => None,
        };
        self.host.call_naming(P1, names, call).reply
    }
}

/// How many calls [`reserve`] makes.
pub const RESERVING: u64 = 5;

/// Opens a socket, acquires the two ports from `start` on, associates, binds and closes.
///
/// # Panics
/// If the ports are not there, or not the lower one is given.
#[inline]
pub fn reserve(machine: &mut impl Machine, start: u16) {
    assert_eq!(reserve_either(machine, start), start);
}

/// The same, whichever of the two ports is given.
///
/// # Panics
/// If the ports are not there.
#[inline]
pub fn reserve_either(machine: &mut impl Machine, start: u16) -> u16 {
    let opened = machine.call(&Call::open(SocketKind::Udp, Family::V4));
    let Reply::Socket(socket) = opened else { panic!("{opened}") };
    let (range, frame) = (PortRange { start, count: 2 }, Frame::default());
    let acquired = machine.call(&Call::Acquire { socket, range, frame });
    let Reply::Reserved { token, .. } = acquired else { panic!("{acquired}") };
    let associated = machine.call(&Call::Associate { socket, token, frame });
    assert_eq!(associated, Reply::Ok);
    let bound = machine.call(&Call::bind(socket, Family::V4.wildcard()));
    let Reply::Bound(port) = bound else { panic!("{bound}") };
    let closed = machine.call(&Call::CloseSocket { socket });
    assert_eq!(closed, Reply::Ok);
    port
}

/// Fills a machine with so many blocks of four ports, and three bound sockets in each.
///
/// # Panics
/// If a call is refused.
pub fn crowd(machine: &mut impl Machine, reservations: u16) {
    let frame = Frame::default();
    for i in 0..reservations {
        let start = 1024 + i * 6;
        let mut block = None;
        for _ in 0..3 {
            let opened = machine.call(&Call::open(SocketKind::Udp, Family::V4));
            let Reply::Socket(socket) = opened else { panic!("{opened}") };
            let token = *block.get_or_insert_with(|| {
                let range = PortRange { start, count: 4 };
                let acquired = machine.call(&Call::Acquire { socket, range, frame });
                let Reply::Reserved { token, .. } = acquired else { panic!("{acquired}") };
                token
            });
            machine.call(&Call::Associate { socket, token, frame });
            let bound = machine.call(&Call::bind(socket, Family::V4.wildcard()));
            assert!(matches!(bound, Reply::Bound(_)), "{bound}");
        }
    }
}

/// The three machines that [`reserve`], with a crowd of so many reservations: a host and the two naive ones.
#[must_use]
pub fn reserving(reservations: u16) -> (Program, Hashed, Scan) {
    let (mut program, mut hashed) = (Program::new(Policy::Lowest), Hashed::default());
    crowd(&mut program, reservations);
    crowd(&mut hashed, reservations);
    let scan = Scan::from(&hashed);
    (program, hashed, scan)
}

/// The first of two free ports in a crowd: always the same, or far apart.
pub fn starts(reservations: u16, hot: bool) -> impl FnMut() -> u16 {
    let mut places = crate::far_apart(reservations).cycle();
    move || {
        let far = places.next().unwrap_or_default();
        place(if hot { reservations / 2 } else { far }).2
    }
}

/// How many calls a binding machine makes.
pub const BINDING: u64 = 3;

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Where the sockets of the others are bound: below the dynamic range.
const OTHERS: u16 = 1024;

/// A program on a simulated machine that binds by handles.
pub struct Handles {
    program: Process,
}

impl Handles {
    /// With so many sockets of others.
    ///
    /// # Panics
    /// If one of them cannot be bound.
    #[must_use]
    pub fn new(others: u16) -> Handles {
        let host = Host::builder().policy(Policy::NextFit).build();
        let mut other = Program::of(&host, host.process("others").start().id());
        for port in OTHERS..OTHERS + others {
            let opened = other.call(&Call::open(SocketKind::Udp, Family::V4));
            let Reply::Socket(socket) = opened else { panic!("{opened}") };
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            assert_eq!(other.call(&Call::bind(socket, address)), Reply::Bound(port));
        }
        Handles { program: host.process("alice").start() }
    }

    /// Opens, binds and closes; the port.
    ///
    /// # Panics
    /// If there is no port.
    #[inline]
    pub fn bind(&self) -> u16 {
        let socket = self.program.udp().expect("a socket");
        socket.bind(ANY).expect("a port")
    }
}

/// turmoil-net's host on this thread.
pub struct Simulated {
    others: Vec<SimulatedSocket>,
    _entered: EnterGuard,
}

impl Simulated {
    /// With so many sockets of others. There can be one at a time on a thread.
    ///
    /// # Panics
    /// If one of them cannot be bound.
    #[must_use]
    pub fn new(others: u16) -> Simulated {
        let mut net = Net::new();
        let _ = net.add_host("bench");
        let entered = net.enter();
        let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let others = OTHERS..OTHERS + others;
        let others = others.map(|port| at_once(SimulatedSocket::bind(at(port))).expect("a port"));
        Simulated { others: others.collect(), _entered: entered }
    }

    /// Opens, binds and closes.
    ///
    /// # Panics
    /// If there is no port.
    #[inline]
    pub fn bind(&self) -> SimulatedSocket {
        at_once(SimulatedSocket::bind(ANY)).expect("a port")
    }

    /// How many sockets the others have.
    #[must_use]
    pub fn others(&self) -> usize {
        self.others.len()
    }
}

/// What a future gives when it is polled for the first time.
fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(given) => given,
        Poll::Pending => panic!("it waits for something"),
    }
}

/// The kernel's socket.
///
/// # Panics
/// If there is no port.
#[inline]
#[must_use]
pub fn kernel() -> UdpSocket {
    UdpSocket::bind(ANY).expect("a port")
}
