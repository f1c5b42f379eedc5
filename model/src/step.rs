//! The relation: what may be answered ([`permitted`]) and what an answer changes ([`apply`]).
//!
//! Each call stands in the room of its kind, its refusals as a table, its effect beside them. `permitted` never reads a
//! profile: guards sit on the entries. `apply` decides nothing: it writes down what was observed.

use crate::call::{Call, Triple};
use crate::error::Error;
use crate::id::{ProcessId, SocketId, Token};
use crate::permitted::{Permitted, Refusal};
use crate::question::Question;
use crate::reply::Reply;
use crate::rule::Rule;
use crate::world::{Reservation, World};

mod bind;
mod component;
mod connect;
mod control;
mod descriptor;
mod held;
mod host;
mod ioctl;
mod name;
mod netsh;
mod open;
mod option;
mod overlapped;
mod persistent;
mod privilege;
mod runtime;
mod sharing;
mod socket;

use connect::Means;
pub use host::{after_restart, lasting_dynamic, lasting_exclusions, lasting_reservations};

/// Every reply that may be given to a call of a process ([`ProcessId::MACHINE`] for events of the machine).
#[inline]
#[must_use]
pub fn permitted(world: &World, by: ProcessId, call: &Call) -> Permitted {
    let mut all = Permitted::new();
    list(world, by, call, &mut all);
    all
}

/// The same, written over what an earlier call left: for those who ask often, as the lists are long.
#[inline]
pub fn permitted_into(world: &World, by: ProcessId, call: &Call, all: &mut Permitted) {
    all.clear();
    list(world, by, call, all);
}

fn list(world: &World, by: ProcessId, call: &Call, to: &mut Permitted) {
    match *call {
        Call::Startup(startup) => host::startup(startup, to),
        Call::Cleanup => host::cleanup(world, by, to),
        Call::Socket { kind, .. } => socket::open(world, by, kind, to),
        Call::Open { family, kind, protocol, info, .. } => {
            open::open(world, by, Triple { family, kind, protocol }, info, to)
        }
        Call::SetSockOpt { socket, option, value, optval } => {
            option::set(world, by, socket, option, (value, optval), to)
        }
        Call::GetSockOpt { socket, option, optval } => {
            option::get(world, by, socket, option, optval, to)
        }
        Call::IoctlSocket { socket, command, argument } => {
            control::ioctl_socket(world, by, socket, command, argument, to)
        }
        Call::Bind { socket, address, name } => bind::bind(world, by, socket, (address, name), to),
        Call::GetSockName { socket, name } => name::local(world, by, socket, name, to),
        Call::GetPeerName { socket, name } => name::peer(world, by, socket, name, to),
        Call::Listen { socket } => socket::listen(world, by, socket, to),
        Call::Connect { socket, address } => {
            connect::connect(world, by, socket, address, Means::Connect, to)
        }
        Call::ConnectEx { socket, address, null } => {
            connect::connect(world, by, socket, address, Means::ConnectEx { null }, to)
        }
        Call::Disconnect { socket } => connect::disconnect(world, by, socket, to),
        Call::Accept { socket } => connect::accept(world, by, socket, to),
        Call::SendTo { socket, address } => connect::send_to(world, by, socket, address, to),
        Call::CloseSocket { socket } => descriptor::close(world, by, socket, to),
        Call::Duplicate { socket, process, null } => {
            descriptor::duplicate(world, by, socket, (process, null), to)
        }
        Call::Inherit { socket, process } => descriptor::inherit(world, by, socket, process, to),
        Call::Acquire { socket, range, frame } => {
            runtime::acquire(world, by, socket, range, (frame, None), to)
        }
        Call::Associate { socket, token, frame } => {
            runtime::associate(world, by, socket, token, frame, to)
        }
        Call::Release { socket, token, frame } => {
            runtime::release(world, by, socket, token, frame, to)
        }
        Call::Affinity { socket, .. } => ioctl::affinity(world, by, socket, to),
        Call::Ioctl { socket, code, frame } => control::ioctl(world, by, socket, code, frame, to),
        Call::Result { request, wait, null } => {
            overlapped::result(world, by, request, (wait, null), to)
        }
        Call::Completion { request } => overlapped::completion(world, by, request, to),
        Call::Cancel { socket, request } => overlapped::cancel(world, by, socket, request, to),
        Call::Preset { .. } => overlapped::preset(to),
        Call::EndThread => overlapped::end_thread(to),
        Call::Create { protocol, range, null } => {
            persistent::create(world, by, protocol, range, null, to)
        }
        Call::Delete { protocol, range } => persistent::delete(world, by, protocol, range, to),
        Call::Lookup { protocol, range, null } => {
            persistent::lookup(world, by, protocol, range, null, to)
        }
        Call::AddExcluded { protocol, range, .. } => netsh::add(world, by, protocol, range, to),
        Call::DeleteExcluded { protocol, range, store } => {
            netsh::delete(world, by, (protocol, range), store, to)
        }
        Call::ShowExcluded { protocol, range } => netsh::show(world, protocol, range, to),
        Call::SetDynamic { range, .. } => netsh::set_dynamic(world, by, range, to),
        Call::ShowDynamic { protocol } => netsh::show_dynamic(world, protocol, to),
        Call::Exit => host::event(Rule::ExitEnds, to),
        Call::Start { .. } => host::event(Rule::ProcessStarts, to),
        Call::Restart => host::event(Rule::MachineRestarts, to),
        Call::Appear { protocol, block, owner } => {
            component::appear(world, protocol, block, owner, to)
        }
        Call::Vanish { protocol, block } => component::vanish(world, protocol, block, to),
        Call::Network { .. } => host::event(Rule::NetworkChanges, to),
        Call::Settle { port } => host::settle(world, port, to),
        Call::Complete { request } => overlapped::complete(world, request, to),
    }
}

