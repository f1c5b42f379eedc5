//! One call in a worker: names become handles, the call is made, what it gave becomes a reply.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use portres_model::{
    Answering, Bytes, Call, Command, Control as Known, Error, Frame, Holding, NameBuffer, Names,
    Optval, Output, Pointer, PortRange, Protocol, Reply, RequestId, SocketId, SocketOption,
    Startup, Status, Token, Triple,
};

use super::address::Raw;
use super::calls::{self, Handle};
use super::ioctl::{Control, Issued};
use super::open::{self, Opened};
use super::options;
use super::overlapped::{Operation, cancel};
use super::sockets::Sockets;
use super::wire::{Request, Response};
use super::{names, persistent};

/// The sockets and requests of this process. All its threads use them.
#[derive(Default)]
pub(super) struct Calls {
    sockets: Mutex<Sockets>,
    requests: Mutex<BTreeMap<RequestId, Issued>>,
}

impl Calls {
    /// Does a call. What ends a thread or the process, what the parent does itself, and the machine's events are not done
    /// here.
    pub(super) fn perform(&self, request: &Request) -> Response {
        let token_given = request.token.unwrap_or_default();
        match request.call {
            Call::Startup(startup) => started(startup),
            Call::Cleanup => ok(calls::cleanup()),
            Call::Socket { kind, family, attributes } => {
                self.opened(calls::open(kind, family, attributes), request.names)
            }
            Call::Open { family, kind, protocol, info, attributes } => {
                let opened = open::open(Triple { family, kind, protocol }, info, attributes);
                self.opened_by_numbers(opened, request.names)
            }
            Call::Acquire { socket, range, frame } => {
                self.control(socket, Control::Acquire(range), frame)
            }
            Call::Associate { socket, frame, .. } => {
                self.control(socket, Control::Associate(token_given), frame)
            }
            Call::Release { socket, frame, .. } => {
                self.control(socket, Control::Release(token_given), frame)
            }
            Call::Ioctl { socket, code, frame } => self.ioctl(socket, code, frame),
            Call::Preset { request, status } => self.preset(request, status),
            Call::Affinity { socket, processor } => {
                let (issued, said) =
                    Control::Affinity(processor).issue(self.handle(socket), Frame::default());
                issued.reply(said)
            }
            Call::Result { request, wait, null } => self.result(request, wait, null),
            Call::Completion { request } => self.completion(request),
            Call::Cancel { socket, request } => self.cancel(socket, request),
            Call::Create { protocol, range, null } => {
                token(persistent::create(protocol, range, null))
            }
            Call::Lookup { protocol, range, null } => {
                token(persistent::lookup(protocol, range, null))
            }
            Call::Delete { protocol, range } => delete(protocol, range),
            _ => self.on_socket(request),
        }
    }

    /// The calls of every socket.
    fn on_socket(&self, request: &Request) -> Response {
        let Some(socket) = request.call.socket() else { return Reply::Unsupported.into() };
        let handle = self.handle(socket);
        match request.call {
            Call::SetSockOpt { option, value, optval, .. } => {
                options::set(handle, option, value, optval).map_or(Reply::Unsupported.into(), ok)
            }
            Call::GetSockOpt { option, optval, .. } => read(handle, option, optval),
            Call::IoctlSocket { command, argument, .. } => {
                self.ioctl_socket(handle, command, argument)
            }
            Call::Bind { address, name, .. } => {
                port(handle, names::bind(handle, address, name), Some(address.port()))
            }
            Call::GetSockName { name, .. } => named(names::local(handle, name)),
            Call::GetPeerName { name, .. } => named(names::peer(handle, name)),
            Call::Disconnect { .. } => ok(calls::disconnect(handle)),
            Call::Listen { .. } => ok(calls::listen(handle)),
            Call::Connect { address, .. } => port(handle, calls::connect(handle, address), None),
            Call::ConnectEx { address, null, .. } => connect_ex(handle, address, null),
            Call::Accept { .. } => self.accept(handle, request.names),
            Call::SendTo { address, .. } => port(handle, calls::send_to(handle, address), None),
            Call::CloseSocket { .. } => ok(calls::close(handle)),
            Call::Duplicate { null, .. } => self.duplicate(handle, null, request),
            _ => Reply::Unsupported.into(),
        }
    }

    fn sockets(&self) -> MutexGuard<'_, Sockets> {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn requests(&self) -> MutexGuard<'_, BTreeMap<RequestId, Issued>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn handle(&self, socket: SocketId) -> Handle {
        Handle::of(self.sockets().handle(socket))
    }

