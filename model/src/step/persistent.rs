//! # Calls
//! `CreatePersistentTcpPortReservation`, `DeletePersistent…`, `LookupPersistent…` and their UDP twins.
//! # Errors
//! ERROR_ACCESS_DENIED without privilege (create, delete); ERROR_INVALID_PARAMETER for start or count 0 (all three), and for a
//! block past the last port (create); ERROR_SHARING_VIOLATION for a block in use or reserved (create); ERROR_NOT_FOUND where no
//! reservation has exactly this block (delete, lookup).
//! # Open
//! Create over runtime reservations, exclusions, system blocks; delete while in use, and of exclusions; privilege for look-up; a NULL
//! token; the last port.
//! # Assumed
//! Nothing else.
//! # Not modelled
//! Pointers that lead nowhere.

use crate::error::Error;
use crate::id::{ProcessId, Token};
use crate::permitted::{About, Code, Guard, Permitted, Refusal, Set};
use crate::port::{PortBlock, PortRange, Protocol};
use crate::question::Question;
use crate::reply::Reply;
use crate::rule::Rule;
use crate::step::held::{ENDED_BLOCKS, ENDED_FREES, Holds, holds, is_being_taken, may_be_taken};
use crate::step::{end_reservation, privilege, put_granted};
use crate::world::{Exclusion, ExclusionKind, Kind, Reservation, World};

pub(super) fn create(
    world: &World,
    by: ProcessId,
    protocol: Protocol,
    range: PortRange,
    null: bool,
    all: &mut Permitted,
) {
    let denied = Code::Is(Error::AccessDenied);
    privilege::administrator(world, by, Rule::CreateNeedsPrivilege, denied, Guard::ALWAYS, all);
    all.ask_if(null, Rule::CreateRejectsNull, Question::NullToken);
    all.must_if(
        range.start == 0 || range.count == 0,
        Rule::CreateRejectsZero,
        Error::InvalidParameter,
    );
    all.must_if(range.runs_past_the_end(), Rule::CreateRejectsPastEnd, Error::InvalidParameter);
    let Some(block) = range.block() else { return };
    if block.last() == 65_535 {
        let short = Guard::when(const { Question::LastPort.only(&["no"]) });
        all.must_when(short, Rule::CreateRejectsPastEnd, Error::InvalidParameter);
    }
    create_conflicts(world, protocol, block, all);
    all.otherwise(Rule::CreateStores, Set::NewToken);
}

fn create_conflicts(world: &World, protocol: Protocol, block: PortBlock, all: &mut Permitted) {
    let violation = Code::Is(Error::SharingViolation);
    let mut refuse = |when, rule, code, about| all.must(Refusal { rule, when, code, about });
    for (token, reservation) in world.reservations_in(protocol, block) {
        let (rule, code) = match reservation.kind {
            Kind::Persistent { .. } => (Rule::CreateMeetsPersistent, violation),
            Kind::Runtime { .. } => {
                (Rule::CreateMeetsRuntime, Code::Asks(Question::CreateOverRuntime))
            }
        };
        let when = if reservation.ended { Guard::when(ENDED_BLOCKS) } else { Guard::ALWAYS };
        refuse(when, rule, code, About::Reservation(token));
    }
    for exclusion in world.exclusions_in(protocol, block) {
        let (rule, question) = match exclusion.kind {
            ExclusionKind::Administered { .. } => {
                (Rule::CreateMeetsExclusion, Question::CreateOverExclusion)
            }
            ExclusionKind::System(_) => {
                (Rule::CreateMeetsSystemBlock, Question::CreateOverSystemBlock)
            }
        };
        refuse(Guard::ALWAYS, rule, Code::Asks(question), About::Exclusion(exclusion.block));
    }
    match holds(world, protocol, block) {
        Holds::Socket(port) => {
            refuse(Guard::ALWAYS, Rule::CreateMeetsSocket, violation, About::Port(port));
        }
        Holds::Connection(port) => {
            let code = Code::Asks(Question::CreateOverAccepted);
            refuse(Guard::ALWAYS, Rule::CreateMeetsAccepted, code, About::Connection(port));
        }
        Holds::Nothing => {}
    }
    if let Some(when) = may_be_taken(world, protocol, block, None, Guard::ALWAYS) {
        all.may_when(when, Rule::CreateMeetsPending, Code::Is(Error::SharingViolation));
    }
    if is_being_taken(world, protocol, block, None) {
        let code = Code::Asks(Question::CreateOverRuntime);
        all.may_when(Guard::ALWAYS, Rule::CreateMeetsPending, code);
    }
    let outsiders = world.machine().open || world.machine().unlisted_exclusions;
    all.may_if(outsiders, Rule::CreateMeetsOutsider, Error::SharingViolation);
    if world.may_have_unseen_blocks() {
        let taken = Code::Asks(Question::CreateOverSystemBlock);
        all.may_when(Guard::ALWAYS, Rule::CreateMeetsSystemBlock, taken);
    }
}

const ENDED: Guard = Guard::when(ENDED_FREES);

