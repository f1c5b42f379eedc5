//! A call.

use portres_model::{Error, Rule};

use super::calls::CallName;
use super::entry::{CodeEntry, Explanation, Kind, QuestionEntry, Way};
use super::shown::{Role, SUCCESS, Shown};

pub(super) fn explain(call: &CallName) -> Explanation {
    let shown = Shown::by_fixtures();
    let mut whole = Explanation::new(Kind::Call, call.head, call.says);
    whole.names = call.windows.iter().map(ToString::to_string).collect();
    let listed = shown.of_call(call.head);
    let rules = listed.iter().filter_map(|l| Some((l.rule.parse::<Rule>().ok()?, l)));
    whole.ways = rules.map(|(rule, l)| Way::of(call.head, rule, l)).collect();
    whole.errors = errors(&whole.ways);
    whole.questions =
        QuestionEntry::all_of(listed.iter().flat_map(|l| l.asks.iter().chain(&l.under)));
    let first =
        |q: &QuestionEntry| whole.ways.iter().position(|way| way.when.iter().any(|id| id == q.id));
    let mut questions = std::mem::take(&mut whole.questions);
    questions.sort_by_key(|q| first(q));
    whole.questions = questions;
    // what the call itself is about, not what all calls have in common
    let own = whole.ways.iter().filter(|way| way.rule.split('.').next() == Some(call.head));
    let mut sources: Vec<&'static str> = Vec::new();
    for id in own.flat_map(|way| way.sources) {
        if !sources.contains(id) {
            sources.push(id);
        }
    }
    if sources.is_empty() {
        whole.cite();
    } else {
        whole.put_sources(sources);
    }
    let answers = |r: &super::shown::Reached| r.call == call.head && r.reply == SUCCESS;
    let any = |r: &super::shown::Reached| r.call == call.head;
    let example = shown.shortest(answers).or_else(|| shown.shortest(any));
    whole.example = example.map(|r| &r.example);
    if whole.example.is_none() {
        whole.no_example = Some("no fixture has it in calls that follow one another".into());
    }
    let main = whole.ways.iter().filter(|way| way.role == Role::Answers);
    whole.near_miss = main.chain(&whole.ways).find_map(|way| shown.missed.get(way.rule));
    whole
}

/// In the order of their numbers.
fn errors(ways: &[Way]) -> Vec<CodeEntry> {
    let mut found: Vec<(u32, CodeEntry)> = Vec::new();
    for way in ways {
        for error in way.gives.iter().filter(|error| *error != SUCCESS) {
            match found.iter_mut().find(|(_, entry)| entry.error == *error) {
                Some((_, entry)) => entry.rules.push(way.rule),
                None => {
                    let number = Error::from_c_name(error).map_or(u32::MAX, Error::number);
                    let entry = CodeEntry { error: error.clone(), rules: vec![way.rule] };
                    found.push((number, entry));
                }
            }
        }
    }
    found.sort_by_key(|(number, _)| *number);
    found.into_iter().map(|(_, entry)| entry).collect()
}
