//! Explaining: what an error, a rule, a question, a call or a source means here, every way to get it, what it rests on, what
//! is open about it, and a trace that shows it.
//!
//! Nothing of this is written twice: the rules and questions are the model's, the order of rules and the traces are seen in
//! the fixtures ([`shown`]), the sources stand in the ledger, and how errors are told in one table ([`messages`]).

mod asked;
pub mod calls;
mod code;
mod endpoint;
mod entry;
pub mod messages;
mod operation;
mod question;
mod rule;
pub mod shown;
mod source;

pub use asked::{Asked, Subject, Unknown, read};
pub use endpoint::{Endpoint, question_about};
pub use entry::{
    AnswerEntry, Cited, CodeEntry, Explanation, Kind, QuestionEntry, Spelled, Way, explain,
};
