//! Calling as another process.

use portres_model::{Credentials, ProcessId, Spelling, Who, parse_credentials};

use super::{Said, Session, wrong};
use crate::trace::{TraceError, misspelt};

impl Session {
    /// Tells who calls, or goes on as another process. A user who has none gets one, with Winsock started.
    pub(super) fn act_as(&mut self, rest: &str) -> Result<String, TraceError> {
        let mut words = rest.split_whitespace();
        let (first, more) = (words.next().unwrap_or_default(), words.collect::<Vec<_>>().join(" "));
        if first.is_empty() {
            return Ok(self.caller());
        }
        if let Ok(who) = first.parse::<Who>() {
            if who == Who::MACHINE || !more.is_empty() {
                return Err(wrong(
                    "expected a process like `p1`, or a user; events of the machine can be typed by anybody",
                ));
            }
            self.now.by = who;
            return Ok(self.caller());
        }
        let line = format!("user={first} {more}");
        let credentials = parse_credentials(&mut Spelling::new(line.trim_end()));
        let credentials = credentials.map_err(|e| TraceError { column: 0, ..misspelt(0, e) })?;
        let fits = |has: &Credentials| match more.as_str() {
            "" => has.user == credentials.user,
            _ => *has == credentials,
        };
        let found = self.now.world.processes().find(|(_, process)| fits(&process.credentials));
        if let Some((process, _)) = found {
            self.now.by = Who::process(process);
            return Ok(self.caller());
        }
        self.start(credentials)
    }

    fn start(&mut self, credentials: Credentials) -> Result<String, TraceError> {
        let process = self.next_process();
        let lines =
            [format!("machine: start {process} {credentials}"), format!("{process}: startup")];
        let mut text = String::new();
        for line in lines {
            match self.type_call(&line, None)? {
                Said::Text(told) => text += &told,
                _ => return Err(wrong(format!("`{line}` is not answered as it should be"))),
            }
        }
        self.now.by = Who::process(process);
        Ok(text + &self.caller())
    }

    /// A process that nobody has been.
    fn next_process(&self) -> ProcessId {
        let here = self.now.world.processes().map(|(process, _)| process.0);
        let called = self.made.iter().map(|made| made.event.who.process.0);
        let greatest = here.chain(called).chain([self.now.by.process.0]).max();
        ProcessId(greatest.unwrap_or_default() + 1)
    }

    fn caller(&self) -> String {
        let who = self.now.by;
        match self.now.world.credentials(who.process) {
            Some(credentials) => format!("{who}: {credentials}\n"),
            None => format!("{who}: {}, from its first call on\n", Credentials::default()),
        }
    }
}
