//! Recording: a script is run on a system, and what it answers becomes a trace.

use std::time::SystemTime;

use portres_model::{Reply, Who};

use crate::script::{Given, Ready, Script};
use crate::system::{System, SystemError};
use crate::trace::{Event, Header, Item, Part, Recorded, TraceError};

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
                let reply = match system.call(who, names, &call) {
                    Ok(reply) => reply,
                    Err(error) => {
                        recording.ended = Some(error.to_string());
                        let part = Part::Whole { call, names, reply: None };
                        recording.items.push(Item::Event(Event {
                            line: 0,
                            who,
                            part,
                            note,
                            raw: None,
                        }));
                        break;
                    }
                };
                given.follow(&call, &reply);
                recording.items.push(Item::Event(event(who, call, names, reply, note)));
            }
        }
    }
    system.finish()?;
    Ok(recording)
}

fn event(
    who: Who,
    call: portres_model::Call,
    names: Option<portres_model::Names>,
    reply: Reply,
    note: Option<String>,
) -> Event {
    let names = names.filter(|_| reply.names().is_none());
    Event { line: 0, who, part: Part::Whole { call, names, reply: Some(reply) }, note, raw: None }
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
