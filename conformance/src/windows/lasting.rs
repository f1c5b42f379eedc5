//! Changes that last: made only under a journal, and undone from it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use portres_model::{Error, Reply};

use super::interrupt::before_interrupt;
use super::journal::{Block, Journal, NAME, Undone};
use super::persistent;
use crate::system::SystemError;

/// The journal of this program, while there is one. An interrupt takes it away, and then nothing lasting is done any more.
static JOURNAL: Mutex<Option<Journal>> = Mutex::new(None);

/// The right to make changes that last. Whatever was changed is undone when it is dropped.
pub(super) struct Lasting(());

impl Lasting {
    /// Opens the journal.
    pub(super) fn begin() -> Result<Lasting, SystemError> {
        let mut held = hold();
        if held.is_some() {
            return Err(SystemError("this program changes the machine already".into()));
        }
        let journal = open()?;
        if !journal.is_clear() {
            let advice =
                "an earlier run left changes of this machine behind: `portres cleanup` undoes them";
            return Err(SystemError(advice.into()));
        }
        *held = Some(journal);
        before_interrupt(|| drop(undo_and_close()));
        Ok(Lasting(()))
    }

    /// Makes a persistent reservation, by `make`. An interrupt waits until that is done.
    pub(super) fn create(
        &self,
        block: Block,
        make: impl FnOnce() -> Result<Reply, SystemError>,
    ) -> Result<Reply, SystemError> {
        let mut held = hold();
        let journal = held.as_mut().ok_or_else(interrupted)?;
        let found = || persistent::lookup(block.protocol, block.range, false);
        let absent = found() == Some(Err(Error::NotFound)) && !journal.has(block);
        journal.will_make(block, absent).map_err(unwritable)?;
        let reply = make()?;
        // a call that had no place for the token may have made the reservation before it failed
        let made = matches!(reply, Reply::Token(_)) || absent && matches!(found(), Some(Ok(_)));
        let written = if made { journal.made(block) } else { journal.refused(block) };
        written.map_err(unwritable)?;
        Ok(reply)
    }

    /// Deletes a persistent reservation, by `delete`, if it is ours or if there is none. One that is somebody else's is
    /// left alone: it could not be made again as it was.
    pub(super) fn delete(
        &self,
        block: Block,
        delete: impl FnOnce() -> Result<Reply, SystemError>,
    ) -> Result<Reply, SystemError> {
        let mut held = hold();
        let journal = held.as_mut().ok_or_else(interrupted)?;
        if journal.has(block) {
            let reply = delete()?;
            if reply == Reply::Ok {
                journal.deleted(block).map_err(unwritable)?;
            }
            return Ok(reply);
        }
        match persistent::lookup(block.protocol, block.range, false) {
            Some(Err(Error::NotFound | Error::InvalidParameter)) => delete(),
            Some(Ok(_) | Err(_)) | None => Ok(Reply::Unsupported),
        }
    }

    /// Undoes all changes, and can make new ones.
    pub(super) fn undo(&self) -> Result<(), SystemError> {
        let mut held = hold();
        let journal = held.as_mut().ok_or_else(interrupted)?;
        undo(journal).map(drop)
    }
}

impl Drop for Lasting {
    fn drop(&mut self) {
        // whoever wants to know calls `undo` first
        drop(undo_and_close());
    }
}

/// Undoes the changes that a killed run left behind; says how many there were.
///
/// # Errors
/// If something could not be undone, or if another run is at work.
pub fn cleanup() -> Result<usize, SystemError> {
    if hold().is_some() {
        return Err(SystemError("this program changes the machine at the moment".into()));
    }
    let mut journal = open()?;
    let count = undo(&mut journal);
    journal.close().map_err(unwritable)?;
    count
}

fn undo_and_close() -> Result<(), SystemError> {
    // held until all is undone: at an interrupt the rest of the program waits here, and does not end before
    let mut held = hold();
    let Some(mut journal) = held.take() else { return Ok(()) };
    let undone = undo(&mut journal);
    journal.close().map_err(unwritable)?;
    undone.map(drop)
}

fn undo(journal: &mut Journal) -> Result<usize, SystemError> {
    let delete = |Block { protocol, range }| {
        persistent::delete(protocol, range).unwrap_or(Err(Error::NotSupported))
    };
    let Undone { count, left } = journal.undo(delete).map_err(unwritable)?;
    if left.is_empty() {
        return Ok(count);
    }
    let left: Vec<String> = left
        .iter()
        .map(|(block, error)| format!("{} {} ({error})", block.protocol, block.range))
        .collect();
    Err(SystemError(format!("persistent reservations could not be deleted: {}", left.join(", "))))
}

fn open() -> Result<Journal, SystemError> {
    Journal::open(&std::env::temp_dir().join(NAME)).map_err(|e| {
        SystemError(format!(
            "the journal `{NAME}` in the folder for temporary files cannot be opened: {e}"
        ))
    })
}

fn hold() -> MutexGuard<'static, Option<Journal>> {
    JOURNAL.lock().unwrap_or_else(PoisonError::into_inner)
}

fn interrupted() -> SystemError {
    SystemError("interrupted: the machine is as it was".into())
}

fn unwritable(error: std::io::Error) -> SystemError {
    SystemError(format!("the journal `{NAME}` cannot be written: {error}"))
}
