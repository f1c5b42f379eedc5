//! A document in the terminal: lines as wide as it, headings that stand out, code as it is.

use anstyle::{AnsiColor, Style};
use portres::guide::command_for;
use portres::site::markup::{events, file_of};
use pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};

use crate::cli::explain::lines::Width;

const HEADING: Style = Style::new().bold().underline();
const STRONG: Style = Style::new().bold();
const EMPHASIS: Style = Style::new().italic();
const CODE: Style = AnsiColor::Cyan.on_default();
const FILE: Style = AnsiColor::Green.on_default();

/// Prose that is wider than this is hard to read.
const WIDEST: usize = 100;

/// The text for a terminal of this width.
pub(super) fn write(text: &str, width: Width) -> String {
    let mut page = Page { width: width.columns().min(WIDEST), ..Page::default() };
    events(text).for_each(|event| page.take(event));
    page.text
}

#[derive(Default)]
struct Page {
    text: String,
    width: usize,
    /// The words of the paragraph that is being read, as they look.
    words: Vec<String>,
    /// Whether the next text goes on with the last word.
    is_glued: bool,
    style: Vec<Style>,
    /// What begins the lines of each list and quotation around.
    around: Vec<Around>,
    /// The block of code that is being read.
    code: Option<String>,
    table: Option<Vec<Vec<String>>>,
    links: Vec<String>,
}

enum Around {
    Quotation,
    /// The next number, of a list with numbers.
    List(Option<u64>),
    /// The mark of an item, until it is written.
    Item(String, bool),
}

impl Page {
    fn take(&mut self, event: Event) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(end) => self.end(end),
            Event::Text(text) => match &mut self.code {
                Some(code) => *code += &text,
                None => self.put(&text, self.style.last().copied().unwrap_or_default()),
            },
            Event::Code(text) => self.put_whole(&text),
            Event::SoftBreak | Event::HardBreak => self.is_glued = false,
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag) {
        match tag {
            Tag::Heading { .. } => self.style.push(HEADING),
            Tag::Strong => self.style.push(STRONG),
            Tag::Emphasis => self.style.push(EMPHASIS),
            Tag::BlockQuote(_) => self.around.push(Around::Quotation),
            Tag::List(first) => self.around.push(Around::List(first)),
            Tag::Item => {
                let mark = match self.around.last_mut() {
                    Some(Around::List(Some(number))) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "- ".into(),
                };
                self.around.push(Around::Item(mark, false));
            }
            Tag::CodeBlock(kind) => {
                self.code = Some(String::new());
                if let CodeBlockKind::Fenced(info) = kind {
                    if let Some(file) = file_of(&info) {
                        self.text += &format!("{FILE}  [{file}]{FILE:#}\n");
                    }
                }
            }
            Tag::Table(_) => self.table = Some(Vec::new()),
            Tag::TableHead | Tag::TableRow => {
                self.table.iter_mut().for_each(|rows| rows.push(Vec::new()));
            }
            Tag::Link { dest_url, .. } => self.links.push(dest_url.to_string()),
            _ => {}
        }
    }

    fn end(&mut self, end: TagEnd) {
        match end {
            TagEnd::Heading(_) => {
                self.style.pop();
                self.paragraph();
            }
            TagEnd::Strong | TagEnd::Emphasis => drop(self.style.pop()),
            TagEnd::Paragraph => self.paragraph(),
            TagEnd::Item => {
                if !self.words.is_empty() {
                    self.lines();
                }
                self.around.pop();
            }
            TagEnd::List(_) | TagEnd::BlockQuote(_) => {
                self.around.pop();
                self.blank();
            }
            TagEnd::CodeBlock => self.code_block(),
            TagEnd::TableCell => {
                let words = std::mem::take(&mut self.words);
                self.is_glued = false;
                if let Some(row) = self.table.as_mut().and_then(|rows| rows.last_mut()) {
                    row.push(words.join(" "));
                }
            }
            TagEnd::Table => self.whole_table(),
            TagEnd::Link => self.link(),
            _ => {}
        }
    }

    /// Adds text; blanks part words.
    fn put(&mut self, text: &str, style: Style) {
        let mut first = self.is_glued && !text.starts_with(char::is_whitespace);
        for word in text.split_whitespace() {
            self.put_word(word, style, first);
            first = false;
        }
        self.is_glued = !text.ends_with(char::is_whitespace);
    }

    fn put_word(&mut self, word: &str, style: Style, is_glued: bool) {
        let styled =
            if style.is_plain() { word.to_string() } else { format!("{style}{word}{style:#}") };
        match self.words.last_mut() {
            Some(last) if is_glued => *last += &styled,
            _ => self.words.push(styled),
        }
    }

    /// Adds code, whose blanks part no words unless it is long.
    fn put_whole(&mut self, text: &str) {
        if text.chars().count() > self.width / 2 {
            return self.put(text, CODE);
        }
        self.put_word(text, CODE, self.is_glued);
        self.is_glued = true;
    }

    /// Says what a link leads to: the command that shows it here, or an address.
    fn link(&mut self) {
        let Some(to) = self.links.pop() else { return };
        let command = command_for(&to).map(|command| format!("`{command}`"));
        let address = to.contains("://").then(|| to.clone());
        let Some(told) = command.or(address) else { return };
        self.is_glued = false;
        self.put_word(&format!("({told})"), Style::new(), false);
        self.is_glued = true;
    }

    fn paragraph(&mut self) {
        self.lines();
        self.blank();
    }

    fn blank(&mut self) {
        if !self.text.ends_with("\n\n") && !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    /// What begins the next line, and how many columns that takes.
    fn margin(&mut self) -> String {
        let mut margin = String::new();
        for around in &mut self.around {
            match around {
                Around::Quotation => margin += "| ",
                Around::List(_) => {}
                Around::Item(mark, is_written) => {
                    if *is_written {
                        margin += &" ".repeat(mark.chars().count());
                    } else {
                        margin += mark;
                        *is_written = true;
                    }
                }
            }
        }
        margin
    }

    /// Writes the words that have been read.
    fn lines(&mut self) {
        self.is_glued = false;
        let mut line = self.margin();
        let mut column = line.chars().count();
        let mut is_fresh = true;
        for word in std::mem::take(&mut self.words) {
            let length = visible(&word);
            if !is_fresh && column + 1 + length > self.width {
                self.text += &line;
                self.text.push('\n');
                line = self.margin();
                column = line.chars().count();
            } else if !is_fresh {
                line.push(' ');
                column += 1;
            }
            line += &word;
            column += length;
            is_fresh = false;
        }
        self.text += line.trim_end();
        self.text.push('\n');
    }

    fn code_block(&mut self) {
        for line in self.code.take().unwrap_or_default().lines() {
            match line.strip_prefix("$ ") {
                Some(command) => self.text += &format!("    $ {STRONG}{command}{STRONG:#}\n"),
                None if line.is_empty() => self.text.push('\n'),
                None => self.text += &format!("    {line}\n"),
            }
        }
        self.text.push('\n');
    }

    /// Columns as wide as their widest cell; the last cell of a row that does not fit goes on below.
    fn whole_table(&mut self) {
        let rows = self.table.take().unwrap_or_default();
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        let wide = |at: usize| {
            let cells = rows.iter().filter_map(|row| row.get(at));
            cells.map(|cell| visible(cell)).max().unwrap_or_default()
        };
        let wide: Vec<usize> = (0..columns).map(wide).collect();
        for (i, row) in rows.iter().enumerate() {
            let mut line = String::from("  ");
            for (cell, wide) in row.iter().zip(&wide) {
                line += cell;
                line += &" ".repeat(wide + 2 - visible(cell));
            }
            self.text += line.trim_end();
            self.text.push('\n');
            if i == 0 {
                let rule: Vec<String> = wide.iter().map(|wide| "-".repeat(*wide)).collect();
                self.text += &format!("  {}\n", rule.join("  "));
            }
        }
        self.text.push('\n');
    }
}

