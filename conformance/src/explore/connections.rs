//! `connections`: sharing options, connections and what is left of them, further descriptors.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use portres_model::{
    Attributes, Call, Connection, Duplicate, Family, Lingering, Machine, Options, PortBlock,
    Process, ProcessId, Settings, Socket, SocketId, SocketKind, SocketOption, World,
};

use super::packing::{Field, Reader, Writer, fields, single};
use super::rows::{self, FIRST, number, port_of};
use super::{Footprint, Move, Names, SmallWorld, State, each, socket, spelled, strs};

/// Two processes of one user, two descriptors, two ports, one lingering connection at a time.
#[derive(Clone, Copy, Debug)]
pub struct Connections {
    ports: u16,
}

impl Connections {
    /// The published one.
    pub const SMALL: Connections = Connections { ports: 2 };
    /// With one more port.
    pub const LARGE: Connections = Connections { ports: 3 };
}

const SOCKETS: u32 = 2;

/// The widths of a row.
const ROW: [(&str, u32); 12] = [
    ("what", 2),
    ("process", 2),
    ("kind", 2),
    ("no-inherit", 1),
    ("options", 2),
    ("non-blocking", 1),
    ("affinity", 2),
    ("port", 2),
    ("address", 1),
    ("implicit", 1),
    ("listening", 1),
    ("connection", 3),
];

const CONNECTIONS: [Connection; 5] = [
    Connection::None,
    Connection::UnderWay,
    Connection::Failed,
    Connection::Connected,
    Connection::Accepted,
];

const OPTIONS: [Options; 3] = [Options::Neither, Options::Reuse, Options::Exclusive];

fn address(number: u32) -> IpAddr {
    IpAddr::V4(if number == 1 { Ipv4Addr::LOCALHOST } else { Ipv4Addr::UNSPECIFIED })
}

fn other(process: ProcessId) -> ProcessId {
    ProcessId(3 - process.0)
}

