//! `portres clauses`.

use portres::ledger::{Clause, Ledger};
use portres_model::{Question, Rule};
use serde::Serialize;

use super::Outcome;
use super::args::Clauses;
use super::listing::{Listing, NAME, labelled};

#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    page: &'a str,
    heading: &'a str,
    says: &'a str,
    basis: Option<&'a str>,
    rules: Vec<&'static str>,
    questions: Vec<&'static str>,
    reason: Option<&'a str>,
}

impl Line<'_> {
    fn of(clause: &Clause) -> Line<'_> {
        Line {
            id: &clause.id,
            page: &clause.page,
            heading: &clause.heading,
            says: &clause.says,
            basis: clause.basis.as_deref(),
            rules: rules_citing(&clause.id),
            questions: questions_citing(&clause.id),
            reason: clause.reason.as_deref(),
        }
    }
}

fn rules_citing(source: &str) -> Vec<&'static str> {
    let citing = Rule::ALL.iter().filter(|rule| rule.sources().contains(&source));
    citing.map(|rule| rule.id()).collect()
}

/// The questions that come from it, or that it answers.
fn questions_citing(source: &str) -> Vec<&'static str> {
    let citing = Question::ALL.iter().filter(|question| {
        question.clauses().contains(&source)
            || question.answers().iter().any(|answer| answer.evidence.contains(&source))
    });
    citing.map(|question| question.id()).collect()
}

pub(super) fn run(args: &Clauses) -> Outcome {
    let listing = Listing {
        what: "clause",
        all: &Ledger::built_in().clauses,
        id: |clause| &clause.id,
        line: &Line::of,
        brief: &brief,
        whole: &whole,
    };
    listing.write(args.id.as_deref(), args.format)
}

fn brief(clause: &Clause) -> String {
    let mut carried = rules_citing(&clause.id);
    carried.extend(questions_citing(&clause.id));
    carried.dedup();
    let (id, page, says) = (&clause.id, clause.page_short(), &clause.says);
    let by = match &clause.reason {
        Some(reason) => format!("left out: {reason}"),
        None if carried.is_empty() => "carried by no rule and no question".into(),
        None => carried.join(", "),
    };
    format!("{NAME}{id:11}{NAME:#} {page}: {}\n  {says}\n  {by}\n", clause.heading)
}

/// All there is to say of a clause.
fn whole(clause: &Clause) -> String {
    let mut text = format!("{}\n  {}\n", clause.id, clause.says);
    text += &labelled("page", &clause.page);
    text += &labelled("heading", &clause.heading);
    text += &labelled("basis", clause.basis.as_deref().unwrap_or_default());
    text += &carriers(&clause.id);
    if let Some(reason) = &clause.reason {
        let says = Ledger::built_in().reasons.get(reason).map_or("", String::as_str);
        text += &labelled("left out", &format!("{reason}: {says}"));
    }
    text
}

fn carriers(source: &str) -> String {
    let rules = labelled("rules", &rules_citing(source).join(", "));
    rules + &labelled("questions", &questions_citing(source).join(", "))
}
