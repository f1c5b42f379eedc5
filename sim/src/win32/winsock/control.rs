//! `WSAIoctl` and `ioctlsocket`: which call the buffers and pointers make, and where its reply is written.

use std::ffi::c_void;
use std::net::{Ipv4Addr, Ipv6Addr};

use portres_model::{
    Buffer, Bytes, Call, Command, Control, Error, Family, Frame, Output, Overlapped, Pointer,
    PortRange, Reply, Routine, SocketId, Status, Token, Who,
};

use super::data::ConnectEx;
use super::{
    INET_PORT_RANGE, INET_PORT_RESERVATION_INSTANCE, INET_PORT_RESERVATION_TOKEN, INTERFACE_INFO,
    LPFN_CONNECTEX, LPWSAOVERLAPPED_COMPLETION_ROUTINE, SIO_ACQUIRE_PORT_RESERVATION,
    SIO_ASSOCIATE_PORT_RESERVATION, SIO_CPU_AFFINITY, SIO_GET_EXTENSION_FUNCTION_POINTER,
    SIO_RELEASE_PORT_RESERVATION, SOCKET, WSAID_CONNECTEX, done, fails,
};
use crate::host::Inner;
use crate::win32::machine::{Program, current};
use crate::win32::requests::Begun;
use crate::win32::windows_sys::Win32::System::IO::OVERLAPPED;
use crate::win32::windows_sys::core::GUID;
use crate::win32::{address, completion, memory, names, thread};

/// The first bytes of an input: as many as any structure has whose contents matter.
type Input = [u8; 8];

/// The buffers and pointers of an ioctl.
#[derive(Clone, Copy)]
struct Passed {
    input: (*const c_void, u32),
    output: (*mut c_void, u32),
    bytes: *mut u32,
    overlapped: *mut OVERLAPPED,
    routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
}

/// `WSAIoctl`.
pub unsafe extern "system" fn WSAIoctl(
    s: SOCKET,
    dwiocontrolcode: u32,
    lpvinbuffer: *const c_void,
    cbinbuffer: u32,
    lpvoutbuffer: *mut c_void,
    cboutbuffer: u32,
    lpcbbytesreturned: *mut u32,
    lpoverlapped: *mut OVERLAPPED,
    lpcompletionroutine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
) -> i32 {
    let (program, socket) = (current(), names::socket(s));
    let passed = Passed {
        input: (lpvinbuffer, cbinbuffer),
        output: (lpvoutbuffer, cboutbuffer),
        bytes: lpcbbytesreturned,
        overlapped: lpoverlapped,
        routine: lpcompletionroutine,
    };
    // SAFETY: the caller sees to it.
    let input: Input = unsafe { memory::bytes(lpvinbuffer, cbinbuffer as usize) };
    let frame = passed.frame(&program, sizes(&program, socket, dwiocontrolcode));
    if dwiocontrolcode == SIO_GET_EXTENSION_FUNCTION_POINTER {
        // SAFETY: the caller sees to it.
        if let Some(code) = unsafe { extension(&program, socket, &passed) } {
            return code;
        }
    }
    if dwiocontrolcode == SIO_CPU_AFFINITY {
        return affinity(&program, socket, frame.input, input);
    }
    let call = call(&program, socket, dwiocontrolcode, input, frame);
    // SAFETY: the caller sees to it.
    unsafe { passed.make(&program, socket, &call) }
}

/// `ioctlsocket`. A command that is not one of the three of its page is an ioctl with four bytes either way.
pub unsafe extern "system" fn ioctlsocket(s: SOCKET, cmd: i32, argp: *mut u32) -> i32 {
    let (program, socket) = (current(), names::socket(s));
    let argument = memory::kind(argp);
    // SAFETY: the caller sees to it.
    let value = unsafe { memory::get(argp) }.unwrap_or(0);
    let command = match cmd as u32 {
        Control::FIONBIO => Command::Block(value),
        Control::FIONREAD => Command::Unread,
        Control::SIOCATMARK => Command::AtMark,
        code => {
            let (input, output) = sizes(&program, socket, code);
            let of = |exact| buffer(argument, 4, exact);
            let frame = Frame { input: of(input), output: of(output), ..Frame::default() };
            return done(&program.call(&Call::Ioctl { socket, code, frame }));
        }
    };
    let reply = program.call(&Call::IoctlSocket { socket, command, argument });
    if let Reply::Value(value) = reply {
        // SAFETY: the caller sees to it.
        unsafe { memory::put(argp, value) };
    }
    done(&reply)
}

/// The call that a control code makes.
fn call(program: &Program, socket: SocketId, code: u32, input: Input, frame: Frame) -> Call {
    let token = || {
        let number = u64::from_ne_bytes(input);
        let known = program.within(|machine, _| machine.beside().tokens.token(number));
        known.unwrap_or(Token::UNKNOWN)
    };
    match code {
        SIO_ACQUIRE_PORT_RESERVATION => {
            let [s0, s1, n0, n1, ..] = input;
            let start = u16::from_be_bytes([s0, s1]);
            let range = PortRange { start, count: u16::from_ne_bytes([n0, n1]) };
            Call::Acquire { socket, range, frame }
        }
        SIO_ASSOCIATE_PORT_RESERVATION => Call::Associate { socket, token: token(), frame },
        SIO_RELEASE_PORT_RESERVATION => Call::Release { socket, token: token(), frame },
        // the specification's ioctl passes 1
        Control::FIONBIO if frame.is_well_formed() && input[..4] == [0; 4] => {
            Call::ioctl_socket(socket, Command::Block(0))
        }
        _ => Call::Ioctl { socket, code, frame },
    }
}

