//! The paged pool against a simple twin over ordered maps.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

#[derive(Default)]
struct Twin {
    blocks: Vec<(PortBlock, Token)>,
    excluded: BTreeSet<u16>,
    heads: BTreeMap<u16, u32>,
}

impl Twin {
    fn reserved(&self, port: u16) -> bool {
        self.blocks.iter().any(|(b, _)| b.has(port))
    }

    fn taken(&self, port: u16, skip: Skip) -> bool {
        self.heads.contains_key(&port)
            || skip.reserved && self.reserved(port)
            || skip.excluded && self.excluded.contains(&port)
    }

    fn free_block(&self, within: PortBlock, count: u16) -> Option<PortBlock> {
        let mut run = 0;
        within.ports().find_map(|port| {
            run = if self.taken(port, Skip::ALL) { 0 } else { run + 1 };
            (run == count).then(|| PortBlock::new(port - (count - 1), count)).flatten()
        })
    }
}

#[derive(Clone, Debug)]
enum Op {
    Insert(PortBlock),
    Remove(usize),
    Exclude(PortBlock),
    Include(PortBlock),
    Bind(u16),
    Unbind(usize),
}

/// Blocks crowd around page borders and both ends, where the mistakes are.
fn block() -> impl Strategy<Value = PortBlock> {
    let start = prop_oneof![1u16..200, 400u16..1200, 65_000u16..=65_535, 1u16..=65_535];
    let count = prop_oneof![1u16..6, 60u16..70, 1u16..1500];
    (start, count).prop_map(|(start, count)| {
        PortBlock::new(start, count.min(65_535 - start).max(1)).expect("inside the ports")
    })
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => block().prop_map(Op::Insert),
        2 => any::<usize>().prop_map(Op::Remove),
        1 => block().prop_map(Op::Exclude),
        1 => block().prop_map(Op::Include),
        3 => block().prop_map(|b| Op::Bind(b.first())),
        2 => any::<usize>().prop_map(Op::Unbind),
    ]
}

fn apply(pool: &mut Pool, twin: &mut Twin, op: &Op, token: Token) {
    match op {
        Op::Insert(block) => {
            pool.insert(*block, token);
            twin.blocks.push((*block, token));
        }
        Op::Remove(i) if !twin.blocks.is_empty() => {
            let (block, token) = twin.blocks.swap_remove(i % twin.blocks.len());
            pool.remove(block, token);
        }
        Op::Exclude(block) => {
            pool.exclude(*block);
            twin.excluded.extend(block.ports());
        }
        Op::Include(block) => {
            pool.include(*block);
            twin.excluded.retain(|p| !block.has(*p));
        }
        Op::Bind(port) => {
            pool.set_head(*port, token.0);
            twin.heads.insert(*port, token.0);
        }
        Op::Unbind(i) if !twin.heads.is_empty() => {
            let port = *twin.heads.keys().nth(i % twin.heads.len()).expect("one of them");
            twin.heads.remove(&port);
            pool.set_head(port, 0);
        }
        Op::Remove(_) | Op::Unbind(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn the_pages_answer_as_the_maps_do(
        ops in prop::collection::vec(op(), 1..60),
        asked in prop::collection::vec((block(), prop_oneof![1u16..8, 50u16..80, 1u16..2000]), 12),
    ) {
        let (mut pool, mut twin) = (Pool::default(), Twin::default());
        for (i, op) in ops.iter().enumerate() {
            apply(&mut pool, &mut twin, op, Token(i as u32 + 1));
        }
        for (block, count) in asked {
            let meeting: BTreeSet<_> = pool.meeting(block).collect();
            let twins: BTreeSet<_> = twin.blocks.iter().copied().filter(|(b, _)| b.meets(block)).collect();
            prop_assert_eq!(meeting, twins);
            prop_assert_eq!(pool.free_block(block, count), twin.free_block(block, count));
            prop_assert_eq!(pool.bound_in(block), block.ports().find(|p| twin.heads.contains_key(p)));
            prop_assert_eq!(pool.excluded_in(block), block.ports().find(|p| twin.excluded.contains(p)));
            for skip in [Skip::ALL, Skip::NONE, Skip { reserved: true, excluded: false }] {
                prop_assert_eq!(pool.free_port(block, skip), block.ports().find(|p| !twin.taken(*p, skip)));
            }
            let port = block.last();
            prop_assert_eq!(pool.reserved(port), twin.reserved(port));
            prop_assert_eq!(pool.excluded(port), twin.excluded.contains(&port));
            prop_assert_eq!(pool.head(port), twin.heads.get(&port).copied().unwrap_or(0));
        }
    }
}
