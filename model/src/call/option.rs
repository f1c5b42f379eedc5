//! The options of sockets, and the arguments with which they are set and read.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::frame::Pointer;

/// `SOL_SOCKET`.
const SOCKET: i32 = 0xffff;
/// `IPPROTO_IP`.
const IP: i32 = 0;
/// `IPPROTO_TCP`.
const TCP: i32 = 6;
/// `IPPROTO_IPV6`.
const IPV6: i32 = 41;

/// The levels that have names here.
const LEVELS: &[(&str, i32)] =
    &[("SOL_SOCKET", SOCKET), ("IPPROTO_IP", IP), ("IPPROTO_IPV6", IPV6), ("IPPROTO_TCP", TCP)];

/// The levels without a name here on which Windows has options: ICMP, UDP, ICMPV6, IrDA, PGM.
const FURTHER_LEVELS: &[i32] = &[1, 17, 58, 0xff, 113];

macro_rules! options {
    ($($variant:ident $c_name:literal $level:ident $number:literal $kind:ident $says:literal;)*) => {
        /// An option of a socket.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
        pub enum SocketOption {
            $(#[doc = $says] $variant,)*
            /// Any other, by its numbers. [`SocketOption::from_numbers`] never makes one of an option that has a name.
            Numbered {
                /// `level`.
                level: i32,
                /// `optname`.
                number: i32,
            },
        }

        impl SocketOption {
            /// All that have a name.
            pub const ALL: &[SocketOption] = &[$(SocketOption::$variant),*];

            /// Its C name; `None` where it has none here.
            #[must_use]
            pub const fn c_name(self) -> Option<&'static str> {
                match self { $(SocketOption::$variant => Some($c_name),)* SocketOption::Numbered { .. } => None }
            }

            /// `level` and `optname`.
            #[must_use]
            pub const fn numbers(self) -> (i32, i32) {
                match self {
                    $(SocketOption::$variant => ($level, $number),)*
                    SocketOption::Numbered { level, number } => (level, number),
                }
            }

            /// What it holds.
            #[must_use]
            pub const fn holds(self) -> Holding {
                match self { $(SocketOption::$variant => Holding::$kind,)* SocketOption::Numbered { .. } => Holding::Other }
            }

            /// Its place among the options that have a name.
            pub(crate) const fn place(self) -> Option<u8> {
                $(if let SocketOption::$variant = self { return Some(Place::$variant as u8); })*
                None
            }
        }

        #[repr(u8)]
        enum Place { $($variant,)* }
    };
}

/// What an option holds, as far as it matters here.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Holding {
    /// A Boolean that bears on ports.
    Boolean,
    /// What the socket is: it can be read only.
    State,
    /// Something that is no number: it can be read only.
    Structure,
    /// Something that is not modelled.
    Other,
}

options! {
    ReuseAddr "SO_REUSEADDR" SOCKET 4 Boolean "The address may be in use already.";
    ExclusiveAddrUse "SO_EXCLUSIVEADDRUSE" SOCKET -5 Boolean "Nobody else may have the address.";
    V6Only "IPV6_V6ONLY" IPV6 27 Boolean "An IPv6 socket without IPv4; set by default (OPT-12).";
    Broadcast "SO_BROADCAST" SOCKET 0x20 Boolean "Datagrams may go to the broadcast address.";
    RandomizePort "SO_RANDOMIZE_PORT" SOCKET 0x3005 Boolean "A port that the system chooses is random (OPT-6).";
    PortScalability "SO_PORT_SCALABILITY" SOCKET 0x3006 Boolean "A port that the system chooses counts for one local address (OPT-1).";
    ReuseUnicastPort "SO_REUSE_UNICASTPORT" SOCKET 0x3007 Boolean "A port that the system chooses may serve several connections (OPT-8).";
    ReuseMulticastPort "SO_REUSE_MULTICASTPORT" SOCKET 0x3008 Boolean "The port may be shared with other sockets that receive multicast only (OPT-10).";
    Type "SO_TYPE" SOCKET 0x1008 State "Stream, datagram or raw.";
    AcceptConn "SO_ACCEPTCONN" SOCKET 2 State "Whether the socket listens.";
    OpenType "SO_OPENTYPE" SOCKET 0x7008 Other "How the thread's next sockets are opened.";
    SendTimeout "SO_SNDTIMEO" SOCKET 0x1005 Other "How long a send may block.";
    Linger "SO_LINGER" SOCKET 0x80 Other "Whether closesocket waits for what has not been sent.";
    ProtocolInfo "SO_PROTOCOL_INFO" SOCKET 0x2005 Structure "The WSAPROTOCOL_INFO of the socket.";
    BspState "SO_BSP_STATE" SOCKET 0x1009 Structure "The CSADDR_INFO of the socket: its addresses.";
}

