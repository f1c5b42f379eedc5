//! The state of a machine: one closed list of plain tables, and indexes that follow them.
//!
//! Four tables are the truth: processes, sockets, reservations, requests. Everything changes through `put_process`,
//! `put_socket`, `put_reservation`, `put_request`, `change_socket` and `change_reservation`, which keep the indexes. `None`
//! in a table is a vacant slot. What is rare stands in short lists: exclusions, further descriptors of a socket, lingering
//! connections.

use crate::call::{Attributes, Credentials};
use crate::id::{ProcessId, RequestId, SocketId, Token};
use crate::pool::{Pool, Skip, Word};
use crate::port::{PortBlock, Protocol};

mod address;
mod chain;
mod follow;
mod journal;
mod machine;
mod rare;
mod reservation;
mod restore;
mod socket;

pub use address::{BadAddress, LocalAddress};
use chain::{Chain, Head};
pub use journal::Mark;
use journal::{Journal, Place};
pub use machine::{DYNAMIC, Machine, Process};
pub use rare::{Duplicate, Lingering, Request};
pub use reservation::{Exclusion, ExclusionKind, Kind, Owner, Reservation};
use socket::NOTHING;
pub use socket::{Connection, Options, Settings, Socket};

/// The state of a machine.
#[derive(Clone, Default)]
pub struct World {
    machine: Machine,
    processes: Vec<Option<Process>>,
    sockets: Vec<Option<Socket>>,
    reservations: Vec<Option<Reservation>>,
    requests: Vec<Option<Request>>,
    exclusions: Vec<Exclusion>,
    suspended: Vec<Exclusion>,
    duplicates: Vec<Duplicate>,
    /// The credentials of processes that have ended while others had their sockets.
    departed: Vec<(ProcessId, Credentials)>,
    lingering: Vec<Lingering>,
    // indexes
    pending: usize,
    tried: usize,
    ended: usize,
    pools: [Pool; 2],
    at_port: Chain,
    of_process: Chain,
    of_process_heads: Vec<Head>,
    owned: Chain,
    owned_heads: Vec<Head>,
    /// What was there before each change, while that is written down.
    journal: Option<Box<Journal>>,
}

/// Two worlds are equal when their tables are; how long the tables are does not matter.
impl PartialEq for World {
    fn eq(&self, other: &World) -> bool {
        self.machine == other.machine
            && self.exclusions == other.exclusions
            && self.suspended == other.suspended
            && self.duplicates == other.duplicates
            && self.departed == other.departed
            && self.lingering == other.lingering
            && self.processes().eq(other.processes())
            && self.sockets().eq(other.sockets())
            && self.reservations().eq(other.reservations())
            && self.requests().eq(other.requests())
    }
}

impl World {
    /// A machine on which nothing runs.
    #[must_use]
    pub fn new(machine: Machine) -> World {
        World { machine, ..World::default() }
    }

    /// What is given about the machine.
    #[must_use]
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// The dynamic range of a protocol.
    #[must_use]
    pub fn dynamic(&self, protocol: Protocol) -> PortBlock {
        self.machine.dynamic[protocol.index()]
    }

    /// The process of this name, if it runs.
    #[must_use]
    pub fn process(&self, id: ProcessId) -> Option<&Process> {
        self.processes.get(id.slot())?.as_ref()
    }

    /// The socket of this name, if it is open.
    #[must_use]
    pub fn socket(&self, id: SocketId) -> Option<&Socket> {
        self.sockets.get(id.slot())?.as_ref()
    }

    /// The reservation of this token, also one that has ended and is still used.
    #[must_use]
    pub fn reservation(&self, token: Token) -> Option<&Reservation> {
        self.reservations.get(token.slot())?.as_ref()
    }

    /// Every running process.
    pub fn processes(&self) -> impl Iterator<Item = (ProcessId, &Process)> {
        occupied(&self.processes).map(|(i, p)| (ProcessId(i), p))
    }

    /// How long the tables are: how much it costs to copy or to compare the world.
    #[must_use]
    pub fn slots(&self) -> usize {
        let named = self.processes.len() + self.sockets.len() + self.reservations.len();
        named + self.requests.len()
    }

