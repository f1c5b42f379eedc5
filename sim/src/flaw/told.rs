//! What the machine tells in the place of a reply.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use portres_model::{
    Call, Error, ExclusionKind, Family, PortBlock, PortRange, ProcessId, Protocol, Reply, Row,
    Rule, Socket, SocketId, Token, World, permitted,
};

use super::Flaw;
use crate::host::Answer;

/// What the flaw makes of a reply.
pub(super) fn told(
    flaw: Flaw,
    before: &World,
    by: ProcessId,
    call: &Call,
    sound: &Answer,
    vacant: Token,
) -> Reply {
    let Answer { reply, rule } = *sound;
    match reply {
        Reply::Failed(code) => {
            let refused = Refused { world: before, by, call, rule, code };
            refused.code(flaw).map_or_else(|| refused.granted(flaw, vacant), Reply::Failed)
        }
        Reply::Bound(port) => bound(flaw, before, by, call, port),
        Reply::Reserved { block, token } => {
            Reply::Reserved { block: reserved(flaw, call, block), token }
        }
        Reply::Name(name) if flaw == Flaw::NamePortByteOrder => {
            Reply::Name(SocketAddr::new(name.ip(), name.port().swap_bytes()))
        }
        Reply::Token(token) => tokens(flaw, before, call, token),
        Reply::Row(Row::Starred) if flaw == Flaw::StarForgotten => Reply::Row(Row::Unstarred),
        _ => reply,
    }
}

fn reserved(flaw: Flaw, call: &Call, block: PortRange) -> PortRange {
    let named = matches!(call, Call::Acquire { range, .. } if range.start != 0);
    let last = u32::from(block.start) + u32::from(block.count) == 65_536;
    match flaw {
        Flaw::StartPortByteOrder if named => PortRange { start: block.start.swap_bytes(), ..block },
        Flaw::CountByteOrder => PortRange { count: block.count.swap_bytes(), ..block },
        Flaw::BlockOnePortShort if named && last && block.count > 1 => {
            PortRange { count: block.count - 1, ..block }
        }
        _ => block,
    }
}

fn tokens(flaw: Flaw, before: &World, call: &Call, token: Token) -> Reply {
    match (flaw, *call) {
        (Flaw::TokenOfOther, Call::Lookup { .. }) => {
            let other = before.reservations().map(|(other, _)| other).find(|t| *t != token);
            Reply::Token(other.unwrap_or(token))
        }
        (Flaw::PoolsMixedPersistent, Call::Create { protocol, range, .. }) => {
            let block = range.block();
            let meets = |b: PortBlock| before.reservations_in(protocol.other(), b).next().is_some();
            if block.is_some_and(meets) {
                return Reply::Failed(Error::SharingViolation);
            }
            Reply::Token(token)
        }
        _ => Reply::Token(token),
    }
}

fn bound(flaw: Flaw, before: &World, by: ProcessId, call: &Call, port: u16) -> Reply {
    let Call::Bind { socket, address, .. } = *call else { return Reply::Bound(port) };
    let Some((_, socket)) = before.socket_of(by, socket) else { return Reply::Bound(port) };
    let Some(protocol) = socket.kind.protocol() else { return Reply::Bound(port) };
    let asked = address.port();
    let reservation = socket.associations.and_then(|(_, token)| before.reservation(token));
    let block = reservation.and_then(|r| r.block).filter(|b| b.has(port));
    let refused = Reply::Failed(Error::WsaAccess);
    let told = match flaw {
        Flaw::BoundPortOffByOne if asked != 0 => port.wrapping_add(1),
        Flaw::BoundPortByteOrder if asked != 0 => port.swap_bytes(),
        Flaw::BlockEndOffByOne if asked == 0 => block.map_or(port, |b| b.last().saturating_add(1)),
        Flaw::DynamicEndOffByOne if asked == 0 && block.is_none() => {
            before.dynamic(protocol).first().saturating_sub(1)
        }
        Flaw::ChoiceTakesExcluded if asked == 0 && block.is_none() => {
            excluded_dynamic(before, protocol).unwrap_or(port)
        }
        Flaw::PoolsMixed if before.is_bound(protocol.other(), port) => {
            return Reply::Failed(Error::WsaAddressInUse);
        }
        Flaw::ExclusionRefusesBind if asked != 0 && is_administered(before, protocol, port) => {
            return refused;
        }
        _ => port,
    };
    Reply::Bound(told)
}

