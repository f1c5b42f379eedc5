//! Replies of which only something is known: that the call failed, or that it answered one of several things.
//!
//! Every reply of the description that is permitted is followed. States that differ in nothing but what is learnt about
//! the open questions are one state again, which has learnt what all of them have in common: one of the replies was given.

use portres_model::{
    Code, Effect, Error, Needs, Objection, Permitted, Reply, Step, World, apply, permitted,
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
pub(super) struct Followed {
    /// The states.
    pub(super) states: Vec<State>,
    /// The permitted replies, each with what explains it.
    pub(super) steps: Vec<(Reply, Step)>,
}

impl State {
    /// Follows every permitted reply of the description. Without one there is no state.
    pub(super) fn follow(&self, seen: &Seen, observed: &Observed) -> Followed {
        let (by, call) = (seen.who.process, &seen.call);
        let all = permitted(&self.world, by, call);
        let mut ways: Vec<(World, Vec<Needs>)> = Vec::new();
        let mut steps = Vec::new();
        for reply in replies(&all, observed) {
            let Ok(step) = all.judge(&self.world, &self.profile, &reply) else { continue };
            if self.profile.clone().assume(&step.needs).is_err() {
                continue;
            }
            let mut world = self.world.clone();
            apply(&mut world, by, call, &reply);
            match ways.iter_mut().find(|(known, _)| *known == world) {
                Some((_, needs)) => needs.push(step.needs.clone()),
                None => ways.push((world, vec![step.needs.clone()])),
            }
            steps.push((reply, step));
        }
        let state = |(world, needs): (World, Vec<Needs>)| {
            let mut profile = self.profile.clone();
            let possible = profile.assume(&Needs::any_of(&needs));
            assert!(possible.is_ok(), "what each of several replies allows, they allow together");
            State { world, profile }
        };
        Followed { states: ways.into_iter().map(state).collect(), steps }
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
    /// Judges a reply of which only something is known.
    pub(super) fn described(&mut self, seen: &Seen, observed: &Observed) {
        let followed: Vec<Followed> =
            self.states.iter().map(|state| state.follow(seen, observed)).collect();
        let (mut states, mut steps) = (Vec::new(), Vec::new());
        for each in followed {
            states.extend(each.states);
            steps.extend(each.steps);
        }
        if states.is_empty() {
            self.states.truncate(1);
            self.diverge_described(seen, observed);
            apply(&mut self.states[0].world, seen.who.process, &seen.call, &seen.reply);
            return;
        }
        self.note_one_of(&steps);
        self.put_states(states);
    }

    /// A divergence of all replies of the description from what the first state permits.
    pub(super) fn diverge_described(&mut self, seen: &Seen, observed: &Observed) {
        let all = permitted(&self.states[0].world, seen.who.process, &seen.call);
        self.diverge_each(seen, observed, &all);
    }

    /// The same, from what this list permits.
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
        let rules = steps.iter().flat_map(|(_, step)| step.rules.iter().copied());
        let mut all: Vec<_> = rules.collect();
        all.sort_unstable();
        all.dedup();
        self.doubt(step.discovery.filter(|_| !foreseen), &all, !firm);
    }
}
