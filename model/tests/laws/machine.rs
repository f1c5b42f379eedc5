//! The world in which the laws are tried: small, so that calls meet each other; and what must always hold of it.

use std::collections::BTreeSet;

use portres_model::{
    AccessToken, Account, Credentials, Exclusion, ExclusionKind, Machine, Owner, PortBlock,
    Process, ProcessId, Protocol, Reservation, Skip, SocketId, World,
};
use proptest::prelude::*;

use crate::draw::Draw;

pub(crate) fn block(start: u16, count: u16) -> PortBlock {
    PortBlock::new(start, count).expect("a block")
}

/// Under what each process runs: a member of Administrators in both tokens, a standard user, LocalSystem, and the built-in
/// Administrator under a filtered token.
const PROCESSES: [(&str, Account, AccessToken); 5] = [
    ("alice", Account::Administrator, AccessToken::Elevated),
    ("bob", Account::Standard, AccessToken::Filtered),
    ("carol", Account::LocalSystem, AccessToken::Elevated),
    ("alice", Account::Administrator, AccessToken::Filtered),
    ("root", Account::BuiltInAdministrator, AccessToken::Filtered),
];

/// How many processes there are; they are numbered from 1.
pub(crate) const MOST_PROCESSES: u32 = PROCESSES.len() as u32;

/// Under what a process runs. There are no others than those of the list.
pub(crate) fn credentials(id: ProcessId) -> Credentials {
    let place = (id.slot() + PROCESSES.len() - 1) % PROCESSES.len();
    let (user, account, token) = PROCESSES[place];
    Credentials { user: user.parse().expect("a name"), account, token }
}

/// The processes, a small dynamic range, an exclusion and system blocks; what else is given is drawn.
pub(crate) fn world(draw: &mut Draw) -> World {
    // three worlds of four are closed
    world_of(Machine {
        open: draw.one_in(4),
        unlisted_exclusions: draw.one_in(8),
        scarce: draw.one_in(4),
        ..Machine::default()
    })
}

fn world_of(machine: Machine) -> World {
    let machine = Machine {
        dynamic: [block(5000, 12); 2],
        addresses: ["192.0.2.7", "fe80::7%12"].map(|a| a.parse().expect("an address")).into(),
        filtered: vec![(Protocol::Tcp, block(5012, 1)), (Protocol::Udp, block(4999, 1))],
        ..machine
    };
    let mut world = World::new(machine);
    for id in (1..=MOST_PROCESSES).map(ProcessId) {
        let process = Process { credentials: credentials(id), startups: 1 };
        world.put_process(id, Some(process));
    }
    let administered = ExclusionKind::Administered { persistent: true };
    world.exclude(Exclusion { protocol: Protocol::Tcp, block: block(5003, 1), kind: administered });
    let (winnat, wsl) = (ExclusionKind::System(Owner::WinNat), ExclusionKind::System(Owner::Wsl));
    world.exclude(Exclusion { protocol: Protocol::Udp, block: block(5009, 2), kind: winnat });
    world.exclude(Exclusion { protocol: Protocol::Tcp, block: block(4998, 1), kind: wsl });
    world
}

/// The same tables, put into an empty world.
pub(crate) fn rebuilt(world: &World) -> World {
    let mut new = World::new(world.machine().clone());
    world.exclusions().iter().for_each(|e| new.exclude(*e));
    world.processes().for_each(|(id, p)| new.put_process(id, Some(*p)));
    // users are counted by the sockets' associations: reservations come first, with none
    for (token, reservation) in world.reservations() {
        new.put_reservation(token, Some(Reservation { users: 0, ..*reservation }));
    }
    world.sockets().for_each(|(id, s)| new.put_socket(id, Some(*s)));
    world.duplicates().iter().for_each(|d| new.add_duplicate(*d));
    world.requests().for_each(|(id, r)| new.put_request(id, Some(*r)));
    world.lingering().iter().for_each(|l| new.linger(*l));
    world.departed().iter().for_each(|(id, c)| new.add_departed(*id, *c));
    world.suspended().iter().for_each(|e| new.suspend(*e));
    new
}

/// The indexes say what the tables say.
pub(crate) fn indexes_agree(world: &World) -> Result<(), TestCaseError> {
    let new = rebuilt(world);
    prop_assert!(*world == new, "the tables differ");
    for protocol in Protocol::ALL {
        for port in (4_998u16..5_016).chain(65_528..=65_535).chain([600, 1]) {
            let at =
                |w: &World| w.at_port(protocol, port).map(|(id, _)| id).collect::<BTreeSet<_>>();
            prop_assert_eq!(at(world), at(&new));
            prop_assert_eq!(world.is_bound(protocol, port), new.is_bound(protocol, port));
            prop_assert_eq!(world.is_reserved(protocol, port), new.is_reserved(protocol, port));
            prop_assert_eq!(world.is_excluded(protocol, port), new.is_excluded(protocol, port));
            let covering = |w: &World| {
                w.reservations_in(protocol, block(port, 1)).map(|(t, _)| t).collect::<BTreeSet<_>>()
            };
            prop_assert_eq!(covering(world), covering(&new));
        }
        for count in 1..6 {
            let within = block(4_990, 40);
            prop_assert_eq!(
                world.free_block(protocol, within, count),
                new.free_block(protocol, within, count)
            );
        }
        prop_assert_eq!(
            world.free_port(protocol, block(5_000, 12), Skip::ALL),
            new.free_port(protocol, block(5_000, 12), Skip::ALL)
        );
    }
    prop_assert_eq!(world.has_tried(), new.has_tried());
    prop_assert!(world.pending().eq(new.pending()));
    for id in (0..24).map(SocketId) {
        let owned = |w: &World| w.owned_by(id).collect::<BTreeSet<_>>();
        prop_assert_eq!(owned(world), owned(&new));
    }
    for id in (0..=MOST_PROCESSES).map(ProcessId) {
        let sockets = |w: &World| w.sockets_of(id).collect::<BTreeSet<_>>();
        prop_assert_eq!(sockets(world), sockets(&new));
    }
    Ok(())
}