/// A port of the dynamic range that is excluded.
fn excluded_dynamic(world: &World, protocol: Protocol) -> Option<u16> {
    let dynamic = world.dynamic(protocol);
    let excluded = world.exclusions().iter().filter(|e| e.protocol == protocol);
    excluded.map(|e| e.block.first()).find(|port| dynamic.has(*port))
}

fn is_administered(world: &World, protocol: Protocol, port: u16) -> bool {
    let of = |e: &&portres_model::Exclusion| e.protocol == protocol && e.block.has(port);
    let mut there = world.exclusions().iter().filter(of);
    there.any(|e| matches!(e.kind, ExclusionKind::Administered { .. }))
}

/// A call that was refused.
struct Refused<'a> {
    world: &'a World,
    by: ProcessId,
    call: &'a Call,
    /// By this rule.
    rule: Rule,
    /// With this code.
    code: Error,
}

impl Refused<'_> {
    /// Whether this rule, and no other, refuses the call.
    fn is_by(&self, rule: Rule) -> bool {
        let all = permitted(self.world, self.by, self.call);
        !all.must.is_empty() && all.must.iter().all(|refusal| refusal.rule == rule)
    }

    /// The wrong code, where the flaw is one of codes.
    fn code(&self, flaw: Flaw) -> Option<Error> {
        let (rule, code) = match flaw {
            Flaw::ReuseConflictCode => (Rule::BindMeetsSocket, Error::WsaInvalid),
            Flaw::OverlapCode => (Rule::CreateMeetsPersistent, Error::Number(80)),
            Flaw::NotASocketCode => (Rule::CallNeedsSocket, Error::WsaBadFile),
            Flaw::NotStartedCode => (Rule::CallNeedsStartup, Error::WsaSystemNotReady),
            Flaw::NotFoundCode => (Rule::LookupFindsNothing, Error::FileNotFound),
            Flaw::ZeroCountCode => (Rule::CreateRejectsZero, Error::WsaInvalid),
            Flaw::NotElevatedCode => (Rule::CreateNeedsPrivilege, Error::Number(1314)),
            Flaw::BoundTwiceCode => (Rule::BindRejectsBound, Error::WsaIsConnected),
            Flaw::UsedUpCode => {
                let none = self.code == Error::WsaNoBuffers || self.code == Error::WsaAddressInUse;
                let zero = matches!(self.call, Call::Bind { address, .. } if address.port() == 0);
                return (none && zero && self.is_unassociated())
                    .then_some(Error::WsaAddressNotAvailable);
            }
            _ => return None,
        };
        (self.rule == rule).then_some(code)
    }

    fn is_unassociated(&self) -> bool {
        self.socket().is_some_and(|(_, s)| s.associations.is_none())
    }

    fn socket(&self) -> Option<(SocketId, &Socket)> {
        self.world.socket_of(self.by, self.call.socket()?)
    }

    /// Success, where the flaw does not see what is wrong; else the refusal.
    fn granted(&self, flaw: Flaw, vacant: Token) -> Reply {
        let rule = match flaw {
            Flaw::PortGivenTwice => Rule::BindMeetsSocket,
            Flaw::DualStackNotSeen => Rule::BindMeetsDualStack,
            Flaw::SystemBlockNotSeen => Rule::BindMeetsSystemBlock,
            Flaw::FilterNotSeen => Rule::BindMeetsFilter,
            Flaw::BoundAgain => Rule::BindRejectsBound,
            Flaw::PersistentOverlapStored => Rule::CreateMeetsPersistent,
            Flaw::BoundPortReserved => Rule::CreateMeetsSocket,
            Flaw::UnboundNamed => Rule::GetSockNameNeedsBound,
            Flaw::UnboundListens => Rule::ListenNeedsBound,
            Flaw::DatagramListens => Rule::ListenNeedsStream,
            _ => return Reply::Failed(self.code),
        };
        let success = self.is_by(rule).then(|| self.success(vacant)).flatten();
        success.unwrap_or(Reply::Failed(self.code))
    }

    fn success(&self, vacant: Token) -> Option<Reply> {
        match *self.call {
            Call::Bind { address, .. } => {
                (address.port() != 0).then_some(Reply::Bound(address.port()))
            }
            Call::Create { .. } => Some(Reply::Token(vacant)),
            Call::GetSockName { .. } => {
                let (_, socket) = self.socket()?;
                let ip: IpAddr = match socket.family {
                    Family::V4 => Ipv4Addr::UNSPECIFIED.into(),
                    Family::V6 => Ipv6Addr::UNSPECIFIED.into(),
                };
                Some(Reply::Name(SocketAddr::new(ip, 0)))
            }
            Call::Listen { .. } => Some(Reply::Ok),
            _ => None,
        }
    }
}
