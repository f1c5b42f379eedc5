//! # Calls
//! `netsh interface ipv4 add|delete|show excludedportrange`, `set|show dynamicportrange`: one list and one range for each
//! transport, for both families (EV-56, EV-117).
//! # Errors
//! ERROR_SHARING_VIOLATION for a block in use, ERROR_ACCESS_DENIED for a system block; most codes are told by no source.
//! # Open
//! Nearly every code; what netsh shows of reservations and does with them (MISS-F).
//! # Assumed
//! See the rules of standing `assumed`.
//! # Not modelled
//! The texts that `netsh` prints; `set` and `show` of other stores than the one in use.

use crate::call::Store;
use crate::error::Error;
use crate::id::ProcessId;
use crate::permitted::{About, Code, Guard, Permitted, Refusal, Set};
use crate::port::{PortRange, Protocol};
use crate::question::Question;
use crate::reply::{Reply, Row};
use crate::rule::Rule;
use crate::step::held::{Holds, holds, is_being_taken, may_be_reserved, may_be_taken};
use crate::step::{end_reservation, persistent, privilege};
use crate::world::{Exclusion, ExclusionKind, Kind, Machine, Owner, World};

pub(super) fn add(
    world: &World,
    by: ProcessId,
    protocol: Protocol,
    range: PortRange,
    all: &mut Permitted,
) {
    needs_privilege(world, by, all);
    let Some(block) = range.block() else {
        all.ask_if(true, Rule::AddExcludedRejectsRange, Question::NetshRange);
        return;
    };
    let violation = Code::Is(Error::SharingViolation);
    let mut refuse =
        |rule, code, about| all.must(Refusal { rule, when: Guard::ALWAYS, code, about });
    let held = holds(world, protocol, block);
    if let Holds::Socket(port) = held {
        refuse(Rule::AddExcludedMeetsSocket, violation, About::Port(port));
    }
    for exclusion in world.exclusions_in(protocol, block) {
        let (rule, code) = match exclusion.kind {
            ExclusionKind::System(_) => (Rule::AddExcludedMeetsSystemBlock, violation),
            ExclusionKind::Administered { .. } => {
                (Rule::AddExcludedMeetsExclusion, Code::Asks(Question::AddExcludedOverlap))
            }
        };
        refuse(rule, code, About::Exclusion(exclusion.block));
    }
    for (token, reservation) in world.reservations_in(protocol, block).filter(|(_, r)| !r.ended) {
        let (rule, question) = match reservation.kind {
            Kind::Runtime { .. } => {
                (Rule::AddExcludedMeetsRuntime, Question::AddExcludedOverRuntime)
            }
            Kind::Persistent { .. } => {
                (Rule::AddExcludedMeetsPersistent, Question::AddExcludedOverPersistent)
            }
        };
        refuse(rule, Code::Asks(question), About::Reservation(token));
    }
    // whether connections that are left count as use, and the persistent store by itself, nobody tells (MISS-C, MISS-G)
    let connection = matches!(held, Holds::Connection(_)).then_some(Guard::ALWAYS);
    let unseen = || may_be_taken(world, protocol, block, None, Guard::ALWAYS);
    if let Some(when) = connection.or_else(unseen) {
        all.may_when(when, Rule::AddExcludedMeetsSocket, Code::Is(Error::SharingViolation));
    }
    if is_being_taken(world, protocol, block, None) {
        let code = Code::Asks(Question::AddExcludedOverRuntime);
        all.may_when(Guard::ALWAYS, Rule::AddExcludedMeetsRuntime, code);
    }
    if world.suspended().iter().any(|e| e.protocol == protocol && e.block.meets(block)) {
        let overlap = Code::Asks(Question::AddExcludedOverlap);
        all.may_when(Guard::ALWAYS, Rule::AddExcludedMeetsExclusion, overlap);
    }
    let outsiders = world.machine().open || world.machine().unlisted_exclusions;
    all.may_if(outsiders, Rule::AddExcludedMeetsOutsider, Error::SharingViolation);
    all.otherwise(Rule::AddExcludedAdds, Set::Ok);
}

