//! # Calls
//! `WSAIoctl`: what every control code shares, and codes that no provider knows; SIO_CPU_AFFINITY.
//! # Errors
//! WSANOTINITIALISED, WSAENOTSOCK, WSAEOPNOTSUPP, WSAEFAULT for pointers, WSA_IO_PENDING for a request that goes on.
//! # Open
//! Which code for which bad pointer; whether a request ever pends, blocks or is interrupted; the code for an unknown
//! control code.
//! # Assumed
//! Nothing.
//! # Not modelled
//! Output that a provider without support might write; SIO_CPU_AFFINITY's own refusals.

use crate::call::{Call, Frame, Overlapped, Pointer, Routine, SocketKind};
use crate::error::Error;
use crate::id::{ProcessId, SocketId};
use crate::permitted::{Code, Guard, Permitted, Refusal, Set};
use crate::port::Protocol;
use crate::question::Question;
use crate::reply::Reply;
use crate::rule::Rule;
use crate::step::{overlapped, socket, surroundings, winsock};
use crate::world::{Socket, World};

/// What all ioctls share; the socket, its slot and transport. `None` if the call is refused for certain, as far as the
/// rest matters.
pub(super) fn reservation<'w>(
    world: &'w World,
    by: ProcessId,
    id: SocketId,
    frame: &Frame,
    all: &mut Permitted,
) -> Option<(SocketId, &'w Socket, Protocol)> {
    // whether a provider knows the code may be looked at before the handle (SIL-30)
    all.ask_if(true, Rule::IoctlNeedsProvider, Question::ProviderSupports);
    let (slot, socket) = start(world, by, id, all)?;
    if !frame.is_well_formed() || socket.non_blocking {
        mechanics(socket, frame, all);
    }
    interruptions(all);
    all.ask_if(socket.kind == SocketKind::Raw, Rule::IoctlNeedsTcpOrUdp, Question::IoctlSocketType);
    Some((slot, socket, socket.kind.protocol()?))
}

pub(super) fn start<'w>(
    world: &'w World,
    by: ProcessId,
    id: SocketId,
    all: &mut Permitted,
) -> Option<(SocketId, &'w Socket)> {
    surroundings(world, all);
    if !world.started(by) {
        all.ask_if(true, Rule::IoctlNeedsStartup, Question::IoctlBeforeStartup);
        return None;
    }
    socket::of_handle(world, by, id, all)
}

/// Whether the request is an asynchronous one (ACQ-10, ACQ-11, ACQ-14).
fn is_overlapped(socket: &Socket, frame: &Frame) -> bool {
    !socket.attributes.non_overlapped && frame.overlapped != Overlapped::None
}

/// Whether the request is an asynchronous one that has a name.
pub(super) fn is_asynchronous(socket: &Socket, frame: &Frame) -> bool {
    is_overlapped(socket, frame) && frame.request().is_some()
}

/// What the arguments beside the buffers decide.
fn mechanics(socket: &Socket, frame: &Frame, all: &mut Permitted) {
    pointers(socket, frame, all);
    if is_asynchronous(socket, frame) && frame.bytes == Pointer::Good {
        let pends = Guard::when(const { Question::Pends.only(&["pends"]) });
        all.may_when(pends, Rule::IoctlPends, Code::Is(Error::IoPending));
    } else if socket.non_blocking {
        let blocks = Guard::when(const { Question::NonBlockingIoctl.only(&["would-block"]) });
        all.may_when(blocks, Rule::IoctlWouldBlock, Code::Is(Error::WsaWouldBlock));
    }
}

/// What the pointers beside the buffers decide.
pub(super) fn pointers(socket: &Socket, frame: &Frame, all: &mut Permitted) {
    let bytes = frame.bytes != Pointer::Good;
    all.must_if(bytes, Rule::IoctlRejectsBytesPointer, Error::WsaFault);
    let nowhere = is_overlapped(socket, frame) && frame.overlapped == Overlapped::Bad;
    all.must_if(nowhere, Rule::IoctlRejectsOverlappedPointer, Error::WsaFault);
    let routine = !socket.attributes.non_overlapped && frame.routine == Routine::Bad;
    all.ask_if(routine, Rule::IoctlRejectsRoutinePointer, Question::RoutinePointer);
}

/// What may end a call from outside: no program that can be recorded sees it (CON-33).
pub(super) fn interruptions(all: &mut Permitted) {
    all.may_always(const { &Refusal::asked(Rule::IoctlInterrupted, Question::Interruption) });
}

/// A control code that no provider knows.
pub(super) fn unknown(
    world: &World,
    by: ProcessId,
    id: SocketId,
    frame: Frame,
    all: &mut Permitted,
) {
    let Some((_, socket)) = start(world, by, id, all) else { return };
    mechanics(socket, &frame, all);
    interruptions(all);
    if frame.bytes != Pointer::Good {
        return;
    }
    if is_asynchronous(socket, &frame) {
        unknown_pends(all);
    } else {
        all.ask_if(true, Rule::IoctlUnknownCode, Question::UnknownCode);
    }
}

/// An overlapped call that nobody answers.
pub(super) fn unknown_pends(all: &mut Permitted) {
    let (pends, at_once) = const {
        let q = Question::UnknownCodePends;
        (Guard::when(q.only(&["pends"])), Guard::when(q.only(&["at-once"])))
    };
    all.must_when(pends, Rule::IoctlUnknownPends, Error::IoPending);
    all.ask_when(at_once, Rule::IoctlUnknownCode, Question::UnknownCode);
}

pub(super) fn affinity(world: &World, by: ProcessId, id: SocketId, all: &mut Permitted) {
    if !winsock(world, by, all) {
        return;
    }
    if socket::of_handle(world, by, id, all).is_some() {
        all.otherwise(Rule::AffinitySets, Set::Ok);
    }
}

pub(super) fn affinity_set(world: &mut World, id: SocketId, processor: u16) {
    socket::change(world, id, |socket| socket.affinity = Some(processor));
}

/// What an ioctl that has answered leaves of its request.
pub(super) fn answered(world: &mut World, by: ProcessId, call: &Call, reply: &Reply) {
    let asynchronous = |id| world.socket(id).is_none_or(|s| !s.attributes.non_overlapped);
    let socket = call.socket().and_then(|id| world.slot_of(by, id));
    let request = call.frame().and_then(Frame::request);
    if let Some(request) = request.filter(|_| socket.is_none_or(asynchronous)) {
        overlapped::begun(world, by, request, call, reply);
    }
}
