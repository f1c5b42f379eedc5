//! Another program as a system: one JSON line a request, one a reply.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use portres_model::{Bytes, Call, Names, Reply, SocketId, Token, Who};
use serde::{Deserialize, Serialize};

use super::{Answer, System, SystemError};
use crate::trace::{Header, Item, Reader, Spelled, names, write_item};

/// How long a program may think about one call.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program that speaks the wire form of `docs/trace-format.md` on its standard input and output.
pub struct Exec {
    command: String,
    child: Child,
    to: Option<ChildStdin>,
    from: Receiver<std::io::Result<String>>,
}

/// A request: a call and the name that it may give.
#[derive(Serialize)]
struct Request<'a> {
    who: Who,
    #[serde(rename = "as", skip_serializing_if = "Option::is_none", with = "names")]
    names: Option<Names>,
    call: &'a Call,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Response {
    reply: Reply,
    #[serde(default)]
    bytes: Option<Bytes>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Greeting {
    header: Box<serde_json::value::RawValue>,
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
        let to = child.stdin.take();
        let from =
            child.stdout.take().ok_or_else(|| SystemError("the program has no output".into()))?;
        Ok(Exec { command: command.to_string(), child, to, from: lines(from) })
    }

    fn ask(&mut self, line: &str) -> Result<String, SystemError> {
        let error = |what: String| SystemError(format!("the system `{}` {what}", self.command));
        let to = self.to.as_mut().ok_or_else(|| error("has ended".into()))?;
        writeln!(to, "{line}")
            .and_then(|()| to.flush())
            .map_err(|e| error(format!("takes no more calls: {e}")))?;
        match self.from.recv_timeout(PATIENCE) {
            Ok(Ok(line)) => Ok(line),
            Ok(Err(e)) => Err(error(format!("cannot be read: {e}"))),
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => Err(error("does not answer".into())),
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => Err(error("has ended".into())),
        }
    }
}

/// Reads lines on a thread of their own, so that waiting can end.
fn lines(from: impl std::io::Read + Send + 'static) -> Receiver<std::io::Result<String>> {
    let (to, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            if to.send(line).is_err() {
                break;
            }
        }
    });
    lines
}

impl System for Exec {
    fn start(&mut self, header: &Header) -> Result<Header, SystemError> {
        let mut line = Vec::new();
        let item = Item::Header(Box::new(header.clone()));
        write_item(&mut line, Spelled::JsonLines, &item).map_err(|e| SystemError(e.to_string()))?;
        let answer = self.ask(String::from_utf8_lossy(&line).trim_end())?;
        let unreadable = |why: String| {
            SystemError(format!("expected `{{\"header\":…}}`, found `{answer}`: {why}"))
        };
        let greeting: Greeting =
            serde_json::from_str(&answer).map_err(|e| unreadable(e.to_string()))?;
        match Reader::new(greeting.header.get().as_bytes()).next() {
            Some(Ok(Item::Header(header))) => Ok(*header),
            Some(Err(e)) => Err(unreadable(e.to_string())),
            _ => Err(unreadable("no header".into())),
        }
    }

    fn call(&mut self, who: Who, names: Option<Names>, call: &Call) -> Result<Answer, SystemError> {
        let request = serde_json::to_string(&Request { who, names, call })
            .map_err(|e| SystemError(e.to_string()))?;
        let answer = self.ask(&request)?;
        let response: Response = serde_json::from_str(&answer).map_err(|e| {
            SystemError(format!("expected `{{\"reply\":…}}`, found `{answer}`: {e}"))
        })?;
        if !response.reply.fits(call) {
            return Err(SystemError(format!(
                "the reply `{answer}` does not fit the call `{call}`"
            )));
        }
        let no_name = [
            Names::Socket(SocketId::INVALID),
            Names::Token(Token::ZERO),
            Names::Token(Token::UNKNOWN),
        ];
        if response.reply.names().is_some_and(|names| no_name.contains(&names)) {
            return Err(SystemError(format!("the reply `{answer}` names what no call gives")));
        }
        Ok(Answer { reply: response.reply, bytes: response.bytes })
    }

    fn finish(&mut self) -> Result<(), SystemError> {
        drop(self.to.take());
        self.child.wait().map(drop).map_err(|e| SystemError(e.to_string()))
    }
}

impl Drop for Exec {
    fn drop(&mut self) {
        drop(self.to.take());
        // a program that hangs must not keep us
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
