//! What a trace tells of a reply: all of it, something, or nothing.

use std::borrow::Cow;
use std::fmt;

use portres_model::{Call, Error, Names, Reply, Spelling, SpellingError, parse_reply};
use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IgnoredAny, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

/// The most replies of which a trace may say that it was one of them.
pub const MOST_ALTERNATIVES: usize = 4;

/// What was observed of a call's reply.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Observed {
    /// Nothing: the call may have succeeded, failed, or never run.
    #[default]
    Unknown,
    /// This reply.
    Exactly(Reply),
    /// Some error; the code was not seen.
    Fails,
    /// Success; what it gave was not seen.
    Succeeds,
    /// One of these replies.
    OneOf(Alternatives),
}

/// Two to [`MOST_ALTERNATIVES`] replies, each another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alternatives([Option<Reply>; MOST_ALTERNATIVES]);

impl Alternatives {
    /// These replies.
    ///
    /// # Errors
    /// If they are too few or too many, if two are the same, if one says that the system cannot do the call, or if the
    /// successes do not all give the same name: one name stands before a call.
    pub fn new(replies: &[Reply]) -> Result<Alternatives, String> {
        if !(2..=MOST_ALTERNATIVES).contains(&replies.len()) {
            return Err(format!(
                "expected two to {MOST_ALTERNATIVES} replies of which it was one, found {}",
                replies.len()
            ));
        }
        let mut list = [None; MOST_ALTERNATIVES];
        for (i, reply) in replies.iter().enumerate() {
            if *reply == Reply::Unsupported {
                return Err("expected replies of the call, found `unsupported`".into());
            }
            if list.contains(&Some(*reply)) {
                return Err(format!("expected another reply, found `{reply}` again"));
            }
            list[i] = Some(*reply);
        }
        let mut names = replies.iter().filter(|r| r.shape().is_some()).map(Reply::names);
        if names.next().is_some_and(|first| names.any(|other| other != first)) {
            return Err("expected replies that give the same name".into());
        }
        Ok(Alternatives(list))
    }

    /// The replies, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Reply> {
        self.0.iter().flatten()
    }
}

impl From<Reply> for Observed {
    fn from(reply: Reply) -> Observed {
        Observed::Exactly(reply)
    }
}

impl Observed {
    /// Whether nothing is known.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        matches!(self, Observed::Unknown)
    }

    /// The reply, where it is known.
    #[must_use]
    pub const fn exactly(&self) -> Option<Reply> {
        match self {
            Observed::Exactly(reply) => Some(*reply),
            Observed::Unknown | Observed::Fails | Observed::Succeeds | Observed::OneOf(_) => None,
        }
    }

    /// The replies that are named: one, several, or none.
    pub fn named(&self) -> impl Iterator<Item = &Reply> {
        let (one, several) = match self {
            Observed::Exactly(reply) => (Some(reply), None),
            Observed::OneOf(replies) => (None, Some(replies.iter())),
            Observed::Unknown | Observed::Fails | Observed::Succeeds => (None, None),
        };
        one.into_iter().chain(several.into_iter().flatten())
    }

    /// The name that stands before the call.
    #[must_use]
    pub fn names(&self) -> Option<Names> {
        if let Observed::Exactly(reply) = self {
            return reply.names();
        }
        self.named().find_map(Reply::names)
    }

    /// Whether a call can answer this at all.
    #[must_use]
    pub fn fits(&self, call: &Call) -> bool {
        if let Observed::Exactly(reply) = self {
            return reply.fits(call);
        }
        self.named().all(|reply| reply.fits(call))
    }

    /// Whether the call has failed for certain, or could not be done.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        match self {
            Observed::Unknown | Observed::Succeeds => false,
            Observed::Fails => true,
            Observed::Exactly(reply) => reply.shape().is_none(),
            Observed::OneOf(replies) => replies.iter().all(|r| r.shape().is_none()),
        }
    }

    /// Whether this reply is as it was observed. A pending request has not failed.
    #[must_use]
    pub fn admits(&self, reply: &Reply) -> bool {
        match self {
            Observed::Unknown => true,
            Observed::Fails => is_failure(reply),
            Observed::Succeeds => reply.shape().is_some(),
            Observed::Exactly(_) | Observed::OneOf(_) => self.named().any(|r| r == reply),
        }
    }
}

/// Whether the reply says that the call has failed.
pub(crate) fn is_failure(reply: &Reply) -> bool {
    matches!(reply, Reply::Failed(error) if *error != Error::IoPending)
}

// Text

