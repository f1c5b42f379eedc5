//! # Calls
//! `WSAGetOverlappedResult`, a completion routine that runs, `CancelIoEx`, the end of a thread; a pending request
//! completes.
//! # Errors
//! WSA_IO_INCOMPLETE for a pending request, ERROR_NOT_FOUND for one that is not outstanding, and whatever the request gave;
//! WSA_OPERATION_ABORTED for one that was cancelled.
//! # Open
//! NULL pointers; a structure that no request has used; the code of an aborted request.
//! # Assumed
//! Nothing.
//! # Not modelled
//! Events that are not valid; which thread has started a request; waiting with a completion routine, of which the
//! documentation says that it is unpredictable (OVL-3).

use crate::call::{Call, Frame, Overlapped, Routine};
use crate::error::Error;
use crate::id::{ProcessId, RequestId, SocketId};
use crate::permitted::{Code, Guard, Permitted, Set};
use crate::question::Question;
use crate::reply::Reply;
use crate::rule::Rule;
use crate::step::winsock;
use crate::world::{Request, World};

pub(super) fn result(
    world: &World,
    by: ProcessId,
    id: RequestId,
    (wait, null): (bool, bool),
    all: &mut Permitted,
) {
    if !winsock(world, by, all) {
        return;
    }
    if null {
        all.ask_if(true, Rule::ResultRejectsNull, Question::NullResult);
        return;
    }
    let Some(request) = world.request(id).filter(|r| r.process == by) else {
        all.ask_if(true, Rule::ResultNeedsRequest, Question::UnknownRequest);
        return;
    };
    let gone = socket_of(request).is_none_or(|s| world.slot_of(by, s).is_none());
    all.must_if(gone, Rule::CallNeedsSocket, Error::WsaNotSocket);
    let pending = request.outcome.is_none();
    all.may_if(pending && !wait, Rule::ResultIsIncomplete, Error::IoIncomplete);
    outcome(world, request, Rule::ResultReports, all);
}

pub(super) fn completion(world: &World, by: ProcessId, id: RequestId, all: &mut Permitted) {
    let with_routine = |r: &&Request| {
        r.process == by && r.call.frame().is_some_and(|f| f.routine == Routine::Given)
    };
    match world.request(id).filter(with_routine) {
        Some(request) => outcome(world, request, Rule::CompletionReports, all),
        None => all.must_if(true, Rule::CompletionNeedsRoutine, Error::NotFound),
    }
}

pub(super) fn complete(world: &World, id: RequestId, all: &mut Permitted) {
    match world.request(id).filter(|r| r.outcome.is_none()) {
        Some(request) => outcome(world, request, Rule::RequestCompletes, all),
        None => all.must_if(true, Rule::CompleteNeedsPending, Error::NotFound),
    }
}

/// What a request gave, or gives where it is still pending: its completion may have been the last thing that happened.
fn outcome(world: &World, request: &Request, rule: Rule, all: &mut Permitted) {
    match request.outcome {
        Some(Reply::Failed(error)) => all.must_if(true, rule, error),
        Some(reply) => all.otherwise(rule, Set::This(reply)),
        None => {
            let open =
                socket_of(request).is_some_and(|s| world.slot_of(request.process, s).is_some());
            if request.cancelled && !open {
                all.ask_if(true, Rule::RequestIsAborted, Question::AbortCode);
                return;
            }
            let inner = super::permitted(world, request.process, &alone(&request.call));
            all.take(inner, rule);
            if request.cancelled {
                let code = Code::Asks(Question::AbortCode);
                all.may_when(Guard::ALWAYS, Rule::RequestIsAborted, code);
            }
        }
    }
}

pub(super) fn cancel(
    world: &World,
    by: ProcessId,
    id: SocketId,
    request: Option<RequestId>,
    all: &mut Permitted,
) {
    let Some(slot) = world.slot_of(by, id) else {
        all.must_if(true, Rule::CancelNeedsSocket, Error::InvalidHandle);
        return;
    };
    if outstanding(world, by, slot, request).next().is_none() {
        all.must_if(true, Rule::CancelFindsNothing, Error::NotFound);
        return;
    }
    // it may have completed unseen
    all.may_if(true, Rule::CancelFindsNothing, Error::NotFound);
    all.otherwise(Rule::CancelRequests, Set::Ok);
}