    /// Every open socket.
    pub fn sockets(&self) -> impl Iterator<Item = (SocketId, &Socket)> {
        occupied(&self.sockets).map(|(i, s)| (SocketId(i), s))
    }

    /// Every reservation.
    pub fn reservations(&self) -> impl Iterator<Item = (Token, &Reservation)> {
        occupied(&self.reservations).map(|(i, r)| (Token(i), r))
    }

    /// Every overlapped request.
    pub fn requests(&self) -> impl Iterator<Item = (RequestId, &Request)> {
        occupied(&self.requests).map(|(i, r)| (RequestId(i), r))
    }

    /// The overlapped request of this name.
    #[must_use]
    pub fn request(&self, id: RequestId) -> Option<&Request> {
        self.requests.get(id.slot())?.as_ref()
    }

    /// Exclusions of the persistent store that do not count before the next restart.
    #[must_use]
    pub fn suspended(&self) -> &[Exclusion] {
        &self.suspended
    }

    /// The credentials under which a process runs, or has run if others have its sockets still.
    #[must_use]
    pub fn credentials(&self, id: ProcessId) -> Option<Credentials> {
        let departed = || self.departed.iter().find(|(p, _)| *p == id).map(|(_, c)| *c);
        self.process(id).map(|p| p.credentials).or_else(departed)
    }

    /// Remembers the credentials of a process that ends while others have its sockets.
    pub fn remember_credentials(&mut self, id: ProcessId) {
        let Some(credentials) = self.process(id).map(|p| p.credentials) else { return };
        if self.sockets().any(|(_, s)| s.creator == id && s.process != id) {
            self.add_departed(id, credentials);
        }
    }

    /// Forgets the credentials of processes of which no socket is left.
    pub fn forget_credentials(&mut self) {
        self.before(Place::Lists);
        let mut departed = std::mem::take(&mut self.departed);
        departed.retain(|(id, _)| self.sockets().any(|(_, s)| s.creator == *id));
        self.departed = departed;
        self.after(Place::Lists);
    }

    /// The credentials of processes that have ended while others had their sockets.
    #[must_use]
    pub fn departed(&self) -> &[(ProcessId, Credentials)] {
        &self.departed
    }

    /// Adds the credentials of a process that has ended.
    pub fn add_departed(&mut self, id: ProcessId, credentials: Credentials) {
        self.before(Place::Lists);
        self.departed.retain(|(p, _)| *p != id);
        self.departed.push((id, credentials));
        self.after(Place::Lists);
    }

    /// The further descriptors of sockets.
    #[must_use]
    pub fn duplicates(&self) -> &[Duplicate] {
        &self.duplicates
    }

    /// The connections that outlive their sockets, by their ports.
    #[must_use]
    pub fn lingering(&self) -> &[Lingering] {
        &self.lingering
    }

    /// Those with a local port in a block.
    #[must_use]
    pub fn lingering_in(&self, block: PortBlock) -> &[Lingering] {
        let from = self.lingering.partition_point(|l| l.port < block.first());
        let to = self.lingering.partition_point(|l| l.port <= block.last());
        &self.lingering[from..to]
    }

    /// Whether there may be system blocks that nobody has seen: they may have appeared, or never been listed.
    #[must_use]
    pub fn may_have_unseen_blocks(&self) -> bool {
        self.machine.open || self.machine.unlisted_exclusions
    }

    /// Every exclusion and system block.
    #[must_use]
    pub fn exclusions(&self) -> &[Exclusion] {
        &self.exclusions
    }

    /// Whether a process may call: it runs and has Winsock started.
    #[must_use]
    pub fn started(&self, process: ProcessId) -> bool {
        self.process(process).is_some_and(|p| p.startups > 0)
    }

    /// The slot of the socket to which a descriptor of the process belongs.
    #[must_use]
    pub fn slot_of(&self, process: ProcessId, id: SocketId) -> Option<SocketId> {
        if self.socket(id).is_some_and(|s| s.process == process) {
            return Some(id);
        }
        let further = self.duplicates.iter().find(|d| d.id == id && d.process == process)?;
        Some(further.of)
    }

