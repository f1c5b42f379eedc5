//! `requests`: overlapped ioctls, their results, their cancellation.

use portres_model::{
    Attributes, Call, Credentials, Error, Family, Kind, Machine, PortBlock, PortRange, Process,
    ProcessId, Protocol, Reply, Request, RequestId, Reservation, Routine, Socket, SocketId,
    SocketKind, World,
};

use super::packing::{Field, Reader, Writer, fields};
use super::rows::{self, FIRST, number, port_of, run};
use super::{
    Footprint, Move, Names, SmallWorld, State, each, request, socket, spelled, strs, token,
};

/// One process, two UDP sockets, one token, overlapped structures.
#[derive(Clone, Debug)]
pub struct Requests {
    requests: u32,
    /// An ioctl for each structure, socket (0 for a closed one) and routine.
    calls: Vec<Call>,
    /// What is written into each structure.
    presets: Vec<Call>,
}

/// What the two statuses that are written stand for.
const PRESET: [Error; 2] = [Error::IoIncomplete, Error::WsaAccess];

const P1: ProcessId = ProcessId(1);
const SOCKETS: u32 = 2;
const PORTS: u16 = 2;

impl Requests {
    /// The published one.
    #[must_use]
    pub fn small() -> Requests {
        Requests::of(2)
    }

    /// With one more structure.
    #[must_use]
    pub fn large() -> Requests {
        Requests::of(3)
    }

    fn of(requests: u32) -> Requests {
        let (mut lines, mut presets) = (Vec::new(), Vec::new());
        for o in 1..=requests {
            for status in ["STATUS_PENDING", "STATUS_ACCESS_DENIED"] {
                presets.push(format!("p1: preset o{o} {status}"));
            }
            for s in 0..=SOCKETS {
                for routine in ["", " routine=given"] {
                    lines.push(format!("p1: ioctl s{s} 0x88000001 overlapped=o{o}{routine}"));
                }
            }
        }
        let [calls, presets] =
            [lines, presets].map(|lines| spelled(&lines).into_iter().map(|m| m.call).collect());
        Requests { requests, calls, presets }
    }

    fn call(&self, o: u32, socket: u32, routine: u32) -> Call {
        self.calls[(((o - 1) * (SOCKETS + 1) + socket) * 2 + routine) as usize]
    }

    fn take_request(&self, o: u32, from: &mut Reader) -> Option<Request> {
        let (state, routine, socket) = (from.take(4), from.take(1), from.take(2));
        if let Some(place) = state.checked_sub(8) {
            let (call, error) =
                (self.presets[((o - 1) * 2 + place) as usize], PRESET[place as usize]);
            let outcome = Some(Reply::Failed(error));
            return Some(Request { process: P1, call, protocol: None, cancelled: false, outcome });
        }
        let outcome = match state {
            0 => return None,
            1 | 2 => None,
            3 => Some(Reply::Ok),
            4 | 5 => {
                let block = PortRange { start: rows::port(state - 3), count: 1 };
                Some(Reply::Reserved { block, token: token(1) })
            }
            6 => Some(Reply::Failed(Error::WsaOperationNotSupported)),
            _ => Some(Reply::Failed(Error::OperationAborted)),
        };
        let call = self.call(o, socket, routine);
        // what was asked of a socket that has ended is of none
        let protocol = (socket != 0).then_some(Protocol::Udp);
        Some(Request { process: P1, call, protocol, cancelled: state == 2, outcome })
    }
}

fn put_request(row: Option<&Request>, to: &mut Writer) {
    let Some(row) = row else { return to.zeros(7) };
    if let (Call::Preset { .. }, Some(Reply::Failed(error))) = (row.call, row.outcome) {
        to.put(if error == PRESET[0] { 8 } else { 9 }, 4);
        return to.zeros(3);
    }
    let state = match row.outcome {
        None if row.cancelled => 2,
        None => 1,
        Some(Reply::Reserved { block, .. }) => 3 + number(block.start),
        Some(Reply::Failed(Error::WsaOperationNotSupported)) => 6,
        Some(Reply::Failed(_)) => 7,
        Some(_) => 3,
    };
    to.put(state, 4);
    to.put(u32::from(row.call.frame().is_some_and(|f| f.routine == Routine::Given)), 1);
    to.put(row.call.socket().map_or(0, |s| s.0), 2);
}

