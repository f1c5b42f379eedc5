//! Control codes and overlapped structures.

use serde_json::{Map, Value};

use super::{Converter, Event, name_of};
use crate::import::case::Step;
use crate::import::codes::{self, Control};
use crate::import::expect::Expect;
use crate::import::op::{Given, IoctlSocket, Overlapped, WsaIoctl};

impl Converter<'_> {
    pub(super) fn ioctl_socket(
        &mut self,
        ioctl: &IoctlSocket,
        expect: &Expect,
    ) -> Result<Event, String> {
        let operand = self.machine.operand(&ioctl.s)?;
        let (code, control) = codes::code(&ioctl.code)?;
        let argument = match &ioctl.arg {
            Given::Null => " argument=null".to_string(),
            Given::As(Value::String(word)) if word == "invalid pointer" => " argument=bad".into(),
            Given::As(value) if code == "FIONBIO" => format!(" {}", codes::value(value)?),
            Given::Absent | Given::As(_) => String::new(),
        };
        let mut told = expect.told.clone();
        let success = number(&mut told, control);
        let call = format!("ioctlsocket {operand} {code}{argument}");
        Ok(Event { call, success, ..Event::default() }.leaving(&told))
    }

    pub(super) fn wsa_ioctl(
        &mut self,
        step: &Step,
        ioctl: &WsaIoctl,
        expect: &Expect,
    ) -> Result<Event, String> {
        let operand = self.machine.operand(&ioctl.s)?;
        let (code, control) = codes::code(&ioctl.code)?;
        let mut told = expect.told.clone();
        let bytes = self.returned(step, told.remove("bytes_returned"))?;
        let (frame, mut not_told) = self.frame(ioctl, control)?;
        let field = |key: &str| match &ioctl.r#in {
            Given::As(Value::Object(input)) => {
                self.machine.resolve(input.get(key).unwrap_or(&Value::Null))
            }
            other => Err(format!("expected a structure with `{key}` in `in`, found {other:?}")),
        };
        let mut event = match code.as_str() {
            "SIO_ACQUIRE_PORT_RESERVATION" => {
                let block = format!("{}+{}", field("start_port")?, field("number_of_ports")?);
                self.acquire(step, expect, &operand, &block, &frame)
            }
            "SIO_ASSOCIATE_PORT_RESERVATION" | "SIO_RELEASE_PORT_RESERVATION" => {
                let token = field("token")?;
                let token = token.as_str().ok_or("expected a token that was saved")?.to_string();
                let call = if code.contains("ASSOCIATE") { "associate" } else { "release" };
                Event::of(format!("{call} {operand} {token}{frame}"), "ok")
            }
            "SIO_CPU_AFFINITY" if frame.is_empty() => {
                let Given::As(processor) = &ioctl.r#in else {
                    return Err("expected the index of a processor in `in`".into());
                };
                Event::of(format!("affinity {operand} {}", codes::value(processor)?), "ok")
            }
            "SIO_CPU_AFFINITY" => {
                return Err("a trace has no words for the arguments of SIO_CPU_AFFINITY".into());
            }
            _ => {
                if matches!(&ioctl.r#in, Given::As(value) if !value.is_string()) {
                    not_told.push("the input".into());
                }
                let success = number(&mut told, control);
                Event {
                    call: format!("ioctl {operand} {code}{frame}"),
                    success,
                    ..Event::default()
                }
            }
        };
        event.bytes = bytes;
        event.not_told.extend(not_told);
        Ok(event.leaving(&told))
    }

    fn acquire(
        &mut self,
        step: &Step,
        expect: &Expect,
        operand: &str,
        block: &str,
        frame: &str,
    ) -> Event {
        let mut event = Event::of(format!("acquire {operand} {block}{frame}"), block);
        if expect.may_succeed() {
            let token = self.machine.token();
            for (saved, _) in step.save.iter().filter(|(_, output)| *output == "token") {
                self.machine.save(saved, Value::String(token.clone()));
            }
            event.names = Some(token);
        }
        event
    }

    /// The byte count that the call left.
    fn returned(&mut self, step: &Step, told: Option<Value>) -> Result<Option<String>, String> {
        let count = match told {
            None => return Ok(None),
            Some(Value::String(word)) if word == "unchanged" => {
                return Ok(Some("untouched".into()));
            }
            Some(Value::String(word)) if word == "nonzero" => self.machine.count().into(),
            Some(value) => self.machine.resolve(&value)?,
        };
        for (saved, _) in step.save.iter().filter(|(_, output)| *output == "bytes_returned") {
            self.machine.save(saved, count.clone());
        }
        let number = count.as_u64().ok_or_else(|| format!("expected a count, found `{count}`"))?;
        Ok(Some(number.to_string()))
    }

    /// How the arguments differ from those of a well-formed call; and what of them a trace cannot tell.
    fn frame(
        &mut self,
        ioctl: &WsaIoctl,
        control: &Control,
    ) -> Result<(String, Vec<String>), String> {
        let mut words = String::new();
        let mut add = |word: String| words.push_str(&format!(" {word}"));
        let given = ioctl.in_len.as_u64();
        let given = given
            .ok_or_else(|| format!("expected a length in `in_len`, found `{}`", ioctl.in_len))?;
        match &ioctl.r#in {
            Given::As(Value::String(word)) if is_bad(word) => add("input=bad".into()),
            Given::As(_) if given < control.input => add("input=short".into()),
            Given::As(_) if given > control.input => add("input=long".into()),
            Given::Null | Given::Absent if control.input > 0 => add("input=null".into()),
            _ => {}
        }
        let mut not_told = Vec::new();
        if let Some(output) = output(&ioctl.out, &ioctl.out_len, control)? {
            add(format!("output={output}"));
        }
        if matches!(
            (&ioctl.out, ioctl.out_len.as_u64(), control.output),
            (Given::Null, Some(0), None)
        ) {
            not_told.push("that the output has no length either".to_string());
        }
        if ioctl.bytes_returned == Given::Null {
            add("bytes=null".into());
        }
        if let Given::As(name) = &ioctl.overlapped {
            let request = self.machine.request(name)?;
            add(format!("overlapped={request}"));
        }
        if matches!(ioctl.completion, Given::As(_)) {
            add("routine=given".into());
        }
        Ok((words, not_told))
    }

    /// A structure; where the case writes a status into it, that is an event.
    pub(super) fn overlapped(
        &mut self,
        step: &Step,
        overlapped: &Overlapped,
    ) -> Result<Vec<Event>, String> {
        let request = self.machine.overlapped(name_of(step)?);
        let status = overlapped.internal.as_str().filter(|word| word.starts_with("STATUS_"));
        let preset = |status| Event::of(format!("preset {request} {status}"), "ok");
        Ok(status.map(preset).into_iter().collect())
    }

    /// A wait in which completion routines run: each is an event.
    pub(super) fn alertable_wait(&mut self, expect: &Expect) -> Result<Vec<Event>, String> {
        let mut events = Vec::new();
        let callbacks = expect.told.get("callbacks").and_then(Value::as_array);
        for callback in callbacks.ok_or("expected `callbacks`, a list")? {
            let name = callback.get("overlapped").and_then(Value::as_str);
            let request =
                self.machine.request(name.ok_or("expected `overlapped` in a callback")?)?;
            let error = match callback.get("error") {
                Some(Value::String(error)) => error.clone(),
                Some(Value::Number(zero)) if zero.as_u64() == Some(0) => "ok".into(),
                other => {
                    return Err(format!("expected an error or 0 in a callback, found {other:?}"));
                }
            };
            let mut event = Event::of(format!("completion {request}"), &error);
            event.bytes = callback.get("size").and_then(Value::as_u64).map(|size| size.to_string());
            let left = callback.as_object().into_iter().flat_map(Map::keys);
            let told = ["error", "size", "overlapped"];
            event.not_told = left.filter(|key| !told.contains(&key.as_str())).cloned().collect();
            events.push(event);
        }
        Ok(events)
    }
}

