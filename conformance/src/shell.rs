//! A machine at the prompt: calls are typed in the trace's text form, each answer comes with its rule and clause, and another
//! legal reply can be picked.
//!
//! A session is a list of calls with their replies. To undo is to take one off and to follow the others anew, to pick is to
//! take one off and to make it again. What it gives is a trace like any other.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use portres_model::{
    Call, Error, Names, Process, ProcessId, Profile, Question, Reply, Rule, SocketId, Step, Token,
    Who, World, apply, bytes_returned,
};

use crate::check::Follower;
use crate::legal::{Turn, Vacant};
use crate::profiles::{NamedProfile, Profiles};
use crate::trace::{Event, Header, Item, Known, Part, TraceError};
use crate::wrap::{COLUMNS, folded};
use crate::{Report, Settings};

mod call;
mod command;
mod complete;
mod file;
mod help;
mod machine;
mod pick;
mod port_line;
mod state;
mod who;
mod why;

pub use command::{COMMANDS, Command};
pub use complete::Completion;
pub use help::first_lines;

/// The most calls of a session: who takes one back follows all before it anew.
pub const MOST_CALLS: usize = 10_000;

/// The picture of the ports needs as many.
const LEAST_COLUMNS: usize = 70;

/// What a line gives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Said {
    /// Lines to show; none for an empty line or a comment.
    Text(String),
    /// The reply that was typed is one that no reading allows: why not.
    Impossible(String),
    /// The trace is to be written here.
    Save(PathBuf),
    /// A trace is to be read from here, and given to [`Session::load`].
    Load(PathBuf),
    /// The end.
    Quit,
}

/// A machine, what has been asked of it, and what it answered.
#[derive(Clone)]
pub struct Session {
    profiles: Profiles,
    named: NamedProfile,
    header: Header,
    /// Before the last call.
    before: Moment,
    now: Moment,
    made: Vec<Made>,
    /// What was taken back last stands last.
    undone: Vec<Event>,
    stop: Arc<AtomicBool>,
    columns: usize,
}

/// The machine between two calls.
#[derive(Clone)]
struct Moment {
    world: World,
    /// The readings that the replies so far leave.
    left: Profile,
    known: Known,
    /// The names for what the next call may create.
    next: Vacant,
    /// Who types.
    by: Who,
}

/// A call that has been answered.
#[derive(Clone)]
struct Made {
    event: Event,
    call: Call,
    reply: Reply,
    /// Who typed it.
    by: Who,
    /// The rules that explain the reply, any one of them enough.
    rules: Vec<Rule>,
    /// The question that it answers with a code that nobody foresaw.
    discovery: Option<Question>,
}

/// The name that stands before a call.
fn named_in(event: &Event) -> Option<Names> {
    match event.part {
        Part::Whole { names, reply, .. } => reply.names().or(names),
        Part::Begin { .. } | Part::End { .. } => None,
    }
}

/// An error of the line as a whole.
fn wrong(message: impl Into<String>) -> TraceError {
    TraceError { line: 0, column: 0, message: message.into(), suggestion: None }
}

/// The word, which is none of those known here.
fn unknown<'a>(what: &str, word: &str, known: impl IntoIterator<Item = &'a str>) -> TraceError {
    let known: Vec<String> = known.into_iter().map(str::to_string).collect();
    let message = match word {
        "" => format!("expected {what}, found the end of the line"),
        word => format!("expected {what}, found `{}`", word.escape_debug()),
    };
    let suggestion = (!word.is_empty()).then(|| (word.to_string(), known));
    TraceError { suggestion, ..wrong(message) }
}

impl Moment {
    fn new(header: &Header, named: &NamedProfile) -> Moment {
        let mut known = Known::default();
        // a header whose names are wrong has been refused
        drop(known.start(header));
        let first = header.processes.first().map_or(ProcessId(1), |p| p.process);
        let by = Who::process(first);
        let token = header.reserved.iter().map(|r| r.token.0 + 1).max().unwrap_or(1);
        let next = Vacant { socket: SocketId(1), token: Token(token) };
        Moment { world: header.world(), left: named.profile.clone(), known, next, by }
    }

