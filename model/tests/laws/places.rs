//! Two calls of which neither writes what the other touches may change places.

use std::cell::RefCell;
use std::collections::BTreeMap;

use portres_model::{
    Call, Footprint, Known, ProcessId, Profile, Reading, Reply, World, apply, permitted,
};
use proptest::prelude::*;

use crate::choose::choose;
use crate::draw::Draw;
use crate::kind::{self, Kind};
use crate::protocols::in_order;
use crate::script::{self, Event, Script, scripts};
use crate::{any_reply, law, make};

/// Where two calls lead, one behind the other; `None` if they are not permitted so.
fn behind(world: &World, profile: &Profile, events: [&Event; 2]) -> Option<(World, Profile)> {
    let (mut world, mut profile) = (world.clone(), profile.clone());
    for (by, call, reply) in events {
        let step = permitted(&world, *by, call).judge(&world, &profile, reply).ok()?;
        profile.assume(&step.needs).ok()?;
        apply(&mut world, *by, call, reply);
    }
    Some((world, profile))
}

/// A reply that is permitted here, or nearly so.
fn replied(
    world: &World,
    (by, call): (ProcessId, Call),
    reading: &Reading,
    draw: &mut Draw,
) -> Event {
    let all = permitted(world, by, &call);
    let (_, mut reply) = choose(world, &all, reading, 6, draw).expect("a permitted reply");
    if draw.one_in(6) {
        let other = any_reply(draw.next());
        if other.fits(&call) {
            reply = other;
        }
    }
    (by, call, reply)
}

/// A call; often one about reservations, which change places in one direction, too.
fn next(world: &World, draw: &mut Draw) -> (ProcessId, Call) {
    if !draw.one_in(3) {
        return kind::next(world, draw);
    }
    let by = ProcessId(1 + draw.below(2) as u32);
    let kind = draw.pick(&[Kind::Acquire, Kind::Acquire, Kind::Release]);
    (by, kind.make(&make::At { world, by }, draw))
}

/// How often a call of this kind changed places, could not, or could in one direction.
type Tried = BTreeMap<Kind, (u64, u64, u64)>;

fn change_places(
    world: &World,
    profile: &Profile,
    reading: &Reading,
    draw: &mut Draw,
    tried: &mut Tried,
) -> Result<(), TestCaseError> {
    let one = replied(world, next(world, draw), reading, draw);
    let mut after = world.clone();
    apply(&mut after, one.0, &one.1, &one.2);
    // the second call was made before the first took effect, or behind it
    let from = if draw.one_in(2) { world } else { &after };
    let other = next(from, draw);
    let from = if draw.one_in(4) { world } else { &after };
    let other = replied(from, other, reading, draw);
    let mut known = Known::new(vec![world]);
    [&one, &other].into_iter().for_each(|(_, call, reply)| known.learn(call, Some(reply)));
    let of = |(by, call, reply): &Event| Footprint::of(&known, *by, call, reply);
    let (one_bars, other_bars) = (of(&one).bars(&of(&other)), of(&other).bars(&of(&one)));
    let meet = one_bars || other_bars;
    prop_assert_eq!(meet, of(&one).meets(&of(&other)));
    for (_, call, _) in [&one, &other] {
        let count = tried.entry(Kind::of(call)).or_default();
        count.0 += u64::from(!meet);
        count.1 += u64::from(meet);
        count.2 += u64::from(one_bars != other_bars);
    }
    let said = || {
        let told = |(by, call, reply): &Event| format!("{by}: {call} -> {reply}");
        format!("{} | {}", told(&one), told(&other))
    };
    let so = behind(world, profile, [&one, &other]);
    let otherwise = behind(world, profile, [&other, &one]);
    stays_out(world, profile, (&one, &of(&one)), (&other, &of(&other)), said)?;
    if one_bars && other_bars {
        return Ok(());
    }
    if meet {
        // one of the orders is as good as the other, or better
        let (best, other) = if one_bars { (so, otherwise) } else { (otherwise, so) };
        let Some((world, left)) = other else { return Ok(()) };
        prop_assert!(best.is_some(), "permitted in the other order alone: {}", said());
        let (best, readings) = best.expect("just looked");
        prop_assert!(in_order(&world) == in_order(&best), "the worlds: {}", said());
        prop_assert!(left.is_within(&readings), "the readings: {}", said());
        return Ok(());
    }
    match (so, otherwise) {
        (None, None) => {}
        (Some((world, left)), Some((other_world, other_left))) => {
            prop_assert!(in_order(&world) == in_order(&other_world), "the worlds: {}", said());
            prop_assert_eq!(left, other_left, "the readings: {}", said());
        }
        (so, _) => prop_assert!(false, "permitted in one order, {}: {}", so.is_some(), said()),
    }
    Ok(())
}

