//! What `socket` and `WSASocket` take: an address family, a type and a protocol, as numbers.

use serde::{Deserialize, Serialize};

/// The numbers of the families, types and protocols that have names here (HDR-20).
pub mod numbers {
    /// `AF_UNSPEC`.
    pub const UNSPECIFIED: i32 = 0;
    /// `AF_UNIX`.
    pub const UNIX: i32 = 1;
    /// `AF_INET`.
    pub const V4: i32 = 2;
    /// `AF_INET6`.
    pub const V6: i32 = 23;
    /// `SOCK_STREAM`.
    pub const STREAM: i32 = 1;
    /// `SOCK_DGRAM`.
    pub const DATAGRAM: i32 = 2;
    /// `SOCK_RAW`.
    pub const RAW: i32 = 3;
    /// `SOCK_RDM`.
    pub const RELIABLE: i32 = 4;
    /// `SOCK_SEQPACKET`.
    pub const SEQUENCED: i32 = 5;
    /// `IPPROTO_ICMP`.
    pub const ICMP: i32 = 1;
    /// `IPPROTO_TCP`.
    pub const TCP: i32 = 6;
    /// `IPPROTO_UDP`.
    pub const UDP: i32 = 17;
    /// `IPPROTO_ICMPV6`.
    pub const ICMPV6: i32 = 58;
    /// `FROM_PROTOCOL_INFO`, for each of the three.
    pub const FROM_INFO: i32 = -1;
}

/// An address family, a type and a protocol.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Triple {
    /// `af`, `iAddressFamily`.
    pub family: i32,
    /// `type`, `iSocketType`.
    pub kind: i32,
    /// `protocol`, `iProtocol`.
    pub protocol: i32,
}

impl Triple {
    /// With the values of a protocol info for what is left to it: what is 0 or `FROM_PROTOCOL_INFO`.
    #[must_use]
    pub const fn or_of(self, info: Option<Triple>) -> Triple {
        let Some(info) = info else { return self };
        const fn or(given: i32, of_info: i32) -> i32 {
            match given {
                0 | numbers::FROM_INFO => of_info,
                _ => given,
            }
        }
        Triple {
            family: or(self.family, info.family),
            kind: or(self.kind, info.kind),
            protocol: or(self.protocol, info.protocol),
        }
    }
}
