//! Which calls are made.

use std::net::{Ipv4Addr, Ipv6Addr};

use portres_sim::model::{
    Attributes, Buffer, Command, Control, Frame, Holding, NameBuffer, Optval, Output, Overlapped,
    Pointer, PortRange, Protocol, RequestId, Routine, SocketOption, numbers,
};

use super::*;

const POINTERS: [Pointer; 8] = {
    const GOOD: Pointer = Pointer::Good;
    [GOOD, GOOD, GOOD, GOOD, GOOD, GOOD, Pointer::Null, Pointer::Bad]
};

impl Twins {
    pub(super) fn draw(&mut self, who: usize) -> Call {
        let socket = self.socket(who);
        let (range, protocol) = (self.range(), self.one(&Protocol::ALL));
        let lasting = match self.random.random_range(0..4) {
            0 => range,
            _ => PortRange { start: self.one(&[6000, 6004]), count: 4 },
        };
        match self.random.random_range(0..34) {
            0 => Call::Startup(Startup::CURRENT),
            1 if self.random.random_range(0..6) == 0 => Call::Cleanup,
            1..=5 => self.open(),
            6 => Call::Listen { socket },
            7 => Call::GetSockName { socket, name: NameBuffer::Good },
            8 => self.set_option(socket),
            9 => {
                let option = self.option();
                Call::GetSockOpt { socket, option, optval: self.optval() }
            }
            10 => {
                let commands =
                    [Command::Block(0), Command::Block(1), Command::Unread, Command::AtMark];
                Call::IoctlSocket {
                    socket,
                    command: self.one(&commands),
                    argument: self.one(&POINTERS),
                }
            }
            11..=13 => Call::Bind { socket, address: self.address(), name: self.name() },
            14 => Call::GetSockName { socket, name: self.name() },
            15 => Call::GetPeerName { socket, name: self.name() },
            16 => Call::Listen { socket },
            17 => Call::Connect { socket, address: self.address() },
            18 => Call::Disconnect { socket },
            19 => Call::Accept { socket },
            20 => Call::SendTo { socket, address: self.address() },
            21 => Call::CloseSocket { socket },
            22 => {
                let process = self.one(&[ProcessId(1), ProcessId(2), ProcessId(0)]);
                Call::Duplicate { socket, process, null: self.one(&[false, false, false, true]) }
            }
            23..=25 => Call::Acquire { socket, range, frame: self.frame(who, 4, 16) },
            26 | 27 => {
                let token = self.token();
                Call::Associate { socket, token, frame: self.frame(who, 8, 0) }
            }
            28 => {
                let token = self.token();
                Call::Release { socket, token, frame: self.frame(who, 8, 0) }
            }
            29 => Call::Affinity { socket, processor: self.random.random_range(0..3) },
            30 => self.ioctl(who, socket),
            31 => Call::Create { protocol, range: lasting, null: false },
            32 => Call::Delete { protocol, range: lasting },
            _ => Call::Lookup { protocol, range: lasting, null: false },
        }
    }

    fn open(&mut self) -> Call {
        let attributes = Attributes {
            non_overlapped: self.random.random_range(0..5) == 0,
            no_inherit: self.random.random_range(0..5) == 0,
        };
        Call::Open {
            family: self.one(&[numbers::V4, numbers::V4, numbers::V6, numbers::V6, 0, 77]),
            kind: self.one(&[1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 0, 9]),
            protocol: self.one(&[0, 0, 0, 0, 0, 0, numbers::TCP, numbers::UDP]),
            info: None,
            attributes,
        }
    }

    /// Mostly one of the process itself, and of its latest ones.
    fn socket(&mut self, who: usize) -> SocketId {
        let process = self.programs[who].process();
        let known = self.handles.iter().rev().map(|(id, _)| *id);
        let any: Vec<_> = match self.random.random_range(0..20) {
            0 => known.collect(),
            _ => self.direct.look(|world| {
                known.filter(|id| world.socket_of(process, *id).is_some()).take(6).collect()
            }),
        };
        if any.is_empty() || self.random.random_range(0..30) == 0 {
            return SocketId::INVALID;
        }
        self.one(&any)
    }

    fn token(&mut self) -> Token {
        let mut any = vec![Token::ZERO, Token::UNKNOWN];
        any.extend(self.tokens.iter().rev().take(6).map(|(token, _)| *token));
        self.one(&any)
    }

