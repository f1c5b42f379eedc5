//! What happens to TCP ports and what happens to UDP ports does not depend on the order, where a reservation of one protocol
//! keeps nobody out of the other.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use portres_model::{
    Call, Literal, Names, Permitted, ProcessId, Profile, Protocol, Question, Reading, Reply, Set,
    Socket, World, apply, permitted,
};
use proptest::prelude::*;

use crate::choose::choose;
use crate::draw::Draw;
use crate::kind::{self, Kind};
use crate::law;
use crate::machine::rebuilt;
use crate::script::{self, Script, scripts};

/// The protocol of the socket that a call uses, and of the token if there is one.
fn of_operands(world: &World, by: ProcessId, call: &Call) -> Option<Protocol> {
    let protocol = world.socket_of(by, call.socket()?)?.1.kind.protocol();
    let token = call.token().and_then(|t| world.reservation(t)).map(|r| r.protocol);
    protocol.filter(|p| token.is_none_or(|t| t == *p))
}

/// The protocol that a call is about; `None` if it is about both or neither.
fn about(world: &World, by: ProcessId, call: &Call) -> Option<Protocol> {
    let request = |id| world.request(id).map(|r| of_operands(world, r.process, &r.call));
    if call.socket().is_some() {
        // an ioctl may take a structure that was another request's
        let before = call.introduces().and_then(request);
        let protocol = of_operands(world, by, call);
        return protocol.filter(|p| before.is_none_or(|b| b == Some(*p)));
    }
    if let Some(protocol) = call.request().and_then(request) {
        return protocol;
    }
    match *call {
        Call::Socket { kind, .. } => kind.protocol(),
        Call::Settle { .. } => Some(Protocol::Tcp),
        Call::Create { protocol, .. }
        | Call::Delete { protocol, .. }
        | Call::Lookup { protocol, .. }
        | Call::AddExcluded { protocol, .. }
        | Call::DeleteExcluded { protocol, .. }
        | Call::ShowExcluded { protocol, .. }
        | Call::SetDynamic { protocol, .. }
        | Call::ShowDynamic { protocol }
        | Call::Appear { protocol, .. }
        | Call::Vanish { protocol, .. } => Some(protocol),
        _ => None,
    }
}

/// A call about a protocol that is drawn in a world.
fn drawn(world: &World, protocol: Protocol, draw: &mut Draw) -> Option<(ProcessId, Call)> {
    let calls = (0..40).map(|_| kind::next(world, draw));
    calls.into_iter().find(|(by, call)| about(world, *by, call) == Some(protocol))
}

/// What is permitted under a reading, whatever the order. Sets of free ports are told by what is in them.
fn told(world: &World, all: &Permitted, reading: &Reading) -> BTreeSet<String> {
    let choice = all.under(reading);
    let must = choice.must().map(|(r, code)| format!("must {} {code}", r.rule));
    let may = choice.may().map(|(r, code)| format!("may {} {code}", r.rule));
    let set = |set: &Set| match set {
        Set::FreePort(free) => {
            let near = (4_985..=5_025).filter(|port| free.has(world, *port)).collect::<Vec<u16>>();
            format!("{near:?} and {:?}", free.lowest(world, free.within))
        }
        Set::FreeBlock(free) => format!("{:?} of {}", free.lowest(world), free.count),
        other => format!("{other:?}"),
    };
    let offers = choice.offers().map(|o| format!("{} {} {:?}", o.rule, set(&o.set), o.if_empty));
    must.chain(may).chain(offers).collect()
}

/// Behind this, two worlds that differ in the order of their short lists are equal.
pub(crate) fn in_order(world: &World) -> World {
    let mut world = rebuilt(world);
    let mut exclusions = world.exclusions().to_vec();
    exclusions.sort_by_key(|e| format!("{e:?}"));
    world.retain_exclusions(|_| false);
    exclusions.into_iter().for_each(|e| world.exclude(e));
    let mut suspended = world.suspended().to_vec();
    suspended.sort_by_key(|e| format!("{e:?}"));
    world.retain_suspended(|_| false);
    suspended.into_iter().for_each(|e| world.suspend(e));
    let mut duplicates = world.duplicates().to_vec();
    duplicates.sort_by_key(|d| d.id);
    for duplicate in &duplicates {
        world.remove_duplicate(duplicate.id);
    }
    duplicates.into_iter().for_each(|d| world.add_duplicate(d));
    world
}

