//! `portres guide`.

use std::io::Write;
use std::path::Path;

use portres::guide::{Chapter, chapter, chapters, printed};

use super::args::Guide;
use super::draft::{Batch, write_atomically};
use super::explain::lines::Width;
use super::{Outcome, did_you_mean};

mod terminal;

/// What a page without a number is asked for by.
const INTRODUCTION: &str = "index";

pub(super) fn run(args: &Guide) -> Outcome {
    if let Some(path) = &args.html {
        let page = printed::page();
        let written = write_atomically(path, |to| to.write_all(page.as_bytes()));
        written.map_err(|error| format!("{}: {error}", path.display()))?;
        return Ok(0);
    }
    let mut out = anstream::stdout();
    match &args.chapter {
        None => write!(out, "{}", list())?,
        Some(asked) => {
            let chapter = find(asked)?;
            if let Some(folder) = &args.files {
                return put_files(chapter, folder);
            }
            write!(out, "{}", terminal::write(&chapter.text(), Width::of_output()))?;
        }
    }
    Ok(0)
}

fn find(asked: &str) -> Result<&'static Chapter, String> {
    let name = if asked == "introduction" { INTRODUCTION } else { asked };
    chapter(name).ok_or_else(|| {
        let numbers = chapters().iter().filter_map(Chapter::number);
        let (first, last) = (numbers.clone().min(), numbers.max());
        let near = did_you_mean(asked, ["introduction", "solutions"]);
        format!(
            "`{asked}` is no chapter{near}: expected {} to {}, `introduction` or `solutions`",
            first.unwrap_or_default(),
            last.unwrap_or_default()
        )
    })
}

/// Writes what a reader would copy out of the chapter; a file of his own stays as it is.
fn put_files(chapter: &Chapter, folder: &Path) -> Outcome {
    let files = chapter.files();
    if files.is_empty() {
        return Err(format!("`{}` shows no files to work with", chapter.name()).into());
    }
    if !folder.is_dir() {
        return Err(format!("{}: expected a folder that is there", folder.display()).into());
    }
    let at = |name: &str| folder.join(name);
    let is_other = |(name, text): &&(String, String)| {
        std::fs::read(at(name)).is_ok_and(|known| known != text.as_bytes())
    };
    if let Some((name, _)) = files.iter().find(is_other) {
        let path = at(name);
        return Err(format!("{}: it is there, and is otherwise", path.display()).into());
    }
    let failed = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    let mut batch = Batch::default();
    for (name, text) in &files {
        batch.add(&at(name), text).map_err(|error| failed(&at(name), error))?;
    }
    batch.finish().map_err(|(path, error)| failed(&path, error))?;
    for (name, _) in &files {
        writeln!(anstream::stdout(), "{}", at(name).display())?;
    }
    Ok(0)
}

/// The chapters, and how one is read.
fn list() -> String {
    use super::listing::NAME;
    let mut text = String::new();
    for chapter in chapters() {
        let title = chapter.title();
        let title = title.split_once(". ").filter(|_| chapter.number().is_some());
        let title = title.map_or(chapter.title(), |(_, title)| title);
        match chapter.name() {
            INTRODUCTION => text += &format!("{NAME}{title}{NAME:#}\n\n"),
            name => text += &format!("  {name:<9} {title}\n"),
        }
    }
    text + "\n`portres guide 1` shows the first, `portres guide introduction` what to know before.\n`portres guide 1 --files \
            FOLDER` writes the files of a chapter, and `portres guide --html FILE` makes one page to print.\n"
}
