//! Who is in the way of a bind: the tables T2 and T3, and what dual-stack sockets make of them.
//!
//! A socket claims an address on the IPv4 side, the IPv6 side, or both. A mapped address is an address of the IPv4 side.
//! Only the wildcard of a dual-stack socket claims both, and what it claims of the IPv4 side the sources tell differently:
//! that is asked.

use std::net::IpAddr;

use crate::call::Family;
use crate::error::Error;
use crate::id::SocketId;
use crate::permitted::{About, Code, Guard, Permitted, Refusal};
use crate::port::Protocol;
use crate::question::{Literal, Question};
use crate::rule::Rule;
use crate::sharing::{Claim, Share, second_bind};
use crate::world::{Socket, World};

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

/// What the tables say of two claims to one side; `None` if both are possible.
fn table(
    first: (Option<IpAddr>, Share),
    second: (Option<IpAddr>, Share),
    same_user: bool,
) -> Option<Error> {
    let (a, b) = (first.0?, second.0?);
    let claim = |address: IpAddr, share| Claim { share, wildcard: address.is_unspecified() };
    let meet = a == b || a.is_unspecified() || b.is_unspecified();
    meet.then(|| second_bind(claim(a, first.1), claim(b, second.1), same_user)).flatten()
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
        for (id, holder) in self.world.at_port(self.protocol, port).filter(|(id, _)| *id != self.id)
        {
            let Some(name) = holder.bound else { continue };
            let theirs = Sides::of(holder, name.ip());
            let same_user = user(holder) == user(self.socket);
            let mut refuse = |rule, when, code: Option<Error>| {
                if let Some(code) = code {
                    all.must(Refusal {
                        rule,
                        when,
                        code: Code::Is(code),
                        about: About::Socket(id),
                    });
                }
            };
            let v6 = table((theirs.v6, theirs.share), (mine.v6, mine.share), same_user);
            refuse(Rule::BindMeetsSocket, when, v6);
            let v4 = table((theirs.v4, theirs.share), (mine.v4, mine.share), same_user);
            match (theirs.is_dual(), mine.is_dual()) {
                (false, false) => refuse(Rule::BindMeetsSocket, when, v4),
                // the IPv6 side has said it
                (true, true) => {}
                (true, false) => {
                    for (reading, code) in after_dual(theirs.share, v4) {
                        refuse(Rule::BindMeetsDualStack, when.and(reading), code);
                    }
                }
                (false, true) => {
                    for (reading, code) in dual_after(mine.share, v4) {
                        refuse(Rule::BindMeetsDualStack, when.and(reading), code);
                    }
                }
            }
        }
    }
}

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
