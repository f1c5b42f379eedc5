//! Sets of ports.

use portres_model::PortBlock;

/// Ports, as blocks in order between any two of which a port is missing.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub(in crate::check) struct Ports(Vec<PortBlock>);

impl Ports {
    pub(in crate::check) fn of(block: PortBlock) -> Ports {
        Ports(vec![block])
    }

    pub(super) fn blocks(&self) -> impl Iterator<Item = PortBlock> + '_ {
        self.0.iter().copied()
    }

    pub(super) fn each(&self) -> impl Iterator<Item = u16> + '_ {
        self.0.iter().flat_map(|block| block.ports())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|block| usize::from(block.last() - block.first()) + 1).sum()
    }

    /// The port, if it is the only one.
    pub(super) fn only(&self) -> Option<u16> {
        match self.0.as_slice() {
            [block] if block.first() == block.last() => Some(block.first()),
            _ => None,
        }
    }

    pub(in crate::check) fn has(&self, port: u16) -> bool {
        let place = self.0.partition_point(|block| block.last() < port);
        self.0.get(place).is_some_and(|block| block.has(port))
    }

    /// Whether all ports of a block are among them.
    pub(in crate::check) fn holds(&self, block: PortBlock) -> bool {
        self.0.iter().any(|part| part.holds(block))
    }

    /// Those that lie in the other set, too.
    pub(super) fn and(&self, other: &Ports) -> Ports {
        let common = |a: &PortBlock, b: &PortBlock| {
            PortBlock::between(a.first().max(b.first()), a.last().min(b.last()))
        };
        let (mut a, mut b) = (self.0.as_slice(), other.0.as_slice());
        let mut both = Vec::new();
        while let (Some(first), Some(second)) = (a.first(), b.first()) {
            both.extend(common(first, second));
            if first.last() < second.last() {
                a = &a[1..];
            } else {
                b = &b[1..];
            }
        }
        Ports(both)
    }

    /// Those outside a block.
    pub(in crate::check) fn without(&self, block: PortBlock) -> Ports {
        let parts = self.0.iter().flat_map(|part| {
            if !part.meets(block) {
                return [Some(*part), None];
            }
            let below = block.first().checked_sub(1);
            let above = block.last().checked_add(1);
            [
                below.and_then(|last| PortBlock::between(part.first(), last.min(part.last()))),
                above.and_then(|first| PortBlock::between(first.max(part.first()), part.last())),
            ]
        });
        Ports(parts.flatten().collect())
    }

    /// Those of both sets.
    pub(in crate::check) fn or(&self, other: &Ports) -> Ports {
        self.blocks().chain(other.blocks()).collect()
    }
}

impl FromIterator<PortBlock> for Ports {
    fn from_iter<I: IntoIterator<Item = PortBlock>>(blocks: I) -> Ports {
        let mut blocks: Vec<PortBlock> = blocks.into_iter().collect();
        blocks.sort_by_key(|block| block.first());
        let mut joined: Vec<PortBlock> = Vec::with_capacity(blocks.len());
        for block in blocks {
            match joined.last_mut() {
                Some(last) if u32::from(block.first()) <= u32::from(last.last()) + 1 => {
                    let end = last.last().max(block.last());
                    *last = PortBlock::between(last.first(), end).unwrap_or(*last);
                }
                _ => joined.push(block),
            }
        }
        Ports(joined)
    }
}

impl FromIterator<u16> for Ports {
    fn from_iter<I: IntoIterator<Item = u16>>(ports: I) -> Ports {
        ports.into_iter().filter_map(PortBlock::of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ports: &[u16]) -> Ports {
        ports.iter().copied().collect()
    }

    #[test]
    fn sets_of_ports_are_sets() {
        let (a, b) = (of(&[1, 2, 3, 7, 65_535]), of(&[3, 4, 7, 8]));
        assert_eq!(a.and(&b), of(&[3, 7]));
        assert_eq!(a.or(&b), of(&[1, 2, 3, 4, 7, 8, 65_535]));
        assert_eq!(a.len(), 5);
        let block = PortBlock::between(2, 7).expect("a block");
        assert_eq!(a.without(block), of(&[1, 65_535]));
        assert_eq!(of(&[1, 2, 3, 9]).without(PortBlock::of(2).expect("a block")), of(&[1, 3, 9]));
        assert!(a.has(65_535) && a.has(2) && !a.has(4));
        assert_eq!((of(&[5]).only(), a.only()), (Some(5), None));
        assert_eq!(a.each().collect::<Vec<_>>(), [1, 2, 3, 7, 65_535]);
    }
}
