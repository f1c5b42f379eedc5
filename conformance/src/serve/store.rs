//! The store: what outlives the server, in one file.
//!
//! A [redb](https://www.redb.org) database of a few small tables (`database`). Nothing is overwritten that is not a store in
//! order: before the file is opened for writing, a copy of it in memory is checked whole (`verify`). A new store is made beside
//! its place and moved there when it is complete, so that a server killed meanwhile leaves no half of one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;

use redb::StorageBackend;
use redb::backends::FileBackend;
use tempfile::TempPath;

use super::keep::{Change, Keep, KeepError, Kept};

mod database;
#[cfg(test)]
mod disk;
#[cfg(test)]
mod tests;
mod verify;

use database::{Database, Failed};

/// The number of the tables' format; a store says by which it is written.
pub const FORMAT: u64 = 1;

/// What stands between the name of a store and the letters of a file that becomes one.
const UNFINISHED: &str = ".portres-unfinished-";

/// What keeps changes in a store.
#[derive(Debug)]
pub struct Store {
    shown: String,
    database: Database,
    /// The boot that the next commit writes down, in a new store.
    first: Option<u64>,
    /// Behind a failure nobody knows what the file holds, until it is opened again.
    failed: bool,
}

/// Why a file cannot be used as a store: one line, which names the file. The file is left as it was.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It is a folder, or something else that is no file.
    #[error("the store `{0}` is {1}: expected a file, or a name that nothing has yet")]
    NoFile(String, &'static str),
    /// Nothing stands in it.
    #[error("the store `{0}` is empty: a store is made where no file is; remove this one")]
    Empty(String),
    /// It is a file of another kind.
    #[error("`{0}` is no store of portres: {1}; it was left as it is")]
    Foreign(String, &'static str),
    /// It has another format.
    #[error(
        "the store `{path}` has format {found}, and this is portres {version}, which knows format {FORMAT} only; \
         it was left as it is",
        version = crate::VERSION
    )]
    Format {
        /// The file.
        path: String,
        /// Its format.
        found: u64,
    },
    /// Its content cannot be as it was written.
    #[error("the store `{0}` is damaged: {1}; it was left as it is")]
    Damaged(String, String),
    /// A server has it.
    #[error("the store `{0}` is in use by another server")]
    Locked(String),
    /// The system refuses it.
    #[error("the store `{path}` cannot be {what}: {error}")]
    Refused {
        /// The file.
        path: String,
        /// What was tried.
        what: &'static str,
        /// What the system says.
        error: io::Error,
    },
}

/// Opens the store of this name, or makes it if nothing has the name.
///
/// A new one counts its first boot when something is committed for the first time, others count theirs here.
///
/// # Errors
/// If the file is no store in order, if another server has it, or if the system refuses it.
pub fn open(path: &Path) -> Result<(Store, Kept), StoreError> {
    let shown = path.display().to_string();
    let refused = |what| {
        let path = shown.clone();
        move |error| StoreError::Refused { path, what, error }
    };
    match fs::metadata(path) {
        Ok(found) if found.is_file() => {}
        Ok(found) => {
            let kind = if found.is_dir() { "a directory" } else { "a device or a pipe" };
            return Err(StoreError::NoFile(shown, kind));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if let Some(made) = make(path, &shown)? {
                remove_unfinished(path);
                return Ok(made);
            }
            // another server has made it meanwhile
        }
        Err(error) => return Err(refused("opened")(error)),
    }
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .map_err(refused("opened for writing"))?;
    let opened = Store::opened(locked(file, &shown)?, &shown)?;
    remove_unfinished(path);
    Ok(opened)
}

/// Removes what servers left that were killed while they made the store. Whoever still makes one is late: the name is given,
/// and the store is locked.
fn remove_unfinished(path: &Path) {
    let (Some(folder), Some(name)) = (folder_of(path), path.file_name()) else { return };
    let beginning = format!("{}{UNFINISHED}", name.to_string_lossy());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let left = entry.file_name().to_str().is_some_and(|name| name.starts_with(&beginning));
        if left && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            // what cannot be removed does no harm
            drop(fs::remove_file(entry.path()));
        }
    }
}

fn folder_of(path: &Path) -> Option<&Path> {
    path.parent().map(|folder| if folder == Path::new("") { Path::new(".") } else { folder })
}

/// Makes a store that is complete when it gets its name; `None` if the name has been given meanwhile.
fn make(path: &Path, shown: &str) -> Result<Option<(Store, Kept)>, StoreError> {
    let refused = |error: io::Error| {
        // the place beside, which the error may name, is nobody's business
        let error = match error.kind() {
            ErrorKind::Other => error,
            kind => kind.into(),
        };
        StoreError::Refused { path: shown.into(), what: "made", error }
    };
    let folder = folder_of(path).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        let why = format!("there is no directory `{}`", folder.display());
        return Err(refused(io::Error::other(why)));
    }
    let name = path.file_name().ok_or_else(|| refused(ErrorKind::InvalidInput.into()))?;
    let mut beside = name.to_os_string();
    beside.push(UNFINISHED);
    let named = tempfile::Builder::new().prefix(&beside).tempfile_in(folder).map_err(refused)?;
    // it is locked before anybody can find it
    let (file, place) = named.into_parts();
    let made = Store::made(locked(file, shown)?, shown)?;
    match TempPath::persist_noclobber(place, path) {
        Ok(()) => {}
        // who was faster may have removed this one
        Err(error)
            if matches!(error.error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(refused(error.error)),
    }
    settle(folder).map_err(refused)?;
    Ok(Some(made))
}

/// A name lasts when its folder has been written.
#[cfg(unix)]
fn settle(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
fn settle(_: &Path) -> io::Result<()> {
    Ok(())
}

fn locked(file: File, shown: &str) -> Result<FileBackend, StoreError> {
    FileBackend::new(file).map_err(|error| match error {
        redb::DatabaseError::DatabaseAlreadyOpen => StoreError::Locked(shown.into()),
        other => database::refused(shown, "locked", other),
    })
}

impl Store {
    /// Makes a store in an empty file.
    fn made(file: impl StorageBackend, shown: &str) -> Result<(Store, Kept), StoreError> {
        let database =
            Database::make(file).map_err(|error| database::refused(shown, "made", error))?;
        let store = Store { shown: shown.into(), database, first: Some(1), failed: false };
        Ok((store, Kept::default()))
    }

    /// Opens a file that somebody has written.
    fn opened(file: impl StorageBackend, shown: &str) -> Result<(Store, Kept), StoreError> {
        let kept = verify::copy_of(&file, shown)?;
        let written = || -> Result<_, Failed> {
            let database = Database::open(file)?;
            if kept.boots > 0 {
                database.write(Some(kept.boots.saturating_add(1)), &[])?;
            }
            Ok(database)
        };
        let database = written().map_err(|error| database::refused(shown, "opened", error))?;
        let first = (kept.boots == 0).then_some(1);
        Ok((Store { shown: shown.into(), database, first, failed: false }, kept))
    }
}

impl Keep for Store {
    fn commit(&mut self, changes: &[Change]) -> Result<(), KeepError> {
        if self.failed {
            return Err(KeepError(format!(
                "the store `{}` cannot be written any more",
                self.shown
            )));
        }
        self.database.write(self.first, changes).map_err(|error| {
            self.failed = true;
            KeepError(database::refused(&self.shown, "written", error).to_string())
        })?;
        self.first = None;
        Ok(())
    }
}
