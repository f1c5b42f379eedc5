//! How many files, and so connections, the system lets the server have.

use super::Limits;

/// What the server needs besides connections.
const RESERVE: usize = 64;

/// Raises the limit of open files as far as it goes, and lowers that of connections to what is left: a client is then told of
/// the limit, where the system would leave it waiting.
#[cfg(unix)]
pub(super) fn fit(limits: Limits) -> Limits {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    let files = current.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX));
    Limits { connections: limits.connections.min(files.saturating_sub(RESERVE).max(1)), ..limits }
}

/// There is no such limit.
#[cfg(not(unix))]
pub(super) fn fit(limits: Limits) -> Limits {
    let _ = RESERVE;
    limits
}
