//! `setsockopt`, `getsockopt` and `ioctlsocket`, with pointers and lengths as a trace has them.

use std::ptr::{null_mut, without_provenance_mut};

use portres_model::{Bytes, Command, Error, Optval, Pointer, SocketOption};
use windows_sys::Win32::Networking::WinSock as api;

use super::calls::{Handle, done};
use super::overlapped::NOWHERE;

/// Room for every option. What stands in it before a call is 0.
type Room = [u64; 128];

/// How long the room is.
const ROOM: i32 = size_of::<Room>() as i32;

// The names and numbers of the specification are those of the headers.
const _: () = {
    const fn is(option: SocketOption, level: i32, number: i32) -> bool {
        let (known_level, known_number) = option.numbers();
        known_level == level && known_number == number
    }
    use SocketOption as O;
    assert!(is(O::ReuseAddr, api::SOL_SOCKET, api::SO_REUSEADDR));
    assert!(is(O::ExclusiveAddrUse, api::SOL_SOCKET, api::SO_EXCLUSIVEADDRUSE));
    assert!(is(O::V6Only, api::IPPROTO_IPV6, api::IPV6_V6ONLY));
    assert!(is(O::Broadcast, api::SOL_SOCKET, api::SO_BROADCAST));
    assert!(is(O::RandomizePort, api::SOL_SOCKET, api::SO_RANDOMIZE_PORT));
    assert!(is(O::PortScalability, api::SOL_SOCKET, api::SO_PORT_SCALABILITY));
    assert!(is(O::ReuseUnicastPort, api::SOL_SOCKET, api::SO_REUSE_UNICASTPORT));
    assert!(is(O::ReuseMulticastPort, api::SOL_SOCKET, api::SO_REUSE_MULTICASTPORT));
    assert!(is(O::Type, api::SOL_SOCKET, api::SO_TYPE));
    assert!(is(O::AcceptConn, api::SOL_SOCKET, api::SO_ACCEPTCONN));
    assert!(is(O::OpenType, api::SOL_SOCKET, api::SO_OPENTYPE));
    assert!(is(O::SendTimeout, api::SOL_SOCKET, api::SO_SNDTIMEO));
    assert!(is(O::Linger, api::SOL_SOCKET, api::SO_LINGER));
    assert!(is(O::ProtocolInfo, api::SOL_SOCKET, api::SO_PROTOCOL_INFOW));
    assert!(is(O::BspState, api::SOL_SOCKET, api::SO_BSP_STATE));
};

/// The length that is passed where a trace tells none.
fn natural(option: SocketOption) -> i32 {
    match option {
        SocketOption::ProtocolInfo => size_of::<api::WSAPROTOCOL_INFOW>() as i32,
        // the addresses stand behind the structure
        SocketOption::BspState => ROOM,
        _ => 4,
    }
}

fn pointer(which: Pointer, good: *mut Room) -> *mut u8 {
    match which {
        Pointer::Good => good.cast(),
        Pointer::Null => null_mut(),
        Pointer::Bad => without_provenance_mut(NOWHERE),
    }
}

/// `setsockopt`, the value in the first four bytes of the buffer; `None` if the buffer would have to be longer than there
/// is room.
#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn set(
    Handle(socket): Handle,
    option: SocketOption,
    value: u32,
    optval: Optval,
) -> Option<Result<(), Error>> {
    let length = optval.length.unwrap_or(4);
    if length > ROOM {
        return None;
    }
    let (level, number) = option.numbers();
    let mut room: Room = [0; 128];
    room[0] = u64::from(value);
    let from = pointer(optval.value, &mut room);
    // SAFETY: the buffer is at least as long as a length that is not negative says, and lives through the call; a
    // negative length is what the caller wants to see judged. A pointer to nowhere is passed in a process that may end.
    Some(done(unsafe { api::setsockopt(socket, level, number, from, length) }))
}

/// `getsockopt`: the first four bytes of the buffer, and the length that it left; `None` if there is no such room.
#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn get(
    Handle(socket): Handle,
    option: SocketOption,
    optval: Optval,
) -> Option<(Result<u32, Error>, Bytes)> {
    let asked = optval.length.unwrap_or_else(|| natural(option));
    if asked > ROOM {
        return None;
    }
    let (level, number) = option.numbers();
    let (mut room, mut length): (Room, i32) = ([0; 128], asked);
    let to = pointer(optval.value, &mut room);
    // SAFETY: the buffer is at least as long as a length that is not negative says; both live through the call; a
    // negative length is what the caller wants to see judged. A pointer to nowhere is passed in a process that may end.
    let said = done(unsafe { api::getsockopt(socket, level, number, to, &mut length) });
    // what a success leaves is told as a number, even where it is the one that was passed
    let left = match said {
        Err(_) if length == asked => Bytes::Untouched,
        _ => Bytes::Wrote(length as u32),
    };
    Some((said.map(|()| room[0] as u32), left))
}

/// The number that an option holds.
pub(super) fn number(socket: Handle, option: SocketOption) -> Result<u32, Error> {
    get(socket, option, Optval::default()).map_or(Err(Error::WsaFault), |(said, _)| said)
}

/// `setsockopt(SO_UPDATE_CONNECT_CONTEXT)`: without it a socket that `ConnectEx` has connected has no name.
pub(super) fn update_connect_context(socket: Handle) -> Option<Result<(), Error>> {
    let option = SocketOption::from_numbers(api::SOL_SOCKET, api::SO_UPDATE_CONNECT_CONTEXT);
    set(socket, option, 0, Optval { length: Some(0), value: Pointer::Null })
}

/// The family of a socket, as its protocol says it.
#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn family(Handle(socket): Handle) -> Result<i32, Error> {
    let mut protocol = api::WSAPROTOCOL_INFOW::default();
    let mut length = size_of_val(&protocol) as i32;
    let (level, number) = SocketOption::ProtocolInfo.numbers();
    let to = (&raw mut protocol).cast();
    // SAFETY: the structure is as long as the length says, and both live through the call.
    done(unsafe { api::getsockopt(socket, level, number, to, &mut length) })
        .map(|()| protocol.iAddressFamily)
}

/// `ioctlsocket`: the number that its argument holds afterwards.
#[expect(unsafe_code, reason = "the call itself")]
pub(super) fn ioctl(
    Handle(socket): Handle,
    command: Command,
    argument: Pointer,
) -> Result<u32, Error> {
    let (code, mut value) = match command {
        Command::Block(value) => (api::FIONBIO, value),
        Command::Unread => (api::FIONREAD, 0),
        Command::AtMark => (api::SIOCATMARK, 0),
    };
    let at = match argument {
        Pointer::Good => &raw mut value,
        Pointer::Null => null_mut(),
        Pointer::Bad => without_provenance_mut(NOWHERE),
    };
    // SAFETY: the argument is a number that lives through the call. A pointer to nowhere is passed in a process that may
    // end.
    done(unsafe { api::ioctlsocket(socket, code, at) }).map(|()| value)
}
