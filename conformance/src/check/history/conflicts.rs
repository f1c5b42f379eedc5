//! Which calls of a stretch may not change places, and which of those that may come next have to be tried.

use portres_model::{Footprint, Known};

use super::State;
use super::line::{Candidates, Line};
use super::placing::{Plan, Planned};
use super::trials::Trials;

/// Which calls of a stretch have to do with which: those alone that went on at the same time.
pub(super) struct Conflicts {
    /// Those whose place may change what a call can answer.
    touching: Lists,
    /// Those behind which a call might not as well come first.
    barring: Lists,
    footprints: Vec<Footprint>,
    // for a walk through them
    seen: Vec<u32>,
    walk: u32,
}

/// A list for each call, one behind the other.
struct Lists {
    /// Where each begins; the last one ends at the end.
    from: Vec<u32>,
    all: Vec<u32>,
}

impl Lists {
    /// From pairs of a call and one of its list, in the order of each list.
    fn new(calls: usize, pairs: &[(u32, u32)]) -> Lists {
        let mut from = vec![0u32; calls + 1];
        pairs.iter().for_each(|(call, _)| from[*call as usize + 1] += 1);
        (0..calls).for_each(|i| from[i + 1] += from[i]);
        let (mut ends, mut all) = (from.clone(), vec![0; pairs.len()]);
        for (call, other) in pairs {
            let end = &mut ends[*call as usize];
            all[*end as usize] = *other;
            *end += 1;
        }
        Lists { from, all }
    }

    fn of(&self, call: u32) -> &[u32] {
        let call = call as usize;
        &self.all[self.from[call] as usize..self.from[call + 1] as usize]
    }
}

impl Conflicts {
    pub(super) fn new(plan: &Plan, line: &Line, starts: &[State]) -> Conflicts {
        let mut known = Known::new(starts.iter().map(|state| &state.world).collect());
        plan.calls.iter().for_each(|planned| planned.teach(&mut known));
        // a port that nobody has seen may be that of any call behind the one that has it: sets of ports have no footprints
        let unseen_from = if starts.iter().all(State::is_plain) {
            let giving = plan.calls.iter().filter(|planned| planned.may_give_unseen());
            giving.map(|planned| planned.made.began).min().unwrap_or(u64::MAX)
        } else {
            0
        };
        let footprint = |planned: &Planned| match planned.made.returned {
            Some((returned, ..)) if returned < unseen_from => planned.footprint(&known),
            _ if unseen_from == u64::MAX => planned.footprint(&known),
            _ => Footprint::whole(),
        };
        let footprints: Vec<Footprint> = plan.calls.iter().map(footprint).collect();
        let (mut touching, mut barring) = (Vec::new(), Vec::new());
        let mut going_on: Vec<u32> = Vec::new();
        for (i, footprint) in footprints.iter().enumerate() {
            let call = i as u32;
            going_on.retain(|other| line.overlap(*other, call));
            for &other in &going_on {
                let beside = &footprints[other as usize];
                let (bars, is_barred) = (footprint.bars(beside), beside.bars(footprint));
                if bars || is_barred {
                    touching.extend([(call, other), (other, call)]);
                }
                barring.extend(bars.then_some((other, call)));
                barring.extend(is_barred.then_some((call, other)));
            }
            going_on.push(call);
        }
        let count = footprints.len();
        let (touching, barring) = (Lists::new(count, &touching), Lists::new(count, &barring));
        Conflicts { touching, barring, footprints, seen: vec![0; count], walk: 0 }
    }

    /// Those whose place may change what a call can answer, the first that began first.
    pub(super) fn of(&self, call: u32) -> &[u32] {
        self.touching.of(call)
    }

    /// Whether a call changes nothing, wherever it is placed.
    pub(super) fn only_reads(&self, call: u32) -> bool {
        self.footprints[call as usize].only_reads()
    }

    /// The fewest of the candidates such that whatever else there is, one of them may as well come first: a persistent set.
    /// Those of which it is known that they cannot be placed now are not counted, and are left out.
    pub(super) fn fewest(
        &mut self,
        line: &Line,
        all: &Candidates,
        trials: &Trials,
        into: &mut Vec<u32>,
    ) {
        into.clear();
        let mut best = usize::MAX;
        let mut set = Vec::new();
        for seed in all.calls.iter().filter(|call| line.has_returned(**call)) {
            if self.close(*seed, line, all, (best, trials), &mut set) {
                set.retain(|call| trials.kept_out_by(*call).is_none());
                best = set.len();
                std::mem::swap(into, &mut set);
                if best <= 1 {
                    return;
                }
            }
        }
    }

    /// The candidates that have to be tried beside one. False if there are as many as `best`.
    fn close(
        &mut self,
        seed: u32,
        line: &Line,
        all: &Candidates,
        (best, trials): (usize, &Trials),
        set: &mut Vec<u32>,
    ) -> bool {
        self.walk += 1;
        set.clear();
        set.push(seed);
        self.seen[seed as usize] = self.walk;
        let mut counted = usize::from(trials.kept_out_by(seed).is_none());
        let mut next = 0;
        while let Some(&at) = set.get(next) {
            if counted >= best {
                return false;
            }
            let out = trials.kept_out_by(at);
            for &other in self.barring.of(at) {
                if line.is_placed(other) {
                    continue;
                }
                let (beside, this) =
                    (&self.footprints[other as usize], &self.footprints[at as usize]);
                if out.is_some_and(|ports| !beside.may_enable(this, ports)) {
                    continue;
                }
                // one that cannot begin yet waits for the first of those that must come before it
                let other = if line.is_candidate(other, all) { other } else { all.first };
                if self.seen[other as usize] != self.walk {
                    self.seen[other as usize] = self.walk;
                    set.push(other);
                    counted += usize::from(trials.kept_out_by(other).is_none());
                }
            }
            next += 1;
        }
        counted < best
    }
}
