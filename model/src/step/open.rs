//! # Calls
//! `socket`, `WSASocket` with numbers for the family, the type and the protocol.
//! # Errors
//! WSANOTINITIALISED before anything else; then WSAEINVAL where neither family nor protocol is said, WSAESOCKTNOSUPPORT,
//! WSAEAFNOSUPPORT, WSAEPROTONOSUPPORT, in this order.
//! # Open
//! The family of a socket that names none; a type and a protocol that do not go together; families and protocols that only
//! some systems have; parameters that contradict the protocol info.
//! # Assumed
//! Nothing.
//! # Not modelled
//! Sockets of other families, reliable multicast, groups, flags other than the two of the traces.

use crate::call::{Family, SocketKind, Triple, numbers};
use crate::error::Error;
use crate::id::ProcessId;
use crate::permitted::{Guard, Permitted, Set};
use crate::question::Question;
use crate::rule::Rule;
use crate::step::{socket, winsock};
use crate::world::World;

/// `IPPROTO_IGMP`.
const IGMP: i32 = 2;

pub(super) fn open(
    world: &World,
    by: ProcessId,
    given: Triple,
    info: Option<Triple>,
    all: &mut Permitted,
) {
    if !winsock(world, by, all) {
        return;
    }
    let wanted = given.or_of(info);
    let contradicted = info.is_some_and(|info| wanted != info);
    all.ask_if(contradicted, Rule::SocketRejectsOtherThanInfo, Question::OtherThanInfo);
    if wanted.family == numbers::UNSPECIFIED && wanted.protocol == 0 {
        all.must_if(true, Rule::SocketNeedsFamilyOrProtocol, Error::WsaInvalid);
        return;
    }
    let (stream, datagram) = (numbers::STREAM, numbers::DATAGRAM);
    if ![0, stream, datagram, numbers::RAW].contains(&wanted.kind) {
        all.must_if(true, Rule::SocketRejectsType, Error::WsaSocketTypeNotSupported);
        return;
    }
    if wanted.family == numbers::UNIX {
        all.ask_if(true, Rule::SocketRejectsFamily, Question::UnixFamily);
        return;
    }
    let known = [numbers::UNSPECIFIED, numbers::V4, numbers::V6];
    if !known.contains(&wanted.family) {
        all.must_if(true, Rule::SocketRejectsFamily, Error::WsaFamilyNotSupported);
        return;
    }
    let crossed = [(stream, numbers::UDP), (datagram, numbers::TCP)];
    if crossed.contains(&(wanted.kind, wanted.protocol)) {
        all.ask_if(true, Rule::SocketRejectsProtocol, Question::TypeAgainstProtocol);
        return;
    }
    let Some(kind) = kind(wanted) else {
        all.must_if(true, Rule::SocketRejectsProtocol, Error::WsaProtocolNotSupported);
        return;
    };
    let open = kind == SocketKind::Raw && wanted.protocol == 0;
    all.ask_if(open, Rule::SocketRejectsProtocol, Question::RawProtocol);
    socket::raw_privilege(world, by, kind, all);
    offer(kind, (given, wanted), all);
}

/// What the type and the protocol come to.
fn kind(Triple { kind, protocol, .. }: Triple) -> Option<SocketKind> {
    match (kind, protocol) {
        (0 | numbers::STREAM, 0 | numbers::TCP) => Some(SocketKind::Tcp),
        (0 | numbers::DATAGRAM, numbers::UDP) | (numbers::DATAGRAM, 0) => Some(SocketKind::Udp),
        (numbers::RAW, 0..=255) | (0, numbers::ICMP | IGMP | numbers::ICMPV6) => {
            Some(SocketKind::Raw)
        }
        _ => None,
    }
}

fn offer(kind: SocketKind, (given, wanted): (Triple, Triple), all: &mut Permitted) {
    let complete = given == wanted && wanted.kind != 0 && wanted.protocol != 0;
    let rule = if complete { Rule::SocketOpens } else { Rule::SocketFillsIn };
    match wanted.family {
        numbers::V4 => all.otherwise(rule, Set::Opened(kind, Family::V4)),
        numbers::V6 => all.otherwise(rule, Set::Opened(kind, Family::V6)),
        _ => {
            let (v4, v6) = const {
                let q = Question::UnspecifiedFamily;
                (Guard::when(q.only(&["v4"])), Guard::when(q.only(&["v6"])))
            };
            all.otherwise_when(v4, Rule::SocketFillsIn, Set::Opened(kind, Family::V4));
            all.otherwise_when(v6, Rule::SocketFillsIn, Set::Opened(kind, Family::V6));
        }
    }
}
