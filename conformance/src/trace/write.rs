//! Writing traces in either spelling.

use std::io;

use super::{Item, json, text};

/// A spelling of traces.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spelled {
    /// For people: `.trace`.
    Text,
    /// For machines: `.jsonl`.
    JsonLines,
}

/// Writes an item, with the end of its line.
///
/// # Errors
/// If the output fails.
pub fn write_item(to: &mut impl io::Write, spelled: Spelled, item: &Item) -> io::Result<()> {
    match (spelled, item) {
        (Spelled::JsonLines, item) => writeln!(to, "{}", json::write(item)),
        (Spelled::Text, Item::Header(header)) => {
            for line in text::header_lines(header) {
                writeln!(to, "{line}")?;
            }
            writeln!(to)
        }
        (Spelled::Text, Item::Event(event)) => writeln!(to, "{event}"),
        (Spelled::Text, Item::Comment(comment)) if comment.is_empty() => writeln!(to, "#"),
        (Spelled::Text, Item::Comment(comment)) => writeln!(to, "# {comment}"),
    }
}