pub(super) fn delete(
    world: &World,
    by: ProcessId,
    protocol: Protocol,
    range: PortRange,
    all: &mut Permitted,
) {
    let denied = Code::Is(Error::AccessDenied);
    privilege::administrator(world, by, Rule::DeleteNeedsPrivilege, denied, Guard::ALWAYS, all);
    if range.start == 0 || range.count == 0 {
        all.must_if(true, Rule::DeleteRejectsZero, Error::InvalidParameter);
        return;
    }
    let Some((token, reservation)) = find(world, protocol, range) else {
        if is_excluded(world, protocol, range) {
            all.ask_if(true, Rule::DeleteOfExclusion, Question::DeleteOfExclusion);
            all.otherwise(Rule::DeleteRemoves, Set::Ok);
        } else {
            all.must_if(true, Rule::DeleteFindsNothing, Error::NotFound);
        }
        return;
    };
    if reservation.users > 0 {
        let (rule, code) = (Rule::DeleteMeetsUser, Code::Asks(Question::DeleteInUse));
        all.must(Refusal { rule, when: Guard::ALWAYS, code, about: About::Reservation(token) });
    }
    all.otherwise(Rule::DeleteRemoves, Set::Ok);
}

pub(super) fn lookup(
    world: &World,
    by: ProcessId,
    protocol: Protocol,
    range: PortRange,
    null: bool,
    all: &mut Permitted,
) {
    all.ask_if(null, Rule::LookupRejectsNull, Question::NullToken);
    let code = Code::Asks(Question::LookupPrivilege);
    privilege::administrator(world, by, Rule::LookupNeedsPrivilege, code, Guard::ALWAYS, all);
    if range.start == 0 || range.count == 0 {
        all.must_if(true, Rule::LookupRejectsZero, Error::InvalidParameter);
        return;
    }
    let Some((token, reservation)) = find(world, protocol, range) else {
        if is_excluded(world, protocol, range) {
            all.ask_if(true, Rule::LookupOfExclusion, Question::LookupOfExclusion);
            all.otherwise(Rule::LookupFinds, Set::NewToken);
        } else if let Some(token) = find_ended(world, protocol, range) {
            // deleted, but still used
            all.must_when(ENDED, Rule::LookupFindsNothing, Error::NotFound);
            all.may_if(true, Rule::LookupFindsNothing, Error::NotFound);
            all.otherwise(Rule::LookupFinds, Set::Token(token));
        } else {
            all.must_if(true, Rule::LookupFindsNothing, Error::NotFound);
        }
        return;
    };
    all.otherwise(Rule::LookupFinds, Set::Token(token));
    if let Kind::Persistent { token_known: false } = reservation.kind {
        all.otherwise(Rule::LookupFinds, Set::NewToken);
    }
}

/// The persistent reservation that was created with exactly this start and count (PERSIST-22, PERSIST-27).
pub(super) fn find(
    world: &World,
    protocol: Protocol,
    range: PortRange,
) -> Option<(Token, &Reservation)> {
    let block = range.block()?;
    let exact = |r: &Reservation| {
        matches!(r.kind, Kind::Persistent { .. }) && !r.ended && r.block == Some(block)
    };
    world.reservations_in(protocol, block).find(|(_, r)| exact(r))
}

/// A persistent reservation of exactly this block that has been deleted and is still used.
fn find_ended(world: &World, protocol: Protocol, range: PortRange) -> Option<Token> {
    let block = range.block()?;
    let ended = |r: &Reservation| {
        matches!(r.kind, Kind::Persistent { .. }) && r.ended && r.block == Some(block)
    };
    world.reservations_in(protocol, block).find(|(_, r)| ended(r)).map(|(token, _)| token)
}

/// Whether netsh has excluded exactly this block for good: perhaps the same thing (MISS-F).
fn is_excluded(world: &World, protocol: Protocol, range: PortRange) -> bool {
    let kind = ExclusionKind::Administered { persistent: true };
    let same = |e: &Exclusion| e.protocol == protocol && e.block.range() == range && e.kind == kind;
    world.exclusions().iter().any(same)
}

pub(super) fn created(world: &mut World, protocol: Protocol, range: PortRange, reply: &Reply) {
    let Reply::Token(token) = *reply else { return };
    let Some(block) = range.block() else { return };
    put_granted(
        world,
        token,
        Reservation { protocol, block: Some(block), kind: KNOWN, ended: false, users: 0 },
    );
}

const KNOWN: Kind = Kind::Persistent { token_known: true };

pub(super) fn deleted(world: &mut World, protocol: Protocol, range: PortRange) {
    if let Some((token, _)) = find(world, protocol, range) {
        end_reservation(world, token);
        return;
    }
    remove_exclusion(world, protocol, range);
}

fn remove_exclusion(world: &mut World, protocol: Protocol, range: PortRange) {
    if is_excluded(world, protocol, range) {
        let kind = ExclusionKind::Administered { persistent: true };
        world.retain_exclusions(|e| {
            !(e.protocol == protocol && e.block.range() == range && e.kind == kind)
        });
    }
}

/// The token seen is the current one from now on.
pub(super) fn looked_up(world: &mut World, protocol: Protocol, range: PortRange, reply: &Reply) {
    let Reply::Token(current) = *reply else { return };
    let Some((token, reservation)) = find(world, protocol, range).map(|(t, r)| (t, *r)) else {
        if find_ended(world, protocol, range) != Some(current) {
            // an exclusion that has a token is a reservation (MISS-F)
            remove_exclusion(world, protocol, range);
            created(world, protocol, range, reply);
        }
        return;
    };
    if token != current {
        end_reservation(world, token);
    }
    put_granted(world, current, Reservation { kind: KNOWN, users: 0, ..reservation });
}
