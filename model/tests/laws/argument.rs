//! Arguments that are drawn whatever there is in the world.

use portres_model::{
    Attributes, Buffer, Command, Control, Frame, NameBuffer, Optval, Overlapped, Pointer,
    PortBlock, PortRange, Protocol, RequestId, Routine, SocketOption, Status, Store, Triple,
    numbers,
};

use crate::draw::Draw;
use crate::machine::block;

pub(crate) fn range(draw: &mut Draw) -> PortRange {
    let near = draw.port(5_000..=5_011);
    let start = match draw.below(24) {
        0..=2 => 0,
        3 => draw.port(65_530..=65_535),
        4 => 600,
        _ => near,
    };
    let count = match draw.below(24) {
        0 => 0,
        1..=2 => 10,
        _ => draw.port(1..=3),
    };
    PortRange { start, count }
}

pub(crate) fn frame(draw: &mut Draw) -> Frame {
    let buffer = |draw: &mut Draw| {
        use Buffer::{Bad, Empty, Exact, Long, Null, Short, Tiny};
        if draw.one_in(16) { draw.pick(&[Short, Long, Null, Bad, Empty, Tiny]) } else { Exact }
    };
    let request = RequestId(1 + draw.below(4) as u32);
    Frame {
        input: buffer(draw),
        output: buffer(draw),
        bytes: draw.weighted(&[(40, Pointer::Good), (1, Pointer::Null), (1, Pointer::Bad)]),
        overlapped: draw.weighted(&[
            (40, Overlapped::None),
            (12, Overlapped::Of(request)),
            (1, Overlapped::Bad),
        ]),
        routine: draw.weighted(&[(30, Routine::None), (6, Routine::Given), (1, Routine::Bad)]),
    }
}

pub(crate) fn protocol(draw: &mut Draw) -> Protocol {
    draw.pick(&Protocol::ALL)
}

pub(crate) fn store(draw: &mut Draw) -> Store {
    draw.pick(&[Store::Persistent, Store::Active])
}

pub(crate) fn one_port(draw: &mut Draw) -> PortBlock {
    block(draw.port(5_000..=5_011), 1)
}

pub(crate) fn attributes(draw: &mut Draw) -> Attributes {
    Attributes { non_overlapped: draw.one_in(16), no_inherit: draw.one_in(16) }
}

pub(crate) fn name(draw: &mut Draw) -> NameBuffer {
    use NameBuffer::{Bad, Good, Null, Short};
    if draw.one_in(16) { draw.pick(&[Short, Null, Bad]) } else { Good }
}

fn pointer(draw: &mut Draw) -> Pointer {
    draw.weighted(&[(20, Pointer::Good), (1, Pointer::Null), (1, Pointer::Bad)])
}

pub(crate) fn option(draw: &mut Draw) -> SocketOption {
    let (level, number) = draw.pick(&[(0xffff, 12_545), (41, -1), (6, 1), (100, 1)]);
    let numbered = SocketOption::from_numbers(level, number);
    if draw.one_in(10) { numbered } else { draw.pick(SocketOption::ALL) }
}

pub(crate) fn optval(draw: &mut Draw) -> Optval {
    let length = draw.one_in(6).then(|| draw.pick(&[-1, 0, 1, 2, 3, 4, 8]));
    Optval { length, value: pointer(draw) }
}

/// What `ioctlsocket` is to do, and the pointer to its argument.
pub(crate) fn command(draw: &mut Draw) -> (Command, Pointer) {
    let block = Command::Block(u32::from(!draw.one_in(3)));
    let command = draw.weighted(&[(4, block), (1, Command::Unread), (1, Command::AtMark)]);
    (command, pointer(draw))
}

/// A control code: one that nobody knows, or one of those that have a name.
pub(crate) fn code(draw: &mut Draw) -> u32 {
    let known = Control::ALL[draw.below(Control::ALL.len())].code;
    if draw.one_in(3) { 0x9800_0067 } else { known }
}

pub(crate) fn status(draw: &mut Draw) -> Status {
    let named: Vec<Status> = Status::named().collect();
    draw.pick(&named)
}

/// A family, a type and a protocol, most of which some system knows.
pub(crate) fn triple(draw: &mut Draw) -> Triple {
    use numbers::{DATAGRAM, FROM_INFO, RAW, STREAM, TCP, UDP, UNIX, UNSPECIFIED, V4, V6};
    let odd = draw.one_in(4);
    if odd {
        return Triple {
            family: draw.pick(&[V4, V6, UNSPECIFIED, UNIX, 99, FROM_INFO]),
            kind: draw.pick(&[STREAM, DATAGRAM, RAW, 0, 4, -1]),
            protocol: draw.pick(&[0, TCP, UDP, 1, 300]),
        };
    }
    let (kind, protocol) = draw.pick(&[(STREAM, TCP), (STREAM, 0), (DATAGRAM, UDP), (DATAGRAM, 0)]);
    Triple { family: draw.pick(&[V4, V6]), kind, protocol }
}
