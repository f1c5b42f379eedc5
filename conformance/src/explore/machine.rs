//! `machine`: the persistent store, the lists of `netsh`, system blocks, a restart.

use portres_model::{
    AccessToken, Account, Attributes, Call, Credentials, DYNAMIC, Exclusion, ExclusionKind, Family,
    Kind, Machine as Given, Owner, PortBlock, Process, ProcessId, Protocol, Reservation, Socket,
    SocketKind, World,
};

use super::packing::{Field, Reader, Writer, fields, single};
use super::rows::{self, FIRST, port_of, run};
use super::{Footprint, Move, Names, SmallWorld, State, each, socket, spelled, strs, token};

/// An elevated administrator and a standard user, two blocks that overlap, both protocols, one socket.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    tokens: u32,
}

impl Machine {
    /// The published one.
    pub const SMALL: Machine = Machine { tokens: 2 };
    /// With one more token.
    pub const LARGE: Machine = Machine { tokens: 3 };
}

/// A and B.
fn blocks() -> [PortBlock; 2] {
    [(FIRST, 2), (FIRST + 1, 1)]
        .map(|(first, count)| PortBlock::new(first, count).expect("a block"))
}

/// D0 and D1.
fn ranges() -> [PortBlock; 2] {
    [DYNAMIC, PortBlock::new(40_000, 1000).expect("a block")]
}

fn credentials(process: u32) -> Credentials {
    let user = |name: &str| name.parse().expect("a name");
    if process == 1 {
        let (account, token) = (Account::Administrator, AccessToken::Elevated);
        Credentials { user: user("admin"), account, token }
    } else {
        Credentials { user: user("user"), ..Credentials::default() }
    }
}

const TRANSPORTS: [SocketKind; 2] = [SocketKind::Tcp, SocketKind::Udp];

fn number_of(block: Option<PortBlock>) -> u32 {
    block.map_or(0, |b| if b == blocks()[0] { 1 } else { 2 })
}

