//! # Calls
//! `WSAIoctl` with the control codes of [`Control::ALL`], and `ioctlsocket`.
//! # Errors
//! WSAEFAULT and WSAEINVAL for buffers, as the code has it; WSAEOPNOTSUPP for a socket of the wrong type; WSAENOTCONN;
//! WSAEWOULDBLOCK for what has not happened yet.
//! # Open
//! The codes for a wrong type of socket and for short buffers, where no suite tells.
//! # Assumed
//! Nothing.
//! # Not modelled
//! Data that can be read, lists of addresses and interfaces, and when they change; values that are set.

use crate::call::{Answers, Buffer, Command, Control, Frame, Output, Pointer, SocketKind, Suits};
use crate::error::Error;
use crate::id::{ProcessId, SocketId};
use crate::permitted::{Permitted, Set};
use crate::question::Question;
use crate::rule::Rule;
use crate::step::ioctl::{self, is_asynchronous};
use crate::step::socket;
use crate::world::{Connection, Socket, World};

pub(super) fn ioctl(
    world: &World,
    by: ProcessId,
    id: SocketId,
    code: u32,
    frame: Frame,
    all: &mut Permitted,
) {
    match Control::of(code) {
        Some(control) if control.answers != Answers::Never => {
            known(world, by, id, control, frame, all);
        }
        _ => ioctl::unknown(world, by, id, frame, all),
    }
}

fn known(
    world: &World,
    by: ProcessId,
    id: SocketId,
    control: &Control,
    frame: Frame,
    all: &mut Permitted,
) {
    let Some((_, socket)) = ioctl::start(world, by, id, all) else { return };
    ioctl::pointers(socket, &frame, all);
    ioctl::interruptions(all);
    suits(control, socket, all);
    input(control, frame.input, all);
    output(control, frame.output, all);
    if frame.bytes != Pointer::Good {
        return;
    }
    let asynchronous = is_asynchronous(socket, &frame);
    match control.answers {
        Answers::AtOncePerhaps => all.may_if(asynchronous, Rule::IoctlPends, Error::IoPending),
        Answers::PlainOnly if asynchronous => return ioctl::unknown_pends(all),
        Answers::Later if asynchronous => {
            return all.must_if(true, Rule::IoctlWaits, Error::IoPending);
        }
        Answers::Later => {
            let waits = socket.non_blocking;
            all.must_if(waits, Rule::IoctlHasNothingYet, Error::WsaWouldBlock);
        }
        Answers::AtOnce | Answers::PlainOnly | Answers::Never => {}
    }
    all.otherwise(Rule::IoctlAnswers, gives(control, socket));
}

/// What a code gives when nothing refuses it. No trace tells of data that has arrived.
fn gives(control: &Control, socket: &Socket) -> Set {
    let stream = socket.kind == SocketKind::Tcp;
    match control.code {
        Control::FIONREAD if stream && socket.connection == Connection::None => Set::Value(0),
        Control::SIOCATMARK if stream => Set::Value(1),
        _ if control.output == Output::Number => Set::AnyValue,
        _ => Set::Ok,
    }
}

/// Whether the code is for use on the socket.
fn suits(control: &Control, socket: &Socket, all: &mut Permitted) {
    let (rule, code) = (Rule::IoctlNeedsStream, Error::WsaOperationNotSupported);
    match (control.suits, socket.kind) {
        (Suits::Any, _) | (Suits::Stream | Suits::StreamPerhaps, SocketKind::Tcp) => {}
        (Suits::Stream, SocketKind::Udp) => all.must_if(true, rule, code),
        (Suits::Stream, SocketKind::Raw)
        | (Suits::StreamPerhaps, SocketKind::Udp | SocketKind::Raw) => {
            all.ask_if(true, rule, Question::StreamOnlyIoctls);
        }
    }
    if control.code == Control::IDEAL_SEND_BACKLOG_QUERY && socket.kind == SocketKind::Tcp {
        let (rule, code) = (Rule::IoctlNeedsConnection, Error::WsaNotConnected);
        let under_way = socket.connection == Connection::UnderWay;
        all.may_if(under_way, rule, code);
        all.must_if(!socket.is_connected() && !under_way, rule, code);
    }
}

