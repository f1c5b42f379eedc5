//! The ioctls in a worker: which buffers a frame means, and what came of a request.

use portres_model::{Buffer, Error, Frame, Overlapped, Pointer, PortRange, Reply, Routine, Token};
use windows_sys::Win32::Networking::WinSock as api;

use super::calls::Handle;
use super::overlapped::{Arguments, Operation, Passed};
use super::wire::Response;

/// The length of `INET_PORT_RESERVATION_INSTANCE`: the block granted, four bytes of padding, the token.
const INSTANCE: usize = 16;
/// How much longer a long buffer is.
const MORE: usize = 8;

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
    /// A code that takes and gives nothing.
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

    fn input(self) -> Vec<u8> {
        match self {
            Control::Acquire(range) => {
                [range.start.to_be_bytes(), range.count.to_ne_bytes()].concat()
            }
            Control::Associate(token) | Control::Release(token) => token.to_ne_bytes().to_vec(),
            Control::Affinity(processor) => processor.to_ne_bytes().to_vec(),
            Control::Other(_) => Vec::new(),
        }
    }

    fn output(self) -> usize {
        if let Control::Acquire(_) = self { INSTANCE } else { 0 }
    }

    /// Issues it: the request, and what the call said.
    pub(super) fn issue(self, socket: Handle, frame: Frame) -> (Issued, Result<(), Error>) {
        let input = self.input();
        let operation = Operation::new(&input);
        let arguments = Arguments {
            code: self.code(),
            input: passed(input.len(), frame.input),
            output: passed(self.output(), frame.output),
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
        (Issued { socket, operation, began, acquires, routine }, said)
    }
}

impl Issued {
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

/// The buffer for a structure of this length, which may be nothing. A pointer that leads nowhere needs a length, or
/// nobody would follow it.
fn passed(exact: usize, buffer: Buffer) -> Passed {
    let length = match buffer {
        Buffer::Exact => exact,
        Buffer::Short => exact.saturating_sub(1),
        Buffer::Long => exact + MORE,
        Buffer::Null | Buffer::Bad if exact == 0 => INSTANCE,
        Buffer::Null | Buffer::Bad => exact,
    };
    let at = match buffer {
        Buffer::Null => Pointer::Null,
        Buffer::Bad => Pointer::Bad,
        Buffer::Exact | Buffer::Short | Buffer::Long if length == 0 => Pointer::Null,
        Buffer::Exact | Buffer::Short | Buffer::Long => Pointer::Good,
    };
    Passed { at, length }
}
