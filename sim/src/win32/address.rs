//! Addresses as the bytes of `SOCKADDR_IN` and `SOCKADDR_IN6`.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use portres_model::{Family, NameBuffer, Pointer, SocketId};
use windows_sys::Win32::Networking::WinSock::{
    AF_INET, AF_INET6, AF_UNSPEC, SOCKADDR, SOCKADDR_IN, SOCKADDR_IN6,
};

use super::machine::Program;
use super::memory;

/// The longest of the structures.
const LONGEST: usize = size_of::<SOCKADDR_IN6>();

/// What a caller has passed as a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Name {
    /// An address.
    Of(SocketAddr),
    /// A structure of the family `AF_UNSPEC`.
    Unspecified,
    /// No name at all.
    Wrong(NameBuffer),
}

/// The family of a socket; that of IPv4 where there is none.
pub(super) fn family_of(program: &Program, socket: SocketId) -> Family {
    let found = program.look(|world| Some(world.socket_of(program.process(), socket)?.1.family));
    found.unwrap_or(Family::V4)
}

pub(super) const fn size(family: Family) -> usize {
    match family {
        Family::V4 => size_of::<SOCKADDR_IN>(),
        Family::V6 => LONGEST,
    }
}

/// Reads a name that is passed for a socket of a family.
///
/// # Safety
/// A pointer that is good leads to as many bytes as the length says.
#[expect(unsafe_code, reason = "the name is given as a pointer")]
pub(super) unsafe fn read(name: *const SOCKADDR, length: i32, of: Family) -> Name {
    match memory::kind(name) {
        Pointer::Null => return Name::Wrong(NameBuffer::Null),
        Pointer::Bad => return Name::Wrong(NameBuffer::Bad),
        Pointer::Good => {}
    }
    let length = usize::try_from(length).unwrap_or(0);
    // SAFETY: the caller says so.
    parse(unsafe { memory::bytes(name, length) }, length, of)
}

fn parse(bytes: [u8; LONGEST], length: usize, of: Family) -> Name {
    let said = u16::from_ne_bytes(part(&bytes, 0));
    // a structure of the other family is a name, if a wrong one
    let needed = match said {
        _ if length < 2 => size(of),
        AF_INET => size(Family::V4),
        AF_INET6 => size(Family::V6),
        _ => size(of),
    };
    let port = u16::from_be_bytes(part(&bytes, 2));
    match said {
        _ if length < needed => Name::Wrong(NameBuffer::Short),
        AF_INET => Name::Of((Ipv4Addr::from(part::<4>(&bytes, 4)), port).into()),
        AF_INET6 => {
            let ip = Ipv6Addr::from(part::<16>(&bytes, 8));
            // a flow says nothing about ports
            Name::Of(SocketAddrV6::new(ip, port, 0, u32::from_ne_bytes(part(&bytes, 24))).into())
        }
        AF_UNSPEC => Name::Unspecified,
        _ => Name::Of(foreign(of)),
    }
}

/// An address of a family that is not the socket's.
pub(super) fn foreign(of: Family) -> SocketAddr {
    match of {
        Family::V4 => (Ipv6Addr::UNSPECIFIED, 0).into(),
        Family::V6 => (Ipv4Addr::UNSPECIFIED, 0).into(),
    }
}

/// The structure that says an address: its bytes, and how many count.
pub(super) fn spell(address: SocketAddr) -> ([u8; LONGEST], usize) {
    let mut bytes = [0; LONGEST];
    bytes[2..4].copy_from_slice(&address.port().to_be_bytes());
    match address {
        SocketAddr::V4(v4) => {
            bytes[..2].copy_from_slice(&AF_INET.to_ne_bytes());
            bytes[4..8].copy_from_slice(&v4.ip().octets());
            (bytes, size(Family::V4))
        }
        SocketAddr::V6(v6) => {
            bytes[..2].copy_from_slice(&AF_INET6.to_ne_bytes());
            bytes[4..8].copy_from_slice(&v6.flowinfo().to_ne_bytes());
            bytes[8..24].copy_from_slice(&v6.ip().octets());
            bytes[24..].copy_from_slice(&v6.scope_id().to_ne_bytes());
            (bytes, size(Family::V6))
        }
    }
}

fn part<const N: usize>(bytes: &[u8; LONGEST], from: usize) -> [u8; N] {
    std::array::from_fn(|i| bytes[from + i])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_back_as_it_was_written() {
        for text in ["0.0.0.0:0", "127.0.0.2:258", "[::]:80", "[::1]:65535", "[fe80::1%7]:9"] {
            let address: SocketAddr = text.parse().expect("an address");
            let (bytes, length) = spell(address);
            for of in [Family::V4, Family::V6] {
                assert_eq!(parse(bytes, length, of), Name::Of(address), "{text}");
                assert_eq!(parse(bytes, length - 1, of), Name::Wrong(NameBuffer::Short), "{text}");
            }
        }
        assert_eq!(spell("1.2.3.4:258".parse().expect("an address")).0[2..8], [1, 2, 1, 2, 3, 4]);
    }

    #[test]
    fn a_family_that_nobody_knows_is_not_the_sockets() {
        let mut bytes = [0; LONGEST];
        assert_eq!(parse(bytes, 16, Family::V4), Name::Unspecified);
        assert_eq!(parse(bytes, 16, Family::V6), Name::Wrong(NameBuffer::Short));
        bytes[0] = 99;
        assert_eq!(parse(bytes, 28, Family::V6), Name::Of(foreign(Family::V6)));
        assert_eq!(parse(bytes, 1, Family::V4), Name::Wrong(NameBuffer::Short));
    }
}
