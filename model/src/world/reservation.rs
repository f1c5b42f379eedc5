//! Reservations, exclusions and system blocks.

use crate::call::Family;
use crate::id::{ProcessId, SocketId};
use crate::port::{PortBlock, Protocol};

/// Why a block is reserved.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// Acquired on a socket: it lives as long as that.
    Runtime {
        /// The process that acquired it.
        process: ProcessId,
        /// The socket that owns it.
        socket: SocketId,
        /// The family of that socket.
        family: Family,
    },
    /// Created in the persistent store.
    Persistent {
        /// Whether the token is the current one for certain: a restart may have changed it unseen.
        token_known: bool,
    },
}

/// A reservation; its token is its slot.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Reservation {
    /// Whose ports.
    pub protocol: Protocol,
    /// Which ports; `None` for a reservation of none.
    pub block: Option<PortBlock>,
    /// Why.
    pub kind: Kind,
    /// Released, deleted or without its owner, but still used by a socket.
    pub ended: bool,
    /// How many open sockets are associated with it.
    pub users: u32,
}

/// Who keeps a range out of use.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ExclusionKind {
    /// An administrator, by `netsh`: a starred row.
    Administered {
        /// Whether it survives a restart.
        persistent: bool,
    },
    /// A system component: an unstarred row.
    System(Owner),
}

/// A system component that takes blocks.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, Default, serde::Serialize, serde::Deserialize,
)]
pub enum Owner {
    /// WinNAT (Hyper-V, containers).
    #[serde(rename = "winnat")]
    WinNat,
    /// http.sys.
    #[serde(rename = "http.sys")]
    HttpSys,
    /// The Host Network Service.
    #[serde(rename = "hns")]
    Hns,
    /// WSL in mirrored mode.
    #[serde(rename = "wsl")]
    Wsl,
    /// Nobody knows.
    #[default]
    #[serde(rename = "unknown")]
    Unknown,
}

/// A range that is out of use.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Exclusion {
    /// Whose ports.
    pub protocol: Protocol,
    /// Which ports.
    pub block: PortBlock,
    /// By whom.
    pub kind: ExclusionKind,
}
