//! Many traces at a time: streams are cut at the headers, workers take the pieces, and what is said of them comes out in
//! order.
//!
//! A piece is a batch of whole traces as they have arrived, or one trace too long to be kept, which is read as it comes. So
//! memory does not grow with the input, and what has arrived is judged at once. A trace that cannot be read takes no other
//! one with it: each is read by itself.

use std::io::{self, BufRead, Read};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

mod cut;
mod long;
mod order;
mod shard;
mod stock;

use cut::{Cut, Cutter};
use long::Long;
use order::Order;
pub use shard::{BadShard, Shard};
use stock::{Stock, Taken};

/// A stream of traces.
pub struct Source<'a> {
    /// Opens it.
    pub open: Box<dyn Fn() -> io::Result<Box<dyn Read + Send>> + Send + Sync + 'a>,
    /// Which of its traces are wanted, the first of them having this number; `None`: all.
    pub share: Option<(Shard, u64)>,
}

/// What is to be worked on.
pub enum Piece<'a> {
    /// One trace; several where a header does not begin as such lines are written.
    Trace {
        /// Its bytes.
        from: &'a mut dyn BufRead,
        /// How many lines stand before it.
        lines: u64,
    },
    /// The source cannot be opened.
    Closed(io::Error),
}

/// How much of a stream is kept. What comes of its traces does not depend on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sizes {
    /// How many bytes are read at a time.
    pub block: usize,
    /// How long a trace may be to be kept until its end is known.
    pub long: usize,
}

impl Default for Sizes {
    fn default() -> Sizes {
        Sizes { block: 256 * 1024, long: 1024 * 1024 }
    }
}

/// How far a run has come.
#[derive(Default)]
pub struct Progress {
    bytes: AtomicU64,
    stopped: AtomicBool,
}

impl Progress {
    /// The bytes that were read.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }
}

/// What came of a piece.
pub struct Done<T> {
    /// The place of its source.
    pub source: usize,
    /// What came of its traces, one after the other.
    pub of: Vec<T>,
    /// Whether the source is over.
    pub is_last: bool,
}

/// Works on every trace of the sources, with this many threads, and hands on in order what came of it: of a piece as soon as
/// nothing before it is missing.
///
/// # Errors
/// The first error of `out`, which ends the run.
pub fn each<T: Send>(
    sources: &[Source<'_>],
    jobs: usize,
    progress: &Progress,
    work: &(dyn Fn(usize, Piece<'_>) -> T + Sync),
    out: &mut (dyn FnMut(Done<T>) -> io::Result<()> + Send),
) -> io::Result<()> {
    each_within(Sizes::default(), sources, jobs, progress, work, out)
}

/// The same, with more or less of each stream kept.
///
/// # Errors
/// The first error of `out`, which ends the run.
pub fn each_within<T: Send>(
    sizes: Sizes,
    sources: &[Source<'_>],
    jobs: usize,
    progress: &Progress,
    work: &(dyn Fn(usize, Piece<'_>) -> T + Sync),
    out: &mut (dyn FnMut(Done<T>) -> io::Result<()> + Send),
) -> io::Result<()> {
    let (stock, order) = (Stock::new(sources.len()), Order::new(out));
    let worker = || {
        let _guard = Guard(|| {
            if std::thread::panicking() {
                progress.stop();
            }
            stock.wake();
            order.wake();
        });
        while let Some(taken) = stock.take(progress) {
            let (source, number) = (taken.source, taken.number);
            let (of, is_last) = piece((sizes, sources), taken, &stock, progress, work);
            order.put(number, Done { source, of, is_last }, progress);
        }
    };
    if jobs == 1 {
        worker();
    } else {
        std::thread::scope(|scope| (0..jobs).for_each(|_| drop(scope.spawn(worker))));
    }
    order.finish()
}

/// Works on the next piece of a source; tells whether it is the last.
fn piece<'s, T>(
    (sizes, sources): (Sizes, &[Source<'_>]),
    mut taken: Taken<'s>,
    stock: &Stock<'s>,
    progress: &'s Progress,
    work: &(dyn Fn(usize, Piece<'_>) -> T + Sync),
) -> (Vec<T>, bool) {
    let source = taken.source;
    let Source { open, share } = &sources[source];
    let opened = taken
        .cutter
        .take()
        .map_or_else(|| open().map(|from| Cutter::new(from, sizes, *share, &progress.bytes)), Ok);
    let mut cutter = match opened {
        Ok(cutter) => cutter,
        Err(error) => {
            stock.end();
            return (vec![work(source, Piece::Closed(error))], true);
        }
    };
    let one = |lines, from: &mut dyn BufRead| work(source, Piece::Trace { from, lines });
    match cutter.next() {
        Cut::Batch(batch) => {
            // others go on with the source meanwhile
            let is_last = stock.give_back(taken, cutter);
            (batch.each(one), is_last)
        }
        Cut::Long => {
            let mut long = Long::new(&mut cutter);
            let lines = long.before();
            let of = long.is_wanted().then(|| one(lines, &mut long)).into_iter().collect();
            long.finish();
            (of, stock.give_back(taken, cutter))
        }
    }
}

/// Whoever waits for a worker that has panicked, or that was woken only to find that the run has been stopped, must not wait for
/// ever.
struct Guard<F: Fn()>(F);

impl<F: Fn()> Drop for Guard<F> {
    fn drop(&mut self) {
        self.0();
    }
}
