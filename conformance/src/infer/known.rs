//! What was inferred before and stands in a profile's file: its answers and clauses are lessons like those of events.

use portres_model::{Clause, Literal, Question};

use super::learn::Learnt;
use super::lesson::{Lesson, Place};
use crate::check::Settings;
use crate::profiles::{NamedProfile, ProfileError};
use crate::trace::{Header, SystemName};

/// What a profile's file teaches: it belongs to the build for which it is meant.
///
/// # Errors
/// If it is no profile, or one for several systems.
pub fn learn_profile(
    file: &str,
    text: &str,
    settings: &Settings<'_>,
) -> Result<Learnt, ProfileError> {
    let named = NamedProfile::read(text)?;
    let system = named.only_system()?;
    let name = |(name, version): &(String, String)| SystemName {
        name: name.clone(),
        version: version.clone(),
        ..SystemName::default()
    };
    // as a trace of this system would start
    let header = Header { system: system.as_ref().map(name), ..Header::default() };
    let start = settings.profile.or_else(|| settings.profiles.of(&header).ok());
    let mut start = start.expect("without a profile in the header there is one").clone();
    start.missing.clone_from(&named.missing);
    let evidence = |question: Question| named.evidence.get(&question).cloned().unwrap_or_default();
    let lesson = |clause: &Clause| {
        let evidence: Vec<String> = match clause.as_slice() {
            [Literal { question, .. }] => evidence(*question),
            _ => {
                // what is known since may have shortened it
                let has =
                    |known: &Clause, l: &Literal| known.iter().any(|k| k.question == l.question);
                let known =
                    named.joint.iter().filter(|(known, _)| clause.iter().all(|l| has(known, l)));
                known.flat_map(|(_, evidence)| evidence.clone()).collect()
            }
        };
        let shows = match evidence.as_slice() {
            [] => format!("the profile {}", named.name),
            evidence => evidence.join("; "),
        };
        let from = Place { file: file.to_string(), line: 0, event: None, shows };
        Lesson { clauses: vec![clause.clone()], from, again: 0, evidence }
    };
    let lessons = named.profile.beyond(&start.profile).clauses().iter().map(lesson).collect();
    let file = file.to_string();
    let (report, discoveries, until) = (None, Vec::new(), None);
    Ok(Learnt { file, report, system, start, lessons, discoveries, until })
}
