//! Whether a file is a store in order, found out on a copy: opening a database writes to it, and a repair may undo what was
//! there.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use redb::StorageBackend;
use redb::backends::InMemoryBackend;

use super::database::{Database, Wrong};
use super::{Kept, StoreError};

/// The bytes with which every file of redb begins.
const MAGIC: &[u8] = b"redb\x1A\x0A\xA9\x0D\x0A";

/// No store is larger: there are not so many blocks of ports.
const LARGEST: u64 = 256 << 20;

/// Reads a file whole and gives what it keeps.
pub(super) fn copy_of(file: &impl StorageBackend, shown: &str) -> Result<Kept, StoreError> {
    let refused =
        |error| StoreError::Refused { path: shown.into(), what: "read", error };
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
    let copy = InMemoryBackend::new();
    let bytes = file.read(0, usize::try_from(length).unwrap_or(0)).map_err(refused)?;
    copy.set_len(length).and_then(|()| copy.write(0, &bytes)).map_err(refused)?;
    match quietly(|| read(copy)) {
        Ok(kept) => Ok(kept),
        Err(Wrong::Foreign) => {
            Err(StoreError::Foreign(shown.into(), "it is another program's redb database"))
        }
        Err(Wrong::Format(found)) => Err(StoreError::Format { path: shown.into(), found }),
        Err(Wrong::Damaged(why)) => Err(StoreError::Damaged(shown.into(), why)),
    }
}

fn read(copy: InMemoryBackend) -> Result<Kept, Wrong> {
    let unsound = |error: redb::Error| Wrong::Damaged(error.to_string());
    let mut database = Database::open(copy).map_err(unsound)?;
    if !database.is_sound().map_err(unsound)? {
        return Err(Wrong::Damaged("its pages contradict each other".into()));
    }
    database.read()
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
