//! `portres explain`.

use std::io::Write;

use portres::ledger::Ledger;
use portres::reach::Reach;
use portres_model::{Effect, Error, Question, Rule};

use super::args::Explain;
use super::{Outcome, clauses, did_you_mean, questions, rules};

pub(super) fn explain(args: &Explain) -> Outcome {
    let what = args.what.as_str();
    let mut out = anstream::stdout();
    let (rule, question) = (what.parse::<Rule>().ok(), what.parse::<Question>().ok());
    if rule.is_some() || question.is_some() {
        if let Some(rule) = rule {
            write!(out, "{}", rules::whole(rule))?;
        }
        if let Some(question) = question {
            write!(out, "{}", questions::whole(question))?;
        }
        return Ok(0);
    }
    if let Some(error) = error_of(what) {
        write!(out, "{}", error_text(error))?;
        return Ok(0);
    }
    let (ledger, id) = (Ledger::built_in(), what.to_uppercase());
    let of_ledger = |id: &str| {
        let clause = ledger.clause(id).map(clauses::whole);
        clause.or_else(|| ledger.piece(id).map(clauses::evidence))
    };
    if let Some(text) = of_ledger(what).or_else(|| of_ledger(&id)) {
        write!(out, "{text}")?;
        return Ok(0);
    }
    let known = Rule::ALL.iter().map(|r| r.id()).chain(Question::ALL.iter().map(|q| q.id()));
    let known = known.chain(Error::ALL.iter().filter_map(|e| e.c_name()));
    let near = match did_you_mean(what, known.clone()) {
        near if near.is_empty() => did_you_mean(&id, known),
        near => near,
    };
    Err(format!(
        "`{what}` is no rule, question, clause, evidence or error code{near}: `portres rules` lists the rules"
    )
    .into())
}

fn error_of(word: &str) -> Option<Error> {
    let number = match word.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => word.parse().ok(),
    };
    number.map(Error::from_number).or_else(|| Error::from_c_name(&word.to_uppercase()))
}

fn error_text(error: Error) -> String {
    let name = error.to_string();
    let also = error.other_name().map(|n| format!(", also {n}")).unwrap_or_default();
    let mut text =
        format!("{name} ({}, {:#x}{also}): {}\n", error.number(), error.number(), error.says());
    let questions = Question::ALL
        .iter()
        .filter(|q| q.answers().iter().any(|answer| answer.effect == Effect::Refuse(error)));
    let line = |id: &str, says: &str| format!("    {id:34} {says}\n");
    let rules = Reach::of_fixtures().givers(error).map(|r| line(r.id(), r.says()));
    let questions = questions.map(|q| line(q.id(), q.asks()));
    let lists = [
        ("Rules that give it (`portres explain RULE` tells more)", rules.collect::<String>()),
        ("What may give it, where the answer to an open question is so", questions.collect()),
    ];
    for (what, list) in lists.iter().filter(|(_, list)| !list.is_empty()) {
        text += &format!("  {what}:\n{list}");
    }
    if lists.iter().all(|(_, list)| list.is_empty()) {
        text += "  No rule gives it, and no open question has it among its answers.\n";
    }
    text
}
