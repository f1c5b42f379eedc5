//! Why a trace diverges.

use std::collections::BTreeSet;
use std::mem::{Discriminant, discriminant};

use portres_model::{Call, Error, Reply, Rule};

use crate::check::Divergence;
use crate::trace::{Event, Observed, Part};

/// Two divergences have the same reason if the same kind of call was answered in the same way, and the same rules refuse it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    call: Option<Discriminant<Call>>,
    reply: Kind,
    /// Whether it is the byte count beside the reply that is refused.
    bytes: bool,
    /// The rules that refuse it.
    pub rules: BTreeSet<Rule>,
}

/// The kind of a reply: an error is a kind of its own, and so is each form of success.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Nothing,
    Success(Discriminant<Reply>),
    Error(Error),
    Unsupported,
    Fails,
    Succeeds,
    OneOf(Vec<Kind>),
}

impl Reason {
    /// Why these events diverge there.
    #[must_use]
    pub fn of(events: &[Event], divergence: &Divergence) -> Reason {
        let at = usize::try_from(divergence.event).unwrap_or(0).saturating_sub(1);
        let (call, reply) = match events.get(at).map(|event| event.part) {
            Some(Part::Whole { call, reply, .. }) => (Some(call), reply),
            Some(Part::Begin { number, call, .. }) => (Some(call), answered(&events[at..], number)),
            Some(Part::End { number, reply }) => (begun(&events[..at], number), reply),
            None => (None, Observed::Unknown),
        };
        Reason {
            call: call.as_ref().map(discriminant),
            reply: kind(&reply),
            bytes: divergence.observed.starts_with("bytes"),
            rules: divergence.refused_by.iter().map(|refused| refused.rule).collect(),
        }
    }
}

/// The call that began under this number last.
fn begun(before: &[Event], number: u32) -> Option<Call> {
    before.iter().rev().find_map(|event| match event.part {
        Part::Begin { number: n, call, .. } if n == number => Some(call),
        _ => None,
    })
}

/// What the call that began under this number was answered.
fn answered(behind: &[Event], number: u32) -> Observed {
    let reply = behind.iter().find_map(|event| match event.part {
        Part::End { number: n, reply } if n == number => Some(reply),
        _ => None,
    });
    reply.unwrap_or_default()
}

fn kind(reply: &Observed) -> Kind {
    match reply {
        Observed::Unknown => Kind::Nothing,
        Observed::Exactly(reply) => of_reply(reply),
        Observed::Fails => Kind::Fails,
        Observed::Succeeds => Kind::Succeeds,
        Observed::OneOf(replies) => Kind::OneOf(replies.iter().map(of_reply).collect()),
    }
}

fn of_reply(reply: &Reply) -> Kind {
    match reply {
        Reply::Failed(error) => Kind::Error(*error),
        Reply::Unsupported => Kind::Unsupported,
        reply => Kind::Success(discriminant(reply)),
    }
}
