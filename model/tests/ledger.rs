//! The ledger is whole: every clause is carried by a rule or a question, or a reason of the closed list says why not; so
//! is the evidence; and what is assumed stands on a silence.

use std::collections::{BTreeMap, BTreeSet};

use portres_model::{EVIDENCE, LEDGER, Question, Rule, Standing};

/// How many clauses each section has.
const SECTIONS: &[(&str, usize)] = &[
    ("HDR", 23),
    ("ACQ", 38),
    ("ASSOC", 31),
    ("REL", 12),
    ("PERSIST", 32),
    ("IOCTL", 14),
    ("OVL", 11),
    ("SOCK", 16),
    ("BIND", 23),
    ("GSN", 6),
    ("CONN", 8),
    ("LISTEN", 5),
    ("SEND", 3),
    ("SOPT", 4),
    ("REUSE", 19),
    ("OPT", 14),
    ("DYN", 13),
    ("XR", 14),
    ("UAC", 7),
    ("KERN", 8),
    ("ERR", 18),
    ("CON", 33),
    ("SIL", 72),
    ("MISS", 16),
];

/// The sections that are no facts: contradictions, silences, and questions that users meet.
const OPEN: &[&str] = &["CON", "SIL", "MISS"];

/// Clauses of further pages, taken down since.
const FURTHER: &[(&str, usize)] = &[
    ("ACCEPT", 2),
    ("CREATE", 3),
    ("FIONBIO", 1),
    ("GPN", 2),
    ("RAW", 1),
    ("SENDTO", 1),
    ("STARTUP", 2),
];

/// Facts that state a silence themselves: what their pages do not mention.
const SILENT_FACTS: &[&str] = &[
    "ACQ-27",
    "ACQ-33",
    "ASSOC-19",
    "BIND-19",
    "ERR-18",
    "OPT-14",
    "PERSIST-24",
    "PERSIST-30",
    "REUSE-15",
    "UAC-6",
];

/// The greatest share of assumed rules, in percent.
const MOST_ASSUMED: usize = 15;

fn file(text: &str) -> toml::Table {
    text.parse().expect("TOML")
}

fn section(id: &str) -> &str {
    id.split_once('-').map_or(id, |(section, _)| section)
}

/// Whether a clause says only what the pages do not say, or say twice.
fn is_silent(id: &str) -> bool {
    OPEN.contains(&section(id)) || SILENT_FACTS.contains(&id)
}

/// The ids of a file's entries, each with the word that excuses it.
fn excused(text: &str, list: &str, by: &str) -> Vec<(String, Option<String>)> {
    let file = file(text);
    let entries = file[list].as_array().expect("a list");
    let word = |e: &toml::Value, key| e.get(key).and_then(toml::Value::as_str).map(str::to_string);
    entries.iter().map(|e| (word(e, "id").expect("an id"), word(e, by))).collect()
}

/// The clauses' ids, each with its reason.
fn clauses() -> Vec<(String, Option<String>)> {
    excused(LEDGER, "clause", "reason")
}

/// The ids of the evidence, each with what it bears on instead of a rule.
fn evidence() -> Vec<(String, Option<String>)> {
    excused(EVIDENCE, "evidence", "bears_on")
}

/// The sources of rules, and of questions and their answers.
fn cited() -> BTreeSet<&'static str> {
    let by_rules = Rule::ALL.iter().flat_map(|r| r.sources());
    let by_questions = Question::ALL.iter().flat_map(|q| q.clauses());
    let by_answers = Question::ALL.iter().flat_map(|q| q.answers()).flat_map(|a| a.evidence);
    by_rules.chain(by_questions).chain(by_answers).copied().collect()
}

fn nothing(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{} {what}:\n{}", found.len(), found.join("\n"));
}

#[test]
fn every_section_has_as_many_clauses_as_were_taken_down() {
    let mut counts = BTreeMap::new();
    for (id, _) in clauses() {
        *counts.entry(section(&id).to_string()).or_insert(0) += 1;
    }
    let expected: BTreeMap<String, usize> = SECTIONS
        .iter()
        .chain(FURTHER)
        .map(|(section, count)| (section.to_string(), *count))
        .collect();
    assert_eq!(counts, expected);
    let facts = SECTIONS.iter().filter(|(section, _)| !OPEN.contains(section));
    assert_eq!(facts.map(|(_, count)| count).sum::<usize>(), 319);
}

