//! Traces from and to files. The files themselves are somebody else's business.

use std::path::PathBuf;

use super::call::{Done, Wanted};
use super::{Moment, Said, Session, wrong};
use crate::report::counted;
use crate::trace::{Event, Item, Observed, Part, TraceError};

/// The file that a command names.
pub(super) fn path(rest: &str) -> Result<PathBuf, TraceError> {
    match rest {
        "" => Err(wrong("expected the name of a file, found the end of the line")),
        name => Ok(PathBuf::from(name)),
    }
}

/// An event as the shell can make it: a call with its reply.
pub(super) fn whole(event: &Event) -> Result<Wanted, TraceError> {
    let at = |message: &str| TraceError { line: event.line, ..wrong(message) };
    let Part::Whole { call, names, reply } = event.part else {
        return Err(at("calls overlap here: the shell makes one call at a time"));
    };
    match reply {
        Observed::Exactly(reply)
            if reply.fits(&call) && reply != portres_model::Reply::Unsupported =>
        {
            let names = reply.names().or(names);
            Ok(Wanted::new(Event { line: 0, ..event.clone() }, call, names, reply))
        }
        _ => Err(at("the reply is not known whole: the shell goes on from one reply")),
    }
}

impl Session {
    /// Goes on behind a trace. Where a reply is impossible, it goes on before it.
    ///
    /// # Errors
    /// If these are the items of no single trace, or of one that the shell cannot follow: with the line. Nothing has changed
    /// then.
    pub fn load(&mut self, items: &[Item]) -> Result<Said, TraceError> {
        let mut loaded = self.clone();
        let mut is_begun = false;
        for item in items {
            self.go_on()?;
            match item {
                Item::Header(header) if !is_begun => {
                    is_begun = true;
                    loaded.header = crate::trace::Header { expect: Vec::new(), ..*header.clone() };
                    let known = self.profiles.of(header);
                    let unknown = |name| wrong(format!("the profile `{name}` is not known here"));
                    loaded.named = known.map_err(unknown)?.clone();
                    loaded.restart();
                }
                Item::Header(header) => {
                    let line = header.line;
                    return Err(TraceError {
                        line,
                        ..wrong("expected one trace, found a second one")
                    });
                }
                Item::Event(event) => {
                    let wanted = whole(event)?;
                    let done = loaded.make(wanted);
                    match done.map_err(|e| TraceError { line: event.line, ..e })? {
                        Done::Made => {}
                        Done::Impossible(why) => {
                            loaded.settle_caller();
                            *self = loaded;
                            let before = counted(self.made.len() as u64, "call");
                            let line = event.line;
                            return Ok(Said::Impossible(format!(
                                "line {line}: {why}{before} before it: the shell goes on there\n"
                            )));
                        }
                    }
                }
                Item::Comment(_) => {}
            }
        }
        if !is_begun {
            return Err(wrong("expected a trace"));
        }
        loaded.settle_caller();
        *self = loaded;
        let calls = counted(self.made.len() as u64, "call");
        Ok(Said::Text(format!("{calls}, under {}\n", self.named.name)))
    }

    /// Who called last goes on.
    fn settle_caller(&mut self) {
        let machine = portres_model::Who::MACHINE;
        let last = self.made.iter().rev().map(|made| made.event.who).find(|who| *who != machine);
        if let Some(who) = last {
            self.now = Moment { by: who, ..self.now.clone() };
        }
    }
}
