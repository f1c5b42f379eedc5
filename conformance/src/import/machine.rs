//! What the calls of a case have made so far: the names, ports and values that stand for what the system chose.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use serde::Deserialize;
use serde_json::Value;

use super::case::Step;
use super::op::Op;

/// An own address of each kind, of those that are set aside for documentation, and one of a link with its scope.
const OWN_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 7);
const OWN_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7);
const OWN_LINK: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 7);
pub(super) const OWN_SCOPE: u32 = 12;

/// The first port of the dynamic range.
const FIRST_DYNAMIC: u16 = 49_152;

/// The bytes that the rows of a list take, where the case says only that they are some.
const LIST: u64 = 40;

/// A socket of the case.
#[derive(Clone, Debug)]
pub(super) struct Socket {
    /// Its name in the trace.
    pub(super) name: String,
    pub(super) v6: bool,
    /// What it is bound to.
    pub(super) bound: Option<SocketAddr>,
    /// The local address that a connection has given it, or may have.
    pub(super) connected: Option<IpAddr>,
}

/// What stands for what.
#[derive(Default)]
pub(super) struct Machine {
    names: BTreeMap<String, String>,
    sockets: BTreeMap<String, Socket>,
    tokens: u32,
    requests: BTreeMap<String, String>,
    processes: BTreeMap<String, String>,
    saved: BTreeMap<String, Value>,
    taken: BTreeSet<u16>,
    /// The ports that stand for those that the system chose.
    pub(super) chosen: Vec<u16>,
    /// The counts that stand for those of which a case says only that they are not 0.
    pub(super) counted: bool,
    /// The own addresses that the calls use.
    pub(super) own: BTreeSet<String>,
    /// Whether own IPv6 addresses are those of a link.
    link: bool,
}

/// An address argument.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Address {
    /// A name of this family.
    Of(SocketAddr),
    /// A name of no family: it undoes a connection.
    Unspecified,
    /// NULL.
    Null,
    /// A pointer that leads nowhere.
    Bad,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddressArgument {
    family: String,
    ip: Option<String>,
    port: Option<Value>,
    scope_id: Option<u32>,
}

impl Machine {
    /// Looks ahead at the names and ports that the case fixes.
    pub(super) fn new(steps: &[Step]) -> Machine {
        let mut machine = Machine::default();
        machine.look(steps);
        let (mut kept, mut others) = (BTreeSet::new(), Vec::new());
        named(steps, &mut |name| {
            let number = name.strip_prefix('s').and_then(|n| n.parse::<u32>().ok());
            match number.filter(|n| *n > 0 && name == format!("s{n}")) {
                Some(number) => drop(kept.insert(number)),
                None if others.iter().all(|known| known != name) => others.push(name.to_string()),
                None => {}
            }
        });
        let mut free = (1..).filter(|n| !kept.contains(n));
        for name in others {
            let number = free.next().unwrap_or_default();
            machine.names.insert(name, format!("s{number}"));
        }
        machine
    }

