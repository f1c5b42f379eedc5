//! A call.

use std::sync::LazyLock;

use portres_model::{Error, Rule};

use super::calls::CallName;
use super::entry::{CodeEntry, Explanation, Kind, QuestionEntry, Way};
use super::shown::{Example, Reached, Role, SUCCESS, Shown};
use crate::{Profiles, Settings, Verdict, check};

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
    whole.example = example(call.head);
    if whole.example.is_none() {
        whole.no_example = Some("no fixture has it in calls that follow one another".into());
    }
    let main = whole.ways.iter().filter(|way| way.role == Role::Answers);
    whole.near_miss = main.chain(&whole.ways).find_map(|way| shown.missed.get(way.rule));
    whole
}

/// The trace that shows the call best: what the likeliest answers allow goes before what takes another answer, and the call as
/// the last event before the call on the way to another.
fn example(head: &str) -> Option<&'static Example> {
    let shown = Shown::by_fixtures();
    let made = shown.reached.iter().filter(|r| r.example.trace.iter().any(|l| succeeds(l, head)));
    let usual = made.filter(|reached| is_usual(&reached.example));
    let usual = usual.min_by_key(|r| (r.call != head, r.example.trace.len()));
    let answers = |r: &Reached| r.call == head && r.reply == SUCCESS;
    let any = |r: &Reached| r.call == head;
    let reached = usual.or_else(|| shown.shortest(answers)).or_else(|| shown.shortest(any));
    reached.map(|reached| &reached.example)
}

/// Whether a line of a trace is this call and no error.
fn succeeds(line: &str, head: &str) -> bool {
    let event = line.split_once(": ").and_then(|(_, event)| event.split_once(" -> "));
    event.is_some_and(|(call, reply)| {
        let call = call.split_once(" = ").map_or(call, |(_, call)| call);
        let word = |text: &str| text.split_whitespace().next().unwrap_or_default().to_string();
        word(call) == head && Error::from_c_name(&word(reply)).is_none()
    })
}

fn is_usual(example: &Example) -> bool {
    static PROFILES: LazyLock<Profiles> = LazyLock::new(Profiles::built_in);
    let settings = Settings { profile: PROFILES.get("likely"), ..Settings::new(&PROFILES) };
    let reports = check(example.text().as_bytes(), &settings);
    reports.is_ok_and(|reports| reports.iter().all(|r| r.verdict == Verdict::Conforms))
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
