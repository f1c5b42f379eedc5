//! The arguments of an ioctl beside what it asks for: buffers, pointers, the overlapped structure.

use serde::{Deserialize, Serialize};

use crate::id::RequestId;

/// A buffer beside the structure that it should hold.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Buffer {
    /// As long as the structure; for an output that should be empty: none.
    #[default]
    Exact,
    /// At least one byte shorter.
    Short,
    /// At least one byte longer.
    Long,
    /// A NULL pointer, the length that of the structure.
    Null,
    /// A pointer to memory that is not there.
    Bad,
    /// A length of 0, whatever the pointer.
    Empty,
    /// One byte: too little for anything.
    Tiny,
}

impl Buffer {
    fn is_exact(&self) -> bool {
        *self == Buffer::Exact
    }

    /// Whether it is shorter than the structure.
    #[must_use]
    pub const fn is_short(self) -> bool {
        matches!(self, Buffer::Short | Buffer::Empty | Buffer::Tiny)
    }

    /// Whether there is nothing to read or write behind the pointer.
    #[must_use]
    pub const fn is_nowhere(self) -> bool {
        matches!(self, Buffer::Null | Buffer::Bad)
    }
}

/// A pointer of which only the value matters.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Pointer {
    /// To a variable of the caller.
    #[default]
    Good,
    /// NULL.
    Null,
    /// To memory that is not there.
    Bad,
}

impl Pointer {
    pub(super) fn is_good(&self) -> bool {
        *self == Pointer::Good
    }
}

/// `lpOverlapped`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Overlapped {
    /// NULL.
    #[default]
    None,
    /// A structure that names the request.
    Of(RequestId),
    /// To memory that is not there.
    Bad,
}

impl Overlapped {
    fn is_none(&self) -> bool {
        *self == Overlapped::None
    }
}

/// `lpCompletionRoutine`.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Routine {
    /// NULL: the event of the structure is signalled.
    #[default]
    None,
    /// A routine of the caller.
    Given,
    /// To memory that is not there.
    Bad,
}

impl Routine {
    fn is_none(&self) -> bool {
        *self == Routine::None
    }
}

/// How the arguments of an ioctl differ from the well-formed call, which is all defaults.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    /// `lpvInBuffer`, `cbInBuffer`.
    #[serde(default, skip_serializing_if = "Buffer::is_exact")]
    pub input: Buffer,
    /// `lpvOutBuffer`, `cbOutBuffer`.
    #[serde(default, skip_serializing_if = "Buffer::is_exact")]
    pub output: Buffer,
    /// `lpcbBytesReturned`.
    #[serde(default, skip_serializing_if = "Pointer::is_good")]
    pub bytes: Pointer,
    /// `lpOverlapped`.
    #[serde(default, skip_serializing_if = "Overlapped::is_none")]
    pub overlapped: Overlapped,
    /// `lpCompletionRoutine`.
    #[serde(default, skip_serializing_if = "Routine::is_none")]
    pub routine: Routine,
}

impl Frame {
    /// Whether the call is the well-formed one.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        *self == Frame::default()
    }

    /// The request that the structure names, if one is given.
    #[must_use]
    pub const fn request(&self) -> Option<RequestId> {
        match self.overlapped {
            Overlapped::Of(request) => Some(request),
            Overlapped::None | Overlapped::Bad => None,
        }
    }
}
