//! Simpler numbers: a block of one port, and ports that count from 5000.

use std::collections::BTreeSet;

use portres_model::{Call, PortBlock, PortRange, Reply};

use super::{Trace, Trial};
use crate::system::SystemError;
use crate::trace::{Alternatives, Event, Observed, Part};

/// The port that stands for any.
const ANY: u16 = 5000;

/// Tries simpler numbers, each in the place of another everywhere.
pub(super) fn simpler(trial: &mut Trial<'_>, left: &mut Trace) -> Result<bool, SystemError> {
    let mut changed = false;
    for then in seen(left, |range| range.count) {
        changed |= then > 1
            && put(trial, left, |r| {
                if r.count == then {
                    r.count = 1
                }
            })?;
    }
    let ports = seen(left, |range| range.start);
    let simple = |port: &u16| *port == 0 || (ANY..ANY + 100).contains(port);
    for then in ports.iter().copied().filter(|port| !simple(port)) {
        let now = seen(left, |range| range.start);
        let Some(free) = (ANY..ANY + 100).step_by(10).find(|port| !now.contains(port)) else {
            break;
        };
        changed |= put(trial, left, |r| {
            if r.start == then {
                r.start = free
            }
        })?;
    }
    Ok(changed)
}

/// Numbers of the trace's blocks and ports; a port alone is a block of no length.
fn seen(trace: &Trace, number: fn(&PortRange) -> u16) -> BTreeSet<u16> {
    let mut found = BTreeSet::new();
    // a copy is walked, which nothing changes
    let _ = changed(trace, &mut |range| {
        found.insert(number(range));
    });
    found
}

fn put(
    trial: &mut Trial<'_>,
    left: &mut Trace,
    mut each: impl FnMut(&mut PortRange),
) -> Result<bool, SystemError> {
    let Some(simpler) = changed(left, &mut each).filter(|simpler| simpler != left) else {
        return Ok(false);
    };
    let kept = trial.keeps(&simpler)?;
    // a system may choose the same again, whatever the trace says
    let Some(kept) = kept.filter(|kept| kept != left) else { return Ok(false) };
    *left = kept;
    Ok(true)
}

/// The trace with each of its blocks and ports changed; `None` where that is no trace.
fn changed(trace: &Trace, each: &mut dyn FnMut(&mut PortRange)) -> Option<Trace> {
    let mut trace = trace.clone();
    let header = &mut trace.header;
    for entry in &mut header.excluded {
        block(&mut entry.block, each)?;
    }
    for entry in &mut header.blocks {
        block(&mut entry.block, each)?;
    }
    for entry in &mut header.filtered {
        block(&mut entry.block, each)?;
    }
    for entry in &mut header.reserved {
        block(&mut entry.block, each)?;
    }
    trace.events.iter_mut().try_for_each(|event| of_event(event, each))?;
    Some(trace)
}

fn block(block: &mut PortBlock, each: &mut dyn FnMut(&mut PortRange)) -> Option<()> {
    let mut range = block.range();
    each(&mut range);
    *block = range.block()?;
    Some(())
}

fn port(port: u16, each: &mut dyn FnMut(&mut PortRange)) -> u16 {
    let mut range = PortRange { start: port, count: 0 };
    each(&mut range);
    range.start
}

fn of_event(event: &mut Event, each: &mut dyn FnMut(&mut PortRange)) -> Option<()> {
    match &mut event.part {
        Part::Whole { call, reply, .. } => {
            of_call(call, each)?;
            of_observed(reply, each)
        }
        Part::Begin { call, .. } => of_call(call, each),
        Part::End { reply, .. } => of_observed(reply, each),
    }
}

fn of_call(call: &mut Call, each: &mut dyn FnMut(&mut PortRange)) -> Option<()> {
    if let Some(address) = call.address_mut() {
        address.set_port(port(address.port(), each));
    }
    match call {
        Call::Acquire { range, .. }
        | Call::Create { range, .. }
        | Call::Delete { range, .. }
        | Call::Lookup { range, .. }
        | Call::AddExcluded { range, .. }
        | Call::DeleteExcluded { range, .. }
        | Call::ShowExcluded { range, .. } => each(range),
        Call::Appear { block: of, .. } | Call::Vanish { block: of, .. } => block(of, each)?,
        Call::Settle { port: of } => *of = port(*of, each),
        _ => {}
    }
    Some(())
}

fn of_observed(observed: &mut Observed, each: &mut dyn FnMut(&mut PortRange)) -> Option<()> {
    match observed {
        Observed::Exactly(reply) => of_reply(reply, each),
        Observed::OneOf(replies) => {
            let mut several: Vec<Reply> = replies.iter().copied().collect();
            several.iter_mut().for_each(|reply| of_reply(reply, each));
            *replies = Alternatives::new(&several).ok()?;
        }
        Observed::Unknown | Observed::Fails | Observed::Succeeds => {}
    }
    Some(())
}

fn of_reply(reply: &mut Reply, each: &mut dyn FnMut(&mut PortRange)) {
    match reply {
        Reply::Bound(of) => *of = port(*of, each),
        Reply::Name(address) => address.set_port(port(address.port(), each)),
        Reply::Reserved { block, .. } => each(block),
        _ => {}
    }
}
