//! # Calls
//! `WSAStartup`, `WSACleanup`; a process starts or ends; the machine restarts.
//! # Errors
//! WSANOTINITIALISED for a `WSACleanup` too many, WSAVERNOTSUPPORTED for a version below 1.0.
//! # Open
//! Nothing.
//! # Assumed
//! Nothing.
//! # Not modelled
//! Versions and descriptions that `WSAStartup` returns; system components that take their blocks anew after a restart.

use crate::call::{Credentials, Version};
use crate::error::Error;
use crate::id::ProcessId;
use crate::permitted::{Permitted, Set};
use crate::rule::Rule;
use crate::step::{end_reservation, socket};
use crate::world::{ExclusionKind, Kind, Process, Reservation, World};

pub(super) fn startup(version: Version, all: &mut Permitted) {
    all.must_if(version.major == 0, Rule::StartupRejectsVersion, Error::WsaVersionNotSupported);
    all.otherwise(Rule::StartupCounts, Set::Ok);
}

pub(super) fn cleanup(world: &World, by: ProcessId, all: &mut Permitted) {
    all.must_if(!world.started(by), Rule::CallNeedsStartup, Error::WsaNotInitialised);
    all.otherwise(Rule::CleanupCounts, Set::Ok);
}

pub(super) fn exit(all: &mut Permitted) {
    all.otherwise(Rule::ExitEnds, Set::Ok);
}

pub(super) fn start(all: &mut Permitted) {
    all.otherwise(Rule::ProcessStarts, Set::Ok);
}

pub(super) fn restart(all: &mut Permitted) {
    all.otherwise(Rule::MachineRestarts, Set::Ok);
}

pub(super) fn started(world: &mut World, by: ProcessId) {
    change(world, by, |process| process.startups = process.startups.saturating_add(1));
}

pub(super) fn cleaned_up(world: &mut World, by: ProcessId) {
    change(world, by, |process| process.startups = process.startups.saturating_sub(1));
    if !world.started(by) {
        close_all(world, by);
    }
}

pub(super) fn exited(world: &mut World, by: ProcessId) {
    close_all(world, by);
    world.put_process(by, None);
}

pub(super) fn process_started(world: &mut World, process: ProcessId, credentials: Credentials) {
    close_all(world, process);
    world.put_process(process, Some(Process { credentials, startups: 0 }));
}

/// Everything runtime ends; the persistent store stays, and whether its tokens do, nobody can tell yet (ASSOC-20).
pub(super) fn restarted(world: &mut World) {
    let running: Vec<_> = world.processes().map(|(id, _)| id).collect();
    running.into_iter().for_each(|id| exited(world, id));
    let left: Vec<_> = world.reservations().map(|(token, r)| (token, *r)).collect();
    for (token, reservation) in left {
        match reservation.kind {
            Kind::Persistent { .. } if !reservation.ended => {
                let kind = Kind::Persistent { token_known: false };
                world.put_reservation(token, Some(Reservation { kind, ..reservation }));
            }
            Kind::Persistent { .. } | Kind::Runtime { .. } => end_reservation(world, token),
        }
    }
    world.retain_exclusions(|e| matches!(e.kind, ExclusionKind::Administered { persistent: true }));
}

fn change(world: &mut World, id: ProcessId, change: impl Fn(&mut Process)) {
    let Some(mut process) = world.process(id).copied() else { return };
    change(&mut process);
    world.put_process(id, Some(process));
}

fn close_all(world: &mut World, process: ProcessId) {
    while let Some(id) = { world.sockets_of(process).next() } {
        socket::closed(world, id);
    }
}