    /// The socket to which a descriptor of the process belongs, and its slot.
    #[inline]
    #[must_use]
    pub fn socket_of(&self, process: ProcessId, id: SocketId) -> Option<(SocketId, &Socket)> {
        match self.socket(id) {
            Some(socket) if socket.process == process => Some((id, socket)),
            _ if self.duplicates.is_empty() => None,
            _ => {
                let slot = self.slot_of(process, id)?;
                Some((slot, self.socket(slot)?))
            }
        }
    }

    /// Whether nothing has this name.
    #[must_use]
    pub fn is_vacant(&self, id: SocketId) -> bool {
        self.socket(id).is_none() && self.duplicates.iter().all(|d| d.id != id)
    }

    /// The sockets bound to a port.
    pub fn at_port(
        &self,
        protocol: Protocol,
        port: u16,
    ) -> impl Iterator<Item = (SocketId, &Socket)> {
        self.at_port.from(self.pools[protocol.index()].head(port)).filter_map(|slot| {
            let id = SocketId(slot);
            Some((id, self.socket(id)?))
        })
    }

    /// The reservations that share a port with a block.
    pub fn reservations_in(
        &self,
        protocol: Protocol,
        block: PortBlock,
    ) -> impl Iterator<Item = (Token, &Reservation)> {
        let found = self.pools[protocol.index()].meeting(block);
        found.filter_map(|(_, token)| Some((token, self.reservation(token)?)))
    }

    /// Whether a port lies in a reservation.
    #[must_use]
    pub fn is_reserved(&self, protocol: Protocol, port: u16) -> bool {
        self.pools[protocol.index()].reserved(port)
    }

    /// The exclusions and system blocks that share a port with a block.
    pub fn exclusions_in(
        &self,
        protocol: Protocol,
        block: PortBlock,
    ) -> impl Iterator<Item = &Exclusion> {
        let any = !self.exclusions.is_empty()
            && self.pools[protocol.index()].excluded_in(block).is_some();
        let list: &[Exclusion] = if any { &self.exclusions } else { &[] };
        list.iter().filter(move |e| e.protocol == protocol && e.block.meets(block))
    }

    /// Whether a port lies in an exclusion or a system block.
    #[must_use]
    pub fn is_excluded(&self, protocol: Protocol, port: u16) -> bool {
        self.pools[protocol.index()].excluded(port)
    }

    /// Whether a socket is bound to a port.
    #[must_use]
    pub fn is_bound(&self, protocol: Protocol, port: u16) -> bool {
        self.pools[protocol.index()].bound(port)
    }

    /// The lowest port of a block to which a socket is bound.
    #[must_use]
    pub fn bound_in(&self, protocol: Protocol, block: PortBlock) -> Option<u16> {
        self.pools[protocol.index()].bound_in(block)
    }

    /// The lowest port of a block that no socket is bound to and that is not to be skipped.
    #[must_use]
    pub fn free_port(&self, protocol: Protocol, block: PortBlock, skip: Skip) -> Option<u16> {
        self.pools[protocol.index()].free_port(block, skip)
    }

    /// The lowest block of `count` ports inside `within` that nobody has bound, reserved or excluded.
    #[must_use]
    pub fn free_block(
        &self,
        protocol: Protocol,
        within: PortBlock,
        count: u16,
    ) -> Option<PortBlock> {
        self.pools[protocol.index()].free_block(within, count)
    }

    /// What is known of 64 ports, those from `word` times 64.
    pub(crate) fn word(&self, protocol: Protocol, word: usize) -> Word {
        self.pools[protocol.index()].word(word)
    }

