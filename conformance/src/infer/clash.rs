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

#[cfg(test)]
mod tests {
    use super::*;

    /// Sets of which one whole set is needed for a clash.
    fn can_be(clashes: &'static [&'static [usize]]) -> impl Fn(&[usize]) -> bool {
        move |chosen| !clashes.iter().any(|clash| clash.iter().all(|l| chosen.contains(l)))
    }

    #[test]
    fn of_what_is_kept_nothing_can_be_left_out() {
        let all: Vec<usize> = (0..40).collect();
        assert_eq!(without_needless(&all, can_be(&[&[3, 17, 39]])), [3, 17, 39]);
        let one = without_needless(&all, can_be(&[&[3, 17, 39], &[4, 5], &[0, 1, 2]]));
        assert!([vec![3, 17, 39], vec![4, 5], vec![0, 1, 2]].contains(&one), "{one:?}");
    }

    #[test]
    fn the_smallest_set_is_found_or_it_is_said_that_it_was_not() {
        let clashes: &[&[usize]] = &[&[0, 1, 2], &[2, 3, 4], &[5, 9], &[6, 7, 8]];
        let found = |bound| match hitting(10, bound, can_be(clashes)) {
            Search::Found(mut set) => {
                set.sort_unstable();
                Some(set)
            }
            Search::None => None,
            Search::GaveUp => panic!("it is a small search"),
        };
        assert_eq!(found(3), Some(vec![5, 9]));
        assert_eq!(found(2), None);
        // forty pairs, of which each set that hits all has forty: that is beyond any budget
        let pairs: Vec<Vec<usize>> = (0..40).map(|i| vec![2 * i, 2 * i + 1]).collect();
        let whole = |chosen: &[usize]| pairs.iter().any(|p| !p.iter().any(|l| chosen.contains(l)));
        assert!(matches!(hitting(80, 80, whole), Search::GaveUp));
    }
}
