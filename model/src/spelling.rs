//! The text spelling of calls and replies, both ways: what `docs/trace-format.md` calls the text form.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::str::FromStr;

use crate::call::{
    AccessToken, Account, Call, Credentials, Family, Frame, Length, SocketKind, SocketOption,
    Version,
};
use crate::error::Error;
use crate::id::{ProcessId, SocketId, Token, parse_token, show_token};
use crate::port::Protocol;
use crate::reply::{Reply, Shape};

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
    ("bind", Head::Bind),
    ("getsockname", Head::GetSockName),
    ("listen", Head::Listen),
    ("closesocket", Head::CloseSocket),
    ("acquire", Head::Acquire),
    ("associate", Head::Associate),
    ("release", Head::Release),
    ("create", Head::Create),
    ("delete", Head::Delete),
    ("lookup", Head::Lookup),
    ("exit", Head::Exit),
    ("start", Head::Start),
    ("restart", Head::Restart),
];

#[derive(Clone, Copy)]
enum Head {
    Startup,
    Cleanup,
    Socket,
    SetSockOpt,
    Bind,
    GetSockName,
    Listen,
    CloseSocket,
    Acquire,
    Associate,
    Release,
    Create,
    Delete,
    Lookup,
    Exit,
    Start,
    Restart,
}

const KINDS: &[(&str, SocketKind)] =
    &[("tcp", SocketKind::Tcp), ("udp", SocketKind::Udp), ("raw", SocketKind::Raw)];
const FAMILIES: &[(&str, Family)] = &[("v4", Family::V4), ("v6", Family::V6)];
const PROTOCOLS: &[(&str, Protocol)] = &[("tcp", Protocol::Tcp), ("udp", Protocol::Udp)];
const OPTIONS: &[(&str, SocketOption)] = &[
    ("SO_REUSEADDR", SocketOption::ReuseAddr),
    ("SO_EXCLUSIVEADDRUSE", SocketOption::ExclusiveAddrUse),
    ("IPV6_V6ONLY", SocketOption::V6Only),
];
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
const LENGTHS: &[(&str, Length)] = &[("short", Length::Short), ("long", Length::Long)];

fn word_of<T: PartialEq>(list: &[(&'static str, T)], value: &T) -> &'static str {
    list.iter().find(|(_, v)| v == value).map_or("?", |(word, _)| word)
}

/// Reads a call.
///
/// # Errors
/// Where the words are none.
pub fn parse_call(words: &mut Spelling<'_>) -> Result<Call, SpellingError> {
    let socket = |words: &mut Spelling<'_>| words.parsed::<SocketId>("a socket like `s1`");
    let token = |words: &mut Spelling<'_>| {
        words.with("a token like `t1`, or `unknown`", |word| parse_token(word).ok())
    };
    let protocol = |words: &mut Spelling<'_>| words.one_of("`tcp` or `udp`", PROTOCOLS);
    let range = |words: &mut Spelling<'_>| words.parsed("START+COUNT, each 0 to 65535");
    Ok(match words.one_of("a call", CALLS)? {
        Head::Startup => Call::Startup(parse_version(words)?),
        Head::Cleanup => Call::Cleanup,
        Head::Socket => Call::Socket {
            kind: words.one_of("`tcp`, `udp` or `raw`", KINDS)?,
            family: words.one_of("`v4` or `v6`", FAMILIES)?,
        },
        Head::SetSockOpt => Call::SetSockOpt {
            socket: socket(words)?,
            option: words.one_of("a socket option", OPTIONS)?,
            value: words.parsed("a number")?,
        },
        Head::Bind => Call::Bind {
            socket: socket(words)?,
            address: words.with("ADDRESS:PORT, the port 0 to 65535", parse_address)?,
        },
        Head::GetSockName => Call::GetSockName { socket: socket(words)? },
        Head::Listen => Call::Listen { socket: socket(words)? },
        Head::CloseSocket => Call::CloseSocket { socket: socket(words)? },
        Head::Acquire => {
            let (socket, range) = (socket(words)?, range(words)?);
            Call::Acquire { socket, range, frame: parse_frame(words)? }
        }
        Head::Associate => {
            let (socket, token) = (socket(words)?, token(words)?);
            Call::Associate { socket, token, frame: parse_frame(words)? }
        }
        Head::Release => {
            let (socket, token) = (socket(words)?, token(words)?);
            Call::Release { socket, token, frame: parse_frame(words)? }
        }
        Head::Create => Call::Create { protocol: protocol(words)?, range: range(words)? },
        Head::Delete => Call::Delete { protocol: protocol(words)?, range: range(words)? },
        Head::Lookup => Call::Lookup { protocol: protocol(words)?, range: range(words)? },
        Head::Exit => Call::Exit,
        Head::Start => Call::Start {
            process: words.parsed::<ProcessId>("a process like `p1`")?,
            credentials: parse_credentials(words)?,
        },
        Head::Restart => Call::Restart,
    })
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

fn parse_frame(words: &mut Spelling<'_>) -> Result<Frame, SpellingError> {
    let mut frame = Frame::default();
    while let Some((field, length)) = words.peek().split_once('=') {
        let length = LENGTHS.iter().find(|(word, _)| *word == length).map(|(_, length)| *length);
        let place = match field {
            "input" => &mut frame.input,
            "output" => &mut frame.output,
            _ => {
                return Err(
                    words.unknown("`input=` or `output=`", &["input=short", "output=short"])
                );
            }
        };
        *place = length.ok_or_else(|| words.error("`short` or `long` behind the `=`"))?;
        words.take();
    }
    Ok(frame)
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
        (Shape::Socket | Shape::Token | Shape::Reserved, _) => None,
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
            Call::Socket { kind, family } => write!(f, "socket {kind} {family}"),
            Call::SetSockOpt { socket, option, value } => {
                write!(f, "setsockopt {socket} {} {value}", option.c_name())
            }
            Call::Bind { socket, address } => write!(f, "bind {socket} {address}"),
            Call::GetSockName { socket } => write!(f, "getsockname {socket}"),
            Call::Listen { socket } => write!(f, "listen {socket}"),
            Call::CloseSocket { socket } => write!(f, "closesocket {socket}"),
            Call::Acquire { socket, range, frame } => write!(f, "acquire {socket} {range}{frame}"),
            Call::Associate { socket, token, frame } => {
                write!(f, "associate {socket} {}{frame}", Operand(token))
            }
            Call::Release { socket, token, frame } => {
                write!(f, "release {socket} {}{frame}", Operand(token))
            }
            Call::Create { protocol, range } => write!(f, "create {protocol} {range}"),
            Call::Delete { protocol, range } => write!(f, "delete {protocol} {range}"),
            Call::Lookup { protocol, range } => write!(f, "lookup {protocol} {range}"),
            Call::Exit => f.write_str("exit"),
            Call::Start { process, credentials } => write!(f, "start {process} {credentials}"),
            Call::Restart => f.write_str("restart"),
        }
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
        let mut field = |name, length: Length| match length {
            Length::Exact => Ok(()),
            Length::Short | Length::Long => write!(f, " {name}={}", word_of(LENGTHS, &length)),
        };
        field("input", self.input)?;
        field("output", self.output)
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
            | Reply::Failed(_)
            | Reply::Unsupported => None,
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
