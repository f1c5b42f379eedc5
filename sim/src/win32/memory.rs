//! What is read and written behind the pointers of a caller. Nothing else follows one.
#![expect(unsafe_code, reason = "the caller's memory is given as pointers")]

use std::ptr::with_exposed_provenance_mut;

use portres_model::Pointer;

/// Below lies nothing of any program.
const LOWEST: usize = 0x1_0000;

/// What can be told of a pointer without following it.
pub(super) fn kind<T>(pointer: *const T) -> Pointer {
    match pointer.addr() {
        0 => Pointer::Null,
        address if address < LOWEST => Pointer::Bad,
        _ => Pointer::Good,
    }
}

/// The first bytes of a buffer of this length, and zeros behind its end.
///
/// # Safety
/// A pointer that is good leads to `length` bytes that can be read.
pub(super) unsafe fn bytes<const N: usize, T>(from: *const T, length: usize) -> [u8; N] {
    let mut bytes = [0; N];
    if kind(from) == Pointer::Good {
        let count = length.min(N);
        // SAFETY: `from` has `length` bytes as the caller says, and `bytes` has `N`; `count` is neither's excess, and
        // a new array overlaps nothing.
        unsafe { from.cast::<u8>().copy_to_nonoverlapping(bytes.as_mut_ptr(), count) };
    }
    bytes
}

/// Writes to a buffer of this length what it has room for.
///
/// # Safety
/// A pointer that is good leads to `length` bytes that can be written.
pub(super) unsafe fn fill<T>(to: *mut T, length: usize, bytes: &[u8]) {
    if kind(to) == Pointer::Good {
        let count = length.min(bytes.len());
        // SAFETY: `to` has `length` bytes as the caller says, and `bytes` has its own; `count` is neither's excess. `bytes`
        // is this crate's, so it is no memory of the caller.
        unsafe { to.cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), count) };
    }
}

/// The value behind a pointer; `None` if it is not good.
///
/// # Safety
/// A pointer that is good leads to a value, aligned or not.
pub(super) unsafe fn get<T: Copy>(from: *const T) -> Option<T> {
    // SAFETY: it leads to a value as the caller says.
    (kind(from) == Pointer::Good).then(|| unsafe { from.read_unaligned() })
}

/// Writes a value behind a pointer, unless it is not good.
///
/// # Safety
/// A pointer that is good leads to room for a value, aligned or not.
pub(super) unsafe fn put<T: Copy>(to: *mut T, value: T) {
    if kind(to) == Pointer::Good {
        // SAFETY: it leads to room for a value as the caller says.
        unsafe { to.write_unaligned(value) };
    }
}

/// A pointer that was given up as a number, by `expose_provenance`.
pub(super) fn at<T>(address: usize) -> *mut T {
    with_exposed_provenance_mut(address)
}

#[cfg(test)]
mod tests {
    use std::ptr::{null, null_mut, without_provenance, without_provenance_mut};

    use super::*;

    #[test]
    fn what_leads_nowhere_is_not_followed() {
        // SAFETY: none of these is good, so none is followed.
        unsafe {
            assert_eq!(bytes::<4, u8>(null(), 4), [0; 4]);
            assert_eq!(get(without_provenance::<u64>(8)), None);
            fill(null_mut::<u8>(), 4, &[1; 4]);
            put(without_provenance_mut::<u32>(0xffff), 1);
        }
        assert_eq!(kind(without_provenance::<u8>(0x1_0000)), Pointer::Good);
    }

    #[test]
    fn no_byte_beyond_a_length_is_touched() {
        let mut buffer = [1_u8, 2, 3, 4];
        // SAFETY: there are as many bytes as the lengths say.
        unsafe {
            assert_eq!(bytes::<4, u8>(buffer.as_ptr(), 2), [1, 2, 0, 0]);
            fill(buffer.as_mut_ptr(), 3, &[9; 8]);
        }
        assert_eq!(buffer, [9, 9, 9, 4]);
    }
}
