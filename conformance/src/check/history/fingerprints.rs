//! What a search has come to, in a few bits: the calls that have been placed, and what a state is besides its world, which has a
//! fingerprint of its own.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::State;

/// A number for a call in a set of calls (SplitMix64).
pub(super) const fn of_call(call: u32) -> u64 {
    let mut z = (call as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number for what nobody has seen, 0 if that is nothing.
pub(super) fn of_unseen(state: &State) -> u64 {
    if state.is_plain() && !state.unseen.loose {
        return 0;
    }
    let mut hasher = DefaultHasher::new();
    (&state.unseen, &state.unlisted).hash(&mut hasher);
    hasher.finish()
}
