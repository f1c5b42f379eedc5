//! Stand-ins: ports that the candidates may have all together.

use portres_model::{Protocol, Token, World};

use super::{Candidate, Candidates, Of, Ports, Tie, Tied, Untold};
use crate::check::State;

/// The most places that are tried.
const MOST_TRIES: u32 = 2_000;

impl State {
    /// The state in which no candidate is other than these allow; `None` if they have no ports together.
    pub(super) fn narrowed(&self, mut to: Candidates) -> Result<Option<State>, Untold> {
        if !to.propagate() {
            return Ok(None);
        }
        let Some(places) = to.places(&self.world)? else { return Ok(None) };
        let mut world = self.world.clone();
        to.stand_at(&mut world, &places);
        let (profile, unlisted) = (self.profile.clone(), self.unlisted.clone());
        Ok(Some(State { world, profile, unseen: to, unlisted }))
    }
}

impl Candidates {
    /// Narrows the sets by what holds between candidates, until nothing changes; false if one is empty.
    pub(super) fn propagate(&mut self) -> bool {
        let mut changed = true;
        while changed {
            changed = false;
            for tie in self.ties.clone() {
                for (place, allowed) in self.allowed(tie).into_iter().flatten() {
                    let left = self.list[place].starts.and(&allowed);
                    changed |= left != self.list[place].starts;
                    self.list[place].starts = left;
                }
            }
        }
        self.list.iter().all(|c| !c.starts.is_empty())
    }

    /// Where a tie lets its ends start, as far as each says something of the other.
    fn allowed(&self, tie: Tie) -> [Option<(usize, Ports)>; 2] {
        let (one, other) = (&self.list[tie.one], &self.list[tie.other]);
        match tie.kind {
            Tied::Apart => {
                let keeps_off = |fixed: &Candidate, from: usize| {
                    let block = fixed.span(fixed.starts.only()?)?;
                    let candidate = &self.list[from];
                    Some((from, candidate.starts.without(candidate.meeting(block)?)))
                };
                [keeps_off(one, tie.other), keeps_off(other, tie.one)]
            }
            Tied::Inside => {
                let room = other.count.saturating_sub(one.count);
                let within = other.starts.blocks().filter_map(|b| {
                    portres_model::PortBlock::between(b.first(), b.last().saturating_add(room))
                });
                let around = one.starts.blocks().filter_map(|b| {
                    let first = b.first().saturating_sub(room).max(1);
                    portres_model::PortBlock::between(first, b.last())
                });
                [Some((tie.one, within.collect())), Some((tie.other, around.collect()))]
            }
        }
    }

    /// A start for each, those that may stay where they are first; `None` if there are none together.
    fn places(&self, world: &World) -> Result<Option<Vec<u16>>, Untold> {
        let mut at: Vec<Option<u16>> = vec![None; self.list.len()];
        let mut left = Vec::new();
        for (i, candidate) in self.list.iter().enumerate() {
            let stays = candidate.starts.has(candidate.at)
                && self.fits(world, i, candidate.at, &at) == Fit::Fits;
            match stays {
                true => at[i] = Some(candidate.at),
                false => left.push(i),
            }
        }
        let mut search = Search { of: self, world, tries: 0, sharing: false };
        left.sort_by_key(|i| self.list[*i].starts.len());
        if search.place(&left, &mut at) {
            return Ok(at.into_iter().collect());
        }
        // those that stayed may be in the way
        let mut all: Vec<usize> = (0..self.list.len()).collect();
        all.sort_by_key(|i| self.list[*i].starts.len());
        let mut at = vec![None; self.list.len()];
        search.tries = 0;
        if search.place(&all, &mut at) {
            return Ok(at.into_iter().collect());
        }
        // stand-ins must differ where ports need not
        if search.tries >= MOST_TRIES || search.sharing {
            return Err(Untold::TooMany);
        }
        Ok(None)
    }

