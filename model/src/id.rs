//! Names of things: processes, sockets, tokens, users. A name is a slot of the world's tables, never a raw value.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The greatest number in a name. Tables are dense, so a name costs the memory of all below it.
pub const GREATEST: u32 = 1_000_000;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $letter:literal;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            /// The slot of the table.
            #[must_use]
            pub const fn slot(self) -> usize { self.0 as usize }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, concat!($letter, "{}"), self.0) }
        }

        impl FromStr for $name {
            type Err = BadName;
            fn from_str(text: &str) -> Result<$name, BadName> {
                text.strip_prefix($letter).and_then(number).map($name).ok_or(BadName($letter))
            }
        }
    )* };
}

ids! {
    /// A process, `p1`.
    ProcessId "p";
    /// A socket, `s1`: the slot of a descriptor. See [`SocketId::INVALID`].
    SocketId "s";
    /// A reservation token, `t1`. See [`Token::ZERO`] and [`Token::UNKNOWN`].
    Token "t";
    /// An overlapped structure and the request it stands for, `o1`.
    RequestId "o";
}

/// A text is not a name of the wanted kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a name like `{0}1`")]
pub struct BadName(&'static str);

fn number(digits: &str) -> Option<u32> {
    let bytes = digits.as_bytes();
    let plain = bytes.first() != Some(&b'0') || bytes.len() == 1;
    // as many as the greatest has
    if !plain || !(1..=7).contains(&bytes.len()) {
        return None;
    }
    let add = |number: u32, byte: &u8| match byte.wrapping_sub(b'0') {
        digit @ 0..=9 => Some(number * 10 + u32::from(digit)),
        _ => None,
    };
    bytes.iter().try_fold(0, add).filter(|number| *number <= GREATEST)
}

impl ProcessId {
    /// Who does what no process does: starts processes, restarts the machine.
    pub const MACHINE: ProcessId = ProcessId(0);
}

impl SocketId {
    /// `INVALID_SOCKET`, spelled `s0`: never a socket.
    pub const INVALID: SocketId = SocketId(0);
}

impl Token {
    /// `INVALID_PORT_RESERVATION_TOKEN`, the number 0, spelled `t0`: never a reservation (HDR-16).
    pub const ZERO: Token = Token(0);
    /// A token that no call has given, spelled `unknown`.
    pub const UNKNOWN: Token = Token(u32::MAX);
}

fn machine_or_name(id: ProcessId, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if id == ProcessId::MACHINE { f.write_str("machine") } else { write!(f, "{id}") }
}

/// A thread of a process (`p1`, `p1.2`), or the machine itself (`machine`). The first thread is 1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Who {
    /// The process.
    pub process: ProcessId,
    /// Its thread, from 1.
    pub thread: u32,
}

impl Who {
    /// The machine itself.
    pub const MACHINE: Who = Who { process: ProcessId::MACHINE, thread: 1 };

    /// The first thread of a process.
    #[must_use]
    pub const fn process(process: ProcessId) -> Who {
        Who { process, thread: 1 }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        machine_or_name(self.process, f)?;
        if self.thread == 1 { Ok(()) } else { write!(f, ".{}", self.thread) }
    }
}

impl FromStr for Who {
    type Err = BadName;
    fn from_str(text: &str) -> Result<Who, BadName> {
        if text == "machine" {
            return Ok(Who::MACHINE);
        }
        let (process, thread) = match text.split_once('.') {
            Some((process, thread)) => {
                (process, number(thread).filter(|n| *n > 0).ok_or(BadName("p"))?)
            }
            None => (text, 1),
        };
        let process: ProcessId = process.parse()?;
        if process == ProcessId::MACHINE { Err(BadName("p")) } else { Ok(Who { process, thread }) }
    }
}

/// A token as an operand: `t1`, `t0`, or `unknown`.
pub(crate) fn parse_token(text: &str) -> Result<Token, BadName> {
    if text == "unknown" { Ok(Token::UNKNOWN) } else { text.parse() }
}

/// How a token is spelled as an operand.
pub(crate) fn show_token(token: Token, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if token == Token::UNKNOWN { f.write_str("unknown") } else { write!(f, "{token}") }
}

/// The name of a user account: 1 to 24 letters, digits, `-`, `_` or `.`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct User(arrayvec::ArrayString<24>);

/// A text is not the name of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a user name of 1 to 24 letters, digits, `-`, `_` or `.`")]
pub struct BadUser;

impl FromStr for User {
    type Err = BadUser;
    fn from_str(text: &str) -> Result<User, BadUser> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if text.is_empty() || !text.bytes().all(plain) {
            return Err(BadUser);
        }
        arrayvec::ArrayString::from(text).map(User).map_err(|_| BadUser)
    }
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Default for User {
    /// `user`, the account of a process that nothing declares.
    fn default() -> User {
        let mut name = arrayvec::ArrayString::new();
        name.push_str("user");
        User(name)
    }
}

/// Serde for a type that is spelled as one word.
macro_rules! serde_as_word {
    ($($type:ty, $parse:expr, $show:expr;)*) => { $(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(&crate::id::Word(self, $show))
            }
        }
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<$type, D::Error> {
                struct Visitor;
                impl serde::de::Visitor<'_> for Visitor {
                    type Value = $type;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str(concat!("a ", stringify!($type)))
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$type, E> {
                        $parse(text).map_err(|e| E::custom(format_args!("{e}, found `{text}`")))
                    }
                }
                from.deserialize_str(Visitor)
            }
        }
    )* };
}
pub(crate) use serde_as_word;

/// Shows a value by a function.
pub(crate) struct Word<'a, T>(
    pub(crate) &'a T,
    pub(crate) fn(&T, &mut fmt::Formatter<'_>) -> fmt::Result,
);

impl<T> fmt::Display for Word<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.1)(self.0, f)
    }
}

serde_as_word! {
    ProcessId, str::parse, fmt::Display::fmt;
    SocketId, str::parse, fmt::Display::fmt;
    RequestId, str::parse, fmt::Display::fmt;
    Token, parse_token, |t: &Token, f: &mut fmt::Formatter<'_>| show_token(*t, f);
    Who, str::parse, fmt::Display::fmt;
    User, str::parse, fmt::Display::fmt;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_as_they_are_printed() {
        for text in ["p1", "p1.2", "machine", "p12.3"] {
            assert_eq!(text.parse::<Who>().map(|w| w.to_string()), Ok(text.to_string()));
        }
        assert_eq!("s7".parse(), Ok(SocketId(7)));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in ["", "s", "s01", "s-1", "s1000001", "t1", "S1", "s1 "] {
            assert!(text.parse::<SocketId>().is_err(), "{text}");
        }
        for text in ["p0", "p1.0", "p1.", "machine.2", "p1.x"] {
            assert!(text.parse::<Who>().is_err(), "{text}");
        }
        assert!("a name".parse::<User>().is_err());
    }
}
