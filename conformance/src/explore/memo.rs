//! What the relation has answered, by what it was asked about: for each group of calls and each footprint the changes.

use super::State;
use super::footprint::Change;

/// No footprint: a state takes less than 64 bits.
const VACANT: State = State::MAX;

/// The multiplier of the hash: the golden ratio.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// How many footprints, changes and calls are remembered at most; then all are forgotten. A thread needs 64 MiB for them.
const FOOTPRINTS: usize = 1 << 18;
const CHANGES: usize = 1 << 20;
const CALLS: usize = 1 << 22;

/// What is remembered of a footprint.
#[derive(Clone, Copy)]
struct Entry {
    footprint: State,
    /// How often it has been met.
    met: u64,
    changes: (u32, u16),
    calls: (u32, u16),
}

const NOTHING: Entry = Entry { footprint: VACANT, met: 0, changes: (0, 0), calls: (0, 0) };

struct Table {
    entries: Vec<Entry>,
    count: usize,
}

impl Table {
    fn new() -> Table {
        Table { entries: vec![NOTHING; 16], count: 0 }
    }

    /// Where a footprint is, or where it would be.
    #[inline]
    fn place(&self, footprint: State) -> usize {
        let mask = self.entries.len() - 1;
        let mixed = (footprint ^ footprint >> 29).wrapping_mul(GOLDEN);
        let mut at = (mixed >> 32) as usize & mask;
        loop {
            let there = self.entries[at].footprint;
            if there == footprint || there == VACANT {
                return at;
            }
            at = (at + 1) & mask;
        }
    }

    fn put(&mut self, entry: Entry) {
        if self.count * 2 >= self.entries.len() {
            let larger = vec![NOTHING; self.entries.len() * 2];
            let old = std::mem::replace(&mut self.entries, larger);
            for entry in old.into_iter().filter(|e| e.footprint != VACANT) {
                let at = self.place(entry.footprint);
                self.entries[at] = entry;
            }
        }
        let at = self.place(entry.footprint);
        self.entries[at] = entry;
        self.count += 1;
    }
}

/// What is remembered for each group of calls.
pub(super) struct Memo {
    tables: Vec<Table>,
    changes: Vec<Change>,
    calls: Vec<u16>,
    count: usize,
    /// How often each call has been made, as far as what is forgotten tells.
    made: Vec<u64>,
}

impl Memo {
    /// For so many groups and calls.
    pub(super) fn new(groups: usize, calls: usize) -> Memo {
        Memo {
            tables: (0..groups).map(|_| Table::new()).collect(),
            changes: Vec::new(),
            calls: Vec::new(),
            count: 0,
            made: vec![0; calls],
        }
    }

    /// The changes that a footprint stands for, if that is known. It counts as met.
    #[inline]
    pub(super) fn meet(&mut self, group: usize, footprint: State) -> Option<&[Change]> {
        let table = &mut self.tables[group];
        let at = table.place(footprint);
        let entry = &mut table.entries[at];
        if entry.footprint == VACANT {
            return None;
        }
        entry.met += 1;
        let (first, count) = (entry.changes.0 as usize, usize::from(entry.changes.1));
        Some(&self.changes[first..first + count])
    }

    /// The calls of the transitions of a footprint that is known.
    pub(super) fn calls(&self, group: usize, footprint: State) -> &[u16] {
        let table = &self.tables[group];
        let (first, count) = table.entries[table.place(footprint)].calls;
        &self.calls[first as usize..first as usize + usize::from(count)]
    }

    /// Remembers the changes of a footprint, and the call of each transition.
    pub(super) fn put(
        &mut self,
        group: usize,
        footprint: State,
        changes: &[Change],
        calls: &[u16],
    ) {
        let full = self.count >= FOOTPRINTS
            || self.changes.len() + changes.len() > CHANGES
            || self.calls.len() + calls.len() > CALLS;
        if full {
            self.forget();
        }
        let range = |first: usize, count: usize| {
            (u32::try_from(first).expect("few"), u16::try_from(count).expect("few"))
        };
        self.tables[group].put(Entry {
            footprint,
            met: 0,
            changes: range(self.changes.len(), changes.len()),
            calls: range(self.calls.len(), calls.len()),
        });
        self.changes.extend_from_slice(changes);
        self.calls.extend_from_slice(calls);
        self.count += 1;
    }

    #[cold]
    fn forget(&mut self) {
        for table in &mut self.tables {
            let table = std::mem::replace(table, Table::new());
            count(&table, &self.calls, &mut self.made);
        }
        self.changes.clear();
        self.calls.clear();
        self.count = 0;
    }

    /// How often each call has been made.
    pub(super) fn made(&self) -> Vec<u64> {
        let mut made = self.made.clone();
        self.tables.iter().for_each(|table| count(table, &self.calls, &mut made));
        made
    }

    /// How many footprints are known.
    pub(super) const fn count(&self) -> usize {
        self.count
    }
}

fn count(table: &Table, calls: &[u16], made: &mut [u64]) {
    for entry in table.entries.iter().filter(|e| e.footprint != VACANT) {
        let (first, count) = (entry.calls.0 as usize, usize::from(entry.calls.1));
        for call in &calls[first..first + count] {
            made[usize::from(*call)] += entry.met;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_forgotten_is_counted() {
        let mut memo = Memo::new(1, 2);
        for footprint in 0..FOOTPRINTS as u64 + 10 {
            assert!(memo.meet(0, footprint).is_none());
            memo.put(0, footprint, &[], &[0, 1, 1]);
            assert!(memo.meet(0, footprint).is_some());
            assert_eq!(memo.calls(0, footprint), [0, 1, 1]);
        }
        assert_eq!(memo.count(), 10);
        assert_eq!(memo.made(), [FOOTPRINTS as u64 + 10, 2 * (FOOTPRINTS as u64 + 10)]);
    }
}
