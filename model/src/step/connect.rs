//! # Calls
//! `connect`, also with an address of the family `AF_UNSPEC`, `ConnectEx`, `accept`, `sendto`: what they do to ports.
//! # Errors
//! WSAEINVAL, WSAEISCONN, WSAEALREADY for a state that does not suit; WSAEADDRNOTAVAIL for no destination;
//! WSAEADDRINUSE for a conflict that comes late; WSAENOBUFS when no port is left; whatever the network says.
//! # Open
//! Where an associated socket gets its port (SIL-14f); ports that connections share; what a failed connect leaves.
//! # Assumed
//! Nothing.
//! # Not modelled
//! Payload, routes, backlogs; which peer it is. A completed `ConnectEx` is one call.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::call::{Family, SocketKind, SocketOption};
use crate::error::Error;
use crate::id::{ProcessId, SocketId};
use crate::permitted::{Code, FreePort, Guard, Offer, Permitted, Set};
use crate::port::{PortBlock, Protocol};
use crate::question::Question;
use crate::reply::Reply;
use crate::rule::Rule;
use crate::step::held::{is_being_taken, passing_over_ended};
use crate::step::sharing::Binding;
use crate::step::{descriptor, socket};
use crate::world::{Connection, Socket, World};

/// What the network or the other end may say at any time.
const NETWORK: [Error; 4] = [
    Error::WsaConnectionRefused,
    Error::WsaTimedOut,
    Error::WsaNetworkUnreachable,
    Error::WsaHostUnreachable,
];

/// By which of the two functions a socket is connected.
#[derive(Clone, Copy)]
pub(super) enum Means {
    Connect,
    ConnectEx {
        /// Whether there is no overlapped structure.
        null: bool,
    },
}

pub(super) fn connect(
    world: &World,
    by: ProcessId,
    id: SocketId,
    to: SocketAddr,
    means: Means,
    all: &mut Permitted,
) {
    let Some((id, socket)) = socket::of_call(world, by, id, all) else { return };
    let stream = socket.kind == SocketKind::Tcp;
    let extended = matches!(means, Means::ConnectEx { .. });
    // the state of the socket is looked at before the network is asked
    if refused_by_state(socket, means, all) {
        return;
    }
    if !is_of_family(socket, to) {
        all.ask_if(true, Rule::ConnectRejectsOtherFamily, Question::ConnectOtherFamily);
        return;
    }
    let mapped = is_mapped_on_v6_only(socket, to);
    all.ask_if(mapped, Rule::ConnectRejectsMapped, Question::ConnectMapped);
    let nowhere = to.ip().is_unspecified() || to.port() == 0;
    if stream {
        all.must_if(nowhere, Rule::ConnectRejectsNowhere, Error::WsaAddressNotAvailable);
        if nowhere {
            return;
        }
        destination(world, socket, to, extended, all);
    } else {
        let zero = to.ip().is_unspecified();
        all.ask_if(zero, Rule::ConnectRejectsZeroDatagram, Question::ConnectZeroDatagram);
        let barred = is_barred_broadcast(socket, to);
        all.must_if(barred, Rule::ConnectRejectsBroadcast, Error::WsaAccess);
        fails(&[Error::WsaNetworkUnreachable, Error::WsaHostUnreachable], Rule::ConnectFails, all);
    }
    let contested = stream && is_contested(world, id, socket);
    all.may_if(contested, Rule::ConnectMeetsSocket, Error::WsaAddressInUse);
    let Some(protocol) = socket.kind.protocol() else {
        all.otherwise(Rule::ConnectConnects, Set::AnyPort);
        return;
    };
    let binding = implicit(world, by, id, socket, protocol);
    if socket.bound.is_none_or(|name| name.port() == 0) {
        binding.meets_filter(0, all);
    }
    match (socket.bound, socket.associations) {
        (Some(name), _) if name.port() != 0 => {
            all.otherwise(Rule::ConnectConnects, Set::Port(name.port()));
        }
        (Some(_), None) => choose(&binding, Guard::ALWAYS, Rule::ConnectChoosesNow, None, all),
        (Some(_), Some(_)) => bind_implicitly(&binding, Rule::ConnectChoosesNow, None, all),
        (None, _) => bind_implicitly(&binding, Rule::ConnectBinds, None, all),
    }
}