impl SmallWorld for Machine {
    fn name(&self) -> &'static str {
        "machine"
    }

    fn fields(&self) -> Vec<Field> {
        let sockets = [("process", 2), ("protocol", 2), ("first", 2), ("last", 2), ("port", 2)];
        let places = ["tcp A", "tcp B", "udp A", "udp B"];
        let list = |what: &str, bits| {
            places.map(|place| Field { name: format!("{what} {place}"), bits }).to_vec()
        };
        [
            fields("p", 2, &[("run", 2)]),
            fields("s", 1, &sockets),
            fields("t", self.tokens, &[("kind", 3), ("protocol", 2), ("block", 2)]),
            list("exclusion", 2),
            list("system block", 1),
            single(&[("dynamic now", 1), ("dynamic stored", 1), ("network", 1)]),
        ]
        .concat()
    }

    fn start(&self) -> World {
        let mut world = World::default();
        for process in 1..=2 {
            let row = Process { credentials: credentials(process), startups: 0 };
            world.put_process(ProcessId(process), Some(row));
        }
        world
    }

    fn moves(&self) -> Vec<Move> {
        let tokens: Vec<String> = (1..=self.tokens).map(|n| format!("t{n}")).collect();
        let plain = [
            "<p>: startup",
            "<p>: cleanup",
            "<p>: exit",
            "<p>: socket tcp v4",
            "<p>: socket udp v4",
            "<p>: acquire s1 50001+1",
            "<p>: bind s1 0.0.0.0:0",
            "<p>: bind s1 0.0.0.0:50000",
            "<p>: bind s1 0.0.0.0:50001",
            "<p>: closesocket s1",
            "<p>: showdynamic tcp",
            "<p>: showdynamic udp",
        ];
        let ranged = [
            "<p>: create <x> <r>",
            "<p>: delete <x> <r>",
            "<p>: lookup <x> <r>",
            "<p>: showexcluded <x> <r>",
        ];
        let stored = ["<p>: addexcluded <x> <r> <store>", "<p>: deleteexcluded <x> <r> <store>"];
        let stores = ["persistent", "active"];
        let stored = each(&stored, "<store>", &stores);
        let ranged = each(&[&ranged[..], &strs(&stored)].concat(), "<r>", &["50000+2", "50001+1"]);
        let ranged = each(&strs(&ranged), "<x>", &["tcp", "udp"]);
        let dynamic = each(&["<p>: setdynamic tcp <r> <store>"], "<store>", &stores);
        let dynamic = each(&strs(&dynamic), "<r>", &["49152+16384", "40000+1000"]);
        let tied = each(&["<p>: associate s1 <t>"], "<t>", &strs(&tokens));
        let all = [&plain[..], &strs(&ranged), &strs(&dynamic), &strs(&tied)].concat();
        let all = each(&all, "<p>", &["p1", "p2"]);
        let events = [
            "machine: appear <x> 50000+2 winnat",
            "machine: appear <x> 50001+1 wsl",
            "machine: vanish <x> 50000+2",
            "machine: vanish <x> 50001+1",
        ];
        let events = each(&events, "<x>", &["tcp", "udp"]);
        let single = [
            "machine: start p1 user=admin administrator elevated",
            "machine: start p2 user=user",
            "machine: network up",
            "machine: network down",
            "machine: restart",
        ];
        let single = single.map(String::from).to_vec();
        spelled(&[all, events, single].concat())
    }

    fn allows(&self, world: &World, by: ProcessId, call: &Call) -> bool {
        let given = world.machine();
        let apart = given.dynamic[0] != DYNAMIC || given.stored.is_some();
        match call {
            Call::SetDynamic { .. } => apart || is_bare(world),
            Call::ShowDynamic { .. } | Call::Exit | Call::Restart => true,
            Call::Start { process, .. } => world.process(*process).is_none() && !given.network_down,
            _ if apart => false,
            Call::Startup(_) => world.process(by).is_some_and(|p| p.startups == 0),
            Call::Bind { socket, address, .. } if address.port() == 0 => {
                world.socket(*socket).is_some_and(|s| s.associations.is_some())
            }
            Call::Network { up } => *up == given.network_down && world.processes().next().is_none(),
            _ => true,
        }
    }

    fn footprints(&self, at: &Move) -> Vec<Footprint> {
        footprints(at)
    }

    fn names(&self) -> Names {
        Names { sockets: 1, tokens: self.tokens }
    }

    fn pack(&self, world: &World) -> State {
        let mut to = Writer::default();
        (1..=2).for_each(|process| to.put(run(world, process), 2));
        put_socket(world.socket(socket(1)), &mut to);
        (1..=self.tokens).for_each(|n| put_reservation(world.reservation(token(n)), &mut to));
        put_exclusions(world, &mut to);
        let given = world.machine();
        let now = given.dynamic[0];
        let stored = given.stored.map_or(now, |stored| stored[0]);
        to.put(u32::from(now != ranges()[0]), 1);
        to.put(u32::from(stored != ranges()[0]), 1);
        to.put(u32::from(given.network_down), 1);
        to.state()
    }

    fn unpack(&self, state: State, world: &mut World) {
        let mut from = Reader::new(state);
        for process in 1..=2 {
            rows::set_run(world, process, from.take(2), credentials(process));
        }
        let row = take_socket(&mut from);
        rows::set_socket(world, socket(1), row);
        for number in 1..=self.tokens {
            let row = take_reservation(row.as_ref(), &mut from);
            rows::set_reservation(world, token(number), row);
        }
        take_exclusions(world, &mut from);
        let (now, stored) = (ranges()[from.take(1) as usize], ranges()[from.take(1) as usize]);
        let given = Given {
            dynamic: [now, DYNAMIC],
            stored: (now != stored).then_some([stored, DYNAMIC]),
            network_down: from.take(1) == 1,
            ..Given::default()
        };
        if *world.machine() != given {
            world.put_machine(given);
        }
    }
}

/// A footprint while the ranges are those of the start.
fn together(reads: impl Into<String>) -> Footprint {
    Footprint::of(reads).when("dynamic now", 0).when("dynamic stored", 0)
}

