//! The arguments of calls: mostly what there is, at ports where something begins or ends.

use portres_model::{Family, PortBlock, ProcessId, Protocol, Socket, SocketKind, Token};

use super::{Held, NEAR, Shadow};

/// Ports at which something ends: of the low ones, of the dynamic range, of all.
const EDGES: [&str; 7] = ["1", "1023", "1024", "49151", "49152", "65534", "65535"];

const SETTINGS: [&str; 10] = [
    "SO_REUSEADDR 1",
    "SO_REUSEADDR 1",
    "SO_EXCLUSIVEADDRUSE 1",
    "SO_EXCLUSIVEADDRUSE 1",
    "IPV6_V6ONLY 0",
    "IPV6_V6ONLY 0",
    "SO_REUSE_UNICASTPORT 1",
    "SO_RANDOMIZE_PORT 1",
    "SO_PORT_SCALABILITY 1",
    "SO_REUSEADDR 0",
];

const FRAMES: [&str; 8] = [
    " input=short",
    " input=long",
    " output=short",
    " output=long",
    " output=empty",
    " input=empty",
    " input=tiny",
    " routine=given",
];

impl Shadow {
    /// Who calls next: mostly the first process.
    pub(super) fn caller(&mut self) -> ProcessId {
        ProcessId(if self.draw.percent(75) { 1 } else { 2 })
    }

