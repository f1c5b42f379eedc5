//! The parent of the workers.

use std::collections::BTreeMap;
use std::path::PathBuf;

use portres_model::{
    Call, Credentials, GREATEST_NAME, Names, PortBlock, PortRange, ProcessId, Protocol, Reply, Row,
    Shape, SocketId, Startup, Token, Who,
};

use super::credentials::{Player, Users, is_risky, rights_count};
use super::journal::Block;
use super::lasting::Lasting;
use super::launch::{self, Launched, TestUser};
use super::process::Worker;
use super::tokens::Tokens;
use super::wire::{Identity, Request, Response};
use super::{describe, netsh, persistent, token};
use crate::system::{Answer, Options, System, SystemError};
use crate::trace::Header;

/// A number that no process has: they are multiples of four.
const NO_PROCESS: u32 = 0xffff_fffd;

/// The real Winsock. Each process of a trace is a process of this machine.
pub struct Winsock {
    program: PathBuf,
    me: Identity,
    test_user: Option<TestUser>,
    lasting: Option<Lasting>,
    trace: Trace,
}

/// What belongs to one trace.
#[derive(Default)]
struct Trace {
    /// The credentials of the processes that the trace declares or starts, until they end.
    declared: BTreeMap<ProcessId, Credentials>,
    users: Users,
    processes: BTreeMap<ProcessId, Place>,
    tokens: Tokens,
    greatest_socket: u32,
    /// A process has died at a call that it should have survived: what it had is gone, and nothing behind it is right.
    broken: bool,
}

/// What there is for a process of the trace.
pub(super) enum Place {
    /// A worker.
    Worker(Worker),
    /// A worker with other rights than the trace wants: good for calls that do not depend on them.
    OtherRights(Worker),
    /// Nothing: this machine cannot have such a process.
    Nothing,
}

impl Winsock {
    /// Opens the real Winsock.
    ///
    /// # Errors
    /// If this program cannot start itself, if the password of the test user is not there, or if the machine may be
    /// changed but an earlier run has left changes behind.
    pub fn new(options: &Options) -> Result<Winsock, SystemError> {
        let program = std::env::current_exe().map_err(|e| {
            SystemError(format!("this program cannot find itself to start processes: {e}"))
        })?;
        let test_user = options.test_user.as_ref().map(test_user).transpose()?;
        let lasting = options.change_this_machine.then(Lasting::begin).transpose()?;
        Ok(Winsock { program, me: token::own(), test_user, lasting, trace: Trace::default() })
    }

    /// The place of a process; a process that is not there yet starts.
    fn place(&mut self, process: ProcessId) -> Result<&mut Place, SystemError> {
        if !self.trace.processes.contains_key(&process) {
            let place = self.new_place(process)?;
            self.trace.processes.insert(process, place);
        }
        // just looked for
        self.trace.processes.get_mut(&process).ok_or_else(|| SystemError("no process".into()))
    }

    /// A new process under the credentials of this one.
    pub(super) fn new_place(&mut self, process: ProcessId) -> Result<Place, SystemError> {
        match self.trace.declared.get(&process) {
            Some(credentials) => self.declared(*credentials),
            None => self.undeclared(),
        }
    }

    /// A process under the credentials that the trace says; Winsock is not started in it.
    fn declared(&mut self, wanted: Credentials) -> Result<Place, SystemError> {
        Ok(self.worker(wanted, true)?.map_or(Place::Nothing, Place::Worker))
    }

    /// A standard user's process with Winsock started. If this machine cannot have one, whatever it has does the calls
    /// that do not depend on rights.
    fn undeclared(&mut self) -> Result<Place, SystemError> {
        let wanted = Credentials::default();
        let mut place = match self.worker(wanted, false)? {
            Some(worker) => Place::Worker(worker),
            None if self.trace.users.player(wanted.user) == Player::Current => {
                Place::OtherRights(self.plain()?)
            }
            None => Place::Nothing,
        };
        if let Place::Worker(worker) | Place::OtherRights(worker) = &mut place {
            let (who, call) = (Who::process(ProcessId(1)), Call::Startup(Startup::CURRENT));
            worker.ask(&Request::new(who, None, call))?;
        }
        Ok(place)
    }

    /// A worker that is what is wanted, if this machine can have one.
    fn worker(
        &mut self,
        wanted: Credentials,
        declared: bool,
    ) -> Result<Option<Worker>, SystemError> {
        let fits = |worker: &Worker| worker.identity.is(wanted, declared);
        match self.trace.users.player(wanted.user) {
            Player::Current if self.me.is(wanted, declared) => self.plain().map(Some),
            Player::Current if self.me.is_elevated() => {
                let launched =
                    token::filtered().into_iter().map(|t| launch::with_token(&self.program, &t));
                Ok(launched.filter_map(heard).find(fits))
            }
            Player::Test => {
                let launched =
                    self.test_user.iter().map(|user| launch::with_logon(&self.program, user));
                Ok(launched.filter_map(heard).find(fits))
            }
            Player::Current | Player::Nobody => Ok(None),
        }
    }

