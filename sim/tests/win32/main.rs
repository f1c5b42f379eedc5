//! The functions of Win32 on a simulated machine: what programs pass and what they see.
#![cfg(feature = "win32")]
#![allow(unsafe_code, reason = "the functions under test are unsafe")]
#![allow(
    clippy::undocumented_unsafe_blocks,
    reason = "every pointer is to a local of the test, NULL, or to nowhere on purpose"
)]

mod crashes;
mod exact;
mod hidden;
mod layout;
mod machines;
mod names;
mod options;
mod overlapped;
mod pending;
mod persistent;
mod pointers;
mod reservations;
mod same;

use std::net::SocketAddr;
use std::ptr::{null, null_mut};

use portres_sim::model::{Credentials, Profile, World};
use portres_sim::win32::{Machine, Program};
use portres_sim::winsock::*;
use portres_sim::{Host, Policy};

/// A machine of the likely answers.
fn machine() -> Machine {
    Machine::new(Host::new(World::default(), &Profile::likely(), Policy::Lowest, 1))
}

/// A process of such a machine that has started Winsock.
fn program() -> Program {
    started(&machine())
}

/// A process of a machine that has started Winsock.
fn started(machine: &Machine) -> Program {
    let program = machine.start(Credentials::default());
    program.run(|| assert_eq!(unsafe { WSAStartup(0x0202, &mut WSADATA::default()) }, 0));
    program
}

fn udp() -> SOCKET {
    let new = unsafe { socket(AF_INET.into(), SOCK_DGRAM, IPPROTO_UDP) };
    assert_ne!(new, INVALID_SOCKET);
    new
}

fn tcp() -> SOCKET {
    let new = unsafe { socket(AF_INET.into(), SOCK_STREAM, IPPROTO_TCP) };
    assert_ne!(new, INVALID_SOCKET);
    new
}

/// 0, or the last error.
fn said(code: i32) -> Result<(), i32> {
    match code {
        0 => Ok(()),
        SOCKET_ERROR => Err(unsafe { WSAGetLastError() }),
        other => panic!("neither 0 nor SOCKET_ERROR but {other}"),
    }
}

/// The structure of an address.
fn raw(address: &str) -> (SOCKADDR_IN6, i32) {
    let mut room = SOCKADDR_IN6::default();
    match address.parse().expect("an address") {
        SocketAddr::V4(v4) => {
            let v4 = SOCKADDR_IN {
                sin_family: AF_INET,
                sin_port: v4.port().to_be(),
                sin_addr: IN_ADDR { S_un: IN_ADDR_0 { S_addr: u32::from(*v4.ip()).to_be() } },
                sin_zero: [0; 8],
            };
            unsafe { (&raw mut room).cast::<SOCKADDR_IN>().write(v4) };
            (room, 16)
        }
        SocketAddr::V6(v6) => {
            room.sin6_family = AF_INET6;
            room.sin6_port = v6.port().to_be();
            room.sin6_addr = IN6_ADDR { u: IN6_ADDR_0 { Byte: v6.ip().octets() } };
            (room, 28)
        }
    }
}

fn bind_to(socket: SOCKET, address: &str) -> Result<(), i32> {
    let (name, length) = raw(address);
    said(unsafe { bind(socket, (&raw const name).cast(), length) })
}

/// The port that `getsockname` shows, in the order of the machine.
fn port(socket: SOCKET) -> Result<u16, i32> {
    let (mut name, mut length) = (SOCKADDR_IN6::default(), 28);
    said(unsafe { getsockname(socket, (&raw mut name).cast(), &mut length) })?;
    // it stands at the same place for both families
    Ok(u16::from_be(name.sin6_port))
}

/// `SIO_ACQUIRE_PORT_RESERVATION`, with the first port in the order of the machine.
fn acquire(socket: SOCKET, start: u16, count: u16) -> Result<INET_PORT_RESERVATION_INSTANCE, i32> {
    let range = INET_PORT_RANGE { StartPort: start.to_be(), NumberOfPorts: count };
    let (mut instance, mut bytes) = (INET_PORT_RESERVATION_INSTANCE::default(), 77);
    said(unsafe {
        WSAIoctl(
            socket,
            SIO_ACQUIRE_PORT_RESERVATION,
            (&raw const range).cast(),
            4,
            (&raw mut instance).cast(),
            16,
            &mut bytes,
            null_mut(),
            None,
        )
    })?;
    assert_eq!(bytes, 16);
    Ok(instance)
}

/// An ioctl that takes eight bytes and gives none.
fn with_token(socket: SOCKET, code: u32, token: u64) -> Result<(), i32> {
    let mut bytes = 77;
    said(unsafe {
        let token = (&raw const token).cast();
        WSAIoctl(socket, code, token, 8, null_mut(), 0, &mut bytes, null_mut(), None)
    })?;
    assert_eq!(bytes, 0);
    Ok(())
}

fn associate(socket: SOCKET, token: u64) -> Result<(), i32> {
    with_token(socket, SIO_ASSOCIATE_PORT_RESERVATION, token)
}

fn release(socket: SOCKET, token: u64) -> Result<(), i32> {
    with_token(socket, SIO_RELEASE_PORT_RESERVATION, token)
}

fn nothing() -> *const SOCKADDR {
    null()
}
