//! The scripts of a kit: a list, wherever it comes from.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::abroad::abroad;
use crate::generate;
use crate::script::Script;
use crate::trace::TraceError;

/// A list of scripts, in the order of their names.
#[derive(Clone, Debug, Default)]
pub struct Suite {
    /// The scripts.
    pub scripts: Vec<SuiteScript>,
    /// The scripts that are left out, since they may send something to another machine: their names, and where they do.
    pub abroad: Vec<(String, String)>,
}

/// A script of a suite.
#[derive(Clone, Debug)]
pub struct SuiteScript {
    /// The name of its file: letters, digits, `-`, `_` and `.`, and `.script` at its end.
    pub name: String,
    /// Its text, as it was read.
    pub text: String,
    /// The script.
    pub script: Script,
}

/// A suite cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SuiteError {
    /// A file or folder cannot be read.
    #[error("{}: {why}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// A file is no script.
    #[error("{name}: {error}")]
    NoScript {
        /// Which.
        name: String,
        /// What is wrong with it.
        error: TraceError,
    },
    /// A name does not do as that of a file in an archive.
    #[error("{name}: expected a name of letters, digits, `-`, `_` and `.` that ends in .script")]
    BadName {
        /// The name.
        name: String,
    },
    /// Two scripts would have the same name.
    #[error("{}: its name in the suite would be `{name}`, and that is taken", path.display())]
    Twice {
        /// The second.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// There are none.
    #[error("{}: no scripts (files named *.script) in it", path.display())]
    Nothing {
        /// Where none was found.
        path: PathBuf,
    },
}

impl Suite {
    /// A suite of texts, each with its name. What talks to other machines is left out.
    ///
    /// # Errors
    /// If one is no script, or its name is none for a file.
    pub fn of_texts(
        texts: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Suite, SuiteError> {
        let mut suite = Suite::default();
        for (name, text) in texts {
            let read = read(name, text)?;
            match abroad(&read.text) {
                None => suite.scripts.push(read),
                Some((line, to)) => suite.abroad.push((read.name, format!("line {line}: {to}"))),
            }
        }
        suite.scripts.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(suite)
    }

    /// The class suite (`portres generate`), but for what only a simulated machine does.
    ///
    /// # Errors
    /// As with texts.
    pub fn of_classes() -> Result<Suite, SuiteError> {
        let real =
            generate::classes().into_iter().filter(|sheet| !sheet.name.starts_with("machine-"));
        Suite::of_texts(real.map(|sheet| (format!("{}.script", sheet.name), sheet.text)))
    }

    /// The scripts of files and of folders, with those of the folders in them. What lies in a folder of a folder has that folder's name
    /// before its own: `settle/acquire.script` becomes `settle-acquire.script`.
    ///
    /// # Errors
    /// If something cannot be read or is no script, or if there is none.
    pub fn of_paths(paths: &[PathBuf]) -> Result<Suite, SuiteError> {
        let mut texts = BTreeMap::new();
        for path in paths {
            let before = texts.len();
            if path.is_dir() {
                of_folder(path, "", &mut texts)?;
            } else {
                add(path, "", &mut texts)?;
            }
            if texts.len() == before {
                return Err(SuiteError::Nothing { path: path.clone() });
            }
        }
        Suite::of_texts(texts)
    }

    /// How many calls the scripts make, if no operand is missing.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.scripts.iter().map(|script| script.script.lines.len()).sum()
    }
}

fn read(name: String, text: String) -> Result<SuiteScript, SuiteError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let stem = name.strip_suffix(".script").unwrap_or_default();
    if !name.chars().all(plain) || !stem.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Err(SuiteError::BadName { name });
    }
    match Script::read(text.as_bytes()) {
        Ok(script) => Ok(SuiteScript { name, text, script }),
        Err(error) => Err(SuiteError::NoScript { name, error }),
    }
}

fn of_folder(
    folder: &Path,
    before: &str,
    texts: &mut BTreeMap<String, String>,
) -> Result<(), SuiteError> {
    let unreadable = |why| SuiteError::Unreadable { path: folder.to_path_buf(), why };
    let entries = std::fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut paths: Vec<PathBuf> =
        entries.map_err(unreadable)?.into_iter().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            of_folder(&path, &format!("{before}{name}-"), texts)?;
        } else if path.extension().is_some_and(|e| e == "script") {
            add(&path, before, texts)?;
        }
    }
    Ok(())
}

fn add(path: &Path, before: &str, texts: &mut BTreeMap<String, String>) -> Result<(), SuiteError> {
    let text = crate::limits::SCRIPT
        .read_text(path)
        .map_err(|why| SuiteError::Unreadable { path: path.to_path_buf(), why })?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = format!("{before}{name}");
    match texts.insert(name.clone(), text) {
        None => Ok(()),
        Some(_) => Err(SuiteError::Twice { path: path.to_path_buf(), name }),
    }
}
