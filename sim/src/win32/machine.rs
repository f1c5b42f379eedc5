//! Which machine a thread's calls are made of, and as which process.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use portres_model::{Bytes, Call, Credentials, Error, ProcessId, Profile, Reply, SocketId, World};

use super::names::Names;
use crate::{Host, Policy};

/// A simulated machine that programs written for Win32 run on. Clones are the same machine.
#[derive(Clone)]
pub struct Machine(Arc<Inner>);

struct Inner {
    host: Host,
    names: Mutex<Names>,
}

/// A process of a machine. Clones are the same process; a process that the machine [started](Machine::start) ends with the
/// last of them.
#[derive(Clone)]
pub struct Program(Arc<Running>);

struct Running {
    machine: Machine,
    process: ProcessId,
    ends: bool,
}

/// While it lives, its thread's calls are made by the program that was entered.
#[must_use = "the program is left as soon as this is dropped"]
pub struct Entered {
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
        Machine(Arc::new(Inner { host, names: Mutex::default() }))
    }

    /// The host, for what programs cannot do: restarts, blocks that appear, a look at the state.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.0.host
    }

    /// Whether two are the same machine.
    #[must_use]
    pub fn is(&self, other: &Machine) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Starts a process. Like every new process it has yet to call `WSAStartup`.
    #[must_use]
    pub fn start(&self, credentials: Credentials) -> Program {
        let mut names = self.0.names.lock();
        let process = names.next_process(|id| self.host().look(|w| w.process(id).is_none()));
        let start = Call::Start { process, credentials };
        let _ = self.host().call(ProcessId::MACHINE, &start);
        Program(Arc::new(Running { machine: self.clone(), process, ends: true }))
    }

    /// A process that somebody else has started, and that somebody else ends. One that was never started is a standard
    /// user's that has called `WSAStartup`.
    #[must_use]
    pub fn process(&self, process: ProcessId) -> Program {
        Program(Arc::new(Running { machine: self.clone(), process, ends: false }))
    }
}

impl Program {
    /// Makes the calling thread's calls those of this program, until what is returned is dropped.
    pub fn enter(&self) -> Entered {
        let before = ENTERED.replace(Some(self.clone()));
        Entered { before, of_thread: std::marker::PhantomData }
    }

    /// Runs something as this program.
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

    pub(super) fn names(&self) -> &Mutex<Names> {
        &self.0.machine.0.names
    }

    pub(super) fn call(&self, call: &Call) -> Reply {
        self.machine().host().call(self.0.process, call).reply
    }

    /// What a call that gave this reply leaves in its byte count.
    pub(super) fn bytes(&self, call: &Call, reply: &Reply) -> Option<u32> {
        match self.machine().host().bytes_returned(self.0.process, call, reply)? {
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
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.ends {
            let Machine(inner) = &self.machine;
            let _ = inner.host.call(self.process, &Call::Exit);
            inner.names.lock().process_ended(self.process);
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let before = self.before.take();
        // at the end of a thread there may be nothing left to go back to
        let _ = ENTERED.try_with(|entered| entered.replace(before));
    }
}

/// The program as which threads call that have entered none. Returns the one before, if any was set or needed.
pub fn set_default(program: Program) -> Option<Program> {
    DEFAULT.write().replace(program)
}

/// The program as which the calling thread calls.
#[must_use]
pub fn current() -> Program {
    let entered = ENTERED.with_borrow(Option::clone);
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
    LAST_ERROR.get()
}

pub(super) fn set_last_error(error: u32) {
    LAST_ERROR.set(error);
}

/// The number that an error is reported as.
///
/// # Panics
/// If it is no code but an exception. The functions that call this do not unwind, so the process ends.
pub(super) fn code(error: Error) -> u32 {
    assert!(
        error != Error::AccessViolation,
        "access violation: the function follows a pointer that leads nowhere, as the specification says of the real one"
    );
    error.number()
}
