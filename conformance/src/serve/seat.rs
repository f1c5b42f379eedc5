//! A connection as a process of the machine: its names outside are the machine's names inside.

use std::sync::Arc;
use std::time::Instant;

use portres_model::{
    Call, Credentials, Error, Names, Overlapped, ProcessId, Reply, RequestId, Shape, SocketId,
    Token, Who,
};

use super::machine::{Begun, CROWDED, Machine, State};
use super::names::Known;
use super::pending::Pended;
use super::wire::{Fault, Introduced, Number, Raw, Request, Response};

/// A process of the machine. Dropping it ends the process, however the connection has ended.
pub(super) struct Seat {
    pub(super) machine: Arc<Machine>,
    pub(super) begun: Begun,
    pub(super) known: Known,
    /// The requests that are pending and about which the client has been told nothing.
    pub(super) pended: Vec<Pended>,
    /// The changes that must be durable before what it was answered goes out.
    pub(super) rests_on: u64,
    /// Whether the process has ended itself.
    exited: bool,
}

/// The only process that a connection can be.
const SELF: ProcessId = ProcessId(1);

impl Seat {
    /// A process begins.
    pub(super) fn new(
        machine: &Arc<Machine>,
        credentials: Option<Credentials>,
    ) -> Result<Seat, Fault> {
        let begun = machine.begin(credentials)?;
        let machine = Arc::clone(machine);
        Ok(Seat {
            machine,
            begun,
            known: Known::new(),
            pended: Vec::new(),
            rests_on: 0,
            exited: false,
        })
    }

    /// What the client is told of its process.
    pub(super) fn introduced(&self) -> Introduced {
        let process = Some(Number(self.begun.number));
        Introduced { process: "p1", raw: Raw { process, ..Raw::default() } }
    }

    /// Whether the process has ended itself.
    pub(super) fn has_exited(&self) -> bool {
        self.exited
    }

    /// Makes a call; a call that is not made is a fault, and no part of any recording.
    pub(super) fn call(&mut self, request: &Request) -> Result<Response, Fault> {
        let who = self.who(request)?;
        creates(&request.call, request.names)?;
        let machine = Arc::clone(&self.machine);
        let taken_up = machine.recorder.as_ref().map(|recorder| recorder.take_up());
        let mut state = machine.lock();
        if state.restarts() != self.begun.restarts {
            return Err(Fault::ended("the machine has restarted, and the process with it"));
        }
        self.limits(&state, &request.call)?;
        let call = self.inward(&mut state, request)?;
        self.complete_awaited(&mut state, &call);
        let (reply, bytes) = machine.make(&mut state, taken_up, who, &call);
        self.rests_on = machine.rests_on();
        if request.call.introduces().is_some() && reply == Reply::Failed(Error::IoPending) {
            self.pended.push(Pended::new(request, &call, who, Instant::now() + machine.completes));
        } else {
            self.asked(&call, &reply);
        }
        let mut raw = Raw::default();
        let reply = self.outward(&state, request.names, &call, reply, &mut raw);
        Ok(Response { reply, bytes, raw })
    }

    fn who(&self, request: &Request) -> Result<Who, Fault> {
        let (who, call) = (request.who.unwrap_or(Who::process(SELF)), &request.call);
        if let Call::Start { .. } = call {
            return Err(Fault::unreadable("a process starts by connecting"));
        }
        match (who, request.who, call.is_of_machine()) {
            (_, None, true) | (Who::MACHINE, _, true) => Ok(Who::MACHINE),
            (Who { process: SELF, thread }, _, false) => {
                Ok(Who { process: self.begun.process, thread })
            }
            (_, _, true) => {
                Err(Fault::unreadable(format!("the call `{call}` is made by `machine`")))
            }
            (Who::MACHINE, _, false) => {
                Err(Fault::unreadable(format!("the call `{call}` is made by a process")))
            }
            _ => Err(Fault::unreadable(format!(
                "expected `p1`, the process that this connection is, or a thread of it, found `{who}`"
            ))),
        }
    }

