//! Making calls: what is typed becomes an event, and the machine answers or takes the reply that was typed.

use portres_model::{Call, Names, ProcessId, Profile, Reply, Shape, Spelling, Who, parse_call};

use super::{COMMANDS, MOST_CALLS, Made, Moment, Said, Session, machine, unknown, wrong};
use crate::legal::{Vacant, likeliest};
use crate::report;
use crate::trace::{Event, Observed, Part, TraceError, parse_script_event};
use crate::wrap::paragraph;

/// What is to be done about a call.
pub(super) struct Wanted {
    pub(super) event: Event,
    pub(super) call: Call,
    names: Option<Names>,
    /// The reply, where it was typed.
    reply: Option<Reply>,
}

impl Wanted {
    /// A call that is to have this reply.
    pub(super) fn new(event: Event, call: Call, names: Option<Names>, reply: Reply) -> Wanted {
        Wanted { event, call, names, reply: Some(reply) }
    }
}

/// What became of a call.
pub(super) enum Done {
    /// It has been made.
    Made,
    /// Nothing has changed: no reading allows the reply, for these reasons.
    Impossible(String),
}

impl Session {
    /// Makes the call of a line, with the comment behind it.
    pub(super) fn type_call(
        &mut self,
        line: &str,
        note: Option<String>,
    ) -> Result<Said, TraceError> {
        let mut wanted = self.read_call(line)?;
        wanted.event.note = note;
        let leaves = wanted.call == Call::Exit;
        match self.make(wanted)? {
            Done::Impossible(why) => Ok(Said::Impossible(why)),
            Done::Made => {
                self.undone.clear();
                let mut text = self.told();
                if leaves {
                    text += "  That was the process: `quit` leaves the shell.\n";
                }
                Ok(Said::Text(text))
            }
        }
    }

    /// The call of a line; the caller may be left out.
    pub(super) fn read_call(&self, line: &str) -> Result<Wanted, TraceError> {
        let first = line.split_whitespace().next().unwrap_or_default();
        let has_caller = first.ends_with(':');
        let (caller, rest) = match has_caller {
            true => (first.to_string(), line.trim_start().get(first.len()..).unwrap_or_default()),
            false => (format!("{}:", self.now.by), line),
        };
        let mut words = rest.split_whitespace();
        let (head, second) = (words.next().unwrap_or_default(), words.next());
        if !has_caller && second != Some("=") && !Call::heads().any(|known| known == head) {
            let known = Call::heads().chain(COMMANDS.iter().map(|(word, ..)| *word));
            let known = known.chain(machine::header_lines());
            return Err(unknown("a call or a command (`help` lists them)", first, known));
        }
        let name = self.unsaid(rest).map(|names| format!("{names} = ")).unwrap_or_default();
        let prefix = format!("{caller} {name}");
        // the column is that of the line, which has no prefix and may have a caller
        let before = line.chars().count() - rest.chars().count();
        let mut event = parse_script_event(0, &format!("{prefix}{rest}")).map_err(|e| {
            let column = (e.column + before).saturating_sub(prefix.chars().count());
            TraceError { column: if e.column == 0 { 0 } else { column }, ..e }
        })?;
        let Part::Whole { call, names, reply } = event.part else {
            return Err(wrong(
                "one call is made at a time: `portres check` judges calls that overlap",
            ));
        };
        if call.is_of_machine() && !has_caller {
            event.who = Who::MACHINE;
        }
        let reply = match reply {
            Observed::Unknown => None,
            Observed::Exactly(Reply::Unsupported) => {
                return Err(wrong("expected a reply, found `unsupported`"));
            }
            Observed::Exactly(reply) => Some(reply),
            Observed::Fails | Observed::Succeeds | Observed::OneOf(_) => {
                return Err(wrong("expected one whole reply: the shell goes on from one"));
            }
        };
        let names = reply.and_then(|reply| reply.names()).or(names);
        Ok(Wanted { event, call, names, reply })
    }

    /// The name of what a call creates, where it is left out before a reply that gives one.
    fn unsaid(&self, line: &str) -> Option<Names> {
        let (call, _) = line.split_once("->")?;
        let call = parse_call(&mut Spelling::new(call)).ok()?;
        creates(&call, &self.now)
    }

    /// A call that is made, with the reply that it is to have.
    pub(super) fn again_as(made: &Made, reply: Reply) -> Wanted {
        let names = reply.names().or(made.names());
        let event = Event { bytes: None, ..made.event.clone() };
        Wanted::new(event, made.call, names, reply)
    }

