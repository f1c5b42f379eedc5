//! What a program passes pointers to: each buffer is an allocation of its own, exactly as long as is said, so that a sanitizer
//! sees a byte that is touched beyond it, or behind its end of life.

use std::ptr::{null_mut, without_provenance_mut};

use crate::draw::Draw;

/// Buffers that live as long as the call.
#[derive(Default)]
pub(super) struct Buffers(Vec<Box<[u8]>>);

/// A buffer, or what is passed for one.
#[derive(Clone, Copy)]
pub(super) struct Passed {
    pub(super) at: *mut u8,
    /// As many bytes as can be read and written there.
    pub(super) length: usize,
}

impl Passed {
    /// Its bytes, if there are as many.
    #[expect(unsafe_code, reason = "what the function has written is read as the program reads it")]
    pub(super) fn read<const N: usize>(self) -> Option<[u8; N]> {
        let good = self.at.addr() >= 0x1_0000 && self.length >= N;
        // SAFETY: the buffer is as long as is said, and lives.
        good.then(|| unsafe { self.at.cast::<[u8; N]>().read_unaligned() })
    }
}

impl Buffers {
    /// Room that holds these bytes.
    pub(super) fn of(&mut self, bytes: &[u8]) -> Passed {
        let length = bytes.len();
        // an allocation of nothing has no address: what is passed is the end of another one
        let mut room: Box<[u8]> = if length == 0 { Box::new([0; 8]) } else { bytes.into() };
        let from = if length == 0 { room.len() } else { 0 };
        let at = room.as_mut_ptr().wrapping_add(from);
        self.0.push(room);
        Passed { at, length }
    }

    /// The same, or now and then NULL or a pointer that leads nowhere.
    pub(super) fn or_none(&mut self, bytes: &[u8], draw: &mut Draw<'_>) -> Passed {
        match draw.below(16) {
            1 => Passed { at: null_mut(), length: bytes.len() },
            2 => Passed { at: without_provenance_mut(1 + draw.below(0xffff)), length: bytes.len() },
            _ => self.of(bytes),
        }
    }

    /// Room for a structure of this size: the functions that take it are not told how long it is.
    pub(super) fn structure(&mut self, size: usize, draw: &mut Draw<'_>) -> Passed {
        let filled = if draw.one_in(4) { 0xff } else { 0 };
        self.or_none(&vec![filled; size], draw)
    }

    /// A buffer whose length the function is told, mostly that which is wanted, with the length as it is told.
    pub(super) fn sized(&mut self, wanted: &[u8], draw: &mut Draw<'_>) -> (Passed, i32) {
        let length = match draw.below(8) {
            1 => wanted.len().saturating_sub(1),
            2 => wanted.len() + 1,
            3 => draw.pick(&[0, 1, 2, 3, 4, 8, 15, 16, 28, 64, 300]),
            4 => draw.below(40),
            _ => wanted.len(),
        };
        let mut bytes = wanted.to_vec();
        bytes.resize(length, 0x55);
        let passed = self.or_none(&bytes, draw);
        // no buffer has a negative length, so nothing of it may be touched
        let negative = draw.one_in(64);
        (passed, if negative { draw.pick(&[-1, i32::MIN]) } else { length as i32 })
    }
}
