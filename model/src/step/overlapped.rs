//! # Calls
//! `WSAGetOverlappedResult`, a status that the program itself writes, a completion routine that runs, `CancelIoEx`, the end of a thread; a pending request
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

use crate::call::{Call, Frame, Overlapped, Routine, Status};
use crate::error::Error;
use crate::id::{ProcessId, RequestId, SocketId};
use crate::permitted::{Code, Guard, Permitted, Set};
use crate::question::Question;
use crate::reply::Reply;
use crate::rule::Rule;
use crate::step::{control, runtime, winsock};
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
    if let Call::Preset { status, .. } = request.call {
        preset_result(world, by, status, wait, all);
        return;
    }
    let gone = socket_of(request).is_none_or(|s| world.slot_of(by, s).is_none());
    all.must_if(gone, Rule::CallNeedsSocket, Error::WsaNotSocket);
    let pending = request.outcome.is_none();
    all.may_if(pending && !wait, Rule::ResultIsIncomplete, Error::IoIncomplete);
    outcome(world, id, request, Rule::ResultReports, all);
}

/// A structure into which the program itself has written belongs to no socket: any of the process will do.
fn preset_result(world: &World, by: ProcessId, status: Status, wait: bool, all: &mut Permitted) {
    let has_socket =
        world.sockets_of(by).next().is_some() || world.duplicates().iter().any(|d| d.process == by);
    all.must_if(!has_socket, Rule::CallNeedsSocket, Error::WsaNotSocket);
    match status.error() {
        // with fWait it looks at the event alone (PF-19)
        Some(error) if !(wait && error == Error::IoIncomplete) => {
            all.must_if(true, Rule::ResultMaps, error);
        }
        _ => all.otherwise(Rule::ResultMaps, Set::Ok),
    }
}

pub(super) fn completion(world: &World, by: ProcessId, id: RequestId, all: &mut Permitted) {
    let with_routine = |r: &&Request| {
        r.process == by && r.call.frame().is_some_and(|f| f.routine == Routine::Given)
    };
    // WSACleanup runs no routine (OVL-11)
    match world.request(id).filter(with_routine).filter(|_| world.started(by)) {
        Some(request) => outcome(world, id, request, Rule::CompletionReports, all),
        None => all.must_if(true, Rule::CompletionNeedsRoutine, Error::NotFound),
    }
}

pub(super) fn complete(world: &World, id: RequestId, all: &mut Permitted) {
    match world.request(id).filter(|r| r.outcome.is_none()) {
        Some(request) => outcome(world, id, request, Rule::RequestCompletes, all),
        None => all.must_if(true, Rule::CompleteNeedsPending, Error::NotFound),
    }
}

/// What a request gave, or gives where it is still pending: its completion may have been the last thing that happened.
fn outcome(world: &World, id: RequestId, request: &Request, rule: Rule, all: &mut Permitted) {
    match request.outcome {
        Some(Reply::Failed(error)) => all.must_if(true, rule, error),
        Some(reply) => all.otherwise(rule, Set::This(reply)),
        None => pending(world, id, request, rule, all),
    }
}

