//! What a program can ask, and what can happen to the machine.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::id::{ProcessId, RequestId, SocketId, Token};
use crate::port::{PortBlock, PortRange, Protocol};
use crate::world::Owner;

mod control;
mod credentials;
mod frame;
mod name;
mod open;
mod option;
mod socket;
mod startup;
mod status;
mod usual;

pub use control::{Answers, Command, Control, Left, Output, Suits};
pub use credentials::{AccessToken, Account, Credentials};
pub use frame::{Buffer, Frame, Overlapped, Pointer, Routine};
pub use name::NameBuffer;
pub use open::{Triple, numbers};
pub(crate) use option::parse_i32;
pub use option::{Holding, Optval, SocketOption, UnknownOption};
pub use socket::{Attributes, Family, SocketKind};
pub use startup::{Startup, Version};
pub use status::{Status, UnknownStatus};

/// One call, or one event of the machine. The caller stands beside it ([`crate::Who`]).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Call {
    /// `WSAStartup`.
    Startup(Startup),
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
    /// `socket` or `WSASocket` by numbers: the new socket and what it became are in the reply.
    #[serde(rename_all = "lowercase")]
    Open {
        /// `af`.
        family: i32,
        /// `type`.
        kind: i32,
        /// `protocol`.
        protocol: i32,
        /// What `lpProtocolInfo` says of them; `None` for a NULL pointer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        info: Option<Triple>,
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
        /// The first four bytes of the buffer; any value but 0 sets a Boolean option (SOPT-2).
        value: u32,
        /// How pointer and length differ from the well-formed call.
        #[serde(default, skip_serializing_if = "Optval::is_well_formed")]
        optval: Optval,
    },
    /// `getsockopt`: the value is in the reply.
    GetSockOpt {
        /// The socket.
        socket: SocketId,
        /// The option.
        option: SocketOption,
        /// How pointer and length differ from the well-formed call.
        #[serde(default, skip_serializing_if = "Optval::is_well_formed")]
        optval: Optval,
    },
    /// `ioctlsocket`.
    IoctlSocket {
        /// The socket.
        socket: SocketId,
        /// What it is to do.
        command: Command,
        /// The pointer to its argument.
        #[serde(default, skip_serializing_if = "Pointer::is_good")]
        argument: Pointer,
    },
    /// `bind`.
    Bind {
        /// The socket.
        socket: SocketId,
        /// The local address; port 0 asks for a port.
        address: SocketAddr,
        /// How `name` and `namelen` differ from a buffer that holds a name.
        #[serde(default, skip_serializing_if = "NameBuffer::is_good")]
        name: NameBuffer,
    },
    /// `getsockname`.
    GetSockName {
        /// The socket.
        socket: SocketId,
        /// How `name` and `namelen` differ from a buffer that holds a name.
        #[serde(default, skip_serializing_if = "NameBuffer::is_good")]
        name: NameBuffer,
    },
    /// `getpeername`.
    GetPeerName {
        /// The socket.
        socket: SocketId,
        /// How `name` and `namelen` differ from a buffer that holds a name.
        #[serde(default, skip_serializing_if = "NameBuffer::is_good")]
        name: NameBuffer,
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
    /// `connect` with an address of the family `AF_UNSPEC`.
    Disconnect {
        /// The socket.
        socket: SocketId,
    },
    /// `ConnectEx`, until it has completed: the local port is in the reply.
    ConnectEx {
        /// The socket.
        socket: SocketId,
        /// The remote address.
        address: SocketAddr,
        /// Whether `lpOverlapped` is NULL.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        null: bool,
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
        /// The process that gets the new descriptor; `p0` is the identifier of no process.
        process: ProcessId,
        /// Whether `lpProtocolInfo` is NULL.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        null: bool,
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
    /// `WSAIoctl` with a control code of [`Control::ALL`], or one that no provider knows.
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
    /// The program itself writes a status into an overlapped structure that no request has used.
    Preset {
        /// The structure.
        request: RequestId,
        /// The status.
        status: Status,
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
        block: PortBlock,
        /// Which component.
        owner: Owner,
    },
    /// A system component gives a block back (by the machine).
    Vanish {
        /// Whose ports.
        protocol: Protocol,
        /// The ports.
        block: PortBlock,
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

impl Call {
    /// `socket`.
    #[must_use]
    pub const fn open(kind: SocketKind, family: Family) -> Call {
        let attributes = Attributes { non_overlapped: false, no_inherit: false };
        Call::Socket { kind, family, attributes }
    }

    /// `setsockopt` with well-formed arguments.
    #[must_use]
    pub const fn set_option(socket: SocketId, option: SocketOption, value: u32) -> Call {
        let optval = Optval { length: None, value: Pointer::Good };
        Call::SetSockOpt { socket, option, value, optval }
    }

    /// `getsockopt` with well-formed arguments.
    #[must_use]
    pub const fn get_option(socket: SocketId, option: SocketOption) -> Call {
        let optval = Optval { length: None, value: Pointer::Good };
        Call::GetSockOpt { socket, option, optval }
    }

    /// `ioctlsocket` with a good pointer.
    #[must_use]
    pub const fn ioctl_socket(socket: SocketId, command: Command) -> Call {
        Call::IoctlSocket { socket, command, argument: Pointer::Good }
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

    /// Whether a byte count may be seen beside its reply.
    #[must_use]
    pub const fn has_byte_count(&self) -> bool {
        self.frame().is_some()
            || matches!(
                self,
                Call::Result { .. }
                    | Call::Completion { .. }
                    | Call::GetSockName { .. }
                    | Call::GetPeerName { .. }
                    | Call::GetSockOpt { .. }
            )
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
            | Call::GetSockName { socket, .. }
            | Call::GetPeerName { socket, .. }
            | Call::Disconnect { socket }
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

    /// The request to which it gives a name: that of the structure that it passes or writes to.
    #[must_use]
    pub const fn introduces(&self) -> Option<RequestId> {
        match (self, self.frame()) {
            (Call::Preset { request, .. }, _) => Some(*request),
            (_, Some(frame)) => frame.request(),
            (_, None) => None,
        }
    }

    /// The request that it asks about.
    pub const fn request_mut(&mut self) -> Option<&mut RequestId> {
        match self {
            Call::Result { request, .. }
            | Call::Completion { request }
            | Call::Complete { request } => Some(request),
            Call::Cancel { request, .. } => request.as_mut(),
            _ => None,
        }
    }

    /// The request that it asks about.
    #[must_use]
    pub fn request(mut self) -> Option<RequestId> {
        self.request_mut().copied()
    }
}
