//! The page of an error: what it means here, who tells it how, every way to get it.

use std::fmt::Write;

use portres_model::Error;

use super::parts::{Here, event, traces};
use super::place::{name_of, page_of};
use super::{GENERATED, open, sources};
use crate::explain::messages::Messages;
use crate::explain::shown::Role;
use crate::explain::{Cited, Explanation, Subject, explain};
use crate::markdown::{code, escaped};

pub(super) fn write(error: Error) -> String {
    let it = explain(&Subject::Error(error));
    let page = page_of(&Subject::Error(error));
    let questions: Vec<&'static str> = it.questions.iter().map(|q| q.id).collect();
    let here = Here { page: &page, rules: &[], questions: &questions };
    let mut text = String::from(GENERATED);
    text += &head(error, &it);
    text += &told_as(&it);
    text += &ways(&it, here);
    text += &traces(&it);
    if !it.questions.is_empty() {
        text += &open::section(&it, here);
    }
    text + &sources::section(&speaking_of(it))
}

/// With those sources alone that speak of the error: what each rule rests on stands on the page of its call.
fn speaking_of(mut it: Explanation) -> Explanation {
    let id = it.id.clone();
    let number = it.number.unwrap_or_default().to_string();
    let speaks = |cited: &Cited| cited.says.contains(&id) || cited.says.contains(&number);
    it.clauses.retain(speaks);
    if !it.ways.is_empty() {
        it.evidence.retain(speaks);
    }
    it
}

/// What the code means in general, as a phrase.
pub(super) fn says(error: Error) -> String {
    match Messages::built_in().foreign(error) {
        Some(foreign) => format!("a number of {}", foreign.by),
        None => error.says().into(),
    }
}

fn head(error: Error, it: &Explanation) -> String {
    let number = error.number();
    let also: String = it.names.iter().map(|name| format!(", also `{name}`")).collect();
    format!(
        "# {} ({number})\n\n`{number:#x}`{also}: {}.\n\n{}\n\nAll [calls and errors](index.md). \
         `portres explain` takes the number or a whole message.\n",
        name_of(error),
        escaped(&says(error)),
        escaped(&it.means)
    )
}

fn told_as(it: &Explanation) -> String {
    if it.told_as.is_empty() {
        return String::new();
    }
    let mut text =
        String::from("\n## How it is told\n\n| words | by | source |\n| --- | --- | --- |\n");
    for told in &it.told_as {
        let (by, source) = (escaped(told.by), escaped(told.source));
        let _ = writeln!(text, "| {} | {by} | {source} |", code(&told.text));
    }
    text
}

fn ways(it: &Explanation, here: Here) -> String {
    let mut text = String::from("\n## Every way to get it\n\n");
    if it.ways.is_empty() {
        return text + "No rule gives it.\n";
    }
    text += "| call | rule | says | hangs on | known | shown by |\n| --- | --- | --- | --- | --- | --- |\n";
    for way in &it.ways {
        let may = if way.role == Role::May { " (may; never has to)" } else { "" };
        let _ = writeln!(
            text,
            "| [{}]({}.md) | {} | {}{may} | {} | {} | {} |",
            code(way.windows),
            way.call,
            here.rule(way.rule),
            escaped(way.says),
            when(&way.when, here),
            way.standing,
            way.shown_by.map(event).unwrap_or_default()
        );
    }
    text
}

/// The questions by links, with the answers behind them.
fn when(when: &[String], here: Here) -> String {
    let one = |words: &String| match words.split_once(' ') {
        Some((question, answer)) => format!("{} {}", here.question(question), escaped(answer)),
        None => here.question(words),
    };
    when.iter().map(one).collect::<Vec<_>>().join("; ")
}
