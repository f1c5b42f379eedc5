//! Drawing the reading that a host behaves as.

use portres_model::{Answers, Profile, Question, Reading};
use rand::RngCore;
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

/// Leaves one answer of each set, from one number for each. The first loop has no branch and no table, so that the compiler
/// draws for many questions at once.
fn draw<const N: usize>(sets: &mut [Answers; N], random: &mut SmallRng) {
    let (mut numbers, mut drawn) = ([0; N], [0; N]);
    random.fill_bytes(&mut numbers);
    let mut apart = false;
    for ((drawn, number), set) in drawn.iter_mut().zip(numbers).zip(*sets) {
        let place = place(set, number);
        *drawn = (0..8).fold(0, |bits, bit| bits | Answers::from(place == bit) << bit);
        apart |= *drawn & set == 0;
    }
    // nearly all sets are the first two to five answers, and the place is the answer
    if apart {
        for ((drawn, number), set) in drawn.iter_mut().zip(numbers).zip(*sets) {
            *drawn = nth(set, place(set, number));
        }
    }
    *sets = drawn;
}

/// How many answers of a set stand before the one that a number means.
fn place(set: Answers, number: u8) -> u8 {
    ((u16::from(number) * set.count_ones() as u16) >> 8) as u8
}

/// The answer of a set before which there are so many.
fn nth(mut set: Answers, before: u8) -> Answers {
    for _ in 0..before {
        set &= set.wrapping_sub(1);
    }
    set & set.wrapping_neg()
}
