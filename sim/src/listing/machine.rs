//! The machine that listings show.

use std::collections::{BTreeMap, BTreeSet};

use portres_model::{
    Attributes, Connection, Credentials, Exclusion, ExclusionKind, Family, Lingering, Machine,
    Options, Owner, PortBlock, Process, ProcessId, Protocol, Socket, SocketId, SocketKind, User,
    World,
};

use super::{Endpoint, Listing, Row};

/// What no listing shows of the sockets that hold ports.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Unseen {
    /// Their sharing options.
    pub options: Options,
    /// The user account under which their processes run.
    pub user: User,
    /// Whether the wildcards of both families that one process has at one port are one dual-stack socket.
    pub dual: bool,
}

impl Listing {
    /// The machine. Of what no listing shows of its sockets, the plainest is taken.
    #[must_use]
    pub fn world(&self) -> World {
        self.world_where(&Unseen::default())
    }

    /// The machine, where this holds of what no listing shows.
    ///
    /// A socket in an unstarred row is left out: the row is why nobody else gets the port.
    #[must_use]
    pub fn world_where(&self, unseen: &Unseen) -> World {
        let mut machine = Machine { addresses: self.local_addresses(), ..Machine::default() };
        for range in self.dynamic_ranges() {
            machine.dynamic[usize::from(range.protocol == Protocol::Udp)] = range.block;
        }
        let mut world = World::new(machine);
        self.exclusions().into_iter().for_each(|exclusion| world.exclude(exclusion));
        let credentials = Credentials { user: unseen.user, ..Credentials::default() };
        let (mut names, pairs) = (BTreeMap::new(), self.pairs());
        for (endpoint, id) in self.holders(unseen.dual).into_iter().zip(1..) {
            // p1 is left to whoever asks
            let next = ProcessId(2 + names.len() as u32);
            let process = *names.entry(endpoint.process).or_insert(next);
            world.put_process(process, Some(Process { credentials, startups: 1 }));
            let pair = unseen.dual && is_half(&endpoint, &pairs);
            let socket = socket(&endpoint, process, unseen.options);
            world.put_socket(SocketId(id), Some(Socket { v6_only: !pair, ..socket }));
        }
        for left in self.endpoints().iter().filter(|e| e.process == Some(0) && e.remote.is_some()) {
            let (port, address) = (left.local.port(), left.local.ip());
            world.linger(Lingering { port, address, exclusive: false });
        }
        world
    }

    /// The rows, and the ports of http.sys that stand in none of them: its listeners are reservations (EV-91).
    #[must_use]
    pub fn exclusions(&self) -> Vec<Exclusion> {
        let urls: BTreeSet<u16> = self.registrations().iter().map(|r| r.port).collect();
        let of_row = |row: &Row| {
            let (protocol, block) = (row.protocol, row.block);
            let single = block.count() == 1 && protocol == Protocol::Tcp;
            let kind = match row.administered {
                true => ExclusionKind::Administered { persistent: true },
                false if single && urls.contains(&block.first()) => {
                    ExclusionKind::System(Owner::HttpSys)
                }
                false => ExclusionKind::System(Owner::Unknown),
            };
            Exclusion { protocol, block, kind }
        };
        let in_none = |port: &&u16| self.row_at(Protocol::Tcp, **port).is_none();
        let of_url = |port: &u16| {
            let (protocol, kind) = (Protocol::Tcp, ExclusionKind::System(Owner::HttpSys));
            Some(Exclusion { protocol, block: PortBlock::of(*port)?, kind })
        };
        let rows = self.rows().iter().map(of_row);
        rows.chain(urls.iter().filter(in_none).filter_map(of_url)).collect()
    }

    /// The sockets that hold ports, each name once. A connection whose port a listener has is left out, and so is what
    /// stands in an unstarred row or has a port of http.sys.
    #[must_use]
    pub fn holders(&self, dual: bool) -> Vec<Endpoint> {
        let port = |e: &Endpoint| (e.protocol, e.local.port());
        let listens = |e: &&Endpoint| e.remote.is_none();
        let listening: BTreeSet<_> = self.endpoints().iter().filter(listens).map(port).collect();
        let urls: BTreeSet<u16> = self.registrations().iter().map(|r| r.port).collect();
        let in_block = |e: &Endpoint| match self.row_at(e.protocol, e.local.port()) {
            Some(row) => !row.administered,
            None => e.protocol == Protocol::Tcp && urls.contains(&e.local.port()),
        };
        let pairs = self.pairs();
        let mut names = BTreeSet::new();
        let holds = |e: &&Endpoint| {
            let gone = e.process == Some(0) && e.remote.is_some();
            let accepted = e.remote.is_some() && listening.contains(&port(e));
            let half = dual && e.local.is_ipv4() && is_half(e, &pairs);
            !gone && !accepted && !half && !in_block(e) && names.insert((e.protocol, e.local))
        };
        self.endpoints().iter().filter(holds).cloned().collect()
    }

    /// Whether some process has the wildcards of both families at a port.
    #[must_use]
    pub fn has_pair(&self, protocol: Protocol, port: u16) -> bool {
        self.pairs().iter().any(|(p, at, _)| (*p, *at) == (protocol, port))
    }

    /// The ports at which one process has the wildcards of both families.
    fn pairs(&self) -> BTreeSet<Half> {
        let of = |v4: bool| -> BTreeSet<Half> {
            let wild = |e: &&Endpoint| e.local.ip().is_unspecified() && e.local.is_ipv4() == v4;
            let wild = self.endpoints().iter().filter(wild);
            wild.filter_map(|e| Some((e.protocol, e.local.port(), e.process?))).collect()
        };
        of(true).intersection(&of(false)).copied().collect()
    }
}

/// A transport, a port, and the process that has a wildcard there.
type Half = (Protocol, u16, u32);

fn is_half(endpoint: &Endpoint, pairs: &BTreeSet<Half>) -> bool {
    let Some(process) = endpoint.process else { return false };
    let half = (endpoint.protocol, endpoint.local.port(), process);
    endpoint.local.ip().is_unspecified() && pairs.contains(&half)
}

fn socket(endpoint: &Endpoint, process: ProcessId, options: Options) -> Socket {
    let family = if endpoint.local.is_ipv4() { Family::V4 } else { Family::V6 };
    let kind = match endpoint.protocol {
        Protocol::Tcp => SocketKind::Tcp,
        Protocol::Udp => SocketKind::Udp,
    };
    let connection =
        if endpoint.remote.is_some() { Connection::Connected } else { Connection::None };
    Socket {
        options,
        bound: Some(endpoint.local),
        connection,
        ..Socket::new(process, kind, family, Attributes::default())
    }
}
