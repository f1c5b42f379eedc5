//! The tables of SO_REUSEADDR and SO_EXCLUSIVEADDRUSE: what a second bind to a port gives.

use crate::error::Error;

/// How a socket shares its address when it is bound.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Share {
    /// Neither option.
    Default,
    /// `SO_REUSEADDR`.
    Reuse,
    /// `SO_EXCLUSIVEADDRUSE`.
    Exclusive,
}

/// One side of a table: the option, and whether the address is the wildcard.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Claim {
    /// The option.
    pub share: Share,
    /// Whether the address is the wildcard.
    pub wildcard: bool,
}

impl Claim {
    const fn index(self) -> usize {
        self.share as usize * 2 + !self.wildcard as usize
    }
}

type Table = [[Option<Error>; 6]; 6];

/// T1, T2 and T3 of the page, in this order.
const TABLES: [Table; 3] = read(include_bytes!("../data/bind-tables.txt"));

/// What the second bind to a port gives where its address meets the first one's: both the same specific address, or one
/// of them a wildcard (tables T2 and T3; different specific addresses never meet, REUSE-7). `None` lets it pass.
#[must_use]
pub fn second_bind(first: Claim, second: Claim, same_user: bool) -> Option<Error> {
    let table = if same_user { &TABLES[1] } else { &TABLES[2] };
    table[first.index()][second.index()]
}

/// The same for Windows XP and earlier (table T1).
#[must_use]
pub fn second_bind_before_2003(first: Claim, second: Claim) -> Option<Error> {
    TABLES[0][first.index()][second.index()]
}

/// Reads the words `ok`, `INUSE` and `ACCESS` behind the first "T1:".
const fn read(text: &[u8]) -> [Table; 3] {
    let mut tables = [[[None; 6]; 6]; 3];
    let (mut at, mut cell) = (behind_first_title(text), 0);
    while at < text.len() {
        let end = word_end(text, at);
        if let Some(outcome) = outcome(text, at, end) {
            tables[cell / 36][cell / 6 % 6][cell % 6] = outcome;
            cell += 1;
        }
        at = end + 1;
    }
    assert!(cell == 108, "three tables of 36 cells");
    tables
}

const fn behind_first_title(text: &[u8]) -> usize {
    let mut at = 0;
    while !(text[at] == b'T' && text[at + 1] == b'1' && text[at + 2] == b':') {
        at += 1;
    }
    at
}

const fn word_end(text: &[u8], start: usize) -> usize {
    let mut end = start;
    while end < text.len() && !text[end].is_ascii_whitespace() {
        end += 1;
    }
    end
}

#[allow(clippy::option_option, reason = "no cell, a cell that passes, a cell that refuses")]
const fn outcome(text: &[u8], start: usize, end: usize) -> Option<Option<Error>> {
    match (text.split_at(end).0).split_at(start).1 {
        b"ok" => Some(None),
        b"INUSE" => Some(Some(Error::WsaAddressInUse)),
        b"ACCESS" => Some(Some(Error::WsaAccess)),
        _ => None,
    }
}
