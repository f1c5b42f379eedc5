//! Shrinking: the least of a trace that still diverges for the same reason.
//!
//! What is left is 1-minimal: without any one of its calls it conforms, or diverges for another reason. A trace is judged as
//! it stands, or its calls are made again on a system at each step, and what that answers is judged.

use std::time::Instant;

use crate::check::{Follower, Report, Settings};
use crate::replay::replay;
use crate::system::{System, SystemError};
use crate::trace::{Event, Expectation, Header, Item, Reader, Spelled, write_item};

mod numbers;
mod reason;
mod reduce;
mod unit;

pub use reason::Reason;
pub use unit::calls;

/// A header and the events behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// The header.
    pub header: Header,
    /// What follows it.
    pub events: Vec<Event>,
}

/// What answers a shorter trace.
pub enum Answers<'a> {
    /// The trace itself: its replies stay what they are.
    Trace,
    /// A system, opened anew for each trial.
    System(&'a mut dyn FnMut() -> Result<Box<dyn System>, SystemError>),
}

/// How much may be tried.
#[derive(Clone, Copy, Debug, Default)]
pub struct Budget {
    /// How many traces may be judged.
    pub checks: Option<u64>,
    /// Until when.
    pub until: Option<Instant>,
}

/// What is left of a trace.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The shorter trace; its header expects the divergence.
    pub trace: Trace,
    /// Why it diverges.
    pub reason: Reason,
    /// How many traces were judged.
    pub checks: u64,
    /// Whether the budget sufficed: only then is it 1-minimal.
    pub complete: bool,
}

/// How far it has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// How many traces were judged.
    pub checks: u64,
    /// How many calls are left.
    pub calls: usize,
}

/// A trace cannot be shrunk.
#[derive(Debug, thiserror::Error)]
pub enum ShrinkError {
    /// It cannot be judged.
    #[error(transparent)]
    Trace(#[from] crate::trace::TraceError),
    /// The system cannot be had.
    #[error(transparent)]
    System(#[from] SystemError),
    /// It does not diverge.
    #[error("nothing to shrink: the trace {0}")]
    Conforms(&'static str),
    /// It does not diverge there.
    #[error("event {asked} does not diverge: {found}")]
    NotThere {
        /// The event that was asked for.
        asked: u64,
        /// Which events do.
        found: String,
    },
}

/// Shrinks a trace to what still diverges as it does at this event, or else at its first divergence.
///
/// # Errors
/// If it does not diverge (there), cannot be judged, or the system cannot be had.
pub fn shrink<'a>(
    trace: &Trace,
    event: Option<u64>,
    answers: Answers<'a>,
    settings: &'a Settings<'a>,
    budget: Budget,
    tell: &'a mut dyn FnMut(Progress),
) -> Result<Shrunk, ShrinkError> {
    let mut trial = Trial { answers, settings, goal: None, budget, checks: 0, tell };
    let plain = Header { expect: Vec::new(), ..trace.header.clone() };
    let trace = trial.answered(&Trace { header: plain, events: trace.events.clone() })?;
    let report = judge(&trace, settings)?;
    let chosen = match event {
        None => report.divergences.first(),
        Some(asked) => report.divergences.iter().find(|d| d.event == asked),
    };
    let Some(chosen) = chosen else { return Err(no_divergence(&report, event)) };
    let reason = Reason::of(&trace.events, chosen);
    let is_first = report.divergences.first().is_some_and(|first| first.event == chosen.event);
    trial.goal = Some(Goal { reason: reason.clone(), is_first });
    let (at, before) = (chosen.event, trace.events.len());
    let left = reduce::reduce(&mut trial, trace, at)?;
    let (checks, complete) = (trial.checks, !trial.is_spent());
    let trace = expecting(left, before, settings)?;
    Ok(Shrunk { trace, reason, checks, complete })
}

fn no_divergence(report: &Report, event: Option<u64>) -> ShrinkError {
    let events: Vec<_> = report.divergences.iter().map(|d| d.event.to_string()).collect();
    match event {
        Some(asked) if !events.is_empty() => {
            ShrinkError::NotThere { asked, found: format!("events that do: {}", events.join(", ")) }
        }
        _ if !report.departed.is_empty() => {
            ShrinkError::Conforms("has no divergences but known departures")
        }
        _ if !report.undecided.is_empty() => ShrinkError::Conforms("is undecided"),
        _ => ShrinkError::Conforms("conforms"),
    }
}

/// The trace with the divergences that it has in its header.
fn expecting(
    mut trace: Trace,
    before: usize,
    settings: &Settings<'_>,
) -> Result<Trace, ShrinkError> {
    let report = judge(&trace, settings)?;
    let roots = report.divergences.iter().filter(|d| d.follows_from.is_none());
    trace.header.expect = roots
        .filter_map(|d| Some(Expectation { event: d.event, rule: d.refused_by.first()?.rule }))
        .collect();
    let after = trace.events.len();
    trace.header.notes.push(format!("shrunk from {before} events to {after}"));
    Ok(trace)
}

/// Judges a trace.
fn judge(trace: &Trace, settings: &Settings<'_>) -> Result<Report, crate::trace::TraceError> {
    let mut follower = Follower::new(&trace.header, settings)?;
    for event in &trace.events {
        follower.follow(event)?;
    }
    Ok(follower.finish())
}

/// What a shorter trace must still do.
struct Goal {
    reason: Reason,
    /// Whether nothing may diverge before.
    is_first: bool,
}

/// Tries shorter traces.
struct Trial<'a> {
    answers: Answers<'a>,
    settings: &'a Settings<'a>,
    goal: Option<Goal>,
    budget: Budget,
    checks: u64,
    tell: &'a mut dyn FnMut(Progress),
}

impl Trial<'_> {
    /// Whether nothing more may be tried.
    fn is_spent(&self) -> bool {
        self.budget.checks.is_some_and(|most| self.checks >= most)
            || self.budget.until.is_some_and(|until| Instant::now() >= until)
    }

