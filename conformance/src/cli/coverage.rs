//! `portres coverage`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use portres::evidence::{self, Evidence, SupportLine};
use portres::reach::{Paths, Reach, RuleReach, Unreached, reachable_answers};
use portres::{Profiles, Settings};
use portres_model::{Question, Rule};
use serde::Serialize;

use super::args::Format;
use super::format::output;
use super::{ERROR, Failure, Outcome, check, files};

/// Tell which rules and answers some traces reach, and which they do not, and on which systems.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  portres coverage fixtures
  portres coverage --by system recordings
  portres coverage --html coverage.html fixtures
  portres coverage --format json mine.trace | jq 'select(.kind == \"rule\" and .accepted_by == [])'

A rule is reached by a trace that conforms, where it explains a reply; it is defended by a trace
that diverges as its header expects, where it refuses the reply. An answer is needed by a trace
that conforms and leaves no other answer possible. By system: a rule is decided where it explains a
reply of that system, and diverges where it refuses one; what a trace shows that is wrong on purpose
does not count.

Exit codes: 0 all files were read; 2 one cannot be read.")]
pub(super) struct Args {
    /// The form of the list.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// What the list is made by.
    #[arg(long, value_enum, default_value = "rule")]
    by: By,
    /// Write a page as well, with both lists and what supports each rule and answer.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Files, directories, or `-` for standard input.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// The rules and answers, with the traces that reach them.
    Rule,
    /// The systems and the sections of the rules: how many rules are decided, diverge, were never seen.
    System,
}

/// One line of the list.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Line<'a> {
    Rule {
        id: &'static str,
        accepted_by: &'a Paths,
        rejected_by: &'a Paths,
        recorded_by: &'a Paths,
        supported_by: Vec<SupportLine<'a>>,
        contradicted_by: Vec<SupportLine<'a>>,
        /// Why it is not reached, and why it is not defended, where that is known.
        not_accepted: Option<&'a str>,
        not_rejected: Option<&'a str>,
    },
    Answer {
        id: String,
        needed_by: &'a Paths,
        supported_by: Vec<SupportLine<'a>>,
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

pub(super) fn run(args: &Args) -> Outcome {
    let found = files::find(&args.paths)?;
    let departures = check::departures_of(&found.inputs)?;
    let (profiles, mut reach) = (Profiles::built_in(), Reach::default());
    let mut evidence = Evidence::default();
    let mut errors = found.errors;
    for input in &found.inputs {
        let beside = check::directory(input).and_then(|d| departures.get(&d));
        let settings = Settings { departures: beside, ..Settings::new(&profiles) };
        let judged = check::judge(input, &settings);
        for report in &judged.reports {
            reach.add(&judged.name, report, &profiles);
            evidence.add(&judged.name, report, beside, &profiles);
        }
        errors.extend(judged.error);
    }
    if let Some(path) = &args.html {
        let page = evidence::page(&reach, &evidence);
        output(path, |out| out.write_all(page.as_bytes()))?;
    }
    let text = match (args.by, args.format) {
        (By::Rule, Format::Json) => json(&reach, &evidence)?,
        (By::Rule, Format::Text) => text(&reach),
        (By::System, Format::Json) => evidence.grid().json(),
        (By::System, Format::Text) => evidence.grid().text(),
    };
    // with the page on standard output, the list goes beside it
    match args.html.as_deref().is_some_and(|path| path.as_os_str() == "-") {
        true => anstream::stderr().write_all(text.as_bytes())?,
        false => anstream::stdout().write_all(text.as_bytes())?,
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

fn rule_line<'a>(
    rule: Rule,
    reach: &'a Reach,
    evidence: &'a Evidence,
    known: &'a Unreached,
) -> Line<'a> {
    let RuleReach { accepted_by, rejected_by, recorded_by, .. } = reach.rule(rule);
    Line::Rule {
        id: rule.id(),
        accepted_by,
        rejected_by,
        recorded_by,
        supported_by: evidence.of_rule(rule).map(SupportLine::of).collect(),
        contradicted_by: evidence.against_rule(rule).map(SupportLine::of).collect(),
        not_accepted: reason(&known.accepted, rule.id()).filter(|_| accepted_by.is_empty()),
        not_rejected: reason(&known.rejected, rule.id()).filter(|_| rejected_by.is_empty()),
    }
}

fn json(reach: &Reach, evidence: &Evidence) -> Result<String, Failure> {
    let known = Unreached::known();
    let mut lines: Vec<Line<'_>> =
        Rule::ALL.iter().map(|rule| rule_line(*rule, reach, evidence, known)).collect();
    lines.extend(reachable_answers().map(|(question, answer)| {
        let (id, needed_by) = (answer_id(question, answer), reach.answer(question, answer));
        let not_needed = reason(&known.answers, &id).filter(|_| needed_by.is_empty());
        let supported_by = evidence.of_answer(question, answer).map(SupportLine::of).collect();
        Line::Answer { id, needed_by, supported_by, not_needed }
    }));
    lines.push(total(reach));
    let mut text = String::new();
    for line in &lines {
        text += &serde_json::to_string(line).map_err(|e| e.to_string())?;
        text.push('\n');
    }
    Ok(text)
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
