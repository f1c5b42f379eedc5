//! What the machine was like where something strange was found, for whoever shows it. Judging does not look at it.

use portres_model::{PortBlock, Profile, Protocol, World};

use super::{Follower, State};

/// What a machine may be like.
#[derive(Clone)]
pub(crate) struct Machine {
    /// The first of the states that it may be in.
    pub(crate) world: World,
    /// Which of its ports nobody has seen.
    pub(crate) unseen: Vec<Unseen>,
    /// In how many states it may be.
    pub(crate) states: usize,
}

/// Ports that nobody has seen, of which the world has stand-ins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Unseen {
    /// Whose.
    pub(crate) protocol: Protocol,
    /// The stand-ins.
    pub(crate) block: PortBlock,
    /// What they stand for.
    pub(crate) says: String,
}

/// The machine before each event of which there is something to say.
#[derive(Default)]
pub(super) struct Watched(Vec<(u64, Machine)>);

/// How many of them are kept until they are taken.
const MOST: usize = 32;

impl Follower<'_> {
    /// Keeps from here on what the machine is like where something is found.
    pub(crate) fn watch(&mut self) {
        self.watched = Some(Watched::default());
    }

    /// What has been kept, with the events, since it was last taken.
    pub(crate) fn take_watched(&mut self) -> Vec<(u64, Machine)> {
        self.watched.as_mut().map(|watched| std::mem::take(&mut watched.0)).unwrap_or_default()
    }

    /// What the machine is like now, unless nothing more can be told of it.
    pub(crate) fn machine(&self) -> Option<Machine> {
        let first = self.states.first().filter(|_| !self.lost)?;
        Some(first.shown(self.states.len()))
    }

    /// The readings that are left now, whichever state the machine is in; `None` where telling them would take long.
    pub(crate) fn readings(&self) -> Option<Profile> {
        let few = self.states.get(..self.states.len().min(16))?;
        let (first, others) = few.split_first().filter(|_| few.len() == self.states.len())?;
        Some(others.iter().fold(first.profile.clone(), |all, more| all.either(&more.profile)))
    }

    /// Whether the only state that the machine may be in leaves these readings.
    pub(crate) fn leaves(&self, readings: &Profile) -> bool {
        matches!(self.states.as_slice(), [only] if only.profile == *readings)
    }

    /// Puts calls that never returned in order, as the end of the trace does.
    pub(crate) fn settle(&mut self) {
        if !self.lost && !self.overlap.is_empty() {
            self.order_amid_unseen();
        }
    }

    pub(super) fn watch_event(&mut self, event: u64) {
        let Some(watched) = self.watched.as_mut().filter(|watched| watched.0.len() < MOST) else {
            return;
        };
        let states = self.states.len();
        watched.0.extend(self.states.first().map(|state| (event, state.shown(states))));
    }
}

impl State {
    fn shown(&self, states: usize) -> Machine {
        let unseen = self.unseen.stand_ins().collect();
        Machine { world: self.world.clone(), unseen, states }
    }
}
