//! # Calls
//! `socket`, `WSASocket` for one of the usual sockets, `listen`.
//! # Errors
//! WSANOTINITIALISED, WSAENOTSOCK; WSAEINVAL for a state that does not suit; WSAEOPNOTSUPP for a socket that cannot
//! listen; WSAEISCONN for one that is connected.
//! # Open
//! Raw sockets without administrator rights; what a failed connect has bound.
//! # Assumed
//! Nothing.
//! # Not modelled
//! Backlogs.

use crate::call::{Attributes, Family, SocketKind};
use crate::error::Error;
use crate::id::{ProcessId, SocketId};
use crate::permitted::{Code, Guard, Permitted, Set};
use crate::port::{PortBlock, Protocol};
use crate::question::{Literal, Question};
use crate::reply::Reply;
use crate::rule::Rule;
use crate::step::{descriptor, privilege, winsock};
use crate::world::{Connection, Socket, World};

pub(super) fn open(world: &World, by: ProcessId, kind: SocketKind, all: &mut Permitted) {
    winsock(world, by, all);
    raw_privilege(world, by, kind, all);
    all.otherwise(Rule::SocketOpens, Set::NewSocket);
}

/// Who may open a raw socket.
pub(super) fn raw_privilege(world: &World, by: ProcessId, kind: SocketKind, all: &mut Permitted) {
    if kind == SocketKind::Raw {
        let code = Code::Asks(Question::RawNeedsAdministrator);
        let rule = Rule::SocketNeedsPrivilegeForRaw;
        privilege::administrator(world, by, rule, code, Guard::ALWAYS, all);
    }
}

/// The socket of the call and its slot, if Winsock is started and the handle is one.
pub(super) fn of_call<'w>(
    world: &'w World,
    by: ProcessId,
    id: SocketId,
    all: &mut Permitted,
) -> Option<(SocketId, &'w Socket)> {
    if !winsock(world, by, all) {
        return None;
    }
    of_handle(world, by, id, all)
}

/// The socket of the call and its slot, if the handle is one.
pub(super) fn of_handle<'w>(
    world: &'w World,
    by: ProcessId,
    id: SocketId,
    all: &mut Permitted,
) -> Option<(SocketId, &'w Socket)> {
    let found = world.socket_of(by, id);
    all.must_if(found.is_none(), Rule::CallNeedsSocket, Error::WsaNotSocket);
    found
}

/// Where the port may lie that a connect has taken unseen.
pub(super) fn unseen_ports(
    world: &World,
    socket: &Socket,
    protocol: Protocol,
) -> impl Iterator<Item = PortBlock> {
    let reserved = socket.associations.and_then(|(_, last)| world.reservation(last)?.block);
    [Some(world.dynamic(protocol)), reserved].into_iter().flatten()
}

/// The reading under which a connect that was not seen to succeed has bound its socket.
const BOUND_UNSEEN: Literal = Question::FailedConnectBinds.only(&["yes"]);
const UNBOUND_UNSEEN: Literal = Question::FailedConnectBinds.only(&["no"]);

/// Under which readings a socket is bound; `None` if it is not.
pub(super) fn bound_when(socket: &Socket) -> Option<Guard> {
    match socket.bound {
        Some(_) => Some(Guard::ALWAYS),
        None if socket.is_connected() => Some(Guard::ALWAYS),
        None if socket.is_unseen() => Some(Guard::when(BOUND_UNSEEN)),
        None => None,
    }
}

/// Refuses a socket that is bound.
pub(super) fn must_if_bound(socket: &Socket, rule: Rule, code: Error, all: &mut Permitted) {
    if let Some(when) = bound_when(socket) {
        all.must_when(when, rule, code);
    }
}

/// Refuses a socket that is bound, as a question tells.
pub(super) fn ask_if_bound(socket: &Socket, rule: Rule, question: Question, all: &mut Permitted) {
    if let Some(when) = bound_when(socket) {
        all.ask_when(when, rule, question);
    }
}

/// Refuses a socket that is not bound.
pub(super) fn must_unless_bound(socket: &Socket, rule: Rule, code: Error, all: &mut Permitted) {
    match bound_when(socket) {
        Some(Guard::ALWAYS) => {}
        Some(_) => all.must_when(Guard::when(UNBOUND_UNSEEN), rule, code),
        None => all.must_if(true, rule, code),
    }
}

pub(super) fn listen(world: &World, by: ProcessId, id: SocketId, all: &mut Permitted) {
    let Some((id, socket)) = of_call(world, by, id, all) else { return };
    if socket.kind != SocketKind::Tcp {
        all.must_if(true, Rule::ListenNeedsStream, Error::WsaOperationNotSupported);
        return;
    }
    let (rule, code) = (Rule::ListenRejectsConnected, Error::WsaIsConnected);
    all.must_if(socket.is_connected(), rule, code);
    all.may_if(socket.connection == Connection::UnderWay, rule, code);
    must_unless_bound(socket, Rule::ListenNeedsBound, Error::WsaInvalid, all);
    if let Some(name) = socket.bound {
        let mut others = world.at_port(Protocol::Tcp, name.port());
        let delayed = name.ip().is_unspecified() && others.any(|(other, _)| other != id);
        all.may_if(delayed, Rule::ListenMeetsSocket, Error::WsaAddressInUse);
    }
    all.otherwise(Rule::ListenListens, Set::Ok);
}

pub(super) fn opened(
    world: &mut World,
    by: ProcessId,
    kind: SocketKind,
    family: Family,
    attributes: Attributes,
    reply: &Reply,
) {
    let Reply::Socket(id) = *reply else { return };
    descriptor::vacate(world, id);
    world.put_socket(id, Some(Socket::new(by, kind, family, attributes)));
}

pub(super) fn listening(world: &mut World, id: SocketId) {
    change(world, id, |socket| socket.listening = true);
}

pub(super) fn change(world: &mut World, id: SocketId, change: impl Fn(&mut Socket)) {
    world.change_socket(id, change);
}
