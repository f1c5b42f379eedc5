//! How much memory what is read may cost: `memory` measures it, and the page of limits shows it.

/// The most bytes for each event of a trace that is held whole.
pub(crate) const EVENT: usize = 768;

/// The most bytes for each name that a trace gives, in one state of the machine.
pub(crate) const NAME: usize = 256;

/// The most that checking takes besides, in MiB, however long a trace is.
pub(crate) const TRACE: usize = 4;

/// The most that checking takes besides, in MiB, however many traces there are, with two workers.
pub(crate) const STREAM: usize = 16;

/// The most that a short trace can make checking take, in MiB, whatever it names.
pub(crate) const SHORT: usize = 512;
