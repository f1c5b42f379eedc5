//! Machines in the shapes of `fixtures/listings`: the blocks that people have posted, and pools that are cut up by blocks of such
//! sizes.

use std::path::Path;

use portres_model::{
    Call, DYNAMIC, Exclusion, ExclusionKind, Family, Frame, Machine, Owner, PortBlock, PortRange,
    Process, Protocol, Reply, SocketId, SocketKind, Token, World, apply,
};

use crate::P1;
use crate::draw::Draw;

/// A block of a posted list.
#[derive(Clone, Debug)]
pub struct Row {
    /// The list.
    pub file: String,
    /// The ports.
    pub block: PortBlock,
    /// Whether it has a star.
    pub administered: bool,
}

/// All rows of all lists.
///
/// # Panics
/// If `fixtures/listings/rows.csv` is not as its README says.
#[must_use]
pub fn rows() -> Vec<Row> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/listings/rows.csv");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let row = |(i, line): (usize, &str)| {
        let row = || {
            let fields: Vec<&str> = line.split(',').collect();
            let [file, _, start, end, administered] = fields[..] else { return None };
            let block = PortBlock::between(start.parse().ok()?, end.parse().ok()?)?;
            Some(Row { file: file.into(), block, administered: administered == "1" })
        };
        row().unwrap_or_else(|| panic!("rows.csv:{}: expected five fields", i + 1))
    };
    text.lines().enumerate().skip(1).map(row).collect()
}

/// The machine of a list: its dynamic range as it was installed.
///
/// # Panics
/// If nobody has posted it.
#[must_use]
pub fn machine(list: &str) -> World {
    let mut world = World::default();
    let rows: Vec<Row> = rows().into_iter().filter(|row| row.file == list).collect();
    assert!(!rows.is_empty(), "{list} is no posted list");
    for Row { block, administered, .. } in rows {
        let kind = if administered {
            ExclusionKind::Administered { persistent: true }
        } else {
            ExclusionKind::System(Owner::Unknown)
        };
        world.exclude(Exclusion { protocol: Protocol::Udp, block, kind });
    }
    world.put_process(P1, Some(Process::undeclared()));
    world
}

/// The sizes for which one asks: those of the posted rows, each as often as it was posted.
#[must_use]
pub fn sizes() -> Vec<u16> {
    rows().iter().map(|row| row.block.count()).collect()
}

/// A machine whose pool of UDP ports has so many holes, with something between each two.
#[derive(Clone)]
pub struct Fragmented {
    /// The machine.
    pub world: World,
    /// Where the pool begins and ends.
    pub within: PortBlock,
    /// The holes, the largest of them last.
    pub holes: Vec<PortBlock>,
}

/// The dynamic range of which `dynamic-runner-images-1442-after.txt` tells, in which the holes lie. What cuts it has one port, the
/// least that was posted: reservations and bound sockets, drawn. The last hole has room for a hundred ports, which is the size
/// that was posted most.
///
/// # Panics
/// If there is no room for so many.
#[must_use]
pub fn fragmented(holes: usize, seed: u64) -> Fragmented {
    let within = PortBlock::new(1024, 64_511).expect("a block");
    // holes of 1 to `most` ports, so that those there are on the average fit
    let room = u64::from(within.count() - LAST) / holes as u64;
    let most = (room.saturating_sub(1) * 2).saturating_sub(1).clamp(1, 40);
    cut_up(within, most, holes, seed)
}

/// The dynamic range as it was installed, with 8000 holes of one port, and the last.
#[must_use]
pub fn comb(seed: u64) -> Fragmented {
    cut_up(DYNAMIC, 1, 8000, seed)
}

/// The ports of the last hole.
const LAST: u16 = 100;

