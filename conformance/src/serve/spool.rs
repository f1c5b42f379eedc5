//! The traces of machines that connections have for themselves: each is put aside until it is whole.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use tempfile::SpooledTempFile;

use crate::trace::{Item, Spelled, write_item};

/// How much of a trace stays in memory.
const IN_MEMORY: usize = 16 * 1024;

/// The whole ones, one behind the other.
pub(super) struct Spool {
    folder: PathBuf,
    whole: Mutex<File>,
}

/// One that goes on.
pub(super) struct Aside {
    file: SpooledTempFile,
    failed: Option<io::Error>,
}

impl Spool {
    /// A spool beside a file.
    pub(super) fn new(beside: &Path) -> io::Result<Spool> {
        let folder = beside.parent().filter(|p| !p.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).to_path_buf();
        let whole = Mutex::new(tempfile::tempfile_in(&folder)?);
        Ok(Spool { folder, whole })
    }

    /// A new trace.
    pub(super) fn begin(&self) -> Aside {
        let file = tempfile::spooled_tempfile_in(IN_MEMORY, &self.folder);
        Aside { file, failed: None }
    }

    /// A trace is whole.
    pub(super) fn end(&self, trace: &mut Aside) -> io::Result<()> {
        if let Some(failed) = trace.failed.take() {
            return Err(failed);
        }
        trace.file.seek(SeekFrom::Start(0))?;
        io::copy(&mut trace.file, &mut *self.whole.lock()).map(drop)
    }

    /// Writes all of them behind another trace.
    pub(super) fn append_to(&self, to: &mut impl Write) -> io::Result<()> {
        let mut whole = self.whole.lock();
        whole.seek(SeekFrom::Start(0))?;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match whole.read(&mut buffer)? {
                0 => return Ok(()),
                read => to.write_all(&buffer[..read])?,
            }
        }
    }
}

impl Aside {
    /// Writes a line.
    pub(super) fn put(&mut self, item: &Item) {
        if self.failed.is_none() {
            self.failed = write_item(&mut self.file, Spelled::JsonLines, item).err();
        }
    }
}
