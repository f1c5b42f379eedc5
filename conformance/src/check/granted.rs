//! Pending acquires may have been granted before anybody is told.
//!
//! Until then the ports that they ask for are in everybody's way, perhaps: that says the specification itself. It judges the
//! result of a pending request as if it were given now. So how a request could have been granted is kept where an event takes
//! that away (a bind into the block, another reservation of the socket), and followed where a call asks about the request, or
//! names a token that is nobody's: the name of a token that has ended may be that of one which nobody has been told of.

use portres_model::{
    Call, Error, Names, Permitted, PortRange, ProcessId, Reply, Request, RequestId, Set, SocketId,
    Token, World, permitted,
};

use super::candidates::Untold;
use super::pending::is_of;
use super::{Follower, State};
use crate::trace::Observed;

/// What is suspected where a request is begun with the structure of one that may have been granted.
pub(super) const FORGETS: &str = "what a pending request has been given may never be told";
/// What is suspected where a token may be that of a request for any block.
pub(super) const NAMES: &str = "a token may be that of a request whose block nobody has seen";

/// How a pending acquire could have been granted.
pub(super) struct Granting {
    id: RequestId,
    request: Request,
    all: Permitted,
}

impl Granting {
    /// The blocks that it may have given; `None` where they cannot be listed.
    fn blocks(&self) -> Option<Vec<PortRange>> {
        let block = |set| match set {
            Set::Block(block) => Some(block),
            _ => None,
        };
        self.all.offers.iter().map(|offer| block(offer.set)).collect()
    }

    fn is_same(&self, other: &Granting) -> bool {
        (self.id, self.request) == (other.id, other.request)
            && self.all.must == other.all.must
            && self.all.offers == other.all.offers
    }
}

impl Follower<'_> {
    /// How pending acquires could be granted now.
    pub(super) fn grantings(&self) -> Vec<Granting> {
        let mut all: Vec<Granting> = Vec::new();
        for granting in self.states.iter().flat_map(|state| grantings(&state.world)) {
            if !all.iter().any(|known| known.is_same(&granting)) {
                all.push(granting);
            }
        }
        all
    }

    /// Keeps in which ways pending acquires may have been granted and cannot any more, behind a call.
    pub(super) fn keep_grantings(&mut self, before: Vec<Granting>, reply: &Observed) {
        // which blocks can be given is another thing where ports have been taken or given back
        self.keep_lost(before, !reply.is_refusal());
    }

    /// Keeps that pending acquires may have been granted amid calls that overlap, in ways that are not known.
    pub(super) fn keep_grantings_amid(&mut self, before: Vec<Granting>) {
        let begun = self.grantings();
        for mut granting in before.into_iter().chain(begun) {
            granting.all.must.clear();
            self.keep_granting(granting);
        }
        self.keep_lost(Vec::new(), false);
    }

    fn keep_lost(&mut self, before: Vec<Granting>, changes: bool) {
        if before.is_empty() && self.granted.is_empty() {
            return;
        }
        for granting in before {
            let cannot = |state: &State| {
                state.pends(&granting).is_some()
                    && (changes && granting.blocks().is_none()
                        || !grantings(&state.world).any(|now| now.is_same(&granting)))
            };
            if self.states.iter().any(cannot) {
                self.keep_granting(granting);
            }
        }
        let states = &self.states;
        self.granted.retain(|granting| states.iter().any(|s| s.pends(granting).is_some()));
    }

    fn keep_granting(&mut self, granting: Granting) {
        if !self.granted.iter().any(|known| known.is_same(&granting)) {
            self.granted.push(granting);
        }
    }

    /// Adds the states in which the request that a call asks about has been granted in a way in which it cannot any more.
    pub(super) fn grant_unseen(&mut self, call: &Call, reply: &Observed, names: Option<Names>) {
        let (Call::Result { request: id, .. }
        | Call::Completion { request: id }
        | Call::Complete { request: id }) = *call
        else {
            return;
        };
        if self.granted.is_empty() {
            return;
        }
        let mut states = self.states.clone();
        for granting in self.granted.iter().filter(|granting| granting.id == id) {
            let replies: Vec<Reply> = match (reply, names) {
                (Observed::Exactly(_) | Observed::OneOf(_), _) => reply.named().copied().collect(),
                (Observed::Fails, _) => Vec::new(),
                (_, Some(Names::Token(token))) => match granting.blocks() {
                    Some(blocks) => {
                        blocks.into_iter().map(|block| Reply::Reserved { block, token }).collect()
                    }
                    None => return self.lose(Untold::Unlisted.why()),
                },
                _ => return self.lose(Untold::Unlisted.why()),
            };
            for state in &self.states {
                if state.pends(granting).is_some() {
                    let granted =
                        replies.iter().filter_map(|r| state.granted(id, &granting.all, r));
                    add_new(&mut states, granted);
                }
            }
        }
        if states.len() != self.states.len() {
            self.put_states(states);
        }
    }

    /// Adds the states in which a token that is nobody's is that of a pending acquire.
    pub(super) fn name_unseen(&mut self, call: &Call) {
        if self.is_all_complete() {
            return;
        }
        let nothing = [Token::ZERO, Token::UNKNOWN];
        let Some(token) = call.token().filter(|token| !nothing.contains(token)) else { return };
        let mut states = self.states.clone();
        for state in self.states.iter().filter(|s| s.world.reservation(token).is_none()) {
            match self.given_this_name(state, token) {
                Ok(named) => add_new(&mut states, named),
                Err(why) => return self.suspect(why),
            }
        }
        if states.len() != self.states.len() {
            self.put_states(states);
        }
    }

    /// The states in which the token is that of a pending acquire.
    fn given_this_name(&self, state: &State, token: Token) -> Result<Vec<State>, &'static str> {
        let mut named = Vec::new();
        for now in grantings(&state.world) {
            let id = now.id;
            let before = self.granted.iter().filter(|g| g.id == id && state.pends(g).is_some());
            for granting in std::iter::once(&now).chain(before) {
                let Some(blocks) = granting.blocks() else {
                    if granting.all.admits_success(&state.profile) {
                        return Err(NAMES);
                    }
                    continue;
                };
                for reply in blocks.into_iter().map(|block| Reply::Reserved { block, token }) {
                    named.extend(state.granted(id, &granting.all, &reply));
                }
            }
        }
        Ok(named)
    }

    /// Whether the structure of a pending acquire is used again before anybody has been told what it gave: nobody will be.
    pub(super) fn forgets_granted(&self, call: &Call, reply: &Observed) -> bool {
        let Some(id) = call.introduces().filter(|_| begins(reply)) else { return false };
        let may_be = |state: &State| {
            let of_state = |g: &Granting| g.id == id && g.all.admits_success(&state.profile);
            grantings(&state.world).any(|now| of_state(&now))
                || self.granted.iter().any(|g| state.pends(g).is_some() && of_state(g))
        };
        self.states.iter().any(may_be)
    }
}

