//! What a program can ask, and what can happen to the machine.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::id::{ProcessId, RequestId, SocketId, Token, User};
use crate::port::{PortRange, Protocol};
use crate::world::Owner;

/// One call, or one event of the machine. The caller stands beside it ([`crate::Who`]).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Call {
    /// `WSAStartup`.
    Startup(Version),
    /// `WSACleanup`.
    Cleanup,
    /// `socket` or `WSASocket`: the new socket is in the reply.
    #[serde(rename_all = "lowercase")]
    Socket {
        /// TCP, UDP or raw.
        kind: SocketKind,
        /// The address family.
        family: Family,
        /// What `WSASocket` leaves out of what `socket` gives.
        #[serde(default, skip_serializing_if = "Attributes::are_usual")]
        attributes: Attributes,
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
    /// `getsockopt`: the value is in the reply.
    GetSockOpt {
        /// The socket.
        socket: SocketId,
        /// The option.
        option: SocketOption,
    },
    /// `ioctlsocket(FIONBIO)`: blocking or non-blocking mode.
    IoctlSocket {
        /// The socket.
        socket: SocketId,
        /// The argument: any value but 0 makes the socket non-blocking.
        fionbio: u32,
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
    /// `connect`: the local port is in the reply.
    Connect {
        /// The socket.
        socket: SocketId,
        /// The remote address.
        address: SocketAddr,
    },
    /// `ConnectEx`, until it has completed: the local port is in the reply.
    ConnectEx {
        /// The socket.
        socket: SocketId,
        /// The remote address.
        address: SocketAddr,
    },
    /// `accept`: the new socket is in the reply.
    Accept {
        /// The listening socket.
        socket: SocketId,
    },
    /// `sendto` of an empty datagram: the local port is in the reply.
    SendTo {
        /// The socket.
        socket: SocketId,
        /// The remote address.
        address: SocketAddr,
    },
    /// `closesocket`.
    CloseSocket {
        /// The socket.
        socket: SocketId,
    },
    /// `WSADuplicateSocket`, and `WSASocket` with what it gave: the other process's descriptor is in the reply.
    Duplicate {
        /// The socket.
        socket: SocketId,
        /// The process that gets the new descriptor.
        process: ProcessId,
    },
    /// A child process finds the handle that it inherited: its descriptor is in the reply.
    Inherit {
        /// The socket.
        socket: SocketId,
        /// The child.
        process: ProcessId,
    },
    /// `WSAIoctl(SIO_ACQUIRE_PORT_RESERVATION)`: block and token are in the reply.
    Acquire {
        /// The socket that will own the reservation.
        socket: SocketId,
        /// The ports wanted; start 0 lets the system choose.
        range: PortRange,
        /// How the arguments differ from the well-formed call.
        #[serde(default, skip_serializing_if = "Frame::is_well_formed")]
        frame: Frame,
    },
    /// `WSAIoctl(SIO_ASSOCIATE_PORT_RESERVATION)`.
    Associate {
        /// The socket.
        socket: SocketId,
        /// The token.
        token: Token,
        /// How the arguments differ from the well-formed call.
        #[serde(default, skip_serializing_if = "Frame::is_well_formed")]
        frame: Frame,
    },
    /// `WSAIoctl(SIO_RELEASE_PORT_RESERVATION)`.
    Release {
        /// The socket on which it is issued.
        socket: SocketId,
        /// The token.
        token: Token,
        /// How the arguments differ from the well-formed call.
        #[serde(default, skip_serializing_if = "Frame::is_well_formed")]
        frame: Frame,
    },
    /// `WSAIoctl(SIO_CPU_AFFINITY)`.
    Affinity {
        /// The socket.
        socket: SocketId,
        /// The index of the processor.
        processor: u16,
    },
    /// `WSAIoctl` with a control code that no provider knows.
    Ioctl {
        /// The socket.
        socket: SocketId,
        /// The control code.
        code: u32,
        /// How the arguments differ from the well-formed call.
        #[serde(default, skip_serializing_if = "Frame::is_well_formed")]
        frame: Frame,
    },
    /// `WSAGetOverlappedResult`: what the request gave is in the reply.
    Result {
        /// The request.
        request: RequestId,
        /// `fWait`.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        wait: bool,
        /// Whether the pointers to the results are NULL.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        null: bool,
    },
    /// The completion routine of a request has run, in an alertable wait: what the request gave is in the reply.
    Completion {
        /// The request.
        request: RequestId,
    },
    /// `CancelIoEx`.
    Cancel {
        /// The socket.
        socket: SocketId,
        /// The request; `None`, a NULL pointer, means all that are outstanding on the socket.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<RequestId>,
    },
    /// A thread of the calling process ends.
    EndThread,
    /// `CreatePersistentTcpPortReservation`, `CreatePersistentUdpPortReservation`: the token is in the reply.
    Create {
        /// Whose ports.
        protocol: Protocol,
        /// The ports.
        range: PortRange,
        /// Whether the `Token` pointer is NULL.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        null: bool,
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
        /// Whether the `Token` pointer is NULL.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        null: bool,
    },
    /// `netsh interface ipv4 add excludedportrange`.
    AddExcluded {
        /// Whose ports.
        protocol: Protocol,
        /// The ports.
        range: PortRange,
        /// How long it shall last.
        #[serde(default, skip_serializing_if = "Store::is_persistent")]
        store: Store,
    },
    /// `netsh interface ipv4 delete excludedportrange`.
    DeleteExcluded {
        /// Whose ports.
        protocol: Protocol,
        /// The ports, as they were excluded.
        range: PortRange,
        /// From where.
        #[serde(default, skip_serializing_if = "Store::is_persistent")]
        store: Store,
    },
    /// `netsh interface ipv4 show excludedportrange`, and a look for the row of this block.
    ShowExcluded {
        /// Whose ports.
        protocol: Protocol,
        /// The ports of the row.
        range: PortRange,
    },
    /// `netsh interface ipv4 set dynamicportrange`.
    SetDynamic {
        /// Whose ports.
        protocol: Protocol,
        /// The ports.
        range: PortRange,
        /// How long it shall last.
        #[serde(default, skip_serializing_if = "Store::is_persistent")]
        store: Store,
    },
    /// `netsh interface ipv4 show dynamicportrange`: the range is in the reply.
    ShowDynamic {
        /// Whose ports.
        protocol: Protocol,
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
    /// A system component takes a block (by the machine).
    Appear {
        /// Whose ports.
        protocol: Protocol,
        /// The ports.
        range: PortRange,
        /// Which component.
        owner: Owner,
    },
    /// A system component gives a block back (by the machine).
    Vanish {
        /// Whose ports.
        protocol: Protocol,
        /// The ports.
        range: PortRange,
    },
    /// The network subsystem fails, or works again (by the machine).
    Network {
        /// Whether it works.
        up: bool,
    },
    /// The last lingering connection of a TCP port ends (by the machine).
    Settle {
        /// The port.
        port: u16,
    },
    /// A pending request completes (by the machine): what it gives is in the reply.
    Complete {
        /// The request.
        request: RequestId,
    },
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

/// What a socket made by `WSASocket` may lack.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attributes {
    /// Made without `WSA_FLAG_OVERLAPPED` (SOCK-2).
    #[serde(default, rename = "non-overlapped", skip_serializing_if = "std::ops::Not::not")]
    pub non_overlapped: bool,
    /// Made with `WSA_FLAG_NO_HANDLE_INHERIT` (SOCK-6).
    #[serde(default, rename = "no-inherit", skip_serializing_if = "std::ops::Not::not")]
    pub no_inherit: bool,
}

impl Attributes {
    /// Whether the socket is as `socket` makes it.
    #[must_use]
    pub fn are_usual(&self) -> bool {
        *self == Attributes::default()
    }
}

macro_rules! options {
    ($($variant:ident $c_name:literal $says:literal;)*) => {
        /// A socket option that changes which ports a socket may have. Every one is Boolean.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum SocketOption { $(#[doc = $says] #[serde(rename = $c_name)] $variant,)* }

        impl SocketOption {
            /// All of them.
            pub const ALL: &[SocketOption] = &[$(SocketOption::$variant),*];

            /// Its C name.
            #[must_use]
            pub const fn c_name(self) -> &'static str { match self { $(SocketOption::$variant => $c_name,)* } }
        }
    };
}

options! {
    ReuseAddr "SO_REUSEADDR" "The address may be in use already.";
    ExclusiveAddrUse "SO_EXCLUSIVEADDRUSE" "Nobody else may have the address.";
    V6Only "IPV6_V6ONLY" "An IPv6 socket without IPv4; set by default (OPT-12).";
    Broadcast "SO_BROADCAST" "Datagrams may go to the broadcast address.";
    RandomizePort "SO_RANDOMIZE_PORT" "A port that the system chooses is random (OPT-6).";
    PortScalability "SO_PORT_SCALABILITY" "A port that the system chooses counts for one local address (OPT-1).";
    ReuseUnicastPort "SO_REUSE_UNICASTPORT" "A port that the system chooses may serve several connections (OPT-8).";
    ReuseMulticastPort "SO_REUSE_MULTICASTPORT" "The port may be shared with other sockets that receive multicast only (OPT-10).";
}

/// A buffer beside the structure that it should hold.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Buffer {
    /// As long as the structure; for an output that should be empty: none.
    #[default]
    Exact,
    /// At least one byte shorter.
    Short,
    /// At least one byte longer.
    Long,
    /// A NULL pointer, the length that of the structure.
    Null,
    /// A pointer to memory that is not there.
    Bad,
}

impl Buffer {
    fn is_exact(&self) -> bool {
        *self == Buffer::Exact
    }

    /// Whether there is nothing to read or write behind the pointer.
    #[must_use]
    pub const fn is_nowhere(self) -> bool {
        matches!(self, Buffer::Null | Buffer::Bad)
    }
}

/// A pointer of which only the value matters.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Pointer {
    /// To a variable of the caller.
    #[default]
    Good,
    /// NULL.
    Null,
    /// To memory that is not there.
    Bad,
}