    fn opened(&self, opened: Result<usize, Error>, names: Option<Names>) -> Response {
        let (handle, Some(Names::Socket(socket))) = (opened, names) else {
            // the parent names every socket
            return opened.map_or_else(Reply::Failed, |_| Reply::Unsupported).into();
        };
        match handle {
            Ok(handle) => {
                self.sockets().opened(socket, handle);
                Reply::Socket(socket).into()
            }
            Err(error) => Reply::Failed(error).into(),
        }
    }

    fn opened_by_numbers(&self, opened: Opened, names: Option<Names>) -> Response {
        let Some(opened) = opened else { return Reply::Unsupported.into() };
        let (opened, became) = match opened {
            Ok((handle, kind, family)) => (Ok(handle), Some((kind, family))),
            Err(error) => (Err(error), None),
        };
        let response = self.opened(opened, names);
        match (response.reply, became) {
            (Reply::Socket(socket), Some((kind, family))) => {
                Reply::Opened { socket, kind, family }.into()
            }
            _ => response,
        }
    }

    fn ioctl_socket(&self, socket: Handle, command: Command, argument: Pointer) -> Response {
        match (options::ioctl(socket, command, argument), command) {
            (Ok(_), Command::Block(value)) => {
                self.sockets().set_non_blocking(socket.0, value != 0);
                Reply::Ok.into()
            }
            (Ok(value), Command::Unread | Command::AtMark) => Reply::Value(value).into(),
            (Err(error), _) => Reply::Failed(error).into(),
        }
    }

    fn accept(&self, socket: Handle, names: Option<Names>) -> Response {
        let non_blocking = self.sockets().is_non_blocking(socket.0);
        let accepted = calls::accept(socket, non_blocking);
        accepted.map_or(Reply::Unsupported.into(), |accepted| self.opened(accepted, names))
    }

    /// Either half of it: what another process needs, or the descriptor made of that.
    fn duplicate(&self, socket: Handle, null: bool, request: &Request) -> Response {
        let Some(given) = &request.protocol else {
            let process = request.process.unwrap_or_default();
            return match calls::duplicate(socket, process, null) {
                Ok(given) => Response { protocol: Some(given.into()), ..Reply::Ok.into() },
                Err(error) => Reply::Failed(error).into(),
            };
        };
        match <[u8; calls::PROTOCOL]>::try_from(given.as_slice()) {
            Ok(given) => self.opened(calls::adopt(given), request.names),
            Err(_) => Reply::Unsupported.into(),
        }
    }

    fn control(&self, socket: SocketId, control: Control, frame: Frame) -> Response {
        self.issue(socket, control, frame).1
    }

    fn issue(&self, socket: SocketId, control: Control, frame: Frame) -> (Issued, Response) {
        let (issued, said) = control.issue(self.handle(socket), frame);
        if let Some(request) = frame.request() {
            // a request that never began leaves an earlier one of the name what it is
            let mut requests = self.requests();
            if issued.began || !requests.contains_key(&request) {
                requests.insert(request, issued);
            }
        }
        let bytes = (frame.bytes == Pointer::Good).then(|| issued.operation.bytes());
        (issued, Response { bytes, ..issued.reply(said) })
    }

    fn ioctl(&self, socket: SocketId, code: u32, frame: Frame) -> Response {
        let handle = self.handle(socket);
        let known = Known::of(code);
        let later = known.is_some_and(|control| control.answers == Answering::Later);
        if later && frame.request().is_none() && !self.sockets().is_non_blocking(handle.0) {
            // nobody waits for what nothing brings about
            return Reply::Unsupported.into();
        }
        let (issued, response) = self.issue(socket, Control::Other(code), frame);
        if response.reply != Reply::Ok {
            return response;
        }
        if code == Known::FIONBIO {
            self.sockets().set_non_blocking(handle.0, true);
        }
        match known.map(|control| control.output) {
            Some(Output::Number) => {
                Response { reply: Reply::Value(issued.operation.number()), ..response }
            }
            _ => response,
        }
    }

    fn preset(&self, request: RequestId, status: Status) -> Response {
        self.requests().insert(request, Issued::preset(status));
        Reply::Ok.into()
    }

    /// The structure belongs to no socket: any that is open will do.
    fn preset_result(&self, issued: Issued, (wait, null): (bool, bool)) -> Response {
        let handles: Vec<usize> = self.sockets().handles().collect();
        let mut said = Err(Error::WsaNotSocket);
        for handle in handles {
            said = issued.operation.result(Handle(handle), (wait, null));
            if said != Err(Error::WsaNotSocket) {
                break;
            }
        }
        let bytes = (!null).then(|| issued.operation.bytes());
        Response { bytes, ..ok(said) }
    }

