//! Lines of a page: as wide as the terminal.

use std::io::IsTerminal;

use super::super::listing::NAME;

/// The columns of a line.
#[derive(Clone, Copy)]
pub(in super::super) struct Width(usize);

/// Where the output is no terminal.
const USUAL: usize = 100;
/// A narrower terminal breaks the lines itself.
const LEAST: usize = 40;

impl Width {
    pub(in super::super) fn of_output() -> Width {
        let terminal = std::io::stdout().is_terminal().then(terminal_size::terminal_size).flatten();
        Width(terminal.map_or(USUAL, |(columns, _)| usize::from(columns.0)).max(LEAST))
    }

    pub(in super::super) fn columns(self) -> usize {
        self.0
    }

    #[cfg(test)]
    pub(in super::super) fn new(columns: usize) -> Width {
        Width(columns)
    }
}

/// The text in lines, all behind so many blanks.
pub(super) fn wrapped(width: Width, indent: usize, text: &str) -> String {
    put(width, &" ".repeat(indent), indent, indent, text)
}

/// The same behind a head; further lines stand a little deeper.
pub(super) fn headed(width: Width, indent: usize, head: &str, text: &str) -> String {
    let first = format!("{:indent$}{NAME}{head}{NAME:#} ", "");
    put(width, &first, indent + head.chars().count() + 1, indent + 2, text)
}

/// The same behind a label, as listings have it.
pub(super) fn labelled(width: Width, label: &str, text: &str) -> String {
    put(width, &format!("  {label:9} "), 12, 12, text)
}

/// The text behind what begins the first line, which has so many columns; further lines stand behind so many blanks.
fn put(width: Width, first: &str, columns: usize, deeper: usize, text: &str) -> String {
    let (mut lines, mut column, mut fresh) = (first.to_string(), columns, true);
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if !fresh && column + 1 + length > width.0 {
            lines.push('\n');
            lines += &" ".repeat(deeper);
            column = deeper;
        } else if !fresh {
            lines.push(' ');
            column += 1;
        }
        lines += word;
        column += length;
        fresh = false;
    }
    lines.push('\n');
    lines
}

/// How many lines a text has.
pub(super) fn count(text: &str) -> usize {
    text.lines().count()
}
