//! Machines shaped like those of which people have posted the listings.

use std::fmt;

use portres_model::{DYNAMIC, Exclusion, ExclusionKind, Owner, PortBlock, Protocol};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::{select, subsequence};

use crate::builder::Builder;
use crate::host::Host;

/// A machine before anything runs on it.
#[derive(Clone, PartialEq, Eq)]
pub struct Setup {
    /// The dynamic ranges of TCP and UDP.
    pub dynamic: [PortBlock; 2],
    /// The rows of its lists of excluded ports.
    pub exclusions: Vec<Exclusion>,
}

/// What is drawn for a protocol.
#[derive(Clone, Debug)]
struct Ports {
    dynamic: PortBlock,
    administered: bool,
    singles: Vec<u16>,
    size: u16,
    runs: Vec<(u16, u8)>,
}

/// Dynamic ranges as posted: that of an installation, those of older tools, and some that somebody has moved.
const DYNAMIC_RANGES: &[(u16, u16)] =
    &[(49_152, 16_383), (1024, 64_511), (1024, 13_977), (33_000, 32_536), (50_000, 1000)];

/// Sizes of the blocks that system components take: WinNAT's since 2018, those of some images, and those of before.
const SIZES: &[u16] = &[100, 64, 10];

/// Single ports of services behind http.sys: web servers, device discovery, remote management, VPN.
const SINGLES: &[u16] = &[80, 443, 1462, 2869, 5357, 5985, 5986, 9800, 28_385, 28_390, 47_001];

/// The most blocks of a list, and the longest run of them without a gap.
const MOST_RUNS: usize = 6;
const LONGEST_RUN: u8 = 7;

/// A machine of which the listings look as posted ones do: single ports of http.sys, blocks of one size in runs within the
/// dynamic range, the administered 50000 to 50059 of Windows itself, a dynamic range that somebody has moved.
///
/// It shrinks to a machine as installed.
pub fn machines() -> impl Strategy<Value = Setup> + Clone {
    (ports(), ports()).prop_map(|(tcp, udp)| Setup {
        dynamic: [tcp.dynamic, udp.dynamic],
        exclusions: tcp.exclusions(Protocol::Tcp).chain(udp.exclusions(Protocol::Udp)).collect(),
    })
}

fn ports() -> impl Strategy<Value = Ports> + Clone {
    let moved = select(DYNAMIC_RANGES).prop_map(|(start, count)| block(start, count));
    let dynamic = prop_oneof![3 => Just(DYNAMIC), 2 => moved];
    let singles = subsequence(SINGLES, 0..=5);
    let runs = vec((any::<u16>(), 1..=LONGEST_RUN), 0..=MOST_RUNS);
    let rows = prop_oneof![
        1 => Just((false, Vec::new(), SIZES[0], Vec::new())),
        4 => (any::<bool>(), singles, select(SIZES), runs),
    ];
    (dynamic, rows).prop_map(|(dynamic, (administered, singles, size, runs))| Ports {
        dynamic,
        administered,
        singles,
        size,
        runs,
    })
}

fn block(start: u16, count: u16) -> PortBlock {
    PortBlock::new(start, count).expect("the figures of the tables are blocks")
}

impl Ports {
    /// The rows, none of which meets another.
    fn exclusions(self, protocol: Protocol) -> impl Iterator<Item = Exclusion> {
        let Ports { dynamic, administered, singles, size, runs } = self;
        let by = |owner| ExclusionKind::System(owner);
        let own = administered
            .then(|| (block(50_000, 60), ExclusionKind::Administered { persistent: true }));
        let singles = singles.into_iter().map(|port| (block(port, 1), by(Owner::HttpSys)));
        let runs = runs.into_iter().flat_map(|(place, length)| {
            let first = dynamic.first() + place % dynamic.count();
            let starts = (0..u16::from(length)).map(move |i| first.checked_add(i * size));
            let blocks = starts.filter_map(move |start| PortBlock::new(start?, size));
            blocks.filter(move |block| dynamic.holds(*block))
        });
        let runs = runs.map(|block| (block, by(Owner::WinNat)));
        let mut rows: Vec<Exclusion> = Vec::new();
        for (block, kind) in own.into_iter().chain(singles).chain(runs) {
            if !rows.iter().any(|row| row.block.meets(block)) {
                rows.push(Exclusion { protocol, block, kind });
            }
        }
        rows.sort_by_key(|row| row.block.first());
        rows.into_iter()
    }
}

impl Setup {
    /// As it was installed.
    #[must_use]
    pub fn installed() -> Setup {
        Setup { dynamic: [DYNAMIC; 2], exclusions: Vec::new() }
    }

    /// The machine, with all else to be described.
    #[must_use]
    pub fn builder(&self) -> Builder {
        let mut builder = Host::builder();
        for (protocol, range) in Protocol::ALL.into_iter().zip(self.dynamic) {
            builder = builder.dynamic(protocol, range.first(), range.count());
        }
        self.exclusions.iter().fold(builder, |builder, Exclusion { protocol, block, kind }| {
            let (start, count) = (block.first(), block.count());
            match *kind {
                ExclusionKind::Administered { .. } => builder.excluded(*protocol, start, count),
                ExclusionKind::System(owner) => builder.block(*protocol, start, count, owner),
            }
        })
    }

    /// Whether a port is one of its excluded ones.
    #[must_use]
    pub fn excludes(&self, protocol: Protocol, port: u16) -> bool {
        self.exclusions.iter().any(|row| row.protocol == protocol && row.block.has(port))
    }
}

impl fmt::Debug for Setup {
    /// As the header of a script says it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let world = self.builder().build().look(Clone::clone);
        write!(f, "{}", super::Script::on(world))
    }
}