impl SmallWorld for Requests {
    fn name(&self) -> &'static str {
        "requests"
    }

    fn fields(&self) -> Vec<Field> {
        [
            fields("p", 1, &[("run", 2)]),
            fields("s", SOCKETS, &[("open", 2), ("associated", 1), ("port", 2)]),
            fields("t", 1, &[("kind", 2), ("first", 2), ("owner", 2)]),
            fields("o", self.requests, &[("state", 4), ("routine", 1), ("socket", 2)]),
        ]
        .concat()
    }

    fn start(&self) -> World {
        let mut machine = Machine::default();
        machine.dynamic[1] = PortBlock::new(FIRST, PORTS).expect("a block");
        let mut world = World::new(machine);
        world.put_process(P1, Some(Process { startups: 0, ..Process::undeclared() }));
        world
    }

    fn moves(&self) -> Vec<Move> {
        let structures: Vec<String> = (1..=self.requests).map(|n| format!("o{n}")).collect();
        let ioctls = [
            "p1: acquire <s> 0+1 overlapped=<o>",
            "p1: acquire <s> 50000+1 overlapped=<o>",
            "p1: associate <s> t1 overlapped=<o>",
            "p1: release <s> t1 overlapped=<o>",
            "p1: ioctl <s> 0x88000001 overlapped=<o>",
        ];
        let with_routine = ioctls.map(|line| format!("{line} routine=given"));
        let of_structures = [
            "p1: preset <o> STATUS_PENDING",
            "p1: preset <o> STATUS_ACCESS_DENIED",
            "p1: cancel <s> <o>",
            "p1: result <o>",
            "p1: result <o> wait",
            "p1: completion <o>",
            "machine: complete <o>",
        ];
        let of_structures = [&ioctls[..], &strs(&with_routine), &of_structures].concat();
        let of_structures = each(&of_structures, "<o>", &strs(&structures));
        let of_sockets = [
            "p1: bind <s> 0.0.0.0:0",
            "p1: bind <s> 0.0.0.0:50000",
            "p1: closesocket <s>",
            "p1: cancel <s>",
        ];
        let (with, without): (Vec<&str>, Vec<&str>) =
            strs(&of_structures).into_iter().partition(|line| line.contains("<s>"));
        let of_sockets = each(&[&of_sockets[..], &with].concat(), "<s>", &["s1", "s2"]);
        let single = [
            "p1: startup",
            "p1: cleanup",
            "p1: exit",
            "machine: start p1",
            "p1: socket udp v4",
            "p1: socket udp v4 non-overlapped",
            "p1: endthread",
        ];
        let single = [&single[..], &without].concat();
        spelled(&[single.into_iter().map(String::from).collect(), of_sockets].concat())
    }

    fn allows(&self, world: &World, by: ProcessId, call: &Call) -> bool {
        let written = if let Call::Preset { request, .. } = call { Some(*request) } else { None };
        let named = call.frame().and_then(portres_model::Frame::request).or(written);
        let pending = named.and_then(|id| world.request(id)).is_some_and(|r| r.outcome.is_none());
        match call {
            _ if pending => false,
            Call::Startup(_) => world.process(by).is_some_and(|p| p.startups == 0),
            Call::Start { process, .. } => world.process(*process).is_none(),
            _ => true,
        }
    }

    fn footprints(&self, at: &Move) -> Vec<Footprint> {
        footprints(&at.call, self.requests)
    }

    fn names(&self) -> Names {
        Names { sockets: SOCKETS, tokens: 1 }
    }

    fn pack(&self, world: &World) -> State {
        let mut to = Writer::default();
        to.put(run(world, 1), 2);
        for n in 1..=SOCKETS {
            let Some(row) = world.socket(socket(n)) else {
                to.zeros(5);
                continue;
            };
            to.put(1 + u32::from(row.attributes.non_overlapped), 2);
            to.put(u32::from(row.associations.is_some()), 1);
            to.put(port_of(row), 2);
        }
        put_reservation(world.reservation(token(1)), &mut to);
        for o in 1..=self.requests {
            put_request(world.request(request(o)), &mut to);
        }
        to.state()
    }

    fn unpack(&self, state: State, world: &mut World) {
        let mut from = Reader::new(state);
        rows::set_run(world, 1, from.take(2), Credentials::default());
        for n in 1..=SOCKETS {
            let row = take_socket(&mut from);
            rows::set_socket(world, SocketId(n), row);
        }
        let row = take_reservation(&mut from);
        rows::set_reservation(world, token(1), row);
        for o in 1..=self.requests {
            let row = self.take_request(o, &mut from);
            rows::set_request(world, RequestId(o), row);
        }
    }
}

