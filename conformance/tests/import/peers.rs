//! What became of the cases of other suites: the end of `docs/peer-cases.md` is generated, and true.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;

use portres::ledger::Ledger;
use portres_model::Question;
use serde::Deserialize;

use super::{blessed, common};

/// What stands beside the fixtures.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Beside {
    /// The cases that have no trace, with the reasons.
    out_of_scope: BTreeMap<String, String>,
    /// The cases that no reading of the model permits, with the reasons.
    rejected: BTreeMap<String, String>,
    /// What is published and contradicted, with the cases that show it.
    contradictions: BTreeMap<String, Vec<String>>,
    /// Those that are no open question, with the reasons.
    no_question: BTreeMap<String, String>,
}

fn beside() -> Beside {
    let text = fs::read_to_string(common::folder("asserted/cases.toml")).expect("the list");
    toml::from_str(&text).unwrap_or_else(|e| panic!("cases.toml: {e}"))
}

/// The id of a case that a fixture stands for: its name without the call at which a group fails.
fn case_of(name: &str) -> &str {
    name.split("-at-").next().unwrap_or(name)
}

/// The cases that have fixtures.
fn accepted() -> BTreeSet<String> {
    let files = common::files(&common::folder("asserted"), "trace");
    let stem = |path: &std::path::PathBuf| {
        case_of(&path.file_stem().expect("a name").to_string_lossy()).to_string()
    };
    files.iter().map(stem).collect()
}

fn suite(id: &str) -> &str {
    id.split('-').next().unwrap_or(id)
}

/// The questions that come from a contradiction or that it answers.
fn questions(id: &str) -> Vec<Question> {
    let cites = |question: &&Question| {
        question.clauses().contains(&id)
            || question.answers().iter().any(|answer| answer.evidence.contains(&id))
    };
    Question::ALL.iter().filter(cites).copied().collect()
}

fn generated() -> String {
    let (beside, accepted) = (beside(), accepted());
    let mut text = String::from("\n## What became of them\n\n");
    let suites: BTreeSet<&str> = accepted
        .iter()
        .chain(beside.out_of_scope.keys())
        .chain(beside.rejected.keys())
        .map(|id| suite(id))
        .collect();
    text += "| suite | cases | accepted | rejected | out of scope |\n| --- | ---: | ---: | ---: | ---: |\n";
    let mut sum = [0; 4];
    let mut row = |name: &str, of: [usize; 4]| {
        let [cases, accepted, rejected, outside] = of;
        let _ = writeln!(text, "| {name} | {cases} | {accepted} | {rejected} | {outside} |");
    };
    for name in suites {
        let of =
            |ids: &mut dyn Iterator<Item = &String>| ids.filter(|id| suite(id) == name).count();
        let counts = [
            of(&mut accepted.iter()),
            of(&mut beside.rejected.keys()),
            of(&mut beside.out_of_scope.keys()),
        ];
        let [a, r, o] = counts;
        let all = [a + r + o, a, r, o];
        sum.iter_mut().zip(all).for_each(|(sum, n)| *sum += n);
        row(name, all);
    }
    row("**all**", sum);
    text += "\nOut of scope:\n\n";
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (id, reason) in &beside.out_of_scope {
        reasons.entry(reason).or_default().push(id);
    }
    for (reason, ids) in reasons {
        let _ = writeln!(text, "- {reason}: {}", ids.join(", "));
    }
    if !beside.rejected.is_empty() {
        text += "\nRejected:\n\n";
        for (id, reason) in &beside.rejected {
            let _ = writeln!(text, "- {id}: {reason}");
        }
    }
    text += "\n## Where a case contradicts a page\n\nThe open question keeps both answers; the first one is the likeliest.\n\n";
    text += "| contradiction | cases | question: answers |\n| --- | --- | --- |\n";
    let number = |id: &str| id.rsplit('-').next().and_then(|n| n.parse::<u32>().ok());
    let mut contradictions: Vec<_> = beside.contradictions.iter().collect();
    contradictions.sort_by_key(|(id, _)| number(id));
    for (id, cases) in contradictions {
        let open = |question: &Question| {
            let answers: Vec<&str> = question.answers().iter().map(|answer| answer.id).collect();
            format!("`{question}`: {}", answers.join(", "))
        };
        let open: Vec<String> = questions(id).iter().map(open).collect();
        let reason = beside.no_question.get(id).map(|reason| format!("none: {reason}"));
        let open = reason.unwrap_or_else(|| open.join("; "));
        let cases = if cases.is_empty() { "none of these".into() } else { cases.join(", ") };
        let _ = writeln!(text, "| {id} | {cases} | {open} |");
    }
    text
}

