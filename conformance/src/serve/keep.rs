//! What outlives the server: persistent reservations, persistent exclusions, persistent dynamic ranges.
//!
//! The machine says what has changed ([`Change`]), a [`Keep`] makes it durable, and no reply that was computed behind a
//! change goes out before it is.

use std::collections::BTreeSet;

use portres_model::{
    PortBlock, Protocol, World, lasting_dynamic, lasting_exclusions, lasting_reservations,
};

/// The persistent part of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// How often a machine has booted with this before; 0: it is new, and empty.
    pub boots: u64,
    /// The persistent reservations.
    pub reservations: BTreeSet<(Protocol, PortBlock)>,
    /// The persistent exclusions.
    pub exclusions: BTreeSet<(Protocol, PortBlock)>,
    /// The dynamic ranges of TCP and UDP that a restart brings back; `None`: what the machine was made with.
    pub dynamic: [Option<PortBlock>; 2],
}

/// A change of the persistent part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A persistent reservation has been created.
    Reserved(Protocol, PortBlock),
    /// It has been deleted.
    Unreserved(Protocol, PortBlock),
    /// A persistent exclusion has been added.
    Excluded(Protocol, PortBlock),
    /// It has been deleted.
    Unexcluded(Protocol, PortBlock),
    /// The dynamic range has been set for good.
    Dynamic(Protocol, PortBlock),
}

/// Something that keeps changes.
pub trait Keep: Send {
    /// Writes these changes in this order, as one transaction, and returns when they are durable.
    ///
    /// # Errors
    /// If they are not: the server ends, and nothing that rests on them has been acknowledged to anybody.
    fn commit(&mut self, changes: &[Change]) -> Result<(), KeepError>;
}

/// What has changed cannot be kept; one line.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct KeepError(pub String);

const PROTOCOLS: [Protocol; 2] = [Protocol::Tcp, Protocol::Udp];

impl Kept {
    /// The persistent part of this machine: what a restart leaves.
    #[must_use]
    pub fn of(world: &World) -> Kept {
        Lasting::of(world).kept()
    }

    /// What must change to come from here to there.
    #[must_use]
    pub fn changes_to(&self, after: &Kept) -> Vec<Change> {
        let mut changes = Vec::new();
        let (old, new) = (&self.reservations, &after.reservations);
        changes.extend(old.difference(new).map(|(p, b)| Change::Unreserved(*p, *b)));
        changes.extend(new.difference(old).map(|(p, b)| Change::Reserved(*p, *b)));
        let (old, new) = (&self.exclusions, &after.exclusions);
        changes.extend(old.difference(new).map(|(p, b)| Change::Unexcluded(*p, *b)));
        changes.extend(new.difference(old).map(|(p, b)| Change::Excluded(*p, *b)));
        for (protocol, (old, new)) in
            PROTOCOLS.into_iter().zip(self.dynamic.iter().zip(after.dynamic))
        {
            if let Some(new) = new.filter(|new| *old != Some(*new)) {
                changes.push(Change::Dynamic(protocol, new));
            }
        }
        changes
    }
}

type Row = (Protocol, PortBlock);

/// The persistent part of a machine, in the order in which the machine has it: what a call has changed is found by one pass
/// over it.
#[derive(Debug)]
pub(super) struct Lasting {
    reservations: Vec<Row>,
    exclusions: Vec<Row>,
    dynamic: [PortBlock; 2],
}

impl Lasting {
    pub(super) fn of(world: &World) -> Lasting {
        let reservations = lasting_reservations(world);
        Lasting {
            reservations: reservations.filter_map(|(_, r)| Some((r.protocol, r.block?))).collect(),
            exclusions: lasting_exclusions(world).map(|e| (e.protocol, e.block)).collect(),
            dynamic: lasting_dynamic(world),
        }
    }

    fn kept(self) -> Kept {
        Kept {
            boots: 0,
            reservations: self.reservations.into_iter().collect(),
            exclusions: self.exclusions.into_iter().collect(),
            dynamic: self.dynamic.map(Some),
        }
    }

    /// Becomes what lasts of this machine now, and tells what has changed.
    pub(super) fn follow(&mut self, world: &World) -> Vec<Change> {
        let now = Lasting::of(world);
        let mut changes = Vec::new();
        let (gone, new) = differences(&self.reservations, &now.reservations);
        changes.extend(gone.into_iter().map(|(p, b)| Change::Unreserved(p, b)));
        changes.extend(new.into_iter().map(|(p, b)| Change::Reserved(p, b)));
        let (gone, new) = differences(&self.exclusions, &now.exclusions);
        changes.extend(gone.into_iter().map(|(p, b)| Change::Unexcluded(p, b)));
        changes.extend(new.into_iter().map(|(p, b)| Change::Excluded(p, b)));
        let dynamic = self.dynamic.into_iter().zip(now.dynamic);
        for (protocol, (_, new)) in PROTOCOLS.into_iter().zip(dynamic).filter(|(_, (o, n))| o != n)
        {
            changes.push(Change::Dynamic(protocol, new));
        }
        *self = now;
        changes
    }
}

/// The rows that only the first has, and those that only the second has. Of two long lists that differ in one place, only that
/// place is looked at closely.
fn differences(old: &[Row], new: &[Row]) -> (Vec<Row>, Vec<Row>) {
    let same = old.iter().zip(new).take_while(|(o, n)| o == n).count();
    let (o, n) = (&old[same..], &new[same..]);
    let tail = o.iter().rev().zip(n.iter().rev()).take_while(|(o, n)| o == n).count();
    let set = |rows: &[Row]| rows[..rows.len() - tail].iter().copied().collect::<BTreeSet<_>>();
    let (o, n) = (set(o), set(n));
    // the same row may stand in two places
    let gone = o.difference(&n).filter(|row| !new.contains(row)).copied().collect();
    let come = n.difference(&o).filter(|row| !old.contains(row)).copied().collect();
    (gone, come)
}