/// The columns of a text, without the codes that colour it.
fn visible(text: &str) -> usize {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().map_or(0, |part| part.chars().count());
    let behind = |part: &str| part.split_once('m').map_or(0, |(_, text)| text.chars().count());
    first + parts.map(behind).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str, columns: usize) -> String {
        let styled = write(text, Width::new(columns));
        let mut parts = styled.split('\u{1b}');
        let first = parts.next().unwrap_or_default().to_string();
        parts.fold(first, |text, part| text + part.split_once('m').map_or("", |(_, rest)| rest))
    }

    #[test]
    fn prose_is_wrapped_and_code_is_not() {
        let text = "# A title\n\nOne two **three** four\nfive `six seven`, eight.\n\n\
                    ```text,file=a.trace\np1: a line that is longer than the terminal\n```\n";
        assert_eq!(
            plain(text, 20),
            "A title\n\nOne two three four\nfive six seven,\neight.\n\n  [a.trace]\n    \
             p1: a line that is longer than the terminal\n\n"
        );
    }

    #[test]
    fn lists_quotations_and_tables_keep_their_shape() {
        let text = "- one two three\n- four\n\n1. first\n2. second\n\n> said by\n> somebody\n\n\
                    | a | b |\n| --- | --- |\n| x y | `z` |\n";
        assert_eq!(
            plain(text, 12),
            "- one two\n  three\n- four\n\n1. first\n2. second\n\n| said by\n| somebody\n\n  \
             a    b\n  ---  -\n  x y  z\n\n"
        );
    }

    #[test]
    fn a_link_says_which_command_shows_it() {
        let text = "See [the next](2-two-codes.md), [bind](../reference/bind.md) and [x](y.md).\n";
        assert_eq!(
            plain(text, 100),
            "See the next (`portres guide 2`), bind (`portres explain bind`) and x.\n\n"
        );
    }
}
