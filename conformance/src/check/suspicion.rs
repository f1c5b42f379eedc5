//! What is not followed to its end: suspicions, and where nothing more can be told.

use portres_model::Profile;

use super::Follower;

/// Something may be otherwise than it is followed. What is followed can still explain a trace, and then it conforms; where it
/// does not, something else may, and the verdict is undecided. What is learnt behind a suspicion may be wrong.
pub(super) struct Suspicion {
    since: u64,
    why: &'static str,
    /// The readings that were left before.
    left: Profile,
}

impl Follower<'_> {
    /// From this event on something may be otherwise.
    pub(super) fn suspect(&mut self, why: &'static str) {
        if self.suspicion.is_none() {
            self.suspicion = Some(Suspicion { since: self.report.events, why, left: self.left() });
        }
    }

    /// Whether something may be otherwise than it is followed, so that nothing can be learnt.
    pub(crate) fn is_suspicious(&self) -> bool {
        self.suspicion.is_some()
    }

    /// Nothing explains what was observed; true if that may be for what is not followed, and nothing more can be told.
    pub(super) fn suspects_otherwise(&mut self) -> bool {
        let Some(Suspicion { since, why, .. }) = &self.suspicion else { return false };
        if !self.lost {
            self.lost = true;
            self.report.undecided.push(format!("from event {since} on: {why}"));
        }
        true
    }

    /// Nothing more can be told.
    pub(super) fn lose(&mut self, why: &str) {
        self.lost = true;
        self.report.undecided.push(format!("from event {} on: {why}", self.report.events));
    }

    /// The readings that are left, whichever state the machine is in.
    pub(super) fn left(&self) -> Profile {
        if let Some(suspicion) = &self.suspicion {
            return suspicion.left.clone();
        }
        let profiles = self.states.iter().map(|state| state.profile.clone());
        profiles.reduce(|all, more| all.either(&more)).expect("a state is left")
    }
}
