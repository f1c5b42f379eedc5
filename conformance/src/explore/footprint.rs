//! What of a state a call depends on, so that a search need not ask the relation again where the rest alone has changed.
//!
//! A world declares footprints, and nothing believes them: `portres explore --verify` asks the relation about every call in
//! every state and compares.

use super::packing::Field;
use super::{Move, SmallWorld, State};

/// A case of a call: when it applies, and what it reads then. Names are those of the components; `*` stands for whatever
/// stands there. In a state to which no case of a call applies the call leads nowhere.
#[derive(Clone, Debug, Default)]
pub struct Footprint {
    equal: Vec<(String, u32)>,
    given: Vec<String>,
    unless: Vec<(String, u32)>,
    keeps: String,
    reads: String,
    sets: String,
}

impl Footprint {
    /// Everything may be read.
    #[must_use]
    pub fn whole() -> Footprint {
        Footprint::of("*")
    }

    /// A call reads these components, separated by commas. What it does to the rest does not depend on the rest: a bit is kept
    /// or inverted, whatever it is. But where a row begins, or ends and leaves at most its first component, the rest of it is
    /// written anew.
    pub fn of(reads: impl Into<String>) -> Footprint {
        Footprint { reads: reads.into(), ..Footprint::default() }
    }

    /// It also writes these anew, whatever they are, and does not read them.
    #[must_use]
    pub fn sets(self, sets: impl Into<String>) -> Footprint {
        Footprint { sets: sets.into(), ..self }
    }

    /// It does not write these anew, even where a row begins or ends.
    #[must_use]
    pub fn keeps(self, keeps: impl Into<String>) -> Footprint {
        Footprint { keeps: keeps.into(), ..self }
    }

    /// Only where a component does not have this value.
    #[must_use]
    pub fn unless(mut self, name: impl Into<String>, value: u32) -> Footprint {
        self.unless.push((name.into(), value));
        self
    }

    /// Only where a component has this value.
    #[must_use]
    pub fn when(mut self, name: impl Into<String>, value: u32) -> Footprint {
        self.equal.push((name.into(), value));
        self
    }

    /// Only where a component is not 0.
    #[must_use]
    pub fn given(mut self, name: impl Into<String>) -> Footprint {
        self.given.push(name.into());
        self
    }

    fn mask(&self, fields: &[Field]) -> Mask {
        let mut mask = Mask { reads: bits(fields, &self.reads), ..Mask::default() };
        mask.sets = bits(fields, &self.sets) & !mask.reads;
        let of = |(name, value): &(String, u32)| {
            let of = bits(fields, name);
            (of, (u64::from(*value) << of.trailing_zeros()) & of)
        };
        for (of, value) in self.equal.iter().map(of) {
            mask.fixed |= of;
            mask.value |= value;
        }
        mask.unless = self.unless.iter().map(of).collect();
        mask.keeps = bits(fields, &self.keeps);
        mask.given = self.given.iter().map(|name| bits(fields, name)).collect();
        mask.reads &= !mask.fixed;
        mask
    }
}

/// The bits of the components that are named.
fn bits(fields: &[Field], names: &str) -> State {
    let names = || names.split(',').map(str::trim).filter(|name| !name.is_empty());
    let is = |field: &Field, name: &str| match name.split_once('*') {
        Some((head, tail)) => field.name.starts_with(head) && field.name.ends_with(tail),
        None => field.name == name,
    };
    for name in names() {
        assert!(fields.iter().any(|f| is(f, name)), "no component is called `{name}`");
    }
    let (mut at, mut all) = (0, 0);
    for field in fields {
        if names().any(|name| is(field, name)) {
            all |= ((1 << field.bits) - 1) << at;
        }
        at += field.bits;
    }
    all
}

/// A footprint in bits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Mask {
    fixed: State,
    value: State,
    given: Vec<State>,
    unless: Vec<(State, State)>,
    keeps: State,
    reads: State,
    sets: State,
}

/// What a transition does to a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    keep: State,
    flip: State,
}

impl Change {
    /// Where it leads to.
    #[inline]
    pub(super) const fn of(self, state: State) -> State {
        (state & self.keep) ^ self.flip
    }
}

/// Calls with one footprint.
#[derive(Clone, Debug)]
pub(super) struct Group {
    mask: Mask,
    /// Their places in the alphabet.
    pub(super) moves: Vec<usize>,
}

impl Group {
    /// Whether their case applies.
    #[inline]
    pub(super) fn applies(&self, state: State) -> bool {
        state & self.mask.fixed == self.mask.value
            && self.mask.given.iter().all(|of| state & of != 0)
            && self.mask.unless.iter().all(|(of, value)| state & of != *value)
    }

    /// Whether they set what they do not read.
    #[inline]
    pub(super) const fn sets(&self) -> bool {
        self.mask.sets != 0
    }

    /// What they read of a state.
    #[inline]
    pub(super) const fn read(&self, state: State) -> State {
        state & self.mask.reads
    }
}

/// The groups of a world's calls, and its rows.
#[derive(Clone, Debug)]
pub(super) struct Footprints {
    pub(super) groups: Vec<Group>,
    /// The first component of each row, and the others.
    rows: Vec<(State, State)>,
}

impl Footprints {
    pub(super) fn new(small: &impl SmallWorld, moves: &[Move]) -> Footprints {
        let fields = small.fields();
        let mut groups: Vec<Group> = Vec::new();
        for (i, at) in moves.iter().enumerate() {
            for footprint in small.footprints(at) {
                let mask = footprint.mask(&fields);
                match groups.iter_mut().find(|g| g.mask == mask) {
                    Some(group) => group.moves.push(i),
                    None => groups.push(Group { mask, moves: vec![i] }),
                }
            }
        }
        Footprints { groups, rows: rows(&fields) }
    }

    /// What a transition of a group does, as far as its footprint tells.
    pub(super) fn change(&self, group: &Group, from: State, to: State) -> Change {
        let Mask { reads, fixed, sets, keeps, .. } = group.mask;
        let anew = |(first, rest): &&(State, State)| {
            let bare = from & first == 0 || to & (first | rest) == to & first;
            (from ^ to) & first != 0 && bare
        };
        let begun = self.rows.iter().filter(anew);
        let clear = begun.fold(sets, |clear, (_, rest)| clear | rest) & !(reads | fixed | keeps);
        Change { keep: !clear, flip: (from & !clear) ^ to }
    }
}

fn rows(fields: &[Field]) -> Vec<(State, State)> {
    let row = |field: &Field| field.name.split_once('.').map(|(row, _)| format!("{row}.*"));
    let mut names: Vec<String> = fields.iter().filter_map(row).collect();
    names.dedup();
    let of = |name: &String| {
        let first = fields.iter().find(|f| row(f).as_ref() == Some(name));
        let first = first.map_or(0, |f| bits(fields, &f.name));
        (first, bits(fields, name) & !first)
    };
    names.iter().map(of).collect()
}
