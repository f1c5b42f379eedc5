//! Which files a command is to read.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

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

/// Writes a file whole or not at all. A link stays one; what is no file, as a pipe or a device, is written to and stays.
pub(super) fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
) -> io::Result<()> {
    Draft::new(path)?.finish(write)
}

/// A file that will be written whole or not at all: where it cannot be, that is found before there is anything to write.
pub(super) enum Draft {
    /// A pipe or a device.
    Special(fs::File),
    /// A file beside the one that it will be.
    Beside(tempfile::NamedTempFile, PathBuf),
}

impl Draft {
    pub(super) fn new(path: &Path) -> io::Result<Draft> {
        let known = fs::metadata(path);
        if known.as_ref().is_ok_and(fs::Metadata::is_dir) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if known.is_ok_and(|of| !of.is_file()) {
            return Ok(Draft::Special(fs::OpenOptions::new().write(true).open(path)?));
        }
        let behind = if path.is_symlink() { fs::canonicalize(path).ok() } else { None };
        let path = behind.unwrap_or_else(|| path.to_path_buf());
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // the name of the temporary file is nobody's business
        let file =
            tempfile::NamedTempFile::new_in(folder).map_err(|e| io::Error::from(e.kind()))?;
        Ok(Draft::Beside(file, path))
    }

    pub(super) fn finish(
        self,
        write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let buffered = |to: &mut fs::File| {
            let mut buffered = io::BufWriter::new(to);
            write(&mut buffered)?;
            io::Write::flush(&mut buffered)
        };
        match self {
            Draft::Special(mut file) => buffered(&mut file),
            Draft::Beside(mut file, path) => {
                buffered(file.as_file_mut())?;
                make_readable(&file)?;
                file.persist(path).map_err(|e| io::Error::from(e.error.kind()))?;
                Ok(())
            }
        }
    }
}

/// A temporary file is its owner's alone; what is written for others is not.
#[cfg(unix)]
fn make_readable(file: &tempfile::NamedTempFile) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.as_file().set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_: &tempfile::NamedTempFile) -> io::Result<()> {
    Ok(())
}
