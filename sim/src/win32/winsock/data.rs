//! Names and connections.

use portres_model::{Call, Error, NameBuffer, Pointer, Reply, SocketId};

use super::open::{opened, refused};
use super::{SOCKADDR, SOCKET, done, fails};
use crate::win32::address::{self, Name};
use crate::win32::machine::{Program, current};
use crate::win32::windows_sys::Win32::System::IO::OVERLAPPED;
use crate::win32::{completion, memory, names};

/// `bind`.
pub unsafe extern "system" fn bind(s: SOCKET, name: *const SOCKADDR, namelen: i32) -> i32 {
    let (program, socket) = (current(), names::socket(s));
    let family = address::family_of(&program, socket);
    // SAFETY: the caller sees to it.
    let (address, name) = match unsafe { address::read(name, namelen, family) } {
        Name::Of(address) => (address, NameBuffer::Good),
        // to bind, AF_UNSPEC is a family like any other that is not the socket's
        Name::Unspecified => (address::foreign(family), NameBuffer::Good),
        // what it says is not looked at
        Name::Wrong(name) => (address::foreign(family), name),
    };
    done(&program.call(&Call::Bind { socket, address, name }))
}

/// `getsockname`.
pub unsafe extern "system" fn getsockname(
    s: SOCKET,
    name: *mut SOCKADDR,
    namelen: *mut i32,
) -> i32 {
    let make = |socket, name| Call::GetSockName { socket, name };
    // SAFETY: the caller sees to it.
    unsafe { give_name(&current(), names::socket(s), (name, namelen), make) }
}

/// `getpeername`. Of a peer nothing is known but that it is there: its name is made up.
pub unsafe extern "system" fn getpeername(
    s: SOCKET,
    name: *mut SOCKADDR,
    namelen: *mut i32,
) -> i32 {
    let make = |socket, name| Call::GetPeerName { socket, name };
    // SAFETY: the caller sees to it.
    unsafe { give_name(&current(), names::socket(s), (name, namelen), make) }
}

unsafe fn give_name(
    program: &Program,
    socket: SocketId,
    (name, length): (*mut SOCKADDR, *mut i32),
    call: impl Fn(SocketId, NameBuffer) -> Call,
) -> i32 {
    // SAFETY: the caller sees to it.
    let room = unsafe { memory::get(length) };
    let needed = address::size(address::family_of(program, socket));
    let room = room.map(|room| usize::try_from(room).unwrap_or(0));
    let buffer = match (memory::kind(name), memory::kind(length)) {
        (Pointer::Null, _) | (_, Pointer::Null) => NameBuffer::Null,
        (Pointer::Bad, _) | (_, Pointer::Bad) => NameBuffer::Bad,
        (Pointer::Good, Pointer::Good) if room < Some(needed) => NameBuffer::Short,
        (Pointer::Good, Pointer::Good) => NameBuffer::Good,
    };
    let call = call(socket, buffer);
    let reply = program.call(&call);
    if let Reply::Name(address) = reply {
        let (bytes, size) = address::spell(address);
        // SAFETY: the caller sees to it; a name is given only where both pointers are good.
        unsafe { memory::fill(name, room.unwrap_or(0), &bytes[..size]) };
    }
    if let Some(count) = program.bytes(&call, &reply) {
        // SAFETY: the caller sees to it.
        unsafe { memory::put(length, count as i32) };
    }
    done(&reply)
}

/// `listen`. The backlog is ignored.
pub unsafe extern "system" fn listen(s: SOCKET, _backlog: i32) -> i32 {
    done(&current().call(&Call::Listen { socket: names::socket(s) }))
}

