//! Which shorter traces are tried, and in which order: delta debugging, then single calls, the header, and numbers.

use std::collections::BTreeSet;

use super::unit::{units, without, without_dependents};
use super::{Trace, Trial, numbers};
use crate::system::SystemError;
use crate::trace::Header;

/// Up to how many calls pairs are tried, too.
const FEW: usize = 16;

/// The least that keeps the reason, which is that of this event.
pub(super) fn reduce(trial: &mut Trial<'_>, trace: Trace, at: u64) -> Result<Trace, SystemError> {
    let mut left = cut_behind(trial, trace, at)?;
    header(trial, &mut left)?;
    halves(trial, &mut left)?;
    loop {
        let mut changed = singles(trial, &mut left)?;
        changed |= pairs(trial, &mut left)?;
        changed |= header(trial, &mut left)?;
        changed |= numbers::simpler(trial, &mut left)?;
        if !changed {
            return Ok(left);
        }
    }
}

fn count(trace: &Trace) -> usize {
    units(&trace.events).iter().max().map_or(0, |last| last + 1)
}

/// Nothing that begins behind the divergence is its cause.
fn cut_behind(trial: &mut Trial<'_>, trace: Trace, at: u64) -> Result<Trace, SystemError> {
    let units = units(&trace.events);
    let at = usize::try_from(at).unwrap_or(usize::MAX).min(units.len());
    let earlier: BTreeSet<usize> = units[..at].iter().copied().collect();
    let behind = units.iter().copied().filter(|unit| !earlier.contains(unit)).collect();
    let events = without(&trace.events, &behind);
    let cut = Trace { events, ..trace.clone() };
    Ok(trial.keeps(&cut)?.unwrap_or(trace))
}

/// Tries to do without these calls: with what depends on them first, then as they stand.
fn remove(
    trial: &mut Trial<'_>,
    left: &mut Trace,
    gone: &BTreeSet<usize>,
) -> Result<bool, SystemError> {
    let alone = without(&left.events, gone);
    let more = without_dependents(&left.events, gone);
    let is_more = more.len() < alone.len() && !more.is_empty();
    let tried = is_more.then_some(more).into_iter().chain(Some(alone));
    for events in tried {
        let shorter = Trace { header: left.header.clone(), events };
        if let Some(kept) = trial.keeps(&shorter)? {
            *left = kept;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Delta debugging: large parts first, smaller ones where none can go.
fn halves(trial: &mut Trial<'_>, left: &mut Trace) -> Result<(), SystemError> {
    let mut parts = 2;
    loop {
        let all = count(left);
        if all < 2 {
            return Ok(());
        }
        let size = all.div_ceil(parts);
        let mut went = false;
        for from in (0..all).step_by(size) {
            let gone = (from..all.min(from + size)).collect();
            if remove(trial, left, &gone)? {
                went = true;
                break;
            }
        }
        match went {
            true => parts = (parts - 1).max(2),
            false if size == 1 => return Ok(()),
            false => parts = (parts * 2).min(all),
        }
    }
}

/// Single calls, the last first, until none can go.
fn singles(trial: &mut Trial<'_>, left: &mut Trace) -> Result<bool, SystemError> {
    let (mut changed, mut at) = (false, count(left));
    while at > 0 {
        at -= 1;
        if remove(trial, left, &BTreeSet::from([at]))? {
            changed = true;
            at = count(left);
        }
    }
    Ok(changed)
}

/// Two calls that go together, as one that opens and one that closes.
fn pairs(trial: &mut Trial<'_>, left: &mut Trace) -> Result<bool, SystemError> {
    let all = count(left);
    if all > FEW {
        return Ok(false);
    }
    for first in 0..all {
        for second in first + 1..all {
            if remove(trial, left, &BTreeSet::from([first, second]))? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// One entry of the header's lists after another.
fn header(trial: &mut Trial<'_>, left: &mut Trace) -> Result<bool, SystemError> {
    let mut changed = false;
    for list in LISTS {
        let mut at = 0;
        loop {
            let mut shorter = left.clone();
            if !list(&mut shorter.header, at) {
                break;
            }
            match trial.keeps(&shorter)? {
                Some(kept) => {
                    *left = kept;
                    changed = true;
                }
                None => at += 1,
            }
        }
    }
    Ok(changed)
}

/// Takes the entry at a place out of one of the lists, if there is one.
type TakeOut = fn(&mut Header, usize) -> bool;

const LISTS: [TakeOut; 7] = [
    |header, at| take(&mut header.excluded, at),
    |header, at| take(&mut header.blocks, at),
    |header, at| take(&mut header.filtered, at),
    |header, at| take(&mut header.reserved, at),
    |header, at| take(&mut header.dynamic, at),
    |header, at| take(&mut header.addresses, at),
    |header, at| take(&mut header.processes, at),
];

fn take<T>(list: &mut Vec<T>, at: usize) -> bool {
    let is_there = at < list.len();
    if is_there {
        list.remove(at);
    }
    is_there
}
