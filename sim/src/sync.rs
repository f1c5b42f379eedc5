//! The one lock, behind one name.

pub(crate) use parking_lot::Mutex;
