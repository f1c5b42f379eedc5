//! Which documents there are, in which order, and where the page of each stands.

use std::path::Path;

use super::{SiteError, read};
use crate::explain::calls;
use crate::markdown::Anchors;
use crate::reference::FOLDER;

/// Documents that belong together.
#[derive(Debug)]
pub struct Shelf {
    /// What they are about.
    pub title: &'static str,
    /// The file, the address and the name of each.
    pub books: &'static [(&'static str, &'static str, &'static str)],
}

/// All of them, but for the pages of the guide and of the reference, which follow their first.
pub const SHELVES: &[Shelf] = &[
    Shelf { title: "Learn", books: &[("docs/guide/index.md", "guide/index.html", "The guide")] },
    Shelf {
        title: "Look up",
        books: &[
            ("docs/reference/index.md", "reference/index.html", "Reference"),
            ("docs/associate-page.md", "associate-page.html", "A page beside Microsoft's"),
            ("model/RULES.md", "rules.html", "All rules"),
            ("docs/flaws.md", "flaws.html", "Flaws of a machine"),
        ],
    },
    Shelf {
        title: "Use",
        books: &[
            ("README.md", "about.html", "What portres is"),
            ("conformance/README.md", "command.html", "The command"),
            ("sim/README.md", "simulator.html", "The simulator"),
            ("model/README.md", "model.html", "The model"),
            ("docs/trace-format.md", "trace-format.html", "The trace format"),
            ("docs/clients/README.md", "clients.html", "Clients of a server"),
            ("docs/shell.md", "shell.html", "The shell and the quiz"),
            ("docs/inference.md", "inference.html", "What traces teach"),
            ("docs/shrinking.md", "shrinking.html", "Shrinking and exporting"),
            ("docs/partial-sight.md", "partial-sight.html", "Partial sight"),
            ("docs/class-suite.md", "class-suite.html", "The class suite"),
            ("docs/record-kit.md", "record-kit.html", "The record kit"),
            ("docs/cluster.md", "cluster.html", "Checking many traces"),
            ("docs/store.md", "store.html", "The store of a server"),
        ],
    },
    Shelf {
        title: "How it is known",
        books: &[
            ("docs/witnesses.md", "witnesses.html", "What the witnesses found"),
            ("model/LAWS.md", "laws.html", "What the laws have tried"),
            ("docs/small-worlds.md", "small-worlds.html", "Small worlds"),
            ("conformance/promela/README.md", "promela.html", "The twin in Promela"),
            ("docs/robustness.md", "robustness.html", "Bad input"),
            ("docs/mutants.md", "mutants.html", "Mutants"),
            ("docs/fuzz-log.md", "fuzz-log.html", "What fuzzing found"),
            ("benches/README.md", "benches.html", "What is measured, and how"),
            ("benches/RESULTS.md", "results.html", "Results"),
            ("docs/peer-cases.md", "peer-cases.html", "Cases of other suites"),
            ("fixtures/listings/README.md", "listings.html", "Posted listings"),
            ("fixtures/listings/pasted.md", "pasted.html", "A listing as it is pasted"),
        ],
    },
    Shelf {
        title: "Work on it",
        books: &[
            ("ARCHITECTURE.md", "architecture.html", "Architecture"),
            ("SECURITY.md", "security.html", "Security"),
            ("CONTRIBUTING.md", "contributing.html", "Contributing"),
            ("CHANGELOG.md", "changelog.html", "Changelog"),
        ],
    },
];

/// A document.
#[derive(Clone, Debug)]
pub(super) struct Book {
    /// Its path in the project.
    pub(super) file: String,
    /// Where its page stands.
    pub(super) address: String,
    /// What it is called.
    pub(super) title: String,
    /// The shelf, by its place.
    pub(super) shelf: usize,
    /// Whether it is a page of the guide or of the reference, behind the first.
    pub(super) is_part: bool,
}

/// The documents of a project.
#[derive(Debug)]
pub(super) struct Library {
    pub(super) books: Vec<Book>,
}

impl Library {
    pub(super) fn of(project: &Path) -> Result<Library, SiteError> {
        let mut books = Vec::new();
        for (shelf, Shelf { books: listed, .. }) in SHELVES.iter().enumerate() {
            for &(file, address, title) in *listed {
                if !project.join(file).is_file() {
                    let (folder, missing) = (project.display().to_string(), file.to_string());
                    return Err(SiteError::NoProject { folder, missing });
                }
                let [file, address, title] = [file, address, title].map(str::to_string);
                let book = Book { file, address, title, shelf, is_part: false };
                let parts = parts(&book);
                books.push(book);
                for part in parts {
                    let text = read(project, &part.file)?;
                    books.push(Book { title: title_of_part(&text, &part.file), ..part });
                }
            }
        }
        Ok(Library { books })
    }

    /// The address of a document.
    pub(super) fn address(&self, file: &str) -> Option<&str> {
        self.books.iter().find(|book| book.file == file).map(|book| book.address.as_str())
    }
}

/// The pages that follow the first of the guide and of the reference.
fn parts(first: &Book) -> Vec<Book> {
    let Some((folder, "index.md")) = first.file.rsplit_once('/') else { return Vec::new() };
    let files: Vec<String> = if folder == FOLDER {
        let documents = crate::reference::documents().into_iter().map(|d| d.file);
        documents.collect()
    } else {
        crate::guide::chapters().iter().map(|chapter| chapter.file.clone()).collect()
    };
    let address = first.address.strip_suffix("index.html").unwrap_or_default();
    let part = |file: String| Book {
        address: format!("{address}{}.html", file.strip_suffix(".md").unwrap_or(&file)),
        file: format!("{folder}/{file}"),
        is_part: true,
        ..first.clone()
    };
    files.into_iter().filter(|file| file != "index.md").map(part).collect()
}

/// The first heading.
fn title(text: &str, file: &str) -> String {
    let heading = text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or(file);
    heading.replace('`', "")
}

/// In a list of calls and errors, the error without its number.
fn title_of_part(text: &str, file: &str) -> String {
    let title = title(text, file);
    let is_error = || title.ends_with(')') && calls::of_text(&title).is_none();
    match title.rsplit_once(" (") {
        Some((name, _)) if file.starts_with(FOLDER) && is_error() => name.into(),
        _ => title,
    }
}

/// The anchors that a forge gives the headings of a document, and those that it sets itself.
#[must_use]
pub fn anchors(text: &str) -> Vec<String> {
    use pulldown_cmark::{Event, Tag, TagEnd};
    let events: Vec<Event> = super::markup::events(text).collect();
    let (mut anchors, mut found) = (Anchors::default(), Vec::new());
    for (i, event) in events.iter().enumerate() {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                let is_end = |end: TagEnd| matches!(end, TagEnd::Heading(_));
                found.push(anchors.next(&super::markup::words(&events[i + 1..], is_end)));
            }
            Event::InlineHtml(html) | Event::Html(html) => {
                let set = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next());
                found.extend(set.map(str::to_string));
            }
            _ => {}
        }
    }
    found
}
