//! Every rule, question and answer names sources that exist.

use std::collections::BTreeSet;

use portres_model::{Question, Rule, Standing};

fn ids(file: &str, table: &str) -> Vec<String> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let text = std::fs::read_to_string(path).expect("the file");
    let file: toml::Table = text.parse().expect("TOML");
    let entries = file[table].as_array().expect("a list");
    entries.iter().map(|e| e["id"].as_str().expect("an id").to_string()).collect()
}

fn known() -> BTreeSet<String> {
    ids("ledger.toml", "clause").into_iter().chain(ids("evidence.toml", "evidence")).collect()
}

#[test]
fn no_id_stands_twice() {
    for (file, table) in [("ledger.toml", "clause"), ("evidence.toml", "evidence")] {
        let all = ids(file, table);
        let different: BTreeSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len(), "{file}");
    }
}

#[test]
fn every_source_of_a_rule_exists() {
    let known = known();
    for rule in Rule::ALL {
        assert!(!rule.sources().is_empty(), "{rule} has no source");
        for source in rule.sources() {
            assert!(known.contains(*source), "{rule} cites {source}");
        }
    }
}

#[test]
fn every_source_of_a_question_exists() {
    let known = known();
    for question in Question::ALL {
        assert!(!question.clauses().is_empty(), "{question} comes from nowhere");
        let evidence = question.answers().iter().flat_map(|a| a.evidence);
        for source in question.clauses().iter().chain(evidence) {
            assert!(known.contains(*source), "{question} cites {source}");
        }
    }
}

#[test]
fn what_is_assumed_has_a_reason_and_nothing_else_has() {
    for rule in Rule::ALL {
        let assumed = rule.standing() == Standing::Assumed;
        assert_eq!(assumed, !rule.reason().is_empty(), "{rule}");
    }
    let assumed = Rule::ALL.iter().filter(|r| r.standing() == Standing::Assumed).count();
    println!("{assumed} of {} rules are assumed", Rule::ALL.len());
    assert!(assumed * 5 <= Rule::ALL.len());
}

#[test]
fn ids_are_words_and_different() {
    let rules: BTreeSet<_> = Rule::ALL.iter().map(|r| r.id()).collect();
    let questions: BTreeSet<_> = Question::ALL.iter().map(|q| q.id()).collect();
    assert_eq!((rules.len(), questions.len()), (Rule::ALL.len(), Question::ALL.len()));
    for id in rules.iter().chain(&questions) {
        let plain = |part: &str| {
            part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        assert!(id.split('.').count() == 2 && id.split('.').all(plain), "{id}");
    }
}
