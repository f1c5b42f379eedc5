//! The journal of changes that last: persistent reservations that this program makes, written down before they are made.
//!
//! A file of JSON lines. Reading it gives what has still to be undone, whenever the writer was killed: a reservation
//! that was made for certain, or one that was about to be made where none was before.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use portres_model::{Error, PortRange, Protocol};
use serde::{Deserialize, Serialize};

/// The name of the journal, in the folder for temporary files.
#[cfg(windows)]
pub(super) const NAME: &str = "portres-journal.jsonl";

/// A persistent reservation is known by its protocol and its exact ports.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Block {
    /// Whose ports.
    pub(super) protocol: Protocol,
    /// Which ports.
    pub(super) range: PortRange,
}

/// A line.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Line {
    /// The block will be reserved now; there was none of it before.
    Make(Block),
    /// The same, but there is one already, or nobody can tell: without `Made` behind it nothing is to be undone.
    Try(Block),
    /// The reservation was made.
    Made(Block),
    /// It was not.
    Refused(Block),
    /// A reservation of ours was deleted.
    Deleted(Block),
}

/// What is known of a block.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    made: u32,
    pending: bool,
}

/// An open journal. Nobody else can open it meanwhile.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    blocks: BTreeMap<Block, Entry>,
}

/// What came of undoing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Undone {
    /// How many reservations were deleted.
    pub(super) count: usize,
    /// What is still there, and why.
    pub(super) left: Vec<(Block, Error)>,
}

impl Journal {
    /// Opens the journal, a new one if there is none, and reads what is left to undo.
    ///
    /// # Errors
    /// If another program has it open, or if it is not a journal.
    pub(super) fn open(path: &Path) -> io::Result<Journal> {
        let mut file =
            exclusive().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        // a torn last line was written by somebody who did not come to do what it says
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let mut journal = Journal { path: path.to_path_buf(), file, blocks: BTreeMap::new() };
        for line in text[..whole].lines() {
            let line = serde_json::from_str(line)
                .map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?;
            journal.note(line);
        }
        journal.file.set_len(whole as u64)?;
        journal.file.seek(SeekFrom::End(0))?;
        Ok(journal)
    }

    /// Whether a reservation of the block is ours.
    pub(super) fn has(&self, block: Block) -> bool {
        self.blocks.get(&block).is_some_and(|entry| entry.made > 0)
    }

    /// Whether nothing is left to undo.
    pub(super) fn is_clear(&self) -> bool {
        self.blocks.values().all(|entry| entry.made == 0 && !entry.pending)
    }

    /// Says that the block will be reserved now. `absent`: for certain there was no such reservation.
    pub(super) fn will_make(&mut self, block: Block, absent: bool) -> io::Result<()> {
        self.write(if absent { Line::Make(block) } else { Line::Try(block) })
    }

    /// Says that the reservation was made.
    pub(super) fn made(&mut self, block: Block) -> io::Result<()> {
        self.write(Line::Made(block))
    }

    /// Says that it was not.
    pub(super) fn refused(&mut self, block: Block) -> io::Result<()> {
        self.write(Line::Refused(block))
    }

    /// Says that a reservation of ours was deleted.
    pub(super) fn deleted(&mut self, block: Block) -> io::Result<()> {
        self.write(Line::Deleted(block))
    }

    /// Undoes what is left, by `delete`.
    pub(super) fn undo(
        &mut self,
        mut delete: impl FnMut(Block) -> Result<(), Error>,
    ) -> io::Result<Undone> {
        let mut undone = Undone::default();
        let blocks: Vec<(Block, Entry)> = self.blocks.iter().map(|(b, e)| (*b, *e)).collect();
        for (block, entry) in blocks {
            for _ in 0..entry.made + u32::from(entry.pending) {
                match delete(block) {
                    Ok(()) => undone.count += 1,
                    Err(Error::NotFound) => {}
                    Err(error) => {
                        undone.left.push((block, error));
                        break;
                    }
                }
                self.deleted(block)?;
            }
        }
        Ok(undone)
    }

    /// Closes the journal, and removes it if nothing is left to undo.
    pub(super) fn close(self) -> io::Result<()> {
        let clear = self.is_clear();
        drop(self.file);
        if clear { std::fs::remove_file(self.path) } else { Ok(()) }
    }

    fn write(&mut self, line: Line) -> io::Result<()> {
        let mut text = serde_json::to_string(&line)?;
        text.push('\n');
        let announced = matches!(line, Line::Make(_) | Line::Try(_));
        // what has happened is known here in any case; what is only announced, only once it can be undone
        if !announced {
            self.note(line);
        }
        self.file.write_all(text.as_bytes())?;
        self.file.sync_data()?;
        if announced {
            self.note(line);
        }
        Ok(())
    }

