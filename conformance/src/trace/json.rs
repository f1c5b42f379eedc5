//! The JSON spelling of one line.

use std::collections::BTreeMap;

use portres_model::{Bytes, Call, Names, Reply, Who};
use serde::{Deserialize, Serialize};

use super::{Event, FORMAT, Header, Item, Observed, Part, is_unspeakable};

mod usual;

use usual::{Unusual, Usual};

/// A header line: `{"portres":"trace","format":1,…}`.
#[derive(Serialize, Deserialize)]
struct HeaderLine<H> {
    portres: Marker,
    format: u32,
    #[serde(flatten)]
    header: H,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Marker {
    Trace,
}

/// A comment line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CommentLine {
    comment: String,
}

/// An event line, all parts in one shape: the reader is fast on it, and [`EventLine::part`] says which belong together.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EventLine {
    who: Who,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    begin: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<u32>,
    #[serde(rename = "as", default, skip_serializing_if = "Option::is_none", with = "names")]
    names: Option<Names>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    call: Option<Call>,
    #[serde(default, skip_serializing_if = "Observed::is_unknown")]
    reply: Observed,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<Bytes>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    raw: Option<BTreeMap<String, String>>,
}

/// The name that a call's creation gets.
pub(crate) mod names {
    use portres_model::Names;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        names: &Option<Names>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match names {
            Some(names) => to.collect_str(names),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Names>, D::Error> {
        let word = String::deserialize(from)?;
        let socket = word.parse().ok().map(Names::Socket);
        let names = socket.or_else(|| word.parse().ok().map(Names::Token));
        let unknown = || {
            serde::de::Error::custom(format_args!(
                "expected a name like `s1` or `t1`, found `{word}`"
            ))
        };
        names.ok_or_else(unknown).map(Some)
    }
}

/// What is wrong with a line.
pub(super) struct BadLine {
    /// In characters from 1; 0 for the line as a whole.
    pub(super) column: usize,
    pub(super) message: String,
}

impl From<serde_json::Error> for BadLine {
    fn from(error: serde_json::Error) -> BadLine {
        let text = error.to_string();
        let message = text.split(" at line ").next().unwrap_or_default().to_string();
        BadLine { column: error.column(), message }
    }
}

fn bad(message: impl Into<String>) -> BadLine {
    BadLine { column: 0, message: message.into() }
}

/// How a header line begins that [`write()`] has written.
const HEADER_BEGINS: &str = "{\"portres\":\"trace\",\"format\":1";

/// Reads a line.
pub(super) fn read(line: &str) -> Result<Item, BadLine> {
    if let Ok(item) = usual_item(line) {
        return item;
    }
    // nearly every line is an event that begins with its caller
    let first = line[1..].trim_start();
    if !first.starts_with("\"who\"") {
        let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line)?;
        if object.contains_key("portres") {
            return read_header(object);
        }
        if object.contains_key("comment") {
            let CommentLine { comment } = serde_json::from_str(line)?;
            one_line("comment", &comment)?;
            return Ok(Item::Comment(comment));
        }
    }
    serde_json::from_str::<EventLine>(line)?.event().map(Item::Event)
}

/// Reads an event or a header in the usual spelling.
fn usual_item(line: &str) -> Result<Result<Item, BadLine>, Unusual> {
    if !line.starts_with(HEADER_BEGINS) {
        return usual::read::<EventLine>(line).map(|event| event.event().map(Item::Event));
    }
    let header = usual::read_behind::<Header>(HEADER_BEGINS, line)?;
    Ok(spellable(&header).map(|()| Item::Header(Box::new(header))))
}

/// Reads an event of which nothing is told but who called, the call and the reply, in this order; false if the line is
/// another one. It is written where it is to stand: events are large, and nearly all are of this kind.
#[inline]
pub(super) fn read_usual(line: &str, to: &mut Option<Item>) -> bool {
    let Ok((who, call, reply)) = usual_event(line) else { return false };
    if plain_call(&call).is_err() || plain_reply(&reply).is_err() || !reply.fits(&call) {
        return false;
    }
    let part = Part::Whole { call, names: None, reply };
    *to = Some(Item::Event(Event { line: 0, who, part, bytes: None, note: None, raw: None }));
    true
}

#[inline]
fn usual_event(line: &str) -> Result<(Who, Call, Observed), Unusual> {
    let mut from = Usual::new(line);
    from.literally("{\"who\":")?;
    let who = from.word()?.parse().map_err(|_| Unusual)?;
    from.literally(",\"call\":")?;
    let call = from.value()?;
    from.literally(",\"reply\":")?;
    let reply = from.value()?;
    from.literally("}")?;
    if from.is_over() { Ok((who, call, reply)) } else { Err(Unusual) }
}

fn read_header(mut object: serde_json::Map<String, serde_json::Value>) -> Result<Item, BadLine> {
    if object.remove("portres") != Some("trace".into()) {
        return Err(bad("expected `\"portres\":\"trace\"`"));
    }
    match object.remove("format") {
        Some(format) if format == FORMAT => {}
        Some(format) => {
            let newer = "a newer portres may read it";
            return Err(bad(format!("expected format {FORMAT}, found format {format}: {newer}")));
        }
        None => return Err(bad(format!("expected `\"format\":{FORMAT}`"))),
    }
    let header =
        Header::deserialize(serde_json::Value::Object(object)).map_err(|e| bad(e.to_string()))?;
    spellable(&header)?;
    Ok(Item::Header(Box::new(header)))
}

