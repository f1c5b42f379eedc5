//! Reading a stream of traces, line by line, in either spelling.

use std::io::{self, BufRead, Read};

use portres_model::SpellingError;

use super::known::{Known, creates};
use super::{Event, FORMAT, Header, Item, Part, json, text};

/// The most bytes in a line.
pub const LINE_LIMIT: usize = 65_536;

/// A file is not a trace, or a line of it is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", place(*line, *column))]
pub struct TraceError {
    /// The line, from 1; 0 for the file as a whole.
    pub line: u64,
    /// The column, in characters from 1; 0 for the line as a whole.
    pub column: usize,
    /// What was expected and what was found.
    pub message: String,
    /// What stands there, if it is a word, and the words known there.
    pub suggestion: Option<(String, Vec<String>)>,
}

fn place(line: u64, column: usize) -> String {
    match (line, column) {
        (0, _) => String::new(),
        (line, 0) => format!("line {line}: "),
        (line, column) => format!("line {line}, column {column}: "),
    }
}

/// Reads traces from a stream. After an error it ends.
pub struct Reader<R> {
    from: R,
    /// A line that does not lie whole in what is at hand.
    buffer: Vec<u8>,
    lines: Lines,
    /// The item that was read last.
    item: Option<Item>,
    /// The item behind a header.
    next: Option<Item>,
    /// The error behind a header.
    error: Option<TraceError>,
    ended: bool,
}

/// What the lines so far have said.
#[derive(Default)]
struct Lines {
    /// The line that was read last.
    line: u64,
    /// A text header is complete only when the line behind it is read.
    header: Option<Box<Header>>,
    /// Whether the line that was read last is the first one of a trace.
    beginning: bool,
    /// The words with which the lines of this header began.
    said: Vec<String>,
    known: Known,
    started: bool,
}

impl<R: BufRead> Reader<R> {
    /// Reads from here.
    pub fn new(from: R) -> Reader<R> {
        let (buffer, lines) = (Vec::new(), Lines::default());
        Reader { from, buffer, lines, item: None, next: None, error: None, ended: false }
    }

    /// Reads behind so many lines of the same stream.
    #[must_use]
    pub fn behind(mut self, lines: u64) -> Reader<R> {
        self.lines.line = lines;
        self
    }

    /// Whether the line that was read last begins a trace: an error there says nothing about the trace before.
    pub fn is_beginning(&self) -> bool {
        self.lines.beginning
    }

    /// Reads the next item and lends it: where it stands, so that it need not be moved. `None` at the end of the stream.
    ///
    /// # Errors
    /// As the iterator, after which it ends.
    #[inline]
    pub fn advance(&mut self) -> Result<Option<&Item>, TraceError> {
        if self.ended {
            return Ok(None);
        }
        self.item = None;
        match self.read_item() {
            Ok(()) if self.item.is_some() => Ok(self.item.as_ref()),
            Ok(()) => {
                self.ended = true;
                if self.lines.started {
                    return Ok(None);
                }
                self.lines.line = 0;
                Err(self.lines.error(format!(
                    "expected a trace, found nothing: its first line is `portres trace {FORMAT}`"
                )))
            }
            Err(error) => {
                // the header before it has been read: it ends the trace before
                if let Some(header) = self.lines.take_header() {
                    self.error = Some(error);
                    return Ok(Some(self.item.insert(header)));
                }
                self.ended = true;
                Err(error)
            }
        }
    }

    /// Reads lines until they give an item; none at the end of the stream.
    #[inline]
    fn read_item(&mut self) -> Result<(), TraceError> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        self.item = self.next.take();
        while self.item.is_none() {
            if !self.read_line()? {
                self.item = self.lines.take_header();
                return Ok(());
            }
            if self.item.is_some() {
                if let Some(header) = self.lines.take_header_before() {
                    self.next = self.item.replace(header);
                }
            }
        }
        Ok(())
    }

    /// Reads the next line; false at the end of the stream.
    #[inline]
    fn read_line(&mut self) -> Result<bool, TraceError> {
        let at_hand = match self.from.fill_buf() {
            Ok(at_hand) => at_hand,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => return Ok(true),
            Err(e) => return Err(self.lines.unreadable(&e)),
        };
        match memchr::memchr(b'\n', at_hand).filter(|end| *end <= LINE_LIMIT) {
            Some(end) => {
                let read = self.lines.line_of(&at_hand[..=end], &mut self.item);
                self.from.consume(end + 1);
                read.map(|()| true)
            }
            None => self.copy_line(),
        }
    }

    /// Reads a line that has to be put together first.
    fn copy_line(&mut self) -> Result<bool, TraceError> {
        self.buffer.clear();
        let mut limited = (&mut self.from).take(LINE_LIMIT as u64 + 1);
        let read = limited.read_until(b'\n', &mut self.buffer);
        read.map_err(|e| self.lines.unreadable(&e))?;
        if self.buffer.is_empty() {
            self.lines.line += 1;
            return Ok(false);
        }
        self.lines.line_of(&self.buffer, &mut self.item).map(|()| true)
    }
}

