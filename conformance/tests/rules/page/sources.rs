//! The clauses and the evidence that rules, questions and answers cite: links to them, and what they say.

use std::collections::BTreeSet;
use std::fmt::Write;

use portres::ledger::{Clause, Ledger};
use portres_model::{Question, Rule};

use super::cell;

fn link(id: &str) -> String {
    format!("[{id}](#{})", id.to_lowercase())
}

/// Links to sources.
pub(super) fn links(ids: &[&str]) -> String {
    ids.iter().map(|id| link(id)).collect::<Vec<_>>().join(", ")
}

/// A link to a source, to a piece of evidence with its strength.
fn link_with_strength(id: &str) -> String {
    match Ledger::built_in().piece(id) {
        Some(piece) => format!("{} {}", link(id), piece.strength),
        None => link(id),
    }
}

/// Links to sources, each piece of evidence with its strength.
pub(super) fn links_with_strength(ids: &[&str]) -> String {
    ids.iter().map(|id| link_with_strength(id)).collect::<Vec<_>>().join(", ")
}

/// Links to the weightiest sources, and how many more there are.
pub(super) fn weightiest(ids: &[&str]) -> String {
    const MOST: usize = 3;
    match ids.split_at_checked(MOST) {
        Some((first, more)) if !more.is_empty() => {
            format!("{} and {} more", links_with_strength(first), more.len())
        }
        _ => links_with_strength(ids),
    }
}

/// Links to sources, those of one page together and with its name.
pub(super) fn links_with_pages(ids: &[&str]) -> String {
    let mut pages: Vec<(String, Vec<&str>)> = Vec::new();
    for id in ids {
        let page = Ledger::built_in().clause(id).map(pages_of).unwrap_or_default();
        match pages.iter_mut().find(|(known, _)| *known == page) {
            Some((_, ids)) => ids.push(id),
            None => pages.push((page, vec![id])),
        }
    }
    let told = pages.iter().map(|(page, ids)| match page.as_str() {
        "" => links(ids),
        page => format!("{} ({})", links(ids), cell(page)),
    });
    told.collect::<Vec<_>>().join("; ")
}

/// The first page of a clause, and how many more there are.
fn pages_of(clause: &Clause) -> String {
    match clause.page.split("; ").count() {
        1 => clause.page_short().to_string(),
        2 => format!("{} and another page", clause.page_short()),
        more => format!("{} and {} other pages", clause.page_short(), more - 1),
    }
}

fn cited() -> BTreeSet<&'static str> {
    let of_rules = Rule::ALL.iter().flat_map(|r| r.sources());
    let of_questions = Question::ALL.iter().flat_map(|q| q.clauses());
    let of_answers =
        Question::ALL.iter().flat_map(|q| q.answers()).flat_map(|answer| answer.evidence);
    of_rules.chain(of_questions).chain(of_answers).copied().collect()
}

pub(super) fn write() -> String {
    let (cited, ledger) = (cited(), Ledger::built_in());
    let mut text = String::from("\n## Clauses that are cited\n\n");
    text += "What the documentation says (in the project's words), and where; SIL and MISS are silences, CON contradictions.\n\n";
    text += "| clause | page | says |\n| --- | --- | --- |\n";
    for clause in ledger.clauses.iter().filter(|c| cited.contains(c.id.as_str())) {
        let Clause { id, says, .. } = clause;
        let (page, mark) = (cell(&pages_of(clause)), mark(id));
        let _ = writeln!(text, "| {mark} | {page} | {} |", cell(says));
    }
    text += "\n## Evidence that is cited\n\n";
    text += "Never measured by this project, except what is called *measured*, which is about Wine alone.\n\n";
    text += "| evidence | strength | source | says |\n| --- | --- | --- | --- |\n";
    for piece in ledger.evidence.iter().filter(|e| cited.contains(e.id.as_str())) {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            mark(&piece.id),
            piece.strength,
            cell(&piece.source),
            cell(&piece.says)
        );
    }
    text
}

/// The id, as something that a link finds.
fn mark(id: &str) -> String {
    format!("<a id=\"{}\"></a>{id}", id.to_lowercase())
}