#[test]
fn the_page_says_what_became_of_the_cases() {
    let path = common::folder("../docs/peer-cases.md");
    let page = fs::read_to_string(&path).expect("the page").replace('\r', "");
    let mark = "<!-- generated: PORTRES_BLESS=1 cargo test -p portres --test import -->\n";
    let (by_hand, known) = page.split_once(mark).expect("the mark");
    let now = generated();
    if blessed() {
        fs::write(&path, format!("{by_hand}{mark}{now}")).expect("it is written");
    }
    let first = known.lines().zip(now.lines()).find(|(a, b)| a != b);
    assert!(blessed() || known == now, "the page is out of date: {first:?}");
    for op in portres::import::operations() {
        let prefix = op.split('_').next().unwrap_or(op);
        assert!(by_hand.contains(&format!("`{op}`")) || prefix == "afd", "no word about `{op}`");
    }
}

#[test]
fn a_case_is_accepted_rejected_or_out_of_scope() {
    let (beside, accepted) = (beside(), accepted());
    assert!(accepted.len() >= 190, "{} cases are accepted", accepted.len());
    let outside: BTreeSet<String> = beside.out_of_scope.keys().cloned().collect();
    let rejected: BTreeSet<String> = beside.rejected.keys().cloned().collect();
    assert_eq!(accepted.intersection(&outside).next(), None);
    assert_eq!(accepted.intersection(&rejected).next(), None);
    assert_eq!(outside.intersection(&rejected).next(), None);
    for path in common::files(&common::folder("asserted"), "trace") {
        let (header, _) = common::read(&path);
        let id = case_of(&path.file_stem().expect("a name").to_string_lossy()).to_string();
        let source = header.source.unwrap_or_default();
        assert!(source.starts_with(&format!("{id}; ")), "{}: {source}", common::name(&path));
        let folder = path.parent().and_then(|p| p.file_name()).expect("a folder");
        assert_eq!(folder.to_string_lossy(), suite(&id), "{}", common::name(&path));
    }
}

/// A changed trace differs from its fixture in one code and in what it expects.
#[test]
fn a_near_miss_differs_in_one_code() {
    let mut count = 0;
    for path in common::files(&common::folder("asserted-changed"), "trace") {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let (original, event) = name.rsplit_once('-').expect("the event behind the name");
        let folder = path.parent().and_then(|p| p.file_name()).expect("a folder");
        let of = common::folder("asserted").join(folder).join(format!("{original}.trace"));
        let ((header, changed), (before, events)) = (common::read(&path), common::read(&of));
        let differ: Vec<usize> = changed
            .iter()
            .zip(&events)
            .enumerate()
            .filter(|(_, (a, b))| a.part != b.part)
            .map(|(i, _)| i + 1)
            .collect();
        let event: usize = event.parse().expect("a number");
        assert_eq!(differ, [event], "{}", common::name(&path));
        assert_eq!(header.expect.len(), 1, "{}", common::name(&path));
        assert_eq!(header.expect[0].event, event as u64, "{}", common::name(&path));
        assert_eq!((header.title, header.source), (before.title, before.source));
        count += 1;
    }
    assert!(count >= 100, "{count} near misses");
}

#[test]
fn each_contradiction_has_a_question_that_keeps_both_answers() {
    let (beside, accepted) = (beside(), accepted());
    assert!(beside.no_question.keys().all(|id| beside.contradictions.contains_key(id)));
    let known: BTreeSet<&str> = Ledger::built_in().evidence.iter().map(|e| e.id.as_str()).collect();
    for (id, cases) in &beside.contradictions {
        assert!(known.contains(id.as_str()), "{id} is no evidence");
        for case in cases {
            assert!(accepted.contains(case), "{id}: {case} has no fixture");
        }
        let open = questions(id);
        let reason = beside.no_question.contains_key(id);
        assert!(open.is_empty() == reason, "{id} has a question, or a reason why it has none");
        assert!(open.iter().all(|question| question.answers().len() > 1), "{id}");
    }
}
