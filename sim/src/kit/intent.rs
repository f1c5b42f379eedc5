//! Intents: what programs want to do, without a name for anything.

use portres_model::{Family, SocketKind, SocketOption};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;

/// One of those that exist: 0 is the newest, and counting goes on from the start behind the oldest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Which(pub u8);

/// A port, or the first of several.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Aim {
    /// 0: the system chooses.
    System,
    /// This one.
    Port(u16),
    /// So far from the first port of a reservation.
    Reservation(Which, i8),
    /// So far from the end of a reservation; 0 is the port behind its last one.
    EndOf(Which, i8),
    /// So far from the port of a socket that is bound.
    Socket(Which, i8),
    /// So far from the first port of an excluded block.
    Exclusion(Which, i8),
    /// The last port there is, or so far before it.
    Last(u8),
}

/// A local address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum At {
    /// The wildcard address of the socket's family.
    Any,
    /// Its loopback address.
    Loopback,
}

/// What a program wants to do next. Where it finds nothing to do it with, it does nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Intent {
    /// A new socket.
    Open(SocketKind, Family),
    /// An option of a socket, on or off.
    Option(Which, SocketOption, bool),
    /// To bind a socket.
    Bind(Which, At, Aim),
    /// To listen.
    Listen(Which),
    /// To connect to a remote address.
    Connect(Which),
    /// To acquire a reservation of so many ports.
    Acquire(Which, Aim, u16),
    /// To associate a socket with a reservation, whoever has it.
    Associate(Which, Which),
    /// To release a reservation.
    Release(Which, Which),
    /// To close a socket.
    Close(Which),
    /// To create a persistent reservation, of TCP or else UDP.
    Create(bool, Aim, u16),
    /// To look up a persistent reservation that exists.
    Lookup(Which),
    /// To delete a persistent reservation that exists.
    Delete(Which),
    /// To exclude ports by `netsh`, of TCP or else UDP.
    Exclude(bool, Aim, u16),
    /// To end, and to be started again when it has something to do.
    Exit,
    /// The machine restarts; so does the program when it has something to do.
    Restart,
}

/// Whose turn it is, and what it intends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Turn {
    /// The program, counted from the first on.
    pub program: Which,
    /// What it intends.
    pub intent: Intent,
}

const OPTIONS: &[SocketOption] = &[
    SocketOption::ReuseAddr,
    SocketOption::ExclusiveAddrUse,
    SocketOption::V6Only,
    SocketOption::RandomizePort,
    SocketOption::ReuseUnicastPort,
    SocketOption::PortScalability,
];

/// Lengths of reservations: of one port, those of programs that are known, and none.
const LENGTHS: &[u16] = &[1, 2, 10, 20, 64, 100, 0];

/// What programs do, what has to do with reservations more often than the rest.
pub fn intents() -> impl Strategy<Value = Intent> + Clone {
    let kind = || select(&[SocketKind::Udp, SocketKind::Tcp][..]);
    let family = prop_oneof![3 => Just(Family::V4), 1 => Just(Family::V6)];
    let at = prop_oneof![3 => Just(At::Any), 1 => Just(At::Loopback)];
    let length = || select(LENGTHS);
    prop_oneof![
        6 => (kind(), family).prop_map(|(kind, family)| Intent::Open(kind, family)),
        2 => (which(), select(OPTIONS), prop_oneof![3 => Just(true), 1 => Just(false)])
            .prop_map(|(socket, option, on)| Intent::Option(socket, option, on)),
        6 => (which(), at, aims()).prop_map(|(socket, at, aim)| Intent::Bind(socket, at, aim)),
        1 => which().prop_map(Intent::Listen),
        1 => which().prop_map(Intent::Connect),
        5 => (which(), aims(), length())
            .prop_map(|(socket, aim, count)| Intent::Acquire(socket, aim, count)),
        5 => (which(), which()).prop_map(|(socket, token)| Intent::Associate(socket, token)),
        2 => (which(), which()).prop_map(|(socket, token)| Intent::Release(socket, token)),
        2 => which().prop_map(Intent::Close),
        2 => (any::<bool>(), aims(), length())
            .prop_map(|(tcp, aim, count)| Intent::Create(tcp, aim, count)),
        1 => which().prop_map(Intent::Lookup),
        1 => which().prop_map(Intent::Delete),
        1 => (any::<bool>(), aims(), length())
            .prop_map(|(tcp, aim, count)| Intent::Exclude(tcp, aim, count)),
        1 => Just(Intent::Exit),
        1 => Just(Intent::Restart),
    ]
}

/// At most so many intents, each of one of a few programs.
pub fn turns(most: usize) -> impl Strategy<Value = Vec<Turn>> + Clone {
    let turn = (which(), intents()).prop_map(|(program, intent)| Turn { program, intent });
    vec(turn, 0..=most)
}

fn which() -> impl Strategy<Value = Which> + Clone {
    (0..4_u8).prop_map(Which)
}

fn aims() -> impl Strategy<Value = Aim> + Clone {
    let near = || (which(), -2..=2_i8);
    let ports = prop_oneof![5000..5004_u16, 1..1024_u16, 49_152..=65_535_u16, any::<u16>()];
    prop_oneof![
        4 => Just(Aim::System),
        3 => ports.prop_map(Aim::Port),
        3 => near().prop_map(|(which, by)| Aim::Reservation(which, by)),
        2 => near().prop_map(|(which, by)| Aim::EndOf(which, by)),
        2 => near().prop_map(|(which, by)| Aim::Socket(which, by)),
        1 => near().prop_map(|(which, by)| Aim::Exclusion(which, by)),
        1 => (0..4_u8).prop_map(Aim::Last),
    ]
}
