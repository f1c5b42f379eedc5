//! # Calls
//! `WSAStartup`, `WSACleanup`; a process starts or ends; the machine restarts; the network fails and works again; lingering
//! connections end.
//! # Errors
//! WSANOTINITIALISED for a `WSACleanup` too many, WSAVERNOTSUPPORTED for a version below 1.0, WSAEFAULT for nowhere to
//! write to.
//! # Open
//! When after a restart the persistent blocks come back (SIL-24): it is asked where one is in the way.
//! # Assumed
//! Nothing.
//! # Not modelled
//! The highest version and the descriptions that `WSAStartup` returns.

use crate::call::{Credentials, Startup, Version};
use crate::error::Error;
use crate::id::{ProcessId, Token};
use crate::permitted::{Permitted, Set};
use crate::port::PortBlock;
use crate::reply::Reply;
use crate::rule::Rule;
use crate::step::descriptor;
use crate::world::{Exclusion, ExclusionKind, Kind, Machine, Process, Reservation, World};

pub(super) fn startup(startup: Startup, all: &mut Permitted) {
    // the version is looked at before the pointer is used
    let Some(granted) = granted(startup.version()) else {
        all.must_if(true, Rule::StartupRejectsVersion, Error::WsaVersionNotSupported);
        return;
    };
    if startup.null {
        all.must_if(true, Rule::StartupNeedsData, Error::WsaFault);
        return;
    }
    all.otherwise(Rule::StartupCounts, Set::Ok);
    all.otherwise(Rule::StartupGrants, Set::This(Reply::Version(granted)));
}

/// The highest version that there is up to the one asked for: 1.0, 1.1, 2.0, 2.1 or 2.2.
fn granted(asked: Version) -> Option<Version> {
    match asked.major {
        0 => None,
        1 => Some(Version { minor: asked.minor.min(1), ..asked }),
        _ => Some(asked.min(Version::CURRENT)),
    }
}

pub(super) fn cleanup(world: &World, by: ProcessId, all: &mut Permitted) {
    all.must_if(!world.started(by), Rule::CallNeedsStartup, Error::WsaNotInitialised);
    all.may_if(world.machine().network_down, Rule::CallNeedsNetwork, Error::WsaNetworkDown);
    all.otherwise(Rule::CleanupCounts, Set::Ok);
}

/// An event that no call decides.
pub(super) fn event(rule: Rule, all: &mut Permitted) {
    all.otherwise(rule, Set::Ok);
}

pub(super) fn settle(world: &World, port: u16, all: &mut Permitted) {
    let lingers = world.lingering().iter().any(|l| l.port == port);
    all.must_if(!lingers, Rule::SettleFindsNothing, Error::NotFound);
    all.otherwise(Rule::ConnectionSettles, Set::Ok);
}

pub(super) fn started(world: &mut World, by: ProcessId) {
    change(world, by, |process| process.startups = process.startups.saturating_add(1));
}

pub(super) fn cleaned_up(world: &mut World, by: ProcessId) {
    change(world, by, |process| process.startups = process.startups.saturating_sub(1));
    if !world.started(by) {
        descriptor::close_all(world, by);
    }
}

pub(super) fn exited(world: &mut World, by: ProcessId) {
    let shared = !world.duplicates().is_empty();
    descriptor::close_all(world, by);
    if shared {
        world.remember_credentials(by);
    }
    if !world.departed().is_empty() {
        world.forget_credentials();
    }
    let requests = world.requests().filter(|(_, r)| r.process == by).map(|(id, _)| id);
    requests.collect::<Vec<_>>().into_iter().for_each(|id| world.put_request(id, None));
    world.put_process(by, None);
}

pub(super) fn process_started(world: &mut World, process: ProcessId, credentials: Credentials) {
    exited(world, process);
    world.put_process(process, Some(Process { credentials, startups: 0 }));
}

/// Everything runtime ends.
pub(super) fn restarted(world: &mut World) {
    let left = after_restart(world);
    world.become_like(left);
}

/// What a restart leaves of a machine: its persistent store, and what is given about the machine. Whether the tokens of the
/// store are still those, nobody can tell yet (ASSOC-20).
#[must_use]
pub fn after_restart(world: &World) -> World {
    let machine = world.machine();
    let dynamic = lasting_dynamic(world);
    let mut left = World::new(Machine { dynamic, stored: None, ..machine.clone() });
    for (token, reservation) in lasting_reservations(world) {
        let kind = Kind::Persistent { token_known: false };
        left.put_reservation(token, Some(Reservation { kind, users: 0, ..*reservation }));
    }
    lasting_exclusions(world).for_each(|exclusion| left.exclude(*exclusion));
    left
}

/// The dynamic ranges of TCP and UDP behind a restart.
#[must_use]
pub fn lasting_dynamic(world: &World) -> [PortBlock; 2] {
    let machine = world.machine();
    machine.stored.unwrap_or(machine.dynamic)
}

/// The reservations that a restart leaves.
pub fn lasting_reservations(world: &World) -> impl Iterator<Item = (Token, &Reservation)> {
    let persistent = |r: &Reservation| !r.ended && matches!(r.kind, Kind::Persistent { .. });
    world.reservations().filter(move |(_, r)| persistent(r))
}

/// The exclusions that a restart leaves.
pub fn lasting_exclusions(world: &World) -> impl Iterator<Item = &Exclusion> {
    let stored = |e: &&Exclusion| e.kind == ExclusionKind::Administered { persistent: true };
    world.exclusions().iter().filter(stored).chain(world.suspended())
}

pub(super) fn network_changed(world: &mut World, up: bool) {
    let machine = Machine { network_down: !up, ..world.machine().clone() };
    world.put_machine(machine);
}

pub(super) fn settled(world: &mut World, port: u16) {
    world.retain_lingering(|l| l.port != port);
}

fn change(world: &mut World, id: ProcessId, change: impl Fn(&mut Process)) {
    let Some(mut process) = world.process(id).copied() else { return };
    change(&mut process);
    world.put_process(id, Some(process));
}
