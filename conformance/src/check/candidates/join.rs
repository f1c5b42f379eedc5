//! Parts that came out alike are one set again.

use super::place::move_to;
use super::{Answered, Candidates, Untold, looks};
use crate::check::{Follower, Seen, State};
use portres_model::Step;

impl State {
    /// The states behind a reply that was seen, and what explains it.
    pub(in crate::check) fn answers(
        &self,
        seen: &Seen,
    ) -> Result<(Vec<State>, Option<Step>), Untold> {
        let mut step = None;
        let states = self.by_views(seen, &[Answered::Reply(seen.reply)], |view| {
            let mut after = view.clone();
            let Ok(taken) = after.step(seen) else { return Ok(Vec::new()) };
            after.apply(seen.who.process, &seen.call, &seen.reply);
            step.get_or_insert(taken);
            Ok(vec![after])
        })?;
        Ok((states, step))
    }

    /// Follows each view of the state; what comes out alike is joined.
    pub(in crate::check) fn by_views(
        &self,
        seen: &Seen,
        answered: &[Answered],
        mut each: impl FnMut(&State) -> Result<Vec<State>, Untold>,
    ) -> Result<Vec<State>, Untold> {
        let looks = looks(self, seen.who.process, &seen.call, answered)?;
        let views = self.views(&looks)?;
        let mut outcomes = Vec::new();
        for (place, view) in views.iter().enumerate() {
            outcomes.extend(each(view)?.into_iter().map(|state| (place, state)));
        }
        if views.len() == 1 {
            return Ok(outcomes.into_iter().map(|(_, state)| state).collect());
        }
        Ok(joined(&views, outcomes))
    }

    /// Whether two states differ in nothing but what the candidates may be.
    fn is_like(&self, other: &State) -> bool {
        self.profile == other.profile
            && self.unlisted == other.unlisted
            && self.unseen.loose == other.unseen.loose
            && self.unseen.list.len() == other.unseen.list.len()
            && self.unseen.ties == other.unseen.ties
            && (self.unseen.list.iter().zip(&other.unseen.list))
                .all(|(a, b)| a.of == b.of && a.count == b.count)
            && self.is_world_of(other)
    }

    /// Whether the worlds are equal but for the stand-ins.
    fn is_world_of(&self, other: &State) -> bool {
        let places: Vec<u16> = self.unseen.list.iter().map(|c| c.at).collect();
        if other.unseen.list.iter().map(|c| c.at).eq(places.iter().copied()) {
            return self.world == other.world;
        }
        let mut world = other.world.clone();
        move_to(&mut world, &other.unseen.list, &places);
        self.world == world
    }

    /// Takes in a state that is like this one.
    fn take_in(&mut self, other: &State) {
        for (candidate, more) in self.unseen.list.iter_mut().zip(&other.unseen.list) {
            candidate.starts = candidate.starts.or(&more.starts);
        }
    }
}

/// Outcomes that are alike become one where that says no more than they do.
fn joined(views: &[State], outcomes: Vec<(usize, State)>) -> Vec<State> {
    let mut groups: Vec<(State, Vec<(usize, State)>)> = Vec::new();
    for (view, state) in outcomes {
        match groups.iter_mut().find(|(known, _)| known.is_like(&state)) {
            Some((known, members)) => {
                known.take_in(&state);
                members.push((view, state));
            }
            None => groups.push((state.clone(), vec![(view, state)])),
        }
    }
    let mut states = Vec::new();
    for (all, members) in groups {
        // whatever lies in the whole has to be of the group
        let inside = |view: &&State| {
            view.unseen.list.len() <= all.unseen.list.len() && view.unseen.lies_in(&all.unseen)
        };
        let mut places: Vec<usize> = members.iter().map(|(place, _)| *place).collect();
        places.dedup();
        let whole = views.iter().filter(inside).count() == places.len()
            && views.iter().all(|v| v.unseen.list.len() <= all.unseen.list.len());
        match whole {
            true => states.push(all),
            false => states.extend(members.into_iter().map(|(_, state)| state)),
        }
    }
    states
}

impl Candidates {
    fn lies_in(&self, whole: &Candidates) -> bool {
        let mut pairs = self.list.iter().zip(&whole.list);
        pairs.all(|(part, of)| part.starts.and(&of.starts) == part.starts)
    }
}

impl Follower<'_> {
    /// Keeps these states, or gives up if they are too many.
    pub(in crate::check) fn put_states(&mut self, states: Vec<State>) {
        let states = join_pairs(states);
        let most = self.most_states();
        let mut different: Vec<State> = Vec::with_capacity(states.len().min(most));
        let mut beyond = Vec::new();
        for state in states {
            if different.len() > most {
                // whether it is one of the others no longer matters
                beyond.push(state.profile);
            } else if !different.contains(&state) {
                different.push(state);
            }
        }
        if different.len() > most {
            self.lose("the machine may be in too many states");
            // what each of them leaves is left
            let profiles = different.iter().map(|state| state.profile.clone()).chain(beyond);
            let left = profiles.reduce(|all, more| all.either(&more));
            different.truncate(1);
            different.iter_mut().zip(left).for_each(|(state, left)| state.profile = left);
        }
        self.states = different;
    }
}

/// Joins states of which all but one candidate are the same.
pub(in crate::check) fn join_pairs(states: Vec<State>) -> Vec<State> {
    if states.len() < 2 || states.iter().all(|s| s.unseen.is_empty()) {
        return states;
    }
    let mut kept: Vec<State> = Vec::with_capacity(states.len());
    for mut state in states {
        while let Some(place) = kept.iter().position(|known| known.differs_in_one(&state)) {
            let mut known = kept.remove(place);
            known.take_in(&state);
            state = known;
        }
        kept.push(state);
    }
    kept
}

impl State {
    fn differs_in_one(&self, other: &State) -> bool {
        let list = self.unseen.list.iter().zip(&other.unseen.list);
        !self.unseen.is_empty()
            && self.unseen.list.len() == other.unseen.list.len()
            && list.filter(|(a, b)| a.starts != b.starts).count() <= 1
            && self.is_like(other)
    }
}