/// What the state of the socket decides. True if the call is refused for certain.
fn refused_by_state(socket: &Socket, means: Means, all: &mut Permitted) -> bool {
    let stream = socket.kind == SocketKind::Tcp;
    let before = all.must.len();
    all.must_if(socket.listening, Rule::ConnectRejectsListening, Error::WsaInvalid);
    if let Means::ConnectEx { null } = means {
        all.must_if(null, Rule::ConnectExNeedsOverlapped, Error::InvalidParameter);
        all.must_if(!stream, Rule::ConnectExNeedsStream, Error::WsaOperationNotSupported);
        socket::must_unless_bound(socket, Rule::ConnectExNeedsBound, Error::WsaInvalid, all);
    }
    if stream {
        let (rule, code) = (Rule::ConnectRejectsConnected, Error::WsaIsConnected);
        all.must_if(socket.is_connected(), rule, code);
        if socket.connection == Connection::UnderWay {
            // one of these, for whatever has become of it
            all.must_if(true, Rule::ConnectIsUnderWay, Error::WsaAlready);
            all.must_if(true, rule, code);
            all.must_if(true, Rule::ConnectWouldBlock, Error::WsaWouldBlock);
            fails(&NETWORK, Rule::ConnectFails, all);
        }
    }
    all.must.iter().skip(before).any(|r| r.when == Guard::ALWAYS)
}

fn is_mapped_on_v6_only(socket: &Socket, to: SocketAddr) -> bool {
    socket.family == Family::V6 && socket.v6_only && to.ip().to_canonical().is_ipv4()
}

/// Whether another socket, or an old connection, may have the port that the connection gets.
fn is_contested(world: &World, id: SocketId, socket: &Socket) -> bool {
    let block = match (socket.bound, socket.associations) {
        (Some(name), _) => PortBlock::of(name.port()),
        (None, Some((_, last))) => world.reservation(last).and_then(|r| r.block),
        (None, None) => None,
    };
    let within = block.unwrap_or(world.dynamic(Protocol::Tcp));
    let mut bound = world.bound_in(Protocol::Tcp, within).into_iter().flat_map(|lowest| {
        // nearly always the first
        (lowest..=within.last()).flat_map(|port| world.at_port(Protocol::Tcp, port))
    });
    world.machine().open
        || !world.lingering_in(within).is_empty()
        || bound.any(|(other, _)| other != id)
}

/// What is known of a stream connection's other end.
fn destination(
    world: &World,
    socket: &Socket,
    to: SocketAddr,
    extended: bool,
    all: &mut Permitted,
) {
    let blocks = !socket.non_blocking || extended;
    if !blocks {
        all.must_if(true, Rule::ConnectWouldBlock, Error::WsaWouldBlock);
    }
    let (ip, local) = (to.ip().to_canonical(), world.is_local(to.ip().to_canonical()));
    let hears = |s: &Socket| {
        s.listening
            && s.bound.is_some_and(|name| {
                let at = name.ip().to_canonical();
                let dual = at.is_ipv6() && !s.v6_only;
                let any = at.is_unspecified() && (at.is_ipv4() == ip.is_ipv4() || dual);
                at == ip || any
            })
    };
    let heard = world.at_port(Protocol::Tcp, to.port()).any(|(_, s)| hears(s));
    // a socket may meet itself, and a listener may have a port that nobody has seen
    let itself = socket.bound.is_some_and(|name| name.port() == to.port());
    let nobody = local && !heard && !world.machine().open && !world.has_tried() && !itself;
    all.may_if(local && !heard, Rule::ConnectFindsNoListener, Error::WsaConnectionRefused);
    all.must_if(nobody, Rule::ConnectFindsNoListener, Error::WsaConnectionRefused);
    fails(&NETWORK, Rule::ConnectFails, all);
}

fn fails(codes: &[Error], rule: Rule, all: &mut Permitted) {
    codes.iter().for_each(|code| all.may_if(true, rule, *code));
}

/// A bind to the wildcard address, by a call that needs a port.
fn implicit<'w>(
    world: &'w World,
    by: ProcessId,
    id: SocketId,
    socket: &'w Socket,
    protocol: Protocol,
) -> Binding<'w> {
    Binding { world, by, id, socket, protocol, address: socket.family.wildcard().ip() }
}

