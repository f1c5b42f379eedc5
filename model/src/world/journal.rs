//! What was there before each change, for readers that go back: a search tries a call, looks, and takes it back.
//!
//! Nothing is written down before [`World::record`], so that those who never go back pay for one comparison a change.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::{
    Duplicate, Exclusion, Lingering, Machine, Process, Request, Reservation, Socket, World,
};
use crate::call::Credentials;
use crate::id::{ProcessId, RequestId, SocketId, Token};

/// A place in what is written down, to go back to.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    length: usize,
    fingerprint: u64,
}

impl Mark {
    /// The fingerprint of the world there.
    #[must_use]
    pub const fn fingerprint(self) -> u64 {
        self.fingerprint
    }
}

/// What was there before each change, the latest last.
#[derive(Default)]
pub(super) struct Journal {
    changes: Vec<Change>,
    /// Of the tables, relative to those with which it began.
    fingerprint: u64,
}

/// A copy of a world has changed nothing yet.
impl Clone for Journal {
    fn clone(&self) -> Journal {
        Journal { changes: Vec::new(), fingerprint: self.fingerprint }
    }
}

/// What stood in a slot, or in all that stands in no table.
enum Change {
    Process(ProcessId, Option<Process>),
    Socket(SocketId, Option<Socket>),
    Reservation(Token, Option<Reservation>),
    Request(RequestId, Option<Request>),
    Lists(Box<Lists>),
}

#[derive(Clone, PartialEq, Hash)]
struct Lists {
    machine: Machine,
    exclusions: Vec<Exclusion>,
    suspended: Vec<Exclusion>,
    duplicates: Vec<Duplicate>,
    departed: Vec<(ProcessId, Credentials)>,
    lingering: Vec<Lingering>,
}

impl World {
    /// Writes down from here on what changes.
    pub fn record(&mut self) {
        self.journal = Some(Box::default());
    }

    /// Writes down nothing any more; what has been is forgotten.
    pub fn forget(&mut self) {
        self.journal = None;
    }

    /// The place that has been reached.
    ///
    /// # Panics
    /// If nothing is written down: [`World::record`] comes first.
    #[must_use]
    pub fn mark(&self) -> Mark {
        let journal = self.journal.as_ref().expect("what changes is written down");
        Mark { length: journal.changes.len(), fingerprint: journal.fingerprint }
    }

