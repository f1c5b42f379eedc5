//! Choosing one reply where several are permitted.

use std::net::{Ipv4Addr, Ipv6Addr};

use portres_model::{
    Bytes, Call, Choice, Error, Family, LocalName, Names, Offer, PortRange, Reading, Reply, Rule,
    Set, SocketId, Token, World, code_under,
};
use rand::Rng;
use rand::rngs::SmallRng;

use crate::policy::{Pick, Policy};

/// The state of a host's choices.
pub(crate) struct Choosing {
    pub(crate) policy: Policy,
    pub(crate) random: SmallRng,
    /// Where the search for the next port of TCP and UDP begins; 0 before the first.
    pub(crate) next: [u16; 2],
    /// How many picks of a script have been used.
    pub(crate) picked: usize,
    /// Ports that programs have named or had of late: they may want them again.
    pub(crate) wanted: [u16; 8],
    /// Whether calls fail while the network is down, and not only may.
    pub(crate) network_fails: bool,
    /// Whether the next call fails for want of resources if it may.
    pub(crate) resources_fail: bool,
}

impl Choosing {
    pub(crate) fn new(policy: Policy, random: SmallRng) -> Choosing {
        Choosing {
            policy,
            random,
            next: [0; 2],
            picked: 0,
            wanted: [0; 8],
            network_fails: false,
            resources_fail: false,
        }
    }

    /// What a call shows of the ports that programs want.
    pub(crate) fn follow(&mut self, call: &Call, reply: &Reply) {
        if let Call::Bind { address, .. } = call {
            self.want(address.port());
        }
        if let Call::Acquire { range, .. } | Call::Create { range, .. } = call {
            self.want(range.start);
        }
        match *reply {
            Reply::Bound(port) => self.want(port),
            Reply::Reserved { block, .. } => self.want(block.start),
            _ => {}
        }
    }

    /// A program has named or had a port.
    pub(crate) fn want(&mut self, port: u16) {
        if port != 0 && self.wanted[0] != port {
            self.wanted.rotate_right(1);
            self.wanted[0] = port;
        }
    }
}

/// The refusal that a rule gives, if it holds or is possible.
pub(crate) fn by_rule(rule: Rule, choice: &Choice<'_>) -> Option<(Rule, Reply)> {
    let (_, code) = choice.must.iter().chain(&choice.may).find(|(by, _)| *by == rule)?;
    Some((rule, Reply::Failed(*code)))
}

/// What a choice needs besides the list.
pub(crate) struct Chooser<'a> {
    pub(crate) world: &'a World,
    pub(crate) reading: &'a Reading,
    pub(crate) how: &'a mut Choosing,
    pub(crate) vacant: Vacant,
}

/// The names for what a call may create.
#[derive(Clone, Copy)]
pub(crate) struct Vacant {
    pub(crate) socket: SocketId,
    pub(crate) token: Token,
}

impl Vacant {
    pub(crate) fn proposed(self, names: Option<Names>) -> Vacant {
        match names {
            Some(Names::Socket(socket)) => Vacant { socket, ..self },
            Some(Names::Token(token)) => Vacant { token, ..self },
            None => self,
        }
    }
}

