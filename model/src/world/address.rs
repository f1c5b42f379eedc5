//! The local addresses of a machine.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::World;
use crate::id::serde_as_word;

/// A local address, with the scope that it has: 0 for none.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct LocalAddress {
    /// The address.
    pub ip: IpAddr,
    /// Its scope, as a scoped IPv6 address has one.
    pub scope: u32,
}

impl From<IpAddr> for LocalAddress {
    fn from(ip: IpAddr) -> LocalAddress {
        LocalAddress { ip, scope: 0 }
    }
}

impl From<Ipv4Addr> for LocalAddress {
    fn from(ip: Ipv4Addr) -> LocalAddress {
        IpAddr::from(ip).into()
    }
}

impl From<Ipv6Addr> for LocalAddress {
    fn from(ip: Ipv6Addr) -> LocalAddress {
        IpAddr::from(ip).into()
    }
}

impl From<[u8; 4]> for LocalAddress {
    fn from(ip: [u8; 4]) -> LocalAddress {
        IpAddr::from(ip).into()
    }
}

/// A text is not an address, or an IPv6 address with a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an IP address, an IPv6 one with `%SCOPE` behind it if it has a scope")]
pub struct BadAddress;

impl FromStr for LocalAddress {
    type Err = BadAddress;
    fn from_str(text: &str) -> Result<LocalAddress, BadAddress> {
        let (ip, scope) = match text.split_once('%') {
            Some((ip, scope)) => (ip, Some(scope)),
            None => (text, None),
        };
        let ip: IpAddr = ip.parse().map_err(|_| BadAddress)?;
        let plain = |digits: &&str| ip.is_ipv6() && digits.bytes().all(|b| b.is_ascii_digit());
        match scope {
            None => Ok(ip.into()),
            Some(digits) => {
                let digits = Some(digits).filter(plain).ok_or(BadAddress)?;
                Ok(LocalAddress { ip, scope: digits.parse().map_err(|_| BadAddress)? })
            }
        }
    }
}

impl fmt::Display for LocalAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.ip)?;
        if self.scope == 0 { Ok(()) } else { write!(f, "%{}", self.scope) }
    }
}

serde_as_word! {
    LocalAddress, str::parse, fmt::Display::fmt;
}

impl World {
    /// Whether an address is one of this machine's: a loopback address, a wildcard, or one of the list.
    #[must_use]
    pub fn is_local(&self, address: IpAddr) -> bool {
        address.is_loopback()
            || address.is_unspecified()
            || self.machine().addresses.iter().any(|own| own.ip == address)
    }

    /// Whether one of the list has this scope.
    #[must_use]
    pub fn has_scope(&self, ip: IpAddr, scope: u32) -> bool {
        self.machine().addresses.contains(&LocalAddress { ip, scope })
    }

    /// An address with the scope that it has on this machine, where it has none.
    #[must_use]
    pub fn scoped(&self, mut address: SocketAddr) -> SocketAddr {
        if let SocketAddr::V6(v6) = &mut address {
            let own = self.machine().addresses.iter().find(|own| own.ip == IpAddr::V6(*v6.ip()));
            if let Some(own) = own.filter(|_| v6.scope_id() == 0) {
                v6.set_scope_id(own.scope);
            }
        }
        address
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_back_as_they_are_printed() {
        for text in ["192.0.2.7", "2001:db8::7", "fe80::7%12", "fe80::7%4294967295"] {
            assert_eq!(text.parse::<LocalAddress>().map(|a| a.to_string()), Ok(text.to_string()));
        }
        assert_eq!("fe80::7%0".parse::<LocalAddress>().map(|a| a.scope), Ok(0));
        for text in ["192.0.2.7%1", "fe80::7%", "fe80::7%+1", "fe80::7%eth0", "fe80::7%4294967296"]
        {
            assert!(text.parse::<LocalAddress>().is_err(), "{text}");
        }
    }
}
