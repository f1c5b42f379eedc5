//! Ports and blocks that calls have taken and nobody has seen.
//!
//! A bind that is known as a success only has one port of a set. The world of a state gives its socket a *stand-in*, a port
//! of the set that nothing else has, and means every world besides in which the port is another of the set. What a call
//! looks at, and the reply that was seen, are few ports; so the set is cut into parts between which the call cannot tell
//! (`cut`), each part is judged as a state of its own by a stand-in out of it, and parts that come out alike are one set
//! again (`join`). Seeing the port, by `getsockname` or by what another bind gets or is refused, is no case of its own: the
//! parts that do not fit are no states any more.
//!
//! A block of which the start was not seen is the same with a block for a port. What sets cannot say stands beside them:
//! that two candidates are apart, or that a port lies in a block. Stand-ins keep to it (`place`): where there are none that
//! do, there is no such world. So a matching over several sockets is decided, but for sockets that are gone: there the
//! state is loose, and a verdict that rests on such states alone is `undecided`.

use portres_model::{Call, Names, PortBlock, ProcessId, Protocol, Reply, Token, World};

use super::State;

mod cut;
mod give;
mod grant;
mod join;
mod look;
mod loose;
mod place;
mod ports;
mod spell;

pub(super) use join::join_pairs;
pub(super) use look::{Answered, Look, all_looks, looks};
use place::move_to;
pub(super) use ports::Ports;

/// What cannot be told within bounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Untold {
    /// The ports that were not seen may lie in too many ways.
    TooMany,
    /// What the call did cannot be listed.
    Unlisted,
}

impl Untold {
    /// Why nothing more can be told.
    pub(super) const fn why(self) -> &'static str {
        match self {
            Untold::TooMany => "the ports that were not seen may lie in too many ways",
            Untold::Unlisted => "the reply is not known, and what the call did cannot be told",
        }
    }
}

/// What of a state nobody has seen.
#[derive(Clone, PartialEq, Hash, Default, Debug)]
pub(super) struct Candidates {
    list: Vec<Candidate>,
    ties: Vec<Tie>,
    /// Whether something that is not possible may have been let pass.
    pub(super) loose: bool,
}

/// A port or a block that is one of several.
#[derive(Clone, PartialEq, Hash, Debug)]
struct Candidate {
    of: Of,
    /// How many ports it has.
    count: u16,
    /// Where it may start.
    starts: Ports,
    /// Where it starts in the world of the state.
    at: u16,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Of {
    /// Of the sockets and connections that have the stand-in.
    Port(Protocol),
    /// Of a reservation.
    Block(Protocol, Token),
}

/// What holds between two candidates, by their places in the list.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Tie {
    one: usize,
    other: usize,
    kind: Tied,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Tied {
    /// They share no port.
    Apart,
    /// The first lies in the second.
    Inside,
}

impl Candidate {
    const fn protocol(&self) -> Protocol {
        match self.of {
            Of::Port(protocol) | Of::Block(protocol, _) => protocol,
        }
    }

    const fn is_port(&self) -> bool {
        matches!(self.of, Of::Port(_))
    }

    fn token(&self) -> Option<Token> {
        match self.of {
            Of::Port(_) => None,
            Of::Block(_, token) => Some(token),
        }
    }

    /// Its ports if it starts there.
    fn span(&self, start: u16) -> Option<PortBlock> {
        PortBlock::new(start, self.count)
    }

    /// The starts with which it meets a block.
    fn meeting(&self, block: PortBlock) -> Option<PortBlock> {
        let first = block.first().saturating_sub(self.count - 1).max(1);
        PortBlock::between(first, block.last())
    }

    /// Every port that it may have.
    fn reach(&self) -> Ports {
        let wider =
            |b: PortBlock| PortBlock::between(b.first(), b.last().saturating_add(self.count - 1));
        self.starts.blocks().filter_map(wider).collect()
    }
}

impl Tied {
    fn holds(self, one: PortBlock, other: PortBlock) -> bool {
        match self {
            Tied::Apart => !one.meets(other),
            Tied::Inside => other.holds(one),
        }
    }
}

impl Candidates {
    /// Whether everything has been seen.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether a port of the protocol is that of a candidate.
    fn stands_in(&self, protocol: Protocol, port: u16) -> bool {
        self.list.iter().any(|c| c.of == Of::Port(protocol) && c.at == port)
    }