fn cut_up(within: PortBlock, most: u64, holes: usize, seed: u64) -> Fragmented {
    let mut world = World::new(Machine { dynamic: [within; 2], ..Machine::default() });
    world.put_process(P1, Some(Process::undeclared()));
    let (mut draw, mut at, mut made) = (Draw::new(seed), within.first(), Vec::new());
    let mut cuts = Cuts { world: &mut world, made: 0 };
    while made.len() + 1 < holes {
        let count = 1 + draw.below(most) as u16;
        let end = u32::from(at) + u32::from(count) + u32::from(LAST);
        assert!(end < u32::from(within.last()), "{holes} holes need more ports than there are");
        made.push(PortBlock::new(at, count).expect("a block"));
        cuts.cut(PortRange { start: at + count, count: 1 }, draw.below(2) == 0);
        at += count + 1;
    }
    let last = within.last() - (LAST - 1);
    // what lies between the holes and the last of them belongs to no hole
    if last > at {
        cuts.cut(PortRange { start: at, count: last - at }, true);
    }
    made.push(PortBlock::new(last, LAST).expect("a block"));
    Fragmented { world, within, holes: made }
}

/// What lies between the holes.
struct Cuts<'a> {
    world: &'a mut World,
    made: u32,
}

impl Cuts<'_> {
    fn cut(&mut self, range: PortRange, reserved: bool) {
        self.made += 1;
        let (socket, token) = (SocketId(self.made), Token(self.made));
        let (open, address) = (Call::open(SocketKind::Udp, Family::V4), Family::V4.wildcard());
        apply(self.world, P1, &open, &Reply::Socket(socket));
        let (call, reply) = if reserved {
            let call = Call::Acquire { socket, range, frame: Frame::default() };
            (call, Reply::Reserved { block: range, token })
        } else {
            let address = (address.ip(), range.start).into();
            (Call::bind(socket, address), Reply::Bound(range.start))
        };
        apply(self.world, P1, &call, &reply);
    }
}

/// The ports of a pool as one would keep them first: one truth value each, gone through from the first.
#[derive(Clone, Debug)]
pub struct Walk {
    first: u16,
    free: Vec<bool>,
}

impl Walk {
    /// Of the UDP ports of a machine.
    #[must_use]
    pub fn of(world: &World, within: PortBlock) -> Walk {
        let free = |port| {
            !world.is_reserved(Protocol::Udp, port)
                && !world.is_bound(Protocol::Udp, port)
                && !world.is_excluded(Protocol::Udp, port)
        };
        Walk { first: within.first(), free: within.ports().map(free).collect() }
    }

    /// The lowest block of so many free ports.
    #[must_use]
    pub fn free_block(&self, count: u16) -> Option<PortBlock> {
        let mut run = 0;
        for (i, free) in self.free.iter().enumerate() {
            run = if *free { run + 1 } else { 0 };
            if run == usize::from(count) {
                return PortBlock::new(self.first + (i + 1 - run) as u16, count);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragmented_pool_has_the_holes_that_it_tells_of() {
        for made in [fragmented(8000, 1), comb(1)] {
            has_its_holes(&made);
        }
    }

    fn has_its_holes(Fragmented { world, within, holes }: &Fragmented) {
        assert_eq!(holes.len(), 8000);
        let free =
            |port| !world.is_reserved(Protocol::Udp, port) && !world.is_bound(Protocol::Udp, port);
        let in_holes: usize = holes.iter().map(|hole| usize::from(hole.count())).sum();
        assert_eq!(within.ports().filter(|port| free(*port)).count(), in_holes);
        assert_eq!(world.free_block(Protocol::Udp, *within, 100), holes.last().copied());
        let walk = Walk::of(world, *within);
        for count in 1..=101 {
            assert_eq!(walk.free_block(count), world.free_block(Protocol::Udp, *within, count));
        }
    }

    #[test]
    fn a_posted_machine_has_the_rows_of_its_list() {
        assert_eq!(machine("sila-de-before.txt").exclusions().len(), 15);
        assert_eq!(sizes().iter().filter(|size| **size == 100).count(), 276);
    }
}
