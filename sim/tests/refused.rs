//! What a refusal says, and what it is as an error of the standard library.

use std::io::{self, ErrorKind};

use portres_model::{Error, Owner, Protocol, SocketOption};
use portres_sim::{Host, Refused, raw_os_error};

fn blocked() -> Refused {
    let host = Host::builder().block(Protocol::Udp, 50_000, 100, Owner::WinNat).build();
    let program = host.process("alice").start();
    let socket = program.udp().unwrap();
    socket.bind(([0, 0, 0, 0], 50_010)).unwrap_err()
}

#[test]
fn a_refusal_says_which_rule_refused_and_what_it_rests_on() {
    let refused = blocked();
    let says = "p1: bind s1 0.0.0.0:50010 -> WSAEACCES (10013): bind to a port of a system block is refused. \
                [bind.system-block, observed: EV-80, EV-93, EV-115] in its way: the excluded block 50000+100";
    assert_eq!(refused.to_string(), says);
    assert_eq!(format!("{refused:?}"), says, "what `unwrap` prints");
    assert_eq!(refused.rule().sources()[0], "EV-80");
    assert_eq!((refused.c_name(), refused.number()), (Some("WSAEACCES"), 10_013));
}

#[test]
fn an_io_error_has_the_kind_and_number_of_windows() {
    let error = io::Error::from(blocked());
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(raw_os_error(&error), Some(10_013));
    assert_eq!(Refused::of(&error), Some(&blocked()));
    assert!(error.to_string().contains("bind.system-block"));

    let host = Host::builder().build();
    let program = host.process("alice").start();
    let (first, second) = (program.tcp().unwrap(), program.tcp().unwrap());
    first.bind(([127, 0, 0, 1], 80)).unwrap();
    let error = io::Error::from(second.bind(([127, 0, 0, 1], 80)).unwrap_err());
    assert_eq!((error.kind(), raw_os_error(&error)), (ErrorKind::AddrInUse, Some(10_048)));

    let real = io::Error::from_raw_os_error(2);
    assert_eq!((Refused::of(&real), raw_os_error(&real)), (None, Some(2)));
}

#[test]
fn what_the_question_mark_does() {
    fn port() -> io::Result<u16> {
        let host = Host::builder().build();
        let program = host.process("alice").start();
        let socket = program.udp()?;
        socket.set_option(SocketOption::ExclusiveAddrUse, 1)?;
        Ok(socket.bind(([127, 0, 0, 1], 80))?)
    }
    assert_eq!(port().unwrap(), 80);
}

/// The table of the standard library for Windows (`decode_error_kind`), for the codes that have a name here.
#[test]
fn kinds_are_those_of_the_standard_library() {
    let kinds = [
        (Error::FileNotFound, ErrorKind::NotFound),
        (Error::AccessDenied, ErrorKind::PermissionDenied),
        (Error::NotEnoughMemory, ErrorKind::OutOfMemory),
        (Error::InvalidParameter, ErrorKind::InvalidInput),
        (Error::OperationAborted, ErrorKind::TimedOut),
        (Error::WsaAccess, ErrorKind::PermissionDenied),
        (Error::WsaInvalid, ErrorKind::InvalidInput),
        (Error::WsaWouldBlock, ErrorKind::WouldBlock),
        (Error::WsaAddressInUse, ErrorKind::AddrInUse),
        (Error::WsaAddressNotAvailable, ErrorKind::AddrNotAvailable),
        (Error::WsaNetworkDown, ErrorKind::NetworkDown),
        (Error::WsaNetworkUnreachable, ErrorKind::NetworkUnreachable),
        (Error::WsaConnectionAborted, ErrorKind::ConnectionAborted),
        (Error::WsaConnectionReset, ErrorKind::ConnectionReset),
        (Error::WsaNotConnected, ErrorKind::NotConnected),
        (Error::WsaTimedOut, ErrorKind::TimedOut),
        (Error::WsaConnectionRefused, ErrorKind::ConnectionRefused),
        (Error::WsaHostUnreachable, ErrorKind::HostUnreachable),
    ];
    let uncategorized = io::Error::from_raw_os_error(i32::MAX).kind();
    assert_eq!(format!("{uncategorized:?}"), "Uncategorized");
    for &error in Error::ALL {
        let known = kinds.iter().find(|(e, _)| *e == error).map(|(_, kind)| *kind);
        let kind = Refused::kind_of(error);
        // these two have one since the summer of 2026
        let new = matches!(error, Error::WsaTooManyFiles | Error::WsaShutdown);
        let newest = ["Uncategorized", "TooManyOpenFiles", "BrokenPipe"];
        match known {
            None if new => assert!(newest.contains(&&*format!("{kind:?}")), "{error}: {kind:?}"),
            _ => assert_eq!(kind, known.unwrap_or(uncategorized), "{error}"),
        }
    }
    #[cfg(windows)]
    for number in 0..20_000 {
        let (kind, real) = (
            Refused::kind_of(Error::from_number(number)),
            io::Error::from_raw_os_error(number as i32).kind(),
        );
        assert!(kind == real || Error::from_number(number).c_name().is_none(), "{number}");
    }
}

/// Whatever is known of a refusal is had from the I/O error, too.
#[test]
fn an_io_error_tells_code_name_rule_and_reason() {
    let error = io::Error::from(blocked());
    let refused = Refused::of(&error).expect("it comes from a simulated machine");
    assert_eq!((refused.number(), refused.c_name()), (10_013, Some("WSAEACCES")));
    assert_eq!((refused.rule().id(), refused.kind()), ("bind.system-block", error.kind()));
    let wrapped = io::Error::new(error.kind(), error);
    assert_eq!(raw_os_error(&wrapped), Some(10_013), "also behind what a program puts around it");
    assert_eq!(Refused::of(&wrapped), Some(&blocked()));
}
