//! Markdown as HTML: headings that can be linked to, code that says which file it is, tables that scroll on small screens.

use maud::{Markup, PreEscaped, html};
use pulldown_cmark::html::push_html;
use pulldown_cmark::{CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd};

use crate::markdown::Anchors;

/// What Markdown becomes.
pub struct Rendered {
    /// The first heading, where it is one of the first level.
    pub title: String,
    /// The rest.
    pub body: Markup,
}

/// How a document is turned.
pub struct Turning<'a> {
    /// What a link leads to, as it is written; `None`: its words stand without a link.
    pub link: &'a mut dyn FnMut(&str) -> Option<String>,
    /// What code in a line leads to, if it is the name of something.
    pub name: &'a dyn Fn(&str) -> Option<String>,
    /// Before the anchors of headings, where several documents stand on one page.
    pub prefix: &'a str,
    /// By how much headings are deeper than they are written.
    pub deeper: usize,
}

/// The extensions that forges read.
const OPTIONS: Options = Options::ENABLE_TABLES.union(Options::ENABLE_STRIKETHROUGH);

/// The events of a document.
pub fn events(text: &str) -> Parser<'_> {
    Parser::new_ext(text, OPTIONS)
}

impl Turning<'_> {
    /// Turns a document.
    pub fn turn(&mut self, text: &str) -> Rendered {
        let events: Vec<Event> = events(text).collect();
        let (title, events) = match titled(&events) {
            Some((title, behind)) => (title, &events[behind..]),
            None => (String::new(), &events[..]),
        };
        let mut anchors = Anchors::default();
        if !title.is_empty() {
            anchors.next(&title);
        }
        let (mut turned, mut i) = (Vec::with_capacity(events.len()), 0);
        let mut is_linked = Vec::new();
        while let Some(event) = events.get(i) {
            match event {
                Event::Start(Tag::Heading { level, .. }) => {
                    let words = words(&events[i + 1..], |end| matches!(end, TagEnd::Heading(_)));
                    let anchor = format!("{}{}", self.prefix, anchors.next(&words));
                    let level = *level as usize + self.deeper;
                    turned.push(raw(format!("<h{level} id=\"{anchor}\">")));
                }
                Event::End(TagEnd::Heading(level)) => {
                    turned.push(raw(format!("</h{}>\n", *level as usize + self.deeper)));
                }
                Event::Start(Tag::CodeBlock(kind)) => {
                    let is_end = |end: TagEnd| matches!(end, TagEnd::CodeBlock);
                    let block = code_block(kind, &words(&events[i + 1..], is_end));
                    turned.push(raw(block.into_string()));
                    while !matches!(events.get(i), Some(Event::End(TagEnd::CodeBlock)) | None) {
                        i += 1;
                    }
                }
                Event::Start(Tag::Table(_)) => {
                    turned.push(raw("<div class=\"scroll\" tabindex=\"0\">"));
                    turned.push(event.clone());
                }
                Event::End(TagEnd::Table) => {
                    turned.push(event.clone());
                    turned.push(raw("</div>"));
                }
                Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                    let dest = (self.link)(dest_url);
                    is_linked.push(dest.is_some());
                    turned.extend(dest.map(|dest| {
                        Event::Start(Tag::Link {
                            link_type: *link_type,
                            dest_url: dest.into(),
                            title: title.clone(),
                            id: id.clone(),
                        })
                    }));
                }
                Event::End(TagEnd::Link) => {
                    if is_linked.pop() == Some(true) {
                        turned.push(event.clone());
                    }
                }
                Event::Code(code) => turned.push(match (self.name)(code) {
                    Some(to) if !is_linked.contains(&true) => {
                        raw(html! { a href=(to) { code { (code) } } }.into_string())
                    }
                    _ => event.clone(),
                }),
                _ => turned.push(event.clone()),
            }
            i += 1;
        }
        let mut body = String::new();
        push_html(&mut body, turned.into_iter());
        Rendered { title, body: PreEscaped(body) }
    }
}

fn raw(html: impl Into<String>) -> Event<'static> {
    Event::InlineHtml(CowStr::from(html.into()))
}

/// A heading of the first level that comes before any text, and the place behind it. Comments may stand before it.
fn titled(events: &[Event]) -> Option<(String, usize)> {
    use pulldown_cmark::HeadingLevel::H1;
    let is_start = |e: &Event| matches!(e, Event::Start(Tag::Heading { level: H1, .. }));
    let start = events.iter().position(is_start)?;
    let is_text = |e: &Event| matches!(e, Event::Start(Tag::Paragraph) | Event::Text(_));
    if events[..start].iter().any(is_text) {
        return None;
    }
    let is_end = |e: &Event| matches!(e, Event::End(TagEnd::Heading(H1)));
    let end = start + events[start..].iter().position(is_end)?;
    Some((words(&events[start..], |end| matches!(end, TagEnd::Heading(_))), end + 1))
}