/// What a pending request may give: what the same call gives now without its structure, or the end by cancellation.
fn pending(world: &World, id: RequestId, request: &Request, rule: Rule, all: &mut Permitted) {
    // without its descriptor, the socket may live on
    let open = socket_of(request) != Some(SocketId::INVALID) || request.protocol.is_some();
    if rule == Rule::RequestCompletes && !open {
        // now, and not before its socket was closed
        all.ask_if(true, Rule::RequestIsAborted, Question::AbortCode);
        return;
    }
    if request.cancelled {
        let code = Code::Asks(Question::AbortCode);
        all.may_when(Guard::ALWAYS, Rule::RequestIsAborted, code);
    }
    match request.call {
        Call::Ioctl { code, .. } if open && control::completes(code, rule, all) => {}
        _ if open => {
            let mut inner = Permitted::new();
            match alone(&request.call) {
                Call::Acquire { socket, range, frame } => {
                    let completing = (frame, Some(id));
                    runtime::acquire(world, request.process, socket, range, completing, &mut inner);
                }
                call => inner = super::permitted(world, request.process, &call),
            }
            // an overlapped operation never blocks (SOCK-4)
            inner.may.retain(|r| r.rule != Rule::IoctlWouldBlock);
            for offer in &mut inner.offers {
                // the number is in the output
                if matches!(offer.set, Set::Value(_) | Set::AnyValue) {
                    offer.set = Set::Ok;
                }
            }
            all.take(inner, rule);
        }
        // it may have been done before its socket was closed
        Call::Acquire { range, .. } if range.start != 0 => all.otherwise(rule, Set::Block(range)),
        Call::Acquire { range, .. } => all.otherwise(rule, Set::BlockOfAtMost(range.count)),
        // a code that nobody knows has done nothing
        Call::Ioctl { .. } => all.ask_if(true, rule, Question::UnknownCode),
        _ => all.otherwise(rule, Set::Ok),
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

pub(super) fn preset(all: &mut Permitted) {
    all.otherwise(Rule::PresetWrites, Set::Ok);
}

pub(super) fn was_preset(world: &mut World, by: ProcessId, id: RequestId, call: &Call) {
    let Call::Preset { status, .. } = *call else { return };
    // what a pending request gives is not the program's to say
    if world.request(id).is_none_or(|r| r.outcome.is_some()) {
        let outcome = Some(status.error().map_or(Reply::Ok, Reply::Failed));
        let request =
            Request { process: by, call: *call, protocol: None, cancelled: false, outcome };
        world.put_request(id, Some(request));
    }
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
        // the number is in the output
        Reply::Value(_) => Some(Reply::Ok),
        reply => Some(reply),
    };
    let socket = call.socket().and_then(|id| world.socket_of(process, id));
    let protocol = socket.and_then(|(_, s)| s.kind.protocol());
    let request = Request { process, call: *call, protocol, cancelled: false, outcome };
    world.put_request(id, Some(request));
}

/// What was seen of a request: if it was pending it has completed, and this is its effect.
pub(super) fn seen(world: &mut World, by: ProcessId, call: &Call, reply: &Reply) {
    let Some(id) = call.request() else { return };
    let Some(request) = world.request(id).copied().filter(|r| r.outcome.is_none()) else { return };
    if !tells(world, by, call, &request, reply) {
        return;
    }
    super::apply(world, request.process, &alone(&request.call), reply);
    world.put_request(id, Some(Request { outcome: Some(*reply), ..request }));
}

/// Whether a reply is what the request gave, and not a refusal of the call that asks.
fn tells(world: &World, by: ProcessId, call: &Call, request: &Request, reply: &Reply) -> bool {
    let Reply::Failed(error) = *reply else { return true };
    match call {
        Call::Result { null, .. } => {
            let asked_well = !null
                && request.process == by
                && world.started(by)
                && socket_of(request).is_some_and(|s| world.slot_of(by, s).is_some());
            // what may happen to any call is not the request's
            let machine = world.machine();
            let surroundings = match error {
                Error::WsaNetworkDown => machine.network_down,
                Error::WsaNoBuffers | Error::WsaTooManyFiles => machine.scarce,
                Error::WsaInProgress | Error::IoIncomplete => true,
                _ => false,
            };
            asked_well && !surroundings
        }
        Call::Completion { .. } => {
            let with_routine = request.call.frame().is_some_and(|f| f.routine == Routine::Given);
            with_routine && request.process == by && world.started(by)
        }
        _ => true,
    }
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

/// The requests on a socket that is closed are cancelled, and belong to no socket any more.
pub(super) fn socket_closed(world: &mut World, by: ProcessId, slot: SocketId) {
    if world.requests().next().is_none() {
        return;
    }
    let on_socket = |r: &Request| socket_of(r).and_then(|s| world.slot_of(by, s)) == Some(slot);
    let requests = world.requests().filter(|(_, r)| r.process == by && on_socket(r));
    let requests: Vec<_> = requests.map(|(id, r)| (id, *r)).collect();
    for (id, mut request) in requests {
        request.cancelled = true;
        request.protocol = None;
        if let Some(socket) = request.call.socket_mut() {
            *socket = SocketId::INVALID;
        }
        world.put_request(id, Some(request));
    }
}

/// The requests on a descriptor that is closed while its socket lives on go on, and are not those of the next one of its name.
pub(super) fn descriptor_closed(world: &mut World, id: SocketId) {
    let requests = world.requests().filter(|(_, r)| socket_of(r) == Some(id));
    for (id, mut request) in requests.map(|(id, r)| (id, *r)).collect::<Vec<_>>() {
        if let Some(socket) = request.call.socket_mut() {
            *socket = SocketId::INVALID;
        }
        world.put_request(id, Some(request));
    }
}

fn mark(world: &mut World, id: RequestId) {
    let Some(request) = world.request(id).copied() else { return };
    world.put_request(id, Some(Request { cancelled: true, ..request }));
}
