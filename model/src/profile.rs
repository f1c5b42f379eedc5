//! Profiles: which readings of the documentation are still possible.

use smallvec::SmallVec;

use crate::permitted::{Cube, Guard};
use crate::question::{Answers, FORESEEN, Literal, Question};

mod canonical;

/// At least one of these literals holds. Sorted by question, each question at most once.
pub type Clause = Vec<Literal>;

/// What must be assumed about the open questions for an observation to be possible: every clause holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    clauses: Vec<Clause>,
}

/// No reading is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no reading of the open questions is left")]
pub struct NoReading;

/// The readings that are still possible: a set of answers for each question, and clauses that tie several together.
///
/// The sets are exact: an answer is in its set only if some reading that satisfies the clauses gives it. Sets alone would
/// not do: a refusal that one question *or* another explains says something about both.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Profile {
    open: [Answers; Question::COUNT],
    clauses: Vec<Clause>,
}

/// One answer to every question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reading([Answers; Question::COUNT]);

impl Needs {
    /// Nothing needs to be assumed.
    #[must_use]
    pub fn nothing(&self) -> bool {
        self.clauses.is_empty()
    }

    /// The clauses.
    #[must_use]
    pub fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// Adds: at least one of these holds.
    pub fn one_of(&mut self, literals: impl IntoIterator<Item = Literal>) {
        let mut clause = Clause::new();
        literals.into_iter().for_each(|l| widen(&mut clause, l));
        self.clauses.push(clause);
    }

    /// Adds: in at least one of these lists every literal holds. What holds under every reading left is not added.
    pub(crate) fn one_list_of(&mut self, lists: &[Cube], profile: &Profile) {
        let Some(lists) = merged(lists, profile) else { return self.drop_certain(profile) };
        let mut clauses = vec![Clause::new()];
        for list in &lists {
            let longer = |clause: &Clause| {
                let with = |l: &Literal| {
                    let mut longer = clause.clone();
                    widen(&mut longer, *l);
                    longer
                };
                list.iter().map(with).collect::<Vec<_>>()
            };
            clauses = without_implied(clauses.iter().flat_map(longer).collect());
            // fewer clauses ask for less: what is left out is not learnt, and nothing possible is ruled out
            clauses.truncate(MOST_CLAUSES);
        }
        self.clauses.append(&mut clauses);
        self.drop_certain(profile);
    }

    /// What must be assumed for one of several observations to be possible, whichever it was. Where that takes too many
    /// words it asks for less: nothing possible is ruled out.
    #[must_use]
    pub fn any_of(each: &[Needs]) -> Needs {
        let Some((first, others)) = each.split_first() else { return Needs::default() };
        let mut clauses = first.clauses.clone();
        for other in others {
            let both = |clause: &Clause| {
                let with = |more: &Clause| {
                    let mut longer = clause.clone();
                    more.iter().for_each(|l| widen(&mut longer, *l));
                    longer
                };
                other.clauses.iter().map(with).collect::<Vec<_>>()
            };
            clauses = without_implied(clauses.iter().flat_map(both).collect());
            clauses.truncate(MOST_CLAUSES);
        }
        Needs { clauses }
    }

    /// Drops the clauses that hold under every reading left: they teach nothing.
    fn drop_certain(&mut self, profile: &Profile) {
        self.clauses.retain(|clause| !clause.iter().any(|l| profile.implies(*l)));
    }
}

/// The same in fewer lists: two that differ in the answers to one question are one. `None` if one of them holds under every
/// reading left.
fn merged(lists: &[Cube], profile: &Profile) -> Option<SmallVec<[Cube; 8]>> {
    let mut left: SmallVec<[Cube; 8]> = SmallVec::new();
    for list in lists {
        let mut list = list.clone();
        // what it has become may be one with another
        while let Some((at, place)) = left
            .iter()
            .enumerate()
            .find_map(|(at, other)| Some((at, only_difference(other, &list)?)))
        {
            let other = left.swap_remove(at);
            if let Some(place) = place {
                list[place].answers |= other[place].answers;
                if profile.implies(list[place]) {
                    list.remove(place);
                }
            }
        }
        if list.is_empty() {
            return None;
        }
        left.push(list);
    }
    Some(left)
}

