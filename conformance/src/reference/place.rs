//! Where a thing is told.

use portres_model::{Error, Question, Rule};

use crate::explain::Subject;
use crate::explain::calls::{self, CallName};
use crate::explain::messages::Messages;
use crate::explain::shown::{Listed, Shown};
use crate::markdown::anchor;

/// The folder of the reference in the project.
pub const FOLDER: &str = "docs/reference";

/// A page of the reference, and a heading on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The page, without an ending.
    pub page: String,
    /// The anchor of the heading; of a whole page none.
    pub anchor: Option<String>,
}

impl Place {
    /// The path in the project, with the anchor.
    #[must_use]
    pub fn in_project(&self) -> String {
        format!("{FOLDER}/{}", self.beside())
    }

    /// The path in the site, with the anchor.
    #[must_use]
    pub fn in_site(&self) -> String {
        format!("reference/{}.html{}", self.page, self.behind())
    }

    /// The link from another page of the reference.
    pub(super) fn beside(&self) -> String {
        format!("{}.md{}", self.page, self.behind())
    }

    fn behind(&self) -> String {
        self.anchor.as_ref().map(|anchor| format!("#{anchor}")).unwrap_or_default()
    }
}

/// Where the reference tells of something: a rule and a question on the page of their call, or else of the first call that
/// they are about. Clauses and evidence have no page, and a rule of calls that overlap none either.
#[must_use]
pub fn place(subject: &Subject) -> Option<Place> {
    let on = |call: &str, anchor| Place { page: call.into(), anchor: Some(anchor) };
    match subject {
        Subject::Call(_) => Some(Place { page: page_of(subject), anchor: None }),
        Subject::Error(error) => {
            let known = error.c_name().is_some() || Messages::built_in().foreign(*error).is_some();
            known.then(|| Place { page: page_of(subject), anchor: None })
        }
        Subject::Rule(rule) => Some(on(home(rule.id(), |l| l.rule == rule.id())?, of_rule(*rule))),
        Subject::Question(question) => {
            let id = question.id();
            let home = home(id, |l| l.asks.contains(id) || l.under.contains(id))?;
            Some(on(home, of_question(*question)))
        }
        Subject::Clause(_) | Subject::Evidence(_) => None,
    }
}

/// The call that the id begins with, if it is listed there, or else the first where it is.
fn home(id: &str, is_listed: impl Fn(&Listed) -> bool) -> Option<&'static str> {
    let at = |call: &&CallName| Shown::by_fixtures().of_call(call.head).iter().any(&is_listed);
    let own = id.split('.').next().and_then(calls::of_head).filter(at);
    own.or_else(|| calls::ALL.iter().find(at)).map(|call| call.head)
}

pub(super) fn page_of(subject: &Subject) -> String {
    match subject {
        Subject::Call(call) => call.head.into(),
        Subject::Error(error) => name_of(*error).to_lowercase(),
        Subject::Rule(_) | Subject::Question(_) | Subject::Clause(_) | Subject::Evidence(_) => {
            String::new()
        }
    }
}

/// The name of an error, those of other components among them.
pub(super) fn name_of(error: Error) -> String {
    match Messages::built_in().foreign(error) {
        Some(foreign) => foreign.name.clone(),
        None => error.to_string(),
    }
}

fn of_rule(rule: Rule) -> String {
    anchor(rule.id())
}

fn of_question(question: Question) -> String {
    anchor(&question_heading(question.id()))
}

/// Rules and questions share ids, and anchors must not.
pub(super) fn question_heading(id: &str) -> String {
    format!("Question {id}")
}
