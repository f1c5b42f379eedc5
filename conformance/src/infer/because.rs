//! Which lessons something follows from.

use std::collections::BTreeSet;

use portres_model::{Clause, Literal, Needs, Profile, Question};

use super::lesson::{Lesson, taught};

/// Lessons from which the clause follows, in order, none of which can be left out: the earliest. Empty where it follows from
/// the profile alone.
pub(super) fn because(start: &Profile, lessons: &[Lesson], clause: &Clause) -> Vec<usize> {
    let related = related(start, lessons, clause);
    let follows = |chosen: &[usize]| match taught(start, chosen.iter().map(|i| &lessons[*i])) {
        Ok(profile) => holds(&profile, clause),
        Err(_) => true,
    };
    let (mut low, mut high) = (0, related.len());
    while low < high {
        let middle = low.midpoint(high);
        if follows(&related[..middle]) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    let mut needed = related[..low].to_vec();
    for lesson in needed.clone().into_iter().rev() {
        let without: Vec<usize> = needed.iter().copied().filter(|l| *l != lesson).collect();
        if follows(&without) {
            needed = without;
        }
    }
    needed
}

/// Whether the clause holds under every reading that the profile leaves.
fn holds(profile: &Profile, clause: &Clause) -> bool {
    let mut otherwise = Needs::default();
    for literal in clause {
        let answers = profile.open(literal.question) & !literal.answers;
        otherwise.one_of([Literal { answers, ..*literal }]);
    }
    profile.clone().assume(&otherwise).is_err()
}

/// The lessons about the questions of the clause, and about those that clauses tie to them.
fn related(start: &Profile, lessons: &[Lesson], clause: &Clause) -> Vec<usize> {
    let mut questions: BTreeSet<Question> = clause.iter().map(|l| l.question).collect();
    let clauses = || start.clauses().iter().chain(lessons.iter().flat_map(|l| &l.clauses));
    loop {
        let before = questions.len();
        for tied in clauses() {
            if tied.iter().any(|l| questions.contains(&l.question)) {
                questions.extend(tied.iter().map(|l| l.question));
            }
        }
        if questions.len() == before {
            break;
        }
    }
    let about = |lesson: &Lesson| {
        lesson.clauses.iter().flatten().any(|literal| questions.contains(&literal.question))
    };
    (0..lessons.len()).filter(|i| about(&lessons[*i])).collect()
}
