//! Buffers on the heap that are exactly as long as is said: `scripts/valgrind` sees a byte that is read or written beyond.

use super::*;

/// Room for so many bytes and no more.
fn room(bytes: usize) -> Box<[u8]> {
    vec![0x55; bytes].into_boxed_slice()
}

#[test]
fn a_name_is_written_into_a_buffer_of_any_length() {
    program().run(|| {
        for (address, length) in [("127.0.0.1:5000", 16), ("[::1]:5000", 28)] {
            let family = if length == 16 { AF_INET } else { AF_INET6 };
            let socket = unsafe { socket(family.into(), SOCK_DGRAM, IPPROTO_UDP) };
            let (whole, _) = raw(address);
            let mut given = room(length);
            unsafe {
                given.as_mut_ptr().copy_from_nonoverlapping((&raw const whole).cast(), length)
            };
            assert_eq!(said(unsafe { bind(socket, given.as_ptr().cast(), length as i32) }), Ok(()));
            for size in 0..length + 4 {
                let (mut name, mut left) = (room(size), Box::new(size as i32));
                let got =
                    said(unsafe { getsockname(socket, name.as_mut_ptr().cast(), &mut *left) });
                assert_eq!(got.is_ok(), size >= length, "{size} bytes for {address}");
            }
        }
    });
}

#[test]
fn an_option_is_read_and_written_in_a_buffer_of_any_length() {
    program().run(|| {
        for size in 0..9_usize {
            let socket = udp();
            let (given, mut got, mut length) = (room(size), room(size), Box::new(size as i32));
            let _ = unsafe {
                setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, given.as_ptr(), size as i32)
            };
            let _ = unsafe {
                getsockopt(socket, SOL_SOCKET, SO_REUSEADDR, got.as_mut_ptr(), &mut *length)
            };
        }
    });
}

#[test]
fn a_reservation_is_asked_for_and_given_in_buffers_of_any_length() {
    program().run(|| {
        for (input, output) in (0..9).flat_map(|i| (0..20).map(move |o| (i, o))) {
            let socket = udp();
            let (given, mut got, mut bytes) = (room(input), room(output), Box::new(0));
            let code = SIO_ACQUIRE_PORT_RESERVATION;
            let answer = said(unsafe {
                WSAIoctl(
                    socket,
                    code,
                    given.as_ptr().cast(),
                    input as u32,
                    got.as_mut_ptr().cast(),
                    output as u32,
                    &mut *bytes,
                    null_mut(),
                    None,
                )
            });
            assert!(input >= 4 && output >= 16 || answer.is_err(), "{input} and {output} bytes");
            let code = SIO_ASSOCIATE_PORT_RESERVATION;
            let answer = said(unsafe {
                let from = given.as_ptr().cast();
                let none = null_mut();
                WSAIoctl(socket, code, from, input as u32, none, 0, &mut *bytes, none.cast(), None)
            });
            assert!(answer.is_err(), "no such token");
        }
    });
}
