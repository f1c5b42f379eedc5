//! What there is now.

use portres_model::{Exclusion, ExclusionKind, Kind, Options, Protocol, Socket, Token};

use super::{Session, nothing_behind, port_line};
use crate::trace::{TraceError, word_of_owner};

impl Session {
    /// Processes, sockets, reservations and exclusions, and the ports that are in play as a picture.
    pub(super) fn state(&self, rest: &str) -> Result<String, TraceError> {
        nothing_behind(rest)?;
        let world = &self.now.world;
        let mut text = String::new();
        let mut line = |what: String| text += &format!("{what}\n");
        for (process, of) in world.processes() {
            let winsock = match of.startups {
                0 => ", Winsock not started",
                _ => "",
            };
            line(format!("{:<4} {}{winsock}", process.to_string(), of.credentials));
        }
        for (id, socket) in world.sockets() {
            line(format!("{:<4} {}", id.to_string(), of_socket(socket)));
        }
        for (token, reservation) in world.reservations() {
            let kind = match reservation.kind {
                Kind::Runtime { process, socket, .. } => {
                    format!("runtime, of {process} by {socket}")
                }
                Kind::Persistent { .. } => "persistent".into(),
            };
            let block = reservation.block.map_or("no ports".into(), |block| block.to_string());
            let ended = if reservation.ended { ", ended, still used" } else { "" };
            let token = token.to_string();
            line(format!("{token:<4} {} {block}, {kind}{ended}", reservation.protocol));
        }
        for (request, of) in world.pending() {
            line(format!("{:<4} pending: {}", request.to_string(), of.call));
        }
        for exclusion in world.exclusions() {
            line(format!("     {}", of_exclusion(exclusion)));
        }
        for protocol in Protocol::ALL {
            text += &port_line::of(world, protocol);
        }
        Ok(text)
    }
}

fn of_socket(socket: &Socket) -> String {
    let mut text = format!("{} {}, of {}", socket.kind, socket.family, socket.process);
    let mut add = |what: &str| text += &format!(", {what}");
    match socket.options {
        Options::Neither => {}
        Options::Reuse => add("SO_REUSEADDR"),
        Options::Exclusive => add("SO_EXCLUSIVEADDRUSE"),
        Options::BothReuseLast | Options::BothExclusiveLast => {
            add("SO_REUSEADDR and SO_EXCLUSIVEADDRUSE");
        }
    }
    match socket.associations {
        Some((Token::UNKNOWN, _)) => add("associated by a token that nobody has given"),
        Some((first, last)) if first == last => add(&format!("associated with {first}")),
        Some((first, last)) => add(&format!("associated with {first}, then {last}")),
        None => {}
    }
    match socket.bound {
        Some(name) => add(&format!("bound to {name}")),
        None => add("unbound"),
    }
    if socket.listening {
        add("listening");
    }
    if socket.is_connected() {
        add("connected");
    }
    text
}

/// An exclusion, as a row of `netsh` has it: a star where an administrator made it.
pub(super) fn of_exclusion(exclusion: &Exclusion) -> String {
    let Exclusion { protocol, block, kind } = exclusion;
    match kind {
        ExclusionKind::Administered { persistent: true } => {
            format!("{protocol} {block}, excluded by an administrator, persistent *")
        }
        ExclusionKind::Administered { persistent: false } => {
            format!("{protocol} {block}, excluded by an administrator until the restart *")
        }
        ExclusionKind::System(owner) => {
            format!("{protocol} {block}, a block of {}", word_of_owner(*owner))
        }
    }
}
