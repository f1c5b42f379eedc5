//! How the machine boots: from its header, from what was kept, and with what happened before anybody connects.

use std::sync::Arc;

use portres_model::{Call, Protocol, Token};
use portres_sim::{Completes, Host, Pending, Pends};

use super::commit::Keeper;
use super::keep::{Keep, Kept};
use super::machine::Machine;
use super::recording::Recorder;
use super::{ServeError, Settings, Store, number, policy};
use crate::trace::{Header, HeaderDynamic, HeaderExcluded, HeaderReserved, Part};

/// Makes what was kept the persistent part of the header. The first time it is the other way round.
pub(super) fn persistent(
    header: &mut Header,
    (mut keep, kept): Store,
) -> Result<Box<dyn Keep>, ServeError> {
    if kept.boots == 0 {
        let changes = Kept::default().changes_to(&Kept::of(&header.world()));
        keep.commit(&changes).map_err(|e| ServeError(e.to_string()))?;
        return Ok(keep);
    }
    header.excluded.retain(|e| !e.persistent);
    let excluded = kept.exclusions.iter().map(|&(protocol, block)| HeaderExcluded {
        protocol,
        block,
        persistent: true,
    });
    header.excluded.extend(excluded);
    let reserved = kept.reservations.iter().zip(1..);
    header.reserved = reserved
        .map(|(&(protocol, block), token)| HeaderReserved { token: Token(token), protocol, block })
        .collect();
    for (protocol, block) in [Protocol::Tcp, Protocol::Udp].into_iter().zip(kept.dynamic) {
        if let Some(block) = block {
            header.dynamic.retain(|d| d.protocol != protocol);
            header.dynamic.push(HeaderDynamic { protocol, block });
        }
    }
    Ok(keep)
}

/// The machine as it has booted.
pub(super) fn machine(
    settings: &Settings,
    boots: u64,
    keeper: Option<Arc<Keeper>>,
    recorder: Option<Arc<Recorder>>,
) -> Result<Machine, ServeError> {
    let seed = settings.seed;
    let host = Host::new(settings.header.world(), &settings.profile, policy(seed), seed);
    let pends = match settings.pending {
        0 => Pends::Never,
        100.. => Pends::Always,
        percent => Pends::Seeded { percent },
    };
    host.set_pending(Pending { pends, completes: Completes::ByHand });
    let nonce = number::mixed(seed) ^ number::mixed(boots.wrapping_add(1));
    let machine = Machine::new(host, nonce, settings.limits, settings.completes, keeper, recorder);
    let mut state = machine.lock();
    for event in &settings.events {
        let Part::Whole { call, reply, .. } = event.part else { continue };
        let (answered, _) = machine.step(&mut state, event.who, &call);
        let granted = matches!(call, Call::Startup(_));
        if !granted && !reply.admits(&answered) {
            let (who, place) = (event.who, event.note.clone().unwrap_or_default());
            return Err(ServeError(format!("{place}: {who}: {call}: {answered}")));
        }
    }
    drop(state);
    Ok(machine)
}
