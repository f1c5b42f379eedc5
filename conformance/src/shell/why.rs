//! Why the last call got its reply, why it could not get another, and what a word means.

use portres_model::{Literal, Question, Rule};

use super::{Session, wrong};
use crate::explain::{self, Explanation};
use crate::ledger::Ledger;
use crate::trace::{Event, Part, TraceError};
use crate::wrap::paragraph;

/// How many sources of a rule are told whole.
const SOURCES: usize = 3;
/// How many ways to get a thing are told.
const WAYS: usize = 8;

impl Session {
    /// `why` and `why not REPLY`.
    pub(super) fn why(&self, rest: &str) -> Result<String, TraceError> {
        match rest
            .split_once(char::is_whitespace)
            .map_or((rest, ""), |(first, more)| (first, more.trim()))
        {
            ("", _) => self.why_this(),
            ("not", "") => {
                Err(wrong("expected a reply behind `why not`, found the end of the line"))
            }
            ("not", reply) => self.why_not(reply),
            (word, _) => Err(super::unknown("`why` or `why not REPLY`", word, ["not"])),
        }
    }

    fn why_this(&self) -> Result<String, TraceError> {
        let made = self.last()?;
        let mut text = format!("{}\n", made.event);
        for (rule, place) in made.rules.iter().zip(0..) {
            if place == 1 {
                text += "  each of these is reason enough as well:\n";
            }
            text += &ruled(*rule);
        }
        let process = made.who().process;
        let here = self.before.declared(process);
        let step = here.turn(&self.named, process, &made.call).explains(&made.reply);
        for clause in step.iter().flat_map(|step| step.needs.clauses()) {
            let literals: Vec<String> = clause.iter().map(ToString::to_string).collect();
            text += &paragraph("  open: it holds if ", &literals.join(", or "));
            text += &asked(clause);
        }
        Ok(text)
    }

    fn why_not(&self, reply: &str) -> Result<String, TraceError> {
        let made = self.last()?;
        let reply = self.read_reply(reply)?;
        if reply == made.reply {
            return Ok(format!("{}\n  that is what it answered\n", made.event));
        }
        let process = made.who().process;
        let here = self.before.declared(process);
        let Some(step) = here.turn(&self.named, process, &made.call).explains(&reply) else {
            let names = made.names().filter(|_| reply.names().is_none());
            let part = Part::Whole { call: made.call, names, reply: reply.into() };
            let event = Event { part, bytes: None, note: None, ..made.event.clone() };
            let mut before = self.clone();
            before.made.pop();
            return before.against(&event);
        };
        let mut text = format!("{reply} is legal, too: `pick {reply}` takes it\n");
        for rule in &step.rules {
            text += &ruled(*rule);
        }
        for clause in step.needs.clauses() {
            let literals: Vec<String> = clause.iter().map(ToString::to_string).collect();
            text += &paragraph("  open: it takes ", &literals.join(", or "));
            text += &asked(clause);
        }
        if let Some(question) = step.discovery {
            text += &format!(
                "  it would be a discovery: nobody has foreseen this answer to {question}\n"
            );
        }
        Ok(text)
    }

    /// What a word means: the beginning of what `portres explain` tells.
    pub(super) fn explained(&self, rest: &str) -> Result<String, TraceError> {
        if rest.is_empty() {
            return Err(wrong(
                "expected an error, a rule, a question, a call or a clause, found the end of the line",
            ));
        }
        let asked = explain::read(rest).map_err(|unknown| {
            super::unknown(
                "an error, a rule, a question, a call or a clause",
                rest,
                unknown.near.iter().map(String::as_str),
            )
        })?;
        let all = asked.subjects.iter().map(|subject| meaning(&explain::explain(subject)));
        Ok(all.collect())
    }
}

/// A rule with its sources.
fn ruled(rule: Rule) -> String {
    let standing = rule.standing().name();
    let mut text = paragraph(&format!("  {rule} ({standing}): "), rule.says());
    if !rule.reason().is_empty() {
        text += &paragraph("    assumed: ", rule.reason());
    }
    for id in rule.sources().iter().take(SOURCES) {
        text += &source(id);
    }
    match rule.sources().len().saturating_sub(SOURCES) {
        0 => text,
        more => text + &format!("    and {more} more: `explain {rule}`\n"),
    }
}

fn source(id: &str) -> String {
    let ledger = Ledger::built_in();
    let clause =
        ledger.clause(id).map(|c| format!("{} ({}, {})", c.says, c.page_short(), c.heading));
    let piece = || ledger.piece(id).map(|e| format!("{} ({})", e.says, e.source));
    clause.or_else(piece).map(|says| paragraph(&format!("    {id}: "), &says)).unwrap_or_default()
}

/// What the questions of a clause ask.
fn asked(clause: &[Literal]) -> String {
    let questions = clause.iter().map(|literal| literal.question);
    questions.map(|q: Question| paragraph(&format!("    {q}: "), q.asks())).collect()
}

fn meaning(of: &Explanation) -> String {
    let number = of.number.map(|n| format!(" ({n})")).unwrap_or_default();
    let mut text = paragraph(&format!("{}{number}: ", of.id), &of.means);
    for way in of.ways.iter().take(WAYS) {
        let gives = match way.gives.as_slice() {
            [] => String::new(),
            some => format!(" Gives {}.", some.join(", ")),
        };
        text += &paragraph(
            &format!("  {} ({}): ", way.rule, way.standing),
            &format!("{}{gives}", way.says),
        );
    }
    if of.ways.len() > WAYS {
        text += &format!("  and {} more ways: `portres explain {}`\n", of.ways.len() - WAYS, of.id);
    }
    for question in of.questions.iter().take(WAYS) {
        let answers: Vec<String> =
            question.answers.iter().map(|a| format!("{} ({})", a.id, a.effect)).collect();
        let says = format!("{} {}", question.asks, answers.join(", "));
        text += &paragraph(&format!("  open, {}: ", question.id), &says);
    }
    for cited in of.clauses.iter().chain(&of.evidence).take(SOURCES) {
        text +=
            &paragraph(&format!("  {}: ", cited.id), &format!("{} ({})", cited.says, cited.source));
    }
    text
}
