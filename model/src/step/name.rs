//! # Calls
//! `getsockname`, `getpeername`.
//! # Errors
//! WSANOTINITIALISED, WSAENOTSOCK; WSAEINVAL for a socket that is not bound, WSAENOTCONN for one that is not connected;
//! WSAEFAULT for a buffer that cannot hold the name.
//! # Open
//! The name of a wildcard socket (CON-7), also once a connect has been undone; what a failed connect has bound.
//! # Assumed
//! Nothing.
//! # Not modelled
//! Which peer it is.

use std::net::SocketAddr;

use crate::call::{NameBuffer, SocketKind};
use crate::error::Error;
use crate::id::{ProcessId, SocketId};
use crate::permitted::{Guard, LocalName, Permitted, Set};
use crate::question::Question;
use crate::rule::Rule;
use crate::step::socket;
use crate::world::{Connection, Socket, World};

pub(super) fn local(
    world: &World,
    by: ProcessId,
    id: SocketId,
    buffer: NameBuffer,
    all: &mut Permitted,
) {
    let Some((_, socket)) = socket::of_call(world, by, id, all) else { return };
    all.must_if(!buffer.is_good(), Rule::GetSockNameNeedsBuffer, Error::WsaFault);
    let Some(name) = socket.bound else {
        unseen_name(world, socket, all);
        return;
    };
    let wildcard = name.ip().is_unspecified();
    if wildcard && socket.connection != Connection::None {
        let at = Set::NameAt(LocalName {
            port: name.port(),
            of: socket.family,
            v6_only: socket.v6_only,
        });
        let undone = socket.connection == Connection::Undone;
        let kept = const { Guard::when(Question::NameOfUndone.only(&["address"])) };
        let when = if undone { kept } else { Guard::ALWAYS };
        all.otherwise_when(when, Rule::GetSockNameNamesConnected, at);
        if socket.is_connected() {
            return;
        }
        if undone {
            let gone = const { Guard::when(Question::NameOfUndone.only(&["wildcard"])) };
            all.otherwise_when(gone, Rule::GetSockNameNames, Set::Name(name));
            return;
        }
    }
    all.ask_if(wildcard, Rule::GetSockNameRejectsWildcard, Question::NameOfWildcard);
    let seen =
        if socket.kind == SocketKind::Raw { Set::Address(name.ip()) } else { Set::Name(name) };
    all.otherwise(Rule::GetSockNameNames, seen);
}

/// The name of a socket that nobody has seen bound.
fn unseen_name(world: &World, socket: &Socket, all: &mut Permitted) {
    socket::must_unless_bound(socket, Rule::GetSockNameNeedsBound, Error::WsaInvalid, all);
    let protocol = socket.kind.protocol().filter(|_| socket.is_unseen());
    if let (Some(protocol), Some(when)) = (protocol, socket::bound_when(socket)) {
        let rule = Rule::GetSockNameNamesTried;
        for within in socket::unseen_ports(world, socket, protocol) {
            all.otherwise_when(when, rule, Set::NameIn(within));
        }
    }
}

/// A name that is seen after a connect is the one that it gave the socket.
pub(super) fn seen(world: &mut World, id: SocketId, name: SocketAddr) {
    let commits = |s: &Socket| {
        let wildcard = s.bound.is_some_and(|bound| bound.ip().is_unspecified());
        s.is_unseen() || wildcard && s.is_connected() && s.kind == SocketKind::Tcp
    };
    if !world.socket(id).is_some_and(commits) {
        return;
    }
    socket::change(world, id, |socket| {
        // the choice was that of the connection, unless bind had made it
        socket.implicit |= socket.is_unseen();
        socket.bound = Some(name);
    });
}

pub(super) fn peer(
    world: &World,
    by: ProcessId,
    id: SocketId,
    buffer: NameBuffer,
    all: &mut Permitted,
) {
    let Some((_, socket)) = socket::of_call(world, by, id, all) else { return };
    let under_way = socket.connection == Connection::UnderWay;
    let (rule, code) = (Rule::GetPeerNameNeedsConnected, Error::WsaNotConnected);
    // the connection is looked at before the pointers are used
    if !socket.is_connected() && !under_way {
        all.must_if(true, rule, code);
        return;
    }
    all.may_if(under_way, rule, code);
    all.must_if(!buffer.is_good(), Rule::GetPeerNameNeedsBuffer, Error::WsaFault);
    all.otherwise(Rule::GetPeerNameNames, Set::NameOf(socket.family));
}

/// A connection that has a peer is no longer under way.
pub(super) fn peer_seen(world: &mut World, id: SocketId) {
    socket::change(world, id, |socket| {
        if socket.connection == Connection::UnderWay {
            socket.connection = Connection::Connected;
        }
    });
}
