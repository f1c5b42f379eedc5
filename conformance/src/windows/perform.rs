//! One call in a worker: names become handles, the call is made, what it gave becomes a reply.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use portres_model::{
    Buffer, Call, Error, Frame, Names, PortRange, Protocol, Reply, SocketId, Token,
};

use super::calls::{self, Control, Handle};
use super::persistent;
use super::sockets::Sockets;
use super::wire::{Request, Response};

/// The length of `INET_PORT_RANGE`.
const RANGE: usize = 4;
/// The length of `INET_PORT_RESERVATION_TOKEN`.
const TOKEN: usize = 8;
/// The length of `INET_PORT_RESERVATION_INSTANCE`: the block granted, four bytes of padding, the token.
const INSTANCE: usize = 16;

/// A buffer of an ioctl, aligned as the structures are.
#[derive(Default)]
#[repr(C, align(8))]
struct Buffer([u8; 32]);

/// The sockets of this process. All its threads use them.
#[derive(Debug, Default)]
pub(super) struct Calls(Mutex<Sockets>);

impl Calls {
    /// Does a call. [`Call::Exit`] and the machine's events are not done here.
    pub(super) fn perform(&self, request: &Request) -> Response {
        match request.call {
            Call::Startup(version) => ok(calls::startup(version)),
            Call::Cleanup => ok(calls::cleanup()),
            Call::Socket { kind, family } => self.opened(calls::open(kind, family), request.names),
            Call::SetSockOpt { socket, option, value } => {
                ok(calls::set_option(self.handle(socket), option, value))
            }
            Call::Bind { socket, address } => bind(self.handle(socket), address).into(),
            Call::GetSockName { socket } => name(self.handle(socket)).into(),
            Call::Listen { socket } => ok(calls::listen(self.handle(socket))),
            Call::CloseSocket { socket } => ok(calls::close(self.handle(socket))),
            Call::Acquire { socket, range, frame } => acquire(self.handle(socket), range, frame),
            Call::Associate { socket, frame, .. } => {
                with_token(Control::Associate, self.handle(socket), request.token, frame)
            }
            Call::Release { socket, frame, .. } => {
                with_token(Control::Release, self.handle(socket), request.token, frame)
            }
            Call::Create { protocol, range } => token(persistent::create(protocol, range)),
            Call::Lookup { protocol, range } => token(persistent::lookup(protocol, range)),
            Call::Delete { protocol, range } => delete(protocol, range),
            Call::Exit | Call::Start { .. } | Call::Restart => Reply::Unsupported.into(),
        }
    }

    fn handle(&self, socket: SocketId) -> Handle {
        Handle::of(self.0.lock().unwrap_or_else(PoisonError::into_inner).handle(socket))
    }

    fn opened(&self, opened: Result<usize, Error>, names: Option<Names>) -> Response {
        let (handle, Some(Names::Socket(socket))) = (opened, names) else {
            // the parent names every socket
            return opened.map_or_else(Reply::Failed, |_| Reply::Unsupported).into();
        };
        match handle {
            Ok(handle) => {
                self.0.lock().unwrap_or_else(PoisonError::into_inner).opened(socket, handle);
                Reply::Socket(socket).into()
            }
            Err(error) => Reply::Failed(error).into(),
        }
    }
}

fn ok(result: Result<(), Error>) -> Response {
    result.map_or_else(Reply::Failed, |()| Reply::Ok).into()
}

fn bind(socket: Handle, address: SocketAddr) -> Reply {
    match calls::bind(socket, address) {
        Ok(()) => {
            let named = calls::name(socket).ok().and_then(|raw| raw.address());
            Reply::Bound(named.map_or(address.port(), |name| name.port()))
        }
        Err(error) => Reply::Failed(error),
    }
}

/// An address of another family has no spelling: the call counts as one that cannot be done.
fn name(socket: Handle) -> Reply {
    calls::name(socket)
        .map_or_else(Reply::Failed, |raw| raw.address().map_or(Reply::Unsupported, Reply::Name))
}

fn acquire(socket: Handle, range: PortRange, frame: Frame) -> Response {
    let (mut input, mut output) = (Buffer::default(), Buffer::default());
    input.0[..2].copy_from_slice(&range.start.to_be_bytes());
    input.0[2..RANGE].copy_from_slice(&range.count.to_ne_bytes());
    let given = &input.0[..length(RANGE, frame.input)];
    let room = &mut output.0[..length(INSTANCE, frame.output)];
    match calls::control(socket, Control::Acquire, given, room) {
        Ok(()) => {
            let [s0, s1, n0, n1, _, _, _, _, token @ ..] =
                output.0.first_chunk::<INSTANCE>().copied().unwrap_or_default();
            let block = PortRange {
                start: u16::from_be_bytes([s0, s1]),
                count: u16::from_ne_bytes([n0, n1]),
            };
            let reply = Reply::Reserved { block, token: Token::UNKNOWN };
            Response { reply, token: Some(u64::from_ne_bytes(token)) }
        }
        Err(error) => Reply::Failed(error).into(),
    }
}

fn with_token(control: Control, socket: Handle, token: Option<u64>, frame: Frame) -> Response {
    let (mut input, mut output) = (Buffer::default(), Buffer::default());
    input.0[..TOKEN].copy_from_slice(&token.unwrap_or_default().to_ne_bytes());
    let given = &input.0[..length(TOKEN, frame.input)];
    let room = if frame.output == Buffer::Long { &mut output.0[..INSTANCE] } else { &mut [] };
    ok(calls::control(socket, control, given, room))
}

/// How many bytes a buffer has where the structure has `exact`.
fn length(exact: usize, length: Buffer) -> usize {
    match length {
        Buffer::Exact => exact,
        Buffer::Short => exact.saturating_sub(1),
        Buffer::Long => exact + 8,
    }
}

fn token(result: Option<Result<u64, Error>>) -> Response {
    match result {
        Some(Ok(raw)) => Response { reply: Reply::Token(Token::UNKNOWN), token: Some(raw) },
        Some(Err(error)) => Reply::Failed(error).into(),
        None => Reply::Unsupported.into(),
    }
}

fn delete(protocol: Protocol, range: PortRange) -> Response {
    persistent::delete(protocol, range).map_or(Reply::Unsupported.into(), ok)
}
