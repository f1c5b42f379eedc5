//! The page of a call: the order of its checks, its errors, what is open, each of its rules.

use std::fmt::Write;

use portres_model::{Error, Rule};

use super::parts::{Here, either, event, fixture, traces};
use super::{GENERATED, open, sources};
use crate::explain::calls::CallName;
use crate::explain::shown::{Role, SUCCESS, Shown};
use crate::explain::{Explanation, Subject, Way, explain};
use crate::markdown::escaped;

pub(super) fn write(call: &'static CallName) -> String {
    let it = explain(&Subject::Call(call));
    let rules: Vec<&'static str> = it.ways.iter().map(|way| way.rule).collect();
    let questions: Vec<&'static str> = it.questions.iter().map(|q| q.id).collect();
    let here = Here { page: call.head, rules: &rules, questions: &questions };
    let mut text = String::from(GENERATED);
    text += &head(call);
    text += &order(&it, here);
    text += &errors(&it, here);
    text += &traces(&it);
    text += &open::section(&it, here);
    text += "\n## Its rules\n";
    it.ways.iter().for_each(|way| text += &rule(way, here));
    text + &sources::section(&it)
}

/// What a call is called at the head of its page and in links to it.
pub(super) fn title(call: &CallName) -> &'static str {
    call.windows.first().copied().unwrap_or(call.head)
}

fn head(call: &CallName) -> String {
    let mut text = format!("# {}\n\n{}\n\n", title(call), escaped(call.says));
    let others: Vec<String> = call.windows.iter().skip(1).map(|name| format!("`{name}`")).collect();
    if !others.is_empty() {
        let _ = write!(text, "Also {}. ", others.join(", "));
    }
    let _ = writeln!(
        text,
        "In a trace it begins with `{}`. All [calls and errors](index.md).",
        call.head
    );
    text
}

fn order(it: &Explanation, here: Here) -> String {
    let mut text = String::from("\n## Order of checks\n\n");
    if it.ways.is_empty() {
        return text + "No rule is about this call alone: it always succeeds.\n";
    }
    text += "The rules in the order in which the specification looks at them. That is no promise: where several refuse a call, \
             each of their codes may be seen.\n\n";
    text += "| | rule | says | gives | known |\n| --- | --- | --- | --- | --- |\n";
    for (i, way) in it.ways.iter().enumerate() {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            i + 1,
            here.rule(way.rule),
            escaped(way.says),
            gives(way, here),
            way.standing
        );
    }
    text
}

/// What a rule makes of the call, in a few words.
fn gives(way: &Way, here: Here) -> String {
    let given: Vec<String> = way.gives.iter().map(|name| here.reply(name)).collect();
    let open = if way.when.is_empty() { "" } else { " (open)" };
    match way.role {
        Role::Refuses => format!("{}{open}", either(&given)),
        Role::May => format!("perhaps {}{open}", either(&given)),
        Role::Answers => format!("{}{open}", either(&given)),
        Role::Counts => format!("the byte count{open}"),
    }
}

fn errors(it: &Explanation, here: Here) -> String {
    if it.errors.is_empty() {
        return "\n## Its errors\n\nNone.\n".into();
    }
    let mut text =
        String::from("\n## Its errors\n\n| error | number | given by |\n| --- | --- | --- |\n");
    for entry in &it.errors {
        let number = Error::from_c_name(&entry.error).map(|e| e.number().to_string());
        let rules: Vec<String> = entry.rules.iter().map(|rule| here.rule(rule)).collect();
        let _ = writeln!(
            text,
            "| {} | {} | {} |",
            here.reply(&entry.error),
            number.unwrap_or_default(),
            rules.join(", ")
        );
    }
    text
}

fn rule(way: &Way, here: Here) -> String {
    let mut text = format!("\n### {}\n\n{}\n\n", way.rule, escaped(way.says));
    let given: Vec<String> = way.gives.iter().map(|name| here.reply(name)).collect();
    let given = either(&given);
    let _ = match way.role {
        Role::Refuses => writeln!(text, "- refuses the call with {given}"),
        Role::May => writeln!(text, "- may refuse the call with {given}, and never has to"),
        Role::Answers if way.gives.iter().all(|name| name == SUCCESS) => {
            writeln!(text, "- answers the call")
        }
        Role::Answers => writeln!(text, "- answers the call with {given}"),
        Role::Counts => writeln!(text, "- tells the byte count beside the reply"),
    };
    let reason = way.rule.parse::<Rule>().map(|rule| rule.reason()).unwrap_or_default();
    let reason = if reason.is_empty() { String::new() } else { format!(": {}", escaped(reason)) };
    let _ = writeln!(text, "- {}{reason}", way.standing);
    if !way.sources.is_empty() {
        let _ = writeln!(text, "- rests on {}", sources::links(way.sources));
    }
    if !way.when.is_empty() {
        let open: Vec<String> = way.when.iter().map(|id| here.question(id)).collect();
        let _ = writeln!(text, "- hangs on {}", open.join(", "));
    }
    if let (Some(by), Some(from)) = (way.shown_by, way.from) {
        let _ = writeln!(text, "- shown by {}: {}", event(by), fixture(from));
    }
    if let Some(miss) = Shown::by_fixtures().missed.get(way.rule) {
        let _ = writeln!(text, "- defended by {}: {}", event(miss.event()), fixture(&miss.from));
    }
    text
}
