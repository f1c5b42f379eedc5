//! One rule and one question of the page.

use std::fmt::Write;

use portres::ledger::Ledger;
use portres::reach::{Paths, Reach, Unreached};
use portres_model::{Effect, Question, Rule};

use super::{cell, question_link, rule_link, sources};

pub(super) fn rule(rule: Rule, reach: &Reach) -> String {
    let (clauses, evidence) = Ledger::built_in().split(rule.sources());
    let reached = reach.rule(rule);
    let mut text = format!("\n#### {}\n\n{}\n\n", rule.id(), cell(rule.says()));
    let why = match rule.reason() {
        "" => String::new(),
        reason => format!(": {}", cell(reason)),
    };
    let _ = writeln!(text, "- {}, about {}{why}", rule.standing().name(), about(rule));
    if !clauses.is_empty() {
        let _ = writeln!(text, "- clauses: {}", sources::links_with_pages(&clauses));
    }
    if !evidence.is_empty() {
        let _ = writeln!(text, "- evidence: {}", sources::links_with_strength(&evidence));
    }
    for &question in Question::ALL.iter().filter(|q| reached.decided_by.contains(q.id())) {
        let answers: Vec<String> =
            question.answers().iter().map(|a| format!("`{}`{}", a.id, code(a.effect))).collect();
        let (likeliest, others) = answers.split_first().expect("a question has answers");
        let link = question_link(question);
        let _ = writeln!(
            text,
            "- decided by {link}: likeliest {likeliest}; else {}",
            others.join(", ")
        );
    }
    let _ = writeln!(text, "- reached by {}", fixtures(&reached.accepted_by));
    let why_not = Unreached::known().rejected.get(rule.id());
    let why_not = why_not.map(|why| format!(": {}", cell(why))).unwrap_or_default();
    let _ = writeln!(text, "- defended by {}{why_not}", fixtures(&reached.rejected_by));
    if !rule.is_recordable() {
        let _ =
            writeln!(text, "- no program that calls Winsock 2 can record it ([CON-33](#con-33))");
    }
    if !reached.recorded_by.is_empty() {
        let _ = writeln!(text, "- recorded on Windows by {}", fixtures(&reached.recorded_by));
    }
    text
}

fn about(rule: Rule) -> &'static str {
    use portres_model::Class;
    match rule.class() {
        Class::Success => "success",
        Class::Argument => "an argument",
        Class::Conflict => "a conflict",
        Class::Privilege => "a privilege",
        Class::Resource => "a resource",
        Class::State => "a state",
        Class::Cancellation => "a cancellation",
    }
}

fn code(effect: Effect) -> String {
    match effect {
        Effect::Refuse(error) => format!(" ({error})"),
        Effect::Pass | Effect::Unforeseen => String::new(),
    }
}

/// How many, and the first two.
fn fixtures(paths: &Paths) -> String {
    let link = |path: &String| {
        let name = path.strip_prefix("fixtures/").unwrap_or(path);
        format!("[{name}](../{path})")
    };
    let first: Vec<String> = paths.iter().take(2).map(link).collect();
    match paths.len() {
        0 => "no fixture".into(),
        1 => format!("one fixture, {}", first.join("")),
        2 => format!("2 fixtures, {}", first.join(" and ")),
        n => format!("{n} fixtures, such as {}", first.join(" and ")),
    }
}

pub(super) fn question_heading(question: Question) -> String {
    format!("Question {}", question.id())
}

pub(super) fn question(question: Question, reach: &Reach) -> String {
    let heading = question_heading(question);
    let mut text = format!("\n### {heading}\n\n{}\n\n", cell(question.asks()));
    // where no answer refuses, its name tells all there is
    let refuses = question.answers().iter().any(|a| a.effect != Effect::Pass);
    let column = |means: &str| if refuses { format!(" {means} |") } else { String::new() };
    let _ = writeln!(text, "| answer |{} evidence | fixtures that need it |", column("means"));
    let _ = writeln!(text, "| --- |{} --- | --- |", column("---"));
    for (i, answer) in question.answers().iter().enumerate() {
        let means = column(&match answer.effect {
            Effect::Pass => "not refused for this".to_string(),
            Effect::Refuse(error) => format!("refused with {error}"),
            Effect::Unforeseen => "refused with a code that nobody has foreseen".into(),
        });
        let name = if i == 0 { format!("**{}** (likeliest)", answer.id) } else { answer.id.into() };
        let evidence = sources::links_with_strength(answer.evidence);
        let needed = reach.answer(question, answer.id).len();
        let _ = writeln!(text, "| {name} |{means} {evidence} | {needed} |");
    }
    let rules: Vec<String> = reach.decided_by(question).map(rule_link).collect();
    if !rules.is_empty() {
        let _ = write!(text, "\nDecides {}. ", rules.join(", "));
    } else {
        text += "\n";
    }
    let _ = writeln!(text, "Open because of {}.", sources::links_with_pages(question.clauses()));
    text
}
