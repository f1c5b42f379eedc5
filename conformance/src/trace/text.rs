//! The text spelling of one line.

use std::fmt;

use portres_model::{
    Call, Names, Owner, PortBlock, ProcessId, Protocol, Rule, Spelling, SpellingError, Who,
    parse_bytes, parse_call, parse_credentials,
};

use super::observed::parse_observed;
use super::{
    Event, Expectation, FORMAT, Header, HeaderBlock, HeaderDynamic, HeaderExcluded, HeaderFiltered,
    HeaderProcess, HeaderReserved, Listed, Network, Observed, Openness, Part, Recorded, Resources,
    SystemName, is_unspeakable,
};

const PROTOCOLS: &[(&str, Protocol)] = &[("tcp", Protocol::Tcp), ("udp", Protocol::Udp)];
const WORLDS: &[(&str, Openness)] = &[("closed", Openness::Closed), ("open", Openness::Open)];
const LISTED: &[(&str, Listed)] = &[("listed", Listed::Listed), ("unknown", Listed::Unknown)];
const RESOURCES: &[(&str, Resources)] =
    &[("ample", Resources::Ample), ("scarce", Resources::Scarce)];
const NETWORKS: &[(&str, Network)] = &[("up", Network::Up), ("down", Network::Down)];
const STORES: &[(&str, bool)] = &[("active", false), ("persistent", true)];
const OWNERS: &[(&str, Owner)] = &[
    ("winnat", Owner::WinNat),
    ("http.sys", Owner::HttpSys),
    ("hns", Owner::Hns),
    ("wsl", Owner::Wsl),
    ("unknown", Owner::Unknown),
];

/// The words with which header lines begin.
pub(crate) const HEADER_LINES: &[&str] = &[
    "title",
    "system",
    "source",
    "recorded",
    "world",
    "exclusions",
    "resources",
    "network",
    "profile",
    "process",
    "address",
    "dynamic",
    "excluded",
    "block",
    "filtered",
    "reserved",
    "expect",
];

/// Whether a header has at most one line that begins with this word.
pub(super) fn is_single(key: &str) -> bool {
    !matches!(
        key,
        "process"
            | "address"
            | "dynamic"
            | "excluded"
            | "block"
            | "filtered"
            | "reserved"
            | "expect"
    )
}

/// Whether a line is one of the header: it begins with a word of its own and not with a caller.
pub(super) fn is_header_line(line: &str) -> bool {
    let word = Spelling::new(line).take();
    !word.ends_with(':')
}

/// Where a control character stands in a line, and what was expected: the first line of a trace, where none has been seen.
pub(super) fn control_character(line: &str, started: bool) -> Option<(usize, String)> {
    let (before, found) = line.chars().enumerate().find(|(_, c)| is_unspeakable(*c))?;
    let begins = |with| line.trim_start().starts_with(with);
    if !(started || begins("#") || begins("portres ")) {
        return Some((0, format!("expected `portres trace {FORMAT}` as the first line")));
    }
    Some((before + 1, format!("expected no control character but a tab, found {found:?}")))
}

/// Reads a header line into the header.
pub(super) fn read_header_line(line: &str, header: &mut Header) -> Result<(), SpellingError> {
    let mut words = Spelling::new(line);
    let key = words.peek();
    if !HEADER_LINES.contains(&key) {
        return Err(words.unknown("a header line, or an event `WHO: CALL`", HEADER_LINES));
    }
    words.take();
    let words = &mut words;
    match key {
        "title" => header.title = Some(some_words(words)?),
        "source" => header.source = Some(some_words(words)?),
        "system" => header.system = Some(system(words)?),
        "recorded" => header.recorded = Some(recorded(words)?),
        "world" => header.world = words.one_of("`closed` or `open`", WORLDS)?,
        "exclusions" => header.exclusions = words.one_of("`listed` or `unknown`", LISTED)?,
        "resources" => header.resources = words.one_of("`ample` or `scarce`", RESOURCES)?,
        "network" => header.network = words.one_of("`up` or `down`", NETWORKS)?,
        "profile" => header.profile = Some(words.with("the name of a profile", word)?),
        "process" => header.processes.push(process(words)?),
        "address" => header.addresses.push(words.parsed("an IP address")?),
        "dynamic" => {
            let (protocol, block) = (protocol(words)?, block(words)?);
            header.dynamic.push(HeaderDynamic { protocol, block });
        }
        "excluded" => {
            let (protocol, block) = (protocol(words)?, block(words)?);
            let persistent =
                words.peek().is_empty() || words.one_of("`active` or `persistent`", STORES)?;
            header.excluded.push(HeaderExcluded { protocol, block, persistent });
        }
        "block" => {
            let (protocol, block) = (protocol(words)?, block(words)?);
            let owner = if words.peek().is_empty() {
                Owner::Unknown
            } else {
                words.one_of("the owner of the block", OWNERS)?
            };
            header.blocks.push(HeaderBlock { protocol, block, owner });
        }
        "filtered" => {
            let (protocol, block) = (protocol(words)?, block(words)?);
            header.filtered.push(HeaderFiltered { protocol, block });
        }
        "reserved" => {
            let token = words.parsed("a token like `t1`")?;
            let (protocol, block) = (protocol(words)?, block(words)?);
            header.reserved.push(HeaderReserved { token, protocol, block });
        }
        _ => header.expect.push(expectation(words)?),
    }
    words.end()
}

