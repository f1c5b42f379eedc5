//! A file for tests: it fails when it is told to, and what was not synced before may be lost or torn.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use redb::StorageBackend;

/// What a disk writes in one piece.
const SECTOR: usize = 512;

/// How a disk fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Failure {
    /// The operation does nothing and says so, as do all behind it.
    Fails,
    /// A part of what was to be written is written, and the operation says that it failed.
    Tears,
    /// There is no room to grow: only what changes nothing but bytes that are there succeeds.
    Full,
}

/// A disk; clones are the same one.
#[derive(Clone, Debug)]
pub(super) struct Disk(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// What is there for certain.
    synced: Vec<u8>,
    /// What a reader sees.
    seen: Vec<u8>,
    /// What has been done since the last sync.
    unsynced: Vec<Done>,
    operations: u64,
    fails_at: u64,
    how: Failure,
    random: Random,
}

#[derive(Clone, Debug)]
enum Done {
    Wrote(usize, Vec<u8>),
    Resized(usize),
}

impl Done {
    /// Does it to some bytes, sector by sector, where a sector is not left out.
    fn to(&self, bytes: &mut Vec<u8>, mut keep: impl FnMut() -> bool) {
        match self {
            Done::Resized(length) => {
                if keep() {
                    bytes.resize(*length, 0);
                }
            }
            Done::Wrote(offset, written) => {
                for (i, sector) in written.chunks(SECTOR).enumerate() {
                    if keep() {
                        let at = offset + i * SECTOR;
                        if bytes.len() < at + sector.len() {
                            bytes.resize(at + sector.len(), 0);
                        }
                        bytes[at..at + sector.len()].copy_from_slice(sector);
                    }
                }
            }
        }
    }
}

impl Disk {
    /// A disk with these bytes on it that never fails.
    pub(super) fn holding(bytes: Vec<u8>) -> Disk {
        Disk::failing(bytes, u64::MAX, Failure::Fails, 0)
    }

    /// A disk of which one operation fails, and all behind it.
    pub(super) fn failing(bytes: Vec<u8>, fails_at: u64, how: Failure, seed: u64) -> Disk {
        Disk(Arc::new(Mutex::new(State {
            synced: bytes.clone(),
            seen: bytes,
            unsynced: Vec::new(),
            operations: 0,
            fails_at,
            how,
            random: Random(seed),
        })))
    }

    /// What is on it if the server ends now.
    pub(super) fn after_a_kill(&self) -> Vec<u8> {
        self.state().seen.clone()
    }

    /// What is on it if the power fails now.
    pub(super) fn after_a_power_failure(&self, seed: u64) -> Vec<u8> {
        let state = self.state();
        let mut random = Random(seed);
        let mut bytes = state.synced.clone();
        state.unsynced.iter().for_each(|done| done.to(&mut bytes, || random.bit()));
        bytes
    }

    /// How many operations there were.
    pub(super) fn operations(&self) -> u64 {
        self.state().operations
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nobody panics here")
    }

    fn write_or_fail(&self, done: Done) -> io::Result<()> {
        let mut state = self.state();
        let grows = match &done {
            Done::Resized(length) => *length > state.seen.len(),
            Done::Wrote(offset, written) => {
                // a file of holes takes its room when something stands in them
                let hole = |at: usize| state.synced.len() <= at;
                hole(*offset) || hole(offset + written.len() - 1)
            }
        };
        state.operations += 1;
        if state.operations >= state.fails_at && (state.how != Failure::Full || grows) {
            if state.operations == state.fails_at && state.how == Failure::Tears {
                let State { seen, random, .. } = &mut *state;
                done.to(seen, || random.bit());
                state.unsynced.push(done);
            }
            return Err(state.error());
        }
        let State { seen, unsynced, .. } = &mut *state;
        done.to(seen, || true);
        unsynced.push(done);
        Ok(())
    }
}

impl State {
    fn error(&self) -> io::Error {
        match self.how {
            Failure::Full => io::ErrorKind::StorageFull.into(),
            Failure::Fails | Failure::Tears => io::Error::other("the disk has failed"),
        }
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state().seen.len() as u64)
    }

    fn read(&self, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let from = usize::try_from(offset).expect("a small file");
        let state = self.state();
        let bytes = state.seen.get(from..from + len).ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok(bytes.to_vec())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.write_or_fail(Done::Resized(usize::try_from(len).expect("a small file")))
    }

    fn sync_data(&self, _: bool) -> io::Result<()> {
        let mut state = self.state();
        state.operations += 1;
        if state.operations >= state.fails_at && state.how != Failure::Full {
            return Err(state.error());
        }
        let State { synced, unsynced, .. } = &mut *state;
        unsynced.drain(..).for_each(|done| done.to(synced, || true));
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let at = usize::try_from(offset).expect("a small file");
        self.write_or_fail(Done::Wrote(at, data.to_vec()))
    }
}

/// Numbers that look random (splitmix64).
#[derive(Debug)]
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, bound: u16) -> u16 {
        u16::try_from(self.next() % u64::from(bound)).expect("below a u16")
    }

    fn bit(&mut self) -> bool {
        self.next() & 1 == 1
    }
}