    fn range(&mut self) -> PortRange {
        let start = self.one(&[0, 1, 258, 5000, 5000, 5001, 5004, 0x8813, 65_530]);
        PortRange { start, count: self.one(&[0, 1, 1, 1, 4, 4, 4, 256]) }
    }

    fn address(&mut self) -> SocketAddr {
        let port = self.one(&[0, 0, 258, 5000, 5001, 5002, 0x8813]);
        let any = [
            Ipv4Addr::UNSPECIFIED.into(),
            Ipv4Addr::LOCALHOST.into(),
            Ipv6Addr::UNSPECIFIED.into(),
            Ipv6Addr::LOCALHOST.into(),
            Ipv4Addr::new(10, 1, 2, 3).into(),
        ];
        SocketAddr::new(self.one(&any), port)
    }

    fn name(&mut self) -> NameBuffer {
        const GOOD: NameBuffer = NameBuffer::Good;
        self.one(&[
            GOOD,
            GOOD,
            GOOD,
            GOOD,
            GOOD,
            NameBuffer::Short,
            NameBuffer::Null,
            NameBuffer::Bad,
        ])
    }

    fn option(&mut self) -> SocketOption {
        let mut any = SocketOption::ALL.to_vec();
        any.retain(|option| option.holds() != Holding::Structure);
        any.push(SocketOption::Numbered { level: 0xffff, number: -1 });
        any.push(SocketOption::Numbered { level: 1234, number: 1 });
        self.one(&any)
    }

    fn optval(&mut self) -> Optval {
        let length = self.one(&[None, None, None, Some(0), Some(1), Some(2), Some(8), Some(-1)]);
        Optval { length, value: self.one(&POINTERS) }
    }

    fn set_option(&mut self, socket: SocketId) -> Call {
        let (option, optval) = (self.option(), self.optval());
        let value: u32 = self.one(&[0, 1, 1, 0x100]);
        // the value is what a length leaves of it
        let value = match optval {
            Optval { value: Pointer::Null | Pointer::Bad, .. } => 0,
            Optval { length: Some(length), .. } if length < 4 => {
                let bits = 8 * length.max(0) as u32;
                value & ((1_u32 << bits) - 1)
            }
            _ => value,
        };
        Call::SetSockOpt { socket, option, value, optval }
    }

    fn ioctl(&mut self, who: usize, socket: SocketId) -> Call {
        let control = &Control::ALL[self.random.random_range(0..Control::ALL.len())];
        let (input, output) = (control.input as usize, control.output);
        // a handle has a size of its own, and an address that of its family
        let sized = output == Output::Sized;
        if sized && control.code != Control::ADDRESS_LIST_QUERY {
            let frame = Frame { output: Buffer::Null, ..Frame::default() };
            return Call::Ioctl { socket, code: 0x9800_9999, frame };
        }
        let mut frame = self.frame(who, input, if output == Output::Nothing { 0 } else { 4 });
        if control.code == Control::FIONBIO {
            frame.output = Buffer::Exact;
        }
        Call::Ioctl { socket, code: control.code, frame }
    }

    fn frame(&mut self, who: usize, input: usize, output: usize) -> Frame {
        if self.random.random_range(0..3) != 0 {
            return Frame::default();
        }
        let structure = self.random.random_range(0..REQUESTS);
        let overlapped = match self.random.random_range(0..6) {
            0..=2 => Overlapped::None,
            3 => Overlapped::Bad,
            _ => Overlapped::Of(self.request(who, structure)),
        };
        Frame {
            input: self.buffer(input),
            output: self.buffer(output),
            bytes: self.one(&POINTERS),
            overlapped,
            routine: match self.random.random_range(0..8) {
                0 => Routine::Given,
                1 => Routine::Bad,
                _ => Routine::None,
            },
        }
    }

    /// The name that a structure has or gets when the functions see it.
    fn request(&mut self, who: usize, structure: usize) -> RequestId {
        let key = (who, structure);
        if !self.seen.contains(&key) {
            self.seen.push(key);
        }
        let place = self.seen.iter().position(|seen| *seen == key).expect("it is there");
        RequestId(place as u32 + 1)
    }

    fn buffer(&mut self, exact: usize) -> Buffer {
        use Buffer::{Bad, Empty, Exact, Long, Null, Short, Tiny};
        if exact == 0 {
            return self.one(&[Exact, Exact, Exact, Long, Null, Bad]);
        }
        self.one(&[Exact, Exact, Exact, Exact, Long, Short, Tiny, Empty, Null, Bad])
    }
}
