//! A refusal that says why.

use std::{fmt, io};

use portres_model::{About, Call, Error, ProcessId, Rule};

/// A call was refused. Shown, by `{}` and by `{:?}` alike, it says by which rule, so that a failing test tells why.
///
/// As a [`std::io::Error`] it has the kind that the standard library gives the code on Windows; see [`Refused::kind`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    pub(crate) by: ProcessId,
    pub(crate) call: Call,
    pub(crate) error: Error,
    pub(crate) rule: Rule,
    pub(crate) about: About,
}

impl Refused {
    /// The code, with its C name.
    #[must_use]
    pub const fn error(&self) -> Error {
        self.error
    }

    /// The number of the code: what `WSAGetLastError` or the function returns.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.error.number()
    }

    /// The C name of the code, such as `WSAEACCES`; `None` for one that has none here.
    #[must_use]
    pub const fn c_name(&self) -> Option<&'static str> {
        self.error.c_name()
    }

    /// The rule that refused; [`Rule::sources`] are the clauses and the evidence that it rests on.
    #[must_use]
    pub const fn rule(&self) -> Rule {
        self.rule
    }

    /// What is in the way.
    #[must_use]
    pub const fn about(&self) -> About {
        self.about
    }

    /// The call.
    #[must_use]
    pub const fn call(&self) -> &Call {
        &self.call
    }

    /// The process that made it.
    #[must_use]
    pub const fn process(&self) -> ProcessId {
        self.by
    }

    /// The kind that the standard library gives its code on Windows: [`Refused::kind_of`].
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        Refused::kind_of(self.error)
    }

    /// The kind that the standard library gives a code on Windows.
    ///
    /// Where it has none it is the one that cannot be named, `Uncategorized`, as there. Kinds that this version of the
    /// standard library does not know yet are no kinds here either.
    #[must_use]
    pub fn kind_of(error: Error) -> io::ErrorKind {
        let of = |number| io::Error::from_raw_os_error(number).kind();
        let uncategorized = of(i32::MAX);
        // since 1.98 one tells of too many open files; elsewhere than on Windows that is the number 24
        let too_many = if cfg!(unix) { of(24) } else { uncategorized };
        match error {
            Error::WsaTooManyFiles => too_many,
            Error::WsaShutdown if too_many != uncategorized => io::ErrorKind::BrokenPipe,
            _ => {
                let known = KINDS.iter().find(|(number, _)| *number == error.number());
                known.map_or(uncategorized, |(_, kind)| *kind)
            }
        }
    }

    /// The refusal that an I/O error stands for, if it came from a simulated machine. It may stand behind other errors, as
    /// [`std::error::Error::source`] or within an `io::Error` around it.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<&Refused> {
        let inner: &(dyn std::error::Error + 'static) = error.get_ref()?;
        Refused::behind(inner)
    }

    fn behind<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Refused> {
        if let Some(refused) = error.downcast_ref() {
            return Some(refused);
        }
        match error.downcast_ref::<io::Error>() {
            Some(error) => Refused::of(error),
            None => Refused::behind(error.source()?),
        }
    }
}

