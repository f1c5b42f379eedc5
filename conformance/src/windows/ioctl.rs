//! The ioctls in a worker: which buffers a frame means, and what came of a request.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use portres_model::{
    Buffer, Control as Known, Error, Frame, Output, Overlapped, Pointer, PortRange, Reply, Routine,
    Status, Token,
};
use windows_sys::Win32::Networking::WinSock as api;

use super::address::Raw;
use super::calls::Handle;
use super::options;
use super::overlapped::{Arguments, Operation, Passed};
use super::wire::Response;

/// The length of `INET_PORT_RESERVATION_INSTANCE`: the block granted, four bytes of padding, the token.
const INSTANCE: usize = 16;
/// How much longer a long buffer is.
const MORE: usize = 8;
/// Less than any list with an entry, and room for its count.
const SHORT_LIST: usize = 4;

/// An ioctl with its input structure.
#[derive(Clone, Copy, Debug)]
pub(super) enum Control {
    /// `SIO_ACQUIRE_PORT_RESERVATION`: an `INET_PORT_RANGE`.
    Acquire(PortRange),
    /// `SIO_ASSOCIATE_PORT_RESERVATION`: an `INET_PORT_RESERVATION_TOKEN`.
    Associate(u64),
    /// `SIO_RELEASE_PORT_RESERVATION`: the same.
    Release(u64),
    /// `SIO_CPU_AFFINITY`: the index of a processor.
    Affinity(u16),
    /// A code of the table, or one that takes and gives nothing.
    Other(u32),
}

/// A request with the socket on which it was issued.
#[derive(Clone, Copy)]
pub(super) struct Issued {
    /// The socket, as it was passed.
    pub(super) socket: Handle,
    /// What the system writes to.
    pub(super) operation: &'static Operation,
    /// Whether there is a request: it was not refused at once.
    pub(super) began: bool,
    /// Whether its output is a reservation: it asks for one, and has begun.
    acquires: bool,
    /// Whether it has a completion routine.
    pub(super) routine: bool,
    /// Whether no call has used the structure: the program itself has written its status.
    pub(super) is_preset: bool,
}

impl Control {
    fn code(self) -> u32 {
        match self {
            Control::Acquire(_) => api::SIO_ACQUIRE_PORT_RESERVATION,
            Control::Associate(_) => api::SIO_ASSOCIATE_PORT_RESERVATION,
            Control::Release(_) => api::SIO_RELEASE_PORT_RESERVATION,
            Control::Affinity(_) => api::SIO_CPU_AFFINITY,
            Control::Other(code) => code,
        }
    }

    fn input(self, socket: Handle) -> Vec<u8> {
        match self {
            Control::Acquire(range) => {
                [range.start.to_be_bytes(), range.count.to_ne_bytes()].concat()
            }
            Control::Associate(token) | Control::Release(token) => token.to_ne_bytes().to_vec(),
            Control::Affinity(processor) => processor.to_ne_bytes().to_vec(),
            // the last of these is `struct tcp_keepalive`: on, two hours, one second
            Control::Other(Known::FIONBIO | Known::TCP_SET_ACK_FREQUENCY) => {
                1_u32.to_ne_bytes().to_vec()
            }
            Control::Other(Known::KEEPALIVE_VALS) => {
                [1_u32, 7_200_000, 1_000].map(u32::to_ne_bytes).concat()
            }
            Control::Other(Known::ROUTING_INTERFACE_QUERY) => loopback(socket),
            Control::Other(_) => Vec::new(),
        }
    }

    fn output(self) -> usize {
        match self {
            Control::Acquire(_) => INSTANCE,
            Control::Other(code) => match Known::of(code).map(|known| known.output) {
                Some(Output::Number) => 4,
                Some(Output::Sized) => Operation::ROOM,
                Some(Output::Nothing) | None => 0,
            },
            Control::Associate(_) | Control::Release(_) | Control::Affinity(_) => 0,
        }
    }

