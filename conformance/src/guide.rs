//! The guide: its chapters, as they were when the command was built.
//!
//! They are written in `docs/guide/`; a package holds no file from outside its folder, so `guide.json` has their lines.

use std::sync::LazyLock;

use pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};
use serde::{Deserialize, Serialize};

use crate::site::markup::events;

pub mod printed;

/// A page of the guide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chapter {
    /// The name of its file.
    pub file: String,
    /// Its lines, in Markdown.
    pub lines: Vec<String>,
}

static BUILT_IN: LazyLock<Vec<Chapter>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../guide.json")).expect("the generated file is right")
});

/// The pages in the order of the summary: the introduction, the chapters, the solutions.
///
/// # Panics
/// Never: a test compares the file with the guide.
#[must_use]
pub fn chapters() -> &'static [Chapter] {
    &BUILT_IN
}

impl Chapter {
    /// What it is called where it is asked for: a number, or a word.
    #[must_use]
    pub fn name(&self) -> &str {
        let stem = self.file.strip_suffix(".md").unwrap_or(&self.file);
        let number = stem.split('-').next().unwrap_or(stem);
        if number.parse::<u8>().is_ok() { number } else { stem }
    }

    /// Its number; the introduction and the solutions have none.
    #[must_use]
    pub fn number(&self) -> Option<u8> {
        self.name().parse().ok()
    }

    /// Its title.
    #[must_use]
    pub fn title(&self) -> &str {
        let heads = self.lines.iter().find_map(|line| line.strip_prefix("# "));
        heads.unwrap_or(&self.file)
    }

    /// The files that its reader works with, by name.
    #[must_use]
    pub fn files(&self) -> Vec<(String, String)> {
        let (text, mut files, mut is_file) = (self.text(), Vec::new(), false);
        for event in events(&text) {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    let named = info.split(',').find_map(|part| part.strip_prefix("file="));
                    is_file = named.is_some();
                    files.extend(named.map(|name| (name.to_string(), String::new())));
                }
                Event::Text(text) if is_file => {
                    files.iter_mut().last().into_iter().for_each(|(_, lines)| *lines += &text);
                }
                Event::End(TagEnd::CodeBlock) => is_file = false,
                _ => {}
            }
        }
        files
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> String {
        self.lines.join("\n") + "\n"
    }
}

/// The page of this name.
#[must_use]
pub fn chapter(name: &str) -> Option<&'static Chapter> {
    chapters().iter().find(|chapter| chapter.name() == name)
}

/// The command that tells in a terminal what a link of the guide leads to, if there is one.
#[must_use]
pub fn command_for(link: &str) -> Option<String> {
    let path = link.split('#').next().unwrap_or(link);
    if let Some(chapter) = chapters().iter().find(|chapter| chapter.file == path) {
        return Some(format!("portres guide {}", chapter.name()));
    }
    let page = path.strip_prefix("../reference/")?.strip_suffix(".md")?;
    (page != "index").then(|| format!("portres explain {page}"))
}
