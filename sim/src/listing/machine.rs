//! The machine that listings show.

use std::collections::BTreeMap;

use portres_model::{
    Attributes, Connection, Credentials, Exclusion, ExclusionKind, Family, Lingering, Machine,
    Options, Owner, PortBlock, Process, ProcessId, Protocol, Socket, SocketId, SocketKind, User,
    World,
};

use super::{Endpoint, Listing};

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
        let mut machine = Machine { addresses: self.addresses(), ..Machine::default() };
        for range in self.dynamic_ranges() {
            machine.dynamic[usize::from(range.protocol == Protocol::Udp)] = range.block;
        }
        let mut world = World::new(machine);
        self.exclusions().into_iter().for_each(|exclusion| world.exclude(exclusion));
        let credentials = Credentials { user: unseen.user, ..Credentials::default() };
        let mut names = BTreeMap::new();
        for (endpoint, id) in self.holders(unseen.dual).into_iter().zip(1..) {
            // p1 is left to whoever asks
            let next = ProcessId(2 + names.len() as u32);
            let process = *names.entry(endpoint.process).or_insert(next);
            world.put_process(process, Some(Process { credentials, startups: 1 }));
            let pair = unseen.dual && self.endpoints().iter().any(|o| is_other_half(&endpoint, o));
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
        let by_url = |port: u16| self.registrations().iter().any(|r| r.port == port);
        let mut all: Vec<Exclusion> = Vec::new();
        for row in self.rows() {
            let single = row.block.count() == 1 && row.protocol == Protocol::Tcp;
            let kind = match row.administered {
                true => ExclusionKind::Administered { persistent: true },
                false if single && by_url(row.block.first()) => {
                    ExclusionKind::System(Owner::HttpSys)
                }
                false => ExclusionKind::System(Owner::Unknown),
            };
            all.push(Exclusion { protocol: row.protocol, block: row.block, kind });
        }
        for registration in self.registrations() {
            let Some(block) = PortBlock::of(registration.port) else { continue };
            let protocol = Protocol::Tcp;
            if !all.iter().any(|e| e.protocol == protocol && e.block.meets(block)) {
                let kind = ExclusionKind::System(Owner::HttpSys);
                all.push(Exclusion { protocol, block, kind });
            }
        }
        all
    }

    /// The sockets that hold ports, each name once. A connection whose port a listener has is left out, and so is what
    /// stands in an unstarred row.
    #[must_use]
    pub fn holders(&self, dual: bool) -> Vec<Endpoint> {
        let listens = |e: &Endpoint| {
            let same = |l: &Endpoint| {
                l.remote.is_none() && l.protocol == e.protocol && l.local.port() == e.local.port()
            };
            self.endpoints().iter().any(same)
        };
        let exclusions = self.exclusions();
        let in_block = |e: &Endpoint| {
            let holds = |x: &Exclusion| {
                x.protocol == e.protocol
                    && x.block.has(e.local.port())
                    && matches!(x.kind, ExclusionKind::System(_))
            };
            exclusions.iter().any(holds)
        };
        let mut holders: Vec<Endpoint> = Vec::new();
        for endpoint in self.endpoints() {
            let gone = endpoint.process == Some(0) && endpoint.remote.is_some();
            let accepted = endpoint.remote.is_some() && listens(endpoint);
            let twice = holders
                .iter()
                .any(|h| h.protocol == endpoint.protocol && h.local == endpoint.local);
            if !gone && !accepted && !twice && !in_block(endpoint) {
                holders.push(endpoint.clone());
            }
        }
        if dual {
            let pairs: Vec<Endpoint> = holders.clone();
            holders.retain(|h| !(h.local.is_ipv4() && pairs.iter().any(|o| is_other_half(h, o))));
        }
        holders
    }

    /// Whether some process has the wildcards of both families at a port.
    #[must_use]
    pub fn has_pair(&self, protocol: Protocol, port: u16) -> bool {
        let at = |e: &&Endpoint| e.protocol == protocol && e.local.port() == port;
        let here: Vec<&Endpoint> = self.endpoints().iter().filter(at).collect();
        here.iter().any(|a| here.iter().any(|b| is_other_half(a, b)))
    }
}

/// Whether they are the wildcards of both families that one process has at one port.
fn is_other_half(a: &Endpoint, b: &Endpoint) -> bool {
    a.protocol == b.protocol
        && a.local.port() == b.local.port()
        && a.process.is_some()
        && a.process == b.process
        && a.local.is_ipv4() != b.local.is_ipv4()
        && a.local.ip().is_unspecified()
        && b.local.ip().is_unspecified()
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
