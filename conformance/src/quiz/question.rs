//! A question: a machine, and a call that is made next.

use portres_model::{Call, Names, Process, ProcessId, Profile, Shape, Who, World, apply};

use crate::legal::{Legal, Turn, Vacant};
use crate::trace::{Event, Header, Item, Known, Observed, Part, Spelled, write_item};

/// A machine and a call.
#[derive(Clone)]
pub struct Question {
    /// Its number, from 1.
    pub number: usize,
    pub(super) header: Header,
    /// The calls that have been answered.
    pub(super) events: Vec<Event>,
    pub(super) world: World,
    /// The readings that the calls so far leave.
    pub(super) left: Profile,
    known: Known,
    pub(super) who: Who,
    pub(super) call: Call,
    pub(super) names: Option<Names>,
}

impl Question {
    /// A question that is made by a function, if it makes one.
    pub(super) fn of(
        number: usize,
        make: impl FnOnce(&mut Question) -> Option<()>,
    ) -> Option<Question> {
        let mut question = Question {
            number,
            header: Header::default(),
            events: Vec::new(),
            world: World::default(),
            left: Profile::documented(),
            known: Known::default(),
            who: Who::MACHINE,
            call: Call::Restart,
            names: None,
        };
        make(&mut question).map(|()| question)
    }

    /// The machine behind these events; `None` if the documented profile does not allow them, or tells not all.
    pub(super) fn begin(&mut self, header: &Header, events: &[Event]) -> Option<()> {
        // a title would tell the answer
        self.header = Header {
            title: None,
            source: None,
            recorded: None,
            expect: Vec::new(),
            notes: Vec::new(),
            ..header.clone()
        };
        self.world = header.world();
        self.known.start(header).ok()?;
        for event in events {
            let Part::Whole { call, reply: Observed::Exactly(reply), .. } = event.part else {
                return None;
            };
            let by = event.who.process;
            self.declare(by);
            let step = Turn::new(&self.world, &self.left, by, &call).explains(&reply)?;
            self.left.assume(&step.needs).ok()?;
            self.known.follow(event).ok()?;
            apply(&mut self.world, by, &call, &reply);
            // sources behind the events would tell the answer
            self.events.push(Event { note: None, bytes: None, raw: None, ..event.clone() });
        }
        Some(())
    }

    /// The call that is asked about; `None` where nothing can be answered that somebody has foreseen.
    pub(super) fn ask(&mut self, who: Who, call: Call, names: Option<Names>) -> Option<()> {
        self.declare(who.process);
        let (socket, token) = self.known.unused();
        let names = match call.shape() {
            Shape::Socket | Shape::Opened => Some(names.unwrap_or(Names::Socket(socket))),
            Shape::Reserved | Shape::Token => Some(names.unwrap_or(Names::Token(token))),
            _ => names,
        };
        (self.who, self.call, self.names) = (who, call, names);
        let event = Event::begun(who, call, names);
        self.known.clone().follow(&event).ok()?;
        let legal = self.legal();
        // of what a request gives only the list tells whether it has a name
        if call.shape() == Shape::Outcome && self.names.is_none() {
            self.names = legal.iter().find_map(|legal| legal.reply?.names());
        }
        legal.iter().any(|legal| legal.reply.is_some()).then_some(())
    }

    fn declare(&mut self, process: ProcessId) {
        if process != ProcessId::MACHINE && self.world.process(process).is_none() {
            self.world.put_process(process, Some(Process::undeclared()));
        }
    }

    /// The call, with who makes it.
    #[must_use]
    pub fn call(&self) -> String {
        Event::begun(self.who, self.call, self.names).to_string()
    }

    /// What there was before it, as the lines of a trace.
    #[must_use]
    pub fn setup(&self) -> Vec<String> {
        let mut text = Vec::new();
        let header = std::iter::once(Item::Header(Box::new(self.header.clone())));
        let events = self.events.iter().cloned().map(Item::Event);
        for item in header.chain(events) {
            // to memory this does not fail
            drop(write_item(&mut text, Spelled::Text, &item));
        }
        let text = String::from_utf8_lossy(&text).into_owned();
        let goes_without_saying =
            |line: &&str| line.starts_with("portres trace") || *line == "world closed";
        let lines = text.lines().filter(|line| !goes_without_saying(line));
        lines.skip_while(|line| line.is_empty()).map(str::to_string).collect()
    }

    /// Every reply that may be given.
    #[must_use]
    pub fn legal(&self) -> Vec<Legal> {
        self.turn().replies(self.vacant())
    }

    pub(super) fn turn(&self) -> Turn<'_> {
        Turn::new(&self.world, &self.left, self.who.process, &self.call)
    }

    fn vacant(&self) -> Vacant {
        let (socket, token) = self.known.unused();
        match self.names {
            Some(Names::Socket(socket)) => Vacant { socket, token },
            Some(Names::Token(token)) => Vacant { socket, token },
            None => Vacant { socket, token },
        }
    }

    /// Whether another asks the same.
    pub(super) fn is_like(&self, other: &Question) -> bool {
        self.call() == other.call() && self.setup() == other.setup()
    }
}
