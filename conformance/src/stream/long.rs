//! A trace that is read as it comes.

use std::io::{self, BufRead, Read};

use super::cut::Cutter;

/// The trace with which a stream goes on, up to the next one.
pub(super) struct Long<'c, 'a> {
    cutter: &'c mut Cutter<'a>,
    /// How much of the buffer has been read.
    at: usize,
    lines: u64,
    is_wanted: bool,
}

impl<'c, 'a> Long<'c, 'a> {
    pub(super) fn new(cutter: &'c mut Cutter<'a>) -> Long<'c, 'a> {
        let (lines, is_wanted) = (cutter.lines, cutter.hands_out());
        Long { cutter, at: 0, lines, is_wanted }
    }

    /// The lines before it.
    pub(super) fn before(&self) -> u64 {
        self.lines
    }

    pub(super) fn is_wanted(&self) -> bool {
        self.is_wanted
    }

    /// Leaves what has not been read.
    pub(super) fn finish(mut self) {
        loop {
            self.at = self.cutter.known();
            if !self.more() {
                break;
            }
        }
        self.forget();
        self.cutter.lines = self.cutter.beginnings.first().map_or(0, |(_, lines)| *lines);
        // it begins what is handed out next
        let further = self.cutter.beginnings.len().min(1);
        self.cutter.beginnings.drain(..further);
        self.cutter.error = None;
    }

    /// Makes more of it known; false at its end.
    fn more(&mut self) -> bool {
        while self.at == self.cutter.known() {
            if self.cutter.ended || !self.cutter.beginnings.is_empty() {
                return false;
            }
            self.forget();
            self.cutter.read_more();
        }
        true
    }

    /// Drops what has been read from the buffer.
    fn forget(&mut self) {
        self.cutter.buffer.drain(..self.at);
        let looked = &mut self.cutter.looked.0;
        *looked = looked.saturating_sub(self.at);
        self.cutter.beginnings.iter_mut().for_each(|(begin, _)| *begin -= self.at);
        self.at = 0;
    }
}

impl Read for Long<'_, '_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(to)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Long<'_, '_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if !self.more() {
            if let Some(error) = self.cutter.error.take() {
                return Err(error);
            }
        }
        Ok(&self.cutter.buffer[self.at..self.cutter.known()])
    }

    fn consume(&mut self, count: usize) {
        self.at += count;
    }
}
