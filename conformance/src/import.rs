//! Importing: cases of other test suites become traces.
//!
//! `docs/peer-cases.md` is the grammar of a case. The replies of a trace are what the case asserts, and nothing else:
//! none is produced by the model. A port that the system chose is a stand-in.

use portres_model::{Call, Error, Reply};

use crate::check::{Report, Settings, Verdict, check};
use crate::limits;
use crate::trace::{Event, Expectation, Item, Observed, Part, Reader, Spelled, write_item};

mod case;
mod changed;
mod codes;
mod convert;
mod expect;
mod machine;
mod op;

pub use case::{Case, Cases};
pub use op::operations;

use convert::{convert, groups};
use op::Op;

/// The most bytes in a line.
const LINE_LIMIT: usize = crate::trace::LINE_LIMIT;

/// A case cannot be read, or says what no trace can say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {}{message}", place.as_ref().map(|p| format!("{p}: ")).unwrap_or_default())]
pub struct CaseError {
    /// The line, from 1.
    pub line: u64,
    /// The case, and the call in it.
    pub place: Option<String>,
    /// What was expected and what was found.
    pub message: String,
}

/// What becomes of a case.
#[derive(Clone, Debug)]
pub enum Imported {
    /// It is no matter of ports, for this reason.
    OutOfScope(String),
    /// Its traces: several, where the suite does not tell which call fails.
    Traces(Vec<Imitation>),
}

/// A trace of a case.
#[derive(Clone, Debug)]
pub struct Imitation {
    /// Its name: the id of the case; behind it the calls that fail, where there are several traces.
    pub name: String,
    /// The trace, in text.
    pub text: String,
    /// How many outputs that the case asserts it cannot tell.
    pub not_told: usize,
}

impl Case {
    /// The name of the folder for the suite: what the ids of its cases begin with.
    #[must_use]
    pub fn folder(&self) -> &str {
        self.id.split('-').next().unwrap_or(&self.id)
    }

    /// The traces of the case.
    ///
    /// # Errors
    /// If no trace can say what the case says.
    pub fn import(&self) -> Result<Imported, CaseError> {
        let mut reasons = std::collections::BTreeMap::new();
        Op::out_of_scope(&self.steps, &mut reasons);
        if !reasons.is_empty() {
            let reason =
                |(reason, ops): (&&str, &Vec<&str>)| format!("{reason} ({})", ops.join(", "));
            let reasons: Vec<String> = reasons.iter().map(reason).collect();
            return Ok(Imported::OutOfScope(reasons.join("; ")));
        }
        let sizes = groups(&self.steps);
        let most = limits::WAYS;
        let ways_in_all = sizes.iter().try_fold(1_usize, |ways, size| ways.checked_mul(*size));
        if ways_in_all.is_none_or(|ways| ways > most) {
            let message =
                format!("expected at most {most} ways in which its calls may fail, found more");
            return Err(CaseError {
                line: self.line,
                place: Some(format!("case {}", self.id)),
                message,
            });
        }
        let mut traces = Vec::new();
        for picks in ways(&sizes) {
            let failing: Vec<String> = picks.iter().map(|pick| format!("-{pick}")).collect();
            let behind =
                if picks.is_empty() { String::new() } else { format!("-at{}", failing.concat()) };
            traces.push(self.imitation(&format!("{}{behind}", self.id), &picks)?);
        }
        Ok(Imported::Traces(traces))
    }

    fn imitation(&self, name: &str, picks: &[usize]) -> Result<Imitation, CaseError> {
        let told = convert(self, picks)?;
        let mut lines = vec![format!("portres trace {}", crate::trace::FORMAT)];
        lines.push(format!("title {}", self.title()));
        lines.push(format!("source {}", self.cited()));
        lines.push("profile likely".into());
        lines.extend(told.header);
        lines.push(String::new());
        lines.extend(told.events);
        let text = neat(&lines.join("\n")).map_err(|message| CaseError {
            line: self.line,
            place: Some(format!("case {}", self.id)),
            message,
        })?;
        Ok(Imitation { name: name.to_string(), text, not_told: told.not_told })
    }

    /// The note as a sentence that is not long.
    fn title(&self) -> String {
        let note = words(&self.note);
        let short = match note.char_indices().nth(MOST_TITLE) {
            Some((end, _)) => {
                note[..end].rsplit_once("; ").map_or(note.as_str(), |(first, _)| first)
            }
            None => note.as_str(),
        };
        let mut letters = short.chars();
        let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
        first + letters.as_str()
    }

