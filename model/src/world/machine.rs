//! Processes, and what is given about a machine beside its tables.

use crate::call::Credentials;
use crate::port::{PortBlock, Protocol};
use crate::world::LocalAddress;

/// A running process.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Process {
    /// Its user account and access token.
    pub credentials: Credentials,
    /// Successful calls of `WSAStartup` that no `WSACleanup` has undone.
    pub startups: u32,
}

impl Process {
    /// A process that nothing declares: a standard user's, Winsock started once.
    #[must_use]
    pub fn undeclared() -> Process {
        Process { credentials: Credentials::default(), startups: 1 }
    }
}

/// What is given about a machine beside its tables.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Machine {
    /// The dynamic ranges of TCP and UDP.
    pub dynamic: [PortBlock; 2],
    /// Those of the persistent store, where they are others: they count from the next restart on.
    pub stored: Option<[PortBlock; 2]>,
    /// Local addresses besides the loopback ones.
    pub addresses: Vec<LocalAddress>,
    /// Ports to which a filter of the Windows Filtering Platform, or a bind hook, refuses binds.
    pub filtered: Vec<(Protocol, PortBlock)>,
    /// Whether programs outside the trace may take and leave ports.
    pub open: bool,
    /// Whether there may be exclusions that are not listed.
    pub unlisted_exclusions: bool,
    /// Whether calls may fail for want of resources.
    pub scarce: bool,
    /// Whether the network subsystem has failed.
    pub network_down: bool,
}

/// The default dynamic range since Windows Vista: 49152 to 65535 (DYN-1).
pub const DYNAMIC: PortBlock = PortBlock::between(49_152, 65_535).expect("a block");

impl Default for Machine {
    fn default() -> Machine {
        Machine {
            dynamic: [DYNAMIC; 2],
            stored: None,
            addresses: Vec::new(),
            filtered: Vec::new(),
            open: false,
            unlisted_exclusions: false,
            scarce: false,
            network_down: false,
        }
    }
}
