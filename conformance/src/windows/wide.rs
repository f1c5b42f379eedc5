//! Texts as Win32 takes them: UTF-16 with a zero behind.

use std::ffi::OsStr;
use std::os::windows::ffi::OsStrExt;

/// The text in UTF-16, with a zero behind it.
pub(super) fn wide(text: impl AsRef<OsStr>) -> Vec<u16> {
    text.as_ref().encode_wide().chain(std::iter::once(0)).collect()
}
