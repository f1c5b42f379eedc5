//! What a case expects of a call.

use portres_model::Error;
use serde_json::{Map, Value};

/// What is asserted of a call's result.
#[derive(Clone, Debug, Default)]
pub(super) struct Expect {
    pub(super) answers: Answers,
    /// The outputs that are asserted, by their names.
    pub(super) told: Map<String, Value>,
    /// The one output, where it has no name.
    pub(super) value: Option<Value>,
}

/// Success, a failure, or one of several.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Answers {
    /// Nothing is asserted.
    #[default]
    Any,
    /// It fails, with whatever code.
    Fails,
    /// One of these.
    OneOf(Vec<Answer>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Ok,
    Error(Error),
}

impl Expect {
    /// Reads an expectation.
    pub(super) fn read(value: Value) -> Result<Expect, String> {
        match value {
            Value::String(word) => Ok(Expect { answers: answers(&word)?, ..Expect::default() }),
            Value::Object(object) => Expect::of(object),
            other => Err(format!("expected a word or an object in `expect`, found `{other}`")),
        }
    }

    fn of(mut object: Map<String, Value>) -> Result<Expect, String> {
        let (any_of, error) = (object.remove("any_of"), object.remove("error"));
        let value = object.remove("value");
        if let Some((key, _)) = object.iter().next() {
            return Err(format!("unknown `{key}` in `expect`: there are value, error, any_of"));
        }
        let answers = match (any_of, error) {
            (Some(Value::Array(words)), None) => Answers::OneOf(
                words
                    .iter()
                    .map(|w| answer(w.as_str().unwrap_or_default()))
                    .collect::<Result<_, _>>()?,
            ),
            (None, Some(Value::String(error))) => answers(&error)?,
            (None, None) if value.is_some() => Answers::OneOf(vec![Answer::Ok]),
            _ => return Err("expected `value`, `error` or a list `any_of` in `expect`".into()),
        };
        let (told, value) = match value {
            Some(Value::Object(told)) => (told, None),
            value => (Map::new(), value),
        };
        Ok(Expect { answers, told, value })
    }

    /// Whether the call succeeds, or may.
    pub(super) fn may_succeed(&self) -> bool {
        matches!(&self.answers, Answers::OneOf(list) if list.contains(&Answer::Ok))
    }

    /// Whether it succeeds for certain.
    pub(super) fn succeeds(&self) -> bool {
        self.answers == Answers::OneOf(vec![Answer::Ok])
    }

    /// Whether this is one of the answers that are expected, or the only one.
    pub(super) fn has(&self, error: Error) -> bool {
        matches!(&self.answers, Answers::OneOf(list) if list.contains(&Answer::Error(error)))
    }

    /// That a call succeeds, and nothing else.
    pub(super) fn success() -> Expect {
        Expect { answers: Answers::OneOf(vec![Answer::Ok]), ..Expect::default() }
    }
}

fn answers(word: &str) -> Result<Answers, String> {
    Ok(match word {
        "any" => Answers::Any,
        "fail" => Answers::Fails,
        word => Answers::OneOf(vec![answer(word)?]),
    })
}

fn answer(word: &str) -> Result<Answer, String> {
    if word == "ok" {
        return Ok(Answer::Ok);
    }
    let known = || format!("expected `ok`, `fail`, `any` or the name of an error, found `{word}`");
    Error::from_c_name(word).map(Answer::Error).ok_or_else(known)
}
