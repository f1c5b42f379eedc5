//! May this call answer this reply here, and what must be assumed for it?

use arrayvec::ArrayVec;
use smallvec::SmallVec;

use crate::error::Error;
use crate::permitted::{About, Code, Cube, Guard, Offer, Permitted, Refusal, Set};
use crate::profile::{Needs, Profile, Reading};
use crate::question::{Literal, Question};
use crate::reply::Reply;
use crate::rule::{Rule, Standing};
use crate::world::World;

/// A permitted reply: why, and what it says about the readings.
#[derive(Clone, Debug)]
pub struct Step {
    /// The rules that explain it, any one of them enough.
    pub rules: ArrayVec<Rule, 8>,
    /// What must be assumed about the open questions.
    pub needs: Needs,
    /// The question that it answers with a code nobody foresaw, if nothing else explains it.
    pub discovery: Option<Question>,
}

impl Step {
    /// Whether every rule that explains it is assumed.
    #[must_use]
    pub fn is_assumed(&self) -> bool {
        self.rules.iter().all(|r| r.standing() == Standing::Assumed)
    }
}

/// A reply that no reading left by the profile permits.
#[derive(Clone, Debug)]
pub struct Mismatch {
    /// Every rule that speaks against it.
    pub refused_by: Vec<Objection>,
}

/// A rule that speaks against a reply, and how.
#[derive(Clone, Debug)]
pub struct Objection {
    /// The rule.
    pub rule: Rule,
    /// How.
    pub why: Why,
}

/// How a rule speaks against a reply.
#[derive(Clone, Debug)]
pub enum Why {
    /// It refuses the call under every reading left, and a success was seen.
    Refuses {
        /// The codes that it may give, with the literals under which it gives them.
        codes: Vec<(Option<Error>, Vec<Literal>)>,
        /// Its inputs.
        about: About,
    },
    /// It permits success only from this set, and another was seen.
    Outside(Set),
    /// It permits this success, and a refusal was seen.
    Succeeds(Set),
    /// It refuses the call with other codes than the one seen.
    OtherCode {
        /// The codes that it may give, with the literals under which it gives them.
        codes: Vec<(Option<Error>, Vec<Literal>)>,
        /// Its inputs.
        about: About,
    },
}

/// How much of a guard the profile leaves.
enum Held {
    Never,
    Possibly(Cube),
    Surely,
}

impl Profile {
    fn held(&self, literals: impl Iterator<Item = Literal>) -> Held {
        let mut cube = Cube::new();
        for literal in literals {
            let open = self.open(literal.question);
            match literal.answers & open {
                0 => return Held::Never,
                mask if mask == open => {}
                answers => cube.push(Literal { answers, ..literal }),
            }
        }
        if cube.is_empty() { Held::Surely } else { Held::Possibly(cube) }
    }
}

impl Code {
    /// The literal under which the code is this one; `None` if that needs no answer. `Err` if it never is.
    fn being(self, error: Error) -> Result<Option<Literal>, ()> {
        match self {
            Code::Is(code) if code == error => Ok(None),
            Code::Is(_) => Err(()),
            Code::Asks(question) => {
                Ok(Some(Literal { question, answers: question.refusing(error) }))
            }
        }
    }

    fn is_unforeseen(self, error: Error) -> Option<Question> {
        match self {
            Code::Is(_) => None,
            Code::Asks(q) => {
                let named =
                    q.answers().iter().any(|a| a.effect == crate::question::Effect::Refuse(error));
                (!named).then_some(q)
            }
        }
    }
}

impl Permitted {
    /// Whether the reply may be given under some reading that the profile leaves; by which rules; what must be assumed.
    ///
    /// The reply must be one that the call can answer ([`Reply::fits`]) and not [`Reply::Unsupported`].
    ///
    /// # Errors
    /// [`Mismatch`] if no reading permits it, with every rule that speaks against it.
    #[inline]
    pub fn judge(&self, world: &World, profile: &Profile, reply: &Reply) -> Result<Step, Mismatch> {
        self.explains(world, profile, reply).ok_or_else(|| self.against(world, profile, reply))
    }

    /// As [`Permitted::judge`], without a word on what speaks against it: for those who try many.
    #[inline]
    #[must_use]
    pub fn explains(&self, world: &World, profile: &Profile, reply: &Reply) -> Option<Step> {
        match reply {
            Reply::Failed(error) => self.judge_refusal(world, profile, *error),
            success => self.judge_success(world, profile, success),
        }
    }

    #[inline]
    fn judge_success(&self, world: &World, profile: &Profile, reply: &Reply) -> Option<Step> {
        if let Some(rule) = self.plainly(world, profile, reply) {
            let rules = ArrayVec::from_iter([rule]);
            return Some(Step { rules, needs: Needs::default(), discovery: None });
        }
        self.judge_success_with_needs(world, profile, reply)
    }

