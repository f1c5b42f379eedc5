//! What a caller can observe of a call.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::call::{Call, Command, Family, SocketKind, Version};
use crate::error::Error;
use crate::id::{SocketId, Token};
use crate::port::PortRange;

/// What a call answered. New sockets and tokens are named by whoever observes them; "new" means that the name is vacant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Reply {
    /// Success, and nothing else to see.
    Ok,
    /// A new socket.
    Socket(SocketId),
    /// A new socket and what it became, as `SO_PROTOCOL_INFO` and `SO_TYPE` show it.
    Opened {
        /// The socket.
        socket: SocketId,
        /// TCP, UDP or raw.
        kind: SocketKind,
        /// The address family.
        family: Family,
    },
    /// The version of Winsock that was granted.
    Version(Version),
    /// Bound to this port: `bind` paired with `getsockname`.
    Bound(u16),
    /// A name: an address and a port.
    Name(SocketAddr),
    /// A runtime reservation: the block granted and its token.
    #[serde(rename_all = "lowercase")]
    Reserved {
        /// The block granted, as the system reports it.
        block: PortRange,
        /// Its token.
        token: Token,
    },
    /// The token of a persistent reservation.
    Token(Token),
    /// A number: the value of a socket option, or what an ioctl counts.
    Value(u32),
    /// A dynamic range.
    Range(PortRange),
    /// What a list of exclusions shows of a block.
    Row(Row),
    /// What an ioctl left in `*lpcbBytesReturned`, `WSAGetOverlappedResult` in `*lpcbTransfer`, or `getsockname` in
    /// `*namelen`: observed beside a call's own reply ([`crate::bytes_returned`]).
    Bytes(Bytes),
    /// Refused.
    Failed(Error),
    /// Said by a system that cannot do the call at all: counted, never judged.
    Unsupported,
}

/// What a list of exclusions shows of a block.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Row {
    /// No row of this block.
    Absent,
    /// A row without a star.
    Unstarred,
    /// A row with a star: an administered exclusion (XR-4).
    Starred,
}

/// What a call left in a byte count.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Bytes {
    /// What had been there before.
    Untouched,
    /// This number.
    Wrote(u32),
}

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Bytes::Untouched => to.serialize_str("untouched"),
            Bytes::Wrote(n) => to.serialize_u32(*n),
        }
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Bytes, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Bytes;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a byte count: a number or `untouched`")
            }
            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Bytes, E> {
                let found = serde::de::Unexpected::Str(word);
                (word == "untouched")
                    .then_some(Bytes::Untouched)
                    .ok_or_else(|| E::invalid_value(found, &self))
            }
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Bytes, E> {
                let found = serde::de::Unexpected::Unsigned(number);
                u32::try_from(number).map(Bytes::Wrote).map_err(|_| E::invalid_value(found, &self))
            }
        }
        from.deserialize_any(Visitor)
    }
}

/// The shape of a call's success.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Shape {
    /// [`Reply::Ok`].
    Ok,
    /// [`Reply::Version`], or [`Reply::Ok`] where it was not seen.
    Version,
    /// [`Reply::Socket`].
    Socket,
    /// [`Reply::Opened`].
    Opened,
    /// [`Reply::Bound`].
    Bound,
    /// [`Reply::Name`].
    Name,
    /// [`Reply::Reserved`].
    Reserved,
    /// [`Reply::Token`].
    Token,
    /// [`Reply::Value`].
    Value,
    /// [`Reply::Range`].
    Range,
    /// [`Reply::Row`].
    Row,
    /// What the request gives: [`Reply::Reserved`] for an acquire, [`Reply::Ok`] for every other.
    Outcome,
    /// [`Reply::Bytes`]: the success of no call.
    Bytes,
}

