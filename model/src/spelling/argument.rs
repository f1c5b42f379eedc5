//! The arguments of calls.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use super::words::{
    ACCOUNTS, BUFFERS, FAMILIES, KINDS, NAMES, NULLS, POINTERS, PROTOCOLS, ROUTINES, STORES,
    TOKENS, word_of,
};
use super::{Read, Spelling, SpellingError, number};
use crate::call::{
    Attributes, Command, Control, Credentials, Family, Frame, NameBuffer, Optval, Overlapped,
    Pointer, SocketKind, SocketOption, Startup, Status, Store, Version, parse_i32,
};
use crate::id::{ProcessId, RequestId, SocketId, Token, parse_token, show_token};
use crate::port::{PortBlock, PortRange, Protocol};

pub(super) fn socket(words: &mut Spelling<'_>) -> Read<SocketId> {
    words.parsed("a socket like `s1`")
}

pub(super) fn process(words: &mut Spelling<'_>) -> Read<ProcessId> {
    let process = |word: &str| word.parse().ok().filter(|p| *p != ProcessId::MACHINE);
    words.with("a process like `p1`", process)
}

pub(super) fn request(words: &mut Spelling<'_>) -> Read<RequestId> {
    words.parsed("a request like `o1`")
}

pub(super) fn token(words: &mut Spelling<'_>) -> Read<Token> {
    words.with("a token like `t1`, or `unknown`", |word| parse_token(word).ok())
}

pub(super) fn protocol(words: &mut Spelling<'_>) -> Read<Protocol> {
    words.one_of("`tcp` or `udp`", PROTOCOLS)
}

pub(super) fn block(words: &mut Spelling<'_>) -> Read<PortBlock> {
    words.parsed("START+COUNT: at least one port, none 0, none past 65535")
}

pub(super) fn range(words: &mut Spelling<'_>) -> Read<PortRange> {
    words.parsed("START+COUNT, each 0 to 65535")
}

pub(super) fn address(words: &mut Spelling<'_>) -> Read<SocketAddr> {
    words.with("ADDRESS:PORT, the port 0 to 65535", parse_address)
}

pub(super) fn option(words: &mut Spelling<'_>) -> Read<SocketOption> {
    let option = words.peek().parse().map_err(|_| {
        let known: Vec<_> = SocketOption::ALL.iter().filter_map(|o| o.c_name()).collect();
        words.unknown("a socket option, or LEVEL:NUMBER", &known)
    })?;
    words.take();
    Ok(option)
}

pub(super) fn status(words: &mut Spelling<'_>) -> Read<Status> {
    words.parsed("a status like `STATUS_PENDING` or `0xc0000022`")
}

/// Reads `[length=N] [value=null|bad]`.
pub(super) fn parse_optval(words: &mut Spelling<'_>) -> Read<Optval> {
    let mut optval = Optval::default();
    if let Some(length) = words.peek().strip_prefix("length=") {
        let length = parse_i32(length).filter(|_| !length.starts_with("0x"));
        optval.length = Some(length.ok_or_else(|| words.error("`length=` and a number"))?);
        words.take();
    }
    optval.value = parse_pointer(words, "value")?;
    Ok(optval)
}

/// Reads `[FIELD=null|bad]`.
pub(super) fn parse_pointer(words: &mut Spelling<'_>, field: &str) -> Read<Pointer> {
    let mut pointer = Pointer::Good;
    let given = words.peek().strip_prefix(field).and_then(|rest| rest.strip_prefix('='));
    if let Some(value) = given {
        set(&mut pointer, POINTERS, value)
            .map_err(|expected| words.error(format!("{expected} behind the `=`")))?;
        words.take();
    }
    Ok(pointer)
}

/// Reads what `ioctlsocket` is to do.
pub(super) fn parse_command(words: &mut Spelling<'_>) -> Read<Command> {
    const COMMANDS: &[(&str, Command)] = &[
        ("FIONBIO", Command::Block(0)),
        ("FIONREAD", Command::Unread),
        ("SIOCATMARK", Command::AtMark),
    ];
    match words.one_of("`FIONBIO`, `FIONREAD` or `SIOCATMARK`", COMMANDS)? {
        Command::Block(_) => Ok(Command::Block(words.number("a number")?)),
        command => Ok(command),
    }
}

/// Takes the word if it is next.
pub(super) fn flag(words: &mut Spelling<'_>, word: &str) -> bool {
    let given = words.peek() == word;
    if given {
        words.take();
    }
    given
}

pub(super) fn parse_attributes(words: &mut Spelling<'_>) -> Attributes {
    let non_overlapped = flag(words, "non-overlapped");
    Attributes { non_overlapped, no_inherit: flag(words, "no-inherit") }
}

