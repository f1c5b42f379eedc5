//! Exporting: a trace as a program for Windows that makes its calls and compares what it is answered.
//!
//! The walk over the trace (`walk`) and the calls (`step`) are the same for every language: a program is a list of calls of
//! some twenty functions that every language has under the same names (its preamble). A language says how these, their arguments and
//! what stands around them are spelled. What one process cannot do by itself stands in the program as a comment, and is counted.

use crate::trace::{Event, Header, Item, Spelled, write_item};

mod c;
mod powershell;
mod rust;
mod step;
mod walk;

use step::Expression;
use walk::{Line, Walked};

/// The language of a program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    /// C, for mingw or MSVC.
    C,
    /// Rust, with the crate `windows-sys`.
    Rust,
    /// PowerShell, 5.1 or later.
    PowerShell,
}

impl Language {
    /// All of them.
    pub const ALL: [Language; 3] = [Language::C, Language::Rust, Language::PowerShell];

    /// How files with programs in it end.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Language::C => "c",
            Language::Rust => "rs",
            Language::PowerShell => "ps1",
        }
    }

    fn spelling(self) -> &'static dyn Spelling {
        match self {
            Language::C => &c::C,
            Language::Rust => &rust::Rust,
            Language::PowerShell => &powershell::PowerShell,
        }
    }
}

/// A program made of a trace.
#[derive(Clone, Debug)]
pub struct Exported {
    /// Its text.
    pub text: String,
    /// How many calls it makes.
    pub calls: usize,
    /// The calls that it does not make.
    pub left_out: Vec<LeftOut>,
}

/// A call that a program does not make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its line in the trace, from 1.
    pub line: u64,
    /// The call, in text.
    pub call: String,
    /// Why.
    pub why: &'static str,
}

/// How a language spells programs.
trait Spelling: Sync {
    /// A comment of one line, without its end.
    fn comment(&self, text: &str) -> String;

    /// What stands before each line of the calls.
    fn indent(&self) -> &'static str;

    /// How the program is built and run, each line by itself.
    fn how_to_run(&self) -> &'static [&'static str];

    /// The functions that every program has.
    fn preamble(&self) -> &'static str;

    /// What stands between the functions and the calls; the program has these sockets and tokens.
    fn begin(&self, walked: &Walked) -> String;

    /// A call that is not compared.
    fn unseen(&self, call: &Expression) -> String;

    /// A call, its text in the trace, and what is expected of it.
    fn step(&self, call: &str, recorded: &str, expression: &Expression) -> String;

    /// What stands behind the calls.
    fn end(&self) -> &'static str;
}

/// A trace as a program.
#[must_use]
pub fn export(language: Language, header: &Header, events: &[Event]) -> Exported {
    let walked = walk::walk(header, events);
    let spelling = language.spelling();
    let mut body = spelling.begin(&walked);
    let mut put = |line: String| {
        body.push_str(&line);
        body.push('\n');
    };
    for line in &walked.lines {
        put(match line {
            Line::Unseen(expression) => spelling.unseen(expression),
            Line::Step { call, recorded, expression } => spelling.step(call, recorded, expression),
            Line::NotMade(LeftOut { call, why, .. }) => {
                let told = spelling.comment(&one_line(&format!("not made: {call}: {why}")));
                format!("{}{told}", spelling.indent())
            }
        });
    }
    let (calls, left_out) = (walked.calls(), walked.left_out());
    let mut text = head(spelling, header, calls, left_out.len());
    text.extend([spelling.preamble(), "\n", &body, spelling.end()]);
    Exported { text, calls, left_out }
}

/// What stands above the program: what it is, and which machine it wants.
fn head(spelling: &dyn Spelling, header: &Header, calls: usize, left_out: usize) -> String {
    let mut trace = Vec::new();
    let item = Item::Header(Box::new(header.clone()));
    write_item(&mut trace, Spelled::Text, &item).expect("memory can be written to");
    let trace = String::from_utf8_lossy(&trace).into_owned();
    let counted =
        format!("{calls} calls are made, {left_out} are not: each stands below, with the reason.");
    let told = [
        "Makes the calls of a trace and compares what Windows answers.",
        &counted,
        "The machine must be as the trace has it. Ports that the system chooses differ from run to run.",
    ];
    let told = told.into_iter().chain([""]).chain(spelling.how_to_run().iter().copied());
    let lines = told.chain([""]).chain(trace.lines().filter(|line| !line.is_empty()));
    let mut text = String::new();
    for line in lines {
        text.push_str(spelling.comment(&one_line(line)).trim_end());
        text.push('\n');
    }
    text.push('\n');
    text
}

/// A text of a trace as part of one line of a program: nothing in it ends the line or turns its direction.
fn one_line(text: &str) -> String {
    let turns = |c| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let ends = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.chars().map(|c| if turns(c) || ends(c) { ' ' } else { c }).collect()
}
