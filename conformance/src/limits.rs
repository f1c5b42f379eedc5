//! How much is taken of what others give. `docs/robustness.md` lists all of it.
//!
//! What is read whole has a limit, so that a file without end is refused and does not fill the memory. What is read as it
//! comes has one for each of its lines.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::Path;
use std::time::Duration;

pub use crate::trace::LINE_LIMIT as LINE;

/// The most bytes of a profile, of a `departures.toml` and of a file of answers to the quiz.
pub const PROFILE: Size = Size(1 << 20);

/// The most bytes of a script.
pub const SCRIPT: Size = Size(16 << 20);

/// The most bytes of what netsh and netstat print, and of the header that `serve --machine` reads.
pub const LISTING: Size = Size(portres_sim::Listing::LARGEST);

/// The most bytes of a document of the site.
pub const DOCUMENT: Size = Size(16 << 20);

/// The most bytes of a file of peer cases.
pub const CASES: Size = Size(64 << 20);

/// The most bytes of a trace that is held whole: by `replay`, `shrink`, `export`, `fmt` and a shell.
pub const TRACE: Size = Size(128 << 20);

/// The most bytes of the earlier verdicts that `rejudge` compares with.
pub const VERDICTS: Size = Size(256 << 20);

/// The most bytes of a program that goes into a kit.
pub const PROGRAM: Size = Size(256 << 20);

/// The most traces that a peer case may become, where its suite does not tell which of several calls fails.
pub const WAYS: usize = 1024;

/// How long a system that is driven may think about one call.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The most random scripts that are made at a time.
pub const RANDOM_SCRIPTS: u16 = 10_000;

/// The most threads that a command is given.
pub const THREADS: u16 = 256;

/// How many replies of a system that is driven are taken before they are asked for.
pub const EARLY_REPLIES: usize = 64;

/// The most bytes of a store: there are not so many blocks of ports.
pub const STORE: Size = Size(256 << 20);

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            mib if mib >= 1 << 20 && mib % (1 << 20) == 0 => write!(f, "{} MiB", mib >> 20),
            bytes => write!(f, "{bytes} bytes"),
        }
    }
}

impl Size {
    /// Reads from a stream, which fails where there is more than this.
    pub fn of<R: Read>(self, from: R) -> Limited<R> {
        Limited { from, most: self, read: 0 }
    }

    /// Opens a file that may have so much.
    ///
    /// # Errors
    /// If it cannot be opened, or is known to have more.
    pub fn open(self, path: &Path) -> io::Result<Limited<File>> {
        let file = File::open(path)?;
        if file.metadata()?.len() > self.0 {
            return Err(self.exceeded());
        }
        Ok(self.of(file))
    }

    /// Reads a file whole.
    ///
    /// # Errors
    /// If it cannot be read, or has more.
    pub fn read(self, path: &Path) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open(path)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads a text whole.
    ///
    /// # Errors
    /// If it cannot be read, has more, or is not UTF-8.
    pub fn read_text(self, path: &Path) -> io::Result<String> {
        let mut text = String::new();
        self.open(path)?.read_to_string(&mut text)?;
        Ok(text)
    }

    fn exceeded(self) -> io::Error {
        io::Error::other(format!("expected at most {self}, found more"))
    }
}

/// A stream that fails where it has more than it may have.
pub struct Limited<R> {
    from: R,
    most: Size,
    read: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(to)?;
        self.read += read as u64;
        if self.read > self.most.0 { Err(self.most.exceeded()) } else { Ok(read) }
    }
}

/// The lines of a stream without their ends. One that is longer than [`LINE`] is an error, behind which there is nothing.
pub fn lines(from: impl BufRead) -> impl Iterator<Item = io::Result<String>> {
    let mut from = Some(from);
    std::iter::from_fn(move || {
        let line = next_line(from.as_mut()?).transpose();
        if !matches!(line, Some(Ok(_))) {
            from = None;
        }
        line
    })
}

fn next_line(from: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    from.take(LINE as u64 + 1).read_until(b'\n', &mut bytes)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    } else if bytes.len() > LINE {
        return Err(io::Error::other(format!("the line is longer than {LINE} bytes")));
    }
    let text = String::from_utf8(bytes);
    text.map(Some).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the text is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_may_have_as_much_as_is_said_and_no_more() {
        let mut bytes = Vec::new();
        assert_eq!(Size(5).of(&b"12345"[..]).read_to_end(&mut bytes).expect("it fits"), 5);
        let error = Size(5).of(io::repeat(0)).read_to_end(&mut bytes).expect_err("it never ends");
        assert_eq!(error.to_string(), "expected at most 5 bytes, found more");
        assert_eq!(PROFILE.to_string(), "1 MiB");
    }

    #[test]
    fn a_line_may_be_as_long_as_is_said_and_no_longer() {
        let read = |text: &str| lines(text.as_bytes()).collect::<io::Result<Vec<_>>>();
        assert_eq!(read("a\r\n\nb").expect("lines"), ["a", "", "b"]);
        let fits = "x".repeat(LINE);
        assert_eq!(read(&format!("{fits}\n{fits}")).expect("lines"), [fits.as_str(), &fits]);
        for long in [format!("{fits}x\na"), format!("a\n{fits}x")] {
            let error = read(&long).expect_err("a long line");
            assert_eq!(error.to_string(), "the line is longer than 65536 bytes");
        }
        let mut endless = lines(io::BufReader::new(io::repeat(b'x')));
        assert!(endless.next().expect("an error").is_err());
        assert!(endless.next().is_none(), "nothing is behind an error");
    }
}
