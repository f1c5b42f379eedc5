//! Finding what an intent is about.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use portres_model::{
    Call, Family, Frame, Kind, PortRange, ProcessId, Protocol, Reservation, SocketId, Store, Token,
    World,
};

use super::intent::{Aim, At, Intent, Which};

/// The call that a process makes of an intent; `None` if there is nothing to make it with.
pub(super) fn call(world: &World, by: ProcessId, intent: Intent) -> Option<Call> {
    let socket = |which: Which| which.of(world.sockets_of(by));
    let range = |aim: Aim, count| Some(PortRange { start: aim.port(world)?, count });
    let (frame, store) = (Frame::default(), Store::Persistent);
    Some(match intent {
        Intent::Open(kind, family) => Call::open(kind, family),
        Intent::Option(which, option, on) => {
            Call::set_option(socket(which)?, option, u32::from(on))
        }
        Intent::Bind(which, at, aim) => {
            let socket = socket(which)?;
            let address = at.address(world, by, socket)?;
            Call::bind(socket, SocketAddr::new(address, aim.port(world)?))
        }
        Intent::Listen(which) => Call::Listen { socket: socket(which)? },
        Intent::Connect(which) => {
            let socket = socket(which)?;
            let address = match world.socket_of(by, socket)?.1.family {
                Family::V4 => IpAddr::from([192, 0, 2, 1]),
                Family::V6 => IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1]),
            };
            Call::Connect { socket, address: SocketAddr::new(address, 2049) }
        }
        Intent::Acquire(which, aim, count) => {
            Call::Acquire { socket: socket(which)?, range: range(aim, count)?, frame }
        }
        Intent::Associate(which, token) => {
            Call::Associate { socket: socket(which)?, token: any_token(world, token)?, frame }
        }
        Intent::Release(which, token) => {
            Call::Release { socket: socket(which)?, token: any_token(world, token)?, frame }
        }
        Intent::Close(which) => Call::CloseSocket { socket: socket(which)? },
        Intent::Create(tcp, aim, count) => {
            Call::Create { protocol: protocol(tcp), range: range(aim, count)?, null: false }
        }
        Intent::Lookup(which) => {
            let (protocol, range) = persistent(world, which)?;
            Call::Lookup { protocol, range, null: false }
        }
        Intent::Delete(which) => {
            let (protocol, range) = persistent(world, which)?;
            Call::Delete { protocol, range }
        }
        Intent::Exclude(tcp, aim, count) => {
            Call::AddExcluded { protocol: protocol(tcp), range: range(aim, count)?, store }
        }
        Intent::Exit => Call::Exit,
        Intent::Restart => Call::Restart,
    })
}

fn protocol(tcp: bool) -> Protocol {
    if tcp { Protocol::Tcp } else { Protocol::Udp }
}

fn any_token(world: &World, which: Which) -> Option<Token> {
    which.of(world.reservations().map(|(token, _)| token))
}

fn persistent(world: &World, which: Which) -> Option<(Protocol, PortRange)> {
    let lasting = |r: &Reservation| matches!(r.kind, Kind::Persistent { .. }) && !r.ended;
    let stored = world.reservations().filter(|(_, r)| lasting(r));
    which.of(stored.filter_map(|(_, r)| Some((r.protocol, r.block?.range()))))
}

impl Which {
    /// It, among those that are listed from the oldest on.
    pub(super) fn of<T>(self, all: impl Iterator<Item = T>) -> Option<T> {
        let mut all: Vec<T> = all.collect();
        let back = usize::from(self.0).checked_rem(all.len())?;
        Some(all.swap_remove(all.len() - 1 - back))
    }
}

impl Aim {
    fn port(self, world: &World) -> Option<u16> {
        let reservation =
            |which: Which| which.of(world.reservations().filter_map(|(_, r)| r.block));
        let beside = |port: u16, by: i8| port.checked_add_signed(by.into());
        match self {
            Aim::System => Some(0),
            Aim::Port(port) => Some(port),
            Aim::Reservation(which, by) => beside(reservation(which)?.first(), by),
            Aim::EndOf(which, by) => beside(reservation(which)?.last().checked_add(1)?, by),
            Aim::Socket(which, by) => {
                let bound = world.sockets().filter_map(|(_, socket)| socket.bound);
                beside(which.of(bound)?.port(), by)
            }
            Aim::Exclusion(which, by) => {
                beside(which.of(world.exclusions().iter())?.block.first(), by)
            }
            Aim::Last(before) => Some(u16::MAX - u16::from(before)),
        }
    }
}

impl At {
    fn address(self, world: &World, by: ProcessId, socket: SocketId) -> Option<IpAddr> {
        Some(match (world.socket_of(by, socket)?.1.family, self) {
            (Family::V4, At::Any) => Ipv4Addr::UNSPECIFIED.into(),
            (Family::V4, At::Loopback) => Ipv4Addr::LOCALHOST.into(),
            (Family::V6, At::Any) => Ipv6Addr::UNSPECIFIED.into(),
            (Family::V6, At::Loopback) => Ipv6Addr::LOCALHOST.into(),
        })
    }
}
