//! What a call has given that was not seen.

use portres_model::{
    Call, FreePort, Names, Needs, Permitted, PortBlock, ProcessId, Protocol, Reply, Set, Step,
    permitted,
};

use super::{Candidate, Candidates, Named, Of, Ports, Tie, Tied, Untold};
use crate::check::State;

/// The most ports of a part that are tried before it is given up.
pub(super) const MOST_TRIED: usize = 64;

/// So few places of a candidate are told apart one by one.
const FEW: usize = 16;

/// A success that a call may have had, and what explains it.
pub(in crate::check) struct Given {
    pub(in crate::check) state: State,
    /// The reply as the world of the state has it.
    pub(in crate::check) reply: Reply,
    pub(in crate::check) step: Step,
}

/// Ports that one explanation permits, and how they lie to the candidates.
pub(super) struct Group {
    pub(super) step: Step,
    pub(super) starts: Vec<PortBlock>,
    pub(super) ties: Vec<(usize, Tied)>,
    /// A world in which a port of them is free, and the port.
    pub(super) shown: (State, u16),
    pub(super) count: u16,
}

impl State {
    /// The states behind each success that the call may have had. The state is a view of one ([`State::views`]).
    pub(in crate::check) fn give(
        &self,
        by: ProcessId,
        call: &Call,
        names: Named,
    ) -> Result<Vec<Given>, Untold> {
        let all = permitted(&self.world, by, call);
        if !all.admits_success(&self.profile) {
            return Ok(Vec::new());
        }
        let (mut given, mut ports, mut blocks) = (Vec::new(), Vec::new(), Vec::new());
        let mut tried: Vec<Reply> = Vec::new();
        for offer in all.offers.iter().filter(|o| !o.set.is_empty(&self.world)) {
            match offer.set {
                set if tells_only(call, &set) => {
                    let step = Step { rules: [offer.rule].into_iter().collect(), ..nothing() };
                    given.push(Given { state: self.clone(), reply: Reply::Ok, step });
                }
                Set::FreePort(free) => ports.push((free.protocol, free.within)),
                Set::FreeBlock(free) => blocks.push(free),
                set => {
                    let reply = only_reply(&set, names).ok_or(Untold::Unlisted)?;
                    if !tried.contains(&reply) {
                        tried.push(reply);
                        given.extend(self.gives(by, call, &all, reply));
                    }
                }
            }
        }
        if let Some((protocol, _)) = ports.first() {
            let within = ports.iter().map(|(_, block)| *block).collect();
            given.extend(self.give_port(by, call, &all, *protocol, &within)?);
        }
        if !blocks.is_empty() {
            let Some(Names::Token(token)) = names else { return Err(Untold::Unlisted) };
            given.extend(self.give_block(by, call, &all, &blocks, token)?);
        }
        Ok(given)
    }

    fn gives(&self, by: ProcessId, call: &Call, all: &Permitted, reply: Reply) -> Option<Given> {
        let step = all.judge(&self.world, &self.profile, &reply).ok()?;
        let mut state = self.clone();
        state.profile.assume(&step.needs).ok()?;
        state.apply(by, call, &reply);
        Some(Given { state, reply, step })
    }

    /// The candidates elsewhere than in a block; `None` if they cannot be. Blocks of the other transport perhaps count.
    pub(super) fn clear(
        &self,
        protocol: Protocol,
        block: PortBlock,
    ) -> Result<Option<State>, Untold> {
        match self.clear_of(protocol, block, true)? {
            None => self.clear_of(protocol, block, false),
            cleared => Ok(cleared),
        }
    }

    fn clear_of(
        &self,
        protocol: Protocol,
        block: PortBlock,
        both: bool,
    ) -> Result<Option<State>, Untold> {
        let mut candidates = self.unseen.clone();
        let mut moves = false;
        let concerned = |c: &&mut Candidate| c.protocol() == protocol || both && !c.is_port();
        for candidate in candidates.list.iter_mut().filter(concerned) {
            let Some(meeting) = candidate.meeting(block) else { continue };
            moves |= candidate.span(candidate.at).is_some_and(|span| span.meets(block));
            candidate.starts = candidate.starts.without(meeting);
        }
        if !moves {
            return Ok(Some(self.clone()));
        }
        self.stood_as(candidates)
    }

