#![allow(unused, non_upper_case_globals)]

#[cfg(not(windows))]
use portres_sim::windows_sys;
use windows_sys::Win32::NetworkManagement::IpHelper::*;
use windows_sys::Win32::Networking::WinSock::*;

use std::ffi::c_void;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::process::ExitCode;
use std::ptr::{null, null_mut};

// The functions of Windows are unsafe to call. Every pointer that is passed below is NULL where that is what the call is
// about, or else leads to a variable that is as long as the call is told and lives through it.

#[derive(Default)]
struct Steps {
    made: u32,
    different: u32,
}

impl Steps {
    fn step(&mut self, call: &str, recorded: &str, reply: String) {
        self.made += 1;
        if recorded.is_empty() {
            println!("{call} -> {reply} (no reply was recorded)");
        } else if is_recorded(recorded, &reply) {
            println!("{call} -> {reply}, as recorded");
        } else {
            self.different += 1;
            println!("{call} -> {reply}, RECORDED: {recorded}");
        }
    }

    fn end(&self) -> ExitCode {
        let Steps { made, different } = self;
        println!("{made} calls, {different} answered otherwise than recorded");
        ExitCode::from(u8::from(*different != 0))
    }
}

/// Whether a reply is one of those recorded, which `|` separates; `error *` is any error, `*` any success.
fn is_recorded(recorded: &str, reply: &str) -> bool {
    match recorded {
        "error *" => reply.starts_with("error "),
        "*" => !reply.starts_with("error "),
        some => some.split('|').any(|one| one == reply),
    }
}

fn error(code: u32) -> String {
    format!("error {code}")
}

fn last() -> String {
    format!("error {}", unsafe { WSAGetLastError() })
}

fn done(code: i32) -> String {
    if code == 0 { "ok".into() } else { last() }
}

fn start(major: u8, minor: u8, is_null: bool) -> String {
    let mut data = WSADATA::default();
    let wanted = u16::from_le_bytes([major, minor]);
    let code = unsafe { WSAStartup(wanted, if is_null { null_mut() } else { &mut data }) };
    match (code, { data.wVersion }) {
        (0, given) if given == wanted || is_null => "ok".into(),
        (0, given) => format!("{}.{}", given.to_le_bytes()[0], given.to_le_bytes()[1]),
        (code, _) => format!("error {code}"),
    }
}

fn finish() -> String {
    done(unsafe { WSACleanup() })
}

fn opened(to: &mut SOCKET, from: SOCKET) -> String {
    if from == INVALID_SOCKET {
        return last();
    }
    *to = from;
    "ok".into()
}

fn open_socket(to: &mut SOCKET, family: i32, kind: i32, protocol: i32) -> String {
    opened(to, unsafe { socket(family, kind, protocol) })
}

fn open_with(to: &mut SOCKET, family: i32, kind: i32, protocol: i32, flags: u32) -> String {
    opened(to, unsafe { WSASocketW(family, kind, protocol, null(), 0, flags) })
}

fn close_socket(s: SOCKET) -> String {
    done(unsafe { closesocket(s) })
}

/// A SOCKADDR_IN or SOCKADDR_IN6: ports and addresses stand in network order.
#[repr(C, align(8))]
struct Name([u8; 128]);

impl Name {
    fn of(ip: &str, port: u16, scope: u32) -> (Name, i32) {
        let mut bytes = [0; 128];
        bytes[2..4].copy_from_slice(&port.to_be_bytes());
        let length = match ip.parse().expect("an address") {
            IpAddr::V4(v4) => {
                bytes[..2].copy_from_slice(&AF_INET.to_ne_bytes());
                bytes[4..8].copy_from_slice(&v4.octets());
                16
            }
            IpAddr::V6(v6) => {
                bytes[..2].copy_from_slice(&AF_INET6.to_ne_bytes());
                bytes[8..24].copy_from_slice(&v6.octets());
                bytes[24..28].copy_from_slice(&scope.to_ne_bytes());
                28
            }
        };
        (Name(bytes), length)
    }

    fn address(&self) -> SocketAddr {
        let part = |from: usize| <[u8; 4]>::try_from(&self.0[from..from + 4]).expect("four bytes");
        let port = u16::from_be_bytes([self.0[2], self.0[3]]);
        if u16::from_ne_bytes([self.0[0], self.0[1]]) == AF_INET6 {
            let ip = <[u8; 16]>::try_from(&self.0[8..24]).expect("sixteen bytes");
            let (flow, scope) = (u32::from_ne_bytes(part(4)), u32::from_ne_bytes(part(24)));
            SocketAddrV6::new(Ipv6Addr::from(ip), port, flow, scope).into()
        } else {
            SocketAddrV4::new(Ipv4Addr::from(part(4)), port).into()
        }
    }
}

type GiveName = unsafe extern "system" fn(SOCKET, *mut SOCKADDR, *mut i32) -> i32;

fn name(s: SOCKET, give: GiveName) -> Result<SocketAddr, String> {
    let (mut name, mut length) = (Name([0; 128]), 128);
    let code = unsafe { give(s, (&raw mut name).cast(), &mut length) };
    if code == 0 { Ok(name.address()) } else { Err(last()) }
}

fn local_name(s: SOCKET) -> String {
    name(s, getsockname).map_or_else(|error| error, |name| name.to_string())
}

fn peer_name(s: SOCKET) -> String {
    name(s, getpeername).map_or_else(|error| error, |name| name.to_string())
}

