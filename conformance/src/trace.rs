//! Traces: what a program asked of a machine and what the machine answered.
//!
//! `docs/trace-format.md` is the grammar. A trace is read as a stream of [`Item`]s, so that memory does not grow with it.

use std::collections::BTreeMap;

use portres_model::{
    Bytes, Call, Credentials, Exclusion, ExclusionKind, Kind, LocalAddress, Machine, Names, Owner,
    PortBlock, Process, ProcessId, Protocol, Reply, Reservation, Rule, Token, Who, World,
};
use serde::{Deserialize, Serialize};

use crate::system::Answer;

pub(crate) mod json;
mod known;
pub(crate) mod observed;
mod reader;
mod text;
mod write;

pub(crate) use json::names;
pub(crate) use known::Known;
pub use observed::{Alternatives, MOST_ALTERNATIVES, Observed};
pub use reader::{LINE_LIMIT, Reader, TraceError};
pub(crate) use reader::{misspelt, parse_script_event, parse_script_header};
pub(crate) use text::{HEADER_LINES, read_names, word_of_owner};
pub use write::{Spelled, write_item};

/// The version of the format that this library reads and writes.
pub const FORMAT: u32 = 1;

/// Whether a character stands in no line of either spelling: a control character, but for a tab.
fn is_unspeakable(c: char) -> bool {
    c.is_control() && c != '\t'
}

/// One line of a trace, or the header lines together.
#[expect(clippy::large_enum_variant, reason = "nearly every item is an event")]
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// The header: a new trace starts.
    Header(Box<Header>),
    /// A call, its return, or both.
    Event(Event),
    /// A comment on a line of its own.
    Comment(String),
}

/// What is given before the first event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Header {
    /// What the trace shows, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<SystemName>,
    /// Where the trace comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// By what and when it was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded: Option<Recorded>,
    /// Whether other programs may take and leave ports.
    pub world: Openness,
    /// Whether the exclusions are the whole list.
    #[serde(skip_serializing_if = "is_default")]
    pub exclusions: Listed,
    /// Whether calls may fail for want of resources.
    #[serde(skip_serializing_if = "is_default")]
    pub resources: Resources,
    /// Whether the network subsystem has failed.
    #[serde(skip_serializing_if = "is_default")]
    pub network: Network,
    /// The readings under which the trace is judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The processes that exist.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub processes: Vec<HeaderProcess>,
    /// Local addresses besides the loopback ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<LocalAddress>,
    /// The dynamic ranges.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dynamic: Vec<HeaderDynamic>,
    /// Administered exclusions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<HeaderExcluded>,
    /// System blocks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<HeaderBlock>,
    /// Ports to which a filter refuses binds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filtered: Vec<HeaderFiltered>,
    /// Persistent reservations.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reserved: Vec<HeaderReserved>,
    /// What is wrong on purpose.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub expect: Vec<Expectation>,
    /// Comments among the header lines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The line of the header, from 1.
    #[serde(skip)]
    pub line: u64,
    /// The line that names the profile.
    #[serde(skip)]
    pub profile_line: u64,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The name of a system, its version, and facts about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemName {
    /// `windows`, `wine`, `portres-sim`, ….
    pub name: String,
    /// Its version or build.
    pub version: String,
    /// Further facts, such as `arch`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, String>,
}

/// By what and when a trace was recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// The recorder, with its version.
    pub by: String,
    /// The day, as `2026-01-31`.
    pub on: String,
    /// The time of day, in UTC.
    pub at: String,
}

/// Whether the trace shows all there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Openness {
    /// All there is stands in the trace.
    #[default]
    Closed,
    /// Other programs may take and leave ports at any time.
    Open,
}

/// Whether the exclusions are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Listed {
    /// The header lists all.
    #[default]
    Listed,
    /// There may be others.
    Unknown,
}

/// Whether calls may fail for want of resources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Resources {
    /// They may not.
    #[default]
    Ample,
    /// They may.
    Scarce,
}

/// The state of the network subsystem.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// It works.
    #[default]
    Up,
    /// It has failed.
    Down,
}

/// A process that exists at the start, Winsock not yet started.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderProcess {
    /// Its name.
    pub process: ProcessId,
    /// Its user account.
    pub user: portres_model::User,
    /// What the account is.
    pub account: portres_model::Account,
    /// Which access token it runs under: `elevated` or `filtered`.
    pub token: portres_model::AccessToken,
}

impl HeaderProcess {
    /// Its credentials.
    #[must_use]
    pub const fn credentials(&self) -> Credentials {
        Credentials { user: self.user, account: self.account, token: self.token }
    }
}

/// A dynamic range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderDynamic {
    /// Whose.
    pub protocol: Protocol,
    /// Its ports.
    pub block: PortBlock,
}

