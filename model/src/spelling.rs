//! The text spelling of calls and replies, both ways: what `docs/trace-format.md` calls the text form.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::str::FromStr;

use crate::call::{
    AccessToken, Account, Attributes, Buffer, Call, Credentials, Family, Frame, Overlapped,
    Pointer, Routine, SocketKind, SocketOption, Store, Version,
};
use crate::error::Error;
use crate::id::{ProcessId, RequestId, SocketId, Token, parse_token, show_token};
use crate::port::Protocol;
use crate::reply::{Bytes, Reply, Row, Shape};
use crate::world::Owner;

/// What stands before `=`: the name of what a call creates.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Names {
    /// `sN =`.
    Socket(SocketId),
    /// `tN =`.
    Token(Token),
}

/// A text that is not what it should be.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("expected {expected}, found {}", if found.is_empty() { "the end of the line".into() } else { format!("`{}`", found.escape_debug()) })]
pub struct SpellingError {
    /// The column of the word, in characters from 1.
    pub column: usize,
    /// What was expected.
    pub expected: String,
    /// The word that was found; empty at the end of the line.
    pub found: String,
    /// Words that would have been known here.
    pub known: Vec<&'static str>,
}

/// The words of a line, read one by one.
#[derive(Clone, Debug)]
pub struct Spelling<'a> {
    line: &'a str,
    at: usize,
}

impl<'a> Spelling<'a> {
    /// The words of a line that has no comment.
    #[must_use]
    pub fn new(line: &'a str) -> Spelling<'a> {
        Spelling { line, at: 0 }
    }

    /// The next word, without taking it; empty at the end.
    #[must_use]
    pub fn peek(&self) -> &'a str {
        self.clone().take()
    }