/// Reads what stands behind `->`.
pub(super) fn parse_observed(
    words: &mut Spelling<'_>,
    call: &Call,
    names: Option<Names>,
) -> Result<Observed, SpellingError> {
    if words.peek() == "fails" {
        words.take();
        return Ok(Observed::Fails);
    }
    if words.peek() == "succeeds" {
        words.take();
        return Ok(Observed::Succeeds);
    }
    let mut replies = vec![parse_reply(words, call, names)?];
    while words.peek() == "|" {
        words.take();
        let another = words.error(format!("another reply, two to {MOST_ALTERNATIVES} in all"));
        replies.push(parse_reply(words, call, names)?);
        if Alternatives::new(&replies).is_err() {
            return Err(another);
        }
    }
    match replies.as_slice() {
        [reply] => Ok(Observed::Exactly(*reply)),
        several => Alternatives::new(several)
            .map(Observed::OneOf)
            .map_err(|_| words.error("two replies that differ")),
    }
}

impl fmt::Display for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Observed::Unknown => Ok(()),
            Observed::Exactly(reply) => write!(f, "{reply}"),
            Observed::Fails => f.write_str("fails"),
            Observed::Succeeds => f.write_str("succeeds"),
            Observed::OneOf(replies) => {
                for (i, reply) in replies.iter().enumerate() {
                    write!(f, "{}{reply}", if i == 0 { "" } else { " | " })?;
                }
                Ok(())
            }
        }
    }
}

// JSON

/// The key under which several replies stand.
const ONE_OF: &str = "one-of";

impl Serialize for Observed {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Observed::Unknown => to.serialize_none(),
            Observed::Exactly(reply) => reply.serialize(to),
            Observed::Fails => to.serialize_str("fails"),
            Observed::Succeeds => to.serialize_str("succeeds"),
            Observed::OneOf(replies) => {
                let mut map = to.serialize_map(Some(1))?;
                map.serialize_entry(ONE_OF, &replies.iter().collect::<Vec<_>>())?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Observed {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Observed, D::Error> {
        from.deserialize_any(ObservedVisitor)
    }
}

struct ObservedVisitor;

impl<'de> Visitor<'de> for ObservedVisitor {
    type Value = Observed;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a reply")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Observed, E> {
        Ok(Observed::Unknown)
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<Observed, E> {
        match word {
            "fails" => return Ok(Observed::Fails),
            "succeeds" => return Ok(Observed::Succeeds),
            _ => {}
        }
        Reply::deserialize(StrDeserializer::new(word)).map(Observed::Exactly)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Observed, A::Error> {
        let Some(Tag(tag)) = map.next_key()? else {
            return Err(de::Error::invalid_length(0, &self));
        };
        if tag != ONE_OF {
            return Reply::deserialize(Tagged { tag, map }).map(Observed::Exactly);
        }
        let replies = map.next_value_seed(Several)?;
        only(map)?;
        Alternatives::new(&replies).map(Observed::OneOf).map_err(de::Error::custom)
    }
}

/// Several replies; the reading stops where they are too many.
struct Several;

impl<'de> DeserializeSeed<'de> for Several {
    type Value = Vec<Reply>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Vec<Reply>, D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Several {
    type Value = Vec<Reply>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of two to {MOST_ALTERNATIVES} replies")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Reply>, A::Error> {
        let mut replies = Vec::new();
        while let Some(reply) = list.next_element()? {
            replies.push(reply);
            if replies.len() > MOST_ALTERNATIVES {
                return Err(de::Error::invalid_length(replies.len(), &self));
            }
        }
        Ok(replies)
    }
}

fn only<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    match map.next_key::<IgnoredAny>()? {
        None => Ok(()),
        Some(_) => Err(de::Error::custom("expected one tag in a reply")),
    }
}

/// A tag, copied only where it is spelled with escapes.
#[derive(Deserialize)]
#[serde(transparent)]
struct Tag<'t>(#[serde(borrow)] Cow<'t, str>);

/// A reply whose tag has been read already.
struct Tagged<'de, A> {
    tag: Cow<'de, str>,
    map: A,
}

impl<'de, A: MapAccess<'de>> Deserializer<'de> for Tagged<'de, A> {
    type Error = A::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_enum(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, A: MapAccess<'de>> EnumAccess<'de> for Tagged<'de, A> {
    type Error = A::Error;
    type Variant = Content<A>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Content<A>), A::Error> {
        let variant = seed.deserialize(StrDeserializer::new(&self.tag))?;
        Ok((variant, Content(self.map)))
    }
}

/// What stands behind the tag.
struct Content<A>(A);

impl<'de, A: MapAccess<'de>> VariantAccess<'de> for Content<A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        Err(de::Error::custom("this reply is a word of its own"))
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(
        mut self,
        seed: S,
    ) -> Result<S::Value, A::Error> {
        let value = self.0.next_value_seed(seed)?;
        only(self.0)?;
        Ok(value)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.newtype_variant_seed(Fields(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.newtype_variant_seed(Fields(visitor))
    }
}

/// The fields of a reply that has several.
struct Fields<V>(V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Fields<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<V::Value, D::Error> {
        from.deserialize_any(self.0)
    }
}