impl SmallWorld for Connections {
    fn name(&self) -> &'static str {
        "connections"
    }

    fn fields(&self) -> Vec<Field> {
        let lingering =
            [("lingering port", 2), ("lingering address", 1), ("lingering exclusive", 1)];
        [fields("s", SOCKETS, &ROW), single(&lingering)].concat()
    }

    fn start(&self) -> World {
        let dynamic = PortBlock::new(FIRST, self.ports).expect("a block");
        let mut world = World::new(Machine { dynamic: [dynamic; 2], ..Machine::default() });
        for process in 1..=2 {
            world.put_process(ProcessId(process), Some(Process::undeclared()));
        }
        world
    }

    fn moves(&self) -> Vec<Move> {
        let of_options = each(
            &[
                "<p>: setsockopt <s> <option> 0",
                "<p>: setsockopt <s> <option> 1",
                "<p>: getsockopt <s> <option>",
            ],
            "<option>",
            &["SO_REUSEADDR", "SO_EXCLUSIVEADDRUSE"],
        );
        let of_sockets = [
            "<p>: ioctlsocket <s> FIONBIO 0",
            "<p>: ioctlsocket <s> FIONBIO 1",
            "<p>: affinity <s> 0",
            "<p>: affinity <s> 1",
            "<p>: bind <s> 127.0.0.1:0",
            "<p>: bind <s> 127.0.0.1:50000",
            "<p>: listen <s>",
            "<p>: connect <s> 192.0.2.1:80",
            "<p>: connect <s> 127.0.0.1:50000",
            "<p>: connectex <s> 192.0.2.1:80",
            "<p>: sendto <s> 192.0.2.1:80",
            "<p>: accept <s>",
            "<p>: getsockname <s>",
            "<p>: getpeername <s>",
            "<p>: disconnect <s>",
            "<p>: duplicate <s> p1",
            "<p>: duplicate <s> p2",
            "<p>: inherit <s> p1",
            "<p>: inherit <s> p2",
            "<p>: closesocket <s>",
        ];
        let of_sockets = [&of_sockets[..], &strs(&of_options)].concat();
        let of_sockets = each(&of_sockets, "<s>", &["s1", "s2"]);
        let of_sockets = each(&strs(&of_sockets), "<p>", &["p1", "p2"]);
        let opening = [
            "p1: socket tcp v4",
            "p1: socket udp v4",
            "p1: socket udp v4 no-inherit",
            "p1: open AF_INET SOCK_STREAM 0",
        ];
        let settling = (FIRST..FIRST + self.ports).map(|port| format!("machine: settle {port}"));
        let opening = opening.map(String::from).to_vec();
        spelled(&[opening, of_sockets, settling.collect()].concat())
    }

    fn allows(&self, world: &World, by: ProcessId, call: &Call) -> bool {
        let row = call.socket().and_then(|id| world.socket_of(by, id));
        let is = |kind| row.is_some_and(|(_, s)| s.kind == kind);
        match call {
            Call::SetSockOpt { .. } => {
                let fresh = |s: &Socket| s.bound.is_none() && s.connection == Connection::None;
                row.is_some_and(|(_, s)| fresh(s) && is_plain(s))
            }
            Call::IoctlSocket { .. } => {
                is(SocketKind::Tcp) && row.is_some_and(|(_, s)| s.options == Options::Neither)
            }
            Call::Affinity { .. } => {
                let bare = |s: &Socket| !s.attributes.no_inherit && s.options == Options::Neither;
                is(SocketKind::Udp) && row.is_some_and(|(_, s)| bare(s))
            }
            Call::Listen { .. } => row.is_some_and(|(_, s)| s.connection != Connection::UnderWay),
            Call::Duplicate { process, .. } | Call::Inherit { process, .. } => {
                *process == other(by)
            }
            Call::CloseSocket { .. } => {
                let lingers = row.is_some_and(|(slot, s)| {
                    s.kind == SocketKind::Tcp
                        && s.is_connected()
                        && s.bound.is_some()
                        && world.duplicates().iter().all(|d| d.of != slot)
                });
                !lingers || world.lingering().is_empty()
            }
            _ => true,
        }
    }

    fn footprints(&self, at: &Move) -> Vec<Footprint> {
        footprints(at)
    }

    fn names(&self) -> Names {
        Names { sockets: SOCKETS, tokens: 0 }
    }

    fn pack(&self, world: &World) -> State {
        let mut to = Writer::default();
        (1..=SOCKETS).for_each(|n| put_row(world, socket(n), &mut to));
        debug_assert!(world.lingering().len() < 2, "one lingers at a time");
        match world.lingering().first() {
            None => to.zeros(4),
            Some(Lingering { port, address, exclusive }) => {
                to.put(number(*port), 2);
                to.put(u32::from(!address.is_unspecified()), 1);
                to.put(u32::from(*exclusive), 1);
            }
        }
        to.state()
    }

    fn unpack(&self, state: State, world: &mut World) {
        let mut from = Reader::new(state);
        let mut further = None;
        for n in 1..=SOCKETS {
            let (row, duplicate) = take_row(socket(n), &mut from);
            rows::set_socket(world, socket(n), row);
            further = further.or(duplicate);
        }
        if world.duplicates().first().copied() != further {
            (1..=SOCKETS).for_each(|n| {
                world.remove_duplicate(socket(n));
            });
            further.into_iter().for_each(|d| world.add_duplicate(d));
        }
        let (port, at, exclusive) = (from.take(2), from.take(1), from.take(1));
        let lingering = (port != 0).then(|| Lingering {
            port: rows::port(port),
            address: address(at),
            exclusive: exclusive == 1,
        });
        if world.lingering().first().copied() != lingering {
            world.retain_lingering(|_| false);
            lingering.into_iter().for_each(|l| world.linger(l));
        }
    }
}

/// Whether a socket has nothing that keeps options off here.
fn is_plain(socket: &Socket) -> bool {
    !socket.attributes.no_inherit && !socket.non_blocking && socket.affinity.is_none()
}

fn index<T: PartialEq>(list: &[T], value: &T) -> u32 {
    list.iter().position(|v| v == value).expect("a value of the world") as u32
}

fn put_row(world: &World, id: SocketId, to: &mut Writer) {
    if let Some(s) = world.socket(id) {
        to.put(1, 2);
        to.put(s.process.0, 2);
        to.put(if s.kind == SocketKind::Tcp { 1 } else { 2 }, 2);
        to.put(u32::from(s.attributes.no_inherit), 1);
        to.put(index(&OPTIONS, &s.options), 2);
        to.put(u32::from(s.non_blocking), 1);
        to.put(s.affinity.map_or(0, |a| u32::from(a) + 1), 2);
        to.put(port_of(s), 2);
        to.put(u32::from(s.bound.is_some_and(|name| !name.ip().is_unspecified())), 1);
        to.put(u32::from(s.implicit), 1);
        to.put(u32::from(s.listening), 1);
        // a socket whose connection was undone is like one that was never connected
        let undone = s.connection == Connection::Undone;
        to.put(if undone { 0 } else { index(&CONNECTIONS, &s.connection) }, 3);
    } else if let Some(further) = world.duplicates().iter().find(|d| d.id == id) {
        to.put(2, 2);
        to.put(further.process.0, 2);
        to.zeros(16);
    } else {
        to.zeros(20);
    }
}