    /// Takes the next word; empty at the end.
    pub fn take(&mut self) -> &'a str {
        self.skip_blanks();
        let rest = &self.line[self.at..];
        let word = &rest[..rest.find(char::is_whitespace).unwrap_or(rest.len())];
        self.at += word.len();
        word
    }

    /// What is left of the line, without blanks around it.
    pub fn rest(&mut self) -> &'a str {
        self.skip_blanks();
        let rest = self.line[self.at..].trim_end();
        self.at = self.line.len();
        rest
    }

    fn skip_blanks(&mut self) {
        let rest = &self.line[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    /// The next word was not what was expected.
    pub fn error(&self, expected: impl Into<String>) -> SpellingError {
        self.unknown(expected, &[])
    }

    /// The next word is none of those known here.
    pub fn unknown(&self, expected: impl Into<String>, known: &[&'static str]) -> SpellingError {
        let mut ahead = self.clone();
        ahead.skip_blanks();
        let column = self.line[..ahead.at].chars().count() + 1;
        SpellingError {
            column,
            expected: expected.into(),
            found: ahead.take().to_string(),
            known: known.to_vec(),
        }
    }

    /// Takes a word that must parse.
    ///
    /// # Errors
    /// If it does not.
    pub fn parsed<T: FromStr>(&mut self, expected: &str) -> Result<T, SpellingError> {
        self.with(expected, |word| word.parse().ok())
    }

    /// Takes a word that a function must understand.
    ///
    /// # Errors
    /// If it does not.
    pub fn with<T>(
        &mut self,
        expected: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T, SpellingError> {
        let value = read(self.peek()).ok_or_else(|| self.error(expected))?;
        self.take();
        Ok(value)
    }

    /// Takes a word that must be one of a list.
    ///
    /// # Errors
    /// If it is none.
    pub fn one_of<T: Copy>(
        &mut self,
        expected: &str,
        list: &[(&'static str, T)],
    ) -> Result<T, SpellingError> {
        let found = list.iter().find(|(word, _)| *word == self.peek()).map(|(_, value)| *value);
        let value = found.ok_or_else(|| {
            let known: Vec<_> = list.iter().map(|(word, _)| *word).collect();
            self.unknown(expected, &known)
        })?;
        self.take();
        Ok(value)
    }

    /// Nothing may be left.
    ///
    /// # Errors
    /// If something is.
    pub fn end(&self) -> Result<(), SpellingError> {
        if self.peek().is_empty() { Ok(()) } else { Err(self.error("the end of the line")) }
    }
}

/// The words with which calls begin.
const CALLS: &[(&str, Head)] = &[
    ("startup", Head::Startup),
    ("cleanup", Head::Cleanup),
    ("socket", Head::Socket),
    ("setsockopt", Head::SetSockOpt),
    ("getsockopt", Head::GetSockOpt),
    ("ioctlsocket", Head::IoctlSocket),
    ("bind", Head::Bind),
    ("getsockname", Head::GetSockName),
    ("listen", Head::Listen),
    ("connect", Head::Connect),
    ("connectex", Head::ConnectEx),
    ("accept", Head::Accept),
    ("sendto", Head::SendTo),
    ("closesocket", Head::CloseSocket),
    ("duplicate", Head::Duplicate),
    ("inherit", Head::Inherit),
    ("acquire", Head::Acquire),
    ("associate", Head::Associate),
    ("release", Head::Release),
    ("affinity", Head::Affinity),
    ("ioctl", Head::Ioctl),
    ("result", Head::Result),
    ("completion", Head::Completion),
    ("cancel", Head::Cancel),
    ("endthread", Head::EndThread),
    ("create", Head::Create),
    ("delete", Head::Delete),
    ("lookup", Head::Lookup),
    ("addexcluded", Head::AddExcluded),
    ("deleteexcluded", Head::DeleteExcluded),
    ("showexcluded", Head::ShowExcluded),
    ("setdynamic", Head::SetDynamic),
    ("showdynamic", Head::ShowDynamic),
    ("exit", Head::Exit),
    ("start", Head::Start),
    ("restart", Head::Restart),
    ("appear", Head::Appear),
    ("vanish", Head::Vanish),
    ("network", Head::Network),
    ("settle", Head::Settle),
    ("complete", Head::Complete),
];

#[derive(Clone, Copy)]
enum Head {
    Startup,
    Cleanup,
    Socket,
    SetSockOpt,
    GetSockOpt,
    IoctlSocket,
    Bind,
    GetSockName,
    Listen,
    Connect,
    ConnectEx,
    Accept,
    SendTo,
    CloseSocket,
    Duplicate,
    Inherit,
    Acquire,
    Associate,
    Release,
    Affinity,
    Ioctl,
    Result,
    Completion,
    Cancel,
    EndThread,
    Create,
    Delete,
    Lookup,
    AddExcluded,
    DeleteExcluded,
    ShowExcluded,
    SetDynamic,
    ShowDynamic,
    Exit,
    Start,
    Restart,
    Appear,
    Vanish,
    Network,
    Settle,
    Complete,
}

const KINDS: &[(&str, SocketKind)] =
    &[("tcp", SocketKind::Tcp), ("udp", SocketKind::Udp), ("raw", SocketKind::Raw)];
const FAMILIES: &[(&str, Family)] = &[("v4", Family::V4), ("v6", Family::V6)];
const PROTOCOLS: &[(&str, Protocol)] = &[("tcp", Protocol::Tcp), ("udp", Protocol::Udp)];
const OWNERS: &[(&str, Owner)] = &[
    ("winnat", Owner::WinNat),
    ("http.sys", Owner::HttpSys),
    ("hns", Owner::Hns),
    ("wsl", Owner::Wsl),
    ("unknown", Owner::Unknown),
];
const STORES: &[(&str, Store)] = &[("persistent", Store::Persistent), ("active", Store::Active)];
const ROWS: &[(&str, Row)] =
    &[("absent", Row::Absent), ("unstarred", Row::Unstarred), ("starred", Row::Starred)];
const ACCOUNTS: &[(&str, Account)] = &[
    ("standard", Account::Standard),
    ("administrator", Account::Administrator),
    ("built-in-administrator", Account::BuiltInAdministrator),
    ("local-system", Account::LocalSystem),
    ("local-service", Account::LocalService),
    ("network-service", Account::NetworkService),
];
const TOKENS: &[(&str, AccessToken)] =
    &[("elevated", AccessToken::Elevated), ("filtered", AccessToken::Filtered)];
const BUFFERS: &[(&str, Buffer)] = &[
    ("short", Buffer::Short),
    ("long", Buffer::Long),
    ("null", Buffer::Null),
    ("bad", Buffer::Bad),
];
const POINTERS: &[(&str, Pointer)] = &[("null", Pointer::Null), ("bad", Pointer::Bad)];
const ROUTINES: &[(&str, Routine)] = &[("given", Routine::Given), ("bad", Routine::Bad)];

fn word_of<T: PartialEq>(list: &[(&'static str, T)], value: &T) -> &'static str {
    list.iter().find(|(_, v)| v == value).map_or("?", |(word, _)| word)
}

/// Reads a call.
///
/// # Errors
/// Where the words are none.
pub fn parse_call(words: &mut Spelling<'_>) -> Result<Call, SpellingError> {
    Ok(match words.one_of("a call", CALLS)? {
        Head::Startup => Call::Startup(parse_version(words)?),
        Head::Cleanup => Call::Cleanup,
        Head::Socket => Call::Socket {
            kind: words.one_of("`tcp`, `udp` or `raw`", KINDS)?,
            family: words.one_of("`v4` or `v6`", FAMILIES)?,
            attributes: parse_attributes(words),
        },
        Head::SetSockOpt => Call::SetSockOpt {
            socket: socket(words)?,
            option: option(words)?,
            value: words.parsed("a number")?,
        },
        Head::GetSockOpt => Call::GetSockOpt { socket: socket(words)?, option: option(words)? },
        Head::IoctlSocket => {
            let socket = socket(words)?;
            words.one_of("`FIONBIO`", &[("FIONBIO", ())])?;
            Call::IoctlSocket { socket, fionbio: words.parsed("a number")? }
        }
        Head::Bind => Call::Bind { socket: socket(words)?, address: address(words)? },
        Head::GetSockName => Call::GetSockName { socket: socket(words)? },
        Head::Listen => Call::Listen { socket: socket(words)? },
        Head::Connect => Call::Connect { socket: socket(words)?, address: address(words)? },
        Head::ConnectEx => Call::ConnectEx { socket: socket(words)?, address: address(words)? },
        Head::Accept => Call::Accept { socket: socket(words)? },
        Head::SendTo => Call::SendTo { socket: socket(words)?, address: address(words)? },
        Head::CloseSocket => Call::CloseSocket { socket: socket(words)? },
        Head::Duplicate => Call::Duplicate { socket: socket(words)?, process: process(words)? },
        Head::Inherit => Call::Inherit { socket: socket(words)?, process: process(words)? },
        Head::Acquire => Call::Acquire {
            socket: socket(words)?,
            range: range(words)?,
            frame: parse_frame(words)?,
        },
        Head::Associate => Call::Associate {
            socket: socket(words)?,
            token: token(words)?,
            frame: parse_frame(words)?,
        },
        Head::Release => Call::Release {
            socket: socket(words)?,
            token: token(words)?,
            frame: parse_frame(words)?,
        },
        Head::Affinity => Call::Affinity {
            socket: socket(words)?,
            processor: words.parsed("the index of a processor")?,
        },
        Head::Ioctl => Call::Ioctl {
            socket: socket(words)?,
            code: words.with("a control code like `0x98000067`", parse_code)?,
            frame: parse_frame(words)?,
        },
        Head::Result => {
            let (request, wait, null) = (request(words)?, flag(words, "wait"), flag(words, "null"));
            Call::Result { request, wait, null }
        }
        Head::Completion => Call::Completion { request: request(words)? },
        Head::Cancel => {
            let socket = socket(words)?;
            let all = matches!(words.peek(), "" | "->");
            Call::Cancel { socket, request: if all { None } else { Some(request(words)?) } }
        }
        Head::EndThread => Call::EndThread,
        Head::Create => {
            let (protocol, range) = (protocol(words)?, range(words)?);
            Call::Create { protocol, range, null: flag(words, "null") }
        }
        Head::Delete => Call::Delete { protocol: protocol(words)?, range: range(words)? },
        Head::Lookup => {
            let (protocol, range) = (protocol(words)?, range(words)?);
            Call::Lookup { protocol, range, null: flag(words, "null") }
        }
        Head::AddExcluded => {
            let (protocol, range) = (protocol(words)?, range(words)?);
            Call::AddExcluded { protocol, range, store: parse_store(words)? }
        }
        Head::DeleteExcluded => {
            let (protocol, range) = (protocol(words)?, range(words)?);
            Call::DeleteExcluded { protocol, range, store: parse_store(words)? }
        }
        Head::ShowExcluded => {
            Call::ShowExcluded { protocol: protocol(words)?, range: range(words)? }
        }
        Head::SetDynamic => {
            let (protocol, range) = (protocol(words)?, range(words)?);
            Call::SetDynamic { protocol, range, store: parse_store(words)? }
        }
        Head::ShowDynamic => Call::ShowDynamic { protocol: protocol(words)? },
        Head::Exit => Call::Exit,
        Head::Start => {
            Call::Start { process: process(words)?, credentials: parse_credentials(words)? }
        }
        Head::Restart => Call::Restart,
        Head::Appear => {
            let (protocol, range) = (protocol(words)?, range(words)?);
            Call::Appear { protocol, range, owner: words.one_of("the owner of a block", OWNERS)? }
        }
        Head::Vanish => Call::Vanish { protocol: protocol(words)?, range: range(words)? },
        Head::Network => {
            Call::Network { up: words.one_of("`up` or `down`", &[("up", true), ("down", false)])? }
        }
        Head::Settle => Call::Settle { port: words.parsed("a port")? },
        Head::Complete => Call::Complete { request: request(words)? },
    })
}

type Read<T> = Result<T, SpellingError>;

fn socket(words: &mut Spelling<'_>) -> Read<SocketId> {
    words.parsed("a socket like `s1`")
}

fn process(words: &mut Spelling<'_>) -> Read<ProcessId> {
    words.parsed("a process like `p1`")
}

fn request(words: &mut Spelling<'_>) -> Read<RequestId> {
    words.parsed("a request like `o1`")
}

fn token(words: &mut Spelling<'_>) -> Read<Token> {
    words.with("a token like `t1`, or `unknown`", |word| parse_token(word).ok())
}

fn protocol(words: &mut Spelling<'_>) -> Read<Protocol> {
    words.one_of("`tcp` or `udp`", PROTOCOLS)
}

fn range(words: &mut Spelling<'_>) -> Read<crate::port::PortRange> {
    words.parsed("START+COUNT, each 0 to 65535")
}

fn address(words: &mut Spelling<'_>) -> Read<SocketAddr> {
    words.with("ADDRESS:PORT, the port 0 to 65535", parse_address)
}

fn option(words: &mut Spelling<'_>) -> Read<SocketOption> {
    let known: Vec<_> = SocketOption::ALL.iter().map(|o| (o.c_name(), *o)).collect();
    words.one_of("a socket option", &known)
}

/// Takes the word if it is next.
fn flag(words: &mut Spelling<'_>, word: &str) -> bool {
    let given = words.peek() == word;
    if given {
        words.take();
    }
    given
}

fn parse_attributes(words: &mut Spelling<'_>) -> Attributes {
    let non_overlapped = flag(words, "non-overlapped");
    Attributes { non_overlapped, no_inherit: flag(words, "no-inherit") }
}

fn parse_store(words: &mut Spelling<'_>) -> Read<Store> {
    if matches!(words.peek(), "" | "->") {
        return Ok(Store::default());
    }
    words.one_of("`persistent` or `active`", STORES)
}

/// A control code, in hexadecimal with `0x` or in decimal.
fn parse_code(word: &str) -> Option<u32> {
    match word.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => word.parse().ok(),
    }
}

fn parse_version(words: &mut Spelling<'_>) -> Result<Version, SpellingError> {
    if matches!(words.peek(), "" | "->") {
        return Ok(Version::CURRENT);
    }
    words.with("a version like `2.2`", |word| {
        let (major, minor) = word.split_once('.')?;
        Some(Version { major: major.parse().ok()?, minor: minor.parse().ok()? })
    })
}

fn parse_frame(words: &mut Spelling<'_>) -> Read<Frame> {
    let mut frame = Frame::default();
    while let Some((field, value)) = words.peek().split_once('=') {
        let known = match field {
            "input" => set(&mut frame.input, BUFFERS, value),
            "output" => set(&mut frame.output, BUFFERS, value),
            "bytes" => set(&mut frame.bytes, POINTERS, value),
            "routine" => set(&mut frame.routine, ROUTINES, value),
            "overlapped" => {
                frame.overlapped = match (value, value.parse()) {
                    ("bad", _) => Overlapped::Bad,
                    (_, Ok(request)) => Overlapped::Of(request),
                    (_, Err(_)) => Overlapped::None,
                };
                if frame.overlapped == Overlapped::None {
                    Err("a request like `o1`, or `bad`".into())
                } else {
                    Ok(())
                }
            }
            _ => {
                const FIELDS: &[&str] = &[
                    "input=short",
                    "output=short",
                    "bytes=null",
                    "overlapped=o1",
                    "routine=given",
                ];
                return Err(words.unknown(
                    "`input=`, `output=`, `bytes=`, `overlapped=` or `routine=`",
                    FIELDS,
                ));
            }
        };
        known.map_err(|expected: String| words.error(format!("{expected} behind the `=`")))?;
        words.take();
    }
    Ok(frame)
}

/// Sets a field to the value of a word, or says which words there are.
fn set<T: Copy>(field: &mut T, words: &[(&str, T)], word: &str) -> Result<(), String> {
    let found = words.iter().find(|(known, _)| *known == word);
    *field = found
        .ok_or_else(|| {
            let known: Vec<_> = words.iter().map(|(known, _)| format!("`{known}`")).collect();
            known.join(" or ")
        })?
        .1;
    Ok(())
}

/// Reads a byte count that stands behind a reply as `bytes=N` or `bytes=untouched`, if one does.
///
/// # Errors
/// If what stands behind the `=` is neither.
pub fn parse_bytes(words: &mut Spelling<'_>) -> Result<Option<Bytes>, SpellingError> {
    let Some(count) = words.peek().strip_prefix("bytes=") else { return Ok(None) };
    let bytes = match (count, count.parse()) {
        ("untouched", _) => Bytes::Untouched,
        (_, Ok(number)) => Bytes::Wrote(number),
        (_, Err(_)) => return Err(words.error("`bytes=` and a number or `untouched`")),
    };
    words.take();
    Ok(Some(bytes))
}

/// Reads `[user=NAME] [ACCOUNT] [elevated|filtered]`.
///
/// # Errors
/// Where the words are none.
pub fn parse_credentials(words: &mut Spelling<'_>) -> Result<Credentials, SpellingError> {
    let mut credentials = Credentials::default();
    if let Some(user) = words.peek().strip_prefix("user=") {
        credentials.user = user.parse().map_err(|_| {
            words.error("`user=` and a name of 1 to 24 letters, digits, `-`, `_` or `.`")
        })?;
        words.take();
    }
    if ACCOUNTS.iter().any(|(word, _)| *word == words.peek()) {
        credentials.account = words.one_of("an account", ACCOUNTS)?;
    }
    credentials.token = credentials.account.default_token();
    if TOKENS.iter().any(|(word, _)| *word == words.peek()) {
        credentials.token = words.one_of("a token", TOKENS)?;
    }
    if !matches!(words.peek(), "" | "->") {
        return Err(words.unknown(
            "`user=NAME`, an account, `elevated` or `filtered`, in this order",
            &[
                "standard",
                "administrator",
                "built-in-administrator",
                "local-system",
                "elevated",
                "filtered",
            ],
        ));
    }
    Ok(credentials)
}

/// `192.0.2.7:80`, `[::1]:80`: no scopes, no leading zeros beyond what the standard library reads.
fn parse_address(word: &str) -> Option<SocketAddr> {
    let v4 = || word.parse::<SocketAddrV4>().ok().map(SocketAddr::V4);
    let v6 = || word.parse::<SocketAddrV6>().ok().filter(|a| a.scope_id() == 0).map(SocketAddr::V6);
    v4().or_else(v6)
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
            .parsed("the number of an error")
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
        (Shape::Bound, _) => word.parse().ok().map(Reply::Bound),
        (Shape::Name, _) => parse_address(word).map(Reply::Name),
        (Shape::Reserved, Some(Names::Token(token))) => {
            word.parse().ok().map(|block| Reply::Reserved { block, token })
        }
        (Shape::Value, _) => word.parse().ok().map(Reply::Value),
        (Shape::Range, _) => word.parse().ok().map(Reply::Range),
        (Shape::Row, _) => {
            ROWS.iter().find(|(row, _)| *row == word).map(|(_, row)| Reply::Row(*row))
        }
        (Shape::Outcome, Some(Names::Token(token))) => {
            word.parse().ok().map(|block| Reply::Reserved { block, token })
        }
        (Shape::Outcome, None) => (word == "ok").then_some(Reply::Ok),
        (Shape::Socket | Shape::Token | Shape::Reserved | Shape::Outcome | Shape::Bytes, _) => None,
    };
    let expected =
        || format!("the reply to `{}`: {} or an error's C name", head_of(call), shape.says());
    let reply = reply.ok_or_else(|| words.error(expected()))?;
    words.take();
    Ok(reply)
}

/// The word with which the call begins.
fn head_of(call: &Call) -> String {
    call.to_string().split(' ').next().unwrap_or_default().to_string()
}

impl Call {
    /// The words with which calls begin.
    pub fn heads() -> impl Iterator<Item = &'static str> {
        CALLS.iter().map(|(word, _)| *word)
    }
}

struct Operand(Token);

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show_token(self.0, f)
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Call::Startup(Version::CURRENT) => f.write_str("startup"),
            Call::Startup(Version { major, minor }) => write!(f, "startup {major}.{minor}"),
            Call::Cleanup => f.write_str("cleanup"),
            Call::Socket { kind, family, attributes } => {
                write!(f, "socket {kind} {family}")?;
                word_if(f, attributes.non_overlapped, "non-overlapped")?;
                word_if(f, attributes.no_inherit, "no-inherit")
            }
            Call::SetSockOpt { socket, option, value } => {
                write!(f, "setsockopt {socket} {} {value}", option.c_name())
            }
            Call::GetSockOpt { socket, option } => {
                write!(f, "getsockopt {socket} {}", option.c_name())
            }
            Call::IoctlSocket { socket, fionbio } => {
                write!(f, "ioctlsocket {socket} FIONBIO {fionbio}")
            }
            Call::Bind { socket, address } => write!(f, "bind {socket} {address}"),
            Call::GetSockName { socket } => write!(f, "getsockname {socket}"),
            Call::Listen { socket } => write!(f, "listen {socket}"),
            Call::Connect { socket, address } => write!(f, "connect {socket} {address}"),
            Call::ConnectEx { socket, address } => write!(f, "connectex {socket} {address}"),
            Call::Accept { socket } => write!(f, "accept {socket}"),
            Call::SendTo { socket, address } => write!(f, "sendto {socket} {address}"),
            Call::CloseSocket { socket } => write!(f, "closesocket {socket}"),
            Call::Duplicate { socket, process } => write!(f, "duplicate {socket} {process}"),
            Call::Inherit { socket, process } => write!(f, "inherit {socket} {process}"),
            Call::Acquire { socket, range, frame } => write!(f, "acquire {socket} {range}{frame}"),
            Call::Associate { socket, token, frame } => {
                write!(f, "associate {socket} {}{frame}", Operand(token))
            }
            Call::Release { socket, token, frame } => {
                write!(f, "release {socket} {}{frame}", Operand(token))
            }
            Call::Affinity { socket, processor } => write!(f, "affinity {socket} {processor}"),
            Call::Ioctl { socket, code, frame } => write!(f, "ioctl {socket} {code:#010x}{frame}"),
            Call::Result { request, wait, null } => {
                write!(f, "result {request}")?;
                word_if(f, wait, "wait")?;
                word_if(f, null, "null")
            }
            Call::Completion { request } => write!(f, "completion {request}"),
            Call::Cancel { socket, request: Some(request) } => {
                write!(f, "cancel {socket} {request}")
            }
            Call::Cancel { socket, request: None } => write!(f, "cancel {socket}"),
            Call::EndThread => f.write_str("endthread"),
            Call::Create { protocol, range, null } => {
                write!(f, "create {protocol} {range}")?;
                word_if(f, null, "null")
            }
            Call::Delete { protocol, range } => write!(f, "delete {protocol} {range}"),
            Call::Lookup { protocol, range, null } => {
                write!(f, "lookup {protocol} {range}")?;
                word_if(f, null, "null")
            }
            Call::AddExcluded { protocol, range, store } => {
                write!(f, "addexcluded {protocol} {range}{}", Behind(store))
            }
            Call::DeleteExcluded { protocol, range, store } => {
                write!(f, "deleteexcluded {protocol} {range}{}", Behind(store))
            }
            Call::ShowExcluded { protocol, range } => write!(f, "showexcluded {protocol} {range}"),
            Call::SetDynamic { protocol, range, store } => {
                write!(f, "setdynamic {protocol} {range}{}", Behind(store))
            }
            Call::ShowDynamic { protocol } => write!(f, "showdynamic {protocol}"),
            Call::Exit => f.write_str("exit"),
            Call::Start { process, credentials } => write!(f, "start {process} {credentials}"),
            Call::Restart => f.write_str("restart"),
            Call::Appear { protocol, range, owner } => {
                write!(f, "appear {protocol} {range} {}", word_of(OWNERS, &owner))
            }
            Call::Vanish { protocol, range } => write!(f, "vanish {protocol} {range}"),
            Call::Network { up } => f.write_str(if up { "network up" } else { "network down" }),
            Call::Settle { port } => write!(f, "settle {port}"),
            Call::Complete { request } => write!(f, "complete {request}"),
        }
    }
}

fn word_if(f: &mut fmt::Formatter<'_>, given: bool, word: &str) -> fmt::Result {
    if given { write!(f, " {word}") } else { Ok(()) }
}

/// A store with a blank before it, if it is not the usual one.
struct Behind(Store);

impl fmt::Display for Behind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        word_if(f, self.0 != Store::default(), word_of(STORES, &self.0))
    }
}

