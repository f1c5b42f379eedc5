//! What traces teach about the open questions: the answers that are left for each build of a system, the events that settled
//! them, and the events that clash.
//!
//! Each trace is followed by itself ([`learn_each`]); what its events teach is put together here. Lessons are constraints on
//! readings, and all of them are kept with what ties several questions together: so the order of traces makes no difference.

use std::collections::BTreeMap;

use portres_model::{Clause, Literal, Profile, Question};

use crate::check::Report;
use crate::profiles::NamedProfile;
use crate::report::counted;

mod because;
mod clash;
mod known;
mod learn;
mod lesson;
mod tell;
mod write;

pub use clash::Clash;
pub use known::learn_profile;
pub use learn::{Learnt, learn_each};
pub use lesson::{Lesson, Place};
pub use tell::{json, text};
pub use write::{profile_file, slug};

/// The build to which traces belong: name and version of the system as their headers say, and the profile from which they
/// start. `None` where a header names no system.
pub type Build = (Option<(String, String)>, String);

/// What the traces of one build teach.
#[derive(Clone, Debug)]
pub struct Inferred {
    /// The system's name and version; `None` where the headers name none.
    pub system: Option<(String, String)>,
    /// The profile from which the traces start.
    pub start: NamedProfile,
    /// The traces: their files, and what `check` says of them.
    pub traces: Vec<Trace>,
    /// How many profiles that were inferred before are put together with them.
    pub profiles: usize,
    /// What the events teach, each different lesson once, in the order of files and events.
    pub lessons: Vec<Lesson>,
    /// The readings left, in their canonical form: of the lessons that do not clash.
    pub left: Profile,
    /// The questions of which not every answer of the start is left.
    pub answers: Vec<Answered>,
    /// What ties several questions together and the start does not say.
    pub joint: Vec<Joint>,
    /// Codes that nobody foresaw.
    pub discoveries: Vec<(Question, Place)>,
    /// Sets of lessons that no reading explains together, no lesson in two of them.
    pub clashes: Vec<Clash>,
}

/// One trace of a build.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The file.
    pub file: String,
    /// What `check` says of it.
    pub report: Report,
    /// The event from which on nothing was learnt, because no reading explains it.
    pub until: Option<u64>,
}

/// The answers to a question that are left, and what ruled out the others.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The question, and its answers that are left.
    pub left: Literal,
    /// The places of the lessons, each of them needed; the last of them settled it.
    pub by: Vec<usize>,
}

/// One of these holds, and what says so.
#[derive(Clone, Debug)]
pub struct Joint {
    /// The literals.
    pub any: Clause,
    /// The places of the lessons, each of them needed.
    pub by: Vec<usize>,
}

/// The most clashes that are looked for.
const MOST_CLASHES: usize = 16;

/// Puts together what traces teach, build by build.
///
/// The order of the traces makes no difference: they are put into that of their files first.
#[must_use]
pub fn infer(learnt: Vec<Learnt>) -> Vec<Inferred> {
    let mut builds: BTreeMap<Build, Vec<Learnt>> = BTreeMap::new();
    for trace in learnt {
        let build = (trace.system.clone(), trace.start.name.clone());
        builds.entry(build).or_default().push(trace);
    }
    builds.into_iter().map(|((system, _), traces)| of_build(system, traces)).collect()
}

fn of_build(system: Option<(String, String)>, mut learnt: Vec<Learnt>) -> Inferred {
    let place = |l: &Learnt| (l.file.clone(), l.report.as_ref().map(|report| report.line));
    learnt.sort_by_key(place);
    let start = learnt.first().expect("a build has a trace").start.clone();
    let (mut traces, mut lessons, mut discoveries) = (Vec::new(), Vec::new(), Vec::new());
    let (mut profiles, mut known) = (0, std::collections::HashMap::new());
    for Learnt { file, report, lessons: new, discoveries: found, until, .. } in learnt {
        for lesson in new {
            match known.get(&lesson.clauses) {
                Some(i) => {
                    let known: &mut Lesson = &mut lessons[*i];
                    known.again += 1 + lesson.again;
                }
                None => {
                    known.insert(lesson.clauses.clone(), lessons.len());
                    lessons.push(lesson);
                }
            }
        }
        for new in found {
            if !discoveries.iter().any(|known| learn::is_same(known, &new)) {
                discoveries.push(new);
            }
        }
        profiles += usize::from(report.is_none());
        traces.extend(report.map(|report| Trace { file, report, until }));
    }
    let clashes = clashes(&start.profile, &lessons);
    let clash = |i: &usize| clashes.iter().any(|c| c.lessons.contains(i));
    let told = (0..lessons.len()).filter(|i| !clash(i)).map(|i| &lessons[i]);
    let left = lesson::taught(&start.profile, told).expect("what clashes is left out").canonical();
    let (answers, joint) = explained(&start.profile, &lessons, &clashes, &left);
    Inferred {
        system,
        start,
        traces,
        profiles,
        lessons,
        left,
        answers,
        joint,
        discoveries,
        clashes,
    }
}

/// The clashes, smallest first, until what is left of the lessons can be true.
fn clashes(start: &Profile, lessons: &[Lesson]) -> Vec<Clash> {
    let mut places: Vec<usize> = (0..lessons.len()).collect();
    let mut found: Vec<Clash> = Vec::new();
    loop {
        let left: Vec<Lesson> = places.iter().map(|i| lessons[*i].clone()).collect();
        let Some(clash) = clash::smallest(start, &left) else { return found };
        let here: Vec<usize> = clash.lessons.iter().map(|i| places[*i]).collect();
        places.retain(|i| !here.contains(i));
        if found.len() < MOST_CLASHES {
            found.push(Clash { lessons: here, ..clash });
        } else if let Some(last) = found.last_mut() {
            // there is no end of them: whatever else clashes is left out with the last
            last.lessons.extend(here);
            last.is_smallest = false;
        }
    }
}

fn explained(
    start: &Profile,
    lessons: &[Lesson],
    clashes: &[Clash],
    left: &Profile,
) -> (Vec<Answered>, Vec<Joint>) {
    let clash = |i: &usize| clashes.iter().any(|c| c.lessons.contains(i));
    let places: Vec<usize> = (0..lessons.len()).filter(|i| !clash(i)).collect();
    let told: Vec<Lesson> = places.iter().map(|i| lessons[*i].clone()).collect();
    let because = |clause: &Clause| -> Vec<usize> {
        because::because(start, &told, clause).into_iter().map(|i| places[i]).collect()
    };
    let (mut answers, mut joint) = (Vec::new(), Vec::new());
    for clause in left.beyond(start).clauses() {
        match clause.as_slice() {
            [one] => answers.push(Answered { left: *one, by: because(clause) }),
            _ => joint.push(Joint { any: clause.clone(), by: because(clause) }),
        }
    }
    (answers, joint)
}

impl Inferred {
    /// What the build is called: `windows 10.0.19045`.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.system {
            Some((name, version)) => format!("{name} {version}"),
            None => "no system named".into(),
        }
    }

    /// How many traces and events there are, and profiles besides.
    #[must_use]
    pub fn counts(&self) -> String {
        let events = self.traces.iter().map(|trace| trace.report.events).sum();
        let traces = counted(self.traces.len() as u64, "trace");
        let counts = format!("{traces}, {}", counted(events, "event"));
        match self.profiles as u64 {
            0 => counts,
            some => format!("{counts}, {}", counted(some, "profile")),
        }
    }

    /// Whether a reading explains every event that was followed.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        self.clashes.is_empty()
    }
}
