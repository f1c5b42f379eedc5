//! Whether a file is a store in order, found out on a copy: opening a database writes to it, and a repair may undo what was
//! there.

use std::cell::Cell;
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};

use redb::StorageBackend;

use super::database::{Database, Failed, Wrong};
use super::{Kept, StoreError};

/// The bytes with which every file of redb begins.
const MAGIC: &[u8] = b"redb\x1A\x0A\xA9\x0D\x0A";

/// No store is larger.
const LARGEST: u64 = crate::limits::STORE.0;

/// Reads a file whole and gives what it keeps.
pub(super) fn copy_of(file: &impl StorageBackend, shown: &str) -> Result<Kept, StoreError> {
    let refused = |error| StoreError::Refused { path: shown.into(), what: "read", error };
    let length = file.len().map_err(refused)?;
    if length == 0 {
        return Err(StoreError::Empty(shown.into()));
    }
    let begins = MAGIC.len().min(usize::try_from(length).unwrap_or(usize::MAX));
    if file.read(0, begins).map_err(refused)? != MAGIC {
        return Err(StoreError::Foreign(shown.into(), "it does not begin like a redb database"));
    }
    if length > LARGEST {
        return Err(StoreError::Foreign(shown.into(), "it is far too large"));
    }
    let bytes = file.read(0, usize::try_from(length).unwrap_or(0)).map_err(refused)?;
    match quietly(|| rehearse(&bytes)) {
        Ok(kept) => Ok(kept),
        Err(Wrong::Foreign) => {
            Err(StoreError::Foreign(shown.into(), "it is another program's redb database"))
        }
        Err(Wrong::Format(found)) => Err(StoreError::Format { path: shown.into(), found }),
        Err(Wrong::Damaged(why)) => Err(StoreError::Damaged(shown.into(), why)),
    }
}

/// Reads a copy, and does with another what will be done with the file. What was repaired for the first is not for the second.
fn rehearse(bytes: &[u8]) -> Result<Kept, Wrong> {
    let kept = read(Copied::of(bytes))?;
    let again = Copied::of(bytes);
    let booted = Kept { boots: kept.boots.saturating_add(1), ..kept.clone() };
    Database::open(again.clone())
        .and_then(|database| database.write(Some(booted.boots), &[]))
        .map_err(|error| Wrong::Damaged(error.to_string()))?;
    if again.bytes().missed || read(again)? != booted {
        return Err(Wrong::Damaged("its pages contradict each other".into()));
    }
    Ok(kept)
}

fn read(copy: Copied) -> Result<Kept, Wrong> {
    let unsound = |error: Failed| Wrong::Damaged(error.to_string());
    let mut database = Database::open(copy).map_err(unsound)?;
    if !database.is_sound().map_err(unsound)? {
        return Err(Wrong::Damaged("its pages contradict each other".into()));
    }
    database.read()
}

/// A file's bytes; clones are the same.
#[derive(Clone, Debug)]
struct Copied(Arc<Mutex<Bytes>>);

#[derive(Debug)]
struct Bytes {
    held: Vec<u8>,
    /// Whether something was asked for that is not there: redb does not tell of it while it closes.
    missed: bool,
}

impl Copied {
    fn of(bytes: &[u8]) -> Copied {
        Copied(Arc::new(Mutex::new(Bytes { held: bytes.to_vec(), missed: false })))
    }

    fn bytes(&self) -> MutexGuard<'_, Bytes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with so many bytes from there.
    fn at<T>(
        &self,
        offset: u64,
        length: usize,
        does: impl FnOnce(&mut [u8]) -> T,
    ) -> io::Result<T> {
        let mut bytes = self.bytes();
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let place = from..from.saturating_add(length);
        let done = bytes.held.get_mut(place).map(does);
        bytes.missed |= done.is_none();
        done.ok_or(ErrorKind::UnexpectedEof.into())
    }
}

impl StorageBackend for Copied {
    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes().held.len() as u64)
    }

    fn read(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        self.at(offset, length, |there| there.to_vec())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut bytes = self.bytes();
        match usize::try_from(length) {
            Ok(fits) if length <= 2 * LARGEST => bytes.held.resize(fits, 0),
            _ => {
                bytes.missed = true;
                return Err(ErrorKind::OutOfMemory.into());
            }
        }
        Ok(())
    }

    fn sync_data(&self, _: bool) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, written: &[u8]) -> io::Result<()> {
        self.at(offset, written.len(), |there| there.copy_from_slice(written))
    }
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// redb takes the numbers in a file's header for what it wrote itself, and panics where they cannot be. Of a file that
/// somebody gives us that is no bug but a finding.
fn quietly(read: impl FnOnce() -> Result<Kept, Wrong>) -> Result<Kept, Wrong> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                loud(panic);
            }
        }));
    });
    QUIET.set(true);
    let found = catch_unwind(AssertUnwindSafe(read));
    QUIET.set(false);
    found.unwrap_or_else(|_| Err(Wrong::Damaged("its header cannot be right".into())))
}
