//! The register of peer cases: each has an id of its suite, its source, and the versions for which the suite vouches.

use std::collections::BTreeSet;

/// How many cases were taken down.
const CASES: usize = 238;

fn register() -> toml::Table {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("peers.toml");
    std::fs::read_to_string(path).expect("the file").parse().expect("TOML")
}

fn sources() -> Vec<toml::Table> {
    let sources = register()["source"].as_array().expect("a list").clone();
    sources.iter().map(|s| s.as_table().expect("a source").clone()).collect()
}

fn text<'a>(table: &'a toml::Table, key: &str) -> &'a str {
    table.get(key).and_then(toml::Value::as_str).unwrap_or_else(|| panic!("{key} in {table}"))
}

fn cases(source: &toml::Table) -> &toml::Table {
    source["cases"].as_table().expect("the cases")
}

fn wider() -> Vec<String> {
    let list = register()["wider"]["cases"].as_array().expect("a list").clone();
    list.iter().map(|id| id.as_str().expect("an id").to_string()).collect()
}

/// The suite of an id: suite, topic and number.
fn suite(id: &str) -> Option<&str> {
    let [suite, topic, number] = id.split('-').collect::<Vec<_>>()[..] else { return None };
    let plain = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    let is_number = number.len() == 3 && number.bytes().all(|b| b.is_ascii_digit());
    (plain(suite) && plain(topic) && is_number).then_some(suite)
}

#[test]
fn every_case_has_an_id_of_its_suite_and_a_place() {
    for source in sources() {
        assert!(!cases(&source).is_empty(), "{source}");
        for (id, at) in cases(&source) {
            assert_eq!(suite(id), Some(text(&source, "suite")), "{id}");
            assert!(at.as_str().is_some_and(|at| at.len() > 10), "{id}: {at}");
        }
    }
}

#[test]
fn every_source_says_whose_it_is_and_for_which_windows_it_speaks() {
    for source in sources() {
        let keys = ["suite", "name", "source", "platform"].map(|key| text(&source, key));
        assert!(keys.iter().all(|word| !word.is_empty()), "{keys:?}");
        assert!(text(&source, "platform").starts_with("Windows"), "{keys:?}");
        let known = ["suite", "name", "source", "platform", "observed", "cases"];
        assert!(source.keys().all(|key| known.contains(&key.as_str())), "{source}");
        let observed = source.get("observed").and_then(toml::Value::as_array);
        for id in observed.into_iter().flatten().filter_map(toml::Value::as_str) {
            assert!(cases(&source).contains_key(id), "{id} is observed elsewhere");
        }
    }
}

#[test]
fn as_many_cases_stand_there_as_were_taken_down_each_once() {
    let mut ids = BTreeSet::new();
    for source in sources() {
        for id in cases(&source).keys() {
            assert!(ids.insert(id.clone()), "{id} stands there twice");
        }
    }
    assert_eq!(ids.len(), CASES);
    let sources = sources();
    let suites: BTreeSet<&str> = sources.iter().map(|s| text(s, "suite")).collect();
    for id in wider() {
        assert!(suite(&id).is_some_and(|s| suites.contains(s)), "{id} is of no suite");
        assert!(ids.insert(id.clone()), "{id} stands there twice");
    }
}
