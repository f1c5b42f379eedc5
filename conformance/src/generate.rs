//! Suites of scripts that nobody has to write: one by the classes of inputs of each call, one drawn at random. They run on
//! every system (`portres record`).

mod classes;
mod draw;
mod expand;
mod random;

pub use draw::Draw;

/// A script of a suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// The name of its file, without an extension.
    pub name: String,
    /// What it tries, in a sentence.
    pub title: String,
    /// The script.
    pub text: String,
    /// How many calls it has.
    pub calls: usize,
}

/// The class suite: for each call, every combination of the classes that its inputs fall into, as the tables beside this room
/// have them. It is always the same.
#[must_use]
pub fn classes() -> Vec<Generated> {
    classes::sheets().iter().flat_map(classes::Sheet::scripts).collect()
}

/// So many scripts of calls that are drawn from the seed, nearly all of them about what there is, and mostly at ports where
/// something ends. Same seed, same scripts; the first ones are the same however many there are.
#[must_use]
pub fn random(seed: u64, count: usize) -> Vec<Generated> {
    (0..count).map(|place| random::script(seed, place)).collect()
}