    /// This state, its stand-ins as these candidates allow; `None` if they do not.
    fn stood_as(&self, candidates: Candidates) -> Result<Option<State>, Untold> {
        let Some(mut cleared) = self.narrowed(candidates)? else { return Ok(None) };
        if cleared.unseen.list.len() != self.unseen.list.len() {
            return Err(Untold::TooMany);
        }
        // it is another world that is asked for, not more that is known
        let list = cleared.unseen.list.iter_mut().zip(&self.unseen.list);
        list.for_each(|(c, of)| c.starts.clone_from(&of.starts));
        Ok(Some(cleared))
    }

    /// Judges the ports of a set: those of each block that nobody has seen and that is the socket's own, and the others.
    fn give_port(
        &self,
        by: ProcessId,
        call: &Call,
        all: &Permitted,
        protocol: Protocol,
        within: &Ports,
    ) -> Result<Vec<Given>, Untold> {
        let owns = self.own_blocks(by, call, within);
        let mut given = self.sharing(by, call, all, protocol, &owns)?;
        let mut others = within.clone();
        for own in &owns {
            let Some(span) = self.unseen.list[*own].span(self.unseen.list[*own].at) else {
                continue;
            };
            others = others.without(span);
            let within = Ports::of(span);
            given.extend(self.give_port_of(by, call, all, protocol, (&within, Some(*own)))?);
        }
        if owns.is_empty() || !others.is_empty() {
            given.extend(self.give_port_of(by, call, all, protocol, (&others, None))?);
        }
        Ok(given)
    }

    /// Judges ports of parts of a set between which nothing that was seen can tell.
    fn give_port_of(
        &self,
        by: ProcessId,
        call: &Call,
        all: &Permitted,
        protocol: Protocol,
        (within, own): (&Ports, Option<usize>),
    ) -> Result<Vec<Given>, Untold> {
        let mut groups: Vec<Group> = Vec::new();
        let mut shared: Vec<(u16, Step)> = Vec::new();
        for part in self.parts_of(protocol, within) {
            let held = part.first() == part.last()
                && self.unseen.is_held(&self.world, protocol, part.first())
                && self.world.is_bound(protocol, part.first());
            if held {
                let step = self.permits(all, &Reply::Bound(part.first()));
                shared.extend(step.map(|step| (part.first(), step)));
                continue;
            }
            let reach = own.map(|own| (own, self.unseen.list[own].reach()));
            let Some((shown, port)) = self.free_of(protocol, part, own)? else { continue };
            let all = permitted(&shown.world, by, call);
            let Some(step) = shown.permits(&all, &Reply::Bound(port)) else { continue };
            let ties = match &reach {
                Some((own, _)) => vec![(*own, Tied::Inside)],
                None => Vec::new(),
            };
            let starts = match reach {
                // wherever its block is
                Some((_, reach)) => reach.blocks().collect(),
                None => vec![part],
            };
            add(&mut groups, Group { step, starts, ties, shown: (shown, port), count: 1 });
        }
        // ports of blocks that nobody has seen
        for (place, block) in self.unseen.list.iter().enumerate() {
            if block.is_port() || block.protocol() != protocol || own.is_some() {
                continue;
            }
            let starts: Vec<PortBlock> = block.reach().and(within).blocks().collect();
            let Some((shown, port)) = self.inside(place, within)? else { continue };
            let all = permitted(&shown.world, by, call);
            let Some(step) = shown.permits(&all, &Reply::Bound(port)) else { continue };
            let ties = vec![(place, Tied::Inside)];
            groups.push(Group { step, starts, ties, shown: (shown, port), count: 1 });
        }
        let mut given = Vec::new();
        let largest =
            groups.iter().enumerate().max_by_key(|(_, g)| size(&g.starts)).map(|(i, _)| i);
        for (i, mut group) in groups.into_iter().enumerate() {
            if Some(i) == largest && !shared.is_empty() {
                // which port it shares with whom is told when somebody looks
                group.starts.extend(shared.iter().filter_map(|(p, _)| PortBlock::of(*p)));
                let needs: Vec<Needs> = std::iter::once(&group.step)
                    .chain(shared.iter().map(|(_, step)| step))
                    .map(|step| step.needs.clone())
                    .collect();
                group.step.needs = Needs::any_of(&needs);
            }
            given.extend(self.take_port(by, call, protocol, group)?);
        }
        if largest.is_none() {
            for (port, _) in shared {
                given.extend(self.gives(by, call, all, Reply::Bound(port)));
            }
        }
        Ok(given)
    }