    /// Makes a call.
    pub(super) fn make(&mut self, wanted: Wanted) -> Result<Done, TraceError> {
        let Wanted { mut event, call, names, reply } = wanted;
        if self.made.len() == MOST_CALLS {
            return Err(wrong(format!(
                "a session has at most {MOST_CALLS} calls: `new` begins anew"
            )));
        }
        let here = self.now.declared(event.who.process);
        let names = names.or_else(|| creates(&call, &here));
        let part = |reply: Reply| {
            let names = names.filter(|_| reply.names().is_none());
            Part::Whole { call, names, reply: reply.into() }
        };
        is_vacant(&here, &call, names)?;
        event.part = part(reply.unwrap_or(Reply::Ok));
        let bytes = event.bytes.filter(|_| reply.is_some());
        here.known.clone().follow(&Event { bytes, ..event.clone() }).map_err(wrong)?;
        let reply = match reply {
            Some(reply) => reply,
            None => self.choose(&here, event.who.process, &call, names)?,
        };
        event.part = part(reply);
        let Some((after, step)) = self.now.behind(&self.named, &event, &call, &reply) else {
            return self.against(&event).map(Done::Impossible);
        };
        let by = self.now.by;
        self.before = std::mem::replace(&mut self.now, after);
        let (rules, discovery) = (step.rules.to_vec(), step.discovery);
        self.made.push(Made { event, call, reply, by, rules, discovery });
        Ok(Done::Made)
    }

    /// What the machine answers of itself: the likeliest reading, the lowest port.
    fn choose(
        &self,
        here: &Moment,
        by: ProcessId,
        call: &Call,
        names: Option<Names>,
    ) -> Result<Reply, TraceError> {
        let left = Profile::settled(&likeliest(&here.left));
        let settled = Moment { left, ..here.clone() };
        let replies = settled.turn(&self.named, by, call).replies(here.vacant(names));
        let first = replies.into_iter().find_map(|legal| legal.reply);
        first.ok_or_else(|| wrong("no reply of this call is foreseen: type one behind `->`"))
    }

    /// What speaks against an event: what `check` says of it.
    pub(super) fn against(&self, event: &Event) -> Result<String, TraceError> {
        let report = self.judged(self.made.iter().map(|m| &m.event).chain([event]))?;
        let number = self.made.len() as u64 + 1;
        match report.divergences.iter().find(|d| d.event == number) {
            // the line of the event is no line of a file
            Some(divergence) => {
                let text = report::divergence(divergence);
                let lines =
                    text.lines().skip(1).map(|line| line.strip_prefix("  ").unwrap_or(line));
                let lines: String = lines.map(|line| format!("{line}\n")).collect();
                Ok(format!("{}: impossible\n{lines}", event.to_string().trim_end()))
            }
            None => Ok(format!(
                "{event}: possible only by something that nobody has seen, as a block that has vanished: \
                 type that first (`machine: vanish …`)\n"
            )),
        }
    }

    /// The last call, with its reply, the rule, and how many other replies there are.
    pub(super) fn told(&self) -> String {
        let Some(made) = self.made.last() else { return String::new() };
        let mut text = format!("{}\n", made.event);
        if let Some(rule) = made.rules.first() {
            let head = format!("  {rule} ({}): ", report::sources(*rule));
            text += &paragraph(&head, rule.says());
        }
        if let Some(question) = made.discovery {
            text += &format!("  a discovery: nobody has foreseen this answer to {question}\n");
        }
        let others = self.legal(made).iter().filter(|l| l.reply.is_some()).count();
        if others > 1 {
            text += &format!("  {} legal: `pick` lists all\n", others_are(others - 1));
        }
        text
    }
}

/// The name for what a call creates.
fn creates(call: &Call, here: &Moment) -> Option<Names> {
    let Vacant { socket, token } = here.next;
    match call.shape() {
        Shape::Socket | Shape::Opened => Some(Names::Socket(socket)),
        Shape::Reserved | Shape::Token => Some(Names::Token(token)),
        _ => None,
    }
}

/// A name that is given must be nobody's.
fn is_vacant(here: &Moment, call: &Call, names: Option<Names>) -> Result<(), TraceError> {
    match names {
        Some(Names::Socket(socket)) if !here.world.is_vacant(socket) => {
            Err(wrong(format!("the name {socket} is that of an open socket")))
        }
        Some(Names::Token(token))
            if matches!(call, Call::Acquire { .. }) && here.world.reservation(token).is_some() =>
        {
            Err(wrong(format!("the name {token} is that of a reservation that exists")))
        }
        _ => Ok(()),
    }
}

fn others_are(count: usize) -> String {
    match count {
        1 => "another reply is".into(),
        several => format!("{several} other replies are"),
    }
}
