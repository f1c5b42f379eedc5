//! What a socket is made as, and which of its options bear on ports.

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

macro_rules! options {
    ($($variant:ident $c_name:literal $says:literal;)*) => {
        /// A socket option that changes which ports a socket may have. Every one is Boolean.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum SocketOption { $(#[doc = $says] #[serde(rename = $c_name)] $variant,)* }

        impl SocketOption {
            /// All of them.
            pub const ALL: &[SocketOption] = &[$(SocketOption::$variant),*];

            /// Its C name.
            #[must_use]
            pub const fn c_name(self) -> &'static str { match self { $(SocketOption::$variant => $c_name,)* } }
        }
    };
}

options! {
    ReuseAddr "SO_REUSEADDR" "The address may be in use already.";
    ExclusiveAddrUse "SO_EXCLUSIVEADDRUSE" "Nobody else may have the address.";
    V6Only "IPV6_V6ONLY" "An IPv6 socket without IPv4; set by default (OPT-12).";
    Broadcast "SO_BROADCAST" "Datagrams may go to the broadcast address.";
    RandomizePort "SO_RANDOMIZE_PORT" "A port that the system chooses is random (OPT-6).";
    PortScalability "SO_PORT_SCALABILITY" "A port that the system chooses counts for one local address (OPT-1).";
    ReuseUnicastPort "SO_REUSE_UNICASTPORT" "A port that the system chooses may serve several connections (OPT-8).";
    ReuseMulticastPort "SO_REUSE_MULTICASTPORT" "The port may be shared with other sockets that receive multicast only (OPT-10).";
}
