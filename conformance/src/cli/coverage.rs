//! `portres coverage`.

use std::collections::BTreeMap;
use std::io::Write;

use portres::reach::{Paths, Reach, RuleReach, Unreached, reachable_answers};
use portres::{Profiles, Settings};
use portres_model::{Question, Rule};
use serde::Serialize;

use super::args::{Coverage, Format};
use super::{ERROR, Outcome, check, files};

/// One line of the list.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Line<'a> {
    Rule {
        id: &'static str,
        accepted_by: &'a Paths,
        rejected_by: &'a Paths,
        recorded_by: &'a Paths,
        /// Why it is not reached, and why it is not defended, where that is known.
        not_accepted: Option<&'a str>,
        not_rejected: Option<&'a str>,
    },
    Answer {
        id: String,
        needed_by: &'a Paths,
        not_needed: Option<&'a str>,
    },
    Total {
        traces: u64,
        left_out: u64,
        rules: usize,
        accepted: usize,
        rejected: usize,
        recorded: usize,
        answers: usize,
        needed: usize,
    },
}

pub(super) fn run(args: &Coverage) -> Outcome {
    let found = files::find(&args.paths)?;
    let departures = check::departures_of(&found.inputs)?;
    let (profiles, mut reach) = (Profiles::built_in(), Reach::default());
    let mut errors = found.errors;
    for input in &found.inputs {
        let beside = check::directory(input).and_then(|d| departures.get(&d));
        let settings = Settings { departures: beside, ..Settings::new(&profiles) };
        let judged = check::judge(input, &settings);
        judged.reports.iter().for_each(|report| reach.add(&judged.name, report, &profiles));
        errors.extend(judged.error);
    }
    match args.format {
        Format::Json => json(&reach)?,
        Format::Text => anstream::stdout().write_all(text(&reach).as_bytes())?,
    }
    for error in &errors {
        writeln!(anstream::stderr(), "{ERROR}error:{ERROR:#} {error}")?;
    }
    Ok(if errors.is_empty() { 0 } else { 2 })
}

fn reason<'a>(reasons: &'a BTreeMap<String, String>, id: &str) -> Option<&'a str> {
    reasons.get(id).map(String::as_str)
}

/// An answer as the list of reasons names it.
fn answer_id(question: Question, answer: &str) -> String {
    format!("{}/{answer}", question.id())
}

fn rule_line<'a>(rule: Rule, reach: &'a Reach, known: &'a Unreached) -> Line<'a> {
    let RuleReach { accepted_by, rejected_by, recorded_by, .. } = reach.rule(rule);
    Line::Rule {
        id: rule.id(),
        accepted_by,
        rejected_by,
        recorded_by,
        not_accepted: reason(&known.accepted, rule.id()).filter(|_| accepted_by.is_empty()),
        not_rejected: reason(&known.rejected, rule.id()).filter(|_| rejected_by.is_empty()),
    }
}

fn json(reach: &Reach) -> Result<(), super::Failure> {
    let known = Unreached::known();
    let mut lines: Vec<Line<'_>> =
        Rule::ALL.iter().map(|rule| rule_line(*rule, reach, known)).collect();
    lines.extend(reachable_answers().map(|(question, answer)| {
        let (id, needed_by) = (answer_id(question, answer), reach.answer(question, answer));
        let not_needed = reason(&known.answers, &id).filter(|_| needed_by.is_empty());
        Line::Answer { id, needed_by, not_needed }
    }));
    lines.push(total(reach));
    let mut out = anstream::stdout();
    for line in &lines {
        writeln!(out, "{}", serde_json::to_string(line).map_err(|e| e.to_string())?)?;
    }
    Ok(())
}

fn rules_where(reach: &Reach, has: impl Fn(&RuleReach) -> bool) -> usize {
    Rule::ALL.iter().filter(|rule| has(reach.rule(**rule))).count()
}

fn total(reach: &Reach) -> Line<'static> {
    let needed = reachable_answers().filter(|(q, a)| !reach.answer(*q, a).is_empty()).count();
    Line::Total {
        traces: reach.traces,
        left_out: reach.left_out,
        rules: Rule::ALL.len(),
        accepted: rules_where(reach, |r| !r.accepted_by.is_empty()),
        rejected: rules_where(reach, |r| !r.rejected_by.is_empty()),
        recorded: rules_where(reach, |r| !r.recorded_by.is_empty()),
        answers: reachable_answers().count(),
        needed,
    }
}

fn text(reach: &Reach) -> String {
    let Line::Total { traces, left_out, rules, accepted, rejected, recorded, answers, needed } =
        total(reach)
    else {
        return String::new();
    };
    let known = Unreached::known();
    let left = |has: fn(&RuleReach) -> bool| {
        let left = Rule::ALL.iter().filter(move |rule| !has(reach.rule(**rule)));
        left.map(|rule| rule.id().to_string())
    };
    let mut text = portres::report::counted(traces, "trace");
    if left_out > 0 {
        text += &format!(" ({left_out} left out: they neither conform nor diverge as expected)");
    }
    text += &format!("\nrules reached by a trace that conforms: {accepted} of {rules}\n");
    text += &listed(left(|r| !r.accepted_by.is_empty()), &known.accepted);
    text += &format!("rules defended by a trace that diverges: {rejected} of {rules}\n");
    text += &listed(left(|r| !r.rejected_by.is_empty()), &known.rejected);
    text += &format!("answers that a trace needs: {needed} of {answers}\n");
    let unneeded = reachable_answers().filter(|(q, a)| reach.answer(*q, a).is_empty());
    text += &listed(unneeded.map(|(q, a)| answer_id(q, a)), &known.answers);
    text + &format!("recorded on Windows: {recorded} of {rules} rules\n")
}

/// What is not reached, each with the reason where one is known.
fn listed(ids: impl Iterator<Item = String>, known: &BTreeMap<String, String>) -> String {
    let line = |id: String| match known.get(&id) {
        Some(reason) => format!("  not {id}: {reason}\n"),
        None => format!("  not {id}\n"),
    };
    ids.map(line).collect()
}
