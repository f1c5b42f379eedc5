//! # Calls
//! `setsockopt`, `getsockopt`.
//! # Errors
//! WSAEINVAL for SO_REUSEADDR beside SO_EXCLUSIVEADDRUSE, for IPV6_V6ONLY after bind, and for a level without options;
//! WSAENOPROTOOPT for an option that nobody knows or that cannot be set; WSAEFAULT for pointers and lengths.
//! # Open
//! Options after bind; SO_RANDOMIZE_PORT beside SO_REUSE_UNICASTPORT; options that suit one transport or family only;
//! lengths below four bytes, where no suite tells; the code for what can be read only.
//! # Assumed
//! Nothing.
//! # Not modelled
//! What options hold that do not bear on ports; which bytes of the value a length below four leaves unread.

use crate::call::{Family, Holding, Optval, Pointer, SocketKind, SocketOption};
use crate::error::Error;
use crate::id::{ProcessId, SocketId};
use crate::permitted::{Code, Guard, Permitted, Set};
use crate::question::Question;
use crate::rule::Rule;
use crate::step::{privilege, socket, winsock};
use crate::world::{Socket, World};

pub(super) fn set(
    world: &World,
    by: ProcessId,
    id: SocketId,
    option: SocketOption,
    (value, optval): (u32, Optval),
    all: &mut Permitted,
) {
    if option == SocketOption::OpenType {
        // it belongs to the thread, and needs no socket
        winsock(world, by, all);
        set_arguments(option, optval, all);
        all.otherwise(Rule::SetSockOptSets, Set::Ok);
        return;
    }
    let Some((_, socket)) = socket::of_call(world, by, id, all) else { return };
    if !optval.is_well_formed() {
        set_arguments(option, optval, all);
    }
    suits(socket, option, all);
    let on = is_on(option, value);
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
        SocketOption::Type
        | SocketOption::AcceptConn
        | SocketOption::ProtocolInfo
        | SocketOption::BspState => read_only(socket, option, all),
        SocketOption::Broadcast
        | SocketOption::PortScalability
        | SocketOption::ReuseUnicastPort
        | SocketOption::ReuseMulticastPort
        | SocketOption::OpenType
        | SocketOption::SendTimeout
        | SocketOption::Linger
        | SocketOption::Numbered { .. } => {}
    }
    all.otherwise(Rule::SetSockOptSets, Set::Ok);
}

fn read_only(socket: &Socket, option: SocketOption, all: &mut Permitted) {
    let rule = Rule::SetSockOptRejectsReadOnly;
    match option {
        SocketOption::AcceptConn => all.must_if(true, rule, Error::WsaNoProtocolOption),
        SocketOption::Type if socket.kind == SocketKind::Udp => {
            all.must_if(true, rule, Error::WsaInvalid);
        }
        _ => all.ask_if(true, rule, Question::ReadOnlyOptions),
    }
}

fn set_arguments(option: SocketOption, optval: Optval, all: &mut Permitted) {
    let nowhere = optval.value != Pointer::Good;
    all.must_if(nowhere, Rule::SetSockOptRejectsPointer, Error::WsaFault);
    let Some(length) = optval.length else { return };
    let rule = Rule::SetSockOptRejectsLength;
    match option {
        SocketOption::V6Only if length < 0 => {
            all.ask_if(true, rule, Question::V6OnlyNegativeLength);
        }
        SocketOption::V6Only => all.must_if(length == 0, rule, Error::WsaFault),
        _ if takes_any_length(option) => {}
        _ => all.ask_if(length < natural(option), rule, Question::ShortOption),
    }
}

/// The options that are set whatever the length, and read where there is any (PF-6).
const fn takes_any_length(option: SocketOption) -> bool {
    use SocketOption::{Broadcast, ExclusiveAddrUse, ReuseAddr};
    matches!(option, ReuseAddr | ExclusiveAddrUse | Broadcast)
}

/// How many bytes an option has.
const fn natural(option: SocketOption) -> i32 {
    match option {
        SocketOption::V6Only => 1,
        // WSAPROTOCOL_INFOW; CSADDR_INFO where pointers have four bytes
        SocketOption::ProtocolInfo => 628,
        SocketOption::BspState => 24,
        _ => 4,
    }
}

