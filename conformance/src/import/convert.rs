//! A case as the events of a trace.

use std::collections::{BTreeMap, BTreeSet};

use portres_model::Error;
use serde_json::{Map, Value};

use super::CaseError;
use super::case::{Case, Step};
use super::expect::{Answer, Answers, Expect};
use super::machine::Machine;
use super::op::Op;

mod address;
mod control;
mod option;
mod socket;

/// What a trace can tell of one call.
#[derive(Debug, Default)]
pub(super) struct Event {
    who: String,
    /// The name of what a success creates.
    names: Option<String>,
    call: String,
    /// A success as the trace spells it; several, where the case does not tell which.
    success: Vec<String>,
    /// The byte count beside the reply.
    bytes: Option<String>,
    /// What the case asserts and the trace cannot say.
    not_told: Vec<String>,
    /// What is expected of the end of a call that is told with it.
    ends: Option<Expect>,
}

/// The text of a trace as it comes to be.
pub(super) struct Converter<'c> {
    case: &'c Case,
    machine: Machine,
    lines: Vec<String>,
    /// The calls at which the groups fail, each counted from 1.
    picks: Vec<usize>,
    groups: usize,
    /// Overlapped structures whose call has been told with its end.
    finished: BTreeSet<String>,
    /// Ports that a filter refuses.
    filtered: Vec<u16>,
    protocols: BTreeSet<&'static str>,
    /// The processes besides the first.
    processes: Vec<String>,
    not_told: usize,
}

/// The trace of a case.
pub(super) struct Told {
    pub(super) header: Vec<String>,
    pub(super) events: Vec<String>,
    /// How many outputs it cannot tell.
    pub(super) not_told: usize,
}

/// The calls of each group of the steps.
pub(super) fn groups(steps: &[Step]) -> Vec<usize> {
    let size = |step: &Step| match &step.call {
        Op::Group(calls) => vec![calls.len()],
        Op::Thread(calls) => groups(calls),
        _ => Vec::new(),
    };
    steps.iter().flat_map(size).collect()
}

/// The trace of a case whose groups fail at these calls.
pub(super) fn convert(case: &Case, picks: &[usize]) -> Result<Told, CaseError> {
    let mut converter = Converter {
        case,
        machine: Machine::new(&case.steps),
        lines: Vec::new(),
        picks: picks.to_vec(),
        groups: 0,
        finished: BTreeSet::new(),
        filtered: Vec::new(),
        protocols: BTreeSet::new(),
        processes: Vec::new(),
        not_told: 0,
    };
    converter.requirements().map_err(|message| CaseError {
        line: case.line,
        place: Some(format!("case {}", case.id)),
        message,
    })?;
    converter.steps(&case.steps, None)?;
    Ok(Told { header: converter.header(), not_told: converter.not_told, events: converter.lines })
}

