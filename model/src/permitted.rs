//! Every reply that may be given: refusals and described sets, each with its rule and the readings under which it holds.

mod free;

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use arrayvec::ArrayVec;
use smallvec::SmallVec;

use crate::call::{Family, SocketKind};
use crate::error::Error;
use crate::id::{SocketId, Token};
use crate::port::{PortBlock, PortRange};
use crate::question::{Literal, Question};
use crate::reply::{Bytes, Reply};
use crate::rule::Rule;
use crate::world::World;

pub use free::{FreeBlock, FreePort};

/// Literals that hold together.
pub(crate) type Cube = ArrayVec<Literal, 14>;

/// The readings under which something holds: all of at most twelve literals.
///
/// Each takes 16 bits, the first the lowest of the first number.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Guard([u64; 3]);

impl Guard {
    /// Under every reading.
    pub const ALWAYS: Guard = Guard([0; 3]);

    /// Where the literal holds.
    #[must_use]
    pub const fn when(literal: Literal) -> Guard {
        Guard([Guard::bits(literal), 0, 0])
    }

    /// Where this holds, too.
    ///
    /// # Panics
    /// If there are twelve literals already: no rule needs thirteen, since each question is asked once on the way to it.
    #[inline]
    #[must_use]
    pub const fn and(self, literal: Literal) -> Guard {
        let Guard([first, middle, last]) = self;
        let bits = Guard::bits(literal);
        match (Guard::places(first), Guard::places(middle), Guard::places(last)) {
            (4, 4, place) => {
                assert!(place < 4, "a guard has at most twelve literals");
                Guard([first, middle, last | bits << (place * 16)])
            }
            (4, place, _) => Guard([first, middle | bits << (place * 16), last]),
            (place, ..) => Guard([first | bits << (place * 16), middle, last]),
        }
    }

    /// How many literals stand in a number.
    const fn places(number: u64) -> u32 {
        (64 - number.leading_zeros()).div_ceil(16)
    }

    /// Never 0: that is no literal.
    const fn bits(literal: Literal) -> u64 {
        const { assert!(Question::COUNT < 255, "a question takes eight bits") };
        (literal.question.index() as u64 + 1) << 8 | literal.answers as u64
    }

    /// The literals.
    #[inline]
    pub fn literals(self) -> impl Iterator<Item = Literal> {
        let Guard([mut first, mut middle, mut last]) = self;
        std::iter::from_fn(move || {
            let bits = first as u16;
            first = first >> 16 | middle << 48;
            middle = middle >> 16 | last << 48;
            last >>= 16;
            let question = *Question::ALL.get(usize::from(bits >> 8).checked_sub(1)?)?;
            Some(Literal { question, answers: bits as u8 })
        })
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.literals()).finish()
    }
}

/// With which code a refusal comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Code {
    /// This one.
    Is(Error),
    /// The question tells: its answers may also let the call pass.
    Asks(Question),
}

/// What a refusal is about: the inputs of its condition.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum About {
    /// The call and its socket alone.
    #[default]
    Call,
    /// Another socket.
    Socket(SocketId),
    /// A reservation.
    Reservation(Token),
    /// An exclusion or a system block.
    Exclusion(PortBlock),
    /// A port that a socket has bound.
    Port(u16),
    /// A port of which connections are left.
    Connection(u16),
}

/// A way in which the call may be refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// The rule.
    pub rule: Rule,
    /// Where it holds.
    pub when: Guard,
    /// Its code.
    pub code: Code,
    /// Its inputs.
    pub about: About,
}

impl Refusal {
    /// Under every reading, as a question tells, and about the call alone.
    pub(crate) const fn asked(rule: Rule, question: Question) -> Refusal {
        let (when, code, about) = (Guard::ALWAYS, Code::Asks(question), About::Call);
        Refusal { rule, when, code, about }
    }
}

/// A described set of success replies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Set {
    /// `ok`.
    Ok,
    /// A vacant socket.
    NewSocket,
    /// A vacant socket of a kind and family.
    Opened(SocketKind, Family),
    /// Exactly this port.
    Port(u16),
    /// Any port: a raw socket's mean nothing.
    AnyPort,
    /// A free port.
    FreePort(FreePort),
    /// This local name.
    Name(SocketAddr),
    /// Any name of a family.
    NameOf(Family),
    /// A raw socket's local name: the address, whatever the port.
    Address(IpAddr),
    /// This block and a new token.
    Block(PortRange),
    /// A free block and a new token.
    FreeBlock(FreeBlock),
    /// A new token.
    NewToken,
    /// This token.
    Token(Token),
    /// A port of a block, at whatever address.
    NameIn(PortBlock),
    /// A port of a block, whoever has it.
    PortIn(PortBlock),
    /// A block of at most so many ports, and a new token.
    BlockOfAtMost(u16),
    /// A port, at any local address of a family.
    NameAt(LocalName),
    /// Exactly this reply.
    This(Reply),
    /// This number, whether or not anybody has looked at it.
    Value(u32),
    /// Any number.
    AnyValue,
    /// Any byte count.
    AnyBytes,
    /// A byte count that was written and is not 0.
    BytesNotZero,
}

