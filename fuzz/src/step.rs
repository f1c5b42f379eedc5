//! `step` on arbitrary calls: some reply is permitted in every state that permitted replies lead to, and is accepted under
//! its own reading and under all that are left; no reply at all, however impossible, makes anything panic, or leaves what is
//! derived from the tables wrong; a world that goes back is as it was.

use portres_model::{
    Mark, Permitted, Profile, Reading, Reply, World, apply, bytes_returned, permitted,
};

use crate::choose::{choose, count};
use crate::draw::Draw;
use crate::machine::indexes_agree;
use crate::scenario::{self, Begun};
use crate::{kind, machine};

/// The most calls of one input.
const MOST_CALLS: usize = 160;

/// Makes calls, gives replies, and goes back now and then.
pub fn run(bytes: &[u8]) {
    let mut draw = Draw::new(bytes);
    let beginning = draw.below(scenario::ALL.len());
    let drawn = draw.reading(&Profile::open_to_all());
    let reading = scenario::given(beginning).into_iter().fold(drawn, Reading::with);
    let mut run = Run {
        world: machine::world(&mut draw),
        settled: Profile::settled(&reading),
        left: Profile::open_to_all(),
        reading,
        lawful: true,
        passed: Vec::new(),
    };
    run.world.record();
    run.pass();
    let mut begun = scenario::calls(beginning).into_iter();
    for _ in 0..MOST_CALLS {
        if draw.is_over() {
            break;
        }
        let call = begun.next().unwrap_or_else(|| {
            let (by, call) = kind::next(&run.world, &mut draw);
            Begun { by, call, seldom: 6 }
        });
        run.make(&call, &mut draw);
        match draw.below(16) {
            0 => run.pass(),
            1 => run.go_back(&mut draw),
            _ => {}
        }
    }
    agree(&run.world);
    run.go_back(&mut draw);
}

struct Run {
    world: World,
    reading: Reading,
    /// That reading alone, and those that the replies so far leave.
    settled: Profile,
    left: Profile,
    /// Whether every reply so far was permitted.
    lawful: bool,
    passed: Vec<Passed>,
}

/// A place that was passed, with a copy of what was true there.
struct Passed {
    mark: Mark,
    world: World,
    left: Profile,
    lawful: bool,
}

impl Run {
    fn make(&mut self, begun: &Begun, draw: &mut Draw<'_>) {
        let Begun { by, call, seldom } = begun;
        let all = permitted(&self.world, *by, call);
        let chosen = choose(&self.world, &all, &self.reading, *seldom, draw);
        let reply = match (chosen, draw.one_in(12)) {
            (Some((_, reply)), false) => reply,
            (None, false) if self.lawful => panic!("{by}: {call} has no permitted reply"),
            _ => draw.reply(),
        };
        if self.lawful {
            let told = || format!("{by}: {call} -> {reply}");
            self.judge(&all, &reply, chosen.is_some_and(|(_, right)| right == reply), &told);
            if let (Some(bytes), true) =
                (bytes_returned(&self.world, *by, call, &reply), self.lawful)
            {
                let offers: Vec<_> = bytes.under(&self.reading).offers().collect();
                let counts: Vec<_> = offers.iter().filter_map(|offer| count(offer, draw)).collect();
                assert!(!counts.is_empty(), "no byte count: {}", told());
                for (_, seen) in counts {
                    assert!(
                        bytes.judge(&self.world, &self.settled, &seen).is_ok(),
                        "{} {seen}",
                        told()
                    );
                }
            }
        }
        apply(&mut self.world, *by, call, &reply);
    }

    /// A reply that was chosen is permitted; any other one may be.
    fn judge(&mut self, all: &Permitted, reply: &Reply, chosen: bool, told: &dyn Fn() -> String) {
        let settled = all.judge(&self.world, &self.settled, reply).is_ok();
        assert!(settled || !chosen, "refused under its own reading: {}", told());
        let step = all.judge(&self.world, &self.left, reply);
        match step {
            Ok(step) if settled => {
                assert!(self.left.assume(&step.needs).is_ok(), "no reading is left: {}", told());
                assert!(self.left.admits(&self.reading), "its reading was excluded: {}", told());
            }
            Err(_) if settled => panic!("refused under the readings that are left: {}", told()),
            _ => self.lawful = false,
        }
    }

    fn pass(&mut self) {
        let (mark, world, left) = (self.world.mark(), self.world.clone(), self.left.clone());
        self.passed.push(Passed { mark, world, left, lawful: self.lawful });
    }

    fn go_back(&mut self, draw: &mut Draw<'_>) {
        self.passed.truncate(1 + draw.below(self.passed.len()));
        let passed = self.passed.last().expect("the first stays");
        self.world.undo_to(passed.mark);
        assert!(self.world == passed.world, "a world went back to another");
        assert_eq!(self.world.fingerprint(), passed.world.fingerprint());
        (self.left, self.lawful) = (passed.left.clone(), passed.lawful);
        agree(&self.world);
    }
}

fn agree(world: &World) {
    indexes_agree(world).unwrap_or_else(|e| panic!("{e}"));
}