impl Shape {
    /// The words for it in messages.
    #[must_use]
    pub const fn says(self) -> &'static str {
        match self {
            Shape::Ok => "`ok`",
            Shape::Socket => "`ok`, with `sN =` before the call",
            Shape::Opened => "`tcp`, `udp` or `raw` and `v4` or `v6`, with `sN =` before the call,",
            Shape::Version => "`ok`, a version like `2.2`",
            Shape::Bound => "a port",
            Shape::Name => "ADDRESS:PORT",
            Shape::Reserved => "a block START+COUNT, with `tN =` before the call",
            Shape::Token => "`ok`, with `tN =` before the call",
            Shape::Value => "a number, or `ok`",
            Shape::Range => "a range START+COUNT",
            Shape::Row => "`absent`, `unstarred` or `starred`",
            Shape::Outcome => "`ok`, or a block START+COUNT with `tN =` before the call,",
            Shape::Bytes => "a byte count",
        }
    }
}

impl Call {
    /// What a success of this call looks like.
    #[must_use]
    pub const fn shape(&self) -> Shape {
        match self {
            Call::Startup(_) => Shape::Version,
            Call::Open { .. } => Shape::Opened,
            Call::Cleanup
            | Call::SetSockOpt { .. }
            | Call::IoctlSocket { command: Command::Block(_), .. }
            | Call::Listen { .. }
            | Call::Disconnect { .. }
            | Call::CloseSocket { .. }
            | Call::Associate { .. }
            | Call::Release { .. }
            | Call::Affinity { .. }
            | Call::Preset { .. }
            | Call::Cancel { .. }
            | Call::EndThread
            | Call::Delete { .. }
            | Call::AddExcluded { .. }
            | Call::DeleteExcluded { .. }
            | Call::SetDynamic { .. }
            | Call::Exit
            | Call::Start { .. }
            | Call::Restart
            | Call::Appear { .. }
            | Call::Vanish { .. }
            | Call::Network { .. }
            | Call::Settle { .. } => Shape::Ok,
            Call::Socket { .. }
            | Call::Accept { .. }
            | Call::Duplicate { .. }
            | Call::Inherit { .. } => Shape::Socket,
            Call::Bind { .. }
            | Call::Connect { .. }
            | Call::ConnectEx { .. }
            | Call::SendTo { .. } => Shape::Bound,
            Call::GetSockName { .. } | Call::GetPeerName { .. } => Shape::Name,
            // which codes give a number is judged
            Call::GetSockOpt { .. } | Call::IoctlSocket { .. } | Call::Ioctl { .. } => Shape::Value,
            Call::Acquire { .. } => Shape::Reserved,
            Call::Create { .. } | Call::Lookup { .. } => Shape::Token,
            Call::ShowExcluded { .. } => Shape::Row,
            Call::ShowDynamic { .. } => Shape::Range,
            Call::Result { .. } | Call::Completion { .. } | Call::Complete { .. } => Shape::Outcome,
        }
    }
}

impl Reply {
    /// The shape of a success; `None` for a refusal or a call that the system cannot do.
    #[must_use]
    pub const fn shape(&self) -> Option<Shape> {
        match self {
            Reply::Ok => Some(Shape::Ok),
            Reply::Socket(_) => Some(Shape::Socket),
            Reply::Opened { .. } => Some(Shape::Opened),
            Reply::Version(_) => Some(Shape::Version),
            Reply::Bound(_) => Some(Shape::Bound),
            Reply::Name(_) => Some(Shape::Name),
            Reply::Reserved { .. } => Some(Shape::Reserved),
            Reply::Token(_) => Some(Shape::Token),
            Reply::Value(_) => Some(Shape::Value),
            Reply::Range(_) => Some(Shape::Range),
            Reply::Row(_) => Some(Shape::Row),
            Reply::Bytes(_) => Some(Shape::Bytes),
            Reply::Failed(_) | Reply::Unsupported => None,
        }
    }

    /// Whether a call can answer this at all: a refusal, or a success of its shape.
    #[must_use]
    pub fn fits(&self, call: &Call) -> bool {
        self.shape().is_none_or(|shape| match call.shape() {
            Shape::Outcome => matches!(shape, Shape::Ok | Shape::Reserved),
            Shape::Version => matches!(shape, Shape::Ok | Shape::Version),
            // the number may not have been looked at
            Shape::Value => matches!(shape, Shape::Ok | Shape::Value),
            other => shape == other,
        })
    }
}
