//! What is open, and what is known about it.

use std::fmt::Write;

use super::parts::{Here, fixture};
use super::place::question_heading;
use super::sources;
use crate::explain::{AnswerEntry, Explanation, QuestionEntry};
use crate::markdown::escaped;
use crate::report::counted;
use portres_model::Question;

/// The section, if anything is open.
pub(super) fn section(it: &Explanation, here: Here) -> String {
    if it.questions.is_empty() {
        return "\n## What is open\n\nNothing: no question decides a reply here.\n".into();
    }
    let mut text = String::from("\n## What is open\n\n");
    text += "The documentation leaves these open. A system gives one of the answers, the same each time; the first is the \
             likeliest. `portres questions ID` tells more.\n";
    it.questions.iter().for_each(|question| text += &one(question, it, here));
    text
}

fn one(question: &QuestionEntry, it: &Explanation, here: Here) -> String {
    let mut text =
        format!("\n### {}\n\n{}\n\n", question_heading(question.id), escaped(question.asks));
    let refuses = |a: &AnswerEntry| !matches!(a.effect.as_str(), PASSES | UNFORESEEN);
    let some_refuse = question.answers.iter().any(refuses);
    for answer in &question.answers {
        let _ = writeln!(text, "- {}", of_answer(answer, some_refuse, here));
    }
    let hangs =
        |when: &String| when == question.id || when.starts_with(&format!("{} ", question.id));
    let mut decides: Vec<&str> =
        it.ways.iter().filter(|way| way.when.iter().any(hangs)).map(|way| way.rule).collect();
    decides.sort_unstable();
    decides.dedup();
    let links: Vec<String> = decides.iter().map(|rule| here.rule(rule)).collect();
    let _ = writeln!(text, "\nIt decides {}.", links.join(", "));
    let from = question.id.parse::<Question>().map(|q| q.clauses()).unwrap_or_default();
    if !from.is_empty() {
        let _ = writeln!(text, "It comes from {}.", sources::links(from));
    }
    text
}

/// What stands as the effect of an answer that refuses nothing, and of one that nobody has foreseen.
const PASSES: &str = "passes";
const UNFORESEEN: &str = "unforeseen";

/// Where no answer refuses, it goes without saying that one does not.
fn of_answer(answer: &AnswerEntry, some_refuse: bool, here: Here) -> String {
    let mut text = format!("`{}`", answer.id);
    match answer.effect.as_str() {
        UNFORESEEN => return text + ": a code that nobody has foreseen",
        PASSES if some_refuse => text += ": does not refuse",
        PASSES => {}
        error => text += &format!(": {}", here.reply(error)),
    }
    if answer.likeliest {
        text = format!("**{text}** (the likeliest)");
    }
    text += &match answer.evidence {
        [] => "; no evidence".to_string(),
        some => format!("; {}", sources::links(some)),
    };
    if let (count @ 1.., Some(example)) = (answer.needed_by, answer.example) {
        let _ = write!(text, "; {} this answer, as {}", needs(count), fixture(&example.from));
    }
    text
}

fn needs(count: usize) -> String {
    let fixtures = counted(count as u64, "fixture");
    if count == 1 { format!("{fixtures} needs") } else { format!("{fixtures} need") }
}
