//! The listings of the machine that this runs on: the commands that show them.

use std::io;
use std::process::{Command, Stdio};

use portres_model::Protocol;
use portres_sim::Kind;

/// A command, and what its output is.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// The program and its arguments.
    pub command: &'static str,
    /// What its output is.
    pub kind: Kind,
    /// Whether there is nothing to say without it.
    pub needed: bool,
}

/// Everything that is asked of a machine. Nothing of it changes the machine, and the rows are shown without elevation
/// (EV-71).
pub const SOURCES: &[Source] = &[
    Source {
        command: "netsh interface ipv4 show excludedportrange protocol=tcp",
        kind: Kind::Excluded(Some(Protocol::Tcp)),
        needed: true,
    },
    Source {
        command: "netsh interface ipv4 show excludedportrange protocol=udp",
        kind: Kind::Excluded(Some(Protocol::Udp)),
        needed: true,
    },
    Source {
        command: "netsh interface ipv4 show dynamicport tcp",
        kind: Kind::Dynamic,
        needed: true,
    },
    Source {
        command: "netsh interface ipv4 show dynamicport udp",
        kind: Kind::Dynamic,
        needed: true,
    },
    Source { command: "netstat -ano", kind: Kind::Listening, needed: false },
    Source { command: "netsh http show servicestate", kind: Kind::Http, needed: false },
];

impl Source {
    /// What the command prints.
    ///
    /// # Errors
    /// If it cannot be run, or fails.
    pub fn run(&self) -> io::Result<Vec<u8>> {
        let mut words = self.command.split_whitespace();
        let mut command = Command::new(words.next().unwrap_or_default());
        let output = command.args(words).stdin(Stdio::null()).output()?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        Err(io::Error::other(format!("it ended with {}", output.status)))
    }
}
