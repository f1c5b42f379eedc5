//! Calls with nothing out of the ordinary about their arguments.

use std::net::SocketAddr;

use super::{Call, NameBuffer};
use crate::id::{ProcessId, SocketId};

impl Call {
    /// `bind` to an address.
    #[must_use]
    pub const fn bind(socket: SocketId, address: SocketAddr) -> Call {
        Call::Bind { socket, address, name: NameBuffer::Good }
    }

    /// `getsockname` with room for the name.
    #[must_use]
    pub const fn get_sock_name(socket: SocketId) -> Call {
        Call::GetSockName { socket, name: NameBuffer::Good }
    }

    /// `getpeername` with room for the name.
    #[must_use]
    pub const fn get_peer_name(socket: SocketId) -> Call {
        Call::GetPeerName { socket, name: NameBuffer::Good }
    }

    /// `ConnectEx` with an overlapped structure.
    #[must_use]
    pub const fn connect_ex(socket: SocketId, address: SocketAddr) -> Call {
        Call::ConnectEx { socket, address, null: false }
    }

    /// `WSADuplicateSocket`, and `WSASocket` with what it gave.
    #[must_use]
    pub const fn duplicate(socket: SocketId, process: ProcessId) -> Call {
        Call::Duplicate { socket, process, null: false }
    }
}