/// What calls read of the row of their socket, `<s>`, and of the other, `<o>`.
fn reads(call: &Call) -> &'static str {
    match call {
        Call::SetSockOpt { .. } => {
            "<s>.no-inherit, <s>.options, <s>.non-blocking, <s>.affinity, <s>.port, <s>.connection"
        }
        Call::GetSockOpt { .. } => "",
        Call::IoctlSocket { .. } => "<s>.kind, <s>.options, <s>.non-blocking",
        Call::Affinity { .. } => {
            "<s>.kind, <s>.no-inherit, <s>.options, <s>.affinity, <s>.port, <s>.connection"
        }
        Call::Bind { .. } => {
            "<s>.kind, <s>.options, <s>.affinity, <s>.port, <s>.connection, <o>.what, <o>.kind, \
             <o>.options, <o>.affinity, <o>.port, <o>.address, <o>.connection"
        }
        Call::Listen { .. } => {
            "<s>.kind, <s>.port, <s>.listening, <s>.connection, <o>.kind, <o>.port, <o>.listening"
        }
        Call::Connect { .. } | Call::ConnectEx { .. } | Call::SendTo { .. } => {
            "<s>.kind, <s>.non-blocking, <s>.port, <s>.address, <s>.implicit, <s>.listening, \
             <s>.connection, <o>.kind, <o>.port, <o>.listening, <o>.connection, lingering*"
        }
        Call::Accept { .. } => "<s>.*, <o>.what",
        Call::GetSockName { .. } => "<s>.kind, <s>.port, <s>.address, <s>.implicit, <s>.connection",
        Call::GetPeerName { .. } => "<s>.kind, <s>.connection",
        Call::Disconnect { .. } => "<s>.kind, <s>.connection",
        Call::Duplicate { .. } | Call::Inherit { .. } => "<s>.no-inherit, <o>.what",
        _ => "*",
    }
}

fn footprints(at: &Move) -> Vec<Footprint> {
    let Some(id) = at.call.socket() else {
        return vec![match at.call {
            Call::Settle { .. } => Footprint::of("lingering*"),
            _ => Footprint::of("s*.what"),
        }];
    };
    let by = at.by.0;
    let (own, other) = (format!("{id}"), format!("s{}", 3 - id.0));
    let lingers = "<s>.kind, <s>.options, <s>.port, <s>.address, <s>.connection, lingering*";
    let case = |what, row: &str, rest: &str, reads: &str| {
        let reads = reads.replace("<s>", row).replace("<o>", rest);
        let (what, process) = ((format!("{own}.what"), what), format!("{own}.process"));
        Footprint::of(reads).when(what.0, what.1).when(process, by)
    };
    if let Call::CloseSocket { .. } = at.call {
        // the last descriptor leaves what lingers; a socket moves into the row of its further descriptor
        let alone = |what| case(1, &own, &other, lingers).when(format!("{other}.what"), what);
        let moves = case(1, &own, &other, "s*").when(format!("{other}.what"), 2);
        return vec![alone(0), alone(1), moves, case(2, &other, &own, "")];
    }
    // by a further descriptor a call acts on the socket of the other row
    let reads = reads(&at.call);
    vec![case(1, &own, &other, reads), case(2, &other, &own, &format!("{reads}, <s>.process"))]
}

fn take_row(id: SocketId, from: &mut Reader) -> (Option<Socket>, Option<Duplicate>) {
    let (what, process) = (from.take(2), ProcessId(from.take(2)));
    let kind = if from.take(2) == 1 { SocketKind::Tcp } else { SocketKind::Udp };
    let attributes = Attributes { no_inherit: from.take(1) == 1, ..Attributes::default() };
    let mut row = Socket::new(process, kind, Family::V4, attributes);
    row.options = OPTIONS[from.take(2) as usize];
    row.settings = Settings::default()
        .with(SocketOption::ReuseAddr, row.options.reuse())
        .with(SocketOption::ExclusiveAddrUse, row.options.exclusive());
    row.non_blocking = from.take(1) == 1;
    row.affinity = from.take(2).checked_sub(1).map(|a| a as u16);
    let (port, at) = (from.take(2), address(from.take(1)));
    row.bound = (port != 0).then(|| SocketAddr::new(at, rows::port(port)));
    row.implicit = from.take(1) == 1;
    row.listening = from.take(1) == 1;
    row.connection = CONNECTIONS[from.take(3) as usize];
    let further = Duplicate { id, process, of: socket(3 - id.0) };
    ((what == 1).then_some(row), (what == 2).then_some(further))
}