    /// Issues it: the request, and what the call said.
    pub(super) fn issue(self, socket: Handle, frame: Frame) -> (Issued, Result<(), Error>) {
        let input = self.input(socket);
        let operation = Operation::new(&input);
        let arguments = Arguments {
            code: self.code(),
            input: passed(input.len(), frame.input),
            output: match (self, frame.output) {
                // a list: one byte less than all the room there is may be enough for it
                (Control::Other(_), Buffer::Short) if self.output() == Operation::ROOM => {
                    Passed { at: Pointer::Good, length: SHORT_LIST }
                }
                (_, Buffer::Long) if self.output() == Operation::ROOM => {
                    passed(Operation::ROOM, Buffer::Exact)
                }
                (_, buffer) => passed(self.output(), buffer),
            },
            bytes: frame.bytes,
            overlapped: match frame.overlapped {
                Overlapped::None => Pointer::Null,
                Overlapped::Of(_) => Pointer::Good,
                Overlapped::Bad => Pointer::Bad,
            },
            routine: frame.routine,
        };
        let said = operation.control(socket, &arguments);
        let began = matches!(said, Ok(()) | Err(Error::IoPending));
        let acquires = began && matches!(self, Control::Acquire(_));
        let routine = frame.routine == Routine::Given;
        (Issued { socket, operation, began, acquires, routine, is_preset: false }, said)
    }
}

impl Issued {
    /// A structure into which the program has written a status.
    pub(super) fn preset(status: Status) -> Issued {
        let operation = Operation::new(&[]);
        operation.preset(status.0);
        Issued {
            socket: Handle::of(None),
            operation,
            began: true,
            acquires: false,
            routine: false,
            is_preset: true,
        }
    }

    /// The reply of a request that has ended like this.
    pub(super) fn reply(self, ended: Result<(), Error>) -> Response {
        match ended {
            Ok(()) if self.acquires => self.reserved(),
            Ok(()) => Reply::Ok.into(),
            Err(error) => Reply::Failed(error).into(),
        }
    }

    fn reserved(self) -> Response {
        let [s0, s1, n0, n1, _, _, _, _, token @ ..] =
            self.operation.output().first_chunk::<INSTANCE>().copied().unwrap_or_default();
        let block =
            PortRange { start: u16::from_be_bytes([s0, s1]), count: u16::from_ne_bytes([n0, n1]) };
        let reply = Reply::Reserved { block, token: Token::UNKNOWN };
        Response { token: Some(u64::from_ne_bytes(token)), ..reply.into() }
    }
}

/// The loopback address of the socket's family.
fn loopback(socket: Handle) -> Vec<u8> {
    let v6 = options::family(socket) == Ok(i32::from(api::AF_INET6));
    let ip: IpAddr = if v6 { Ipv6Addr::LOCALHOST.into() } else { Ipv4Addr::LOCALHOST.into() };
    let (raw, length) = Raw::of(SocketAddr::new(ip, 0));
    raw.bytes().iter().copied().take(length as usize).collect()
}

// The codes of the specification are those of the headers.
const _: () = {
    assert!(Known::FIONBIO == api::FIONBIO as u32);
    assert!(Known::FIONREAD == api::FIONREAD as u32);
    assert!(Known::FIOASYNC == api::FIOASYNC as u32);
    assert!(Known::SIOCATMARK == api::SIOCATMARK as u32);
    assert!(Known::FLUSH == api::SIO_FLUSH);
    assert!(Known::KEEPALIVE_VALS == api::SIO_KEEPALIVE_VALS);
    assert!(Known::ADDRESS_LIST_QUERY == api::SIO_ADDRESS_LIST_QUERY);
    assert!(Known::ADDRESS_LIST_CHANGE == api::SIO_ADDRESS_LIST_CHANGE);
    assert!(Known::TCP_SET_ACK_FREQUENCY == api::SIO_TCP_SET_ACK_FREQUENCY);
    assert!(Known::BASE_HANDLE == api::SIO_BASE_HANDLE);
    assert!(Known::ROUTING_INTERFACE_QUERY == api::SIO_ROUTING_INTERFACE_QUERY);
};

