//! The machine on which every connection is a process.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use portres_model::{
    Bytes, Call, Credentials, GREATEST_NAME, ProcessId, Reply, RequestId, Startup, Token, Who,
};
use portres_sim::Host;
use tokio::sync::watch;

use super::commit::Keeper;
use super::keep::Lasting;
use super::limits::Limits;
use super::number::Numbers;
use super::recording::{Recorder, TakenUp};
use super::wire::Fault;

/// A process table this full takes nobody any more, whatever the limits say: names end at a million.
pub(super) const CROWDED: usize = GREATEST_NAME as usize - 50_000;

/// The machine, and what the server knows of it beside its world.
pub(super) struct Machine {
    state: Mutex<State>,
    pub(super) limits: Limits,
    /// How long a request stays pending.
    pub(super) completes: Duration,
    /// How often the machine has restarted: a process of an earlier time has ended.
    restarts: watch::Sender<u64>,
    pub(super) keeper: Option<Arc<Keeper>>,
    pub(super) recorder: Option<Arc<Recorder>>,
}

/// What is behind the lock.
pub(super) struct State {
    pub(super) host: Host,
    pub(super) tokens: Numbers,
    /// The running processes by their numbers, which are never used again.
    by_number: HashMap<u64, ProcessId>,
    processes: Pool,
    requests: Pool,
    next_number: u64,
    restarts: u64,
    /// What was persistent behind the last call, where that is kept.
    kept: Option<Lasting>,
    /// The greatest socket that was ever open.
    greatest_socket: u32,
}

/// Slots that are used again, the lowest first.
#[derive(Default)]
struct Pool {
    free: BTreeSet<u32>,
    next: u32,
}

impl Pool {
    fn take(&mut self) -> u32 {
        self.free.pop_first().unwrap_or_else(|| {
            self.next += 1;
            self.next - 1
        })
    }
}

/// A process that has begun.
pub(super) struct Begun {
    pub(super) process: ProcessId,
    pub(super) number: u64,
    pub(super) restarts: u64,
}

impl Machine {
    pub(super) fn new(
        host: Host,
        nonce: u64,
        limits: Limits,
        completes: Duration,
        keeper: Option<Arc<Keeper>>,
        recorder: Option<Arc<Recorder>>,
    ) -> Machine {
        let kept = keeper.as_ref().map(|_| host.look(Lasting::of));
        let mut tokens = Numbers::new(nonce);
        for token in host.look(|w| w.reservations().map(|(t, _)| t).collect::<Vec<_>>()) {
            tokens.renew(token);
        }
        let state = State {
            host,
            tokens,
            by_number: HashMap::new(),
            processes: Pool { next: 1, ..Pool::default() },
            requests: Pool::default(),
            next_number: 4,
            restarts: 0,
            kept,
            greatest_socket: 0,
        };
        let restarts = watch::Sender::new(0);
        Machine { state: Mutex::new(state), limits, completes, restarts, keeper, recorder }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Tells of restarts.
    pub(super) fn restarts(&self) -> watch::Receiver<u64> {
        self.restarts.subscribe()
    }

    /// A process begins. Where it does not say who it is, it is a standard user's and has Winsock started.
    pub(super) fn begin(&self, credentials: Option<Credentials>) -> Result<Begun, Fault> {
        let mut state = self.lock();
        if state.by_number.len() >= CROWDED {
            return Err(Fault::limit(
                "processes",
                CROWDED,
                "the machine has no room for a process",
            ));
        }
        let process = state.vacant_process();
        let start = Call::Start { process, credentials: credentials.unwrap_or_default() };
        self.step(&mut state, Who::MACHINE, &start);
        if credentials.is_none() {
            let startup = Call::Startup(Startup::CURRENT);
            self.step(&mut state, Who::process(process), &startup);
        }
        let number = state.next_number;
        // as the numbers of processes are on Windows
        state.next_number += 4;
        state.by_number.insert(number, process);
        Ok(Begun { process, number, restarts: state.restarts })
    }

    /// A process ends, unless a restart has ended it already.
    pub(super) fn end(
        &self,
        begun: &Begun,
        exited: bool,
        requests: impl Iterator<Item = RequestId>,
    ) {
        let mut state = self.lock();
        if state.restarts != begun.restarts {
            return;
        }
        if !exited {
            self.step(&mut state, Who::process(begun.process), &Call::Exit);
        }
        state.by_number.remove(&begun.number);
        state.processes.free.insert(begun.process.0);
        state.requests.free.extend(requests.map(|r| r.0));
    }

    /// One call that nobody has asked for in these words.
    pub(super) fn step(&self, state: &mut State, who: Who, call: &Call) -> (Reply, Option<Bytes>) {
        let (reply, bytes) = self.take_effect(state, who, call);
        if let Some(recorder) = &self.recorder {
            recorder.whole(who, *call, reply, bytes);
        }
        (reply, bytes)
    }

    /// One call that has been taken up.
    pub(super) fn make(
        &self,
        state: &mut State,
        taken_up: Option<TakenUp<'_>>,
        who: Who,
        call: &Call,
    ) -> (Reply, Option<Bytes>) {
        let (reply, bytes) = self.take_effect(state, who, call);
        if let Some(taken_up) = taken_up {
            taken_up.made(who, *call, reply, bytes);
        }
        (reply, bytes)
    }

    /// One call, and what it means for what is kept.
    fn take_effect(&self, state: &mut State, who: Who, call: &Call) -> (Reply, Option<Bytes>) {
        // after a restart, looking a token up may find it in another slot
        let moves = state.restarts > 0 && matches!(call, Call::Lookup { .. });
        let tokens = moves.then(|| state.tokens());
        let reply = state.host.call_from(who, None, call).reply;
        let bytes = state.host.bytes_returned(who.process, call, &reply);
        if !matches!(reply, Reply::Failed(_)) {
            state.follow(call, &reply);
            if let Reply::Token(token) = reply {
                if tokens.is_some_and(|before| !before.contains(&token)) {
                    state.tokens.renew(token);
                }
            }
            if *call == Call::Restart {
                self.restarted(state);
            }
            if is_lasting(call) {
                self.keep(state);
            }
        }
        (reply, bytes)
    }

    /// What must be durable before a reply goes out that was computed just now. Whoever asks holds the lock.
    pub(super) fn rests_on(&self) -> u64 {
        self.keeper.as_ref().map_or(0, |keeper| keeper.queued())
    }

    fn restarted(&self, state: &mut State) {
        state.restarts += 1;
        state.by_number.clear();
        state.processes = Pool { next: 1, ..Pool::default() };
        state.requests = Pool::default();
        self.restarts.send_replace(state.restarts);
    }

    /// Hands what has changed to the keeper.
    fn keep(&self, state: &mut State) {
        let (Some(keeper), Some(kept)) = (&self.keeper, &mut state.kept) else { return };
        keeper.queue(&state.host.look(|world| kept.follow(world)));
    }
}

/// Whether a call may change what is persistent.
pub(super) fn is_lasting(call: &Call) -> bool {
    matches!(
        call,
        Call::Create { .. }
            | Call::Delete { .. }
            // an exclusion that has a token is a reservation
            | Call::Lookup { .. }
            | Call::AddExcluded { .. }
            | Call::DeleteExcluded { .. }
            | Call::SetDynamic { .. }
            // of a persistent token, at once or when the request completes
            | Call::Release { .. }
            | Call::Result { .. }
            | Call::Completion { .. }
            | Call::Complete { .. }
            | Call::Restart
    )
}

impl State {
    /// How often the machine has restarted.
    pub(super) fn restarts(&self) -> u64 {
        self.restarts
    }

