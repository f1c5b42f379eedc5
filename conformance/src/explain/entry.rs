//! What an explanation consists of.

use portres_model::{Answer, Effect, Error, Question, Rule};
use serde::Serialize;

use super::shown::{Example, Listed, Role, SUCCESS, Shown};
use super::{Subject, calls, code, operation, question, rule, source};
use crate::ledger::Ledger;
use crate::reach::Reach;

/// What is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An error.
    Error,
    /// A rule.
    Rule,
    /// An open question.
    Question,
    /// A call.
    Call,
    /// A clause of the documentation, or a silence.
    Clause,
    /// A piece of evidence.
    Evidence,
}

/// All there is to say of one thing.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// What it is.
    pub kind: Kind,
    /// Its id or name.
    pub id: String,
    /// The number of an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// Further names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// What it means here, in a sentence or two.
    pub means: String,
    /// Its page in the reference, as a path in the project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What else is to say in a line: a label and a text.
    pub facts: Vec<(&'static str, String)>,
    /// How runtimes tell an error.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub told_as: Vec<Spelled>,
    /// Every way to get it; of a call, its rules in the order in which they are looked at.
    pub ways: Vec<Way>,
    /// The errors of a call, each with the rules that give it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<CodeEntry>,
    /// What is open about it.
    pub questions: Vec<QuestionEntry>,
    /// The clauses that it rests on.
    pub clauses: Vec<Cited>,
    /// The evidence.
    pub evidence: Vec<Cited>,
    /// A trace that conforms and shows it by its last event.
    pub example: Option<&'static Example>,
    /// Why there is none, if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_example: Option<String>,
    /// A trace that looks like it, and diverges by its last event.
    pub near_miss: Option<&'static Example>,
}

/// A rule at a call, and what it does there.
#[derive(Clone, Debug, Serialize)]
pub struct Way {
    /// The word with which the call begins.
    pub call: &'static str,
    /// The documentation's name of the call.
    pub windows: &'static str,
    /// The rule.
    pub rule: &'static str,
    /// What the rule says.
    pub says: &'static str,
    /// How well it is known.
    pub standing: &'static str,
    /// What the rule does at the call.
    pub role: Role,
    /// The errors that it gives there, or `success`.
    pub gives: Vec<String>,
    /// The open questions and answers that it hangs on.
    pub when: Vec<String>,
    /// The ids of clauses and evidence.
    pub sources: &'static [&'static str],
    /// The event that shows it.
    pub shown_by: Option<&'static str>,
    /// The fixture in which it stands.
    pub from: Option<&'static str>,
}

/// An error of a call.
#[derive(Clone, Debug, Serialize)]
pub struct CodeEntry {
    /// Its name.
    pub error: String,
    /// The rules that give it.
    pub rules: Vec<&'static str>,
}

/// A text or a name that tells an error.
#[derive(Clone, Debug, Serialize)]
pub struct Spelled {
    /// The text or the name.
    pub text: String,
    /// Who says it.
    pub by: &'static str,
    /// Where that is found.
    pub source: &'static str,
}

/// An open question.
#[derive(Clone, Debug, Serialize)]
pub struct QuestionEntry {
    /// Its id.
    pub id: &'static str,
    /// What it asks.
    pub asks: &'static str,
    /// Its answers, the likeliest first.
    pub answers: Vec<AnswerEntry>,
}

/// An answer.
#[derive(Clone, Debug, Serialize)]
pub struct AnswerEntry {
    /// Its id.
    pub id: &'static str,
    /// `passes`, `unforeseen`, or the code with which the call is refused.
    pub effect: String,
    /// Whether it is the likeliest.
    pub likeliest: bool,
    /// What speaks for it.
    pub evidence: &'static [&'static str],
    /// How many fixtures need it.
    pub needed_by: usize,
    /// A trace that needs it.
    pub example: Option<&'static Example>,
}

/// A source: a clause or a piece of evidence.
#[derive(Clone, Debug, Serialize)]
pub struct Cited {
    /// Its id.
    pub id: &'static str,
    /// The page and heading of a clause, or where the evidence is found.
    pub source: String,
    /// How strong the evidence is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strength: Option<&'static str>,
    /// What it says.
    pub says: &'static str,
}

/// All there is to say of a subject.
#[must_use]
pub fn explain(subject: &Subject) -> Explanation {
    let whole = match subject {
        Subject::Error(error) => code::explain(*error),
        Subject::Rule(rule) => rule::explain(*rule),
        Subject::Question(question) => question::explain(*question),
        Subject::Call(call) => operation::explain(call),
        Subject::Clause(clause) => source::clause(clause),
        Subject::Evidence(piece) => source::evidence(piece),
    };
    let reference = crate::reference::place(subject).map(|place| place.in_project());
    Explanation { reference, ..whole }
}

impl Explanation {
    /// Of a thing, with nothing said yet but what it means.
    pub(super) fn new(kind: Kind, id: impl Into<String>, means: impl Into<String>) -> Explanation {
        Explanation {
            kind,
            id: id.into(),
            number: None,
            names: Vec::new(),
            means: means.into(),
            reference: None,
            facts: Vec::new(),
            told_as: Vec::new(),
            ways: Vec::new(),
            errors: Vec::new(),
            questions: Vec::new(),
            clauses: Vec::new(),
            evidence: Vec::new(),
            example: None,
            no_example: None,
            near_miss: None,
        }
    }

