//! Running a test under every reading that it can tell apart.

use std::collections::BTreeMap;
use std::fmt;

use portres_model::{Answers, Effect, Literal, Profile, Question, Reading};

use super::pairs;
use super::script::Script;
use super::verdict::{Verdict, told};
use crate::builder::Builder;
use crate::host::Host;

/// How many combinations of answers are tried where nothing else is said; beyond that, pairs.
pub const MOST_RUNS: usize = 256;

/// Runs a test on a fresh machine under every combination of answers that its calls consult, up to [`MOST_RUNS`], and beyond
/// that under every pair. See [`EveryReading`] for another machine.
///
/// # Panics
/// If the test fails under one: with the answers that it takes, and the calls as a script.
#[track_caller]
pub fn for_every_reading<T: Verdict>(test: impl FnMut(&Host) -> T) -> Coverage {
    match EveryReading::on(Host::builder()).check(test) {
        Ok(coverage) => coverage,
        Err(failure) => panic!("{failure}"),
    }
}

/// A test under every reading.
///
/// The readings are found by looking: the first run behaves as the likeliest one, and shows which questions its replies
/// depended on. Other answers to the last of them are tried first; a run that consults further questions makes these part of
/// the search. So the runs are as many as the test can tell apart, however many questions there are. What nobody has foreseen
/// (the answer `other`) is left out.
///
/// The test must make the same calls when it gets the same replies; otherwise the search still ends, and proves less.
#[derive(Clone)]
#[must_use = "`check` runs the test"]
pub struct EveryReading {
    builder: Builder,
    profile: Profile,
    most: usize,
}

/// What has been tried.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Coverage {
    /// How often the test ran.
    pub runs: usize,
    /// The questions that its calls consulted, with the answers tried.
    pub consulted: Vec<Literal>,
    /// Whether there were more combinations than may be tried, and every pair of answers stands for them.
    pub pairs_only: bool,
}

/// A test fails under a reading.
#[derive(Clone)]
pub struct Failure {
    /// The answers that it takes, those left out that make no difference. None: it fails under the likeliest reading.
    pub answers: Vec<Literal>,
    /// What the test says.
    pub says: String,
    /// The calls.
    pub script: Script,
    /// How many runs passed before.
    pub passed: usize,
}

/// What one run shows.
struct Run {
    verdict: Result<(), String>,
    asked: Vec<Question>,
    script: Script,
}

impl EveryReading {
    /// On such a machine, under [`Profile::documented`]. The builder's own profile does not count.
    pub fn on(builder: Builder) -> EveryReading {
        EveryReading { builder, profile: Profile::documented(), most: MOST_RUNS }
    }

    /// Under the readings of this profile.
    pub fn profile(mut self, profile: &Profile) -> EveryReading {
        self.profile = profile.clone();
        self
    }

    /// So many combinations at most; beyond that, pairs, which may be more.
    ///
    /// # Panics
    /// If it is none.
    pub fn at_most(mut self, runs: usize) -> EveryReading {
        assert!(runs > 0, "a test that never runs shows nothing");
        self.most = runs;
        self
    }

    /// Runs the test.
    ///
    /// # Errors
    /// If it fails under a reading.
    pub fn check<T: Verdict>(
        &self,
        mut test: impl FnMut(&Host) -> T,
    ) -> Result<Coverage, Box<Failure>> {
        let mut search = Search { every: self, test: &mut test, seen: Seen::default() };
        let whole = search.tree()?;
        if !whole {
            search.pairs()?;
        }
        let Seen { tried, consulted } = search.seen;
        let consulted = consulted.into_iter();
        let consulted = consulted.map(|(question, answers)| Literal { question, answers });
        let (runs, consulted) = (tried.len(), consulted.collect());
        Ok(Coverage { runs, consulted, pairs_only: !whole })
    }

    /// The reading with these answers, the likeliest ones besides; `None` if the profile has none.
    fn reading(&self, answers: &[Literal]) -> Option<Reading> {
        let mut profile = self.profile.clone();
        for literal in answers {
            profile.settle(*literal).ok()?;
        }
        let reading = profile.reading(|question, open| likeliest(foreseen(question, open)));
        Some(reading)
    }

    fn options(&self, question: Question) -> Answers {
        foreseen(question, self.profile.open(question))
    }
}

/// The answers among these that somebody has foreseen; all, if nobody has foreseen any.
fn foreseen(question: Question, open: Answers) -> Answers {
    let bits = question.answers().iter().enumerate();
    let bits = bits.filter(|(_, answer)| answer.effect != Effect::Unforeseen);
    match bits.fold(0, |set, (i, _)| set | 1 << i) & open {
        0 => open,
        some => some,
    }
}

pub(super) fn likeliest(answers: Answers) -> Answers {
    answers & answers.wrapping_neg()
}

/// What a search has seen.
#[derive(Default)]
struct Seen {
    tried: Vec<Reading>,
    consulted: BTreeMap<Question, Answers>,
}

struct Search<'a, F> {
    every: &'a EveryReading,
    test: &'a mut F,
    seen: Seen,
}

/// A question on the way through the tree, the answer taken, and those not yet tried.
struct Branch {
    taken: Literal,
    left: Answers,
}

