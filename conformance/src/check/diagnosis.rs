//! The commonest mistakes of callers: a StartPort or a port in the wrong byte order, a token swapped or cut short (MISS-M).
//!
//! They show as an ordinary refusal, or as none: the system reserves some other block, and nothing fails (EV-4). What is
//! said here are notes. They judge nothing, and the verdict does not look at them; so each has to be hard to get by chance.
//!
//! A port P misses a block when the block does not hold it and holds it once its bytes are swapped, or when it lies in
//! the ports that would be reserved if the block's start were swapped. It is told of
//! - a bind of an associated socket to a port that misses the block it is associated with, whatever the bind answers;
//! - an explicit bind, acquire or create that is refused because of its ports, and a lookup or delete that finds nothing,
//!   where the swapped port lies in a block of the same process and transport;
//! - an explicit bind that succeeds or is refused, where the swapped port is the start of such a block;
//! - a block whose start, swapped, is a port that the same process has asked for before.

use std::collections::{BTreeMap, BTreeSet};

use portres_model::{
    Buffer, Call, Error, Frame, PortBlock, PortRange, ProcessId, Protocol, Reply, RequestId,
    SocketId, Token,
};
use serde::Serialize;

use crate::trace::{Event, Header, Part};

/// Something to think about that is no matter of the verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The event, counted from 1.
    pub event: u64,
    /// Its line.
    pub line: u64,
    /// What is strange about it.
    pub says: String,
}

/// What a trace has shown so far.
#[derive(Default)]
pub(super) struct Diagnosis {
    sockets: BTreeMap<SocketId, Socket>,
    /// The blocks that processes have now, by their start.
    blocks: BTreeMap<Key, Block>,
    /// Those of a socket.
    owned: BTreeMap<SocketId, BTreeSet<Key>>,
    /// The block that each token stands for, or stood for at last.
    tokens: BTreeMap<Token, Block>,
    /// Persistent blocks, with the events that made them or saw them first, and the processes that did.
    persistent: BTreeMap<(Protocol, PortRange), (u64, BTreeSet<ProcessId>)>,
    /// Ports that were asked for outside the blocks of the process, with the first event that did.
    asked: BTreeMap<Key, u64>,
    /// Calls that have not returned, and requests that are pending.
    begun: BTreeMap<u32, Call>,
    pending: BTreeMap<RequestId, (At, Call)>,
    /// The numbers of tokens, where they were recorded.
    numbers: BTreeMap<u64, Token>,
    said: BTreeSet<(u64, Kind)>,
    notes: Vec<Note>,
}

/// A port of a process.
type Key = (ProcessId, Protocol, u16);

/// Where a call stands.
#[derive(Clone, Copy)]
struct At {
    event: u64,
    line: u64,
    process: ProcessId,
}

#[derive(Clone, Copy)]
struct Socket {
    protocol: Option<Protocol>,
    /// What it is associated with; `unknown` if that are several.
    token: Option<Token>,
}

#[derive(Clone, Copy)]
struct Block {
    /// The event that gave it; 0 for the header.
    event: u64,
    process: ProcessId,
    protocol: Protocol,
    ports: PortBlock,
    /// The socket that owns it; `None` for a persistent one.
    owner: Option<SocketId>,
}

impl Block {
    fn key(&self) -> Key {
        (self.process, self.protocol, self.ports.first())
    }
}

/// Of what a block or a token is suspected. It is said once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Port,
    Start,
    Token,
}

impl Diagnosis {
    /// What the header tells.
    pub(super) fn new(header: &Header) -> Diagnosis {
        let mut diagnosis = Diagnosis::default();
        for r in &header.reserved {
            let (process, protocol) = (ProcessId::MACHINE, r.protocol);
            let block = Block { event: 0, process, protocol, ports: r.block, owner: None };
            diagnosis.tokens.insert(r.token, block);
            diagnosis.persistent.insert((protocol, r.block.range()), (0, BTreeSet::new()));
        }
        diagnosis
    }

    /// Takes an event in.
    pub(super) fn see(&mut self, number: u64, event: &Event) {
        let at = At { event: number, line: event.line, process: event.who.process };
        let (call, reply) = match event.part {
            Part::Begin { number, call, .. } => {
                self.begun.insert(number, call);
                (call, None)
            }
            Part::End { number, reply } => match self.begun.remove(&number) {
                Some(call) => (call, Some(reply)),
                None => return,
            },
            Part::Whole { call, reply, .. } => (call, reply),
        };
        if let Some(raw) = event.raw.as_ref().and_then(|raw| number_of(raw.get("token")?)) {
            self.number(at, raw, &call, reply);
        }
        if let Some(reply) = reply {
            self.answered(at, &call, &reply);
        }
    }

