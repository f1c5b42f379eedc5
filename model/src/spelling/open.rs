//! A socket by numbers: names of the C headers where there are some, decimal numbers elsewhere.

use std::fmt;

use super::words::{FAMILY_NAMES, PROTOCOL_NAMES, TYPE_NAMES};
use super::{Read, Spelling, number};
use crate::call::Triple;

type Table = &'static [(&'static str, i32)];

/// Reads `AF TYPE PROTO`.
pub(super) fn triple(words: &mut Spelling<'_>) -> Read<Triple> {
    let mut one = |expected: &str, names| words.with(expected, |word| value(word, names));
    Ok(Triple {
        family: one("an address family like `AF_INET`, or a number", FAMILY_NAMES)?,
        kind: one("a type like `SOCK_STREAM`, or a number", TYPE_NAMES)?,
        protocol: one("a protocol like `IPPROTO_TCP`, or a number", PROTOCOL_NAMES)?,
    })
}

/// Reads `info=AF,TYPE,PROTO`, if it stands there.
pub(super) fn info(words: &mut Spelling<'_>) -> Read<Option<Triple>> {
    if !words.peek().starts_with("info=") {
        return Ok(None);
    }
    let read = |word: &str| {
        let mut three = word.strip_prefix("info=")?.split(',');
        let triple = Triple {
            family: value(three.next()?, FAMILY_NAMES)?,
            kind: value(three.next()?, TYPE_NAMES)?,
            protocol: value(three.next()?, PROTOCOL_NAMES)?,
        };
        three.next().is_none().then_some(triple)
    };
    words.with("`info=` and a family, a type and a protocol, with commas between", read).map(Some)
}

fn value(word: &str, names: Table) -> Option<i32> {
    let named = names.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
    let negative = || number::<i32>(word.strip_prefix('-').filter(|n| !n.is_empty())?);
    named.or_else(|| number(word)).or_else(|| negative()?.checked_neg())
}

/// The three, with a character between them.
pub(super) struct Spelled(pub(super) Triple, pub(super) char);

impl fmt::Display for Spelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Spelled(Triple { family, kind, protocol }, between) = *self;
        let three = [(family, FAMILY_NAMES), (kind, TYPE_NAMES), (protocol, PROTOCOL_NAMES)];
        for (place, (value, names)) in three.into_iter().enumerate() {
            if place > 0 {
                write!(f, "{between}")?;
            }
            match names.iter().find(|(_, known)| *known == value) {
                Some((name, _)) => f.write_str(name)?,
                None => write!(f, "{value}")?,
            }
        }
        Ok(())
    }
}
