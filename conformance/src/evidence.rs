//! On which systems traces show what: for each rule and each answer the traces that support it, by build, with the days on which
//! they were recorded; and what diverges where.

mod grid;
mod page;

use std::collections::BTreeMap;
use std::fmt;

use portres_model::{Question, Rule};
use serde::Serialize;

pub use grid::{Cell, Grid, sections};
pub use page::page;

use crate::check::{Report, Verdict};
use crate::departures::Departures;
use crate::profiles::Profiles;
use crate::reach::{Paths, needed};

/// A system and its version, as the headers of traces name them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Build {
    /// `windows`, `wine`, ….
    pub system: String,
    /// Its version or build.
    pub version: String,
}

impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.system, self.version)
    }
}

/// The first and the last day on which something was recorded, as `2026-01-31`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Days {
    /// The first one; `None` where no trace is a recording.
    pub first: Option<String>,
    /// The last one.
    pub last: Option<String>,
}

impl Days {
    fn add(&mut self, report: &Report) {
        let Some(on) = report.recorded.as_ref().map(|recorded| &recorded.on) else { return };
        // the order of the letters is that of the days
        if self.first.as_ref().is_none_or(|first| on < first) {
            self.first = Some(on.clone());
        }
        if self.last.as_ref().is_none_or(|last| on > last) {
            self.last = Some(on.clone());
        }
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.first, &self.last) {
            (Some(first), Some(last)) if first != last => write!(f, "{first} to {last}"),
            (Some(day), _) | (_, Some(day)) => f.write_str(day),
            (None, None) => f.write_str("not recorded"),
        }
    }
}

/// The traces of one build that show something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Support {
    /// Which.
    pub traces: Paths,
    /// When they were recorded.
    pub days: Days,
}

impl Support {
    fn add(&mut self, path: &str, report: &Report) {
        if !self.traces.contains(path) {
            self.traces.insert(path.into());
        }
        self.days.add(report);
    }
}

/// What the traces of one build show.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// How many traces there are.
    pub traces: u64,
    /// How many events they have.
    pub events: u64,
    /// When they were recorded.
    pub days: Days,
    /// The rules that explain a reply.
    pub decided: BTreeMap<Rule, Support>,
    /// The rules that refuse a reply, which does not follow from another that was refused.
    pub diverged: BTreeMap<Rule, Support>,
    /// The answers that a conforming trace needs, by question and answer.
    pub needed: BTreeMap<(Question, &'static str), Support>,
}

/// What traces show, by build.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Each build that a trace names which is not wrong on purpose.
    pub builds: BTreeMap<Build, Shown>,
}

impl Evidence {
    /// Counts a trace. One that names no system, or is wrong on purpose, shows nothing of one.
    pub fn add(
        &mut self,
        path: &str,
        report: &Report,
        departures: Option<&Departures>,
        profiles: &Profiles,
    ) {
        let Some(named) = report.system.as_ref().filter(|_| report.expected.is_none()) else {
            return;
        };
        let build = Build { system: named.name.clone(), version: named.version.clone() };
        let shown = self.builds.entry(build).or_default();
        shown.traces += 1;
        shown.events += report.events;
        shown.days.add(report);
        for rule in &report.fired {
            shown.decided.entry(*rule).or_default().add(path, report);
        }
        let causes = report.divergences.iter().filter(|d| d.follows_from.is_none());
        let refused = causes.flat_map(|d| &d.refused_by).map(|refused| refused.rule);
        let known = report.departed.iter().filter_map(|(place, _)| {
            departures.and_then(|d| d.list.get(*place)).and_then(|d| d.rule.parse::<Rule>().ok())
        });
        for rule in refused.chain(known) {
            shown.diverged.entry(rule).or_default().add(path, report);
        }
        if report.verdict == Verdict::Conforms {
            for needed in needed(report, profiles) {
                shown.needed.entry(needed).or_default().add(path, report);
            }
        }
    }

    /// What supports a rule: each build with the traces in which it explains a reply.
    pub fn of_rule(&self, rule: Rule) -> impl Iterator<Item = (&Build, &Support)> {
        self.builds
            .iter()
            .filter_map(move |(build, shown)| Some((build, shown.decided.get(&rule)?)))
    }

    /// What contradicts a rule: each build with the traces in which it refuses what was observed.
    pub fn against_rule(&self, rule: Rule) -> impl Iterator<Item = (&Build, &Support)> {
        self.builds
            .iter()
            .filter_map(move |(build, shown)| Some((build, shown.diverged.get(&rule)?)))
    }

    /// What supports an answer: each build with the conforming traces that leave no other one.
    pub fn of_answer(
        &self,
        question: Question,
        answer: &'static str,
    ) -> impl Iterator<Item = (&Build, &Support)> {
        let at = (question, answer);
        self.builds.iter().filter_map(move |(build, shown)| Some((build, shown.needed.get(&at)?)))
    }
}

/// Evidence of one build, as an object.
#[derive(Serialize)]
pub struct SupportLine<'a> {
    #[serde(flatten)]
    build: &'a Build,
    traces: &'a Paths,
    #[serde(flatten)]
    days: &'a Days,
}

impl<'a> SupportLine<'a> {
    /// The object.
    #[must_use]
    pub fn of((build, support): (&'a Build, &'a Support)) -> SupportLine<'a> {
        SupportLine { build, traces: &support.traces, days: &support.days }
    }
}