/// The local port, where a call has succeeded that may have given one.
fn local_port(s: SOCKET, code: i32) -> String {
    if code == SOCKET_ERROR {
        return last();
    }
    name(s, getsockname).map_or_else(|error| error, |name| name.port().to_string())
}

fn bind_to(s: SOCKET, ip: &str, port: u16, scope: u32) -> String {
    let (name, length) = Name::of(ip, port, scope);
    local_port(s, unsafe { bind(s, (&raw const name).cast(), length) })
}

fn listen_on(s: SOCKET) -> String {
    done(unsafe { listen(s, 5) })
}

fn connect_to(s: SOCKET, ip: &str, port: u16, scope: u32) -> String {
    let (name, length) = Name::of(ip, port, scope);
    local_port(s, unsafe { connect(s, (&raw const name).cast(), length) })
}

fn disconnect(s: SOCKET) -> String {
    let name = Name([0; 128]);
    done(unsafe { connect(s, (&raw const name).cast(), 28) })
}

fn send_to(s: SOCKET, ip: &str, port: u16, scope: u32) -> String {
    let (name, length) = Name::of(ip, port, scope);
    local_port(s, unsafe { sendto(s, c"".as_ptr().cast(), 0, 0, (&raw const name).cast(), length) })
}

fn accept_from(s: SOCKET, to: &mut SOCKET) -> String {
    if is_left_alone(s) {
        return "nobody has connected".into();
    }
    opened(to, unsafe { accept(s, null_mut(), null_mut()) })
}

/// Waits at most two seconds for somebody to connect to a socket that listens; any other is refused at once.
#[cfg(windows)]
fn is_left_alone(s: SOCKET) -> bool {
    let (mut listens, mut length) = (0_u32, 4);
    let code = unsafe {
        getsockopt(s, SOL_SOCKET, SO_ACCEPTCONN, (&raw mut listens).cast(), &mut length)
    };
    let mut arrived = FD_SET { fd_count: 1, fd_array: [s; 64] };
    let patience = TIMEVAL { tv_sec: 2, tv_usec: 0 };
    code == 0
        && listens != 0
        && unsafe { select(0, &mut arrived, null_mut(), null_mut(), &patience) } == 0
}

/// On the simulator there always is a connection.
#[cfg(not(windows))]
fn is_left_alone(_: SOCKET) -> bool {
    false
}

fn set_option(s: SOCKET, level: i32, option: i32, value: u32) -> String {
    done(unsafe { setsockopt(s, level, option, (&raw const value).cast(), 4) })
}

fn get_option(s: SOCKET, level: i32, option: i32, is_structure: bool) -> String {
    let mut room = [0_u64; 128];
    let mut length = if is_structure { 1024 } else { 4 };
    let code = unsafe { getsockopt(s, level, option, (&raw mut room).cast(), &mut length) };
    match code {
        0 if is_structure => "ok".into(),
        0 => (room[0] as u32).to_string(),
        _ => last(),
    }
}

fn control(s: SOCKET, command: i32, mut value: u32, gives: bool) -> String {
    match unsafe { ioctlsocket(s, command, &mut value) } {
        0 if gives => value.to_string(),
        code => done(code),
    }
}

/// StartPort stands in network order, NumberOfPorts in host order.
fn acquire(s: SOCKET, first: u16, count: u16, token: &mut u64) -> String {
    let wanted = INET_PORT_RANGE { StartPort: first.to_be(), NumberOfPorts: count };
    let mut given = INET_PORT_RESERVATION_INSTANCE::default();
    let (input, output, mut bytes) = (&raw const wanted, &raw mut given, 0);
    let (sizes, code) = ((size_of_val(&wanted), size_of_val(&given)), SIO_ACQUIRE_PORT_RESERVATION);
    let done = unsafe {
        let (long, room) = (sizes.0 as u32, sizes.1 as u32);
        WSAIoctl(s, code, input.cast(), long, output.cast(), room, &mut bytes, null_mut(), None)
    };
    if done != 0 {
        return last();
    }
    let INET_PORT_RANGE { StartPort, NumberOfPorts } = given.Reservation;
    *token = given.Token.Token;
    format!("{}+{NumberOfPorts}", u16::from_be(StartPort))
}

fn give<T>(s: SOCKET, code: u32, input: &T) -> String {
    let (long, mut bytes) = (size_of::<T>() as u32, 0);
    let input: *const c_void = (&raw const *input).cast();
    done(unsafe { WSAIoctl(s, code, input, long, null_mut(), 0, &mut bytes, null_mut(), None) })
}

fn associate(s: SOCKET, token: u64) -> String {
    give(s, SIO_ASSOCIATE_PORT_RESERVATION, &token)
}

fn release(s: SOCKET, token: u64) -> String {
    give(s, SIO_RELEASE_PORT_RESERVATION, &token)
}

fn run_on(s: SOCKET, processor: u16) -> String {
    give(s, SIO_CPU_AFFINITY, &processor)
}

fn reserve(
    function: unsafe extern "system" fn(u16, u16, *mut u64) -> u32,
    first: u16,
    count: u16,
    token: &mut u64,
) -> String {
    match unsafe { function(first.to_be(), count, token) } {
        0 => "ok".into(),
        code => error(code),
    }
}

fn unreserve(
    function: unsafe extern "system" fn(u16, u16) -> u32,
    first: u16,
    count: u16,
) -> String {
    match unsafe { function(first.to_be(), count) } {
        0 => "ok".into(),
        code => error(code),
    }
}
