//! Replies of which only something is known: that the call failed, or that it answered one of several things.
//!
//! Every reply of the description that is permitted is followed. States that differ in nothing but what is learnt about
//! the open questions are one state again, which has learnt what all of them have in common: one of the replies was given.
//! A byte count beside the description has to be one that the reply leaves. Of a success that gave what was not seen, all is
//! followed that it may have given (`candidates`).

use portres_model::{
    Bytes, Code, Effect, Error, Names, Needs, Objection, Permitted, Profile, Reply, Step, Why,
    World, bytes_returned, permitted,
};

use super::candidates::{Answered, Untold};
use super::{Follower, Seen, State, explain};
use crate::trace::{Observed, observed::is_failure};

/// An error that no rule gives and no answer names.
const UNFORESEEN: Error = Error::Number(u32::MAX);

impl Seen {
    /// The call, with one of the replies that were observed for its reply.
    pub(super) fn one_of(self, observed: &Observed) -> Seen {
        let reply = observed.named().next().copied().unwrap_or(Reply::Failed(UNFORESEEN));
        Seen { reply, ..self }
    }
}

/// What became of a state by the replies that are permitted.
#[derive(Default)]
pub(super) struct Followed {
    /// The states.
    pub(super) states: Vec<State>,
    /// The permitted replies, each with what explains it.
    steps: Vec<(Reply, Step)>,
    /// The byte counts of a permitted reply, where the one that was seen is none of them.
    other_counts: Option<Box<(Permitted, Vec<Objection>)>>,
}

impl State {
    /// Follows every permitted reply of the description. Without one there is no state.
    pub(super) fn follow(
        &self,
        seen: &Seen,
        observed: &Observed,
        names: Option<Names>,
        bytes: Option<Bytes>,
    ) -> Result<Followed, Untold> {
        let mut followed = Followed::default();
        followed.states =
            self.by_views(seen, &Answered::each(observed), |view| match observed {
                Observed::Succeeds => view.follow_success(seen, names, bytes, &mut followed),
                _ => Ok(view.follow_replies(seen, observed, bytes, &mut followed)),
            })?;
        Ok(followed)
    }

    fn follow_success(
        &self,
        seen: &Seen,
        names: Option<Names>,
        bytes: Option<Bytes>,
        followed: &mut Followed,
    ) -> Result<Vec<State>, Untold> {
        let mut states = Vec::new();
        for given in self.give(seen.who.process, &seen.call, names)? {
            let mut after = given.state;
            match bytes.map(|bytes| after.leaves(seen, &given.reply, bytes)) {
                Some(Err(other_counts)) => {
                    followed.other_counts.get_or_insert(other_counts);
                    continue;
                }
                Some(Ok(())) | None => states.push(after),
            }
            followed.steps.push((given.reply, given.step));
        }
        Ok(states)
    }

    fn follow_replies(
        &self,
        seen: &Seen,
        observed: &Observed,
        bytes: Option<Bytes>,
        followed: &mut Followed,
    ) -> Vec<State> {
        let (by, call) = (seen.who.process, &seen.call);
        let mut all = permitted(&self.world, by, call);
        self.sharpen(by, call, &mut all);
        let (mut states, mut ways) = (Vec::new(), Vec::<(State, Vec<Needs>)>::new());
        for reply in replies(&all, observed) {
            let mut after = self.clone();
            let Ok((step, loosely)) = self.judged(&all, &reply) else { continue };
            after.unseen.loose |= loosely;
            if after.profile.assume(&step.needs).is_err() {
                continue;
            }
            after.apply(by, call, &reply);
            match bytes.map(|bytes| after.leaves(seen, &reply, bytes)) {
                Some(Err(other_counts)) => {
                    followed.other_counts.get_or_insert(other_counts);
                    continue;
                }
                // what a count teaches is not part of what the replies have in common
                Some(Ok(())) => states.push(after),
                None => match ways.iter_mut().find(|(way, _)| way.is_where(&after)) {
                    Some((_, needs)) => needs.push(step.needs.clone()),
                    None => ways.push((after, vec![step.needs.clone()])),
                },
            }
            followed.steps.push((reply, step));
        }
        states.extend(ways.into_iter().map(|(way, needs)| self.learnt(way, &needs)));
        states
    }

    /// Whether two states differ in nothing but their readings.
    pub(super) fn is_where(&self, other: &State) -> bool {
        self.world == other.world && self.unseen == other.unseen && self.unlisted == other.unlisted
    }

    /// This state, to which several ways lead, as this one was before them.
    fn learnt(&self, way: State, needs: &[Needs]) -> State {
        let mut profile = self.profile.clone();
        let possible = profile.assume(&Needs::any_of(needs));
        assert!(possible.is_ok(), "what each of several replies allows, they allow together");
        State { profile, ..way }
    }

    /// Whether the reply that has led here can leave this count.
    pub(super) fn leaves(
        &mut self,
        seen: &Seen,
        reply: &Reply,
        bytes: Bytes,
    ) -> Result<(), Box<(Permitted, Vec<Objection>)>> {
        match bytes_returned(&self.world, seen.who.process, &seen.call, reply) {
            None => Ok(()),
            Some(all) => self
                .count(&all, &Reply::Bytes(bytes))
                .map(drop)
                .map_err(|against| Box::new((all, against))),
        }
    }
}

