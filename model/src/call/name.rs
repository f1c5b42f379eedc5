//! The buffer for an address: `name` and `namelen`.

use serde::{Deserialize, Serialize};

/// How `name` and `namelen` differ from a buffer that holds an address of the socket's family.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum NameBuffer {
    /// They do not.
    #[default]
    Good,
    /// `namelen` is at least one byte less than the structure of the family.
    Short,
    /// `name` is NULL, whatever the length.
    Null,
    /// `name` points to memory that is not there, whatever the length.
    Bad,
}

impl NameBuffer {
    /// Whether it holds an address.
    #[must_use]
    pub fn is_good(&self) -> bool {
        *self == NameBuffer::Good
    }
}
