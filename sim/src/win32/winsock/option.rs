//! Options.

use portres_model::{Call, Holding, Optval, Pointer, Reply, SocketOption};

use super::open::describe;
use super::{SOCKET, WSAPROTOCOL_INFOW, done};
use crate::win32::machine::current;
use crate::win32::{memory, names};

/// `setsockopt`.
pub unsafe extern "system" fn setsockopt(
    s: SOCKET,
    level: i32,
    optname: i32,
    optval: ::windows_sys::core::PCSTR,
    optlen: i32,
) -> i32 {
    let option = SocketOption::from_numbers(level, optname);
    // SAFETY: the caller sees to it.
    let value = unsafe { memory::bytes(optval, usize::try_from(optlen).unwrap_or(0)) };
    let optval = Optval { length: length(option, optlen), value: memory::kind(optval) };
    let (socket, value) = (names::socket(s), u32::from_ne_bytes(value));
    done(&current().call(&Call::SetSockOpt { socket, option, value, optval }))
}

/// `getsockopt`. What is no number is told as far as it is known: of `SO_PROTOCOL_INFO` what the socket was made as, of
/// `SO_BSP_STATE` nothing.
pub unsafe extern "system" fn getsockopt(
    s: SOCKET,
    level: i32,
    optname: i32,
    optval: ::windows_sys::core::PSTR,
    optlen: *mut i32,
) -> i32 {
    let (program, socket) = (current(), names::socket(s));
    let option = SocketOption::from_numbers(level, optname);
    // SAFETY: the caller sees to it.
    let asked = unsafe { memory::get(optlen) };
    let value = match (memory::kind(optval), memory::kind(optlen)) {
        (Pointer::Null, _) | (_, Pointer::Null) => Pointer::Null,
        (Pointer::Good, Pointer::Good) => Pointer::Good,
        (Pointer::Bad, _) | (_, Pointer::Bad) => Pointer::Bad,
    };
    let length = asked.and_then(|asked| length(option, asked));
    let call = Call::GetSockOpt { socket, option, optval: Optval { length, value } };
    let reply = program.call(&call);
    let room = asked.and_then(|asked| usize::try_from(asked).ok()).unwrap_or(0);
    match reply {
        // SAFETY: the caller sees to it; there are bytes to write only where both pointers are good.
        Reply::Value(value) => unsafe { memory::fill(optval, room, &value.to_ne_bytes()) },
        Reply::Ok if option == SocketOption::ProtocolInfo => {
            let info = describe(&program, socket);
            if room >= size_of::<WSAPROTOCOL_INFOW>() {
                // SAFETY: the caller sees to it, and there is room.
                unsafe { memory::put(optval.cast(), info) };
            }
        }
        _ => {}
    }
    if let Some(count) = program.bytes(&call, &reply) {
        // SAFETY: the caller sees to it.
        unsafe { memory::put(optlen, count as i32) };
    }
    done(&reply)
}

/// The length as the specification has it: none where it is that of a number.
fn length(option: SocketOption, length: i32) -> Option<i32> {
    let usual = length == 4 && option.holds() != Holding::Structure;
    (!usual).then_some(length)
}