impl Lines {
    fn error(&self, message: impl Into<String>) -> TraceError {
        TraceError { line: self.line, column: 0, message: message.into(), suggestion: None }
    }

    fn misspelt(&self, e: SpellingError) -> TraceError {
        misspelt(self.line, e)
    }

    /// The next line cannot be read.
    fn unreadable(&mut self, e: &io::Error) -> TraceError {
        self.line += 1;
        self.error(format!("cannot be read: {e}"))
    }

    /// Reads the next line, given with its end.
    #[inline]
    fn line_of(&mut self, bytes: &[u8], to: &mut Option<Item>) -> Result<(), TraceError> {
        self.line += 1;
        if bytes.len() > LINE_LIMIT && bytes.last() != Some(&b'\n') {
            return Err(self.error(format!("the line is longer than {LINE_LIMIT} bytes")));
        }
        let bytes = match self.line {
            1 => bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes),
            _ => bytes,
        };
        let text = std::str::from_utf8(bytes).map_err(|e| {
            let column = String::from_utf8_lossy(&bytes[..e.valid_up_to()]).chars().count() + 1;
            TraceError { column, ..self.error("the text is not UTF-8") }
        })?;
        self.line(text.trim_end_matches(['\n', '\r']), to)
    }

    #[inline]
    fn line(&mut self, line: &str, to: &mut Option<Item>) -> Result<(), TraceError> {
        if json::read_usual(line, to) {
            self.beginning = false;
            return match to {
                Some(Item::Event(event)) => self.event(event),
                _ => Ok(()),
            };
        }
        let trimmed = line.trim_start();
        self.beginning = trimmed.starts_with("portres ") || trimmed.starts_with("{\"portres\"");
        *to = match trimmed.starts_with('{') {
            true => Some(self.json_line(line, trimmed)?),
            false => self.text_line(line)?,
        };
        Ok(())
    }

    #[inline]
    fn event(&mut self, event: &mut Event) -> Result<(), TraceError> {
        event.line = self.line;
        self.follow(event)
    }

    fn take_header(&mut self) -> Option<Item> {
        self.header.take().map(Item::Header)
    }

    /// The header that the line which was read last has ended: one that it begins goes on.
    fn take_header_before(&mut self) -> Option<Item> {
        self.header.take_if(|header| header.line < self.line).map(Item::Header)
    }

    fn json_line(&mut self, line: &str, trimmed: &str) -> Result<Item, TraceError> {
        let mut item = json::read(trimmed).map_err(|e| {
            // the JSON reader counts bytes behind the blanks
            let blanks = line.len() - trimmed.len();
            let before = line.get(..blanks + e.column.saturating_sub(1));
            let column = before.filter(|_| e.column > 0).map_or(0, |b| b.chars().count() + 1);
            TraceError { column, ..self.error(e.message) }
        })?;
        match &mut item {
            Item::Header(header) => {
                header.line = self.line;
                self.start(header)?;
            }
            Item::Event(event) => self.event(event)?,
            Item::Comment(_) => {}
        }
        Ok(item)
    }

    /// `None` for a line that only adds to the header, or says nothing.
    fn text_line(&mut self, line: &str) -> Result<Option<Item>, TraceError> {
        if let Some((column, message)) = text::control_character(line, self.started) {
            return Err(TraceError { column, ..self.error(message) });
        }
        let (words, comment) = match line.split_once('#') {
            Some((words, comment)) => (words.trim_end(), Some(comment.trim().to_string())),
            None => (line.trim_end(), None),
        };
        if words.trim().is_empty() {
            return Ok(self.comment(comment));
        }
        if let Some(item) = self.first_line(words, comment.as_deref())? {
            return Ok(item);
        }
        if text::is_header_line(words) {
            self.header_line(words, comment)?;
            return Ok(None);
        }
        if !self.started {
            return Err(self.error(format!("expected `portres trace {FORMAT}` as the first line")));
        }
        let mut event =
            text::read_event(words, |n| self.known.begun(n)).map_err(|e| self.misspelt(e))?;
        event.note = comment;
        self.event(&mut event)?;
        Ok(Some(Item::Event(event)))
    }

    fn comment(&mut self, comment: Option<String>) -> Option<Item> {
        match &mut self.header {
            Some(header) => {
                header.notes.extend(comment);
                None
            }
            None => comment.map(Item::Comment),
        }
    }

    /// `Some(None)` if the line starts a trace, `Some(Some(header))` if it also ends a header without events.
    #[allow(clippy::option_option, reason = "the two answers are about different things")]
    fn first_line(
        &mut self,
        words: &str,
        comment: Option<&str>,
    ) -> Result<Option<Option<Item>>, TraceError> {
        let mut split = words.split_whitespace();
        if split.next() != Some("portres") {
            return Ok(None);
        }
        match (split.next(), split.next(), split.next()) {
            (Some("trace"), Some(version), None) if version == FORMAT.to_string() => {}
            (Some("script"), _, _) => {
                return Err(self
                    .error("this is a script, not a trace: `portres record` makes a trace of it"));
            }
            (Some("trace"), Some(version), None) => {
                let found = format!(
                    "expected format {FORMAT}, found `{version}`: a newer portres may read it"
                );
                return Err(self.error(found));
            }
            _ => return Err(self.error(format!("expected `portres trace {FORMAT}`"))),
        }
        let before = self.take_header();
        self.started = true;
        let notes = comment.map(str::to_string).into_iter().collect();
        self.header = Some(Box::new(Header { line: self.line, notes, ..Header::default() }));
        self.known = Known::default();
        self.said.clear();
        Ok(Some(before))
    }

    fn header_line(&mut self, words: &str, comment: Option<String>) -> Result<(), TraceError> {
        let Some(mut header) = self.header.take() else {
            return Err(match self.started {
                false => self.error(format!("expected `portres trace {FORMAT}` as the first line")),
                true => {
                    let mut scratch = Header::default();
                    match text::read_header_line(words, &mut scratch) {
                        Ok(()) => self.error("header lines stand before the first event"),
                        Err(e) => self.misspelt(e),
                    }
                }
            });
        };
        let read = self.header_words(words, comment, &mut header);
        // a header that turns out wrong still ends the trace before it
        self.header = Some(header);
        read
    }

    fn header_words(
        &mut self,
        words: &str,
        comment: Option<String>,
        header: &mut Header,
    ) -> Result<(), TraceError> {
        let key = words.split_whitespace().next().unwrap_or_default();
        if text::is_single(key) {
            if self.said.iter().any(|said| said == key) {
                return Err(self.error(format!("expected one `{key}` line, found a second one")));
            }
            self.said.push(key.to_string());
        }
        if key == "profile" {
            header.profile_line = self.line;
        }
        text::read_header_line(words, header).map_err(|e| self.misspelt(e))?;
        header.notes.extend(comment);
        self.known.declare(header).map_err(|message| self.error(message))
    }

    fn start(&mut self, header: &Header) -> Result<(), TraceError> {
        self.started = true;
        self.known.start(header).map_err(|message| self.error(message))
    }

    fn follow(&mut self, event: &Event) -> Result<(), TraceError> {
        if !self.started {
            return Err(self.error("expected a header before the first event"));
        }
        self.known.follow(event).map_err(|message| self.error(message))
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<Item, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.advance() {
            Ok(Some(_)) => self.item.take().map(Ok),
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        }
    }
}

pub(crate) fn misspelt(line: u64, e: SpellingError) -> TraceError {
    let message = e.to_string();
    let known = e.known.iter().map(|word| (*word).to_string()).collect::<Vec<_>>();
    let suggestion =
        Some((e.found, known)).filter(|(found, known)| !found.is_empty() && !known.is_empty());
    TraceError { line, column: e.column, message, suggestion }
}

/// Reads a header line of a script; false if it is an event.
pub(crate) fn parse_script_header(
    line: u64,
    words: &str,
    header: &mut Header,
) -> Result<bool, TraceError> {
    if !text::is_header_line(words) {
        return Ok(false);
    }
    text::read_header_line(words, header).map_err(|e| misspelt(line, e))?;
    Ok(true)
}

/// Reads an event of a script.
pub(crate) fn parse_script_event(line: u64, words: &str) -> Result<Event, TraceError> {
    let event = text::read_event(words, |_| None).map_err(|e| misspelt(line, e))?;
    if let Part::Whole { call, names, .. } | Part::Begin { call, names, .. } = event.part {
        creates(&call, names).map_err(|message| TraceError {
            line,
            column: 0,
            message,
            suggestion: None,
        })?;
    }
    Ok(event)
}
