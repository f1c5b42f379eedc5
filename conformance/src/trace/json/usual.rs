//! Lines as they are nearly always spelled, read fast.
//!
//! This deserializer knows the JSON that traces are written in: objects, lists, words without escapes, whole numbers. Of
//! everything else, and of everything that is wrong, it says only that it is unusual: the general reader then reads the line
//! again and says what is wrong with it. What a line means is said once, by the types.

use std::fmt;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

/// A line that the general reader has to read.
#[derive(Debug)]
pub(super) struct Unusual;

impl fmt::Display for Unusual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the usual spelling")
    }
}

impl std::error::Error for Unusual {}

impl de::Error for Unusual {
    fn custom<T: fmt::Display>(_: T) -> Unusual {
        Unusual
    }
}

/// Reads a line whole.
pub(super) fn read<'de, T: Deserialize<'de>>(line: &'de str) -> Result<T, Unusual> {
    Usual { text: line, at: 0, is_inside: false }.whole()
}

/// Reads a line whole that begins with these fields of its object; the value is of the other ones.
pub(super) fn read_behind<'de, T: Deserialize<'de>>(
    first: &str,
    line: &'de str,
) -> Result<T, Unusual> {
    if !line.starts_with(first) {
        return Err(Unusual);
    }
    Usual { text: line, at: first.len(), is_inside: true }.whole()
}

/// A line that is being read.
pub(super) struct Usual<'de> {
    text: &'de str,
    at: usize,
    /// Behind a field of the outermost object.
    is_inside: bool,
}

impl<'de> Usual<'de> {
    /// Before the first byte of a line.
    pub(super) fn new(line: &'de str) -> Usual<'de> {
        Usual { text: line, at: 0, is_inside: false }
    }

    /// Reads just these bytes.
    #[inline]
    pub(super) fn literally(&mut self, bytes: &str) -> Result<(), Unusual> {
        if !self.rest().starts_with(bytes.as_bytes()) {
            return Err(Unusual);
        }
        self.at += bytes.len();
        Ok(())
    }

    /// Reads a value.
    #[inline]
    pub(super) fn value<T: Deserialize<'de>>(&mut self) -> Result<T, Unusual> {
        T::deserialize(self)
    }

    /// Whether the line is over.
    pub(super) fn is_over(&self) -> bool {
        self.at == self.text.len()
    }

    fn whole<T: Deserialize<'de>>(mut self) -> Result<T, Unusual> {
        let value = T::deserialize(&mut self)?;
        match self.next() {
            None => Ok(value),
            Some(_) => Err(Unusual),
        }
    }

    #[inline]
    fn rest(&self) -> &'de [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// The next byte that is no blank.
    #[inline]
    fn next(&mut self) -> Option<u8> {
        match self.text.as_bytes().get(self.at) {
            Some(b' ' | b'\t') => self.behind_blanks(),
            other => other.copied(),
        }
    }

    #[cold]
    fn behind_blanks(&mut self) -> Option<u8> {
        let blanks = self.rest().iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        self.at += blanks;
        self.rest().first().copied()
    }

    #[inline]
    fn take(&mut self, wanted: u8) -> Result<(), Unusual> {
        if self.next() != Some(wanted) {
            return Err(Unusual);
        }
        self.at += 1;
        Ok(())
    }

    /// Reads a word, without its quotes.
    #[inline]
    pub(super) fn word(&mut self) -> Result<&'de str, Unusual> {
        self.take(b'"')?;
        let rest = self.rest();
        let length = match rest.first_chunk::<8>().map(|eight| ends_in(*eight)) {
            Some(ends) if ends != 0 => ends.trailing_zeros() as usize / 8,
            _ => end_of_word(rest),
        };
        if rest.get(length) != Some(&b'"') {
            return Err(Unusual);
        }
        let start = self.at;
        self.at += length + 1;
        self.text.get(start..start + length).ok_or(Unusual)
    }

    fn digits(&mut self) -> Result<u64, Unusual> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let count = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let behind = rest.get(count);
        let is_whole = !matches!(behind, Some(b'.' | b'e' | b'E'));
        let is_plain = rest.first() != Some(&b'0') || count == 1;
        if !(1..=18).contains(&count) || !is_plain || !is_whole {
            return Err(Unusual);
        }
        self.at += count;
        Ok(rest[..count].iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
    }

    fn literal(&mut self, literal: &str) -> Result<(), Unusual> {
        if !self.text[self.at..].starts_with(literal) {
            return Err(Unusual);
        }
        self.at += literal.len();
        Ok(())
    }

    #[inline]
    fn object<V: Visitor<'de>>(&mut self, visitor: V, place: Place) -> Result<V::Value, Unusual> {
        let mut fields = Within { from: self, place, end: b'}' };
        let value = visitor.visit_map(&mut fields)?;
        fields.is_over().then_some(value).ok_or(Unusual)
    }

    fn list<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Unusual> {
        let mut items = Within { from: self, place: Place::First, end: b']' };
        let value = visitor.visit_seq(&mut items)?;
        items.is_over().then_some(value).ok_or(Unusual)
    }
}

