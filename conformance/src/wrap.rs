//! Lines that are broken between words.

/// The columns of a line where nobody has said how many there are.
pub(crate) const COLUMNS: usize = 100;

/// The text with its words behind a head, in one line.
pub(crate) fn paragraph(head: &str, text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    format!("{head}{}\n", words.join(" "))
}

/// Breaks the lines that begin with a blank: what follows stands deeper. The others are lines of a trace, and stay.
pub(crate) fn folded(text: &str, columns: usize) -> String {
    text.lines().map(|line| fold(line, columns)).collect()
}

fn fold(line: &str, columns: usize) -> String {
    let blanks = line.chars().take_while(|c| *c == ' ').count();
    if blanks == 0 || line.chars().count() <= columns {
        return format!("{line}\n");
    }
    let (mut lines, mut column) = (String::new(), 0);
    for (word, place) in line.trim_start().split(' ').zip(0..) {
        let length = word.chars().count();
        match place {
            0 => column = blanks,
            _ if column + 1 + length > columns => {
                column = blanks + 4;
                lines.push('\n');
            }
            _ => {
                column += 1;
                lines.push(' ');
            }
        }
        if place == 0 || lines.ends_with('\n') {
            lines += &" ".repeat(column);
        }
        lines += word;
        column += length;
    }
    lines + "\n"
}

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn a_line_that_begins_with_a_blank_is_broken_and_no_word_is_lost() {
        let text =
            "p1: bind s1 0.0.0.0:0 -> 5000 # a long line of a trace\n  one two  three four five\n";
        let lines = folded(text, 16);
        let expected = "p1: bind s1 0.0.0.0:0 -> 5000 # a long line of a trace\n  one two  three\n      four five\n";
        assert_eq!(lines, expected);
        assert_eq!(folded("  averyveryverylongword\n", 5), "  averyveryverylongword\n");
    }
}
