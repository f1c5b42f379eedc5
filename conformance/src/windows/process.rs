//! A worker as its parent sees it.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::windows::io::OwnedHandle;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use portres_model::{Error, Reply};
use serde::de::DeserializeOwned;

use super::ended::{died_of_access_violation, end, ended};
use super::launch::Launched;
use super::wire::{Identity, Request, Response};
use crate::system::SystemError;

/// How long a worker may think about one call, and how long it may take to end.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a worker whose input has ended may take to end by itself.
const GRACE: Duration = Duration::from_secs(2);

/// A process of the trace.
pub(super) struct Worker {
    process: OwnedHandle,
    /// Its number.
    pub(super) id: u32,
    to: Option<Box<dyn Write + Send>>,
    from: Receiver<std::io::Result<String>>,
    /// Under which account and token it runs, as it says itself.
    pub(super) identity: Identity,
}

impl Worker {
    /// Takes over a process that has just been started, and hears who it is.
    pub(super) fn new(launched: Launched) -> Result<Worker, SystemError> {
        let Launched { process, id, to, from } = launched;
        let nobody = Identity { account: Default::default(), token: Default::default() };
        let mut worker = Worker { process, id, to: Some(to), from: lines(from), identity: nobody };
        worker.identity = worker.hear()?;
        Ok(worker)
    }

    /// Has a call done. A worker that fails at one is ended: a late answer must not be taken for that of the next call.
    /// One that dies of an access violation has answered so.
    pub(super) fn ask(&mut self, request: &Request) -> Result<Response, SystemError> {
        let alive = self.is_alive();
        let response = self.say(request).and_then(|()| self.hear());
        if response.is_err() {
            self.dismiss();
            if alive && ended(&self.process, GRACE) && died_of_access_violation(&self.process) {
                return Ok(Reply::Failed(Error::AccessViolation).into());
            }
            end(&self.process);
        }
        response
    }

    /// Whether it takes more calls.
    pub(super) fn is_alive(&self) -> bool {
        self.to.is_some()
    }

    /// Waits until the process is gone, after it has answered to its exit.
    pub(super) fn gone(mut self) -> Result<(), SystemError> {
        drop(self.to.take());
        if ended(&self.process, PATIENCE) {
            return Ok(());
        }
        Err(SystemError("a worker process does not end".into()))
    }

    /// Ends its input, so that it ends by itself; others can be told before anybody waits.
    pub(super) fn dismiss(&mut self) {
        drop(self.to.take());
    }

    fn say(&mut self, request: &Request) -> Result<(), SystemError> {
        let mut line = serde_json::to_vec(request).map_err(|e| SystemError(e.to_string()))?;
        line.push(b'\n');
        let to =
            self.to.as_mut().ok_or_else(|| SystemError("a worker process has ended".into()))?;
        to.write_all(&line)
            .and_then(|()| to.flush())
            .map_err(|e| SystemError(format!("a worker process takes no more calls: {e}")))
    }

    fn hear<T: DeserializeOwned>(&mut self) -> Result<T, SystemError> {
        let line = match self.from.recv_timeout(PATIENCE) {
            Ok(Ok(line)) => line,
            Ok(Err(e)) => return Err(SystemError(format!("a worker process cannot be read: {e}"))),
            Err(RecvTimeoutError::Timeout) => {
                return Err(SystemError("a worker process does not answer".into()));
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(SystemError("a worker process has ended".into()));
            }
        };
        serde_json::from_str(&line)
            .map_err(|e| SystemError(format!("a worker process answers `{line}`: {e}")))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.to.take());
        if !ended(&self.process, GRACE) {
            end(&self.process);
            ended(&self.process, GRACE);
        }
    }
}

/// Reads lines on a thread of their own, so that waiting can end.
fn lines(from: Box<dyn Read + Send>) -> Receiver<std::io::Result<String>> {
    let (to, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            let broken = line.is_err();
            if to.send(line).is_err() || broken {
                break;
            }
        }
    });
    lines
}
