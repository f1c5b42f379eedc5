//! What a program can ask, and what can happen to the machine.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::id::{ProcessId, SocketId, Token, User};
use crate::port::{PortRange, Protocol};

/// One call, or one event of the machine. The caller stands beside it ([`crate::Who`]).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Call {
    /// `WSAStartup`.
    Startup(Version),
    /// `WSACleanup`.
    Cleanup,
    /// `socket`: the new socket is in the reply.
    #[serde(rename_all = "lowercase")]
    Socket {
        /// TCP, UDP or raw.
        kind: SocketKind,
        /// The address family.
        family: Family,
    },
    /// `setsockopt`.
    SetSockOpt {
        /// The socket.
        socket: SocketId,
        /// The option.
        option: SocketOption,
        /// Its value; any value but 0 sets a Boolean option (SOPT-2).
        value: u32,
    },
    /// `bind`.
    Bind {
        /// The socket.
        socket: SocketId,
        /// The local address; port 0 asks for a port.
        address: SocketAddr,
    },
    /// `getsockname`.
    GetSockName {
        /// The socket.
        socket: SocketId,
    },
    /// `listen`.
    Listen {
        /// The socket.
        socket: SocketId,
    },
    /// `closesocket`.
    CloseSocket {
        /// The socket.
        socket: SocketId,
    },
    /// `WSAIoctl(SIO_ACQUIRE_PORT_RESERVATION)`: block and token are in the reply.
    Acquire {
        /// The socket that will own the reservation.
        socket: SocketId,
        /// The ports wanted; start 0 lets the system choose.
        range: PortRange,
        /// How the buffers differ from the well-formed call.
        #[serde(default, skip_serializing_if = "Frame::is_well_formed")]
        frame: Frame,
    },
    /// `WSAIoctl(SIO_ASSOCIATE_PORT_RESERVATION)`.
    Associate {
        /// The socket.
        socket: SocketId,
        /// The token.
        token: Token,
        /// How the buffers differ from the well-formed call.
        #[serde(default, skip_serializing_if = "Frame::is_well_formed")]
        frame: Frame,
    },
    /// `WSAIoctl(SIO_RELEASE_PORT_RESERVATION)`.
    Release {
        /// The socket on which it is issued.
        socket: SocketId,
        /// The token.
        token: Token,
        /// How the buffers differ from the well-formed call.
        #[serde(default, skip_serializing_if = "Frame::is_well_formed")]
        frame: Frame,
    },
    /// `CreatePersistentTcpPortReservation`, `CreatePersistentUdpPortReservation`: the token is in the reply.
    Create {
        /// Whose ports.
        protocol: Protocol,
        /// The ports.
        range: PortRange,
    },
    /// `DeletePersistentTcpPortReservation`, `DeletePersistentUdpPortReservation`.
    Delete {
        /// Whose ports.
        protocol: Protocol,
        /// The block, as it was created.
        range: PortRange,
    },
    /// `LookupPersistentTcpPortReservation`, `LookupPersistentUdpPortReservation`: the token is in the reply.
    Lookup {
        /// Whose ports.
        protocol: Protocol,
        /// The block, as it was created.
        range: PortRange,
    },
    /// The calling process ends, by itself or killed.
    Exit,
    /// A process starts (by the machine).
    Start {
        /// The process.
        process: ProcessId,
        /// Under which credentials.
        credentials: Credentials,
    },
    /// The machine restarts: every process ends (by the machine).
    Restart,
}

/// A Winsock version as `WSAStartup` takes it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// The low byte of `wVersionRequested`.
    pub major: u8,
    /// The high byte.
    pub minor: u8,
}

impl Version {
    /// 2.2, what nearly every program asks for.
    pub const CURRENT: Version = Version { major: 2, minor: 2 };
}