/// Whether the two have a name in common: the same overlapped structure, the same name for what they create, or a token that
/// the one creates and the other has guessed.
fn entangled(world: &World, one: (&Call, &Reply), other: (&Call, &Reply)) -> bool {
    let request = |call: &Call| call.introduces().or(call.request());
    let given = |reply: &Reply| reply.names();
    let token = |call: &Call| {
        let pending = call.request().and_then(|id| world.request(id));
        call.token().or_else(|| pending.and_then(|r| r.call.token())).map(Names::Token)
    };
    let guessed = |call: &Call, reply: &Reply| token(call).is_some() && token(call) == given(reply);
    request(one.0).is_some() && request(one.0) == request(other.0)
        || given(one.1).is_some() && given(one.1) == given(other.1)
        || guessed(one.0, other.1)
        || guessed(other.0, one.1)
}

/// Whether the protocols have to do with each other: a socket is tied to a reservation of the other one.
fn has_ties(world: &World) -> bool {
    let across = |socket: &Socket| {
        let tokens = socket.associations.map(|(first, last)| [first, last]);
        let of = tokens.into_iter().flatten().filter_map(|t| world.reservation(t));
        of.map(|r| Some(r.protocol)).any(|protocol| protocol != socket.kind.protocol())
    };
    world.sockets().any(|(_, s)| across(s))
}

fn commute(
    world: &World,
    reading: &Reading,
    draw: &mut Draw,
    tried: &mut BTreeMap<(Kind, Protocol), u64>,
) -> Result<(), TestCaseError> {
    let first = drawn(world, Protocol::Tcp, draw);
    let Some(((by1, call1), (by2, call2))) = first.zip(drawn(world, Protocol::Udp, draw)) else {
        return Ok(());
    };
    if has_ties(world) {
        return Ok(());
    }
    let settled = Profile::settled(reading);
    let all1 = permitted(world, by1, &call1);
    let (_, reply1) = choose(world, &all1, reading, 6, draw).expect("a permitted reply");
    let mut one = world.clone();
    apply(&mut one, by1, &call1, &reply1);
    if has_ties(&one) {
        return Ok(());
    }
    let all2 = permitted(&one, by2, &call2);
    let (_, reply2) = choose(&one, &all2, reading, 6, draw).expect("a permitted reply");
    // a name that the first call has freed is not vacant before it
    let vacant = reply2
        .names()
        .is_none_or(|_| permitted(world, by2, &call2).judge(world, &settled, &reply2).is_ok());
    if entangled(world, (&call1, &reply1), (&call2, &reply2)) || !vacant {
        return Ok(());
    }
    let said = format!("{by1}: {call1} -> {reply1}, {by2}: {call2} -> {reply2}");
    let before = told(world, &permitted(world, by2, &call2), reading);
    prop_assert_eq!(before, told(&one, &all2, reading), "{}", said);
    apply(&mut one, by2, &call2, &reply2);
    let mut other = world.clone();
    apply(&mut other, by2, &call2, &reply2);
    if has_ties(&other) {
        return Ok(());
    }
    let behind = told(&other, &permitted(&other, by1, &call1), reading);
    prop_assert_eq!(told(world, &all1, reading), behind, "{}", said);
    apply(&mut other, by1, &call1, &reply1);
    prop_assert!(in_order(&one) == in_order(&other), "{}", said);
    for (call, protocol) in [(call1, Protocol::Tcp), (call2, Protocol::Udp)] {
        *tried.entry((Kind::of(&call), protocol)).or_default() += 1;
    }
    Ok(())
}

/// A reading in which a reservation of one protocol keeps nobody out of the other.
fn separate(number: u64) -> Reading {
    let question = Question::CrossesProtocols;
    let answers = question.answer("no").expect("an answer");
    let mut profile = Profile::open_to_all();
    profile.settle(Literal { question, answers }).expect("an answer");
    script::reading(&profile, number)
}

#[test]
fn the_two_protocols_commute() {
    let tried = RefCell::new(BTreeMap::new());
    law(1_000, (scripts(60), any::<u64>()), |(script, number): (Script, u64)| {
        let reading = separate(number);
        let (_, world) = script::trace(&script, &reading);
        let mut draw = Draw::new(number);
        (0..4).try_for_each(|_| commute(&world, &reading, &mut draw, &mut tried.borrow_mut()))
    });
    let tried = tried.into_inner();
    println!("{tried:?}");
    // nearly every call about sockets or ports, about either protocol
    assert!(tried.len() > 50 && tried.values().sum::<u64>() > 4_000, "{tried:?}");
}
