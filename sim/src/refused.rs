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
    pub const fn kind(&self) -> io::ErrorKind {
        Refused::kind_of(self.error)
    }

    /// The kind that the standard library gives a code on Windows.
    ///
    /// Where it gives none that can be named (its `Uncategorized`), it is [`io::ErrorKind::Other`].
    #[must_use]
    pub const fn kind_of(error: Error) -> io::ErrorKind {
        use io::ErrorKind as Kind;
        match error {
            Error::FileNotFound => Kind::NotFound,
            Error::AccessDenied | Error::WsaAccess => Kind::PermissionDenied,
            Error::NotEnoughMemory => Kind::OutOfMemory,
            Error::InvalidParameter | Error::WsaInvalid => Kind::InvalidInput,
            Error::OperationAborted | Error::WsaTimedOut => Kind::TimedOut,
            Error::WsaWouldBlock => Kind::WouldBlock,
            Error::WsaAddressInUse => Kind::AddrInUse,
            Error::WsaAddressNotAvailable => Kind::AddrNotAvailable,
            Error::WsaNetworkDown => Kind::NetworkDown,
            Error::WsaNetworkUnreachable => Kind::NetworkUnreachable,
            Error::WsaConnectionAborted => Kind::ConnectionAborted,
            Error::WsaConnectionReset => Kind::ConnectionReset,
            Error::WsaNotConnected => Kind::NotConnected,
            Error::WsaConnectionRefused => Kind::ConnectionRefused,
            Error::WsaHostUnreachable => Kind::HostUnreachable,
            _ => Kind::Other,
        }
    }

    /// The refusal that an I/O error stands for, if it came from a simulated machine.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<&Refused> {
        error.get_ref()?.downcast_ref()
    }
}

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