/// The specification has no word for a wrong input, and the page of `WSAIoctl` says WSAEFAULT.
fn affinity(program: &Program, socket: SocketId, buffer: Buffer, input: Input) -> i32 {
    if !matches!(buffer, Buffer::Exact | Buffer::Long) {
        return fails(program.refuses_handle(socket).unwrap_or(Error::WsaFault));
    }
    let [low, high, ..] = input;
    let processor = u16::from_ne_bytes([low, high]);
    done(&program.call(&Call::Affinity { socket, processor }))
}

/// Gives `ConnectEx`, the one extension function that is simulated. `None` for any other, and for buffers that are too short:
/// a control code that no provider knows.
unsafe fn extension(program: &Program, socket: SocketId, passed: &Passed) -> Option<i32> {
    let (guid, room) = (passed.input, passed.output);
    let exact = guid.1 as usize == size_of::<GUID>() && room.1 as usize >= size_of::<usize>();
    // SAFETY: the caller sees to it.
    let bytes: [u8; 16] = unsafe { memory::bytes(guid.0, guid.1 as usize) };
    let good = memory::kind(room.0) == Pointer::Good && memory::kind(passed.bytes) == Pointer::Good;
    if !exact || !good || bytes != spelled(WSAID_CONNECTEX) {
        return None;
    }
    if let Some(error) = program.refuses_handle(socket) {
        return Some(fails(error));
    }
    let function: LPFN_CONNECTEX = Some(ConnectEx);
    // SAFETY: the caller sees to it, and there is room.
    unsafe {
        memory::put(room.0.cast(), function);
        memory::put(passed.bytes, size_of::<LPFN_CONNECTEX>() as u32);
    }
    Some(0)
}

/// The bytes of a GUID.
fn spelled(guid: GUID) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&guid.data1.to_ne_bytes());
    bytes[4..6].copy_from_slice(&guid.data2.to_ne_bytes());
    bytes[6..8].copy_from_slice(&guid.data3.to_ne_bytes());
    bytes[8..].copy_from_slice(&guid.data4);
    bytes
}

/// The sizes of what a control code takes and gives.
fn sizes(program: &Program, socket: SocketId, code: u32) -> (usize, usize) {
    match code {
        SIO_ACQUIRE_PORT_RESERVATION => {
            (size_of::<INET_PORT_RANGE>(), size_of::<INET_PORT_RESERVATION_INSTANCE>())
        }
        SIO_ASSOCIATE_PORT_RESERVATION | SIO_RELEASE_PORT_RESERVATION => {
            (size_of::<INET_PORT_RESERVATION_TOKEN>(), 0)
        }
        SIO_CPU_AFFINITY => (size_of::<u16>(), 0),
        Control::ROUTING_INTERFACE_QUERY => {
            let size = address::size(address::family_of(program, socket));
            (size, size)
        }
        _ => {
            let known = Control::of(code);
            let output = known.map_or(0, |control| match control.output {
                Output::Nothing => 0,
                Output::Number => 4,
                Output::Sized => told(program, socket, code).len(),
            });
            (known.map_or(0, |control| control.input as usize), output)
        }
    }
}

/// What a control code gives that is neither a number nor a reservation: a list without addresses, the loopback interface,
/// the handle itself, the loopback address.
fn told(program: &Program, socket: SocketId, code: u32) -> Vec<u8> {
    let family = address::family_of(program, socket);
    match code {
        Control::GET_INTERFACE_LIST => {
            let mut interface = vec![0; size_of::<INTERFACE_INFO>()];
            let (name, _) = address::spell((Ipv4Addr::LOCALHOST, 0).into());
            // IFF_UP and IFF_LOOPBACK, and the address behind them
            interface[0] = 1 | 4;
            interface[4..12].copy_from_slice(&name[..8]);
            interface
        }
        Control::BASE_HANDLE => names::handle(socket).to_ne_bytes().to_vec(),
        Control::ROUTING_INTERFACE_QUERY => {
            let (bytes, size) = address::spell(match family {
                Family::V4 => (Ipv4Addr::LOCALHOST, 0).into(),
                Family::V6 => (Ipv6Addr::LOCALHOST, 0).into(),
            });
            bytes[..size].to_vec()
        }
        // the number of addresses
        _ => vec![0; 4],
    }
}

