//! Choosing one reply where several are permitted.

use std::net::{Ipv4Addr, Ipv6Addr};

use portres_model::{
    About, Bytes, Call, Choice, Error, Family, LocalName, Names, Offer, PortRange, Reading,
    Refusal, Reply, Rule, Set, SocketId, Token, World, code_under,
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

/// A reply, and why it is given.
pub(crate) struct Chosen {
    pub(crate) rule: Rule,
    pub(crate) reply: Reply,
    /// What a refusal is about.
    pub(crate) about: About,
}

impl Chosen {
    #[inline]
    fn refused((refusal, code): (&Refusal, Error)) -> Chosen {
        Chosen { rule: refusal.rule, reply: Reply::Failed(code), about: refusal.about }
    }

    #[inline]
    fn given(rule: Rule, reply: Reply) -> Chosen {
        Chosen { rule, reply, about: About::Call }
    }
}

/// The refusal that a rule gives, if it holds or is possible.
pub(crate) fn by_rule(rule: Rule, choice: Choice<'_>) -> Option<Chosen> {
    choice.must().chain(choice.may()).find(|(by, _)| by.rule == rule).map(Chosen::refused)
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
    #[inline]
    pub(crate) fn choose(&mut self, choice: Choice<'_>) -> Chosen {
        match self.how.policy {
            Policy::Lowest | Policy::NextFit => self.first(choice),
            Policy::Random | Policy::Adversarial => self.drawn(choice),
            Policy::Scripted(_) => match self.scripted(choice) {
                Some((rule, reply)) => self.picked(choice, rule, reply),
                None => self.first(choice),
            },
        }
    }

    /// The first of what is permitted. No list is gone through behind it.
    #[inline]
    fn first(&mut self, choice: Choice<'_>) -> Chosen {
        if let Some(refused) = choice.must().next().or_else(|| self.misfortune(choice)) {
            return Chosen::refused(refused);
        }
        for offer in choice.offers() {
            if let Some(reply) = self.member(&offer.set) {
                return Chosen::given(offer.rule, reply);
            }
        }
        self.refusal_of_empty(choice)
    }

    /// One at random.
    fn drawn(&mut self, choice: Choice<'_>) -> Chosen {
        let obliged = choice.must().count();
        if obliged > 0 {
            let place = self.how.random.random_range(0..obliged);
            return Chosen::refused(choice.must().nth(place).expect("it was counted"));
        }
        if let Some(refused) = self.misfortune(choice).or_else(|| self.spite(choice)) {
            return Chosen::refused(refused);
        }
        let offers = choice.offers().count();
        let from = self.how.random.random_range(0..offers.max(1));
        for offer in choice.offers().skip(from).chain(choice.offers().take(from)) {
            if let Some(reply) = self.member(&offer.set) {
                return Chosen::given(offer.rule, reply);
            }
        }
        self.refusal_of_empty(choice)
    }

    #[cold]
    fn refusal_of_empty(&self, choice: Choice<'_>) -> Chosen {
        let empty = choice.offers().find_map(|o| {
            let (rule, code) = o.if_empty?;
            Some(Chosen::given(rule, Reply::Failed(code_under(code, self.reading)?)))
        });
        empty.expect("every call has a permitted reply under every reading")
    }

    /// The refusal that the state of the network or of the resources brings about, where the machine is to suffer from it.
    #[inline]
    fn misfortune<'c>(&self, choice: Choice<'c>) -> Option<(&'c Refusal, Error)> {
        let how = &*self.how;
        if !how.network_fails && !how.resources_fail {
            return None;
        }
        let by = |rule: Rule| choice.may().find(|(refusal, _)| refusal.rule == rule);
        let down = by(Rule::CallNeedsNetwork).filter(|_| how.network_fails);
        down.or_else(|| by(Rule::CallNeedsResources).filter(|_| how.resources_fail))
    }

    /// A refusal that nothing obliges to, of an adversary.
    fn spite<'c>(&mut self, choice: Choice<'c>) -> Option<(&'c Refusal, Error)> {
        if !matches!(self.how.policy, Policy::Adversarial) {
            return None;
        }
        let possible = choice.may().count();
        // one that refused whenever it may would let nothing happen at all
        if possible == 0 || !self.how.random.random_bool(0.5) {
            return None;
        }
        choice.may().nth(self.how.random.random_range(0..possible))
    }

    /// What a script has picked, with what it is about.
    fn picked(&self, choice: Choice<'_>, rule: Rule, reply: Reply) -> Chosen {
        let Reply::Failed(error) = reply else { return Chosen::given(rule, reply) };
        let mut refusals = choice.must().chain(choice.may());
        let same = refusals.find(|(refusal, code)| refusal.rule == rule && *code == error);
        same.map_or_else(|| Chosen::given(rule, reply), Chosen::refused)
    }

    /// What the next pick of the script says, where the call leaves a choice; `None` where it is to be the usual one.
    fn scripted(&mut self, choice: Choice<'_>) -> Option<(Rule, Reply)> {
        let Policy::Scripted(picks) = &self.how.policy else { return None };
        let pick = *picks.get(self.how.picked)?;
        let chosen = |o: &Offer| matches!(o.set, Set::FreePort(_) | Set::FreeBlock(_));
        let obliged = choice.must().count();
        let open = match obliged {
            0 => choice.may().next().is_some() || choice.offers().any(chosen),
            several => several > 1,
        };
        if !open {
            return None;
        }
        self.how.picked += 1;
        let refusals: Vec<_> = match obliged {
            0 => choice.may().collect(),
            _ => choice.must().collect(),
        };
        let offers: Vec<&Offer> = choice.offers().filter(|_| obliged == 0).collect();
        let offered = |reply: Reply| {
            let offer = offers.iter().find(|o| o.set.has(self.world, &reply))?;
            Some((offer.rule, reply))
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
                same.map(|(refusal, code)| (refusal.rule, Reply::Failed(*code)))
            }
        };
        let permitted = || {
            let codes = refusals.iter().map(|(by, code)| format!("{code} ({})", by.rule));
            offers.iter().map(|o| format!("{} ({})", o.set, o.rule)).chain(codes).collect::<Vec<_>>()
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