/// A call that is not permitted is not permitted either behind one that does not touch what keeps it out.
fn stays_out(
    world: &World,
    profile: &Profile,
    (one, first): (&Event, &Footprint),
    ((by, call, reply), second): (&Event, &Footprint),
    said: impl Fn() -> String,
) -> Result<(), TestCaseError> {
    let all = permitted(world, *by, call);
    if all.explains(world, profile, reply).is_some() {
        return Ok(());
    }
    let ports = all.kept_out_by(world, profile, reply);
    let together = !first.may_enable(second, &ports)
        && behind(world, profile, [one, &(*by, *call, *reply)]).is_some();
    prop_assert!(!together, "{:?} do not keep it out: {}", ports, said());
    Ok(())
}

#[test]
fn calls_that_do_not_meet_change_places() {
    let tried = RefCell::new(Tried::new());
    law(1_500, (scripts(60), any::<u64>()), |(script, number): (Script, u64)| {
        let reading = script::reading(&Profile::open_to_all(), number);
        let (events, world) = script::trace(&script, &reading);
        let mut draw = Draw::new(number);
        // what has been learnt on the way here, or nothing, or everything
        let profile = match draw.below(4) {
            0 => Profile::settled(&reading),
            1 => Profile::open_to_all(),
            _ => learnt(&script, &events),
        };
        (0..12).try_for_each(|_| {
            change_places(&world, &profile, &reading, &mut draw, &mut tried.borrow_mut())
        })
    });
    let tried = tried.into_inner();
    println!("{tried:?}");
    let changed = |kind: &Kind| tried.get(kind).is_some_and(|(changed, ..)| *changed > 60);
    for kind in [Kind::Socket, Kind::Bind, Kind::CloseSocket, Kind::Acquire, Kind::Associate] {
        assert!(changed(&kind), "{kind:?} hardly ever changes places: {tried:?}");
    }
    assert!(tried[&Kind::Acquire].2 > 60, "acquires hardly ever meet: {tried:?}");
    assert!([Kind::Release, Kind::Create, Kind::SetSockOpt, Kind::SendTo].iter().all(changed));
}

/// The readings that the events of a script leave.
fn learnt(script: &Script, events: &[Event]) -> Profile {
    let mut world = crate::machine::world(&mut Draw::new(script.machine));
    let mut left = Profile::open_to_all();
    for (by, call, reply) in events {
        let step = permitted(&world, *by, call).judge(&world, &left, reply);
        left.assume(&step.expect("it is permitted").needs).expect("a reading is left");
        apply(&mut world, *by, call, reply);
    }
    left
}

#[test]
fn calls_that_meet_are_told() {
    let world = crate::machine::world(&mut Draw::new(0));
    let mut known = Known::new(vec![&world]);
    let p1 = ProcessId(1);
    let socket = |s| (Call::open(portres_model::SocketKind::Udp, portres_model::Family::V4), s);
    let opened = [1, 2].map(|s| socket(Reply::Socket(portres_model::SocketId(s))));
    opened.iter().for_each(|(call, reply)| known.learn(call, Some(reply)));
    let bind = |s, port: u16| {
        let address = (std::net::Ipv4Addr::UNSPECIFIED, port).into();
        Call::bind(portres_model::SocketId(s), address)
    };
    let binds = [(bind(1, 5001), 5001), (bind(2, 5001), 5001), (bind(2, 5002), 5002)];
    let [first, same, beside] = binds.map(|(call, port)| {
        known.learn(&call, Some(&Reply::Bound(port)));
        (call, Reply::Bound(port))
    });
    let of = |(call, reply): &(Call, Reply)| Footprint::of(&known, p1, call, reply);
    assert!(of(&opened[0]).meets(&of(&first)), "a socket is opened before it is bound");
    assert!(of(&first).meets(&of(&same)), "one port");
    assert!(!of(&first).meets(&of(&opened[1])), "another socket");
    assert!(!of(&first).meets(&of(&beside)), "another port");
}
