//! What it takes to judge, and what is found: whatever makes the checker follow more states, try more orders, see less or later, or
//! leave more readings is another line here. The figures are the same on every machine.
//!
//! `PORTRES_BLESS=1` before the tests writes the lines anew. A figure that grows wants a reason; one that says what was found
//! wants to be understood first.

use std::fmt::Write;
use std::{env, fs};

use portres::generate::Draw;
use portres::{Profiles, Report, Settings, Verdict};
use portres_model::Question;
use rayon::prelude::*;

use crate::generate::{Made, Size, generate};
use crate::hide::{Sight, header, hide};
use crate::table::plant;
use crate::{TOGETHER, amid, common, judge};

/// Traces of each line, each under two profiles, and once more with each of so many wrong replies.
const TRACES: u64 = 6;
const PLANTED: u64 = 2;

/// The most steps of a search: what takes more counts as undecided.
const BUDGET: u64 = 2_000;

/// The sums of a line.
#[derive(Clone, Copy, Default)]
struct Sums {
    conform: u64,
    undecided: u64,
    diverge: u64,
    /// Of the events at which the first divergence was found.
    at: u64,
    /// Of the answers that are left to all questions.
    answers: u64,
    /// Of the rules that explain a known reply.
    rules: u64,
    states: u64,
    steps: u64,
}

impl Sums {
    fn of(report: &Report) -> Sums {
        let is = |verdict| u64::from(report.verdict == verdict);
        let left = Question::ALL.iter().map(|q| u64::from(report.left.open(*q).count_ones())).sum();
        Sums {
            conform: is(Verdict::Conforms),
            undecided: is(Verdict::Undecided),
            diverge: is(Verdict::Diverges),
            at: report.divergences.first().map_or(0, |divergence| divergence.event),
            answers: left,
            rules: report.fired.len() as u64,
            states: report.effort.states,
            steps: report.effort.steps,
        }
    }

    fn and(self, other: Sums) -> Sums {
        Sums {
            conform: self.conform + other.conform,
            undecided: self.undecided + other.undecided,
            diverge: self.diverge + other.diverge,
            at: self.at + other.at,
            answers: self.answers + other.answers,
            rules: self.rules + other.rules,
            states: self.states + other.states,
            steps: self.steps + other.steps,
        }
    }
}

/// What is judged in a line.
#[derive(Clone, Copy)]
struct Sort<'s> {
    sights: &'s [Sight],
    open: bool,
    amid: bool,
}

/// A drawn trace of which less is told, as it is and with wrong replies, under two profiles.
fn judged(Sort { sights, open, amid }: Sort<'_>, seed: u64) -> Sums {
    let profiles = Profiles::built_in();
    let size = [Size::Large, Size::Small, Size::Blocks][seed as usize % 3];
    let mut sums = Sums::default();
    for name in ["likely", "documented"] {
        let likely = name == "likely";
        let made = Made { size, calls: 40, pends: !likely && seed % 2 == 0, likely };
        let generated = generate(3_000 + seed, made);
        let header = header(&generated, sights, open);
        let mut draw = Draw::new(seed);
        let right = hide(&generated, sights, open, &mut draw);
        let wrong: Vec<_> = (0..PLANTED).filter_map(|_| plant(&right, &mut draw)).collect();
        let settings =
            Settings { profile: profiles.get(name), budget: BUDGET, ..Settings::new(&profiles) };
        for mut events in std::iter::once(right).chain(wrong) {
            if amid {
                events = amid::overlapping(&events, &mut draw);
            }
            // what was made wrong may make a later line unreadable
            if let Ok(report) = judge(&settings, &header, &events) {
                sums = sums.and(Sums::of(&report));
            }
        }
    }
    sums
}

/// Holds the lines of one sort of traces to those that are known.
fn lines(name: &str, open: bool, amid: bool) {
    let singly = Sight::ALL.map(|sight| [sight]);
    let all: Vec<&[Sight]> = singly.iter().map(|s| &s[..]).chain(TOGETHER).collect();
    let mut text = String::from("conform undecided diverge at answers rules states steps\n");
    for sights in all {
        let each = (0..TRACES).into_par_iter();
        let sums = each.map(|seed| judged(Sort { sights, open, amid }, seed));
        let Sums { conform, undecided, diverge, at, answers, rules, states, steps } =
            sums.reduce(Sums::default, Sums::and);
        let _ = writeln!(
            text,
            "{conform} {undecided} {diverge} {at} {answers} {rules} {states} {steps} {sights:?}"
        );
    }
    let path = common::folder("../conformance/tests/partial/effort").join(name);
    if env::var_os("PORTRES_BLESS").is_some() {
        fs::write(&path, &text).expect("the lines are written");
    }
    let known = fs::read_to_string(&path).unwrap_or_default().replace('\r', "");
    assert_eq!(text, known, "what {name} takes, or what is found there, is another");
}

#[test]
fn what_it_takes_in_a_closed_world() {
    lines("closed.txt", false, false);
}

#[test]
fn what_it_takes_in_an_open_world() {
    lines("open.txt", true, false);
}

#[test]
fn what_it_takes_where_calls_overlap() {
    lines("closed-amid.txt", false, true);
}

#[test]
fn what_it_takes_where_calls_overlap_in_an_open_world() {
    lines("open-amid.txt", true, true);
}
