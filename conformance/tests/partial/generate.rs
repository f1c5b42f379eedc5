//! Conforming traces: what a simulated machine under some reading answers to calls drawn at random.

use portres::generate::Draw;
use portres::trace::{Event, Header};
use portres_model::{
    Answer, Call, Effect, Names, ProcessId, Profile, Reply, RequestId, Shape, SocketId, Spelling,
    Token, parse_call,
};
use portres_sim::{Completes, Host, Pending, Pends, Policy};

/// How small a machine is: on a small one everything is in everybody's way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Size {
    /// A dynamic range of a few ports.
    Small,
    /// That of Windows.
    Large,
    /// A few ports, of which programs reserve blocks that they share, some of them from several addresses.
    Blocks,
}

/// A machine whose requests may stay pending.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made {
    pub(crate) size: Size,
    pub(crate) calls: usize,
    pub(crate) pends: bool,
    /// Whether it answers every open question in the likeliest way.
    pub(crate) likely: bool,
}

/// A trace in which every reply is known, and the readings of the machine.
pub(crate) struct Generated {
    pub(crate) header: Header,
    pub(crate) events: Vec<Event>,
    /// What each call would create.
    pub(crate) names: Vec<Option<Names>>,
    pub(crate) truth: Profile,
}

struct Script<'d> {
    draw: &'d mut Draw,
    sockets: Vec<(SocketId, ProcessId)>,
    tokens: Vec<Token>,
    requests: Vec<(RequestId, ProcessId)>,
    low: u16,
    made: Made,
}

