//! # Calls
//! `bind`.
//! # Errors
//! WSAEFAULT for a name that cannot be read; WSAEINVAL for a bound socket; WSAEADDRNOTAVAIL for an address that is not local; WSAEADDRINUSE and WSAEACCES for
//! sockets, reservations, system blocks and filters in the way; WSAENOBUFS when the dynamic range is used up.
//! # Open
//! A bind into a reservation without association; everything but port 0 with one; what remains of an association when
//! its reservation ends; dual stack.
//! # Assumed
//! See the rules of standing `assumed`.
//! # Not modelled
//! One address with several scopes, multicast addresses, ports of raw sockets.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::call::{Family, NameBuffer, SocketKind, SocketOption};
use crate::error::Error;
use crate::id::{ProcessId, SocketId, Token};
use crate::permitted::{About, Code, FreePort, Guard, Offer, Permitted, Refusal, Set};
use crate::pool::Skip;
use crate::port::{PortBlock, Protocol};
use crate::question::Question;
use crate::reply::Reply;
use crate::rule::Rule;
use crate::sharing::Share;
use crate::step::held::{
    FAILED_CONNECT_BINDS, in_force, is_being_taken, may_be_crossed, may_be_taken,
    passing_over_ended, taking,
};
use crate::step::runtime::holds_descriptor;
use crate::step::sharing::Binding;
use crate::step::{privilege, socket};
use crate::world::{
    Connection, ExclusionKind, Kind, Lingering, Owner, Request, Reservation, Socket, World,
};

pub(super) fn bind(
    world: &World,
    by: ProcessId,
    id: SocketId,
    (to, name): (SocketAddr, NameBuffer),
    all: &mut Permitted,
) {
    let Some((id, socket)) = socket::of_call(world, by, id, all) else { return };
    socket::must_if_bound(socket, Rule::BindRejectsBound, Error::WsaInvalid, all);
    if !name.is_good() {
        // nothing that the name says has been read yet
        all.must_if(true, Rule::BindRejectsName, Error::WsaFault);
        return;
    }
    if !address(world, socket, to.ip(), all) {
        return;
    }
    scope(world, to, all);
    let both = Guard::when(const { Question::ReuseWithExclusive.only(&["bind-refused"]) });
    if socket.options.both() {
        all.must_when(both, Rule::BindRejectsReuseWithExclusive, Error::WsaInvalid);
    }
    let Some(protocol) = socket.kind.protocol() else {
        all.otherwise(Rule::BindOfRaw, Set::AnyPort);
        return;
    };
    let binding = Binding { world, by, id, socket, protocol, address: to.ip() };
    binding.meets_filter(to.port(), all);
    binding.by_associations(to.port(), Guard::ALWAYS, all);
}