fn process(words: &mut Spelling<'_>) -> Result<HeaderProcess, SpellingError> {
    let process = |w: &str| w.parse().ok().filter(|p| *p != ProcessId::MACHINE);
    let process = words.with("a process like `p1`", process)?;
    let c = parse_credentials(words)?;
    Ok(HeaderProcess { process, user: c.user, account: c.account, token: c.token })
}

fn expectation(words: &mut Spelling<'_>) -> Result<Expectation, SpellingError> {
    words.with("`diverges`", |w| (w == "diverges").then_some(()))?;
    let event =
        words.with("the number of an event, from 1", |w| w.parse().ok().filter(|n| *n > 0))?;
    let known: Vec<&'static str> = Rule::ALL.iter().map(|r| r.id()).collect();
    let rule = words.peek().parse().map_err(|_| words.unknown("the id of a rule", &known))?;
    words.take();
    Ok(Expectation { event, rule })
}

fn some_words(words: &mut Spelling<'_>) -> Result<String, SpellingError> {
    if words.peek().is_empty() {
        Err(words.error("some words"))
    } else {
        Ok(words.rest().to_string())
    }
}

fn word(word: &str) -> Option<String> {
    (!word.is_empty()).then(|| word.to_string())
}

fn system(words: &mut Spelling<'_>) -> Result<SystemName, SpellingError> {
    let name = words.with("the name of a system", word)?;
    let version = words.with("a version", word)?;
    let mut system = SystemName { name, version, ..SystemName::default() };
    while !words.peek().is_empty() {
        let (key, value) = words.with("KEY=VALUE", |w| {
            w.split_once('=').map(|(k, v)| (k.to_string(), v.to_string()))
        })?;
        system.facts.insert(key, value);
    }
    Ok(system)
}

fn recorded(words: &mut Spelling<'_>) -> Result<Recorded, SpellingError> {
    let mut value = |key: &str, expected: &str| {
        words.with(expected, |w| {
            w.strip_prefix(key).and_then(|w| w.strip_prefix('=')).and_then(word)
        })
    };
    Ok(Recorded {
        by: value("by", "`by=RECORDER`")?,
        on: value("on", "`on=DATE`")?,
        at: value("at", "`at=TIME`")?,
    })
}

fn protocol(words: &mut Spelling<'_>) -> Result<Protocol, SpellingError> {
    words.one_of("`tcp` or `udp`", PROTOCOLS)
}

fn block(words: &mut Spelling<'_>) -> Result<PortBlock, SpellingError> {
    words.parsed("START+COUNT: at least one port, none 0, none past 65535")
}

/// Reads an event line. `begun` gives the call that returns under a number.
pub(super) fn read_event(
    line: &str,
    begun: impl Fn(u32) -> Option<(Call, Option<Names>)>,
) -> Result<Event, SpellingError> {
    let mut words = Spelling::new(line);
    let who = words.with("who calls: `p1:`, `p1.2:` or `machine:`", |w| {
        w.strip_suffix(':')?.parse::<Who>().ok()
    })?;
    let part = read_part(&mut words, begun)?;
    let answered = match part {
        Part::Whole { reply, .. } | Part::End { reply, .. } => !reply.is_unknown(),
        Part::Begin { .. } => false,
    };
    let bytes = if answered { parse_bytes(&mut words)? } else { None };
    words.end()?;
    Ok(Event { line: 0, who, part, bytes, note: None, raw: None })
}

fn read_part(
    words: &mut Spelling<'_>,
    begun: impl Fn(u32) -> Option<(Call, Option<Names>)>,
) -> Result<Part, SpellingError> {
    let number = |words: &mut Spelling<'_>| words.parsed::<u32>("the number of the call");
    match words.peek() {
        "call" => {
            words.take();
            let number = number(words)?;
            let names = read_names(words)?;
            Ok(Part::Begin { number, call: parse_call(words)?, names })
        }
        "return" => {
            words.take();
            let unknown = words.error("the number of a call that has begun and not returned");
            let number = number(words)?;
            let (call, names) = begun(number).ok_or(unknown)?;
            arrow(words)?;
            Ok(Part::End { number, reply: parse_observed(words, &call, names)? })
        }
        _ => {
            let names = read_names(words)?;
            let call = parse_call(words)?;
            if words.peek().is_empty() {
                return Ok(Part::Whole { call, names, reply: Observed::Unknown });
            }
            arrow(words)?;
            let reply = parse_observed(words, &call, names)?;
            Ok(Part::Whole { call, names: names.filter(|_| reply.names().is_none()), reply })
        }
    }
}