/// The pending requests of a process on a socket.
fn outstanding(
    world: &World,
    by: ProcessId,
    slot: SocketId,
    only: Option<RequestId>,
) -> impl Iterator<Item = RequestId> {
    let on_socket = move |r: &Request| {
        r.process == by && socket_of(r).and_then(|s| world.slot_of(by, s)) == Some(slot)
    };
    let all = world.pending().filter(move |(_, r)| on_socket(r)).map(|(id, _)| id);
    all.filter(move |id| only.is_none_or(|o| o == *id))
}

pub(super) fn end_thread(all: &mut Permitted) {
    all.otherwise(Rule::ThreadEnds, Set::Ok);
}

fn socket_of(request: &Request) -> Option<SocketId> {
    match request.call {
        Call::Acquire { socket, .. }
        | Call::Associate { socket, .. }
        | Call::Release { socket, .. }
        | Call::Ioctl { socket, .. } => Some(socket),
        _ => None,
    }
}

/// The same ioctl without its overlapped structure.
fn alone(call: &Call) -> Call {
    let strip =
        |frame: Frame| Frame { overlapped: Overlapped::None, routine: Routine::None, ..frame };
    match *call {
        Call::Acquire { socket, range, frame } => {
            Call::Acquire { socket, range, frame: strip(frame) }
        }
        Call::Associate { socket, token, frame } => {
            Call::Associate { socket, token, frame: strip(frame) }
        }
        Call::Release { socket, token, frame } => {
            Call::Release { socket, token, frame: strip(frame) }
        }
        Call::Ioctl { socket, code, frame } => Call::Ioctl { socket, code, frame: strip(frame) },
        other => other,
    }
}

/// An ioctl with an overlapped structure has answered: the request is pending or done, unless it never began.
pub(super) fn begun(
    world: &mut World,
    process: ProcessId,
    id: RequestId,
    call: &Call,
    reply: &Reply,
) {
    let outcome = match *reply {
        Reply::Failed(Error::IoPending) => None,
        Reply::Failed(_) => return,
        reply => Some(reply),
    };
    let request = Request { process, call: *call, cancelled: false, outcome };
    world.put_request(id, Some(request));
}

/// What was seen of a request: if it was pending it has completed, and this is its effect.
pub(super) fn seen(world: &mut World, id: RequestId, reply: &Reply) {
    let Some(request) = world.request(id).copied().filter(|r| r.outcome.is_none()) else { return };
    if *reply == Reply::Failed(Error::IoIncomplete) {
        return;
    }
    super::apply(world, request.process, &alone(&request.call), reply);
    world.put_request(id, Some(Request { outcome: Some(*reply), ..request }));
}

pub(super) fn cancel_requested(
    world: &mut World,
    by: ProcessId,
    id: SocketId,
    request: Option<RequestId>,
) {
    let Some(slot) = world.slot_of(by, id) else { return };
    let marked: Vec<_> = outstanding(world, by, slot, request).collect();
    marked.into_iter().for_each(|id| mark(world, id));
}

/// The requests of the thread may be cancelled; which they are, nobody has seen.
pub(super) fn thread_ended(world: &mut World, by: ProcessId) {
    let all: Vec<_> = world.pending().filter(|(_, r)| r.process == by).map(|(id, _)| id).collect();
    all.into_iter().for_each(|id| mark(world, id));
}

pub(super) fn socket_closed(world: &mut World, by: ProcessId, slot: SocketId) {
    if world.pending().next().is_some() {
        let marked: Vec<_> = outstanding(world, by, slot, None).collect();
        marked.into_iter().for_each(|id| mark(world, id));
    }
}

fn mark(world: &mut World, id: RequestId) {
    let Some(request) = world.request(id).copied() else { return };
    world.put_request(id, Some(Request { cancelled: true, ..request }));
}