    /// Gives the port of a candidate, where that may be shared: from then on the candidate is that of both.
    fn sharing(
        &self,
        by: ProcessId,
        call: &Call,
        all: &Permitted,
        protocol: Protocol,
        owns: &[usize],
    ) -> Result<Vec<Given>, Untold> {
        let mut given = Vec::new();
        for (one, port) in self.unseen.list.iter().enumerate() {
            if port.of != Of::Port(protocol) {
                continue;
            }
            let Some(shares) = self.gives(by, call, all, Reply::Bound(port.at)) else { continue };
            let lies_in = |other: &usize| {
                let inside = |t: &Tie| (t.one, t.other, t.kind) == (one, *other, Tied::Inside);
                self.unseen.ties.iter().any(inside)
            };
            // elsewhere in its set it might not be in a block of the socket
            if !owns.is_empty() && !owns.iter().any(lies_in) {
                return Err(Untold::TooMany);
            }
            given.push(shares);
        }
        Ok(given)
    }

    /// The candidates with which the socket is associated, also of the other transport, where their ports are among these.
    fn own_blocks(&self, by: ProcessId, call: &Call, within: &Ports) -> Vec<usize> {
        let socket = call.socket().and_then(|id| self.world.socket_of(by, id));
        let Some((first, last)) = socket.and_then(|(_, s)| s.associations) else {
            return Vec::new();
        };
        let is_own = |c: &Candidate| {
            c.token().is_some_and(|token| token == first || token == last)
                && c.span(c.at).is_some_and(|span| within.holds(span))
        };
        (0..self.unseen.list.len()).filter(|i| is_own(&self.unseen.list[*i])).collect()
    }

    pub(super) fn permits(&self, all: &Permitted, reply: &Reply) -> Option<Step> {
        let step = all.judge(&self.world, &self.profile, reply).ok()?;
        self.profile.clone().assume(&step.needs).is_ok().then_some(step)
    }

    /// A port of a part in a world where no candidate has it, or a block with it; `but` is a block that may.
    fn free_of(
        &self,
        protocol: Protocol,
        part: PortBlock,
        but: Option<usize>,
    ) -> Result<Option<(State, u16)>, Untold> {
        let outside = |port: u16| {
            let mut others = self.unseen.list.iter().enumerate().filter(|(i, _)| Some(*i) != but);
            others.all(|(_, c)| {
                let concerned = c.protocol() == protocol || !c.is_port();
                !concerned || !c.span(c.at).is_some_and(|span| span.has(port))
            })
        };
        let taken: usize = self.unseen.list.iter().map(|c| usize::from(c.count)).sum();
        if let Some(port) = part.ports().take(taken + 1).find(|port| outside(*port)) {
            return Ok(Some((self.clone(), port)));
        }
        for port in part.ports().take(MOST_TRIED) {
            let block = PortBlock::of(port).ok_or(Untold::Unlisted)?;
            if but.is_some() {
                // the block of the socket has it
                if let Some(cleared) = self.clear_ports(protocol, block)? {
                    return Ok(Some((cleared, port)));
                }
            } else if let Some(cleared) = self.clear(protocol, block)? {
                return Ok(Some((cleared, port)));
            }
        }
        match part.ports().nth(MOST_TRIED) {
            Some(_) => Err(Untold::TooMany),
            None => Ok(None),
        }
    }