    /// With the process that nothing declared, which exists from its first call on.
    fn declared(&self, process: ProcessId) -> Moment {
        let mut moment = self.clone();
        if process != ProcessId::MACHINE && moment.world.process(process).is_none() {
            moment.world.put_process(process, Some(Process::undeclared()));
        }
        moment
    }

    fn turn<'a>(&'a self, named: &NamedProfile, by: ProcessId, call: &Call) -> Turn<'a> {
        match named.lacks(call) {
            true => Turn::without(&self.world, &self.left),
            false => Turn::new(&self.world, &self.left, by, call),
        }
    }

    /// Behind a call that gave this reply, with what explains it; `None` if no reading does.
    fn behind(
        &self,
        named: &NamedProfile,
        event: &Event,
        call: &Call,
        reply: &Reply,
    ) -> Option<(Moment, Step)> {
        let by = event.who.process;
        let mut after = self.declared(by);
        let step = after.turn(named, by, call).explains(reply)?;
        after.left.assume(&step.needs).ok()?;
        after.known.follow(event).ok()?;
        if !named.lacks(call) {
            apply(&mut after.world, by, call, reply);
        }
        let is_pending = *reply == Reply::Failed(Error::IoPending);
        after.take(reply.names().or(named_in(event).filter(|_| is_pending)));
        if let Some(bytes) = event.bytes {
            if let Some(all) = bytes_returned(&after.world, by, call, reply) {
                let counted = all.explains(&after.world, &after.left, &Reply::Bytes(bytes))?;
                after.left.assume(&counted.needs).ok()?;
            }
        }
        Some((after, step))
    }

    /// The names for what the next call may create.
    fn vacant(&self, names: Option<Names>) -> Vacant {
        match names {
            Some(Names::Socket(socket)) => Vacant { socket, ..self.next },
            Some(Names::Token(token)) => Vacant { token, ..self.next },
            None => self.next,
        }
    }

    /// A name that was given is given to nothing else by itself; one that a refused call had is.
    fn take(&mut self, names: Option<Names>) {
        match names {
            Some(Names::Socket(socket)) => {
                self.next.socket = self.next.socket.max(SocketId(socket.0 + 1));
            }
            Some(Names::Token(token)) => self.next.token = self.next.token.max(Token(token.0 + 1)),
            None => {}
        }
    }
}

impl Made {
    fn who(&self) -> Who {
        self.event.who
    }

    fn names(&self) -> Option<Names> {
        named_in(&self.event)
    }
}

impl Session {
    /// A fresh machine of nobody, under the profile `documented`.
    ///
    /// # Panics
    /// Never: the profile is built in.
    #[must_use]
    pub fn new(profiles: Profiles) -> Session {
        let named = profiles.get("documented").expect("it is built in").clone();
        let header = Header::default();
        let now = Moment::new(&header, &named);
        let (before, stop) = (now.clone(), Arc::default());
        Session {
            profiles,
            named,
            header,
            before,
            now,
            made: Vec::new(),
            undone: Vec::new(),
            stop,
            columns: COLUMNS,
        }
    }

    /// The same under another profile.
    #[must_use]
    pub fn under(mut self, named: NamedProfile) -> Session {
        self.profiles.add(named.clone());
        self.named = named;
        self.name_profile();
        self.restart();
        self
    }

    /// What stops a long load or check when it is set; the next line begins with it cleared.
    #[must_use]
    pub fn stop(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    /// How wide the lines are that explain something.
    pub fn set_columns(&mut self, columns: usize) {
        self.columns = columns.max(LEAST_COLUMNS);
    }

    /// Who types: the process whose name a call without one gets.
    #[must_use]
    pub fn by(&self) -> Who {
        self.now.by
    }

    /// How many calls have been made.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.made.len()
    }

    /// Does what a line says.
    ///
    /// # Errors
    /// If it says nothing that there is: where, and what was expected. Nothing has changed then.
    pub fn line(&mut self, line: &str) -> Result<Said, TraceError> {
        Ok(match self.said(line)? {
            Said::Text(text) => Said::Text(folded(&text, self.columns)),
            Said::Impossible(text) => Said::Impossible(folded(&text, self.columns)),
            said => said,
        })
    }

