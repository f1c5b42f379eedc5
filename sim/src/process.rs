//! Programs on a machine: a process as a handle, and the calls that need no socket.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use portres_model::{
    AccessToken, Account, Attributes, Call, Credentials, Family, Owner, PortBlock, PortRange,
    ProcessId, Protocol, Reply, RequestId, Row, SocketId, SocketKind, Startup, Status, Store,
    Token, Triple, User, Version,
};

use crate::builder::user;
use crate::host::Host;
use crate::refused::Refused;
use crate::socket::{Reservation, Socket};

/// A process that is about to start. See [`Host::process`].
#[must_use = "`start` starts it"]
pub struct Launch {
    host: Host,
    user: User,
    account: Option<Account>,
    token: Option<AccessToken>,
    winsock: bool,
}

/// A running process. Dropped, it ends, as [`Process::exit`] makes it: its sockets are closed and their runtime reservations
/// end, whoever still has handles of them.
pub struct Process {
    core: Arc<Core>,
}

/// What the handles of a process share.
pub(crate) struct Core {
    host: Host,
    id: ProcessId,
    /// How often all of its sockets have been closed at once: their handles must not close what has their names now.
    swept: AtomicU32,
}

/// What an overlapped request gave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Success, and nothing else to see.
    Done,
    /// A reservation.
    Reserved(Reservation),
}

impl Host {
    /// A process of a user account, to be started: a standard user's unless the builder declares the account or
    /// [`Launch::elevated`] or [`Launch::account`] says otherwise.
    ///
    /// # Panics
    /// If it is no name of a user: 1 to 24 letters, digits, `-`, `_` or `.`.
    pub fn process(&self, name: &str) -> Launch {
        let user = user(name);
        let account = self.account(user);
        Launch { host: self.clone(), user, account, token: None, winsock: true }
    }

    /// The machine restarts: every process ends, the persistent store stays.
    pub fn restart(&self) {
        let done = self.event(Call::Restart);
        debug_assert!(done.is_ok(), "nothing refuses a restart");
    }

    /// A system component takes a block.
    ///
    /// # Errors
    /// If a port of it is in use or taken.
    pub fn appear(
        &self,
        protocol: Protocol,
        block: PortBlock,
        owner: Owner,
    ) -> Result<(), Refused> {
        self.event(Call::Appear { protocol, block, owner }).map(drop)
    }

    /// A system component gives a block back.
    ///
    /// # Errors
    /// If none has it.
    pub fn vanish(&self, protocol: Protocol, block: PortBlock) -> Result<(), Refused> {
        self.event(Call::Vanish { protocol, block }).map(drop)
    }

    /// The network subsystem fails, or works again. Calls may fail while it is down; whether they do is the policy's choice. With
    /// [`Mishap::NetworkDown`](crate::Mishap::NetworkDown) they do.
    pub fn network(&self, up: bool) {
        let done = self.event(Call::Network { up });
        debug_assert!(done.is_ok(), "nothing refuses the failure of the network");
    }

    /// The last lingering connection of a TCP port ends.
    ///
    /// # Errors
    /// If none lingers there.
    pub fn settle(&self, port: u16) -> Result<(), Refused> {
        self.event(Call::Settle { port }).map(drop)
    }

    /// A pending request completes.
    ///
    /// # Errors
    /// What the request gave, or that it is not pending.
    pub fn complete(&self, request: RequestId) -> Result<Outcome, Refused> {
        self.event(Call::Complete { request }).map(outcome)
    }

    fn event(&self, call: Call) -> Result<Reply, Refused> {
        self.ask(ProcessId::MACHINE, &call)
    }
}

impl Launch {
    /// What the user account is.
    pub fn account(mut self, account: Account) -> Launch {
        self.account = Some(account);
        self
    }

    /// Under the full token of a member of Administrators. An account of which nothing was said is one.
    pub fn elevated(mut self) -> Launch {
        self.account = self.account.or(Some(Account::Administrator));
        self.token = Some(AccessToken::Elevated);
        self
    }

    /// Under the token that UAC gives a member of Administrators whose program was not elevated.
    pub fn filtered(mut self) -> Launch {
        self.token = Some(AccessToken::Filtered);
        self
    }

    /// Winsock is not started: the program does it itself, by [`Process::startup`].
    pub fn without_winsock(mut self) -> Launch {
        self.winsock = false;
        self
    }

