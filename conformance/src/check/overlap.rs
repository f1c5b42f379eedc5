//! Calls that overlap: is there an order in which each could have answered what it did?
//!
//! A plain search, as Wing and Gong's: of the calls that have not been placed, one may come next if none of the others had
//! returned before it began. The different outcomes are all kept.

use portres_model::{Bytes, Call, Names, Reply, RequestId, Rule, Who};

use super::candidates::Untold;
use super::unknown::after_unknown;
use super::{Follower, MOST_STATES, Seen, State};
use crate::trace::{Event, Observed, Part};

/// The most steps that a search may take.
const BUDGET: u64 = 100_000;

/// The most calls that may overlap in one stretch: they are kept as bits.
const MOST_CALLS: usize = 64;

/// A stretch of calls that overlap.
#[derive(Default)]
pub(super) struct Overlap {
    calls: Vec<Placed>,
    open: usize,
}

/// A call in the stretch, with the events at which it began and returned.
struct Placed {
    number: Option<u32>,
    who: Who,
    call: Call,
    names: Option<Names>,
    began: u64,
    /// The event and the line at which it returned, and what is known of its reply.
    returned: Option<(u64, u64, Observed)>,
    /// The byte count that was seen beside it.
    bytes: Option<Bytes>,
}

impl Overlap {
    pub(super) fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// The requests that its calls ask about.
    pub(super) fn requests(&self) -> Vec<RequestId> {
        self.calls.iter().filter_map(|placed| placed.call.request()).collect()
    }

    /// Whether every call has returned.
    pub(super) fn is_over(&self) -> bool {
        self.open == 0
    }

    /// The call that the event shows the reply of, if the event is part of a stretch.
    pub(super) fn call_of(&self, event: &Event) -> Option<(Call, Reply)> {
        match event.part {
            Part::Whole { call, reply, .. } if !self.is_empty() => Some((call, reply.exactly()?)),
            Part::End { number, reply } => {
                let begun =
                    self.calls.iter().find(|c| c.number == Some(number) && c.returned.is_none())?;
                Some((begun.call, reply.exactly()?))
            }
            _ => None,
        }
    }

    /// Takes the event if it is part of a stretch.
    pub(super) fn takes(&mut self, at: u64, event: &Event) -> bool {
        let (who, line, bytes) = (event.who, event.line, event.bytes);
        match event.part {
            Part::Whole { .. } if self.is_empty() => return false,
            Part::Whole { call, names, reply } => {
                let returned = Some((at, line, reply));
                self.calls.push(Placed {
                    number: None,
                    who,
                    call,
                    names,
                    began: at,
                    returned,
                    bytes,
                });
            }
            Part::Begin { number, call, names } => {
                self.open += 1;
                self.calls.push(Placed {
                    number: Some(number),
                    who,
                    call,
                    names,
                    began: at,
                    returned: None,
                    bytes: None,
                });
            }
            Part::End { number, reply } => {
                let begun = self
                    .calls
                    .iter_mut()
                    .find(|c| c.number == Some(number) && c.returned.is_none());
                if let Some(begun) = begun {
                    begun.returned = Some((at, line, reply));
                    begun.bytes = bytes;
                    self.open -= 1;
                }
            }
        }
        true
    }
}

/// A search through the orders of a stretch.
struct Search<'c> {
    calls: &'c [Placed],
    steps: u64,
    outcomes: Vec<State>,
    /// The rules that explain the calls placed so far, and those of every order that could be finished.
    path: Vec<Rule>,
    fired: Vec<Rule>,
    /// The most calls that could be placed, and what could not be placed behind them.
    deepest: u32,
    stuck: Option<(Seen, usize, State)>,
    untold: Option<Untold>,
}

