//! The documentation as a site: every document of the project as a page, with one navigation and no dead link.
//!
//! Nothing is fetched, neither while it is built nor when it is read.

mod frame;
mod links;
pub mod markup;
mod shelf;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub use links::{Dead, dead};
pub use shelf::{SHELVES, Shelf, anchors};

use crate::explain::Subject;
use crate::markdown::escaped;
use crate::reference;
use markup::{Rendered, Turning};
use shelf::{Book, Library};

/// What pages of documents look like, beside what all pages do.
pub const STYLE: &str = include_str!("site/style.css");

/// A site that has been built.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// The pages, by their addresses.
    pub pages: BTreeMap<String, String>,
    /// The addresses of the web that documents name, each with the documents that do.
    pub elsewhere: BTreeMap<String, BTreeSet<String>>,
    /// Links that lead nowhere.
    pub dead: Vec<Dead>,
}

/// Why a site cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// The folder is not the project's.
    #[error("{folder}: expected the folder of the project, with {missing} in it")]
    NoProject {
        /// The folder.
        folder: String,
        /// The file that is missing.
        missing: String,
    },
    /// A document cannot be read.
    #[error("{path}: {error}")]
    Unreadable {
        /// Its path.
        path: String,
        /// Why.
        error: std::io::Error,
    },
}

/// Builds the site of the project in a folder.
///
/// # Errors
/// If the folder is not the project's, or a document cannot be read.
pub fn build(project: &Path) -> Result<Site, SiteError> {
    let library = Library::of(project)?;
    let mut work =
        Work { project, documents: &library, site: Site::default(), shown: BTreeSet::new() };
    for book in &library.books {
        let text = read(project, &book.file)?;
        work.put(book, &text);
    }
    work.show_sources()?;
    work.put_home();
    let mut site = work.site;
    site.dead.extend(links::dead(&site.pages));
    Ok(site)
}

fn read(project: &Path, file: &str) -> Result<String, SiteError> {
    let path = project.join(file);
    let text = crate::limits::DOCUMENT
        .read_text(&path)
        .map_err(|error| SiteError::Unreadable { path: path.display().to_string(), error })?;
    Ok(text.replace('\r', ""))
}

struct Work<'a> {
    project: &'a Path,
    documents: &'a Library,
    site: Site,
    /// Files that documents link to and that are none themselves.
    shown: BTreeSet<String>,
}

impl Work<'_> {
    /// Adds the page of a document.
    fn put(&mut self, book: &Book, text: &str) {
        let library = self.documents;
        let name = |words: &str| named(library, words).map(|to| relative(&book.address, &to));
        let link = &mut |to: &str| Some(self.led(book, to));
        let Rendered { title, body } =
            Turning { link, name: &name, prefix: "", deeper: 0 }.turn(text);
        let title = if title.is_empty() { book.title.clone() } else { title };
        let page = frame::page(library, &book.address, &title, &body);
        self.site.pages.insert(book.address.clone(), page);
    }

    /// What a link of a document leads to in the site.
    fn led(&mut self, book: &Book, to: &str) -> String {
        if to.contains("://") || to.starts_with("mailto:") {
            self.site.elsewhere.entry(to.into()).or_default().insert(book.file.clone());
            return to.into();
        }
        let (path, anchor) = to.split_once('#').map_or((to, None), |(path, a)| (path, Some(a)));
        let anchor = anchor.map(|anchor| format!("#{anchor}")).unwrap_or_default();
        if path.is_empty() {
            return anchor;
        }
        let Some(file) = joined(&book.file, path) else {
            self.site.dead.push(Dead { page: book.file.clone(), link: to.into() });
            return to.into();
        };
        let address = match self.documents.address(&file) {
            Some(address) => address.to_string(),
            None if self.project.join(&file).is_file() => {
                self.shown.insert(file.clone());
                source::address(&file)
            }
            None => {
                self.site.dead.push(Dead { page: book.file.clone(), link: to.into() });
                return to.into();
            }
        };
        relative(&book.address, &address) + &anchor
    }

    /// Adds the pages of files that documents link to.
    fn show_sources(&mut self) -> Result<(), SiteError> {
        for file in &self.shown {
            let (address, text) = (source::address(file), read(self.project, file)?);
            let page = frame::page(self.documents, &address, file, &source::body(file, &text));
            self.site.pages.insert(address, page);
        }
        Ok(())
    }

    /// Adds the page that leads to all others, and that of what is elsewhere.
    fn put_home(&mut self) {
        let home = frame::home(self.documents);
        self.site.pages.insert("index.html".into(), home);
        let mut text = String::from(
            "# Links to elsewhere\n\nWhat the documents name of the web. Nobody has fetched it.\n\n",
        );
        for (to, from) in &self.site.elsewhere {
            let from: Vec<&str> = from.iter().map(String::as_str).collect();
            text += &format!("- <{to}> ({})\n", escaped(&from.join(", ")));
        }
        if self.site.elsewhere.is_empty() {
            text += "None.\n";
        }
        let link = &mut |to: &str| Some(to.to_string());
        let Rendered { title, body } =
            Turning { link, name: &|_| None, prefix: "", deeper: 0 }.turn(&text);
        let page = frame::page(self.documents, "elsewhere.html", &title, &body);
        self.site.pages.insert("elsewhere.html".into(), page);
    }
}