impl Script<'_> {
    fn socket(&mut self) -> (SocketId, ProcessId) {
        let last = self.sockets.len().saturating_sub(5);
        let from = if self.draw.percent(70) { last } else { 0 };
        let place = from + self.draw.below(self.sockets.len() - from);
        self.sockets[place]
    }

    fn port(&mut self) -> u16 {
        let near = self.low + self.draw.below(14) as u16;
        if self.draw.percent(85) { near } else { 80 + self.draw.below(3) as u16 }
    }

    fn block(&mut self) -> String {
        let (start, count) = (self.port(), 1 + self.draw.below(4));
        if self.draw.percent(40) { format!("0+{count}") } else { format!("{start}+{count}") }
    }

    fn token(&mut self) -> String {
        match self.tokens.is_empty() || self.draw.percent(4) {
            true => "unknown".into(),
            false => self.tokens[self.draw.below(self.tokens.len())].to_string(),
        }
    }

    fn frame(&mut self, by: ProcessId) -> String {
        if !self.made.pends || self.draw.percent(50) {
            return String::new();
        }
        let request = RequestId(1 + self.requests.len() as u32);
        self.requests.push((request, by));
        format!(" overlapped={request}")
    }

    /// A call and who makes it.
    fn call(&mut self) -> (ProcessId, String) {
        if self.made.size == Size::Blocks {
            return self.call_on_blocks();
        }
        let by = ProcessId(1 + self.draw.below(2) as u32);
        if self.sockets.is_empty() || self.draw.percent(14) {
            let kind = self.draw.one(&["udp v4", "udp v4", "tcp v4", "tcp v4", "udp v6"]);
            return (by, format!("socket {kind}"));
        }
        let (id, by) = self.socket();
        let port = self.port();
        let call = match self.draw.below(100) {
            0..=19 => format!("bind {id} 0.0.0.0:0"),
            20..=27 => format!("bind {id} 0.0.0.0:{port}"),
            28..=29 => format!("bind {id} 127.0.0.1:{port}"),
            30..=31 => format!("bind {id} 127.0.0.1:0"),
            32..=38 => format!("acquire {id} {}{}", self.block(), self.frame(by)),
            39..=46 => format!("associate {id} {}{}", self.token(), self.frame(by)),
            47..=48 => format!("release {id} {}{}", self.token(), self.frame(by)),
            49..=56 => format!("getsockname {id}"),
            57..=60 => format!("sendto {id} 192.0.2.7:53"),
            61..=63 => format!("connect {id} 192.0.2.7:443"),
            64 => format!("connect {id} 127.0.0.1:{port}"),
            65..=67 => format!("listen {id}"),
            68..=69 => format!("accept {id}"),
            70..=77 => format!("closesocket {id}"),
            78..=79 => format!("setsockopt {id} SO_REUSEADDR 1"),
            80..=81 => format!("setsockopt {id} SO_EXCLUSIVEADDRUSE 1"),
            82 => format!("setsockopt {id} SO_REUSE_UNICASTPORT 1"),
            83 => format!("setsockopt {id} SO_PORT_SCALABILITY 1"),
            84..=85 => return (ProcessId(2), self.administer(port)),
            86..=88 => return (ProcessId::MACHINE, self.happens(port)),
            89..=91 if !self.requests.is_empty() => {
                let (request, by) = self.requests[self.draw.below(self.requests.len())];
                let call = self.draw.one(&["result", "result", "completion"]);
                return (by, format!("{call} {request}"));
            }
            89..=91 => format!("cancel {id}"),
            92 => format!("ioctlsocket {id} FIONBIO 1"),
            93 => format!("disconnect {id}"),
            94 => format!("getpeername {id}"),
            95 if self.draw.percent(20) => return (by, "exit".into()),
            _ => format!("duplicate {id} {}", self.draw.one(&["p1", "p2"])),
        };
        (by, call)
    }

    /// A call of a program that reserves blocks and binds in them.
    fn call_on_blocks(&mut self) -> (ProcessId, String) {
        let by = ProcessId(1);
        if self.sockets.is_empty() || self.draw.percent(20) {
            return (by, format!("socket {}", self.draw.one(&["udp v4", "udp v4", "tcp v4"])));
        }
        let last = self.sockets.len().saturating_sub(4);
        let place = last + self.draw.below(self.sockets.len() - last);
        let (id, by) = self.sockets[place];
        let (count, host) = (1 + self.draw.below(3), 1 + self.draw.below(2));
        let call = match self.draw.below(80) {
            0..=13 => format!("acquire {id} 0+{count}{}", self.frame(by)),
            14..=31 => format!("associate {id} {}", self.token()),
            32..=54 => format!("bind {id} 127.0.0.{host}:0"),
            55..=56 => format!("bind {id} 127.0.0.{host}:{}", self.port()),
            57..=67 => format!("getsockname {id}"),
            68..=72 => format!("release {id} {}", self.token()),
            _ => format!("closesocket {}", self.sockets[self.draw.below(self.sockets.len())].0),
        };
        (by, call)
    }

    /// Keeps the names that further calls may use.
    fn learn(&mut self, by: ProcessId, call: &Call, reply: &Reply) {
        match *reply {
            Reply::Socket(id) => {
                let owner = match *call {
                    Call::Duplicate { process, .. } => process,
                    _ => by,
                };
                self.sockets.retain(|(s, _)| *s != id);
                self.sockets.push((id, owner));
            }
            Reply::Reserved { token, .. } | Reply::Token(token) => {
                self.tokens.retain(|t| *t != token);
                self.tokens.push(token);
            }
            Reply::Ok => {
                if let Call::CloseSocket { socket } = *call {
                    self.sockets.retain(|(s, _)| *s != socket);
                }
            }
            _ => {}
        }
    }

    fn administer(&mut self, port: u16) -> String {
        let transport = self.draw.one(&["tcp", "udp"]);
        let call =
            self.draw.one(&["create", "delete", "addexcluded", "deleteexcluded", "showexcluded"]);
        format!("{call} {transport} {port}+{}", 1 + self.draw.below(2))
    }

    fn happens(&mut self, port: u16) -> String {
        let transport = self.draw.one(&["tcp", "udp"]);
        let count = 1 + self.draw.below(2);
        match self.draw.below(4) {
            0 => format!("appear {transport} {port}+{count} winnat"),
            1 => format!("vanish {transport} {port}+{count}"),
            _ => format!("settle {port}"),
        }
    }
}

