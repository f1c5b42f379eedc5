//! Where a search has been, in the manner of Lowe: what lies behind is not searched again.
//!
//! A place where fewer readings are left than there were lies behind one where the search has been: what can be placed there,
//! and to whatever it leads, could be placed and was reached from the other.

use std::hash::{DefaultHasher, Hash, Hasher};

use portres_model::Profile;
use rustc_hash::FxHashMap;

/// The calls that have been placed with what nobody has seen, and the world: fingerprints.
pub(super) type Place = (u64, u64);

/// What has been left of the readings, by a number: the same number, the same readings.
pub(super) type Readings = u32;

/// The places, and whether all calls could be placed from there.
#[derive(Default)]
pub(super) struct Memory {
    /// The last visit to each.
    places: FxHashMap<Place, u32>,
    visits: Vec<Visit>,
    /// Whether all calls could be placed from a leg of the way on: from one choice to the next.
    legs: Vec<bool>,
    profiles: Vec<Profile>,
    numbers: FxHashMap<u64, Readings>,
    /// Whether the first leave no reading that the second do not leave.
    within: FxHashMap<(Readings, Readings), bool>,
}

/// A visit to a place.
struct Visit {
    readings: Readings,
    leg: u32,
    /// The visit before it.
    earlier: Option<u32>,
}

impl Memory {
    pub(super) fn clear(&mut self) {
        self.places.clear();
        self.visits.clear();
        self.legs.clear();
    }

    /// The number of readings.
    pub(super) fn number(&mut self, profile: &Profile) -> Readings {
        let mut hasher = DefaultHasher::new();
        profile.hash(&mut hasher);
        let next = self.profiles.len() as Readings;
        let number = *self.numbers.entry(hasher.finish()).or_insert(next);
        if number == next {
            self.profiles.push(profile.clone());
        }
        number
    }

    /// A leg begins.
    pub(super) fn sets_out(&mut self) -> u32 {
        self.legs.push(false);
        self.legs.len() as u32 - 1
    }

    /// From this leg on all calls can be placed.
    pub(super) fn arrives(&mut self, leg: u32) {
        self.legs[leg as usize] = true;
    }

    /// Whether all calls could be placed from there, if the search has been there with these readings left and perhaps others;
    /// if not, it has been there now.
    pub(super) fn has_been(&mut self, place: Place, readings: Readings, leg: u32) -> Option<bool> {
        let last = self.places.get(&place).copied();
        let mut at = last;
        while let Some(visit) = at.map(|at| &self.visits[at as usize]) {
            let (earlier, leg) = (visit.earlier, visit.leg);
            if self.is_within(readings, visit.readings) {
                return Some(self.legs[leg as usize]);
            }
            at = earlier;
        }
        self.places.insert(place, self.visits.len() as u32);
        self.visits.push(Visit { readings, leg, earlier: last });
        None
    }

    fn is_within(&mut self, one: Readings, other: Readings) -> bool {
        let profiles = &self.profiles;
        let find = || profiles[one as usize].is_within(&profiles[other as usize]);
        one == other || *self.within.entry((one, other)).or_insert_with(find)
    }
}
