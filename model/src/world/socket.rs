//! Open sockets and their options.

use std::net::SocketAddr;

use crate::call::{Attributes, Family, SocketKind, SocketOption};
use crate::id::{ProcessId, Token};
use crate::port::Protocol;
use crate::sharing::Share;

/// Which of the two sharing options a socket has, and which was set last.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Options {
    /// Neither.
    #[default]
    Neither,
    /// `SO_REUSEADDR`.
    Reuse,
    /// `SO_EXCLUSIVEADDRUSE`.
    Exclusive,
    /// Both, `SO_REUSEADDR` last.
    BothReuseLast,
    /// Both, `SO_EXCLUSIVEADDRUSE` last.
    BothExclusiveLast,
}

impl Options {
    /// How the socket shares its address, the last option winning.
    #[must_use]
    pub const fn share(self) -> Share {
        match self {
            Options::Neither => Share::Default,
            Options::Reuse | Options::BothReuseLast => Share::Reuse,
            Options::Exclusive | Options::BothExclusiveLast => Share::Exclusive,
        }
    }

    /// Whether both are set.
    #[must_use]
    pub const fn both(self) -> bool {
        matches!(self, Options::BothReuseLast | Options::BothExclusiveLast)
    }
}

/// The Boolean options of a socket that neither share its address nor choose its family.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Settings(u8);

impl Settings {
    /// Whether the option is set.
    #[must_use]
    pub const fn has(self, option: SocketOption) -> bool {
        match Settings::bit(option) {
            Some(place) => self.0 >> place & 1 == 1,
            None => false,
        }
    }

    /// With the option set or cleared, if it is one of them.
    #[must_use]
    pub const fn with(self, option: SocketOption, on: bool) -> Settings {
        match Settings::bit(option) {
            Some(place) => Settings(self.0 & !(1 << place) | (on as u8) << place),
            None => self,
        }
    }

    /// The Boolean options stand first in the table.
    const fn bit(option: SocketOption) -> Option<u8> {
        match option.place() {
            Some(place) if place < 8 => Some(place),
            _ => None,
        }
    }
}

/// How a socket is connected.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Connection {
    /// Not at all.
    #[default]
    None,
    /// A connect of the non-blocking socket has begun: whether it is over, and has bound the socket, nobody has seen.
    UnderWay,
    /// A connect has failed: whether it has bound the socket, nobody has seen.
    Failed,
    /// The connect of a datagram socket has been undone.
    Undone,
    /// By connect.
    Connected,
    /// By accept: it shares the port of the listener.
    Accepted,
}

/// An open socket.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Socket {
    /// The process whose descriptor has its slot.
    pub process: ProcessId,
    /// The process that opened it: its credentials are the socket's for good (BIND-22).
    pub creator: ProcessId,
    /// TCP, UDP or raw.
    pub kind: SocketKind,
    /// Its address family.
    pub family: Family,
    /// How it was made.
    pub attributes: Attributes,
    /// Whether it is in non-blocking mode.
    pub non_blocking: bool,
    /// `IPV6_V6ONLY`.
    pub v6_only: bool,
    /// The sharing options; those of the bind once it is bound.
    pub options: Options,
    /// Its other options.
    pub settings: Settings,
    /// The processor of `SIO_CPU_AFFINITY`.
    pub affinity: Option<u16>,
    /// The token of the first association and that of the last, where there are several.
    pub associations: Option<(Token, Token)>,
    /// Its local name, once it is bound. Port 0: the choice waits for the connection (`SO_REUSE_UNICASTPORT`).
    pub bound: Option<SocketAddr>,
    /// Whether a connection chose the port.
    pub implicit: bool,
    /// Whether it listens.
    pub listening: bool,
    /// Whether it is connected.
    pub connection: Connection,
}

impl Socket {
    /// A socket as `socket` or `WSASocket` makes it.
    #[must_use]
    pub fn new(
        process: ProcessId,
        kind: SocketKind,
        family: Family,
        attributes: Attributes,
    ) -> Socket {
        Socket {
            process,
            creator: process,
            kind,
            family,
            attributes,
            non_blocking: false,
            v6_only: true,
            options: Options::Neither,
            settings: Settings::default(),
            affinity: None,
            associations: None,
            bound: None,
            implicit: false,
            listening: false,
            connection: Connection::None,
        }
    }

    /// Whether a connect may have bound it unseen.
    #[must_use]
    pub fn is_unseen(&self) -> bool {
        self.bound.is_none_or(|name| name.port() == 0)
            && !matches!(self.connection, Connection::None | Connection::Undone)
    }

    /// Whether it is connected.
    #[must_use]
    pub const fn is_connected(&self) -> bool {
        matches!(self.connection, Connection::Connected | Connection::Accepted)
    }
}

/// What the indexes follow of a socket.
#[derive(Clone, Copy)]
pub(super) struct Indexed {
    /// Its transport and port, if it holds a port.
    pub(super) held: Option<(Protocol, u16)>,
    pub(super) process: Option<ProcessId>,
    pub(super) associations: Option<(Token, Token)>,
    /// Whether a connect may have bound it unseen.
    pub(super) unseen: bool,
}

/// Of no socket.
pub(super) const NOTHING: Indexed =
    Indexed { held: None, process: None, associations: None, unseen: false };

impl Socket {
    #[inline]
    pub(super) fn indexed(&self) -> Indexed {
        let held = self.bound.and_then(|b| Some((self.kind.protocol()?, b.port())));
        Indexed {
            held: held.filter(|(_, port)| *port != 0),
            process: Some(self.process),
            associations: self.associations,
            unseen: self.is_unseen(),
        }
    }
}

impl Options {
    /// With one of the sharing options set or cleared; every other option changes nothing here.
    #[must_use]
    pub const fn with(self, option: SocketOption, on: bool) -> Options {
        let (reuse, exclusive) = (self.reuse(), self.exclusive());
        match (option, on) {
            (SocketOption::ReuseAddr, true) if exclusive => Options::BothReuseLast,
            (SocketOption::ExclusiveAddrUse, true) if reuse => Options::BothExclusiveLast,
            (SocketOption::ReuseAddr, true) => Options::Reuse,
            (SocketOption::ExclusiveAddrUse, true) => Options::Exclusive,
            (SocketOption::ReuseAddr, false) if exclusive => Options::Exclusive,
            (SocketOption::ExclusiveAddrUse, false) if reuse => Options::Reuse,
            (SocketOption::ReuseAddr | SocketOption::ExclusiveAddrUse, false) => Options::Neither,
            _ => self,
        }
    }

    /// Whether `SO_REUSEADDR` is set.
    #[must_use]
    pub const fn reuse(self) -> bool {
        matches!(self, Options::Reuse | Options::BothReuseLast | Options::BothExclusiveLast)
    }

    /// Whether `SO_EXCLUSIVEADDRUSE` is set.
    #[must_use]
    pub const fn exclusive(self) -> bool {
        matches!(self, Options::Exclusive | Options::BothReuseLast | Options::BothExclusiveLast)
    }
}
