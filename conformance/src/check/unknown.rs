//! Calls whose reply is not known: they may have done nothing, or anything that they may do.

use portres_model::{Call, Names, ProcessId, Reply, Set, Who, permitted};

use super::{Follower, Seen, State};

impl Follower<'_> {
    /// Follows every state into those to which the call may have led.
    pub(super) fn unknown(&mut self, call: &Call, names: Option<Names>, by: ProcessId) {
        match after_unknown(&self.states, call, names, by) {
            Some(states) => self.put_states(states),
            None => self.lose("the reply is not known, and what the call did cannot be told"),
        }
    }
}

/// The states after a call that may have happened; `None` if they cannot be listed.
pub(super) fn after_unknown(
    states: &[State],
    call: &Call,
    names: Option<Names>,
    by: ProcessId,
) -> Option<Vec<State>> {
    let mut after = states.to_vec();
    for state in states {
        let offers = permitted(&state.world, by, call).offers;
        for offer in offers.iter().filter(|o| !o.set.is_empty(&state.world)) {
            let reply = only_reply(&offer.set, names)?;
            let seen = Seen { event: 0, line: 0, who: Who::process(by), call: *call, reply };
            let mut happened = state.clone();
            if happened.step(&seen).is_ok() {
                portres_model::apply(&mut happened.world, by, call, &reply);
                after.push(happened);
            }
        }
    }
    Some(after)
}

/// The one reply of a set; `None` if there are several, or if nothing names what it creates.
fn only_reply(set: &Set, names: Option<Names>) -> Option<Reply> {
    Some(match (set, names) {
        (Set::Ok, _) => Reply::Ok,
        (Set::Port(port), _) => Reply::Bound(*port),
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
        (Set::AnyPort | Set::FreePort(_) | Set::Address(_) | Set::FreeBlock(_), _)
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
