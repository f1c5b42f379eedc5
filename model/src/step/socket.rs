//! # Calls
//! `socket`, `setsockopt`, `getsockname`, `listen`, `closesocket`.
//! # Errors
//! WSANOTINITIALISED, WSAENOTSOCK; WSAEINVAL for a state that does not suit; WSAEOPNOTSUPP for a socket that cannot
//! listen.
//! # Open
//! Raw sockets without administrator rights; both sharing options on one socket; options after bind; the name of a
//! wildcard socket (CON-7).
//! # Assumed
//! Nothing.
//! # Not modelled
//! Backlogs, connections, linger.

use crate::call::{Family, SocketKind, SocketOption};
use crate::error::Error;
use crate::id::{ProcessId, SocketId};
use crate::permitted::{Permitted, Set};
use crate::question::Question;
use crate::reply::Reply;
use crate::rule::Rule;
use crate::step::{end_reservation, privilege, winsock};
use crate::world::{Options, Socket, World};

pub(super) fn open(world: &World, by: ProcessId, kind: SocketKind, all: &mut Permitted) {
    winsock(world, by, all);
    let unprivileged = kind == SocketKind::Raw && !privilege::is_administrator(world, by);
    all.ask_if(unprivileged, Rule::SocketNeedsPrivilegeForRaw, Question::RawNeedsAdministrator);
    all.otherwise(Rule::SocketOpens, Set::NewSocket);
}

/// The socket of the call, if Winsock is started and the handle is one.
pub(super) fn of_call<'w>(
    world: &'w World,
    by: ProcessId,
    id: SocketId,
    all: &mut Permitted,
) -> Option<&'w Socket> {
    if !winsock(world, by, all) {
        return None;
    }
    let socket = world.socket_of(by, id);
    all.must_if(socket.is_none(), Rule::CallNeedsSocket, Error::WsaNotSocket);
    socket
}

pub(super) fn set_option(
    world: &World,
    by: ProcessId,
    id: SocketId,
    option: SocketOption,
    value: u32,
    all: &mut Permitted,
) {
    let Some(socket) = of_call(world, by, id, all) else { return };
    let bound = socket.bound.is_some();
    match option {
        SocketOption::V6Only => {
            all.must_if(bound, Rule::SetSockOptRejectsV6OnlyAfterBind, Error::WsaInvalid);
        }
        SocketOption::ReuseAddr | SocketOption::ExclusiveAddrUse => {
            let both = socket.options.with(option, value != 0).both() && value != 0;
            all.ask_if(
                both,
                Rule::SetSockOptRejectsReuseWithExclusive,
                Question::ReuseWithExclusive,
            );
            all.ask_if(bound, Rule::SetSockOptRejectsAfterBind, Question::ShareAfterBind);
        }
    }
    all.otherwise(Rule::SetSockOptSets, Set::Ok);
}

pub(super) fn name(world: &World, by: ProcessId, id: SocketId, all: &mut Permitted) {
    let Some(socket) = of_call(world, by, id, all) else { return };
    let Some(name) = socket.bound else {
        all.must_if(true, Rule::GetSockNameNeedsBound, Error::WsaInvalid);
        return;
    };
    let wildcard = name.ip().is_unspecified();
    all.ask_if(wildcard, Rule::GetSockNameRejectsWildcard, Question::NameOfWildcard);
    let seen =
        if socket.kind == SocketKind::Raw { Set::Address(name.ip()) } else { Set::Name(name) };
    all.otherwise(Rule::GetSockNameNames, seen);
}

pub(super) fn listen(world: &World, by: ProcessId, id: SocketId, all: &mut Permitted) {
    let Some(socket) = of_call(world, by, id, all) else { return };
    if socket.kind != SocketKind::Tcp {
        all.must_if(true, Rule::ListenNeedsStream, Error::WsaOperationNotSupported);
        return;
    }
    let Some(name) = socket.bound else {
        all.must_if(true, Rule::ListenNeedsBound, Error::WsaInvalid);
        return;
    };
    let mut others = socket.kind.protocol().into_iter().flat_map(|p| world.at_port(p, name.port()));
    let delayed = name.ip().is_unspecified() && others.any(|(other, _)| other != id);
    all.may_if(delayed, Rule::ListenMeetsSocket, Error::WsaAddressInUse);
    all.otherwise(Rule::ListenListens, Set::Ok);
}

pub(super) fn close(world: &World, by: ProcessId, id: SocketId, all: &mut Permitted) {
    if of_call(world, by, id, all).is_some() {
        all.otherwise(Rule::CloseSocketCloses, Set::Ok);
    }
}

pub(super) fn opened(
    world: &mut World,
    by: ProcessId,
    kind: SocketKind,
    family: Family,
    reply: &Reply,
) {
    let Reply::Socket(id) = *reply else { return };
    closed(world, id);
    let socket = Socket {
        process: by,
        kind,
        family,
        v6_only: true,
        options: Options::Neither,
        associations: None,
        bound: None,
        listening: false,
    };
    world.put_socket(id, Some(socket));
}

pub(super) fn option_set(world: &mut World, id: SocketId, option: SocketOption, value: u32) {
    change(world, id, |socket| match option {
        SocketOption::V6Only => socket.v6_only = value != 0,
        // an option set after bind has no effect (BIND-18)
        SocketOption::ReuseAddr | SocketOption::ExclusiveAddrUse if socket.bound.is_some() => {}
        SocketOption::ReuseAddr | SocketOption::ExclusiveAddrUse => {
            socket.options = socket.options.with(option, value != 0);
        }
    });
}

pub(super) fn listening(world: &mut World, id: SocketId) {
    change(world, id, |socket| socket.listening = true);
}

/// The socket is gone, and what it owned with it.
pub(super) fn closed(world: &mut World, id: SocketId) {
    while let Some(token) = { world.owned_by(id).next() } {
        end_reservation(world, token);
    }
    world.put_socket(id, None);
}

pub(super) fn change(world: &mut World, id: SocketId, change: impl Fn(&mut Socket)) {
    world.change_socket(id, change);
}
