//! # Calls
//! `closesocket`, `WSADuplicateSocket`, a handle inherited by a child process.
//! # Errors
//! WSAENOTSOCK; WSAEINVAL for a process that does not run; WSAEFAULT for nowhere to write to.
//! # Open
//! Nothing: that a reservation lives as long as the last descriptor follows from SOCK-13 and ACQ-31.
//! # Assumed
//! Nothing.
//! # Not modelled
//! Linger options; a duplicate that does not learn of a later bind (PF-20); the security descriptor of a socket whose
//! creator has gone.

use crate::call::SocketKind;
use crate::error::Error;
use crate::id::{ProcessId, SocketId};
use crate::permitted::{Permitted, Set};
use crate::reply::Reply;
use crate::rule::Rule;
use crate::step::{end_reservation, overlapped, socket};
use crate::world::{Connection, Duplicate, Lingering, Socket, World};

pub(super) fn close(world: &World, by: ProcessId, id: SocketId, all: &mut Permitted) {
    let Some((slot, _)) = socket::of_call(world, by, id, all) else { return };
    let shared = world.duplicates().iter().any(|d| d.of == slot);
    let rule = if shared { Rule::CloseSocketKeepsShared } else { Rule::CloseSocketCloses };
    all.otherwise(rule, Set::Ok);
}

pub(super) fn duplicate(
    world: &World,
    by: ProcessId,
    id: SocketId,
    (to, null): (ProcessId, bool),
    all: &mut Permitted,
) {
    if socket::of_call(world, by, id, all).is_none() {
        return;
    }
    // the process is looked for before the pointer is used
    if world.process(to).is_none() {
        all.must_if(true, Rule::DuplicateNeedsProcess, Error::WsaInvalid);
        return;
    }
    all.must_if(null, Rule::DuplicateNeedsInfo, Error::WsaFault);
    // the other process opens its descriptor by WSASocket
    all.may_if(!world.started(to), Rule::CallNeedsStartup, Error::WsaNotInitialised);
    all.otherwise(Rule::DuplicateShares, Set::NewSocket);
}

pub(super) fn inherit(
    world: &World,
    by: ProcessId,
    id: SocketId,
    to: ProcessId,
    all: &mut Permitted,
) {
    let Some((slot, socket)) = socket::of_handle(world, by, id, all) else { return };
    all.must_if(world.process(to).is_none(), Rule::DuplicateNeedsProcess, Error::WsaInvalid);
    // a matter of the handle, which a further descriptor is not
    let closed = slot == id && socket.attributes.no_inherit;
    all.must_if(closed, Rule::InheritRejectsClosed, Error::WsaNotSocket);
    all.otherwise(Rule::InheritShares, Set::NewSocket);
}

pub(super) fn duplicated(world: &mut World, slot: SocketId, to: ProcessId, reply: &Reply) {
    let Reply::Socket(id) = *reply else { return };
    if id != slot && world.socket(slot).is_some() {
        vacate(world, id);
        world.add_duplicate(Duplicate { id, process: to, of: slot });
    }
}

/// The descriptor is gone: the socket with it, and what it owned, unless another descriptor is left.
pub(super) fn closed(world: &mut World, by: ProcessId, id: SocketId) {
    if !world.duplicates().is_empty() {
        let mine = world.socket(id).is_some_and(|s| s.process == by);
        if !mine && world.remove_duplicate(id) || mine && world.move_to_duplicate(id) {
            overlapped::descriptor_closed(world, id);
            return;
        }
    }
    end(world, id);
}

/// Whatever has this name has it no longer.
pub(super) fn vacate(world: &mut World, id: SocketId) {
    if world.remove_duplicate(id) || world.move_to_duplicate(id) {
        overlapped::descriptor_closed(world, id);
    } else {
        end(world, id);
    }
}

/// The socket is gone, and what it owned with it.
fn end(world: &mut World, id: SocketId) {
    let Some(socket) = world.socket(id) else { return };
    let (process, lingering) = (socket.process, lingers(socket));
    while let Some(token) = { world.owned_by(id).next() } {
        end_reservation(world, token);
    }
    overlapped::socket_closed(world, process, id);
    world.put_socket(id, None);
    lingering.into_iter().for_each(|l| world.linger(l));
}

/// The connection that outlives the socket, if it has one.
fn lingers(socket: &Socket) -> Option<Lingering> {
    if !socket.is_connected() || socket.kind != SocketKind::Tcp {
        return None;
    }
    let name = socket.bound.filter(|name| name.port() != 0)?;
    let exclusive = socket.connection == Connection::Accepted && socket.options.exclusive();
    Some(Lingering { port: name.port(), address: name.ip(), exclusive })
}

/// Every descriptor of a process is gone.
pub(super) fn close_all(world: &mut World, process: ProcessId) {
    while let Some(id) = { world.sockets_of(process).next() } {
        closed(world, process, id);
    }
    while let Some(further) = { world.duplicates().iter().find(|d| d.process == process).copied() }
    {
        world.remove_duplicate(further.id);
    }
}
