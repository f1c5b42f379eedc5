//! `docs/associate-page.md` follows Microsoft's page on SIO_ASSOCIATE_PORT_RESERVATION: no clause of it is missing, and what
//! stands beside a clause cites it.

use std::collections::BTreeSet;
use std::path::Path;

use portres::ledger::Ledger;
use portres_model::{Question, Rule};

struct Row {
    clauses: Vec<String>,
    ours: String,
    /// The code in our cell.
    names: Vec<String>,
}

fn rows() -> Vec<Row> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/associate-page.md");
    let page = std::fs::read_to_string(path).expect("the page");
    let cells = |line: &str| -> Option<Vec<String>> {
        let cells = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ");
        Some(cells.map(str::to_string).collect())
    };
    let rows = page.lines().filter_map(cells);
    let rows = rows.filter(|row| row[0] != "theirs" && !row[0].starts_with("---"));
    rows.map(|row| {
        let [clauses, _, ours] = &row[..] else { panic!("three cells: {row:?}") };
        Row {
            clauses: clauses.split(", ").map(str::to_string).collect(),
            names: ours.split('`').skip(1).step_by(2).map(str::to_string).collect(),
            ours: ours.clone(),
        }
    })
    .collect()
}

#[test]
fn no_clause_of_the_page_is_missing() {
    let told: BTreeSet<String> = rows().into_iter().flat_map(|row| row.clauses).collect();
    let ledger = Ledger::built_in();
    let of_page = ledger.clauses.iter().filter(|clause| clause.id.starts_with("ASSOC-"));
    let missing: Vec<&str> =
        of_page.map(|c| c.id.as_str()).filter(|id| !told.contains(*id)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let unknown: Vec<&String> = told.iter().filter(|id| ledger.clause(id).is_none()).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// What carries a clause.
fn cites(name: &str, clauses: &[String]) -> Option<bool> {
    let among = |ids: &[&str]| ids.iter().any(|id| clauses.iter().any(|clause| clause == id));
    let rule = name.parse::<Rule>().ok().map(|rule| among(rule.sources()));
    let question = name.parse::<Question>().ok().map(|question| {
        let answers = question.answers().iter();
        among(question.clauses()) || answers.clone().any(|answer| among(answer.evidence))
    });
    match (rule, question) {
        (None, None) => None,
        (rule, question) => Some(rule.unwrap_or_default() || question.unwrap_or_default()),
    }
}

/// Of what is named, what the sources of no rule say: it stands there to make the row whole.
const BESIDE: &[(&str, &str)] = &[
    ("ASSOC-15", "ioctl.bytes-pointer"),
    ("ASSOC-15", "ioctl.output-pointer"),
    ("ASSOC-10", "ioctl.pends"),
];

#[test]
fn what_stands_beside_a_clause_cites_it() {
    let mut wrong = Vec::new();
    let mut beside: BTreeSet<(&str, &str)> = BESIDE.iter().copied().collect();
    let rows = rows();
    for Row { clauses, names, .. } in &rows {
        for name in names.iter().filter(|name| cites(name, clauses) == Some(false)) {
            if !beside.remove(&(clauses[0].as_str(), name.as_str())) {
                wrong.push(format!("{}: {name} does not cite it", clauses.join(", ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(beside.is_empty(), "stand there no more, or cite it: {beside:?}");
}

/// A clause that rules or questions carry names one of them, and one that nothing carries names the reason.
#[test]
fn every_row_says_where_or_why_not() {
    for Row { clauses, ours, names } in rows() {
        let carried = names.iter().any(|name| cites(name, &clauses) == Some(true));
        let ledger = Ledger::built_in();
        let reason = clauses.iter().find_map(|id| ledger.clause(id)?.reason.as_deref());
        match reason {
            Some(_) if carried => {}
            Some(reason) => assert!(ours.contains(reason), "{clauses:?}: {reason}"),
            None => assert!(carried, "{clauses:?}: nothing that is named carries it"),
        }
    }
}
