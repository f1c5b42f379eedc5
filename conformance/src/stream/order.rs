//! What came of the pieces is handed on in their order.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::{Done, Progress};

/// How many pieces may wait for one before them.
const MOST_WAITING: usize = 256;

struct Line<'o, T> {
    waiting: BTreeMap<(usize, usize), Done<T>>,
    /// The source and the number of the piece that comes next.
    next: (usize, usize),
    out: &'o mut (dyn FnMut(Done<T>) -> io::Result<()> + Send),
    failed: io::Result<()>,
}

pub(super) struct Order<'o, T> {
    line: Mutex<Line<'o, T>>,
    moved: Condvar,
}

impl<'o, T> Order<'o, T> {
    pub(super) fn new(out: &'o mut (dyn FnMut(Done<T>) -> io::Result<()> + Send)) -> Order<'o, T> {
        let line = Line { waiting: BTreeMap::new(), next: (0, 0), out, failed: Ok(()) };
        Order { line: Mutex::new(line), moved: Condvar::new() }
    }

    fn line(&self) -> MutexGuard<'_, Line<'o, T>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands the piece on, with those that have waited for it; or lets it wait for those before it. Where too many wait, so
    /// does the worker: whoever has the piece that comes next does not.
    pub(super) fn put(&self, number: usize, done: Done<T>, progress: &Progress) {
        let key = (done.source, number);
        let mut line = self.line();
        while line.next != key && line.waiting.len() >= MOST_WAITING && !progress.is_stopped() {
            line = self.moved.wait(line).unwrap_or_else(PoisonError::into_inner);
        }
        line.waiting.insert(key, done);
        loop {
            let next = line.next;
            let Some(done) = line.waiting.remove(&next) else { break };
            line.next = if done.is_last { (next.0 + 1, 0) } else { (next.0, next.1 + 1) };
            if progress.is_stopped() {
                continue;
            }
            if let Err(error) = (line.out)(done) {
                line.failed = Err(error);
                progress.stop();
            }
        }
        drop(line);
        self.moved.notify_all();
    }

    pub(super) fn wake(&self) {
        drop(self.line());
        self.moved.notify_all();
    }

    pub(super) fn finish(self) -> io::Result<()> {
        self.line.into_inner().unwrap_or_else(PoisonError::into_inner).failed
    }
}
