//! What stands on a line: requests, replies, events and errors (`docs/trace-format.md`).

use portres_model::{Bytes, Call, Credentials, Names, Reply, RequestId, Who};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::trace::{Header, Item, Reader, names};

/// A line of a client.
pub(super) enum Line {
    /// The header of a trace: the client wants a machine of its own.
    Header(Box<Header>),
    /// Who the process is.
    Process(Credentials),
    /// A call.
    Call(Request),
}

/// A call to be made.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// Who calls; left out: the first thread of the process.
    #[serde(default)]
    pub(super) who: Option<Who>,
    /// The name for what the call may create.
    #[serde(rename = "as", default, with = "names")]
    pub(super) names: Option<Names>,
    /// The call.
    pub(super) call: Call,
    /// The numbers behind names that other processes have given.
    #[serde(default)]
    pub(super) raw: Raw,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Introduction {
    process: Credentials,
}

/// Numbers that mean the same to every process of the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Raw {
    /// A token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) token: Option<Number>,
    /// A socket, as its process knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) socket: Option<Number>,
    /// A process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) process: Option<Number>,
}

impl Raw {
    pub(super) fn is_empty(&self) -> bool {
        *self == Raw::default()
    }
}

/// A number as traces spell it: a string, in hexadecimal with `0x` or in decimal. No reader of JSON rounds a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number(pub(super) u64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{:#x}", self.0))
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Number, D::Error> {
        let word = String::deserialize(from)?;
        let number = match word.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16).ok(),
            None => word.parse().ok(),
        };
        number.map(Number).ok_or_else(|| {
            let wanted = "a number in a string, in decimal or in hexadecimal with `0x`";
            serde::de::Error::custom(format_args!("expected {wanted}, found `{word}`"))
        })
    }
}

/// What a call answered.
#[derive(Serialize)]
pub(super) struct Response {
    /// The reply, in the names of the connection.
    pub(super) reply: Reply,
    /// What the call left in its byte count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bytes: Option<Bytes>,
    /// The numbers of what the reply names.
    #[serde(skip_serializing_if = "Raw::is_empty")]
    pub(super) raw: Raw,
}

/// A request that was left pending has completed.
#[derive(Serialize)]
pub(super) struct Completed {
    /// Which.
    pub(super) completed: RequestId,
    /// What it gave.
    #[serde(flatten)]
    pub(super) told: Response,
}

/// The answer to who the process is.
#[derive(Serialize)]
pub(super) struct Introduced {
    /// Its own name.
    pub(super) process: &'static str,
    /// Its number.
    pub(super) raw: Raw,
}

/// The answer to a header: what the machine says of itself.
#[derive(Serialize)]
pub(super) struct Greeting {
    /// Its header.
    pub(super) header: Box<serde_json::value::RawValue>,
}

/// A call that was not made, or a connection that ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Fault {
    /// Of what kind it is.
    kind: Kind,
    /// Which limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<&'static str>,
    /// The limit's figure.
    #[serde(skip_serializing_if = "Option::is_none")]
    most: Option<u64>,
    /// The column of the line, in bytes from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    /// What was expected and what was found.
    says: String,
    /// Whether the connection ends.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) closes: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Unreadable,
    Limit,
    Ended,
}

impl Fault {
    fn new(kind: Kind, says: impl Into<String>) -> Fault {
        Fault { kind, limit: None, most: None, column: None, says: says.into(), closes: false }
    }

    /// A line cannot be read, or says what cannot be done here.
    pub(super) fn unreadable(says: impl Into<String>) -> Fault {
        Fault::new(Kind::Unreadable, says)
    }

    /// A limit has been reached.
    pub(super) fn limit(name: &'static str, most: usize, says: impl Into<String>) -> Fault {
        let (limit, most) = (Some(name), Some(most as u64));
        Fault { limit, most, ..Fault::new(Kind::Limit, says) }
    }

    /// The machine, or the server, has ended the process.
    pub(super) fn ended(says: impl Into<String>) -> Fault {
        Fault::new(Kind::Ended, says).closing()
    }

    /// The connection ends with it.
    pub(super) fn closing(self) -> Fault {
        Fault { closes: true, ..self }
    }

    fn at(column: usize, error: &serde_json::Error) -> Fault {
        let text = error.to_string();
        let says = text.split(" at line ").next().unwrap_or_default();
        Fault { column: (column > 0).then_some(column), ..Fault::unreadable(says) }
    }
}

#[derive(Serialize)]
struct FaultLine<'a> {
    error: &'a Fault,
}

/// Writes a line.
pub(super) fn write(out: &mut Vec<u8>, line: &impl Serialize) {
    serde_json::to_writer(&mut *out, line).expect("every line has a JSON form");
    out.push(b'\n');
}

/// Writes an error as a line.
pub(super) fn write_fault(out: &mut Vec<u8>, error: &Fault) {
    write(out, &FaultLine { error });
}

/// Reads a line, without its end.
pub(super) fn read(line: &[u8]) -> Result<Line, Fault> {
    let start = line.iter().position(|b| !b.is_ascii_whitespace()).unwrap_or(line.len());
    let (blanks, object) = line.split_at(start);
    let fault = |e: serde_json::Error| {
        let column = if e.column() > 0 { blanks.len() + e.column() } else { 0 };
        Fault::at(column, &e)
    };
    let key = object.strip_prefix(b"{").unwrap_or(object).trim_ascii_start();
    if key.starts_with(b"\"portres\"") {
        return match Reader::new(object).next() {
            Some(Ok(Item::Header(header))) => Ok(Line::Header(header)),
            Some(Err(e)) => Err(Fault::unreadable(e.message)),
            _ => Err(Fault::unreadable("expected a header")),
        };
    }
    if key.starts_with(b"\"process\"") {
        let Introduction { process } = serde_json::from_slice(object).map_err(fault)?;
        return Ok(Line::Process(process));
    }
    serde_json::from_slice(object).map(Line::Call).map_err(fault)
}
