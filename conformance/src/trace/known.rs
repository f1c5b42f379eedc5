//! The names that a trace has introduced: what is named must have been given by something.

use std::collections::{BTreeMap, BTreeSet};

use portres_model::{Call, Names, ProcessId, Reply, RequestId, Shape, SocketId, Token, Who};

use super::{Event, Header, Observed, Part};

/// The names that a trace has introduced.
#[derive(Clone, Default)]
pub(crate) struct Known {
    sockets: Vec<bool>,
    tokens: Vec<bool>,
    /// The processes of the header.
    declared: BTreeSet<ProcessId>,
    /// How many reservations of the header have been taken up.
    reserved: usize,
    ended: BTreeSet<ProcessId>,
    requests: BTreeSet<RequestId>,
    begun: BTreeMap<u32, (Who, Call, Option<Names>)>,
}

/// A byte count stands only beside the reply of a call that has one.
fn has_count(event: &Event, call: &Call, reply: &Observed) -> Result<(), String> {
    let answered = !reply.is_unknown() && *reply != Reply::Unsupported.into();
    match event.bytes {
        Some(bytes) if !(answered && call.has_byte_count()) => {
            Err(format!("the call `{call}` has no byte count: expected no `bytes={bytes}`"))
        }
        _ => Ok(()),
    }
}

fn introduce(names: &mut Vec<bool>, slot: usize) {
    if slot >= names.len() {
        names.resize(slot + 1, false);
    }
    names[slot] = true;
}

fn is_process(process: ProcessId) -> Result<(), String> {
    if process == ProcessId::MACHINE {
        return Err(format!("expected a process like `p1`, found `{process}`"));
    }
    Ok(())
}

/// Whether the name that stands before a call is of what it creates.
pub(super) fn creates(call: &Call, names: Option<Names>) -> Result<(), String> {
    let Some(names) = names else { return Ok(()) };
    let fits = match call.shape() {
        Shape::Socket | Shape::Opened => matches!(names, Names::Socket(_)),
        Shape::Reserved | Shape::Token | Shape::Outcome => matches!(names, Names::Token(_)),
        _ => false,
    };
    if fits {
        Ok(())
    } else {
        Err(format!("the call `{call}` creates nothing that is named {names}"))
    }
}

impl Known {
    /// At the beginning of a trace.
    pub(crate) fn start(&mut self, header: &Header) -> Result<(), String> {
        *self = Known::default();
        self.declare(header)
    }

    /// Takes up what a header that is read line by line has come to say since it was last asked.
    pub(crate) fn declare(&mut self, header: &Header) -> Result<(), String> {
        for p in &header.processes[self.declared.len()..] {
            is_process(p.process)?;
            if !self.declared.insert(p.process) {
                return Err(format!("the process {} is declared twice", p.process));
            }
        }
        for r in &header.reserved[self.reserved..] {
            self.reserved += 1;
            self.names(Some(Names::Token(r.token)))?;
        }
        Ok(())
    }

    /// Follows an event, unless it names what nothing has given.
    pub(crate) fn follow(&mut self, event: &Event) -> Result<(), String> {
        match event.part {
            Part::Whole { call, names, reply } => {
                self.call(event.who, &call)?;
                has_count(event, &call, &reply)?;
                creates(&call, names)?;
                self.requests.extend(call.introduces());
                self.names(reply.names().or(names))?;
                // a process whose end is not refused has ended
                if !reply.is_refusal() {
                    self.ends(event.who, &call);
                }
            }
            Part::Begin { number, call, names } => {
                self.call(event.who, &call)?;
                creates(&call, names)?;
                self.requests.extend(call.introduces());
                if self.begun.insert(number, (event.who, call, names)).is_some() {
                    return Err(format!("the call {number} has not returned yet"));
                }
            }
            Part::End { number, reply } => {
                let Some((who, call, names)) = self.begun.remove(&number) else {
                    return Err(format!("no call {number} has begun"));
                };
                if who != event.who {
                    return Err(format!("the call {number} was begun by {who}"));
                }
                if !reply.fits(&call) {
                    return Err(format!(
                        "the reply does not fit the call `{call}`: expected {}",
                        call.shape().says()
                    ));
                }
                has_count(event, &call, &reply)?;
                self.names(reply.names().or(names))?;
                self.ends(who, &call);
            }
        }
        Ok(())
    }

