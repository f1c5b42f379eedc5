//! The names of a connection: what its `s1`, `t1`, `o1`, `p2` are on the machine.

use std::collections::BTreeMap;

use portres_model::{RequestId, SocketId, Token};

/// The names of one kind.
pub(super) struct Table<T> {
    things: BTreeMap<u32, T>,
    names: BTreeMap<T, u32>,
    /// No name below is vacant, but for those below `first`.
    next: u32,
}

impl<T: Copy + Ord> Table<T> {
    pub(super) fn new(first: u32) -> Table<T> {
        Table { things: BTreeMap::new(), names: BTreeMap::new(), next: first }
    }

    pub(super) fn len(&self) -> usize {
        self.things.len()
    }

    pub(super) fn thing(&self, name: u32) -> Option<T> {
        self.things.get(&name).copied()
    }

    pub(super) fn name(&self, thing: T) -> Option<u32> {
        self.names.get(&thing).copied()
    }

    /// The name that a new thing gets: the one proposed if it is vacant, else the lowest that is.
    pub(super) fn vacant(&mut self, proposed: Option<u32>) -> u32 {
        if let Some(name) = proposed.filter(|name| !self.things.contains_key(name)) {
            return name;
        }
        while self.things.contains_key(&self.next) {
            self.next += 1;
        }
        self.next
    }

    /// The name of a thing, a new one if it has none.
    pub(super) fn put(&mut self, proposed: Option<u32>, thing: T) -> u32 {
        if let Some(name) = self.name(thing) {
            return name;
        }
        let name = self.vacant(proposed);
        self.set(name, thing);
        name
    }

    /// Gives a thing this name, whatever had it.
    pub(super) fn set(&mut self, name: u32, thing: T) {
        if let Some(old) = self.things.insert(name, thing) {
            self.names.remove(&old);
        }
        if let Some(old) = self.names.insert(thing, name).filter(|old| *old != name) {
            self.things.remove(&old);
            self.next = self.next.min(old);
        }
    }

    pub(super) fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        let next = &mut self.next;
        self.things.retain(|name, thing| {
            let kept = keep(thing);
            if !kept {
                *next = (*next).min(*name);
            }
            kept
        });
        self.names.retain(|thing, _| keep(thing));
    }

    pub(super) fn remove(&mut self, thing: T) {
        if let Some(name) = self.names.remove(&thing) {
            self.things.remove(&name);
            self.next = self.next.min(name);
        }
    }

    pub(super) fn things(&self) -> impl Iterator<Item = T> + '_ {
        self.things.values().copied()
    }
}

/// All names of a connection.
pub(super) struct Known {
    pub(super) sockets: Table<SocketId>,
    /// Tokens by their numbers: a slot may be used again, a number is not.
    pub(super) tokens: Table<(Token, u64)>,
    pub(super) requests: Table<RequestId>,
    /// Other processes by their numbers.
    pub(super) processes: Table<u64>,
}

impl Known {
    pub(super) fn new() -> Known {
        Known {
            sockets: Table::new(1),
            tokens: Table::new(1),
            requests: Table::new(0),
            processes: Table::new(2),
        }
    }
}