fn is_bad(word: &str) -> bool {
    matches!(word, "invalid pointer" | "inaccessible")
}

/// The number that an output is, where it is one and the suite looks at it.
fn number(told: &mut Map<String, Value>, control: &Control) -> Vec<String> {
    match told.get("out") {
        Some(Value::Number(number)) if control.is_number => {
            let number = number.to_string();
            told.remove("out");
            vec![number]
        }
        _ => vec!["ok".into()],
    }
}

/// The word for an output buffer that differs from the one that the code needs.
fn output(
    out: &Given<String>,
    len: &Value,
    control: &Control,
) -> Result<Option<&'static str>, String> {
    let number = match (len, control.output) {
        (Value::Number(number), _) => number.as_u64(),
        (Value::String(words), None) => match words.as_str() {
            "one entry minus 1" | "offset of first address entry" => return Ok(Some("short")),
            "32 entries" => return Ok(None),
            _ => None,
        },
        _ => None,
    };
    let len = number.ok_or_else(|| format!("expected a length in `out_len`, found `{len}`"))?;
    Ok(match (out, control.output, len) {
        (Given::As(word), _, _) if is_bad(word) => Some("bad"),
        (Given::As(_), Some(0), 1..) => Some("long"),
        (Given::As(_), Some(size), _) if len < size => Some("short"),
        (Given::As(_), Some(size), _) if len > size => Some("long"),
        (Given::As(_), None, 0) => Some("empty"),
        (Given::As(_), None, 1..8) => Some("tiny"),
        (Given::As(_), _, _) => None,
        (Given::Null | Given::Absent, Some(0), 0) => None,
        (Given::Null | Given::Absent, _, _) => Some("null"),
    })
}
