//! How errors are told: the one table of texts, names and numbers that stand for codes.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use portres_model::Error;
use serde::Deserialize;

/// A part of a message that tells its codes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// The part.
    pub part: String,
    /// The codes, the likeliest for a port first: names or numbers.
    pub codes: Vec<String>,
    /// Who says it.
    pub by: String,
    /// Where it is found: a key of [`Messages::sources`].
    pub source: String,
}

/// A name that stands for codes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Name {
    /// The name.
    pub name: String,
    /// The number that libuv gives it on Windows.
    pub number: Option<i64>,
    /// The codes, the likeliest for a port first.
    pub codes: Vec<String>,
    /// Who uses it.
    pub by: String,
    /// Where it is found.
    pub source: String,
}

/// A number of another component, which no rule gives.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Foreign {
    /// The number.
    pub number: u32,
    /// Its C name.
    pub name: String,
    /// What it tells about ports.
    pub says: String,
    /// Who gives it.
    pub by: String,
    /// Where it is found.
    pub source: String,
    /// Ids of the evidence register.
    #[serde(default)]
    pub evidence: Vec<String>,
}

/// What a code means around ports.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meaning {
    /// The code, by its name.
    pub code: String,
    /// What it means.
    pub says: String,
    /// The rules that the sentence is about.
    pub rules: Vec<String>,
}

/// The table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Messages {
    /// Parts of messages.
    pub text: Vec<Text>,
    /// Names.
    pub name: Vec<Name>,
    /// Numbers of other components.
    pub foreign: Vec<Foreign>,
    /// Meanings.
    pub meaning: Vec<Meaning>,
    /// Where texts and names are found.
    pub sources: BTreeMap<String, String>,
}

static BUILT_IN: LazyLock<Messages> = LazyLock::new(|| {
    toml::from_str(include_str!("../../messages.toml")).expect("the table of messages is right")
});

impl Messages {
    /// The project's table.
    ///
    /// # Panics
    /// Never: a test reads it.
    #[must_use]
    pub fn built_in() -> &'static Messages {
        &BUILT_IN
    }

    /// What a number of another component tells.
    #[must_use]
    pub fn foreign(&self, error: Error) -> Option<&Foreign> {
        self.foreign.iter().find(|f| f.number == error.number())
    }

    /// What a code means around ports, where the table says it.
    #[must_use]
    pub fn meaning(&self, error: Error) -> Option<&Meaning> {
        self.meaning.iter().find(|m| named(&m.code) == Some(error))
    }
}

/// The code of a C name, or of a number in decimal or, with `0x`, in hexadecimal. A number into which HRESULT_FROM_WIN32 has
/// wrapped a code is that code.
#[must_use]
pub fn named(word: &str) -> Option<Error> {
    let number = match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None if word.starts_with('-') => word.parse::<i32>().ok().map(|n| n as u32),
        None => word.parse().ok(),
    };
    number.map(|n| Error::from_number(unwrapped(n))).or_else(|| Error::from_c_name(word))
}

/// The facility of Win32 errors, and the bit of failure.
const WIN32: u32 = 0x8007;

fn unwrapped(number: u32) -> u32 {
    if number >> 16 == WIN32 { number & 0xffff } else { number }
}

/// Whether the code has a name here or among the numbers of other components.
#[must_use]
pub fn is_known(error: Error) -> bool {
    error.c_name().is_some() || Messages::built_in().foreign(error).is_some()
}

/// The text in small letters, with single blanks.
#[must_use]
pub fn plain(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}