    /// What there is to say.
    pub(super) fn notes(self) -> Vec<Note> {
        self.notes
    }

    fn answered(&mut self, at: At, call: &Call, reply: &Reply) {
        let pending = matches!(reply, Reply::Failed(Error::IoPending));
        if let Some(request) = call.frame().and_then(Frame::request).filter(|_| pending) {
            self.pending.insert(request, (at, *call));
            return;
        }
        match (*call, *reply) {
            (
                Call::Result { request, .. }
                | Call::Completion { request }
                | Call::Complete { request },
                Reply::Ok | Reply::Reserved { .. },
            ) => {
                if let Some((begun, call)) = self.pending.remove(&request) {
                    self.answered(begun, &call, reply);
                }
            }
            (Call::Bind { socket, address, .. }, reply) => {
                self.binds(at, socket, address.port(), reply);
            }
            (
                Call::Acquire { .. }
                | Call::Release { .. }
                | Call::Create { .. }
                | Call::Lookup { .. }
                | Call::Delete { .. },
                _,
            ) => self.reserves(at, call, reply),
            _ => self.lives(at, call, reply),
        }
    }

    /// Sockets come and go.
    fn lives(&mut self, at: At, call: &Call, reply: &Reply) {
        match (*call, *reply) {
            (Call::Socket { kind, .. }, Reply::Socket(id))
            | (Call::Open { .. }, Reply::Opened { socket: id, kind, .. }) => {
                let socket = Socket { protocol: kind.protocol(), token: None };
                self.sockets.insert(id, socket);
            }
            (Call::Duplicate { socket, .. } | Call::Inherit { socket, .. }, Reply::Socket(id)) => {
                if let Some(known) = self.sockets.get(&socket).copied() {
                    self.sockets.insert(id, known);
                }
            }
            (Call::Associate { socket, token, .. }, Reply::Ok) => {
                if let Some(socket) = self.sockets.get_mut(&socket) {
                    let other = socket.token.is_some_and(|t| t != token);
                    socket.token = Some(if other { Token::UNKNOWN } else { token });
                }
            }
            (Call::CloseSocket { socket }, Reply::Ok) => {
                self.sockets.remove(&socket);
                for key in self.owned.remove(&socket).into_iter().flatten() {
                    self.end(key, |_| true);
                }
            }
            (Call::Exit, Reply::Ok) => {
                let all = (at.process, Protocol::Tcp, 0)..=(at.process, Protocol::Udp, u16::MAX);
                let blocks: Vec<Key> = self.blocks.range(all.clone()).map(|(k, _)| *k).collect();
                blocks.into_iter().for_each(|key| self.end(key, |_| true));
                let asked: Vec<Key> = self.asked.range(all).map(|(key, _)| *key).collect();
                for key in asked {
                    self.asked.remove(&key);
                }
            }
            (Call::Restart, Reply::Ok) => {
                let (persistent, tokens) = (&mut self.persistent, &mut self.tokens);
                *self = Diagnosis {
                    persistent: std::mem::take(persistent),
                    tokens: std::mem::take(tokens),
                    numbers: std::mem::take(&mut self.numbers),
                    said: std::mem::take(&mut self.said),
                    notes: std::mem::take(&mut self.notes),
                    ..Diagnosis::default()
                };
            }
            _ => {}
        }
    }

    fn end(&mut self, key: Key, ends: impl Fn(&Block) -> bool) {
        let Some(block) = self.blocks.get(&key).filter(|block| ends(block)) else { return };
        if let Some(owned) = block.owner.and_then(|socket| self.owned.get_mut(&socket)) {
            owned.remove(&key);
        }
        self.blocks.remove(&key);
    }

