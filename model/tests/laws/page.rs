//! `model/LAWS.md`: how often each rule and each answer decides a reply. `PORTRES_BLESS=1 cargo test -p portres-model --test
//! laws` writes it anew.
//!
//! The counts are those of that run. What is held is which of them are 0: each has its reason in `model/laws.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use crate::fired::{by_answer, by_rule, fired};

const HEAD: &str = "\
<!-- Generated: PORTRES_BLESS=1 cargo test -p portres-model --test laws -->

# What the laws have tried

The laws of the relation (`model/tests/laws`) are tried on generated scripts: beginnings that are written down, and calls
drawn behind them whose operands are mostly there and fit. This page counts what decided the replies of one run: every
beginning under readings that give each answer of each question in turn, the other answers likely or drawn.

- A *rule* decides a reply that it gives.
- An *answer* decides a reply that would not be permitted with some other answer to its question, all else being the same.
";

fn beside(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

/// The reasons why something decides nothing.
fn reasons(list: &str) -> BTreeMap<String, String> {
    let text = fs::read_to_string(beside("laws.toml")).expect("the reasons");
    let file: toml::Table = text.parse().expect("TOML");
    let list = file[list].as_table().expect("a table").iter();
    let reason = |value: &toml::Value| value.as_str().expect("a reason").to_string();
    list.map(|(id, value)| (id.clone(), reason(value))).collect()
}

/// What is counted, and the reasons for what is 0.
struct Counted {
    what: &'static str,
    counts: BTreeMap<String, u64>,
    reasons: BTreeMap<String, String>,
}

fn counted() -> [Counted; 2] {
    [
        Counted { what: "rules", counts: by_rule(), reasons: reasons("rules") },
        Counted { what: "answers", counts: by_answer(), reasons: reasons("answers") },
    ]
}

fn written() -> String {
    let mut page = String::from(HEAD);
    let calls: u64 = fired().calls.values().sum();
    let _ = writeln!(page, "\nThe run made {calls} calls.");
    for Counted { what, counts, reasons } in counted() {
        let some = counts.values().filter(|count| **count > 0).count();
        let _ = writeln!(page, "\n## {some} of {} {what}\n\n| decides | replies |", counts.len());
        page += "| --- | ---: |\n";
        for (id, count) in counts.iter().filter(|(_, count)| **count > 0) {
            let _ = writeln!(page, "| `{id}` | {count} |");
        }
        let _ =
            writeln!(page, "\n### Never: {what}\n\n| decides nothing | because |\n| --- | --- |");
        for (id, _) in counts.iter().filter(|(_, count)| **count == 0) {
            let reason = reasons.get(id).map_or("", String::as_str);
            let _ = writeln!(page, "| `{id}` | {reason} |");
        }
    }
    page
}

/// What the rows of a page name, each with whether it ever decides.
fn rows(page: &str) -> BTreeSet<(String, bool)> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    rows.map(|(id, rest)| (id.to_string(), rest.starts_with(|c: char| c.is_ascii_digit())))
        .collect()
}

#[test]
fn what_the_laws_have_tried_is_written_down() {
    let (path, now) = (beside("LAWS.md"), written());
    if std::env::var_os("PORTRES_BLESS").is_some() {
        fs::write(&path, &now).expect("it is written");
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    let (known, now) = (rows(&known), rows(&now));
    let differ: Vec<_> = known.symmetric_difference(&now).collect();
    assert!(
        differ.is_empty(),
        "LAWS.md is out of date: PORTRES_BLESS=1 cargo test -p portres-model --test laws: {differ:?}"
    );
}

#[test]
fn every_rule_and_answer_decides_a_reply_or_a_reason_says_why_not() {
    let mut found = Vec::new();
    for Counted { counts, reasons, .. } in counted() {
        let few: Vec<_> = counts.iter().filter(|(_, count)| (1..6).contains(*count)).collect();
        println!("seldom: {few:?}");
        let never = counts.iter().filter(|(id, count)| **count == 0 && !reasons.contains_key(*id));
        found.extend(never.map(|(id, _)| format!("{id} decides no reply")));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_reason_is_stale() {
    let mut found = Vec::new();
    for Counted { what, counts, reasons } in counted() {
        for (id, reason) in reasons {
            match counts.get(&id) {
                None => found.push(format!("{id}: there is none of this name among the {what}")),
                Some(0) if reason.len() > 20 => {}
                Some(0) => found.push(format!("{id}: `{reason}` is no reason")),
                Some(count) => found.push(format!("{id} decides {count} replies")),
            }
        }
    }
    assert!(found.is_empty(), "wrong in laws.toml:\n{}", found.join("\n"));
}
