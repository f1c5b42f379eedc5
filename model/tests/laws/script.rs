//! Scripts: a beginning, and numbers from each of which one call is drawn where it is made. So a script that is cut short
//! anywhere is a script.

use portres_model::{
    Answers, Call, Permitted, ProcessId, Profile, Reading, Reply, Rule, World, apply, permitted,
};
use proptest::prelude::*;

use crate::choose::choose;
use crate::draw::Draw;
use crate::scenario::Begun;
use crate::{kind, machine, scenario};

/// What a run is made from.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    /// Which beginning.
    pub(crate) beginning: usize,
    /// A number for each call behind it.
    pub(crate) numbers: Vec<u64>,
    /// The number from which the machine is drawn.
    pub(crate) machine: u64,
}

impl Script {
    /// The script of a number, of up to `most` calls behind its beginning.
    pub(crate) fn drawn(number: u64, beginning: usize, most: usize) -> Script {
        let mut draw = Draw::new(number);
        let numbers = (0..draw.below(most)).map(|_| draw.next()).collect();
        Script { beginning, numbers, machine: draw.next() }
    }
}

pub(crate) fn scripts(most: usize) -> impl Strategy<Value = Script> {
    let numbers = prop::collection::vec(any::<u64>(), 1..most);
    (0..scenario::ALL.len(), numbers, any::<u64>())
        .prop_map(|(beginning, numbers, machine)| Script { beginning, numbers, machine })
}

/// The likeliest reading, one that is mostly so, or any.
pub(crate) fn readings() -> impl Strategy<Value = Reading> {
    any::<u64>().prop_map(|number| reading(&Profile::open_to_all(), number))
}

/// A reading of a profile.
pub(crate) fn reading(profile: &Profile, number: u64) -> Reading {
    let mut draw = Draw::new(number);
    // of how many answers one is not the likeliest
    let one_in = draw.pick(&[usize::MAX, 6, 3, 1]);
    profile.reading(|_, open| if draw.one_in(one_in) { one_of(open, &mut draw) } else { 1 })
}

/// One answer of a set.
pub(crate) fn one_of(open: Answers, draw: &mut Draw) -> Answers {
    let answers: Vec<Answers> = (0..8).map(|bit| 1 << bit).filter(|a| open & a != 0).collect();
    draw.pick(&answers)
}

/// A call before it is answered, with what may be answered and what is.
pub(crate) struct Moment<'a> {
    pub(crate) world: &'a World,
    pub(crate) by: ProcessId,
    pub(crate) call: &'a Call,
    pub(crate) all: &'a Permitted,
    pub(crate) rule: Rule,
    pub(crate) reply: Reply,
    pub(crate) draw: Draw,
}

impl Moment<'_> {
    /// The moment in words.
    pub(crate) fn told(&self) -> String {
        format!("{}: {} -> {} ({})", self.by, self.call, self.reply, self.rule)
    }
}

/// Goes through a script under a reading, and looks at every call. Gives the world behind it.
pub(crate) fn walk<E>(
    script: &Script,
    reading: &Reading,
    mut look: impl FnMut(Moment<'_>) -> Result<(), E>,
) -> Result<World, E> {
    let mut world = machine::world(&mut Draw::new(script.machine));
    let mut beginning = scenario::calls(script.beginning).into_iter();
    let mut numbers = script.numbers.iter();
    loop {
        let (mut draw, begun) = match beginning.next() {
            Some(begun) => (Draw::new(script.machine ^ beginning.len() as u64), begun),
            None => {
                let Some(number) = numbers.next() else { return Ok(world) };
                let mut draw = Draw::new(*number);
                let (by, call) = kind::next(&world, &mut draw);
                (draw, Begun { by, call, seldom: 6 })
            }
        };
        let Begun { by, call, seldom } = begun;
        let all = permitted(&world, by, &call);
        let (rule, reply) = choose(&world, &all, reading, seldom, &mut draw)
            .unwrap_or_else(|| panic!("{by}: {call} has no permitted reply under a reading"));
        look(Moment { world: &world, by, call: &call, all: &all, rule, reply, draw })?;
        apply(&mut world, by, &call, &reply);
    }
}

/// A call with its reply.
pub(crate) type Event = (ProcessId, Call, Reply);

/// The calls of a script and what they give, with the world behind them.
pub(crate) fn trace(script: &Script, reading: &Reading) -> (Vec<Event>, World) {
    let mut events = Vec::new();
    let world = walk(script, reading, |m| {
        events.push((m.by, *m.call, m.reply));
        Ok::<(), std::convert::Infallible>(())
    });
    let Ok(world) = world;
    (events, world)
}
