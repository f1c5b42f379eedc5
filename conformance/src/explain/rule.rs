//! A rule.

use std::collections::BTreeSet;

use portres_model::Rule;

use super::entry::{Explanation, Kind, QuestionEntry, Way, everywhere};
use super::shown::Shown;
use crate::reach::{Paths, Reach, Unreached};
use crate::report::counted;

pub(super) fn explain(rule: Rule) -> Explanation {
    let (reach, shown) = (Reach::of_fixtures().rule(rule), Shown::by_fixtures());
    let mut whole = Explanation::new(Kind::Rule, rule.id(), rule.says());
    let at = everywhere().filter(|(_, listed_rule, _)| *listed_rule == rule);
    let at: Vec<_> = at.collect();
    whole.ways = at.iter().map(|(head, rule, listed)| Way::of(head, *rule, listed)).collect();
    let listed = at.iter().flat_map(|(_, _, l)| l.asks.iter().chain(&l.under));
    whole.questions = QuestionEntry::all_of(listed.chain(&reach.decided_by));
    whole.put_sources(rule.sources().iter().copied());
    let mut answers = BTreeSet::new();
    for answer in whole.questions.iter().flat_map(|q| &q.answers) {
        answers.extend(answer.evidence.iter().copied().filter(|id| !rule.sources().contains(id)));
    }
    whole.put_sources(answers);
    whole.facts.push(("class", rule.class().name().into()));
    whole.facts.push(("standing", standing(rule)));
    let gives: Vec<&str> = reach.gives.iter().map(String::as_str).collect();
    whole.facts.push(("gives", gives.join(", ")));
    whole.facts.push(("reached", by(&reach.accepted_by)));
    whole.facts.push(("defended", by(&reach.rejected_by)));
    whole.facts.push(("recorded", format!("on Windows {}", by(&reach.recorded_by))));
    whole.facts.retain(|(_, text)| !text.is_empty());
    let is_it = |r: &super::shown::Reached| r.rule == rule.id();
    whole.example = shown.shortest(is_it).map(|r| &r.example);
    whole.near_miss = shown.missed.get(rule.id());
    if whole.example.is_none() {
        let why = Unreached::known().accepted.get(rule.id()).cloned();
        let overlap = || "no fixture reaches it in calls that follow one another".to_string();
        whole.no_example = Some(why.unwrap_or_else(overlap));
    }
    if whole.near_miss.is_none() {
        let why = Unreached::known().rejected.get(rule.id()).cloned();
        whole.facts.extend(why.map(|why| ("no miss", why)));
    }
    whole
}

fn standing(rule: Rule) -> String {
    match rule.reason() {
        "" => rule.standing().name().into(),
        reason => format!("{}: {reason}", rule.standing().name()),
    }
}

fn by(paths: &Paths) -> String {
    match paths.len() {
        0 => "by no fixture".into(),
        some => format!("by {}", counted(some as u64, "fixture")),
    }
}
