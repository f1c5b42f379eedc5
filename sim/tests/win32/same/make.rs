//! The calls as programs make them.

use std::ffi::c_void;
use std::ptr::{null_mut, without_provenance_mut};

use portres_sim::iphlpapi::*;
use portres_sim::model::{
    Buffer, Command, Control, Frame, NameBuffer, Output, Overlapped, Pointer, Protocol, Routine,
};

use super::*;

/// Nowhere, and not NULL.
const NOWHERE: usize = 8;

fn at<T>(pointer: Pointer, good: *mut T) -> *mut T {
    match pointer {
        Pointer::Good => good,
        Pointer::Null => null_mut(),
        Pointer::Bad => without_provenance_mut(NOWHERE),
    }
}

fn named<T>(name: NameBuffer, good: *mut T) -> *mut T {
    match name {
        NameBuffer::Good | NameBuffer::Short => good,
        NameBuffer::Null => null_mut(),
        NameBuffer::Bad => without_provenance_mut(NOWHERE),
    }
}

fn passed<T>(exact: usize, buffer: Buffer, good: *mut T) -> (*mut T, u32) {
    let length = match buffer {
        Buffer::Exact => exact,
        Buffer::Short => exact - 1,
        Buffer::Empty => 0,
        Buffer::Tiny => 1,
        Buffer::Long => exact + 8,
        Buffer::Null | Buffer::Bad => exact.max(16),
    };
    let to = match buffer {
        Buffer::Null => null_mut(),
        Buffer::Bad => without_provenance_mut(NOWHERE),
        _ => good,
    };
    (to, length as u32)
}

unsafe extern "system" fn routine(_: u32, _: u32, _: *mut OVERLAPPED, _: u32) {}

impl Twins {
    fn handle(&self, id: SocketId) -> SOCKET {
        let known = self.handles.iter().find(|(known, _)| *known == id);
        known.map_or(INVALID_SOCKET, |(_, handle)| *handle)
    }

    fn number(&self, token: Token) -> u64 {
        match token {
            Token::ZERO => 0,
            token => {
                let known = self.tokens.iter().find(|(known, _)| *known == token);
                known.map_or(0xdead_beef, |(_, number)| *number)
            }
        }
    }

