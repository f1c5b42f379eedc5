//! The set of states that have been reached: exact, one number each.

use super::State;

/// No state: a state takes less than 64 bits.
const VACANT: State = State::MAX;

/// A set of states, by open addressing.
pub(super) struct Visited {
    places: Vec<State>,
    count: usize,
}

/// How many places are looked at together.
const AT_ONCE: usize = 32;

/// Mixes the bits of a state.
#[inline]
pub(super) const fn mixed(state: State) -> u64 {
    let once = (state ^ state >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (once ^ once >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

impl Visited {
    pub(super) fn new() -> Visited {
        Visited { places: vec![VACANT; 1 << 12], count: 0 }
    }

    /// Puts a state in; tells whether it is new.
    #[inline]
    pub(super) fn insert(&mut self, state: State) -> bool {
        if self.count * 2 >= self.places.len() {
            self.grow();
        }
        let mask = self.places.len() - 1;
        let mut at = (mixed(state) >> 8) as usize & mask;
        loop {
            match self.places[at] {
                VACANT => break,
                there if there == state => return false,
                _ => at = (at + 1) & mask,
            }
        }
        self.places[at] = state;
        self.count += 1;
        true
    }

    /// Puts states in; adds those that are new to a list. Their places are looked at first, all of them: they lie far apart in
    /// memory, and so they are fetched at the same time.
    pub(super) fn insert_all(&mut self, states: &[State], new: &mut Vec<State>) {
        let mut there = [VACANT; AT_ONCE];
        for states in states.chunks(AT_ONCE) {
            let mask = self.places.len() - 1;
            for (there, state) in there.iter_mut().zip(states) {
                *there = self.places[(mixed(*state) >> 8) as usize & mask];
            }
            for (there, state) in there.iter().zip(states) {
                if there != state && self.insert(*state) {
                    new.push(*state);
                }
            }
        }
    }

    #[cold]
    fn grow(&mut self) {
        let larger = vec![VACANT; self.places.len() * 2];
        let old = std::mem::replace(&mut self.places, larger);
        self.count = 0;
        old.into_iter().filter(|s| *s != VACANT).for_each(|s| {
            self.insert(s);
        });
    }

    /// Every state.
    pub(super) fn states(&self) -> impl Iterator<Item = State> + '_ {
        self.places.iter().copied().filter(|s| *s != VACANT)
    }

    pub(super) const fn count(&self) -> usize {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_is_there_once() {
        let mut visited = Visited::new();
        for state in (0..50_000).chain(0..50_000) {
            visited.insert(state * 3);
        }
        assert_eq!(visited.count(), 50_000);
        assert_eq!(visited.states().max(), Some(49_999 * 3));
        assert!(!visited.insert(0) && visited.insert(1));
        let mut new = Vec::new();
        visited.insert_all(&[0, 2, 3, 2, 4], &mut new);
        assert_eq!(new, [2, 4]);
    }
}
