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

/// Links to sources, each clause with its page.
pub(super) fn links_with_pages(ids: &[&str]) -> String {
    let page = |id: &&str| match Ledger::built_in().clause(id) {
        Some(clause) => format!("{} ({})", link(id), cell(clause.page_short())),
        None => link(id),
    };
    ids.iter().map(page).collect::<Vec<_>>().join(", ")
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
        let (page, mark) = (cell(clause.page_short()), mark(id));
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