    fn plain(&self) -> Result<Worker, SystemError> {
        let hide = self.test_user.as_ref().map(|user| user.variable.as_str());
        let launched = launch::plain(&self.program, hide)
            .map_err(|e| SystemError(format!("a worker process cannot be started: {e}")))?;
        Worker::new(launched)
    }

    /// A call of a process, done by its worker, or by one that may die of it.
    fn ask(&mut self, who: Who, names: Option<Names>, call: &Call) -> Result<Answer, SystemError> {
        let names = self.trace.names(names, call);
        let token = operand(call).map(|token| self.trace.tokens.raw(token));
        let request = Request { token, ..Request::new(who, names, *call) };
        let response = if is_risky(call) { self.risk(&request)? } else { self.done(&request)? };
        self.trace.answer(response, &request)
    }

    /// A request, done by the worker of its process.
    pub(super) fn done(&mut self, request: &Request) -> Result<Response, SystemError> {
        let worker = match self.place(request.who.process)? {
            Place::Worker(worker) => worker,
            Place::OtherRights(worker) if !rights_count(&request.call) => worker,
            Place::OtherRights(_) | Place::Nothing => return Ok(Reply::Unsupported.into()),
        };
        let response = worker.ask(request)?;
        self.trace.broken = !worker.is_alive();
        Ok(response)
    }

    /// A socket gets a descriptor in another process. A process that does not run has a number that none has.
    fn duplicate(
        &mut self,
        (who, names, call): (Who, Option<Names>, &Call),
        process: ProcessId,
    ) -> Result<Answer, SystemError> {
        let runs = self.trace.processes.contains_key(&process)
            || self.trace.declared.contains_key(&process);
        let number = match runs.then(|| self.place(process)).transpose()? {
            Some(Place::Worker(worker) | Place::OtherRights(worker)) => worker.id,
            Some(Place::Nothing) => return Ok(Reply::Unsupported.into()),
            None => NO_PROCESS,
        };
        let half = Request { process: Some(number), ..Request::new(who, None, *call) };
        let mut half = self.done(&half)?;
        let Some(protocol) = half.protocol.take() else { return Ok(half.reply.into()) };
        let names = self.trace.names(names, call);
        let other = Who::process(process);
        let request = Request { protocol: Some(protocol), ..Request::new(other, names, *call) };
        let response = self.done(&request)?;
        self.trace.answer(response, &request)
    }

    /// A call that may last: done only where that is allowed, and under the journal.
    fn lasting(
        &mut self,
        block: Block,
        (who, names, call): (Who, Option<Names>, &Call),
    ) -> Result<Reply, SystemError> {
        if !persistent::exists() {
            return Ok(Reply::Unsupported);
        }
        // taken out while the call is made, since both need this system
        let Some(lasting) = self.lasting.take() else { return Ok(Reply::Unsupported) };
        let ask = || self.ask(who, names, call).map(|answer| answer.reply);
        let reply = match call {
            Call::Create { .. } => lasting.create(block, ask),
            _ => lasting.delete(block, ask),
        };
        self.lasting = Some(lasting);
        reply
    }

    fn exit(&mut self, who: Who) -> Result<Reply, SystemError> {
        let reply = self.ask(who, None, &Call::Exit)?.reply;
        self.trace.declared.remove(&who.process);
        if let Some(Place::Worker(worker) | Place::OtherRights(worker)) =
            self.trace.processes.remove(&who.process)
        {
            worker.gone()?;
        }
        Ok(reply)
    }

    fn start_process(
        &mut self,
        process: ProcessId,
        credentials: Credentials,
    ) -> Result<Reply, SystemError> {
        self.trace.processes.remove(&process);
        self.trace.declared.insert(process, credentials);
        let place = self.place(process)?;
        Ok(if let Place::Nothing = place { Reply::Unsupported } else { Reply::Ok })
    }

    /// Ends every process and undoes what would last.
    fn end(&mut self) -> Result<(), SystemError> {
        for place in self.trace.processes.values_mut() {
            if let Place::Worker(worker) | Place::OtherRights(worker) = place {
                worker.dismiss();
            }
        }
        self.trace = Trace::default();
        self.lasting.as_ref().map_or(Ok(()), Lasting::undo)
    }
}

impl System for Winsock {
    fn start(&mut self, header: &Header) -> Result<Header, SystemError> {
        self.end()?;
        for process in &header.processes {
            let credentials = process.credentials();
            self.trace.users.player(credentials.user);
            self.trace.declared.insert(process.process, credentials);
        }
        Ok(describe::header(header, self.me))
    }

