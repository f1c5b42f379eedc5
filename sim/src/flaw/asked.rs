//! What the machine is asked in the place of a call.

use portres_model::{
    AccessToken, Account, Call, ExclusionKind, Kind, PortRange, ProcessId, Protocol, Reservation,
    Token, World,
};

use super::Flaw;

/// A call, by whom, and whether as somebody elevated.
pub(super) struct Asked {
    pub(super) by: ProcessId,
    pub(super) call: Call,
    pub(super) elevated: bool,
}

/// What the flaw makes of a call.
pub(super) fn asked(flaw: Flaw, world: &World, by: ProcessId, call: &Call) -> Asked {
    let mut asked = Asked { by, call: *call, elevated: is_served(flaw, world, by, call) };
    match (flaw, &mut asked.call) {
        (Flaw::StartPortByteOrder, Call::Acquire { range, .. }) => {
            range.start = range.start.swap_bytes();
        }
        (Flaw::StoredOnePortShort, Call::Create { range, .. }) if range.count > 1 => {
            range.count -= 1;
        }
        (Flaw::DeleteOfOtherProtocol, Call::Delete { protocol, range })
        | (Flaw::LookupOfOtherProtocol, Call::Lookup { protocol, range, .. })
            if is_stored_for_other(world, *protocol, *range) =>
        {
            *protocol = protocol.other();
        }
        (Flaw::DeleteByStart, Call::Delete { protocol, range })
        | (Flaw::LookupByStart, Call::Lookup { protocol, range, .. }) => {
            *range = stored_at(world, *protocol, *range);
        }
        (Flaw::ExclusionDeletedByStart, Call::DeleteExcluded { protocol, range, .. }) => {
            *range = excluded_at(world, *protocol, *range);
        }
        (Flaw::DynamicCutAtEnd, Call::SetDynamic { range, .. }) if range.runs_past_the_end() => {
            range.count = (u16::MAX - range.start).saturating_add(1);
        }
        (Flaw::TokenOfFirstBlock, Call::Associate { token, .. }) => {
            *token = first_of_process(world, by, *token).unwrap_or(*token);
        }
        (Flaw::ReleaseByAnybody, Call::Release { socket, token, .. }) => {
            let kind = world.reservation(*token).filter(|r| !r.ended).map(|r| r.kind);
            if let Some(Kind::Runtime { process, socket: owner, .. }) = kind {
                (asked.by, *socket) = (process, owner);
            }
        }
        _ => {}
    }
    asked
}

/// Whether the call is served as if the caller were elevated.
fn is_served(flaw: Flaw, world: &World, by: ProcessId, call: &Call) -> bool {
    match flaw {
        Flaw::ElevationNotChecked => matches!(call, Call::Create { .. }),
        Flaw::FilteredTokenServed => {
            let credentials = world.credentials(by).unwrap_or_default();
            let filtered = credentials.account == Account::Administrator
                && credentials.token == AccessToken::Filtered;
            filtered && matches!(call, Call::Create { .. })
        }
        Flaw::DeleteServesEverybody => matches!(call, Call::Delete { .. }),
        Flaw::NetshServesEverybody => matches!(
            call,
            Call::AddExcluded { .. } | Call::DeleteExcluded { .. } | Call::SetDynamic { .. }
        ),
        _ => false,
    }
}

/// The persistent reservations of a protocol.
fn stored(world: &World, protocol: Protocol) -> impl Iterator<Item = &Reservation> {
    let of = move |r: &&Reservation| r.protocol == protocol && !r.ended;
    let persistent = |r: &&Reservation| matches!(r.kind, Kind::Persistent { .. });
    world.reservations().map(|(_, r)| r).filter(of).filter(persistent)
}

fn is_stored(world: &World, protocol: Protocol, range: PortRange) -> bool {
    stored(world, protocol).any(|r| r.block == range.block() && r.block.is_some())
}

/// Whether the other protocol has exactly this block, and this one does not.
fn is_stored_for_other(world: &World, protocol: Protocol, range: PortRange) -> bool {
    !is_stored(world, protocol, range) && is_stored(world, protocol.other(), range)
}

/// The block of a persistent reservation with the same first port, or else the range.
fn stored_at(world: &World, protocol: Protocol, range: PortRange) -> PortRange {
    let blocks = || stored(world, protocol).filter_map(|r| r.block).map(|b| b.range());
    let exact = blocks().find(|b| *b == range);
    exact.or_else(|| blocks().find(|b| b.start == range.start)).unwrap_or(range)
}

/// The same of administered exclusions.
fn excluded_at(world: &World, protocol: Protocol, range: PortRange) -> PortRange {
    let administered = world
        .exclusions()
        .iter()
        .filter(|e| e.protocol == protocol && matches!(e.kind, ExclusionKind::Administered { .. }));
    let blocks = || administered.clone().map(|e| e.block.range());
    let exact = blocks().find(|b| *b == range);
    exact.or_else(|| blocks().find(|b| b.start == range.start)).unwrap_or(range)
}

/// The first reservation of the process that acquired this one too.
fn first_of_process(world: &World, by: ProcessId, token: Token) -> Option<Token> {
    let asked = world.reservation(token)?;
    let first = world.reservations().find(|(_, r)| {
        let own = matches!(r.kind, Kind::Runtime { process, .. } if process == by);
        own && r.protocol == asked.protocol && !r.ended
    });
    first.map(|(token, _)| token)
}
