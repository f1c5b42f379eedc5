//! What the fixtures reach (`conformance/reach.json`), what they show (`conformance/shown.json`) and the reference page of the
//! rules (`model/RULES.md`) are generated and up to date; every rule is reached and defended, or a reason says why not.
//!
//! `PORTRES_BLESS=1 cargo test -p portres --test rules` writes them anew; the difference is for people to read.

#[path = "../common/mod.rs"]
mod common;
mod decided;
mod listed;
mod page;
mod shown;
mod thin;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
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
        let decided = decided::by_fixtures();
        for (rule, question) in decided.questions {
            let rule = reach.rules.entry(rule.id().into()).or_default();
            rule.decided_by.insert(question.id().into());
        }
        for (rule, error) in decided.codes {
            let rule = reach.rules.entry(rule.id().into()).or_default();
            rule.gives.insert(error.to_string());
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
fn what_the_fixtures_show_is_written_down() {
    let text = serde_json::to_string_pretty(&shown::by_fixtures()).expect("it has a JSON form");
    generated(&beside("shown.json"), &(text + "\n"));
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

type Ids = BTreeSet<String>;

fn rules_where(has: impl Fn(&RuleReach) -> bool) -> Ids {
    let reached = Rule::ALL.iter().filter(|rule| has(reach().rule(**rule)));
    reached.map(|rule| rule.id().to_string()).collect()
}

/// What is to be reached, what is, and the reasons for what is not: rules that conforming fixtures reach, rules that near
/// misses defend, and answers that conforming fixtures need.
fn kinds() -> [(&'static str, Ids, Ids, &'static BTreeMap<String, String>); 3] {
    let known = Unreached::known();
    let id = |(question, answer): (Question, &str)| format!("{}/{answer}", question.id());
    let needed = reachable_answers().filter(|(q, a)| !reach().answer(*q, a).is_empty()).map(id);
    let accepted = rules_where(|r| !r.accepted_by.is_empty());
    let rejected = rules_where(|r| !r.rejected_by.is_empty());
    [
        ("reaches the rule and conforms", rules_where(|_| true), accepted, &known.accepted),
        ("diverges by the rule", rules_where(|_| true), rejected, &known.rejected),
        (
            "needs the answer",
            reachable_answers().map(id).collect(),
            needed.collect(),
            &known.answers,
        ),
    ]
}

#[test]
fn every_rule_is_reached_and_defended_or_a_reason_says_why_not() {
    let mut found = Vec::new();
    // not every answer has its fixture: the last of the three may miss some
    for (what, all, reached, reasons) in kinds().into_iter().take(2) {
        let missing = all.difference(&reached).filter(|id| !reasons.contains_key(*id));
        found.extend(missing.map(|id| format!("{id}: no fixture {what}")));
    }
    assert!(found.is_empty(), "{} are missing:\n{}", found.len(), found.join("\n"));
}

#[test]
fn no_reason_for_what_is_unreached_is_stale() {
    let mut found = Vec::new();
    for (what, all, reached, reasons) in kinds() {
        println!("{} of {}: a fixture {what}", reached.len(), all.len());
        for (id, reason) in reasons {
            if !all.contains(id) {
                found.push(format!("{id}: there is none of this name"));
            } else if reached.contains(id) {
                found.push(format!("{id}: a fixture {what}"));
            } else if reason.len() <= 10 {
                found.push(format!("{id}: `{reason}` is no reason"));
            }
        }
    }
    assert!(found.is_empty(), "wrong in unreached.toml:\n{}", found.join("\n"));
}
