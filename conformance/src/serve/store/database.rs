//! The tables of a store.
//!
//! | table | key | value |
//! | --- | --- | --- |
//! | `portres` | `format`, `boots` | the format's number; how often a machine has booted with this store |
//! | `reservations` | protocol, first port, number of ports | nothing: the persistent reservations |
//! | `exclusions` | the same | nothing: the persistent exclusions |
//! | `dynamic` | protocol | first port, number of ports of a dynamic range that was set for good |
//!
//! Protocols are numbers of the Internet Protocol: 6 is TCP, 17 is UDP. Tokens are not kept: they change with a boot.

use std::fmt;
use std::io;

use portres_model::{PortBlock, Protocol};
use redb::{Builder, ReadableTable, StorageBackend, TableDefinition, TableError};

use super::{Change, FORMAT, Kept, StoreError};

const ABOUT: TableDefinition<&str, u64> = TableDefinition::new("portres");
const RESERVATIONS: TableDefinition<Key, ()> = TableDefinition::new("reservations");
const EXCLUSIONS: TableDefinition<Key, ()> = TableDefinition::new("exclusions");
const DYNAMIC: TableDefinition<u8, (u16, u16)> = TableDefinition::new("dynamic");

type Key = (u8, u16, u16);

/// Blocks are few: some megabytes hold them all.
const CACHE: usize = 16 << 20;

/// An open database.
#[derive(Debug)]
pub(super) struct Database(redb::Database);

/// What is wrong with the content of a database.
#[derive(Debug)]
pub(super) enum Wrong {
    /// Another program's.
    Foreign,
    /// Another format.
    Format(u64),
    /// It cannot have been written like this.
    Damaged(String),
}

/// What the database says of an operation that failed; boxed, since an error of it is far larger than what else is returned.
#[derive(Debug)]
pub(super) struct Failed(Box<redb::Error>);

