//! How each call of a stretch is placed, and what is noted of those that were.

use portres_model::{Call, Error, Footprint, Known, Names, Question, Reply, Rule, Step};

use super::Made;
use super::reached::{How, Stuck};
use crate::profiles::NamedProfile;
use crate::trace::Observed;

/// The calls of a stretch, each with how it is placed.
pub(super) struct Plan {
    pub(super) calls: Vec<Planned>,
    /// Whether the byte counts beside replies that are known have to fit, too.
    pub(super) counts: bool,
    /// Whether one order is enough: behind a divergence the states are guesses all the same.
    pub(super) one_will_do: bool,
    /// Of each call its place in the order that led farthest before one was excused: that way is tried first.
    pub(super) places: Vec<u32>,
}

/// A call, and how it is placed.
#[derive(Clone, Copy)]
pub(super) struct Planned {
    pub(super) made: Made,
    pub(super) way: Way,
}

/// How a call is placed.
#[derive(Clone, Copy)]
pub(super) enum Way {
    /// The system could not do it.
    Nothing,
    /// The system does not have it. What it answered is what such calls are answered, or is not.
    Missing { admitted: bool },
    /// It gave this reply.
    Exactly(Reply),
    /// Nothing explains it: it is taken to have given this reply.
    Excused(Reply),
    /// Something is known of its reply.
    Described(Observed),
    /// It may have done nothing, or anything that it may do.
    Unknown,
}

impl Plan {
    /// The calls, each with whether the system lacks it.
    pub(super) fn new(calls: Vec<(Made, bool)>) -> Plan {
        let missing = Reply::Failed(NamedProfile::MISSING.1);
        let way = |made: &Made, lacks: bool| match made.returned.map_or(Observed::Unknown, |r| r.2)
        {
            Observed::Exactly(Reply::Unsupported) => Way::Nothing,
            Observed::Unknown if lacks => Way::Nothing,
            observed if lacks => Way::Missing { admitted: observed.admits(&missing) },
            Observed::Exactly(reply) => Way::Exactly(reply),
            Observed::Unknown => Way::Unknown,
            described @ (Observed::Fails | Observed::Succeeds | Observed::OneOf(_)) => {
                Way::Described(described)
            }
        };
        let planned = |(made, lacks)| Planned { made, way: way(&made, lacks) };
        let places = vec![0; calls.len()];
        let calls = calls.into_iter().map(planned).collect();
        Plan { calls, counts: true, one_will_do: false, places }
    }

    /// The order that led to where a call was stuck is tried first, with this call behind it.
    pub(super) fn follow(&mut self, stuck: &Stuck) {
        let How::By(order) = &stuck.reached.how else { return };
        self.places.fill(u32::MAX);
        let order = order.iter().copied().chain([stuck.call as u32]);
        (0..).zip(order).for_each(|(place, call)| self.places[call as usize] = place);
    }
}

impl Planned {
    /// Whether it changes nothing where it is permitted, as far as its kind tells: a refusal or a look.
    pub(super) const fn is_idle(&self) -> bool {
        let call = &self.made.call;
        match self.way {
            Way::Nothing | Way::Missing { .. } => true,
            Way::Exactly(Reply::Failed(_)) => true,
            Way::Exactly(_) => matches!(
                call,
                Call::GetSockOpt { .. }
                    | Call::GetSockName { .. }
                    | Call::GetPeerName { .. }
                    | Call::ShowExcluded { .. }
                    | Call::ShowDynamic { .. }
            ),
            Way::Excused(_) | Way::Described(_) | Way::Unknown => false,
        }
    }

    /// Learns what there may be behind the names in the call.
    pub(super) fn teach(&self, known: &mut Known<'_>) {
        let call = &self.made.call;
        match self.way {
            Way::Nothing | Way::Missing { .. } => {}
            Way::Exactly(reply) | Way::Excused(reply) => known.learn(call, Some(&reply)),
            Way::Described(observed) => {
                observed.named().for_each(|reply| known.learn(call, Some(reply)));
                if let Observed::Succeeds = observed {
                    known.learn(call, self.guess().as_ref());
                }
                known.learn(call, Some(&FAILED));
            }
            Way::Unknown => known.learn(call, self.guess().as_ref()),
        }
    }

