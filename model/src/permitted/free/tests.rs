//! What is found word by word, against what is found port by port.

use std::net::Ipv4Addr;

use proptest::prelude::*;

use super::*;
use crate::call::{Attributes, SocketKind};
use crate::id::{ProcessId, SocketId, Token};
use crate::world::{Exclusion, ExclusionKind, Kind, Machine, Owner, Reservation, Socket};

/// What a port or block is taken by.
#[derive(Clone, Debug)]
enum Taken {
    Reserved(Protocol, PortBlock, bool),
    Excluded(Protocol, PortBlock),
    Bound { protocol: Protocol, port: u16, address: u8, family: Family, implicit: bool },
}

const FIRST: u16 = 1000;
const LAST: u16 = 1200;

fn protocol() -> impl Strategy<Value = Protocol> {
    prop_oneof![Just(Protocol::Tcp), Just(Protocol::Udp)]
}

/// Blocks lie close together: a few words are nearly full.
fn block() -> impl Strategy<Value = PortBlock> {
    (FIRST - 8..=LAST, prop_oneof![1u16..4, 1u16..70])
        .prop_map(|(start, count)| PortBlock::new(start, count).expect("far from the end"))
}

fn taken() -> impl Strategy<Value = Taken> {
    let family = || prop_oneof![Just(Family::V4), Just(Family::V6)];
    let bound = (protocol(), FIRST..=LAST, 0u8..3, family(), any::<bool>());
    prop_oneof![
        3 => (protocol(), block(), any::<bool>()).prop_map(|(p, b, ended)| Taken::Reserved(p, b, ended)),
        1 => (protocol(), block()).prop_map(|(p, b)| Taken::Excluded(p, b)),
        4 => bound.prop_map(|(protocol, port, address, family, implicit)| {
            Taken::Bound { protocol, port, address, family, implicit }
        }),
    ]
}

fn world(all: &[Taken]) -> World {
    let mut world = World::new(Machine::default());
    for (i, taken) in all.iter().enumerate() {
        let id = i as u32 + 1;
        match *taken {
            Taken::Reserved(protocol, block, ended) => {
                let kind = Kind::Persistent { token_known: true };
                let reservation =
                    Reservation { protocol, block: Some(block), kind, ended, users: 0 };
                world.put_reservation(Token(id), Some(reservation));
            }
            Taken::Excluded(protocol, block) => {
                let kind = ExclusionKind::System(Owner::WinNat);
                world.exclude(Exclusion { protocol, block, kind });
            }
            Taken::Bound { protocol, port, address, family, implicit } => {
                let kind = match protocol {
                    Protocol::Tcp => SocketKind::Tcp,
                    Protocol::Udp => SocketKind::Udp,
                };
                let ip = Ipv4Addr::from([127 * address.min(1), 0, 0, address]);
                let socket = Socket {
                    bound: Some((ip, port).into()),
                    implicit,
                    ..Socket::new(ProcessId(1), kind, family, Attributes::default())
                };
                world.put_socket(SocketId(id), Some(socket));
            }
        }
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn the_lowest_block_is_that_of_a_search_port_by_port(
        all in prop::collection::vec(taken(), 0..40),
        (protocol, within, count) in (protocol(), block(), prop_oneof![0u16..5, 0u16..80]),
        (or_fewer, skip_other, skip_ended) in any::<(bool, bool, bool)>(),
    ) {
        let world = world(&all);
        let free = FreeBlock { protocol, within, count, or_fewer, skip_other, skip_ended };
        let least = if or_fewer { 1 } else { count };
        let twin = (least..=count).rev().filter(|count| *count > 0).find_map(|count| {
            let blocks = within.ports().filter_map(|start| PortBlock::new(start, count));
            blocks.into_iter().find(|block| free.has(&world, block.range()))
        });
        prop_assert_eq!(free.lowest(&world), twin);
    }

    #[test]
    fn the_lowest_port_is_that_of_a_search_port_by_port(
        all in prop::collection::vec(taken(), 0..40),
        (protocol, within, part) in (protocol(), block(), block()),
        (reserved, excluded, skip_other, skip_ended) in any::<(bool, bool, bool, bool)>(),
        (shared, at, stack) in (any::<bool>(), prop::option::of(0u8..3), any::<Option<bool>>()),
    ) {
        let world = world(&all);
        let skip = Skip { reserved, excluded };
        let at = at.map(|address| Ipv4Addr::from([127 * address.min(1), 0, 0, address]).into());
        let stack = stack.map(|v4| if v4 { Family::V4 } else { Family::V6 });
        let all_free = FreePort::of(protocol, within);
        let free = FreePort { skip, at, skip_other, skip_ended, shared, stack, ..all_free };
        let Some(part) = PortBlock::between(part.first().max(within.first()), part.last().min(within.last()))
        else { return Ok(()) };
        let ports = || part.ports().filter(|port| free.has(&world, *port));
        let twin = ports().find(|port| !world.is_bound(protocol, *port)).or_else(|| ports().next());
        prop_assert_eq!(free.lowest(&world, part), twin);
    }
}
