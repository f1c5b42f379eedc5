//! Replaying: a system is driven with a trace's calls, and its answers are compared with the trace's.
//!
//! Sockets and tokens keep their names. Ports and blocks that the system chose differ from run to run: where the trace
//! uses a chosen port later, the port that the system has chosen now takes its place.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use portres_model::{Call, Names, PortRange, Reply, Token, Who};

use crate::record;
use crate::script::Given;
use crate::system::{System, SystemError};
use crate::trace::{Event, Header, Item, Part};

/// What a replay gave.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// The trace of what the system answered.
    pub items: Vec<Item>,
    /// Where that differs from the trace.
    pub differences: Vec<Difference>,
    /// The calls that were skipped, because an operand never came to be.
    pub skipped: Vec<String>,
    /// Why it ended early, if it did.
    pub ended: Option<String>,
}

/// A call that was answered otherwise than in the trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The event of the trace, from 1.
    pub event: u64,
    /// Its line.
    pub line: u64,
    /// Who called.
    pub who: Who,
    /// The call as the trace has it.
    pub call: String,
    /// The trace's reply.
    pub recorded: String,
    /// The system's.
    pub answered: String,
}

/// Drives a system with the calls of a trace.
///
/// # Errors
/// If the system cannot be had. One that dies ends the replay.
pub fn replay(header: &Header, events: &[Event], system: &mut dyn System) -> Result<Replayed, SystemError> {
    let said = record::header(system.start(header)?, header);
    let mut replay = Replay { renaming: Renaming::default(), given: Given::default(), begun: BTreeMap::new() };
    let mut replayed = Replayed {
        items: vec![Item::Header(Box::new(said))],
        differences: Vec::new(),
        skipped: Vec::new(),
        ended: None,
    };
    // a persistent reservation of the header has its token already
    for r in &header.reserved {
        let call = Call::Create { protocol: r.protocol, range: r.block.range() };
        replay.given.follow(&call, &Reply::Token(r.token));
    }
    for (i, event) in events.iter().enumerate() {
        if let Err(error) = replay.event(i as u64 + 1, event, system, &mut replayed) {
            replayed.ended = Some(error.to_string());
            break;
        }
    }
    system.finish()?;
    Ok(replayed)
}

struct Replay {
    renaming: Renaming,
    given: Given,
    /// What calls that have begun in the trace were answered.
    begun: BTreeMap<u32, (u64, Call, Reply)>,
}

impl Replay {
    fn event(
        &mut self,
        number: u64,
        event: &Event,
        system: &mut dyn System,
        replayed: &mut Replayed,
    ) -> Result<(), SystemError> {
        match event.part {
            Part::Whole { call, names, reply } => {
                let names = reply.and_then(|r| r.names()).or(names);
                let Some(answered) = self.call(event, call, names, system, replayed)? else { return Ok(()) };
                if let Some(recorded) = reply {
                    self.compare((number, event), &call, recorded, answered, replayed);
                }
            }
            Part::Begin { number: begun, call, names } => {
                if let Some(answered) = self.call(event, call, names, system, replayed)? {
                    self.begun.insert(begun, (number, call, answered));
                }
            }
            Part::End { number: begun, reply } => {
                if let Some((number, call, answered)) = self.begun.remove(&begun) {
                    self.compare((number, event), &call, reply, answered, replayed);
                }
            }
        }
        Ok(())
    }

    /// Makes the call; `None` if it was skipped.
    fn call(
        &mut self,
        event: &Event,
        call: Call,
        names: Option<Names>,
        system: &mut dyn System,
        replayed: &mut Replayed,
    ) -> Result<Option<Reply>, SystemError> {
        let renamed = self.renaming.call(call);
        if let Some(missing) = self.given.lacks(&renamed) {
            replayed.skipped.push(format!("line {}: {}: {call} ({missing})", event.line, event.who));
            return Ok(None);
        }
        let reply = system.call(event.who, names, &renamed)?;
        self.given.follow(&renamed, &reply);
        let part = Part::Whole { call: renamed, names: names.filter(|_| reply.names().is_none()), reply: Some(reply) };
        let note = event.note.clone();
        replayed.items.push(Item::Event(Event { line: 0, who: event.who, part, note, raw: None }));
        Ok(Some(reply))
    }

    fn compare(
        &mut self,
        (number, event): (u64, &Event),
        call: &Call,
        recorded: Reply,
        answered: Reply,
        replayed: &mut Replayed,
    ) {
        self.renaming.learn(call, recorded, answered);
        if !self.renaming.same(call, recorded, answered) {
            replayed.differences.push(Difference {
                event: number,
                line: event.line,
                who: event.who,
                call: call.to_string(),
                recorded: recorded.to_string(),
                answered: answered.to_string(),
            });
        }
    }
}

/// What the system has chosen now in the place of what it chose then.
#[derive(Default)]
struct Renaming {
    ports: BTreeMap<u16, u16>,
    tokens: BTreeMap<Token, Token>,
}

impl Renaming {
    fn port(&self, port: u16) -> u16 {
        self.ports.get(&port).copied().unwrap_or(port)
    }

    fn token(&self, token: Token) -> Token {
        self.tokens.get(&token).copied().unwrap_or(token)
    }

    fn range(&self, range: PortRange) -> PortRange {
        PortRange { start: self.port(range.start), ..range }
    }

    fn address(&self, address: SocketAddr) -> SocketAddr {
        SocketAddr::new(address.ip(), self.port(address.port()))
    }

    fn call(&self, call: Call) -> Call {
        match call {
            Call::Bind { socket, address } => Call::Bind { socket, address: self.address(address) },
            Call::Acquire { socket, range, frame } => Call::Acquire { socket, range: self.range(range), frame },
            Call::Associate { socket, token, frame } => Call::Associate { socket, token: self.token(token), frame },
            Call::Release { socket, token, frame } => Call::Release { socket, token: self.token(token), frame },
            other => other,
        }
    }

    fn learn(&mut self, call: &Call, recorded: Reply, answered: Reply) {
        match (*call, recorded, answered) {
            (Call::Bind { .. }, Reply::Bound(then), Reply::Bound(now)) => drop(self.ports.insert(then, now)),
            (Call::Acquire { .. }, Reply::Reserved { block: then, .. }, Reply::Reserved { block: now, .. }) => {
                let ports = (0..then.count.min(now.count)).map_while(|i| Some((then.start.checked_add(i)?, now.start.checked_add(i)?)));
                self.ports.extend(ports);
            }
            (_, Reply::Token(then), Reply::Token(now)) => drop(self.tokens.insert(then, now)),
            _ => {}
        }
    }

    fn same(&self, call: &Call, recorded: Reply, answered: Reply) -> bool {
        match (recorded, answered) {
            (Reply::Bound(then), Reply::Bound(now)) => match call {
                Call::Bind { address, .. } if address.port() == 0 => true,
                _ => self.port(then) == now,
            },
            (Reply::Name(then), Reply::Name(now)) => self.address(then) == now,
            (Reply::Reserved { block: then, .. }, Reply::Reserved { block: now, .. }) => {
                then.count == now.count && self.port(then.start) == now.start
            }
            (Reply::Token(then), Reply::Token(now)) => self.token(then) == now,
            (then, now) => then == now,
        }
    }
}
