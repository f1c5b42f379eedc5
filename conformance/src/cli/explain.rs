//! `portres rules` and `portres explain`.

use std::io::Write;

use portres_model::{Class, Effect, Error, Question, Rule, Standing};
use serde::Serialize;

use super::args::{Explain, Format, Rules};
use super::{Outcome, did_you_mean};

#[derive(Serialize)]
struct RuleLine {
    id: &'static str,
    says: &'static str,
    class: &'static str,
    standing: &'static str,
    sources: &'static [&'static str],
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'static str,
}

impl RuleLine {
    fn of(rule: Rule) -> RuleLine {
        RuleLine {
            id: rule.id(),
            says: rule.says(),
            class: rule.class().name(),
            standing: rule.standing().name(),
            sources: rule.sources(),
            reason: rule.reason(),
        }
    }
}

pub(super) fn rules(args: &Rules) -> Outcome {
    let mut out = anstream::stdout();
    for &rule in Rule::ALL {
        match args.format {
            Format::Json => {
                let line = serde_json::to_string(&RuleLine::of(rule)).map_err(|e| e.to_string())?;
                writeln!(out, "{line}")?;
            }
            Format::Text => {
                writeln!(
                    out,
                    "{:32} {:10} {:9} {}",
                    rule.id(),
                    rule.standing().name(),
                    rule.class().name(),
                    rule.says()
                )?;
                writeln!(out, "{:32} {}", "", rule.sources().join(", "))?;
            }
        }
    }
    Ok(0)
}

pub(super) fn explain(args: &Explain) -> Outcome {
    let what = args.what.as_str();
    let mut out = anstream::stdout();
    let (rule, question) = (what.parse::<Rule>().ok(), what.parse::<Question>().ok());
    if rule.is_some() || question.is_some() {
        if let Some(rule) = rule {
            write!(out, "{}", rule_text(rule))?;
        }
        if let Some(question) = question {
            write!(out, "{}", question_text(question))?;
        }
        return Ok(0);
    }
    if let Some(error) = error_of(what) {
        write!(out, "{}", error_text(error))?;
        return Ok(0);
    }
    let known = Rule::ALL.iter().map(|r| r.id()).chain(Question::ALL.iter().map(|q| q.id()));
    let known = known.chain(Error::ALL.iter().filter_map(|e| e.c_name()));
    let near = match did_you_mean(what, known.clone()) {
        near if near.is_empty() => did_you_mean(&what.to_uppercase(), known),
        near => near,
    };
    Err(format!(
        "`{what}` is no rule, question or error code{near}: `portres rules` lists the rules"
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

fn rule_text(rule: Rule) -> String {
    let mut text = format!("{}\n  {}\n", rule.id(), rule.says());
    text += &format!("  class     {}\n", rule.class().name());
    text += &format!("  standing  {}\n", rule.standing().name());
    text += &format!("  sources   {}\n", rule.sources().join(", "));
    if rule.standing() == Standing::Assumed {
        text += &format!("  assumed   {}\n", rule.reason());
    }
    text
}

fn question_text(question: Question) -> String {
    let mut text = format!("{} (an open question)\n  {}\n", question.id(), question.asks());
    text += &format!("  from      {}\n", question.clauses().join(", "));
    for (i, answer) in question.answers().iter().enumerate() {
        let head = if i == 0 { "likeliest" } else { "or" };
        let effect = match answer.effect {
            Effect::Pass => String::new(),
            Effect::Refuse(error) => format!(": {error}"),
            Effect::Unforeseen => ": a code that nobody has foreseen".into(),
        };
        let evidence = if answer.evidence.is_empty() {
            String::new()
        } else {
            format!("  ({})", answer.evidence.join(", "))
        };
        text += &format!("  {head:9} {}{effect}{evidence}\n", answer.id);
    }
    text
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