/// Text has to be able to say what JSON says.
fn spellable(header: &Header) -> Result<(), BadLine> {
    for (field, words) in [("title", &header.title), ("source", &header.source)] {
        words.iter().try_for_each(|words| header_words(field, words))?;
    }
    header.notes.iter().try_for_each(|note| one_line("notes", note))?;
    header.profile.iter().try_for_each(|profile| word("profile", profile))?;
    if header.expect.iter().any(|expectation| expectation.event == 0) {
        return Err(bad("expected the number of an event, from 1, found `0`"));
    }
    if let Some(system) = &header.system {
        word("system", &system.name)?;
        word("system", &system.version)?;
        for (key, value) in &system.facts {
            word("facts", key)?;
            word("facts", &format!("={value}"))?;
            if key.contains('=') {
                return Err(bad(format!("the fact `{key}` has a `=` in its name")));
            }
        }
    }
    if let Some(recorded) = &header.recorded {
        [&recorded.by, &recorded.on, &recorded.at]
            .into_iter()
            .try_for_each(|w| word("recorded", w))?;
    }
    Ok(())
}

fn one_line(field: &str, text: &str) -> Result<(), BadLine> {
    if text.chars().any(is_unspeakable) || text.trim() != text {
        return Err(bad(format!(
            "expected one line without blanks around it in `{field}`, found {text:?}"
        )));
    }
    Ok(())
}

fn header_words(field: &str, text: &str) -> Result<(), BadLine> {
    if text.is_empty() || text.contains('#') {
        return Err(bad(format!("expected words without `#` in `{field}`, found {text:?}")));
    }
    one_line(field, text)
}

fn word(field: &str, text: &str) -> Result<(), BadLine> {
    if text.contains(char::is_whitespace) {
        return Err(bad(format!("expected a word in `{field}`, found {text:?}")));
    }
    header_words(field, text)
}

/// An address with a flow cannot be spelled, and says nothing about ports.
fn plain(address: &std::net::SocketAddr) -> Result<(), BadLine> {
    match address {
        std::net::SocketAddr::V6(v6) if v6.flowinfo() != 0 => {
            Err(bad(format!("expected an address without a flow, found `{v6}`")))
        }
        _ => Ok(()),
    }
}

/// A call and its reply, if they belong together and can be spelled.
fn whole(call: Call, names: Option<Names>, reply: Observed) -> Result<Part, BadLine> {
    plain_call(&call)?;
    plain_reply(&reply)?;
    if !reply.fits(&call) {
        let wanted = call.shape().says();
        return Err(bad(format!(
            "the reply does not fit the call `{call}`: expected {wanted}, or an error"
        )));
    }
    Ok(Part::Whole { call, names, reply })
}

fn plain_call(call: &Call) -> Result<(), BadLine> {
    let mut call = *call;
    call.address_mut().map_or(Ok(()), |address| plain(address))
}

fn plain_reply(reply: &Observed) -> Result<(), BadLine> {
    let plain_one = |reply: &Reply| match reply {
        Reply::Bytes(_) => Err(bad("a byte count is no reply: it stands in `bytes`, beside one")),
        Reply::Name(name) => plain(name),
        _ => Ok(()),
    };
    match reply {
        Observed::Exactly(reply) => plain_one(reply),
        several => several.named().try_for_each(plain_one),
    }
}

impl EventLine {
    fn event(self) -> Result<Event, BadLine> {
        let part = self.part()?;
        self.note.iter().try_for_each(|note| one_line("note", note))?;
        let EventLine { who, bytes, note, raw, .. } = self;
        Ok(Event { line: 0, who, part, bytes, note, raw })
    }

    fn part(&self) -> Result<Part, BadLine> {
        self.call.iter().try_for_each(plain_call)?;
        if self.bytes.is_some() && self.reply.is_unknown() {
            return Err(bad("expected `bytes` beside a `reply` only"));
        }
        plain_reply(&self.reply)?;
        match (self.begin, self.end, self.call, self.reply) {
            (None, None, Some(call), reply) => whole(call, self.names, reply),
            (Some(number), None, Some(call), Observed::Unknown) => {
                Ok(Part::Begin { number, call, names: self.names })
            }
            (None, Some(number), None, reply) if !reply.is_unknown() => {
                Ok(Part::End { number, reply })
            }
            _ => Err(bad(
                "expected a `call` with or without `reply`, `begin` with a `call`, or `end` with a `reply`",
            )),
        }
    }
}

/// Writes an item as a line, without the line's end.
pub(super) fn write(item: &Item) -> String {
    let line = match item {
        Item::Comment(comment) => serde_json::to_string(&CommentLine { comment: comment.clone() }),
        Item::Header(header) => serde_json::to_string(&HeaderLine {
            portres: Marker::Trace,
            format: FORMAT,
            header: header.as_ref(),
        }),
        Item::Event(event) => serde_json::to_string(&event_line(event)),
    };
    line.expect("every item has a JSON form")
}

fn event_line(event: &Event) -> EventLine {
    let (note, raw) = (event.note.clone(), event.raw.clone());
    let line = EventLine {
        who: event.who,
        begin: None,
        end: None,
        names: None,
        call: None,
        reply: Observed::Unknown,
        bytes: event.bytes,
        note,
        raw,
    };
    match event.part {
        Part::Whole { call, names, reply } => EventLine {
            call: Some(call),
            names: names.filter(|_| reply.names().is_none()),
            reply,
            ..line
        },
        Part::Begin { number, call, names } => {
            EventLine { begin: Some(number), call: Some(call), names, ..line }
        }
        Part::End { number, reply } => EventLine { end: Some(number), reply, ..line },
    }
}

#[cfg(test)]
mod tests;
