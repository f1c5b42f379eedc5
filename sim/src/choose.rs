//! Choosing one reply where several are permitted.

use std::net::{Ipv4Addr, Ipv6Addr};

use portres_model::{
    About, Bytes, Call, Choice, Error, Family, LocalName, Names, Offer, PortRange, Reading,
    Refusal, Reply, Rule, Set, SocketId, Token, World, code_under,
};
use rand::Rng;
use rand::rngs::SmallRng;

use crate::host::Answer;
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

/// What is chosen, and why. It is written where it stays: a value that is written in parts and copied at once stalls the
/// processor longer than the choice takes.
pub(crate) struct Chosen<'a> {
    pub(crate) answer: &'a mut Answer,
    /// What a refusal is about; the call alone where nothing is said.
    pub(crate) about: &'a mut About,
}

impl Chosen<'_> {
    #[inline(always)]
    fn refuse(&mut self, (refusal, code): (&Refusal, Error)) {
        self.answer.reply = Reply::Failed(code);
        self.answer.rule = refusal.rule;
        *self.about = refusal.about;
    }
}

/// The refusal that a rule gives, if it holds or is possible.
fn by_rule(rule: Rule, choice: Choice<'_>) -> Option<(&Refusal, Error)> {
    choice.must().chain(choice.may()).find(|(by, _)| by.rule == rule)
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
    /// Chooses one of the replies, rather by a rule where that is permitted.
    #[inline]
    pub(crate) fn choose(&mut self, choice: Choice<'_>, wanted: Option<Rule>, to: &mut Chosen<'_>) {
        if let Some(rather) = wanted.and_then(|rule| by_rule(rule, choice)) {
            return to.refuse(rather);
        }
        match self.how.policy {
            Policy::Lowest | Policy::NextFit => self.first(choice, to),
            Policy::Random | Policy::Adversarial => self.drawn(choice, to),
            Policy::Scripted(_) => {
                if !self.scripted(choice, to) {
                    self.first(choice, to);
                }
            }
        }
    }

    /// The first of what is permitted. No list is gone through behind it.
    #[inline]
    fn first(&mut self, choice: Choice<'_>, to: &mut Chosen<'_>) {
        if let Some(refused) = choice.must().next().or_else(|| self.misfortune(choice)) {
            return to.refuse(refused);
        }
        for offer in choice.offers() {
            if self.member(&offer.set, &mut to.answer.reply) {
                to.answer.rule = offer.rule;
                return;
            }
        }
        self.refuse_for_want(choice, to);
    }

    /// One at random.
    fn drawn(&mut self, choice: Choice<'_>, to: &mut Chosen<'_>) {
        let obliged = choice.must().count();
        if obliged > 0 {
            let place = self.how.random.random_range(0..obliged);
            return to.refuse(choice.must().nth(place).expect("it was counted"));
        }
        if let Some(refused) = self.misfortune(choice).or_else(|| self.spite(choice)) {
            return to.refuse(refused);
        }
        let offers = choice.offers().count();
        let from = self.how.random.random_range(0..offers.max(1));
        for offer in choice.offers().skip(from).chain(choice.offers().take(from)) {
            if self.member(&offer.set, &mut to.answer.reply) {
                to.answer.rule = offer.rule;
                return;
            }
        }
        self.refuse_for_want(choice, to);
    }

    /// Every set that is offered is empty.
    #[cold]
    fn refuse_for_want(&self, choice: Choice<'_>, to: &mut Chosen<'_>) {
        let empty = choice.offers().find_map(|o| {
            let (rule, code) = o.if_empty?;
            Some((rule, code_under(code, self.reading)?))
        });
        let (rule, code) = empty.expect("every call has a permitted reply under every reading");
        *to.answer = Answer { reply: Reply::Failed(code), rule };
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

    /// What the next pick of the script says, where the call leaves a choice; false where it is to be the usual one.
    fn scripted(&mut self, choice: Choice<'_>, to: &mut Chosen<'_>) -> bool {
        let Policy::Scripted(picks) = &self.how.policy else { return false };
        let Some(&pick) = picks.get(self.how.picked) else { return false };
        let chosen = |o: &Offer| matches!(o.set, Set::FreePort(_) | Set::FreeBlock(_));
        let obliged = choice.must().count();
        let open = match obliged {
            0 => choice.may().next().is_some() || choice.offers().any(chosen),
            several => several > 1,
        };
        if !open {
            return false;
        }
        self.how.picked += 1;
        let refusals: Vec<_> = match obliged {
            0 => choice.may().collect(),
            _ => choice.must().collect(),
        };
        let offers: Vec<&Offer> = choice.offers().filter(|_| obliged == 0).collect();
        let mut offered = |wanted: Reply| {
            let offer = offers.iter().find(|o| o.set.has(self.world, &wanted))?;
            *to.answer = Answer { reply: wanted, rule: offer.rule };
            Some(())
        };
        let token = self.vacant.token;
        let found = match pick {
            Pick::Usual => return false,
            Pick::Port(port) => offered(Reply::Bound(port)),
            Pick::Block(start, count) => {
                offered(Reply::Reserved { block: PortRange { start, count }, token })
            }
            Pick::Refusal(error) => {
                let same = refusals.iter().find(|(_, code)| *code == error);
                same.map(|refused| to.refuse(*refused))
            }
        };
        let permitted = || {
            let codes = refusals.iter().map(|(by, code)| format!("{code} ({})", by.rule));
            offers
                .iter()
                .map(|o| format!("{} ({})", o.set, o.rule))
                .chain(codes)
                .collect::<Vec<_>>()
        };
        assert!(
            found.is_some(),
            "pick {} of the script, {pick:?}, is not permitted here: {}",
            self.how.picked,
            permitted().join(", ")
        );
        true
    }

    /// Gives a reply of a set; false if it is empty.
    #[inline]
    fn member(&mut self, set: &Set, reply: &mut Reply) -> bool {
        let token = self.vacant.token;
        *reply = match set {
            Set::Ok => Reply::Ok,
            Set::NewSocket => Reply::Socket(self.vacant.socket),
            Set::Opened(kind, family) => {
                Reply::Opened { socket: self.vacant.socket, kind: *kind, family: *family }
            }
            Set::NameOf(Family::V4) => Reply::Name((Ipv4Addr::LOCALHOST, 1).into()),
            Set::NameOf(Family::V6) => Reply::Name((Ipv6Addr::LOCALHOST, 1).into()),
            Set::Port(port) => Reply::Bound(*port),
            Set::AnyPort => Reply::Bound(0),
            Set::FreePort(free) => match self.how.free_port(self.world, free) {
                Some(port) => Reply::Bound(port),
                None => return false,
            },
            Set::Name(name) => Reply::Name(*name),
            Set::Address(address) => Reply::Name((*address, 0).into()),
            Set::Block(block) => Reply::Reserved { block: *block, token },
            Set::FreeBlock(free) => match self.how.free_block(self.world, free) {
                Some(block) => Reply::Reserved { block: block.range(), token },
                None => return false,
            },
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
        };
        true
    }
}