impl<T: Verdict, F: FnMut(&Host) -> T> Search<'_, F> {
    /// Tries every combination; whether that was possible in as many runs as there may be.
    fn tree(&mut self) -> Result<bool, Box<Failure>> {
        let mut path: Vec<Branch> = Vec::new();
        loop {
            let answers: Vec<Literal> = path.iter().map(|branch| branch.taken).collect();
            if let Some(reading) = self.every.reading(&answers) {
                if self.seen.tried.len() == self.every.most {
                    return Ok(false);
                }
                for question in self.pass(&reading)? {
                    if !path.iter().any(|branch| branch.taken.question == question) {
                        let taken = Literal { question, answers: reading.answer(question) };
                        let left = self.every.options(question) & !taken.answers;
                        path.push(Branch { taken, left });
                    }
                }
            }
            while path.last().is_some_and(|branch| branch.left == 0) {
                path.pop();
            }
            let Some(last) = path.last_mut() else { return Ok(true) };
            last.taken.answers = likeliest(last.left);
            last.left &= !last.taken.answers;
        }
    }

    /// Tries every pair of answers to questions that were consulted.
    fn pairs(&mut self) -> Result<(), Box<Failure>> {
        let mut impossible = Vec::new();
        loop {
            let questions = self.seen.consulted.keys();
            let questions: Vec<Literal> = questions
                .map(|q| Literal { question: *q, answers: self.every.options(*q) })
                .collect();
            let Some((pair, all)) = pairs::next(&questions, &self.seen.tried, &impossible) else {
                return Ok(());
            };
            // where the profile ties questions together the rest may have to be otherwise
            match self.every.reading(&all).or_else(|| self.every.reading(&pair)) {
                Some(reading) => drop(self.pass(&reading)?),
                None => impossible.push(pair),
            }
        }
    }

    /// Runs the test, which is to pass; the questions that it asked.
    fn pass(&mut self, reading: &Reading) -> Result<Vec<Question>, Box<Failure>> {
        let run = self.run(reading);
        // what the profile has settled is open no more
        let open = |question: &&Question| self.every.options(**question).count_ones() > 1;
        for question in run.asked.iter().filter(open) {
            *self.seen.consulted.entry(*question).or_default() |= reading.answer(*question);
        }
        let passed = self.seen.tried.len();
        self.seen.tried.push(*reading);
        match run.verdict {
            Ok(()) => Ok(run.asked),
            Err(says) => {
                let Run { asked, script, .. } = run;
                Err(Box::new(self.failure(reading, says, asked, script, passed)))
            }
        }
    }

    fn run(&mut self, reading: &Reading) -> Run {
        let host = self.every.builder.clone().profile(&Profile::settled(reading)).build();
        host.watch();
        let verdict = told(|| (self.test)(&host));
        let (asked, script) =
            host.watched(|watch| (watch.asked().to_vec(), watch.script().clone()));
        Run { verdict, asked, script }
    }

    /// Leaves out the answers that make no difference.
    fn failure(
        &mut self,
        reading: &Reading,
        says: String,
        asked: Vec<Question>,
        script: Script,
        passed: usize,
    ) -> Failure {
        let usual = |question| likeliest(self.every.options(question));
        let answers =
            asked.into_iter().map(|q| Literal { question: q, answers: reading.answer(q) });
        let mut answers: Vec<Literal> =
            answers.filter(|l| l.answers != usual(l.question)).collect();
        let mut shown = (says, script);
        let mut i = 0;
        while i < answers.len() {
            let mut fewer = answers.clone();
            fewer.remove(i);
            let run = self.every.reading(&fewer).map(|reading| self.run(&reading));
            match run {
                Some(Run { verdict: Err(says), script, .. }) => {
                    (answers, shown) = (fewer, (says, script));
                }
                _ => i += 1,
            }
        }
        // what the test leaves behind is then that of the failure
        if let Some(run) = self.every.reading(&answers).map(|reading| self.run(&reading)) {
            if let Err(says) = run.verdict {
                shown = (says, run.script);
            }
        }
        Failure { answers, says: shown.0, script: shown.1, passed }
    }
}

impl Coverage {
    /// Whether every combination was tried that the test can tell apart.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.pairs_only
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Coverage { runs, consulted, pairs_only } = self;
        let what = if *pairs_only {
            "every pair, since there are too many combinations, of answers"
        } else {
            "every combination of answers"
        };
        write!(f, "{runs} runs: {what} to the {} questions consulted", consulted.len())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failure { answers, says, script, passed } = self;
        if answers.is_empty() {
            writeln!(f, "it fails under the likeliest reading")?;
        } else {
            writeln!(f, "it fails under a reading of the documentation, after {passed} passed:")?;
        }
        for Literal { question, answers } in answers {
            let names: Vec<_> = question.names(*answers).collect();
            writeln!(f, "  {}={}  ({})", question.id(), names.join("|"), question.asks())?;
        }
        writeln!(f, "it says\n  {}", says.replace('\n', "\n  "))?;
        write!(f, "its calls\n  {}", script.to_string().trim_end().replace('\n', "\n  "))
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Failure {}