/// An administered exclusion.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderExcluded {
    /// Whose ports.
    pub protocol: Protocol,
    /// Which ports.
    pub block: PortBlock,
    /// Whether it survives a restart.
    pub persistent: bool,
}

/// A system block.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderBlock {
    /// Whose ports.
    pub protocol: Protocol,
    /// Which ports.
    pub block: PortBlock,
    /// Who has them.
    #[serde(default)]
    pub owner: Owner,
}

/// Ports to which a filter of the Windows Filtering Platform, or a bind hook, refuses binds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderFiltered {
    /// Whose ports.
    pub protocol: Protocol,
    /// Which ports.
    pub block: PortBlock,
}

/// A persistent reservation that exists at the start.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderReserved {
    /// Its token.
    pub token: Token,
    /// Whose ports.
    pub protocol: Protocol,
    /// Which ports.
    pub block: PortBlock,
}

/// A divergence that the trace has on purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The event, counted from 1.
    pub event: u64,
    /// A rule among those that refuse its reply.
    #[serde(serialize_with = "rule_id", deserialize_with = "rule_of_id")]
    pub rule: Rule,
}

fn rule_id<S: serde::Serializer>(rule: &Rule, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(rule.id())
}

fn rule_of_id<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Rule, D::Error> {
    let id = String::deserialize(from)?;
    id.parse().map_err(|_| serde::de::Error::custom(format_args!("unknown rule `{id}`")))
}

/// A call, its return, or both.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The line, from 1; 0 for an event that was not read.
    pub line: u64,
    /// Who calls.
    pub who: Who,
    /// What is seen of the call.
    pub part: Part,
    /// What the call left in its byte count, if that was seen: beside a reply only.
    pub bytes: Option<Bytes>,
    /// The comment at the end of the line.
    pub note: Option<String>,
    /// Raw numbers as recorded.
    pub raw: Option<BTreeMap<String, String>>,
}

/// What an event shows of a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part {
    /// A call and what is known of its reply.
    Whole {
        /// The call.
        call: Call,
        /// The name that stands before it where the reply gives none.
        names: Option<Names>,
        /// The reply, as far as it is known.
        reply: Observed,
    },
    /// A call begins that others overlap.
    Begin {
        /// The number under which it returns.
        number: u32,
        /// The call.
        call: Call,
        /// The name that stands before it.
        names: Option<Names>,
    },
    /// A call returns.
    End {
        /// The number under which it began.
        number: u32,
        /// The reply, as far as it is known: something is.
        reply: Observed,
    },
}

impl Event {
    /// A whole call of a process.
    #[must_use]
    pub fn whole(who: Who, call: Call, reply: Reply) -> Event {
        Event::begun(who, call, None).answered(reply.into())
    }

    /// A call whose reply is not known.
    #[must_use]
    pub fn begun(who: Who, call: Call, names: Option<Names>) -> Event {
        let part = Part::Whole { call, names, reply: Observed::Unknown };
        Event { line: 0, who, part, bytes: None, note: None, raw: None }
    }

    /// The same call with what was answered.
    #[must_use]
    pub fn answered(mut self, answer: Answer) -> Event {
        if let Part::Whole { names, reply, .. } = &mut self.part {
            *names = names.filter(|_| answer.reply.names().is_none());
            *reply = answer.reply.into();
        }
        Event { bytes: answer.bytes, ..self }
    }
}

impl Header {
    /// The machine as the header gives it.
    #[must_use]
    pub fn world(&self) -> World {
        let mut machine = Machine {
            addresses: self.addresses.clone(),
            filtered: self.filtered.iter().map(|f| (f.protocol, f.block)).collect(),
            open: self.world == Openness::Open,
            unlisted_exclusions: self.exclusions == Listed::Unknown,
            scarce: self.resources == Resources::Scarce,
            network_down: self.network == Network::Down,
            ..Machine::default()
        };
        for range in &self.dynamic {
            machine.dynamic[usize::from(range.protocol == Protocol::Udp)] = range.block;
        }
        let mut world = World::new(machine);
        for p in &self.processes {
            world.put_process(
                p.process,
                Some(Process { credentials: p.credentials(), startups: 0 }),
            );
        }
        for HeaderExcluded { protocol, block, persistent } in self.excluded.iter().copied() {
            world.exclude(Exclusion {
                protocol,
                block,
                kind: ExclusionKind::Administered { persistent },
            });
        }
        for HeaderBlock { protocol, block, owner } in self.blocks.iter().copied() {
            world.exclude(Exclusion { protocol, block, kind: ExclusionKind::System(owner) });
        }
        for HeaderReserved { token, protocol, block } in self.reserved.iter().copied() {
            let kind = Kind::Persistent { token_known: true };
            let reservation =
                Reservation { protocol, block: Some(block), kind, ended: false, users: 0 };
            world.put_reservation(token, Some(reservation));
        }
        world
    }
}