pub(super) fn delete(
    world: &World,
    by: ProcessId,
    (protocol, range): (Protocol, PortRange),
    store: Store,
    all: &mut Permitted,
) {
    needs_privilege(world, by, all);
    let exact = |e: &&Exclusion| e.protocol == protocol && e.block.range() == range;
    // an exclusion that is suspended stands in the persistent store alone
    let stored: &[Exclusion] = if store == Store::Persistent { world.suspended() } else { &[] };
    let mut named = world.exclusions().iter().chain(stored).filter(exact);
    let system = |e: &&Exclusion| matches!(e.kind, ExclusionKind::System(_));
    // a system block of the same ports does not hide what an administrator has stored (XR-2)
    let found = named.clone().find(|e| !system(e)).or_else(|| named.next());
    match found.map(|e| e.kind) {
        Some(ExclusionKind::System(_)) => {
            all.must_if(true, Rule::DeleteExcludedMeetsSystemBlock, Error::AccessDenied);
        }
        Some(ExclusionKind::Administered { persistent }) => {
            let held = range.block().map_or(Holds::Nothing, |b| holds(world, protocol, b));
            let (rule, question) = (Rule::DeleteExcludedMeetsSocket, Question::DeleteExcludedInUse);
            all.ask_if(matches!(held, Holds::Socket(_)), rule, question);
            if let Holds::Connection(_) = held {
                all.may_when(Guard::ALWAYS, rule, Code::Asks(question));
            }
            if store == Store::Persistent && !persistent {
                // it stands in the active store alone
                let missing = Code::Asks(Question::DeleteExcludedMissing);
                all.may_when(Guard::ALWAYS, Rule::DeleteExcludedFindsNothing, missing);
            }
        }
        None if persistent::find(world, protocol, range).is_some() => {
            let (rule, question) =
                (Rule::DeleteExcludedMeetsPersistent, Question::DeleteExcludedReservation);
            all.ask_if(true, rule, question);
        }
        None if world.machine().unlisted_exclusions => {
            let missing = Code::Asks(Question::DeleteExcludedMissing);
            all.may_when(Guard::ALWAYS, Rule::DeleteExcludedFindsNothing, missing);
        }
        None => {
            let missing = Question::DeleteExcludedMissing;
            all.ask_if(true, Rule::DeleteExcludedFindsNothing, missing);
            return;
        }
    }
    all.otherwise(Rule::DeleteExcludedDeletes, Set::Ok);
}

pub(super) fn show(world: &World, protocol: Protocol, range: PortRange, all: &mut Permitted) {
    let mut row = |when, rule, row| all.otherwise_when(when, rule, Set::This(Reply::Row(row)));
    let exact = |e: &&Exclusion| e.protocol == protocol && e.block.range() == range;
    match world.exclusions().iter().find(exact).map(|e| e.kind) {
        Some(ExclusionKind::Administered { .. }) => {
            row(Guard::ALWAYS, Rule::ShowExcludedStarred, Row::Starred);
        }
        Some(ExclusionKind::System(Owner::Wsl)) => {
            row(Guard::ALWAYS, Rule::ShowExcludedHidden, Row::Absent);
        }
        Some(ExclusionKind::System(_)) => {
            row(Guard::ALWAYS, Rule::ShowExcludedUnstarred, Row::Unstarred);
        }
        None => {
            let (known, unseen) = reserved(world, protocol, range);
            for question in known.into_iter().flatten().chain(unseen) {
                for (answer, shown) in [
                    ("unstarred", Row::Unstarred),
                    ("starred", Row::Starred),
                    ("absent", Row::Absent),
                ] {
                    let when = Guard::when(question.only(&[answer]));
                    row(when, Rule::ShowExcludedReservation, shown);
                }
            }
            if known == [None; 2] {
                row(Guard::ALWAYS, Rule::ShowExcludedAbsent, Row::Absent);
            }
        }
    }
    if world.may_have_unseen_blocks() {
        row(Guard::ALWAYS, Rule::ShowExcludedUnstarred, Row::Unstarred);
    }
    if world.machine().unlisted_exclusions {
        row(Guard::ALWAYS, Rule::ShowExcludedStarred, Row::Starred);
    }
}

/// How reservations of exactly this block are shown: those that there are, and what a pending request may have reserved. Which
/// of several the row is of, nobody tells.
fn reserved(
    world: &World,
    protocol: Protocol,
    range: PortRange,
) -> ([Option<Question>; 2], Option<Question>) {
    let Some(block) = range.block() else { return ([None; 2], None) };
    let (mut persistent, mut runtime) = (None, None);
    for (_, reservation) in world.reservations_in(protocol, block) {
        if reservation.ended || reservation.block != Some(block) {
            continue;
        }
        match reservation.kind {
            Kind::Persistent { .. } => persistent = Some(Question::ShowsPersistent),
            Kind::Runtime { .. } => runtime = Some(Question::ShowsRuntime),
        }
    }
    let unseen = runtime.is_none() && may_be_reserved(world, protocol, block);
    ([persistent, runtime], unseen.then_some(Question::ShowsRuntime))
}