    /// Starts it, with Winsock 2.2 started once.
    #[must_use = "a process that nobody keeps ends"]
    pub fn start(self) -> Process {
        let Launch { host, user, account, token, winsock } = self;
        let account = account.unwrap_or_default();
        let token = token.unwrap_or_else(|| account.default_token());
        let id = host.new_process();
        let credentials = Credentials { user, account, token };
        let started = host.event(Call::Start { process: id, credentials });
        debug_assert!(started.is_ok(), "nothing refuses the start of a process");
        let process = Process { core: Arc::new(Core { host, id, swept: AtomicU32::new(0) }) };
        if winsock {
            // what may fail may fail here, too: the next call then says so
            let _ = process.startup(Startup::CURRENT);
        }
        process
    }
}

impl Core {
    pub(crate) fn ask(&self, call: &Call) -> Result<Reply, Refused> {
        self.host.ask(self.id, call)
    }

    pub(crate) fn swept(&self) -> u32 {
        self.swept.load(Ordering::Acquire)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let runs = self.core.host.look(|world| world.process(self.core.id).is_some());
        if runs {
            let _ = self.core.ask(&Call::Exit);
        }
    }
}

impl Process {
    /// Its name on the machine.
    #[must_use]
    pub fn id(&self) -> ProcessId {
        self.core.id
    }

