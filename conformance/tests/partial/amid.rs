//! Calls that overlap: the same trace, with each call going on for longer than it took.

use std::collections::BTreeSet;

use portres::trace::{Event, Part};
use portres_model::Who;

use portres::generate::Draw;

/// The most calls that go on at the same time.
const MOST: usize = 4;

/// The trace with a few calls at a time begun together and returned in some order. What the machine does by itself is told
/// where it happened: amid them.
pub(crate) fn overlapping(events: &[Event], draw: &mut Draw) -> Vec<Event> {
    let (mut out, mut number) = (Vec::new(), 0);
    let mut rest = events;
    let mut there = BTreeSet::new();
    while !rest.is_empty() {
        let many = 1 + draw.below(MOST);
        // a process that nothing declares is there from when its first call begins: no call before overlaps that
        let is_first = |event: &Event| there.insert(event.who.process);
        let first = rest.iter().take(many).map(is_first).skip(1).position(|first| first);
        let (together, later) = rest.split_at(first.map_or(many.min(rest.len()), |at| at + 1));
        rest = later;
        let (mut told, mut returns) = (Vec::new(), Vec::new());
        for (thread, event) in (1..).zip(together) {
            let Part::Whole { call, names, reply } = event.part else { continue };
            if call.is_of_machine() {
                told.push(event.clone());
                continue;
            }
            number += 1;
            let who = Who { thread, ..event.who };
            let names = names.or(reply.names());
            out.push(Event { who, part: Part::Begin { number, call, names }, ..event.clone() });
            let part = Part::End { number, reply };
            returns.insert(draw.below(returns.len() + 1), Event { who, part, ..event.clone() });
        }
        out.extend(told.into_iter().chain(returns));
    }
    out
}
