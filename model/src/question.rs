//! The open questions: what the documentation leaves open, says twice, or contradicts.
//!
//! A question has a closed set of answers. A real system answers it the same way every time in the same circumstances.
//! The first answer is the likeliest.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// What an answer means where the question is asked whether a call is refused.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Effect {
    /// It is not refused for this reason; what happens instead, the answer's name tells.
    Pass,
    /// It is refused with this code.
    Refuse(Error),
    /// It is refused with a code that no other answer names: seeing it is a discovery.
    Unforeseen,
}

/// One possible answer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Answer {
    /// Its id within the question.
    pub id: &'static str,
    /// What it means.
    pub effect: Effect,
    /// What speaks for it; empty when nothing does.
    pub evidence: &'static [&'static str],
}

/// The most answers that a question can have: they are kept as bits.
pub const MOST_ANSWERS: usize = 8;

/// A set of answers of one question, one bit each, the likeliest lowest.
pub type Answers = u8;

macro_rules! questions {
    ($($variant:ident $id:literal $clauses:tt $asks:literal { $($answer:literal $effect:expr, $evidence:tt;)* })*) => {
        /// What a system may do in either of several ways. Its text and answers are in [`Question::asks`] and [`Question::answers`].
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Question { $(#[doc = $asks] $variant,)* }

        impl Question {
            /// Every question.
            pub const ALL: &[Question] = &[$(Question::$variant),*];

            /// The stable id, `call.what`.
            #[must_use]
            pub const fn id(self) -> &'static str { match self { $(Question::$variant => $id,)* } }

            /// The question as a sentence.
            #[must_use]
            pub const fn asks(self) -> &'static str { match self { $(Question::$variant => $asks,)* } }

            /// The silences, contradictions and clauses from which it comes.
            #[must_use]
            pub const fn clauses(self) -> &'static [&'static str] { match self { $(Question::$variant => &$clauses,)* } }

            /// The possible answers, the likeliest first.
            #[must_use]
            pub const fn answers(self) -> &'static [Answer] {
                match self { $(Question::$variant => const { &[$(Answer { id: $answer, effect: $effect, evidence: &$evidence }),*] },)* }
            }
        }
    };
}

use Effect::{Pass, Refuse, Unforeseen};

mod table;
pub use table::Question;

impl Question {
    /// How many questions there are.
    pub const COUNT: usize = Question::ALL.len();

    pub(crate) const fn index(self) -> usize {
        self as usize
    }

    /// All of its answers.
    #[must_use]
    pub const fn all(self) -> Answers {
        (((1u16 << self.answers().len()) - 1) & 0xff) as Answers
    }

    /// The answers of these ids. For constants: an id that the question does not have stops the compiler.
    #[must_use]
    pub(crate) const fn only(self, ids: &[&str]) -> Literal {
        let (mut answers, mut i) = (0, 0);
        while i < ids.len() {
            answers |= 1 << self.place(ids[i]);
            i += 1;
        }
        Literal { question: self, answers }
    }

    const fn place(self, id: &str) -> usize {
        let mut i = 0;
        while i < self.answers().len() {
            if same(self.answers()[i].id.as_bytes(), id.as_bytes()) {
                return i;
            }
            i += 1;
        }
        panic!("the question has no such answer")
    }

    /// The answers under which the call is not refused.
    #[inline]
    #[must_use]
    pub fn passing(self) -> Answers {
        PASSING[self.index()]
    }

    /// The answers that say what happens: all but those with an unforeseen code.
    #[inline]
    #[must_use]
    pub fn foreseen(self) -> Answers {
        FORESEEN[self.index()]
    }

    /// The answers under which the call is refused with this code, a code that no answer names counting as unforeseen; a
    /// code that is no refusal at all does not.
    #[must_use]
    pub fn refusing(self, code: Error) -> Answers {
        use Error::{AccessViolation, IoIncomplete, IoPending};
        let with = |effect: Effect| {
            let bits = self.answers().iter().enumerate().filter(|(_, a)| a.effect == effect);
            bits.fold(0, |set, (i, _)| set | 1 << i)
        };
        match with(Refuse(code)) {
            0 if matches!(code, IoPending | IoIncomplete | AccessViolation) => 0,
            0 => with(Unforeseen),
            named => named,
        }
    }

    /// The answer of this id.
    #[must_use]
    pub fn answer(self, id: &str) -> Option<Answers> {
        self.answers().iter().position(|a| a.id == id).map(|i| 1 << i)
    }

    /// The ids of a set of answers.
    pub fn names(self, set: Answers) -> impl Iterator<Item = &'static str> {
        self.answers().iter().enumerate().filter(move |(i, _)| set >> i & 1 == 1).map(|(_, a)| a.id)
    }
}

const PASSING: [Answers; Question::COUNT] = sets(true);
/// The answers of each question that say what happens: all but those with an unforeseen code.
pub(crate) const FORESEEN: [Answers; Question::COUNT] = sets(false);

/// For each question the answers that are foreseen, all or those alone that let the call pass.
const fn sets(passing: bool) -> [Answers; Question::COUNT] {
    let mut sets = [0; Question::COUNT];
    let mut q = 0;
    while q < Question::COUNT {
        let answers = Question::ALL[q].answers();
        let mut i = 0;
        while i < answers.len() {
            let counts = match answers[i].effect {
                Pass => true,
                Refuse(_) => !passing,
                Unforeseen => false,
            };
            if counts {
                sets[q] |= 1 << i;
            }
            i += 1;
        }
        q += 1;
    }
    sets
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len() && i == b.len()
}

/// The answer to a question is one of a set.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Literal {
    /// The question.
    pub question: Question,
    /// The answers that fit.
    pub answers: Answers,
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is ", self.question)?;
        for (i, name) in self.question.names(self.answers).enumerate() {
            write!(f, "{}{name}", if i == 0 { "" } else { " or " })?;
        }
        Ok(())
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// There is no question of this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown question")]
pub struct UnknownQuestion;

impl FromStr for Question {
    type Err = UnknownQuestion;
    fn from_str(id: &str) -> Result<Question, UnknownQuestion> {
        Question::ALL.iter().find(|q| q.id() == id).copied().ok_or(UnknownQuestion)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_fit_their_bits_and_have_different_ids() {
        for &question in Question::ALL {
            let ids: std::collections::BTreeSet<_> =
                question.answers().iter().map(|a| a.id).collect();
            assert_eq!(ids.len(), question.answers().len(), "{question}");
            assert!((2..=MOST_ANSWERS).contains(&ids.len()), "{question}");
        }
    }

    #[test]
    fn a_code_is_refused_by_the_answers_that_name_it_or_else_by_the_unforeseen() {
        let q = Question::AcquireZeroCount;
        assert_eq!(q.refusing(Error::WsaInvalid), q.only(&["invalid"]).answers);
        assert_eq!(q.refusing(Error::WsaAccess), q.only(&["other"]).answers);
        assert_eq!(Question::StrangerInSystemBlock.refusing(Error::WsaInvalid), 0);
        assert_eq!(q.refusing(Error::IoPending), 0);
        assert_eq!(q.passing(), q.only(&["empty"]).answers);
    }
}