    fn limits(&mut self, state: &State, call: &Call) -> Result<(), Fault> {
        let limits = self.machine.limits;
        match call {
            Call::Socket { .. } | Call::Open { .. } | Call::Accept { .. } => {
                room("sockets", limits.sockets, self.known.sockets.len())?;
            }
            Call::Acquire { .. } | Call::Create { .. } | Call::Lookup { .. } => {
                let pended = self.pended.len();
                room("reservations", limits.reservations, self.known.tokens.len() + pended)?;
            }
            Call::Duplicate { process, .. } | Call::Inherit { process, .. } => {
                let number = self.known.processes.thing(process.0);
                let other = number.map_or(self.begun.process, |number| state.process(number));
                let has = state.host.look(|world| {
                    let further = world.duplicates().iter().filter(|d| d.process == other);
                    world.sockets_of(other).count() + further.count()
                });
                room("sockets", limits.sockets, has)?;
            }
            _ => return Ok(()),
        }
        if state.is_crowded() {
            return Err(Fault::limit("machine", CROWDED, "the machine has no room for a socket"));
        }
        Ok(())
    }

    /// The call in the machine's names.
    fn inward(&mut self, state: &mut State, request: &Request) -> Result<Call, Fault> {
        let mut call = request.call;
        let raw = request.raw;
        if let Some(socket) = call.socket_mut() {
            *socket = self.socket(state, *socket, raw.socket)?;
        }
        if let Some(token) = call.token_mut() {
            *token = self.token(state, *token, raw.token)?;
        }
        if let Call::Duplicate { process, .. } | Call::Inherit { process, .. } = &mut call {
            *process = self.process(state, *process, raw.process);
        }
        if let Call::Inherit { process: ProcessId::MACHINE, .. } = call {
            return Err(Fault::unreadable("expected a process that runs"));
        }
        // asked before the structure is introduced: a call may not do both
        if let Some(request) = call.request_mut() {
            let known = self.known.requests.thing(request.0);
            *request = known.ok_or_else(|| {
                Fault::unreadable(format!("the request {request} was never made"))
            })?;
        }
        self.structure(state, &mut call)?;
        Ok(call)
    }

    fn socket(
        &mut self,
        state: &State,
        name: SocketId,
        number: Option<Number>,
    ) -> Result<SocketId, Fault> {
        if let Some(Number(number)) = number {
            let socket = u32::try_from(number / 4).map_or(SocketId::INVALID, SocketId);
            let own = state.host.look(|w| w.socket_of(self.begun.process, socket).is_some());
            if name == SocketId::INVALID {
                return Err(Fault::unreadable("s0 is INVALID_SOCKET, and no name for a socket"));
            }
            if own && number % 4 == 0 {
                self.known.sockets.set(name.0, socket);
            }
        }
        // what names nothing, or nothing any more, is no socket's handle
        Ok(self.known.sockets.thing(name.0).unwrap_or(SocketId::INVALID))
    }

    fn token(
        &mut self,
        state: &State,
        name: Token,
        number: Option<Number>,
    ) -> Result<Token, Fault> {
        if let Some(Number(number)) = number {
            if name == Token::ZERO || name == Token::UNKNOWN {
                return Err(Fault::unreadable("expected a name like `t1` for the token"));
            }
            room("reservations", self.machine.limits.reservations, self.known.tokens.len())?;
            let token = state.tokens.token(number);
            if token == Token::ZERO || token == Token::UNKNOWN {
                return Ok(token);
            }
            self.known.tokens.set(name.0, (token, number));
        }
        if name == Token::ZERO {
            return Ok(name);
        }
        // a slot that another reservation has taken is not what was named
        let known = self.known.tokens.thing(name.0);
        Ok(known.filter(|(t, n)| state.number(*t) == *n).map_or(Token::UNKNOWN, |(t, _)| t))
    }

    fn process(&mut self, state: &State, name: ProcessId, number: Option<Number>) -> ProcessId {
        if name == SELF {
            return self.begun.process;
        }
        if let Some(Number(number)) = number.filter(|_| name != ProcessId::MACHINE) {
            self.known.processes.set(name.0, number);
            let most = self.machine.limits.connections;
            if self.known.processes.len() > most {
                self.known.processes.retain(|n| state.process(*n) != ProcessId::MACHINE);
            }
        }
        let number = self.known.processes.thing(name.0);
        number.map_or(ProcessId::MACHINE, |number| state.process(number))
    }