    /// Whether a candidate may start there beside those that have a place.
    fn fits(&self, world: &World, i: usize, start: u16, at: &[Option<u16>]) -> Fit {
        let candidate = &self.list[i];
        let Some(span) = candidate.span(start) else { return Fit::Never };
        for tie in self.ties.iter().filter(|t| t.one == i || t.other == i) {
            let other = if tie.one == i { tie.other } else { tie.one };
            let Some(beside) = at[other].and_then(|start| self.list[other].span(start)) else {
                continue;
            };
            let (one, two) = if tie.one == i { (span, beside) } else { (beside, span) };
            if !tie.kind.holds(one, two) {
                return Fit::Never;
            }
        }
        let Of::Port(protocol) = candidate.of else { return Fit::Fits };
        if candidate.starts.only().is_some() {
            return Fit::Fits;
        }
        let same = |(c, at): (&Candidate, &Option<u16>)| c.of == candidate.of && *at == Some(start);
        let shared = self.list.iter().zip(at).any(same) || self.is_held(world, protocol, start);
        if shared { Fit::Shares } else { Fit::Fits }
    }

    /// Moves the candidates there. One that has the only port that it may have, and shares it, is one no longer.
    pub(super) fn stand_at(&mut self, world: &mut World, places: &[u16]) {
        let held: Vec<bool> = (self.list.iter().zip(places))
            .map(|(c, at)| match c.of {
                Of::Port(protocol) => self.is_held(world, protocol, *at),
                Of::Block(..) => false,
            })
            .collect();
        move_to(world, &self.list, places);
        self.list.iter_mut().zip(places).for_each(|(c, at)| c.at = *at);
        let shares = |i: usize| {
            let of = (self.list[i].of, self.list[i].at);
            held[i] || self.list.iter().enumerate().any(|(j, c)| j != i && (c.of, c.at) == of)
        };
        let single: Vec<bool> = (self.list.iter().enumerate())
            .map(|(i, c)| c.is_port() && c.starts.only().is_some() && shares(i))
            .collect();
        if single.contains(&true) {
            self.remove(|i, _| single[i]);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    Fits,
    /// The port may be this one, and yet it cannot stand in.
    Shares,
    Never,
}

struct Search<'a> {
    of: &'a Candidates,
    world: &'a World,
    tries: u32,
    sharing: bool,
}

impl Search<'_> {
    fn place(&mut self, left: &[usize], at: &mut [Option<u16>]) -> bool {
        let Some((&first, others)) = left.split_first() else { return true };
        for start in self.of.list[first].starts.each() {
            self.tries += 1;
            if self.tries >= MOST_TRIES {
                return false;
            }
            match self.of.fits(self.world, first, start, at) {
                Fit::Fits => {}
                fit => {
                    self.sharing |= fit == Fit::Shares;
                    continue;
                }
            }
            at[first] = Some(start);
            if self.place(others, at) {
                return true;
            }
            at[first] = None;
        }
        false
    }
}

/// Moves what has the stand-ins of candidates to other places, all at once.
pub(super) fn move_to(world: &mut World, list: &[Candidate], places: &[u16]) {
    let mut ports = Vec::new();
    let mut blocks: Vec<(Token, _)> = Vec::new();
    for (candidate, to) in list.iter().zip(places).filter(|(c, to)| c.at != **to) {
        match candidate.of {
            Of::Port(protocol) => ports.push((protocol, candidate.at, *to)),
            Of::Block(_, token) => blocks.push((token, candidate.span(*to))),
        }
    }
    let mut sockets = Vec::new();
    for &(protocol, from, to) in &ports {
        sockets.extend(world.at_port(protocol, from).map(|(id, _)| (id, to)));
    }
    for (id, to) in sockets {
        world.change_socket(id, |socket| {
            if let Some(name) = &mut socket.bound {
                name.set_port(to);
            }
        });
    }
    let new = |port: u16| {
        let moved = ports.iter().find(|(p, from, _)| *p == Protocol::Tcp && *from == port);
        moved.map(|(_, _, to)| *to)
    };
    let left: Vec<_> =
        world.lingering().iter().filter(|l| new(l.port).is_some()).copied().collect();
    if !left.is_empty() {
        world.retain_lingering(|l| new(l.port).is_none());
        for mut lingering in left {
            lingering.port = new(lingering.port).unwrap_or(lingering.port);
            world.linger(lingering);
        }
    }
    for (token, block) in blocks {
        world.change_reservation(token, |reservation| reservation.block = block);
    }
}