/// Whether a call with a structure may have begun something: what is refused at once leaves the structure as it is.
fn begins(reply: &Observed) -> bool {
    let pending = Reply::Failed(Error::IoPending);
    !reply.is_refusal() || reply.named().any(|reply| *reply == pending)
}

impl State {
    /// The request as it is pending here, if it is the one that could be granted.
    fn pends(&self, granting: &Granting) -> Option<Request> {
        self.world.request(granting.id).filter(|now| is_of(now, &granting.request)).copied()
    }

    /// The state in which the request has been granted so.
    fn granted(&self, id: RequestId, all: &Permitted, reply: &Reply) -> Option<State> {
        let step = all.judge(&self.world, &self.profile, reply).ok()?;
        let mut state = self.clone();
        state.profile.assume(&step.needs).ok()?;
        state.apply(ProcessId::MACHINE, &Call::Complete { request: id }, reply);
        Some(state)
    }
}

fn add_new(states: &mut Vec<State>, more: impl IntoIterator<Item = State>) {
    for state in more {
        if !states.contains(&state) {
            states.push(state);
        }
    }
}

/// How each pending acquire of a world could be granted.
fn grantings(world: &World) -> impl Iterator<Item = Granting> {
    let open =
        |r: &Request| matches!(r.call, Call::Acquire { socket, .. } if socket != SocketId::INVALID);
    world.pending().filter(move |(_, r)| open(r)).map(|(id, request)| {
        let call = Call::Complete { request: id };
        let mut all = permitted(world, ProcessId::MACHINE, &call);
        all.may.clear();
        for offer in &mut all.offers {
            offer.if_empty = None;
            if let Set::FreeBlock(free) = offer.set {
                // which blocks were free at another time is not kept
                offer.set = Set::BlockOfAtMost(free.count);
            }
        }
        Granting { id, request: *request, all }
    })
}
