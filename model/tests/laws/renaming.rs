//! Names mean nothing: what is permitted, and what a reply does, is the same under other names of processes, sockets, tokens
//! and requests.

use std::collections::BTreeSet;

use portres_model::{
    Call, Duplicate, Kind, Permitted, ProcessId, Reply, Request, RequestId, Reservation, Set,
    Socket, SocketId, Token, World, apply, permitted,
};
use proptest::prelude::*;
use serde_json::Value;

use crate::draw::Draw;
use crate::script::{Moment, readings, scripts, walk};
use crate::{any_reply, law};

/// Below this, names are exchanged; those with a meaning of their own stay.
const MOST: u32 = 16;

/// Which name takes the place of which, for each kind of name.
struct Names([Vec<u32>; 4]);

impl Names {
    fn drawn(draw: &mut Draw) -> Names {
        Names(std::array::from_fn(|_| {
            let mut names: Vec<u32> = (1..MOST).collect();
            for last in (1..names.len()).rev() {
                names.swap(last, draw.below(last + 1));
            }
            names
        }))
    }

    fn number(&self, kind: usize, number: u32) -> u32 {
        let place = (number as usize).checked_sub(1);
        place.and_then(|place| self.0[kind].get(place).copied()).unwrap_or(number)
    }

    fn process(&self, id: ProcessId) -> ProcessId {
        ProcessId(self.number(0, id.0))
    }

    fn socket(&self, id: SocketId) -> SocketId {
        SocketId(self.number(1, id.0))
    }

    fn token(&self, token: Token) -> Token {
        Token(self.number(2, token.0))
    }

    fn request(&self, id: RequestId) -> RequestId {
        RequestId(self.number(3, id.0))
    }

    /// A word, if it is a name.
    fn word(&self, word: &str) -> Option<String> {
        let kind = "psto".find(word.chars().next()?)?;
        let number = word.get(1..)?.parse().ok()?;
        Some(format!("{}{}", &word[..1], self.number(kind, number)))
    }

    /// Every name in a call or a reply, whichever there is: in JSON all of them are words of their own.
    fn json(&self, value: Value) -> Value {
        match value {
            Value::String(word) => Value::String(self.word(&word).unwrap_or(word)),
            Value::Array(list) => Value::Array(list.into_iter().map(|v| self.json(v)).collect()),
            Value::Object(fields) => {
                Value::Object(fields.into_iter().map(|(key, v)| (key, self.json(v))).collect())
            }
            other => other,
        }
    }

    fn call(&self, call: &Call) -> Call {
        let value = serde_json::to_value(call).expect("it has a JSON form");
        serde_json::from_value(self.json(value)).expect("a call")
    }

    fn reply(&self, reply: &Reply) -> Reply {
        let value = serde_json::to_value(reply).expect("it has a JSON form");
        serde_json::from_value(self.json(value)).expect("a reply")
    }

    fn reservation(&self, reservation: &Reservation) -> Reservation {
        let kind = match reservation.kind {
            Kind::Runtime { process, socket, family } => {
                let (process, socket) = (self.process(process), self.socket(socket));
                Kind::Runtime { process, socket, family }
            }
            stored @ Kind::Persistent { .. } => stored,
        };
        // users are counted by the sockets
        Reservation { kind, users: 0, ..*reservation }
    }

    /// The same world under other names.
    fn world(&self, world: &World) -> World {
        let mut new = World::new(world.machine().clone());
        world.exclusions().iter().for_each(|e| new.exclude(*e));
        world.suspended().iter().for_each(|e| new.suspend(*e));
        world.lingering().iter().for_each(|l| new.linger(*l));
        world.departed().iter().for_each(|(id, c)| new.add_departed(self.process(*id), *c));
        world.processes().for_each(|(id, p)| new.put_process(self.process(id), Some(*p)));
        for (token, reservation) in world.reservations() {
            new.put_reservation(self.token(token), Some(self.reservation(reservation)));
        }
        for (id, socket) in world.sockets() {
            let (process, creator) = (self.process(socket.process), self.process(socket.creator));
            let associations = socket.associations.map(|(a, b)| (self.token(a), self.token(b)));
            let socket = Socket { process, creator, associations, ..*socket };
            new.put_socket(self.socket(id), Some(socket));
        }
        for Duplicate { id, process, of } in world.duplicates().iter().copied() {
            let (id, process, of) = (self.socket(id), self.process(process), self.socket(of));
            new.add_duplicate(Duplicate { id, process, of });
        }
        for (id, request) in world.requests() {
            let (process, call) = (self.process(request.process), self.call(&request.call));
            let outcome = request.outcome.map(|reply| self.reply(&reply));
            let request = Request { process, call, outcome, ..*request };
            new.put_request(self.request(id), Some(request));
        }
        new
    }

    fn set(&self, set: &Set) -> Set {
        match *set {
            Set::Token(token) => Set::Token(self.token(token)),
            Set::This(reply) => Set::This(self.reply(&reply)),
            Set::Ok
            | Set::Opened(..)
            | Set::NameOf(_)
            | Set::Value(_)
            | Set::AnyValue
            | Set::NewSocket
            | Set::Port(_)
            | Set::AnyPort
            | Set::FreePort(_)
            | Set::Name(_)
            | Set::Address(_)
            | Set::Block(_)
            | Set::FreeBlock(_)
            | Set::NewToken
            | Set::NameIn(_)
            | Set::PortIn(_)
            | Set::BlockOfAtMost(_)
            | Set::NameAt(_)
            | Set::AnyBytes
            | Set::BytesNotZero => *set,
        }
    }

    /// What is permitted, whatever the order; of which of several sockets a refusal speaks does not matter either.
    fn permitted(&self, all: &Permitted) -> BTreeSet<String> {
        let must = all.must.iter().map(|r| format!("must {} {:?} {:?}", r.rule, r.when, r.code));
        let may = all.may.iter().map(|r| format!("may {} {:?} {:?}", r.rule, r.when, r.code));
        let offers = all
            .offers
            .iter()
            .map(|o| format!("{} {:?} {:?} {:?}", o.rule, o.when, self.set(&o.set), o.if_empty));
        must.chain(may).chain(offers).collect()
    }

    fn commutes(&self, m: &mut Moment<'_>) -> Result<(), TestCaseError> {
        let (by, call) = (self.process(m.by), self.call(m.call));
        let mut other = self.world(m.world);
        let same = Names(Default::default());
        let (here, there) = (self.permitted(m.all), permitted(&other, by, &call));
        prop_assert_eq!(here, same.permitted(&there), "{}", m.told());
        for reply in [any_reply(m.draw.next()), m.reply] {
            let mut world = m.world.clone();
            apply(&mut world, m.by, m.call, &reply);
            let mut renamed = other.clone();
            apply(&mut renamed, by, &call, &self.reply(&reply));
            prop_assert!(renamed == self.world(&world), "{} -> {}", m.told(), reply);
            other = self.world(m.world);
        }
        Ok(())
    }
}

#[test]
fn other_names_change_nothing() {
    law(400, (scripts(40), readings(), any::<u64>()), |(script, reading, number)| {
        let names = Names::drawn(&mut Draw::new(number));
        walk(&script, &reading, |mut m| names.commutes(&mut m)).map(drop)
    });
}
