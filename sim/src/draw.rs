//! Drawing the reading that a host behaves as.

use portres_model::{Answers, Profile, Question, Reading};
use rand::Rng;
use rand::rngs::SmallRng;

use crate::policy::Policy;

/// How often a reading is drawn that a clause may forbid, before its answers are drawn one after another, each among those
/// that the earlier ones leave. That takes a hundred times as long, and draws some readings more often than others.
const ATTEMPTS: usize = 64;

/// One of the readings of a profile: the likeliest one, or one at random, as the policy is. Answers that nobody has foreseen
/// are drawn only where nothing else is left.
pub(crate) fn reading(profile: &Profile, policy: &Policy, random: &mut SmallRng) -> Reading {
    match policy {
        Policy::Lowest | Policy::NextFit | Policy::Scripted(_) => {
            let likeliest = |question: Question, open| open & question.foreseen();
            profile.pick(|_| {}).unwrap_or_else(|| profile.reading(likeliest))
        }
        Policy::Random | Policy::Adversarial => {
            let at_random = (0..ATTEMPTS).find_map(|_| profile.pick(|sets| draw(sets, random)));
            at_random.unwrap_or_else(|| {
                profile.reading(|question, open| {
                    let mut set = [open & question.foreseen()];
                    draw(&mut set, random);
                    set[0]
                })
            })
        }
    }
}

/// Leaves one answer of each set.
fn draw(sets: &mut [Answers], random: &mut SmallRng) {
    let one = |set: &mut Answers, number: u8| {
        *set = DRAWS[usize::from(*set)][usize::from(number) % DRAWN_FROM];
    };
    let mut eights = sets.chunks_exact_mut(8);
    for eight in &mut eights {
        let numbers: u64 = random.random();
        (0..8).for_each(|i| one(&mut eight[i], (numbers >> (8 * i)) as u8));
    }
    let numbers: u64 = random.random();
    eights.into_remainder().iter_mut().zip(numbers.to_le_bytes()).for_each(|(s, n)| one(s, n));
}

/// From how many numbers an answer is drawn: as many as a line of the cache holds. No answer to a question is drawn more than
/// an eighth as often again as another.
const DRAWN_FROM: usize = 64;

/// For each set which of its answers a number means. Nearly all sets are the first two to five answers.
static DRAWS: [[Answers; DRAWN_FROM]; 256] = {
    let mut draws = [[0; DRAWN_FROM]; 256];
    let mut set = 1;
    while set < 256usize {
        let mut number = 0;
        while number < DRAWN_FROM {
            draws[set][number] = nth(set, number * set.count_ones() as usize / DRAWN_FROM);
            number += 1;
        }
        set += 1;
    }
    draws
};

/// The answer of a set before which there are so many.
const fn nth(set: usize, before: usize) -> Answers {
    let (mut left, mut n) = (set, 0);
    while n < before {
        left &= left - 1;
        n += 1;
    }
    (left & left.wrapping_neg()) as Answers
}