    pub(super) fn make(&mut self, who: usize, call: &Call) -> Seen {
        let socket = call.socket().map_or(INVALID_SOCKET, |id| self.handle(id));
        unsafe {
            match *call {
                Call::Startup(_) => returned(WSAStartup(0x0202, &mut WSADATA::default())),
                Call::Cleanup => done(WSACleanup()),
                Call::Open { family, kind, protocol, attributes, .. } => {
                    let overlapped =
                        if attributes.non_overlapped { 0 } else { WSA_FLAG_OVERLAPPED };
                    let closed = if attributes.no_inherit { WSA_FLAG_NO_HANDLE_INHERIT } else { 0 };
                    opened(WSASocketW(family, kind, protocol, null(), 0, overlapped | closed))
                }
                Call::SetSockOpt { option, value, optval, .. } => {
                    let ((level, number), mut value) = (option.numbers(), u64::from(value));
                    let from = at(optval.value, (&raw mut value).cast());
                    done(setsockopt(socket, level, number, from, optval.length.unwrap_or(4)))
                }
                Call::GetSockOpt { option, optval, .. } => {
                    let ((level, number), mut value) = (option.numbers(), 0_u64);
                    let mut length = optval.length.unwrap_or(4);
                    let to = at(optval.value, (&raw mut value).cast());
                    let code = getsockopt(socket, level, number, to, &mut length);
                    let before = optval.length.unwrap_or(4);
                    let count = written(length as u32, before as u32);
                    self.count = (count != Bytes::Untouched || code != 0).then_some(count);
                    // the values are small
                    or(code, Seen::Value(value as u32))
                }
                Call::IoctlSocket { command, argument, .. } => {
                    let (code, mut value) = match command {
                        Command::Block(value) => (FIONBIO, value),
                        Command::Unread => (FIONREAD, 9),
                        Command::AtMark => (SIOCATMARK, 9),
                    };
                    let code = ioctlsocket(socket, code, at(argument, &mut value));
                    or(
                        code,
                        if let Command::Block(_) = command {
                            Seen::Done
                        } else {
                            Seen::Value(value)
                        },
                    )
                }
                Call::Bind { address, name, .. } => {
                    let (raw, mut length) = raw(&address.to_string());
                    if name == NameBuffer::Short {
                        length -= 1;
                    }
                    done(bind(socket, named(name, (&raw const raw).cast_mut().cast()), length))
                }
                Call::GetSockName { name, .. } => self.name_of(getsockname, socket, name),
                Call::GetPeerName { name, .. } => self.name_of(getpeername, socket, name),
                Call::Listen { .. } => done(listen(socket, 5)),
                Call::Connect { address, .. } => {
                    let (raw, length) = raw(&address.to_string());
                    done(connect(socket, (&raw const raw).cast(), length))
                }
                Call::Disconnect { .. } => {
                    let unspecified = SOCKADDR_IN6::default();
                    done(connect(socket, (&raw const unspecified).cast(), 28))
                }
                Call::Accept { .. } => opened(accept(socket, null_mut(), null_mut())),
                Call::SendTo { address, .. } => {
                    let (raw, length) = raw(&address.to_string());
                    done(sendto(socket, null(), 0, 0, (&raw const raw).cast(), length))
                }
                Call::CloseSocket { .. } => done(closesocket(socket)),
                Call::Duplicate { process, null, .. } => self.duplicate(socket, process, null),
                Call::Affinity { processor, .. } => {
                    let from = (&raw const processor).cast();
                    let (code, mut bytes) = (SIO_CPU_AFFINITY, 0);
                    done(WSAIoctl(
                        socket,
                        code,
                        from,
                        2,
                        null_mut(),
                        0,
                        &mut bytes,
                        null_mut(),
                        None,
                    ))
                }
                Call::Acquire { range, frame, .. } => {
                    let range = [range.start.to_be_bytes(), range.count.to_ne_bytes()].concat();
                    let code = SIO_ACQUIRE_PORT_RESERVATION;
                    self.control(who, socket, code, (&range, 16), frame, |output| {
                        let [s0, s1, n0, n1, _, _, _, _, token @ ..] = *output;
                        let (start, count) =
                            (u16::from_be_bytes([s0, s1]), u16::from_ne_bytes([n0, n1]));
                        Seen::Reserved(start, count, u64::from_ne_bytes(token))
                    })
                }
                Call::Associate { token, frame, .. } => {
                    let token = self.number(token).to_ne_bytes();
                    let code = SIO_ASSOCIATE_PORT_RESERVATION;
                    self.control(who, socket, code, (&token, 0), frame, |_| Seen::Done)
                }
                Call::Release { token, frame, .. } => {
                    let token = self.number(token).to_ne_bytes();
                    let code = SIO_RELEASE_PORT_RESERVATION;
                    self.control(who, socket, code, (&token, 0), frame, |_| Seen::Done)
                }
                Call::Ioctl { code, frame, .. } => {
                    let known = Control::of(code);
                    let output =
                        known.map_or(0, |k| if k.output == Output::Nothing { 0 } else { 4 });
                    let input = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
                    let input = &input[..known.map_or(0, |known| known.input as usize)];
                    let number = known.is_some_and(|known| known.output == Output::Number);
                    self.control(who, socket, code, (input, output), frame, |output| {
                        let [a, b, c, d, ..] = *output;
                        if number {
                            Seen::Value(u32::from_ne_bytes([a, b, c, d]))
                        } else {
                            Seen::Done
                        }
                    })
                }
                Call::Create { protocol, range, .. } => {
                    let mut token = 0;
                    let function = match protocol {
                        Protocol::Tcp => CreatePersistentTcpPortReservation,
                        Protocol::Udp => CreatePersistentUdpPortReservation,
                    };
                    given(
                        function(range.start.to_be(), range.count, &mut token),
                        Seen::Token(token),
                    )
                }
                Call::Lookup { protocol, range, .. } => {
                    let mut token = 0;
                    let function = match protocol {
                        Protocol::Tcp => LookupPersistentTcpPortReservation,
                        Protocol::Udp => LookupPersistentUdpPortReservation,
                    };
                    given(
                        function(range.start.to_be(), range.count, &mut token),
                        Seen::Token(token),
                    )
                }
                Call::Delete { protocol, range } => {
                    let function = match protocol {
                        Protocol::Tcp => DeletePersistentTcpPortReservation,
                        Protocol::Udp => DeletePersistentUdpPortReservation,
                    };
                    given(function(range.start.to_be(), range.count), Seen::Done)
                }
                _ => panic!("no such call is drawn: {call:?}"),
            }
        }
    }

