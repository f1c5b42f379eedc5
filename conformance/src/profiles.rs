//! Profiles by name: which readings are left for a system, and what evidence leaves them.

use std::collections::BTreeMap;

use portres_model::{Call, Clause, Error, Literal, Needs, Profile, Question, Rule};
use serde::Deserialize;

use crate::trace::{Header, SystemName};

/// A profile with its name.
#[derive(Clone, Debug)]
pub struct NamedProfile {
    /// Its name.
    pub name: String,
    /// What it stands for, in a sentence.
    pub says: String,
    /// The readings.
    pub profile: Profile,
    /// What settled each question that it narrows.
    pub evidence: BTreeMap<Question, Vec<String>>,
    /// What ties several questions together, and what says so.
    pub joint: Vec<(Clause, Vec<String>)>,
    /// The calls that the system does not have.
    pub missing: Vec<String>,
    pub(crate) base: Base,
    systems: Vec<SystemPattern>,
}

/// The systems for which a profile is meant: a name, and how its version begins.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SystemPattern {
    name: String,
    version: String,
}

/// The profiles that are known.
#[derive(Clone, Debug)]
pub struct Profiles(Vec<NamedProfile>);

/// A profile's file is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ProfileError(String);

const FILES: &[&str] = &[
    include_str!("../profiles/windows-11.toml"),
    include_str!("../profiles/windows-server-2022.toml"),
    include_str!("../profiles/windows-10-19045.toml"),
    include_str!("../profiles/windows-server-2012r2.toml"),
    include_str!("../profiles/windows-xp.toml"),
    include_str!("../profiles/wine-8.toml"),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    says: String,
    #[serde(default)]
    base: Base,
    #[serde(default)]
    systems: Vec<SystemPattern>,
    #[serde(default)]
    missing: Vec<String>,
    #[serde(default)]
    answers: BTreeMap<String, Settled>,
    #[serde(default)]
    joint: Vec<Tied>,
}

/// From what a profile starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Base {
    #[default]
    Documented,
    Likely,
    /// Every answer, also those for systems before Windows Vista.
    Open,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settled {
    is: Vec<String>,
    evidence: Vec<String>,
}

/// At least one of several questions has one of these answers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tied {
    any: BTreeMap<String, Vec<String>>,
    evidence: Vec<String>,
}

impl Base {
    /// The readings that it leaves.
    pub(crate) fn profile(self) -> Profile {
        match self {
            Base::Documented => Profile::documented(),
            Base::Likely => Profile::likely(),
            Base::Open => Profile::open_to_all(),
        }
    }

    /// Its word in a profile's file.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Base::Documented => "documented",
            Base::Likely => "likely",
            Base::Open => "open",
        }
    }
}

/// The answers of these ids.
fn literal(id: &str, answers: &[String]) -> Result<Literal, ProfileError> {
    let question: Question =
        id.parse().map_err(|_| ProfileError(format!("unknown question `{id}`")))?;
    let mut set = 0;
    for answer in answers {
        let unknown = || ProfileError(format!("the question `{id}` has no answer `{answer}`"));
        set |= question.answer(answer).ok_or_else(unknown)?;
    }
    Ok(Literal { question, answers: set })
}

impl NamedProfile {
    /// What a call gives that the system does not have, and by which rule.
    pub(crate) const MISSING: (Rule, Error) = (Rule::CallIsMissing, Error::NotSupported);

    /// Whether the system does not have the call.
    pub(crate) fn lacks(&self, call: &Call) -> bool {
        let is_head = |head: &str| self.missing.iter().any(|m| m == head);
        // most systems have all: then the call need not be spelled
        !self.missing.is_empty() && call.to_string().split(' ').next().is_some_and(is_head)
    }

