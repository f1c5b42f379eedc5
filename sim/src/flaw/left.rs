//! What a call leaves behind.

use portres_model::{
    Call, Exclusion, ExclusionKind, Kind, Owner, PortBlock, ProcessId, Protocol, Reservation,
    SocketOption, Store, World,
};

use super::Flaw;

/// What the machine does besides, after a call that succeeded.
pub(super) fn calls(
    flaw: Flaw,
    before: &World,
    by: ProcessId,
    call: &Call,
) -> Vec<(ProcessId, Call)> {
    match (flaw, *call) {
        (Flaw::AssociationBinds, Call::Associate { socket, token, .. }) => {
            let block = before.reservation(token).and_then(|r| r.block);
            let family = before.socket_of(by, socket).map(|(_, s)| s.family);
            let (Some(block), Some(family)) = (block, family) else { return Vec::new() };
            let loopback: std::net::IpAddr = match family {
                portres_model::Family::V4 => std::net::Ipv4Addr::LOCALHOST.into(),
                portres_model::Family::V6 => std::net::Ipv6Addr::LOCALHOST.into(),
            };
            vec![(by, Call::bind(socket, (loopback, block.first()).into()))]
        }
        (Flaw::CloseOfOneClosesAll, Call::CloseSocket { socket }) => {
            let Some(slot) = before.slot_of(by, socket) else { return Vec::new() };
            let further = before.duplicates().iter().filter(|d| d.of == slot);
            let own = before.socket(slot).map(|s| (s.process, slot));
            let all = further.map(|d| (d.process, d.id)).chain(own);
            all.filter(|descriptor| *descriptor != (by, socket))
                .map(|(process, socket)| (process, Call::CloseSocket { socket }))
                .collect()
        }
        (Flaw::CleanupIsFinal, Call::Cleanup) => {
            let startups = before.process(by).map_or(0, |p| p.startups);
            vec![(by, Call::Cleanup); startups.saturating_sub(1) as usize]
        }
        _ => Vec::new(),
    }
}

/// How the state differs from what the call should have left.
pub(super) fn change(flaw: Flaw, before: &World, world: &mut World, by: ProcessId, call: &Call) {
    if is_forgotten(flaw, call) {
        world.restore(before);
        return;
    }
    match (flaw, *call) {
        (Flaw::CloseLeaksReservation, Call::CloseSocket { .. })
        | (Flaw::ExitLeaksReservations, Call::Exit)
        | (Flaw::RestartKeepsRuntime, Call::Restart) => leak_reservations(before, world),
        (Flaw::RestartLosesPersistent, Call::Restart) => {
            let tokens: Vec<_> = world.reservations().map(|(token, _)| token).collect();
            tokens.into_iter().for_each(|token| world.put_reservation(token, None));
        }
        (Flaw::RestartKeepsActive, Call::Restart) => {
            let active = ExclusionKind::Administered { persistent: false };
            let kept = before.exclusions().iter().filter(|e| e.kind == active);
            kept.for_each(|e| world.exclude(*e));
        }
        (
            Flaw::ReuseForgotten,
            Call::SetSockOpt { socket, option: SocketOption::ReuseAddr, .. },
        )
        | (
            Flaw::ExclusiveForgotten,
            Call::SetSockOpt { socket, option: SocketOption::ExclusiveAddrUse, .. },
        ) => {
            if let Some((slot, socket)) = before.socket_of(by, socket) {
                world.change_socket(slot, |s| s.options = socket.options);
            }
        }
        _ => {}
    }
}

/// Whether the call does nothing at all.
fn is_forgotten(flaw: Flaw, call: &Call) -> bool {
    match flaw {
        Flaw::CloseForgotten => matches!(call, Call::CloseSocket { .. }),
        Flaw::ExitForgotten => matches!(call, Call::Exit),
        Flaw::ReleaseForgotten => matches!(call, Call::Release { .. }),
        Flaw::AssociationForgotten => matches!(call, Call::Associate { .. }),
        Flaw::DeleteForgotten => matches!(call, Call::Delete { .. }),
        Flaw::CleanupForgotten => matches!(call, Call::Cleanup),
        Flaw::DynamicForgotten => {
            matches!(call, Call::SetDynamic { store: Store::Persistent | Store::Active, .. })
        }
        _ => false,
    }
}

/// The ports of runtime reservations that have ended stay out of use.
fn leak_reservations(before: &World, world: &mut World) {
    let runtime = |r: &Reservation| matches!(r.kind, Kind::Runtime { .. }) && !r.ended;
    let gone: Vec<(Protocol, PortBlock)> = before
        .reservations()
        .filter(|(token, r)| runtime(r) && world.reservation(*token).is_none_or(|r| r.ended))
        .filter_map(|(_, r)| Some((r.protocol, r.block?)))
        .collect();
    for (protocol, block) in gone {
        let kind = ExclusionKind::System(Owner::Unknown);
        world.exclude(Exclusion { protocol, block, kind });
    }
}
