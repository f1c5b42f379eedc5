//! Following a trace twice: once under what its earlier events leave of the readings, as `check` does, and once with each
//! event by itself.
//!
//! The first tells whether the trace can be explained at all. The second tells what each event teaches without the others, so
//! that what settles a question is known, and which events clash.

use std::collections::HashMap;
use std::io::BufRead;

use portres_model::{Clause, Needs, Profile, Question};

use super::lesson::{Lesson, Place, taught};
use crate::check::{Follower, Report, Settings};
use crate::profiles::NamedProfile;
use crate::trace::{Event, Header, Item, Reader, TraceError};

/// What a trace teaches, or a profile that was inferred before.
#[derive(Clone, Debug)]
pub struct Learnt {
    /// The file.
    pub file: String,
    /// What `check` says of the trace; `None` for a profile.
    pub report: Option<Report>,
    /// The build: name and version of the system, where one is named.
    pub system: Option<(String, String)>,
    /// The profile from which it starts.
    pub start: NamedProfile,
    /// What its events teach, each different lesson once, in their order.
    pub lessons: Vec<Lesson>,
    /// The codes that nobody foresaw.
    pub discoveries: Vec<(Question, Place)>,
    /// The event from which on nothing is learnt, because no reading explains it.
    pub until: Option<u64>,
}

/// Follows every trace of a stream and hands on what it teaches as soon as it has ended.
///
/// # Errors
/// If the stream is not one of traces; nothing is said of the trace in which the error stands.
pub fn learn_each(
    file: &str,
    from: impl BufRead,
    settings: &Settings<'_>,
    mut each: impl FnMut(Learnt),
) -> Result<(), TraceError> {
    let mut student: Option<Student<'_>> = None;
    let mut reader = Reader::new(from);
    while let Some(item) = reader.next() {
        // where a new header is wrong, the trace before it has ended well
        let ends = matches!(item, Ok(Item::Header(_))) || item.is_err() && reader.is_beginning();
        if let (true, Some(done)) = (ends, student.take_if(|_| ends)) {
            each(done.finish());
        }
        match item? {
            Item::Header(header) => student = Some(Student::new(file, &header, settings)?),
            Item::Event(event) => {
                student.as_mut().expect("the reader gives a header first").follow(&event)?;
            }
            Item::Comment(_) => {}
        }
    }
    if let Some(done) = student {
        each(done.finish());
    }
    Ok(())
}

struct Student<'a> {
    file: &'a str,
    /// Under what the earlier events leave.
    together: Follower<'a>,
    /// Each event under what the profile leaves at the start.
    apart: Follower<'a>,
    settings: &'a Settings<'a>,
    events: u64,
    line: u64,
    lessons: Vec<Lesson>,
    known: HashMap<Vec<Clause>, usize>,
    discoveries: Vec<(Question, Place)>,
    until: Option<u64>,
}

impl<'a> Student<'a> {
    fn new(
        file: &'a str,
        header: &Header,
        settings: &'a Settings<'a>,
    ) -> Result<Student<'a>, TraceError> {
        Ok(Student {
            file,
            together: Follower::new(header, settings)?,
            apart: Follower::new(header, settings)?,
            settings,
            events: 0,
            line: header.line,
            lessons: Vec::new(),
            known: HashMap::new(),
            discoveries: Vec::new(),
            until: None,
        })
    }

    fn follow(&mut self, event: &Event) -> Result<(), TraceError> {
        self.events += 1;
        let before = self.together.so_far();
        let (found, departed) = (before.discoveries.len(), before.departed.len());
        self.together.follow(event)?;
        let departs = self.together.so_far().departed.len() > departed;
        let found =
            self.together.so_far().discoveries[found..].iter().map(|(question, _)| *question);
        for question in found.collect::<Vec<_>>() {
            let new = (question, self.place(event));
            if !self.discoveries.iter().any(|known| is_same(known, &new)) {
                self.discoveries.push(new);
            }
        }
        if self.until.is_some() {
            return Ok(());
        }
        let doubts = self.apart.so_far().undecided.len();
        self.apart.follow(event)?;
        if !self.apart.so_far().divergences.is_empty() {
            self.until = Some(self.events);
            return Ok(());
        }
        if self.apart.is_suspicious() {
            return Ok(());
        }
        // what rests on assumed rules alone teaches nothing where that is asked for
        let counts = !self.settings.strict || self.apart.so_far().undecided.len() == doubts;
        let needs = self.unlearn();
        if counts && !departs && !needs.nothing() {
            self.learn(event, &needs);
        }
        Ok(())
    }

    /// What the last event ruled out, which is then possible again.
    fn unlearn(&mut self) -> Needs {
        let start = &self.apart.named().profile;
        let mut left: Option<Profile> = None;
        for profile in self.apart.profiles() {
            left = Some(match left {
                None => profile.clone(),
                Some(left) => left.either(profile),
            });
            if profile != start {
                profile.clone_from(start);
            }
        }
        left.map(|left| left.beyond(start)).unwrap_or_default()
    }

    fn learn(&mut self, event: &Event, needs: &Needs) {
        match self.known.get(needs.clauses()) {
            Some(i) => self.lessons[*i].again += 1,
            None => {
                let clauses = needs.clauses().to_vec();
                self.known.insert(clauses.clone(), self.lessons.len());
                let from = self.place(event);
                self.lessons.push(Lesson { clauses, from, again: 0, evidence: Vec::new() });
            }
        }
    }

    fn place(&self, event: &Event) -> Place {
        let plain = Event { note: None, raw: None, ..event.clone() };
        let words: Vec<String> = plain.to_string().split_whitespace().map(str::to_string).collect();
        let (file, event) = (self.file.to_string(), Some(self.events));
        Place { file, line: plain.line, event, shows: words.join(" ") }
    }

    fn finish(mut self) -> Learnt {
        let start = self.together.named().clone();
        let report = self.together.finish();
        if report.divergences.is_empty() && !self.settings.strict {
            self.lessons.extend(rest(&start.profile, &self.lessons, &report, self.file, self.line));
        }
        let Student { lessons, discoveries, until, .. } = self;
        let system = report.system.as_ref().map(|s| (s.name.clone(), s.version.clone()));
        let (file, report) = (self.file.to_string(), Some(report));
        Learnt { file, report, system, start, lessons, discoveries, until }
    }
}

/// Whether both are the same code in answer to the same question.
pub(super) fn is_same(one: &(Question, Place), other: &(Question, Place)) -> bool {
    let code = |place: &Place| place.shows.rsplit(" -> ").next().map(str::to_string);
    one.0 == other.0 && code(&one.1) == code(&other.1)
}

/// What the trace as a whole teaches and none of its events by itself: where the machine may have been in several states,
/// an event may end one of them.
fn rest(
    start: &Profile,
    lessons: &[Lesson],
    report: &Report,
    file: &str,
    line: u64,
) -> Option<Lesson> {
    let needs = report.left.beyond(start);
    let known = taught(start, lessons).ok();
    let teaches = match known {
        Some(known) => known.clone().assume(&needs) != Ok(false),
        None => false,
    };
    let shows = format!("its {} together", crate::report::counted(report.events, "event"));
    let from = Place { file: file.to_string(), line, event: None, shows };
    let clauses = needs.clauses().to_vec();
    teaches.then_some(Lesson { clauses, from, again: 0, evidence: Vec::new() })
}