fn input(control: &Control, buffer: Buffer, all: &mut Permitted) {
    if control.input == 0 || matches!(buffer, Buffer::Exact | Buffer::Long) {
        return;
    }
    let rule = Rule::IoctlRejectsInput;
    match (control.code, buffer) {
        (Control::FIONBIO | Control::KEEPALIVE_VALS, _) => all.must_if(true, rule, Error::WsaFault),
        (Control::ROUTING_INTERFACE_QUERY, _) if buffer != Buffer::Bad => {
            all.must_if(true, rule, Error::WsaInvalid);
        }
        (_, Buffer::Null | Buffer::Bad) => {
            all.ask_if(true, Rule::IoctlRejectsInputPointer, Question::InputPointer);
        }
        _ => all.ask_if(true, rule, Question::ShortIoctlBuffer),
    }
}

fn output(control: &Control, buffer: Buffer, all: &mut Permitted) {
    if control.output == Output::Nothing || matches!(buffer, Buffer::Exact | Buffer::Long) {
        return;
    }
    let rule = Rule::IoctlRejectsOutput;
    match (control.code, buffer) {
        (_, Buffer::Bad) => all.ask_if(true, rule, Question::OutputPointer),
        (Control::ADDRESS_LIST_QUERY, Buffer::Tiny) => all.must_if(true, rule, Error::WsaInvalid),
        (
            Control::ADDRESS_LIST_QUERY
            | Control::GET_INTERFACE_LIST
            | Control::FIONREAD
            | Control::SIOCATMARK,
            _,
        ) => all.must_if(true, rule, Error::WsaFault),
        (_, Buffer::Null) => all.ask_if(true, rule, Question::OutputPointer),
        _ => all.ask_if(true, rule, Question::ShortIoctlBuffer),
    }
}

/// What a pending request of a code gives, where that is not what the plain call gives; whether it is so.
pub(super) fn completes(code: u32, rule: Rule, all: &mut Permitted) -> bool {
    match Control::of(code).map(|control| control.answers) {
        Some(Answers::Later) => all.otherwise(rule, Set::Ok),
        Some(Answers::PlainOnly) => all.must_if(true, rule, Error::WsaOperationNotSupported),
        _ => return false,
    }
    true
}

pub(super) fn ioctl_socket(
    world: &World,
    by: ProcessId,
    id: SocketId,
    command: Command,
    argument: Pointer,
    all: &mut Permitted,
) {
    let Some((_, socket)) = socket::of_call(world, by, id, all) else { return };
    let nowhere = argument != Pointer::Good;
    all.must_if(nowhere, Rule::IoctlSocketRejectsPointer, Error::WsaFault);
    let code = match command {
        Command::Block(_) => return all.otherwise(Rule::IoctlSocketSets, Set::Ok),
        Command::Unread => Control::FIONREAD,
        Command::AtMark => Control::SIOCATMARK,
    };
    let Some(control) = Control::of(code) else { return };
    suits(control, socket, all);
    all.otherwise(Rule::IoctlSocketReads, gives(control, socket));
}

pub(super) fn commanded(world: &mut World, id: SocketId, command: Command) {
    if let Command::Block(value) = command {
        set_mode(world, id, value != 0);
    }
}

/// The input of FIONBIO is 1.
pub(super) fn answered(world: &mut World, id: SocketId, code: u32) {
    if code == Control::FIONBIO {
        set_mode(world, id, true);
    }
}

fn set_mode(world: &mut World, id: SocketId, non_blocking: bool) {
    socket::change(world, id, |socket| socket.non_blocking = non_blocking);
}
