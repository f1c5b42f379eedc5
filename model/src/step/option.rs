//! # Calls
//! `setsockopt`, `getsockopt`, `ioctlsocket(FIONBIO)`.
//! # Errors
//! WSAEINVAL for SO_REUSEADDR beside SO_EXCLUSIVEADDRUSE, and for IPV6_V6ONLY after bind.
//! # Open
//! Options after bind; SO_RANDOMIZE_PORT beside SO_REUSE_UNICASTPORT; options that suit one transport or family only.
//! # Assumed
//! Nothing.
//! # Not modelled
//! Levels, lengths and pointers; options that do not bear on ports.

use crate::call::{Family, SocketKind, SocketOption};
use crate::error::Error;
use crate::id::{ProcessId, SocketId};
use crate::permitted::{Code, Guard, Permitted, Set};
use crate::question::Question;
use crate::reply::Reply;
use crate::rule::Rule;
use crate::step::{privilege, socket, winsock};
use crate::world::{Socket, World};

pub(super) fn set(
    world: &World,
    by: ProcessId,
    id: SocketId,
    option: SocketOption,
    value: u32,
    all: &mut Permitted,
) {
    let Some((_, socket)) = socket::of_call(world, by, id, all) else { return };
    suits(socket, option, all);
    let on = value != 0;
    match option {
        SocketOption::V6Only => {
            let (rule, code) = (Rule::SetSockOptRejectsV6OnlyAfterBind, Error::WsaInvalid);
            socket::must_if_bound(socket, rule, code, all);
        }
        SocketOption::ReuseAddr | SocketOption::ExclusiveAddrUse => {
            let both = on && socket.options.with(option, on).both();
            let (rule, question) =
                (Rule::SetSockOptRejectsReuseWithExclusive, Question::ReuseWithExclusive);
            all.ask_if(both, rule, question);
            let (rule, question) = (Rule::SetSockOptRejectsAfterBind, Question::ShareAfterBind);
            socket::ask_if_bound(socket, rule, question, all);
            if option == SocketOption::ExclusiveAddrUse {
                let code = Code::Asks(Question::ExclusivePrivilege);
                let rule = Rule::SetSockOptNeedsPrivilegeForExclusive;
                privilege::administrator(world, by, rule, code, Guard::ALWAYS, all);
            }
        }
        SocketOption::RandomizePort => {
            let reuse = socket.settings.has(SocketOption::ReuseUnicastPort);
            let (rule, question) =
                (Rule::SetSockOptRejectsRandomizeWithReuse, Question::RandomizeWithReuse);
            all.ask_if(on && reuse, rule, question);
        }
        SocketOption::Broadcast
        | SocketOption::PortScalability
        | SocketOption::ReuseUnicastPort
        | SocketOption::ReuseMulticastPort => {}
    }
    all.otherwise(Rule::SetSockOptSets, Set::Ok);
}

pub(super) fn get(
    world: &World,
    by: ProcessId,
    id: SocketId,
    option: SocketOption,
    all: &mut Permitted,
) {
    let Some((_, socket)) = socket::of_call(world, by, id, all) else { return };
    suits(socket, option, all);
    let set = socket.settings.has(option);
    let counts = match option {
        SocketOption::ReuseAddr => socket.options.reuse(),
        SocketOption::ExclusiveAddrUse => socket.options.exclusive(),
        SocketOption::V6Only => socket.v6_only,
        _ => set,
    };
    let mut value = |on| {
        all.otherwise(Rule::GetSockOptGives, Set::This(Reply::Value(u32::from(on))));
    };
    value(counts);
    // an option set after bind has no effect; whether it is given back, no page says
    let too_late = socket.bound.is_some() && option != SocketOption::V6Only;
    if too_late && set != counts {
        value(set);
    }
}

/// Whether the socket has the option at all.
fn suits(socket: &Socket, option: SocketOption, all: &mut Permitted) {
    let tcp_only = matches!(option, SocketOption::PortScalability | SocketOption::ReuseUnicastPort);
    let other = tcp_only && socket.kind != SocketKind::Tcp;
    all.ask_if(other, Rule::SetSockOptRejectsUdp, Question::TcpOnlyOptions);
    let v6 = option == SocketOption::Broadcast && socket.family == Family::V6 && socket.v6_only;
    all.ask_if(v6, Rule::SetSockOptRejectsBroadcast, Question::BroadcastOnV6);
}

pub(super) fn block(world: &World, by: ProcessId, id: SocketId, all: &mut Permitted) {
    if !winsock(world, by, all) {
        return;
    }
    if socket::of_handle(world, by, id, all).is_some() {
        all.otherwise(Rule::IoctlSocketSets, Set::Ok);
    }
}

pub(super) fn was_set(world: &mut World, id: SocketId, option: SocketOption, value: u32) {
    // IPV6_V6ONLY is one byte long (PF-6)
    let on = if option == SocketOption::V6Only { value & 0xff != 0 } else { value != 0 };
    socket::change(world, id, |socket| {
        match option {
            SocketOption::V6Only => socket.v6_only = on,
            // an option set after bind has no effect (BIND-18)
            SocketOption::ReuseAddr | SocketOption::ExclusiveAddrUse if socket.bound.is_none() => {
                socket.options = socket.options.with(option, on);
            }
            _ => {}
        }
        socket.settings = socket.settings.with(option, on);
    });
}

pub(super) fn blocking_set(world: &mut World, id: SocketId, fionbio: u32) {
    socket::change(world, id, |socket| socket.non_blocking = fionbio != 0);
}
