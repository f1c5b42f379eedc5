//! What a pending acquire has been given stands in no world of those who have not been told. Such a world permits all the same
//! whatever the machine answers until they are, and nothing that it teaches is wrong.

use std::cell::RefCell;

use portres_model::{
    Call, Error, Frame, Literal, Overlapped, PortRange, ProcessId, Profile, Protocol, Question,
    Reading, Reply, RequestId, Store, Token, World, apply, permitted,
};
use proptest::prelude::*;

use crate::argument::range;
use crate::choose::choose;
use crate::draw::Draw;
use crate::script::{Script, reading, scripts};
use crate::{kind, law, machine, scenario};

/// The machine as it is, since a request has been given a block.
struct Truth {
    world: World,
    request: RequestId,
    token: Token,
    asked: (Protocol, PortRange),
}

impl Truth {
    /// Lets a pending acquire of the world be given a block.
    fn of(told: &World, reading: &Reading, draw: &mut Draw) -> Option<Truth> {
        let acquires = told.pending().filter(|(_, r)| matches!(r.call, Call::Acquire { .. }));
        let pending: Vec<RequestId> = acquires.map(|(id, _)| id).collect();
        let request = draw.any(&pending)?;
        let call = Call::Complete { request };
        let mut world = told.clone();
        let all = permitted(&world, ProcessId::MACHINE, &call);
        let (_, reply) = choose(&world, &all, reading, usize::MAX, draw)?;
        let Reply::Reserved { token, block } = reply else { return None };
        apply(&mut world, ProcessId::MACHINE, &call, &reply);
        let protocol = told.request(request)?.protocol?;
        Some(Truth { world, request, token, asked: (protocol, block) })
    }

    /// A call that looks at the block.
    fn call(&self, told: &World, draw: &mut Draw) -> Option<(ProcessId, Call)> {
        let (protocol, range) = self.asked;
        let by = ProcessId(1 + draw.below(2) as u32);
        let store = Store::Active;
        Some(match draw.below(8) {
            0 => (by, Call::ShowExcluded { protocol, range }),
            1 => (by, Call::AddExcluded { protocol, range, store }),
            2 => (by, Call::DeleteExcluded { protocol, range, store }),
            3 => (by, Call::Create { protocol, range, null: false }),
            _ => {
                let sockets: Vec<_> = told.sockets().map(|(id, s)| (s.process, id)).collect();
                let (by, socket) = draw.any(&sockets)?;
                let frame = Frame::default();
                let port = draw.port(range.block()?.ports());
                let wildcard = told.socket(socket)?.family.wildcard().ip();
                let call = match draw.below(4) {
                    0 => Call::Acquire { socket, range: range_of_one(port), frame },
                    1 => Call::Acquire { socket, range, frame },
                    _ => Call::bind(socket, (wildcard, port).into()),
                };
                (by, call)
            }
        })
    }

    /// Whether the call tells of the block, or ends the request. What a process leaves to others with a socket that they
    /// share is not followed.
    fn is_told_by(&self, call: &Call) -> bool {
        if matches!(call, Call::Exit | Call::Start { .. }) {
            return true;
        }
        let names = match call {
            Call::Associate { token, .. } | Call::Release { token, .. } => *token == self.token,
            Call::Preset { request, .. } => *request == self.request,
            _ => false,
        };
        let of_request = call.request().or_else(|| call.frame().and_then(Frame::request));
        names || of_request == Some(self.request)
    }
}

fn range_of_one(port: u16) -> PortRange {
    PortRange { start: port, count: 1 }
}