    /// As [`State::clear`], of ports alone.
    fn clear_ports(&self, protocol: Protocol, block: PortBlock) -> Result<Option<State>, Untold> {
        let mut candidates = self.unseen.clone();
        for candidate in &mut candidates.list {
            match candidate.of {
                Of::Port(p) if p == protocol => {
                    candidate.starts = candidate.starts.without(block);
                }
                Of::Block(..) => {
                    // the block stays where the port was looked for
                    candidate.starts = Ports::from_iter([candidate.at]);
                }
                Of::Port(_) => {}
            }
        }
        self.stood_as(candidates)
    }

    /// A free port in the block of a candidate.
    fn inside(&self, place: usize, within: &Ports) -> Result<Option<(State, u16)>, Untold> {
        let block = &self.unseen.list[place];
        let Some(span) = block.span(block.at) else { return Ok(None) };
        let protocol = block.protocol();
        let free = |port: &u16| within.has(*port) && !super::has_port(&self.world, protocol, *port);
        match span.ports().find(free) {
            Some(port) => Ok(Some((self.clone(), port))),
            None if within.and(&Ports::of(span)).is_empty() => Ok(None),
            None => Err(Untold::TooMany),
        }
    }

    /// The state in which the call got a port of a group.
    fn take_port(
        &self,
        by: ProcessId,
        call: &Call,
        protocol: Protocol,
        group: Group,
    ) -> Result<Option<Given>, Untold> {
        let Group { step, starts, ties, shown: (mut state, port), .. } = group;
        let place = state.unseen.list.len();
        let beside: Vec<Tie> = (state.unseen.list.iter().enumerate())
            .filter(|(i, c)| c.protocol() == protocol && ties.iter().all(|(t, _)| t != i))
            .filter(|(i, c)| match c.of {
                // one that is shared is no port of its own
                Of::Port(_) => true,
                // what is apart from its block is apart from the port; one that has ended need not be
                Of::Block(..) => ties.is_empty() || state.unseen.tied(ties[0].0, *i),
            })
            .map(|(other, _)| Tie { one: place, other, kind: Tied::Apart })
            .collect();
        if state.profile.assume(&step.needs).is_err() {
            return Ok(None);
        }
        let reply = Reply::Bound(port);
        portres_model::apply(&mut state.world, by, call, &reply);
        let starts: Ports = starts.into_iter().collect();
        state.unseen.list.push(Candidate { of: Of::Port(protocol), count: 1, starts, at: port });
        let inside =
            ties.iter().map(|(other, kind)| Tie { one: place, other: *other, kind: *kind });
        state.unseen.ties.extend(inside.chain(beside));
        let candidates = state.unseen.clone();
        Ok(state.narrowed(candidates)?.map(|state| Given { state, reply, step }))
    }

    /// Parts of a set in which every port has the same blocks and sets around it; ports that somebody has are parts of their own.
    pub(super) fn parts_of(&self, protocol: Protocol, within: &Ports) -> Vec<PortBlock> {
        let mut edges: Vec<u32> = Vec::new();
        let mut edge = |block: PortBlock| {
            edges.extend([u32::from(block.first()), u32::from(block.last()) + 1]);
        };
        // what has few places is in the way at each of them, and else wherever it may be
        for candidate in &self.unseen.list {
            if candidate.starts.len() <= FEW {
                candidate.starts.each().filter_map(|s| candidate.span(s)).for_each(&mut edge);
            } else {
                candidate.reach().blocks().for_each(&mut edge);
            }
        }
        for block in within.blocks() {
            edge(block);
            for of in Protocol::ALL {
                let seen = self.world.reservations_in(of, block).filter(|(token, _)| {
                    self.unseen.list.iter().all(|c| c.token() != Some(*token))
                });
                seen.filter_map(|(_, r)| r.block).for_each(&mut edge);
            }
            self.world.exclusions_in(protocol, block).for_each(|e| edge(e.block));
            let bound = self.bound_in(protocol, block);
            let held = bound.into_iter().filter(|p| !self.unseen.stands_in(protocol, *p));
            held.filter_map(PortBlock::of).for_each(&mut edge);
            self.world
                .lingering_in(block)
                .iter()
                .filter_map(|l| PortBlock::of(l.port))
                .for_each(&mut edge);
        }
        between(edges, within)
    }
}