/// A buffer beside the structure that it should hold.
fn buffer(pointer: Pointer, length: usize, exact: usize) -> Buffer {
    match (pointer, length) {
        (_, 0) if exact == 0 => Buffer::Exact,
        (_, 0) => Buffer::Empty,
        (Pointer::Null, _) => Buffer::Null,
        (Pointer::Bad, _) => Buffer::Bad,
        (Pointer::Good, 1) if exact > 1 => Buffer::Tiny,
        (Pointer::Good, _) if length < exact => Buffer::Short,
        (Pointer::Good, _) if length == exact => Buffer::Exact,
        (Pointer::Good, _) => Buffer::Long,
    }
}

impl Passed {
    fn frame(&self, program: &Program, (input, output): (usize, usize)) -> Frame {
        let of = |pointer, length, exact| buffer(pointer, length as usize, exact);
        Frame {
            input: of(memory::kind(self.input.0), self.input.1, input),
            output: of(memory::kind(self.output.0), self.output.1, output),
            bytes: memory::kind(self.bytes),
            overlapped: match memory::kind(self.overlapped) {
                Pointer::Null => Overlapped::None,
                Pointer::Bad => Overlapped::Bad,
                Pointer::Good => {
                    let structure = self.overlapped.expose_provenance();
                    let request = program.within(|machine, who| {
                        machine.beside().requests.of(who.process, structure).id
                    });
                    request.map_or(Overlapped::Bad, Overlapped::Of)
                }
            },
            routine: self.routine_kind(),
        }
    }

    /// Makes the call and writes down what it gives.
    unsafe fn make(&self, program: &Program, socket: SocketId, call: &Call) -> i32 {
        let ignored = program.look(|world| {
            let found = world.socket_of(program.process(), socket);
            found.is_some_and(|(_, socket)| socket.attributes.non_overlapped)
        });
        let told = match *call {
            Call::Ioctl { code, .. } => {
                let known = Control::of(code).filter(|known| known.output == Output::Sized);
                known.map(|_| told(program, socket, code))
            }
            _ => None,
        };
        let request = call.frame().and_then(Frame::request).filter(|_| !ignored);
        if request.is_some() {
            thread::begins(program);
        }
        let reply = program.call_and(call, |machine, who, reply| {
            // SAFETY: the caller sees to it.
            unsafe { self.write(machine, reply, told.as_deref()) };
            let count = match machine.bytes_returned(who.process, call, reply) {
                // the specification knows only that there are some
                Some(Bytes::Wrote(count)) if count != 0 => {
                    Some(told.as_ref().map_or(count, |bytes| bytes.len() as u32))
                }
                Some(Bytes::Wrote(count)) => Some(count),
                Some(Bytes::Untouched) | None => None,
            };
            if let Some(count) = count {
                // SAFETY: the caller sees to it.
                unsafe { memory::put(self.bytes, count) };
            }
            if request.is_some() {
                // SAFETY: the caller sees to it.
                unsafe { self.begun(machine, who, reply, count.unwrap_or(0)) };
            }
        });
        done(&reply)
    }

    /// Writes the output of a call that is done.
    unsafe fn write(&self, machine: &mut Inner, reply: &Reply, told: Option<&[u8]>) {
        let (to, room) = (self.output.0, self.output.1 as usize);
        match (*reply, told) {
            (Reply::Reserved { block, token }, _) => {
                let bytes = names::instance(block, machine.beside().tokens.new_number(token));
                // SAFETY: the caller sees to it.
                unsafe { memory::fill(to, room, &bytes) };
            }
            // SAFETY: the caller sees to it.
            (Reply::Value(value), _) => unsafe { memory::fill(to, room, &value.to_ne_bytes()) },
            // SAFETY: the caller sees to it.
            (Reply::Ok, Some(bytes)) => unsafe { memory::fill(to, room, bytes) },
            _ => {}
        }
    }

    /// An ioctl with an overlapped structure has answered: the request is done, or is pending, or has never begun.
    unsafe fn begun(&self, machine: &mut Inner, by: Who, reply: &Reply, count: u32) {
        let routine = self.routine.filter(|_| self.routine_kind() == Routine::Given);
        // with a routine the field is the program's own
        let event = match routine {
            // SAFETY: the caller sees to it.
            None => unsafe { memory::get(self.overlapped) }.map_or(0, |o| o.hEvent.addr()),
            Some(_) => 0,
        };
        let output = (self.output.0.expose_provenance(), self.output.1 as usize);
        let (status, begun) = match reply {
            Reply::Failed(Error::IoPending) => {
                (Status::PENDING, Some(Begun { by, output, event, good: true }))
            }
            Reply::Failed(_) => return,
            _ => (Status::SUCCESS, None),
        };
        let beside = machine.beside();
        beside.events.put(by.process, event, begun.is_none());
        let request = beside.requests.of(by.process, self.overlapped.expose_provenance());
        (request.status, request.begun, request.routine) = (status.0 as usize, begun, routine);
        // SAFETY: the caller sees to it.
        unsafe { completion::write(self.overlapped, status, count) };
        machine.signal();
    }

    fn routine_kind(&self) -> Routine {
        match self.routine.map(|routine| memory::kind(routine as *const c_void)) {
            None => Routine::None,
            Some(Pointer::Null | Pointer::Bad) => Routine::Bad,
            Some(Pointer::Good) => Routine::Given,
        }
    }
}
