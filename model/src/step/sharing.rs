//! Who is in the way of a bind: the tables T1 to T3, and what dual-stack sockets make of them.
//!
//! A socket claims an address on the IPv4 side, the IPv6 side, or both. A mapped address is an address of the IPv4 side.
//! Only the wildcard of a dual-stack socket claims both, and what it claims of the IPv4 side the sources tell differently:
//! that is asked.

use std::net::IpAddr;

use crate::call::{Credentials, Family, SocketOption};
use crate::error::Error;
use crate::id::{ProcessId, SocketId};
use crate::permitted::{About, Code, Guard, Permitted, Refusal};
use crate::port::Protocol;
use crate::question::{Literal, Question};
use crate::rule::Rule;
use crate::sharing::{Claim, Share, second_bind, second_bind_before_2003};
use crate::world::{Connection, Socket, World};

/// What a socket claims of a port, or would.
#[derive(Clone, Copy)]
struct Sides {
    v4: Option<IpAddr>,
    v6: Option<IpAddr>,
    share: Share,
}

impl Sides {
    fn of(socket: &Socket, address: IpAddr) -> Sides {
        let share = socket.options.share();
        let dual = socket.family == Family::V6 && !socket.v6_only && address.is_unspecified();
        match address.to_canonical() {
            _ if dual => Sides { v4: Some(address), v6: Some(address), share },
            v4 @ IpAddr::V4(_) => Sides { v4: Some(v4), v6: None, share },
            v6 @ IpAddr::V6(_) => Sides { v4: None, v6: Some(v6), share },
        }
    }

    /// Whether both claim an address.
    fn meet(self, other: Sides) -> bool {
        let meet = |a: Option<IpAddr>, b: Option<IpAddr>| match (a, b) {
            (Some(a), Some(b)) => a == b || a.is_unspecified() || b.is_unspecified(),
            _ => false,
        };
        meet(self.v4, other.v4) || meet(self.v6, other.v6)
    }

    fn is_dual(self) -> bool {
        self.v4.is_some() && self.v6.is_some()
    }
}

/// What the tables say of two claims to one side, the table of Windows Server 2003 and later first, that of Windows XP
/// behind it; `None` if both are possible.
fn tables(
    first: (Option<IpAddr>, Share),
    second: (Option<IpAddr>, Share),
    same_user: bool,
) -> [Option<Error>; 2] {
    let (Some(a), Some(b)) = (first.0, second.0) else { return [None; 2] };
    if a != b && !a.is_unspecified() && !b.is_unspecified() {
        return [None; 2];
    }
    let claim = |address: IpAddr, share| Claim { share, wildcard: address.is_unspecified() };
    let (first, second) = (claim(a, first.1), claim(b, second.1));
    [second_bind(first, second, same_user), second_bind_before_2003(first, second)]
}

/// What the tables say of a socket that holds the port.
fn by_tables(
    id: SocketId,
    (theirs, mine): (Sides, Sides),
    same_user: bool,
    when: Guard,
    all: &mut Permitted,
) {
    let mut refuse = |rule, when, code: Option<Error>| {
        if let Some(code) = code {
            all.must(Refusal { rule, when, code: Code::Is(code), about: About::Socket(id) });
        }
    };
    let mut refuse_by_tables = |[since_2003, before]: [Option<Error>; 2]| {
        if since_2003 == before {
            refuse(Rule::BindMeetsSocket, when, since_2003);
            return;
        }
        refuse(Rule::BindMeetsSocket, when.and(SINCE_2003), since_2003);
        refuse(Rule::BindMeetsSocket, when.and(BEFORE_2003), before);
    };
    let v4 = tables((theirs.v4, theirs.share), (mine.v4, mine.share), same_user);
    refuse_by_tables(tables((theirs.v6, theirs.share), (mine.v6, mine.share), same_user));
    match (theirs.is_dual(), mine.is_dual()) {
        (false, false) => refuse_by_tables(v4),
        // the IPv6 side has said it
        (true, true) => {}
        (true, false) => {
            for (reading, code) in after_dual(theirs.share, v4[0]) {
                refuse(Rule::BindMeetsDualStack, when.and(reading), code);
            }
        }
        (false, true) => {
            for (reading, code) in dual_after(mine.share, v4[0]) {
                refuse(Rule::BindMeetsDualStack, when.and(reading), code);
            }
        }
    }
}

/// A bind and what is known of it.
#[derive(Clone, Copy)]
pub(super) struct Binding<'w> {
    pub(super) world: &'w World,
    /// The process that calls.
    pub(super) by: ProcessId,
    pub(super) id: SocketId,
    pub(super) socket: &'w Socket,
    pub(super) protocol: Protocol,
    pub(super) address: IpAddr,
}

