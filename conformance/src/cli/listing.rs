//! What the listing commands share: which entries are asked for, and how they are written.

use std::io::Write;

use serde::Serialize;

use super::args::Format;
use super::{Failure, Outcome, did_you_mean};

/// An entry's id among others.
pub(super) const NAME: anstyle::Style = anstyle::Style::new().bold();

/// How many paths a text names.
const MOST_PATHS: usize = 5;

/// Entries, and how one looks: as an object, in a list, and alone.
pub(super) struct Listing<'a, T, L> {
    /// What an entry is called.
    pub(super) what: &'a str,
    /// The entries.
    pub(super) all: &'a [T],
    /// An entry's id.
    pub(super) id: fn(&T) -> &str,
    /// An entry as an object.
    pub(super) line: &'a dyn Fn(&'a T) -> L,
    /// An entry among others.
    pub(super) brief: &'a dyn Fn(&T) -> String,
    /// An entry alone.
    pub(super) whole: &'a dyn Fn(&T) -> String,
}

impl<'a, T, L: Serialize> Listing<'a, T, L> {
    /// Writes every entry, or the one that is asked for.
    pub(super) fn write(&self, asked: Option<&str>, format: Format) -> Outcome {
        let chosen: Vec<&'a T> = match asked {
            None => self.all.iter().collect(),
            Some(id) => vec![self.find(id)?],
        };
        let mut out = anstream::stdout();
        for entry in chosen {
            match format {
                Format::Json => {
                    let line = serde_json::to_string(&(self.line)(entry));
                    writeln!(out, "{}", line.map_err(|e| e.to_string())?)?;
                }
                Format::Text if asked.is_some() => write!(out, "{}", (self.whole)(entry))?,
                Format::Text => write!(out, "{}", (self.brief)(entry))?,
            }
        }
        Ok(0)
    }

    fn find(&self, id: &str) -> Result<&'a T, Failure> {
        let found = self.all.iter().find(|entry| (self.id)(entry) == id);
        found.ok_or_else(|| {
            let (what, known) = (self.what, self.all.iter().map(self.id));
            let near = match did_you_mean(id, known.clone()) {
                near if near.is_empty() => did_you_mean(&id.to_uppercase(), known),
                near => near,
            };
            format!("unknown {what} `{id}`{near}: `portres {what}s` lists them all").into()
        })
    }
}

/// A labelled line of an entry's text, if there is something to tell.
pub(super) fn labelled(label: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("  {label:9} {text}\n") }
}

/// How many paths, and the first of them, each on a line of its own.
pub(super) fn paths<'p>(label: &str, paths: impl ExactSizeIterator<Item = &'p String>) -> String {
    let count = paths.len();
    let mut text = labelled(label, &format!("by {}", fixtures(count)));
    paths.take(MOST_PATHS).for_each(|path| text += &labelled("", path));
    if count > MOST_PATHS {
        text += &labelled("", &format!("and {} more", count - MOST_PATHS));
    }
    text
}

/// So many fixtures, in words.
pub(super) fn fixtures(count: usize) -> String {
    match count {
        0 => "no fixture".into(),
        some => portres::report::counted(some as u64, "fixture"),
    }
}
