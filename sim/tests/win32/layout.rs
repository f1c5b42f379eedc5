//! Structures and byte order: what this crate writes byte by byte is what `windows-sys` reads as structures.

use std::mem::offset_of;

use portres_sim::windows_sys::Win32::System::IO::{self as system, OVERLAPPED};

use super::*;

#[test]
fn the_structures_are_as_the_headers_have_them() {
    assert_eq!((size_of::<INET_PORT_RANGE>(), align_of::<INET_PORT_RANGE>()), (4, 2));
    assert_eq!(size_of::<INET_PORT_RESERVATION_TOKEN>(), 8);
    assert_eq!(size_of::<INET_PORT_RESERVATION_INSTANCE>(), 16);
    assert_eq!(offset_of!(INET_PORT_RESERVATION_INSTANCE, Token), 8);
    assert_eq!(offset_of!(INET_PORT_RANGE, NumberOfPorts), 2);
    assert_eq!((size_of::<SOCKADDR_IN>(), size_of::<SOCKADDR_IN6>()), (16, 28));
    assert_eq!((offset_of!(SOCKADDR_IN, sin_port), offset_of!(SOCKADDR_IN, sin_addr)), (2, 4));
    assert_eq!((offset_of!(SOCKADDR_IN6, sin6_port), offset_of!(SOCKADDR_IN6, sin6_addr)), (2, 8));
    assert_eq!(size_of::<WSAPROTOCOL_INFOW>(), 628);
    assert_eq!(size_of::<INTERFACE_INFO>(), 76);
    assert_eq!(size_of::<SOCKET>(), size_of::<usize>());
    let word = size_of::<usize>();
    assert_eq!(offset_of!(OVERLAPPED, InternalHigh), word);
    assert_eq!(offset_of!(OVERLAPPED, hEvent), 2 * word + 8);
}

#[test]
fn the_codes_are_those_of_the_specification() {
    use portres_sim::model::{Control, SocketOption};
    assert_eq!(
        [
            SIO_ACQUIRE_PORT_RESERVATION,
            SIO_RELEASE_PORT_RESERVATION,
            SIO_ASSOCIATE_PORT_RESERVATION
        ],
        [0x9800_0064, 0x9800_0065, 0x9800_0066]
    );
    assert_eq!(Control::FIONBIO, FIONBIO as u32);
    assert_eq!(Control::BASE_HANDLE, SIO_BASE_HANDLE);
    assert_eq!(SocketOption::ReuseAddr.numbers(), (SOL_SOCKET, SO_REUSEADDR));
    assert_eq!(SocketOption::ExclusiveAddrUse.numbers(), (SOL_SOCKET, SO_EXCLUSIVEADDRUSE));
    assert_eq!(SocketOption::V6Only.numbers(), (IPPROTO_IPV6, IPV6_V6ONLY));
}

#[test]
fn network_order_is_the_other_way_round() {
    unsafe {
        assert_eq!(htons(0x1234).to_ne_bytes(), [0x12, 0x34]);
        assert_eq!(htonl(0x1234_5678).to_ne_bytes(), [0x12, 0x34, 0x56, 0x78]);
        assert_eq!((ntohs(htons(5000)), ntohl(htonl(5000))), (5000, 5000));
    }
}

#[test]
fn the_functions_have_the_types_of_the_real_ones() {
    use ::windows_sys::Win32::Networking::WinSock as real;
    // the types are compared; the real functions are not there to be linked to, so nothing here is ever run
    fn same<T>(_: impl FnOnce() -> T, _: impl FnOnce() -> T) {}
    macro_rules! any {
        ($any:ident) => {
            _
        };
    }
    macro_rules! same {
        ($($name:ident($($any:ident)*))*) => { $(
            same(
                || portres_sim::winsock::$name as unsafe extern "system" fn($(any!($any)),*) -> _,
                || real::$name as unsafe extern "system" fn($(any!($any)),*) -> _,
            );
        )* };
    }
    same! {
        WSAStartup(x x) WSACleanup() WSAGetLastError() WSASetLastError(x) socket(x x x) WSASocketW(x x x x x x)
        closesocket(x) bind(x x x) getsockname(x x x) getpeername(x x x) setsockopt(x x x x x)
        getsockopt(x x x x x) ioctlsocket(x x x) listen(x x) accept(x x x) connect(x x x) sendto(x x x x x x)
        WSAIoctl(x x x x x x x x x) WSAGetOverlappedResult(x x x x x) WSADuplicateSocketW(x x x)
        htons(x) ntohs(x) htonl(x) ntohl(x) WSACreateEvent() WSACloseEvent(x) WSASetEvent(x) WSAResetEvent(x)
        WSAWaitForMultipleEvents(x x x x x)
    }
    same(
        || system::CancelIoEx as unsafe extern "system" fn(_, _) -> _,
        || ::windows_sys::Win32::System::IO::CancelIoEx as unsafe extern "system" fn(_, _) -> _,
    );
}

#[test]
fn a_port_in_the_wrong_order_is_another_port() {
    program().run(|| {
        let socket = udp();
        let range = INET_PORT_RANGE { StartPort: 5000, NumberOfPorts: 1 };
        let mut instance = INET_PORT_RESERVATION_INSTANCE::default();
        let mut bytes = 0;
        let code = unsafe {
            let (from, to) = ((&raw const range).cast(), (&raw mut instance).cast());
            let code = SIO_ACQUIRE_PORT_RESERVATION;
            WSAIoctl(socket, code, from, 4, to, 16, &mut bytes, null_mut(), None)
        };
        assert_eq!(said(code), Ok(()));
        assert_eq!(instance.Reservation.StartPort, 5000);
        let other = udp();
        assert_eq!(bind_to(other, "0.0.0.0:5000"), Ok(()));
        let swapped = format!("0.0.0.0:{}", 5000_u16.swap_bytes());
        assert_eq!(bind_to(udp(), &swapped), Err(WSAEACCES));
    });
}