/// Binds as to the wildcard address and port 0. `no_port`: the rule and the question of what happens when none is left,
/// where that is another than for bind.
fn bind_implicitly(
    binding: &Binding<'_>,
    rule: Rule,
    no_port: Option<(Rule, Question)>,
    all: &mut Permitted,
) {
    if binding.socket.associations.is_none() {
        return choose(binding, Guard::ALWAYS, rule, no_port, all);
    }
    let (reserved, dynamic) = const {
        let q = Question::ImplicitAssociated;
        (Guard::when(q.only(&["reservation"])), Guard::when(q.only(&["dynamic"])))
    };
    let mut from = Permitted::new();
    binding.by_associations(0, reserved, &mut from);
    all.take(from, rule);
    choose(binding, dynamic, rule, no_port, all);
}

/// A port of the dynamic range; for a connection perhaps one that other connections have, too.
///
/// Where connections may share ports, a range without a free port does not have to refuse, and it may: connections to one
/// destination share no port, and nobody knows here which destinations the others have.
fn choose(
    binding: &Binding<'_>,
    when: Guard,
    rule: Rule,
    no_port: Option<(Rule, Question)>,
    all: &mut Permitted,
) {
    let mut chosen = Permitted::new();
    binding.dynamically(when, &mut chosen);
    let within = binding.world.dynamic(binding.protocol);
    if let Some((rule, question)) = no_port {
        let code = Code::Asks(question);
        chosen.offers.iter_mut().for_each(|o| o.if_empty = Some((rule, code)));
        let world = binding.world;
        let taken = |of| is_being_taken(world, of, within, None);
        if world.may_have_unseen_blocks() || Protocol::ALL.into_iter().any(taken) {
            chosen.may_when(when, rule, code);
        }
    }
    all.take(chosen, rule);
    let taken = binding.world.bound_in(binding.protocol, within).is_some();
    if binding.protocol == Protocol::Tcp && taken {
        let when = when.and(const { Question::AutoReuse.only(&["yes"]) });
        let Binding { world, protocol, .. } = *binding;
        for (when, skip_ended) in passing_over_ended(world, protocol, false, within, when) {
            let all_free = FreePort::of(protocol, within);
            let free = FreePort { shared: true, skip_ended, ..all_free };
            all.offer(Offer { rule, when, set: Set::FreePort(free), if_empty: None });
        }
    }
}

fn is_of_family(socket: &Socket, to: SocketAddr) -> bool {
    (socket.family == Family::V4) == to.is_ipv4()
}

fn is_barred_broadcast(socket: &Socket, to: SocketAddr) -> bool {
    to.ip() == IpAddr::V4(Ipv4Addr::BROADCAST) && !socket.settings.has(SocketOption::Broadcast)
}

/// `connect` with an address of the family `AF_UNSPEC`.
pub(super) fn disconnect(world: &World, by: ProcessId, id: SocketId, all: &mut Permitted) {
    let Some((_, socket)) = socket::of_call(world, by, id, all) else { return };
    if socket.kind == SocketKind::Tcp {
        if !refused_by_state(socket, Means::Connect, all) {
            all.ask_if(true, Rule::DisconnectRejectsStream, Question::DisconnectStream);
        }
        return;
    }
    let rule = Rule::DisconnectNeedsConnected;
    all.ask_if(!socket.is_connected(), rule, Question::DisconnectUnconnected);
    all.otherwise(Rule::DisconnectUndoes, Set::Ok);
}

/// The socket keeps its port.
pub(super) fn disconnected(world: &mut World, id: SocketId) {
    socket::change(world, id, |socket| {
        if socket.kind != SocketKind::Tcp {
            undo(socket);
        }
    });
}

pub(super) fn accept(world: &World, by: ProcessId, id: SocketId, all: &mut Permitted) {
    let Some((_, socket)) = socket::of_call(world, by, id, all) else { return };
    if socket.kind != SocketKind::Tcp {
        all.must_if(true, Rule::AcceptNeedsStream, Error::WsaOperationNotSupported);
        return;
    }
    if !socket.listening {
        all.must_if(true, Rule::AcceptNeedsListening, Error::WsaInvalid);
        return;
    }
    all.may_if(socket.non_blocking, Rule::AcceptWouldBlock, Error::WsaWouldBlock);
    fails(
        &[Error::WsaConnectionReset, Error::WsaInterrupted, Error::OperationAborted],
        Rule::AcceptFails,
        all,
    );
    all.otherwise(Rule::AcceptOpens, Set::NewSocket);
}

