//! Scripts: calls without replies, whose operands may refer to what earlier replies gave.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};

use portres_model::{Call, Names, PortRange, Reply, RequestId, SocketId, Token, Who};

use crate::limits;
use crate::trace::{
    Event, Header, Observed, Part, TraceError, parse_script_event, parse_script_header,
};

/// The version of scripts that this library reads.
pub const FORMAT: u32 = 1;

/// A script.
#[derive(Clone, Debug)]
pub struct Script {
    /// The machine as the script wants it.
    pub header: Header,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// A call of a script, its operands not yet known.
#[derive(Clone, Debug)]
pub struct Line {
    /// The line of the file, from 1.
    pub number: u64,
    words: String,
    note: Option<String>,
}

/// What replies have given so far.
#[derive(Clone, Debug, Default)]
pub struct Given {
    ports: BTreeMap<SocketId, Option<u16>>,
    blocks: BTreeMap<Token, Option<PortRange>>,
    /// The structures that calls have used: also a call that was refused has.
    requests: BTreeSet<RequestId>,
}

/// A call of a script with its operands.
#[derive(Clone, Debug, PartialEq)]
pub enum Ready {
    /// It can be made.
    Call {
        /// Who makes it.
        who: Who,
        /// The call.
        call: Call,
        /// The name for what it creates.
        names: Option<Names>,
        /// The comment behind it.
        note: Option<String>,
    },
    /// An operand never came to be.
    Missing(String),
}

impl Script {
    /// Reads a script and checks each of its lines.
    ///
    /// # Errors
    /// With line and column, where it is not one.
    pub fn read(from: impl BufRead) -> Result<Script, TraceError> {
        let mut script: Option<Script> = None;
        for (i, line) in limits::lines(BufReader::new(limits::SCRIPT.of(from))).enumerate() {
            let number = i as u64 + 1;
            let error =
                |message: String| TraceError { line: number, column: 0, message, suggestion: None };
            let line = line.map_err(|e| error(e.to_string()))?;
            let line = line.trim_start_matches('\u{feff}');
            let (words, note) = match line.split_once('#') {
                Some((words, note)) => (words.trim_end(), Some(note.trim().to_string())),
                None => (line.trim_end(), None),
            };
            if words.trim().is_empty() {
                continue;
            }
            let Some(script) = &mut script else {
                script = Some(Script::begin(words).map_err(error)?);
                continue;
            };
            script.line(number, words, note)?;
        }
        let nothing = || TraceError { line: 0, column: 0, message: first_line(), suggestion: None };
        script.ok_or_else(nothing)
    }

    fn begin(words: &str) -> Result<Script, String> {
        match words.split_whitespace().collect::<Vec<_>>()[..] {
            ["portres", "script", version] if version == FORMAT.to_string() => {
                Ok(Script { header: Header::default(), lines: Vec::new() })
            }
            ["portres", "script", version] => {
                Err(format!("expected script format {FORMAT}, found `{version}`"))
            }
            ["portres", "trace", _] => {
                Err("this is a trace, not a script: `portres replay` drives a system with it"
                    .into())
            }
            _ => Err(first_line()),
        }
    }

    fn line(&mut self, number: u64, words: &str, note: Option<String>) -> Result<(), TraceError> {
        if self.lines.is_empty() && parse_script_header(number, words, &mut self.header)? {
            return Ok(());
        }
        // any operand will do to see whether the line is one
        let sample = expand(words, sample).map_err(|e| at(number, e))?;
        let event = parse_script_event(number, &sample.unwrap_or_default())?;
        if !matches!(event.part, Part::Whole { reply: Observed::Unknown, .. }) {
            return Err(at(number, "a script has no replies".into()));
        }
        self.lines.push(Line { number, words: words.to_string(), note });
        Ok(())
    }
}

fn first_line() -> String {
    format!("expected `portres script {FORMAT}` as the first line")
}

fn at(line: u64, message: String) -> TraceError {
    TraceError { line, column: 0, message, suggestion: None }
}

impl Line {
    /// A line that nobody has read from a file.
    pub(crate) fn of(number: u64, words: &str) -> Line {
        Line { number, words: words.to_string(), note: None }
    }