fn footprints(at: &Move) -> Vec<Footprint> {
    let run = format!("p{}.run", at.by.0);
    let admin = at.by == ProcessId(1);
    // what names a block of a protocol reads of the two blocks of this protocol
    let of = |reads: &str, x: &Protocol| reads.replace("<x>", &x.to_string());
    let of_lists = |reads: &str, x: &Protocol| {
        if !admin {
            // refused
            return vec![Footprint::of("")];
        }
        vec![together(of(reads, x)).given("p1.run")]
    };
    match &at.call {
        Call::Startup(_) => vec![together(run)],
        Call::Cleanup => vec![together(run + ", s1.process, s1.first, s1.last, t*.kind")],
        Call::Exit => vec![Footprint::of(run + ", s1.process, s1.first, s1.last, t*.kind")],
        Call::Start { process, .. } => {
            vec![Footprint::of(format!("p{}.run, network", process.0))]
        }
        Call::Socket { .. } => vec![together(run + ", s1.process")],
        Call::Acquire { .. } | Call::Bind { .. } => {
            let lists = if matches!(at.call, Call::Bind { .. }) { "" } else { ", exclusion <x> *" };
            let reads = format!("s1.last, s1.port, t*, system block <x> *{lists}");
            let case = |(n, x): (u32, &str)| {
                let read = together(reads.replace("<x>", x));
                read.when("s1.process", at.by.0).when("s1.protocol", n)
            };
            [(1, "tcp"), (2, "udp")].map(case).to_vec()
        }
        Call::Associate { .. } => {
            let reads = "s1.protocol, s1.first, s1.last, s1.port, t*.kind, t*.protocol";
            vec![together(reads).when("s1.process", at.by.0)]
        }
        Call::CloseSocket { .. } => {
            vec![together("s1.first, s1.last, t*.kind").when("s1.process", at.by.0)]
        }
        Call::Create { protocol, .. } | Call::AddExcluded { protocol, .. } => {
            of_lists("s1.protocol, s1.port, t*, exclusion <x> *, system block <x> *", protocol)
        }
        Call::Delete { protocol, .. } => of_lists("s1.first, s1.last, t*", protocol),
        Call::DeleteExcluded { protocol, .. } => {
            of_lists("t*, exclusion <x> *, system block <x> *", protocol)
        }
        Call::Lookup { .. } => vec![together("t*").given(run)],
        Call::ShowExcluded { protocol, .. } => {
            let reads = "t*, exclusion <x> *, system block <x> *";
            vec![together(of(reads, protocol)).given(run)]
        }
        Call::ShowDynamic { .. } => vec![Footprint::of("").given(run)],
        Call::SetDynamic { .. } if !admin => vec![Footprint::of("")],
        Call::SetDynamic { .. } => {
            let bare = ["s1.process", "t*.kind", "exclusion*", "system block*"];
            let bare = bare.iter().fold(together(""), |of, name| of.when(*name, 0));
            let of = Footprint::of("dynamic stored");
            let apart = of.when("dynamic now", 1);
            let stored = Footprint::of("").when("dynamic now", 0).when("dynamic stored", 1);
            [bare, apart, stored].map(|f| f.given("p1.run")).to_vec()
        }
        Call::Appear { protocol, .. } => vec![together(of(
            "s1.protocol, s1.port, exclusion <x> *, system block <x> *",
            protocol,
        ))],
        Call::Vanish { protocol, .. } => vec![together(of("system block <x> *", protocol))],
        Call::Network { .. } => vec![together("p*.run, network")],
        Call::Restart => {
            let read = Footprint::of("t*.kind, exclusion*, dynamic now, dynamic stored");
            vec![read.sets("p*.run, s1.*, system block*")]
        }
        _ => vec![Footprint::whole()],
    }
}

/// Whether there are neither sockets nor reservations nor exclusions.
fn is_bare(world: &World) -> bool {
    world.sockets().next().is_none()
        && world.reservations().next().is_none()
        && world.exclusions().is_empty()
        && world.suspended().is_empty()
}

fn put_socket(row: Option<&Socket>, to: &mut Writer) {
    let Some(row) = row else { return to.zeros(10) };
    to.put(row.process.0, 2);
    to.put(if row.kind == SocketKind::Tcp { 1 } else { 2 }, 2);
    let (first, last) = row.associations.map_or((0, 0), |(a, b)| (a.0, b.0));
    to.put(first, 2);
    to.put(last, 2);
    to.put(port_of(row), 2);
}