    /// The process of this number; one that nobody has where there is none.
    pub(super) fn process(&self, number: u64) -> ProcessId {
        self.by_number.get(&number).copied().unwrap_or(ProcessId::MACHINE)
    }

    /// A slot for a structure that requests use.
    pub(super) fn new_request(&mut self) -> RequestId {
        RequestId(self.requests.take())
    }

    /// Whether there is no room for a socket more, whoever wants it.
    pub(super) fn is_crowded(&self) -> bool {
        self.greatest_socket as usize >= CROWDED
            && self.host.look(|world| world.sockets().count()) >= CROWDED
    }

    /// The number of a token.
    pub(super) fn number(&self, token: Token) -> u64 {
        self.tokens.of(token)
    }

    /// A slot for a process: the header's are taken, and so is one whose credentials its sockets in other processes keep.
    fn vacant_process(&mut self) -> ProcessId {
        let mut passed = Vec::new();
        let process = loop {
            let slot = self.processes.take();
            let process = ProcessId(slot);
            let taken = self.host.look(|world| world.credentials(process).is_some());
            if !taken {
                break process;
            }
            if self.host.look(|world| world.process(process).is_none()) {
                passed.push(slot);
            }
        };
        self.processes.free.extend(passed);
        process
    }

    fn tokens(&self) -> BTreeSet<Token> {
        self.host.look(|world| world.reservations().map(|(token, _)| token).collect())
    }

    fn follow(&mut self, call: &Call, reply: &Reply) {
        match reply {
            Reply::Socket(socket) | Reply::Opened { socket, .. } => {
                self.greatest_socket = self.greatest_socket.max(socket.0);
            }
            Reply::Reserved { token, .. } => self.reserved(call, *token),
            Reply::Token(token) if matches!(call, Call::Create { .. }) => self.tokens.renew(*token),
            // the token of a persistent reservation may be another now (ASSOC-20)
            Reply::Token(token) => self.tokens.ensure(*token),
            _ => {}
        }
    }

    /// A block was granted, or told again to whoever asks for the result.
    fn reserved(&mut self, call: &Call, token: Token) {
        match call {
            Call::Acquire { .. } | Call::Complete { .. } => self.tokens.renew(token),
            _ => self.tokens.ensure(token),
        }
    }
}