impl Follower<'_> {
    /// Puts the calls of a stretch in order.
    pub(super) fn order(&mut self) {
        let stretch = std::mem::take(&mut self.overlap);
        self.known_replies += stretch
            .calls
            .iter()
            .filter(|c| c.returned.is_some_and(|(_, _, r)| !r.is_unknown()))
            .count() as u64;
        if stretch.calls.len() > MOST_CALLS {
            return self.lose("too many calls overlap");
        }
        let mut search = Search {
            calls: &stretch.calls,
            steps: 0,
            outcomes: Vec::new(),
            path: Vec::new(),
            fired: Vec::new(),
            deepest: 0,
            stuck: None,
            untold: None,
        };
        for state in &self.states {
            search.place(state.clone(), 0);
        }
        if search.steps > BUDGET {
            return self.lose("the overlapping calls have too many orders");
        }
        if let Some(untold) = search.untold {
            return self.lose(&format!("among overlapping calls, {}", untold.why()));
        }
        search.fired.iter().for_each(|rule| self.fired[*rule as usize] = true);
        match (search.outcomes.is_empty(), search.stuck) {
            (false, _) => self.put_states(search.outcomes),
            (true, Some((seen, i, state))) => {
                let Placed { returned, names, bytes, .. } = stretch.calls[i];
                let observed = returned.map_or(Observed::Unknown, |(_, _, observed)| observed);
                // the count beside a reply that is known is judged when the stretch is over
                let bytes = bytes.filter(|_| observed.exactly().is_none());
                self.states = vec![state];
                self.diverge_described(&seen, &observed, names, bytes);
                self.lose("the overlapping calls have no order that is permitted");
            }
            (true, None) => self.lose("the overlapping calls could not be placed"),
        }
    }
}

impl Search<'_> {
    fn place(&mut self, state: State, done: u64) {
        self.steps += 1;
        if self.steps > BUDGET {
            return;
        }
        let left = |i: usize| done >> i & 1 == 0;
        let must: Vec<usize> = (0..self.calls.len())
            .filter(|&i| left(i) && self.calls[i].returned.is_some())
            .collect();
        if must.is_empty() {
            self.end(state);
            return;
        }
        for i in (0..self.calls.len()).filter(|&i| left(i)) {
            let first = must.iter().all(|&j| j == i || !self.before(j, i));
            if first {
                self.next(&state, done, i);
            }
        }
    }

    /// Whether one call returned before the other began.
    fn before(&self, first: usize, second: usize) -> bool {
        self.calls[first].returned.is_some_and(|(at, _, _)| at < self.calls[second].began)
    }

    fn next(&mut self, state: &State, done: u64, i: usize) {
        let Placed { who, call, names, returned, bytes, .. } = &self.calls[i];
        let (event, line, observed) =
            returned.unwrap_or((self.calls[i].began, 0, Observed::Unknown));
        let seen = Seen { event, line, who: *who, call: *call, reply: Reply::Ok };
        match observed {
            Observed::Exactly(Reply::Unsupported) => self.place(state.clone(), done | 1 << i),
            Observed::Exactly(reply) => {
                let seen = Seen { reply, ..seen };
                let (states, step) = match state.answers(&seen) {
                    Ok(answers) => answers,
                    Err(untold) => return self.untold = Some(untold),
                };
                let before = self.path.len();
                match step {
                    Some(step) => self.path.extend(&step.rules),
                    None => self.failed(seen, i, state, done.count_ones()),
                }
                states.into_iter().for_each(|next| self.place(next, done | 1 << i));
                self.path.truncate(before);
            }
            Observed::Fails | Observed::Succeeds | Observed::OneOf(_) => {
                let seen = seen.one_of(&observed);
                let followed = match state.follow(&seen, &observed, *names, *bytes) {
                    Ok(followed) => followed,
                    Err(untold) => return self.untold = Some(untold),
                };
                if followed.states.is_empty() {
                    self.failed(seen, i, state, done.count_ones());
                }
                // which of the replies was given is not known, so no rule has shown itself
                followed.states.into_iter().for_each(|next| self.place(next, done | 1 << i));
            }
            Observed::Unknown => {
                match after_unknown(std::slice::from_ref(state), call, *names, *who) {
                    Ok(states) => {
                        states.into_iter().for_each(|next| self.place(next, done | 1 << i));
                    }
                    Err(untold) => self.untold = Some(untold),
                }
            }
        }
    }

    fn end(&mut self, state: State) {
        let new = self.path.iter().filter(|rule| !self.fired.contains(rule)).copied();
        self.fired.extend(new.collect::<Vec<_>>());
        if self.outcomes.len() <= MOST_STATES && !self.outcomes.contains(&state) {
            self.outcomes.push(state);
        }
    }

    /// Remembers the latest of the calls that could not be placed behind the most others.
    fn failed(&mut self, seen: Seen, i: usize, state: &State, depth: u32) {
        let later = self.stuck.as_ref().is_none_or(|(known, _, _)| seen.event > known.event);
        if depth > self.deepest || depth == self.deepest && later {
            self.deepest = depth;
            self.stuck = Some((seen, i, state.clone()));
        }
    }
}
