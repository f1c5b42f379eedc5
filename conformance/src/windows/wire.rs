//! What the parent and a worker say to each other: one JSON line a request, one an answer, in the same order.
//!
//! It is the wire form of `docs/trace-format.md` with some fields more: names of tokens are the parent's, and their raw
//! values, in `token`, are what a worker passes and gets; `process` and `protocol` carry a socket to another process.

use portres_model::{AccessToken, Account, Bytes, Call, Names, Reply, Who};
use serde::{Deserialize, Serialize};

use crate::trace::names;

/// The hidden first argument that makes this program a worker.
pub(super) const WORKER_ARGUMENT: &str = "--portres-worker";

/// The first line of a worker: under which account and token it runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Identity {
    /// What the account is.
    pub(super) account: Account,
    /// Which of its tokens.
    pub(super) token: AccessToken,
}

/// A call to be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// Who calls; the worker is the process.
    pub(super) who: Who,
    /// The name of what the call may create.
    #[serde(rename = "as", default, skip_serializing_if = "Option::is_none", with = "names")]
    pub(super) names: Option<Names>,
    /// The call.
    pub(super) call: Call,
    /// The raw value of the token that is an operand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) token: Option<u64>,
    /// The number of the process for which a socket is to be duplicated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) process: Option<u32>,
    /// What that process needs, in its own request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) protocol: Option<Vec<u8>>,
}

impl Request {
    /// A call without anything beside it.
    pub(super) fn new(who: Who, names: Option<Names>, call: Call) -> Request {
        Request { who, names, call, token: None, process: None, protocol: None }
    }
}

/// What it answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Response {
    /// The reply; the token in it is not a name yet.
    pub(super) reply: Reply,
    /// The raw value of the token in the reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) token: Option<u64>,
    /// What the call left in its byte count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) bytes: Option<Bytes>,
    /// What another process needs for a descriptor of the socket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) protocol: Option<Vec<u8>>,
}

impl From<Reply> for Response {
    fn from(reply: Reply) -> Response {
        Response { reply, token: None, bytes: None, protocol: None }
    }
}

#[cfg(test)]
mod tests {
    use portres_model::{ProcessId, SocketId, Token};

    use super::*;

    #[test]
    fn a_request_is_the_wire_form_of_the_trace_format() {
        let call = Call::CloseSocket { socket: SocketId(1) };
        let request = Request::new(Who::process(ProcessId(1)), None, call);
        let line = serde_json::to_string(&request).expect("a line");
        assert_eq!(line, r#"{"who":"p1","call":{"closesocket":{"socket":"s1"}}}"#);
        assert_eq!(serde_json::from_str::<Request>(&line).expect("a request"), request);
    }

    #[test]
    fn a_raw_token_keeps_all_its_bits() {
        let answer = Response { token: Some(u64::MAX), ..Reply::Token(Token::UNKNOWN).into() };
        let line = serde_json::to_string(&answer).expect("a line");
        assert_eq!(serde_json::from_str::<Response>(&line).expect("an answer"), answer);
    }

    #[test]
    fn a_proposed_name_arrives() {
        let line = r#"{"who":"p1.2","as":"s3","call":{"socket":{"kind":"udp","family":"v4"}}}"#;
        let request: Request = serde_json::from_str(line).expect("a request");
        assert_eq!(request.names, Some(Names::Socket(SocketId(3))));
        assert_eq!(request.who.thread, 2);
    }
}