    /// Reads a profile's file.
    ///
    /// # Errors
    /// If it is not one: an unknown field, question or answer, an answer without evidence, or answers that leave nothing.
    pub fn read(text: &str) -> Result<NamedProfile, ProfileError> {
        let file: File = toml::from_str(text).map_err(|e| ProfileError(misread(text, &e)))?;
        let mut profile = file.base.profile();
        let mut evidence = BTreeMap::new();
        for (id, settled) in file.answers {
            let literal = literal(&id, &settled.is)?;
            if settled.evidence.is_empty() {
                return Err(ProfileError(format!("the answer to `{id}` names no evidence")));
            }
            profile
                .settle(literal)
                .map_err(|_| ProfileError(format!("the answer to `{id}` leaves no reading")))?;
            evidence.insert(literal.question, settled.evidence);
        }
        let mut joint = Vec::new();
        for tied in file.joint {
            let clause = tied.any.iter().map(|(id, answers)| literal(id, answers));
            let mut clause: Clause = clause.collect::<Result<_, _>>()?;
            clause.sort();
            if clause.len() < 2 {
                let found = clause.len();
                return Err(ProfileError(format!(
                    "`joint` ties several questions together: expected two or more, found {found}"
                )));
            }
            let ids: Vec<&str> = clause.iter().map(|l| l.question.id()).collect();
            let what = format!("what ties `{}` together", ids.join("`, `"));
            if tied.evidence.is_empty() {
                return Err(ProfileError(format!("{what} names no evidence")));
            }
            let mut needs = Needs::default();
            needs.one_of(clause.iter().copied());
            profile
                .assume(&needs)
                .map_err(|_| ProfileError(format!("{what} leaves no reading")))?;
            joint.push((clause, tied.evidence));
        }
        let File { name, says, systems, missing, base, .. } = file;
        Ok(NamedProfile { name, says, profile, evidence, joint, missing, base, systems })
    }

    fn plain(name: &str, says: &str, base: Base) -> NamedProfile {
        NamedProfile {
            name: name.into(),
            says: says.into(),
            profile: base.profile(),
            evidence: BTreeMap::new(),
            joint: Vec::new(),
            missing: Vec::new(),
            base,
            systems: Vec::new(),
        }
    }

    /// The one system for which it is meant, if any.
    pub(crate) fn only_system(&self) -> Result<Option<(String, String)>, ProfileError> {
        match self.systems.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some((one.name.clone(), one.version.clone()))),
            _ => Err(ProfileError("expected a profile of one system, found several".into())),
        }
    }

    fn is_for(&self, system: &SystemName) -> bool {
        self.systems.iter().any(|s| s.name == system.name && system.version.starts_with(&s.version))
    }
}

impl Profiles {
    /// `documented`, `likely`, and one for each system about which something is settled.
    ///
    /// # Panics
    /// Never: the built-in files are read by a test.
    #[must_use]
    pub fn built_in() -> Profiles {
        let documented = "every reading of the documentation of Windows Vista and later";
        let likely = "the likeliest answer to every open question";
        let mut all = vec![
            NamedProfile::plain("documented", documented, Base::Documented),
            NamedProfile::plain("likely", likely, Base::Likely),
        ];
        all.extend(
            FILES
                .iter()
                .map(|text| NamedProfile::read(text).expect("the built-in profiles are right")),
        );
        Profiles(all)
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|p| p.name.as_str())
    }

    /// The profile of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&NamedProfile> {
        self.0.iter().find(|p| p.name == name)
    }

    /// The profile for a trace: the one its header names, else the one for its system, else `documented`.
    ///
    /// # Errors
    /// With the name, if the header names one that is not known.
    pub fn of(&self, header: &Header) -> Result<&NamedProfile, String> {
        if let Some(name) = &header.profile {
            return self.get(name).ok_or_else(|| name.clone());
        }
        let for_system = header.system.as_ref().and_then(|s| self.0.iter().find(|p| p.is_for(s)));
        Ok(for_system.unwrap_or(&self.0[0]))
    }

    /// Adds a profile, or puts it in the place of one of the same name.
    pub fn add(&mut self, profile: NamedProfile) {
        self.0.retain(|p| p.name != profile.name);
        self.0.push(profile);
    }
}

/// What is wrong with a file in TOML, on one line: its text may be anything, and is not repeated.
pub(crate) fn misread(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let message = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
    format!("line {line}, column {column}: {message}")
}
