//! Exporting: a trace as a program for Windows that makes its calls and compares what it is answered.
//!
//! It needs nothing but a compiler. What one process cannot do by itself stands in it as a comment, and is counted.

use std::collections::BTreeSet;
use std::fmt::Write;

use portres_model::{Call, Names, ProcessId, Reply, SocketId, Token};

use crate::trace::{Event, Header, Item, Observed, Part, Spelled, write_item};

mod c;

/// A program made of a trace.
#[derive(Clone, Debug)]
pub struct Exported {
    /// Its text.
    pub text: String,
    /// How many calls it makes.
    pub calls: usize,
    /// The calls that it does not make: the line in the trace, the call, and why.
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

/// A trace as a program in C.
#[must_use]
pub fn to_c(header: &Header, events: &[Event]) -> Exported {
    let process = events.iter().map(|event| event.who.process).find(|p| *p != ProcessId::MACHINE);
    let (mut body, mut calls, mut left_out) = (String::new(), 0, Vec::new());
    let (mut sockets, mut tokens) = (BTreeSet::new(), BTreeSet::new());
    let declared = header.processes.iter().any(|declared| Some(declared.process) == process);
    if !declared {
        // a process that nothing declares has started Winsock
        body.push_str("    start(2, 2, 0);\n");
    }
    for event in events {
        let (call, names, reply) = match event.part {
            Part::Whole { call, names, reply } => (call, reply.names().or(names), reply),
            Part::Begin { number, call, names } => {
                let reply = returned(events, number);
                (call, reply.names().or(names), reply)
            }
            Part::End { .. } => continue,
        };
        let label = format!("{}: {}", event.who, spelled(&call, names));
        let why = not_alone(event, process, &call);
        let step = why.map_or_else(|| c::step(&call, names), Err);
        match step {
            Ok(expression) => {
                sockets.extend(call.socket().filter(|s| *s != SocketId::INVALID));
                tokens.extend(call.token().filter(|t| *t != Token::ZERO));
                match names {
                    Some(Names::Socket(socket)) => drop(sockets.insert(socket)),
                    Some(Names::Token(token)) => drop(tokens.insert(token)),
                    None => {}
                }
                calls += 1;
                let recorded = recorded(&call, &reply);
                put(&mut body, format_args!("    step({label:?}, {recorded:?}, {expression});"));
            }
            Err(why) => {
                put(&mut body, format_args!("    /* not made: {}: {why} */", comment(&label)));
                left_out.push(LeftOut { line: event.line, call: label, why });
            }
        }
    }
    let mut text = head(header, calls, left_out.len());
    text.push_str(c::PREAMBLE);
    text.push_str("\nint main(void) {\n");
    for socket in sockets {
        put(&mut text, format_args!("    SOCKET {socket} = INVALID_SOCKET;"));
    }
    for token in tokens {
        put(&mut text, format_args!("    ULONG64 {token} = 0;"));
    }
    text.push_str(&body);
    text.push_str(
        "    printf(\"%u calls, %u answered otherwise than recorded\\n\", steps, differences);\n",
    );
    text.push_str("    return differences != 0;\n}\n");
    Exported { text, calls, left_out }
}

fn put(to: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(to, "{line}").expect("a string can be written to");
}

/// What stands above the program: what it is, and which machine it wants.
fn head(header: &Header, calls: usize, left_out: usize) -> String {
    let mut lines = Vec::new();
    let item = Item::Header(Box::new(header.clone()));
    write_item(&mut lines, Spelled::Text, &item).expect("memory can be written to");
    let lines = String::from_utf8_lossy(&lines).into_owned();
    let mut text =
        String::from("/* Makes the calls of a trace and compares what Windows answers.\n");
    put(
        &mut text,
        format_args!(
            "   {calls} calls are made, {left_out} are not: each stands below, with the reason."
        ),
    );
    text.push_str("   The machine must be as the trace has it. Ports that the system chooses differ from run to run.\n\n");
    text.push_str(
        "     x86_64-w64-mingw32-gcc -o trace.exe trace.c -lws2_32\n     cl trace.c ws2_32.lib\n\n",
    );
    for line in lines.lines().filter(|line| !line.is_empty()) {
        put(&mut text, format_args!("   {}", comment(line)));
    }
    text.push_str("*/\n");
    text
}

/// A text that does not end a comment.
fn comment(text: &str) -> String {
    text.replace("*/", "* /")
}

/// The call with the name of what it gives.
fn spelled(call: &Call, names: Option<Names>) -> String {
    match names {
        Some(Names::Socket(socket)) => format!("{socket} = {call}"),
        Some(Names::Token(token)) => format!("{token} = {call}"),
        None => call.to_string(),
    }
}

fn returned(events: &[Event], begun: u32) -> Observed {
    let reply = events.iter().find_map(|event| match event.part {
        Part::End { number, reply } if number == begun => Some(reply),
        _ => None,
    });
    reply.unwrap_or_default()
}

/// Why one process with one thread cannot make the call.
fn not_alone(event: &Event, process: Option<ProcessId>, call: &Call) -> Option<&'static str> {
    match () {
        () if call.is_of_machine() => Some("the machine does it"),
        () if Some(event.who.process) != process => Some("another process makes it"),
        () if event.who.thread != 1 => Some("another thread makes it"),
        () if matches!(event.part, Part::Begin { .. }) => Some("it overlaps others"),
        () => None,
    }
}

/// What the program prints if it is answered as the trace says.
fn recorded(call: &Call, reply: &Observed) -> String {
    match reply {
        Observed::Unknown => String::new(),
        Observed::Fails => "error *".into(),
        Observed::Succeeds => "*".into(),
        Observed::Exactly(_) | Observed::OneOf(_) => {
            reply.named().map(|reply| one(call, reply)).collect::<Vec<_>>().join("|")
        }
    }
}

fn one(call: &Call, reply: &Reply) -> String {
    match reply {
        Reply::Failed(error) => format!("error {}", error.number()),
        Reply::Bound(port) => port.to_string(),
        Reply::Name(address) => address.to_string(),
        Reply::Reserved { block, .. } => format!("{}+{}", block.start, block.count),
        Reply::Value(value) => value.to_string(),
        Reply::Version(version) => match call {
            Call::Startup(asked) if asked.version() == *version => "ok".into(),
            _ => format!("{}.{}", version.major, version.minor),
        },
        Reply::Unsupported => "unsupported".into(),
        _ => "ok".into(),
    }
}
