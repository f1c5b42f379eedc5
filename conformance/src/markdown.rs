//! What Markdown asks of those who write it: anchors of headings, and text that means nothing but itself.

use std::collections::BTreeMap;

/// The anchor that a forge gives a heading.
#[must_use]
pub fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// The anchors of one document: where a heading comes again, a number tells them apart.
#[derive(Debug, Default)]
pub struct Anchors(BTreeMap<String, usize>);

impl Anchors {
    /// The anchor of the next heading.
    pub fn next(&mut self, heading: &str) -> String {
        let anchor = anchor(heading);
        let before = self.0.entry(anchor.clone()).or_default();
        *before += 1;
        if *before == 1 { anchor } else { format!("{anchor}-{}", *before - 1) }
    }
}

/// Text as Markdown, in a line of its own or in the cell of a table.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let within_a_word =
            before.is_alphanumeric() && rest.peek().is_some_and(|c| c.is_alphanumeric());
        match c {
            '|' | '*' | '[' | ']' | '\\' => escaped.extend(['\\', c]),
            '_' if !within_a_word => escaped.extend(['\\', c]),
            '<' => escaped += "&lt;",
            _ => escaped.push(c),
        }
        before = c;
    }
    escaped
}

/// Words as code, in a line of its own or in the cell of a table.
#[must_use]
pub fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_those_of_a_forge() {
        assert_eq!(anchor("Question bind.system-block"), "question-bindsystem-block");
        assert_eq!(anchor("Who may bind, and what?"), "who-may-bind-and-what");
        let mut anchors = Anchors::default();
        assert_eq!(["Why", "Run it", "Why"].map(|h| anchors.next(h)), ["why", "run-it", "why-1"]);
    }

    #[test]
    fn text_means_itself() {
        assert_eq!(escaped("a|b *c <d> _e f_g"), "a\\|b \\*c &lt;d> \\_e f_g");
        assert_eq!(code("A | B"), "`A \\| B`");
    }
}