    /// Blocks come and go, or are asked for in vain.
    fn reserves(&mut self, at: At, call: &Call, reply: &Reply) {
        match (*call, *reply) {
            (Call::Acquire { socket, range, .. }, Reply::Reserved { block, token }) => {
                let protocol = self.sockets.get(&socket).and_then(|s| s.protocol);
                if let (Some(protocol), Some(ports)) = (protocol, block.block()) {
                    let (event, process, owner) = (at.event, at.process, Some(socket));
                    let block = Block { event, process, protocol, ports, owner };
                    self.owned.entry(socket).or_default().insert(block.key());
                    self.reserved(at, token, block, range.start != 0);
                }
            }
            (
                Call::Create { protocol, range, .. } | Call::Lookup { protocol, range, .. },
                Reply::Token(token),
            ) => {
                let Some(ports) = range.block() else { return };
                let new = || (at.event, BTreeSet::new());
                let (event, by) = self.persistent.entry((protocol, range)).or_insert_with(new);
                by.insert(at.process);
                let (event, process) = (*event, at.process);
                let block = Block { event, process, protocol, ports, owner: None };
                self.reserved(at, token, block, true);
            }
            (Call::Release { token, .. }, Reply::Ok) => {
                if let Some(gone) = self.tokens.get(&token).copied() {
                    self.end(gone.key(), |block| block.event == gone.event);
                }
            }
            (Call::Delete { protocol, range }, Reply::Ok) => {
                let gone = self.persistent.remove(&(protocol, range));
                for process in gone.into_iter().flat_map(|(_, by)| by) {
                    let key = (process, protocol, range.start);
                    self.end(key, |block| block.owner.is_none());
                }
            }
            (_, Reply::Failed(error)) => self.missed(at, call, error),
            _ => {}
        }
    }

    /// A process has this block now. Has it asked for the port that the start is with its bytes swapped?
    fn reserved(&mut self, at: At, token: Token, block: Block, explicit: bool) {
        let (start, swapped) = (block.ports.first(), block.ports.first().swap_bytes());
        let other = explicit && self.holding(at.process, block.protocol, swapped).is_none();
        let key = (at.process, block.protocol, swapped);
        let asked = self.asked.get(&key).copied().filter(|_| other && !block.ports.has(swapped));
        self.blocks.insert(block.key(), block);
        self.tokens.insert(token, block);
        if let Some(asked) = asked {
            self.say(at, (block.event, Kind::Port), || {
                format!(
                    "{start} is {swapped} with its bytes swapped, and event {asked} asks for {swapped}: is StartPort of event {} in the wrong byte order?",
                    at.event
                )
            });
        }
    }

    /// A call with explicit ports was refused.
    fn missed(&mut self, at: At, call: &Call, error: Error) {
        let (protocol, range, stored) = match *call {
            Call::Acquire { socket, range, frame } => {
                let exact = frame.input == Buffer::Exact && frame.output == Buffer::Exact;
                match self.sockets.get(&socket).and_then(|s| s.protocol).filter(|_| exact) {
                    Some(protocol) => (protocol, range, false),
                    None => return,
                }
            }
            Call::Create { protocol, range, null: false } => (protocol, range, false),
            Call::Delete { protocol, range } | Call::Lookup { protocol, range, null: false } => {
                (protocol, range, true)
            }
            _ => return,
        };
        let found_nothing = matches!(error, Error::NotFound | Error::InvalidParameter);
        if range.start == 0 || !(if stored { found_nothing } else { is_of_ports(error) }) {
            return;
        }
        let (port, swapped) = (range.start, range.start.swap_bytes());
        if self.holding(at.process, protocol, port).is_some() {
            return;
        }
        let exactly = (protocol, PortRange { start: swapped, ..range });
        let same = self.persistent.get(&exactly).filter(|_| stored && swapped != port);
        let same = same.zip(exactly.1.block()).map(|((event, _), ports)| Block {
            event: *event,
            process: at.process,
            protocol,
            ports,
            owner: None,
        });
        let held = self.holding(at.process, protocol, swapped);
        let held = held.filter(|block| !(stored && block.owner.is_some()));
        match same.or(held) {
            Some(block) => self.say_port(at, port, &block),
            None => self.asks(at, protocol, port),
        }
    }

    fn binds(&mut self, at: At, socket: SocketId, port: u16, reply: Reply) {
        let taken = match reply {
            Reply::Failed(Error::WsaAccess | Error::WsaAddressInUse) => true,
            Reply::Failed(error) if is_of_ports(error) => false,
            Reply::Bound(_) => false,
            _ => return,
        };
        let Some(socket) = self.sockets.get(&socket).copied() else { return };
        let Some(protocol) = socket.protocol.filter(|_| port != 0) else { return };
        let with = socket.token.and_then(|token| self.tokens.get(&token).copied());
        if let Some(block) = with.filter(|block| block.protocol == protocol) {
            if block.ports.has(port) {
                return;
            }
            if block.ports.has(port.swap_bytes()) {
                return self.say_port(at, port, &block);
            }
            if mirrored(block.ports).is_some_and(|ports| ports.has(port)) {
                return self.say_start(at, port, &block);
            }
        }
        if self.holding(at.process, protocol, port).is_some() {
            return;
        }
        let swapped = port.swap_bytes();
        let held = self.holding(at.process, protocol, swapped);
        match held.filter(|block| taken || block.ports.first() == swapped) {
            Some(block) => self.say_port(at, port, &block),
            None => self.asks(at, protocol, port),
        }
    }