    /// The structure that the call passes gets a slot of the machine.
    fn structure(&mut self, state: &mut State, call: &mut Call) -> Result<(), Fault> {
        let passed = match call {
            Call::Preset { request, .. } => Some(request),
            Call::Acquire { frame, .. }
            | Call::Associate { frame, .. }
            | Call::Release { frame, .. }
            | Call::Ioctl { frame, .. } => match &mut frame.overlapped {
                Overlapped::Of(request) => Some(request),
                _ => None,
            },
            _ => None,
        };
        let Some(passed) = passed else { return Ok(()) };
        let known = self.known.requests.thing(passed.0);
        let slot = match known {
            Some(slot) => slot,
            None => {
                room("requests", self.machine.limits.requests, self.known.requests.len())?;
                let slot = state.new_request();
                self.known.requests.set(passed.0, slot);
                slot
            }
        };
        *passed = slot;
        Ok(())
    }

    /// The reply in the names of the connection, and the numbers of what it names.
    pub(super) fn outward(
        &mut self,
        state: &State,
        names: Option<Names>,
        call: &Call,
        reply: Reply,
        raw: &mut Raw,
    ) -> Reply {
        let proposed = names.map(|names| match names {
            Names::Socket(socket) => socket.0,
            Names::Token(token) => token.0,
        });
        let known = &mut self.known;
        let reply = match reply {
            Reply::Socket(socket) => {
                raw.socket = Some(Number(u64::from(socket.0) * 4));
                let other = match call {
                    Call::Duplicate { process, .. } | Call::Inherit { process, .. } => {
                        *process != self.begun.process
                    }
                    _ => false,
                };
                // a descriptor of another process has no name here
                let sockets = &mut known.sockets;
                let name =
                    if other { sockets.vacant(proposed) } else { sockets.put(proposed, socket) };
                Reply::Socket(SocketId(name))
            }
            Reply::Opened { socket, kind, family } => {
                raw.socket = Some(Number(u64::from(socket.0) * 4));
                let socket = SocketId(known.sockets.put(proposed, socket));
                Reply::Opened { socket, kind, family }
            }
            Reply::Reserved { block, token } => {
                let number = state.number(token);
                raw.token = Some(Number(number));
                let token = Token(known.tokens.put(proposed, (token, number)));
                Reply::Reserved { block, token }
            }
            Reply::Token(token) => {
                let number = state.number(token);
                raw.token = Some(Number(number));
                Reply::Token(Token(known.tokens.put(proposed, (token, number))))
            }
            other => other,
        };
        if !matches!(reply, Reply::Failed(_)) {
            self.follow(state, call);
        }
        reply
    }

    /// What the call has ended loses its name.
    fn follow(&mut self, state: &State, call: &Call) {
        match *call {
            Call::CloseSocket { socket } => {
                self.known.sockets.remove(socket);
                self.forget_tokens(state);
            }
            Call::Release { .. } | Call::Delete { .. } => self.forget_tokens(state),
            Call::Cleanup => {
                let process = self.begun.process;
                let open = |s: &SocketId| state.host.look(|w| w.slot_of(process, *s).is_some());
                self.known.sockets.retain(open);
                self.forget_tokens(state);
            }
            Call::Exit => self.exited = true,
            _ => {}
        }
    }

    fn forget_tokens(&mut self, state: &State) {
        if self.known.tokens.len() > 0 {
            self.known.tokens.retain(|(token, number)| {
                state.number(*token) == *number
                    && state.host.look(|w| w.reservation(*token).is_some())
            });
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let requests: Vec<RequestId> = self.known.requests.things().collect();
        self.machine.end(&self.begun, self.exited, requests.into_iter());
    }
}

fn room(limit: &'static str, most: usize, has: usize) -> Result<(), Fault> {
    if has < most {
        return Ok(());
    }
    Err(Fault::limit(limit, most, format!("a process has at most {most} {limit}")))
}

/// Whether the name that is proposed is one of what the call creates.
fn creates(call: &Call, names: Option<Names>) -> Result<(), Fault> {
    let Some(names) = names else { return Ok(()) };
    let fits = match (call.shape(), names) {
        (Shape::Socket | Shape::Opened, Names::Socket(socket)) => socket != SocketId::INVALID,
        (Shape::Reserved | Shape::Token | Shape::Outcome, Names::Token(token)) => {
            token != Token::ZERO && token != Token::UNKNOWN
        }
        _ => false,
    };
    if fits {
        return Ok(());
    }
    Err(Fault::unreadable(format!("the call `{call}` creates nothing that is named {names}")))
}