/// The address of what words name: a document by its path, a rule, a question or an error.
fn named(library: &Library, words: &str) -> Option<String> {
    if let Some(address) = library.address(words) {
        return Some(address.into());
    }
    let subject = if words.contains('.') {
        let rule = words.parse().map(Subject::Rule);
        rule.ok().or_else(|| words.parse().map(Subject::Question).ok())
    } else {
        let error = portres_model::Error::from_c_name(words).map(Subject::Error);
        error.or_else(|| by_documented_name(words))
    };
    subject.and_then(|subject| reference::place(&subject)).map(|place| place.in_site())
}

/// A call by a name that is no ordinary word.
fn by_documented_name(words: &str) -> Option<Subject> {
    let is_name = words.chars().any(char::is_uppercase);
    let has = |call: &&crate::explain::calls::CallName| call.windows.contains(&words);
    crate::explain::calls::ALL.iter().find(has).filter(|_| is_name).map(Subject::Call)
}

/// The file that a path leads to from another file, in the project.
fn joined(from: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.trim_end_matches('/').split('/') {
        match part {
            ".." => drop(parts.pop()?),
            "." => {}
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The way from one page to another.
fn relative(from: &str, to: &str) -> String {
    let (to, anchor) = to.split_once('#').map_or((to, ""), |(to, anchor)| (to, anchor));
    let (from, to): (Vec<&str>, Vec<&str>) = (from.split('/').collect(), to.split('/').collect());
    let folders = from.len() - 1;
    let shared =
        from[..folders].iter().zip(&to[..to.len() - 1]).take_while(|(a, b)| a == b).count();
    let up = "../".repeat(folders - shared);
    let anchor = if anchor.is_empty() { String::new() } else { format!("#{anchor}") };
    format!("{up}{}{anchor}", to[shared..].join("/"))
}

/// Every document of a project that a forge shows, by its path in it: what is hidden or built is left out.
///
/// # Errors
/// If a folder cannot be read.
pub fn documents(project: &Path) -> std::io::Result<Vec<String>> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with('.') || name == "target" {
                continue;
            }
            if path.is_dir() {
                walk(&path, found)?;
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
        Ok(())
    }
    let mut found = Vec::new();
    walk(project, &mut found)?;
    let shown = |path: PathBuf| {
        let path = path.strip_prefix(project).unwrap_or(&path).to_path_buf();
        let parts: Vec<_> = path.components().map(|c| c.as_os_str().to_string_lossy()).collect();
        parts.join("/")
    };
    let mut found: Vec<String> = found.into_iter().map(shown).collect();
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined_and_shortened() {
        assert_eq!(joined("docs/guide/a.md", "../b.md").as_deref(), Some("docs/b.md"));
        assert_eq!(joined("a.md", "../b.md"), None);
        assert_eq!(relative("guide/a.html", "guide/b.html#c"), "b.html#c");
        assert_eq!(relative("guide/a.html", "reference/b.html"), "../reference/b.html");
        assert_eq!(relative("a.html", "reference/b.html"), "reference/b.html");
        assert_eq!(relative("a/b/c.html", "d.html"), "../../d.html");
    }
}
