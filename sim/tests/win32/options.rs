//! Options and ioctls other than those of reservations.

use super::*;

fn set(socket: SOCKET, level: i32, option: i32, value: u32) -> Result<(), i32> {
    said(unsafe { setsockopt(socket, level, option, (&raw const value).cast(), 4) })
}

fn get(socket: SOCKET, level: i32, option: i32) -> Result<(u32, i32), i32> {
    let (mut value, mut length) = (0_u32, 4);
    said(unsafe { getsockopt(socket, level, option, (&raw mut value).cast(), &mut length) })?;
    Ok((value, length))
}

#[test]
fn an_option_is_read_back_as_it_was_set() {
    program().run(|| {
        let (one, two) = (udp(), udp());
        assert_eq!(get(one, SOL_SOCKET, SO_REUSEADDR), Ok((0, 4)));
        assert_eq!(set(one, SOL_SOCKET, SO_REUSEADDR, 1), Ok(()));
        assert_eq!(get(one, SOL_SOCKET, SO_REUSEADDR), Ok((1, 4)));
        assert_eq!(set(one, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 1), Err(WSAEINVAL));
        assert_eq!(set(two, SOL_SOCKET, SO_REUSEADDR, 1), Ok(()));
        assert_eq!(bind_to(one, "0.0.0.0:5000"), Ok(()));
        assert_eq!(bind_to(two, "0.0.0.0:5000"), Ok(()));
        assert_eq!(get(one, SOL_SOCKET, SO_TYPE), Ok((2, 4)));
        assert_eq!(get(one, SOL_SOCKET, -1), Err(WSAENOPROTOOPT));
        assert_eq!(get(4, SOL_SOCKET, SO_TYPE), Err(WSAENOTSOCK));
    });
}

#[test]
fn a_short_value_is_read_no_further_than_it_goes() {
    program().run(|| unsafe {
        let socket = udp();
        // only the first byte belongs to the value
        let value = [0_u8, 1, 1, 1];
        let set = setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, value.as_ptr(), 1);
        assert_eq!(said(set), Ok(()));
        assert_eq!(get(socket, SOL_SOCKET, SO_REUSEADDR), Ok((0, 4)));
        let (mut room, mut length) = ([9_u8; 4], 1);
        let code = getsockopt(socket, SOL_SOCKET, SO_REUSEADDR, room.as_mut_ptr(), &mut length);
        assert_eq!((said(code), room, length), (Ok(()), [0, 9, 9, 9], 1));
    });
}

#[test]
fn ioctlsocket_makes_a_socket_non_blocking_and_counts() {
    let program = program();
    program.run(|| unsafe {
        let socket = tcp();
        let non_blocking = || {
            program.machine().host().look(|w| w.sockets().any(|(_, socket)| socket.non_blocking))
        };
        let mut on = 1;
        assert_eq!((said(ioctlsocket(socket, FIONBIO, &mut on)), non_blocking()), (Ok(()), true));
        let (mut off, mut bytes) = (0_u32, 0);
        let from = (&raw mut off).cast_const().cast();
        let code = FIONBIO as u32;
        let off = WSAIoctl(socket, code, from, 4, null_mut(), 0, &mut bytes, null_mut(), None);
        assert_eq!((said(off), non_blocking()), (Ok(()), false));
        let mut unread = 9;
        assert_eq!((said(ioctlsocket(socket, FIONREAD, &mut unread)), unread), (Ok(()), 0));
        assert_eq!(said(ioctlsocket(socket, 0x1234, &mut unread)), Err(WSAEOPNOTSUPP));
        assert_eq!(said(ioctlsocket(socket, FIONBIO, null_mut())), Err(WSAEFAULT));
    });
}

#[test]
fn other_ioctls_give_what_they_are_known_to_give() {
    program().run(|| unsafe {
        let socket = udp();
        let mut bytes = 0;
        let mut base: SOCKET = 0;
        let to = (&raw mut base).cast();
        let size = size_of::<SOCKET>() as u32;
        let code =
            WSAIoctl(socket, SIO_BASE_HANDLE, null(), 0, to, size, &mut bytes, null_mut(), None);
        assert_eq!((said(code), base, bytes), (Ok(()), socket, size));
        let processor = 3_u16;
        let from = (&raw const processor).cast();
        let none = null_mut();
        let set =
            WSAIoctl(socket, SIO_CPU_AFFINITY, from, 2, none, 0, &mut bytes, null_mut(), None);
        assert_eq!(said(set), Ok(()));
        let short =
            WSAIoctl(socket, SIO_CPU_AFFINITY, from, 1, none, 0, &mut bytes, null_mut(), None);
        assert_eq!(said(short), Err(WSAEFAULT));
        let short = WSAIoctl(4, SIO_CPU_AFFINITY, from, 1, none, 0, &mut bytes, null_mut(), None);
        assert_eq!(said(short), Err(WSAENOTSOCK));
        let unknown = WSAIoctl(socket, 0x9800_9999, from, 2, none, 0, &mut bytes, null_mut(), None);
        assert_eq!((said(unknown), bytes), (Err(WSAEOPNOTSUPP), 0));
        let mut list = [7_u8; 64];
        let query = SIO_ADDRESS_LIST_QUERY;
        let to = list.as_mut_ptr().cast();
        let code = WSAIoctl(socket, query, null(), 0, to, 64, &mut bytes, null_mut(), None);
        assert_eq!((said(code), bytes, &list[..5]), (Ok(()), 4, &[0, 0, 0, 0, 7][..]));
    });
}
