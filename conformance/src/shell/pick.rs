//! Picking another legal reply, and taking calls back.

use portres_model::{Names, Reply, Spelling, parse_reply};

use super::call::Done;
use super::{Made, Said, Session, nothing_behind, wrong};
use crate::legal::Legal;
use crate::report::counted;
use crate::trace::{TraceError, misspelt};
use crate::wrap::paragraph;

impl Session {
    /// Every legal reply of the last call.
    pub(super) fn legal(&self, made: &Made) -> Vec<Legal> {
        let process = made.who().process;
        let here = self.before.declared(process);
        here.turn(&self.named, process, &made.call).replies(here.vacant(made.names()))
    }

    /// Lists the legal replies of the last call, or makes it answer another.
    pub(super) fn pick(&mut self, rest: &str) -> Result<Said, TraceError> {
        let legal = self.legal(self.last()?);
        if rest.is_empty() {
            return Ok(Said::Text(self.listed(&legal)));
        }
        let place = rest.parse::<usize>().ok().filter(|n| (1..=legal.len()).contains(n));
        let reply = match place {
            Some(place) => legal[place - 1]
                .reply
                .ok_or_else(|| wrong("nobody has foreseen the code: pick one by its name"))?,
            None => self.read_reply(rest)?,
        };
        let made = self.last()?.clone();
        let (before, after) = (self.before.clone(), self.now.clone());
        let by = self.now.by;
        self.made.pop();
        self.now = before.clone();
        let done = self.make(Session::again_as(&made, reply));
        if matches!(done, Ok(Done::Made)) {
            self.now.by = by;
            self.undone.clear();
            return Ok(Said::Text(self.told()));
        }
        (self.before, self.now) = (before, after);
        self.made.push(made);
        match done? {
            Done::Impossible(why) => Ok(Said::Impossible(why)),
            Done::Made => Ok(Said::Text(String::new())),
        }
    }

    fn listed(&self, legal: &[Legal]) -> String {
        let Some(made) = self.made.last() else { return String::new() };
        let process = made.who().process;
        let here = self.before.declared(process);
        let turn = here.turn(&self.named, process, &made.call);
        let mut text = format!("{}\n", made.event);
        for (legal, number) in legal.iter().zip(1..) {
            let given = if turn.is_of(legal, &made.reply) { "*" } else { " " };
            let under = match legal.under.as_slice() {
                [] => String::new(),
                some => format!(", if {}", some.join(" and ")),
            };
            let standing = legal.rule.standing().name();
            let line = format!("{}  [{} ({standing}){under}]", legal.says, legal.rule);
            text += &paragraph(&format!(" {given}{number:>2}  "), &line);
        }
        text + "  * is what it answered; `pick N` or `pick REPLY` takes another\n"
    }

    /// A reply to the last call.
    pub(super) fn read_reply(&self, text: &str) -> Result<Reply, TraceError> {
        let made = self.last()?;
        let names = made.names();
        let read = |names: Option<Names>| {
            let mut words = Spelling::new(text);
            let reply = parse_reply(&mut words, &made.call, names)?;
            words.end().map(|()| reply)
        };
        let reply = read(names).or_else(|e| read(None).map_err(|_| e));
        match reply {
            Ok(Reply::Unsupported) => Err(wrong("expected a reply, found `unsupported`")),
            // what is no reply of the call stands at no column of the line
            reply => reply.map_err(|e| TraceError { column: 0, ..misspelt(0, e) }),
        }
    }

    /// Takes calls back.
    pub(super) fn back(&mut self, rest: &str) -> Result<String, TraceError> {
        let count = match rest {
            "" => 1,
            number => number.parse().ok().filter(|n| *n > 0).ok_or_else(|| {
                wrong(format!(
                    "expected how many calls to take back, found `{}`",
                    rest.escape_debug()
                ))
            })?,
        };
        if count > self.made.len() {
            let there = counted(self.made.len() as u64, "call");
            return Err(wrong(format!("{there} can be taken back, not {count}")));
        }
        let left = self.made.len() - count;
        let by = self.made[left].by;
        let taken = self.made.drain(left..).rev().map(|made| made.event);
        self.undone.extend(taken);
        self.follow_anew();
        self.now.by = by;
        Ok(match self.made.last() {
            Some(made) => format!("back behind {}\n", made.event),
            None => "back at the beginning\n".into(),
        })
    }

    /// Makes again what was taken back last.
    pub(super) fn again(&mut self, rest: &str) -> Result<String, TraceError> {
        nothing_behind(rest)?;
        let event = self.undone.last().cloned();
        let event =
            event.ok_or_else(|| wrong("nothing was taken back: `back` takes a call back"))?;
        let wanted = super::file::whole(&event)?;
        match self.make(wanted)? {
            Done::Made => {
                self.undone.pop();
                Ok(self.told())
            }
            Done::Impossible(why) => Err(wrong(why.trim_end())),
        }
    }
}