    /// The common case: the profile rules every refusal out, and one rule permits the success for certain. The general
    /// case gives the same and takes longer.
    fn plainly(&self, world: &World, profile: &Profile, reply: &Reply) -> Option<Rule> {
        if !self.must.iter().all(|refusal| refusal.is_ruled_out(profile)) {
            return None;
        }
        let mut rule = None;
        for offer in &self.offers {
            let always = offer.when == Guard::ALWAYS;
            let never = !always && offer.when.literals().any(|l| profile.excludes(l));
            if never || !offer.set.has(world, reply) {
                continue;
            }
            let surely = always || offer.when.literals().all(|l| profile.implies(l));
            if !surely || *rule.get_or_insert(offer.rule) != offer.rule {
                return None;
            }
        }
        rule
    }

    #[inline(never)]
    fn judge_success_with_needs(
        &self,
        world: &World,
        profile: &Profile,
        reply: &Reply,
    ) -> Option<Step> {
        let mut step = Step { rules: ArrayVec::new(), needs: Needs::default(), discovery: None };
        let mut refused = false;
        for refusal in &self.must {
            refused |= !refusal.let_pass(profile, &mut step.needs);
        }
        let (mut sure, mut cubes) = (false, SmallVec::<[Cube; 16]>::new());
        for offer in &self.offers {
            let held = profile.held(offer.when.literals());
            if matches!(held, Held::Never) || !offer.set.has(world, reply) {
                continue;
            }
            if !step.rules.contains(&offer.rule) && !step.rules.is_full() {
                step.rules.push(offer.rule);
            }
            match held {
                Held::Possibly(cube) => cubes.push(cube),
                Held::Surely | Held::Never => sure = true,
            }
        }
        if refused || step.rules.is_empty() {
            return None;
        }
        if !sure {
            step.needs.one_list_of(&cubes, profile);
        }
        Some(step)
    }

    fn judge_refusal(&self, world: &World, profile: &Profile, error: Error) -> Option<Step> {
        let mut step = Step { rules: ArrayVec::new(), needs: Needs::default(), discovery: None };
        let (mut sure, mut cubes, mut foreseen) = (false, Vec::<Cube>::new(), false);
        let mut explain = |rule: Rule, when: Guard, code: Code| {
            let Ok(literal) = code.being(error) else { return };
            let held = profile.held(when.literals().chain(literal));
            if matches!(held, Held::Never) {
                return;
            }
            match code.is_unforeseen(error) {
                Some(question) => step.discovery = step.discovery.or(Some(question)),
                None => foreseen = true,
            }
            if !step.rules.contains(&rule) && !step.rules.is_full() {
                step.rules.push(rule);
            }
            match held {
                Held::Possibly(cube) => cubes.push(cube),
                Held::Surely | Held::Never => sure = true,
            }
        };
        self.must.iter().chain(&self.may).for_each(|r| explain(r.rule, r.when, r.code));
        for offer in &self.offers {
            if let Some((rule, code)) = offer.if_empty {
                if code.being(error).is_ok() && offer.set.is_empty(world) {
                    explain(rule, offer.when, code);
                }
            }
        }
        if step.rules.is_empty() {
            return None;
        }
        if !sure {
            step.needs.one_list_of(&cubes, profile);
        }
        if foreseen {
            step.discovery = None;
        }
        Some(step)
    }

    /// Whether some reading that the profile leaves refuses the call for no reason.
    #[must_use]
    pub fn admits_success(&self, profile: &Profile) -> bool {
        let mut needs = Needs::default();
        let passes = self.must.iter().all(|refusal| refusal.let_pass(profile, &mut needs));
        passes && profile.clone().assume(&needs).is_ok()
    }

    /// Every rule that speaks against a reply.
    fn against(&self, world: &World, profile: &Profile, reply: &Reply) -> Mismatch {
        let possible = |when: Guard| !matches!(profile.held(when.literals()), Held::Never);
        let failed = matches!(reply, Reply::Failed(_));
        let obliged = self.must.iter().any(|r| r.obliges(profile));
        let mut refused_by = Vec::new();
        for refusal in self.must.iter().filter(|r| possible(r.when)) {
            let obliges = refusal.obliges(profile);
            let codes = refusal.codes(profile);
            let about = refusal.about;
            if failed && !codes.is_empty() {
                refused_by
                    .push(Objection { rule: refusal.rule, why: Why::OtherCode { codes, about } });
            } else if !failed && obliges {
                refused_by
                    .push(Objection { rule: refusal.rule, why: Why::Refuses { codes, about } });
            }
        }
        for offer in self.offers.iter().filter(|o| possible(o.when)) {
            if let Some((rule, code)) = offer.if_empty.filter(|_| offer.set.is_empty(world)) {
                let refusal = Refusal { rule, when: offer.when, code, about: About::Call };
                let (codes, about) = (refusal.codes(profile), About::Call);
                let why = if failed {
                    Why::OtherCode { codes, about }
                } else {
                    Why::Refuses { codes, about }
                };
                refused_by.push(Objection { rule, why });
                continue;
            }
            // where the call is refused for certain, what it would give otherwise speaks against nothing
            let why = match failed {
                true if obliged => continue,
                true => Why::Succeeds(offer.set),
                false if offer.set.has(world, reply) => continue,
                false => Why::Outside(offer.set),
            };
            refused_by.push(Objection { rule: offer.rule, why });
        }
        Mismatch { refused_by }
    }