    /// The trace with the replies that count.
    fn answered(&mut self, trace: &Trace) -> Result<Trace, SystemError> {
        let Answers::System(open) = &mut self.answers else { return Ok(trace.clone()) };
        let replayed = replay(&trace.header, &trace.events, open()?.as_mut())?;
        let mut now = Trace { header: trace.header.clone(), events: Vec::new() };
        for item in replayed.items {
            match item {
                Item::Header(header) => {
                    now.header = Header { profile: trace.header.profile.clone(), ..*header };
                }
                Item::Event(event) => now.events.push(event),
                Item::Comment(_) => {}
            }
        }
        now.header.notes.clone_from(&trace.header.notes);
        Ok(now)
    }

    /// The trace as it is answered, if it diverges for the reason; `None` if not, or if nothing more may be tried.
    fn keeps(&mut self, trace: &Trace) -> Result<Option<Trace>, SystemError> {
        if self.is_spent() {
            return Ok(None);
        }
        self.checks += 1;
        let now = self.answered(trace)?;
        let kept = self.is_as_wanted(&now);
        if kept {
            (self.tell)(Progress { checks: self.checks, calls: calls(&now.events) });
        }
        Ok(kept.then_some(now))
    }

    fn is_as_wanted(&self, trace: &Trace) -> bool {
        let Some(goal) = &self.goal else { return false };
        let Ok(report) = judge(trace, self.settings) else { return false };
        let most = if goal.is_first { 1 } else { usize::MAX };
        let mut considered = report.divergences.iter().take(most);
        considered.any(|d| Reason::of(&trace.events, d) == goal.reason) && reads_back(trace)
    }
}

/// Whether a reader takes it: what is named must have been given, and what has returned must have begun.
fn reads_back(trace: &Trace) -> bool {
    let mut text = Vec::new();
    let header = Item::Header(Box::new(trace.header.clone()));
    let items = std::iter::once(header).chain(trace.events.iter().cloned().map(Item::Event));
    for item in items {
        if write_item(&mut text, Spelled::Text, &item).is_err() {
            return false;
        }
    }
    Reader::new(text.as_slice()).all(|item| item.is_ok())
}
