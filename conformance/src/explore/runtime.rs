//! `runtime`: reservations at run time, their sockets, the lives of two processes.

use portres_model::{
    Attributes, Call, Credentials, Family, Kind, Machine, PortBlock, Process, ProcessId, Protocol,
    Reservation, Socket, SocketKind, World,
};

use super::packing::{Field, Reader, Writer, fields};
use super::rows::{self, FIRST, number, port_of, run};
use super::{Footprint, Move, Names, SmallWorld, State, each, socket, spelled, strs, token};

/// Two processes with TCP sockets and runtime reservations of a dynamic range of three ports.
#[derive(Clone, Copy, Debug)]
pub struct Runtime {
    sockets: u32,
    tokens: u32,
}

impl Runtime {
    /// The published one.
    pub const SMALL: Runtime = Runtime { sockets: 2, tokens: 2 };
    /// With one more token.
    pub const LARGE: Runtime = Runtime { sockets: 2, tokens: 3 };
}

const PORTS: u16 = 3;

impl SmallWorld for Runtime {
    fn name(&self) -> &'static str {
        "runtime"
    }

    fn fields(&self) -> Vec<Field> {
        let sockets = [("process", 2), ("first", 2), ("last", 2), ("port", 2)];
        let tokens = [("kind", 2), ("first", 2), ("count", 2), ("owner", 2)];
        [
            fields("p", 2, &[("run", 2)]),
            fields("s", self.sockets, &sockets),
            fields("t", self.tokens, &tokens),
        ]
        .concat()
    }

    fn start(&self) -> World {
        let mut machine = Machine::default();
        machine.dynamic[0] = PortBlock::new(FIRST, PORTS).expect("a block");
        let mut world = World::new(machine);
        for process in 1..=2 {
            let row = Process { startups: 0, ..Process::undeclared() };
            world.put_process(ProcessId(process), Some(row));
        }
        world
    }

    fn moves(&self) -> Vec<Move> {
        let sockets: Vec<String> = (1..=self.sockets).map(|n| format!("s{n}")).collect();
        let tokens: Vec<String> = (1..=self.tokens).map(|n| format!("t{n}")).collect();
        let of_processes = [
            "<p>: startup",
            "<p>: cleanup",
            "<p>: exit",
            "<p>: socket tcp v4",
            "machine: start <p>",
        ];
        let of_tokens =
            each(&["<p>: associate <s> <t>", "<p>: release <s> <t>"], "<t>", &strs(&tokens));
        let of_sockets = [
            "<p>: acquire <s> 0+1",
            "<p>: acquire <s> 0+2",
            "<p>: acquire <s> 50000+2",
            "<p>: acquire <s> 50001+1",
            "<p>: bind <s> 0.0.0.0:0",
            "<p>: bind <s> 0.0.0.0:50000",
            "<p>: bind <s> 0.0.0.0:50001",
            "<p>: bind <s> 0.0.0.0:50002",
            "<p>: getsockname <s>",
            "<p>: closesocket <s>",
        ];
        let of_sockets = [&of_sockets[..], &strs(&of_tokens)].concat();
        let of_sockets = each(&of_sockets, "<s>", &strs(&sockets));
        let all = [&of_processes[..], &strs(&of_sockets)].concat();
        spelled(&each(&all, "<p>", &["p1", "p2"]))
    }

    fn allows(&self, world: &World, by: ProcessId, call: &Call) -> bool {
        match call {
            Call::Startup(_) => world.process(by).is_some_and(|p| p.startups < 2),
            Call::Start { process, .. } => world.process(*process).is_none(),
            _ => true,
        }
    }

    fn footprints(&self, at: &Move) -> Vec<Footprint> {
        let run = format!("p{}.run", at.by.0);
        let reads = match at.call {
            Call::Start { process, .. } => {
                return vec![Footprint::of(format!("p{}.run", process.0))];
            }
            Call::Startup(_) => return vec![Footprint::of(run)],
            Call::Socket { .. } => return vec![Footprint::of(run + ", s*.process")],
            Call::Cleanup | Call::Exit => {
                // a process closes all its sockets, and with them end their reservations
                let closing = Footprint::of(
                    run.clone() + ", s*.process, s*.first, s*.last, t*.kind, t*.owner",
                );
                return vec![closing];
            }
            Call::GetSockName { .. } => "<s>.port",
            Call::Bind { .. } => "<s>.last, s*.port, t*.kind, t*.first, t*.count",
            Call::Acquire { .. } => "s*.port, t*.kind, t*.first, t*.count",
            Call::Associate { .. } => "s*.process, s*.first, s*.last, <s>.port, t*.kind, t*.owner",
            Call::Release { .. } => "s*.process, s*.first, s*.last, t*.kind, t*.owner",
            Call::CloseSocket { .. } => "s*.first, s*.last, t*.kind, t*.owner",
            _ => return vec![Footprint::whole()],
        };
        let socket = at.call.socket().expect("a call with a socket").to_string();
        let of = Footprint::of(reads.replace("<s>", &socket));
        vec![of.when(format!("{socket}.process"), at.by.0)]
    }

    fn names(&self) -> Names {
        Names { sockets: self.sockets, tokens: self.tokens }
    }

    fn pack(&self, world: &World) -> State {
        let mut to = Writer::default();
        (1..=2).for_each(|process| to.put(run(world, process), 2));
        for number in 1..=self.sockets {
            let Some(row) = world.socket(socket(number)) else {
                to.zeros(8);
                continue;
            };
            to.put(row.process.0, 2);
            let (first, last) = row.associations.map_or((0, 0), |(a, b)| (a.0, b.0));
            to.put(first, 2);
            to.put(last, 2);
            to.put(port_of(row), 2);
        }
        for number in 1..=self.tokens {
            put_reservation(world.reservation(token(number)), &mut to);
        }
        to.state()
    }

    fn unpack(&self, state: State, world: &mut World) {
        let mut from = Reader::new(state);
        for process in 1..=2 {
            rows::set_run(world, process, from.take(2), Credentials::default());
        }
        for number in 1..=self.sockets {
            let (process, first, last, port) =
                (from.take(2), from.take(2), from.take(2), from.take(2));
            let row = (process != 0).then(|| {
                let id = ProcessId(process);
                let mut row = Socket::new(id, SocketKind::Tcp, Family::V4, Attributes::default());
                row.associations = (first != 0).then_some((token(first), token(last)));
                row.bound = (port != 0).then(|| ([0; 4], rows::port(port)).into());
                row
            });
            rows::set_socket(world, socket(number), row);
        }
        for number in 1..=self.tokens {
            let row = take_reservation(world, &mut from);
            rows::set_reservation(world, token(number), row);
        }
    }
}

fn put_reservation(row: Option<&Reservation>, to: &mut Writer) {
    match row {
        None => to.zeros(8),
        Some(Reservation { ended: true, .. }) => {
            to.put(2, 2);
            to.zeros(6);
        }
        Some(Reservation { block, kind, .. }) => {
            to.put(1, 2);
            to.put(block.map_or(0, |b| number(b.first())), 2);
            to.put(block.map_or(0, |b| u32::from(b.count())), 2);
            to.put(if let Kind::Runtime { socket, .. } = kind { socket.0 } else { 0 }, 2);
        }
    }
}

fn take_reservation(world: &World, from: &mut Reader) -> Option<Reservation> {
    let (kind, first, count, owner) = (from.take(2), from.take(2), from.take(2), from.take(2));
    let ended = kind == 2;
    // of one that has ended nothing is told any more
    let process = world.socket(socket(owner)).map_or(ProcessId(1), |s| s.process);
    (kind != 0).then(|| Reservation {
        protocol: Protocol::Tcp,
        block: if ended { None } else { rows::block(first, count) },
        kind: Kind::Runtime { process, socket: socket(owner), family: Family::V4 },
        ended,
        users: 0,
    })
}