/// The names of a connected socket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LocalName {
    /// Its port.
    pub port: u16,
    /// Its family.
    pub of: Family,
    /// Whether it is IPv6 only.
    pub v6_only: bool,
}

/// Replies that the call may give when nothing refuses it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Offer {
    /// The rule.
    pub rule: Rule,
    /// Where it holds.
    pub when: Guard,
    /// The replies.
    pub set: Set,
    /// The refusal that takes its place when the set is empty, also beside other offers (`connect` alone has such).
    pub if_empty: Option<(Rule, Code)>,
}

/// Every reply that may be given to one call.
///
/// Refusals of `must` are obligatory: where one holds, success is not permitted; where several hold, each of their codes
/// is. Refusals of `may` are possible at any time and oblige to nothing.
#[derive(Clone, Debug, Default)]
pub struct Permitted {
    /// Obligatory refusals.
    pub must: SmallVec<[Refusal; 32]>,
    /// Possible refusals.
    pub may: SmallVec<[Refusal; 16]>,
    /// Successes.
    pub offers: SmallVec<[Offer; 24]>,
}

impl Permitted {
    pub(crate) fn new() -> Permitted {
        Permitted::default()
    }

    pub(crate) fn clear(&mut self) {
        self.must.clear();
        self.may.clear();
        self.offers.clear();
    }

    // The builders below are inlined down to `list`, which takes its parts in registers, or to the place in the list: an
    // entry that is made elsewhere first and copied costs more than all that decides about it.

    #[inline(always)]
    pub(crate) fn must_if(&mut self, condition: bool, rule: Rule, code: Error) {
        if condition {
            self.must_when(Guard::ALWAYS, rule, code);
        }
    }

    #[inline(always)]
    pub(crate) fn ask_if(&mut self, condition: bool, rule: Rule, question: Question) {
        if condition {
            self.ask_when(Guard::ALWAYS, rule, question);
        }
    }

    /// A refusal that several sockets or reservations give in the same way is listed once.
    #[inline(always)]
    pub(crate) fn must(&mut self, refusal: Refusal) {
        let Refusal { rule, when, code, about } = refusal;
        self.list(rule, when, code, about);
    }

    #[inline(always)]
    pub(crate) fn must_when(&mut self, when: Guard, rule: Rule, code: Error) {
        self.list(rule, when, Code::Is(code), About::Call);
    }

    #[inline(always)]
    pub(crate) fn ask_when(&mut self, when: Guard, rule: Rule, question: Question) {
        self.list(rule, when, Code::Asks(question), About::Call);
    }

    #[inline(never)]
    fn list(&mut self, rule: Rule, when: Guard, code: Code, about: About) {
        let same = |r: &Refusal| r.rule == rule && r.when == when && r.code == code;
        if !self.must.iter().any(same) {
            self.must.push(Refusal { rule, when, code, about });
        }
    }

    #[inline(always)]
    pub(crate) fn may_if(&mut self, condition: bool, rule: Rule, code: Error) {
        if condition {
            self.may_when(Guard::ALWAYS, rule, Code::Is(code));
        }
    }

    #[inline]
    pub(crate) fn may_when(&mut self, when: Guard, rule: Rule, code: Code) {
        self.may.push(Refusal { rule, when, code, about: About::Call });
    }

    /// A refusal that is the same in every state, made beforehand.
    #[inline(always)]
    pub(crate) fn may_always(&mut self, refusal: &'static Refusal) {
        self.may.push(*refusal);
    }

    #[inline(always)]
    pub(crate) fn otherwise(&mut self, rule: Rule, set: Set) {
        self.offer(Offer { rule, when: Guard::ALWAYS, set, if_empty: None });
    }

    #[inline(always)]
    pub(crate) fn otherwise_when(&mut self, when: Guard, rule: Rule, set: Set) {
        self.offer(Offer { rule, when, set, if_empty: None });
    }

    #[inline(always)]
    pub(crate) fn offer(&mut self, offer: Offer) {
        self.offers.push(offer);
    }

    /// Takes over what another call permits, its successes under a rule of this one.
    pub(crate) fn take(&mut self, other: Permitted, rule: Rule) {
        other.must.into_iter().for_each(|r| self.must(r));
        for refusal in other.may {
            // what may happen to any call stands there already
            if !self.may.contains(&refusal) {
                self.may.push(refusal);
            }
        }
        other.offers.into_iter().for_each(|o| self.offer(Offer { rule, ..o }));
    }
}