    /// What it touches.
    pub(super) fn footprint(&self, known: &Known<'_>) -> Footprint {
        let Made { who, call, .. } = &self.made;
        let of = |reply: &Reply| Footprint::of(known, who.process, call, reply);
        match self.way {
            Way::Nothing | Way::Missing { .. } => Footprint::nothing(),
            Way::Exactly(reply) | Way::Excused(reply) => of(&reply),
            Way::Described(Observed::OneOf(replies)) => {
                replies.iter().fold(Footprint::nothing(), |all, reply| all.or(&of(reply)))
            }
            Way::Described(Observed::Succeeds) => {
                self.guess().map_or_else(Footprint::whole, |reply| of(&reply))
            }
            Way::Described(_) => of(&FAILED),
            Way::Unknown => match self.guess() {
                Some(reply) => of(&FAILED).or(&of(&reply)),
                None => Footprint::whole(),
            },
        }
    }

    /// Whether it may give a port or a block that nobody has seen.
    pub(super) fn may_give_unseen(&self) -> bool {
        matches!(self.way, Way::Unknown | Way::Described(Observed::Succeeds))
            && self.made.unseen.is_none()
            && self.guess().is_none()
    }

    /// The one success that the call may have had, as far as its arguments tell.
    fn guess(&self) -> Option<Reply> {
        match (self.made.call, self.made.names) {
            (Call::Socket { .. }, Some(Names::Socket(socket))) => Some(Reply::Socket(socket)),
            (Call::Bind { address, .. }, _) if address.port() != 0 => {
                Some(Reply::Bound(address.port()))
            }
            (Call::Acquire { range, .. }, Some(Names::Token(token))) => {
                range.block().map(|_| Reply::Reserved { block: range, token })
            }
            (
                Call::SetSockOpt { .. }
                | Call::GetSockOpt { .. }
                | Call::IoctlSocket { .. }
                | Call::Listen { .. }
                | Call::CloseSocket { .. }
                | Call::Associate { .. }
                | Call::Release { .. },
                _,
            ) => Some(Reply::Ok),
            _ => None,
        }
    }
}

/// Some refusal: what one touches does not depend on the code.
const FAILED: Reply = Reply::Failed(Error::WsaInvalid);

/// What orders that could be finished say of their calls.
pub(super) struct Noted {
    fired: [bool; Rule::ALL.len()],
    calls: Vec<OfCall>,
}

/// What explains a call in the orders that could be finished.
#[derive(Clone, Default)]
struct OfCall {
    rules: Vec<Rule>,
    discovery: Option<Question>,
    /// Whether some order explains it by what is foreseen, and by what is not only assumed.
    foreseen: bool,
    firm: bool,
}

impl Noted {
    pub(super) fn new(calls: usize) -> Noted {
        Noted { fired: [false; Rule::ALL.len()], calls: vec![OfCall::default(); calls] }
    }

    /// A rule explains a call of a system that does not have it.
    pub(super) fn add_rule(&mut self, call: u32, rule: Rule) {
        self.fired[rule as usize] = true;
        let of = &mut self.calls[call as usize];
        (of.foreseen, of.firm) = (true, true);
    }

    /// What explains a call.
    pub(super) fn add(&mut self, call: u32, step: &Step) {
        let of = &mut self.calls[call as usize];
        for rule in &step.rules {
            self.fired[*rule as usize] = true;
            if !of.rules.contains(rule) {
                of.rules.push(*rule);
            }
        }
        of.discovery = of.discovery.or(step.discovery);
        of.foreseen |= step.discovery.is_none();
        of.firm |= !step.is_assumed();
    }

    pub(super) fn rules(&self) -> impl Iterator<Item = Rule> + '_ {
        Rule::ALL.iter().copied().filter(|rule| self.fired[*rule as usize])
    }

    /// Of each call what it discovers, its rules, and whether all of them are assumed.
    pub(super) fn doubts(&self) -> impl Iterator<Item = (Option<Question>, &[Rule], bool)> {
        self.calls.iter().map(|of| {
            let known = !of.rules.is_empty();
            (of.discovery.filter(|_| !of.foreseen), of.rules.as_slice(), known && !of.firm)
        })
    }
}
