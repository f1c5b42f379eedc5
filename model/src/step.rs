//! The relation: what may be answered ([`permitted`]) and what an answer changes ([`apply`]).
//!
//! Each call stands in the room of its kind, its refusals as a table, its effect beside them. `permitted` never reads a
//! profile: guards sit on the entries. `apply` decides nothing: it writes down what was observed.

use crate::call::Call;
use crate::error::Error;
use crate::id::{ProcessId, Token};
use crate::permitted::Permitted;
use crate::reply::Reply;
use crate::rule::Rule;
use crate::world::{Reservation, World};

mod bind;
mod host;
mod persistent;
mod privilege;
mod runtime;
mod sharing;
mod socket;

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

fn list(world: &World, by: ProcessId, call: &Call, all: &mut Permitted) {
    match *call {
        Call::Startup(version) => host::startup(version, all),
        Call::Cleanup => host::cleanup(world, by, all),
        Call::Exit => host::exit(all),
        Call::Start { .. } => host::start(all),
        Call::Restart => host::restart(all),
        Call::Socket { kind, .. } => socket::open(world, by, kind, all),
        Call::SetSockOpt { socket, option, value } => {
            socket::set_option(world, by, socket, option, value, all)
        }
        Call::GetSockName { socket } => socket::name(world, by, socket, all),
        Call::Listen { socket } => socket::listen(world, by, socket, all),
        Call::CloseSocket { socket } => socket::close(world, by, socket, all),
        Call::Bind { socket, address } => bind::bind(world, by, socket, address, all),
        Call::Acquire { socket, range, frame } => {
            runtime::acquire(world, by, socket, range, frame, all)
        }
        Call::Associate { socket, token, frame } => {
            runtime::associate(world, by, socket, token, frame, all)
        }
        Call::Release { socket, token, frame } => {
            runtime::release(world, by, socket, token, frame, all)
        }
        Call::Create { protocol, range } => persistent::create(world, by, protocol, range, all),
        Call::Delete { protocol, range } => persistent::delete(world, by, protocol, range, all),
        Call::Lookup { protocol, range } => persistent::lookup(world, by, protocol, range, all),
    }
}

/// Writes a reply's effect into the world. Total: a reply that is not permitted is written down as well as it can be, so
/// that checking can go on behind a divergence. A refusal changes nothing.
pub fn apply(world: &mut World, by: ProcessId, call: &Call, reply: &Reply) {
    if matches!(reply, Reply::Failed(_) | Reply::Unsupported) {
        return;
    }
    match *call {
        Call::Startup(_) => host::started(world, by),
        Call::Cleanup => host::cleaned_up(world, by),
        Call::Exit => host::exited(world, by),
        Call::Start { process, credentials } => host::process_started(world, process, credentials),
        Call::Restart => host::restarted(world),
        Call::Socket { kind, family } => socket::opened(world, by, kind, family, reply),
        Call::SetSockOpt { socket, option, value } => {
            socket::option_set(world, socket, option, value)
        }
        Call::GetSockName { .. } => {}
        Call::Listen { socket } => socket::listening(world, socket),
        Call::CloseSocket { socket } => socket::closed(world, socket),
        Call::Bind { socket, address } => bind::bound(world, socket, address, reply),
        Call::Acquire { socket, .. } => runtime::acquired(world, by, socket, reply),
        Call::Associate { socket, token, .. } => runtime::associated(world, socket, token),
        Call::Release { token, .. } => end_reservation(world, token),
        Call::Create { protocol, range } => persistent::created(world, protocol, range, reply),
        Call::Delete { protocol, range } => persistent::deleted(world, protocol, range),
        Call::Lookup { protocol, range } => persistent::looked_up(world, protocol, range, reply),
    }
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
#[inline]
fn put_granted(world: &mut World, token: Token, reservation: Reservation) {
    if token == Token::ZERO || token == Token::UNKNOWN {
        return;
    }
    let users = world.reservation(token).map_or(0, |r| r.users);
    world.put_reservation(token, Some(Reservation { users, ..reservation }));
}
