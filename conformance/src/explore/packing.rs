//! State vectors in the bits of one number.

use super::State;

/// A component of a state vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// What it is.
    pub name: String,
    /// How many bits it takes.
    pub bits: u32,
}

/// Components for each thing of a kind: `s1.port`, `s2.port`.
pub(super) fn fields(of: &str, numbers: u32, parts: &[(&str, u32)]) -> Vec<Field> {
    let each = (1..=numbers).flat_map(|number| {
        parts
            .iter()
            .map(move |(part, bits)| Field { name: format!("{of}{number}.{part}"), bits: *bits })
    });
    each.collect()
}

/// Components that stand alone.
pub(super) fn single(parts: &[(&str, u32)]) -> Vec<Field> {
    parts.iter().map(|(name, bits)| Field { name: (*name).into(), bits: *bits }).collect()
}

/// Writes components, the first into the lowest bits.
#[derive(Clone, Copy, Default)]
pub(super) struct Writer {
    bits: u64,
    at: u32,
}

impl Writer {
    #[inline]
    pub(super) fn put(&mut self, value: u32, bits: u32) {
        debug_assert!(value >> bits == 0, "{value} in {bits} bits");
        self.bits |= u64::from(value) << self.at;
        self.at += bits;
    }

    /// Components of nothing.
    #[inline]
    pub(super) fn zeros(&mut self, bits: u32) {
        self.at += bits;
    }

    #[inline]
    pub(super) fn state(self) -> State {
        debug_assert!(self.at < 64, "a state takes less than 64 bits");
        self.bits
    }
}

/// Reads them back.
#[derive(Clone, Copy)]
pub(super) struct Reader(u64);

impl Reader {
    pub(super) const fn new(state: State) -> Reader {
        Reader(state)
    }

    #[inline]
    pub(super) fn take(&mut self, bits: u32) -> u32 {
        let value = self.0 & ((1 << bits) - 1);
        self.0 >>= bits;
        value as u32
    }
}