pub(super) fn get(
    world: &World,
    by: ProcessId,
    id: SocketId,
    option: SocketOption,
    optval: Optval,
    all: &mut Permitted,
) {
    if option == SocketOption::OpenType {
        winsock(world, by, all);
        get_arguments(option, optval, all);
        all.otherwise(Rule::GetSockOptIgnoresHandle, Set::AnyValue);
        return;
    }
    let Some((_, socket)) = socket::of_call(world, by, id, all) else { return };
    if !optval.is_well_formed() {
        get_arguments(option, optval, all);
    }
    suits(socket, option, all);
    match option.holds() {
        Holding::Boolean => boolean(socket, option, all),
        Holding::State => {
            let value = match option {
                SocketOption::AcceptConn => u32::from(socket.listening),
                _ => type_of(socket.kind),
            };
            all.otherwise(Rule::GetSockOptTells, Set::Value(value));
        }
        Holding::Structure => all.otherwise(Rule::GetSockOptReads, Set::Ok),
        Holding::Other => all.otherwise(Rule::GetSockOptReads, Set::AnyValue),
    }
}

fn boolean(socket: &Socket, option: SocketOption, all: &mut Permitted) {
    let set = socket.settings.has(option);
    let counts = match option {
        SocketOption::ReuseAddr => socket.options.reuse(),
        SocketOption::ExclusiveAddrUse => socket.options.exclusive(),
        SocketOption::V6Only => socket.v6_only,
        _ => set,
    };
    let mut value = |on| {
        all.otherwise(Rule::GetSockOptGives, Set::Value(u32::from(on)));
    };
    value(counts);
    // an option set after bind has no effect; whether it is given back, no page says
    let too_late = socket.bound.is_some() && option != SocketOption::V6Only;
    if too_late && set != counts {
        value(set);
    }
}

/// `SOCK_STREAM`, `SOCK_DGRAM`, `SOCK_RAW`.
const fn type_of(kind: SocketKind) -> u32 {
    match kind {
        SocketKind::Tcp => 1,
        SocketKind::Udp => 2,
        SocketKind::Raw => 3,
    }
}

fn get_arguments(option: SocketOption, optval: Optval, all: &mut Permitted) {
    let nowhere = optval.value != Pointer::Good;
    all.must_if(nowhere, Rule::GetSockOptRejectsPointer, Error::WsaFault);
    let Some(length) = optval.length else { return };
    let rule = Rule::GetSockOptRejectsLength;
    if length < 1 {
        all.must_if(true, rule, Error::WsaFault);
    } else if !takes_any_length(option) {
        all.ask_if(length < natural(option), rule, Question::ShortOption);
    }
}

/// Whether the socket has the option at all.
fn suits(socket: &Socket, option: SocketOption, all: &mut Permitted) {
    if let SocketOption::Numbered { level, number } = option {
        exists(option, level, number, all);
        return;
    }
    let tcp_only = matches!(option, SocketOption::PortScalability | SocketOption::ReuseUnicastPort);
    let other = tcp_only && socket.kind != SocketKind::Tcp;
    all.ask_if(other, Rule::SetSockOptRejectsUdp, Question::TcpOnlyOptions);
    let v6 = option == SocketOption::Broadcast && socket.family == Family::V6 && socket.v6_only;
    all.ask_if(v6, Rule::SetSockOptRejectsBroadcast, Question::BroadcastOnV6);
}

/// Whether anybody has the option. Of most numbers this model does not know.
fn exists(option: SocketOption, level: i32, number: i32, all: &mut Permitted) {
    if !option.has_level() {
        all.must_if(true, Rule::GetSockOptRejectsLevel, Error::WsaInvalid);
        return;
    }
    let (rule, code) = (Rule::GetSockOptRejectsUnknown, Error::WsaNoProtocolOption);
    let nobody_has = number == -1 || (level, number) == (0xffff, 12_545);
    all.must_if(nobody_has, rule, code);
    all.may_if(!nobody_has, rule, code);
}

/// Whether a value sets a Boolean option. IPV6_V6ONLY is one byte long (PF-6).
const fn is_on(option: SocketOption, value: u32) -> bool {
    match option {
        SocketOption::V6Only => value & 0xff != 0,
        _ => value != 0,
    }
}

pub(super) fn was_set(world: &mut World, id: SocketId, option: SocketOption, value: u32) {
    let on = is_on(option, value);
    if option.holds() != Holding::Boolean {
        return;
    }
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
