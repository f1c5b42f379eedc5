//! What `run.cmd` runs: the scripts of a suite, one after another, on one system.

use std::io::{self, Write};

use portres_model::Reply;

use super::suite::{Suite, SuiteScript};
use crate::record::{RecordError, record as record_one};
use crate::system::{System, SystemError};
use crate::trace::{Item, Observed, Part, Reader, Spelled, write_item};

/// What has become of a suite.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// How many traces were written.
    pub traces: usize,
    /// How many calls were made and answered.
    pub calls: u64,
    /// How many calls this system could not make: they need other rights, another user, a restart, or `netsh`.
    pub unsupported: u64,
    /// The scripts of which there is no trace, and why.
    pub failed: Vec<(String, String)>,
    /// The scripts that ended early, and why. What had been recorded by then was written.
    pub ended: Vec<(String, String)>,
}

/// How far a recording has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// How many scripts are done.
    pub done: usize,
    /// How many there are.
    pub of: usize,
    /// The one that begins.
    pub script: &'a str,
}

/// What stands in front of the number of traces in the last line.
const END: &str = "the end of a recording of the kit: ";

/// The comment at the end of a recording.
fn end(traces: usize) -> String {
    format!("{END}{traces} traces")
}

/// Of the last line of a recording: how many traces there are.
pub(super) fn traces_of_end(line: &[u8]) -> Option<usize> {
    match Reader::new(line).next()?.ok()? {
        Item::Comment(comment) => comment.strip_prefix(END)?.strip_suffix(" traces")?.parse().ok(),
        Item::Header(_) | Item::Event(_) => None,
    }
}

/// Records every script on a system of its own, as JSON lines; the last line says how many traces there are. A script that fails is told
/// and does not stop the others.
///
/// # Errors
/// If the output fails.
pub fn record(
    suite: &Suite,
    mut open: impl FnMut() -> Result<Box<dyn System>, SystemError>,
    to: &mut dyn Write,
    mut tell: impl FnMut(Progress<'_>),
) -> io::Result<Kept> {
    let mut kept = Kept::default();
    for (done, SuiteScript { name, script, .. }) in suite.scripts.iter().enumerate() {
        tell(Progress { done, of: suite.scripts.len(), script: name });
        let recording = open()
            .map_err(RecordError::from)
            .and_then(|mut system| record_one(script, system.as_mut()));
        let recording = match recording {
            Ok(recording) => recording,
            Err(error) => {
                kept.failed.push((name.clone(), error.to_string()));
                continue;
            }
        };
        for item in &recording.items {
            kept.count(item);
            write_item(&mut &mut *to, Spelled::JsonLines, item)?;
        }
        kept.traces += 1;
        kept.ended.extend(recording.ended.map(|why| (name.clone(), why)));
    }
    let end = Item::Comment(end(kept.traces));
    if kept.traces > 0 {
        write_item(&mut &mut *to, Spelled::JsonLines, &end)?;
    }
    Ok(kept)
}

impl Kept {
    fn count(&mut self, item: &Item) {
        let Item::Event(event) = item else { return };
        match event.part {
            Part::Whole { reply: Observed::Exactly(Reply::Unsupported), .. } => {
                self.unsupported += 1;
            }
            Part::Whole { .. } | Part::Begin { .. } => self.calls += 1,
            Part::End { .. } => {}
        }
    }
}