    pub(super) fn socket_kind(&mut self) -> &'static str {
        self.draw.one(&["tcp v4", "tcp v4", "udp v4", "udp v4", "tcp v6", "udp v6"])
    }

    pub(super) fn setting(&mut self) -> &'static str {
        self.draw.one(&SETTINGS)
    }

    /// What is seen of a socket.
    pub(super) fn seen(&self, held: Held, is: impl Fn(&Socket) -> bool) -> bool {
        self.host.look(|world| world.socket_of(held.by, held.id).is_some_and(|(_, s)| is(s)))
    }

    pub(super) fn is(&self, held: Held, kind: SocketKind) -> bool {
        self.seen(held, |socket| socket.kind == kind)
    }

    /// A socket, nearly always one that fits; `None` if there is none at all, or none fits.
    pub(super) fn socket(&mut self, fits: impl Fn(&Shadow, Held) -> bool) -> Option<Held> {
        let any = self.draw.percent(8);
        let fitting: Vec<Held> =
            self.sockets.iter().copied().filter(|held| any || fits(self, *held)).collect();
        if fitting.is_empty() {
            return None;
        }
        // those that were opened last, more often
        let recent = fitting.len().saturating_sub(4);
        let from = if self.draw.percent(60) { recent } else { 0 };
        Some(fitting[from + self.draw.below(fitting.len() - from)])
    }

    /// A token: mostly the latest, sometimes one of nothing.
    pub(super) fn token(&mut self) -> String {
        if self.tokens.is_empty() || self.draw.percent(5) {
            return self.draw.one(&["unknown", "t0"]).into();
        }
        let recent = self.tokens.len().saturating_sub(2);
        let from = if self.draw.percent(60) { recent } else { 0 };
        self.tokens[from + self.draw.below(self.tokens.len() - from)].to_string()
    }

    /// A token that the socket has reserved, if there is one.
    pub(super) fn token_of(&mut self, held: Held) -> String {
        let owned: Vec<Token> = self.host.look(|world| world.owned_by(held.id).collect());
        match owned.is_empty() || self.draw.percent(15) {
            true => self.token(),
            false => owned[self.draw.below(owned.len())].to_string(),
        }
    }

    fn block(&self, token: Token) -> Option<PortBlock> {
        self.host.look(|world| world.reservation(token).and_then(|r| r.block))
    }

    /// What stands for a port in the line of a call: nothing chosen, one of a reservation or just outside it, one that a socket
    /// has or just beside it, one at which something ends, or one of a few.
    pub(super) fn port(&mut self) -> String {
        let near = || NEAR.to_string();
        match self.draw.below(100) {
            0..=24 => "0".into(),
            25..=54 => self.port_of_reservation().unwrap_or_else(near),
            55..=74 => self.port_of_socket().unwrap_or_else(near),
            75..=81 => self.draw.one(&EDGES).into(),
            _ => (NEAR + self.draw.below(12) as u16).to_string(),
        }
    }

    /// The first or last port of a block, the one before it, the one behind it, or one within.
    fn port_of_reservation(&mut self) -> Option<String> {
        let token = *self.tokens.get(self.draw.below(self.tokens.len()))?;
        let count = usize::from(self.block(token)?.count());
        Some(match self.draw.below(6) {
            0 | 1 => format!("start({token})"),
            2 => format!("start({token})-1"),
            3 => format!("start({token})+{count}"),
            4 => format!("start({token})+{}", count - 1),
            _ => format!("start({token})+{}", self.draw.below(count)),
        })
    }

    fn port_of_socket(&mut self) -> Option<String> {
        let bound = |held: &&Held| {
            self.seen(**held, |s| {
                s.bound.is_some_and(|name| name.port() > 1 && name.port() < 65_535)
            })
        };
        let bound: Vec<Held> = self.sockets.iter().filter(bound).copied().collect();
        let held = bound.get(self.draw.below(bound.len()))?;
        let beside = self.draw.one(&["", "", "", "+1", "-1"]);
        Some(format!("port({}){beside}", held.id))
    }

    /// A range that a call asks for.
    pub(super) fn range(&mut self) -> String {
        let count = match self.draw.below(20) {
            0 => 0,
            1 => 256,
            n => 1 + n % 5,
        };
        let port = if self.draw.percent(30) { "0".into() } else { self.port() };
        // behind the operand of a range one number is its count, of two the first is an offset
        match port.contains(')') && !port.contains(")+") && !port.contains(")-") {
            true => format!("{port}+0+{count}"),
            false => format!("{port}+{count}"),
        }
    }

    fn family(&self, held: Held) -> Family {
        let seen = |world: &portres_model::World| {
            world.socket_of(held.by, held.id).map(|(_, socket)| socket.family)
        };
        self.host.look(seen).unwrap_or(Family::V4)
    }

    /// Where a socket is to be bound.
    pub(super) fn local(&mut self, held: Held) -> String {
        let address = match self.family(held) {
            Family::V4 => {
                self.draw.one(&["0.0.0.0", "0.0.0.0", "127.0.0.1", "127.0.0.1", "127.0.0.2"])
            }
            Family::V6 => self.draw.one(&["[::]", "[::]", "[::1]", "[::1]", "[::ffff:127.0.0.1]"]),
        };
        format!("{address}:{}", self.port())
    }

    /// Where a socket is to be connected: a datagram socket anywhere at home, another to somebody who listens, since nobody
    /// answers only after a while.
    pub(super) fn peer(&mut self, held: Held) -> Option<String> {
        let family = self.family(held);
        let home = if family == Family::V4 { "127.0.0.1" } else { "[::1]" };
        if self.is(held, SocketKind::Udp) {
            return Some(format!("{home}:{}", self.port()));
        }
        let listens = |held: &&Held| self.seen(**held, |s| s.listening && s.family == family);
        let listening: Vec<Held> = self.sockets.iter().filter(listens).copied().collect();
        let listener = listening.get(self.draw.below(listening.len()))?;
        Some(format!("{home}:port({})", listener.id))
    }

    /// What is unusual about the arguments of an ioctl: mostly nothing, often a request, seldom a mistake.
    pub(super) fn frame(&mut self, held: Held) -> String {
        match self.draw.below(100) {
            0..=14 => {
                let request = self.fresh();
                self.requests.push((request, held));
                let routine = self.draw.one(&["", "", " routine=given"]);
                format!(" overlapped=o{request}{routine}")
            }
            15..=20 => self.draw.one(&FRAMES).into(),
            _ => String::new(),
        }
    }

    pub(super) fn request(&mut self) -> Option<(u32, Held)> {
        self.requests.get(self.draw.below(self.requests.len())).copied()
    }

    /// Who administers, and what: a few ports, or exactly those of a reservation.
    pub(super) fn administers(&mut self) -> (ProcessId, Protocol, String) {
        let (by, protocol) = (self.caller(), *self.draw.one(&[&Protocol::Tcp, &Protocol::Udp]));
        let token = self.tokens.get(self.draw.below(self.tokens.len())).copied();
        let known = token.filter(|t| self.block(*t).is_some());
        let range = match known {
            Some(token) if self.draw.percent(50) => format!("start({token})+0+count({token})"),
            _ => format!("{}+{}", NEAR + self.draw.below(12) as u16, 1 + self.draw.below(3)),
        };
        (by, protocol, range)
    }
}