fn take_socket(from: &mut Reader) -> Option<Socket> {
    let (process, protocol) = (from.take(2), from.take(2));
    let (first, last, port) = (from.take(2), from.take(2), from.take(2));
    (process != 0).then(|| {
        let kind = TRANSPORTS[protocol as usize - 1];
        let id = ProcessId(process);
        let mut row = Socket::new(id, kind, Family::V4, Attributes::default());
        row.associations = (first != 0).then_some((token(first), token(last)));
        row.bound = (port != 0).then(|| ([0; 4], rows::port(port)).into());
        row
    })
}

fn put_reservation(row: Option<&Reservation>, to: &mut Writer) {
    let Some(row) = row else { return to.zeros(7) };
    if row.ended {
        to.put(4, 3);
        return to.zeros(4);
    }
    let kind = match row.kind {
        Kind::Runtime { .. } => 1,
        Kind::Persistent { token_known: true } => 2,
        Kind::Persistent { token_known: false } => 3,
    };
    to.put(kind, 3);
    to.put(if row.protocol == Protocol::Tcp { 1 } else { 2 }, 2);
    to.put(number_of(row.block), 2);
}

fn take_reservation(owner: Option<&Socket>, from: &mut Reader) -> Option<Reservation> {
    let (kind, protocol, block) = (from.take(3), from.take(2), from.take(2));
    let process = owner.map_or(ProcessId(1), |s| s.process);
    let runtime = Kind::Runtime { process, socket: socket(1), family: Family::V4 };
    (kind != 0).then(|| Reservation {
        protocol: if protocol == 2 { Protocol::Udp } else { Protocol::Tcp },
        block: block.checked_sub(1).map(|block| blocks()[block as usize]),
        kind: match kind {
            2 | 3 => Kind::Persistent { token_known: kind == 2 },
            _ => runtime,
        },
        ended: kind == 4,
        users: 0,
    })
}

const ACTIVE: ExclusionKind = ExclusionKind::Administered { persistent: false };
const PERSISTENT: ExclusionKind = ExclusionKind::Administered { persistent: true };

/// Where an exclusion stands in the lists of the vector.
fn place(exclusion: &Exclusion) -> u32 {
    let protocol = if exclusion.protocol == Protocol::Tcp { 0 } else { 2 };
    protocol + number_of(Some(exclusion.block)) - 1
}

fn put_exclusions(world: &World, to: &mut Writer) {
    let (mut administered, mut system) = (0, 0);
    for exclusion in world.exclusions() {
        match exclusion.kind {
            ExclusionKind::System(_) => system |= 1 << place(exclusion),
            kind if kind == PERSISTENT => administered |= 2 << (place(exclusion) * 2),
            _ => administered |= 1 << (place(exclusion) * 2),
        }
    }
    for exclusion in world.suspended() {
        administered |= 3 << (place(exclusion) * 2);
    }
    to.put(administered, 8);
    to.put(system, 4);
}

fn take_exclusions(world: &mut World, from: &mut Reader) {
    let mut there = Vec::new();
    let mut suspended = Vec::new();
    let places = [Protocol::Tcp, Protocol::Udp].map(|p| blocks().map(|b| (p, b))).concat();
    for (protocol, block) in &places {
        let at = |kind| Exclusion { protocol: *protocol, block: *block, kind };
        match from.take(2) {
            1 => there.push(at(ACTIVE)),
            2 => there.push(at(PERSISTENT)),
            3 => suspended.push(at(PERSISTENT)),
            _ => {}
        }
    }
    for (protocol, block) in places {
        let owner = if block == blocks()[0] { Owner::WinNat } else { Owner::Wsl };
        if from.take(1) == 1 {
            there.push(Exclusion { protocol, block, kind: ExclusionKind::System(owner) });
        }
    }
    if world.exclusions() != there {
        world.retain_exclusions(|_| false);
        there.into_iter().for_each(|e| world.exclude(e));
    }
    if world.suspended() != suspended {
        world.retain_suspended(|_| false);
        suspended.into_iter().for_each(|e| world.suspend(e));
    }
}
