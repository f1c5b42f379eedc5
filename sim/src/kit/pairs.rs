//! Pairs of answers: a few readings in which any two answers meet.

use portres_model::{Answers, Literal, Reading};

/// The answers of a set, one by one.
fn each(literal: Literal) -> impl Iterator<Item = Literal> {
    let bits = (0..Answers::BITS).map(|bit| 1 << bit);
    let bits = bits.filter(move |bit| literal.answers & bit != 0);
    bits.map(move |answers| Literal { answers, ..literal })
}

/// The first pair of answers that no reading has had, and answers to all questions in which it meets as many others as can
/// be had at once. `None` when there is no such pair.
pub(super) fn next(
    questions: &[Literal],
    tried: &[Reading],
    impossible: &[[Literal; 2]],
) -> Option<([Literal; 2], Vec<Literal>)> {
    let open = |a: Literal, b: Literal| {
        let had = tried.iter().any(|reading| reading.holds(a) && reading.holds(b));
        !had && !impossible.contains(&[a, b]) && !impossible.contains(&[b, a])
    };
    let mut pairs = questions.iter().enumerate().flat_map(|(i, first)| {
        let others = &questions[i + 1..];
        each(*first)
            .flat_map(move |a| others.iter().flat_map(move |b| each(*b).map(move |b| [a, b])))
    });
    let pair = pairs.find(|[a, b]| open(*a, *b))?;
    let mut all = pair.to_vec();
    for question in questions {
        if all.iter().any(|taken| taken.question == question.question) {
            continue;
        }
        let gain = |answer: &Literal| all.iter().filter(|taken| open(**taken, *answer)).count();
        // the likeliest of those that gain most
        let best = greatest(each(*question), gain)?;
        all.push(best);
    }
    Some((pair, all))
}

/// The first of the greatest.
fn greatest(
    answers: impl Iterator<Item = Literal>,
    by: impl Fn(&Literal) -> usize,
) -> Option<Literal> {
    let best = answers.fold(None, |best: Option<(usize, Literal)>, answer| {
        let gain = by(&answer);
        best.filter(|(most, _)| *most >= gain).or(Some((gain, answer)))
    });
    best.map(|(_, answer)| answer)
}