/// The place where alone the answers differ, if the questions are the same; none if nothing differs.
fn only_difference(one: &[Literal], other: &[Literal]) -> Option<Option<usize>> {
    if one.len() != other.len() {
        return None;
    }
    let mut only = None;
    for (place, (a, b)) in one.iter().zip(other).enumerate() {
        if a != b && (a.question != b.question || only.replace(place).is_some()) {
            return None;
        }
    }
    Some(only)
}

/// The most clauses that one observation teaches.
const MOST_CLAUSES: usize = 256;

/// The clauses that no shorter one implies, the shortest first.
fn without_implied(mut clauses: Vec<Clause>) -> Vec<Clause> {
    clauses.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    clauses.dedup();
    let mut kept: Vec<Clause> = Vec::new();
    for clause in clauses {
        if !kept.iter().any(|k| implies(k, &clause)) {
            kept.push(clause);
        }
    }
    kept
}

fn widen(clause: &mut Clause, literal: Literal) {
    match clause.binary_search_by_key(&literal.question, |l| l.question) {
        Ok(i) => clause[i].answers |= literal.answers,
        Err(i) => clause.insert(i, literal),
    }
}

/// What the documentation decides for Windows Vista and later where it says otherwise of older systems.
const SINCE_VISTA: [Literal; 3] = [
    Question::SharingTable.only(&["2003"]),
    Question::ExclusivePrivilege.only(&["taken"]),
    Question::NullResult.only(&["exception"]),
];

impl Default for Profile {
    fn default() -> Profile {
        Profile::documented()
    }
}

impl Profile {
    /// Every answer to every question.
    #[must_use]
    pub fn open_to_all() -> Profile {
        Profile { open: std::array::from_fn(|i| Question::ALL[i].all()), clauses: Vec::new() }
    }

    /// Every reading of the documentation of the systems that have port reservation: Windows Vista and later.
    #[must_use]
    pub fn documented() -> Profile {
        let mut profile = Profile::open_to_all();
        for Literal { question, answers } in SINCE_VISTA {
            profile.open[question.index()] &= answers;
        }
        profile
    }

    /// The likeliest answer to every question.
    #[must_use]
    pub fn likely() -> Profile {
        Profile { open: [1; Question::COUNT], clauses: Vec::new() }
    }

    /// Just this reading.
    #[must_use]
    pub fn settled(reading: &Reading) -> Profile {
        Profile { open: reading.0, clauses: Vec::new() }
    }

    /// The answers to a question that some possible reading gives.
    #[must_use]
    pub fn open(&self, question: Question) -> Answers {
        self.open[question.index()]
    }

    /// Whether the literal holds under no reading left.
    pub(crate) fn excludes(&self, literal: Literal) -> bool {
        self.open(literal.question) & literal.answers == 0
    }

    /// Whether the literal holds under every reading left.
    pub(crate) fn implies(&self, literal: Literal) -> bool {
        self.open(literal.question) & !literal.answers == 0
    }

    /// The clauses that tie several questions together.
    #[must_use]
    pub fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// The readings that one of two profiles leaves. What ties questions together in one of them alone is given up, so
    /// readings of neither may come back; none is lost.
    #[must_use]
    pub fn either(&self, other: &Profile) -> Profile {
        let open = std::array::from_fn(|i| self.open[i] | other.open[i]);
        let here = self.clauses.iter().filter(|clause| other.obeys(clause));
        let there = other.clauses.iter().filter(|clause| self.obeys(clause));
        let mut clauses = without_implied(here.chain(there).cloned().collect());
        clauses.sort();
        Profile { open, clauses }
    }

    /// Whether the other profile leaves every reading that this one leaves.
    #[must_use]
    pub fn is_within(&self, other: &Profile) -> bool {
        let follows = |clause: &Clause| {
            // there is no reading in which none of its literals holds
            let mut against = self.clone();
            self.obeys(clause)
                || clause.iter().any(|l| {
                    let answers = self.open(l.question) & !l.answers;
                    against.settle(Literal { answers, ..*l }).is_err()
                })
        };
        self.open.iter().zip(&other.open).all(|(set, others)| set & !others == 0)
            && other.clauses.iter().all(follows)
    }

    /// Whether it has been learnt before: whether to assume it would rule nothing out.
    #[must_use]
    pub fn knows(&self, needs: &Needs) -> bool {
        needs.clauses.iter().all(|clause| self.obeys(clause))
    }

