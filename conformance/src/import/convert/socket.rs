//! Calls that create sockets, and WSAStartup.

use serde_json::Value;

use super::{Converter, Event, ahead, name_of};
use crate::import::case::Step;
use crate::import::codes;
use crate::import::expect::Expect;
use crate::import::op::{Accept, Duplicate, Given, Op, Startup, WsaSocket};

impl Converter<'_> {
    pub(super) fn startup(&mut self, startup: &Startup, expect: &Expect) -> Event {
        let data = if startup.data == Given::Null { " data=null" } else { "" };
        let mut told = expect.told.clone();
        // a refused version is told with the call; what it left in the block is not
        let granted = if expect.succeeds() { told.remove("version") } else { None };
        let granted = granted.as_ref().and_then(Value::as_str).unwrap_or("ok").to_string();
        Event::of(format!("startup {}{data}", startup.version), &granted).leaving(&told)
    }

    pub(super) fn wsa_socket(
        &mut self,
        step: &Step,
        expect: &Expect,
        rest: &[Step],
        socket: &WsaSocket,
    ) -> Result<Event, String> {
        let info = match &socket.info {
            Given::Absent | Given::Null => String::new(),
            Given::As(Value::String(saved)) => return self.opened_from(step, expect, saved),
            Given::As(block) => {
                let part = |key: &str| {
                    codes::argument(block.get(key).unwrap_or(&Value::Null))
                        .map_err(|e| format!("in `info`: {e}"))
                };
                format!(" info={},{},{}", part("af")?, part("type")?, part("proto")?)
            }
        };
        let words = info + &flags(&socket.flags)?;
        self.socket(step, expect, rest, [&socket.af, &socket.r#type, &socket.proto], words)
    }

    /// A socket of these arguments: by the kind and the family, where that says the same, or else by the numbers.
    pub(super) fn socket(
        &mut self,
        step: &Step,
        expect: &Expect,
        rest: &[Step],
        arguments: [&Value; 3],
        words: String,
    ) -> Result<Event, String> {
        let name = name_of(step)?;
        let became = became(name, rest);
        let names = Some(self.machine.name(name));
        if let (Some((kind, family)), None, false) =
            (plain(arguments), &became, words.contains("info="))
        {
            if expect.may_succeed() {
                self.machine.open(name, family == "v6");
                self.protocols.insert(kind);
            }
            let call = format!("socket {kind} {family}{words}");
            return Ok(Event { names, ..Event::of(call, "ok") });
        }
        let [af, kind, protocol] = arguments.map(codes::argument);
        let call = format!("open {} {} {}{words}", af?, kind?, protocol?);
        let success = became.unwrap_or_default().spelled(arguments);
        if expect.may_succeed() {
            self.machine.open(name, success.iter().all(|s| s.ends_with("v6")));
        }
        Ok(Event { names, call, success, ..Event::default() })
    }

    /// A descriptor from what WSADuplicateSocket gave.
    fn opened_from(&mut self, step: &Step, expect: &Expect, saved: &str) -> Result<Event, String> {
        let source = self.machine.resolve(&Value::String(saved.to_string()))?;
        let operand = self.machine.operand(&source)?;
        let name = name_of(step)?;
        if let (Some(socket), true) = (self.machine.socket(&source).cloned(), expect.may_succeed())
        {
            self.machine.open_like(name, &socket);
        }
        let process = self.machine.process(step.process.as_deref())?;
        let names = Some(self.machine.name(name));
        Ok(Event { names, ..Event::of(format!("duplicate {operand} {process}"), "ok") })
    }

    pub(super) fn duplicate(
        &mut self,
        duplicate: &Duplicate,
        expect: &Expect,
    ) -> Result<Vec<Event>, String> {
        let operand = self.machine.operand(&duplicate.s)?;
        let process = match &duplicate.pid {
            Value::String(word) if word == "self" => "p1".to_string(),
            // no process has the identifier 0, nor the greatest
            Value::Number(number) if matches!(number.as_u64(), Some(0 | 0xffff_ffff)) => {
                "p0".into()
            }
            other => return Err(format!("expected `self`, 0 or 4294967295, found `{other}`")),
        };
        if expect.may_succeed() {
            let Some(info) = &duplicate.save_info else {
                return Err(
                    "a trace tells a duplicate with the socket that it gives: expected `save_info`"
                        .into(),
                );
            };
            self.machine.save(info, duplicate.s.clone());
            return Ok(Vec::new());
        }
        let info = if duplicate.info == Given::Null { " info=null" } else { "" };
        Ok(vec![Event::of(format!("duplicate {operand} {process}{info}"), "ok")])
    }

    pub(super) fn accept(
        &mut self,
        step: &Step,
        accept: &Accept,
        expect: &Expect,
    ) -> Result<Event, String> {
        let operand = self.machine.operand(&accept.s)?;
        let name = name_of(step)?;
        if let (Some(socket), true) =
            (self.machine.socket(&accept.s).cloned(), expect.may_succeed())
        {
            self.machine.open_like(name, &socket);
        }
        let names = Some(self.machine.name(name));
        Ok(Event { names, ..Event::of(format!("accept {operand}"), "ok") })
    }
}

fn flags(flags: &Value) -> Result<String, String> {
    let list = match flags {
        Value::Array(list) => list.clone(),
        Value::Number(number) if number.as_u64() == Some(0) => Vec::new(),
        other => return Err(format!("expected a list of flags or 0, found `{other}`")),
    };
    let has = |flag: &str| list.iter().any(|f| f.as_str() == Some(flag));
    let known = ["WSA_FLAG_OVERLAPPED", "WSA_FLAG_NO_HANDLE_INHERIT"];
    if let Some(other) = list.iter().find(|f| !known.contains(&f.as_str().unwrap_or_default())) {
        return Err(format!("unknown flag `{other}`: there are {}", known.join(", ")));
    }
    let overlapped = if has(known[0]) { "" } else { " non-overlapped" };
    let inherit = if has(known[1]) { " no-inherit" } else { "" };
    Ok(format!("{overlapped}{inherit}"))
}

/// The kind and the family of a socket that is created as everybody does it.
fn plain(arguments: [&Value; 3]) -> Option<(&'static str, &'static str)> {
    let [af, kind, protocol] = arguments;
    let family = match af.as_str()? {
        "AF_INET" => "v4",
        "AF_INET6" => "v6",
        _ => return None,
    };
    match (kind.as_str()?, protocol.as_i64()?) {
        ("SOCK_STREAM", 0 | 6) => Some(("tcp", family)),
        ("SOCK_DGRAM", 0 | 17) => Some(("udp", family)),
        _ => None,
    }
}

/// What later calls show of a socket that was created by numbers.
#[derive(Debug, Default)]
struct Became {
    kind: Option<&'static str>,
    families: Vec<&'static str>,
}

impl Became {
    /// The kinds and families that it may have, as `open` replies them.
    fn spelled(&self, arguments: [&Value; 3]) -> Vec<String> {
        let asked = arguments[0].as_str().and_then(family);
        let families = match (self.families.as_slice(), asked) {
            ([], Some(family)) => vec![family],
            ([], None) => vec!["v4", "v6"],
            (families, _) => families.to_vec(),
        };
        let kinds = self.kind.map_or_else(|| vec!["tcp", "udp"], |kind| vec![kind]);
        kinds.iter().flat_map(|k| families.iter().map(move |f| format!("{k} {f}"))).collect()
    }
}

fn family(name: &str) -> Option<&'static str> {
    match name {
        "AF_INET" => Some("v4"),
        "AF_INET6" => Some("v6"),
        _ => None,
    }
}

fn kind(name: &str) -> Option<&'static str> {
    match name {
        "SOCK_STREAM" => Some("tcp"),
        "SOCK_DGRAM" => Some("udp"),
        "SOCK_RAW" => Some("raw"),
        _ => None,
    }
}

/// Looks for the question what a socket is.
fn became(name: &str, rest: &[Step]) -> Option<Became> {
    ahead(rest, |step| {
        let Op::GetSockOpt(get) = &step.call else { return None };
        if get.s.as_str() != Some(name) || !step.expect.succeeds() {
            return None;
        }
        match get.opt.as_str()? {
            "SO_PROTOCOL_INFO" => {
                let told = &step.expect.told;
                let families = match told.get("af")? {
                    Value::String(one) => vec![one.as_str()],
                    several => several
                        .get("any_of")?
                        .as_array()?
                        .iter()
                        .filter_map(Value::as_str)
                        .collect(),
                };
                let kind = kind(told.get("type")?.as_str()?);
                Some(Became { kind, families: families.into_iter().filter_map(family).collect() })
            }
            "SO_TYPE" => {
                let kind = kind(step.expect.value.as_ref()?.as_str()?);
                Some(Became { kind, families: Vec::new() })
            }
            _ => None,
        }
    })
}
