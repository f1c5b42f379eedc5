//! A system that speaks the wire form of `docs/trace-format.md`: one JSON line a request, one a reply.

use std::io::{BufReader, Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use portres_model::{Bytes, Call, Names, Reply, SocketId, Token, Who};
use serde::{Deserialize, Serialize};

use super::{Answer, SystemError};
use crate::limits;
use crate::trace::{Header, Item, Reader, Spelled, names, write_item};

/// How many characters of an answer an error shows.
const MOST_SHOWN: usize = 200;

/// The two ends of a conversation.
pub(super) struct Spoken {
    name: String,
    to: Option<Box<dyn Write + Send>>,
    from: Receiver<std::io::Result<String>>,
    patience: Duration,
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

impl Spoken {
    /// A conversation with the system of this name.
    pub(super) fn new(
        name: String,
        to: impl Write + Send + 'static,
        from: impl Read + Send + 'static,
    ) -> Spoken {
        Spoken { name, to: Some(Box::new(to)), from: lines(from), patience: limits::PATIENCE }
    }

    /// Says what machine is wanted; gives what the system says of itself.
    pub(super) fn start(&mut self, header: &Header) -> Result<Header, SystemError> {
        let mut line = Vec::new();
        let item = Item::Header(Box::new(header.clone()));
        write_item(&mut line, Spelled::JsonLines, &item).map_err(|e| SystemError(e.to_string()))?;
        let answer = self.ask(String::from_utf8_lossy(&line).trim_end())?;
        let unreadable = |why: String| {
            SystemError(format!("expected `{{\"header\":…}}`, found `{}`: {why}", shown(&answer)))
        };
        let greeting: Greeting =
            serde_json::from_str(&answer).map_err(|e| unreadable(e.to_string()))?;
        match Reader::new(greeting.header.get().as_bytes()).next() {
            Some(Ok(Item::Header(header))) => Ok(*header),
            Some(Err(e)) => Err(unreadable(e.to_string())),
            _ => Err(unreadable("no header".into())),
        }
    }

    /// Asks for one call.
    pub(super) fn call(
        &mut self,
        who: Who,
        names: Option<Names>,
        call: &Call,
    ) -> Result<Answer, SystemError> {
        let request = serde_json::to_string(&Request { who, names, call })
            .map_err(|e| SystemError(e.to_string()))?;
        let answer = self.ask(&request)?;
        let response: Response = serde_json::from_str(&answer).map_err(|e| {
            SystemError(format!("expected `{{\"reply\":…}}`, found `{}`: {e}", shown(&answer)))
        })?;
        if !response.reply.fits(call) {
            return Err(SystemError(format!(
                "the reply `{}` does not fit the call `{call}`",
                shown(&answer)
            )));
        }
        let no_name = [
            Names::Socket(SocketId::INVALID),
            Names::Token(Token::ZERO),
            Names::Token(Token::UNKNOWN),
        ];
        if response.reply.names().is_some_and(|names| no_name.contains(&names)) {
            let answer = shown(&answer);
            return Err(SystemError(format!("the reply `{answer}` names what no call gives")));
        }
        Ok(Answer { reply: response.reply, bytes: response.bytes })
    }

    /// Ends the input of the system.
    pub(super) fn finish(&mut self) {
        drop(self.to.take());
    }

    fn ask(&mut self, line: &str) -> Result<String, SystemError> {
        let error = |what: String| SystemError(format!("the system `{}` {what}", self.name));
        let to = self.to.as_mut().ok_or_else(|| error("has ended".into()))?;
        // one write: a server may be woken by each
        to.write_all(format!("{line}\n").as_bytes())
            .and_then(|()| to.flush())
            .map_err(|e| error(format!("takes no more calls: {e}")))?;
        match self.from.recv_timeout(self.patience) {
            Ok(Ok(line)) => Ok(line),
            Ok(Err(e)) => Err(error(format!("cannot be read: {e}"))),
            Err(RecvTimeoutError::Timeout) => Err(error("does not answer".into())),
            Err(RecvTimeoutError::Disconnected) => Err(error("has ended".into())),
        }
    }
}

/// An answer as an error shows it: on one line that is not long.
fn shown(answer: &str) -> String {
    let mut shown: String = answer.chars().take(MOST_SHOWN).flat_map(char::escape_debug).collect();
    if answer.chars().nth(MOST_SHOWN).is_some() {
        shown.push('…');
    }
    shown.replace("\\\"", "\"")
}

/// Reads lines on a thread of their own, so that waiting can end. Of a system that answers what nobody has asked, no more is
/// taken than fits.
fn lines(from: impl Read + Send + 'static) -> Receiver<std::io::Result<String>> {
    let (to, lines) = sync_channel(limits::EARLY_REPLIES);
    std::thread::spawn(move || {
        for line in limits::lines(BufReader::new(from)) {
            if to.send(line).is_err() {
                break;
            }
        }
    });
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A system whose answers are these.
    fn answering(from: impl Read + Send + 'static) -> Result<Header, SystemError> {
        let mut spoken = Spoken::new("it".into(), std::io::sink(), from);
        spoken.patience = Duration::from_millis(50);
        spoken.start(&Header::default())
    }

    #[test]
    fn a_system_that_does_not_answer_is_not_waited_for() {
        struct Silent;
        impl Read for Silent {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                std::thread::sleep(Duration::from_secs(60));
                Ok(0)
            }
        }
        let error = answering(Silent).expect_err("there is no answer");
        assert_eq!(error.to_string(), "the system `it` does not answer");
    }

    #[test]
    fn an_answer_is_shown_shortened_and_on_one_line() {
        let error = answering(&b"\x1b[31m\xc2\x9b\"hello\"\n"[..]).expect_err("no answer");
        let error = error.to_string();
        assert!(error.contains("found `\\u{1b}[31m\\u{9b}\"hello\"`"), "{error}");
        let long = format!("{}\n", "x".repeat(limits::LINE));
        let error = answering(std::io::Cursor::new(long)).expect_err("no answer");
        assert!(error.to_string().len() < 500, "{error}");
        let endless = std::io::repeat(b'x');
        let error = answering(endless).expect_err("no answer");
        assert!(error.to_string().contains("longer than 65536 bytes"), "{error}");
    }
}