    /// A number that is the same for worlds that are equal, if all were reached from one since [`World::record`]; for others it
    /// is another, but for one chance in 2^64.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        self.journal.as_ref().map_or(0, |journal| journal.fingerprint)
    }

    /// Takes every change since then back.
    ///
    /// # Panics
    /// If nothing is written down.
    pub fn undo_to(&mut self, mark: Mark) {
        let mut journal = self.journal.take().expect("what changes is written down");
        while journal.changes.len() > mark.length {
            match journal.changes.pop() {
                Some(Change::Process(id, old)) => self.put_process(id, old),
                Some(Change::Socket(id, old)) => self.put_socket_alone(id, old),
                Some(Change::Reservation(token, old)) => self.put_reservation(token, old),
                Some(Change::Request(id, old)) => self.put_request(id, old),
                Some(Change::Lists(old)) => self.put_lists(*old),
                None => break,
            }
        }
        journal.fingerprint = mark.fingerprint;
        self.journal = Some(journal);
    }

    /// Becomes another world, in one change for those who go back.
    pub(crate) fn become_like(&mut self, other: World) {
        if self.journal.is_none() {
            *self = other;
            return;
        }
        // slot by slot, so that each is written down: first the sockets, which count as users of reservations
        let sockets: Vec<_> = self.sockets().map(|(id, _)| id).collect();
        sockets.into_iter().for_each(|id| self.put_socket(id, None));
        let reservations: Vec<_> = self.reservations().map(|(token, _)| token).collect();
        reservations.into_iter().for_each(|token| self.put_reservation(token, None));
        let requests: Vec<_> = self.requests().map(|(id, _)| id).collect();
        requests.into_iter().for_each(|id| self.put_request(id, None));
        let processes: Vec<_> = self.processes().map(|(id, _)| id).collect();
        processes.into_iter().for_each(|id| self.put_process(id, None));
        self.before(Place::Lists);
        self.put_lists(other.lists());
        self.after(Place::Lists);
        other.processes().for_each(|(id, process)| self.put_process(id, Some(*process)));
        other.sockets().for_each(|(id, socket)| self.put_socket(id, Some(*socket)));
        other.reservations().for_each(|(token, r)| self.put_reservation(token, Some(*r)));
        other.requests().for_each(|(id, request)| self.put_request(id, Some(*request)));
    }

    /// The users of reservations are written down by themselves.
    fn put_socket_alone(&mut self, id: SocketId, socket: Option<Socket>) {
        let old = self.socket(id).map_or(super::NOTHING, Socket::indexed);
        let new = socket.as_ref().map_or(super::NOTHING, Socket::indexed);
        super::put(&mut self.sockets, id.slot(), socket);
        let associations = old.associations;
        self.follow_socket(id, old, super::socket::Indexed { associations, ..new });
    }

    fn lists(&self) -> Lists {
        Lists {
            machine: self.machine.clone(),
            exclusions: self.exclusions.clone(),
            suspended: self.suspended.clone(),
            duplicates: self.duplicates.clone(),
            departed: self.departed.clone(),
            lingering: self.lingering.clone(),
        }
    }

    fn put_lists(&mut self, old: Lists) {
        if self.exclusions != old.exclusions {
            self.retain_exclusions(|_| false);
            old.exclusions.iter().for_each(|e| self.exclude(*e));
        }
        self.machine = old.machine;
        self.suspended = old.suspended;
        self.duplicates = old.duplicates;
        self.departed = old.departed;
        self.lingering = old.lingering;
    }

    /// Is called before what stands there changes.
    #[inline(always)]
    pub(super) fn before(&mut self, place: Place) {
        if self.journal.is_some() {
            self.write_down(place);
        }
    }

    /// Is called behind a change, before what follows from it changes.
    #[inline(always)]
    pub(super) fn after(&mut self, place: Place) {
        if self.journal.is_some() {
            self.turn(place);
        }
    }

    #[cold]
    fn write_down(&mut self, place: Place) {
        self.turn(place);
        let change = match place {
            Place::Process(id) => Change::Process(id, self.process(id).copied()),
            Place::Socket(id) => Change::Socket(id, self.socket(id).copied()),
            Place::Reservation(token) => {
                Change::Reservation(token, self.reservation(token).copied())
            }
            Place::Request(id) => Change::Request(id, self.request(id).copied()),
            Place::Lists => Change::Lists(Box::new(self.lists())),
        };
        if let Some(journal) = &mut self.journal {
            journal.changes.push(change);
        }
    }

    /// Turns the fingerprint by what stands there: once before a change, and once behind it.
    fn turn(&mut self, place: Place) {
        let by = match place {
            Place::Process(id) => mix((0u8, id), self.process(id)),
            Place::Socket(id) => mix((1u8, id), self.socket(id)),
            Place::Reservation(token) => mix((2u8, token), self.reservation(token)),
            Place::Request(id) => mix((3u8, id), self.request(id)),
            Place::Lists => mix(4u8, Some(&self.lists())),
        };
        if let Some(journal) = &mut self.journal {
            journal.fingerprint ^= by;
        }
    }
}

/// Where something stands.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Process(ProcessId),
    Socket(SocketId),
    Reservation(Token),
    Request(RequestId),
    /// In no table.
    Lists,
}

/// A vacant slot turns nothing.
fn mix<T: Hash>(place: impl Hash, value: Option<&T>) -> u64 {
    let Some(value) = value else { return 0 };
    let mut hasher = DefaultHasher::new();
    (place, value).hash(&mut hasher);
    hasher.finish()
}
