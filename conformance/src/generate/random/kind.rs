//! The kinds of calls, how often each comes, and its line.

use portres_model::{ProcessId, SocketKind};

use super::{Held, Shadow};

/// A kind of call.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Socket,
    SetOption,
    GetOption,
    Bind,
    Name,
    Listen,
    Connect,
    Accept,
    Disconnect,
    Send,
    Block,
    Close,
    Duplicate,
    Acquire,
    Associate,
    Release,
    Affinity,
    Ioctl,
    Result,
    Cancel,
    Create,
    Delete,
    Lookup,
    Exclude,
    Show,
    Exit,
}

/// Each as often as it is worth.
pub(super) const WEIGHTED: &[(usize, Kind)] = &[
    (90, Kind::Socket),
    (60, Kind::SetOption),
    (16, Kind::GetOption),
    (170, Kind::Bind),
    (50, Kind::Name),
    (30, Kind::Listen),
    (50, Kind::Connect),
    (30, Kind::Accept),
    (10, Kind::Disconnect),
    (24, Kind::Send),
    (8, Kind::Block),
    (70, Kind::Close),
    (24, Kind::Duplicate),
    (110, Kind::Acquire),
    (110, Kind::Associate),
    (36, Kind::Release),
    (8, Kind::Affinity),
    (14, Kind::Ioctl),
    (30, Kind::Result),
    (8, Kind::Cancel),
    (16, Kind::Create),
    (10, Kind::Delete),
    (12, Kind::Lookup),
    (10, Kind::Exclude),
    (10, Kind::Show),
    (2, Kind::Exit),
];

impl Kind {
    /// A call of this kind; `None` where there is nothing for it to be about.
    pub(super) fn line(self, shadow: &mut Shadow) -> Option<String> {
        let all = |_: &Shadow, _: Held| true;
        let unbound = |s: &Shadow, held: Held| s.seen(held, |socket| socket.bound.is_none());
        let bound = |s: &Shadow, held: Held| s.seen(held, |socket| socket.bound.is_some());
        let connects = |s: &Shadow, held: Held| {
            s.seen(held, |socket| !socket.listening && !socket.is_connected())
        };
        let line = match self {
            Kind::Socket => {
                let (by, kind) = (shadow.caller(), shadow.socket_kind());
                format!("{by}: s{} = socket {kind}", shadow.fresh())
            }
            Kind::SetOption => {
                let held = shadow.socket(unbound)?;
                format!("{}: setsockopt {} {}", held.by, held.id, shadow.setting())
            }
            Kind::GetOption => {
                let (held, setting) = (shadow.socket(all)?, shadow.setting());
                let option = setting.split(' ').next().unwrap_or_default();
                format!("{}: getsockopt {} {option}", held.by, held.id)
            }
            Kind::Bind => {
                let held = shadow.socket(unbound)?;
                format!("{}: bind {} {}", held.by, held.id, shadow.local(held))
            }
            Kind::Name => {
                let held = shadow.socket(bound)?;
                let call = shadow.draw.one(&["getsockname", "getsockname", "getpeername"]);
                format!("{}: {call} {}", held.by, held.id)
            }
            Kind::Listen => {
                let fits = |s: &Shadow, held: Held| bound(s, held) && s.is(held, SocketKind::Tcp);
                let held = shadow.socket(fits)?;
                format!("{}: listen {}", held.by, held.id)
            }
            Kind::Connect => {
                let held = shadow.socket(connects)?;
                format!("{}: connect {} {}", held.by, held.id, shadow.peer(held)?)
            }
            Kind::Accept => {
                let held = shadow.socket(|s, held| s.seen(held, |socket| socket.listening))?;
                format!("{}: s{} = accept {}", held.by, shadow.fresh(), held.id)
            }
            Kind::Disconnect => {
                let held = shadow.socket(|s, held| s.is(held, SocketKind::Udp))?;
                format!("{}: disconnect {}", held.by, held.id)
            }
            Kind::Send => {
                let held = shadow.socket(|s, held| s.is(held, SocketKind::Udp))?;
                format!("{}: sendto {} {}", held.by, held.id, shadow.peer(held)?)
            }
            Kind::Block => {
                let held = shadow.socket(all)?;
                format!("{}: ioctlsocket {} FIONBIO {}", held.by, held.id, shadow.draw.below(2))
            }
            Kind::Close => {
                let held = shadow.socket(all)?;
                format!("{}: closesocket {}", held.by, held.id)
            }
            Kind::Duplicate => {
                let (held, to) = (shadow.socket(all)?, shadow.caller());
                format!("{}: s{} = duplicate {} {to}", held.by, shadow.fresh(), held.id)
            }
            _ => return self.reserves(shadow),
        };
        Some(line)
    }

