//! What a call leaves in a byte count: `*lpcbBytesReturned` of an ioctl, `*lpcbTransfer` of `WSAGetOverlappedResult`,
//! `*namelen` of `getsockname` and `getpeername`, `*optlen` of `getsockopt`.
//!
//! A caller sees it beside the reply. It depends on the call, its reply and how the socket was made, so the world keeps
//! nothing of it.

use crate::call::{Buffer, Call, Control, NameBuffer};
use crate::error::Error;
use crate::id::{ProcessId, RequestId};
use crate::permitted::{Guard, Permitted, Set};
use crate::question::{Literal, Question};
use crate::reply::{Bytes, Reply};
use crate::rule::Rule;
use crate::world::World;

mod control;
mod option;

/// The size of `INET_PORT_RESERVATION_INSTANCE` (HDR-14).
const INSTANCE: u32 = 16;

/// The size of `SOCKADDR_IN`.
const NAME_V4: u32 = 16;

/// The size of `SOCKADDR_IN6`.
const NAME_V6: u32 = 28;

/// Every byte count that may be seen beside the reply to a call of a process, as sets of [`Reply::Bytes`]; `None` for a
/// call without one ([`Call::has_byte_count`]).
#[must_use]
pub fn bytes_returned(
    world: &World,
    by: ProcessId,
    call: &Call,
    reply: &Reply,
) -> Option<Permitted> {
    let mut all = Permitted::default();
    match (call, reply) {
        (_, Reply::Unsupported) => return None,
        (Call::GetSockName { name, .. } | Call::GetPeerName { name, .. }, _) => {
            of_name(*name, reply, &mut all);
        }
        (Call::GetSockOpt { option, optval, .. }, _) => {
            option::read(*option, *optval, reply, &mut all)
        }
        (Call::Completion { request }, _) if is_ioctl(world, *request) => {
            control::completed(reply, &mut all);
        }
        (Call::Result { .. }, Reply::Failed(_)) => {
            exactly(Guard::ALWAYS, Rule::BytesOfNoResult, Bytes::Untouched, &mut all);
        }
        (Call::Result { .. } | Call::Completion { .. }, Reply::Reserved { .. }) => {
            exactly(Guard::ALWAYS, Rule::BytesOfResult, Bytes::Wrote(INSTANCE), &mut all);
        }
        (Call::Result { .. } | Call::Completion { .. }, Reply::Ok) => {
            nothing(Rule::BytesOfResult, &mut all);
        }
        (Call::Completion { .. }, _) => {
            all.otherwise(Rule::BytesOfFailure, Set::AnyBytes);
        }
        _ => {
            let frame = call.frame()?;
            // on another socket the structure is ignored (ACQ-10)
            let socket = call.socket().and_then(|id| world.socket(world.slot_of(by, id)?));
            let overlapped = socket.is_none_or(|s| !s.attributes.non_overlapped);
            let asynchronous = overlapped && frame.request().is_some();
            match reply {
                _ if known(call)
                    .is_some_and(|c| control::tells(c, frame, reply, asynchronous, &mut all)) => {}
                Reply::Failed(error) => failed(call, *error, asynchronous, frame.output, &mut all),
                Reply::Reserved { .. } if asynchronous => inline(INSTANCE, &mut all),
                _ if asynchronous => inline(0, &mut all),
                Reply::Reserved { .. } => {
                    exactly(Guard::ALWAYS, Rule::BytesOfAcquire, Bytes::Wrote(INSTANCE), &mut all);
                }
                _ => nothing(Rule::BytesOfNothing, &mut all),
            }
        }
    }
    Some(all)
}

/// Whether the request is one of an ioctl that gives no block.
fn is_ioctl(world: &World, request: RequestId) -> bool {
    world.request(request).is_some_and(|r| matches!(r.call, Call::Ioctl { .. }))
}

fn known(call: &Call) -> Option<&'static Control> {
    match call {
        Call::Ioctl { code, .. } => Control::of(*code),
        _ => None,
    }
}

fn exactly(when: Guard, rule: Rule, bytes: Bytes, all: &mut Permitted) {
    all.otherwise_when(when, rule, Set::This(Reply::Bytes(bytes)));
}

/// The size of the name, or what was there.
fn of_name(buffer: NameBuffer, reply: &Reply, all: &mut Permitted) {
    match reply {
        Reply::Name(name) => {
            let size = if name.is_ipv4() { NAME_V4 } else { NAME_V6 };
            exactly(Guard::ALWAYS, Rule::BytesOfName, Bytes::Wrote(size), all);
        }
        Reply::Failed(Error::WsaFault) if buffer == NameBuffer::Short => {
            exactly(Guard::ALWAYS, Rule::BytesOfShortName, Bytes::Untouched, all);
        }
        _ => all.otherwise(Rule::BytesOfFailure, Set::AnyBytes),
    }
}

/// ASSOCIATE and RELEASE write nothing, and are said never to report that (CON-5).
fn nothing(rule: Rule, all: &mut Permitted) {
    let (zero, not_zero) = const {
        let q = Question::BytesOfNothing;
        (q.only(&["zero"]), q.only(&["not-zero"]))
    };
    exactly(Guard::when(zero), rule, Bytes::Wrote(0), all);
    all.otherwise_when(Guard::when(not_zero), rule, Set::BytesNotZero);
}

/// An overlapped request that is done at once.
fn inline(size: u32, all: &mut Permitted) {
    const READINGS: [Literal; 3] = {
        let q = Question::BytesInline;
        [q.only(&["written"]), q.only(&["zero"]), q.only(&["untouched"])]
    };
    let seen = [Bytes::Wrote(size), Bytes::Wrote(0), Bytes::Untouched];
    for (reading, bytes) in READINGS.into_iter().zip(seen) {
        exactly(Guard::when(reading), Rule::BytesOfOverlapped, bytes, all);
    }
}

fn failed(call: &Call, error: Error, asynchronous: bool, output: Buffer, all: &mut Permitted) {
    let short = matches!(call, Call::Acquire { .. }) && output.is_short();
    match error {
        Error::IoPending => {
            let (untouched, zero) = const {
                let q = Question::BytesPending;
                (q.only(&["untouched"]), q.only(&["zero"]))
            };
            exactly(Guard::when(untouched), Rule::BytesOfPending, Bytes::Untouched, all);
            exactly(Guard::when(zero), Rule::BytesOfPending, Bytes::Wrote(0), all);
        }
        Error::WsaInvalid if short => {
            exactly(Guard::ALWAYS, Rule::BytesOfShortOutput, Bytes::Wrote(0), all);
        }
        Error::WsaOperationNotSupported if matches!(call, Call::Ioctl { .. }) && !asynchronous => {
            exactly(Guard::ALWAYS, Rule::BytesOfUnknownCode, Bytes::Wrote(0), all);
        }
        _ => all.otherwise(Rule::BytesOfFailure, Set::AnyBytes),
    }
}
