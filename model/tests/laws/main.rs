//! Laws of the relation, over generated scripts that reach deep states.

mod argument;
mod choose;
mod draw;
mod fired;
mod kind;
mod machine;
mod make;
mod narrowing;
mod page;
mod places;
mod protocols;
mod renaming;
mod scenario;
mod script;

mod undo;
mod unseen;
mod widening;

use portres_model::{
    Call, Error, Family, Frame, ProcessId, Profile, Protocol, Reading, Reply, SocketId, SocketKind,
    Token, apply, bytes_returned, permitted,
};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use choose::choose;
use draw::Draw;
use machine::{block, indexes_agree};
use script::{Moment, readings, scripts, walk};

/// How many times longer than usual the laws are tried, with other cases each time: `PORTRES_LAWS=20`.
pub(crate) fn longer() -> Option<u32> {
    std::env::var("PORTRES_LAWS").ok().map(|n| n.parse().expect("a number"))
}

/// Tries a law; the cases are the same each time, unless it is tried longer.
pub(crate) fn law<S: Strategy>(
    cases: u32,
    values: S,
    holds: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let cases = cases * longer().unwrap_or(1);
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) };
    let mut runner = match longer() {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    };
    if let Err(error) = runner.run(&values, holds) {
        panic!("{error}");
    }
}

/// What holds of every reply that is chosen under a reading.
fn is_right(
    m: &mut Moment<'_>,
    reading: &Reading,
    (settled, left): (&Profile, &mut Profile),
) -> Result<(), TestCaseError> {
    let step = m.all.judge(m.world, settled, &m.reply);
    prop_assert!(step.is_ok(), "refused under its own reading: {}", m.told());
    let step = m.all.judge(m.world, left, &m.reply);
    prop_assert!(step.is_ok(), "refused under the readings left: {}", m.told());
    let narrowed = left.assume(&step.expect("just looked").needs);
    prop_assert!(narrowed.is_ok(), "no reading left: {}", m.told());
    prop_assert!(left.admits(reading), "the reading was excluded: {}", m.told());
    if let Some(bytes) = bytes_returned(m.world, m.by, m.call, &m.reply) {
        let offers = bytes.under(reading).offers();
        let counts: Vec<_> = offers.filter_map(|o| choose::count(o, &mut m.draw)).collect();
        prop_assert!(!counts.is_empty(), "no byte count: {}", m.told());
        for (_, seen) in counts {
            prop_assert!(bytes.judge(m.world, settled, &seen).is_ok(), "{} {seen}", m.told());
            prop_assert!(bytes.judge(m.world, left, &seen).is_ok(), "{} {seen}", m.told());
        }
    }
    // a connect may have bound its socket before it failed; a request may pend or have failed at its end
    let goes_on = matches!(m.call, Call::Connect { .. } | Call::ConnectEx { .. })
        || m.reply == Reply::Failed(Error::IoPending)
        || m.call.request().is_some();
    if matches!(m.reply, Reply::Failed(_)) && !goes_on {
        let mut after = m.world.clone();
        apply(&mut after, m.by, m.call, &m.reply);
        prop_assert!(after == *m.world, "a refusal changed the world: {}", m.told());
    }
    Ok(())
}

/// Some reply, hardly ever one that is permitted.
fn any_reply(number: u64) -> Reply {
    let mut draw = Draw::new(number);
    let token = Token(draw.port(0..=7).into());
    let port = draw.port(5_000..=5_012);
    match draw.below(8) {
        0 => Reply::Ok,
        1 => Reply::Socket(SocketId(1 + draw.below(7) as u32)),
        2 => Reply::Bound(draw.pick(&[0, port, 65_535])),
        3 => Reply::Reserved { block: block(port, draw.port(1..=3)).range(), token },
        4 => Reply::Token(token),
        5 => Reply::Failed(Error::IoPending),
        6 => Reply::Failed(Error::WsaConnectionRefused),
        _ => Reply::Name((std::net::Ipv4Addr::LOCALHOST, port).into()),
    }
}

#[test]
fn chosen_replies_are_accepted_and_refusals_change_nothing() {
    law(1_500, (scripts(120), readings()), |(script, reading)| {
        let (mut left, settled) = (Profile::open_to_all(), Profile::settled(&reading));
        let world =
            walk(&script, &reading, |mut m| is_right(&mut m, &reading, (&settled, &mut left)))?;
        indexes_agree(&world)
    });
}

#[test]
fn impossible_replies_leave_the_indexes_right() {
    law(600, (scripts(100), readings(), any::<u64>()), |(script, reading, number)| {
        let mut world = machine::world(&mut Draw::new(script.machine));
        let begun = scenario::calls(script.beginning);
        let numbers = begun.iter().map(|_| number).chain(script.numbers.iter().copied());
        let mut begun = begun.iter();
        for number in numbers {
            let mut draw = Draw::new(number);
            let (by, call) = match begun.next() {
                Some(begun) => (begun.by, begun.call),
                None => kind::next(&world, &mut draw),
            };
            let all = permitted(&world, by, &call);
            let right = choose(&world, &all, &reading, 6, &mut draw).filter(|_| draw.one_in(3));
            let reply = right.map_or_else(|| any_reply(draw.next()), |(_, reply)| reply);
            apply(&mut world, by, &call, &reply);
        }
        indexes_agree(&world)
    });
}

#[test]
fn a_token_that_is_given_twice_keeps_its_users() {
    let (mut world, by) = (machine::world(&mut Draw::new(0)), ProcessId(1));
    let (socket, token, frame) = (SocketId(3), Token(1), Frame::default());
    let create =
        Call::Create { protocol: Protocol::Tcp, range: block(5000, 1).range(), null: false };
    for (call, reply) in [
        (Call::open(SocketKind::Tcp, Family::V4), Reply::Socket(socket)),
        (create, Reply::Token(token)),
        (Call::Associate { socket, token, frame }, Reply::Ok),
        (create, Reply::Token(token)),
    ] {
        apply(&mut world, by, &call, &reply);
    }
    assert_eq!(world.reservation(token).map(|r| r.users), Some(1));
}
