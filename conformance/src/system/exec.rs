//! Another program as a system.

use std::process::{Child, Command, Stdio};

use portres_model::{Call, Names, Who};

use super::spoken::Spoken;
use super::{Answer, System, SystemError};
use crate::trace::Header;

/// A program that speaks the wire form of `docs/trace-format.md` on its standard input and output.
pub struct Exec {
    child: Child,
    spoken: Spoken,
}

impl Exec {
    /// Starts the program; its words are split at blanks, without a shell.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn new(command: &str) -> Result<Exec, SystemError> {
        let mut words = command.split_whitespace();
        let program =
            words.next().ok_or_else(|| SystemError("expected a program behind `exec:`".into()))?;
        let mut child = Command::new(program)
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| SystemError(format!("cannot start `{program}`: {e}")))?;
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(SystemError("the program has no input or no output".into()));
        };
        Ok(Exec { child, spoken: Spoken::new(command.to_string(), to, from) })
    }
}

impl System for Exec {
    fn start(&mut self, header: &Header) -> Result<Header, SystemError> {
        self.spoken.start(header)
    }

    fn call(&mut self, who: Who, names: Option<Names>, call: &Call) -> Result<Answer, SystemError> {
        self.spoken.call(who, names, call)
    }

    fn finish(&mut self) -> Result<(), SystemError> {
        self.spoken.finish();
        self.child.wait().map(drop).map_err(|e| SystemError(e.to_string()))
    }
}

impl Drop for Exec {
    fn drop(&mut self) {
        self.spoken.finish();
        // a program that hangs must not keep us
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