    /// A structure that no call has had belongs to no socket, on which one could ask about it.
    fn result(&self, request: RequestId, wait: bool, null: bool) -> Response {
        let issued = self.requests().get(&request).copied();
        let Some(issued) = issued.filter(|issued| !wait || issued.operation.settles()) else {
            return Reply::Unsupported.into();
        };
        if issued.is_preset {
            return self.preset_result(issued, (wait, null));
        }
        let said = issued.operation.result(issued.socket, (wait, null));
        let bytes = (!null).then(|| issued.operation.bytes());
        Response { bytes, ..issued.reply(said) }
    }

    /// A request without a routine is one of which no routine runs: `ERROR_NOT_FOUND`.
    fn completion(&self, request: RequestId) -> Response {
        let issued = self.requests().get(&request).copied();
        let Some(issued) = issued.filter(|issued| issued.routine) else {
            return Reply::Failed(Error::NotFound).into();
        };
        let Some(completed) = issued.operation.completion() else {
            return Reply::Unsupported.into();
        };
        let ended =
            if completed.error == 0 { Ok(()) } else { Err(Error::from_number(completed.error)) };
        Response { bytes: Some(Bytes::Wrote(completed.bytes)), ..issued.reply(ended) }
    }

    fn cancel(&self, socket: SocketId, request: Option<RequestId>) -> Response {
        let operation = request.map(|request| {
            let issued = self.requests().get(&request).copied();
            issued.map_or_else(|| Operation::new(&[]), |issued| issued.operation)
        });
        ok(cancel(self.handle(socket), operation))
    }
}

fn ok(result: Result<(), Error>) -> Response {
    result.map_or_else(Reply::Failed, |()| Reply::Ok).into()
}

/// The local port after a call that gave one, as the socket's name says it, or else the one that was asked for.
fn port(socket: Handle, result: Result<(), Error>, asked: Option<u16>) -> Response {
    let named = || {
        let (raw, _) = names::local(socket, NameBuffer::Good);
        Some(raw.ok()?.address()?.port())
    };
    match result {
        Ok(()) => named().or(asked).map_or(Reply::Unsupported, Reply::Bound).into(),
        Err(error) => Reply::Failed(error).into(),
    }
}

/// `getsockopt`. What is no number is told as `ok`.
fn read(socket: Handle, option: SocketOption, optval: Optval) -> Response {
    let Some((said, left)) = options::get(socket, option, optval) else {
        return Reply::Unsupported.into();
    };
    let reply = match said {
        Ok(_) if option.holds() == Holding::Structure => Reply::Ok,
        Ok(value) => Reply::Value(value),
        Err(error) => Reply::Failed(error),
    };
    Response { bytes: Some(left), ..reply.into() }
}

fn connect_ex(socket: Handle, address: SocketAddr, null: bool) -> Response {
    let Some(connected) = Operation::new(&[]).connect(socket, address, null) else {
        return Reply::Unsupported.into();
    };
    if connected.is_ok() {
        // what this refuses shows when the socket is asked for its name
        let _ = options::update_connect_context(socket);
    }
    port(socket, connected, None)
}

/// A version that is another than the one asked for is what the caller has to know.
fn started(startup: Startup) -> Response {
    match calls::startup(startup) {
        Ok(granted) if granted == startup.version() => Reply::Ok.into(),
        Ok(granted) => Reply::Version(granted).into(),
        Err(error) => Reply::Failed(error).into(),
    }
}

/// An address of another family has no spelling: the call counts as one that cannot be done.
fn named((name, bytes): (Result<Raw, Error>, Bytes)) -> Response {
    let reply = match name.map(|raw| raw.address()) {
        Ok(Some(name)) => Reply::Name(name),
        Ok(None) => return Reply::Unsupported.into(),
        Err(error) => Reply::Failed(error),
    };
    Response { bytes: Some(bytes), ..reply.into() }
}

fn token(result: Option<Result<u64, Error>>) -> Response {
    match result {
        Some(Ok(raw)) => Response { token: Some(raw), ..Reply::Token(Token::UNKNOWN).into() },
        Some(Err(error)) => Reply::Failed(error).into(),
        None => Reply::Unsupported.into(),
    }
}

fn delete(protocol: Protocol, range: PortRange) -> Response {
    persistent::delete(protocol, range).map_or(Reply::Unsupported.into(), ok)
}
