//! Choosing one reply where several are permitted.

use std::net::{Ipv4Addr, Ipv6Addr};

use portres_model::{
    Bytes, Choice, Family, FreeBlock, FreePort, LocalName, Names, Offer, PortBlock, PortRange,
    Reading, Reply, Rule, Set, SocketId, Token, World, code_under,
};
use rand::Rng;
use rand::rngs::SmallRng;

/// How a host chooses where a reading leaves several replies.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Policy {
    /// The lowest port, the first refusal.
    #[default]
    Lowest,
    /// At random, from the seed.
    Random,
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
    pub(crate) policy: Policy,
    pub(crate) random: &'a mut SmallRng,
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
        if !choice.must.is_empty() {
            let (rule, code) = choice.must[self.pick(choice.must.len())];
            return (rule, Reply::Failed(code));
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
        match self.policy {
            Policy::Lowest => 0,
            Policy::Random => self.random.random_range(0..of),
        }
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
            Set::FreePort(free) => Reply::Bound(self.free_port(free)?),
            Set::Name(name) => Reply::Name(*name),
            Set::Address(address) => Reply::Name((*address, 0).into()),
            Set::Block(block) => Reply::Reserved { block: *block, token },
            Set::FreeBlock(free) => {
                Reply::Reserved { block: self.free_block(free)?.range(), token }
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

    fn free_port(&mut self, free: &FreePort) -> Option<u16> {
        let lowest = free.lowest(self.world, free.within);
        if self.policy == Policy::Lowest {
            return lowest;
        }
        // the first free port behind a random one, or else the lowest
        let from = self.random.random_range(free.within.ports());
        let part = PortBlock::between(from, free.within.last())?;
        free.lowest(self.world, part).or(lowest)
    }

    fn free_block(&mut self, free: &FreeBlock) -> Option<PortBlock> {
        let lowest = free.lowest(self.world)?;
        if self.policy == Policy::Lowest {
            return Some(lowest);
        }
        let count = lowest.count();
        let from = self.random.random_range(free.within.first()..=free.within.last() - (count - 1));
        let within = PortBlock::between(from, free.within.last())?;
        Some(
            FreeBlock { within, count, ..*free }
                .lowest(self.world)
                .filter(|b| b.count() == count)
                .unwrap_or(lowest),
        )
    }
}
