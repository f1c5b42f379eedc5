//! The reference: a page for every call and every error, as Markdown. Each is an explanation ([`crate::explain`]) written out,
//! so nothing is told here that the rules, the questions, the ledger and the fixtures do not tell.

mod call;
mod code;
mod contents;
mod open;
mod parts;
mod place;
mod sources;

pub use place::{FOLDER, Place, place};

use crate::explain::Subject;
use portres_model::Error;

use crate::explain::calls;
use crate::explain::messages::Messages;

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The name of its file in [`FOLDER`].
    pub file: String,
    /// What stands in it.
    pub text: String,
}

/// Every page, the contents first.
#[must_use]
pub fn documents() -> Vec<Document> {
    let mut documents = vec![Document { file: "index.md".into(), text: contents::write() }];
    for name in calls::ALL {
        let file = format!("{}.md", place::page_of(&Subject::Call(name)));
        documents.push(Document { file, text: call::write(name) });
    }
    for error in errors() {
        let file = format!("{}.md", place::page_of(&Subject::Error(error)));
        documents.push(Document { file, text: code::write(error) });
    }
    documents
}

/// The errors that have a page, in the order of their numbers.
fn errors() -> Vec<Error> {
    let foreign = Messages::built_in().foreign.iter().map(|f| Error::from_number(f.number));
    let mut errors: Vec<Error> = Error::ALL.iter().copied().chain(foreign).collect();
    errors.sort_by_key(|error| error.number());
    errors
}

/// Before everything else on a page.
const GENERATED: &str =
    "<!-- Generated: PORTRES_BLESS=1 cargo test -p portres --test reference -->\n\n";