    /// The machine.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.core.host
    }

    /// Does any call: those with arguments that are not well-formed have no method of their own.
    ///
    /// # Errors
    /// If it is refused.
    pub fn call(&self, call: &Call) -> Result<Reply, Refused> {
        self.core.ask(call)
    }

    /// A handle of a socket of this process that has none: one that came from [`Process::call`].
    #[must_use]
    pub fn handle(&self, socket: SocketId) -> Socket {
        Socket::of(&self.core, socket)
    }

    pub(crate) fn adopt(&self, reply: Reply) -> Socket {
        Socket::created(&self.core, reply)
    }

    /// `WSAStartup`; the version granted, where the machine shows it.
    ///
    /// # Errors
    /// If it is refused.
    pub fn startup(&self, startup: Startup) -> Result<Option<Version>, Refused> {
        self.call(&Call::Startup(startup)).map(|reply| match reply {
            Reply::Version(version) => Some(version),
            _ => None,
        })
    }

    /// `WSACleanup`: the last one closes every socket of the process.
    ///
    /// # Errors
    /// If it is refused.
    pub fn cleanup(&self) -> Result<(), Refused> {
        self.call(&Call::Cleanup)?;
        let started = self.core.host.look(|world| world.started(self.core.id));
        if !started {
            self.core.swept.fetch_add(1, Ordering::AcqRel);
        }
        Ok(())
    }

    /// A TCP socket of IPv4.
    ///
    /// # Errors
    /// If it is refused.
    pub fn tcp(&self) -> Result<Socket, Refused> {
        self.socket(SocketKind::Tcp, Family::V4)
    }

    /// A UDP socket of IPv4.
    ///
    /// # Errors
    /// If it is refused.
    pub fn udp(&self) -> Result<Socket, Refused> {
        self.socket(SocketKind::Udp, Family::V4)
    }

    /// `socket`.
    ///
    /// # Errors
    /// If it is refused.
    pub fn socket(&self, kind: SocketKind, family: Family) -> Result<Socket, Refused> {
        self.wsa_socket(kind, family, Attributes::default())
    }

    /// `WSASocket`.
    ///
    /// # Errors
    /// If it is refused.
    pub fn wsa_socket(
        &self,
        kind: SocketKind,
        family: Family,
        attributes: Attributes,
    ) -> Result<Socket, Refused> {
        self.opened(&Call::Socket { kind, family, attributes })
    }

    /// `WSASocket` by numbers, with what `lpProtocolInfo` says of them.
    ///
    /// # Errors
    /// If it is refused.
    pub fn open(
        &self,
        numbers: Triple,
        info: Option<Triple>,
        attributes: Attributes,
    ) -> Result<Socket, Refused> {
        let Triple { family, kind, protocol } = numbers;
        self.opened(&Call::Open { family, kind, protocol, info, attributes })
    }

    fn opened(&self, call: &Call) -> Result<Socket, Refused> {
        Ok(Socket::created(&self.core, self.call(call)?))
    }

    /// A handle that a child inherits, found in this process, the child.
    ///
    /// # Errors
    /// If it does not inherit it.
    pub fn inherit(&self, socket: &Socket) -> Result<Socket, Refused> {
        let call = Call::Inherit { socket: socket.id(), process: self.core.id };
        Ok(Socket::created(&self.core, socket.ask(&call)?))
    }

    /// `WSAGetOverlappedResult`; `wait` is `fWait`.
    ///
    /// # Errors
    /// What the request gave, or that it has not completed.
    pub fn result(&self, request: RequestId, wait: bool) -> Result<Outcome, Refused> {
        self.call(&Call::Result { request, wait, null: false }).map(outcome)
    }

    /// The completion routine of a request has run, in an alertable wait.
    ///
    /// # Errors
    /// What the request gave, or that it has no routine.
    pub fn completion(&self, request: RequestId) -> Result<Outcome, Refused> {
        self.call(&Call::Completion { request }).map(outcome)
    }

    /// The program itself writes a status into an overlapped structure that no request has used.
    ///
    /// # Errors
    /// None is known.
    pub fn preset(&self, request: RequestId, status: Status) -> Result<(), Refused> {
        self.call(&Call::Preset { request, status }).map(drop)
    }

    /// A thread of the process ends.
    ///
    /// # Errors
    /// None is known.
    pub fn end_thread(&self) -> Result<(), Refused> {
        self.call(&Call::EndThread).map(drop)
    }

    /// `CreatePersistentTcpPortReservation`, `CreatePersistentUdpPortReservation`.
    ///
    /// # Errors
    /// If it is refused.
    pub fn create(&self, protocol: Protocol, start: u16, count: u16) -> Result<Token, Refused> {
        let range = PortRange { start, count };
        self.call(&Call::Create { protocol, range, null: false }).map(token)
    }

    /// `DeletePersistentTcpPortReservation`, `DeletePersistentUdpPortReservation`.
    ///
    /// # Errors
    /// If it is refused.
    pub fn delete(&self, protocol: Protocol, start: u16, count: u16) -> Result<(), Refused> {
        self.call(&Call::Delete { protocol, range: PortRange { start, count } }).map(drop)
    }

    /// `LookupPersistentTcpPortReservation`, `LookupPersistentUdpPortReservation`.
    ///
    /// # Errors
    /// If it is refused.
    pub fn lookup(&self, protocol: Protocol, start: u16, count: u16) -> Result<Token, Refused> {
        let range = PortRange { start, count };
        self.call(&Call::Lookup { protocol, range, null: false }).map(token)
    }

    /// `netsh interface ipv4 add excludedportrange`.
    ///
    /// # Errors
    /// If it is refused.
    pub fn add_excluded(
        &self,
        protocol: Protocol,
        range: PortRange,
        store: Store,
    ) -> Result<(), Refused> {
        self.call(&Call::AddExcluded { protocol, range, store }).map(drop)
    }

    /// `netsh interface ipv4 delete excludedportrange`.
    ///
    /// # Errors
    /// If it is refused.
    pub fn delete_excluded(
        &self,
        protocol: Protocol,
        range: PortRange,
        store: Store,
    ) -> Result<(), Refused> {
        self.call(&Call::DeleteExcluded { protocol, range, store }).map(drop)
    }

    /// `netsh interface ipv4 show excludedportrange`, and a look for the row of this block.
    ///
    /// # Errors
    /// None is known.
    pub fn show_excluded(&self, protocol: Protocol, range: PortRange) -> Result<Row, Refused> {
        self.call(&Call::ShowExcluded { protocol, range }).map(|reply| match reply {
            Reply::Row(row) => row,
            other => unlike(&other),
        })
    }

    /// `netsh interface ipv4 set dynamicportrange`.
    ///
    /// # Errors
    /// If it is refused.
    pub fn set_dynamic(
        &self,
        protocol: Protocol,
        range: PortRange,
        store: Store,
    ) -> Result<(), Refused> {
        self.call(&Call::SetDynamic { protocol, range, store }).map(drop)
    }

    /// `netsh interface ipv4 show dynamicportrange`.
    ///
    /// # Errors
    /// None is known.
    pub fn show_dynamic(&self, protocol: Protocol) -> Result<PortRange, Refused> {
        self.call(&Call::ShowDynamic { protocol }).map(|reply| match reply {
            Reply::Range(range) => range,
            other => unlike(&other),
        })
    }

    /// The process ends, by itself or killed: what dropping it does, too.
    pub fn exit(self) {}
}

pub(crate) fn outcome(reply: Reply) -> Outcome {
    match reply {
        Reply::Reserved { block, token } => Outcome::Reserved(Reservation { block, token }),
        _ => Outcome::Done,
    }
}

fn token(reply: Reply) -> Token {
    match reply {
        Reply::Token(token) => token,
        other => unlike(&other),
    }
}

pub(crate) fn unlike(reply: &Reply) -> ! {
    unreachable!("`{reply}` is no answer to this call")
}
