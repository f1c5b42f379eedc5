//! The text spelling of calls and replies, both ways: what `docs/trace-format.md` calls the text form.

use std::str::FromStr;

mod argument;
mod call;
mod open;
mod reply;
mod words;

pub use argument::parse_credentials;
pub use call::parse_call;
pub use reply::{Names, parse_bytes, parse_reply};

/// What reading some words gives.
type Read<T> = Result<T, SpellingError>;

/// A text that is not what it should be.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("expected {expected}, found {}", if found.is_empty() { "the end of the line".into() } else { format!("`{}`", found.escape_debug()) })]
pub struct SpellingError {
    /// The column of the word, in characters from 1.
    pub column: usize,
    /// What was expected.
    pub expected: String,
    /// The word that was found; empty at the end of the line.
    pub found: String,
    /// Words that would have been known here.
    pub known: Vec<&'static str>,
}

/// The words of a line, read one by one.
#[derive(Clone, Debug)]
pub struct Spelling<'a> {
    line: &'a str,
    at: usize,
}

/// Whether a byte is one of the blanks of ASCII.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

impl<'a> Spelling<'a> {
    /// The words of a line that has no comment.
    #[must_use]
    pub fn new(line: &'a str) -> Spelling<'a> {
        Spelling { line, at: 0 }
    }

    /// The next word, without taking it; empty at the end.
    #[must_use]
    pub fn peek(&self) -> &'a str {
        self.clone().take()
    }

    /// Takes the next word; empty at the end.
    pub fn take(&mut self) -> &'a str {
        self.skip_blanks();
        let rest = &self.line[self.at..];
        // nearly every line is ASCII, of which no byte need be decoded
        let place = rest.bytes().position(|b| is_blank(b) || !b.is_ascii());
        let end = match place {
            Some(place) if !is_blank(rest.as_bytes()[place]) => rest.find(char::is_whitespace),
            place => place,
        };
        let word = &rest[..end.unwrap_or(rest.len())];
        self.at += word.len();
        word
    }

    /// What is left of the line, without blanks around it.
    pub fn rest(&mut self) -> &'a str {
        self.skip_blanks();
        let rest = self.line[self.at..].trim_end();
        self.at = self.line.len();
        rest
    }

    fn skip_blanks(&mut self) {
        let rest = &self.line[self.at..];
        let place = rest.bytes().position(|b| !is_blank(b)).unwrap_or(rest.len());
        self.at += match rest.as_bytes().get(place) {
            Some(byte) if !byte.is_ascii() => rest.len() - rest.trim_start().len(),
            _ => place,
        };
    }

    /// The next word was not what was expected.
    pub fn error(&self, expected: impl Into<String>) -> SpellingError {
        self.unknown(expected, &[])
    }

    /// The next word is none of those known here.
    pub fn unknown(&self, expected: impl Into<String>, known: &[&'static str]) -> SpellingError {
        let mut ahead = self.clone();
        ahead.skip_blanks();
        let column = self.line[..ahead.at].chars().count() + 1;
        SpellingError {
            column,
            expected: expected.into(),
            found: ahead.take().to_string(),
            known: known.to_vec(),
        }
    }

    /// Takes a word that must parse.
    ///
    /// # Errors
    /// If it does not.
    pub fn parsed<T: FromStr>(&mut self, expected: &str) -> Result<T, SpellingError> {
        self.with(expected, |word| word.parse().ok())
    }

    /// Takes a word that a function must understand.
    ///
    /// # Errors
    /// If it does not.
    pub fn with<T>(
        &mut self,
        expected: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T, SpellingError> {
        let mut ahead = self.clone();
        let value = read(ahead.take()).ok_or_else(|| self.error(expected))?;
        *self = ahead;
        Ok(value)
    }

    /// Takes a word that must be one of a list.
    ///
    /// # Errors
    /// If it is none.
    pub fn one_of<T: Copy>(
        &mut self,
        expected: &str,
        list: &[(&'static str, T)],
    ) -> Result<T, SpellingError> {
        let mut ahead = self.clone();
        let next = ahead.take();
        let found = list.iter().find(|(word, _)| *word == next).map(|(_, value)| *value);
        let value = found.ok_or_else(|| {
            let known: Vec<_> = list.iter().map(|(word, _)| *word).collect();
            self.unknown(expected, &known)
        })?;
        *self = ahead;
        Ok(value)
    }

    /// Takes a word that must be a number, in decimal digits alone.
    ///
    /// # Errors
    /// If it is none.
    pub(crate) fn number<T: FromStr>(&mut self, expected: &str) -> Result<T, SpellingError> {
        self.with(expected, number)
    }

    /// Nothing may be left.
    ///
    /// # Errors
    /// If something is.
    pub fn end(&self) -> Result<(), SpellingError> {
        if self.peek().is_empty() { Ok(()) } else { Err(self.error("the end of the line")) }
    }
}

/// A number in decimal digits alone.
fn number<T: FromStr>(word: &str) -> Option<T> {
    word.bytes().all(|b| b.is_ascii_digit()).then(|| word.parse().ok())?
}
