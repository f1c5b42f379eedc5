//! What a page rests on.

use std::fmt::Write;

use portres_model::{Question, Rule};

use crate::explain::{Cited, Explanation};
use crate::ledger::Ledger;
use crate::markdown::escaped;

/// A link to a source, to a piece of evidence with its strength.
fn link(id: &str) -> String {
    let strength = Ledger::built_in().piece(id).map(|piece| format!(" {}", piece.strength));
    let anchor = id.to_lowercase();
    let link = format!("[{id}](../../model/RULES.md#{anchor})");
    let shown = if is_cited(id) { &link } else { id };
    format!("{shown}{}", strength.unwrap_or_default())
}

/// The page of all rules has what rules, questions and answers cite.
fn is_cited(id: &str) -> bool {
    let by_rules = Rule::ALL.iter().any(|rule| rule.sources().contains(&id));
    let cites = |q: &Question| {
        let mut answers = q.answers().iter();
        q.clauses().contains(&id) || answers.any(|answer| answer.evidence.contains(&id))
    };
    by_rules || Question::ALL.iter().any(cites)
}

/// Links to sources.
pub(super) fn links(ids: &[&str]) -> String {
    ids.iter().map(|id| link(id)).collect::<Vec<_>>().join(", ")
}

/// The section that tells what each source says.
pub(super) fn section(it: &Explanation) -> String {
    let mut text = String::new();
    if !it.clauses.is_empty() {
        text += "\n## What the documentation says\n\n";
        text += "In this project's words; SIL and MISS are silences, CON contradictions.\n\n";
        text += &table("clause | where", &it.clauses);
    }
    if !it.evidence.is_empty() {
        text += "\n## What else is known\n\n";
        text += &table("evidence | source", &it.evidence);
    }
    text
}

fn table(head: &str, cited: &[Cited]) -> String {
    let mut text = format!("| {head} | says |\n| --- | --- | --- |\n");
    for one in cited {
        let _ = writeln!(
            text,
            "| {} | {} | {} |",
            link(one.id),
            escaped(&one.source),
            escaped(one.says)
        );
    }
    text
}