    /// Whether it would rule nothing out behind other lessons.
    #[must_use]
    pub fn knows_behind(&self, lessons: &Needs, needs: &Needs) -> bool {
        let learnt = |clause: &Clause| lessons.clauses.iter().any(|c| implies(c, clause));
        needs.clauses.iter().all(|clause| learnt(clause) || self.obeys(clause))
    }

    /// Whether one of the clauses, or an answer, says at least as much as this one.
    fn obeys(&self, clause: &Clause) -> bool {
        clause.iter().any(|l| self.implies(*l)) || self.clauses.iter().any(|c| implies(c, clause))
    }

    /// The reading that is left if it is the only one.
    #[must_use]
    pub fn only_reading(&self) -> Option<Reading> {
        (self.is_settled() && self.clauses.is_empty()).then_some(Reading(self.open))
    }

    /// Whether every question has one answer.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        // none is empty, and counting bits takes longer than making a machine
        self.open.iter().fold(0, |several, set| several | set & set.wrapping_sub(1)) == 0
    }

    /// Whether a reading is still possible.
    #[must_use]
    pub fn admits(&self, reading: &Reading) -> bool {
        let holds = |l: &Literal| reading.0[l.question.index()] & l.answers != 0;
        self.open.iter().zip(reading.0).all(|(set, answer)| set & answer != 0)
            && self.clauses.iter().all(|clause| clause.iter().any(holds))
    }

    /// Narrows to the readings in which the answer is one of these.
    ///
    /// # Errors
    /// [`NoReading`] if none is left; the profile is then as it was.
    pub fn settle(&mut self, literal: Literal) -> Result<bool, NoReading> {
        let mut needs = Needs::default();
        needs.one_of([literal]);
        self.assume(&needs)
    }

    /// Narrows to the readings that satisfy `needs`; tells whether that ruled any out.
    ///
    /// # Errors
    /// [`NoReading`] if none is left; the profile is then as it was.
    pub fn assume(&mut self, needs: &Needs) -> Result<bool, NoReading> {
        if needs.nothing() {
            return Ok(false);
        }
        let mut next = self.clone();
        let mut changed = false;
        for clause in &needs.clauses {
            changed |= next.add(clause)?;
        }
        if changed {
            next.tidy()?;
            *self = next;
        }
        Ok(changed)
    }

    /// The reading that `narrow` leaves of the sets of open answers, one for each question of [`Question::ALL`]: the likeliest
    /// answers of what it leaves of them. `None` if a clause forbids it.
    ///
    /// Where a set holds answers that were foreseen, `narrow` sees these alone.
    #[inline]
    #[must_use]
    pub fn pick(&self, narrow: impl FnOnce(&mut [Answers; Question::COUNT])) -> Option<Reading> {
        let mut open = self.open;
        for (set, foreseen) in open.iter_mut().zip(FORESEEN) {
            *set = or_all(*set & foreseen, *set);
        }
        let mut left = open;
        narrow(&mut left);
        for (set, all) in left.iter_mut().zip(open) {
            *set = lowest(or_all(*set & all, all));
        }
        let reading = Reading(left);
        (self.clauses.is_empty() || self.admits(&reading)).then_some(reading)
    }

    /// A reading that is possible, each answer chosen by `prefer` among those possible with the earlier choices.
    ///
    /// # Panics
    /// Never: a profile has a reading.
    #[must_use]
    pub fn reading(&self, mut prefer: impl FnMut(Question, Answers) -> Answers) -> Reading {
        let mut left = self.clone();
        for &question in Question::ALL {
            let open = left.open(question);
            let answer = lowest(or_all(prefer(question, open) & open, open));
            if left.clauses.is_empty() {
                left.open[question.index()] = answer;
                continue;
            }
            left.settle(Literal { question, answers: answer })
                .expect("the sets of a profile are exact");
        }
        Reading(left.open)
    }

    fn mask(&self, literal: Literal) -> Answers {
        literal.answers & self.open(literal.question)
    }

    fn add(&mut self, clause: &Clause) -> Result<bool, NoReading> {
        let mut left = Clause::new();
        for &literal in clause {
            match self.mask(literal) {
                0 => {}
                mask if mask == self.open(literal.question) => return Ok(false),
                answers => left.push(Literal { answers, ..literal }),
            }
        }
        match left.as_slice() {
            [] => return Err(NoReading),
            [only] => {
                self.open[only.question.index()] &= only.answers;
                return Ok(true);
            }
            _ => {}
        }
        if self.clauses.iter().any(|c| implies(c, &left)) {
            return Ok(false);
        }
        self.clauses.retain(|c| !implies(&left, c));
        self.clauses.push(left);
        Ok(true)
    }

    /// Propagates, then makes the sets exact by trying each answer to a question that a clause mentions.
    fn tidy(&mut self) -> Result<(), NoReading> {
        self.propagate()?;
        let mut tied: Vec<Question> = self.clauses.iter().flatten().map(|l| l.question).collect();
        tied.sort_unstable();
        tied.dedup();
        for question in tied {
            let possible = |answer: &Answers| {
                let mut trial = self.clone();
                trial.open[question.index()] = *answer;
                trial.satisfiable()
            };
            let kept =
                each(self.open(question)).filter(possible).fold(0, |set, answer| set | answer);
            if kept == 0 {
                return Err(NoReading);
            }
            self.open[question.index()] = kept;
        }
        self.propagate()?;
        // what has been ruled out since may have made one clause say what another says, in whichever order they came
        self.clauses = without_implied(std::mem::take(&mut self.clauses));
        self.clauses.sort();
        Ok(())
    }

    /// Drops what is impossible from the clauses and what is certain from their list, until nothing changes.
    fn propagate(&mut self) -> Result<(), NoReading> {
        loop {
            let mut narrowed = false;
            let mut kept = Vec::with_capacity(self.clauses.len());
            for clause in std::mem::take(&mut self.clauses) {
                let left: Clause = clause
                    .iter()
                    .map(|l| Literal { answers: self.mask(*l), ..*l })
                    .filter(|l| l.answers != 0)
                    .collect();
                match left.as_slice() {
                    [] => return Err(NoReading),
                    _ if left.iter().any(|l| l.answers == self.open(l.question)) => {}
                    [only] => {
                        self.open[only.question.index()] &= only.answers;
                        narrowed = true;
                    }
                    _ => kept.push(left),
                }
            }
            self.clauses = kept;
            if !narrowed {
                return Ok(());
            }
        }
    }

    fn satisfiable(mut self) -> bool {
        if self.propagate().is_err() {
            return false;
        }
        let Some(&first) = self.clauses.first().and_then(|c| c.first()) else { return true };
        let place = first.question.index();
        let mut with = self.clone();
        with.open[place] &= first.answers;
        self.open[place] &= !first.answers;
        with.satisfiable() || (self.open[place] != 0 && self.satisfiable())
    }
}