/// The least number of ports that a dynamic range may have (DYN-4).
const LEAST_DYNAMIC: u16 = 255;
/// The lowest port with which a dynamic range may start (DYN-4).
const LOWEST_DYNAMIC: u16 = 1025;

pub(super) fn set_dynamic(world: &World, by: ProcessId, range: PortRange, all: &mut Permitted) {
    needs_privilege(world, by, all);
    let Some(block) = range.block() else {
        all.ask_if(true, Rule::SetDynamicRejectsLimits, Question::NetshRange);
        return;
    };
    let small = block.count() < LEAST_DYNAMIC || block.first() < LOWEST_DYNAMIC - 1;
    all.ask_if(small, Rule::SetDynamicRejectsLimits, Question::DynamicLimits);
    let from_1024 = block.first() == LOWEST_DYNAMIC - 1;
    all.ask_if(from_1024, Rule::SetDynamicRejectsLimits, Question::DynamicFrom1024);
    all.otherwise(Rule::SetDynamicSets, Set::Ok);
}

pub(super) fn show_dynamic(world: &World, protocol: Protocol, all: &mut Permitted) {
    let range = Reply::Range(world.dynamic(protocol).range());
    all.otherwise(Rule::ShowDynamicShows, Set::This(range));
}

/// Everybody may look, only administrators change.
fn needs_privilege(world: &World, by: ProcessId, all: &mut Permitted) {
    let code = Code::Asks(Question::NetshPrivilege);
    privilege::administrator(world, by, Rule::NetshNeedsPrivilege, code, Guard::ALWAYS, all);
}

pub(super) fn added(world: &mut World, protocol: Protocol, range: PortRange, store: Store) {
    let Some(block) = range.block() else { return };
    let persistent = store == Store::Persistent;
    let kind = ExclusionKind::Administered { persistent };
    let same = |e: &Exclusion| {
        e.protocol == protocol
            && e.block == block
            && matches!(e.kind, ExclusionKind::Administered { .. })
    };
    let was_persistent = world
        .exclusions()
        .iter()
        .chain(world.suspended())
        .any(|e| same(e) && e.kind == ExclusionKind::Administered { persistent: true });
    world.retain_exclusions(|e| !same(e));
    world.retain_suspended(|e| !same(e));
    let kind = if was_persistent { ExclusionKind::Administered { persistent: true } } else { kind };
    world.exclude(Exclusion { protocol, block, kind });
}

/// Deleted from the active store alone, a persistent exclusion comes back at the next restart.
pub(super) fn deleted(world: &mut World, protocol: Protocol, range: PortRange, store: Store) {
    let Some(block) = range.block() else { return };
    let same = |e: &Exclusion| {
        e.protocol == protocol
            && e.block == block
            && matches!(e.kind, ExclusionKind::Administered { .. })
    };
    let kept = ExclusionKind::Administered { persistent: true };
    let comes_back =
        store == Store::Active && world.exclusions().iter().any(|e| same(e) && e.kind == kept);
    let found = world.exclusions().iter().chain(world.suspended()).any(same);
    world.retain_exclusions(|e| !same(e));
    if comes_back {
        world.suspend(Exclusion { protocol, block, kind: kept });
    } else if found {
        world.retain_suspended(|e| !same(e));
    } else if let Some((token, _)) = persistent::find(world, protocol, range) {
        end_reservation(world, token);
    }
}

pub(super) fn dynamic_set(world: &mut World, protocol: Protocol, range: PortRange, store: Store) {
    let Some(block) = range.block() else { return };
    let machine = world.machine();
    let stored = machine.stored.unwrap_or(machine.dynamic);
    let (mut now, mut later) = (machine.dynamic, stored);
    now[protocol.index()] = block;
    if store == Store::Persistent {
        later[protocol.index()] = block;
    }
    let stored = (later != now).then_some(later);
    world.put_machine(Machine { dynamic: now, stored, ..machine.clone() });
}
