//! Concurrent histories of reservations: clients that acquire and release blocks of 256 UDP ports.

use portres::check::Follower;
use portres::concurrent::{Timed, events};
use portres::trace::{Event, Header, HeaderDynamic};
use portres::{Report, Settings};
use portres_model::{
    Call, Error, Family, Frame, PortBlock, PortRange, ProcessId, Protocol, Reply, SocketId,
    SocketKind, Token, Who, World,
};

use crate::draw::Draw;

/// The first of the ports.
pub const FIRST: u16 = 5000;
/// How many there are.
pub const COUNT: u16 = 256;

/// What a history is made from.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// How many clients call at the same time.
    pub clients: u32,
    /// How many calls each of them makes.
    pub calls: u32,
    /// Whether what came of one acquire of named ports in the last quarter is turned round.
    pub is_illegal: bool,
}

/// The ports, taken and free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ports([u64; 4]);

impl Ports {
    fn mask(self, range: PortRange) -> impl Iterator<Item = (usize, u64)> {
        let from = range.start - FIRST;
        (from..from + range.count).map(|port| (usize::from(port / 64), 1 << (port % 64)))
    }

    /// Whether none of them is taken.
    #[must_use]
    pub fn are_free(self, range: PortRange) -> bool {
        self.mask(range).all(|(word, bit)| self.0[word] & bit == 0)
    }

    /// Takes them, or gives them back.
    pub fn turn(&mut self, range: PortRange) {
        self.mask(range).for_each(|(word, bit)| self.0[word] ^= bit);
    }

    /// The first free block of a size from a port on.
    #[must_use]
    pub fn free_block(self, from: u16, count: u16) -> Option<PortRange> {
        let starts = from..=FIRST + COUNT - count;
        starts.map(|start| PortRange { start, count }).find(|range| self.are_free(*range))
    }
}

/// A machine with these ports for its dynamic range.
#[must_use]
pub fn header() -> Header {
    let block = PortBlock::new(FIRST, COUNT).expect("a block");
    let dynamic = Protocol::ALL.map(|protocol| HeaderDynamic { protocol, block });
    Header { dynamic: dynamic.into(), ..Header::default() }
}

/// Who a client is.
#[must_use]
pub const fn client(n: u32) -> Who {
    Who { process: ProcessId(n + 1), thread: 1 }
}

/// The calls that open a socket for each client.
pub fn sockets(clients: u32) -> impl Iterator<Item = (Who, Call, Reply)> {
    let open = Call::open(SocketKind::Udp, Family::V4);
    (0..clients).map(move |n| (client(n), open, Reply::Socket(SocketId(n + 1))))
}

/// A history: the same shape and seed, the same history.
///
/// A call takes 10 to 110 ticks, and effect at some moment within.
#[must_use]
pub fn history(shape: Shape, seed: u64) -> Vec<Timed> {
    let mut draw = Draw::new(seed * 7 + u64::from(shape.clients) + 88_172_645_463_325_252);
    // when each takes effect, begins, returns
    let mut moments = Vec::new();
    for n in 0..shape.clients {
        let mut at = draw.below(100);
        for _ in 0..shape.calls {
            let (began, length) = (at + draw.below(20), 10 + draw.below(100));
            moments.push((began + draw.below(length), n, began, began + length));
            at = began + length + 1;
        }
    }
    moments.sort_unstable();
    let (mut ports, mut next) = (Ports::default(), 1);
    let mut mine: Vec<Vec<(Token, PortRange)>> = vec![Vec::new(); shape.clients as usize];
    let mut history: Vec<Timed> = Vec::new();
    for (_, n, began, returned) in moments {
        let mine = &mut mine[n as usize];
        let (call, reply) = answered(&mut draw, &mut ports, mine, (n, &mut next));
        history.push(Timed { who: client(n), call, reply, began, returned });
    }
    if shape.is_illegal {
        turn_one(&mut history, Token(next));
    }
    history
}

fn answered(
    draw: &mut Draw,
    ports: &mut Ports,
    mine: &mut Vec<(Token, PortRange)>,
    (n, next): (u32, &mut u32),
) -> (Call, Reply) {
    let (socket, frame) = (SocketId(n + 1), Frame::default());
    let kind = draw.below(3);
    if kind == 2 && !mine.is_empty() {
        let (token, range) = mine.swap_remove(draw.below(mine.len() as u64) as usize);
        ports.turn(range);
        return (Call::Release { socket, token, frame }, Reply::Ok);
    }
    let (range, found, refused) = if kind == 0 {
        let count = 1 + draw.below(8) as u16;
        let from = FIRST + draw.below(u64::from(COUNT)) as u16;
        let found = ports.free_block(from, count).or_else(|| ports.free_block(FIRST, count));
        (PortRange { start: 0, count }, found, Error::WsaNoBuffers)
    } else {
        let start = FIRST + draw.below(250) as u16;
        let range = PortRange { start, count: 1 + draw.below(6) as u16 };
        (range, Some(range).filter(|range| ports.are_free(*range)), Error::WsaAddressInUse)
    };
    let reply = match found {
        None => Reply::Failed(refused),
        Some(block) => {
            let token = Token(*next);
            *next += 1;
            ports.turn(block);
            mine.push((token, block));
            Reply::Reserved { block, token }
        }
    };
    (Call::Acquire { socket, range, frame }, reply)
}

/// Turns round what came of one acquire of named ports in the last quarter; of one that succeeded only if nobody uses its
/// token.
fn turn_one(history: &mut [Timed], unused: Token) {
    let from = history.len() * 3 / 4;
    for at in from..history.len() {
        let Call::Acquire { range, .. } = history[at].call else { continue };
        if range.start == 0 {
            continue;
        }
        history[at].reply = match history[at].reply {
            Reply::Reserved { token, .. } => {
                let uses = |timed: &Timed| timed.call.token() == Some(token);
                if history.iter().any(uses) {
                    continue;
                }
                Reply::Failed(Error::WsaAddressInUse)
            }
            _ => Reply::Reserved { block: range, token: unused },
        };
        return;
    }
}

/// The events of a history, those that open the sockets first.
#[must_use]
pub fn traced(shape: Shape, seed: u64) -> Vec<Event> {
    let mut all: Vec<Event> =
        sockets(shape.clients).map(|(who, call, reply)| Event::whole(who, call, reply)).collect();
    all.extend(events(history(shape, seed)));
    all
}

/// What the oracle says of events.
///
/// # Panics
/// If they are no trace.
#[must_use]
pub fn judged(events: &[Event], settings: &Settings<'_>) -> Report {
    let mut follower = Follower::new(&header(), settings).expect("a profile");
    events.iter().for_each(|event| follower.follow(event).expect("names are new"));
    follower.finish()
}

/// The same machine for those that have no traces.
#[must_use]
pub fn world(clients: u32) -> World {
    let mut world = header().world();
    for (who, call, reply) in sockets(clients) {
        world.put_process(who.process, Some(portres_model::Process::undeclared()));
        portres_model::apply(&mut world, who.process, &call, &reply);
    }
    world
}
