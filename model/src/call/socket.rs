//! What a socket is made as.

use serde::{Deserialize, Serialize};

use crate::port::Protocol;

/// What kind of socket is opened.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SocketKind {
    /// `SOCK_STREAM`, `IPPROTO_TCP`.
    Tcp,
    /// `SOCK_DGRAM`, `IPPROTO_UDP`.
    Udp,
    /// `SOCK_RAW`, with a protocol that needs no driver (`IPPROTO_ICMP`, `IPPROTO_ICMPV6`).
    Raw,
}

impl SocketKind {
    /// The transport, if it has ports.
    #[must_use]
    pub const fn protocol(self) -> Option<Protocol> {
        match self {
            SocketKind::Tcp => Some(Protocol::Tcp),
            SocketKind::Udp => Some(Protocol::Udp),
            SocketKind::Raw => None,
        }
    }
}

/// An address family.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// `AF_INET`.
    V4,
    /// `AF_INET6`.
    V6,
}

/// What a socket made by `WSASocket` may lack.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attributes {
    /// Made without `WSA_FLAG_OVERLAPPED` (SOCK-2).
    #[serde(default, rename = "non-overlapped", skip_serializing_if = "std::ops::Not::not")]
    pub non_overlapped: bool,
    /// Made with `WSA_FLAG_NO_HANDLE_INHERIT` (SOCK-6).
    #[serde(default, rename = "no-inherit", skip_serializing_if = "std::ops::Not::not")]
    pub no_inherit: bool,
}

impl Attributes {
    /// Whether the socket is as `socket` makes it.
    #[must_use]
    pub fn are_usual(&self) -> bool {
        *self == Attributes::default()
    }
}