/// Writes a reply's effect into the world. Total: a reply that is not permitted is written down as well as it can be, so
/// that checking can go on behind a divergence. A refusal changes nothing, but that a connect may have bound the socket
/// before it failed, and that a pending request goes on.
pub fn apply(world: &mut World, by: ProcessId, call: &Call, reply: &Reply) {
    match *reply {
        Reply::Failed(error) => failed(world, by, call, error),
        Reply::Unsupported | Reply::Bytes(_) => {}
        _ => succeeded(world, by, call, reply),
    }
}

fn failed(world: &mut World, by: ProcessId, call: &Call, error: Error) {
    match *call {
        Call::Connect { socket, .. } | Call::ConnectEx { socket, .. } => {
            connect::failed(world, slot(world, by, socket), error);
        }
        Call::Result { .. } | Call::Completion { .. } | Call::Complete { .. } => {
            overlapped::seen(world, by, call, &Reply::Failed(error));
        }
        _ if error == Error::IoPending => {
            ioctl::answered(world, by, call, &Reply::Failed(error));
        }
        _ => {}
    }
}

fn succeeded(world: &mut World, by: ProcessId, call: &Call, reply: &Reply) {
    match *call {
        Call::Startup(_) => host::started(world, by),
        Call::Cleanup => host::cleaned_up(world, by),
        Call::Socket { kind, family, attributes } => {
            socket::opened(world, by, kind, family, attributes, reply)
        }
        Call::Open { attributes, .. } => {
            if let Reply::Opened { socket, kind, family } = *reply {
                socket::opened(world, by, kind, family, attributes, &Reply::Socket(socket));
            }
        }
        Call::SetSockOpt { socket, option, value, .. } => {
            option::was_set(world, slot(world, by, socket), option, value)
        }
        Call::IoctlSocket { socket, command, .. } => {
            control::commanded(world, slot(world, by, socket), command)
        }
        Call::Bind { socket, ref address, .. } => {
            bind::bound(world, slot(world, by, socket), address, reply)
        }
        Call::GetSockName { socket, .. } => {
            if let Reply::Name(seen) = *reply {
                name::seen(world, slot(world, by, socket), seen);
            }
        }
        Call::GetPeerName { socket, .. } => name::peer_seen(world, slot(world, by, socket)),
        Call::Disconnect { socket } => connect::disconnected(world, slot(world, by, socket)),
        Call::Listen { socket } => socket::listening(world, slot(world, by, socket)),
        Call::Connect { socket, address } | Call::ConnectEx { socket, address, .. } => {
            connect::connected(world, slot(world, by, socket), address, reply)
        }
        Call::Accept { socket } => connect::accepted(world, by, slot(world, by, socket), reply),
        Call::SendTo { socket, .. } => connect::sent(world, slot(world, by, socket), reply),
        Call::CloseSocket { socket } => descriptor::closed(world, by, socket),
        Call::Duplicate { socket, process, .. } | Call::Inherit { socket, process } => {
            descriptor::duplicated(world, slot(world, by, socket), process, reply)
        }
        Call::Acquire { socket, .. } => {
            runtime::acquired(world, by, slot(world, by, socket), reply);
            ioctl::answered(world, by, call, reply);
        }
        Call::Associate { socket, token, .. } => {
            runtime::associated(world, slot(world, by, socket), token);
            ioctl::answered(world, by, call, reply);
        }
        Call::Release { token, .. } => {
            end_reservation(world, token);
            ioctl::answered(world, by, call, reply);
        }
        Call::Affinity { socket, processor } => {
            ioctl::affinity_set(world, slot(world, by, socket), processor)
        }
        Call::Ioctl { socket, code, .. } => {
            control::answered(world, slot(world, by, socket), code);
            ioctl::answered(world, by, call, reply);
        }
        Call::Result { .. } | Call::Completion { .. } | Call::Complete { .. } => {
            overlapped::seen(world, by, call, reply)
        }
        Call::Cancel { socket, request } => {
            overlapped::cancel_requested(world, by, socket, request)
        }
        Call::Preset { request, .. } => overlapped::was_preset(world, by, request, call),
        Call::EndThread => overlapped::thread_ended(world, by),
        Call::Create { protocol, range, .. } => persistent::created(world, protocol, range, reply),
        Call::Delete { protocol, range } => persistent::deleted(world, protocol, range),
        Call::Lookup { protocol, range, .. } => {
            persistent::looked_up(world, protocol, range, reply)
        }
        Call::AddExcluded { protocol, range, store } => netsh::added(world, protocol, range, store),
        Call::DeleteExcluded { protocol, range, store } => {
            netsh::deleted(world, protocol, range, store)
        }
        Call::SetDynamic { protocol, range, store } => {
            netsh::dynamic_set(world, protocol, range, store)
        }
        Call::GetSockOpt { .. } | Call::ShowExcluded { .. } | Call::ShowDynamic { .. } => {}
        Call::Exit => host::exited(world, by),
        Call::Start { process, credentials } => host::process_started(world, process, credentials),
        Call::Restart => host::restarted(world),
        Call::Appear { protocol, block, owner } => {
            component::appeared(world, protocol, block, owner)
        }
        Call::Vanish { protocol, block } => component::vanished(world, protocol, block),
        Call::Network { up } => host::network_changed(world, up),
        Call::Settle { port } => host::settled(world, port),
    }
}

