//! The ports of one client: what it asks for them, and what must be there behind each of its calls.

use std::collections::BTreeSet;

use portres_model::{PortBlock, Protocol};
use serde_json::{Value, json};

/// How many ports a zone has.
const PORTS: u16 = 5_000;
/// Where its exclusions begin.
const EXCLUSIONS: u16 = 2_000;
/// How many blocks of each kind it uses.
const BLOCKS: u16 = 40;

pub(crate) type Blocks = BTreeSet<(Protocol, PortBlock)>;

/// What is persistent in a zone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) reservations: Blocks,
    pub(crate) exclusions: Blocks,
}

/// A call about a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Create(Protocol, PortBlock),
    Delete(Protocol, PortBlock),
    Exclude(Protocol, PortBlock),
    Include(Protocol, PortBlock),
}

impl Op {
    /// The line of the call.
    pub(crate) fn line(self) -> String {
        let (name, (protocol, block)) = match self {
            Op::Create(p, b) => ("create", (p, b)),
            Op::Delete(p, b) => ("delete", (p, b)),
            Op::Exclude(p, b) => ("addexcluded", (p, b)),
            Op::Include(p, b) => ("deleteexcluded", (p, b)),
        };
        call(name, protocol, block)
    }

    /// Does it, and tells the answer that there must be; for a success that creates, `null`.
    pub(crate) fn to(self, held: &mut Held) -> Value {
        match self {
            Op::Create(p, b) if held.reservations.insert((p, b)) => Value::Null,
            Op::Create(..) => json!({"failed": "ERROR_SHARING_VIOLATION"}),
            Op::Delete(p, b) if held.reservations.remove(&(p, b)) => json!("ok"),
            Op::Delete(..) => json!({"failed": "ERROR_NOT_FOUND"}),
            Op::Exclude(p, b) => {
                held.exclusions.insert((p, b));
                json!("ok")
            }
            Op::Include(p, b) => {
                held.exclusions.remove(&(p, b));
                json!("ok")
            }
        }
    }
}

/// The line of a call about a block.
pub(crate) fn call(name: &str, protocol: Protocol, block: PortBlock) -> String {
    let range = format!("{}+{}", block.first(), block.count());
    json!({"call": {name: {"protocol": protocol, "range": range}}}).to_string()
}

/// Numbers that look random (splitmix64).
#[derive(Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// The blocks of a zone: reservations, or exclusions.
pub(crate) fn blocks(zone: u16, exclusions: bool) -> impl Iterator<Item = (Protocol, PortBlock)> {
    let start = 1_000 + zone * PORTS + if exclusions { EXCLUSIONS } else { 0 };
    (0..BLOCKS).flat_map(move |i| {
        let block = PortBlock::new(start + i * 20, 10).expect("a block");
        Protocol::ALL.map(|protocol| (protocol, block))
    })
}

/// The next call: about as much is created as deleted, and some of it in vain.
pub(crate) fn next(zone: u16, held: &Held, random: &mut Random) -> Op {
    let exclusions = random.below(3) == 0;
    let which = random.below(u64::from(BLOCKS) * 2) as usize;
    let (p, b) = blocks(zone, exclusions).nth(which).expect("a block");
    if exclusions {
        if held.exclusions.contains(&(p, b)) { Op::Include(p, b) } else { Op::Exclude(p, b) }
    } else {
        let in_vain = random.below(8) == 0;
        let there = held.reservations.contains(&(p, b));
        if there == in_vain { Op::Create(p, b) } else { Op::Delete(p, b) }
    }
}
