//! Where several calls may come next: which of them are tried, and which may wait.
//!
//! A refusal that only reads changes nothing but the readings. An order that begins with one may as well begin with the call that comes next in it,
//! and have the refusal behind that: it leads to the same world, and to no fewer readings where the refusal teaches no more there.
//! So it is not tried first where it teaches no more behind each of the others. Where it has to come next because it returned
//! before others began, it is.

use std::collections::VecDeque;

use portres_model::{Needs, Reply, Step};

use super::Search;
use crate::check::State;
use crate::check::candidates::Untold;
use crate::check::history::line::Candidates;
use crate::check::history::placing::Way;
use crate::check::unknown::after_unknown;
use crate::trace::Observed;

/// A place where one of several ways has to be tried.
pub(super) struct Fork {
    /// How many calls had been placed.
    pub(super) placed: usize,
    /// The part of the way that led here.
    pub(super) leg: u32,
    pub(super) ways: VecDeque<Next>,
    /// Calls that may come later if they then teach no more than this.
    pub(super) deferred: Vec<(u32, Needs)>,
    pub(super) finished: bool,
}

/// A way to go on.
pub(super) enum Next {
    Place(u32),
    /// Into a state, which this step explains if it is one alone.
    Into(u32, Box<(State, Option<Step>)>),
}

impl Search<'_> {
    /// Remembers that there is a choice.
    pub(super) fn fork(&mut self, candidates: &Candidates, set: &mut Vec<u32>) {
        let deferred = self.defer(candidates, set);
        set.sort_by_key(|call| (self.plan.places[*call as usize], self.trials.teaches(*call)));
        let mut ways = VecDeque::with_capacity(set.len());
        set.iter().for_each(|call| self.ways(*call, &mut ways));
        let (placed, leg) = (self.trail.len(), self.leg);
        self.forks.push(Fork { placed, leg, ways, deferred, finished: false });
    }

    /// Takes those out of the set that may perhaps as well come behind the first of the others: refusals that teach something,
    /// and that need not come next.
    fn defer(&self, candidates: &Candidates, set: &mut Vec<u32>) -> Vec<(u32, Needs)> {
        let mut deferred = Vec::new();
        if !set.iter().all(|call| self.is_plain(*call)) {
            return deferred;
        }
        let lesson = |call: u32| {
            let planned = &self.plan.calls[call as usize];
            let is_refusal = matches!(planned.way, Way::Exactly(Reply::Failed(_)));
            let is_counted = planned.made.bytes.is_some() && self.plan.counts;
            let may_wait = is_refusal
                && self.conflicts.only_reads(call)
                && !is_counted
                && call != candidates.first;
            self.trials.asks(call).filter(|_| may_wait).cloned()
        };
        let stays = |call: &u32| self.line.has_returned(*call) && lesson(*call).is_none();
        if set.iter().any(stays) {
            set.retain(|call| match lesson(*call) {
                Some(needs) => {
                    deferred.push((*call, needs));
                    false
                }
                None => true,
            });
        }
        deferred
    }

    /// A call has been placed first where others were deferred. Those that had better have come before it are tried, too: if they
    /// are not permitted any more, or teach more than they would have taught.
    pub(super) fn reconsider(&mut self, first: u32) {
        let Some(fork) = self.forks.last_mut() else { return };
        let deferred = std::mem::take(&mut fork.deferred);
        let (sooner, later): (Vec<_>, Vec<_>) = deferred.into_iter().partition(|(call, lesson)| {
            if self.conflicts.of(first).binary_search(call).is_err() {
                return false;
            }
            self.look(*call);
            let needs = self.trials.asks(*call);
            needs.is_none_or(|needs| !self.state.profile.knows_behind(lesson, needs))
        });
        let Some(fork) = self.forks.last_mut() else { return };
        fork.ways.extend(sooner.into_iter().map(|(call, _)| Next::Place(call)));
        fork.deferred = later;
    }

    /// The ways in which a call may be placed here.
    fn ways(&mut self, call: u32, ways: &mut VecDeque<Next>) {
        if self.is_plain(call) {
            ways.push_back(Next::Place(call));
            return;
        }
        *self.budget = self.budget.saturating_sub(1);
        let (states, step) = match self.followed(call) {
            Ok(followed) => followed,
            Err(untold) => return self.untold = Some(untold),
        };
        if states.is_empty() {
            self.failed(call);
        }
        let into = |state| Next::Into(call, Box::new((state, step.clone())));
        ways.extend(states.into_iter().map(into));
    }

    /// The states behind a call that may lead to several, and what explains it if its reply is known.
    fn followed(&self, call: u32) -> Result<(Vec<State>, Option<Step>), Untold> {
        let planned = &self.plan.calls[call as usize];
        let made = &planned.made;
        let (seen, observed) = made.seen();
        if let Way::Excused(reply) = planned.way {
            let mut state = self.state.clone();
            state.adopt(made.who.process, &made.call, &reply);
            return Ok((vec![state], None));
        }
        if let Some(gives) = made.unseen {
            return Ok((self.state.perhaps(&seen, gives)?, None));
        }
        let Way::Exactly(reply) = planned.way else {
            let states = match observed {
                Observed::Unknown => after_unknown(
                    std::slice::from_ref(&self.state),
                    &made.call,
                    made.names,
                    made.who,
                )?,
                _ => self.state.follow(&seen, &observed, made.names, made.bytes)?.states,
            };
            return Ok((states, None));
        };
        let (mut states, step) = self.state.answers(&seen)?;
        if let (Some(bytes), true) = (made.bytes, self.plan.counts) {
            states.retain_mut(|state| state.leaves(&seen, &reply, bytes).is_ok());
        }
        Ok((states, step))
    }
}