    /// Takes the ports and scopes of the arguments in.
    fn look(&mut self, steps: &[Step]) {
        for step in steps {
            let addr = match &step.call {
                Op::Bind(bind) => &bind.addr,
                Op::Connect(connect) => &connect.addr,
                Op::WsaIoctl(ioctl) => {
                    if let super::op::Given::As(input) = &ioctl.r#in {
                        self.taken.extend(port_of(input.get("start_port")));
                    }
                    continue;
                }
                Op::Group(steps) | Op::Thread(steps) => {
                    self.look(steps);
                    continue;
                }
                _ => continue,
            };
            self.taken.extend(port_of(addr.get("port")));
            self.link |= addr.get("scope_id").is_some();
        }
    }

    /// The name in the trace of what a step creates.
    pub(super) fn name(&self, name: &str) -> String {
        self.names.get(name).cloned().unwrap_or_else(|| name.to_string())
    }

    /// A new socket.
    pub(super) fn open(&mut self, name: &str, v6: bool) {
        let socket = Socket { name: self.name(name), v6, bound: None, connected: None };
        self.sockets.insert(name.to_string(), socket);
    }

    /// A descriptor that is none: a file's, or one of a call that failed.
    pub(super) fn no_socket(&mut self, name: &str) {
        self.sockets.remove(name);
        self.names.insert(name.to_string(), "s0".into());
    }

    /// Another descriptor of the same socket, or one that has been accepted from it.
    pub(super) fn open_like(&mut self, name: &str, like: &Socket) {
        let socket = Socket { name: self.name(name), ..like.clone() };
        self.sockets.insert(name.to_string(), socket);
    }

    /// The operand: a socket's name, or `s0` for whatever else is no socket.
    pub(super) fn operand(&self, s: &Value) -> Result<String, String> {
        match s {
            Value::Number(_) => Ok("s0".into()),
            Value::String(name) if name == "INVALID_SOCKET" => Ok("s0".into()),
            Value::String(name) => match (self.sockets.get(name), self.names.get(name)) {
                (Some(socket), _) => Ok(socket.name.clone()),
                (None, Some(none)) if none == "s0" => Ok(none.clone()),
                _ => Err(format!("the socket `{name}` was never created")),
            },
            other => Err(format!("expected a socket, found `{other}`")),
        }
    }

    pub(super) fn socket(&self, s: &Value) -> Option<&Socket> {
        self.sockets.get(s.as_str()?)
    }

    pub(super) fn socket_mut(&mut self, s: &Value) -> Option<&mut Socket> {
        self.sockets.get_mut(s.as_str()?)
    }

    pub(super) fn token(&mut self) -> String {
        self.tokens += 1;
        format!("t{}", self.tokens)
    }

    /// A new overlapped structure; a name that is used again is another one.
    pub(super) fn overlapped(&mut self, name: &str) -> String {
        let request = format!("o{}", self.requests.len() + 1);
        self.requests.insert(name.to_string(), request.clone());
        request
    }

    pub(super) fn request(&self, name: &str) -> Result<String, String> {
        let unknown = || format!("the overlapped structure `{name}` was never created");
        self.requests.get(name).cloned().ok_or_else(unknown)
    }

    pub(super) fn declare(&mut self, name: &str) -> String {
        let process = format!("p{}", self.processes.len() + 2);
        self.processes.insert(name.to_string(), process.clone());
        process
    }

    pub(super) fn process(&self, name: Option<&str>) -> Result<String, String> {
        let Some(name) = name else { return Ok("p1".into()) };
        let unknown = || format!("the process `{name}` was never declared");
        self.processes.get(name).cloned().ok_or_else(unknown)
    }

    pub(super) fn save(&mut self, name: &str, value: Value) {
        self.saved.insert(name.to_string(), value);
    }

    /// What stands behind `$name`, or the value itself.
    pub(super) fn resolve(&self, value: &Value) -> Result<Value, String> {
        match value.as_str().and_then(|word| word.strip_prefix('$')) {
            Some(name) => self
                .saved
                .get(name)
                .cloned()
                .ok_or_else(|| format!("nothing was saved as `{name}`")),
            None => Ok(value.clone()),
        }
    }

    /// A port for one that the system chooses.
    pub(super) fn choose(&mut self) -> u16 {
        let port = (FIRST_DYNAMIC..).find(|port| !self.taken.contains(port)).unwrap_or(u16::MAX);
        self.taken.insert(port);
        self.chosen.push(port);
        port
    }

    /// A count for one that is not 0.
    pub(super) fn count(&mut self) -> u64 {
        self.counted = true;
        LIST
    }

    /// Reads an IP address in which an own one may stand.
    pub(super) fn ip(&mut self, text: &str) -> Result<IpAddr, String> {
        let (own_v4, own_v6) = (OWN_V4.to_string(), self.own_v6().to_string());
        for (word, own) in [("$host_ipv4", &own_v4), ("$host_ipv6", &own_v6), ("$host_ip", &own_v4)]
        {
            if text.ends_with(word) {
                self.own_address(own == &own_v6);
                let text = text.replace(word, own);
                return text.parse().map_err(|_| format!("expected an IP address, found `{text}`"));
            }
        }
        text.parse().map_err(|_| format!("expected an IP address, found `{text}`"))
    }

    /// The machine has an address besides the loopback ones.
    pub(super) fn own_address(&mut self, v6: bool) {
        let line = match (v6, self.link) {
            (false, _) => OWN_V4.to_string(),
            (true, false) => OWN_V6.to_string(),
            (true, true) => format!("{OWN_LINK}%{OWN_SCOPE}"),
        };
        self.own.insert(line);
    }

    /// The local address from which the machine reaches another, as far as it has one.
    pub(super) fn reaching(&self, to: IpAddr) -> Option<IpAddr> {
        match to {
            _ if to.is_loopback() => Some(to),
            IpAddr::V4(_) => self.own.contains(&OWN_V4.to_string()).then_some(OWN_V4.into()),
            IpAddr::V6(_) => self.own.contains(&OWN_V6.to_string()).then_some(OWN_V6.into()),
        }
    }

    fn own_v6(&self) -> Ipv6Addr {
        if self.link { OWN_LINK } else { OWN_V6 }
    }

    /// The scope that getsockname fills in.
    pub(super) fn scope_of(&self, ip: IpAddr) -> u32 {
        if self.link && ip == IpAddr::V6(OWN_LINK) { OWN_SCOPE } else { 0 }
    }

    /// Reads an address argument.
    pub(super) fn address(&mut self, value: &Value) -> Result<Address, String> {
        match value {
            Value::Null => return Ok(Address::Null),
            Value::String(word) if word == "invalid pointer" => return Ok(Address::Bad),
            _ => {}
        }
        let read: AddressArgument =
            serde_json::from_value(value.clone()).map_err(|e| format!("in the address: {e}"))?;
        if read.family == "AF_UNSPEC" {
            return Ok(Address::Unspecified);
        }
        let (Some(ip), Some(port)) = (&read.ip, &read.port) else {
            return Err("expected `ip` and `port` in the address".into());
        };
        let (ip, port) = (self.ip(ip)?, self.resolve(port)?);
        let port = port.as_u64().and_then(|p| u16::try_from(p).ok());
        let port =
            port.ok_or_else(|| format!("expected a port in the address, found `{value}`"))?;
        match (read.family.as_str(), ip) {
            ("AF_INET", IpAddr::V4(ip)) => Ok(Address::Of(SocketAddrV4::new(ip, port).into())),
            ("AF_INET6", IpAddr::V6(ip)) => {
                let scope = read.scope_id.unwrap_or(0);
                Ok(Address::Of(SocketAddrV6::new(ip, port, 0, scope).into()))
            }
            (family, ip) => Err(format!("a trace has no word for `{ip}` of the family `{family}`")),
        }
    }
}

fn port_of(value: Option<&Value>) -> Option<u16> {
    value.and_then(Value::as_u64).and_then(|port| u16::try_from(port).ok())
}

/// The names of the sockets that the steps create, in order.
fn named(steps: &[Step], take: &mut impl FnMut(&str)) {
    for step in steps {
        match (&step.call, &step.names) {
            (Op::Group(steps) | Op::Thread(steps), _) => named(steps, take),
            (Op::Socket(_) | Op::WsaSocket(_) | Op::Accept(_), Some(name)) => take(name),
            _ => {}
        }
    }
}