/// What kind of socket is opened.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SocketKind {
    /// `SOCK_STREAM`, `IPPROTO_TCP`.
    Tcp,
    /// `SOCK_DGRAM`, `IPPROTO_UDP`.
    Udp,
    /// `SOCK_RAW`, with a protocol that needs no driver (`IPPROTO_ICMP`, `IPPROTO_ICMPV6`).
    Raw,
}

impl SocketKind {
    /// The transport, if it has ports.
    #[must_use]
    pub const fn protocol(self) -> Option<Protocol> {
        match self {
            SocketKind::Tcp => Some(Protocol::Tcp),
            SocketKind::Udp => Some(Protocol::Udp),
            SocketKind::Raw => None,
        }
    }
}

/// An address family.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// `AF_INET`.
    V4,
    /// `AF_INET6`.
    V6,
}

/// A socket option that changes which ports a socket may have.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SocketOption {
    /// `SO_REUSEADDR`.
    #[serde(rename = "SO_REUSEADDR")]
    ReuseAddr,
    /// `SO_EXCLUSIVEADDRUSE`.
    #[serde(rename = "SO_EXCLUSIVEADDRUSE")]
    ExclusiveAddrUse,
    /// `IPV6_V6ONLY`.
    #[serde(rename = "IPV6_V6ONLY")]
    V6Only,
}

impl SocketOption {
    /// All of them.
    pub const ALL: [SocketOption; 3] =
        [SocketOption::ReuseAddr, SocketOption::ExclusiveAddrUse, SocketOption::V6Only];

    /// Its C name.
    #[must_use]
    pub const fn c_name(self) -> &'static str {
        match self {
            SocketOption::ReuseAddr => "SO_REUSEADDR",
            SocketOption::ExclusiveAddrUse => "SO_EXCLUSIVEADDRUSE",
            SocketOption::V6Only => "IPV6_V6ONLY",
        }
    }
}

/// The length of a buffer beside the structure that it should hold.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Length {
    /// As long as the structure; for an output that should be empty: none.
    #[default]
    Exact,
    /// At least one byte less.
    Short,
    /// At least one byte more.
    Long,
}

impl Length {
    fn is_exact(&self) -> bool {
        *self == Length::Exact
    }
}

/// How the buffers of an ioctl differ from the well-formed call, which is all `Exact`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    /// `lpvInBuffer`, `cbInBuffer`.
    #[serde(default, skip_serializing_if = "Length::is_exact")]
    pub input: Length,
    /// `lpvOutBuffer`, `cbOutBuffer`.
    #[serde(default, skip_serializing_if = "Length::is_exact")]
    pub output: Length,
}

impl Frame {
    /// Whether the call is the well-formed one.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        *self == Frame::default()
    }
}

/// What a process is allowed to do: its user account and the token under which it runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// The user account.
    pub user: User,
    /// What the account is.
    pub account: Account,
    /// Which of its access tokens.
    pub token: AccessToken,
}

/// What kind of user account a process runs under.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Account {
    /// Not a member of Administrators.
    #[default]
    Standard,
    /// A member of Administrators, not the built-in one.
    Administrator,
    /// The built-in Administrator.
    BuiltInAdministrator,
    /// LocalSystem.
    LocalSystem,
    /// LocalService.
    LocalService,
    /// NetworkService.
    NetworkService,
}

/// Under which access token a process runs (UAC-4).
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum AccessToken {
    /// The filtered one: what UAC gives a member of Administrators whose program was not elevated.
    #[default]
    Filtered,
    /// The full one. For accounts without a second token it makes no difference.
    Elevated,
}

impl Account {
    /// The token that a process of this account has unless something else is said.
    #[must_use]
    pub const fn default_token(self) -> AccessToken {
        match self {
            Account::Standard
            | Account::Administrator
            | Account::LocalService
            | Account::NetworkService => AccessToken::Filtered,
            Account::BuiltInAdministrator | Account::LocalSystem => AccessToken::Elevated,
        }
    }
}
