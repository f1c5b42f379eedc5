//! Who is in the way of a bind: the tables T1 to T3, and what dual-stack sockets make of them.
//!
//! A socket claims an address on the IPv4 side, the IPv6 side, or both. A mapped address is an address of the IPv4 side.
//! Only the wildcard of a dual-stack socket claims both, and what it claims of the IPv4 side the sources tell differently:
//! that is asked.

use std::net::IpAddr;

use crate::call::{Family, SocketOption};
use crate::error::Error;
use crate::id::SocketId;
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

/// A bind and what is known of it.
#[derive(Clone, Copy)]
pub(super) struct Binding<'w> {
    pub(super) world: &'w World,
    pub(super) id: SocketId,
    pub(super) socket: &'w Socket,
    pub(super) protocol: Protocol,
    pub(super) address: IpAddr,
}

impl Binding<'_> {
    /// Lists the sockets that refuse the port.
    pub(super) fn meets_sockets(&self, port: u16, when: Guard, all: &mut Permitted) {
        let mine = Sides::of(self.socket, self.address);
        let user = |s: &Socket| self.world.process(s.process).map(|p| p.credentials.user);
        for (id, holder) in self.world.at_port(self.protocol, port) {
            // a connection that a listener accepted does not hold the port (PF-21)
            if id == self.id || holder.connection == Connection::Accepted {
                continue;
            }
            let Some(name) = holder.bound else { continue };
            let theirs = Sides::of(holder, name.ip());
            let same_user = user(holder) == user(self.socket);
            let when = self.unless_shared_with(holder, when);
            let mut refuse = |rule, when, code: Option<Error>| {
                if let Some(code) = code {
                    let (code, about) = (Code::Is(code), About::Socket(id));
                    all.must(Refusal { rule, when, code, about });
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
    }

    /// Where something else than the tables does not let both sockets have the port.
    fn unless_shared_with(&self, holder: &Socket, when: Guard) -> Guard {
        let (mut when, mine) = (when, self.socket);
        if mine.affinity.is_some() && holder.affinity.is_some() && mine.affinity != holder.affinity
        {
            when = when.and(const { Question::AffinityShares.only(&["no"]) });
        }
        let multicast = |s: &Socket| s.settings.has(SocketOption::ReuseMulticastPort);
        if multicast(mine) && multicast(holder) {
            when = when.and(const { Question::MulticastShares.only(&["no"]) });
        }
        when
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
