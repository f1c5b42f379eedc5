//! The calls of a stretch that have not been placed, in the order in which they began.

use super::Made;

/// A list from which calls are taken and into which they are put back, the last one taken first.
pub(super) struct Line {
    /// Behind each call, and from the last place on, the next one; the last place of all is the end.
    next: Vec<u32>,
    before: Vec<u32>,
    began: Vec<u64>,
    returned: Vec<u64>,
    /// For each call the first of those that began when it had returned.
    behind: Vec<u32>,
    placed: Vec<bool>,
    /// How many of those that have returned are left.
    left: usize,
}

/// Those that may be placed next.
#[derive(Default)]
pub(super) struct Candidates {
    pub(super) calls: Vec<u32>,
    /// The one of those left that returned first: what began later comes behind it.
    pub(super) first: u32,
    limit: u64,
}

impl Line {
    pub(super) fn new<'c>(calls: impl ExactSizeIterator<Item = &'c Made> + Clone) -> Line {
        let end = calls.len() as u32;
        let began: Vec<u64> = calls.clone().map(|c| c.began).collect();
        let returned: Vec<u64> =
            calls.map(|c| c.returned.map_or(u64::MAX, |(at, _, _)| at)).collect();
        Line {
            // the end stands before the first
            next: (1..=end).chain([0]).collect(),
            before: [end].into_iter().chain(0..end).collect(),
            behind: returned.iter().map(|at| began.partition_point(|b| b < at) as u32).collect(),
            began,
            left: returned.iter().filter(|at| **at != u64::MAX).count(),
            placed: vec![false; returned.len()],
            returned,
        }
    }

    /// Whether every call has been placed that has returned.
    pub(super) fn is_done(&self) -> bool {
        self.left == 0
    }

    pub(super) fn is_placed(&self, call: u32) -> bool {
        self.placed[call as usize]
    }

    pub(super) fn has_returned(&self, call: u32) -> bool {
        self.returned[call as usize] != u64::MAX
    }

    /// Whether the two were going on at the same time.
    pub(super) fn overlap(&self, one: u32, other: u32) -> bool {
        let (one, other) = (one as usize, other as usize);
        self.began[one] < self.returned[other] && self.began[other] < self.returned[one]
    }

    /// The first of the calls that began when this one had returned.
    pub(super) fn behind(&self, call: u32) -> u32 {
        self.behind[call as usize]
    }

    /// Whether a call may be placed next, as far as time goes.
    pub(super) fn is_candidate(&self, call: u32, among: &Candidates) -> bool {
        self.began[call as usize] <= among.limit
    }

    /// Those that began before any other that is left had returned.
    pub(super) fn candidates(&self, into: &mut Candidates) {
        into.calls.clear();
        into.limit = u64::MAX;
        let end = self.began.len() as u32;
        let mut at = self.next[end as usize];
        while at != end && self.began[at as usize] <= into.limit {
            let returned = self.returned[at as usize];
            if returned < into.limit {
                into.limit = returned;
                into.first = at;
            }
            into.calls.push(at);
            at = self.next[at as usize];
        }
    }

    pub(super) fn take(&mut self, call: u32) {
        let place = call as usize;
        let (before, next) = (self.before[place], self.next[place]);
        self.next[before as usize] = next;
        self.before[next as usize] = before;
        self.placed[place] = true;
        self.left -= usize::from(self.returned[place] != u64::MAX);
    }

    /// Puts back the last one that was taken.
    pub(super) fn put_back(&mut self, call: u32) {
        let place = call as usize;
        let (before, next) = (self.before[place], self.next[place]);
        self.next[before as usize] = call;
        self.before[next as usize] = call;
        self.placed[place] = false;
        self.left += usize::from(self.returned[place] != u64::MAX);
    }
}
