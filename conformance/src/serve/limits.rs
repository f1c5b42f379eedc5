//! How much a client may have.

use std::time::Duration;

use crate::trace::LINE_LIMIT;

/// The limits of a server. Whoever meets one is told which, and its figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes in a line, its end not counted. A longer one ends the connection.
    pub line: usize,
    /// Connections at a time. One more is told so and closed.
    pub connections: usize,
    /// Sockets of a process.
    pub sockets: usize,
    /// Tokens that a process knows, of reservations that exist.
    pub reservations: usize,
    /// Overlapped structures of a process.
    pub requests: usize,
    /// Connections that have a machine of their own.
    pub machines: usize,
    /// How long a connection may be silent, or not take its replies. `None`: for ever.
    pub idle: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            line: LINE_LIMIT,
            connections: 12_000,
            sockets: 4096,
            reservations: 1024,
            requests: 256,
            machines: 256,
            idle: Some(Duration::from_secs(3600)),
        }
    }
}
