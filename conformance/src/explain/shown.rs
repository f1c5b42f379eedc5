//! What the fixtures show: the rules of each call in the order in which they are looked at, and the shortest traces that
//! reach a rule, miss it narrowly, or need an answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use portres_model::{Error, Question, Rule};
use serde::{Deserialize, Serialize};

/// A fixture, shortened to what still shows the thing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The path of the fixture.
    pub from: String,
    /// The lines of the trace.
    pub trace: Vec<String>,
}

impl Example {
    /// The event that shows it: the last.
    #[must_use]
    pub fn event(&self) -> &str {
        self.trace.last().map_or("", String::as_str)
    }

    /// The trace as a file.
    #[must_use]
    pub fn text(&self) -> String {
        self.trace.join("\n") + "\n"
    }
}

/// What a rule does at a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It refuses the call.
    #[default]
    Refuses,
    /// It may refuse the call, and obliges to nothing.
    May,
    /// It answers the call.
    Answers,
    /// It tells the byte count beside the reply.
    Counts,
}

/// A rule at a call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// The rule.
    pub rule: String,
    /// What it does there.
    pub role: Role,
    /// The codes that it gives, whatever the answers are.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub gives: BTreeSet<String>,
    /// The questions that decide its code.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub asks: BTreeSet<String>,
    /// The questions that decide whether it applies.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub under: BTreeSet<String>,
}

/// A trace whose last event shows how a call comes to a reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// The word with which the call begins.
    pub call: String,
    /// The rule that explains the reply.
    pub rule: String,
    /// The error by its name, or [`SUCCESS`], or [`BYTES`] where it is about the byte count.
    pub reply: String,
    /// The trace.
    #[serde(flatten)]
    pub example: Example,
}

/// What stands in [`Reached::reply`] where the call did what it is for.
pub const SUCCESS: &str = "success";
/// What stands in [`Reached::reply`] where the rule is about the byte count.
pub const BYTES: &str = "bytes";

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// By the word with which calls begin, their rules.
    pub calls: BTreeMap<String, Vec<Listed>>,
    /// Traces that conform.
    pub reached: Vec<Reached>,
    /// By the ids of rules, traces that diverge by them, as their headers expect.
    pub missed: BTreeMap<String, Example>,
    /// By the ids of questions and answers, traces that conform under this answer alone.
    pub answers: BTreeMap<String, BTreeMap<String, Example>>,
}

static BUILT_IN: LazyLock<Shown> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../shown.json")).expect("the generated file is right")
});

impl Shown {
    /// What the project's fixtures show, as they were when the command was built.
    ///
    /// # Panics
    /// Never: a test compares the file with the fixtures.
    #[must_use]
    pub fn by_fixtures() -> &'static Shown {
        &BUILT_IN
    }

    /// The rules of a call, in order.
    #[must_use]
    pub fn of_call(&self, head: &str) -> &[Listed] {
        self.calls.get(head).map_or(&[], Vec::as_slice)
    }

    /// The calls at which a rule stands.
    pub fn calls_of(&self, rule: Rule) -> impl Iterator<Item = (&str, &Listed)> {
        let at = move |listed: &&Listed| listed.rule == rule.id();
        self.calls.iter().filter_map(move |(head, all)| Some((head.as_str(), all.iter().find(at)?)))
    }

    /// The trace in which a call comes to an error by a rule.
    #[must_use]
    pub fn way(&self, call: &str, rule: Rule, error: Error) -> Option<&Example> {
        let name = error.to_string();
        let is = |r: &&Reached| r.call == call && r.rule == rule.id() && r.reply == name;
        self.reached.iter().find(is).map(|r| &r.example)
    }

    /// The shortest of the traces that satisfy a condition.
    pub fn shortest(&self, is: impl Fn(&Reached) -> bool) -> Option<&Reached> {
        self.reached.iter().filter(|r| is(r)).min_by_key(|r| r.example.trace.len())
    }

    /// The trace that needs this answer.
    #[must_use]
    pub fn answer(&self, question: Question, answer: &str) -> Option<&Example> {
        self.answers.get(question.id())?.get(answer)
    }
}
