//! Numbers that are drawn: the same seed, the same numbers on every machine.

/// A sequence of choices (xorshift).
#[derive(Clone, Debug)]
pub struct Draw(u64);

impl Draw {
    /// From this seed, which must not be 0.
    #[must_use]
    pub const fn new(seed: u64) -> Draw {
        Draw(seed)
    }

    /// A number below another.
    pub fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % most
    }
}