/// Whether the success changes nothing, and is only news.
fn tells_only(call: &Call, set: &Set) -> bool {
    matches!(set, Set::PortIn(_) | Set::NameIn(_) | Set::NameAt(_) | Set::Address(_))
        || matches!(call, Call::GetSockName { .. } | Call::GetSockOpt { .. })
        || matches!(call, Call::ShowExcluded { .. } | Call::ShowDynamic { .. })
}

fn nothing() -> Step {
    Step { rules: Default::default(), needs: Needs::default(), discovery: None }
}

/// The parts of a set between the edges.
pub(super) fn between(mut edges: Vec<u32>, within: &Ports) -> Vec<PortBlock> {
    edges.sort_unstable();
    edges.dedup();
    let part = |pair: &[u32]| {
        let [first, end] = *pair else { return None };
        let last = u16::try_from(end - 1).ok()?;
        let part = PortBlock::between(u16::try_from(first).ok()?, last)?;
        within.has(part.first()).then_some(part)
    };
    edges.windows(2).filter_map(part).collect()
}

fn size(blocks: &[PortBlock]) -> usize {
    blocks.iter().map(|b| usize::from(b.last() - b.first()) + 1).sum()
}

/// Parts that the same explanation permits are one set.
pub(super) fn add(groups: &mut Vec<Group>, group: Group) {
    let same = |g: &&mut Group| g.step.needs == group.step.needs && g.ties == group.ties;
    match groups.iter_mut().find(same) {
        Some(known) => known.starts.extend(group.starts),
        None => groups.push(group),
    }
}

/// The one reply of a set; `None` if there are several, or if nothing names what it creates.
fn only_reply(set: &Set, names: Named) -> Option<Reply> {
    Some(match (set, names) {
        (Set::Ok, _) => Reply::Ok,
        (Set::Port(port), _) => Reply::Bound(*port),
        // a raw socket's mean nothing
        (Set::AnyPort, _) => Reply::Bound(1),
        (Set::Name(name), _) => Reply::Name(*name),
        // whichever it is, it changes the same
        (Set::NameOf(family), _) => Reply::Name(family.wildcard()),
        (Set::Opened(kind, family), Some(Names::Socket(socket))) => {
            Reply::Opened { socket, kind: *kind, family: *family }
        }
        (Set::Token(token), _) => Reply::Token(*token),
        (Set::NewSocket, Some(Names::Socket(socket))) => Reply::Socket(socket),
        (Set::NewToken, Some(Names::Token(token))) => Reply::Token(token),
        (Set::Block(block), Some(Names::Token(token))) => Reply::Reserved { block: *block, token },
        (Set::This(reply), _) => *reply,
        (Set::Value(_) | Set::AnyValue, _) => Reply::Ok,
        (Set::FreePort(FreePort { .. }) | Set::Address(_) | Set::FreeBlock(_), _)
        | (
            Set::NameIn(_)
            | Set::PortIn(_)
            | Set::BlockOfAtMost(_)
            | Set::NameAt(_)
            | Set::AnyBytes
            | Set::BytesNotZero,
            _,
        )
        | (Set::NewSocket | Set::Opened(..) | Set::NewToken | Set::Block(_), _) => return None,
    })
}
