//! The operations of cases and their arguments.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::case::Step;

/// An argument that may be left out or NULL.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Given<T> {
    /// As it should be.
    #[default]
    Absent,
    /// NULL.
    Null,
    /// This.
    As(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Given<T>, D::Error> {
        Ok(Option::<T>::deserialize(from)?.map_or(Given::Null, Given::As))
    }
}

macro_rules! operations {
    ($($name:literal $variant:ident { $($field:ident: $type:ty $(= $default:tt)?,)* })*) => {
        $(
            #[derive(Clone, Debug, Deserialize)]
            #[serde(deny_unknown_fields)]
            #[allow(dead_code, reason = "some arguments are read to be known, and no trace tells them")]
            pub(super) struct $variant { $($(#[serde($default)])? pub(super) $field: $type,)* }
        )*

        /// An operation with its arguments.
        #[derive(Clone, Debug)]
        #[allow(dead_code, reason = "calls without arguments have none to read")]
        pub(super) enum Op {
            $($variant($variant),)*
            /// Calls of which the first that fails is judged.
            Group(Vec<Step>),
            /// Calls of a thread that ends.
            Thread(Vec<Step>),
            /// Not a matter of ports: for this reason.
            OutOfScope(&'static str),
        }

        const NAMES: &[&str] = &[$($name),*];

        impl Op {
            fn plain(name: &str, args: Value) -> Result<Option<Op>, serde_json::Error> {
                Ok(Some(match name {
                    $($name => Op::$variant(serde_json::from_value(args)?),)*
                    _ => return Ok(None),
                }))
            }
        }
    };
}

operations! {
    "wsastartup" Startup { version: String, data: Given<String> = default, }
    "wsacleanup" Cleanup {}
    "socket" Socket { af: Value, r#type: Value, proto: Value, }
    "wsasocket" WsaSocket { af: Value, r#type: Value, proto: Value, info: Given<Value> = default, flags: Value, }
    "wsaduplicatesocket" Duplicate { s: Value, pid: Value, info: Given<String> = default, save_info: Option<String> = default, }
    "bind" Bind { s: Value, addr: Value, addrlen: Option<i64> = default, }
    "connect" Connect { s: Value, addr: Value, addrlen: Option<i64> = default, }
    "connectex" ConnectEx { s: Value, addr: Value, overlapped: Given<String>, }
    "listen" Listen { s: Value, backlog: Value, }
    "accept" Accept { s: Value, }
    "getsockname" GetSockName { s: Value, len: Option<i64> = default, buf: Given<String> = default, }
    "getpeername" GetPeerName { s: Value, len: Option<i64> = default, buf: Given<String> = default, }
    "setsockopt" SetSockOpt { s: Value, level: Value, opt: Value, value: Given<Value>, len: Option<i64> = default, }
    "getsockopt" GetSockOpt { s: Value, level: Value, opt: Value, value: Given<Value> = default, len: Given<i64> = default, }
    "sendto" SendTo { s: Value, len: Value, addr: Value, }
    "closesocket" CloseSocket { s: Value, }
    "ioctlsocket" IoctlSocket { s: Value, code: Value, arg: Given<Value>, }
    "wsaioctl" WsaIoctl { s: Value, code: Value, r#in: Given<Value>, in_len: Value, out: Given<String>, out_len: Value, bytes_returned: Given<String>, overlapped: Given<String>, completion: Given<String>, }
    "overlapped" Overlapped { event: Option<String> = default, internal: Value = default, internal_high: Value = default, }
    "wsagetoverlappedresult" OverlappedResult { s: Value, overlapped: String, wait: bool, }
    "overlapped_wait" OverlappedWait { s: Value, overlapped: String, }
    "alertable_wait" AlertableWait { ms: Option<u64> = default, }
    "cancelio" CancelIo { s: Value, }
    "openfile" OpenFile {}
    "process" Process { user: String, }
    "policy" Policy { kind: String, layer: String, port: u16, }
}

const BELOW: &str = "a request below Winsock";
const PORTS: &str = "completion ports";
const EXTENSIONS: &str = "AcceptEx and DisconnectEx";
const PAYLOAD: &str = "the payload of a connection";
const KERNEL: &str = "events, files and handles of the kernel";

/// What is out of scope, and why.
const OUT_OF_SCOPE: &[(&str, &str)] = &[
    ("afd_bind", BELOW),
    ("afd_getsockname", BELOW),
    ("afd_getsockopt", BELOW),
    ("afd_poll", BELOW),
    ("associate_iocp", PORTS),
    ("get_queued_completion", PORTS),
    ("acceptex", EXTENSIONS),
    ("disconnectex", EXTENSIONS),
    ("send", PAYLOAD),
    ("recv", PAYLOAD),
    ("recvfrom", PAYLOAD),
    ("wsarecv", PAYLOAD),
    ("recv_timeout", PAYLOAD),
    ("select", PAYLOAD),
    ("wait_event", KERNEL),
    ("getoverlappedresult", KERNEL),
    ("createevent", KERNEL),
    ("createpipe", KERNEL),
    ("duplicatehandle", KERNEL),
    ("wsaeventselect", KERNEL),
];

/// The names of all operations, those out of scope included.
#[must_use]
pub fn operations() -> Vec<&'static str> {
    let others = OUT_OF_SCOPE.iter().map(|(name, _)| *name);
    NAMES.iter().copied().chain(["group", "thread"]).chain(others).collect()
}

impl Op {
    /// Reads the arguments of an operation; `nested` reads those of the calls inside.
    pub(super) fn read(
        name: &str,
        mut args: Map<String, Value>,
        nested: impl Fn(Vec<Value>) -> Result<Vec<Step>, String>,
    ) -> Result<Op, String> {
        if let Some((_, reason)) = OUT_OF_SCOPE.iter().find(|(known, _)| *known == name) {
            return Ok(Op::OutOfScope(reason));
        }
        if matches!(name, "group" | "thread") {
            let calls = match args.remove("calls") {
                Some(Value::Array(calls)) if args.is_empty() && !calls.is_empty() => calls,
                _ => return Err("expected `calls`, a list of calls, and nothing else".into()),
            };
            let steps = nested(calls)?;
            return Ok(if name == "group" { Op::Group(steps) } else { Op::Thread(steps) });
        }
        let read = Op::plain(name, Value::Object(args)).map_err(|e| e.to_string())?;
        read.ok_or_else(|| {
            let known = operations().join(", ");
            format!("unknown operation `{name}`: there are {known}")
        })
    }

    /// The reasons for which the calls are out of scope, with the operations.
    pub(super) fn out_of_scope<'a>(
        steps: &'a [Step],
        reasons: &mut BTreeMap<&'static str, Vec<&'a str>>,
    ) {
        for step in steps {
            match &step.call {
                Op::OutOfScope(reason) => {
                    let ops = reasons.entry(reason).or_default();
                    if !ops.contains(&step.op.as_str()) {
                        ops.push(&step.op);
                    }
                }
                Op::Group(steps) | Op::Thread(steps) => Op::out_of_scope(steps, reasons),
                _ => {}
            }
        }
    }
}