/// An acquire that stays pending, where there is a socket for one.
fn begin(told: &World, reading: &Reading, draw: &mut Draw) -> Option<(ProcessId, Call)> {
    let free = told.sockets().filter(|(_, s)| s.bound.is_none() && s.kind.protocol().is_some());
    let sockets: Vec<_> = free.map(|(id, s)| (s.process, id)).collect();
    let (by, socket) = draw.any(&sockets)?;
    let frame = Frame { overlapped: Overlapped::Of(RequestId(9)), ..Frame::default() };
    let call = Call::Acquire { socket, range: range(draw), frame };
    let pends = permitted(told, by, &call).judge(
        told,
        &Profile::settled(reading),
        &Reply::Failed(Error::IoPending),
    );
    pends.is_ok().then_some((by, call))
}

/// A reading under which requests may stay pending.
fn readings() -> impl Strategy<Value = Reading> {
    let mut pends = Profile::open_to_all();
    for (question, answer) in [(Question::Pends, "pends"), (Question::ProviderSupports, "yes")] {
        let answers = question.answer(answer).expect("an answer");
        pends.settle(Literal { question, answers }).expect("an answer");
    }
    any::<u64>().prop_map(move |number| reading(&pends, number))
}

#[derive(Default, Debug)]
struct Met {
    given: u64,
    answers: u64,
    otherwise: u64,
}

fn is_covered(
    script: &Script,
    reading: &Reading,
    number: u64,
    met: &mut Met,
) -> Result<(), TestCaseError> {
    let mut told = machine::world(&mut Draw::new(script.machine));
    let mut left = Profile::open_to_all();
    let mut truth: Option<Truth> = None;
    let mut begun = scenario::calls(script.beginning).into_iter();
    let mut numbers = script.numbers.iter();
    let mut whens = Draw::new(number);
    loop {
        let (mut draw, by, call) = match (begun.next(), numbers.next()) {
            (Some(begun), _) => (Draw::new(whens.next()), begun.by, begun.call),
            (None, Some(number)) => {
                let mut draw = Draw::new(*number);
                let (by, call) = kind::next(&told, &mut draw);
                (draw, by, call)
            }
            (None, None) => return Ok(()),
        };
        let instead = match &truth {
            Some(truth) if whens.one_in(3) => truth.call(&told, &mut whens),
            _ => None,
        };
        let (by, call) = instead.unwrap_or((by, call));
        if truth.as_ref().is_some_and(|truth| truth.is_told_by(&call)) {
            return Ok(());
        }
        let machine = truth.as_ref().map_or(&told, |truth| &truth.world);
        let all = permitted(machine, by, &call);
        let (rule, reply) =
            choose(machine, &all, reading, 6, &mut draw).expect("a permitted reply");
        let permits = permitted(&told, by, &call);
        let step = permits.judge(&told, &left, &reply);
        let says = || format!("{by}: {call} -> {reply} ({rule})");
        prop_assert!(step.is_ok(), "refused where nobody was told: {}", says());
        let narrowed = left.assume(&step.expect("just looked").needs);
        prop_assert!(narrowed.is_ok(), "no reading left: {}", says());
        prop_assert!(left.admits(reading), "the reading was excluded: {}", says());
        if let Some(truth) = &mut truth {
            met.answers += 1;
            met.otherwise += u64::from(all.must != permits.must);
            apply(&mut truth.world, by, &call, &reply);
        }
        apply(&mut told, by, &call, &reply);
        if truth.is_none() && whens.one_in(6) {
            if let Some((by, call)) = begin(&told, reading, &mut whens) {
                apply(&mut told, by, &call, &Reply::Failed(Error::IoPending));
            }
        }
        if truth.is_none() && whens.one_in(2) {
            truth = Truth::of(&told, reading, &mut whens);
            met.given += u64::from(truth.is_some());
        }
    }
}

#[test]
fn what_a_request_was_given_unseen_is_in_nobodys_way() {
    let met = RefCell::new(Met::default());
    law(3_000, (scripts(60), readings(), any::<u64>()), |(script, reading, number)| {
        is_covered(&script, &reading, number, &mut met.borrow_mut())
    });
    let met = met.into_inner();
    println!("{met:?}");
    assert!(met.given > 100 && met.answers > 1_000 && met.otherwise > 100, "{met:?}");
}
