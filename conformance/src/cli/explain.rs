//! `portres explain`.

use std::io::Write;

use portres::ledger::Ledger;
use portres_model::{Class, Effect, Error, Question, Rule};

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
    let questions: Vec<&Question> = Question::ALL
        .iter()
        .filter(|q| q.answers().iter().any(|a| a.effect == Effect::Refuse(error)))
        .collect();
    if questions.is_empty() {
        text += "  No open question has it among its answers.\n";
    } else {
        text += "  What may give it, where the answer to an open question is so:\n";
        for question in questions {
            text += &format!("    {:34} {}\n", question.id(), question.asks());
        }
    }
    let class = match error {
        Error::WsaAccess | Error::AccessDenied => Some(Class::Privilege),
        Error::WsaAddressInUse | Error::SharingViolation => Some(Class::Conflict),
        _ => None,
    };
    if let Some(class) = class {
        text +=
            &format!("  Rules of class {} (`portres explain RULE` tells more):\n", class.name());
        for rule in Rule::ALL.iter().filter(|r| r.class() == class) {
            text += &format!("    {:34} {}\n", rule.id(), rule.says());
        }
    }
    text
}
