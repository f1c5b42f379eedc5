//! What is rare and stands in short lists: further descriptors, lingering connections, overlapped requests.

use std::net::IpAddr;

use crate::call::Call;
use crate::id::{ProcessId, SocketId};
use crate::port::Protocol;
use crate::reply::Reply;

/// A further descriptor of a socket, in whichever process.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Duplicate {
    /// The descriptor.
    pub id: SocketId,
    /// The process that has it.
    pub process: ProcessId,
    /// The descriptor in whose slot the socket is.
    pub of: SocketId,
}

/// A connection that outlives its socket.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Lingering {
    /// Its local TCP port.
    pub port: u16,
    /// Its local address, a wildcard where it is not known.
    pub address: IpAddr,
    /// Whether a listener that had the address exclusively accepted it.
    pub exclusive: bool,
}

/// An overlapped request.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Request {
    /// The process that made it.
    pub process: ProcessId,
    /// The ioctl, its overlapped structure with it.
    pub call: Call,
    /// That of its socket, whatever has become of the descriptor; `None` for a raw socket, for one that has ended, and where
    /// no ioctl made it.
    pub protocol: Option<Protocol>,
    /// Whether somebody has asked to cancel it.
    pub cancelled: bool,
    /// What it gave; `None` while it is pending.
    pub outcome: Option<Reply>,
}
