//! A stream is cut where the lines stand that begin traces.
//!
//! Such a line is known by its first bytes. One that is spelled otherwise, as with blanks before it, is not known: the trace
//! stays behind the one before it, and the reader finds it there.

use std::io::{self, BufRead, Read};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Shard, Sizes};

/// How a line begins that begins a trace.
const BEGINNINGS: [&[u8]; 2] = [b"portres trace ", b"{\"portres\":"];

/// How long a line may be: a longer one ends the stream.
const ENDLESS: usize = 1024 * 1024;

/// Traces that follow each other.
pub(super) struct Batch {
    bytes: Vec<u8>,
    /// Each with the lines before it.
    traces: Vec<(u64, Range<usize>)>,
    /// Why nothing could be read behind the last of them.
    error: Option<io::Error>,
}

/// What comes next in a stream.
pub(super) enum Cut {
    /// Whole traces.
    Batch(Batch),
    /// The beginning of one that is long.
    Long,
}

/// Cuts a stream.
pub(super) struct Cutter<'a> {
    from: Box<dyn Read + Send>,
    sizes: Sizes,
    read: &'a AtomicU64,
    share: Option<(Shard, u64)>,
    /// How many traces have been handed out.
    handed: u64,
    /// What has been read and not been handed out: it begins with a trace.
    pub(super) buffer: Vec<u8>,
    /// The lines before it.
    pub(super) lines: u64,
    /// Where in it further traces begin, each with the lines before it.
    pub(super) beginnings: Vec<(usize, u64)>,
    /// What stands before this place has been looked through; this many lines stand before it.
    pub(super) looked: (usize, u64),
    /// Whether a line was seen that begins a trace.
    started: bool,
    /// Nothing more can be read, and why if that is not the end.
    pub(super) ended: bool,
    pub(super) error: Option<io::Error>,
}

impl<'a> Cutter<'a> {
    pub(super) fn new(
        from: Box<dyn Read + Send>,
        sizes: Sizes,
        share: Option<(Shard, u64)>,
        read: &'a AtomicU64,
    ) -> Cutter<'a> {
        Cutter {
            from,
            sizes,
            read,
            share,
            handed: 0,
            buffer: Vec::new(),
            lines: 0,
            beginnings: Vec::new(),
            looked: (0, 0),
            started: false,
            ended: false,
            error: None,
        }
    }

    /// Whether all has been handed out.
    pub(super) fn is_over(&self) -> bool {
        self.ended && self.handed > 0 && self.buffer.is_empty() && self.error.is_none()
    }

    /// What comes next: what has been read already before more is waited for.
    pub(super) fn next(&mut self) -> Cut {
        loop {
            if self.ended {
                return Cut::Batch(self.hand_out(self.buffer.len(), self.lines));
            }
            // nothing is known of the end of the last one
            if let Some((end, lines)) = self.beginnings.pop() {
                return Cut::Batch(self.hand_out(end, lines));
            }
            if self.buffer.len() > self.sizes.long {
                return Cut::Long;
            }
            self.read_more();
        }
    }

    /// Whether the trace that is handed out next is wanted.
    pub(super) fn hands_out(&mut self) -> bool {
        let number = self.handed;
        self.handed += 1;
        self.share.is_none_or(|(shard, first)| shard.has(first + number))
    }

    fn hand_out(&mut self, end: usize, lines: u64) -> Batch {
        let begins: Vec<_> =
            std::iter::once((0, self.lines)).chain(self.beginnings.drain(..)).collect();
        let ends = begins.iter().skip(1).map(|(begin, _)| *begin).chain([end]);
        let all = begins.iter().zip(ends).map(|((begin, lines), end)| (*lines, *begin..end));
        let traces = all.filter(|_| self.hands_out()).collect::<Vec<_>>();
        let rest = self.buffer.split_off(end);
        let bytes = std::mem::replace(&mut self.buffer, rest);
        self.looked.0 = self.looked.0.saturating_sub(end);
        self.lines = lines;
        let error = if self.buffer.is_empty() && self.ended { self.error.take() } else { None };
        let error = error.filter(|_| traces.last().is_some_and(|(_, range)| range.end == end));
        Batch { bytes, traces, error }
    }

    /// Reads what there is, and looks for beginnings in it.
    pub(super) fn read_more(&mut self) {
        let before = self.buffer.len();
        self.buffer.resize(before + self.sizes.block.max(1), 0);
        let read = loop {
            match self.from.read(&mut self.buffer[before..]) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        let count = *read.as_ref().unwrap_or(&0);
        self.buffer.truncate(before + count);
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        self.ended = count == 0;
        self.error = read.err();
        self.look();
    }

    fn look(&mut self) {
        let (from, mut lines) = self.looked;
        if self.lines == 0 && from == 0 && !self.started {
            self.started = begins(&self.buffer);
        }
        let mut line = from;
        for place in memchr::memchr_iter(b'\n', &self.buffer[from..]) {
            let behind = from + place + 1;
            let next = &self.buffer[behind..];
            let is_whole = next.len() >= BEGINNINGS[0].len() || self.ended;
            if !is_whole || behind - line > ENDLESS {
                break;
            }
            (line, lines) = (behind, lines + 1);
            if begins(next) {
                // what stands before the first one belongs to it
                if self.started {
                    self.beginnings.push((behind, lines));
                }
                self.started = true;
            }
        }
        self.looked = (line, lines);
        // what is behind such a line has nothing to do with traces
        if self.buffer.len() - line > ENDLESS + BEGINNINGS[0].len() {
            self.buffer.truncate(line + ENDLESS);
            self.ended = true;
        }
    }

    /// Up to where it is known that no other trace begins.
    pub(super) fn known(&self) -> usize {
        match self.beginnings.first() {
            Some((begin, _)) => *begin,
            None if self.ended => self.buffer.len(),
            None => self.looked.0,
        }
    }
}

fn begins(line: &[u8]) -> bool {
    BEGINNINGS.iter().any(|beginning| line.starts_with(beginning))
}

impl Batch {
    /// Reads each of the traces.
    pub(super) fn each<T>(mut self, mut one: impl FnMut(u64, &mut dyn BufRead) -> T) -> Vec<T> {
        let last = self.traces.len().saturating_sub(1);
        let mut of = Vec::with_capacity(self.traces.len());
        for (i, (lines, range)) in self.traces.iter().enumerate() {
            let mut bytes = &self.bytes[range.clone()];
            of.push(match self.error.take_if(|_| i == last) {
                None => one(*lines, &mut bytes),
                Some(error) => one(*lines, &mut bytes.chain(Failing(Some(error)))),
            });
        }
        of
    }
}

/// A stream that cannot be read.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

impl BufRead for Failing {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.take().map_or(Ok(&[]), Err)
    }

    fn consume(&mut self, _: usize) {}
}