/// The words up to an end.
pub fn words(events: &[Event], is_end: impl Fn(TagEnd) -> bool) -> String {
    let within =
        events.iter().take_while(|event| !matches!(event, Event::End(end) if is_end(*end)));
    within.fold(String::new(), |mut words, event| {
        match event {
            Event::Text(text) | Event::Code(text) => words += text,
            Event::SoftBreak | Event::HardBreak => words.push(' '),
            _ => {}
        }
        words
    })
}

/// The file that a block of code is to be saved as, or that it is a part of, if it says so.
#[must_use]
pub fn file_of(info: &str) -> Option<&str> {
    let file = |part: &str| part.starts_with("file=") || part.starts_with("from=");
    let part = info.split(',').map(str::trim).find(|part| file(part))?;
    part.split_once('=').map(|(_, file)| file)
}

fn code_block(kind: &CodeBlockKind, text: &str) -> Markup {
    let info = match kind {
        CodeBlockKind::Fenced(info) => info.as_ref(),
        CodeBlockKind::Indented => "",
    };
    let is_console = info == "console";
    let is_trace = info.starts_with("text");
    html! {
        @if let Some(file) = file_of(info) {
            p.file { (file) }
        }
        pre tabindex="0" class=[is_console.then_some("console")] {
            code {
                @for line in text.lines() {
                    (if is_console { typed(line) } else if is_trace { event(line) } else { html! { (line) } }) "\n"
                }
            }
        }
    }
}

/// A line of a terminal: what is typed stands out.
fn typed(line: &str) -> Markup {
    match line.strip_prefix("$ ") {
        Some(command) => html! { span.faint { "$ " } kbd { (command) } },
        None => event(line),
    }
}

/// A line of a trace: an error that it ends in stands out, a comment stands back.
fn event(line: &str) -> Markup {
    let Some((call, reply)) = line.split_once(" -> ") else { return html! { (line) } };
    let (reply, comment) = match reply.find("  #") {
        Some(at) => reply.split_at(at),
        None => (reply, ""),
    };
    let is_error = ["WSA", "ERROR_"].iter().any(|start| reply.starts_with(start));
    let (error, behind) =
        reply.split_once(' ').map_or((reply, ""), |(error, _)| reply.split_at(error.len()));
    html! {
        (call) " -> "
        @if is_error { b.bad { (error) } (behind) } @else { (reply) }
        @if !comment.is_empty() { span.faint { (comment) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turned(text: &str) -> Rendered {
        let link = &mut |to: &str| (to != "gone.md").then(|| format!("to/{to}"));
        let name = &|word: &str| (word == "bind.sharing").then(|| "bind.html#b".to_string());
        Turning { link, name, prefix: "1-", deeper: 1 }.turn(text)
    }

    #[test]
    fn a_heading_can_be_linked_to() {
        let Rendered { title, body } = turned("<!-- c -->\n\n# A `b`\n\n## Why\n\n## Why\n");
        assert_eq!(title, "A b");
        let body = body.into_string();
        assert!(body.contains("<h3 id=\"1-why\">Why</h3>"), "{body}");
        assert!(body.contains("<h3 id=\"1-why-1\">Why</h3>"), "{body}");
    }

    #[test]
    fn links_and_names_lead_elsewhere() {
        let body =
            turned("[a](b.md) [c](gone.md) `bind.sharing` [`bind.sharing`](x) `other`\n").body;
        let body = body.into_string();
        assert!(body.contains("<a href=\"to/b.md\">a</a> c "), "{body}");
        assert!(body.contains("<a href=\"bind.html#b\"><code>bind.sharing</code></a>"), "{body}");
        assert!(body.contains("<a href=\"to/x\"><code>bind.sharing</code></a>"), "{body}");
        assert!(body.contains("<code>other</code>"), "{body}");
    }

    #[test]
    fn code_says_its_file_and_is_escaped() {
        let body =
            turned("```text,file=a.trace\np1: bind s1 <x> -> WSAEACCES bytes=0  # why\n```\n");
        let body = body.body.into_string();
        assert!(body.contains("<p class=\"file\">a.trace</p>"), "{body}");
        assert!(body.contains("&lt;x&gt; -&gt; <b class=\"bad\">WSAEACCES</b> bytes=0"), "{body}");
        assert!(body.contains("<span class=\"faint\">  # why</span>"), "{body}");
    }
}
