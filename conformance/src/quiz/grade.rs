//! Judging answers.

use portres_model::{Error, Reply, Shape, Spelling, parse_reply};
use serde::Serialize;

use super::{Paper, Question};
use crate::check::{Follower, PermittedReply, RefusedBy};
use crate::trace::{Event, Part};
use crate::{Profiles, Settings};

/// How an answer counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// It names every reply that may be given and that somebody has foreseen, and no other.
    Complete,
    /// Every reply that it names may be given.
    Right,
    /// It names one that may not be given.
    Wrong,
    /// It is no reply of the call.
    Unreadable,
    /// There is none.
    Missing,
}

impl Mark {
    /// Its sign in a table.
    #[must_use]
    pub const fn sign(self) -> char {
        match self {
            Mark::Complete => '*',
            Mark::Right => '+',
            Mark::Wrong => '-',
            Mark::Unreadable => '?',
            Mark::Missing => '.',
        }
    }

    /// Whether it gives a point.
    #[must_use]
    pub const fn is_right(self) -> bool {
        matches!(self, Mark::Complete | Mark::Right)
    }
}

/// What there is to say of one reply that was answered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// The reply.
    pub reply: String,
    /// Whether it may be given.
    pub permitted: bool,
    /// The rules that give it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<&'static str>,
    /// What it takes: the answers to open questions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub under: Vec<String>,
    /// The rules that refuse it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused_by: Vec<RefusedBy>,
    /// How it was probably meant, or why it does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub perhaps: Option<String>,
}

/// An answer to a question.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Graded {
    /// The number of the question.
    pub question: usize,
    /// What there was.
    pub setup: Vec<String>,
    /// The call that is asked about.
    pub call: String,
    /// The answer, as it was given.
    pub answer: String,
    /// How it counts.
    pub mark: Mark,
    /// Why it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
    /// Each reply that it names.
    pub replies: Vec<Judged>,
    /// Every reply that may be given.
    pub legal: Vec<PermittedReply>,
}

/// A paper with its answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sheet {
    /// Whose: the file, or `-`.
    pub name: String,
    /// The paper.
    #[serde(flatten)]
    pub paper: Paper,
    /// The version that drew it.
    pub version: &'static str,
    /// How many questions there are.
    pub of: usize,
    /// How many answers are right.
    pub right: usize,
    /// How many of these are complete.
    pub complete: usize,
    /// The answers.
    pub answers: Vec<Graded>,
}

impl Question {
    /// Judges an answer: one reply, or several with `|` or commas between.
    #[must_use]
    pub fn grade(&self, answer: &str) -> Graded {
        let answer = answer.split('#').next().unwrap_or_default().trim();
        let mut graded = self.ungraded(answer);
        if answer.is_empty() {
            return graded;
        }
        let mut replies = Vec::new();
        for part in answer.split(['|', ',']) {
            match self.read(part) {
                Ok(reply) if replies.contains(&reply) => {}
                Ok(reply) => replies.push(reply),
                Err(why) => {
                    graded.mark = Mark::Unreadable;
                    graded.unreadable = Some(why);
                    return graded;
                }
            }
        }
        graded.replies = replies.iter().map(|reply| self.judge(reply)).collect();
        graded.mark = match () {
            () if graded.replies.iter().any(|judged| !judged.permitted) => Mark::Wrong,
            () if self.is_complete(&replies) => Mark::Complete,
            () => Mark::Right,
        };
        graded
    }

    fn ungraded(&self, answer: &str) -> Graded {
        let line = |legal: crate::legal::Legal| PermittedReply {
            reply: legal.says,
            rule: legal.rule,
            under: legal.under,
        };
        Graded {
            question: self.number,
            setup: self.setup(),
            call: self.call(),
            answer: answer.into(),
            mark: Mark::Missing,
            unreadable: None,
            replies: Vec::new(),
            legal: self.legal().into_iter().map(line).collect(),
        }
    }

    fn read(&self, text: &str) -> Result<Reply, String> {
        let mut words = Spelling::new(text);
        let reply = parse_reply(&mut words, &self.call, self.names).map_err(|e| e.to_string())?;
        words.end().map_err(|e| e.to_string())?;
        match reply {
            Reply::Unsupported => Err("expected a reply, found `unsupported`".into()),
            reply => Ok(reply),
        }
    }