impl Converter<'_> {
    fn requirements(&mut self) -> Result<(), String> {
        for required in &self.case.requires {
            match required.as_str() {
                "own address"
                | "own non-loopback ipv4 address"
                | "network interface"
                | "default route (address 192.0.2.0 must not fail at once)" => {
                    self.machine.own_address(false);
                }
                "own ipv6 address" => self.machine.own_address(true),
                "ipv6"
                | "second process, same user"
                | "two or more processors"
                | "administrative policy" => {}
                other => return Err(format!("unknown requirement `{other}`")),
            }
        }
        Ok(())
    }

    fn header(&self) -> Vec<String> {
        let mut lines: Vec<String> =
            self.machine.own.iter().map(|own| format!("address {own}")).collect();
        lines.push("process p1".into());
        lines.extend(self.processes.iter().map(|p| format!("process {p}")));
        for port in &self.filtered {
            lines.extend(self.protocols.iter().map(|p| format!("filtered {p} {port}+1")));
        }
        if let [first, .., last] = self.machine.chosen.as_slice() {
            lines.push(format!(
                "# the ports {first} to {last} stand for those that the system chose"
            ));
        } else if let [only] = self.machine.chosen.as_slice() {
            lines.push(format!("# the port {only} stands for the one that the system chose"));
        }
        if self.machine.counted {
            lines.push("# the byte counts stand for those that the system gave".into());
        }
        for (i, pick) in self.picks.iter().enumerate() {
            let which =
                if self.picks.len() > 1 { format!(" of group {}", i + 1) } else { String::new() };
            lines.push(format!(
                "# the suite does not tell which call fails: here it is call {pick}{which}"
            ));
        }
        lines
    }

    /// Tells the steps. A thread gives the caller.
    fn steps(&mut self, steps: &[Step], thread: Option<&str>) -> Result<(), CaseError> {
        for (i, step) in steps.iter().enumerate() {
            let told = match &step.call {
                Op::Group(calls) => {
                    self.group(step, calls, thread)?;
                    continue;
                }
                Op::Thread(calls) => {
                    let process = self.at(step, |c| c.machine.process(step.process.as_deref()))?;
                    let thread = format!("{process}.2");
                    self.steps(calls, Some(&thread))?;
                    self.lines.push(format!("{thread}: endthread -> ok"));
                    continue;
                }
                _ => self.at(step, |c| c.step(step, &step.expect, &steps[i + 1..]))?,
            };
            self.at(step, |c| {
                told.into_iter().try_for_each(|event| c.line(step, &step.expect, event, thread))
            })?;
        }
        Ok(())
    }

    /// The calls of a group up to the one that fails.
    fn group(
        &mut self,
        group: &Step,
        calls: &[Step],
        thread: Option<&str>,
    ) -> Result<(), CaseError> {
        let pick = self.picks.get(self.groups).copied().unwrap_or(1);
        self.groups += 1;
        for (i, step) in calls.iter().take(pick).enumerate() {
            let expect = if i + 1 == pick { group.expect.clone() } else { Expect::success() };
            let told = self.at(step, |c| c.step(step, &expect, &calls[i + 1..]))?;
            self.at(step, |c| {
                told.into_iter().try_for_each(|event| c.line(step, &expect, event, thread))
            })?;
        }
        Ok(())
    }

    fn at<T>(
        &mut self,
        step: &Step,
        tell: impl FnOnce(&mut Self) -> Result<T, String>,
    ) -> Result<T, CaseError> {
        let place = format!("case {}, call {} (`{}`)", self.case.id, step.number, step.op);
        let line = self.case.line;
        tell(self).map_err(|message| CaseError { line, place: Some(place), message })
    }

    /// The events of one step.
    fn step(&mut self, step: &Step, expect: &Expect, rest: &[Step]) -> Result<Vec<Event>, String> {
        let one = |event: Event| Ok(vec![event]);
        match &step.call {
            Op::Startup(startup) => one(self.startup(startup, expect)),
            Op::Cleanup(_) => one(Event::of("cleanup".into(), "ok")),
            Op::Socket(socket) => {
                let arguments = [&socket.af, &socket.r#type, &socket.proto];
                one(self.socket(step, expect, rest, arguments, String::new())?)
            }
            Op::WsaSocket(socket) => one(self.wsa_socket(step, expect, rest, socket)?),
            Op::Duplicate(duplicate) => self.duplicate(duplicate, expect),
            Op::Bind(bind) => one(self.bind(bind, expect)?),
            Op::Connect(connect) => {
                one(self.connect(&connect.s, &connect.addr, "connect", expect)?)
            }
            Op::ConnectEx(connect) => one(self.connect_ex(connect, expect, rest)?),
            Op::SendTo(send) => one(self.send_to(send, expect)?),
            Op::Listen(listen) => {
                one(Event::of(format!("listen {}", self.machine.operand(&listen.s)?), "ok"))
            }
            Op::Accept(accept) => one(self.accept(step, accept, expect)?),
            Op::CloseSocket(close) => {
                one(Event::of(format!("closesocket {}", self.machine.operand(&close.s)?), "ok"))
            }
            Op::GetSockName(name) => one(self.get_sock_name(step, name, expect)?),
            Op::GetPeerName(name) => one(self.get_peer_name(name, expect)?),
            Op::SetSockOpt(set) => one(self.set_sock_opt(set)?),
            Op::GetSockOpt(get) => one(self.get_sock_opt(get, expect)?),
            Op::IoctlSocket(ioctl) => one(self.ioctl_socket(ioctl, expect)?),
            Op::WsaIoctl(ioctl) => one(self.wsa_ioctl(step, ioctl, expect)?),
            Op::Overlapped(overlapped) => self.overlapped(step, overlapped),
            Op::OverlappedResult(result) => {
                let request = self.machine.request(&result.overlapped)?;
                let wait = if result.wait { " wait" } else { "" };
                one(Event::of(format!("result {request}{wait}"), "ok").counting(expect, "bytes"))
            }
            Op::OverlappedWait(wait) if self.finished.remove(&wait.overlapped) => {
                self.not_told += expect.told.len();
                Ok(Vec::new())
            }
            Op::OverlappedWait(wait) => {
                let request = self.machine.request(&wait.overlapped)?;
                one(Event::of(format!("result {request} wait"), "ok").counting(expect, "bytes"))
            }
            Op::AlertableWait(_) => self.alertable_wait(expect),
            Op::CancelIo(cancel) => {
                one(Event::of(format!("cancel {}", self.machine.operand(&cancel.s)?), "ok"))
            }
            Op::OpenFile(_) => {
                self.machine.no_socket(name_of(step)?);
                Ok(Vec::new())
            }
            Op::Process(process) => {
                if process.user != "same" {
                    return Err(format!("expected the user `same`, found `{}`", process.user));
                }
                let declared = self.machine.declare(name_of(step)?);
                self.processes.push(declared);
                Ok(Vec::new())
            }
            Op::Policy(policy) => {
                if (policy.kind.as_str(), policy.layer.as_str())
                    != ("wfp_block", "ALE_RESOURCE_ASSIGNMENT")
                {
                    return Err(format!("unknown policy `{}` at `{}`", policy.kind, policy.layer));
                }
                self.filtered.push(policy.port);
                Ok(Vec::new())
            }
            Op::Group(_) | Op::Thread(_) | Op::OutOfScope(_) => {
                Err("expected a call, found calls within calls or one out of scope".into())
            }
        }
    }

    /// Writes an event down, with the reply that is expected of it.
    fn line(
        &mut self,
        step: &Step,
        expect: &Expect,
        event: Event,
        thread: Option<&str>,
    ) -> Result<(), String> {
        let who = match (thread, event.who.is_empty()) {
            (Some(thread), _) => thread.to_string(),
            (None, false) => event.who.clone(),
            (None, true) => self.machine.process(step.process.as_deref())?,
        };
        let mut not_told = event.not_told.clone();
        let expect = event.ends.as_ref().unwrap_or(expect);
        let reply = reply(expect, &event.success, &mut not_told)?;
        let named = event.names.filter(|_| expect.may_succeed());
        let names = named.map(|name| format!("{name} = ")).unwrap_or_default();
        let mut line = format!("{who}: {names}{}", event.call);
        if let Some(reply) = &reply {
            line += &format!(" -> {reply}");
            if let Some(bytes) = &event.bytes {
                line += &format!(" bytes={bytes}");
            }
        } else if event.bytes.is_some() {
            not_told.push("the byte count".into());
        }
        if !not_told.is_empty() {
            self.not_told += not_told.len();
            line += &format!(" # not told: {}", not_told.join(", "));
        }
        self.lines.push(line);
        Ok(())
    }
}