/// The codes to which the standard library for Windows gives a kind, as far as the simulated functions may give them.
const KINDS: &[(u32, io::ErrorKind)] = {
    use io::ErrorKind as Kind;
    const fn of(error: Error, kind: io::ErrorKind) -> (u32, io::ErrorKind) {
        (error.number(), kind)
    }
    &[
        of(Error::FileNotFound, Kind::NotFound),
        // ERROR_PATH_NOT_FOUND
        (3, Kind::NotFound),
        of(Error::AccessDenied, Kind::PermissionDenied),
        of(Error::NotEnoughMemory, Kind::OutOfMemory),
        // ERROR_OUTOFMEMORY
        (14, Kind::OutOfMemory),
        // ERROR_FILE_EXISTS
        (80, Kind::AlreadyExists),
        of(Error::InvalidParameter, Kind::InvalidInput),
        // ERROR_BROKEN_PIPE, ERROR_CALL_NOT_IMPLEMENTED, ERROR_SEM_TIMEOUT, ERROR_BUSY
        (109, Kind::BrokenPipe),
        (120, Kind::Unsupported),
        (121, Kind::TimedOut),
        (170, Kind::ResourceBusy),
        // ERROR_ALREADY_EXISTS, ERROR_NO_DATA, WAIT_TIMEOUT
        (183, Kind::AlreadyExists),
        (232, Kind::BrokenPipe),
        (258, Kind::TimedOut),
        of(Error::OperationAborted, Kind::TimedOut),
        // ERROR_POSSIBLE_DEADLOCK, ERROR_NETWORK_UNREACHABLE, ERROR_HOST_UNREACHABLE, ERROR_TIMEOUT
        (1131, Kind::Deadlock),
        (1231, Kind::NetworkUnreachable),
        (1232, Kind::HostUnreachable),
        (1460, Kind::TimedOut),
        of(Error::WsaAccess, Kind::PermissionDenied),
        of(Error::WsaInvalid, Kind::InvalidInput),
        of(Error::WsaWouldBlock, Kind::WouldBlock),
        of(Error::WsaAddressInUse, Kind::AddrInUse),
        of(Error::WsaAddressNotAvailable, Kind::AddrNotAvailable),
        of(Error::WsaNetworkDown, Kind::NetworkDown),
        of(Error::WsaNetworkUnreachable, Kind::NetworkUnreachable),
        of(Error::WsaConnectionAborted, Kind::ConnectionAborted),
        of(Error::WsaConnectionReset, Kind::ConnectionReset),
        of(Error::WsaNotConnected, Kind::NotConnected),
        of(Error::WsaTimedOut, Kind::TimedOut),
        of(Error::WsaConnectionRefused, Kind::ConnectionRefused),
        of(Error::WsaHostUnreachable, Kind::HostUnreachable),
        // WSAEDQUOT
        (10_069, Kind::QuotaExceeded),
    ]
};

/// What [`io::Error::raw_os_error`] gives on Windows: the number of the simulated refusal, or else that of the real one.
///
/// An `io::Error` made from a number means an error of the system that runs the test: outside Windows 10013 would be a
/// number without a meaning, of another kind, and nobody could tell why. So a refusal becomes an `io::Error` of the right
/// kind around the [`Refused`] itself, and code under test that looks at numbers asks this function.
#[must_use]
pub fn raw_os_error(error: &io::Error) -> Option<i32> {
    match Refused::of(error) {
        Some(refused) => Some(i32::from_ne_bytes(refused.number().to_ne_bytes())),
        None => error.raw_os_error(),
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Refused { by, call, error, rule, about } = self;
        let by: &dyn fmt::Display = if *by == ProcessId::MACHINE { &"machine" } else { by };
        write!(f, "{by}: {call} -> {error} ({}): {}", error.number(), rule.says())?;
        // the weightiest come first
        let sources = rule.sources();
        let sources = sources[..sources.len().min(3)].join(", ");
        write!(f, " [{rule}, {}: {sources}]", rule.standing().name())?;
        match about {
            About::Call => Ok(()),
            About::Socket(socket) => write!(f, " in its way: socket {socket}"),
            About::Reservation(token) => write!(f, " in its way: reservation {token}"),
            About::Exclusion(block) => write!(f, " in its way: the excluded block {block}"),
            About::Port(port) => write!(f, " in its way: a socket at port {port}"),
            About::Connection(port) => write!(f, " in its way: a connection at port {port}"),
        }
    }
}

impl fmt::Debug for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Refused {}

impl From<Refused> for io::Error {
    fn from(refused: Refused) -> io::Error {
        io::Error::new(refused.kind(), refused)
    }
}