impl Chooser<'_> {
    /// One of the replies, and the rule that permits it.
    pub(crate) fn choose(&mut self, choice: &Choice<'_>) -> (Rule, Reply) {
        if let Policy::Scripted(_) = self.how.policy {
            if let Some(picked) = self.scripted(choice) {
                return picked;
            }
        }
        if !choice.must.is_empty() {
            let (rule, code) = choice.must[self.pick(choice.must.len())];
            return (rule, Reply::Failed(code));
        }
        if !choice.may.is_empty() {
            if let Some((rule, code)) = self.possible_refusal(&choice.may) {
                return (rule, Reply::Failed(code));
            }
        }
        let first = self.pick(choice.offers.len().max(1));
        let in_turn = choice.offers.iter().cycle().skip(first).take(choice.offers.len());
        for offer in in_turn {
            if let Some(reply) = self.member(&offer.set) {
                return (offer.rule, reply);
            }
        }
        self.refusal_of_empty(&choice.offers)
    }

    fn refusal_of_empty(&self, offers: &[&Offer]) -> (Rule, Reply) {
        let empty = offers.iter().find_map(|o| {
            let (rule, code) = o.if_empty?;
            Some((rule, Reply::Failed(code_under(code, self.reading)?)))
        });
        empty.expect("every call has a permitted reply under every reading")
    }

    fn pick(&mut self, of: usize) -> usize {
        match self.how.policy {
            Policy::Lowest | Policy::NextFit | Policy::Scripted(_) => 0,
            Policy::Random | Policy::Adversarial => self.how.random.random_range(0..of),
        }
    }

    /// A refusal that nothing obliges to.
    fn possible_refusal(&mut self, may: &[(Rule, Error)]) -> Option<(Rule, Error)> {
        let how = &mut *self.how;
        let by = |rule: Rule| may.iter().find(|(r, _)| *r == rule).copied();
        if let Some(down) = by(Rule::CallNeedsNetwork).filter(|_| how.network_fails) {
            return Some(down);
        }
        if let Some(scarce) = by(Rule::CallNeedsResources).filter(|_| how.resources_fail) {
            return Some(scarce);
        }
        // one that refused whenever it may would let nothing happen at all
        let refuses = how.policy == Policy::Adversarial && how.random.random_bool(0.5);
        refuses.then(|| may[how.random.random_range(0..may.len())])
    }

    /// What the next pick of the script says, where the call leaves a choice; `None` where it is to be the usual one.
    fn scripted(&mut self, choice: &Choice<'_>) -> Option<(Rule, Reply)> {
        let chosen = |o: &&Offer| matches!(o.set, Set::FreePort(_) | Set::FreeBlock(_));
        let refusals = if choice.must.is_empty() { &choice.may[..] } else { &choice.must[..] };
        let open = match choice.must.len() {
            0 => !choice.may.is_empty() || choice.offers.iter().any(chosen),
            several => several > 1,
        };
        let Policy::Scripted(picks) = &self.how.policy else { return None };
        let pick = *picks.get(self.how.picked).filter(|_| open)?;
        self.how.picked += 1;
        let offered = |reply: Reply| {
            let offers = choice.offers.iter().filter(|_| choice.must.is_empty());
            let mut offers = offers.filter(|o| o.set.has(self.world, &reply));
            offers.next().map(|o| (o.rule, reply))
        };
        let token = self.vacant.token;
        let found = match pick {
            Pick::Usual => return None,
            Pick::Port(port) => offered(Reply::Bound(port)),
            Pick::Block(start, count) => {
                offered(Reply::Reserved { block: PortRange { start, count }, token })
            }
            Pick::Refusal(error) => {
                let same = refusals.iter().find(|(_, code)| *code == error);
                same.map(|(rule, code)| (*rule, Reply::Failed(*code)))
            }
        };
        let permitted = || {
            let sets = choice.offers.iter().filter(|_| choice.must.is_empty());
            let codes = refusals.iter().map(|(rule, code)| format!("{code} ({rule})"));
            sets.map(|o| format!("{} ({})", o.set, o.rule)).chain(codes).collect::<Vec<_>>()
        };
        assert!(
            found.is_some(),
            "pick {} of the script, {pick:?}, is not permitted here: {}",
            self.how.picked,
            permitted().join(", ")
        );
        found
    }

    /// A reply of a set; `None` if it is empty.
    fn member(&mut self, set: &Set) -> Option<Reply> {
        let token = self.vacant.token;
        Some(match set {
            Set::Ok => Reply::Ok,
            Set::NewSocket => Reply::Socket(self.vacant.socket),
            Set::Opened(kind, family) => {
                Reply::Opened { socket: self.vacant.socket, kind: *kind, family: *family }
            }
            Set::NameOf(Family::V4) => Reply::Name((Ipv4Addr::LOCALHOST, 1).into()),
            Set::NameOf(Family::V6) => Reply::Name((Ipv6Addr::LOCALHOST, 1).into()),
            Set::Port(port) => Reply::Bound(*port),
            Set::AnyPort => Reply::Bound(0),
            Set::FreePort(free) => Reply::Bound(self.how.free_port(self.world, free)?),
            Set::Name(name) => Reply::Name(*name),
            Set::Address(address) => Reply::Name((*address, 0).into()),
            Set::Block(block) => Reply::Reserved { block: *block, token },
            Set::FreeBlock(free) => {
                Reply::Reserved { block: self.how.free_block(self.world, free)?.range(), token }
            }
            Set::NewToken => Reply::Token(token),
            Set::Token(known) => Reply::Token(*known),
            Set::NameIn(block) => Reply::Name((Ipv4Addr::UNSPECIFIED, block.first()).into()),
            Set::PortIn(block) => Reply::Bound(block.first()),
            Set::BlockOfAtMost(count) => {
                let block = PortRange { start: 1, count: *count };
                Reply::Reserved { block, token }
            }
            Set::NameAt(LocalName { port, of: Family::V4, .. }) => {
                Reply::Name((Ipv4Addr::LOCALHOST, *port).into())
            }
            Set::NameAt(LocalName { port, .. }) => Reply::Name((Ipv6Addr::LOCALHOST, *port).into()),
            Set::This(reply) => *reply,
            Set::Value(value) => Reply::Value(*value),
            Set::AnyValue => Reply::Value(0),
            Set::AnyBytes => Reply::Bytes(Bytes::Untouched),
            Set::BytesNotZero => Reply::Bytes(Bytes::Wrote(1)),
        })
    }
}