    fn control(
        &mut self,
        who: usize,
        socket: SOCKET,
        code: u32,
        (input, output): (&[u8], usize),
        frame: Frame,
        seen: impl Fn(&[u8; 16]) -> Seen,
    ) -> Seen {
        // how many bytes an unseen structure has is the functions' own
        let told = Control::of(code).is_none_or(|known| known.output != Output::Sized);
        let mut given = [0_u8; 64];
        given[..input.len()].copy_from_slice(input);
        let place = frame.request().map(|request| self.seen[request.0 as usize - 1]);
        assert!(place.is_none_or(|(of, _)| of == who));
        let structure = place.map_or(0, |(_, structure)| structure);
        let from = given.as_mut_ptr().cast::<c_void>();
        let (from, length) = passed(input.len(), frame.input, from);
        let (to, room) = passed(output, frame.output, self.outputs[structure].as_mut_ptr());
        let overlapped = match frame.overlapped {
            Overlapped::None => null_mut(),
            Overlapped::Of(_) => &raw mut *self.structures[structure],
            Overlapped::Bad => without_provenance_mut(NOWHERE),
        };
        let routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE = match frame.routine {
            Routine::None => None,
            Routine::Given => Some(routine),
            // a pointer to a function need only be no NULL, and nobody calls it
            Routine::Bad => unsafe {
                std::mem::transmute::<usize, LPWSAOVERLAPPED_COMPLETION_ROUTINE>(NOWHERE)
            },
        };
        let mut count = BEFORE;
        let bytes = at(frame.bytes, &mut count);
        let to = to.cast();
        let code =
            unsafe { WSAIoctl(socket, code, from, length, to, room, bytes, overlapped, routine) };
        self.count = (told && frame.bytes == Pointer::Good).then(|| written(count, BEFORE));
        let output = self.outputs[structure].first_chunk().expect("room");
        or(code, seen(output))
    }

    fn name_of(
        &mut self,
        function: unsafe extern "system" fn(SOCKET, *mut SOCKADDR, *mut i32) -> i32,
        socket: SOCKET,
        buffer: NameBuffer,
    ) -> Seen {
        let mut name = SOCKADDR_IN6::default();
        // one byte is short for either family
        let mut length = if buffer == NameBuffer::Short { 15 } else { 28 };
        let before = length as u32;
        let code = unsafe { function(socket, named(buffer, (&raw mut name).cast()), &mut length) };
        // a name of 28 bytes leaves what was there
        let same = length as u32 == before && code == 0;
        self.count = (!same).then(|| written(length as u32, before));
        if code != 0 {
            return done(code);
        }
        let port = u16::from_be(name.sin6_port);
        let v4 = unsafe { (&raw const name).cast::<SOCKADDR_IN>().read() };
        Seen::Name(match (name.sin6_family, length) {
            (AF_INET, 16) => (unsafe { v4.sin_addr.S_un.S_addr }.to_ne_bytes(), port).into(),
            (AF_INET6, 28) => (unsafe { name.sin6_addr.u.Byte }, port).into(),
            other => panic!("a name of {other:?}"),
        })
    }

    fn duplicate(&self, socket: SOCKET, process: ProcessId, null: bool) -> Seen {
        let mut info = WSAPROTOCOL_INFOW::default();
        let number = if process == ProcessId(0) { 3 } else { 4 * process.0 };
        let to = if null { null_mut() } else { &raw mut info };
        let code = unsafe { WSADuplicateSocketW(socket, number, to) };
        if code != 0 {
            return done(code);
        }
        let any = FROM_PROTOCOL_INFO;
        let pick_up = || unsafe { WSASocketW(any, any, any, &info, 0, WSA_FLAG_OVERLAPPED) };
        let new = self.programs[process.0 as usize - 1].run(pick_up);
        if new == INVALID_SOCKET && last() == WSANOTINITIALISED as u32 {
            // it waits until the process has started Winsock
            return Seen::Socket(info.dwProviderReserved as SOCKET);
        }
        opened(new)
    }
}

fn written(count: u32, before: u32) -> Bytes {
    if count == before { Bytes::Untouched } else { Bytes::Wrote(count) }
}

fn last() -> u32 {
    unsafe { WSAGetLastError() as u32 }
}

fn done(code: i32) -> Seen {
    or(code, Seen::Done)
}

fn or(code: i32, seen: Seen) -> Seen {
    if code == 0 { seen } else { Seen::Failed(last()) }
}

fn opened(socket: SOCKET) -> Seen {
    if socket == INVALID_SOCKET { Seen::Failed(last()) } else { Seen::Socket(socket) }
}

fn returned(code: i32) -> Seen {
    given(code as u32, Seen::Done)
}

fn given(code: u32, seen: Seen) -> Seen {
    if code == 0 { seen } else { Seen::Failed(code) }
}
