//! Running a test on machines that are wrong, to see whether it notices.

use std::fmt;

use super::verdict::{Verdict, told};
use super::watch::Told;
use crate::builder::Builder;
use crate::flaw::Flaw;
use crate::host::Host;

/// Runs a test on a machine that conforms, and then once for each [`Flaw`] on one that has it. See [`EveryFlaw`] for another
/// machine.
///
/// # Panics
/// If it fails on the machine that conforms.
#[track_caller]
pub fn for_every_flaw<T: Verdict>(test: impl FnMut(&Host) -> T) -> Bite {
    match EveryFlaw::on(Host::builder()).check(test) {
        Ok(bite) => bite,
        Err(says) => panic!("it fails on a machine without a flaw: {says}"),
    }
}

/// A test on every wrong machine.
///
/// A flaw that makes no call of the test be answered otherwise shows nothing about it. Any other one a test should find: it
/// has to fail. The test must make the same calls when it gets the same replies.
#[derive(Clone)]
#[must_use = "`check` runs the test"]
pub struct EveryFlaw {
    builder: Builder,
}

/// Which flaws a test finds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Bite {
    /// Those with which it fails, and what it says.
    pub found: Vec<(Flaw, String)>,
    /// Those with which it passes although its calls are answered otherwise: what it does not look at.
    pub missed: Vec<Flaw>,
    /// Those that its calls do not meet.
    pub unmet: Vec<Flaw>,
}

impl EveryFlaw {
    /// On such a machine.
    pub fn on(builder: Builder) -> EveryFlaw {
        EveryFlaw { builder }
    }

    /// Runs the test.
    ///
    /// # Errors
    /// If it fails on the machine without a flaw: with what it says.
    pub fn check<T: Verdict>(&self, mut test: impl FnMut(&Host) -> T) -> Result<Bite, String> {
        let mut run = |flaw: Option<Flaw>| {
            let host = self.builder.clone().flaw(flaw).build();
            host.watch();
            let verdict = told(|| test(&host));
            (verdict, host.watched(|watch| watch.told().to_vec()))
        };
        let (sound, usual): (_, Vec<Told>) = run(None);
        sound?;
        let mut bite = Bite::default();
        for &flaw in Flaw::ALL {
            match run(Some(flaw)) {
                (Err(says), _) => bite.found.push((flaw, says)),
                (Ok(()), told) if told == usual => bite.unmet.push(flaw),
                (Ok(()), _) => bite.missed.push(flaw),
            }
        }
        Ok(bite)
    }
}

impl Bite {
    /// Whether it finds every flaw that its calls meet.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.missed.is_empty()
    }

    /// Whether it finds this flaw.
    #[must_use]
    pub fn finds(&self, flaw: Flaw) -> bool {
        self.found.iter().any(|(found, _)| *found == flaw)
    }
}

impl fmt::Display for Bite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Bite { found, missed, unmet } = self;
        let met = found.len() + missed.len();
        write!(f, "finds {} of the {met} flaws that its calls meet", found.len())?;
        write!(f, " ({} others make no difference to it)", unmet.len())?;
        missed.iter().try_for_each(|flaw| write!(f, "\n  missed: {flaw}: {}", flaw.says()))
    }
}