    /// Whether somebody other than a candidate has the port, or connections of it are left.
    fn is_held(&self, world: &World, protocol: Protocol, port: u16) -> bool {
        has_port(world, protocol, port) && !self.stands_in(protocol, port)
    }

    fn tied(&self, one: usize, other: usize) -> bool {
        let pair = |t: &Tie| (t.one, t.other) == (one, other) || (t.one, t.other) == (other, one);
        self.ties.iter().any(pair)
    }

    /// Takes candidates off the list; what is tied to them is free.
    fn remove(&mut self, gone: impl Fn(usize, &Candidate) -> bool) {
        let mut places = Vec::with_capacity(self.list.len());
        let (mut kept, mut index) = (0, 0);
        self.list.retain(|candidate| {
            let stays = !gone(index, candidate);
            places.push(stays.then_some(kept));
            index += 1;
            kept += usize::from(stays);
            stays
        });
        let moved = |t: &Tie| Some(Tie { one: places[t.one]?, other: places[t.other]?, ..*t });
        self.ties = self.ties.iter().filter_map(moved).collect();
    }
}

/// Whether a socket has the port, or connections of it are left.
fn has_port(world: &World, protocol: Protocol, port: u16) -> bool {
    world.is_bound(protocol, port)
        || protocol == Protocol::Tcp
            && PortBlock::of(port).is_some_and(|b| !world.lingering_in(b).is_empty())
}

impl State {
    /// Writes down a reply that has been judged, and what it shows of candidates.
    pub(super) fn apply(&mut self, by: ProcessId, call: &Call, reply: &Reply) {
        portres_model::apply(&mut self.world, by, call, reply);
        if !self.unseen.is_empty() {
            self.forget(reply);
        }
    }

    /// Writes down a reply that nothing permits: a port that was seen is that port.
    pub(super) fn adopt(&mut self, by: ProcessId, call: &Call, reply: &Reply) {
        let seen = match reply {
            Reply::Bound(port) => Some(*port),
            Reply::Name(name) => Some(name.port()),
            _ => None,
        };
        let bound = call
            .socket()
            .and_then(|id| self.world.socket_of(by, id))
            .and_then(|(_, s)| Some((s.kind.protocol()?, s.bound?.port())));
        if let (Some(seen), Some((protocol, at))) = (seen.filter(|port| *port != 0), bound) {
            let own =
                self.unseen.list.iter().position(|c| c.of == Of::Port(protocol) && c.at == at);
            if let Some(own) = own {
                let mut places: Vec<u16> = self.unseen.list.iter().map(|c| c.at).collect();
                places[own] = seen;
                move_to(&mut self.world, &self.unseen.list, &places);
                self.unseen.remove(|i, _| i == own);
            }
        }
        self.apply(by, call, reply);
    }

    /// Takes off the list what has been seen, and what is gone.
    fn forget(&mut self, reply: &Reply) {
        let seen = match reply {
            Reply::Bound(port) => Some(*port),
            Reply::Name(name) => Some(name.port()),
            _ => None,
        };
        let world = &self.world;
        let is_gone = |c: &Candidate| match c.of {
            Of::Port(protocol) => !has_port(world, protocol, c.at),
            Of::Block(_, token) => world.reservation(token).and_then(|r| r.block) != c.span(c.at),
        };
        let candidates = &self.unseen;
        let apart =
            |i: usize| candidates.ties.iter().filter(|t| t.one == i || t.other == i).count();
        // with more ports than there are others it would have found one, whichever those have
        let told = |(i, c): (usize, &Candidate)| is_gone(c) && c.starts.len() <= apart(i);
        let loose = candidates.list.iter().enumerate().any(told);
        let list: Vec<bool> = candidates
            .list
            .iter()
            .map(|c| is_gone(c) || c.is_port() && c.starts.only().is_some() && seen == Some(c.at))
            .collect();
        self.unseen.loose |= loose;
        self.unseen.remove(|i, _| list[i]);
    }
}

/// The name of what a call creates, where it stands before the call.
pub(super) type Named = Option<Names>;