/// The slot of the socket that a descriptor stands for; the descriptor's own where it stands for none.
fn slot(world: &World, by: ProcessId, id: SocketId) -> SocketId {
    world.slot_of(by, id).unwrap_or(id)
}

/// What every Winsock call needs: Winsock started, the network, resources. False if the call is refused for certain.
fn winsock(world: &World, by: ProcessId, all: &mut Permitted) -> bool {
    let started = world.started(by);
    all.must_if(!started, Rule::CallNeedsStartup, Error::WsaNotInitialised);
    surroundings(world, all);
    started
}

/// What the machine's condition may do to any call.
#[inline(always)]
fn surroundings(world: &World, all: &mut Permitted) {
    all.may_always(const { &Refusal::asked(Rule::CallInProgress, Question::InProgress) });
    all.may_if(world.machine().network_down, Rule::CallNeedsNetwork, Error::WsaNetworkDown);
    all.may_if(world.machine().scarce, Rule::CallNeedsResources, Error::WsaNoBuffers);
    all.may_if(world.machine().scarce, Rule::CallNeedsResources, Error::WsaTooManyFiles);
}

/// The reservation ends: at once, or for those who still use it, when the last of them is gone.
fn end_reservation(world: &mut World, token: Token) {
    match world.reservation(token) {
        Some(reservation) if reservation.users == 0 => world.put_reservation(token, None),
        _ => world.change_reservation(token, |reservation| reservation.ended = true),
    }
}

/// Puts a reservation where a reply says that it is. Where the token was in use already, which no relation permits, its
/// users stay.
#[inline(always)]
fn put_granted(world: &mut World, token: Token, reservation: Reservation) {
    if token == Token::ZERO || token == Token::UNKNOWN {
        return;
    }
    let users = world.reservation(token).map_or(0, |r| r.users);
    world.put_reservation(token, Some(Reservation { users, ..reservation }));
}