    fn call(&mut self, who: Who, names: Option<Names>, call: &Call) -> Result<Answer, SystemError> {
        if self.trace.broken {
            return Err(SystemError("a worker process has died: what it had is gone".into()));
        }
        match *call {
            Call::Start { process, credentials } => {
                self.start_process(process, credentials).map(Answer::from)
            }
            _ if who.process == ProcessId::MACHINE => Ok(Reply::Unsupported.into()),
            Call::Exit => self.exit(who).map(Answer::from),
            Call::Create { protocol, range, .. } | Call::Delete { protocol, range } => {
                let block = Block { protocol, range };
                self.lasting(block, (who, names, call)).map(Answer::from)
            }
            Call::Duplicate { process, .. } => self.duplicate((who, names, call), process),
            Call::ShowExcluded { protocol, range } => Ok(row(protocol, range).into()),
            Call::ShowDynamic { protocol } => {
                Ok(describe::dynamic(protocol).map_or(Reply::Unsupported, Reply::Range).into())
            }
            // netsh says in words of the system's language why it has refused, and with no code
            Call::AddExcluded { .. } | Call::DeleteExcluded { .. } | Call::SetDynamic { .. }
            // no worker is the child of another
            | Call::Inherit { .. }
            | Call::Restart
            | Call::Appear { .. }
            | Call::Vanish { .. }
            | Call::Network { .. }
            | Call::Settle { .. }
            | Call::Complete { .. } => Ok(Reply::Unsupported.into()),
            Call::Startup(_)
            | Call::Cleanup
            | Call::Socket { .. }
            | Call::Open { .. }
            | Call::SetSockOpt { .. }
            | Call::GetSockOpt { .. }
            | Call::IoctlSocket { .. }
            | Call::Bind { .. }
            | Call::GetSockName { .. }
            | Call::GetPeerName { .. }
            | Call::Disconnect { .. }
            | Call::Listen { .. }
            | Call::Connect { .. }
            | Call::ConnectEx { .. }
            | Call::Accept { .. }
            | Call::SendTo { .. }
            | Call::CloseSocket { .. }
            | Call::Acquire { .. }
            | Call::Associate { .. }
            | Call::Release { .. }
            | Call::Affinity { .. }
            | Call::Ioctl { .. }
            | Call::Result { .. }
            | Call::Completion { .. }
            | Call::Cancel { .. }
            | Call::Preset { .. }
            | Call::EndThread
            | Call::Lookup { .. } => self.ask(who, names, call),
        }
    }

    fn finish(&mut self) -> Result<(), SystemError> {
        self.end()
    }
}

impl Drop for Winsock {
    fn drop(&mut self) {
        // whoever wants to know calls `finish` first
        drop(self.end());
    }
}

impl Trace {
    /// The name that a call's creation gets: sockets are named before, tokens when it is known whether they are new.
    fn names(&mut self, proposed: Option<Names>, call: &Call) -> Option<Names> {
        if !matches!(call.shape(), Shape::Socket | Shape::Opened) {
            return proposed.filter(|names| matches!(names, Names::Token(_)));
        }
        let socket = match proposed {
            Some(Names::Socket(socket)) if socket != SocketId::INVALID => socket,
            _ => SocketId(self.greatest_socket.saturating_add(1).min(GREATEST_NAME)),
        };
        self.greatest_socket = self.greatest_socket.max(socket.0);
        Some(Names::Socket(socket))
    }

    /// The answer with the name of its token.
    fn answer(&mut self, response: Response, to: &Request) -> Result<Answer, SystemError> {
        let Response { reply, token, bytes, .. } = response;
        let reply = match (reply, token) {
            (Reply::Reserved { block, .. }, Some(raw)) => {
                Reply::Reserved { block, token: self.token(raw, to.names) }
            }
            (Reply::Token(_), Some(raw)) => Reply::Token(self.token(raw, to.names)),
            (other, _) => other,
        };
        if !reply.fits(&to.call) {
            let call = to.call;
            return Err(SystemError(format!("a worker process answers `{reply:?}` to `{call:?}`")));
        }
        Ok(Answer { reply, bytes })
    }

    fn token(&mut self, raw: u64, names: Option<Names>) -> Token {
        let proposed = match names {
            Some(Names::Token(token)) => Some(token),
            Some(Names::Socket(_)) | None => None,
        };
        self.tokens.name(raw, proposed)
    }
}

/// The token that is an operand of a call.
fn operand(call: &Call) -> Option<Token> {
    match *call {
        Call::Associate { token, .. } | Call::Release { token, .. } => Some(token),
        _ => None,
    }
}

/// How the list of exclusions shows a block.
fn row(protocol: Protocol, range: PortRange) -> Reply {
    let Some(rows) = describe::exclusions(protocol) else { return Reply::Unsupported };
    let block = range.block();
    let same =
        |row: &&netsh::Row| block.is_some() && PortBlock::between(row.first, row.last) == block;
    Reply::Row(match rows.iter().find(same) {
        Some(found) if found.starred => Row::Starred,
        Some(_) => Row::Unstarred,
        None => Row::Absent,
    })
}

/// The worker, if it could be started and says who it is.
fn heard(launched: std::io::Result<Launched>) -> Option<Worker> {
    launched.ok().and_then(|launched| Worker::new(launched).ok())
}

fn test_user((name, variable): &(String, String)) -> Result<TestUser, SystemError> {
    let password = std::env::var_os(variable).ok_or_else(|| {
        SystemError(format!(
            "the environment variable `{variable}` does not hold the test user's password"
        ))
    })?;
    Ok(TestUser { name: name.clone(), password, variable: variable.clone() })
}