impl Event {
    fn of(call: String, success: &str) -> Event {
        Event { call, success: vec![success.into()], ..Event::default() }
    }

    /// With the outputs that are left of what the case asserts.
    fn leaving(mut self, told: &Map<String, Value>) -> Event {
        self.not_told.extend(told.keys().cloned());
        self
    }

    /// With a byte count that the case tells as a number.
    fn counting(mut self, expect: &Expect, key: &str) -> Event {
        let mut told = expect.told.clone();
        self.bytes = told.remove(key).filter(Value::is_u64).map(|count| count.to_string());
        self.leaving(&told)
    }
}

fn name_of(step: &Step) -> Result<&str, String> {
    step.names.as_deref().ok_or_else(|| "expected `as`, the name of what it creates".into())
}

/// The most replies that a trace tells of one call.
const MOST: usize = crate::trace::MOST_ALTERNATIVES;

/// The reply as a trace tells it; `None` where nothing of it can be told.
fn reply(
    expect: &Expect,
    success: &[String],
    not_told: &mut Vec<String>,
) -> Result<Option<String>, String> {
    let list = match &expect.answers {
        Answers::Any => return Ok(None),
        Answers::Fails => return Ok(Some("fails".into())),
        Answers::OneOf(list) => list,
    };
    if success.is_empty() && expect.may_succeed() {
        not_told.push("the result".into());
        return Ok(None);
    }
    let error = |error: &Error| vec![error.to_string()];
    let words: Vec<String> = list
        .iter()
        .flat_map(|answer| match answer {
            Answer::Ok => success.to_vec(),
            Answer::Error(code) => error(code),
        })
        .collect();
    if words.len() > MOST {
        return Err(format!("a trace tells up to {MOST} replies, found {}", words.len()));
    }
    Ok(Some(words.join(" | ")))
}

/// The first of the calls that a function knows something about.
fn ahead<T>(steps: &[Step], find: impl Fn(&Step) -> Option<T>) -> Option<T> {
    steps.iter().find_map(find)
}

/// What stands under these keys, taken out.
fn take(told: &mut Map<String, Value>, keys: &[&str]) -> BTreeMap<String, Value> {
    keys.iter().filter_map(|key| Some(((*key).to_string(), told.remove(*key)?))).collect()
}