    fn said(&mut self, line: &str) -> Result<Said, TraceError> {
        self.stop.store(false, Ordering::Relaxed);
        let (words, note) = match line.split_once('#') {
            Some((words, note)) => (words.trim_end(), Some(note.trim().to_string())),
            None => (line.trim_end(), None),
        };
        let first = words.split_whitespace().next().unwrap_or_default();
        if first.is_empty() {
            return Ok(Said::Text(String::new()));
        }
        let rest = words.trim_start().get(first.len()..).unwrap_or_default().trim();
        if let Some(command) = Command::of(first) {
            return self.obey(command, rest);
        }
        if machine::is_header_line(first) {
            return self.set_machine(words).map(Said::Text);
        }
        self.type_call(words, note)
    }

    fn obey(&mut self, command: Command, rest: &str) -> Result<Said, TraceError> {
        let text = match command {
            Command::Help => self.help(rest)?,
            Command::Why => self.why(rest)?,
            Command::Pick => return self.pick(rest),
            Command::Back => self.back(rest)?,
            Command::Again => self.again(rest)?,
            Command::State => self.state(rest)?,
            Command::World => return self.world_line(rest).map(Said::Text),
            Command::Profile => self.profile(rest)?,
            Command::As => self.act_as(rest)?,
            Command::New => self.begin_anew(rest)?,
            Command::Save => return file::path(rest).map(Said::Save),
            Command::Load => return file::path(rest).map(Said::Load),
            Command::Check => self.check(rest)?,
            Command::Explain => self.explained(rest)?,
            Command::Quit => {
                nothing_behind(rest)?;
                return Ok(Said::Quit);
            }
        };
        Ok(Said::Text(text))
    }

    fn last(&self) -> Result<&Made, TraceError> {
        self.made.last().ok_or_else(|| wrong("no call has been made yet: `help` shows some"))
    }

    /// The machine before anything was asked of it.
    fn restart(&mut self) {
        self.now = Moment::new(&self.header, &self.named);
        self.before = self.now.clone();
        self.made.clear();
        self.undone.clear();
    }

    /// The machine behind the calls that are left.
    fn follow_anew(&mut self) {
        let mut now = Moment::new(&self.header, &self.named);
        let mut before = now.clone();
        for made in &self.made {
            let (after, _) = now
                .behind(&self.named, &made.event, &made.call, &made.reply)
                .expect("what was explained once is explained again");
            before = std::mem::replace(&mut now, after);
        }
        (self.before, self.now) = (before, now);
    }

    /// The trace of what has been made.
    #[must_use]
    pub fn trace(&self) -> Vec<Item> {
        let events = self.made.iter().map(|made| Item::Event(made.event.clone()));
        std::iter::once(Item::Header(Box::new(self.header.clone()))).chain(events).collect()
    }

    fn settings(&self) -> Settings<'_> {
        Settings { profile: Some(&self.named), ..Settings::new(&self.profiles) }
    }

    /// What `check` says of these events.
    fn judged<'e>(
        &self,
        events: impl IntoIterator<Item = &'e Event>,
    ) -> Result<Report, TraceError> {
        let settings = self.settings();
        let header = Header { expect: Vec::new(), ..self.header.clone() };
        let mut follower = Follower::new(&header, &settings)?;
        for (event, number) in events.into_iter().zip(1..) {
            self.go_on()?;
            follower.follow(&Event { line: number, ..event.clone() })?;
        }
        Ok(follower.finish())
    }

    /// Unless somebody has asked to stop.
    fn go_on(&self) -> Result<(), TraceError> {
        match self.stop.load(Ordering::Relaxed) {
            true => Err(wrong("stopped")),
            false => Ok(()),
        }
    }

    fn check(&self, rest: &str) -> Result<String, TraceError> {
        nothing_behind(rest)?;
        let report = self.judged(self.made.iter().map(|made| &made.event))?;
        Ok(crate::report::line("the calls", &report) + "\n" + &crate::report::details(&report))
    }
}

/// A command that takes no words has none.
fn nothing_behind(rest: &str) -> Result<(), TraceError> {
    match rest {
        "" => Ok(()),
        rest => {
            Err(wrong(format!("expected the end of the line, found `{}`", rest.escape_debug())))
        }
    }
}