fn arrow(words: &mut Spelling<'_>) -> Result<(), SpellingError> {
    words.with("`->` and the reply", |w| (w == "->").then_some(()))
}

/// Reads `NAME =`, if it stands there.
pub(crate) fn read_names(words: &mut Spelling<'_>) -> Result<Option<Names>, SpellingError> {
    let mut ahead = words.clone();
    ahead.take();
    if ahead.take() != "=" {
        return Ok(None);
    }
    let names = words.with("a name like `s1` or `t1`", |w| {
        let socket = w.parse().ok().map(Names::Socket);
        socket.or_else(|| w.parse().ok().map(Names::Token))
    })?;
    words.take();
    Ok(Some(names))
}

// Writing

/// The width to which a call is filled before its reply.
const CALL_WIDTH: usize = 40;

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = |names: Option<Names>| names.map(|n| format!("{n} = ")).unwrap_or_default();
        let mut line = match self.part {
            Part::Whole { call, names, reply } => {
                let call = format!("{}: {}{call}", self.who, named(reply.names().or(names)));
                match reply {
                    Observed::Unknown => call,
                    known => format!("{call:CALL_WIDTH$} -> {known}"),
                }
            }
            Part::Begin { number, call, names } => {
                format!("{}: call {number} {}{call}", self.who, named(names))
            }
            Part::End { number, reply } => {
                format!("{:CALL_WIDTH$} -> {reply}", format!("{}: return {number}", self.who))
            }
        };
        if let Some(bytes) = &self.bytes {
            line.push_str(&format!(" bytes={bytes}"));
        }
        if let Some(note) = &self.note {
            line = format!("{line:CALL_WIDTH$}  # {note}");
        }
        f.write_str(&line)
    }
}

fn word_of<T: PartialEq>(list: &[(&'static str, T)], value: &T) -> &'static str {
    list.iter().find(|(_, v)| v == value).map_or("?", |(word, _)| word)
}

/// The word for the owner of a block.
pub(crate) fn word_of_owner(owner: Owner) -> &'static str {
    word_of(OWNERS, &owner)
}

/// The lines of a header, the first one included.
pub(super) fn header_lines(header: &Header) -> Vec<String> {
    let mut lines = vec![format!("portres trace {}", super::FORMAT)];
    let mut line = |text: String| lines.push(text);
    header.notes.iter().for_each(|note| line(format!("# {note}")));
    if let Some(title) = &header.title {
        line(format!("title {title}"));
    }
    if let Some(SystemName { name, version, facts }) = &header.system {
        let facts: String = facts.iter().map(|(k, v)| format!(" {k}={v}")).collect();
        line(format!("system {name} {version}{facts}"));
    }
    if let Some(source) = &header.source {
        line(format!("source {source}"));
    }
    if let Some(Recorded { by, on, at }) = &header.recorded {
        line(format!("recorded by={by} on={on} at={at}"));
    }
    line(format!("world {}", word_of(WORLDS, &header.world)));
    if header.exclusions != Listed::default() {
        line(format!("exclusions {}", word_of(LISTED, &header.exclusions)));
    }
    if header.resources != Resources::default() {
        line(format!("resources {}", word_of(RESOURCES, &header.resources)));
    }
    if header.network != Network::default() {
        line(format!("network {}", word_of(NETWORKS, &header.network)));
    }
    if let Some(profile) = &header.profile {
        line(format!("profile {profile}"));
    }
    header
        .processes
        .iter()
        .for_each(|p| line(format!("process {} {}", p.process, p.credentials())));
    header.addresses.iter().for_each(|a| line(format!("address {a}")));
    header.dynamic.iter().for_each(|d| line(format!("dynamic {} {}", d.protocol, d.block)));
    for HeaderExcluded { protocol, block, persistent } in &header.excluded {
        line(format!("excluded {protocol} {block} {}", word_of(STORES, persistent)));
    }
    for HeaderBlock { protocol, block, owner } in &header.blocks {
        line(format!("block {protocol} {block} {}", word_of(OWNERS, owner)));
    }
    header.filtered.iter().for_each(|d| line(format!("filtered {} {}", d.protocol, d.block)));
    header
        .reserved
        .iter()
        .for_each(|r| line(format!("reserved {} {} {}", r.token, r.protocol, r.block)));
    header.expect.iter().for_each(|e| line(format!("expect diverges {} {}", e.event, e.rule)));
    lines
}
