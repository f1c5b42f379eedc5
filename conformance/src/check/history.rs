//! Calls that overlap: is there an order in which each could have answered what it did?
//!
//! A stretch begins with a call that has not returned and ends when all have. Its calls are put in every order that time
//! allows, as far as orders differ (`search`), and all the states that they lead to are kept. Where there is no order the
//! call is told that stands in the way, and the others are followed as if it had done what it says.

use portres_model::{Bytes, Call, Names, Reply, Who};

use super::candidates::{Answered, join_pairs};
use super::{Follower, Seen, State};
use crate::trace::{Event, Observed, Part};

mod conflicts;
mod fingerprints;
mod line;
mod memory;
mod placing;
mod reached;
mod search;
mod trials;
#[cfg(test)]
mod twin;

use placing::{Noted, Plan, Way};
use reached::Stuck;
use search::{Found, Search};

/// How many pairs of calls may overlap: what is kept of each takes up to 32 bytes.
const MOST_PAIRS: u64 = 8_000_000;

/// How many calls that nothing explains may be put aside in one stretch.
const MOST_EXCUSED: usize = 8;

/// A stretch of calls that overlap.
#[derive(Default)]
pub(super) struct Stretch {
    /// In the order in which they began.
    calls: Vec<Made>,
    /// Those that have not returned, by their places.
    open: Vec<usize>,
    /// How many pairs of calls overlap.
    pairs: u64,
}

/// A call in the stretch, with the events at which it began and returned.
#[derive(Clone, Copy)]
struct Made {
    number: Option<u32>,
    who: Who,
    call: Call,
    names: Option<Names>,
    began: u64,
    /// The event and the line at which it returned, and what is known of its reply.
    returned: Option<(u64, u64, Observed)>,
    /// The byte count that was seen beside it.
    bytes: Option<Bytes>,
    /// What it gives if it has happened at all, and nobody told of it.
    unseen: Option<Reply>,
}

impl Made {
    /// What was observed, the first of the replies for its reply.
    fn seen(&self) -> (Seen, Observed) {
        let (event, line, observed) = self.returned.unwrap_or((self.began, 0, Observed::Unknown));
        let Made { who, call, .. } = *self;
        (Seen { event, line, who, call, reply: Reply::Ok }.one_of(&observed), observed)
    }
}

impl Stretch {
    pub(super) fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Its calls, the names of what they create, and what is known of their replies.
    pub(super) fn calls(&self) -> impl Iterator<Item = (Call, Option<Names>, Observed)> {
        let seen = |made: &Made| made.returned.map_or(Observed::Unknown, |(_, _, reply)| reply);
        self.calls.iter().map(move |made| (made.call, made.names, seen(made)))
    }

    /// Adds an event of the machine that may have happened at any time, or not at all.
    pub(super) fn add_unseen(&mut self, call: Call, gives: Reply) {
        let Some(first) = self.calls.first() else { return };
        let made = Made {
            number: None,
            who: Who::MACHINE,
            call,
            names: None,
            began: first.began,
            returned: None,
            bytes: None,
            unseen: Some(gives),
        };
        self.calls.insert(0, made);
    }

    /// Whether every call has returned.
    pub(super) fn is_over(&self) -> bool {
        self.open.is_empty()
    }

    /// Takes the event if it is part of a stretch.
    pub(super) fn takes(&mut self, at: u64, event: &Event) -> bool {
        let (who, bytes) = (event.who, event.bytes);
        let made = |number, call, names| Made {
            number,
            who,
            call,
            names,
            began: at,
            returned: None,
            bytes: None,
            unseen: None,
        };
        match event.part {
            Part::Whole { .. } if self.is_empty() => return false,
            Part::Whole { call, names, reply } => {
                let returned = Some((at, event.line, reply));
                self.pairs += self.open.len() as u64;
                self.calls.push(Made { returned, bytes, ..made(None, call, names) });
            }
            Part::Begin { number, call, names } => {
                self.pairs += self.open.len() as u64;
                self.open.push(self.calls.len());
                self.calls.push(made(Some(number), call, names));
            }
            Part::End { number, reply } => {
                let of_number = |i: &usize| self.calls[*i].number == Some(number);
                if let Some(place) = self.open.iter().position(of_number) {
                    let begun = &mut self.calls[self.open.remove(place)];
                    begun.returned = Some((at, event.line, reply));
                    begun.bytes = bytes;
                }
            }
        }
        true
    }

    /// Whether byte counts were seen beside replies that are known: what counts a described reply leaves is part of what it
    /// says.
    fn has_counts(&self) -> bool {
        self.counted().next().is_some()
    }

    fn counted(&self) -> impl Iterator<Item = (&Made, u64, Reply, Bytes)> {
        self.calls.iter().filter_map(|made| {
            let (event, _, observed) = made.returned?;
            Some((made, event, observed.exactly()?, made.bytes?))
        })
    }
}

