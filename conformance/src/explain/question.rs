//! An open question.

use portres_model::Question;

use super::entry::{Explanation, Kind, QuestionEntry, Way, everywhere};
use super::shown::{Listed, Shown};
use crate::reach::Reach;

pub(super) fn explain(question: Question) -> Explanation {
    let mut whole = Explanation::new(Kind::Question, question.id(), question.asks());
    let decides = |l: &Listed| l.asks.contains(question.id()) || l.under.contains(question.id());
    let at = everywhere().filter(|(_, _, listed)| decides(listed));
    whole.ways = at.map(|(head, rule, listed)| Way::of(head, rule, listed)).collect();
    let rules: Vec<&str> = Reach::of_fixtures().decided_by(question).map(|r| r.id()).collect();
    whole.facts.push(("decides", rules.join(", ")));
    let entry = QuestionEntry::of(question);
    whole.put_sources(question.clauses().iter().copied());
    for id in question.answers().iter().flat_map(|answer| answer.evidence) {
        let known = |cited: &super::entry::Cited| cited.id == *id;
        if !whole.clauses.iter().any(known) && !whole.evidence.iter().any(known) {
            whole.put_sources([*id]);
        }
    }
    let answers = &entry.answers;
    whole.example = answers.iter().find_map(|answer| answer.example);
    if whole.example.is_none() {
        whole.no_example = Some("no fixture needs any of its answers".into());
    }
    let missed = &Shown::by_fixtures().missed;
    whole.near_miss = rules.iter().find_map(|rule| missed.get(*rule));
    whole.questions = vec![entry];
    whole
}