const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// Which of eight bytes a word may end with: a quote, an escape or a control character. The lowest bit that is set is the
/// highest of such a byte; those above it mean nothing.
#[inline]
fn ends_in(eight: [u8; 8]) -> u64 {
    let eight = u64::from_le_bytes(eight);
    let zeros = |eight: u64| eight.wrapping_sub(each(1)) & !eight;
    let control = eight.wrapping_sub(each(b' ')) & !eight;
    (zeros(eight ^ each(b'"')) | zeros(eight ^ each(b'\\')) | control) & each(0x80)
}

/// How many bytes stand before what may end a word.
#[inline(never)]
fn end_of_word(bytes: &[u8]) -> usize {
    let mut eights = bytes.chunks_exact(8);
    let mut at = 0;
    for eight in &mut eights {
        let ends = eight.try_into().map_or(0, ends_in);
        if ends != 0 {
            return at + ends.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = eights.remainder();
    at + rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..=0x1f)).unwrap_or(rest.len())
}

impl<'de> Deserializer<'de> for &mut Usual<'de> {
    type Error = Unusual;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unusual> {
        if self.is_inside {
            self.is_inside = false;
            return self.object(visitor, Place::Behind);
        }
        match self.next() {
            Some(b'"') => visitor.visit_borrowed_str(self.word()?),
            Some(b'{') => {
                self.at += 1;
                self.object(visitor, Place::First)
            }
            Some(b'0'..=b'9') => visitor.visit_u64(self.digits()?),
            Some(b'[') => {
                self.at += 1;
                self.list(visitor)
            }
            Some(b'-') => {
                self.at += 1;
                match self.digits()? {
                    0 => Err(Unusual),
                    number => visitor.visit_i64(-(number as i64)),
                }
            }
            Some(b't') => self.literal("true").and_then(|()| visitor.visit_bool(true)),
            Some(b'f') => self.literal("false").and_then(|()| visitor.visit_bool(false)),
            Some(b'n') => self.literal("null").and_then(|()| visitor.visit_unit()),
            _ => Err(Unusual),
        }
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unusual> {
        if self.next() == Some(b'n') {
            self.literal("null")?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unusual> {
        visitor.visit_newtype_struct(self)
    }

    #[inline]
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unusual> {
        if self.next() == Some(b'"') {
            let word = BorrowedStrDeserializer::<Unusual>::new(self.word()?);
            return visitor.visit_enum(word);
        }
        self.take(b'{')?;
        let value = visitor.visit_enum(&mut *self)?;
        self.take(b'}')?;
        Ok(value)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// A tag with what stands behind it.
impl<'de, 'a> EnumAccess<'de> for &'a mut Usual<'de> {
    type Error = Unusual;
    type Variant = &'a mut Usual<'de>;

    #[inline]
    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, &'a mut Usual<'de>), Unusual> {
        let tag = seed.deserialize(BorrowedStrDeserializer::<Unusual>::new(self.word()?))?;
        self.take(b':')?;
        Ok((tag, self))
    }
}

impl<'de> VariantAccess<'de> for &mut Usual<'de> {
    type Error = Unusual;

    fn unit_variant(self) -> Result<(), Unusual> {
        Err(Unusual)
    }

    #[inline]
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Unusual> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unusual> {
        self.deserialize_any(visitor)
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unusual> {
        self.deserialize_any(visitor)
    }
}

/// Where in an object or a list the reader stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    First,
    Behind,
    Over,
}

/// The fields of an object, or the items of a list.
struct Within<'a, 'de> {
    from: &'a mut Usual<'de>,
    place: Place,
    end: u8,
}

impl Within<'_, '_> {
    fn is_over(&self) -> bool {
        self.place == Place::Over
    }

    /// Whether another one follows.
    #[inline]
    fn follows(&mut self) -> Result<bool, Unusual> {
        let next = self.from.next().ok_or(Unusual)?;
        if next == self.end && self.place != Place::Over {
            self.from.at += 1;
            self.place = Place::Over;
            return Ok(false);
        }
        match self.place {
            Place::First => self.place = Place::Behind,
            Place::Behind => self.from.take(b',')?,
            Place::Over => return Err(Unusual),
        }
        Ok(true)
    }
}

impl<'de> MapAccess<'de> for Within<'_, 'de> {
    type Error = Unusual;

    #[inline]
    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Unusual> {
        if !self.follows()? {
            return Ok(None);
        }
        let key = BorrowedStrDeserializer::<Unusual>::new(self.from.word()?);
        seed.deserialize(key).map(Some)
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Unusual> {
        self.from.take(b':')?;
        seed.deserialize(&mut *self.from)
    }
}

impl<'de> SeqAccess<'de> for Within<'_, 'de> {
    type Error = Unusual;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Unusual> {
        if !self.follows()? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.from).map(Some)
    }
}