    /// The calls about reservations, and those of the machine's administrator.
    fn reserves(self, shadow: &mut Shadow) -> Option<String> {
        let all = |_: &Shadow, _: Held| true;
        let line = match self {
            Kind::Acquire => {
                let held = shadow.socket(all)?;
                let (range, frame) = (shadow.range(), shadow.frame(held));
                format!("{}: t{} = acquire {} {range}{frame}", held.by, shadow.fresh(), held.id)
            }
            Kind::Associate => {
                let free = |s: &Shadow, held: Held| s.seen(held, |socket| socket.bound.is_none());
                let held = shadow.socket(free)?;
                let (token, frame) = (shadow.token(), shadow.frame(held));
                format!("{}: associate {} {token}{frame}", held.by, held.id)
            }
            Kind::Release => {
                let owns = |s: &Shadow, held: Held| {
                    s.host.look(|world| world.owned_by(held.id).next().is_some())
                };
                let held = shadow.socket(owns).or_else(|| shadow.socket(all))?;
                let (token, frame) = (shadow.token_of(held), shadow.frame(held));
                format!("{}: release {} {token}{frame}", held.by, held.id)
            }
            Kind::Affinity => {
                let held = shadow.socket(|s, held| s.is(held, SocketKind::Udp))?;
                format!("{}: affinity {} {}", held.by, held.id, shadow.draw.below(2))
            }
            Kind::Ioctl => {
                let held = shadow.socket(all)?;
                let code = shadow.draw.one(&["0x98000067", "SIO_BASE_HANDLE", "FIONREAD"]);
                let frame = shadow.frame(held);
                format!("{}: ioctl {} {code}{frame}", held.by, held.id)
            }
            Kind::Result => {
                let (request, held) = shadow.request()?;
                let asked = shadow.draw.one(&["result", "result", "completion"]);
                let wait = if asked == "result" { shadow.draw.one(&["", " wait"]) } else { "" };
                format!("{}: {asked} o{request}{wait}", held.by)
            }
            Kind::Cancel => {
                let (request, held) = shadow.request()?;
                let one =
                    if shadow.draw.percent(60) { format!(" o{request}") } else { String::new() };
                format!("{}: cancel {}{one}", held.by, held.id)
            }
            Kind::Create => {
                let (by, protocol, range) = shadow.administers();
                format!("{by}: t{} = create {protocol} {range}", shadow.fresh())
            }
            Kind::Delete => {
                let (by, protocol, range) = shadow.administers();
                format!("{by}: delete {protocol} {range}")
            }
            Kind::Lookup => {
                let (by, protocol, range) = shadow.administers();
                format!("{by}: t{} = lookup {protocol} {range}", shadow.fresh())
            }
            Kind::Exclude => {
                let (by, protocol, range) = shadow.administers();
                let call = shadow.draw.one(&["addexcluded", "deleteexcluded"]);
                format!("{by}: {call} {protocol} {range} active")
            }
            Kind::Show => {
                let (by, protocol, range) = shadow.administers();
                format!("{by}: showexcluded {protocol} {range}")
            }
            Kind::Exit if shadow.lines.len() > 30 => {
                shadow.sockets.retain(|held| held.by != ProcessId(2));
                "p2: exit".into()
            }
            _ => return None,
        };
        Some(line)
    }
}