/// `connect`. Nothing is sent; whether anybody answers is the specification's to say, which knows who listens on this machine.
pub unsafe extern "system" fn connect(s: SOCKET, name: *const SOCKADDR, namelen: i32) -> i32 {
    let (program, socket) = (current(), names::socket(s));
    let family = address::family_of(&program, socket);
    // SAFETY: the caller sees to it.
    match unsafe { address::read(name, namelen, family) } {
        Name::Of(address) => done(&program.call(&Call::Connect { socket, address })),
        Name::Unspecified => done(&program.call(&Call::Disconnect { socket })),
        Name::Wrong(_) => wrong_name(&program, socket),
    }
}

/// `sendto`. What is sent goes nowhere; all of it is taken.
pub unsafe extern "system" fn sendto(
    s: SOCKET,
    _buf: ::windows_sys::core::PCSTR,
    len: i32,
    _flags: i32,
    to: *const SOCKADDR,
    tolen: i32,
) -> i32 {
    let (program, socket) = (current(), names::socket(s));
    let family = address::family_of(&program, socket);
    // SAFETY: the caller sees to it.
    let address = match unsafe { address::read(to, tolen, family) } {
        Name::Of(address) => address,
        Name::Unspecified => address::foreign(family),
        Name::Wrong(_) => return wrong_name(&program, socket),
    };
    match program.call(&Call::SendTo { socket, address }) {
        Reply::Bound(_) | Reply::Ok => len,
        other => done(&other),
    }
}

/// `accept`. A connection is always there.
pub unsafe extern "system" fn accept(s: SOCKET, addr: *mut SOCKADDR, addrlen: *mut i32) -> SOCKET {
    let (program, socket) = (current(), names::socket(s));
    let wants_name = memory::kind(addr) != Pointer::Null;
    // SAFETY: the caller sees to it.
    let room = unsafe { memory::get(addrlen) };
    let needed = address::size(address::family_of(&program, socket));
    let fits = room.is_some_and(|room| usize::try_from(room).is_ok_and(|room| room >= needed));
    if wants_name && !(fits && memory::kind(addr) == Pointer::Good) {
        return refused(program.refuses_handle(socket).unwrap_or(Error::WsaFault));
    }
    let reply = program.call(&Call::Accept { socket });
    if let (Reply::Socket(new), true) = (reply, wants_name) {
        let make = |socket, name| Call::GetPeerName { socket, name };
        // SAFETY: the caller sees to it. Whether the connection has gone meanwhile does not matter.
        unsafe { give_name(&program, new, (addr, addrlen), make) };
    }
    opened(&reply)
}

/// `ConnectEx`, as `SIO_GET_EXTENSION_FUNCTION_POINTER` gives it. It has completed when it returns; what it is to send
/// is ignored.
pub(super) unsafe extern "system" fn ConnectEx(
    s: SOCKET,
    name: *const SOCKADDR,
    namelen: i32,
    _lpsendbuffer: *const std::ffi::c_void,
    _dwsenddatalength: u32,
    lpdwbytessent: *mut u32,
    lpoverlapped: *mut OVERLAPPED,
) -> ::windows_sys::core::BOOL {
    let (program, socket) = (current(), names::socket(s));
    let family = address::family_of(&program, socket);
    // SAFETY: the caller sees to it.
    let address = match unsafe { address::read(name, namelen, family) } {
        Name::Of(address) => address,
        Name::Unspecified => address::foreign(family),
        Name::Wrong(_) => {
            wrong_name(&program, socket);
            return 0;
        }
    };
    let null = memory::kind(lpoverlapped) != Pointer::Good;
    if done(&program.call(&Call::ConnectEx { socket, address, null })) != 0 {
        return 0;
    }
    // SAFETY: the caller sees to it.
    unsafe {
        memory::put(lpdwbytessent, 0);
        completion::succeeded(&program, lpoverlapped);
    }
    1
}

/// The specification has no word for it, and the pages of these functions say WSAEFAULT.
fn wrong_name(program: &Program, socket: SocketId) -> i32 {
    fails(program.refuses_handle(socket).unwrap_or(Error::WsaFault))
}
