//! Calls that take or give addresses.

use std::net::{IpAddr, SocketAddr, SocketAddrV6};

use portres_model::Error;
use serde_json::Value;

use super::{Converter, Event, ahead};
use crate::import::case::Step;
use crate::import::expect::Expect;
use crate::import::machine::{Address, OWN_SCOPE, Socket};
use crate::import::op::{Bind, ConnectEx, GetPeerName, GetSockName, Given, Op, SendTo};

/// The length of the structure of a family.
const fn length(v6: bool) -> i64 {
    if v6 { 28 } else { 16 }
}

impl Converter<'_> {
    pub(super) fn bind(&mut self, bind: &Bind, expect: &Expect) -> Result<Event, String> {
        let operand = self.machine.operand(&bind.s)?;
        let (address, name) = match self.machine.address(&bind.addr)? {
            Address::Of(address) => {
                let short = bind.addrlen.is_some_and(|len| len < length(address.is_ipv6()));
                (address, if short { " name=short" } else { "" })
            }
            Address::Null => (nothing(), " name=null"),
            Address::Bad => (nothing(), " name=bad"),
            Address::Unspecified => {
                return Err("a trace has no word for a bind to no family".into());
            }
        };
        let mut event = Event::of(format!("bind {operand} {address}{name}"), "");
        if expect.may_succeed() {
            let port = if address.port() == 0 { self.machine.choose() } else { address.port() };
            event.success = vec![port.to_string()];
            let scope = self.machine.scope_of(address.ip());
            if let Some(socket) = self.machine.socket_mut(&bind.s) {
                socket.bound = Some(scoped(SocketAddr::new(address.ip(), port), scope));
            }
        }
        Ok(event)
    }

    /// `connect`, and the connection that ConnectEx makes.
    pub(super) fn connect(
        &mut self,
        s: &Value,
        to: &Value,
        call: &str,
        expect: &Expect,
    ) -> Result<Event, String> {
        let operand = self.machine.operand(s)?;
        let to = match self.machine.address(to)? {
            Address::Of(address) => address,
            Address::Unspecified => return Ok(Event::of(format!("disconnect {operand}"), "ok")),
            Address::Null | Address::Bad => {
                return Err("a trace has no word for a connect without an address".into());
            }
        };
        let mut event = Event::of(format!("{call} {operand} {to}"), "");
        if expect.may_succeed() {
            event.success = vec![self.local_port(s, to.ip())];
        } else if expect.has(Error::WsaWouldBlock) {
            // the connection is under way, and the socket may have its address already
            let local = self.machine.reaching(to.ip());
            if let Some(socket) = self.machine.socket_mut(s) {
                socket.connected = local.or(socket.connected);
            }
        }
        Ok(event)
    }

    pub(super) fn connect_ex(
        &mut self,
        connect: &ConnectEx,
        expect: &Expect,
        rest: &[Step],
    ) -> Result<Event, String> {
        let told = |event: Event| event.leaving(&expect.told);
        let Given::As(overlapped) = &connect.overlapped else {
            let event = self.connect(&connect.s, &connect.addr, "connectex", expect)?;
            let call = format!("{} overlapped=null", event.call);
            return Ok(told(Event { call, ..event }));
        };
        if !expect.has(Error::IoPending) && !expect.may_succeed() {
            return self.connect(&connect.s, &connect.addr, "connectex", expect).map(told);
        }
        // a trace tells the call with its end
        let end = ahead(rest, |step| match &step.call {
            Op::OverlappedWait(wait) if wait.overlapped == *overlapped => Some(step.expect.clone()),
            _ => None,
        });
        let end = end.ok_or("expected `overlapped_wait` behind a connectex that may be pending")?;
        self.finished.insert(overlapped.clone());
        let event = self.connect(&connect.s, &connect.addr, "connectex", &end)?;
        Ok(told(Event { ends: Some(end), ..event }))
    }

    pub(super) fn send_to(&mut self, send: &SendTo, expect: &Expect) -> Result<Event, String> {
        let operand = self.machine.operand(&send.s)?;
        let Address::Of(to) = self.machine.address(&send.addr)? else {
            return Err("a trace has no word for a sendto without an address".into());
        };
        let mut event = Event::of(format!("sendto {operand} {to}"), "").leaving(&expect.told);
        if expect.may_succeed() {
            event.success = vec![self.local_port(&send.s, to.ip())];
        }
        Ok(event)
    }

    /// The port of a socket that a call to this address binds, if nothing has.
    fn local_port(&mut self, s: &Value, to: IpAddr) -> String {
        let bound = self.machine.socket(s).and_then(|socket| socket.bound);
        let port = bound.map_or_else(|| self.machine.choose(), |bound| bound.port());
        let local = self.machine.reaching(to);
        if let Some(socket) = self.machine.socket_mut(s) {
            let any = SocketAddr::new(unspecified(socket.v6), port);
            socket.bound = socket.bound.or(Some(any));
            socket.connected = local.or(socket.connected);
        }
        port.to_string()
    }

    pub(super) fn get_sock_name(
        &mut self,
        step: &Step,
        name: &GetSockName,
        expect: &Expect,
    ) -> Result<Event, String> {
        let operand = self.machine.operand(&name.s)?;
        let socket = self.machine.socket(&name.s).cloned();
        let v6 = socket.as_ref().is_some_and(|socket| socket.v6);
        let word = pointer(&name.buf, name.len, v6);
        let mut told = expect.told.clone();
        let bytes = told.remove("len").and_then(|len| len.as_i64());
        let mut event = Event::of(format!("getsockname {operand}{word}"), "");
        event.bytes = bytes.map(|len| match name.len {
            Some(given) if given == len => "untouched".to_string(),
            _ => len.to_string(),
        });
        if expect.may_succeed() {
            let socket = socket.ok_or("a name of what is no socket")?;
            let asserted = super::take(&mut told, &["family", "ip", "port", "scope_id"]);
            event.success = self.names(&socket, &asserted)?;
            for (saved, output) in &step.save {
                let port = socket.bound.map_or(0, |bound| bound.port());
                match output.as_str() {
                    "port" => self.machine.save(saved, port.into()),
                    other => return Err(format!("nothing to save as `{saved}`: `{other}`")),
                }
            }
        }
        Ok(event.leaving(&told))
    }

    /// The names that getsockname may give: several, where the case asserts no address and the socket has a connection.
    fn names(
        &mut self,
        socket: &Socket,
        asserted: &std::collections::BTreeMap<String, Value>,
    ) -> Result<Vec<String>, String> {
        let bound = socket.bound.ok_or("a name of a socket that is not bound")?;
        let port = match asserted.get("port") {
            Some(Value::Number(number)) => {
                let port = number.as_u64().and_then(|port| u16::try_from(port).ok());
                port.ok_or_else(|| format!("expected a port, found `{number}`"))?
            }
            _ => bound.port(),
        };
        let addresses = match asserted.get("ip").and_then(Value::as_str) {
            Some(ip) => vec![self.machine.ip(ip)?],
            None => {
                let connected = socket.connected.filter(|ip| *ip != bound.ip());
                std::iter::once(bound.ip()).chain(connected).collect()
            }
        };
        let scope =
            asserted.get("scope_id").map(|scope| scope.as_u64().unwrap_or(OWN_SCOPE.into()));
        let scope = match scope {
            Some(number) => u32::try_from(number).map_err(|_| "expected a scope of 32 bits")?,
            None => self.machine.scope_of(bound.ip()),
        };
        let named = |ip: IpAddr| scoped(SocketAddr::new(ip, port), scope).to_string();
        Ok(addresses.into_iter().map(named).collect())
    }

    pub(super) fn get_peer_name(
        &mut self,
        name: &GetPeerName,
        expect: &Expect,
    ) -> Result<Event, String> {
        let operand = self.machine.operand(&name.s)?;
        let v6 = self.machine.socket(&name.s).is_some_and(|socket| socket.v6);
        let word = pointer(&name.buf, name.len, v6);
        let mut event = Event::of(format!("getpeername {operand}{word}"), "");
        event.success.clear();
        let mut told = expect.told.clone();
        if let (Some(Value::String(ip)), Some(port)) = (told.get("ip"), told.get("port")) {
            let ip = self.machine.ip(ip)?;
            let port = self.machine.resolve(port)?.as_u64().and_then(|p| u16::try_from(p).ok());
            if let Some(port) = port {
                event.success = vec![SocketAddr::new(ip, port).to_string()];
                super::take(&mut told, &["ip", "port"]);
            }
        }
        Ok(event.leaving(&told))
    }
}

/// How the arguments of a call that gives a name differ from the well-formed ones.
fn pointer(buffer: &Given<String>, len: Option<i64>, v6: bool) -> &'static str {
    match buffer {
        Given::Null => " name=null",
        _ if len.is_some_and(|len| len < length(v6)) => " name=short",
        _ => "",
    }
}

/// What stands for an address that is not there.
fn nothing() -> SocketAddr {
    SocketAddr::new(unspecified(false), 0)
}

fn unspecified(v6: bool) -> IpAddr {
    if v6 { IpAddr::from([0; 16]) } else { IpAddr::from([0; 4]) }
}

fn scoped(address: SocketAddr, scope: u32) -> SocketAddr {
    match address {
        SocketAddr::V6(v6) => SocketAddrV6::new(*v6.ip(), v6.port(), 0, scope).into(),
        v4 @ SocketAddr::V4(_) => v4,
    }
}