// The statuses of the specification, too.
const _: () = {
    use windows_sys::Win32::Foundation as f;
    assert!(Status::SUCCESS.0 == f::STATUS_SUCCESS as u32);
    assert!(Status::PENDING.0 == f::STATUS_PENDING as u32);
    assert!(Status::BUFFER_OVERFLOW.0 == f::STATUS_BUFFER_OVERFLOW as u32);
    assert!(Status::UNSUCCESSFUL.0 == f::STATUS_UNSUCCESSFUL as u32);
    assert!(Status::NOT_IMPLEMENTED.0 == f::STATUS_NOT_IMPLEMENTED as u32);
    assert!(Status::ACCESS_VIOLATION.0 == f::STATUS_ACCESS_VIOLATION as u32);
    assert!(Status::INVALID_HANDLE.0 == f::STATUS_INVALID_HANDLE as u32);
    assert!(Status::INVALID_PARAMETER.0 == f::STATUS_INVALID_PARAMETER as u32);
    assert!(Status::NO_MEMORY.0 == f::STATUS_NO_MEMORY as u32);
    assert!(Status::CONFLICTING_ADDRESSES.0 == f::STATUS_CONFLICTING_ADDRESSES as u32);
    assert!(Status::ACCESS_DENIED.0 == f::STATUS_ACCESS_DENIED as u32);
    assert!(Status::BUFFER_TOO_SMALL.0 == f::STATUS_BUFFER_TOO_SMALL as u32);
    assert!(Status::OBJECT_TYPE_MISMATCH.0 == f::STATUS_OBJECT_TYPE_MISMATCH as u32);
    assert!(Status::OBJECT_NAME_NOT_FOUND.0 == f::STATUS_OBJECT_NAME_NOT_FOUND as u32);
    assert!(Status::OBJECT_NAME_COLLISION.0 == f::STATUS_OBJECT_NAME_COLLISION as u32);
    assert!(Status::SHARING_VIOLATION.0 == f::STATUS_SHARING_VIOLATION as u32);
    assert!(Status::QUOTA_EXCEEDED.0 == f::STATUS_QUOTA_EXCEEDED as u32);
    assert!(Status::INSUFFICIENT_RESOURCES.0 == f::STATUS_INSUFFICIENT_RESOURCES as u32);
    assert!(Status::DEVICE_NOT_READY.0 == f::STATUS_DEVICE_NOT_READY as u32);
    assert!(Status::NOT_SUPPORTED.0 == f::STATUS_NOT_SUPPORTED as u32);
    assert!(Status::CANCELLED.0 == f::STATUS_CANCELLED as u32);
    assert!(Status::INVALID_ADDRESS.0 == f::STATUS_INVALID_ADDRESS as u32);
    assert!(Status::INVALID_ADDRESS_COMPONENT.0 == f::STATUS_INVALID_ADDRESS_COMPONENT as u32);
    assert!(Status::TOO_MANY_ADDRESSES.0 == f::STATUS_TOO_MANY_ADDRESSES as u32);
    assert!(Status::ADDRESS_ALREADY_EXISTS.0 == f::STATUS_ADDRESS_ALREADY_EXISTS as u32);
    assert!(Status::ADDRESS_CLOSED.0 == f::STATUS_ADDRESS_CLOSED as u32);
    assert!(Status::ADDRESS_ALREADY_ASSOCIATED.0 == f::STATUS_ADDRESS_ALREADY_ASSOCIATED as u32);
    assert!(Status::REQUEST_ABORTED.0 == f::STATUS_REQUEST_ABORTED as u32);
    assert!(Status::DATATYPE_MISALIGNMENT_ERROR.0 == f::STATUS_DATATYPE_MISALIGNMENT_ERROR as u32);
};

/// The buffer for a structure of this length, which may be nothing. A pointer that leads nowhere needs a length, or
/// nobody would follow it.
fn passed(exact: usize, buffer: Buffer) -> Passed {
    let length = match buffer {
        Buffer::Exact => exact,
        Buffer::Short => exact.saturating_sub(1),
        Buffer::Empty => 0,
        Buffer::Tiny => 1,
        Buffer::Long => exact + MORE,
        Buffer::Null | Buffer::Bad if exact == 0 => INSTANCE,
        Buffer::Null | Buffer::Bad => exact,
    };
    let at = match buffer {
        Buffer::Null => Pointer::Null,
        Buffer::Bad => Pointer::Bad,
        Buffer::Exact | Buffer::Short | Buffer::Long if length == 0 => Pointer::Null,
        Buffer::Exact | Buffer::Short | Buffer::Long | Buffer::Empty | Buffer::Tiny => {
            Pointer::Good
        }
    };
    Passed { at, length }
}