fn footprints(call: &Call, requests: u32) -> Vec<Footprint> {
    let named = call.frame().and_then(portres_model::Frame::request);
    let o = named.map_or(String::new(), |o| o.to_string());
    let s = call.socket().map_or(String::new(), |s| s.to_string());
    // in the place of <s> and <o> the socket and the structure that the call names
    let of = |reads: &str| Footprint::of(reads.replace("<s>", &s).replace("<o>", &o));
    let open = |reads: &str| of(reads).given(format!("{s}.open"));
    let ioctl = |reads| ioctl(&of(reads), &s, &o);
    match call {
        Call::Startup(_) | Call::Start { .. } => vec![of("p1.run")],
        Call::Cleanup => vec![of("o*").sets("s*, t1.*").when("p1.run", 2)],
        Call::Exit => vec![of("").given("p1.run").sets("*")],
        Call::Socket { .. } => vec![of("s*.open").when("p1.run", 2)],
        Call::Bind { .. } => vec![open("<s>.associated, s*.port, t1.kind, t1.first")],
        Call::CloseSocket { socket } => closing(*socket, requests),
        Call::Acquire { .. } => ioctl("s*.port, t1.kind, t1.first"),
        Call::Associate { .. } => ioctl("<s>.*, s*.associated, t1.kind"),
        Call::Release { .. } => ioctl("s*.associated, t1.kind"),
        Call::Ioctl { .. } => ioctl(""),
        Call::Preset { request, .. } => vec![idle(of("").given("p1.run"), &request.to_string())],
        Call::Cancel { request: None, .. } => vec![open("o*")],
        Call::Cancel { request: Some(o), .. } => vec![open(&format!("{o}.*"))],
        Call::EndThread => vec![of("o*").given("p1.run")],
        Call::Result { request, .. } | Call::Completion { request, .. } => {
            vec![of(&format!("p1.run, s*.open, {request}.*"))]
        }
        Call::Complete { request, .. } => vec![of(&format!("s*.open, {request}.*"))],
        _ => vec![Footprint::whole()],
    }
}

/// Where a structure is not pending; the call writes it whole.
fn idle(of: Footprint, o: &str) -> Footprint {
    let state = format!("{o}.state");
    of.unless(state.clone(), 1).unless(state, 2).sets(format!("{o}.*"))
}

/// What is done at once, or goes on, stands in the structure, whatever stood there; but not on a non-overlapped socket.
fn ioctl(of: &Footprint, s: &str, o: &str) -> Vec<Footprint> {
    let overlapped = |open| idle(of.clone().when(format!("{s}.open"), open), o);
    vec![overlapped(1), overlapped(2).sets("")]
}

/// Only structures of this socket are looked at.
fn closing(socket: SocketId, requests: u32) -> Vec<Footprint> {
    let mut cases = vec![(Vec::new(), String::from("s*.open, s*.associated, t1.kind, t1.owner"))];
    for o in (1..=requests).map(|o| request(o).to_string()) {
        let with = |(at, reads): &(Vec<u32>, String), of: u32| {
            let state = if of == socket.0 { format!(", {o}.state") } else { String::new() };
            ([&at[..], &[of]].concat(), reads.clone() + &state)
        };
        let all = (0..=SOCKETS).flat_map(|of| cases.iter().map(move |case| with(case, of)));
        cases = all.collect();
    }
    let of = |(at, reads): (Vec<u32>, String)| {
        let case = Footprint::of(reads).given(format!("{socket}.open")).keeps("o*.routine");
        let sockets = (1..).zip(at);
        sockets.fold(case, |case, (o, of)| case.when(format!("o{o}.socket"), of))
    };
    cases.into_iter().map(of).collect()
}

fn take_socket(from: &mut Reader) -> Option<Socket> {
    let (open, associated, port) = (from.take(2), from.take(1), from.take(2));
    (open != 0).then(|| {
        let attributes = Attributes { non_overlapped: open == 2, ..Attributes::default() };
        let mut row = Socket::new(P1, SocketKind::Udp, Family::V4, attributes);
        row.associations = (associated == 1).then_some((token(1), token(1)));
        row.bound = (port != 0).then(|| ([0; 4], rows::port(port)).into());
        row
    })
}

fn put_reservation(row: Option<&Reservation>, to: &mut Writer) {
    let Some(row) = row else { return to.zeros(6) };
    to.put(if row.ended { 2 } else { 1 }, 2);
    if row.ended {
        return to.zeros(4);
    }
    to.put(row.block.map_or(0, |b| number(b.first())), 2);
    to.put(if let Kind::Runtime { socket, .. } = row.kind { socket.0 } else { 0 }, 2);
}

fn take_reservation(from: &mut Reader) -> Option<Reservation> {
    let (kind, first, owner) = (from.take(2), from.take(2), from.take(2));
    (kind != 0).then(|| Reservation {
        protocol: Protocol::Udp,
        block: if kind == 2 { None } else { rows::block(first, 1) },
        kind: Kind::Runtime { process: P1, socket: socket(owner), family: Family::V4 },
        ended: kind == 2,
        users: 0,
    })
}
