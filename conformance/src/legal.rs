//! Every reply that may be given to a call, each with its rule, a member of its set, and the answers under which it is given.
//!
//! The sets are the relation's; each member is judged by it before it is listed. So nothing is decided here.

use std::net::{Ipv4Addr, Ipv6Addr};

use portres_model::{
    About, Bytes, Call, Code, Error, Family, Guard, LocalName, Permitted, PortRange, ProcessId,
    Profile, Reading, Refusal, Reply, Rule, Set, SocketId, Step, Token, World, permitted,
};

use crate::check::explain;
use crate::profiles::NamedProfile;

/// A reply that may be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Legal {
    /// The reply, or the set out of which it is, in text.
    pub says: String,
    /// One of the set: the lowest. `None` for a code that nobody has foreseen.
    pub reply: Option<Reply>,
    /// The set of a success.
    pub set: Option<Set>,
    /// The rule that gives it.
    pub rule: Rule,
    /// The answers under which it is given; empty if under all that are left.
    pub under: Vec<String>,
}

/// The names for what a call may create: vacant ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vacant {
    /// For a socket.
    pub socket: SocketId,
    /// For a token.
    pub token: Token,
}

/// A call that is about to be made.
#[derive(Clone)]
pub struct Turn<'a> {
    world: &'a World,
    profile: &'a Profile,
    all: Permitted,
}

impl<'a> Turn<'a> {
    /// Of a process in a world, under the readings that are left.
    #[must_use]
    pub fn new(world: &'a World, profile: &'a Profile, by: ProcessId, call: &Call) -> Turn<'a> {
        Turn { world, profile, all: permitted(world, by, call) }
    }

    /// The same where the system does not have the call.
    #[must_use]
    pub fn without(world: &'a World, profile: &'a Profile) -> Turn<'a> {
        let (rule, error) = NamedProfile::MISSING;
        let mut all = Permitted::default();
        let (code, about) = (Code::Is(error), About::Call);
        all.must.push(Refusal { rule, when: Guard::ALWAYS, code, about });
        Turn { world, profile, all }
    }

    /// What explains this reply; `None` if no reading that is left does.
    #[must_use]
    pub fn explains(&self, reply: &Reply) -> Option<Step> {
        let step = self.all.explains(self.world, self.profile, reply)?;
        self.profile.clone().assume(&step.needs).is_ok().then_some(step)
    }

    /// Every reply that some reading leaves: successes first, and what is only possible last.
    #[must_use]
    pub fn replies(&self, vacant: Vacant) -> Vec<Legal> {
        let mut list = Vec::new();
        for offer in &self.all.offers {
            match offer.if_empty {
                _ if !offer.set.is_empty(self.world) => {
                    let Some(under) = explain::guard(offer.when, self.profile) else { continue };
                    let (says, set) = (offer.set.to_string(), Some(offer.set));
                    let reply = Some(member(&offer.set, self.world, vacant));
                    self.add(&mut list, Legal { says, reply, set, rule: offer.rule, under });
                }
                Some((rule, code)) => self.add_codes(&mut list, rule, code, offer.when),
                None => {}
            }
        }
        for refusal in self.all.must.iter().chain(&self.all.may) {
            // what no program can see would only be in the way of what it can
            if refusal.rule.is_recordable() {
                self.add_codes(&mut list, refusal.rule, refusal.code, refusal.when);
            }
        }
        list
    }

    /// Whether a reply is the listed one, or out of its set.
    #[must_use]
    pub fn is_of(&self, legal: &Legal, reply: &Reply) -> bool {
        match legal.set {
            Some(set) => set.has(self.world, reply),
            None => legal.reply == Some(*reply),
        }
    }

    fn add_codes(&self, list: &mut Vec<Legal>, rule: Rule, code: Code, when: Guard) {
        let refusal = Refusal { rule, when, code, about: About::Call };
        for (code, literals) in refusal.codes(self.profile) {
            let (says, reply) = (explain::code_text(code), code.map(Reply::Failed));
            let under = explain::answers(&literals, self.profile);
            self.add(list, Legal { says, reply, set: None, rule, under });
        }
    }

    /// Lists a reply that some reading explains by this rule. One that a rule gives in several ways is listed once, with the
    /// least that it needs.
    fn add(&self, list: &mut Vec<Legal>, legal: Legal) {
        let Some(step) = self.explains(&legal.reply.unwrap_or(Reply::Failed(UNFORESEEN))) else {
            return;
        };
        if !step.rules.contains(&legal.rule) && !step.rules.is_full() {
            return;
        }
        match list.iter_mut().find(|known| known.says == legal.says && known.rule == legal.rule) {
            Some(known) if known.under.len() <= legal.under.len() => {}
            Some(known) => known.under = legal.under,
            None => list.push(legal),
        }
    }
}

/// An error that no rule gives and no answer names.
const UNFORESEEN: Error = Error::Number(u32::MAX);

/// The likeliest of the readings that a profile leaves.
#[must_use]
pub fn likeliest(profile: &Profile) -> Reading {
    let foreseen = || profile.reading(|question, open| open & question.foreseen());
    profile.pick(|_| {}).unwrap_or_else(foreseen)
}

/// The lowest member of a set that is not empty.
fn member(set: &Set, world: &World, vacant: Vacant) -> Reply {
    let token = vacant.token;
    let local = |port: u16, of: Family| match of {
        Family::V4 => (Ipv4Addr::LOCALHOST, port).into(),
        Family::V6 => (Ipv6Addr::LOCALHOST, port).into(),
    };
    match *set {
        Set::Ok => Reply::Ok,
        Set::NewSocket => Reply::Socket(vacant.socket),
        Set::Opened(kind, family) => Reply::Opened { socket: vacant.socket, kind, family },
        Set::Port(port) => Reply::Bound(port),
        Set::AnyPort => Reply::Bound(0),
        Set::FreePort(free) => Reply::Bound(free.lowest(world, free.within).unwrap_or_default()),
        Set::PortIn(block) => Reply::Bound(block.first()),
        Set::Name(name) => Reply::Name(name),
        Set::NameOf(family) => Reply::Name(local(1, family)),
        Set::Address(address) => Reply::Name((address, 0).into()),
        Set::NameIn(block) => Reply::Name((Ipv4Addr::UNSPECIFIED, block.first()).into()),
        Set::NameAt(LocalName { port, of, .. }) => Reply::Name(local(port, of)),
        Set::Block(block) => Reply::Reserved { block, token },
        Set::FreeBlock(free) => {
            let lowest = free.lowest(world).map_or(PortRange { start: 0, count: 0 }, |b| b.range());
            Reply::Reserved { block: lowest, token }
        }
        Set::BlockOfAtMost(count) => {
            Reply::Reserved { block: PortRange { start: 1, count }, token }
        }
        Set::NewToken => Reply::Token(token),
        Set::Token(known) => Reply::Token(known),
        Set::This(reply) => reply,
        Set::Value(value) => Reply::Value(value),
        Set::AnyValue => Reply::Value(0),
        Set::AnyBytes => Reply::Bytes(Bytes::Untouched),
        Set::BytesNotZero => Reply::Bytes(Bytes::Wrote(1)),
    }
}