impl Pointer {
    fn is_good(&self) -> bool {
        *self == Pointer::Good
    }
}

/// `lpOverlapped`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Overlapped {
    /// NULL.
    #[default]
    None,
    /// A structure that names the request.
    Of(RequestId),
    /// To memory that is not there.
    Bad,
}

impl Overlapped {
    fn is_none(&self) -> bool {
        *self == Overlapped::None
    }
}

/// `lpCompletionRoutine`.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Routine {
    /// NULL: the event of the structure is signalled.
    #[default]
    None,
    /// A routine of the caller.
    Given,
    /// To memory that is not there.
    Bad,
}

impl Routine {
    fn is_none(&self) -> bool {
        *self == Routine::None
    }
}

/// How the arguments of an ioctl differ from the well-formed call, which is all defaults.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    /// `lpvInBuffer`, `cbInBuffer`.
    #[serde(default, skip_serializing_if = "Buffer::is_exact")]
    pub input: Buffer,
    /// `lpvOutBuffer`, `cbOutBuffer`.
    #[serde(default, skip_serializing_if = "Buffer::is_exact")]
    pub output: Buffer,
    /// `lpcbBytesReturned`.
    #[serde(default, skip_serializing_if = "Pointer::is_good")]
    pub bytes: Pointer,
    /// `lpOverlapped`.
    #[serde(default, skip_serializing_if = "Overlapped::is_none")]
    pub overlapped: Overlapped,
    /// `lpCompletionRoutine`.
    #[serde(default, skip_serializing_if = "Routine::is_none")]
    pub routine: Routine,
}

