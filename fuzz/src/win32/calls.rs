//! One call of a function, with what it is passed.
#![expect(unsafe_code, reason = "the functions have the signatures of the real ones")]

use std::ptr::null_mut;

use portres_sim::iphlpapi::*;
use portres_sim::windows_sys::Win32::Foundation::{CloseHandle, HANDLE};
use portres_sim::windows_sys::Win32::System::IO::{CancelIoEx, GetOverlappedResult, OVERLAPPED};
use portres_sim::windows_sys::Win32::System::Threading::{
    CreateEventW, GetCurrentProcessId, ResetEvent, SetEvent, SleepEx, WaitForMultipleObjectsEx,
    WaitForSingleObject, WaitForSingleObjectEx,
};
use portres_sim::winsock::*;

use super::buffers::{Buffers, Passed};
use super::program::Known;
use crate::draw::Draw;

/// Starts Winsock.
pub(super) fn start() {
    // SAFETY: the structure lives through the call.
    let started = unsafe { WSAStartup(0x0202, &mut WSADATA::default()) };
    assert_eq!(started, 0);
}

/// One of two programs calls, with arguments that are drawn.
type Function = fn(&mut [Known; 2], usize, &mut Draw<'_>);

/// What may be called, and how often.
const FUNCTIONS: &[(usize, Function)] = &[
    (10, opens),
    (10, binds),
    (8, names),
    (5, connects),
    (5, options),
    (24, ioctls),
    (6, results),
    (4, waits),
    (4, events),
    (6, persistent),
    (4, handles),
    (1, starts),
];

/// Calls a function.
pub(super) fn make(programs: &mut [Known; 2], which: usize, draw: &mut Draw<'_>) {
    let function = draw.weighted(FUNCTIONS);
    function(programs, which, draw);
}

fn starts(programs: &mut [Known; 2], which: usize, draw: &mut Draw<'_>) {
    let mut room = Buffers::default();
    let data = room.structure(size_of::<WSADATA>(), draw);
    let version = draw.pick(&[0x0202, 0x0101, 0, 0xffff]);
    // SAFETY: good pointers lead to room for the structure.
    unsafe {
        if draw.one_in(2) {
            WSAStartup(version, data.at.cast());
        } else {
            WSACleanup();
            programs[which].sockets.retain(|_| draw.one_in(2));
        }
        WSASetLastError(draw.byte().into());
        WSAGetLastError();
    }
}

fn opens(programs: &mut [Known; 2], which: usize, draw: &mut Draw<'_>) {
    let known = &mut programs[which];
    let family = draw.pick(&[2, 2, 2, 23, 0, -1]);
    let (kind, protocol) = draw.pick(&[(1, 6), (2, 17), (1, 0), (2, 0), (3, 1), (-1, 300)]);
    let mut room = Buffers::default();
    let info = match draw.below(6) {
        1 => room.structure(size_of::<WSAPROTOCOL_INFOW>(), draw),
        2..=3 if !known.arriving.is_empty() => {
            let place = draw.below(known.arriving.len());
            room.of(&known.arriving[place])
        }
        _ => Passed { at: null_mut(), length: 0 },
    };
    let flags = draw.pick(&[WSA_FLAG_OVERLAPPED, 0, WSA_FLAG_NO_HANDLE_INHERIT, u32::MAX]);
    // SAFETY: good pointers lead to room for the structure.
    let new = unsafe {
        match draw.one_in(2) {
            true => socket(family, kind, protocol),
            false => WSASocketW(family, kind, protocol, info.at.cast(), 0, flags),
        }
    };
    if new != INVALID_SOCKET {
        known.sockets.push(new);
    }
}

/// The bytes of an address, mostly those of a structure that fits.
fn address(draw: &mut Draw<'_>) -> Vec<u8> {
    let (family, size) =
        draw.pick(&[(AF_INET, 16), (AF_INET, 16), (AF_INET6, 28), (AF_UNSPEC, 16), (99, 20)]);
    let mut bytes = vec![0; size];
    bytes[..2].copy_from_slice(&family.to_ne_bytes());
    let port = if draw.one_in(3) { 0 } else { draw.port(5000..=5031) };
    bytes[2..4].copy_from_slice(&port.to_be_bytes());
    match (draw.below(4), size) {
        (1, 16) => bytes[4..8].copy_from_slice(&[127, 0, 0, 1]),
        (1, 28) => bytes[23] = 1,
        (2, _) => bytes[4] = draw.byte(),
        _ => {}
    }
    bytes
}

fn binds(programs: &mut [Known; 2], which: usize, draw: &mut Draw<'_>) {
    let known = &programs[which];
    let (s, mut room) = (known.socket(draw), Buffers::default());
    let (name, length) = room.sized(&address(draw), draw);
    // SAFETY: good pointers lead to as many bytes as the length says.
    unsafe {
        match draw.below(4) {
            0 => listen(s, draw.byte().into()),
            _ => bind(s, name.at.cast(), length),
        };
    }
}

fn names(programs: &mut [Known; 2], which: usize, draw: &mut Draw<'_>) {
    let known = &mut programs[which];
    let (s, mut room) = (known.socket(draw), Buffers::default());
    let (name, length) = room.sized(&[0x77; 28], draw);
    let length = room.or_none(&length.to_ne_bytes(), draw);
    // SAFETY: good pointers lead to as many bytes as the length says.
    unsafe {
        match draw.below(4) {
            0 => {
                let new = accept(s, name.at.cast(), length.at.cast());
                if new != INVALID_SOCKET {
                    known.sockets.push(new);
                }
            }
            1 => _ = getpeername(s, name.at.cast(), length.at.cast()),
            _ => _ = getsockname(s, name.at.cast(), length.at.cast()),
        }
    }
}

fn connects(programs: &mut [Known; 2], which: usize, draw: &mut Draw<'_>) {
    let known = &mut programs[which];
    let (s, mut room) = (known.socket(draw), Buffers::default());
    let (name, length) = room.sized(&address(draw), draw);
    let (data, size) = room.sized(&[1; 5], draw);
    // SAFETY: good pointers lead to as many bytes as the length says.
    unsafe {
        match draw.below(4) {
            0 => _ = sendto(s, data.at, size, 0, name.at.cast(), length),
            1 => connect_ex(known, s, (name, length), draw),
            _ => _ = connect(s, name.at.cast(), length),
        }
    }
}

/// `ConnectEx`, if the socket gives it.
fn connect_ex(known: &mut Known, s: SOCKET, (name, length): (Passed, i32), draw: &mut Draw<'_>) {
    let mut room = Buffers::default();
    // SAFETY: a GUID is plain numbers without gaps.
    let guid: [u8; 16] = unsafe { std::mem::transmute(WSAID_CONNECTEX) };
    let (guid, guid_length) = room.sized(&guid, draw);
    let (function, function_length) = room.sized(&[0; 8], draw);
    let count = room.or_none(&[0; 4], draw);
    let code = SIO_GET_EXTENSION_FUNCTION_POINTER;
    // SAFETY: good pointers lead to as many bytes as the lengths say, and what is given is the function that was asked for.
    unsafe {
        let (guid_length, function_length) =
            (guid_length.max(0) as u32, function_length.max(0) as u32);
        let told = WSAIoctl(
            s,
            code,
            guid.at.cast(),
            guid_length,
            function.at.cast(),
            function_length,
            count.at.cast(),
            null_mut(),
            None,
        );
        let given = function.read::<8>().filter(|address| told == 0 && *address != [0; 8]);
        let Some(address) = given else { return };
        let connect: LPFN_CONNECTEX = std::mem::transmute(address);
        let sent = room.or_none(&[0; 4], draw);
        let structure = known.request(draw);
        if let (Some(connect), false) = (connect, known.pends(structure)) {
            connect(s, name.at.cast(), length, null_mut(), 0, sent.at.cast(), structure);
        }
    }
}

fn options(programs: &mut [Known; 2], which: usize, draw: &mut Draw<'_>) {
    let known = &programs[which];
    let (s, mut room) = (known.socket(draw), Buffers::default());
    let (level, option) = draw.pick(&[
        (SOL_SOCKET, SO_REUSEADDR),
        (SOL_SOCKET, SO_EXCLUSIVEADDRUSE),
        (IPPROTO_IPV6, IPV6_V6ONLY),
        (SOL_SOCKET, 0x2005),
        (SOL_SOCKET, 0x3005),
        (SOL_SOCKET, 0x3006),
        (SOL_SOCKET, 0x3007),
        (SOL_SOCKET, 0x1009),
        (SOL_SOCKET, 0x1008),
        (SOL_SOCKET, 0x7001),
        (-1, 0x1234),
    ]);
    let large = draw.one_in(4);
    let wanted: &[u8] = if large { &[1; size_of::<WSAPROTOCOL_INFOW>()] } else { &[1, 0, 0, 0] };
    let (value, length) = room.sized(wanted, draw);
    // SAFETY: good pointers lead to as many bytes as the length says.
    unsafe {
        match draw.below(3) {
            0 => {
                let length = room.or_none(&length.to_ne_bytes(), draw);
                getsockopt(s, level, option, value.at, length.at.cast());
            }
            1 => {
                let argument = room.structure(4, draw);
                let command = draw.pick(&[FIONBIO, FIONREAD, SIOCATMARK, 0x4004_667f, 0, -1]);
                ioctlsocket(s, command, argument.at.cast());
            }
            _ => _ = setsockopt(s, level, option, value.at, length),
        }
    }
}

/// A routine, as a program has it: it looks at its structure.
unsafe extern "system" fn routine(_: u32, _: u32, structure: *mut OVERLAPPED, _: u32) {
    // SAFETY: the structure of a request with a routine lives until that has run.
    let status = unsafe { (&raw const (*structure).Internal).read_unaligned() };
    assert_ne!(status, 0x103, "a routine runs for what is pending");
}

fn ioctls(programs: &mut [Known; 2], which: usize, draw: &mut Draw<'_>) {
    let known = &mut programs[which];
    let s = known.socket(draw);
    let (code, input) = control(known, draw);
    let mut room = Buffers::default();
    let (input, input_length) = room.sized(&input, draw);
    let structure = if draw.one_in(3) { known.request(draw) } else { null_mut() };
    // what is pending is not used again: no program may do that
    let structure = if known.pends(structure) { null_mut() } else { structure };
    let (mut output, output_length) = room.sized(&[0x33; 16], draw);
    if output.at.addr() >= 0x1_0000 {
        let bytes = vec![0x33; output.length];
        output = known.output_of(structure, &bytes).unwrap_or(output);
    }
    let count = room.or_none(&[9; 4], draw);
    let then: LPWSAOVERLAPPED_COMPLETION_ROUTINE = draw.one_in(4).then_some(routine);
    // SAFETY: good pointers lead to as many bytes as the lengths say; structure and output live until the request has ended.
    let told = unsafe {
        WSAIoctl(
            s,
            code,
            input.at.cast(),
            input_length.max(0) as u32,
            output.at.cast(),
            output_length.max(0) as u32,
            count.at.cast(),
            structure,
            then,
        )
    };
    // SAFETY: it takes nothing.
    let pends = told != 0 && unsafe { WSAGetLastError() } == WSA_IO_PENDING;
    if let Some(request) = known.requests.iter_mut().find(|r| r.structure == structure) {
        request.pends = pends;
        request.routine |= then.is_some() && (pends || told == 0);
    }
    if told == 0 && code == SIO_ACQUIRE_PORT_RESERVATION {
        if let Some(instance) = output.read::<16>() {
            known.tokens.push(u64::from_ne_bytes(instance[8..].try_into().expect("eight bytes")));
        }
    }
}

/// A control code, and what it takes.
fn control(known: &Known, draw: &mut Draw<'_>) -> (u32, Vec<u8>) {
    let code = draw.weighted(&[
        (8, SIO_ACQUIRE_PORT_RESERVATION),
        (6, SIO_ASSOCIATE_PORT_RESERVATION),
        (3, SIO_RELEASE_PORT_RESERVATION),
        (1, SIO_CPU_AFFINITY),
        (1, SIO_ROUTING_INTERFACE_QUERY),
        (1, SIO_ADDRESS_LIST_QUERY),
        (1, SIO_BASE_HANDLE),
        (1, portres_model::Control::GET_INTERFACE_LIST),
        (1, SIO_KEEPALIVE_VALS),
        (1, SIO_GET_EXTENSION_FUNCTION_POINTER),
        (1, FIONBIO as u32),
        (1, FIONREAD as u32),
        (1, 0x9800_0067),
    ]);
    let input = match code {
        SIO_ACQUIRE_PORT_RESERVATION => {
            let start = if draw.one_in(4) { 0 } else { draw.port(5000..=5031) };
            let count = draw.pick(&[1, 2, 10, 0, 0xffff]);
            [start.to_be_bytes(), u16::to_ne_bytes(count)].concat()
        }
        SIO_ASSOCIATE_PORT_RESERVATION | SIO_RELEASE_PORT_RESERVATION => {
            known.token(draw).to_ne_bytes().to_vec()
        }
        SIO_CPU_AFFINITY => vec![1, 0],
        SIO_ROUTING_INTERFACE_QUERY => address(draw),
        SIO_KEEPALIVE_VALS => vec![0; 12],
        _ => vec![1; draw.below(20)],
    };
    (code, input)
}

fn results(programs: &mut [Known; 2], which: usize, draw: &mut Draw<'_>) {
    let known = &mut programs[which];
    let (s, mut room) = (known.socket(draw), Buffers::default());
    let structure = known.request(draw);
    let (count, flags) = (room.structure(4, draw), room.structure(4, draw));
    // a wait for what nobody has begun has no end
    let wait = i32::from(known.pends(structure) && draw.one_in(2));
    // SAFETY: good pointers lead to room for the numbers, and the structure lives.
    unsafe {
        match draw.below(8) {
            0 => _ = CancelIoEx(std::ptr::without_provenance_mut(s), structure),
            1..=2 => {
                let file = std::ptr::without_provenance_mut(s);
                GetOverlappedResult(file, structure, count.at.cast(), wait);
            }
            3..=6 => {
                WSAGetOverlappedResult(s, structure, count.at.cast(), wait, flags.at.cast());
            }
            _ => known.free(),
        }
    }
}

/// Waits that end at once.
fn waits(programs: &mut [Known; 2], which: usize, draw: &mut Draw<'_>) {
    let known = &mut programs[which];
    let mut room = Buffers::default();
    let handles: Vec<HANDLE> = (0..draw.below(5)).map(|_| known.event(draw)).collect();
    let bytes: Vec<u8> = handles.iter().flat_map(|handle| handle.addr().to_ne_bytes()).collect();
    let passed = room.or_none(&bytes, draw);
    let (count, all, alertable) =
        (handles.len() as u32, i32::from(draw.one_in(2)), i32::from(draw.one_in(2)));
    // more than there may be are not looked at
    let count = if draw.one_in(16) { 65 } else { count };
    let event = known.event(draw);
    // SAFETY: good pointers lead to as many handles, and structures with a routine live until it has run.
    unsafe {
        match draw.below(5) {
            0 => WaitForSingleObject(event, 0),
            1 => WaitForSingleObjectEx(event, 0, alertable),
            2 => WaitForMultipleObjectsEx(count, passed.at.cast(), all, 0, alertable),
            3 => WSAWaitForMultipleEvents(count, passed.at.cast(), all, 0, alertable),
            _ => SleepEx(0, alertable),
        };
    }
}

fn events(programs: &mut [Known; 2], which: usize, draw: &mut Draw<'_>) {
    let known = &mut programs[which];
    let (event, mut room) = (known.event(draw), Buffers::default());
    let name = room.of(b"x\0\0\0").at;
    let name = if draw.one_in(8) { name.cast() } else { null_mut() };
    let (manual, set) = (i32::from(draw.one_in(2)), i32::from(draw.one_in(2)));
    // SAFETY: the name ends, and the others take numbers.
    let new: HANDLE = unsafe {
        match draw.below(10) {
            0..=1 => std::ptr::without_provenance_mut(WSACreateEvent() as usize),
            2..=3 => CreateEventW(null_mut(), manual, set, name),
            other => {
                match other {
                    4 => CloseHandle(event),
                    5 => WSACloseEvent(event as WSAEVENT),
                    6 => SetEvent(event),
                    7 => WSASetEvent(event as WSAEVENT),
                    8 => ResetEvent(event),
                    _ => WSAResetEvent(event as WSAEVENT),
                };
                null_mut()
            }
        }
    };
    if !new.is_null() {
        known.events.push(new);
    }
}

fn persistent(programs: &mut [Known; 2], _: usize, draw: &mut Draw<'_>) {
    let mut room = Buffers::default();
    let start = if draw.one_in(6) { 0 } else { draw.port(5000..=5031) }.to_be();
    let count = draw.pick(&[1, 2, 10, 0, 0xffff]);
    let token = room.structure(8, draw);
    let to = token.at.cast();
    // SAFETY: good pointers lead to room for a token.
    let told = unsafe {
        match draw.below(6) {
            0 => CreatePersistentTcpPortReservation(start, count, to),
            1 => CreatePersistentUdpPortReservation(start, count, to),
            2 => LookupPersistentTcpPortReservation(start, count, to),
            3 => LookupPersistentUdpPortReservation(start, count, to),
            4 => DeletePersistentTcpPortReservation(start, count),
            _ => DeletePersistentUdpPortReservation(start, count),
        }
    };
    // both may use it; what a deletion leaves there is a token of nothing
    if let Some(token) = token.read::<8>().filter(|_| told == 0) {
        programs.iter_mut().for_each(|known| known.tokens.push(u64::from_ne_bytes(token)));
    }
}

/// Closing, and passing on.
fn handles(programs: &mut [Known; 2], which: usize, draw: &mut Draw<'_>) {
    let s = programs[which].socket(draw);
    // SAFETY: good pointers lead to room for the structure, the others take numbers.
    unsafe {
        if draw.one_in(2) {
            closesocket(s);
            if draw.one_in(2) {
                programs[which].sockets.retain(|known| *known != s);
            }
            return;
        }
        let to = usize::from(draw.one_in(2)) ^ which;
        let process = if draw.one_in(8) { draw.next() as u32 } else { programs[to].program.id() };
        let mut room = Buffers::default();
        let info = room.structure(size_of::<WSAPROTOCOL_INFOW>(), draw);
        if WSADuplicateSocketW(s, process, info.at.cast()) == 0 {
            let bytes = info.read::<{ size_of::<WSAPROTOCOL_INFOW>() }>();
            programs[to].arriving.extend(bytes.map(Vec::from));
        }
        GetCurrentProcessId();
    }
}
