//! A profile's file, of what traces taught: each answer names the events that leave no other.

use std::collections::BTreeSet;
use std::fmt::Write;

use portres_model::{Literal, Question};

use super::{Inferred, Lesson};

/// The evidence of what follows from the other entries of a file.
const FOLLOWS: &str = "follows from the other answers and clauses of this file";

/// The file of a profile in which the readings are left that explain the traces; `--profile` reads it.
#[must_use]
pub fn profile_file(inferred: &Inferred) -> String {
    let Inferred { start, left, .. } = inferred;
    let counts = inferred.counts();
    let mut file = format!(
        "# Written by `portres infer`, from {counts}; they start from the profile `{}`.\n",
        start.name
    );
    let says = format!("what {counts} show of {}", inferred.name());
    line(&mut file, &format!("name = {}", quoted(&slug(inferred))));
    line(&mut file, &format!("says = {}", quoted(&says)));
    line(&mut file, &format!("base = {}", quoted(start.base.word())));
    if let Some((name, version)) = &inferred.system {
        let pattern = format!("name = {}, version = {}", quoted(name), quoted(version));
        line(&mut file, &format!("systems = [{{ {pattern} }}]"));
    }
    if !start.missing.is_empty() {
        line(&mut file, &format!("missing = {}", list(&start.missing)));
    }
    line(&mut file, "\n[answers]");
    let base = start.base.profile();
    for &question in Question::ALL {
        let answers = left.open(question);
        if answers != base.open(question) {
            let is = list(question.names(answers));
            let evidence = evidence(inferred, question);
            line(
                &mut file,
                &format!("{} = {{ is = {is}, evidence = {evidence} }}", quoted(question.id())),
            );
        }
    }
    for clause in left.clauses() {
        line(&mut file, "\n[[joint]]");
        let any: Vec<String> = clause.iter().map(literal).collect();
        line(&mut file, &format!("any = {{ {} }}", any.join(", ")));
        let by = inferred.joint.iter().find(|joint| joint.any == *clause);
        let mut evidence: Vec<String> =
            by.iter().flat_map(|joint| shown(&inferred.lessons, &joint.by)).collect();
        let known = start.joint.iter().filter(|(known, _)| {
            known == clause || by.is_some() && known.iter().any(|l| clause.contains(l))
        });
        evidence.extend(known.flat_map(|(_, evidence)| evidence.clone()));
        line(&mut file, &format!("evidence = {}", list(once(evidence))));
    }
    file
}

/// A name for the profile that is also one for a file.
#[must_use]
pub fn slug(inferred: &Inferred) -> String {
    let name = match &inferred.system {
        Some((name, version)) => format!("{name}-{version}"),
        None => "no-system".into(),
    };
    let plain = |c: char| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '-' };
    let name: String = name.chars().map(plain).collect();
    // never hidden, and never the folder above
    name.trim_start_matches('.').to_string()
}

/// What settles a question: what settled it for the profile from which the traces start, and the events.
fn evidence(inferred: &Inferred, question: Question) -> String {
    let before = inferred.start.evidence.get(&question).cloned().unwrap_or_default();
    let by = inferred.answers.iter().find(|answered| answered.left.question == question);
    let events = by.iter().flat_map(|answered| shown(&inferred.lessons, &answered.by));
    list(once(before.into_iter().chain(events).collect()))
}

/// Each once, and something in any case: without evidence a file is not read.
fn once(evidence: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut evidence: Vec<String> =
        evidence.into_iter().filter(|one| seen.insert(one.clone())).collect();
    if evidence.is_empty() {
        evidence.push(FOLLOWS.into());
    }
    evidence
}

fn shown(lessons: &[Lesson], places: &[usize]) -> Vec<String> {
    let evidence = |i: &usize| {
        let Lesson { from, evidence, .. } = &lessons[*i];
        let event = (from.line > 0).then(|| from.to_string());
        event.into_iter().chain(evidence.clone()).collect::<Vec<_>>()
    };
    places.iter().flat_map(evidence).collect()
}

fn literal(literal: &Literal) -> String {
    let Literal { question, answers } = *literal;
    format!("{} = {}", quoted(question.id()), list(question.names(answers)))
}

fn list(texts: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let quoted: Vec<String> = texts.into_iter().map(|text| quoted(text.as_ref())).collect();
    format!("[{}]", quoted.join(", "))
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.into()).to_string()
}

fn line(file: &mut String, text: &str) {
    writeln!(file, "{text}").expect("a string can be written to");
}