impl Frame {
    /// Whether the call is the well-formed one.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        *self == Frame::default()
    }

    /// The request that the structure names, if one is given.
    #[must_use]
    pub const fn request(&self) -> Option<RequestId> {
        match self.overlapped {
            Overlapped::Of(request) => Some(request),
            Overlapped::None | Overlapped::Bad => None,
        }
    }
}

/// Where `netsh` writes.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Store {
    /// For good; what `netsh` does where nothing is said (XR-1).
    #[default]
    Persistent,
    /// Until the machine restarts.
    Active,
}

impl Store {
    fn is_persistent(&self) -> bool {
        *self == Store::Persistent
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

impl Call {
    /// `socket`.
    #[must_use]
    pub const fn open(kind: SocketKind, family: Family) -> Call {
        let attributes = Attributes { non_overlapped: false, no_inherit: false };
        Call::Socket { kind, family, attributes }
    }

    /// The arguments of an ioctl, if it is one that takes them.
    #[must_use]
    pub const fn frame(&self) -> Option<&Frame> {
        match self {
            Call::Acquire { frame, .. }
            | Call::Associate { frame, .. }
            | Call::Release { frame, .. }
            | Call::Ioctl { frame, .. } => Some(frame),
            _ => None,
        }
    }

    /// Whether it is the machine that does it, and no process.
    #[must_use]
    pub const fn is_of_machine(&self) -> bool {
        matches!(
            self,
            Call::Start { .. }
                | Call::Restart
                | Call::Appear { .. }
                | Call::Vanish { .. }
                | Call::Network { .. }
                | Call::Settle { .. }
                | Call::Complete { .. }
        )
    }

    /// The socket that it uses.
    pub const fn socket_mut(&mut self) -> Option<&mut SocketId> {
        match self {
            Call::SetSockOpt { socket, .. }
            | Call::GetSockOpt { socket, .. }
            | Call::IoctlSocket { socket, .. }
            | Call::Bind { socket, .. }
            | Call::GetSockName { socket }
            | Call::Listen { socket }
            | Call::Connect { socket, .. }
            | Call::ConnectEx { socket, .. }
            | Call::Accept { socket }
            | Call::SendTo { socket, .. }
            | Call::CloseSocket { socket }
            | Call::Duplicate { socket, .. }
            | Call::Inherit { socket, .. }
            | Call::Acquire { socket, .. }
            | Call::Associate { socket, .. }
            | Call::Release { socket, .. }
            | Call::Affinity { socket, .. }
            | Call::Ioctl { socket, .. }
            | Call::Cancel { socket, .. } => Some(socket),
            _ => None,
        }
    }

    /// The token that it uses.
    pub const fn token_mut(&mut self) -> Option<&mut Token> {
        match self {
            Call::Associate { token, .. } | Call::Release { token, .. } => Some(token),
            _ => None,
        }
    }

    /// The address that it uses.
    pub const fn address_mut(&mut self) -> Option<&mut SocketAddr> {
        match self {
            Call::Bind { address, .. }
            | Call::Connect { address, .. }
            | Call::ConnectEx { address, .. }
            | Call::SendTo { address, .. } => Some(address),
            _ => None,
        }
    }

    /// The socket that it uses.
    #[must_use]
    pub fn socket(mut self) -> Option<SocketId> {
        self.socket_mut().copied()
    }

    /// The token that it uses.
    #[must_use]
    pub fn token(mut self) -> Option<Token> {
        self.token_mut().copied()
    }

    /// The request that it asks about.
    #[must_use]
    pub const fn request(&self) -> Option<RequestId> {
        match self {
            Call::Result { request, .. }
            | Call::Completion { request }
            | Call::Complete { request } => Some(*request),
            Call::Cancel { request, .. } => *request,
            _ => None,
        }
    }
}