    fn judge(&self, reply: &Reply) -> Judged {
        let step = self.turn().explains(reply);
        // what nobody has foreseen is no knowledge, though nothing forbids it
        let discovery = step.as_ref().and_then(|step| step.discovery);
        let permitted = step.is_some() && discovery.is_none();
        let (mut rules, mut under) = (Vec::new(), Vec::new());
        if let Some(step) = step.as_ref().filter(|_| permitted) {
            rules = step.rules.iter().map(|rule| rule.id()).collect();
            let clauses = step.needs.clauses().iter();
            let literals =
                |clause: &Vec<_>| clause.iter().map(ToString::to_string).collect::<Vec<_>>();
            under = clauses.map(|clause| literals(clause).join(" or ")).collect();
        }
        let refused_by = if step.is_some() { Vec::new() } else { self.against(reply) };
        let discovery = discovery.map(|question| {
            format!("not ruled out, but nobody has foreseen it as an answer to {question}")
        });
        let perhaps = self.perhaps(reply).filter(|_| !permitted).or(discovery);
        Judged { reply: reply.to_string(), permitted, rules, under, refused_by, perhaps }
    }

    /// A number that is an error's, where a port or a value is read.
    fn perhaps(&self, reply: &Reply) -> Option<String> {
        let number = match (*reply, self.call.shape()) {
            (Reply::Bound(port), _) => u32::from(port),
            (Reply::Value(value), Shape::Value) => value,
            _ => return None,
        };
        let name = Error::from_number(number).c_name()?;
        Some(format!("read as a number: the error {number} is spelled {name}"))
    }

    /// What `check` says against a reply.
    fn against(&self, reply: &Reply) -> Vec<RefusedBy> {
        let profiles = Profiles::built_in();
        let settings = Settings::new(&profiles);
        let Ok(mut follower) = Follower::new(&self.header, &settings) else { return Vec::new() };
        let names = self.names.filter(|_| reply.names().is_none());
        let part = Part::Whole { call: self.call, names, reply: (*reply).into() };
        let last = Event { part, ..Event::begun(self.who, self.call, self.names) };
        for event in self.events.iter().chain([&last]) {
            if follower.follow(event).is_err() {
                return Vec::new();
            }
        }
        let divergence = follower.finish().divergences.pop();
        divergence.map_or_else(Vec::new, |divergence| divergence.refused_by)
    }

    /// Whether replies that may all be given leave none out that somebody has foreseen.
    fn is_complete(&self, replies: &[Reply]) -> bool {
        let turn = self.turn();
        let mut foreseen = self.legal().into_iter().filter(|legal| legal.reply.is_some());
        foreseen.all(|legal| replies.iter().any(|reply| turn.is_of(&legal, reply)))
    }
}

impl Sheet {
    /// The answers to a paper, one a line; those that are missing at the end count as none. Lines that begin with `#` are
    /// passed over.
    ///
    /// # Errors
    /// If there are more answers than questions: the line of the first that has none, and how many there are.
    pub fn read(
        name: &str,
        paper: Paper,
        questions: &[Question],
        text: &str,
    ) -> Result<Sheet, String> {
        let mut answers: Vec<(usize, &str)> = (1..)
            .zip(text.lines())
            .filter(|(_, line)| !line.trim_start().starts_with('#'))
            .collect();
        while answers.last().is_some_and(|(_, line)| line.trim().is_empty()) {
            answers.pop();
        }
        if let Some((line, _)) = answers.get(questions.len()) {
            return Err(format!(
                "line {line}: expected the end of the file behind {}, found another answer",
                crate::report::counted(questions.len() as u64, "answer")
            ));
        }
        let given = |place: usize| answers.get(place).map_or("", |(_, line)| *line);
        let graded = (0..).zip(questions).map(|(place, question)| question.grade(given(place)));
        Ok(Sheet::of(name, paper, graded.collect()))
    }

    /// Of answers that have been judged, one for each question.
    #[must_use]
    pub fn of(name: &str, paper: Paper, answers: Vec<Graded>) -> Sheet {
        let count = |is: fn(&Graded) -> bool| answers.iter().filter(|graded| is(graded)).count();
        Sheet {
            name: name.into(),
            paper,
            version: crate::VERSION,
            of: answers.len(),
            right: count(|graded| graded.mark.is_right()),
            complete: count(|graded| graded.mark == Mark::Complete),
            answers,
        }
    }
}