/// Whether every reading that satisfies `a` satisfies `b`.
fn implies(a: &Clause, b: &Clause) -> bool {
    a.iter().all(|l| b.iter().any(|k| k.question == l.question && l.answers & !k.answers == 0))
}

/// A set, or where nothing is in it, all.
fn or_all(set: Answers, all: Answers) -> Answers {
    if set == 0 { all } else { set }
}

fn lowest(set: Answers) -> Answers {
    set & set.wrapping_neg()
}

fn each(set: Answers) -> impl Iterator<Item = Answers> {
    (0..8).map(|bit| 1 << bit).filter(move |bit| set & bit != 0)
}

impl Reading {
    /// The answer to a question, as a set of one.
    #[inline]
    #[must_use]
    pub fn answer(&self, question: Question) -> Answers {
        self.0[question.index()]
    }

    /// The same reading but for one question, which has the first of these answers.
    #[must_use]
    pub fn with(mut self, literal: Literal) -> Reading {
        self.0[literal.question.index()] = lowest(literal.answers);
        self
    }

    /// Whether every literal of a guard holds.
    #[inline]
    #[must_use]
    pub fn satisfies(&self, when: Guard) -> bool {
        when == Guard::ALWAYS || when.literals().all(|literal| self.holds(literal))
    }

    /// Whether the literal holds.
    #[inline]
    #[must_use]
    pub fn holds(&self, literal: Literal) -> bool {
        self.answer(literal.question) & literal.answers != 0
    }
}
