//! Drawing questions.

use std::collections::BTreeMap;

use portres_model::{Call, PortRange, ProcessId, Rule, Who, World};

use super::chapter::Chapter;
use super::question::Question;
use super::{CHAPTERS, MOST_QUESTIONS, Paper};
use crate::explain::shown::{BYTES, Example, Shown};
use crate::generate::Draw;
use crate::trace::{Event, Header, Item, Part, Reader};

/// How often another question is tried before a paper stays shorter.
const ATTEMPTS: usize = 400;

/// The questions of a paper.
pub(super) fn questions(paper: &Paper) -> Vec<Question> {
    let about = |rule: Rule| match paper.chapter.and_then(Chapter::of) {
        Some(chapter) => chapter.is_about(rule),
        None => CHAPTERS.iter().any(|chapter| chapter.is_about(rule)),
    };
    let mut by_rule: BTreeMap<Rule, Vec<&Example>> = BTreeMap::new();
    for reached in Shown::by_fixtures().reached.iter().filter(|r| r.reply != BYTES) {
        if let Some(rule) = reached.rule.parse().ok().filter(|rule| about(*rule)) {
            by_rule.entry(rule).or_default().push(&reached.example);
        }
    }
    let mut pool: Vec<Vec<&Example>> = by_rule.into_values().collect();
    let mut draw = Draw::new(paper.seed);
    draw.shuffle(&mut pool);
    let mut questions: Vec<Question> = Vec::new();
    for place in 0..ATTEMPTS {
        if questions.len() == paper.count.min(MOST_QUESTIONS) || pool.is_empty() {
            break;
        }
        // each rule in its turn, so that a paper is about as many as it can be
        let of_rule = &pool[place % pool.len()];
        let example = of_rule[draw.below(of_rule.len())];
        let drawn =
            Question::of(questions.len() + 1, |question| asked(example, question, &mut draw));
        if let Some(new) = drawn.filter(|new| !questions.iter().any(|known| known.is_like(new))) {
            questions.push(new);
        }
    }
    questions
}

/// The machine before an example's last event, and its call, every other time changed a little.
fn asked(example: &Example, question: &mut Question, draw: &mut Draw) -> Option<()> {
    let text = example.text();
    let (mut header, mut events) = (Header::default(), Vec::<Event>::new());
    for item in Reader::new(text.as_bytes()) {
        match item.ok()? {
            Item::Header(read) => header = *read,
            Item::Event(event) => events.push(event),
            Item::Comment(_) => {}
        }
    }
    // the paper is about the documented profile
    if header.profile.is_some() || header.system.is_some() {
        return None;
    }
    let last = events.pop()?;
    let Part::Whole { call, names, reply } = last.part else { return None };
    // how arguments are passed is not what the chapters are about
    if call.to_string().contains('=') {
        return None;
    }
    question.begin(&header, &events)?;
    let names = reply.names().or(names);
    let (who, call) = match draw.below(2) {
        0 => (last.who, call),
        _ => changed(&question.world, last.who, call, draw),
    };
    question.ask(who, call, names)
}

/// The same call a little beside: at the edge of what is there, of the other protocol, or by another process.
fn changed(world: &World, who: Who, call: Call, draw: &mut Draw) -> (Who, Call) {
    let mut others: Vec<ProcessId> = world.processes().map(|(process, _)| process).collect();
    others.retain(|process| *process != who.process && who != Who::MACHINE);
    let owns = call.socket().is_some();
    if !owns && !others.is_empty() && draw.below(3) == 0 {
        return (Who::process(others[draw.below(others.len())]), call);
    }
    let edges = edges(world);
    let mut start = |range: PortRange| match edges.as_slice() {
        [] => PortRange { start: range.start.saturating_add(1), ..range },
        some => PortRange { start: some[draw.below(some.len())], ..range },
    };
    let other = match call {
        Call::Bind { socket, mut address, name } => {
            let port = address.port();
            address.set_port(start(PortRange { start: port, count: 1 }).start);
            Call::Bind { socket, address, name }
        }
        Call::Acquire { socket, range, frame } => {
            Call::Acquire { socket, range: start(range), frame }
        }
        Call::Create { protocol, range, null } => match range.start % 2 {
            0 => Call::Create { protocol: protocol.other(), range, null },
            _ => Call::Create { protocol, range: start(range), null },
        },
        Call::Lookup { protocol, range, null } => {
            Call::Lookup { protocol, range: start(range), null }
        }
        Call::Delete { protocol, range } => Call::Delete { protocol, range: start(range) },
        Call::AddExcluded { protocol, range, store } => {
            Call::AddExcluded { protocol, range: start(range), store }
        }
        Call::ShowExcluded { protocol, range } => {
            Call::ShowExcluded { protocol: protocol.other(), range }
        }
        other => other,
    };
    (who, other)
}

/// The ports at the edges of what is reserved, excluded and bound, and one that the machine is to choose.
fn edges(world: &World) -> Vec<u16> {
    let reserved = world.reservations().filter_map(|(_, r)| r.block);
    let excluded = world.exclusions().iter().map(|e| e.block);
    let blocks = reserved.chain(excluded);
    let of_blocks = blocks.flat_map(|b| {
        [b.first().saturating_sub(1), b.first(), b.last(), b.last().saturating_add(1)]
    });
    let bound = world.sockets().filter_map(|(_, s)| s.bound.map(|name| name.port()));
    let of_sockets = bound.flat_map(|port| [port, port.saturating_add(1)]);
    let mut ports: Vec<u16> = of_blocks.chain(of_sockets).collect();
    if !ports.is_empty() {
        ports.push(0);
    }
    ports.sort_unstable();
    ports.dedup();
    ports
}