    /// What may be answered under one reading. Nothing is copied: each list is gone through as it is asked for.
    #[inline]
    #[must_use]
    pub const fn under<'a>(&'a self, reading: &'a Reading) -> Choice<'a> {
        Choice { all: self, reading }
    }
}

/// What a reading leaves of what is permitted.
#[derive(Clone, Copy, Debug)]
pub struct Choice<'a> {
    all: &'a Permitted,
    reading: &'a Reading,
}

impl<'a> Choice<'a> {
    /// The refusals that hold, with their codes: where there is one, success is not permitted.
    #[inline]
    pub fn must(self) -> impl Iterator<Item = (&'a Refusal, Error)> {
        self.holding(&self.all.must)
    }

    /// The refusals that are possible at any time, with their codes.
    #[inline]
    pub fn may(self) -> impl Iterator<Item = (&'a Refusal, Error)> {
        self.holding(&self.all.may)
    }

    /// The successes.
    #[inline]
    pub fn offers(self) -> impl Iterator<Item = &'a Offer> {
        self.all.offers.iter().filter(move |o| self.reading.satisfies(o.when))
    }

    /// The first refusals are asked for by nearly every call, and nearly none holds.
    #[inline]
    fn holding(self, list: &'a [Refusal]) -> impl Iterator<Item = (&'a Refusal, Error)> {
        list.iter().filter_map(move |refusal| {
            let code = code_under(refusal.code, self.reading)?;
            self.reading.satisfies(refusal.when).then_some((refusal, code))
        })
    }
}

/// The code under a reading; `None` if the reading lets the call pass. An unforeseen code is shown as `WSAEPROCLIM`, which
/// no rule gives.
#[must_use]
#[inline]
pub fn code_under(code: Code, reading: &Reading) -> Option<Error> {
    match code {
        Code::Is(error) => Some(error),
        Code::Asks(question) if reading.answer(question) & question.passing() != 0 => None,
        Code::Asks(question) => {
            let place = reading.answer(question).trailing_zeros() as usize;
            match question.answers().get(place)?.effect {
                crate::question::Effect::Pass => None,
                crate::question::Effect::Refuse(error) => Some(error),
                crate::question::Effect::Unforeseen => Some(Error::WsaProcessLimit),
            }
        }
    }
}

impl Refusal {
    /// Whether it holds under no reading that the profile leaves.
    fn is_ruled_out(&self, profile: &Profile) -> bool {
        let passes = match self.code {
            Code::Is(_) => false,
            Code::Asks(question) => profile.open(question) & !question.passing() == 0,
        };
        passes || self.when.literals().any(|l| profile.excludes(l))
    }

    /// Adds what must be assumed for the call not to be refused; false if the profile leaves no way.
    fn let_pass(&self, profile: &Profile, needs: &mut Needs) -> bool {
        if self.is_ruled_out(profile) {
            return true;
        }
        let otherwise =
            |l: Literal| Literal { answers: profile.open(l.question) & !l.answers, ..l };
        let mut ways: ArrayVec<Literal, 14> = self.when.literals().map(otherwise).collect();
        if let Code::Asks(question) = self.code {
            let answers = profile.open(question) & question.passing();
            ways.push(Literal { question, answers });
        }
        ways.retain(|way| way.answers != 0);
        if ways.is_empty() {
            return false;
        }
        needs.one_of(ways);
        true
    }

    /// Whether the profile leaves no reading in which the call is not refused.
    #[must_use]
    pub fn obliges(&self, profile: &Profile) -> bool {
        !self.let_pass(profile, &mut Needs::default())
    }

    /// The codes that the profile leaves it, with the literals under which they are given.
    #[must_use]
    pub fn codes(&self, profile: &Profile) -> Vec<(Option<Error>, Vec<Literal>)> {
        let (Held::Possibly(_) | Held::Surely) = profile.held(self.when.literals()) else {
            return Vec::new();
        };
        // what is certain goes without saying
        let open = |l: &Literal| profile.open(l.question) & !l.answers != 0;
        let guard = || self.when.literals().filter(open).collect::<Vec<_>>();
        match self.code {
            Code::Is(error) => vec![(Some(error), guard())],
            Code::Asks(question) => {
                let left = question
                    .answers()
                    .iter()
                    .enumerate()
                    .filter(|(i, _)| profile.open(question) >> i & 1 == 1);
                let refusing = left.filter_map(|(i, a)| {
                    let code = match a.effect {
                        crate::question::Effect::Pass => return None,
                        crate::question::Effect::Refuse(error) => Some(error),
                        crate::question::Effect::Unforeseen => None,
                    };
                    let mut literals = guard();
                    literals.push(Literal { question, answers: 1 << i });
                    Some((code, literals))
                });
                refusing.collect()
            }
        }
    }
}