    fn cited(&self) -> String {
        words(&[self.id.as_str(), &self.suite, &self.source, &self.platform].join("; "))
    }
}

/// The characters of a title beyond which a second sentence is left out.
const MOST_TITLE: usize = 120;

/// The words as a header line can have them.
fn words(text: &str) -> String {
    text.replace('#', "no. ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every way in which each group may fail at one of its calls.
fn ways(sizes: &[usize]) -> Vec<Vec<usize>> {
    let longer = |ways: Vec<Vec<usize>>, size: &usize| {
        let with = |way: &Vec<usize>| {
            (1..=*size).map(|pick| [way.as_slice(), &[pick]].concat()).collect::<Vec<_>>()
        };
        ways.iter().flat_map(with).collect()
    };
    sizes.iter().fold(vec![Vec::new()], longer)
}

/// The text as the writer of traces writes it.
fn neat(text: &str) -> Result<String, String> {
    let items: Vec<Item> = Reader::new(text.as_bytes()).collect::<Result<_, _>>().map_err(|e| {
        let line = usize::try_from(e.line).ok().and_then(|n| text.lines().nth(n.checked_sub(1)?));
        format!("its trace cannot be read: {e}, in `{}`", line.unwrap_or_default())
    })?;
    Ok(written(&items))
}

fn written(items: &[Item]) -> String {
    let mut bytes = Vec::new();
    for item in items {
        write_item(&mut bytes, Spelled::Text, item).expect("memory takes it");
    }
    String::from_utf8(bytes).expect("a trace is text")
}

impl Imitation {
    /// Judges the trace by the profile that it names.
    ///
    /// # Panics
    /// Never: the trace has been read before.
    #[must_use]
    pub fn judge(&self, settings: &Settings<'_>) -> Report {
        judge(&self.text, settings)
    }

    /// The same trace with each error code in turn changed to another that no rule permits there: one that the call knows,
    /// or else one that another call of the trace knows. Each expects to be refused.
    #[must_use]
    pub fn changed(&self, settings: &Settings<'_>) -> Vec<Imitation> {
        let items: Vec<Item> = Reader::new(self.text.as_bytes()).flatten().collect();
        let events = items.iter().enumerate().filter_map(|(i, item)| match item {
            Item::Event(event) => Some((i, event)),
            _ => None,
        });
        let calls: Vec<Call> = events.clone().filter_map(|(_, event)| call(event)).collect();
        let mut changed = Vec::new();
        for (number, (place, event)) in events.enumerate() {
            let Some(code) = exact_error(event) else { continue };
            let Some(call) = call(event) else { continue };
            let others = changed::others(&call, &calls, changed::turn(&self.name, number));
            let trace = others
                .into_iter()
                .filter(|other| *other != code)
                .find_map(|other| self.with(&items, place, number as u64 + 1, other, settings));
            changed.extend(trace);
        }
        changed
    }

    /// The trace with another code at an event, if that is refused there and nowhere before.
    fn with(
        &self,
        items: &[Item],
        place: usize,
        number: u64,
        code: Error,
        settings: &Settings<'_>,
    ) -> Option<Imitation> {
        let mut items = items.to_vec();
        let Item::Event(event) = &mut items[place] else { return None };
        let Part::Whole { reply, .. } = &mut event.part else { return None };
        *reply = Reply::Failed(code).into();
        // the count was that of the other code
        event.bytes = None;
        let report = judge(&written(&items), settings);
        let divergence = report.divergences.first().filter(|d| d.event == number)?;
        let rule = divergence.refused_by.first()?.rule;
        if let Some(Item::Header(header)) = items.first_mut() {
            header.expect = vec![Expectation { event: number, rule }];
        }
        Some(Imitation {
            name: format!("{}-{number}", self.name),
            text: written(&items),
            not_told: self.not_told,
        })
    }
}

fn judge(text: &str, settings: &Settings<'_>) -> Report {
    let mut reports = check(text.as_bytes(), settings).expect("the trace has been read before");
    reports.swap_remove(0)
}

fn call(event: &Event) -> Option<Call> {
    match event.part {
        Part::Whole { call, .. } => Some(call),
        Part::Begin { .. } | Part::End { .. } => None,
    }
}

fn exact_error(event: &Event) -> Option<Error> {
    match event.part {
        Part::Whole { reply: Observed::Exactly(Reply::Failed(error)), .. } => Some(error),
        _ => None,
    }
}

/// Whether a report accepts what a case asserts.
#[must_use]
pub fn accepts(report: &Report) -> bool {
    report.verdict == Verdict::Conforms
}
