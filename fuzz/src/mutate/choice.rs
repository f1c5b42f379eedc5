//! What a mutator draws: the same from the same seed.

use portres::generate::Draw;

/// The numbers that follow from a seed.
pub(super) struct Choice(Draw);

impl Choice {
    pub(super) fn new(seed: u32) -> Choice {
        Choice(Draw::new(u64::from(seed)))
    }

    /// A number below `n`, which is not 0.
    pub(super) fn below(&mut self, n: usize) -> usize {
        self.0.below(n)
    }

    pub(super) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// A place in a list of so many, if there is one.
    pub(super) fn place(&mut self, count: usize) -> Option<usize> {
        (count > 0).then(|| self.below(count))
    }

    pub(super) fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}
