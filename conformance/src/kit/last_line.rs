//! A reader that remembers the line that it has read last.

use std::io::{self, BufRead, Read};

/// What is kept of a line: no line that matters is longer.
const MOST: usize = 256;

/// Hands on what another reader gives, and keeps the beginning of the last line that was not empty.
pub(super) struct LastLine<R> {
    from: R,
    line: Vec<u8>,
    has_ended: bool,
}

impl<R: BufRead> LastLine<R> {
    pub(super) fn new(from: R) -> LastLine<R> {
        LastLine { from, line: Vec::new(), has_ended: false }
    }

    /// The last line so far, or its beginning.
    pub(super) fn line(&self) -> &[u8] {
        &self.line
    }
}

impl<R: BufRead> BufRead for LastLine<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.from.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        // what is consumed has been seen, so it is there again
        if let Ok(seen) = self.from.fill_buf() {
            for part in seen[..amount].split_inclusive(|byte| *byte == b'\n') {
                let (part, ends) = match part {
                    [part @ .., b'\n'] => (part, true),
                    part => (part, false),
                };
                if self.has_ended && !part.is_empty() {
                    self.line.clear();
                    self.has_ended = false;
                }
                let room = MOST.saturating_sub(self.line.len());
                self.line.extend_from_slice(&part[..part.len().min(room)]);
                self.has_ended |= ends;
            }
        }
        self.from.consume(amount);
    }
}

impl<R: BufRead> Read for LastLine<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(to)?;
        self.consume(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(text: &str, room: usize) -> String {
        let mut reader = LastLine::new(io::BufReader::with_capacity(room, text.as_bytes()));
        let mut line = String::new();
        while reader.read_line(&mut line).expect("a text") > 0 {
            line.clear();
        }
        String::from_utf8(reader.line().to_vec()).expect("a text")
    }

    #[test]
    fn the_last_line_is_kept_wherever_a_buffer_ends() {
        for room in 1..12 {
            assert_eq!(last("one\ntwo\nthree\n", room), "three");
            assert_eq!(last("one\ntwo\nthree", room), "three");
            assert_eq!(last("one\n\n\n", room), "one");
            assert_eq!(last("", room), "");
        }
        assert_eq!(last(&"x".repeat(1000), 7).len(), MOST);
    }
}