    /// The call with its operands, as far as they have come to be.
    ///
    /// # Errors
    /// If the operands make it no call. One that would be no port, below 0 or past 65535, never comes to be.
    pub fn ready(&self, given: &Given) -> Result<Ready, TraceError> {
        let operand = |what, name: &str, offset| {
            given.operand(what, name).and_then(|value: i64| within_ports(value, offset))
        };
        let expanded = expand(&self.words, operand).map_err(|e| at(self.number, e))?;
        let Some(words) = expanded else {
            return Ok(Ready::Missing(self.words.trim().to_string()));
        };
        let Event { who, part, .. } = parse_script_event(self.number, &words)?;
        let Part::Whole { call, names, .. } = part else {
            return Err(at(self.number, "expected a call".into()));
        };
        match given.lacks(&call) {
            Some(name) => Ok(Ready::Missing(format!("{} ({name})", self.words.trim()))),
            None => Ok(Ready::Call { who, call, names, note: self.note.clone() }),
        }
    }
}

impl Given {
    /// Remembers what a reply gave.
    pub fn follow(&mut self, call: &Call, reply: &Reply) {
        self.requests.extend(call.introduces());
        match (*call, *reply) {
            (_, Reply::Socket(socket) | Reply::Opened { socket, .. }) => {
                self.ports.insert(socket, None);
            }
            (call, Reply::Bound(port)) => {
                self.ports.extend(call.socket().map(|socket| (socket, Some(port))));
            }
            (Call::GetSockName { socket, .. }, Reply::Name(name)) => {
                self.ports.insert(socket, Some(name.port()));
            }
            (_, Reply::Reserved { block, token }) => {
                self.blocks.insert(token, Some(block));
            }
            (Call::Create { range, .. } | Call::Lookup { range, .. }, Reply::Token(token)) => {
                self.blocks.insert(token, Some(range));
            }
            _ => {}
        }
    }

    fn operand(&self, what: Operand, name: &str) -> Option<i64> {
        match what {
            Operand::Port => self.ports.get(&name.parse().ok()?).copied().flatten().map(i64::from),
            Operand::Start => {
                self.blocks.get(&name.parse().ok()?).copied().flatten().map(|b| b.start.into())
            }
            Operand::Count => {
                self.blocks.get(&name.parse().ok()?).copied().flatten().map(|b| b.count.into())
            }
        }
    }

    /// The operand of the call that never came to be.
    pub(crate) fn lacks(&self, call: &Call) -> Option<String> {
        let (socket, token) = (call.socket(), call.token());
        let socket = socket.filter(|s| *s != SocketId::INVALID && !self.ports.contains_key(s));
        let named = |t: &Token| *t != Token::ZERO && *t != Token::UNKNOWN;
        let token = token.filter(|t| named(t) && !self.blocks.contains_key(t));
        let request = call.request().filter(|r| !self.requests.contains(r));
        socket
            .map(|s| s.to_string())
            .or(token.map(|t| t.to_string()))
            .or(request.map(|r| r.to_string()))
    }
}

/// What an operand refers to.
#[derive(Clone, Copy)]
enum Operand {
    Port,
    Start,
    Count,
}

/// The number so far from a value, if it is a port or none.
fn within_ports(value: i64, offset: i64) -> Option<i64> {
    value.checked_add(offset).filter(|sum| (0..=65_535).contains(sum))
}

/// A number for an operand of which nothing is known yet: there is one that fits, unless the offset itself is no port.
fn sample(_: Operand, _: &str, offset: i64) -> Option<i64> {
    Some(if offset.unsigned_abs() > 65_535 { offset } else { offset.max(1) })
}

/// Puts numbers in the place of `port(s1)+1` and its like; `Ok(None)` if one is not given.
fn expand(
    line: &str,
    given: impl Fn(Operand, &str, i64) -> Option<i64>,
) -> Result<Option<String>, String> {
    let (mut text, mut rest) = (String::new(), line);
    while let Some((open, what, word)) = first_operand(rest) {
        let Some(close) = rest[open..].find(')').map(|i| open + i) else {
            return Err(format!("expected `)` behind `{word}(`"));
        };
        let name = &rest[open + 1..close];
        let in_address = rest[..open - word.len()].ends_with(':');
        let (offset, after) = offset(&rest[close + 1..], in_address);
        let Some(value) = given(what, name, offset) else { return Ok(None) };
        text.push_str(&rest[..open - word.len()]);
        text.push_str(&value.to_string());
        rest = after;
    }
    text.push_str(rest);
    Ok(Some(text))
}

fn first_operand(text: &str) -> Option<(usize, Operand, &'static str)> {
    let words = [(Operand::Port, "port"), (Operand::Start, "start"), (Operand::Count, "count")];
    let found = words.into_iter().filter_map(|(what, word)| {
        let at = text.find(&format!("{word}("))?;
        Some((at + word.len(), what, word))
    });
    found.min_by_key(|(open, _, _)| *open)
}

/// `+N` or `-N`, if it stands there. Behind the operand of a range, a `+N` that no other follows is the range's count.
fn offset(text: &str, in_address: bool) -> (i64, &str) {
    let sign = match text.as_bytes().first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return (0, text),
    };
    let digits = text[1..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |i| i + 1);
    match text[1..digits].parse::<i64>() {
        Ok(_) if sign == 1 && !in_address && !text[digits..].starts_with('+') => (0, text),
        Ok(n) => (sign * n, &text[digits..]),
        Err(_) => (0, text),
    }
}

