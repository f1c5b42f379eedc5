//! Which machine and process a thread's calls are made of.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, OnceLock};

use parking_lot::RwLock;
use portres_model::{
    Bytes, Call, Credentials, Error, ProcessId, Profile, Reply, SocketId, Who, World,
};

use super::thread;
use crate::host::Inner;
use crate::sync::{Held, thread_local};
use crate::{Host, Policy};

/// A simulated machine that programs written for Win32 run on. Clones are the same machine, and so are all of one host.
#[derive(Clone)]
pub struct Machine(Host);

/// A process of a machine. Clones are the same process; a process that the machine [started](Machine::start) ends with the
/// last of them.
#[derive(Clone)]
pub struct Program(Arc<Running>);

pub(super) struct Running {
    machine: Machine,
    process: ProcessId,
    ends: bool,
    /// Why it has come to an end that no test can go on from.
    crash: OnceLock<String>,
}

/// While it lives, its thread's calls are made by the program that was entered.
///
/// If the program has [crashed](Program::crash) meanwhile, dropping it panics and says why.
#[must_use = "the program is left as soon as this is dropped"]
pub struct Entered {
    program: Program,
    before: Option<Program>,
    /// What a thread has entered, no other can leave.
    of_thread: std::marker::PhantomData<*const ()>,
}

thread_local! {
    static ENTERED: RefCell<Option<Program>> = const { RefCell::new(None) };
    static LAST_ERROR: Cell<u32> = const { Cell::new(0) };
}

static DEFAULT: RwLock<Option<Program>> = RwLock::new(None);

impl Machine {
    /// The machine that a host is.
    #[must_use]
    pub fn new(host: Host) -> Machine {
        Machine(host)
    }

    /// The host, for what programs cannot do: restarts, blocks that appear, requests that complete, a look at the state.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.0
    }

    /// Whether two are the same machine.
    #[must_use]
    pub fn is(&self, other: &Machine) -> bool {
        Arc::ptr_eq(&self.0.0, &other.0.0)
    }

    /// Starts a process. Like every new process it has yet to call `WSAStartup`.
    #[must_use]
    pub fn start(&self, credentials: Credentials) -> Program {
        let mut host = self.0.0.lock();
        let process = loop {
            let next = host.beside().next_process();
            if host.world.process(next).is_none() {
                break next;
            }
        };
        let start = Call::Start { process, credentials };
        let _ = host.answer(Who::MACHINE, None, &start);
        self.program(process, true)
    }

    /// A process that somebody else has started, and that somebody else ends. One that was never started is a standard
    /// user's that has called `WSAStartup`.
    #[must_use]
    pub fn process(&self, process: ProcessId) -> Program {
        self.program(process, false)
    }

    fn program(&self, process: ProcessId, ends: bool) -> Program {
        let crash = OnceLock::new();
        Program(Arc::new(Running { machine: self.clone(), process, ends, crash }))
    }
}

impl Program {
    /// Makes the calling thread's calls those of this program, until what is returned is dropped.
    pub fn enter(&self) -> Entered {
        let before = ENTERED.with(|entered| entered.replace(Some(self.clone())));
        Entered { program: self.clone(), before, of_thread: std::marker::PhantomData }
    }

    /// Runs something as this program.
    ///
    /// # Panics
    /// If the program has [crashed](Program::crash).
    pub fn run<T>(&self, code: impl FnOnce() -> T) -> T {
        let _entered = self.enter();
        code()
    }

    /// Its name on the host.
    #[must_use]
    pub fn process(&self) -> ProcessId {
        self.0.process
    }

    /// What `GetCurrentProcessId` says in it: a multiple of four, as on Windows, and never 0.
    #[must_use]
    pub fn id(&self) -> u32 {
        number_of(self.0.process)
    }

    /// The machine on which it runs.
    #[must_use]
    pub fn machine(&self) -> &Machine {
        &self.0.machine
    }

    /// Why the program has crashed, if it has.
    ///
    /// A call that ends a real process by an access violation ends the simulated one: its sockets are closed, its other threads
    /// wait no longer, and whatever it calls from then on fails with WSANOTINITIALISED. The functions have the signature of the
    /// real ones and cannot unwind, so the code under test runs on until it returns; then leaving the program panics with
    /// the reason. The same becomes of a panic of the simulator itself, such as a pick of [`Policy::Scripted`] that
    /// is not permitted.
    ///
    /// Threads that have entered no program have no test that could fail so: there the whole process ends with the reason.
    #[must_use]
    pub fn crash(&self) -> Option<&str> {
        self.0.crash.get().map(String::as_str)
    }

