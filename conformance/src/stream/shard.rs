//! One of several runs that share the work.

use std::str::FromStr;

/// Every N-th of what there is, from the K-th on: `K/N`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    place: u64,
    of: u64,
}

/// A text is no shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected K/N: the K-th of N shards, from 1/N to N/N")]
pub struct BadShard;

impl FromStr for Shard {
    type Err = BadShard;

    fn from_str(text: &str) -> Result<Shard, BadShard> {
        let number = |word: &str| -> Option<u64> {
            word.bytes().all(|b| b.is_ascii_digit()).then(|| word.parse().ok())?
        };
        let (place, of) = text.split_once('/').ok_or(BadShard)?;
        let (place, of) = number(place).zip(number(of)).ok_or(BadShard)?;
        if !(1..=of).contains(&place) {
            return Err(BadShard);
        }
        Ok(Shard { place: place - 1, of })
    }
}

impl Shard {
    /// Whether what has this number, counted from 0, is part of it.
    #[must_use]
    pub const fn has(self, number: u64) -> bool {
        number % self.of == self.place
    }

    /// Whether it is the first.
    #[must_use]
    pub const fn is_first(self) -> bool {
        self.place == 0
    }
}
