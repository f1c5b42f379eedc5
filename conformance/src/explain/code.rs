//! An error.

use std::collections::BTreeSet;

use portres_model::{Effect, Error, Question, Rule, Standing};

use super::calls;
use super::entry::{
    Explanation, Kind, QuestionEntry, Spelled, Way, answer_giving, asked, everywhere,
};
use super::messages::{Messages, named};
use super::shown::{Example, Listed, Role, Shown};
use crate::report::counted;

pub(super) fn explain(error: Error) -> Explanation {
    let mut ways: Vec<Way> =
        everywhere().filter_map(|(head, rule, at)| way(head, rule, at, error)).collect();
    // within a call, what the meaning is about goes first, and what may come at any time last
    let meant = Messages::built_in().meaning(error).map_or(&[][..], |m| &m.rules);
    let place = |head: &str| calls::ALL.iter().position(|call| call.head == head);
    ways.sort_by_key(|way| {
        let is_meant = meant.iter().position(|rule| rule == way.rule);
        (place(way.call), is_meant.unwrap_or(meant.len()), way.role == Role::May)
    });
    let mut whole = Explanation::new(Kind::Error, name(error), means(error, &ways));
    whole.number = Some(error.number());
    whole.names = error.other_name().map(str::to_string).into_iter().collect();
    whole.told_as = told_as(error);
    let has = |q: &&Question| answer_giving(**q, error).is_some();
    whole.questions = Question::ALL.iter().filter(has).map(|q| QuestionEntry::of(*q)).collect();
    whole.example = example(error);
    let hangs = |q: &QuestionEntry, way: &Way| way.when.iter().any(|w| w.starts_with(q.id));
    let first = |q: &QuestionEntry| ways.iter().position(|way| hangs(q, way));
    whole.questions.sort_by_key(|q| first(q).unwrap_or(usize::MAX));
    whole.near_miss = whole.example.and_then(|example| miss(&ways, example));
    whole.ways = ways;
    if whole.example.is_none() {
        whole.no_example = Some(why_not(&whole));
    }
    whole.cite();
    if let Some(foreign) = Messages::built_in().foreign(error) {
        whole.put_sources(foreign.evidence.iter().map(String::as_str));
    }
    whole
}

fn name(error: Error) -> String {
    match Messages::built_in().foreign(error) {
        Some(foreign) => foreign.name.clone(),
        None => error.to_string(),
    }
}

/// The way to an error by a rule at a call, if it is one.
fn way(head: &'static str, rule: Rule, at: &Listed, error: Error) -> Option<Way> {
    let name = error.to_string();
    let mut when: Vec<String> = Vec::new();
    for question in asked(at) {
        let answers = question.answers().iter();
        let place = answers.clone().position(|answer| answer.effect == Effect::Refuse(error));
        when.extend(place.map(|place| {
            let likeliest = if place == 0 { " (likeliest)" } else { "" };
            format!("{question} is {}{likeliest}", question.answers()[place].id)
        }));
    }
    if when.is_empty() && !at.gives.contains(&name) {
        return None;
    }
    when.extend(at.under.iter().filter(|id| !at.asks.contains(*id)).cloned());
    let shown = Shown::by_fixtures().way(head, rule, error);
    Some(Way::new(head, rule, at, vec![name], when, shown))
}

fn means(error: Error, ways: &[Way]) -> String {
    let messages = Messages::built_in();
    if let Some(meaning) = messages.meaning(error) {
        return meaning.says.clone();
    }
    if let Some(foreign) = messages.foreign(error) {
        return foreign.says.clone();
    }
    if error.c_name().is_none() {
        let nothing = "no rule gives it, and no open question has it among its answers";
        return format!("Nothing here names this number: {nothing}.");
    }
    let says = error.says();
    let calls: BTreeSet<&str> = ways.iter().map(|way| way.windows).collect();
    let rules: BTreeSet<&str> = ways.iter().map(|way| way.rule).collect();
    let calls = match calls.len() {
        0 => {
            return format!(
                "In general: {says}. No rule gives it, and no open question has it among its answers."
            );
        }
        1..=4 => calls.into_iter().collect::<Vec<_>>().join(", "),
        many => counted(many as u64, "call"),
    };
    format!(
        "In general: {says}. Here {} of {calls} may give it.",
        counted(rules.len() as u64, "rule")
    )
}

fn told_as(error: Error) -> Vec<Spelled> {
    let messages = Messages::built_in();
    let source = |key: &String| messages.sources.get(key).map_or("", String::as_str);
    let stands_for = |codes: &[String]| codes.iter().any(|code| named(code) == Some(error));
    let names = messages.name.iter().filter(|n| stands_for(&n.codes)).map(|n| {
        let number = n.number.map(|number| format!(" ({number})")).unwrap_or_default();
        Spelled { text: format!("{}{number}", n.name), by: &n.by, source: source(&n.source) }
    });
    let texts = messages.text.iter().filter(|t| stands_for(&t.codes)).map(|t| Spelled {
        text: format!("\"… {} …\"", t.part),
        by: &t.by,
        source: source(&t.source),
    });
    texts.chain(names).collect()
}

/// The trace that shows it best: by a rule that its meaning is about, or else by a rule that is known and must refuse.
fn example(error: Error) -> Option<&'static Example> {
    let shown = Shown::by_fixtures();
    let name = error.to_string();
    let meant = Messages::built_in().meaning(error).map_or(&[][..], |m| &m.rules);
    let by = |rule: &String| shown.shortest(|r| r.reply == name && r.rule == *rule);
    if let Some(reached) = meant.iter().find_map(by) {
        return Some(&reached.example);
    }
    let weak = |r: &&super::shown::Reached| {
        let rule: Option<Rule> = r.rule.parse().ok();
        let may = |l: &Listed| l.rule == r.rule && l.role == Role::May;
        let may = shown.of_call(&r.call).iter().any(may);
        (rule.is_none_or(|rule| rule.standing() == Standing::Assumed), may, r.example.trace.len())
    };
    shown.reached.iter().filter(|r| r.reply == name).min_by_key(weak).map(|r| &r.example)
}

/// The near miss of the rule that the example shows.
fn miss(ways: &[Way], example: &Example) -> Option<&'static Example> {
    let way = ways.iter().find(|way| way.shown_by == Some(example.event()))?;
    Shown::by_fixtures().missed.get(way.rule)
}

fn why_not(whole: &Explanation) -> String {
    if whole.ways.is_empty() {
        "no rule gives it".into()
    } else {
        "no fixture gets it in calls that follow one another".into()
    }
}