impl Follower<'_> {
    /// Puts the calls of a stretch in order.
    pub(super) fn order(&mut self) {
        let stretch = std::mem::take(&mut self.overlap);
        for observed in stretch.calls.iter().filter_map(|c| c.returned.map(|(_, _, o)| o)) {
            self.known_replies += u64::from(!observed.is_unknown());
            let undone = observed.exactly() == Some(Reply::Unsupported);
            self.report.unsupported += u64::from(undone);
            self.known_replies -= u64::from(undone);
        }
        if stretch.pairs > MOST_PAIRS {
            let pairs = stretch.pairs;
            return self.lose(&format!(
                "{pairs} pairs of calls overlap, and {MOST_PAIRS} at most are put in order"
            ));
        }
        let mut plan = self.plan(&stretch);
        let mut starts = std::mem::take(&mut self.states);
        let mut budget = self.settings.budget;
        let mut excused = 0;
        loop {
            let before = budget;
            let search = Search::through(&plan, &mut starts, &mut budget);
            self.report.effort.steps += before - budget;
            let why = match search {
                Found::Orders(orders) => {
                    self.explained(&plan, &orders.noted);
                    self.states = join_pairs(orders.states(&plan, starts));
                    return self.count_aside(&stretch, &plan);
                }
                Found::None(stuck) if stretch.has_counts() && plan.counts => {
                    // perhaps there is an order but for a count
                    drop(stuck);
                    plan.counts = false;
                    continue;
                }
                Found::None(Some(stuck)) if excused < MOST_EXCUSED => {
                    excused += 1;
                    self.excuse(&stretch, &mut plan, &starts, &stuck);
                    continue;
                }
                Found::None(_) => "the overlapping calls have no order that is permitted".into(),
                Found::Untold(untold) => format!("among overlapping calls, {}", untold.why()),
                Found::Spent(stuck) => spent(&plan, self.settings.budget, &stuck),
                Found::TooMany => "the machine may be in too many states".into(),
            };
            starts.iter_mut().for_each(|state| state.world.forget());
            starts.truncate(self.most_states());
            self.states = starts;
            return self.lose(&why);
        }
    }

    /// How each call is to be placed.
    fn plan(&self, stretch: &Stretch) -> Plan {
        let lacks = |made: &Made| self.named.lacks(&made.call);
        Plan::new(stretch.calls.iter().map(|made| (*made, lacks(made))).collect())
    }

    /// What the orders say besides: the rules that explain the replies, and how sure they are.
    fn explained(&mut self, plan: &Plan, noted: &Noted) {
        noted.rules().for_each(|rule| self.fired[rule as usize] = true);
        for (i, (discovery, rules, assumed)) in noted.doubts().enumerate() {
            let event = plan.calls[i].made.seen().0.event;
            self.at_event(event, |follower| follower.doubt(discovery, rules, assumed));
        }
    }

    /// A call that nothing explains: from here on it is taken to have done what it says.
    fn excuse(&mut self, stretch: &Stretch, plan: &mut Plan, starts: &[State], stuck: &Stuck) {
        let made = &stretch.calls[stuck.call];
        let (seen, observed) = made.seen();
        // the count beside a reply that is known is judged when the stretch is over
        let bytes = made.bytes.filter(|_| observed.exactly().is_none());
        self.states = vec![stuck.reached.state(plan, starts[stuck.reached.start].clone())];
        self.keep_first(&seen, &Answered::each(&observed));
        if let Way::Missing { .. } = plan.calls[stuck.call].way {
            self.missing(&seen, &observed);
        } else {
            self.diverge_described(&seen, &observed, made.names, bytes);
        }
        plan.calls[stuck.call].way = Way::Excused(seen.reply);
        plan.one_will_do = true;
        plan.follow(stuck);
    }

    /// Judges the counts that no order was found with, each by itself.
    fn count_aside(&mut self, stretch: &Stretch, plan: &Plan) {
        if plan.counts {
            return;
        }
        let mut counted: Vec<_> = stretch.counted().collect();
        counted.sort_by_key(|(_, event, ..)| *event);
        for (made, event, reply, bytes) in counted {
            let line = made.returned.map_or(0, |(_, line, _)| line);
            let (who, call) = (made.who, made.call);
            self.at_event(event, |follower| follower.count((who, line), call, reply, bytes));
        }
    }

    /// Does something as of an earlier event.
    fn at_event(&mut self, event: u64, does: impl FnOnce(&mut Self)) {
        let now = std::mem::replace(&mut self.report.events, event);
        does(self);
        self.report.events = now;
    }
}

/// How far a search got that was not finished.
fn spent(plan: &Plan, budget: u64, stuck: &Option<Stuck>) -> String {
    let all = plan.calls.len();
    let mut why =
        format!("the {all} overlapping calls have too many orders for {budget} steps of search");
    if let Some(Stuck { call, placed, .. }) = stuck {
        let (seen, _) = plan.calls[*call].made.seen();
        why += &format!(
            ": at most {placed} of them could be placed, and behind those not that of event {}, `{}: {}`",
            seen.event, seen.who, seen.call
        );
    }
    why
}
