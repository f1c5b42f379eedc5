//! What a report keeps: of what a long trace repeats it keeps the beginning, so that memory does not grow with it.

use super::{Divergence, Follower, meets};

/// The most divergences that are kept, and the most reasons why something cannot be told.
const MOST: usize = 1_000;

impl Follower<'_> {
    /// Keeps a divergence, or counts it. One that is expected is always kept, and none where something else may explain it.
    pub(super) fn keep(&mut self, divergence: Divergence) {
        if self.suspects_otherwise() {
            return;
        }
        let is_expected = self.expectations.iter().any(|e| meets(&divergence, e));
        if self.report.divergences.len() < MOST || is_expected {
            self.report.divergences.push(divergence);
        } else {
            self.report.further += 1;
        }
    }

    /// Keeps a reason why the verdict is undecided.
    pub(super) fn give_reason(&mut self, why: String) {
        if self.report.undecided.len() < MOST {
            self.report.undecided.push(why);
        } else if self.report.undecided.len() == MOST {
            self.report.undecided.push("and so on: the reasons behind these are not kept".into());
        }
    }
}
