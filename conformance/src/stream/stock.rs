//! The sources that have not been worked off, from which the workers take pieces.
//!
//! Whoever cuts a piece off a source has it alone, and puts it back as soon as another can go on with it: so a source that
//! has to be waited for, or whose trace is long, keeps nobody from the others.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::Progress;
use super::cut::Cutter;

/// A source of which a piece is wanted.
pub(super) struct Taken<'a> {
    /// Its place.
    pub(super) source: usize,
    /// How many pieces were cut off it before.
    pub(super) number: usize,
    /// What cuts it, if it is open.
    pub(super) cutter: Option<Cutter<'a>>,
}

#[derive(Default)]
struct Shelf<'a> {
    open: Vec<Taken<'a>>,
    next: usize,
    /// How many are with workers.
    away: usize,
}

pub(super) struct Stock<'a> {
    sources: usize,
    shelf: Mutex<Shelf<'a>>,
    changed: Condvar,
}

impl<'a> Stock<'a> {
    pub(super) fn new(sources: usize) -> Stock<'a> {
        Stock { sources, shelf: Mutex::default(), changed: Condvar::new() }
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf<'a>> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first source that can be gone on with; `None` when all are worked off.
    pub(super) fn take(&self, progress: &Progress) -> Option<Taken<'a>> {
        let mut shelf = self.shelf();
        loop {
            if progress.is_stopped() {
                return None;
            }
            let first = (0..shelf.open.len()).min_by_key(|i| shelf.open[*i].source);
            let taken = match first {
                Some(first) => Some(shelf.open.swap_remove(first)),
                None if shelf.next < self.sources => {
                    shelf.next += 1;
                    Some(Taken { source: shelf.next - 1, number: 0, cutter: None })
                }
                None => None,
            };
            if taken.is_some() {
                shelf.away += 1;
                return taken;
            }
            if shelf.away == 0 {
                return None;
            }
            shelf = self.changed.wait(shelf).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Lets others go on with a source; tells whether it is over.
    pub(super) fn give_back(&self, taken: Taken<'a>, cutter: Cutter<'a>) -> bool {
        if cutter.is_over() {
            self.end();
            return true;
        }
        let mut shelf = self.shelf();
        shelf.away -= 1;
        shelf.open.push(Taken { number: taken.number + 1, cutter: Some(cutter), ..taken });
        self.changed.notify_one();
        false
    }

    /// A source that was taken is worked off.
    pub(super) fn end(&self) {
        let mut shelf = self.shelf();
        shelf.away -= 1;
        if shelf.away == 0 {
            self.changed.notify_all();
        }
    }

    pub(super) fn wake(&self) {
        drop(self.shelf());
        self.changed.notify_all();
    }
}