impl Binding<'_> {
    /// Lists the sockets that refuse the port.
    pub(super) fn meets_sockets(&self, port: u16, when: Guard, all: &mut Permitted) {
        let mine = Sides::of(self.socket, self.address);
        for (id, holder) in self.world.at_port(self.protocol, port) {
            // a connection that a listener accepted does not hold the port (PF-21)
            if id == self.id || holder.connection == Connection::Accepted {
                continue;
            }
            let Some(name) = holder.bound else { continue };
            let theirs = Sides::of(holder, name.ip());
            let when = self.unless_shared_with(holder, when);
            let when = if holder.associations.is_some() != self.socket.associations.is_some() {
                self.meets_across(id, theirs, mine, when, all);
                when.and(const { Question::TablesInReservation.only(&["as-the-table"]) })
            } else {
                when
            };
            for (same_user, when) in self.users(holder, when).into_iter().flatten() {
                by_tables(id, (theirs, mine), same_user, when, all);
            }
        }
    }

    /// Whether both sockets are one user's, and under which readings.
    fn users(&self, holder: &Socket, when: Guard) -> [Option<(bool, Guard)>; 2] {
        let credentials = |s: &Socket| self.world.credentials(s.creator);
        let (mine, theirs) = (credentials(self.socket), credentials(holder));
        let user = |c: Option<Credentials>| c.map(|c| c.user);
        if user(mine) != user(theirs) {
            return [Some((false, when)), None];
        }
        if mine == theirs {
            return [Some((true, when)), None];
        }
        let (account, token) = const {
            let q = Question::SameUser;
            (q.only(&["account"]), q.only(&["token"]))
        };
        [Some((true, when.and(account))), Some((false, when.and(token)))]
    }

    /// An associated and an unassociated socket on one port, where the tables do not say it (SIL-14b).
    fn meets_across(
        &self,
        id: SocketId,
        theirs: Sides,
        mine: Sides,
        when: Guard,
        all: &mut Permitted,
    ) {
        if !theirs.meet(mine) {
            return;
        }
        let (in_use, access) = const {
            let q = Question::TablesInReservation;
            (q.only(&["in-use"]), q.only(&["access"]))
        };
        for (reading, code) in [(in_use, Error::WsaAddressInUse), (access, Error::WsaAccess)] {
            let (rule, code, about) = (Rule::BindMeetsSocket, Code::Is(code), About::Socket(id));
            all.must(Refusal { rule, when: when.and(reading), code, about });
        }
    }

    /// Whether this bind claims an address.
    pub(super) fn claims(&self, address: IpAddr) -> bool {
        let mine = Sides::of(self.socket, self.address);
        let (v4, v6) = match address.to_canonical() {
            a @ IpAddr::V4(_) => (Some(a), None),
            a @ IpAddr::V6(_) => (None, Some(a)),
        };
        mine.meet(Sides { v4, v6, share: mine.share })
    }

    /// Whether a socket that holds the port claims an address that this bind claims, too.
    pub(super) fn shares_address_with(&self, holder: &Socket) -> bool {
        let Some(name) = holder.bound else { return false };
        Sides::of(holder, name.ip()).meet(Sides::of(self.socket, self.address))
    }

    /// Where nothing else than the tables lets both sockets have the port.
    fn unless_shared_with(&self, holder: &Socket, when: Guard) -> Guard {
        let mine = self.socket;
        let processors = mine.affinity.zip(holder.affinity);
        let multicast = |s: &Socket| s.settings.has(SocketOption::ReuseMulticastPort);
        match processors {
            Some((a, b)) if a != b => when.and(const { Question::AffinityShares.only(&["no"]) }),
            _ if multicast(mine) && multicast(holder) => {
                when.and(const { Question::MulticastShares.only(&["no"]) })
            }
            _ => when,
        }
    }
}

const SINCE_2003: Literal = Question::SharingTable.only(&["2003"]);
const BEFORE_2003: Literal = Question::SharingTable.only(&["xp"]);

/// An IPv4 bind after a dual-stack wildcard: the code under each reading, where the table says `v4`.
fn after_dual(holder: Share, v4: Option<Error>) -> [(Literal, Option<Error>); 2] {
    match holder {
        Share::Default => [
            (const { Question::DualPlainHoldsV4.only(&["as-the-table"]) }, v4),
            (const { Question::DualPlainHoldsV4.only(&["no"]) }, None),
        ],
        Share::Reuse => [
            (const { Question::DualReuseHoldsV4.only(&["as-the-table"]) }, v4),
            (const { Question::DualReuseHoldsV4.only(&["no"]) }, None),
        ],
        Share::Exclusive => [
            (const { Question::DualExclusiveWildcard.only(&["as-the-table"]) }, v4),
            (
                const { Question::DualExclusiveWildcard.only(&["access"]) },
                v4.and(Some(Error::WsaAccess)),
            ),
        ],
    }
}

/// A dual-stack wildcard bind after an IPv4 one: the code under each reading, where the table says `v4`.
fn dual_after(mine: Share, v4: Option<Error>) -> [(Literal, Option<Error>); 2] {
    match mine {
        Share::Default | Share::Reuse => [
            (const { Question::DualPlainChecksV4.only(&["as-the-table"]) }, v4),
            (const { Question::DualPlainChecksV4.only(&["no"]) }, None),
        ],
        Share::Exclusive => [
            (const { Question::DualExclusiveOverV4.only(&["as-the-table"]) }, v4),
            (
                const { Question::DualExclusiveOverV4.only(&["access"]) },
                v4.and(Some(Error::WsaAccess)),
            ),
        ],
    }
}
