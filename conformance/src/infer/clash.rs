//! Lessons that no reading explains together, and the smallest set of them.

use portres_model::Profile;

use super::lesson::{Lesson, taught};

/// Lessons that cannot all be true, each of them needed for that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// Their places in the list, in order.
    pub lessons: Vec<usize>,
    /// Whether no fewer clash: else it is only known that none can be left out.
    pub is_smallest: bool,
}

/// How many sets of lessons are looked at for a smaller clash.
const BUDGET: u32 = 20_000;

/// The smallest set of lessons that clash; `None` if all of them can be true.
pub(super) fn smallest(start: &Profile, lessons: &[Lesson]) -> Option<Clash> {
    let can = |chosen: &[usize]| taught(start, chosen.iter().map(|i| &lessons[*i])).is_ok();
    let all: Vec<usize> = (0..lessons.len()).collect();
    if can(&all) {
        return None;
    }
    let minimal = without_needless(&all, can);
    let smaller = hitting(lessons.len(), minimal.len(), can);
    Some(match smaller {
        Search::Found(mut fewer) => {
            fewer.sort_unstable();
            Clash { lessons: fewer, is_smallest: true }
        }
        Search::None => Clash { lessons: minimal, is_smallest: true },
        Search::GaveUp => Clash { lessons: minimal, is_smallest: false },
    })
}

/// Leaves out whatever is not needed for the clash: first by halves, then one by one.
fn without_needless(all: &[usize], can: impl Fn(&[usize]) -> bool) -> Vec<usize> {
    let mut kept = all.to_vec();
    let mut size = kept.len().div_ceil(2);
    loop {
        let mut at = 0;
        while at < kept.len() {
            let end = kept.len().min(at + size);
            let rest: Vec<usize> = kept[..at].iter().chain(&kept[end..]).copied().collect();
            if can(&rest) {
                at = end;
            } else {
                kept = rest;
            }
        }
        if size == 1 {
            return kept;
        }
        size = size.div_ceil(2);
    }
}

enum Search {
    Found(Vec<usize>),
    None,
    GaveUp,
}

/// Looks for a clash of fewer than `bound` lessons. Every clash has a lesson out of each *correction*, a set without which
/// the others can be true: so the smallest set that has one of each correction known is either a clash, or shows another
/// correction.
fn hitting(count: usize, bound: usize, can: impl Fn(&[usize]) -> bool) -> Search {
    let mut corrections: Vec<Vec<usize>> = Vec::new();
    let mut budget = BUDGET;
    loop {
        let mut best: Option<Vec<usize>> = None;
        smallest_hitting(&corrections, &mut Vec::new(), bound, &mut best, &mut budget);
        let Some(chosen) = best else {
            return if budget == 0 { Search::GaveUp } else { Search::None };
        };
        if budget == 0 {
            return Search::GaveUp;
        }
        if !can(&chosen) {
            return Search::Found(chosen);
        }
        // as many more as can be true beside them
        let mut grown = chosen;
        let mut correction = Vec::new();
        for lesson in 0..count {
            if grown.contains(&lesson) {
                continue;
            }
            grown.push(lesson);
            budget = budget.saturating_sub(1);
            if !can(&grown) {
                grown.pop();
                correction.push(lesson);
            }
        }
        corrections.push(correction);
    }
}

/// The smallest set of fewer than `bound` lessons with one of each correction.
fn smallest_hitting(
    corrections: &[Vec<usize>],
    chosen: &mut Vec<usize>,
    bound: usize,
    best: &mut Option<Vec<usize>>,
    budget: &mut u32,
) {
    let bound = best.as_ref().map_or(bound, Vec::len);
    if chosen.len() >= bound || *budget == 0 {
        return;
    }
    *budget -= 1;
    let Some(missed) = corrections.iter().find(|c| !c.iter().any(|l| chosen.contains(l))) else {
        *best = Some(chosen.clone());
        return;
    };
    for lesson in missed {
        chosen.push(*lesson);
        smallest_hitting(corrections, chosen, bound, best, budget);
        chosen.pop();
    }
}
