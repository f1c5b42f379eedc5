//! A machine and a call: what may Windows answer? An answer is judged by the relation, under the documented profile.
//!
//! A question is drawn by a seed from what the fixtures show of a chapter's rules; often it is changed a little first, so that
//! what was refused may pass. The fixture's own reply decides nothing.

use serde::Serialize;

pub mod chapter;
mod draw;
mod grade;
mod question;
mod tell;

pub use chapter::{CHAPTERS, Chapter};
pub use grade::{Graded, Judged, Mark, Sheet};
pub use question::Question;
pub use tell::{class, graded, question, score};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Paper {
    /// The chapter of the guide; all of them where there is none.
    pub chapter: Option<u8>,
    /// What the questions are drawn from. Same version, same seed, same questions.
    pub seed: u64,
    /// How many questions.
    pub count: usize,
}

/// The most questions of a paper: there are not many more that differ.
pub const MOST_QUESTIONS: usize = 100;

impl Paper {
    /// Its questions. Fewer than asked for where the chapter has no more that differ.
    #[must_use]
    pub fn questions(&self) -> Vec<Question> {
        draw::questions(self)
    }
}