impl fmt::Display for SocketKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(word_of(KINDS, self))
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(word_of(FAMILIES, self))
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// A field is written where it differs from the well-formed call.
        fn field<T: PartialEq + Default>(
            f: &mut fmt::Formatter<'_>,
            name: &str,
            words: &[(&'static str, T)],
            value: &T,
        ) -> fmt::Result {
            if *value == T::default() {
                Ok(())
            } else {
                write!(f, " {name}={}", word_of(words, value))
            }
        }
        field(f, "input", BUFFERS, &self.input)?;
        field(f, "output", BUFFERS, &self.output)?;
        field(f, "bytes", POINTERS, &self.bytes)?;
        match self.overlapped {
            Overlapped::None => {}
            Overlapped::Of(request) => write!(f, " overlapped={request}")?,
            Overlapped::Bad => f.write_str(" overlapped=bad")?,
        }
        field(f, "routine", ROUTINES, &self.routine)
    }
}

impl fmt::Display for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "user={} {}", self.user, word_of(ACCOUNTS, &self.account))?;
        if self.token == self.account.default_token() {
            return Ok(());
        }
        write!(f, " {}", word_of(TOKENS, &self.token))
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reply::Ok | Reply::Socket(_) | Reply::Token(_) => f.write_str("ok"),
            Reply::Bound(port) => write!(f, "{port}"),
            Reply::Name(name) => write!(f, "{name}"),
            Reply::Reserved { block, .. } => write!(f, "{block}"),
            Reply::Value(value) => write!(f, "{value}"),
            Reply::Range(range) => write!(f, "{range}"),
            Reply::Row(row) => f.write_str(word_of(ROWS, row)),
            Reply::Bytes(bytes) => write!(f, "{bytes}"),
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
            Reply::Socket(socket) => Some(Names::Socket(*socket)),
            Reply::Token(token) | Reply::Reserved { token, .. } => Some(Names::Token(*token)),
            Reply::Ok
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

impl Family {
    /// The wildcard address with port 0.
    #[must_use]
    pub const fn wildcard(self) -> SocketAddr {
        match self {
            Family::V4 => SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0)),
            Family::V6 => SocketAddr::V6(SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, 0, 0, 0)),
        }
    }
}
