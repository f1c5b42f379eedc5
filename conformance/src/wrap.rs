//! Lines that are broken between words.

/// The columns of a line.
const WIDTH: usize = 100;

/// The text behind a head; further lines stand behind so many blanks.
pub(crate) fn wrapped(head: &str, indent: usize, text: &str) -> String {
    let (mut lines, mut column, mut fresh) = (head.to_string(), head.chars().count(), true);
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if !fresh && column + 1 + length > WIDTH {
            lines.push('\n');
            lines += &" ".repeat(indent);
            column = indent;
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
