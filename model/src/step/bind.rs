//! # Calls
//! `bind`.
//! # Errors
//! WSAEINVAL for a bound socket; WSAEADDRNOTAVAIL for an address that is not local; WSAEADDRINUSE and WSAEACCES for
//! sockets, reservations and system blocks in the way; WSAENOBUFS when the dynamic range is used up.
//! # Open
//! A bind into a reservation without association; everything but port 0 with one; what remains of an association when
//! its reservation ends; dual stack.
//! # Assumed
//! See the rules of standing `assumed`.
//! # Not modelled
//! Scopes of IPv6 addresses, multicast addresses, ports of raw sockets.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::call::{Family, SocketKind};
use crate::error::Error;
use crate::id::{ProcessId, SocketId, Token};
use crate::permitted::{About, Code, FreePort, Guard, Offer, Permitted, Refusal, Set};
use crate::pool::Skip;
use crate::port::PortBlock;
use crate::question::Question;
use crate::reply::Reply;
use crate::rule::Rule;
use crate::step::sharing::Binding;
use crate::step::socket;
use crate::world::{ExclusionKind, Kind, Reservation, Socket, World};

pub(super) fn bind(
    world: &World,
    by: ProcessId,
    id: SocketId,
    to: SocketAddr,
    all: &mut Permitted,
) {
    let Some(socket) = socket::of_call(world, by, id, all) else { return };
    all.must_if(socket.bound.is_some(), Rule::BindRejectsBound, Error::WsaInvalid);
    if !address(world, socket, to.ip(), all) {
        return;
    }
    let both = Guard::when(const { Question::ReuseWithExclusive.only(&["bind-refused"]) });
    if socket.options.both() {
        all.must_when(both, Rule::BindRejectsReuseWithExclusive, Error::WsaInvalid);
    }
    let Some(protocol) = socket.kind.protocol() else {
        all.otherwise(Rule::BindOfRaw, Set::AnyPort);
        return;
    };
    let binding = Binding { world, id, socket, protocol, address: to.ip() };
    match socket.associations {
        None => binding.freely(to.port(), Guard::ALWAYS, all),
        Some((first, last)) if first == last => {
            binding.associated(last, to.port(), Guard::ALWAYS, all)
        }
        Some((first, last)) => {
            let first_counts =
                Guard::when(const { Question::AssociateAgain.only(&["first-counts"]) });
            let last_counts = Guard::when(
                const {
                    Question::AssociateAgain.only(&[
                        "last-counts",
                        "refused",
                        "same-token-only",
                        "other",
                    ])
                },
            );
            binding.associated(first, to.port(), first_counts, all);
            binding.associated(last, to.port(), last_counts, all);
        }
    }
}

/// What the address alone decides. False if it suits no bind at all.
fn address(world: &World, socket: &Socket, address: IpAddr, all: &mut Permitted) -> bool {
    let mapped = matches!(address, IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some());
    let (v4, canonical) = (socket.family == Family::V4, address.to_canonical());
    if v4 != address.is_ipv4() {
        all.ask_if(v4, Rule::BindRejectsOtherFamily, Question::FamilyMismatchV4);
        all.ask_if(!v4, Rule::BindRejectsOtherFamily, Question::FamilyMismatchV6);
        return false;
    }
    let broadcast = canonical == IpAddr::V4(Ipv4Addr::BROADCAST);
    if broadcast && socket.kind == SocketKind::Udp {
        all.ask_if(true, Rule::BindRejectsBroadcast, Question::Broadcast);
        return false;
    }
    all.ask_if(mapped && socket.v6_only, Rule::BindRejectsMappedOnV6Only, Question::MappedOnV6Only);
    all.must_if(
        !world.is_local(canonical),
        Rule::BindRejectsForeignAddress,
        Error::WsaAddressNotAvailable,
    );
    let other_loopback =
        matches!(canonical, IpAddr::V4(a) if a.is_loopback() && a != Ipv4Addr::LOCALHOST);
    all.ask_if(other_loopback, Rule::BindRejectsOtherLoopback, Question::OtherLoopback);
    true
}

