//! Replies, what stands before the call and behind the reply.

use std::fmt;

use super::argument::{parse_address, version};
use super::words::{FAMILIES, KINDS, ROWS, word_of};
use super::{Spelling, SpellingError, number};
use crate::call::Call;
use crate::error::Error;
use crate::id::{SocketId, Token};
use crate::reply::{Bytes, Reply, Shape};

/// What stands before `=`: the name of what a call creates.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Names {
    /// `sN =`.
    Socket(SocketId),
    /// `tN =`.
    Token(Token),
}

/// Reads the reply to a call, with the name that stands before the call, if any.
///
/// # Errors
/// Where the words are none, or not a reply that the call can give.
pub fn parse_reply(
    words: &mut Spelling<'_>,
    call: &Call,
    names: Option<Names>,
) -> Result<Reply, SpellingError> {
    let word = words.peek();
    if word == "unsupported" {
        words.take();
        return Ok(Reply::Unsupported);
    }
    if word == "error" {
        words.take();
        return words
            .number("the number of an error")
            .map(|n| Reply::Failed(Error::from_number(n)));
    }
    if let Some(error) = Error::from_c_name(word) {
        words.take();
        return Ok(Reply::Failed(error));
    }
    let shape = call.shape();
    let reply = match (shape, names) {
        (Shape::Ok, _) => (word == "ok").then_some(Reply::Ok),
        (Shape::Socket, Some(Names::Socket(socket))) => {
            (word == "ok").then_some(Reply::Socket(socket))
        }
        (Shape::Token, Some(Names::Token(token))) => (word == "ok").then_some(Reply::Token(token)),
        (Shape::Opened, Some(Names::Socket(socket))) => return opened(words, call, socket),
        (Shape::Version, _) if word == "ok" => Some(Reply::Ok),
        (Shape::Version, _) => version(word).map(Reply::Version),
        (Shape::Bound, _) => number(word).map(Reply::Bound),
        (Shape::Name, _) => parse_address(word).map(Reply::Name),
        (Shape::Reserved, Some(Names::Token(token))) => {
            word.parse().ok().map(|block| Reply::Reserved { block, token })
        }
        (Shape::Value, _) if word == "ok" => Some(Reply::Ok),
        (Shape::Value, _) => number(word).map(Reply::Value),
        (Shape::Range, _) => word.parse().ok().map(Reply::Range),
        (Shape::Row, _) => {
            ROWS.iter().find(|(row, _)| *row == word).map(|(_, row)| Reply::Row(*row))
        }
        (Shape::Outcome, Some(Names::Token(token))) => {
            word.parse().ok().map(|block| Reply::Reserved { block, token })
        }
        (Shape::Outcome, None) => (word == "ok").then_some(Reply::Ok),
        (
            Shape::Socket
            | Shape::Opened
            | Shape::Token
            | Shape::Reserved
            | Shape::Outcome
            | Shape::Bytes,
            _,
        ) => None,
    };
    let reply = reply.ok_or_else(|| words.error(expected(call)))?;
    words.take();
    Ok(reply)
}

fn expected(call: &Call) -> String {
    format!("the reply to `{}`: {} or an error's C name", head_of(call), call.shape().says())
}

/// `tcp v4` and its like.
fn opened(words: &mut Spelling<'_>, call: &Call, socket: SocketId) -> Result<Reply, SpellingError> {
    let kind = words.one_of(&expected(call), KINDS)?;
    let family = words.one_of("`v4` or `v6`", FAMILIES)?;
    Ok(Reply::Opened { socket, kind, family })
}

/// The word with which the call begins.
fn head_of(call: &Call) -> String {
    call.to_string().split(' ').next().unwrap_or_default().to_string()
}

/// Reads a byte count that stands behind a reply as `bytes=N` or `bytes=untouched`, if one does.
///
/// # Errors
/// If what stands behind the `=` is neither.
pub fn parse_bytes(words: &mut Spelling<'_>) -> Result<Option<Bytes>, SpellingError> {
    let Some(count) = words.peek().strip_prefix("bytes=") else { return Ok(None) };
    let bytes = match (count, number(count)) {
        ("untouched", _) => Bytes::Untouched,
        (_, Some(number)) => Bytes::Wrote(number),
        (_, None) => return Err(words.error("`bytes=` and a number or `untouched`")),
    };
    words.take();
    Ok(Some(bytes))
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reply::Ok | Reply::Socket(_) | Reply::Token(_) => f.write_str("ok"),
            Reply::Opened { kind, family, .. } => write!(f, "{kind} {family}"),
            Reply::Version(version) => write!(f, "{version}"),
            Reply::Bound(port) => write!(f, "{port}"),
            Reply::Name(name) => write!(f, "{name}"),
            Reply::Reserved { block, .. } => write!(f, "{block}"),
            Reply::Value(value) => write!(f, "{value}"),
            Reply::Range(range) => write!(f, "{range}"),
            Reply::Row(row) => f.write_str(word_of(ROWS, row)),
            Reply::Bytes(bytes) => write!(f, "bytes={bytes}"),
            Reply::Failed(error) => write!(f, "{error}"),
            Reply::Unsupported => f.write_str("unsupported"),
        }
    }
}

impl Reply {
    /// The name that stands before the call.
    #[must_use]
    pub const fn names(&self) -> Option<Names> {
        match self {
            Reply::Socket(socket) | Reply::Opened { socket, .. } => Some(Names::Socket(*socket)),
            Reply::Token(token) | Reply::Reserved { token, .. } => Some(Names::Token(*token)),
            Reply::Ok
            | Reply::Version(_)
            | Reply::Bound(_)
            | Reply::Name(_)
            | Reply::Value(_)
            | Reply::Range(_)
            | Reply::Row(_)
            | Reply::Bytes(_)
            | Reply::Failed(_)
            | Reply::Unsupported => None,
        }
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Bytes::Untouched => f.write_str("untouched"),
            Bytes::Wrote(number) => write!(f, "{number}"),
        }
    }
}

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Names::Socket(socket) => write!(f, "{socket}"),
            Names::Token(token) => write!(f, "{token}"),
        }
    }
}
