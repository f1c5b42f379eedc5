//! # Calls
//! `socket`, `WSASocket`, `getsockname`, `listen`.
//! # Errors
//! WSANOTINITIALISED, WSAENOTSOCK; WSAEINVAL for a state that does not suit; WSAEOPNOTSUPP for a socket that cannot
//! listen; WSAEISCONN for one that is connected.
//! # Open
//! Raw sockets without administrator rights; the name of a wildcard socket (CON-7); what a failed connect has bound.
//! # Assumed
//! Nothing.
//! # Not modelled
//! Other types, families and protocols; backlogs.

use std::net::SocketAddr;

use crate::call::{Attributes, Family, SocketKind};
use crate::error::Error;
use crate::id::{ProcessId, SocketId};
use crate::permitted::{Code, FreePort, Guard, Permitted, Set};
use crate::pool::Skip;
use crate::question::Question;
use crate::reply::Reply;
use crate::rule::Rule;
use crate::step::{descriptor, privilege, winsock};
use crate::world::{Connection, Socket, World};

pub(super) fn open(world: &World, by: ProcessId, kind: SocketKind, all: &mut Permitted) {
    winsock(world, by, all);
    if kind == SocketKind::Raw {
        let code = Code::Asks(Question::RawNeedsAdministrator);
        privilege::administrator(
            world,
            by,
            Rule::SocketNeedsPrivilegeForRaw,
            code,
            Guard::ALWAYS,
            all,
        );
    }
    all.otherwise(Rule::SocketOpens, Set::NewSocket);
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
    let found = world.slot_of(by, id).and_then(|slot| Some((slot, world.socket(slot)?)));
    all.must_if(found.is_none(), Rule::CallNeedsSocket, Error::WsaNotSocket);
    found
}

pub(super) fn name(world: &World, by: ProcessId, id: SocketId, all: &mut Permitted) {
    let Some((_, socket)) = of_call(world, by, id, all) else { return };
    let Some(name) = socket.bound else {
        unseen_name(world, socket, all);
        return;
    };
    let wildcard = name.ip().is_unspecified();
    if wildcard && socket.is_connected() {
        all.otherwise(Rule::GetSockNameNamesConnected, Set::NameAt(name.port()));
        return;
    }
    all.ask_if(wildcard, Rule::GetSockNameRejectsWildcard, Question::NameOfWildcard);
    let seen =
        if socket.kind == SocketKind::Raw { Set::Address(name.ip()) } else { Set::Name(name) };
    all.otherwise(Rule::GetSockNameNames, seen);
}

/// The name of a socket that nobody has seen bound.
fn unseen_name(world: &World, socket: &Socket, all: &mut Permitted) {
    let protocol = socket.kind.protocol().filter(|_| socket.connection == Connection::Tried);
    let Some(protocol) = protocol else {
        all.must_if(true, Rule::GetSockNameNeedsBound, Error::WsaInvalid);
        return;
    };
    let (no, yes) = const {
        let q = Question::FailedConnectBinds;
        (Guard::when(q.only(&["no"])), Guard::when(q.only(&["yes"])))
    };
    all.must_when(no, Rule::GetSockNameNeedsBound, Error::WsaInvalid);
    let block = socket.associations.and_then(|(_, last)| world.reservation(last)?.block);
    let mut free = |within| {
        let free = FreePort { skip: Skip::NONE, ..FreePort::of(protocol, within) };
        all.otherwise_when(yes, Rule::GetSockNameNamesTried, Set::NameOf(free));
    };
    free(world.dynamic(protocol));
    block.into_iter().for_each(free);
}

pub(super) fn listen(world: &World, by: ProcessId, id: SocketId, all: &mut Permitted) {
    let Some((id, socket)) = of_call(world, by, id, all) else { return };
    if socket.kind != SocketKind::Tcp {
        all.must_if(true, Rule::ListenNeedsStream, Error::WsaOperationNotSupported);
        return;
    }
    all.must_if(socket.is_connected(), Rule::ListenRejectsConnected, Error::WsaIsConnected);
    let Some(name) = socket.bound else {
        all.must_if(true, Rule::ListenNeedsBound, Error::WsaInvalid);
        return;
    };
    let mut others = socket.kind.protocol().into_iter().flat_map(|p| world.at_port(p, name.port()));
    let delayed = name.ip().is_unspecified() && others.any(|(other, _)| other != id);
    all.may_if(delayed, Rule::ListenMeetsSocket, Error::WsaAddressInUse);
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

/// A name that is seen after a connect is the one that it gave the socket.
pub(super) fn named(world: &mut World, id: SocketId, seen: SocketAddr) {
    if world.has_tried() {
        change(world, id, |socket| {
            if socket.bound.is_none() && socket.connection == Connection::Tried {
                (socket.bound, socket.implicit) = (Some(seen), true);
            }
        });
    }
}

pub(super) fn listening(world: &mut World, id: SocketId) {
    change(world, id, |socket| socket.listening = true);
}

pub(super) fn change(world: &mut World, id: SocketId, change: impl Fn(&mut Socket)) {
    world.change_socket(id, change);
}
