//! Files and folders that are written whole or not at all, also where the command is interrupted.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempDir, TempPath};

use super::interrupt::{Listed, Unfinished, undisturbed};

/// How many links are followed from one to the next: as many as systems follow.
const MOST_LINKS: usize = 40;

/// Writes a file whole or not at all. A link stays one; what is no file, as a pipe or a device, is written to and stays.
pub(super) fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    Draft::new(path)?.finish(write)
}

/// A file that will be written whole or not at all: where it cannot be, that is found before there is anything to write.
pub(super) enum Draft {
    /// A pipe or a device.
    Special(fs::File),
    /// A file beside the one that it will be.
    Beside(NamedTempFile, PathBuf, Listed),
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
        let path = behind_links(path)?;
        let mut list = undisturbed();
        let file = NamedTempFile::new_in(folder_of(&path)).map_err(unnamed)?;
        let listed = list.unfinished(Unfinished::File(file.path().into()));
        Ok(Draft::Beside(file, path, listed))
    }

    pub(super) fn finish(
        self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        match self.written(write)? {
            None => Ok(()),
            Some(written) => written.give_name(),
        }
    }

    /// Writes it, and leaves it unfinished; nothing where that is not possible.
    fn written(
        self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<Option<Written>> {
        let buffered = |to: &mut fs::File| {
            let mut buffered = io::BufWriter::new(to);
            write(&mut buffered)?;
            buffered.flush()
        };
        match self {
            Draft::Special(mut file) => buffered(&mut file).map(|()| None),
            Draft::Beside(mut file, to, listed) => {
                buffered(file.as_file_mut())?;
                make_readable(&file)?;
                Ok(Some(Written { file: file.into_temp_path(), to, listed }))
            }
        }
    }
}

/// A file that is whole and lacks its name.
struct Written {
    file: TempPath,
    to: PathBuf,
    listed: Listed,
}

impl Written {
    fn give_name(self) -> io::Result<()> {
        let mut list = undisturbed();
        let given = self.file.persist(self.to);
        // also where it cannot be named it is gone
        list.done(self.listed);
        given.map_err(|e| unnamed(e.error))
    }
}

/// Several files that are written all or not at all, as far as can be seen before the first gets its name.
#[derive(Default)]
pub(super) struct Batch {
    files: Vec<Written>,
    folders: Vec<Listed>,
}

impl Batch {
    /// Makes a folder, which goes again if the files do not come.
    pub(super) fn make_folder(&mut self, folder: &Path) -> io::Result<()> {
        let mut list = undisturbed();
        fs::create_dir(folder)?;
        self.folders.push(list.unfinished(Unfinished::Made(folder.into())));
        Ok(())
    }

    /// Makes a folder and those above it that are missing.
    pub(super) fn make_folders(&mut self, folder: &Path) -> io::Result<()> {
        let missing = folder.ancestors().take_while(|f| !f.as_os_str().is_empty() && !f.is_dir());
        let missing: Vec<&Path> = missing.collect();
        missing.into_iter().rev().try_for_each(|folder| self.make_folder(folder))
    }

    /// Adds a file.
    pub(super) fn add(&mut self, path: &Path, text: &str) -> io::Result<()> {
        let written = Draft::new(path)?.written(|to| to.write_all(text.as_bytes()))?;
        self.files.extend(written);
        Ok(())
    }

    /// Gives all of them their names; where one cannot have it, which.
    pub(super) fn finish(mut self) -> Result<(), (PathBuf, io::Error)> {
        for file in self.files.drain(..) {
            let to = file.to.clone();
            file.give_name().map_err(|error| (to, error))?;
        }
        let mut list = undisturbed();
        self.folders.drain(..).for_each(|folder| list.done(folder));
        Ok(())
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.files.clear();
        // the folders in others first
        while self.folders.pop().is_some() {}
    }
}

/// A folder that takes the place of another one at once.
pub(super) struct Fresh {
    folder: TempDir,
    listed: Listed,
}

impl Fresh {
    /// Begins it beside the folder that it will be.
    pub(super) fn beside(to: &Path) -> io::Result<Fresh> {
        let mut list = undisturbed();
        let folder = tempfile::tempdir_in(folder_of(to)).map_err(unnamed)?;
        let listed = list.unfinished(Unfinished::Folder(folder.path().into()));
        fs::create_dir(folder.path().join("new"))?;
        Ok(Fresh { folder, listed })
    }

    /// Writes a file in it.
    pub(super) fn write(&self, name: &str, content: &str) -> io::Result<()> {
        let path = self.folder.path().join("new").join(name);
        // nothing is written into what an interrupt has removed
        let _list = undisturbed();
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, content)
    }

    /// Puts it in its place; what stood there goes.
    pub(super) fn take_the_place_of(self, folder: &Path) -> io::Result<()> {
        let (new, old) = (self.folder.path().join("new"), self.folder.path().join("old"));
        let mut list = undisturbed();
        let stood = folder.exists();
        if stood {
            fs::rename(folder, &old)?;
        }
        if let Err(error) = fs::rename(&new, folder) {
            if stood {
                fs::rename(&old, folder)?;
            }
            return Err(error);
        }
        // what is left of the old one does no harm
        drop(self.folder.close());
        list.done(self.listed);
        Ok(())
    }
}

/// Where a path leads, also where nothing is there yet.
fn behind_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&path) {
            Ok(to) => path = folder_of(&path).join(to),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many links lead to it"))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The reason that the system gives; the name of a temporary file is nobody's business.
fn unnamed(error: io::Error) -> io::Error {
    let inner = error.get_ref().and_then(|named| named.source());
    let code = inner.and_then(|e| e.downcast_ref::<io::Error>()).and_then(io::Error::raw_os_error);
    match code.or(error.raw_os_error()) {
        Some(code) => io::Error::from_raw_os_error(code),
        None => error.kind().into(),
    }
}

/// A temporary file is its owner's alone; what is written for others is not.
#[cfg(unix)]
fn make_readable(file: &NamedTempFile) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.as_file().set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_: &NamedTempFile) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_that_is_not_finished_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let begin = || {
            let mut batch = Batch::default();
            batch.make_folders(&at("a/b")).expect("folders");
            batch.add(&at("a/b/one"), "1").expect("a file");
            batch.add(&at("a/two"), "2").expect("a file");
            batch
        };
        drop(begin());
        assert!(!at("a").exists());
        begin().finish().expect("it is written");
        assert_eq!(fs::read_to_string(at("a/b/one")).expect("a file"), "1");
        assert_eq!(fs::read_dir(at("a")).expect("a folder").count(), 2);
    }

    #[test]
    fn a_folder_that_cannot_be_replaced_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let site = folder.path().join("site");
        fs::create_dir(&site).expect("a folder");
        fs::write(site.join("page"), "old").expect("a file");
        let fresh = Fresh::beside(&site).expect("a folder");
        fs::remove_dir(fresh.folder.path().join("new")).expect("it is empty");
        fresh.take_the_place_of(&site).expect_err("there is nothing new");
        assert_eq!(fs::read_to_string(site.join("page")).expect("a file"), "old");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "something is left");
        let fresh = Fresh::beside(&site).expect("a folder");
        fresh.write("page", "new").expect("a file");
        fresh.take_the_place_of(&site).expect("it is replaced");
        assert_eq!(fs::read_to_string(site.join("page")).expect("a file"), "new");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "something is left");
    }
}
