//! Replies of which only something is known: that the call failed, or that it answered one of several things.
//!
//! Every reply of the description that is permitted is followed. States that differ in nothing but what is learnt about
//! the open questions are one state again, which has learnt what all of them have in common: one of the replies was given.
//! A byte count beside the description has to be one that the reply leaves.

use portres_model::{
    Bytes, Code, Effect, Error, Needs, Objection, Permitted, Reply, Step, World, apply,
    bytes_returned, permitted,
};

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
        bytes: Option<Bytes>,
    ) -> Followed {
        let (by, call) = (seen.who.process, &seen.call);
        let all = permitted(&self.world, by, call);
        let (mut followed, mut ways) = (Followed::default(), Vec::<(State, Vec<Needs>)>::new());
        for reply in replies(&all, observed) {
            let Ok(step) = all.judge(&self.world, &self.profile, &reply) else { continue };
            let mut after = self.clone();
            if after.profile.assume(&step.needs).is_err() {
                continue;
            }
            apply(&mut after.world, by, call, &reply);
            match bytes.map(|bytes| after.leaves(seen, &reply, bytes)) {
                Some(Err(other_counts)) => {
                    followed.other_counts.get_or_insert(other_counts);
                    continue;
                }
                // what a count teaches is not part of what the replies have in common
                Some(Ok(())) => followed.states.push(after),
                None => match ways.iter_mut().find(|(way, _)| way.world == after.world) {
                    Some((_, needs)) => needs.push(step.needs.clone()),
                    None => ways.push((after, vec![step.needs.clone()])),
                },
            }
            followed.steps.push((reply, step));
        }
        followed.states.extend(ways.into_iter().map(|(way, needs)| self.learnt(way.world, &needs)));
        followed
    }

    /// The state with this world, by one of several ways.
    fn learnt(&self, world: World, needs: &[Needs]) -> State {
        let mut profile = self.profile.clone();
        let possible = profile.assume(&Needs::any_of(needs));
        assert!(possible.is_ok(), "what each of several replies allows, they allow together");
        State { world, profile }
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

/// The replies of a description, as far as the list can tell them apart: of a failure whose code was not seen, each code
/// that a rule gives, and one that none does.
fn replies(all: &Permitted, observed: &Observed) -> Vec<Reply> {
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

fn codes(code: Code) -> Vec<Error> {
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
    pub(super) fn described(&mut self, seen: &Seen, observed: &Observed, bytes: Option<Bytes>) {
        let mut followed = Followed::default();
        for state in &self.states {
            let more = state.follow(seen, observed, bytes);
            followed.states.extend(more.states);
            followed.steps.extend(more.steps);
            followed.other_counts = followed.other_counts.or(more.other_counts);
        }
        if !followed.states.is_empty() {
            self.note_one_of(&followed.steps);
            return self.put_states(followed.states);
        }
        self.states.truncate(1);
        self.diverge_described(seen, observed, bytes);
        apply(&mut self.states[0].world, seen.who.process, &seen.call, &seen.reply);
    }

    /// A divergence of all replies of the description from what the first state permits, or of the count beside it.
    pub(super) fn diverge_described(
        &mut self,
        seen: &Seen,
        observed: &Observed,
        bytes: Option<Bytes>,
    ) {
        let followed = self.states[0].follow(seen, observed, bytes);
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
        let State { world, profile } = &self.states[0];
        let against = |reply: Reply| {
            let judged = all.judge(world, profile, &reply);
            let objections = judged.map_or_else(
                |mismatch| mismatch.refused_by,
                |_| explain::everything(all, profile, &reply),
            );
            (reply, objections)
        };
        let against: Vec<(Reply, Vec<Objection>)> =
            replies(all, observed).into_iter().map(against).collect();
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