#[cfg(test)]
mod tests {
    use portres_model::{Error, Family, SocketKind};

    use super::*;

    fn expanded(line: &str) -> Option<String> {
        let given = |what, name: &str| match (what, name) {
            (Operand::Port, "s1") => Some(5000),
            (Operand::Start, "t1") => Some(6000),
            (Operand::Count, "t1") => Some(20),
            _ => None,
        };
        expand(line, |what, name, offset| {
            given(what, name).and_then(|value| within_ports(value, offset))
        })
        .expect("the operands are closed")
    }

    #[test]
    fn operands_become_numbers() {
        assert_eq!(
            expanded("p1: bind s2 0.0.0.0:port(s1)").as_deref(),
            Some("p1: bind s2 0.0.0.0:5000")
        );
        assert_eq!(
            expanded("p1: bind s2 0.0.0.0:port(s1)-1").as_deref(),
            Some("p1: bind s2 0.0.0.0:4999")
        );
        assert_eq!(
            expanded("p1: bind s2 [::]:start(t1)+3").as_deref(),
            Some("p1: bind s2 [::]:6003")
        );
        assert_eq!(expanded("acquire s1 start(t1)+20").as_deref(), Some("acquire s1 6000+20"));
        assert_eq!(expanded("acquire s1 start(t1)+3+4").as_deref(), Some("acquire s1 6003+4"));
        assert_eq!(
            expanded("acquire s1 start(t1)+count(t1)").as_deref(),
            Some("acquire s1 6000+20")
        );
    }

    #[test]
    fn what_asks_about_a_request_that_no_call_has_made_is_left_out() {
        let line = |words: &str| Line { number: 1, words: words.into(), note: None };
        let (mut given, result) = (Given::default(), line("p1: result o1"));
        let missing = Ready::Missing("p1: result o1 (o1)".into());
        assert_eq!(result.ready(&given).expect("a call"), missing);
        given.follow(&Call::open(SocketKind::Udp, Family::V4), &Reply::Socket(SocketId(1)));
        let acquire = line("p1: t1 = acquire s1 0+8 overlapped=o1");
        let Ok(Ready::Call { call, .. }) = acquire.ready(&given) else { panic!("a call") };
        given.follow(&call, &Reply::Failed(Error::WsaInvalid));
        assert!(matches!(result.ready(&given), Ok(Ready::Call { .. })));
    }

    #[test]
    fn an_operand_that_never_came_to_be_leaves_no_line() {
        assert_eq!(expanded("bind s2 0.0.0.0:port(s9)"), None);
    }

    #[test]
    fn an_operand_that_would_be_no_port_never_comes_to_be() {
        for line in [
            "bind s2 0.0.0.0:port(s1)-5001",
            "bind s2 0.0.0.0:port(s1)+60536",
            "bind s2 0.0.0.0:port(s1)+9223372036854775807",
            "acquire s1 start(t1)-9223372036854775807+1",
        ] {
            assert_eq!(expanded(line), None, "{line}");
        }
        let read = |line: &str| Script::read(format!("portres script 1\np1: {line}\n").as_bytes());
        assert!(read("acquire s1 start(t1)-9+2").is_ok(), "another machine may have it");
        let error = read("bind s2 0.0.0.0:port(s1)+65536").expect_err("no machine has it");
        assert!(error.message.contains("found `0.0.0.0:65536`"), "{error}");
    }
}
