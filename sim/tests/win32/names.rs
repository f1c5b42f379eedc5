//! Sockets, names and connections.

use super::*;

#[test]
fn names_are_written_as_the_structures_of_their_family() {
    program().run(|| {
        let four = tcp();
        let six = unsafe { socket(AF_INET6.into(), SOCK_STREAM, IPPROTO_TCP) };
        assert_eq!((bind_to(four, "127.0.0.1:5000"), bind_to(six, "[::1]:5001")), (Ok(()), Ok(())));
        let (mut name, mut length) =
            (SOCKADDR_STORAGE::default(), size_of::<SOCKADDR_STORAGE>() as i32);
        unsafe {
            assert_eq!(getsockname(four, (&raw mut name).cast(), &mut length), 0);
            let v4 = (&raw const name).cast::<SOCKADDR_IN>().read();
            assert_eq!((length, v4.sin_family, u16::from_be(v4.sin_port)), (16, AF_INET, 5000));
            assert_eq!(v4.sin_addr.S_un.S_addr.to_ne_bytes(), [127, 0, 0, 1]);
            length = 28;
            assert_eq!(getsockname(six, (&raw mut name).cast(), &mut length), 0);
            let v6 = (&raw const name).cast::<SOCKADDR_IN6>().read();
            assert_eq!((length, v6.sin6_family, u16::from_be(v6.sin6_port)), (28, AF_INET6, 5001));
            assert_eq!(v6.sin6_addr.u.Byte[15], 1);
        }
    });
}

#[test]
fn a_name_of_the_other_family_is_refused_as_such() {
    program().run(|| {
        assert_eq!(bind_to(udp(), "[::]:5000"), Err(WSAEAFNOSUPPORT));
        let six = unsafe { socket(AF_INET6.into(), SOCK_DGRAM, IPPROTO_UDP) };
        assert_eq!(bind_to(six, "0.0.0.0:5000"), Err(WSAEFAULT));
        let unspecified = SOCKADDR_IN6::default();
        let code = unsafe { bind(udp(), (&raw const unspecified).cast(), 28) };
        assert_eq!(said(code), Err(WSAEAFNOSUPPORT));
    });
}

#[test]
fn a_connection_has_two_names_and_a_listener_accepts() {
    program().run(|| unsafe {
        let listener = tcp();
        assert_eq!(bind_to(listener, "127.0.0.1:5000"), Ok(()));
        assert_eq!(said(listen(listener, 5)), Ok(()));
        let (mut name, mut length) = (SOCKADDR_IN::default(), 16);
        let new = accept(listener, (&raw mut name).cast(), &mut length);
        assert_ne!(new, INVALID_SOCKET);
        assert_eq!((name.sin_family, length), (AF_INET, 16));
        assert_ne!(accept(listener, null_mut(), null_mut()), INVALID_SOCKET);
        assert_eq!(
            said(getpeername(listener, (&raw mut name).cast(), &mut length)),
            Err(WSAENOTCONN)
        );
        let client = tcp();
        let (to, size) = raw("127.0.0.1:5000");
        assert_eq!(said(connect(client, (&raw const to).cast(), size)), Ok(()));
        assert_eq!(said(getpeername(client, (&raw mut name).cast(), &mut length)), Ok(()));
        assert!(port(client).expect("a port") >= 49_152);
    });
}

#[test]
fn a_datagram_binds_its_socket_and_is_taken_whole() {
    program().run(|| unsafe {
        let socket = udp();
        let (to, size) = raw("127.0.0.1:9");
        let sent = sendto(socket, b"hello".as_ptr(), 5, 0, (&raw const to).cast(), size);
        assert_eq!((sent, port(socket).is_ok()), (5, true));
        // a connect to AF_UNSPEC undoes a connect
        assert_eq!(said(connect(socket, (&raw const to).cast(), size)), Ok(()));
        let unspecified = SOCKADDR_IN6::default();
        assert_eq!(said(connect(socket, (&raw const unspecified).cast(), 28)), Ok(()));
        let (mut name, mut length) = (SOCKADDR_IN::default(), 16);
        assert_eq!(
            said(getpeername(socket, (&raw mut name).cast(), &mut length)),
            Err(WSAENOTCONN)
        );
    });
}

#[test]
fn sockets_are_refused_by_their_numbers() {
    program().run(|| unsafe {
        let last = |new| (new == INVALID_SOCKET).then(|| WSAGetLastError());
        assert_eq!(last(socket(0, 0, 0)), Some(WSAEINVAL));
        assert_eq!(last(socket(2, 9, 0)), Some(WSAESOCKTNOSUPPORT));
        assert_eq!(last(socket(77, 1, 0)), Some(WSAEAFNOSUPPORT));
        assert_eq!(last(WSASocketW(2, 1, 6, null(), 0, WSA_FLAG_OVERLAPPED)), None);
        let info = WSAPROTOCOL_INFOW {
            iAddressFamily: 2,
            iSocketType: 2,
            iProtocol: 17,
            ..Default::default()
        };
        let any = FROM_PROTOCOL_INFO;
        let new = WSASocketW(any, any, any, &info, 0, WSA_FLAG_OVERLAPPED);
        assert_eq!(bind_to(new, "0.0.0.0:0"), Ok(()));
        let (mut of, mut length) = (WSAPROTOCOL_INFOW::default(), 628);
        let to = (&raw mut of).cast();
        assert_eq!(said(getsockopt(new, SOL_SOCKET, SO_PROTOCOL_INFOW, to, &mut length)), Ok(()));
        assert_eq!((of.iAddressFamily, of.iSocketType, of.iProtocol), (2, 2, 17));
    });
}

#[test]
fn a_descriptor_is_picked_up_once_by_the_process_that_it_is_for() {
    let machine = machine();
    let (first, second) = (started(&machine), started(&machine));
    let any = FROM_PROTOCOL_INFO;
    let mut info = WSAPROTOCOL_INFOW::default();
    let socket = first.run(udp);
    first.run(|| unsafe {
        for nobody in [0, 3, second.id() + 1, second.id() + 4] {
            assert_eq!(said(WSADuplicateSocketW(socket, nobody, &mut info)), Err(WSAEINVAL));
        }
        assert_eq!(said(WSADuplicateSocketW(socket, second.id(), &mut info)), Ok(()));
        assert_eq!(bind_to(socket, "0.0.0.0:5000"), Ok(()));
        assert_eq!(WSASocketW(any, any, any, &info, 0, 1), INVALID_SOCKET);
    });
    second.run(|| unsafe {
        let mine = WSASocketW(any, any, any, &info, 0, 1);
        assert_ne!(mine, INVALID_SOCKET);
        assert_eq!(port(mine), Ok(5000));
        assert_eq!(WSASocketW(any, any, any, &info, 0, 1), INVALID_SOCKET);
        first.run(|| assert_eq!(said(closesocket(socket)), Ok(())));
        // the socket lives on in the other
        assert_eq!(bind_to(udp(), "0.0.0.0:5000"), Err(WSAEADDRINUSE));
        assert_eq!(said(closesocket(mine)), Ok(()));
        assert_eq!(bind_to(udp(), "0.0.0.0:5000"), Ok(()));
    });
}