    /// The reservations that a socket owns.
    pub fn owned_by(&self, socket: SocketId) -> impl Iterator<Item = Token> + '_ {
        self.owned.from(self.owned_heads.get(socket.slot()).copied().unwrap_or(0)).map(Token)
    }

    /// The sockets of a process.
    pub fn sockets_of(&self, process: ProcessId) -> impl Iterator<Item = SocketId> + '_ {
        self.of_process
            .from(self.of_process_heads.get(process.slot()).copied().unwrap_or(0))
            .map(SocketId)
    }

    // Change

    /// Changes what is given about the machine.
    pub fn put_machine(&mut self, machine: Machine) {
        self.before(Place::Lists);
        self.machine = machine;
        self.after(Place::Lists);
    }

    /// Adds an exclusion or a system block.
    pub fn exclude(&mut self, exclusion: Exclusion) {
        self.before(Place::Lists);
        self.pools[exclusion.protocol.index()].exclude(exclusion.block);
        self.exclusions.push(exclusion);
        self.after(Place::Lists);
    }

    /// Keeps only the exclusions for which `keep` holds.
    pub fn retain_exclusions(&mut self, keep: impl Fn(&Exclusion) -> bool) {
        self.before(Place::Lists);
        let (kept, gone): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.exclusions).into_iter().partition(keep);
        gone.iter().for_each(|e| self.pools[e.protocol.index()].include(e.block));
        kept.iter().for_each(|e| self.pools[e.protocol.index()].exclude(e.block));
        self.exclusions = kept;
        self.after(Place::Lists);
    }

    /// Keeps only the exclusions of the persistent store that are suspended and for which `keep` holds.
    pub fn retain_suspended(&mut self, keep: impl Fn(&Exclusion) -> bool) {
        self.before(Place::Lists);
        self.suspended.retain(keep);
        self.after(Place::Lists);
    }

    /// Adds an exclusion that counts from the next restart on.
    pub fn suspend(&mut self, exclusion: Exclusion) {
        self.before(Place::Lists);
        self.suspended.push(exclusion);
        self.after(Place::Lists);
    }

    /// Adds a descriptor.
    pub fn add_duplicate(&mut self, duplicate: Duplicate) {
        self.before(Place::Lists);
        self.duplicates.push(duplicate);
        self.after(Place::Lists);
    }

    /// Takes a further descriptor away; tells whether it was one.
    pub fn remove_duplicate(&mut self, id: SocketId) -> bool {
        if self.duplicates.iter().all(|d| d.id != id) {
            return false;
        }
        self.before(Place::Lists);
        self.duplicates.retain(|d| d.id != id);
        self.after(Place::Lists);
        true
    }

    /// Moves a socket into the slot of one of its further descriptors; tells whether it has one.
    pub fn move_to_duplicate(&mut self, id: SocketId) -> bool {
        let Some(place) = self.duplicates.iter().position(|d| d.of == id) else { return false };
        let Some(socket) = self.socket(id).copied() else { return false };
        self.before(Place::Lists);
        let next = self.duplicates.remove(place);
        self.duplicates.iter_mut().filter(|d| d.of == id).for_each(|d| d.of = next.id);
        self.after(Place::Lists);
        // how the handle was made is not handed down with the socket
        let attributes = Attributes { no_inherit: false, ..socket.attributes };
        let process = next.process;
        self.put_socket(next.id, Some(Socket { process, attributes, ..socket }));
        for token in self.owned_by(id).collect::<Vec<_>>() {
            let Some(mut reservation) = self.reservation(token).copied() else { continue };
            if let Kind::Runtime { socket, .. } = &mut reservation.kind {
                *socket = next.id;
            }
            self.put_reservation(token, Some(reservation));
        }
        self.put_socket(id, None);
        true
    }

    /// Adds a lingering connection.
    pub fn linger(&mut self, lingering: Lingering) {
        if let Err(place) = self.lingering.binary_search(&lingering) {
            self.before(Place::Lists);
            self.lingering.insert(place, lingering);
            self.after(Place::Lists);
        }
    }

    /// Keeps only the lingering connections for which `keep` holds.
    pub fn retain_lingering(&mut self, keep: impl Fn(&Lingering) -> bool) {
        self.before(Place::Lists);
        self.lingering.retain(keep);
        self.after(Place::Lists);
    }

    /// Puts an overlapped request into its slot, or vacates it.
    pub fn put_request(&mut self, id: RequestId, request: Option<Request>) {
        let is_pending = |r: Option<Request>| usize::from(r.is_some_and(|r| r.outcome.is_none()));
        let old = self.request(id).copied();
        self.before(Place::Request(id));
        put(&mut self.requests, id.slot(), request);
        self.after(Place::Request(id));
        self.pending = self.pending + is_pending(request) - is_pending(old);
    }

    /// Whether a connect may have bound a TCP socket unseen.
    #[must_use]
    pub fn has_tried(&self) -> bool {
        self.tried > 0
    }

    /// Whether a reservation has ended that is still used.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.ended > 0
    }

    /// The requests that are pending.
    pub fn pending(&self) -> impl Iterator<Item = (RequestId, &Request)> {
        let table: &[Option<Request>] = if self.pending == 0 { &[] } else { &self.requests };
        occupied(table).filter(|(_, r)| r.outcome.is_none()).map(|(i, r)| (RequestId(i), r))
    }

    /// Puts a process into its slot, or vacates it.
    pub fn put_process(&mut self, id: ProcessId, process: Option<Process>) {
        self.before(Place::Process(id));
        put(&mut self.processes, id.slot(), process);
        self.after(Place::Process(id));
    }

    /// Puts a socket into its slot, or vacates it.
    #[inline(always)]
    pub fn put_socket(&mut self, id: SocketId, socket: Option<Socket>) {
        let old = self.socket(id).map_or(NOTHING, Socket::indexed);
        let new = socket.as_ref().map_or(NOTHING, Socket::indexed);
        self.before(Place::Socket(id));
        put(&mut self.sockets, id.slot(), socket);
        self.after(Place::Socket(id));
        self.follow_socket(id, old, new);
    }

    /// Changes an open socket where it stands.
    #[inline(always)]
    pub fn change_socket(&mut self, id: SocketId, change: impl FnOnce(&mut Socket)) {
        self.before(Place::Socket(id));
        let Some(Some(socket)) = self.sockets.get_mut(id.slot()) else { return };
        let old = socket.indexed();
        change(socket);
        let new = socket.indexed();
        self.after(Place::Socket(id));
        self.follow_socket(id, old, new);
    }

    /// Puts a reservation into its slot, or vacates it.
    #[inline(always)]
    pub fn put_reservation(&mut self, token: Token, reservation: Option<Reservation>) {
        let place = |r: &Reservation| Some((r.protocol, r.block?));
        let old = self.reservation(token);
        let (old_place, old_owner) = (old.and_then(place), old.and_then(owner));
        let new = reservation.as_ref();
        let (new_place, new_owner) = (new.and_then(place), new.and_then(owner));
        let (was_over, is_over) = (old.is_some_and(|r| r.ended), new.is_some_and(|r| r.ended));
        self.before(Place::Reservation(token));
        put(&mut self.reservations, token.slot(), reservation);
        self.after(Place::Reservation(token));
        self.ended = self.ended + usize::from(is_over) - usize::from(was_over);
        if old_place != new_place {
            self.follow_block(token, old_place, new_place);
        }
        if old_owner != new_owner {
            self.follow_owner(token, old_owner, new_owner);
        }
    }

    /// Changes a reservation where it stands.
    #[inline(always)]
    pub fn change_reservation(&mut self, token: Token, change: impl FnOnce(&mut Reservation)) {
        self.before(Place::Reservation(token));
        let Some(Some(reservation)) = self.reservations.get_mut(token.slot()) else { return };
        let place = |r: &Reservation| Some((r.protocol, r.block?));
        let (old_place, old_owner) = (place(reservation), owner(reservation));
        let was_over = reservation.ended;
        change(reservation);
        self.ended = self.ended + usize::from(reservation.ended) - usize::from(was_over);
        let (new_place, new_owner) = (place(reservation), owner(reservation));
        self.after(Place::Reservation(token));
        if old_place != new_place {
            self.follow_block(token, old_place, new_place);
        }
        if old_owner != new_owner {
            self.follow_owner(token, old_owner, new_owner);
        }
    }
}

/// The socket whose end is the end of the reservation.
fn owner(reservation: &Reservation) -> Option<SocketId> {
    match reservation.kind {
        Kind::Runtime { socket, .. } if !reservation.ended => Some(socket),
        Kind::Runtime { .. } | Kind::Persistent { .. } => None,
    }
}

fn occupied<T>(table: &[Option<T>]) -> impl Iterator<Item = (u32, &T)> {
    table.iter().enumerate().filter_map(|(i, slot)| Some((i as u32, slot.as_ref()?)))
}

#[inline]
fn put<T: Copy>(table: &mut Vec<Option<T>>, slot: usize, new: Option<T>) {
    if slot >= table.len() {
        if new.is_none() {
            return;
        }
        table.resize(slot + 1, None);
    }
    table[slot] = new;
}
