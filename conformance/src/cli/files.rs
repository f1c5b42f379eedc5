//! Which files a command is to read.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use portres::limits::Size;

/// A source of traces.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Input {
    /// A file.
    File(PathBuf),
    /// Standard input, and the file that it is read for.
    Stdin(Option<PathBuf>),
}

impl Input {
    pub(super) fn name(&self) -> String {
        match self {
            Input::File(path) | Input::Stdin(Some(path)) => path.display().to_string(),
            Input::Stdin(None) => "-".into(),
        }
    }

    pub(super) fn open(&self) -> io::Result<Box<dyn io::BufRead>> {
        Ok(Box::new(io::BufReader::new(self.stream()?)))
    }

    /// Opens what may have so many bytes.
    pub(super) fn open_within(&self, most: Size) -> io::Result<Box<dyn io::BufRead>> {
        Ok(match self {
            Input::File(path) => Box::new(io::BufReader::new(most.open(path)?)),
            Input::Stdin(_) => Box::new(io::BufReader::new(most.of(io::stdin()))),
        })
    }

    pub(super) fn stream(&self) -> io::Result<Box<dyn io::Read + Send>> {
        Ok(match self {
            Input::File(path) => Box::new(fs::File::open(path)?),
            Input::Stdin(_) => Box::new(io::stdin()),
        })
    }

    /// How many bytes it has, where that is known.
    pub(super) fn size(&self) -> Option<u64> {
        match self {
            Input::File(path) => fs::metadata(path).ok().map(|of| of.len()),
            Input::Stdin(_) => None,
        }
    }
}

/// A directory whose `departures.toml` was covered whole.
pub(super) struct Found {
    /// The inputs, in path order.
    pub(super) inputs: Vec<Input>,
    /// Directories that were walked as a whole.
    pub(super) walked: Vec<PathBuf>,
    /// Directories that could not be read.
    pub(super) errors: Vec<String>,
}

/// Finds the traces of files, directories and `-`.
pub(super) fn find(paths: &[PathBuf]) -> Result<Found, String> {
    let mut found = Found { inputs: Vec::new(), walked: Vec::new(), errors: Vec::new() };
    for path in paths {
        if path.as_os_str() == "-" {
            found.inputs.push(Input::Stdin(None));
        } else if path.is_dir() {
            let before = found.inputs.len();
            walk(path, &mut found);
            if found.inputs.len() == before && found.errors.is_empty() {
                return Err(format!(
                    "{}: no traces (files named *.trace or *.jsonl) in it",
                    path.display()
                ));
            }
        } else {
            found.inputs.push(Input::File(path.clone()));
        }
    }
    found.inputs.sort();
    found.inputs.dedup();
    Ok(found)
}

fn walk(directory: &Path, found: &mut Found) {
    let entries = fs::read_dir(directory).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let entries = match entries {
        Ok(entries) => entries,
        Err(e) => {
            found.errors.push(format!("{}: {e}", directory.display()));
            return;
        }
    };
    found.walked.push(directory.to_path_buf());
    for path in entries.iter().map(fs::DirEntry::path) {
        if path.is_dir() {
            walk(&path, found);
        } else if matches!(path.extension().and_then(OsStr::to_str), Some("trace" | "jsonl")) {
            found.inputs.push(Input::File(path));
        }
    }
}