impl SocketOption {
    /// The option of these numbers.
    #[must_use]
    pub fn from_numbers(level: i32, number: i32) -> SocketOption {
        let named = SocketOption::ALL.iter().find(|o| o.numbers() == (level, number));
        named.copied().unwrap_or(SocketOption::Numbered { level, number })
    }

    /// Whether Windows has options on its level at all.
    #[must_use]
    pub fn has_level(self) -> bool {
        let (level, _) = self.numbers();
        LEVELS.iter().any(|(_, known)| *known == level) || FURTHER_LEVELS.contains(&level)
    }
}

impl fmt::Display for SocketOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = self.c_name() {
            return f.write_str(name);
        }
        let (level, number) = self.numbers();
        match LEVELS.iter().find(|(_, known)| *known == level) {
            Some((name, _)) => write!(f, "{name}:{number}"),
            None => write!(f, "{level}:{number}"),
        }
    }
}

/// A word that names no option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an option's C name, or LEVEL:NUMBER")]
pub struct UnknownOption;

impl FromStr for SocketOption {
    type Err = UnknownOption;

    fn from_str(word: &str) -> Result<SocketOption, UnknownOption> {
        let named = SocketOption::ALL.iter().find(|o| o.c_name() == Some(word));
        if let Some(option) = named {
            return Ok(*option);
        }
        let (level, number) = word.split_once(':').ok_or(UnknownOption)?;
        let level = match LEVELS.iter().find(|(name, _)| *name == level) {
            Some((_, level)) => *level,
            None => parse_i32(level).ok_or(UnknownOption)?,
        };
        let number = parse_i32(number).ok_or(UnknownOption)?;
        Ok(SocketOption::from_numbers(level, number))
    }
}

/// A number of 32 bits with its sign, in decimal, or its bits in hexadecimal with `0x`.
pub(crate) fn parse_i32(word: &str) -> Option<i32> {
    let digits = |digits: &str| digits.bytes().all(|b| b.is_ascii_hexdigit());
    match word.strip_prefix("0x") {
        Some(hex) => {
            let bits = digits(hex).then(|| u32::from_str_radix(hex, 16).ok())??;
            Some(i32::from_ne_bytes(bits.to_ne_bytes()))
        }
        None if word.starts_with('+') => None,
        None => word.parse().ok(),
    }
}

impl Serialize for SocketOption {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SocketOption {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<SocketOption, D::Error> {
        let word = std::borrow::Cow::<'_, str>::deserialize(from)?;
        word.parse().map_err(serde::de::Error::custom)
    }
}

/// How `optval` and `optlen` differ from the well-formed call, which is all defaults.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Optval {
    /// The length that is passed; `None`: that of the option.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<i32>,
    /// The pointer.
    #[serde(default, skip_serializing_if = "Pointer::is_good")]
    pub value: Pointer,
}

impl Optval {
    /// Whether the call is the well-formed one.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        *self == Optval::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_read_back_as_it_is_written() {
        for &option in SocketOption::ALL {
            let (level, number) = option.numbers();
            assert_eq!(option.to_string().parse(), Ok(option));
            assert_eq!(format!("{level}:{number}").parse(), Ok(option));
        }
        let spelled = |word: &str| word.parse::<SocketOption>().map(|o| o.to_string());
        assert_eq!(spelled("100:0x1005"), Ok("100:4101".into()));
        assert_eq!(spelled("0xffff:0x0004"), Ok("SO_REUSEADDR".into()));
        assert_eq!(spelled("IPPROTO_IP:-1"), Ok("IPPROTO_IP:-1".into()));
        for wrong in ["SO_NOTHING", "1", "1:", ":1", "1:+1", "1:0x", "SOL_SOCKET:0x1ffffffff"] {
            assert_eq!(spelled(wrong), Err(UnknownOption), "{wrong}");
        }
    }
}
