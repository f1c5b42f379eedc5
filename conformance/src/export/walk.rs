//! What a program does: the calls of a trace that one process with one thread can make.

use std::collections::BTreeSet;

use portres_model::{Call, Names, ProcessId, Reply, SocketId, Startup, Token};

use super::LeftOut;
use super::step::{self, Expression};
use crate::trace::{Event, Header, Observed, Part};

/// A program, in no language yet.
pub(super) struct Walked {
    /// What it does, in order.
    pub(super) lines: Vec<Line>,
    /// The sockets that it names.
    pub(super) sockets: BTreeSet<SocketId>,
    /// The tokens that it names.
    pub(super) tokens: BTreeSet<Token>,
}

pub(super) enum Line {
    /// A call that stands in no trace.
    Unseen(Expression),
    /// A call, in text and as it is made, and what the program prints if it is answered as the trace says.
    Step { call: String, recorded: String, expression: Expression },
    /// A call that is not made.
    NotMade(LeftOut),
}

impl Walked {
    pub(super) fn calls(&self) -> usize {
        self.lines.iter().filter(|line| matches!(line, Line::Step { .. })).count()
    }

    pub(super) fn left_out(&self) -> Vec<LeftOut> {
        let left_out = |line: &Line| match line {
            Line::NotMade(left_out) => Some(left_out.clone()),
            Line::Unseen(_) | Line::Step { .. } => None,
        };
        self.lines.iter().filter_map(left_out).collect()
    }
}

/// What the program of a trace does.
pub(super) fn walk(header: &Header, events: &[Event]) -> Walked {
    let process = events.iter().map(|event| event.who.process).find(|p| *p != ProcessId::MACHINE);
    let mut walked =
        Walked { lines: Vec::new(), sockets: BTreeSet::new(), tokens: BTreeSet::new() };
    let declared = header.processes.iter().any(|declared| Some(declared.process) == process);
    if !declared {
        // a process that nothing declares has started Winsock
        walked.lines.push(Line::Unseen(step::start(Startup::CURRENT)));
    }
    for reserved in &header.reserved {
        // the trace has its token already
        let (protocol, range) = (reserved.protocol, reserved.block.range());
        let lookup = Call::Lookup { protocol, range, null: false };
        let names = Some(Names::Token(reserved.token));
        walked.names(&lookup, names);
        walked.lines.extend(step::expression(&lookup, names).ok().map(Line::Unseen));
    }
    for event in events {
        let (call, names, reply) = match event.part {
            Part::Whole { call, names, reply } => (call, reply.names().or(names), reply),
            Part::Begin { number, call, names } => {
                let reply = returned(events, number);
                (call, reply.names().or(names), reply)
            }
            Part::End { .. } => continue,
        };
        let text = format!("{}: {}", event.who, spelled(&call, names));
        let why = not_alone(event, process, &call);
        let line = match why.map_or_else(|| step::expression(&call, names), Err) {
            Ok(expression) => {
                walked.names(&call, names);
                Line::Step { call: text, recorded: recorded(&call, &reply), expression }
            }
            Err(why) => Line::NotMade(LeftOut { line: event.line, call: text, why }),
        };
        walked.lines.push(line);
    }
    walked
}

impl Walked {
    fn names(&mut self, call: &Call, names: Option<Names>) {
        self.sockets.extend(call.socket().filter(|s| *s != SocketId::INVALID));
        self.tokens.extend(call.token().filter(|t| *t != Token::ZERO));
        match names {
            Some(Names::Socket(socket)) => drop(self.sockets.insert(socket)),
            Some(Names::Token(token)) => drop(self.tokens.insert(token)),
            None => {}
        }
    }
}

/// The call with the name of what it gives.
fn spelled(call: &Call, names: Option<Names>) -> String {
    match names {
        Some(Names::Socket(socket)) => format!("{socket} = {call}"),
        Some(Names::Token(token)) => format!("{token} = {call}"),
        None => call.to_string(),
    }
}

fn returned(events: &[Event], begun: u32) -> Observed {
    let reply = events.iter().find_map(|event| match event.part {
        Part::End { number, reply } if number == begun => Some(reply),
        _ => None,
    });
    reply.unwrap_or_default()
}

/// Why one process with one thread cannot make the call.
fn not_alone(event: &Event, process: Option<ProcessId>, call: &Call) -> Option<&'static str> {
    match () {
        () if call.is_of_machine() => Some("the machine does it"),
        () if Some(event.who.process) != process => Some("another process makes it"),
        () if event.who.thread != 1 => Some("another thread makes it"),
        () if matches!(event.part, Part::Begin { .. }) => Some("it overlaps others"),
        () => None,
    }
}

/// What the program prints if it is answered as the trace says.
fn recorded(call: &Call, reply: &Observed) -> String {
    match reply {
        Observed::Unknown => String::new(),
        Observed::Fails => "error *".into(),
        Observed::Succeeds => "*".into(),
        Observed::Exactly(_) | Observed::OneOf(_) => {
            reply.named().map(|reply| one(call, reply)).collect::<Vec<_>>().join("|")
        }
    }
}

fn one(call: &Call, reply: &Reply) -> String {
    match reply {
        Reply::Failed(error) => format!("error {}", error.number()),
        Reply::Bound(port) => port.to_string(),
        Reply::Name(address) => address.to_string(),
        Reply::Reserved { block, .. } => format!("{}+{}", block.start, block.count),
        Reply::Value(value) => value.to_string(),
        Reply::Version(version) => match call {
            Call::Startup(asked) if asked.version() == *version => "ok".into(),
            _ => format!("{}.{}", version.major, version.minor),
        },
        Reply::Unsupported => "unsupported".into(),
        _ => "ok".into(),
    }
}
