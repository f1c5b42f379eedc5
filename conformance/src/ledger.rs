//! The clause ledger and the evidence register, typed.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// A clause of the documentation, or a silence of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// What cites it, cites this.
    pub id: String,
    /// The titles of its pages, separated by "; ".
    pub page: String,
    /// Where on the page it stands.
    pub heading: String,
    /// The clause in the project's words.
    pub says: String,
    /// What it rests on, if not on a sentence of the page.
    #[serde(default)]
    pub basis: Option<String>,
    /// Why no rule and no question carries it.
    #[serde(default)]
    pub reason: Option<String>,
}

/// A piece of evidence beyond the documentation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// What cites it, cites this.
    pub id: String,
    /// Where it is found.
    pub source: String,
    /// The build of the system, as the source states it.
    pub build: String,
    /// When, where the source has a date.
    #[serde(default)]
    pub date: Option<String>,
    /// How strong it is.
    pub strength: String,
    /// What it shows.
    pub says: String,
    /// Why it supports no rule and no answer.
    #[serde(default)]
    pub bears_on: Option<String>,
}

/// Both files.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// The clauses, in the order of the file.
    pub clauses: Vec<Clause>,
    /// The evidence, in the order of the file.
    pub evidence: Vec<Evidence>,
    /// The reasons for which a clause may go uncited, with what each means.
    pub reasons: BTreeMap<String, String>,
    /// What evidence may bear on that supports no rule, with what each word means.
    pub bearings: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clauses {
    reasons: BTreeMap<String, String>,
    clause: Vec<Clause>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Register {
    bearings: BTreeMap<String, String>,
    evidence: Vec<Evidence>,
}

static BUILT_IN: LazyLock<Ledger> = LazyLock::new(|| {
    let clauses: Clauses = toml::from_str(portres_model::LEDGER).expect("the ledger is right");
    let register: Register =
        toml::from_str(portres_model::EVIDENCE).expect("the evidence register is right");
    Ledger {
        clauses: clauses.clause,
        evidence: register.evidence,
        reasons: clauses.reasons,
        bearings: register.bearings,
    }
});

impl Ledger {
    /// The one of the model.
    ///
    /// # Panics
    /// Never: a test reads it.
    #[must_use]
    pub fn built_in() -> &'static Ledger {
        &BUILT_IN
    }

    /// The clause of this id.
    #[must_use]
    pub fn clause(&self, id: &str) -> Option<&Clause> {
        self.clauses.iter().find(|c| c.id == id)
    }

    /// The piece of evidence of this id.
    #[must_use]
    pub fn piece(&self, id: &str) -> Option<&Evidence> {
        self.evidence.iter().find(|e| e.id == id)
    }

    /// Of a list of sources, the clauses and the rest.
    #[must_use]
    pub fn split<'a>(&self, sources: &[&'a str]) -> (Vec<&'a str>, Vec<&'a str>) {
        sources.iter().partition(|id| self.clause(id).is_some())
    }
}

impl Clause {
    /// The first of its pages, without the words that every page's title ends in.
    #[must_use]
    pub fn page_short(&self) -> &str {
        let first = self.page.split("; ").next().unwrap_or_default();
        let first = first.strip_suffix(" control code").unwrap_or(first);
        first.strip_suffix(" function").unwrap_or(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_files_are_read() {
        let ledger = Ledger::built_in();
        assert!(ledger.clauses.len() > 400 && ledger.evidence.len() > 200);
        assert_eq!(ledger.split(&["EV-15", "SIL-1"]), (vec!["SIL-1"], vec!["EV-15"]));
        assert_eq!(ledger.clause("BIND-1").map(Clause::page_short), Some("bind"));
    }
}
