//! What the fixtures reach (`conformance/reach.json`) and the reference page of the rules (`model/RULES.md`) are generated
//! and up to date; every rule is reached and defended, or a reason says why not.
//!
//! `PORTRES_BLESS=1 cargo test -p portres --test rules` writes both anew; the difference is for people to read.

#[path = "../common/mod.rs"]
mod common;
mod decided;
mod page;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use portres::reach::{Reach, RuleReach, Unreached, reachable_answers};
use portres::{Profiles, Settings, check};
use portres_model::{Question, Rule};

/// What the fixtures reach now.
fn reach() -> &'static Reach {
    static REACH: OnceLock<Reach> = OnceLock::new();
    REACH.get_or_init(|| {
        let profiles = Profiles::built_in();
        let mut reach = Reach::default();
        for kind in ["accept", "reject", "recorded"] {
            for path in common::files(&common::folder(kind), "trace") {
                let text = fs::read(&path).expect("a fixture");
                let reports = check(text.as_slice(), &Settings::new(&profiles));
                let name = common::name(&path);
                for report in reports.unwrap_or_else(|e| panic!("{name}: {e}")) {
                    // what another system answers shows nothing of Windows
                    let other = report.system.as_ref().is_some_and(|s| s.name != "windows");
                    if kind != "recorded" || !other {
                        reach.add(&name, &report, &profiles);
                    }
                }
            }
        }
        for (rule, question) in decided::by_fixtures() {
            let rule = reach.rules.entry(rule.id().into()).or_default();
            rule.decided_by.insert(question.id().into());
        }
        reach
    })
}

fn generated(path: &Path, text: &str) {
    if std::env::var_os("PORTRES_BLESS").is_some() {
        fs::write(path, text).expect("it is written");
    }
    let known = fs::read_to_string(path).unwrap_or_default().replace('\r', "");
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let first = known.lines().zip(text.lines()).position(|(a, b)| a != b);
    assert!(
        known == text,
        "{name} is out of date, from line {} on: PORTRES_BLESS=1 cargo test -p portres --test rules",
        first.unwrap_or_else(|| known.lines().count().min(text.lines().count())) + 1
    );
}

fn beside(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn what_the_fixtures_reach_is_written_down() {
    let text = serde_json::to_string_pretty(reach()).expect("it has a JSON form");
    generated(&beside("reach.json"), &(text + "\n"));
}

#[test]
fn the_reference_page_is_up_to_date() {
    generated(&beside("../model/RULES.md"), &page::write(reach()));
}

#[test]
fn every_link_of_the_reference_page_leads_somewhere() {
    let text = page::write(reach());
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let mut anchors: BTreeSet<String> =
        headings.map(|line| page::anchor(line.trim_start_matches('#').trim())).collect();
    let marks = text.split("<a id=\"").skip(1).filter_map(|rest| rest.split('"').next());
    anchors.extend(marks.map(str::to_string));
    let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let leads = |link: &str| match link.strip_prefix('#') {
        Some(anchor) => anchors.contains(anchor),
        None => beside("../model").join(link).is_file(),
    };
    let lost: BTreeSet<&str> = links.filter(|link| !leads(link)).collect();
    assert!(lost.is_empty(), "{lost:?}");
}

/// The ids that are neither reached nor excused, and the excuses that are not needed.
fn wrong(
    what: &str,
    reached: &BTreeSet<String>,
    all: &BTreeSet<String>,
    excused: BTreeSet<String>,
) -> Vec<String> {
    let missing = all.iter().filter(|id| !reached.contains(*id) && !excused.contains(*id));
    let mut wrong: Vec<String> = missing.map(|id| format!("{id}: no fixture {what}")).collect();
    for id in &excused {
        if !all.contains(id) {
            wrong.push(format!("{id}: there is none of this name"));
        } else if reached.contains(id) {
            wrong.push(format!("{id}: a fixture {what}, the reason in unreached.toml is stale"));
        }
    }
    wrong
}

fn rules_where(has: impl Fn(&RuleReach) -> bool) -> BTreeSet<String> {
    let reached = Rule::ALL.iter().filter(|rule| has(reach().rule(**rule)));
    reached.map(|rule| rule.id().to_string()).collect()
}

fn keys(reasons: &std::collections::BTreeMap<String, String>) -> BTreeSet<String> {
    reasons.keys().cloned().collect()
}

#[test]
#[ignore = "until the fixtures of the remaining rules stand"]
fn every_rule_is_reached_and_defended_or_a_reason_says_why_not() {
    let (all, known) = (rules_where(|_| true), Unreached::known());
    let accepted = rules_where(|r| !r.accepted_by.is_empty());
    let rejected = rules_where(|r| !r.rejected_by.is_empty());
    let mut found = wrong("that conforms reaches it", &accepted, &all, keys(&known.accepted));
    found.extend(wrong("that diverges is refused by it", &rejected, &all, keys(&known.rejected)));
    assert!(found.is_empty(), "{} wrong:\n{}", found.len(), found.join("\n"));
}

#[test]
fn no_reason_for_an_unreached_answer_is_stale_or_empty() {
    let id = |(question, answer): (Question, &str)| format!("{}/{answer}", question.id());
    let all: BTreeSet<String> = reachable_answers().map(id).collect();
    let reached = reachable_answers().filter(|(q, a)| !reach().answer(*q, a).is_empty()).map(id);
    let reached: BTreeSet<String> = reached.collect();
    let excused = keys(&Unreached::known().answers);
    println!("{} of {} answers are needed by a fixture", reached.len(), all.len());
    // not every answer has its fixture yet: only the excuses are judged
    let found =
        wrong("needs it", &reached, &excused.intersection(&all).cloned().collect(), excused);
    assert!(found.is_empty(), "{}", found.join("\n"));
    let known = Unreached::known();
    for reasons in [&known.accepted, &known.rejected, &known.answers] {
        assert!(reasons.values().all(|reason| reason.len() > 10), "{reasons:?}");
    }
}
