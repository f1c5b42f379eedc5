//! Questions, answers and scores as text.

use std::fmt::Write;

use portres_model::Rule;

use super::{Graded, Judged, Mark, Question, Sheet};
use crate::report::{counted, sources};
use crate::wrap::{COLUMNS, folded, paragraph};

/// The width to which a call is filled before its reply, as in traces.
const CALL_WIDTH: usize = 40;

/// A question of a paper of so many.
#[must_use]
pub fn question(question: &Question, of: usize) -> String {
    let mut text = format!("Question {} of {of}\n", question.number);
    for line in question.setup() {
        let _ = writeln!(text, "{}", format!("  {line}").trim_end());
    }
    let _ = writeln!(text, "  {:CALL_WIDTH$} -> ?", question.call());
    let _ = writeln!(text, "What may Windows answer? {}", question.form());
    text
}

impl Question {
    /// What an answer looks like.
    fn form(&self) -> String {
        let says = self.call.shape().says();
        let success = says.split(", with ").next().unwrap_or(says).trim_end_matches(',');
        format!("One reply will do: {success}, or an error's C name.")
    }
}

/// What is to say of an answer.
#[must_use]
pub fn graded(graded: &Graded) -> String {
    let mut text = match (graded.mark, &graded.unreadable) {
        (Mark::Complete, _) => "right, and complete\n".to_string(),
        (Mark::Right, _) => "right\n".into(),
        (Mark::Wrong, _) => "wrong\n".into(),
        (Mark::Unreadable, Some(why)) => format!("not a reply: {why}\n"),
        (Mark::Unreadable, None) => "not a reply\n".into(),
        (Mark::Missing, _) => "no answer\n".into(),
    };
    graded.replies.iter().for_each(|judged| text += &reply(judged));
    if graded.mark == Mark::Complete {
        return folded(&text, COLUMNS);
    }
    let head = match graded.mark {
        Mark::Right => "  all that may be answered:\n",
        _ => "  what may be answered:\n",
    };
    text += head;
    for legal in &graded.legal {
        let under = match legal.under.as_slice() {
            [] => String::new(),
            some => format!(", if {}", some.join(" and ")),
        };
        let line = format!("[{} ({}){under}]", legal.rule, sources(legal.rule));
        text += &paragraph(&format!("    {} ", legal.reply), &line);
    }
    folded(&text, COLUMNS)
}

fn reply(judged: &Judged) -> String {
    let mut text = String::new();
    for rule in judged.rules.iter().filter_map(|id| id.parse::<Rule>().ok()).take(1) {
        let head = format!("  {}: {rule} ({}): ", judged.reply, sources(rule));
        text += &paragraph(&head, rule.says());
    }
    if !judged.under.is_empty() {
        text += &paragraph("    open: it takes ", &judged.under.join(", and "));
    }
    match (judged.permitted, judged.refused_by.is_empty()) {
        (true, _) => {}
        (false, true) => text += &format!("  {}:\n", judged.reply),
        (false, false) => text += &format!("  {}: no reading allows it\n", judged.reply),
    }
    for refused in &judged.refused_by {
        let head = format!("    {} ({}): ", refused.rule, sources(refused.rule));
        text += &paragraph(&head, &format!("{} Here {}.", refused.rule.says(), refused.why));
    }
    if let Some(perhaps) = &judged.perhaps {
        let _ = writeln!(text, "    {perhaps}");
    }
    text
}

/// The score of a sheet.
#[must_use]
pub fn score(sheet: &Sheet) -> String {
    let Sheet { right, complete, of, paper, .. } = sheet;
    let chapter = paper.chapter.map(|n| format!("chapter {n}, ")).unwrap_or_default();
    format!(
        "{right} of {} right, {complete} of them complete ({chapter}seed {})\n",
        counted(*of as u64, "answer"),
        paper.seed
    )
}

/// The scores of several sheets, as a table: the best first, then by name.
#[must_use]
pub fn class(sheets: &[Sheet]) -> String {
    let mut sorted: Vec<&Sheet> = sheets.iter().collect();
    sorted.sort_by_key(|s| (usize::MAX - s.right, usize::MAX - s.complete, s.name.clone()));
    let width = sorted.iter().map(|s| s.name.chars().count()).max().unwrap_or_default().max(4);
    let mut text = format!("{:width$}  right  complete  answers\n", "name");
    for sheet in sorted {
        let signs: String = sheet.answers.iter().map(|graded| graded.mark.sign()).collect();
        let right = format!("{}/{}", sheet.right, sheet.of);
        let _ = writeln!(text, "{:width$}  {right:>5}  {:>8}  {signs}", sheet.name, sheet.complete);
    }
    text + "* right and complete   + right   - wrong   ? not a reply   . no answer\n"
}
