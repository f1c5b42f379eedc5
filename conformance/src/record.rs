//! Recording: a script is run on a system, and what it answers becomes a trace.

use std::time::SystemTime;

use crate::script::{Given, Ready, Script};
use crate::system::{System, SystemError};
use crate::trace::{Event, Header, Item, Recorded, TraceError};

/// A recording.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The trace.
    pub items: Vec<Item>,
    /// The calls that were skipped, because an operand never came to be.
    pub skipped: Vec<String>,
    /// Why it ended early, if it did.
    pub ended: Option<String>,
}

/// A recording cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The script is wrong.
    #[error(transparent)]
    Script(#[from] TraceError),
    /// The system cannot be had.
    #[error(transparent)]
    System(#[from] SystemError),
}

/// Runs a script on a system.
///
/// # Errors
/// If the script is wrong or the system cannot be had. A system that dies ends the trace.
pub fn record(script: &Script, system: &mut dyn System) -> Result<Recording, RecordError> {
    let said = system.start(&script.header)?;
    let mut recording = Recording {
        items: vec![Item::Header(Box::new(header(said, &script.header)))],
        skipped: Vec::new(),
        ended: None,
    };
    let mut given = Given::default();
    for line in &script.lines {
        match line.ready(&given)? {
            Ready::Missing(what) => recording.skipped.push(format!("line {}: {what}", line.number)),
            Ready::Call { who, call, names, note } => {
                let asked = Event { note, ..Event::begun(who, call, names) };
                match system.call(who, names, &call) {
                    Ok(answer) => {
                        given.follow(&call, &answer.reply);
                        recording.items.push(Item::Event(asked.answered(answer)));
                    }
                    Err(error) => {
                        recording.ended = Some(error.to_string());
                        recording.items.push(Item::Event(asked));
                        break;
                    }
                }
            }
        }
    }
    system.finish()?;
    Ok(recording)
}

/// What the system says of itself, with the script's title and what recorded it.
pub(crate) fn header(said: Header, script: &Header) -> Header {
    Header {
        title: script.title.clone(),
        source: script.source.clone(),
        recorded: Some(recorded()),
        ..said
    }
}

fn recorded() -> Recorded {
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let (on, at) = now.split_once('T').unwrap_or((&now, ""));
    Recorded { by: format!("portres-{}", crate::VERSION), on: on.to_string(), at: at.to_string() }
}
