//! What stood around a divergence: the calls before and behind it, the machine before and after, and what was learnt.
//!
//! A trace is followed as `check` follows it, and besides a few events are kept until it is known that nothing is to be said
//! of them. So memory does not grow with the trace.

use std::collections::{BTreeMap, VecDeque};
use std::io::BufRead;

use portres_model::{Clause, Profile};

use crate::check::{Follower, Machine, Report, Settings, each_trace};
use crate::trace::{Event, Header, Part, Reader, TraceError};

/// How many events are shown before and behind the one that matters.
const BEFORE: u64 = 7;
const BEHIND: u64 = 5;

/// How many events are shown of a stretch of calls that overlap.
const STRETCH: u64 = 40;

/// How many events are kept, outside of a stretch and in one.
const KEPT: usize = 64;
const KEPT_IN_STRETCH: usize = 1_024;

/// How many scenes of one trace are kept, and how many lessons.
const MOST_SCENES: usize = 20;
const MOST_LESSONS: usize = 100;

/// What an event taught about the open questions, beside all that was known before it.
#[derive(Clone)]
pub(crate) struct Taught {
    /// The first event of the stretch of overlapping calls that taught it, or the event.
    pub(crate) from: u64,
    /// The event behind which it was known.
    pub(crate) event: u64,
    /// Each of them holds.
    pub(crate) clauses: Vec<Clause>,
}

/// What stood around an event of which there is something to say.
pub(crate) struct Scene {
    /// The event.
    pub(crate) event: u64,
    /// The events around it, with their numbers; those between them are left out.
    pub(crate) around: Vec<(u64, Event)>,
    /// Calls that had begun before them and had not returned.
    pub(crate) running: Vec<Event>,
    /// The overlapping calls that it is one of: the first and the last event.
    pub(crate) stretch: Option<(u64, u64)>,
    /// The machine before it.
    pub(crate) before: Machine,
    /// The machine behind it, or behind the stretch.
    pub(crate) after: Option<Machine>,
}

/// A trace that was followed with its scenes.
pub(crate) struct Seen {
    /// What is said of it.
    pub(crate) report: Report,
    /// What stood around its divergences and discoveries, of the first of them.
    pub(crate) scenes: Vec<Scene>,
    /// What its events taught, the first of them.
    pub(crate) lessons: Vec<Taught>,
    /// How many more taught something.
    pub(crate) further: u64,
}

/// Follows every trace that a reader gives and hands on what was seen as soon as the trace has ended.
pub(crate) fn watch_each(
    reader: Reader<impl BufRead>,
    settings: &Settings<'_>,
    mut each: impl FnMut(Seen),
) -> Result<(), TraceError> {
    let begin = |header: &Header| Watcher::new(header, settings);
    each_trace(reader, begin, Watcher::follow, |watcher| each(watcher.finish()))
}

struct Watcher<'a> {
    follower: Follower<'a>,
    events: u64,
    recent: VecDeque<(u64, Event)>,
    /// Calls that have not returned.
    running: BTreeMap<u32, (u64, Event)>,
    /// The first event of the overlapping calls.
    stretch: Option<u64>,
    /// Those behind which more events are to come.
    open: VecDeque<Scene>,
    scenes: Vec<Scene>,
    /// The readings that were left.
    left: Profile,
    lessons: Vec<Taught>,
    further: u64,
}

