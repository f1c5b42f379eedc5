//! Every reply that may be given to a call under one reading: the codes of the refusals, the members of the offered sets.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use portres_model::{
    Code, Error, FreeBlock, Guard, Permitted, PortBlock, Question, Reading, Reply, Rule, Set,
    SocketId, Token, World, code_under,
};

/// The names that a world has: numbers from 1.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    /// How many sockets.
    pub sockets: u32,
    /// How many tokens.
    pub tokens: u32,
}

/// Where a reply may show any local address.
const SHOWN: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// The peer that is shown, whichever it is.
const PEER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 80);

/// Replies, each once, with a rule that permits it. Kept from call to call.
pub struct Choices {
    reading: &'static Reading,
    /// The code that the reading gives to a refusal that a question decides.
    codes: Vec<Option<Error>>,
    replies: Vec<(Reply, Rule)>,
}

impl Choices {
    /// Under a reading.
    #[must_use]
    pub fn new(reading: &'static Reading) -> Choices {
        let codes = Question::ALL.iter().map(|q| code_under(Code::Asks(*q), reading));
        Choices { reading, codes: codes.collect(), replies: Vec::new() }
    }

    #[inline]
    fn code(&self, code: Code) -> Option<Error> {
        match code {
            Code::Is(error) => Some(error),
            Code::Asks(question) => self.codes[question as usize],
        }
    }

    /// Lists what may be answered. A success that needs a new name takes the lowest that is vacant; without one it does not
    /// occur.
    pub fn list(&mut self, permitted: &Permitted, world: &World, names: Names) -> &[(Reply, Rule)] {
        self.replies.clear();
        let reading = self.reading;
        let holds =
            |when: Guard| when == Guard::ALWAYS || when.literals().all(|l| reading.holds(l));
        let mut refused = false;
        for refusal in &permitted.must {
            if let Some(code) = self.code(refusal.code).filter(|_| holds(refusal.when)) {
                refused = true;
                self.refuse(code, refusal.rule);
            }
        }
        for refusal in &permitted.may {
            if let Some(code) = self.code(refusal.code).filter(|_| holds(refusal.when)) {
                self.refuse(code, refusal.rule);
            }
        }
        if refused {
            return &self.replies;
        }
        for offer in permitted.offers.iter().filter(|o| holds(o.when)) {
            match offer.if_empty {
                Some((rule, code)) if offer.set.is_empty(world) => {
                    if let Some(code) = self.code(code) {
                        self.refuse(code, rule);
                    }
                }
                _ => self.members(&offer.set, offer.rule, world, names),
            }
        }
        &self.replies
    }

    fn refuse(&mut self, code: Error, rule: Rule) {
        self.add(Reply::Failed(code), rule);
    }

    fn add(&mut self, reply: Reply, rule: Rule) {
        if !self.replies.iter().any(|(r, _)| *r == reply) {
            self.replies.push((reply, rule));
        }
    }

    fn ports(&mut self, block: PortBlock, rule: Rule, reply: impl Fn(u16) -> Option<Reply>) {
        block.ports().filter_map(reply).for_each(|reply| self.add(reply, rule));
    }

    /// The members of a set. Sets that no small world meets have none here.
    fn members(&mut self, set: &Set, rule: Rule, world: &World, names: Names) {
        let token = (1..=names.tokens).map(Token).find(|t| world.reservation(*t).is_none());
        match *set {
            Set::Ok => self.add(Reply::Ok, rule),
            Set::Value(value) => self.add(Reply::Value(value), rule),
            Set::This(reply) => self.add(reply, rule),
            Set::Port(port) => self.add(Reply::Bound(port), rule),
            Set::Name(name) => self.add(Reply::Name(name), rule),
            Set::Token(token) => self.add(Reply::Token(token), rule),
            Set::NewSocket => {
                let vacant = (1..=names.sockets).map(SocketId).find(|s| world.is_vacant(*s));
                vacant.into_iter().for_each(|s| self.add(Reply::Socket(s), rule));
            }
            Set::Opened(kind, family) => {
                let vacant = (1..=names.sockets).map(SocketId).find(|s| world.is_vacant(*s));
                let opened = |socket| Reply::Opened { socket, kind, family };
                vacant.into_iter().for_each(|s| self.add(opened(s), rule));
            }
            Set::NameOf(_) => self.add(Reply::Name(PEER), rule),
            Set::NewToken => token.into_iter().for_each(|t| self.add(Reply::Token(t), rule)),
            Set::Block(block) => {
                let reserved = |token| Reply::Reserved { block, token };
                token.into_iter().for_each(|t| self.add(reserved(t), rule));
            }
            Set::FreeBlock(free) => {
                token.into_iter().for_each(|t| self.blocks(free, t, rule, world));
            }
            Set::FreePort(free) => self.ports(free.within, rule, |port| {
                free.has(world, port).then_some(Reply::Bound(port))
            }),
            Set::PortIn(block) => self.ports(block, rule, |port| Some(Reply::Bound(port))),
            Set::NameIn(block) => {
                self.ports(block, rule, |port| Some(Reply::Name((SHOWN, port).into())));
            }
            Set::NameAt(local) => {
                let name = (SHOWN, local.port).into();
                if local.has(world, name) {
                    self.add(Reply::Name(name), rule);
                }
            }
            Set::AnyPort
            | Set::AnyValue
            | Set::Address(_)
            | Set::BlockOfAtMost(_)
            | Set::AnyBytes
            | Set::BytesNotZero => {}
        }
    }

    fn blocks(&mut self, free: FreeBlock, token: Token, rule: Rule, world: &World) {
        let least = if free.or_fewer { 1 } else { free.count };
        for count in least..=free.count {
            for block in free.within.ports().filter_map(|first| PortBlock::new(first, count)) {
                if free.has(world, block.range()) {
                    self.add(Reply::Reserved { block: block.range(), token }, rule);
                }
            }
        }
    }
}
