//! `portres rules`.

use portres::ledger::Ledger;
use portres::reach::{Paths, Reach};
use portres_model::{Question, Rule};
use serde::Serialize;

use super::Outcome;
use super::args::Rules;
use super::listing::{Listing, NAME, fixtures, labelled, paths};

#[derive(Serialize)]
struct Line {
    id: &'static str,
    says: &'static str,
    class: &'static str,
    standing: &'static str,
    sources: &'static [&'static str],
    clauses: Vec<&'static str>,
    evidence: Vec<&'static str>,
    reason: Option<&'static str>,
    questions: Vec<&'static str>,
    accepted_by: &'static Paths,
    rejected_by: &'static Paths,
    recorded_by: &'static Paths,
}

impl Line {
    fn of(rule: Rule) -> Line {
        let (clauses, evidence) = Ledger::built_in().split(rule.sources());
        let reach = Reach::of_fixtures().rule(rule);
        Line {
            id: rule.id(),
            says: rule.says(),
            class: rule.class().name(),
            standing: rule.standing().name(),
            sources: rule.sources(),
            clauses,
            evidence,
            reason: Some(rule.reason()).filter(|reason| !reason.is_empty()),
            questions: questions(rule),
            accepted_by: &reach.accepted_by,
            rejected_by: &reach.rejected_by,
            recorded_by: &reach.recorded_by,
        }
    }
}

/// The questions that decide it.
fn questions(rule: Rule) -> Vec<&'static str> {
    let decided_by = &Reach::of_fixtures().rule(rule).decided_by;
    let ids = Question::ALL.iter().map(|q| q.id());
    ids.filter(|id| decided_by.contains(*id)).collect()
}

pub(super) fn run(args: &Rules) -> Outcome {
    let listing = Listing {
        what: "rule",
        all: Rule::ALL,
        id: |rule| rule.id(),
        line: &|rule| Line::of(*rule),
        brief: &|rule| brief(*rule),
        whole: &|rule| whole(*rule),
    };
    listing.write(args.id.as_deref(), args.format)
}

fn brief(rule: Rule) -> String {
    let reach = Reach::of_fixtures().rule(rule);
    format!(
        "{NAME}{:32}{NAME:#} {:10} {:9} reached by {}, defended by {}\n  {}\n  {}\n",
        rule.id(),
        rule.standing().name(),
        rule.class().name(),
        reach.accepted_by.len(),
        reach.rejected_by.len(),
        rule.says(),
        rule.sources().join(", ")
    )
}

/// All there is to say of a rule.
fn whole(rule: Rule) -> String {
    let Line { clauses, evidence, accepted_by, rejected_by, recorded_by, .. } = Line::of(rule);
    let mut text = format!("{}\n  {}\n", rule.id(), rule.says());
    text += &labelled("class", rule.class().name());
    text += &labelled("standing", rule.standing().name());
    text += &labelled("assumed", rule.reason());
    text += &labelled("clauses", &clauses.join(", "));
    text += &labelled("evidence", &evidence.join(", "));
    text += &labelled("decided", &questions(rule).join(", "));
    let gives: Vec<&str> =
        Reach::of_fixtures().rule(rule).gives.iter().map(String::as_str).collect();
    text += &labelled("gives", &gives.join(", "));
    text += &paths("reached", accepted_by.iter());
    text += &paths("defended", rejected_by.iter());
    if recorded_by.is_empty() {
        text += &labelled("recorded", &format!("on Windows by {}", fixtures(0)));
    } else {
        text += &paths("recorded", recorded_by.iter());
    }
    text
}