    fn note(&mut self, line: Line) {
        let (Line::Make(block)
        | Line::Try(block)
        | Line::Made(block)
        | Line::Refused(block)
        | Line::Deleted(block)) = line;
        let entry = self.blocks.entry(block).or_default();
        match line {
            Line::Make(_) => entry.pending = true,
            Line::Try(_) => {}
            Line::Made(_) => *entry = Entry { made: entry.made.saturating_add(1), pending: false },
            Line::Refused(_) => entry.pending = false,
            Line::Deleted(_) if entry.pending => entry.pending = false,
            Line::Deleted(_) => entry.made = entry.made.saturating_sub(1),
        }
    }
}

/// Opens a file for one program at a time.
fn exclusive() -> OpenOptions {
    #[allow(unused_mut, reason = "only Windows has the mode")]
    let mut options = OpenOptions::new();
    #[cfg(windows)]
    std::os::windows::fs::OpenOptionsExt::share_mode(&mut options, 0);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(start: u16) -> Block {
        Block { protocol: Protocol::Tcp, range: PortRange { start, count: 3 } }
    }

    /// A journal in a folder of its own; the folder goes with the first value.
    fn journal() -> (tempfile::TempDir, Journal) {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = Journal::open(&folder.path().join("journal.jsonl")).expect("a journal");
        (folder, journal)
    }

    /// The journal as the next run finds it.
    fn reopened(journal: Journal) -> Journal {
        let path = journal.path.clone();
        drop(journal);
        Journal::open(&path).expect("a journal")
    }

    fn deletions(journal: &mut Journal) -> Vec<Block> {
        let mut deleted = Vec::new();
        let undone = journal.undo(|block| {
            deleted.push(block);
            Ok(())
        });
        assert_eq!(undone.expect("undone").count, deleted.len());
        deleted
    }

    #[test]
    fn what_a_killed_run_made_is_undone() {
        let (_folder, mut journal) = journal();
        journal.will_make(block(5000), true).expect("written");
        journal.made(block(5000)).expect("written");
        journal.will_make(block(6000), false).expect("written");
        journal.made(block(6000)).expect("written");
        let mut journal = reopened(journal);
        assert!(journal.has(block(5000)) && !journal.is_clear());
        assert_eq!(deletions(&mut journal), [block(5000), block(6000)]);
        assert!(reopened(journal).is_clear());
    }

    #[test]
    fn a_call_that_never_returned_is_undone_only_where_nothing_was_before() {
        let (_folder, mut journal) = journal();
        journal.will_make(block(5000), true).expect("written");
        journal.will_make(block(6000), false).expect("written");
        assert_eq!(deletions(&mut reopened(journal)), [block(5000)]);
    }

    #[test]
    fn what_was_refused_or_deleted_is_not_undone() {
        let (_folder, mut journal) = journal();
        journal.will_make(block(5000), true).expect("written");
        journal.refused(block(5000)).expect("written");
        journal.will_make(block(6000), true).expect("written");
        journal.made(block(6000)).expect("written");
        // a second one of the same ports is refused: the first is still ours
        journal.will_make(block(6000), false).expect("written");
        journal.refused(block(6000)).expect("written");
        assert!(journal.has(block(6000)));
        journal.deleted(block(6000)).expect("written");
        assert!(journal.is_clear());
        let path = journal.path.clone();
        journal.close().expect("closed");
        assert!(!path.exists());
    }

    #[test]
    fn what_cannot_be_undone_stays_in_the_journal() {
        let (_folder, mut journal) = journal();
        journal.will_make(block(5000), true).expect("written");
        journal.made(block(5000)).expect("written");
        let undone = journal.undo(|_| Err(Error::AccessDenied)).expect("tried");
        assert_eq!(undone.left, [(block(5000), Error::AccessDenied)]);
        assert!(!reopened(journal).is_clear());
    }

    #[test]
    fn a_reservation_that_is_gone_already_counts_as_undone() {
        let (_folder, mut journal) = journal();
        journal.will_make(block(5000), true).expect("written");
        let undone = journal.undo(|_| Err(Error::NotFound)).expect("undone");
        assert_eq!(undone, Undone::default());
        assert!(journal.is_clear());
    }

    #[test]
    fn a_torn_last_line_says_nothing() {
        let (_folder, mut journal) = journal();
        journal.will_make(block(5000), true).expect("written");
        journal.file.write_all(br#"{"make":{"protocol":"tcp","ra"#).expect("written");
        let mut journal = reopened(journal);
        journal.made(block(5000)).expect("written");
        assert_eq!(deletions(&mut reopened(journal)), [block(5000)]);
    }
}