impl Set {
    /// Whether the reply is in the set.
    #[must_use]
    pub fn has(&self, world: &World, reply: &Reply) -> bool {
        let vacant = |token: Token| {
            token != Token::ZERO && token != Token::UNKNOWN && world.reservation(token).is_none()
        };
        match (self, reply) {
            (Set::Ok | Set::Value(_) | Set::AnyValue, Reply::Ok)
            | (Set::AnyValue, Reply::Value(_))
            | (Set::AnyPort, Reply::Bound(_)) => true,
            (Set::Value(value), Reply::Value(seen)) => value == seen,
            (Set::NewSocket, Reply::Socket(s)) => *s != SocketId::INVALID && world.is_vacant(*s),
            (Set::Opened(of, at), Reply::Opened { socket, kind, family }) => {
                of == kind && at == family && Set::NewSocket.has(world, &Reply::Socket(*socket))
            }
            (Set::NameOf(family), Reply::Name(n)) => (*family == Family::V4) == n.is_ipv4(),
            (Set::Port(port), Reply::Bound(p)) => port == p,
            (Set::FreePort(free), Reply::Bound(p)) => free.has(world, *p),
            (Set::Name(name), Reply::Name(n)) => name == n,
            (Set::Address(address), Reply::Name(n)) => *address == n.ip(),
            (Set::Block(wanted), Reply::Reserved { block, token }) => {
                wanted == block && vacant(*token)
            }
            (Set::FreeBlock(free), Reply::Reserved { block, token }) => {
                vacant(*token) && free.has(world, *block)
            }
            (Set::NewToken, Reply::Token(t)) => vacant(*t),
            (Set::Token(token), Reply::Token(t)) => token == t,
            (Set::NameIn(block), Reply::Name(name)) => block.has(name.port()),
            (Set::PortIn(block), Reply::Bound(port)) => block.has(*port),
            (Set::BlockOfAtMost(count), Reply::Reserved { block, token }) => {
                vacant(*token) && block.count <= *count && block.block().is_some()
            }
            (Set::NameAt(local), Reply::Name(name)) => local.has(world, *name),
            (Set::This(this), reply) => this == reply,
            (Set::AnyBytes, Reply::Bytes(_)) => true,
            (Set::BytesNotZero, Reply::Bytes(Bytes::Wrote(count))) => *count != 0,
            _ => false,
        }
    }

    /// Whether the world leaves nothing of it.
    #[must_use]
    pub fn is_empty(&self, world: &World) -> bool {
        match self {
            Set::FreePort(free) => free.lowest(world, free.within).is_none(),
            Set::FreeBlock(free) => free.lowest(world).is_none(),
            Set::Ok
            | Set::NewSocket
            | Set::Opened(..)
            | Set::NameOf(_)
            | Set::Port(_)
            | Set::AnyPort
            | Set::Name(_)
            | Set::Address(_)
            | Set::Block(_)
            | Set::NewToken
            | Set::Token(_)
            | Set::NameAt(_)
            | Set::NameIn(_)
            | Set::PortIn(_)
            | Set::BlockOfAtMost(_)
            | Set::This(_)
            | Set::Value(_)
            | Set::AnyValue
            | Set::AnyBytes
            | Set::BytesNotZero => false,
        }
    }
}

impl LocalName {
    /// Whether a name is one of them.
    #[must_use]
    pub fn has(&self, world: &World, name: SocketAddr) -> bool {
        let (given, address) = (name.ip(), name.ip().to_canonical());
        let of_family = match self.of {
            Family::V4 => given.is_ipv4(),
            Family::V6 => given.is_ipv6() && !(self.v6_only && address.is_ipv4()),
        };
        name.port() == self.port
            && of_family
            && !address.is_unspecified()
            && world.is_local(address)
    }
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Set::Ok => f.write_str("ok"),
            Set::NewSocket => f.write_str("a new socket"),
            Set::Opened(kind, family) => write!(f, "a new {kind} {family} socket"),
            Set::NameOf(family) => write!(f, "any {family} name"),
            Set::Port(port) => write!(f, "{port}"),
            Set::AnyPort => f.write_str("any port"),
            Set::FreePort(free) => write!(f, "a free {} port of {}", free.protocol, free.within),
            Set::Name(name) => write!(f, "{name}"),
            Set::Address(address) => write!(f, "{address} with any port"),
            Set::Block(range) => write!(f, "{range} and a new token"),
            Set::FreeBlock(free) => {
                let size = if free.or_fewer { "at most" } else { "exactly" };
                let FreeBlock { protocol, within, count, .. } = free;
                write!(
                    f,
                    "a free block of {size} {count} {protocol} ports in {within} and a new token"
                )
            }
            Set::NewToken => f.write_str("a new token"),
            Set::Token(token) => write!(f, "the token {token}"),
            Set::NameIn(block) => write!(f, "any address with a port of {block}"),
            Set::PortIn(block) => write!(f, "a port of {block}"),
            Set::BlockOfAtMost(count) => {
                write!(f, "a block of at most {count} ports and a new token")
            }
            Set::NameAt(local) => write!(f, "port {} at a local address", local.port),
            Set::This(Reply::Reserved { block, token }) => {
                write!(f, "{block} and the token {token}")
            }
            Set::This(reply) => write!(f, "{reply}"),
            Set::Value(value) => write!(f, "{value}"),
            Set::AnyValue => f.write_str("any number"),
            Set::AnyBytes => f.write_str("any byte count"),
            Set::BytesNotZero => f.write_str("a byte count other than 0"),
        }
    }
}