    fn asks(&mut self, at: At, protocol: Protocol, port: u16) {
        self.asked.entry((at.process, protocol, port)).or_insert(at.event);
    }

    /// The block of a process that holds this port.
    fn holding(&self, process: ProcessId, protocol: Protocol, port: u16) -> Option<Block> {
        let below = (process, protocol, 0)..=(process, protocol, port);
        let (_, block) = self.blocks.range(below).next_back()?;
        Some(*block).filter(|block| block.ports.has(port))
    }

    fn say_port(&mut self, at: At, port: u16, block: &Block) {
        let (swapped, ports, from) = (port.swap_bytes(), block.ports, place(block.event));
        self.say(at, (block.event, Kind::Port), || {
            format!(
                "{port} is {swapped} with its bytes swapped, and {swapped} lies in {ports} of {from}: is StartPort of {from} or the port of event {} in the wrong byte order?",
                at.event
            )
        });
    }

    fn say_start(&mut self, at: At, port: u16, block: &Block) {
        let (start, from) = (block.ports.first(), place(block.event));
        let (swapped, count) = (start.swap_bytes(), block.ports.count());
        self.say(at, (block.event, Kind::Start), || {
            format!(
                "{start}, the start of {} of {from}, is {swapped} with its bytes swapped, and {port} lies in {swapped}+{count}: is StartPort of {from} in the wrong byte order?",
                block.ports
            )
        });
    }

    /// The number of a token that a call gives or passes.
    fn number(&mut self, at: At, raw: u64, call: &Call, reply: Option<Reply>) {
        let given = reply.and_then(|reply| match reply {
            Reply::Token(token) | Reply::Reserved { token, .. } => Some(token),
            _ => None,
        });
        match given.or(call.token()) {
            Some(Token::UNKNOWN) => self.unknown_number(at, raw),
            Some(Token::ZERO) | None => {}
            Some(token) => {
                self.numbers.insert(raw, token);
            }
        }
    }

    /// A number that no call has given is passed.
    fn unknown_number(&mut self, at: At, raw: u64) {
        if self.numbers.contains_key(&raw) {
            return;
        }
        let is_low = |known: u64| raw == known & 0xffff_ffff || raw == known as i32 as i64 as u64;
        let what = match self.numbers.get(&raw.swap_bytes()) {
            Some(token) => Some((*token, "with its bytes swapped: was the token swapped?")),
            None => self.numbers.iter().find(|(known, _)| raw != 0 && is_low(**known)).map(
                |(_, token)| (*token, "without its high 32 bits: was the token kept in 32 bits?"),
            ),
        };
        if let Some((token, what)) = what {
            self.say(at, (u64::from(token.0), Kind::Token), || {
                format!("the token that is passed, {raw:#x}, is the number of {token} {what}")
            });
        }
    }

    fn say(&mut self, at: At, what: (u64, Kind), says: impl FnOnce() -> String) {
        if self.said.insert(what) {
            self.notes.push(Note { event: at.event, line: at.line, says: says() });
        }
    }
}

/// Where a block comes from.
fn place(event: u64) -> String {
    if event == 0 { "the header".into() } else { format!("event {event}") }
}

/// The ports that would be reserved if the bytes of the start were swapped.
fn mirrored(ports: PortBlock) -> Option<PortBlock> {
    let start = ports.first().swap_bytes();
    PortBlock::new(start, ports.count())
}

/// Whether an error may be about which ports were asked for.
fn is_of_ports(error: Error) -> bool {
    matches!(
        error,
        Error::SharingViolation
            | Error::InvalidParameter
            | Error::WsaAccess
            | Error::WsaInvalid
            | Error::WsaAddressInUse
            | Error::WsaAddressNotAvailable
    )
}

/// A number as `raw` spells it.
fn number_of(word: &str) -> Option<u64> {
    match word.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => word.parse().ok(),
    }
}