pub(super) fn send_to(
    world: &World,
    by: ProcessId,
    id: SocketId,
    to: SocketAddr,
    all: &mut Permitted,
) {
    let Some((id, socket)) = socket::of_call(world, by, id, all) else { return };
    if socket.kind == SocketKind::Tcp {
        let under_way = socket.connection == Connection::UnderWay;
        let (rule, code) = (Rule::SendToNeedsConnected, Error::WsaNotConnected);
        all.may_if(under_way, rule, code);
        if !socket.is_connected() && !under_way {
            all.must_if(true, rule, code);
            return;
        }
        match socket.bound {
            Some(name) => all.otherwise(Rule::SendToSends, Set::Port(name.port())),
            None => {
                for within in socket::unseen_ports(world, socket, Protocol::Tcp) {
                    all.otherwise(Rule::SendToSends, Set::PortIn(within));
                }
            }
        }
        return;
    }
    if !is_of_family(socket, to) {
        all.ask_if(true, Rule::SendToRejectsOtherFamily, Question::SendToOtherFamily);
        return;
    }
    let mapped = is_mapped_on_v6_only(socket, to);
    all.ask_if(mapped, Rule::SendToRejectsMapped, Question::ConnectMapped);
    let barred = is_barred_broadcast(socket, to);
    all.must_if(barred, Rule::SendToRejectsBroadcast, Error::WsaAccess);
    let nowhere = to.ip().is_unspecified() || to.port() == 0;
    all.ask_if(nowhere, Rule::SendToRejectsNowhere, Question::SendToZero);
    fails(&[Error::WsaNetworkUnreachable, Error::WsaHostUnreachable], Rule::SendToFails, all);
    match (socket.bound, socket.kind.protocol()) {
        (_, None) => all.otherwise(Rule::SendToSends, Set::AnyPort),
        (Some(name), Some(_)) => all.otherwise(Rule::SendToSends, Set::Port(name.port())),
        (None, Some(protocol)) => {
            let binding = implicit(world, by, id, socket, protocol);
            binding.meets_filter(0, all);
            let no_port = Some((Rule::SendToFindsNoPort, Question::SendToNoPort));
            bind_implicitly(&binding, Rule::SendToBinds, no_port, all);
        }
    }
}

/// The socket is connected, and bound if it was not.
pub(super) fn connected(world: &mut World, id: SocketId, to: SocketAddr, reply: &Reply) {
    let Reply::Bound(port) = *reply else { return };
    take_port(world, id, port);
    socket::change(world, id, |socket| {
        // a datagram socket is disconnected by the wildcard address (CONN-5)
        if to.ip().is_unspecified() && socket.kind == SocketKind::Udp {
            undo(socket);
        } else {
            socket.connection = Connection::Connected;
        }
    });
}

fn undo(socket: &mut Socket) {
    if socket.is_connected() {
        socket.connection = Connection::Undone;
    }
}

/// The socket is bound if it was not.
pub(super) fn sent(world: &mut World, id: SocketId, reply: &Reply) {
    let Reply::Bound(port) = *reply else { return };
    take_port(world, id, port);
}

fn take_port(world: &mut World, id: SocketId, port: u16) {
    socket::change(world, id, |socket| {
        let mut name = socket.bound.unwrap_or(socket.family.wildcard());
        if name.port() == 0 {
            name.set_port(port);
            socket.bound = Some(name);
            socket.implicit = true;
        }
    });
}

/// A connect that got as far as the network may have bound the socket.
pub(super) fn failed(world: &mut World, id: SocketId, error: Error) {
    let becomes = match error {
        Error::WsaWouldBlock => Connection::UnderWay,
        Error::WsaIsConnected => Connection::Connected,
        Error::WsaAddressInUse => Connection::Failed,
        _ if NETWORK.contains(&error) => Connection::Failed,
        _ => return,
    };
    socket::change(world, id, |socket| {
        let begun = socket.connection == Connection::UnderWay;
        let idle = matches!(socket.connection, Connection::None | Connection::Failed);
        let fits = match becomes {
            Connection::Connected => begun,
            _ => begun || idle,
        };
        if fits && socket.kind == SocketKind::Tcp {
            socket.connection = becomes;
        }
    });
}

pub(super) fn accepted(world: &mut World, by: ProcessId, listener: SocketId, reply: &Reply) {
    let Reply::Socket(id) = *reply else { return };
    let Some(of) = world.socket(listener).copied() else { return };
    descriptor::vacate(world, id);
    let (listening, connection) = (false, Connection::Accepted);
    let associations = None;
    let socket = Socket { process: by, creator: by, listening, connection, associations, ..of };
    world.put_socket(id, Some(socket));
}
