//! A clause of the documentation, and a piece of evidence.

use portres_model::{Question, Rule};

use super::entry::{Explanation, Kind, QuestionEntry, Way, everywhere};
use super::shown::Shown;
use crate::ledger::{Clause, Evidence, Ledger};

pub(super) fn clause(clause: &'static Clause) -> Explanation {
    let mut whole = Explanation::new(Kind::Clause, &*clause.id, &*clause.says);
    whole.facts.push(("page", clause.page.clone()));
    whole.facts.push(("heading", clause.heading.clone()));
    whole.facts.extend(clause.basis.clone().map(|basis| ("basis", basis)));
    if let Some(reason) = &clause.reason {
        let says = Ledger::built_in().reasons.get(reason).map_or("", String::as_str);
        whole.facts.push(("left out", format!("{reason}: {says}")));
    }
    carried(whole, &clause.id)
}

pub(super) fn evidence(piece: &'static Evidence) -> Explanation {
    let mut whole = Explanation::new(Kind::Evidence, &*piece.id, &*piece.says);
    whole.facts.push(("source", piece.source.clone()));
    whole.facts.push(("build", piece.build.clone()));
    whole.facts.extend(piece.date.clone().map(|date| ("date", date)));
    whole.facts.push(("strength", piece.strength.clone()));
    if let Some(bearing) = &piece.bears_on {
        let says = Ledger::built_in().bearings.get(bearing).map_or("", String::as_str);
        whole.facts.push(("bears on", format!("{bearing}: {says}")));
    }
    carried(whole, &piece.id)
}

/// By which rules and questions, and a trace of the first of them.
fn carried(mut whole: Explanation, id: &str) -> Explanation {
    let at = everywhere().filter(|(_, rule, _)| rule.sources().contains(&id));
    whole.ways = at.map(|(head, rule, listed)| Way::of(head, rule, listed)).collect();
    let cites = |q: &&Question| {
        let mut answers = q.answers().iter();
        q.clauses().contains(&id) || answers.any(|answer| answer.evidence.contains(&id))
    };
    whole.questions = Question::ALL.iter().filter(cites).map(|q| QuestionEntry::of(*q)).collect();
    let rules = Rule::ALL.iter().filter(|rule| rule.sources().contains(&id));
    let shown = Shown::by_fixtures();
    let by_rule = |rule: &Rule| shown.shortest(|r| r.rule == rule.id()).map(|r| &r.example);
    let of_rules = rules.clone().filter_map(by_rule).min_by_key(|e| e.trace.len());
    let answers = whole.questions.iter().flat_map(|q| &q.answers);
    let of_answers = answers.filter(|a| a.evidence.contains(&id)).find_map(|a| a.example);
    let of_questions = || whole.questions.iter().flat_map(|q| &q.answers).find_map(|a| a.example);
    whole.example = of_rules.or(of_answers).or_else(of_questions);
    whole.near_miss = rules.clone().find_map(|rule| shown.missed.get(rule.id()));
    if whole.example.is_none() {
        whole.no_example = Some("no rule and no answer rests on it".into());
    }
    whole
}