    /// Adds the sources of its ways and of the answers that are about it: those first that speak of it, and that more cite.
    pub(super) fn cite(&mut self) {
        let of_ways = self.ways.iter().flat_map(|way| way.sources).copied();
        let is_error = self.kind == Kind::Error;
        let about = |answer: &&AnswerEntry| !is_error || answer.effect == self.id;
        let answers = self.questions.iter().flat_map(|q| &q.answers).filter(about);
        let of_answers = answers.flat_map(|answer| answer.evidence).copied();
        let mut counted: Vec<(&'static str, usize)> = Vec::new();
        for id in of_ways.chain(of_answers) {
            match counted.iter_mut().find(|(known, _)| *known == id) {
                Some((_, count)) => *count += 1,
                None => counted.push((id, 1)),
            }
        }
        counted.sort_by_key(|(_, count)| usize::MAX - count);
        self.put_sources(counted.into_iter().map(|(id, _)| id));
        let id = self.id.clone();
        self.clauses.sort_by_key(|cited| !cited.says.contains(&id));
        self.evidence.sort_by_key(|cited| !cited.says.contains(&id));
    }

    /// Adds these sources.
    pub(super) fn put_sources(&mut self, ids: impl IntoIterator<Item = &'static str>) {
        for id in ids {
            if let Some(cited) = clause(id) {
                self.clauses.push(cited);
            } else {
                self.evidence.extend(evidence(id));
            }
        }
    }
}

fn clause(id: &str) -> Option<Cited> {
    let clause = Ledger::built_in().clause(id)?;
    let source = format!("{}, {}", clause.page_short(), clause.heading);
    Some(Cited { id: &clause.id, source, strength: None, says: &clause.says })
}

fn evidence(id: &str) -> Option<Cited> {
    let piece = Ledger::built_in().piece(id)?;
    let (source, strength) = (piece.source.clone(), Some(piece.strength.as_str()));
    Some(Cited { id: &piece.id, source, strength, says: &piece.says })
}

impl Way {
    /// A rule at a call: everything that it does there.
    pub(super) fn of(head: &'static str, rule: Rule, listed: &Listed) -> Way {
        let mut gives: Vec<String> = listed.gives.iter().cloned().collect();
        for question in asked(listed) {
            for answer in question.answers() {
                match answer.effect {
                    Effect::Refuse(error) if !gives.contains(&error.to_string()) => {
                        gives.push(error.to_string());
                    }
                    _ => {}
                }
            }
        }
        if matches!(listed.role, Role::Answers | Role::Counts) && gives.is_empty() {
            gives.push(SUCCESS.into());
        }
        let when = listed.asks.union(&listed.under).cloned().collect();
        let at = |r: &super::shown::Reached| r.call == head && r.rule == rule.id();
        let shown = Shown::by_fixtures().shortest(at).map(|r| &r.example);
        Way::new(head, rule, listed, gives, when, shown)
    }

    /// A rule at a call.
    pub(super) fn new(
        head: &'static str,
        rule: Rule,
        listed: &Listed,
        gives: Vec<String>,
        when: Vec<String>,
        shown: Option<&'static Example>,
    ) -> Way {
        Way {
            call: head,
            windows: calls::of_head(head).and_then(|c| c.windows.first()).copied().unwrap_or(head),
            rule: rule.id(),
            says: rule.says(),
            standing: rule.standing().name(),
            role: listed.role,
            gives,
            when,
            sources: rule.sources(),
            shown_by: shown.map(Example::event),
            from: shown.map(|example| example.from.as_str()),
        }
    }
}

/// The questions that decide a rule's code.
pub(super) fn asked(listed: &Listed) -> impl Iterator<Item = Question> {
    listed.asks.iter().filter_map(|id| id.parse().ok())
}

impl QuestionEntry {
    /// The whole question.
    #[must_use]
    pub fn of(question: Question) -> QuestionEntry {
        let answers = question.answers().iter().enumerate();
        let entry = |(i, answer): (usize, &'static Answer)| AnswerEntry {
            id: answer.id,
            effect: effect(answer),
            likeliest: i == 0,
            evidence: answer.evidence,
            needed_by: Reach::of_fixtures().answer(question, answer.id).len(),
            example: Shown::by_fixtures().answer(question, answer.id),
        };
        QuestionEntry {
            id: question.id(),
            asks: question.asks(),
            answers: answers.map(entry).collect(),
        }
    }

    /// Questions by their ids, in the order of the table.
    pub(super) fn all_of<'a>(ids: impl IntoIterator<Item = &'a String>) -> Vec<QuestionEntry> {
        let ids: std::collections::BTreeSet<&String> = ids.into_iter().collect();
        let known = Question::ALL.iter().filter(|q| ids.iter().any(|id| *id == q.id()));
        known.map(|question| QuestionEntry::of(*question)).collect()
    }
}

fn effect(answer: &Answer) -> String {
    match answer.effect {
        Effect::Pass => "passes".into(),
        Effect::Refuse(error) => error.to_string(),
        Effect::Unforeseen => "unforeseen".into(),
    }
}

/// Every rule at every call, in the order of the calls.
pub(super) fn everywhere() -> impl Iterator<Item = (&'static str, Rule, &'static Listed)> {
    calls::ALL.iter().flat_map(|call| {
        let listed = Shown::by_fixtures().of_call(call.head).iter();
        listed.filter_map(|l| Some((call.head, l.rule.parse().ok()?, l)))
    })
}

/// What an answer to a question makes of an error, if it is this one.
pub(super) fn answer_giving(question: Question, error: Error) -> Option<&'static Answer> {
    question.answers().iter().find(|answer| answer.effect == Effect::Refuse(error))
}
