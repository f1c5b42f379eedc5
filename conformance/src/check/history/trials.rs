//! What became of each call when it was last tried. It is kept until a call that touches it is placed or taken back.
//!
//! Where fewer readings are left than there were, what was not permitted is not permitted either, and what was permitted asks
//! for what it asked for. So what a trial found is kept as long as the lessons stand that had been learnt by then.

use portres_model::{Needs, PortBlock, Profile, Step};
use smallvec::SmallVec;

/// Ports at which there is what keeps a call out, if any are named.
pub(super) type Ports = SmallVec<[PortBlock; 4]>;

/// What became of the calls of a stretch.
pub(super) struct Trials {
    of: Vec<Trial>,
    /// Behind the last one of which something is told there.
    to: usize,
    /// The lessons that have been learnt, each by a number of its own, higher than those before it.
    lessons: Vec<u32>,
    /// The number of the last of all.
    last: u32,
}

/// What became of a call, and the last lesson that had been learnt by then.
#[derive(Clone)]
enum Trial {
    /// It has not been tried, or something has been placed or taken back since that matters to it.
    No,
    /// It is not permitted.
    Fails(u32, Ports),
    /// It is permitted.
    Holds(u32, Step),
    /// It is permitted and changes something, though its kind does not tell.
    Changes(u32),
}

impl Trials {
    pub(super) fn new(calls: usize) -> Trials {
        Trials { of: vec![Trial::No; calls], to: 0, lessons: vec![0], last: 0 }
    }

    /// A search begins.
    pub(super) fn begin(&mut self) {
        self.of.fill(Trial::No);
        self.to = 0;
    }

    /// Fewer readings are left from here on.
    pub(super) fn learns(&mut self) {
        self.last += 1;
        self.lessons.push(self.last);
    }

    /// The last lesson is taken back.
    pub(super) fn unlearns(&mut self) {
        self.lessons.pop();
    }

    /// All is different from here on. What had been learnt is handed out, to be put back.
    pub(super) fn leaves(&mut self) -> Vec<u32> {
        self.last += 1;
        std::mem::replace(&mut self.lessons, vec![self.last])
    }

    /// All is as it was.
    pub(super) fn comes_back(&mut self, lessons: Vec<u32>) {
        self.lessons = lessons;
    }

    fn stands(&self, lesson: u32) -> bool {
        self.lessons.last() == Some(&lesson) || self.lessons.binary_search(&lesson).is_ok()
    }

    /// The ports that keep a call out, none where it is not so simple; `None` for one that may be permitted.
    pub(super) fn kept_out_by(&self, call: u32) -> Option<&[PortBlock]> {
        match &self.of[call as usize] {
            Trial::Fails(lesson, ports) if self.stands(*lesson) => Some(ports),
            Trial::No | Trial::Fails(..) | Trial::Holds(..) | Trial::Changes(_) => None,
        }
    }

    /// Whether it is known of a call that it is not permitted, or that it is.
    pub(super) fn is_told(&self, call: u32) -> bool {
        match &self.of[call as usize] {
            Trial::Fails(lesson, _) | Trial::Holds(lesson, _) => self.stands(*lesson),
            Trial::No | Trial::Changes(_) => false,
        }
    }

    /// What permits a call under the readings that are left, if that is known.
    pub(super) fn permits(&self, call: u32) -> Option<Step> {
        match &self.of[call as usize] {
            Trial::Holds(lesson, step) if self.lessons.last() == Some(lesson) => Some(step.clone()),
            Trial::No | Trial::Fails(..) | Trial::Holds(..) | Trial::Changes(_) => None,
        }
    }

    /// Whether it is known that a call cannot be placed at once: it is not permitted, or teaches or changes something.
    pub(super) fn is_in_the_way(&self, call: u32, profile: &Profile) -> bool {
        match &self.of[call as usize] {
            Trial::No => false,
            Trial::Fails(lesson, _) => self.stands(*lesson),
            Trial::Holds(lesson, step) => self.stands(*lesson) && !profile.knows(&step.needs),
            Trial::Changes(lesson) => self.lessons.last() == Some(lesson),
        }
    }

    /// What must be assumed for a call, if it is known to be permitted.
    pub(super) fn asks(&self, call: u32) -> Option<&Needs> {
        match &self.of[call as usize] {
            Trial::Holds(lesson, step) if self.stands(*lesson) => Some(&step.needs),
            Trial::No | Trial::Fails(..) | Trial::Holds(..) | Trial::Changes(_) => None,
        }
    }

    /// Whether something must be assumed for a call that is permitted.
    pub(super) fn teaches(&self, call: u32) -> bool {
        self.asks(call).is_some_and(|needs| !needs.nothing())
    }

    pub(super) fn fails(&mut self, call: u32, ports: Ports) {
        self.told(call, |lesson| Trial::Fails(lesson, ports));
    }

    pub(super) fn permitted(&mut self, call: u32, step: Step) {
        self.told(call, |lesson| Trial::Holds(lesson, step));
    }

    pub(super) fn changes(&mut self, call: u32) {
        self.told(call, Trial::Changes);
    }

    fn told(&mut self, call: u32, trial: impl FnOnce(u32) -> Trial) {
        let lesson = self.lessons.last().copied().unwrap_or(0);
        self.of[call as usize] = trial(lesson);
        self.to = self.to.max(call as usize + 1);
    }

    /// Something has happened that matters to these.
    pub(super) fn forget(&mut self, calls: &[u32]) {
        calls.iter().for_each(|call| self.of[*call as usize] = Trial::No);
    }

    /// A call is taken back behind which these come.
    pub(super) fn forget_from(&mut self, behind: usize) {
        if behind < self.to {
            self.of[behind..self.to].fill(Trial::No);
            self.to = behind;
        }
    }
}