/// The words given are those of the closed list, each of which says something and is given somewhere.
fn words_are_of_the_list(known: &toml::Value, entries: Vec<(String, Option<String>)>) {
    let known = known.as_table().expect("the list");
    for (id, says) in known {
        assert!(id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{id}");
        assert!(says.as_str().is_some_and(|s| s.len() > 20 && s.ends_with('.')), "{id}");
    }
    let given: BTreeMap<_, _> =
        entries.into_iter().filter_map(|(id, word)| Some((id, word?))).collect();
    let strange = given.iter().filter(|(_, word)| !known.contains_key(*word));
    let strange: Vec<_> = strange.map(|(id, word)| format!("{id}: {word}")).collect();
    nothing("words that are not in the list", &strange);
    let used: BTreeSet<_> = given.values().collect();
    let unused: Vec<_> = known.keys().filter(|id| !used.contains(id)).cloned().collect();
    nothing("words that nothing is given", &unused);
}

#[test]
fn every_reason_is_of_the_closed_list_and_says_something() {
    words_are_of_the_list(&file(LEDGER)["reasons"], clauses());
    words_are_of_the_list(&file(EVIDENCE)["bearings"], evidence());
}

#[test]
fn nothing_with_a_reason_to_be_left_out_is_cited() {
    let cited = cited();
    let all = clauses().into_iter().chain(evidence());
    let both = all.filter(|(id, reason)| reason.is_some() && cited.contains(id.as_str()));
    let both: Vec<_> = both.map(|(id, reason)| format!("{id}: {}", reason.unwrap())).collect();
    nothing("entries with a reason to be left out that are cited nevertheless", &both);
}

/// The entries without reason that nothing cites.
fn left(entries: Vec<(String, Option<String>)>) -> Vec<String> {
    let cited = cited();
    let left = entries.into_iter().filter(|(id, r)| r.is_none() && !cited.contains(id.as_str()));
    left.map(|(id, _)| id).collect()
}

#[test]
fn every_clause_is_cited_or_a_reason_says_why_not() {
    nothing("clauses that nothing cites and that give no reason", &left(clauses()));
}

#[test]
fn every_piece_of_evidence_is_cited_or_says_what_it_bears_on_instead() {
    nothing("pieces of evidence that nothing cites and that bear on nothing", &left(evidence()));
}

#[test]
fn what_is_assumed_stands_on_a_silence() {
    let assumed = Rule::ALL.iter().filter(|r| r.standing() == Standing::Assumed);
    let loud = assumed.filter(|r| !r.sources().iter().any(|id| is_silent(id)));
    let loud: Vec<_> = loud.map(|r| format!("{r}: {}", r.sources().join(", "))).collect();
    nothing("assumed rules that name no silence", &loud);
}

#[test]
fn few_rules_are_assumed() {
    let assumed = Rule::ALL.iter().filter(|r| r.standing() == Standing::Assumed).count();
    let all = Rule::ALL.len();
    println!("{assumed} of {all} rules are assumed: {:.1} %", assumed as f64 * 100.0 / all as f64);
    assert!(
        assumed * 100 <= all * MOST_ASSUMED,
        "{assumed} of {all} rules are assumed, more than {MOST_ASSUMED} %"
    );
}

/// Whether a source of this strength (`None`: a clause) bears a rule of this standing.
fn bears(standing: Standing, source: &str, strength: Option<&str>) -> bool {
    match (standing, strength) {
        (Standing::Documented, None) => !is_silent(source),
        (Standing::Observed, Some(strength)) => {
            ["observed", "shipped", "documented", "asserted"].contains(&strength)
        }
        (Standing::Asserted, Some(strength)) => strength == "asserted",
        (Standing::Assumed, _) => true,
        (Standing::Documented, Some(_)) | (Standing::Observed | Standing::Asserted, None) => false,
    }
}

#[test]
fn no_standing_is_stronger_than_every_source() {
    let register = file(EVIDENCE);
    let register = register["evidence"].as_array().expect("a list");
    let strengths: BTreeMap<&str, &str> = register
        .iter()
        .filter_map(|e| Some((e["id"].as_str()?, e["strength"].as_str()?)))
        .collect();
    let bold = Rule::ALL.iter().filter(|rule| {
        let strength = |source: &str| strengths.get(source).copied();
        !rule.sources().iter().any(|s| bears(rule.standing(), s, strength(s)))
    });
    let told = bold.map(|r| format!("{r}, {}: {}", r.standing().name(), r.sources().join(", ")));
    nothing("rules whose standing no source bears", &told.collect::<Vec<_>>());
}

#[test]
fn both_files_have_entries() {
    assert!(file(EVIDENCE)["evidence"].as_array().is_some_and(|all| all.len() > 200));
    assert!(clauses().len() > 400);
}
