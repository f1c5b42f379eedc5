//! One rule and one question of the page.

use std::fmt::Write;

use portres::ledger::Ledger;
use portres::reach::{Paths, Reach};
use portres_model::{Effect, Question, Rule};

use super::{cell, question_link, rule_link, sources};

pub(super) fn rule(rule: Rule, reach: &Reach) -> String {
    let (clauses, evidence) = Ledger::built_in().split(rule.sources());
    let reached = reach.rule(rule);
    let mut text = format!("\n#### {}\n\n{}\n\n", rule.id(), cell(rule.says()));
    let _ = writeln!(text, "- {}, about {}", rule.standing().name(), about(rule));
    if !rule.reason().is_empty() {
        let _ = writeln!(text, "- assumed, because: {}", cell(rule.reason()));
    }
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
    let _ = writeln!(text, "- fixtures that reach it: {}", counted(&reached.accepted_by));
    let _ = writeln!(text, "- fixtures that defend it: {}", counted(&reached.rejected_by));
    if !rule.is_recordable() {
        let _ =
            writeln!(text, "- no program that calls Winsock 2 can record it ([CON-33](#con-33))");
    }
    if !reached.recorded_by.is_empty() {
        let _ = writeln!(text, "- recorded on Windows: {}", counted(&reached.recorded_by));
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
fn counted(paths: &Paths) -> String {
    if paths.is_empty() {
        return "none".into();
    }
    let link = |path: &String| {
        let name = path.strip_prefix("fixtures/").unwrap_or(path);
        format!("[{name}](../{path})")
    };
    let first: Vec<String> = paths.iter().take(2).map(link).collect();
    format!(
        "{}, {} {}",
        paths.len(),
        if paths.len() > 2 { "such as" } else { "being" },
        first.join(", ")
    )
}

pub(super) fn question_heading(question: Question) -> String {
    format!("Question {}", question.id())
}

pub(super) fn question(question: Question, reach: &Reach) -> String {
    let heading = question_heading(question);
    let mut text = format!("\n### {heading}\n\n{}\n\n", cell(question.asks()));
    text += "| answer | means | evidence | fixtures that need it |\n| --- | --- | --- | --- |\n";
    for (i, answer) in question.answers().iter().enumerate() {
        let means = match answer.effect {
            Effect::Pass => "not refused for this".to_string(),
            Effect::Refuse(error) => format!("refused with {error}"),
            Effect::Unforeseen => "refused with a code that nobody has foreseen".into(),
        };
        let name = if i == 0 { format!("**{}** (likeliest)", answer.id) } else { answer.id.into() };
        let evidence = sources::links_with_strength(answer.evidence);
        let needed = reach.answer(question, answer.id).len();
        let _ = writeln!(text, "| {name} | {means} | {evidence} | {needed} |");
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
