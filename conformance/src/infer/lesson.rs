//! What one event teaches about the open questions, taken by itself.

use std::fmt;

use portres_model::{Clause, Needs, NoReading, Profile};
use serde::Serialize;

/// An event of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line; 0 for a profile as a whole.
    pub line: u64,
    /// The event, counted from 1; the trace as a whole where it is `None`.
    pub event: Option<u64>,
    /// The event in text.
    pub shows: String,
}

/// What an event teaches, whatever the others do: the clauses that hold under every reading that explains it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lesson {
    /// Each of them holds.
    pub clauses: Vec<Clause>,
    /// Where it was seen first.
    pub from: Place,
    /// How many more events teach the same.
    pub again: u64,
    /// What a profile's file names as its evidence, where the lesson is from one.
    pub evidence: Vec<String>,
}

/// The readings that a profile and some lessons leave.
///
/// # Errors
/// If they leave none.
pub(super) fn taught<'l>(
    start: &Profile,
    lessons: impl IntoIterator<Item = &'l Lesson>,
) -> Result<Profile, NoReading> {
    let mut needs = Needs::default();
    for clause in lessons.into_iter().flat_map(|lesson| &lesson.clauses) {
        needs.one_of(clause.iter().copied());
    }
    let mut left = start.clone();
    left.assume(&needs)?;
    Ok(left)
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        match self.event {
            Some(event) => write!(f, ", event {event}: {}", self.shows),
            None => write!(f, ": {}", self.shows),
        }
    }
}
