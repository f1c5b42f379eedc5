//! One form for each set of readings, whatever order its constraints came in.

use super::{Clause, Needs, Profile, implies, widen, without_implied};
use crate::question::{Literal, Question};

/// The most clauses that a canonical form may have. Beyond that they stay as they are, in order.
const MOST: usize = 512;

impl Profile {
    /// What this profile rules out beside what `other` does: narrower sets, and clauses that `other` does not have.
    #[must_use]
    pub fn beyond(&self, other: &Profile) -> Needs {
        let mut needs = Needs::default();
        for &question in Question::ALL {
            let answers = self.open(question);
            if other.open(question) & !answers != 0 {
                needs.one_of([Literal { question, answers }]);
            }
        }
        for clause in self.clauses.iter().filter(|clause| !other.clauses.contains(clause)) {
            needs.one_of(clause.iter().copied());
        }
        needs
    }

    /// The same readings with the one list of clauses that says most plainly what ties questions together: all that hold
    /// under every reading left, but for those that a shorter one implies. Profiles that leave the same readings become
    /// equal.
    #[must_use]
    pub fn canonical(&self) -> Profile {
        let mut clauses = without_implied(self.clauses.clone());
        loop {
            let mut new = Vec::new();
            for (i, one) in clauses.iter().enumerate() {
                for other in &clauses[..i] {
                    self.resolve(one, other, &mut new);
                }
            }
            new.retain(|clause| !clauses.iter().any(|known| implies(known, clause)));
            if new.is_empty() {
                break;
            }
            clauses.append(&mut new);
            clauses = without_implied(clauses);
            if clauses.len() > MOST {
                clauses = without_implied(self.clauses.clone());
                break;
            }
        }
        clauses.sort();
        Profile { clauses, ..self.clone() }
    }

    /// What follows from two clauses by way of each question that both mention: its answers in both, or else what either
    /// says of the others. The sets are exact, so that nothing follows of one question alone.
    fn resolve(&self, one: &Clause, other: &Clause, new: &mut Vec<Clause>) {
        for pivot in one {
            let Some(same) = other.iter().find(|l| l.question == pivot.question) else { continue };
            let mut clause = Clause::new();
            let beside = |l: &&Literal| l.question != pivot.question;
            one.iter().chain(other).filter(beside).for_each(|l| widen(&mut clause, *l));
            let answers = pivot.answers & same.answers;
            if answers != 0 {
                widen(&mut clause, Literal { answers, ..*pivot });
            }
            if !clause.iter().any(|l| self.implies(*l)) {
                new.push(clause);
            }
        }
    }
}