impl<'a> Watcher<'a> {
    fn new(header: &Header, settings: &'a Settings<'a>) -> Result<Watcher<'a>, TraceError> {
        let mut follower = Follower::new(header, settings)?;
        follower.watch();
        let left = follower.named().profile.clone();
        Ok(Watcher {
            follower,
            events: 0,
            recent: VecDeque::new(),
            running: BTreeMap::new(),
            stretch: None,
            open: VecDeque::new(),
            scenes: Vec::new(),
            left,
            lessons: Vec::new(),
            further: 0,
        })
    }

    fn follow(&mut self, event: &Event) -> Result<(), TraceError> {
        self.events += 1;
        let most = if self.stretch.is_some() { KEPT_IN_STRETCH } else { KEPT };
        while self.recent.len() >= most {
            self.recent.pop_front();
        }
        self.recent.push_back((self.events, event.clone()));
        match event.part {
            Part::Begin { number, .. } => {
                self.stretch.get_or_insert(self.events);
                self.running.insert(number, (self.events, event.clone()));
            }
            Part::End { number, .. } => drop(self.running.remove(&number)),
            Part::Whole { .. } => {}
        }
        self.follower.follow(event)?;
        self.look();
        if self.running.is_empty() {
            self.stretch = None;
        }
        while self.open.front().is_some_and(|scene| scene.last() + BEHIND <= self.events) {
            self.close();
        }
        Ok(())
    }

    /// What the last event has brought.
    fn look(&mut self) {
        if !self.follower.leaves(&self.left) {
            self.learn();
        }
        let found = self.follower.take_watched();
        if found.is_empty() {
            return;
        }
        let after = self.follower.machine();
        for (event, before) in found {
            let known = self.scenes.iter().chain(&self.open).any(|scene| scene.event == event);
            if known || self.scenes.len() + self.open.len() >= MOST_SCENES {
                continue;
            }
            let stretch = self.stretch.map(|from| (from, self.events));
            let (around, running, after) = (Vec::new(), Vec::new(), after.clone());
            self.open.push_back(Scene { event, around, running, stretch, before, after });
        }
    }

    fn learn(&mut self) {
        let Some(now) = self.follower.readings() else { return };
        let needs = now.beyond(&self.left);
        self.left = now;
        if needs.nothing() {
            return;
        }
        if self.lessons.len() >= MOST_LESSONS {
            self.further += 1;
            return;
        }
        let (from, event) = (self.stretch.unwrap_or(self.events), self.events);
        self.lessons.push(Taught { from, event, clauses: needs.clauses().to_vec() });
    }

    /// A scene is over.
    fn close(&mut self) {
        let Some(mut scene) = self.open.pop_front() else { return };
        let at = |number: u64| self.recent.iter().find(|(n, _)| *n == number).map(|(_, e)| e);
        let begun = match at(scene.event).map(|event| event.part) {
            Some(Part::End { number, .. }) => self.begin_of(number, scene.event),
            _ => None,
        };
        let whole = scene.stretch.filter(|(from, to)| to - from < STRETCH);
        let (from, to) = whole.unwrap_or((scene.event, scene.event));
        let shown = (from.saturating_sub(BEFORE).max(1), to + BEHIND);
        let is_shown = |n: &u64| (shown.0..=shown.1).contains(n) || Some(*n) == begun;
        scene.around = self.recent.iter().filter(|(n, _)| is_shown(n)).cloned().collect();
        scene.running = self.running_before(scene.around.first().map_or(0, |(n, _)| *n));
        self.scenes.push(scene);
    }

    /// The calls that had begun before this event and had not returned.
    fn running_before(&self, first: u64) -> Vec<Event> {
        let mut open: BTreeMap<u32, Event> = BTreeMap::new();
        for (_, event) in self.running.values().filter(|(began, _)| *began < first) {
            if let Part::Begin { number, .. } = event.part {
                open.insert(number, event.clone());
            }
        }
        for (_, event) in self.recent.iter().take_while(|(n, _)| *n < first) {
            match event.part {
                Part::Begin { number, .. } => drop(open.insert(number, event.clone())),
                Part::End { number, .. } => drop(open.remove(&number)),
                Part::Whole { .. } => {}
            }
        }
        open.into_values().collect()
    }

    /// The event at which the call began that returned there.
    fn begin_of(&self, number: u32, returned: u64) -> Option<u64> {
        let is_begin =
            |event: &Event| matches!(event.part, Part::Begin { number: n, .. } if n == number);
        let begun = self.recent.iter().filter(|(n, event)| *n < returned && is_begin(event));
        begun.map(|(n, _)| *n).next_back()
    }

    fn finish(mut self) -> Seen {
        self.follower.settle();
        self.look();
        while !self.open.is_empty() {
            self.close();
        }
        let report = self.follower.finish();
        let Watcher { scenes, lessons, further, .. } = self;
        Seen { report, scenes, lessons, further }
    }
}

impl Scene {
    /// The last event that has to do with it.
    fn last(&self) -> u64 {
        self.stretch.map_or(self.event, |(_, to)| to)
    }
}