impl Binding<'_> {
    /// Without association, or as if there were none.
    fn freely(&self, port: u16, when: Guard, all: &mut Permitted) {
        let Some(block) = PortBlock::of(port) else {
            self.dynamically(when, all);
            return;
        };
        for (token, reservation) in self.world.reservations_in(self.protocol, block) {
            let (rule, question) = self.stranger_in(reservation);
            let when = if reservation.ended { when.and(ENDED_BLOCKS) } else { when };
            all.must(Refusal {
                rule,
                when,
                code: Code::Asks(question),
                about: About::Reservation(token),
            });
        }
        for exclusion in self.world.exclusions_in(self.protocol, block) {
            // an administered exclusion does not refuse an explicit bind (XR-7)
            if let ExclusionKind::System(_) = exclusion.kind {
                let (rule, code) =
                    (Rule::BindMeetsSystemBlock, Code::Asks(Question::StrangerInSystemBlock));
                all.must(Refusal { rule, when, code, about: About::Exclusion(exclusion.block) });
            }
        }
        if self.world.machine().unlisted_exclusions {
            all.may_when(
                when,
                Rule::BindMeetsSystemBlock,
                Code::Asks(Question::StrangerInSystemBlock),
            );
        }
        self.meets_outsiders(when, all);
        self.meets_sockets(port, when, all);
        all.otherwise_when(when, Rule::BindTakesPort, Set::Port(port));
    }

    fn stranger_in(&self, reservation: &Reservation) -> (Rule, Question) {
        match reservation.kind {
            Kind::Persistent { .. } => (Rule::BindMeetsPersistent, Question::StrangerInPersistent),
            Kind::Runtime { process, .. } if process == self.socket.process => {
                (Rule::BindMeetsRuntimeOfOwn, Question::StrangerInRuntimeOfOwn)
            }
            Kind::Runtime { .. } => {
                (Rule::BindMeetsRuntimeOfOther, Question::StrangerInRuntimeOfOther)
            }
        }
    }

    fn meets_outsiders(&self, when: Guard, all: &mut Permitted) {
        if self.world.machine().open {
            all.may_when(when, Rule::BindMeetsOutsider, Code::Is(Error::WsaAddressInUse));
            all.may_when(when, Rule::BindMeetsOutsider, Code::Is(Error::WsaAccess));
        }
    }

    /// Port 0 without association: a free port of the dynamic range.
    fn dynamically(&self, when: Guard, all: &mut Permitted) {
        let within = self.world.dynamic(self.protocol);
        let reserved = |protocol| self.world.reservations_in(protocol, within).next().is_some();
        let mut offer = |when, skip, skip_other| {
            let set = Set::FreePort(FreePort {
                protocol: self.protocol,
                within,
                skip,
                at: None,
                skip_other,
            });
            let if_empty = Some((Rule::BindFindsNoneDynamic, Code::Is(Error::WsaNoBuffers)));
            all.offer(Offer { rule: Rule::BindTakesDynamic, when, set, if_empty });
        };
        let ignoring = Skip { reserved: false, ..Skip::ALL };
        if !reserved(self.protocol) && !reserved(self.protocol.other()) {
            offer(when, ignoring, false);
        } else {
            let skips = when.and(const { Question::ZeroSkipsReserved.only(&["yes"]) });
            offer(when.and(const { Question::ZeroSkipsReserved.only(&["no"]) }), ignoring, false);
            offer(skips.and(const { Question::CrossesProtocols.only(&["no"]) }), Skip::ALL, false);
            offer(skips.and(const { Question::CrossesProtocols.only(&["yes"]) }), Skip::ALL, true);
        }
        if self.world.machine().open {
            all.may_when(when, Rule::BindMeetsOutsider, Code::Is(Error::WsaNoBuffers));
        }
    }

    /// With an association to this token.
    fn associated(&self, token: Token, port: u16, when: Guard, all: &mut Permitted) {
        let usable = self.world.reservation(token).filter(|r| match r.kind {
            Kind::Runtime { process, .. } => process == self.socket.process,
            Kind::Persistent { .. } => true,
        });
        let Some(reservation) = usable else {
            all.ask_when(when, Rule::BindMeetsUselessAssociation, Question::UselessAssociation);
            return;
        };
        let when = if reservation.protocol == self.protocol {
            when
        } else {
            let (useless, tied) = const {
                let q = Question::AssociateProtocol;
                (q.only(&["invalid", "not-supported", "at-bind", "other"]), q.only(&["tied"]))
            };
            all.ask_when(
                when.and(useless),
                Rule::BindMeetsUselessAssociation,
                Question::UselessAssociation,
            );
            when.and(tied)
        };
        if !reservation.ended {
            self.reserved(reservation.block, port, when, all);
            return;
        }
        all.ask_when(when, Rule::BindMeetsEndedReservation, Question::AfterEnd);
        let mut after_end = Permitted::new();
        self.freely(
            port,
            when.and(const { Question::AfterEnd.only(&["ordinary"]) }),
            &mut after_end,
        );
        let still = when.and(const { Question::AfterEnd.only(&["still-reserved"]) });
        self.reserved(reservation.block, port, still, &mut after_end);
        after_end.must.into_iter().for_each(|r| all.must(r));
        all.may.extend(after_end.may);
        after_end
            .offers
            .into_iter()
            .for_each(|o| all.offer(Offer { rule: Rule::BindAfterEnd, ..o }));
    }

    /// From a block that the socket may use.
    fn reserved(&self, block: Option<PortBlock>, port: u16, when: Guard, all: &mut Permitted) {
        let Some(block) = block else {
            all.ask_when(when, Rule::BindFindsBlockUsedUp, Question::BlockUsedUp);
            return;
        };
        if port == 0 {
            self.chosen_from(block, when, all);
        } else if block.has(port) {
            all.ask_when(when, Rule::BindRejectsExplicitInside, Question::ExplicitInside);
            let exactly = when.and(const { Question::ExplicitInside.only(&["that-port"]) });
            self.meets_sockets(port, exactly, all);
            self.meets_outsiders_inside(exactly, all);
            all.otherwise_when(exactly, Rule::BindTakesExplicitFromReservation, Set::Port(port));
            self.chosen_from(
                block,
                when.and(const { Question::ExplicitInside.only(&["chosen"]) }),
                all,
            );
        } else {
            all.ask_when(when, Rule::BindRejectsOutside, Question::ExplicitOutside);
            let mut ordinary = Permitted::new();
            self.freely(
                port,
                when.and(const { Question::ExplicitOutside.only(&["ordinary"]) }),
                &mut ordinary,
            );
            ordinary.must.into_iter().for_each(|r| all.must(r));
            all.may.extend(ordinary.may);
            ordinary
                .offers
                .into_iter()
                .for_each(|o| all.offer(Offer { rule: Rule::BindIgnoresAssociation, ..o }));
            self.chosen_from(
                block,
                when.and(const { Question::ExplicitOutside.only(&["chosen"]) }),
                all,
            );
        }
    }

    /// The system chooses a port of the block.
    fn chosen_from(&self, block: PortBlock, when: Guard, all: &mut Permitted) {
        let mut offer = |when, at| {
            let free = FreePort {
                protocol: self.protocol,
                within: block,
                skip: Skip::NONE,
                at,
                skip_other: false,
            };
            let if_empty = Some((Rule::BindFindsBlockUsedUp, Code::Asks(Question::BlockUsedUp)));
            all.offer(Offer {
                rule: Rule::BindTakesFromReservation,
                when,
                set: Set::FreePort(free),
                if_empty,
            });
        };
        if self.world.bound_in(self.protocol, block).is_none() {
            offer(when, None);
        } else {
            offer(when.and(const { Question::ReservedPortTaken.only(&["one-socket"]) }), None);
            offer(
                when.and(const { Question::ReservedPortTaken.only(&["one-address"]) }),
                Some(self.address),
            );
        }
        if self.world.machine().open {
            let strangers =
                when.and(const { Question::StrangerInRuntimeOfOther.only(&["allowed"]) });
            all.may_when(strangers, Rule::BindMeetsOutsider, Code::Asks(Question::BlockUsedUp));
        }
    }

    /// A program outside the trace can be in a reservation of ours only where a reading lets it in.
    fn meets_outsiders_inside(&self, when: Guard, all: &mut Permitted) {
        self.meets_outsiders(
            when.and(const { Question::StrangerInRuntimeOfOther.only(&["allowed"]) }),
            all,
        );
    }
}

const ENDED_BLOCKS: crate::question::Literal = Question::EndedStillBlocks.only(&["yes"]);

pub(super) fn bound(world: &mut World, id: SocketId, to: SocketAddr, reply: &Reply) {
    let Reply::Bound(port) = *reply else { return };
    socket::change(world, id, |socket| socket.bound = Some(SocketAddr::new(to.ip(), port)));
}