    /// The call that began under a number and has not returned.
    pub(super) fn begun(&self, number: u32) -> Option<(Call, Option<Names>)> {
        self.begun.get(&number).map(|(_, call, names)| (*call, *names))
    }

    /// The lowest names that nothing has given yet: for a socket and for a token.
    pub(crate) fn unused(&self) -> (SocketId, Token) {
        let lowest = |seen: &[bool]| {
            let place = seen.iter().skip(1).position(|seen| !seen);
            place.map_or_else(|| seen.len().max(1), |place| place + 1) as u32
        };
        (SocketId(lowest(&self.sockets)), Token(lowest(&self.tokens)))
    }

    /// The sockets and the tokens that something has given.
    pub(crate) fn given(&self) -> (Vec<SocketId>, Vec<Token>) {
        let slots = |seen: &[bool]| -> Vec<u32> {
            (0..).zip(seen).filter(|(_, seen)| **seen).map(|(slot, _)| slot).collect()
        };
        let sockets = slots(&self.sockets).into_iter().map(SocketId).collect();
        (sockets, slots(&self.tokens).into_iter().map(Token).collect())
    }

    /// The requests that something has made.
    pub(crate) fn requests(&self) -> impl Iterator<Item = &RequestId> {
        self.requests.iter()
    }

    fn names(&mut self, names: Option<Names>) -> Result<(), String> {
        match names {
            Some(Names::Socket(SocketId::INVALID)) => {
                return Err("s0 is INVALID_SOCKET: no call gives it".into());
            }
            Some(Names::Token(Token::ZERO)) => {
                return Err("t0 is no reservation's token: no call gives it".into());
            }
            Some(Names::Token(Token::UNKNOWN)) => {
                return Err("`unknown` is a token that no call has given: no call gives it".into());
            }
            Some(Names::Socket(socket)) => introduce(&mut self.sockets, socket.slot()),
            Some(Names::Token(token)) => introduce(&mut self.tokens, token.slot()),
            None => {}
        }
        Ok(())
    }

    fn ends(&mut self, who: Who, call: &Call) {
        match call {
            Call::Exit => _ = self.ended.insert(who.process),
            Call::Start { process, .. } => _ = self.ended.remove(process),
            _ => {}
        }
    }

    fn call(&self, who: Who, call: &Call) -> Result<(), String> {
        let of_machine = call.is_of_machine();
        if of_machine != (who == Who::MACHINE) {
            let by = if of_machine { "by `machine`" } else { "by a process like `p1`" };
            return Err(format!("the call `{call}` is made {by}"));
        }
        if self.ended.contains(&who.process) {
            return Err(format!(
                "the process {who} has ended: `machine: start {}` starts it again",
                who.process
            ));
        }
        // that a socket is duplicated for no process can be said
        if let Call::Start { process, .. } | Call::Inherit { process, .. } = call {
            is_process(*process)?;
        }
        let (socket, token) = (call.socket(), call.token());
        if let Some(request) = call.request().filter(|r| !self.requests.contains(r)) {
            return Err(format!(
                "the request {request} was never made: `acquire … overlapped={request}` makes one"
            ));
        }
        let socket_known =
            |s: SocketId| s == SocketId::INVALID || self.sockets.get(s.slot()) == Some(&true);
        let token_known = |t: Token| {
            t == Token::ZERO || t == Token::UNKNOWN || self.tokens.get(t.slot()) == Some(&true)
        };
        match (socket.filter(|s| !socket_known(*s)), token.filter(|t| !token_known(*t))) {
            (Some(socket), _) => {
                Err(format!("the socket {socket} was never opened: `{socket} = socket …` opens it"))
            }
            (_, Some(token)) => {
                Err(format!("the token {token} was never given: `{token} = acquire …` gives one"))
            }
            (None, None) => Ok(()),
        }
    }
}