/// Names for what a call may create: the lowest vacant ones.
fn names(host: &Host, call: &Call) -> Option<Names> {
    host.look(|world| {
        let socket = || (1..).map(SocketId).find(|s| world.is_vacant(*s)).map(Names::Socket);
        let token = || (1..).map(Token).find(|t| world.reservation(*t).is_none()).map(Names::Token);
        match call.shape() {
            Shape::Socket | Shape::Opened => socket(),
            Shape::Reserved | Shape::Token | Shape::Outcome => token(),
            _ => None,
        }
    })
}

fn header(size: Size, draw: &mut Draw) -> Header {
    let (low, count) = match size {
        Size::Small => (50_000, 9usize),
        Size::Large => (49_152, 16_384),
        Size::Blocks => (50_000, 30),
    };
    let mut text = format!(
        "portres trace 1\nprocess p2 user=alice administrator elevated\naddress 192.0.2.1\n\
         dynamic tcp {low}+{count}\ndynamic udp {low}+{count}\n"
    );
    let transports: &[&str] = if size == Size::Blocks { &[] } else { &["tcp", "udp"] };
    for transport in transports {
        let at = low + draw.below(12);
        if draw.percent(40) {
            text.push_str(&format!("excluded {transport} {at}+1 persistent\n"));
        }
        if draw.percent(40) {
            text.push_str(&format!("block {transport} {}+2 winnat\n", at + 1));
        }
    }
    crate::common::parse("a header", text.as_bytes()).0
}

/// A trace of calls drawn from the seed.
pub(crate) fn generate(seed: u64, made: Made) -> Generated {
    let mut draw = Draw::new(seed);
    let header = header(made.size, &mut draw);
    let reading = Profile::documented().reading(|question, open| {
        // a code that nobody has foreseen is a discovery, and no trace with one conforms
        let foreseen = |(_, a): &(usize, &Answer)| a.effect != Effect::Unforeseen;
        let answers = question.answers().iter().enumerate().filter(foreseen);
        let answers: Vec<u8> = answers.map(|(i, _)| 1 << i).filter(|a| open & a != 0).collect();
        // the likeliest stands first
        if made.likely || draw.percent(60) {
            answers[0]
        } else {
            answers[draw.below(answers.len())]
        }
    });
    let host = Host::new(header.world(), &Profile::settled(&reading), Policy::Random, seed);
    if made.pends {
        let completes = match draw.below(3) {
            0 => Completes::WhenAsked,
            n => Completes::After { calls: n as u32 },
        };
        host.set_pending(Pending { pends: Pends::Seeded { percent: 60 }, completes });
    }
    let truth = Profile::settled(&host.reading());
    host.record();
    let low = header.dynamic[0].block.first();
    let mut script = Script {
        draw: &mut draw,
        sockets: Vec::new(),
        tokens: Vec::new(),
        requests: Vec::new(),
        low,
        made,
    };
    let (mut events, mut created) = (Vec::new(), Vec::new());
    let startup = parse_call(&mut Spelling::new("startup")).expect("a call");
    let _ = host.call(ProcessId(2), &startup);
    for _ in 0..made.calls {
        let (by, text) = script.call();
        let call = parse_call(&mut Spelling::new(&text)).unwrap_or_else(|e| panic!("{text}: {e}"));
        let reply = host.call(by, &call).reply;
        let names = names(&host, &call);
        script.learn(by, &call, &reply);
        for recorded in host.recorded() {
            let own = recorded.call == call && recorded.who.process == by;
            created.push(recorded.reply.names().or(names.filter(|_| own)));
            events.push(Event::whole(recorded.who, recorded.call, recorded.reply));
        }
        if call == Call::Exit {
            break;
        }
    }
    Generated { header, events, names: created, truth }
}