/// What speaks against any success, or where nothing does all that is permitted.
fn against_success(all: &Permitted, world: &World, profile: &Profile) -> Vec<Objection> {
    let everything = || explain::everything(all, profile, &Reply::Ok);
    let judged = all.judge(world, profile, &Reply::Ok);
    let all = judged.map_or_else(|mismatch| mismatch.refused_by, |_| everything());
    let refuses = |o: &Objection| matches!(o.why, Why::Refuses { .. });
    match all.iter().any(refuses) {
        true => all.into_iter().filter(refuses).collect(),
        false => all,
    }
}

/// The replies of a description, as far as the list can tell them apart: of a failure whose code was not seen, each code
/// that a rule gives, and one that none does.
pub(super) fn replies(all: &Permitted, observed: &Observed) -> Vec<Reply> {
    if *observed != Observed::Fails {
        return observed.named().copied().collect();
    }
    let mut replies = Vec::new();
    let mut add = |code: Code| {
        for reply in codes(code).into_iter().map(Reply::Failed).filter(is_failure) {
            if !replies.contains(&reply) {
                replies.push(reply);
            }
        }
    };
    all.must.iter().chain(&all.may).for_each(|refusal| add(refusal.code));
    all.offers.iter().filter_map(|offer| offer.if_empty).for_each(|(_, code)| add(code));
    // with nothing that refuses, any failure shows what speaks against all
    if replies.is_empty() {
        replies.push(Reply::Failed(UNFORESEEN));
    }
    replies
}

/// The codes that a refusal may have: each that an answer names, and one that none does.
pub(super) fn codes(code: Code) -> Vec<Error> {
    let refusal = |effect: Effect| match effect {
        Effect::Pass => None,
        Effect::Refuse(error) => Some(error),
        Effect::Unforeseen => Some(UNFORESEEN),
    };
    match code {
        Code::Is(error) => vec![error],
        Code::Asks(question) => {
            question.answers().iter().filter_map(|a| refusal(a.effect)).collect()
        }
    }
}

impl Follower<'_> {
    /// Judges a reply of which only something is known, with the byte count beside it.
    pub(super) fn described(
        &mut self,
        seen: &Seen,
        observed: &Observed,
        names: Option<Names>,
        bytes: Option<Bytes>,
    ) {
        let mut followed = Followed::default();
        for state in &self.states {
            match state.follow(seen, observed, names, bytes) {
                Ok(more) => {
                    followed.states.extend(more.states);
                    followed.steps.extend(more.steps);
                    followed.other_counts = followed.other_counts.or(more.other_counts);
                }
                Err(untold) => return self.lose(untold.why()),
            }
        }
        if !followed.states.is_empty() {
            self.note_one_of(&followed.steps);
            return self.put_states(followed.states);
        }
        self.keep_first(seen, &Answered::each(observed));
        self.diverge_described(seen, observed, names, bytes);
        self.states[0].adopt(seen.who.process, &seen.call, &seen.reply);
    }

    /// A divergence of all replies of the description from what the first state permits, or of the count beside it.
    pub(super) fn diverge_described(
        &mut self,
        seen: &Seen,
        observed: &Observed,
        names: Option<Names>,
        bytes: Option<Bytes>,
    ) {
        let followed = self.states[0].follow(seen, observed, names, bytes).unwrap_or_default();
        if let (Some(counts), Some(bytes)) = (followed.other_counts, bytes) {
            let (all, against) = *counts;
            let reply = Reply::Bytes(bytes);
            return self.diverge(&Seen { reply, ..*seen }, &all, &against);
        }
        let all = permitted(&self.states[0].world, seen.who.process, &seen.call);
        self.diverge_each(seen, observed, &all);
    }

    /// A divergence of all replies of the description from what this list permits.
    pub(super) fn diverge_each(&mut self, seen: &Seen, observed: &Observed, all: &Permitted) {
        let State { world, profile, .. } = &self.states[0];
        let against = |reply: Reply| {
            let judged = all.judge(world, profile, &reply);
            let objections = judged.map_or_else(
                |mismatch| mismatch.refused_by,
                |_| explain::everything(all, profile, &reply),
            );
            (reply, objections)
        };
        let against: Vec<(Reply, Vec<Objection>)> = match observed {
            Observed::Succeeds => vec![(Reply::Ok, against_success(all, world, profile))],
            _ => replies(all, observed).into_iter().map(against).collect(),
        };
        self.diverge_from_all(seen, observed, all, &against);
    }

    /// What permitted replies say besides, of which one was given: a rule has shown itself where it is only one.
    fn note_one_of(&mut self, steps: &[(Reply, Step)]) {
        let Some((first, step)) = steps.first() else { return };
        if steps.iter().all(|(reply, _)| reply == first) {
            return self.note(step);
        }
        let foreseen = steps.iter().any(|(_, step)| step.discovery.is_none());
        let firm = steps.iter().any(|(_, step)| !step.is_assumed());
        let mut rules: Vec<_> = steps.iter().flat_map(|(_, step)| step.rules.clone()).collect();
        rules.sort_unstable();
        rules.dedup();
        self.doubt(step.discovery.filter(|_| !foreseen), &rules, !firm);
    }
}
