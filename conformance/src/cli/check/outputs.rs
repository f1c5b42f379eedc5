//! The files that `check` writes besides what it prints: a page, and JUnit XML.

use std::io;
use std::path::Path;
use std::sync::Arc;

use portres::Report;
use portres::report::{self, Case, JUnit, Room, RunPage, Summary};
use portres::stream::Done;

use super::super::Failure;
use super::super::draft::Draft;
use super::Told;

/// What is wanted, and where it goes. The files are begun at once: one that cannot be written ends a run before it has begun.
pub(super) struct Outputs<'a> {
    html: Option<(&'a Path, Draft, RunPage)>,
    junit: Option<(&'a Path, Draft, JUnit)>,
    wants: Wants,
}

/// What the judges have to make.
#[derive(Clone)]
pub(super) struct Wants {
    room: Option<Arc<Room>>,
    junit: bool,
}

/// What the files say of a trace.
pub(super) struct Shown {
    page: Option<report::Shown>,
    case: Option<Case>,
}

impl Wants {
    /// The room of the page, if one is wanted.
    pub(super) fn room(&self) -> Option<&Room> {
        self.room.as_deref()
    }

    /// What is to be said of a trace, if anything is wanted.
    pub(super) fn shown(
        &self,
        path: &str,
        report: &Report,
        page: Option<report::Shown>,
    ) -> Option<Shown> {
        let case = self.junit.then(|| Case::of(path, report));
        (page.is_some() || case.is_some()).then_some(Shown { page, case })
    }
}

impl<'a> Outputs<'a> {
    pub(super) fn new(
        html: Option<&'a Path>,
        junit: Option<&'a Path>,
    ) -> Result<Outputs<'a>, Failure> {
        let wrong = |path: &Path, e: io::Error| format!("{}: {e}", path.display());
        if let (Some(html), true) = (html, html == junit) {
            return Err(
                format!("{}: the page and the JUnit XML need two files", html.display()).into()
            );
        }
        let draft = |path: &'a Path| match path.as_os_str().is_empty() || path == Path::new("-") {
            true => {
                Err("expected a file for the page or the JUnit XML: the report has standard output"
                    .into())
            }
            false => Draft::new(path).map_err(|e| wrong(path, e)),
        };
        let wants = Wants { room: html.map(|_| Arc::default()), junit: junit.is_some() };
        let html = html.map(|path| draft(path).map(|to| (path, to, RunPage::default())));
        let junit = junit.map(|path| {
            let to = draft(path)?;
            let waiting = tempfile::tempfile().map_err(|e| format!("a temporary file: {e}"))?;
            Ok::<_, String>((path, to, JUnit::new(waiting)))
        });
        Ok(Outputs { html: html.transpose()?, junit: junit.transpose()?, wants })
    }

    /// What the judges have to make.
    pub(super) fn wants(&self) -> Wants {
        self.wants.clone()
    }

    /// Takes in what came of a piece of a file.
    pub(super) fn take(&mut self, file: &str, done: &mut Done<Told>) -> io::Result<()> {
        for told in &mut done.of {
            for shown in std::mem::take(&mut told.shown) {
                if let (Some((_, _, page)), Some(shown)) = (&mut self.html, shown.page) {
                    page.trace(file, shown, self.wants.room.as_deref().unwrap_or(&Room::default()));
                }
                if let (Some((_, _, junit)), Some(case)) = (&mut self.junit, &shown.case) {
                    junit.add(file, case)?;
                }
            }
            if let Some(error) = &told.error {
                self.unreadable(Some(file), error)?;
            }
        }
        if let Some((_, _, page)) = self.html.as_mut().filter(|_| done.is_last) {
            page.end(file);
        }
        Ok(())
    }

    /// Says that something could not be judged that is no trace.
    pub(super) fn error(&mut self, says: &str) -> io::Result<()> {
        self.unreadable(None, says)
    }

    fn unreadable(&mut self, file: Option<&str>, says: &str) -> io::Result<()> {
        if let Some((_, _, page)) = &mut self.html {
            page.error(file, says);
        }
        match &mut self.junit {
            Some((_, _, junit)) => {
                let file = file.unwrap_or("portres check");
                junit.add(file, &Case::unreadable(file, says))
            }
            None => Ok(()),
        }
    }

    /// Writes the files.
    pub(super) fn write(self, summary: &Summary) -> Result<(), Failure> {
        if let Some((path, to, page)) = self.html {
            to.finish(|out| out.write_all(page.to_html(summary).as_bytes()))
                .map_err(|e| format!("{}: {e}", path.display()))?;
        }
        if let Some((path, to, junit)) = self.junit {
            to.finish(|out| junit.write(out)).map_err(|e| format!("{}: {e}", path.display()))?;
        }
        Ok(())
    }
}