pub(super) fn parse_store(words: &mut Spelling<'_>) -> Read<Store> {
    if matches!(words.peek(), "" | "->") {
        return Ok(Store::default());
    }
    words.one_of("`persistent` or `active`", STORES)
}

/// A control code: its C name, or its number in hexadecimal with `0x` or in decimal.
pub(super) fn parse_code(word: &str) -> Option<u32> {
    if let Some(control) = Control::ALL.iter().find(|c| c.c_name == word) {
        return Some(control.code);
    }
    match word.strip_prefix("0x") {
        Some(digits) if digits.starts_with('+') => None,
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => number(word),
    }
}

/// `[VERSION] [data=null]`.
pub(super) fn parse_startup(words: &mut Spelling<'_>) -> Read<Startup> {
    let given = !matches!(words.peek(), "" | "->") && !words.peek().contains('=');
    let version =
        if given { words.with("a version like `2.2`", version)? } else { Version::CURRENT };
    Ok(Startup { null: null(words, "data")?, ..Startup::of(version) })
}

/// `2.2`.
pub(super) fn version(word: &str) -> Option<Version> {
    let (major, minor) = word.split_once('.')?;
    Some(Version { major: number(major)?, minor: number(minor)? })
}

/// `name=short`, `name=null` or `name=bad`, if it stands there.
pub(super) fn name(words: &mut Spelling<'_>) -> Read<NameBuffer> {
    field(words, "name", NAMES)
}

/// `FIELD=null`, if it stands there.
pub(super) fn null(words: &mut Spelling<'_>, name: &str) -> Read<bool> {
    field(words, name, NULLS)
}

fn field<T: Copy + Default>(words: &mut Spelling<'_>, name: &str, known: &[(&str, T)]) -> Read<T> {
    let Some(("", value)) = words
        .peek()
        .split_once('=')
        .map(|(field, value)| (field.strip_prefix(name).unwrap_or(field), value))
    else {
        return Ok(T::default());
    };
    let mut read = T::default();
    set(&mut read, known, value)
        .map_err(|expected| words.error(format!("{expected} behind the `=`")))?;
    words.take();
    Ok(read)
}

/// A process, or `p0`, the identifier of none.
pub(super) fn process_or_none(words: &mut Spelling<'_>) -> Read<ProcessId> {
    words.parsed("a process like `p1`, or `p0`")
}

pub(super) fn parse_frame(words: &mut Spelling<'_>) -> Read<Frame> {
    let (mut frame, mut given) = (Frame::default(), Vec::new());
    while let Some((field, value)) = words.peek().split_once('=') {
        if given.contains(&field) {
            return Err(words.error(format!("one `{field}=`")));
        }
        given.push(field);
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

/// `192.0.2.7:80`, `[::1]:80`, `[fe80::1%5]:80`: no leading zeros beyond what the standard library reads.
pub(super) fn parse_address(word: &str) -> Option<SocketAddr> {
    let v4 = || word.parse::<SocketAddrV4>().ok().map(SocketAddr::V4);
    let v6 = || word.parse::<SocketAddrV6>().ok().map(SocketAddr::V6);
    v4().or_else(v6)
}

pub(super) struct Operand(pub(super) Token);

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show_token(self.0, f)
    }
}

pub(super) fn word_if(f: &mut fmt::Formatter<'_>, given: bool, word: &str) -> fmt::Result {
    if given { write!(f, " {word}") } else { Ok(()) }
}

/// A store with a blank before it, if it is not the usual one.
pub(super) struct Behind(pub(super) Store);

impl fmt::Display for Behind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        word_if(f, self.0 != Store::default(), word_of(STORES, &self.0))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// ` name=WORD`, unless the buffer is good.
pub(super) struct InBuffer(pub(super) NameBuffer);

impl fmt::Display for InBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_good() { Ok(()) } else { write!(f, " name={}", word_of(NAMES, &self.0)) }
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

/// A control code as it is written back.
pub(super) struct Code(pub(super) u32);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Control::of(self.0) {
            Some(control) => f.write_str(control.c_name),
            None => write!(f, "{:#010x}", self.0),
        }
    }
}

/// A pointer with its field and a blank before it, if it is not the usual one.
pub(super) struct Field(pub(super) &'static str, pub(super) Pointer);

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Field(name, pointer) = self;
        if *pointer == Pointer::Good {
            return Ok(());
        }
        write!(f, " {name}={}", word_of(POINTERS, pointer))
    }
}

impl fmt::Display for Optval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(length) = self.length {
            write!(f, " length={length}")?;
        }
        write!(f, "{}", Field("value", self.value))
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
