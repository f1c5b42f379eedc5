//! Socket options.

use serde_json::Value;

use super::{Converter, Event};
use crate::import::codes;
use crate::import::expect::Expect;
use crate::import::op::{GetSockOpt, Given, SetSockOpt};

/// The length of an option's value where nothing is said.
const NATURAL: i64 = 4;

fn length(len: Option<i64>) -> String {
    len.filter(|len| *len != NATURAL).map(|len| format!(" length={len}")).unwrap_or_default()
}

impl Converter<'_> {
    pub(super) fn set_sock_opt(&mut self, set: &SetSockOpt) -> Result<Event, String> {
        let operand = self.machine.operand(&set.s)?;
        let option = codes::option(&set.level, &set.opt)?;
        let (value, pointer) = match &set.value {
            Given::As(Value::String(word)) if word == "invalid pointer" => (0, " value=bad"),
            Given::As(value) => (codes::value(value)?, ""),
            Given::Absent | Given::Null => (0, " value=null"),
        };
        let length = length(set.len);
        Ok(Event::of(format!("setsockopt {operand} {option} {value}{length}{pointer}"), "ok"))
    }

    pub(super) fn get_sock_opt(
        &mut self,
        get: &GetSockOpt,
        expect: &Expect,
    ) -> Result<Event, String> {
        let operand = self.machine.operand(&get.s)?;
        let option = codes::option(&get.level, &get.opt)?;
        let mut not_told = Vec::new();
        let len = match get.len {
            Given::As(len) => length(Some(len)),
            Given::Absent => String::new(),
            Given::Null => {
                not_told.push("that the length is a NULL pointer".to_string());
                String::new()
            }
        };
        let pointer = match &get.value {
            Given::Absent => "",
            Given::Null => " value=null",
            Given::As(_) => " value=bad",
        };
        let mut told = expect.told.clone();
        let count = told.remove("out_len").and_then(|count| count.as_u64());
        let bytes = told.remove("bytes");
        let number = match (&expect.value, bytes.as_ref().and_then(Value::as_str)) {
            (Some(value), _) => Some(codes::value(value)?),
            (None, Some(hex)) => Some(codes::bytes(hex)?),
            (None, None) => None,
        };
        let success = match (number, option.as_str()) {
            (Some(number), _) => vec![number.to_string()],
            // told with the call that made the socket
            (None, "SO_PROTOCOL_INFO") => {
                super::take(&mut told, &["af", "type", "proto"]);
                vec!["ok".to_string()]
            }
            // a structure, or a number that the suite does not look at
            (None, _) => vec!["ok".into()],
        };
        let call = format!("getsockopt {operand} {option}{len}{pointer}");
        let bytes = count.map(|count| count.to_string());
        Ok(Event { call, success, bytes, not_told, ..Event::default() }.leaving(&told))
    }
}
