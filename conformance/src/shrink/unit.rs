//! What is removed together: a call, with its return where that stands apart.

use std::collections::{BTreeMap, BTreeSet};

use portres_model::{Call, Names, ProcessId, RequestId};

use crate::trace::{Event, Part};

/// How many calls there are.
#[must_use]
pub fn calls(events: &[Event]) -> usize {
    events.iter().filter(|event| !matches!(event.part, Part::End { .. })).count()
}

/// Which unit each event belongs to, counted from 0 in the order in which they begin.
pub(super) fn units(events: &[Event]) -> Vec<usize> {
    let (mut begun, mut next) = (BTreeMap::new(), 0);
    let mut fresh = || {
        next += 1;
        next - 1
    };
    let unit = |event: &Event| match event.part {
        Part::Whole { .. } => fresh(),
        Part::Begin { number, .. } => {
            let unit = fresh();
            begun.insert(number, unit);
            unit
        }
        Part::End { number, .. } => begun.get(&number).copied().unwrap_or_else(&mut fresh),
    };
    events.iter().map(unit).collect()
}

/// What a call may give a name to and others use.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    Named(Names),
    Request(RequestId),
    Process(ProcessId),
}

/// The events without these units, and without what depends on names that only they give.
pub(super) fn without_dependents(events: &[Event], gone: &BTreeSet<usize>) -> Vec<Event> {
    let units = units(events);
    let mut gone = gone.clone();
    loop {
        let (mut given, mut lost) = (BTreeSet::new(), BTreeSet::new());
        for (event, unit) in events.iter().zip(&units) {
            let to = if gone.contains(unit) { &mut lost } else { &mut given };
            to.extend(gives(event));
        }
        let before = gone.len();
        for (event, unit) in events.iter().zip(&units) {
            if uses(event).iter().any(|thing| lost.contains(thing) && !given.contains(thing)) {
                gone.insert(*unit);
            }
        }
        if gone.len() == before {
            return without(events, &gone);
        }
    }
}

/// The events without these units.
pub(super) fn without(events: &[Event], gone: &BTreeSet<usize>) -> Vec<Event> {
    let kept = events.iter().zip(units(events)).filter(|(_, unit)| !gone.contains(unit));
    kept.map(|(event, _)| event.clone()).collect()
}

fn gives(event: &Event) -> Vec<Thing> {
    let (call, names) = match event.part {
        Part::Whole { call, names, reply } => (Some(call), reply.names().or(names)),
        Part::Begin { call, names, .. } => (Some(call), names),
        Part::End { reply, .. } => (None, reply.names()),
    };
    let request = call.and_then(|call| call.introduces());
    let process = call.and_then(|call| match call {
        Call::Start { process, .. } => Some(process),
        _ => None,
    });
    let things =
        [names.map(Thing::Named), request.map(Thing::Request), process.map(Thing::Process)];
    things.into_iter().flatten().collect()
}

fn uses(event: &Event) -> Vec<Thing> {
    let (Part::Whole { call, .. } | Part::Begin { call, .. }) = event.part else {
        return Vec::new();
    };
    let socket = call.socket().map(|socket| Thing::Named(Names::Socket(socket)));
    let token = call.token().map(|token| Thing::Named(Names::Token(token)));
    let request = call.request().map(Thing::Request);
    let things = [socket, token, request, Some(Thing::Process(event.who.process))];
    things.into_iter().flatten().collect()
}
