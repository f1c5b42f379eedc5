//! What traces reach: the rules that explain what was observed, the rules that refuse what is wrong on purpose, and the
//! answers to open questions that a trace cannot do without.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use portres_model::{Effect, Error, Question, Rule};
use serde::{Deserialize, Serialize};

use crate::check::{Report, Verdict};
use crate::profiles::Profiles;

/// Paths of traces, in order.
pub type Paths = BTreeSet<String>;

/// What reaches one rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RuleReach {
    /// Conforming traces with an event that the rule explains.
    pub accepted_by: Paths,
    /// Traces that diverge as expected, where the rule is among those that refuse the first divergence.
    pub rejected_by: Paths,
    /// Recordings of Windows with an event that the rule explains.
    #[serde(skip_serializing_if = "Paths::is_empty")]
    pub recorded_by: Paths,
    /// The open questions that decide whether it applies, or with which code.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub decided_by: BTreeSet<String>,
    /// The error codes that it gives, whatever the answers are.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub gives: BTreeSet<String>,
}

/// What traces reach, by the ids of rules, and of questions and their answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// The rules.
    pub rules: BTreeMap<String, RuleReach>,
    /// For each question, and each of its answers: the conforming traces that leave no other answer possible.
    pub answers: BTreeMap<String, BTreeMap<String, Paths>>,
    /// How many traces were counted.
    #[serde(skip)]
    pub traces: u64,
    /// How many were not, for they neither conform nor diverge as expected.
    #[serde(skip)]
    pub left_out: u64,
}

static FIXTURES: LazyLock<Reach> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../reach.json")).expect("the generated file is right")
});

/// The name by which the headers of recordings call the real system.
const WINDOWS: &str = "windows";

impl Reach {
    /// What the project's fixtures reach, as they were when the command was built.
    ///
    /// # Panics
    /// Never: a test compares the file with the fixtures.
    #[must_use]
    pub fn of_fixtures() -> &'static Reach {
        &FIXTURES
    }

    /// What reaches this rule.
    #[must_use]
    pub fn rule(&self, rule: Rule) -> &RuleReach {
        static NOTHING: LazyLock<RuleReach> = LazyLock::new(RuleReach::default);
        self.rules.get(rule.id()).unwrap_or(&NOTHING)
    }

    /// The traces that need this answer.
    #[must_use]
    pub fn answer(&self, question: Question, answer: &str) -> &Paths {
        static NOTHING: Paths = Paths::new();
        self.answers.get(question.id()).and_then(|a| a.get(answer)).unwrap_or(&NOTHING)
    }

    /// The rules that a question decides.
    pub fn decided_by(&self, question: Question) -> impl Iterator<Item = Rule> {
        let decides = move |rule: &Rule| self.rule(*rule).decided_by.contains(question.id());
        Rule::ALL.iter().copied().filter(decides)
    }

    /// The rules that give this code, whatever the answers are.
    pub fn givers(&self, error: Error) -> impl Iterator<Item = Rule> {
        let name = error.to_string();
        Rule::ALL.iter().copied().filter(move |rule| self.rule(*rule).gives.contains(&name))
    }

    /// Counts a trace.
    pub fn add(&mut self, path: &str, report: &Report, profiles: &Profiles) {
        if report.system.as_ref().is_some_and(|s| s.name == WINDOWS) {
            report.fired.iter().for_each(|r| put(&mut self.of(*r).recorded_by, path));
        }
        match (report.expected, report.verdict) {
            (None, Verdict::Conforms) => {
                report.fired.iter().for_each(|r| put(&mut self.of(*r).accepted_by, path));
                self.needs(path, report, profiles);
            }
            (Some(true), _) => {
                for refused in report.divergences.first().iter().flat_map(|d| &d.refused_by) {
                    put(&mut self.of(refused.rule).rejected_by, path);
                }
            }
            _ => {
                self.left_out += 1;
                return;
            }
        }
        self.traces += 1;
    }

    fn of(&mut self, rule: Rule) -> &mut RuleReach {
        self.rules.entry(rule.id().into()).or_default()
    }

    fn needs(&mut self, path: &str, report: &Report, profiles: &Profiles) {
        for (question, answer) in needed(report, profiles) {
            let answers = self.answers.entry(question.id().into()).or_default();
            put(answers.entry(answer.into()).or_default(), path);
        }
    }
}

/// The answers that are the only ones left after a trace, and were not so before it.
pub(crate) fn needed<'a>(
    report: &'a Report,
    profiles: &'a Profiles,
) -> impl Iterator<Item = (Question, &'static str)> + 'a {
    let only = move |question: &Question| {
        let left = report.left.open(*question);
        let before = profiles.get(&report.profile).map(|p| p.profile.open(*question));
        left.count_ones() == 1 && before != Some(left)
    };
    let questions = Question::ALL.iter().copied().filter(only);
    questions.flat_map(|question| {
        question.names(report.left.open(question)).map(move |answer| (question, answer))
    })
}

fn put(paths: &mut Paths, path: &str) {
    if !paths.contains(path) {
        paths.insert(path.into());
    }
}

/// The answers that a trace can reach: a code that nobody has foreseen is a discovery, and such a trace does not conform.
pub fn reachable_answers() -> impl Iterator<Item = (Question, &'static str)> {
    Question::ALL.iter().flat_map(|&question| {
        let foreseen = question.answers().iter().filter(|a| a.effect != Effect::Unforeseen);
        foreseen.map(move |answer| (question, answer.id))
    })
}

/// Why some rules and answers are not reached, by the ids of rules, and `question/answer`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unreached {
    /// Rules that no conforming trace reaches.
    pub accepted: BTreeMap<String, String>,
    /// Rules that no near miss defends.
    pub rejected: BTreeMap<String, String>,
    /// Answers that no conforming trace needs.
    pub answers: BTreeMap<String, String>,
}

static REASONS: LazyLock<Unreached> = LazyLock::new(|| {
    toml::from_str(include_str!("../unreached.toml")).expect("the list of the unreached is right")
});

impl Unreached {
    /// The reasons that are known.
    ///
    /// # Panics
    /// Never: a test reads the file.
    #[must_use]
    pub fn known() -> &'static Unreached {
        &REASONS
    }
}