impl<E: Into<redb::Error>> From<E> for Failed {
    fn from(error: E) -> Failed {
        Failed(Box::new(error.into()))
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Database {
    /// Makes the tables in an empty file.
    pub(super) fn make(file: impl StorageBackend) -> Result<Database, Failed> {
        let database = Database::open(file)?;
        database.transact(|transaction| {
            let mut about = transaction.open_table(ABOUT)?;
            about.insert("format", FORMAT)?;
            about.insert("boots", 0)?;
            // a table comes to be when it is opened
            transaction.open_table(RESERVATIONS)?;
            transaction.open_table(EXCLUSIONS)?;
            transaction.open_table(DYNAMIC)?;
            Ok(())
        })?;
        Ok(database)
    }

    /// Opens a file that is in order.
    pub(super) fn open(file: impl StorageBackend) -> Result<Database, Failed> {
        // the newer of two file formats, which later versions of redb read too
        let database = Builder::new()
            .create_with_file_format_v3(true)
            .set_cache_size(CACHE)
            .create_with_backend(file)?;
        Ok(Database(database))
    }

    /// Whether every page is what it says that it is. What would have to be repaired for that is not in order.
    pub(super) fn is_sound(&mut self) -> Result<bool, Failed> {
        Ok(self.0.check_integrity()?)
    }

    /// Writes changes, in their order, in one transaction; they are durable when this returns.
    pub(super) fn write(&self, boot: Option<u64>, changes: &[Change]) -> Result<(), Failed> {
        self.transact(|transaction| {
            if let Some(boot) = boot {
                transaction.open_table(ABOUT)?.insert("boots", boot)?;
            }
            let mut reservations = transaction.open_table(RESERVATIONS)?;
            let mut exclusions = transaction.open_table(EXCLUSIONS)?;
            let mut dynamic = transaction.open_table(DYNAMIC)?;
            for change in changes {
                match *change {
                    Change::Reserved(protocol, block) => {
                        reservations.insert(key(protocol, block), ())?;
                    }
                    Change::Unreserved(protocol, block) => {
                        reservations.remove(key(protocol, block))?;
                    }
                    Change::Excluded(protocol, block) => {
                        exclusions.insert(key(protocol, block), ())?;
                    }
                    Change::Unexcluded(protocol, block) => {
                        exclusions.remove(key(protocol, block))?;
                    }
                    Change::Dynamic(protocol, block) => {
                        dynamic.insert(number(protocol), (block.first(), block.count()))?;
                    }
                }
            }
            Ok(())
        })
    }

    fn transact(
        &self,
        write: impl FnOnce(&redb::WriteTransaction) -> Result<(), Failed>,
    ) -> Result<(), Failed> {
        let mut transaction = self.0.begin_write()?;
        // With one phase, a damaged page of the last transaction would be taken for a torn one and the transaction undone
        // without a word. With two, what was committed is known to have been whole.
        transaction.set_two_phase_commit(true);
        write(&transaction)?;
        transaction.commit()?;
        Ok(())
    }

    /// Everything that is kept.
    pub(super) fn read(&self) -> Result<Kept, Wrong> {
        let unreadable = |error: Failed| Wrong::Damaged(error.to_string());
        let transaction = self.0.begin_read().map_err(|e| unreadable(e.into()))?;
        let about = match transaction.open_table(ABOUT) {
            Ok(about) => about,
            Err(TableError::Storage(error)) => return Err(unreadable(error.into())),
            Err(_) => return Err(Wrong::Foreign),
        };
        let number = |name: &str| match about.get(name) {
            Ok(Some(number)) => Ok(number.value()),
            Ok(None) => Err(Wrong::Damaged(format!("it does not say its `{name}`"))),
            Err(error) => Err(unreadable(error.into())),
        };
        match number("format")? {
            FORMAT => {}
            other => return Err(Wrong::Format(other)),
        }
        let mut kept = Kept { boots: number("boots")?, ..Kept::default() };
        for (table, set) in
            [(RESERVATIONS, &mut kept.reservations), (EXCLUSIONS, &mut kept.exclusions)]
        {
            let rows = transaction.open_table(table).map_err(|e| unreadable(e.into()))?;
            for row in rows.iter().map_err(|e| unreadable(e.into()))? {
                let (number, first, count) = row.map_err(|e| unreadable(e.into()))?.0.value();
                set.insert((protocol(number)?, block(first, count)?));
            }
        }
        let rows = transaction.open_table(DYNAMIC).map_err(|e| unreadable(e.into()))?;
        for row in rows.iter().map_err(|e| unreadable(e.into()))? {
            let (number, range) = row.map_err(|e| unreadable(e.into()))?;
            let (first, count) = range.value();
            let at = usize::from(protocol(number.value())? == Protocol::Udp);
            kept.dynamic[at] = Some(block(first, count)?);
        }
        Ok(kept)
    }

    /// Says that the store has another format.
    #[cfg(test)]
    pub(super) fn claim_format(&self, format: u64) {
        let claimed = self.transact(|transaction| {
            transaction.open_table(ABOUT)?.insert("format", format)?;
            Ok(())
        });
        claimed.expect("it is written");
    }
}

fn key(protocol: Protocol, block: PortBlock) -> Key {
    (number(protocol), block.first(), block.count())
}

const fn number(protocol: Protocol) -> u8 {
    match protocol {
        Protocol::Tcp => 6,
        Protocol::Udp => 17,
    }
}

fn protocol(found: u8) -> Result<Protocol, Wrong> {
    let known = Protocol::ALL.into_iter().find(|protocol| number(*protocol) == found);
    known.ok_or_else(|| Wrong::Damaged(format!("it has ports of protocol {found}")))
}

fn block(first: u16, count: u16) -> Result<PortBlock, Wrong> {
    PortBlock::new(first, count)
        .ok_or_else(|| Wrong::Damaged(format!("{first}+{count} is no block of ports")))
}

/// What was tried and the system refused, or, where it was not the system, what the database says.
pub(super) fn refused(path: &str, what: &'static str, error: impl Into<Failed>) -> StoreError {
    let error = match *error.into().0 {
        redb::Error::Io(error) => error,
        other => io::Error::other(other.to_string()),
    };
    StoreError::Refused { path: path.into(), what, error }
}