/// The scope of an address is its own, or 0.
fn scope(world: &World, to: SocketAddr, all: &mut Permitted) {
    let SocketAddr::V6(v6) = to else { return };
    let ip = IpAddr::V6(*v6.ip());
    if v6.scope_id() == 0 || world.has_scope(ip, v6.scope_id()) {
        return;
    }
    let scopeless = ip.is_unspecified() || ip.is_loopback() || ip.to_canonical().is_ipv4();
    all.ask_if(scopeless, Rule::BindRejectsScope, Question::NeedlessScope);
    all.must_if(!scopeless, Rule::BindRejectsScope, Error::WsaAddressNotAvailable);
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
    let barred = !socket.settings.has(SocketOption::Broadcast);
    if broadcast && barred && socket.kind == SocketKind::Udp {
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
    /// As the associations of the socket say, if it has any.
    pub(super) fn by_associations(&self, port: u16, when: Guard, all: &mut Permitted) {
        match self.socket.associations {
            None => self.freely(port, when, all),
            Some((first, last)) if first == last => self.associated(last, port, when, all),
            Some((first, last)) => {
                let (first_counts, last_counts) = const {
                    let q = Question::AssociateAgain;
                    let others = ["last-counts", "refused", "same-token-only", "other"];
                    (q.only(&["first-counts"]), q.only(&others))
                };
                self.associated(first, port, when.and(first_counts), all);
                self.associated(last, port, when.and(last_counts), all);
            }
        }
    }

    /// Without association, or as if there were none.
    fn freely(&self, port: u16, when: Guard, all: &mut Permitted) {
        let Some(block) = PortBlock::of(port) else {
            self.dynamically(when, all);
            return;
        };
        for (token, reservation) in self.world.reservations_in(self.protocol, block) {
            let (rule, question) = self.stranger_in(reservation);
            let when = self.while_in_force(reservation, when);
            all.must(Refusal {
                rule,
                when,
                code: Code::Asks(question),
                about: About::Reservation(token),
            });
        }
        for exclusion in self.world.exclusions_in(self.protocol, block) {
            let (rule, question) = match exclusion.kind {
                ExclusionKind::System(Owner::Wsl) => {
                    self.meets_mirrored(exclusion.block, when, all);
                    continue;
                }
                ExclusionKind::System(_) => {
                    (Rule::BindMeetsSystemBlock, Question::StrangerInSystemBlock)
                }
                // an administered exclusion does not refuse an explicit bind (XR-7), but for a defect (XR-8)
                ExclusionKind::Administered { .. } if self.reuses(port) => {
                    (Rule::BindMeetsExcludedReuse, Question::ReuseOnExcluded)
                }
                ExclusionKind::Administered { .. } => continue,
            };
            let (code, about) = (Code::Asks(question), About::Exclusion(exclusion.block));
            all.must(Refusal { rule, when, code, about });
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
        self.meets_unseen(block, when, all);
        let beside = self.meets_connections(block, when, all);
        let rule = if beside { Rule::BindBesideAccepted } else { Rule::BindTakesPort };
        all.otherwise_when(when, rule, Set::Port(port));
    }

    /// What calls may have taken whose reply did not show it.
    fn meets_unseen(&self, block: PortBlock, when: Guard, all: &mut Permitted) {
        let own = |request: &Request| request.process == self.socket.process;
        for (is_own, question) in
            [(true, Question::StrangerInRuntimeOfOwn), (false, Question::StrangerInRuntimeOfOther)]
        {
            let mut taking = taking(self.world, self.protocol, block, None);
            if taking.any(|request| own(request) == is_own) {
                all.may_when(when, Rule::BindMeetsPending, Code::Asks(question));
            }
        }
        if self.protocol == Protocol::Tcp && self.world.has_tried() {
            let bound = when.and(FAILED_CONNECT_BINDS);
            all.may_when(bound, Rule::BindMeetsTried, Code::Is(Error::WsaAddressInUse));
            all.may_when(bound, Rule::BindMeetsTried, Code::Is(Error::WsaAccess));
        }
    }

    /// Connections that are left of a listener do not hold its port, unless perhaps against an exclusive bind. Tells
    /// whether there are any at the port.
    fn meets_connections(&self, block: PortBlock, when: Guard, all: &mut Permitted) -> bool {
        if self.protocol != Protocol::Tcp {
            return false;
        }
        let accepted = |s: &Socket| s.connection == Connection::Accepted;
        let holders = || self.world.at_port(self.protocol, block.first()).map(|(_, s)| s);
        let lingering = self.world.lingering_in(block);
        let there = !lingering.is_empty() || holders().any(accepted);
        if there && self.socket.options.exclusive() && holders().all(accepted) {
            // of a listener that has been closed (REUSE-11)
            let left = |s: &Socket| s.options.exclusive() && self.shares_address_with(s);
            let meets = |l: &Lingering| l.exclusive && self.claims(l.address);
            if holders().any(left) || lingering.iter().any(meets) {
                all.ask_when(when, Rule::BindMeetsAccepted, Question::LingeringExclusive);
            }
        }
        there
    }

    /// One system was seen to give both codes (EV-115).
    fn meets_mirrored(&self, block: PortBlock, when: Guard, all: &mut Permitted) {
        let (in_use, access) = const {
            let q = Question::StrangerInMirrored;
            (q.only(&["in-use", "either"]), q.only(&["access", "either"]))
        };
        let about = About::Exclusion(block);
        for (reading, code) in [(in_use, Error::WsaAddressInUse), (access, Error::WsaAccess)] {
            let (rule, code) = (Rule::BindMeetsMirrored, Code::Is(code));
            all.must(Refusal { rule, when: when.and(reading), code, about });
        }
    }

    /// Whether this is a second TCP bind to an address with SO_REUSEADDR.
    fn reuses(&self, port: u16) -> bool {
        let reuse = |s: &Socket| s.options.share() == Share::Reuse;
        let second = |(id, holder): (SocketId, &Socket)| {
            id != self.id && reuse(holder) && self.shares_address_with(holder)
        };
        self.protocol == Protocol::Tcp
            && reuse(self.socket)
            && self.world.at_port(self.protocol, port).any(second)
    }

    /// When a reservation counts for a socket without association at all.
    fn while_in_force(&self, reservation: &Reservation, when: Guard) -> Guard {
        let when = in_force(reservation, self.socket.family, when);
        if self.socket.options.share() == Share::Reuse {
            return when.and(const { Question::ReuseIntoReservation.only(&["no"]) });
        }
        when
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

    /// What a filter refuses for certain is an explicit port; what it does to a port that the system chooses, nothing says.
    pub(super) fn meets_filter(&self, port: u16, all: &mut Permitted) {
        let mut filtered = self.world.machine().filtered.iter();
        let hits = filtered.any(|(p, b)| *p == self.protocol && (port == 0 || b.has(port)));
        let certain = port != 0 && self.socket.associations.is_none();
        all.must_if(hits && certain, Rule::BindMeetsFilter, Error::WsaAccess);
        all.may_if(hits && !certain, Rule::BindMeetsFilter, Error::WsaAccess);
    }

    fn meets_outsiders(&self, when: Guard, all: &mut Permitted) {
        if self.world.machine().open {
            all.may_when(when, Rule::BindMeetsOutsider, Code::Is(Error::WsaAddressInUse));
            all.may_when(when, Rule::BindMeetsOutsider, Code::Is(Error::WsaAccess));
        }
    }

    /// Port 0 without association: a free port of the dynamic range, now or at the connection.
    pub(super) fn dynamically(&self, when: Guard, all: &mut Permitted) {
        let mut when = when;
        let defers = self.socket.settings.has(SocketOption::ReuseUnicastPort);
        if defers && self.protocol == Protocol::Tcp && self.socket.bound.is_none() {
            let (later, now) = const {
                let q = Question::DefersChoice;
                (q.only(&["at-connect"]), q.only(&["at-bind"]))
            };
            all.otherwise_when(when.and(later), Rule::BindDefersChoice, Set::Port(0));
            when = when.and(now);
        }
        let scalable = self.socket.settings.has(SocketOption::PortScalability)
            && self.protocol == Protocol::Tcp
            && !self.address.is_unspecified();
        let bound = when;
        if scalable {
            let (counts, does_not) = const {
                let q = Question::PortScalability;
                (q.only(&["per-address"]), q.only(&["no"]))
            };
            let at = Some(self.address);
            self.dynamic_port(at, Rule::BindTakesScalable, when.and(counts), all);
            when = when.and(does_not);
        }
        self.dynamic_port(None, Rule::BindTakesDynamic, when, all);
        let none_left = Code::Is(Error::WsaNoBuffers);
        let dynamic = self.world.dynamic(self.protocol);
        let taken = may_be_taken(self.world, self.protocol, dynamic, None, bound);
        let crossed = may_be_crossed(self.world, self.protocol, dynamic, None, bound);
        for when in [taken, crossed].into_iter().flatten() {
            all.may_when(when, Rule::BindFindsNoneDynamic, none_left);
        }
        if self.world.machine().unlisted_exclusions {
            all.may_when(when, Rule::BindFindsNoneDynamic, none_left);
        }
        if self.world.machine().open {
            all.may_when(when, Rule::BindMeetsOutsider, none_left);
            // a filter acts on the choice, too (XR-14)
            all.may_when(when, Rule::BindMeetsOutsider, Code::Is(Error::WsaAccess));
        }
    }

    /// Whether every free port lingers.
    fn lingers_throughout(&self, free: &FreePort) -> bool {
        let mut from = free.within.first();
        while let Some(part) = PortBlock::between(from, free.within.last()) {
            let Some(port) = free.lowest(self.world, part) else { return true };
            if self.world.lingering_in(PortBlock::of(port).unwrap_or(part)).is_empty() {
                return false;
            }
            from = port.saturating_add(1).max(1);
            if port == u16::MAX {
                return true;
            }
        }
        true
    }

    fn dynamic_port(&self, at: Option<IpAddr>, rule: Rule, when: Guard, all: &mut Permitted) {
        let within = self.world.dynamic(self.protocol);
        let reserved = |protocol| self.world.reservations_in(protocol, within).next().is_some();
        let ignoring = Skip { reserved: false, ..Skip::ALL };
        if self.protocol == Protocol::Tcp && !self.world.lingering_in(within).is_empty() {
            // a port that lingers is perhaps not back in the pool (DYN-12)
            let free = FreePort { skip: ignoring, at, ..FreePort::of(self.protocol, within) };
            if self.lingers_throughout(&free) {
                let none = Code::Is(Error::WsaNoBuffers);
                all.may_when(when, Rule::BindFindsNoneDynamic, none);
            }
        }
        let mut offer = |when, skip, (skip_other, skip_ended)| {
            let all_free = FreePort::of(self.protocol, within);
            let free = FreePort { skip, at, skip_other, skip_ended, ..all_free };
            let if_empty = Some((Rule::BindFindsNoneDynamic, Code::Is(Error::WsaNoBuffers)));
            all.offer(Offer { rule, when, set: Set::FreePort(free), if_empty });
        };
        if !reserved(self.protocol) && !reserved(self.protocol.other()) {
            offer(when, ignoring, (false, true));
            return;
        }
        let (skips, skips_not) = const {
            let q = Question::ZeroSkipsReserved;
            (q.only(&["yes"]), q.only(&["no"]))
        };
        let skips = when.and(skips);
        offer(when.and(skips_not), ignoring, (false, true));
        let alien = |r: &Reservation| matches!(r.kind, Kind::Runtime { family, .. } if family != self.socket.family);
        let unseen = || is_being_taken(self.world, self.protocol, within, None);
        if self.world.reservations_in(self.protocol, within).any(|(_, r)| alien(r)) || unseen() {
            let one_family = const { Question::CrossesFamilies.only(&["no"]) };
            offer(skips.and(one_family), ignoring, (false, true));
        }
        let (one_protocol, both) = const {
            let q = Question::CrossesProtocols;
            (q.only(&["no"]), q.only(&["yes"]))
        };
        for (reading, skip_other) in [(one_protocol, false), (both, true)] {
            let when = skips.and(reading);
            for (when, skip_ended) in
                passing_over_ended(self.world, self.protocol, skip_other, within, when)
            {
                offer(when, Skip::ALL, (skip_other, skip_ended));
            }
        }
    }

    /// With an association to this token.
    fn associated(&self, token: Token, port: u16, when: Guard, all: &mut Permitted) {
        let useless = |when, all: &mut Permitted| {
            all.ask_when(when, Rule::BindMeetsUselessAssociation, Question::UselessAssociation);
        };
        let Some(reservation) = self.world.reservation(token) else { return useless(when, all) };
        let mut when = when;
        if let Kind::Runtime { process, socket, .. } = reservation.kind {
            // what the caller may use, or the process that opened the socket could
            if process != self.by && process != self.socket.creator {
                if !holds_descriptor(self.world, self.by, socket) {
                    return useless(when, all);
                }
                let (yes, no) = const {
                    let q = Question::AssociateByHolder;
                    (q.only(&["yes"]), q.only(&["access", "invalid", "other"]))
                };
                useless(when.and(no), all);
                when = when.and(yes);
            }
        }
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
        if let Kind::Persistent { .. } = reservation.kind {
            let (rule, code) = (Rule::BindNeedsPrivilege, Code::Asks(Question::BindPrivilege));
            privilege::administrator(self.world, self.by, rule, code, when, all);
        }
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
        all.take(after_end, Rule::BindAfterEnd);
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
            self.meets_unseen(block, exactly, all);
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
            all.take(ordinary, Rule::BindIgnoresAssociation);
            self.chosen_from(
                block,
                when.and(const { Question::ExplicitOutside.only(&["chosen"]) }),
                all,
            );
        }
    }

    /// The system chooses a port of the block.
    fn chosen_from(&self, block: PortBlock, when: Guard, all: &mut Permitted) {
        let plain = FreePort { skip: Skip::NONE, ..FreePort::of(self.protocol, block) };
        let mut offer = |when, free| {
            let if_empty = Some((Rule::BindFindsBlockUsedUp, Code::Asks(Question::BlockUsedUp)));
            let (rule, set) = (Rule::BindTakesFromReservation, Set::FreePort(free));
            all.offer(Offer { rule, when, set, if_empty });
        };
        if self.world.bound_in(self.protocol, block).is_none() {
            offer(when, plain);
        } else {
            let (one_socket, one_address, one_stack) = const {
                let q = Question::ReservedPortTaken;
                (q.only(&["one-socket"]), q.only(&["one-address"]), q.only(&["one-stack"]))
            };
            let at_address = FreePort { at: Some(self.address), ..plain };
            offer(when.and(one_socket), plain);
            offer(when.and(one_address), at_address);
            offer(when.and(one_stack), FreePort { stack: Some(self.socket.family), ..plain });
            if self.has_port_options() {
                let honoured = const { Question::OptionsOnAssociated.only(&["honoured"]) };
                offer(when.and(one_socket).and(honoured), at_address);
            }
        }
        if self.socket.settings.has(SocketOption::ReuseUnicastPort) {
            let honoured = const { Question::OptionsOnAssociated.only(&["honoured"]) };
            all.otherwise_when(when.and(honoured), Rule::BindDefersChoice, Set::Port(0));
        }
        if self.protocol == Protocol::Tcp && self.world.has_tried() {
            let bound = when.and(FAILED_CONNECT_BINDS);
            all.may_when(bound, Rule::BindFindsBlockUsedUp, Code::Asks(Question::BlockUsedUp));
        }
        if self.world.machine().open {
            let strangers =
                when.and(const { Question::StrangerInRuntimeOfOther.only(&["allowed"]) });
            all.may_when(strangers, Rule::BindMeetsOutsider, Code::Asks(Question::BlockUsedUp));
        }
    }

    /// Whether the socket has an option that changes the automatic choice (SIL-14g).
    fn has_port_options(&self) -> bool {
        let settings = self.socket.settings;
        settings.has(SocketOption::PortScalability) || settings.has(SocketOption::ReuseUnicastPort)
    }

    /// A program outside the trace can be in a reservation of ours only where a reading lets it in.
    fn meets_outsiders_inside(&self, when: Guard, all: &mut Permitted) {
        self.meets_outsiders(
            when.and(const { Question::StrangerInRuntimeOfOther.only(&["allowed"]) }),
            all,
        );
    }
}

pub(super) fn bound(world: &mut World, id: SocketId, to: &SocketAddr, reply: &Reply) {
    let Reply::Bound(port) = *reply else { return };
    let mut name = world.scoped(*to);
    name.set_port(port);
    socket::change(world, id, |socket| socket.bound = Some(name));
}
