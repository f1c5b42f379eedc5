//! Socket addresses as the bytes that Winsock takes and gives (`SOCKADDR_IN`, `SOCKADDR_IN6`).

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

const AF_INET: u16 = 2;
const AF_INET6: u16 = 23;
const V4_LENGTH: usize = 16;
const V6_LENGTH: usize = 28;

/// Room for either structure, aligned as they are.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(8))]
pub(super) struct Raw([u8; 32]);

impl Raw {
    /// How many bytes there are in all.
    pub(super) const ROOM: usize = 32;

    /// The structure that says this address, and its length.
    pub(super) fn of(address: SocketAddr) -> (Raw, usize) {
        let mut raw = Raw::default();
        let bytes = &mut raw.0;
        bytes[2..4].copy_from_slice(&address.port().to_be_bytes());
        match address {
            SocketAddr::V4(v4) => {
                bytes[..2].copy_from_slice(&AF_INET.to_ne_bytes());
                bytes[4..8].copy_from_slice(&v4.ip().octets());
                (raw, V4_LENGTH)
            }
            SocketAddr::V6(v6) => {
                bytes[..2].copy_from_slice(&AF_INET6.to_ne_bytes());
                bytes[4..8].copy_from_slice(&v6.flowinfo().to_ne_bytes());
                bytes[8..24].copy_from_slice(&v6.ip().octets());
                bytes[24..28].copy_from_slice(&v6.scope_id().to_ne_bytes());
                (raw, V6_LENGTH)
            }
        }
    }

    /// A structure of the family `AF_UNSPEC`, as long as either of the two needs, and its length.
    #[cfg(windows)]
    pub(super) fn unspecified() -> (Raw, usize) {
        (Raw::default(), V6_LENGTH)
    }

    /// The address that the structure says, if its family is one of the two.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        let port = u16::from_be_bytes(self.part(2));
        match u16::from_ne_bytes(self.part(0)) {
            AF_INET => Some(SocketAddrV4::new(Ipv4Addr::from(self.part::<4>(4)), port).into()),
            AF_INET6 => {
                // a flow has no spelling, and says nothing about ports
                let scope = u32::from_ne_bytes(self.part(24));
                let ip = Ipv6Addr::from(self.part::<16>(8));
                Some(SocketAddrV6::new(ip, port, 0, scope).into())
            }
            _ => None,
        }
    }

    /// The bytes.
    #[cfg(windows)]
    pub(super) fn bytes(&self) -> &[u8; Raw::ROOM] {
        &self.0
    }

    /// The bytes, for Winsock to fill.
    #[cfg(windows)]
    pub(super) fn bytes_mut(&mut self) -> &mut [u8; Raw::ROOM] {
        &mut self.0
    }

    fn part<const N: usize>(&self, from: usize) -> [u8; N] {
        std::array::from_fn(|i| self.0[from + i])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_back_as_it_was_written() {
        for text in ["0.0.0.0:0", "127.0.0.2:5000", "[::]:80", "[::1]:65535", "[fe80::1%7]:9"] {
            let address: SocketAddr = text.parse().expect("an address");
            assert_eq!(Raw::of(address).0.address(), Some(address), "{text}");
        }
    }

    #[test]
    fn the_port_stands_in_network_order_behind_the_family() {
        let (raw, length) = Raw::of("1.2.3.4:258".parse().expect("an address"));
        assert_eq!(length, 16);
        assert_eq!(raw.0[2..8], [1, 2, 1, 2, 3, 4]);
        assert_eq!(Raw::default().address(), None);
    }
}
