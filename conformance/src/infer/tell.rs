//! What was inferred, as text and as JSON.

use std::fmt::Write;

use portres_model::{Answers, Clause, Literal, Question};
use serde::Serialize;

use super::{Inferred, Place};
use crate::report::counted;

/// What the traces of one build teach, in text; with the questions of which nothing is known where `all`.
#[must_use]
pub fn text(inferred: &Inferred, all: bool) -> String {
    let mut text = head(inferred);
    for clash in &inferred.clashes {
        let (count, size) = (clash.lessons.len(), if clash.is_smallest { "" } else { " at most" });
        let what = counted(count as u64, "event");
        put(
            &mut text,
            &format!("  no reading explains {what} together (the fewest that clash{size}):"),
        );
        seen_by(&mut text, inferred, &clash.lessons);
    }
    if !inferred.clashes.is_empty() {
        put(&mut text, "  what follows leaves these events out");
    }
    for answered in &inferred.answers {
        let Literal { question, answers } = answered.left;
        put(&mut text, &format!("  {:36} {}", question.id(), told(question, answers)));
        seen_by(&mut text, inferred, &answered.by);
    }
    for joint in &inferred.joint {
        put(&mut text, &format!("  {}", spelled(&joint.any)));
        seen_by(&mut text, inferred, &joint.by);
    }
    for (question, place) in &inferred.discoveries {
        put(&mut text, &format!("  {question} is answered with a code that nobody foresaw:"));
        put(&mut text, &format!("    {place}"));
    }
    if all {
        for (question, answers) in untouched(inferred) {
            put(&mut text, &format!("  {:36} {}", question.id(), told(question, answers)));
        }
    }
    text
}

fn head(inferred: &Inferred) -> String {
    let settled = inferred.answers.iter().filter(|a| a.left.answers.count_ones() == 1).count();
    let narrowed = inferred.answers.len() - settled;
    let open = untouched(inferred).filter(|(_, answers)| answers.count_ones() > 1).count();
    let mut head = format!(
        "{}: {}, from the profile {}: {} settled",
        inferred.name(),
        inferred.counts(),
        inferred.start.name,
        counted(settled as u64, "question"),
    );
    for (count, what) in [(narrowed, "narrowed"), (inferred.joint.len(), "tied together")] {
        if count > 0 {
            write!(head, ", {count} {what}").expect("a string can be written to");
        }
    }
    format!("{head}, {open} open\n")
}

/// The questions of which the traces say nothing.
fn untouched(inferred: &Inferred) -> impl Iterator<Item = (Question, Answers)> {
    let touched = |q: &Question| inferred.answers.iter().any(|a| a.left.question == *q);
    let rest = Question::ALL.iter().filter(move |q| !touched(q));
    rest.map(|q| (*q, inferred.left.open(*q)))
}

fn seen_by(text: &mut String, inferred: &Inferred, lessons: &[usize]) {
    for lesson in lessons.iter().map(|i| &inferred.lessons[*i]) {
        let again = match lesson.again {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        put(text, &format!("    {}{again}", lesson.from));
    }
}

fn told(question: Question, answers: Answers) -> String {
    question.names(answers).collect::<Vec<_>>().join(" or ")
}

fn spelled(any: &Clause) -> String {
    let each: Vec<String> = any.iter().map(ToString::to_string).collect();
    format!("{}, or {}", each[..each.len() - 1].join(", "), each[each.len() - 1])
}

fn put(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

#[derive(Serialize)]
struct Line<'a> {
    system: Option<System<'a>>,
    profile: &'a str,
    traces: usize,
    events: u64,
    profiles: usize,
    consistent: bool,
    questions: Vec<Answered<'a>>,
    joint: Vec<Joint<'a>>,
    discoveries: Vec<Discovery<'a>>,
    clashes: Vec<Clash<'a>>,
    undecided: Vec<Undecided<'a>>,
    diverging: Vec<Diverging<'a>>,
}

#[derive(Serialize)]
struct System<'a> {
    name: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct Answered<'a> {
    id: &'static str,
    answers: Vec<&'static str>,
    settled: bool,
    by: Vec<Seen<'a>>,
}

#[derive(Serialize)]
struct Joint<'a> {
    any: Vec<Any>,
    by: Vec<Seen<'a>>,
}

#[derive(Serialize)]
struct Any {
    question: &'static str,
    answers: Vec<&'static str>,
}

#[derive(Serialize)]
struct Discovery<'a> {
    question: &'static str,
    #[serde(flatten)]
    place: &'a Place,
}

#[derive(Serialize)]
struct Clash<'a> {
    smallest: bool,
    events: Vec<Seen<'a>>,
}

#[derive(Serialize)]
struct Seen<'a> {
    #[serde(flatten)]
    place: &'a Place,
    again: u64,
}

#[derive(Serialize)]
struct Undecided<'a> {
    file: &'a str,
    line: u64,
    why: &'a [String],
}

#[derive(Serialize)]
struct Diverging<'a> {
    file: &'a str,
    line: u64,
    event: u64,
    expected: Option<bool>,
}

/// What the traces of one build teach, as one JSON object, on one line.
#[must_use]
pub fn json(inferred: &Inferred) -> String {
    let by = |lessons: &[usize]| -> Vec<Seen<'_>> {
        let seen = |i: &usize| &inferred.lessons[*i];
        lessons.iter().map(seen).map(|l| Seen { place: &l.from, again: l.again }).collect()
    };
    let question = |question: &Question| {
        let settled = inferred.answers.iter().find(|a| a.left.question == *question);
        let answers = inferred.left.open(*question);
        Answered {
            id: question.id(),
            answers: question.names(answers).collect(),
            settled: answers.count_ones() == 1,
            by: settled.map(|answered| by(&answered.by)).unwrap_or_default(),
        }
    };
    let reports = || inferred.traces.iter().map(|t| (t.file.as_str(), &t.report));
    let line = Line {
        system: inferred.system.as_ref().map(|(name, version)| System { name, version }),
        profile: &inferred.start.name,
        traces: inferred.traces.len(),
        events: reports().map(|(_, report)| report.events).sum(),
        profiles: inferred.profiles,
        consistent: inferred.is_consistent(),
        questions: Question::ALL.iter().map(question).collect(),
        joint: inferred
            .joint
            .iter()
            .map(|joint| Joint { any: joint.any.iter().map(Any::of).collect(), by: by(&joint.by) })
            .collect(),
        discoveries: inferred
            .discoveries
            .iter()
            .map(|(question, place)| Discovery { question: question.id(), place })
            .collect(),
        clashes: inferred
            .clashes
            .iter()
            .map(|c| Clash { smallest: c.is_smallest, events: by(&c.lessons) })
            .collect(),
        undecided: reports()
            .filter(|(_, report)| !report.undecided.is_empty())
            .map(|(file, report)| Undecided { file, line: report.line, why: &report.undecided })
            .collect(),
        diverging: reports()
            .filter_map(|(file, report)| {
                let first = report.divergences.first()?;
                let (line, event) = (first.line, first.event);
                Some(Diverging { file, line, event, expected: report.expected })
            })
            .collect(),
    };
    serde_json::to_string(&line).expect("what is inferred has a JSON form")
}

impl Any {
    fn of(literal: &Literal) -> Any {
        let Literal { question, answers } = *literal;
        Any { question: question.id(), answers: question.names(answers).collect() }
    }
}
