//! Replaying: a system is driven with a trace's calls, and its answers are compared with the trace's.
//!
//! Sockets and tokens keep their names. Ports and blocks that the system chose differ from run to run: where the trace
//! uses a chosen port later, the port that the system has chosen now takes its place.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use portres_model::{Call, Names, PortRange, Reply, Shape, SocketId, Token, Who};

use crate::record;
use crate::script::Given;
use crate::system::{System, SystemError};
use crate::trace::{Event, Header, Item, Observed, Part};

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
pub fn replay(
    header: &Header,
    events: &[Event],
    system: &mut dyn System,
) -> Result<Replayed, SystemError> {
    let said = record::header(system.start(header)?, header);
    let renaming = Renaming { fresh: greatest_name(header, events) + 1, ..Renaming::default() };
    let mut replay = Replay { renaming, given: Given::default(), begun: BTreeMap::new() };
    let mut replayed = Replayed {
        items: vec![Item::Header(Box::new(said))],
        differences: Vec::new(),
        skipped: Vec::new(),
        ended: None,
    };
    // a persistent reservation of the header has its token already
    for r in &header.reserved {
        let (protocol, range) = (r.protocol, r.block.range());
        let call = Call::Create { protocol, range, null: false };
        replay.given.follow(&call, &Reply::Token(r.token));
        replay.renaming.name(Some(Names::Token(r.token)), &Reply::Token(r.token));
        replay.renaming.used.insert(Names::Token(r.token));
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
                let names = reply.names().or(names);
                let Some(answered) = self.call(event, call, names, system, replayed)? else {
                    return Ok(());
                };
                self.compare((number, event), &call, &reply, answered, replayed);
            }
            Part::Begin { number: begun, call, names } => {
                if let Some(answered) = self.call(event, call, names, system, replayed)? {
                    self.begun.insert(begun, (number, call, answered));
                }
            }
            Part::End { number: begun, reply } => {
                if let Some((number, call, answered)) = self.begun.remove(&begun) {
                    self.compare((number, event), &call, &reply, answered, replayed);
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
            replayed
                .skipped
                .push(format!("line {}: {}: {call} ({missing})", event.line, event.who));
            return Ok(None);
        }
        let proposed = self.renaming.propose(&call, names);
        let note = event.note.clone();
        let asked = Event { note, ..Event::begun(event.who, renamed, proposed) };
        let answer = match system.call(event.who, proposed, &renamed) {
            Ok(answer) => answer,
            Err(error) => {
                // the call was made: what became of it is not known
                replayed.items.push(Item::Event(asked));
                return Err(error);
            }
        };
        let reply = answer.reply;
        self.given.follow(&renamed, &reply);
        // a token that is looked up again keeps the name that it has
        if !matches!(call, Call::Lookup { .. }) || !self.renaming.knows(names) {
            self.renaming.name(names, &reply);
        }
        replayed.items.push(Item::Event(asked.answered(answer)));
        Ok(Some(reply))
    }

    fn compare(
        &mut self,
        (number, event): (u64, &Event),
        call: &Call,
        recorded: &Observed,
        answered: Reply,
        replayed: &mut Replayed,
    ) {
        recorded.named().for_each(|recorded| self.renaming.learn(call, *recorded, answered));
        if !self.renaming.fits(recorded, answered) {
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

/// What the system has now in the place of what it had then.
#[derive(Default)]
struct Renaming {
    ports: BTreeMap<u16, u16>,
    names: BTreeMap<Names, Names>,
    /// Names that stand for something in the new trace.
    used: BTreeSet<Names>,
    /// A number that no name has.
    fresh: u32,
}

impl Renaming {
    fn port(&self, port: u16) -> u16 {
        self.ports.get(&port).copied().unwrap_or(port)
    }

    fn token(&self, token: Token) -> Token {
        match self.names.get(&Names::Token(token)) {
            Some(Names::Token(now)) => *now,
            _ => token,
        }
    }

    fn socket(&self, socket: SocketId) -> SocketId {
        match self.names.get(&Names::Socket(socket)) {
            Some(Names::Socket(now)) => *now,
            _ => socket,
        }
    }

    fn range(&self, range: PortRange) -> PortRange {
        PortRange { start: self.port(range.start), ..range }
    }

    fn address(&self, address: SocketAddr) -> SocketAddr {
        let mut renamed = address;
        renamed.set_port(self.port(address.port()));
        renamed
    }

    /// The call with what stands now for its operands.
    fn call(&self, mut call: Call) -> Call {
        if let Some(socket) = call.socket_mut() {
            *socket = self.socket(*socket);
        }
        if let Some(token) = call.token_mut() {
            *token = self.token(*token);
        }
        if let Some(address) = call.address_mut() {
            *address = self.address(*address);
        }
        if let Call::Acquire { range, .. } = &mut call {
            *range = self.range(*range);
        }
        call
    }

    /// The name for what a call may create: the trace's, if nothing has had it yet, or else a fresh one.
    fn propose(&mut self, call: &Call, names: Option<Names>) -> Option<Names> {
        if let Some(names) = names.filter(|n| !self.used.contains(n)) {
            return Some(names);
        }
        let fresh = match call.shape() {
            Shape::Socket | Shape::Opened => Names::Socket(SocketId(self.fresh)),
            Shape::Token | Shape::Reserved => Names::Token(Token(self.fresh)),
            // a request that gives no block uses no name
            Shape::Outcome => names.map(|_| Names::Token(Token(self.fresh)))?,
            Shape::Ok
            | Shape::Version
            | Shape::Bound
            | Shape::Name
            | Shape::Value
            | Shape::Range
            | Shape::Row
            | Shape::Bytes => return None,
        };
        self.fresh += 1;
        Some(fresh)
    }

    fn knows(&self, names: Option<Names>) -> bool {
        names.is_some_and(|n| self.names.contains_key(&n))
    }

    /// What the trace's name stands for now.
    fn name(&mut self, names: Option<Names>, reply: &Reply) {
        let Some(now) = reply.names() else { return };
        self.used.insert(now);
        if let Some(then) = names {
            self.names.insert(then, now);
        }
    }

    /// What the system chose.
    fn learn(&mut self, call: &Call, recorded: Reply, answered: Reply) {
        match (*call, recorded, answered) {
            (Call::Bind { address, .. }, Reply::Bound(then), Reply::Bound(now))
                if address.port() == 0 =>
            {
                self.ports.insert(then, now);
            }
            (
                Call::Connect { .. } | Call::ConnectEx { .. } | Call::SendTo { .. },
                Reply::Bound(then),
                Reply::Bound(now),
            ) => {
                self.ports.entry(then).or_insert(now);
            }
            (
                Call::Acquire { range: PortRange { start: 0, .. }, .. },
                Reply::Reserved { block: then, .. },
                Reply::Reserved { block: now, .. },
            ) => {
                let ports = (0..then.count.min(now.count))
                    .map_while(|i| Some((then.start.checked_add(i)?, now.start.checked_add(i)?)));
                self.ports.extend(ports);
            }
            _ => {}
        }
    }

    /// Whether the answer is what was observed then.
    fn fits(&self, recorded: &Observed, answered: Reply) -> bool {
        match recorded {
            Observed::Unknown | Observed::Fails | Observed::Succeeds => recorded.admits(&answered),
            Observed::Exactly(_) | Observed::OneOf(_) => {
                recorded.named().any(|recorded| self.same(*recorded, answered))
            }
        }
    }

    fn same(&self, recorded: Reply, answered: Reply) -> bool {
        match (recorded, answered) {
            (Reply::Bound(then), Reply::Bound(now)) => self.port(then) == now,
            (Reply::Name(then), Reply::Name(now)) => self.address(then) == now,
            (Reply::Reserved { block: then, .. }, Reply::Reserved { block: now, .. }) => {
                then.count == now.count && self.port(then.start) == now.start
            }
            // tokens and sockets were renamed when they were seen: what is left is whether one was new and one was not
            (Reply::Token(then), Reply::Token(now)) => self.token(then) == now,
            (Reply::Socket(_), Reply::Socket(_)) => true,
            (
                Reply::Opened { kind, family, .. },
                Reply::Opened { kind: kind_now, family: family_now, .. },
            ) => (kind, family) == (kind_now, family_now),
            // a version may have gone unseen, and nobody may have looked at a number
            (Reply::Ok, Reply::Version(_) | Reply::Value(_)) | (Reply::Version(_), Reply::Ok) => {
                true
            }
            (then, now) => then == now,
        }
    }
}

/// The greatest number that a name of the trace has.
fn greatest_name(header: &Header, events: &[Event]) -> u32 {
    let number = |names: Names| match names {
        Names::Socket(socket) => socket.0,
        Names::Token(token) => token.0,
    };
    let of_event = |event: &Event| match event.part {
        Part::Whole { names, reply, .. } => names.or(reply.names()),
        Part::Begin { names, .. } => names,
        Part::End { reply, .. } => reply.names(),
    };
    let reserved = header.reserved.iter().map(|r| r.token.0);
    events.iter().filter_map(of_event).map(number).chain(reserved).max().unwrap_or(0)
}