    pub(super) fn lock(&self) -> Held<'_, Inner> {
        self.machine().0.0.lock()
    }

    /// The calling thread of this process.
    pub(super) fn who(&self, machine: &mut Inner) -> Who {
        let who = machine.beside().threads.who(self.0.process, thread::number());
        if !self.0.ends {
            machine.declare(who);
        }
        who
    }

    /// Makes a call.
    pub(super) fn call(&self, call: &Call) -> Reply {
        self.answered(call, || {
            let who = self.who(&mut self.lock());
            self.machine().0.call_of(who, call)
        })
    }

    /// Makes a call, and does what belongs to it before anybody else does anything. Not for calls that wait.
    pub(super) fn call_and(
        &self,
        call: &Call,
        then: impl FnOnce(&mut Inner, Who, &Reply),
    ) -> Reply {
        self.answered(call, || {
            let mut machine = self.lock();
            let who = self.who(&mut machine);
            let answer = machine.answer_if_there(who, call);
            then(&mut machine, who, &answer.reply);
            answer
        })
    }

    fn answered(&self, call: &Call, make: impl FnOnce() -> crate::Answer) -> Reply {
        match self.guarded(make) {
            Some(answer) if answer.reply == Reply::Failed(Error::AccessViolation) => {
                let rule = answer.rule;
                self.crashes(format!(
                    "access violation: `{call}` follows a pointer that leads nowhere, as the specification says of the real \
                     function [{rule}, {}: {}]",
                    rule.standing().name(),
                    rule.sources().join(", ")
                ));
                GONE
            }
            Some(answer) => answer.reply,
            None => GONE,
        }
    }

    /// Does something with the machine; `None` if the program has crashed.
    pub(super) fn within<T>(&self, at: impl FnOnce(&mut Inner, Who) -> T) -> Option<T> {
        self.guarded(|| {
            let mut machine = self.lock();
            let who = self.who(&mut machine);
            at(&mut machine, who)
        })
    }

    /// Does something that may panic; `None` if the program has crashed, or does so.
    pub(super) fn guarded<T>(&self, code: impl FnOnce() -> T) -> Option<T> {
        if self.crash().is_some() {
            return None;
        }
        match catch_unwind(AssertUnwindSafe(code)) {
            Ok(value) => Some(value),
            Err(panic) if self.is_entered() => {
                self.crashes(message(&*panic));
                None
            }
            Err(panic) => resume_unwind(panic),
        }
    }

    /// The program crashes.
    ///
    /// # Panics
    /// If the thread has not entered it. The functions do not unwind, so the process ends.
    pub(super) fn crashes(&self, why: String) {
        assert!(self.is_entered(), "{why}");
        if self.0.crash.set(why).is_ok() {
            let mut machine = self.lock();
            if machine.world.process(self.0.process).is_some() {
                let _ = machine.answer(Who::process(self.0.process), None, &Call::Exit);
            }
        }
    }

    fn is_entered(&self) -> bool {
        let same = |program: &Option<Program>| {
            program.as_ref().is_some_and(|program| Arc::ptr_eq(&program.0, &self.0))
        };
        ENTERED.with(|entered| same(&entered.borrow()))
    }

    /// What a call that gave this reply leaves in its byte count.
    pub(super) fn bytes(&self, call: &Call, reply: &Reply) -> Option<u32> {
        let bytes =
            |machine: &mut Inner, who: Who| machine.bytes_returned(who.process, call, reply);
        match self.within(bytes)?? {
            Bytes::Wrote(count) => Some(count),
            Bytes::Untouched => None,
        }
    }

    pub(super) fn look<T>(&self, at: impl FnOnce(&World) -> T) -> T {
        self.machine().host().look(at)
    }

    /// Why a call is refused before its arguments are looked at: what is true of every call on a handle.
    pub(super) fn refuses_handle(&self, socket: SocketId) -> Option<Error> {
        let name = portres_model::NameBuffer::Null;
        match self.call(&Call::GetSockName { socket, name }) {
            // these are about the name
            Reply::Failed(Error::WsaFault | Error::WsaInvalid) => None,
            Reply::Failed(error) => Some(error),
            _ => None,
        }
    }

    /// What is left of it when a thread may outlive it.
    pub(super) fn running(&self) -> &Arc<Running> {
        &self.0
    }

    pub(super) fn of(running: Arc<Running>) -> Program {
        Program(running)
    }
}

/// What is answered to a program that has crashed.
const GONE: Reply = Reply::Failed(Error::WsaNotInitialised);

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.ends {
            let mut machine = self.machine.0.0.lock();
            if machine.world.process(self.process).is_some() {
                let _ = machine.answer(Who::process(self.process), None, &Call::Exit);
            }
            machine.beside().process_ended(self.process);
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let before = self.before.take();
        // at the end of a thread there may be nothing left to go back to
        let _ = ENTERED.try_with(|entered| entered.replace(before));
        if let Some(why) = self.program.crash() {
            assert!(std::thread::panicking(), "{} has crashed: {why}", self.program.process());
        }
    }
}

/// The program as which threads call that have entered none. Returns the one before, if any was set or needed.
pub fn set_default(program: Program) -> Option<Program> {
    DEFAULT.write().replace(program)
}

/// The program as which the calling thread calls.
#[must_use]
pub fn current() -> Program {
    let entered = ENTERED.with(|entered| entered.borrow().clone());
    entered.or_else(|| DEFAULT.read().clone()).unwrap_or_else(|| {
        let mut default = DEFAULT.write();
        default.get_or_insert_with(fresh).clone()
    })
}

fn fresh() -> Program {
    let host = Host::new(World::default(), &Profile::likely(), Policy::Lowest, 1);
    Machine::new(host).start(Credentials::default())
}

pub(super) fn number_of(process: ProcessId) -> u32 {
    process.0.saturating_mul(4)
}

/// The process of a number; the identifier of no process where it is none's.
pub(super) fn process_of(number: u32) -> ProcessId {
    if number % 4 == 0 { ProcessId(number / 4) } else { ProcessId(0) }
}

pub(super) fn last_error() -> u32 {
    LAST_ERROR.with(Cell::get)
}

pub(super) fn set_last_error(error: u32) {
    LAST_ERROR.with(|last| last.set(error));
}
