//! Which questions decide which rules: whether they apply, or with which code. It is seen in what is permitted at each call
//! of the fixtures.

use std::collections::BTreeSet;

use portres::trace::Part;
use portres_model::{
    Code, Guard, Permitted, Process, ProcessId, Question, Reply, Rule, apply, permitted,
};

use crate::common;

type Decides = BTreeSet<(Rule, Question)>;

pub(crate) fn by_fixtures() -> Decides {
    let mut decides = Decides::new();
    for kind in ["accept", "reject"] {
        for path in common::files(&common::folder(kind), "trace") {
            of_trace(&path, &mut decides);
        }
    }
    // what no fixture asks yet decides the rule of its name
    let unasked = |q: &&Question| decides.iter().all(|(_, asked)| asked != *q);
    let named = |q: &Question| Some((q.id().parse::<Rule>().ok()?, *q));
    let named: Vec<_> = Question::ALL.iter().filter(unasked).filter_map(named).collect();
    decides.extend(named);
    decides
}

/// Follows a trace whatever it answers, until a reply is not known or calls overlap.
fn of_trace(path: &std::path::Path, decides: &mut Decides) {
    let (header, events) = common::read(path);
    let mut world = header.world();
    for event in events {
        let Part::Whole { call, reply: Some(reply), .. } = event.part else { return };
        let by = event.who.process;
        if by != ProcessId::MACHINE && world.process(by).is_none() {
            world.put_process(by, Some(Process::undeclared()));
        }
        of_call(&permitted(&world, by, &call), decides);
        if reply != Reply::Unsupported {
            apply(&mut world, by, &call, &reply);
        }
    }
}

fn of_call(all: &Permitted, decides: &mut Decides) {
    let mut note = |rule: Rule, when: Guard, code: Option<Code>| {
        decides.extend(when.literals().map(|l| (rule, l.question)));
        if let Some(Code::Asks(question)) = code {
            decides.insert((rule, question));
        }
    };
    for refusal in all.must.iter().chain(&all.may) {
        note(refusal.rule, refusal.when, Some(refusal.code));
    }
    for offer in &all.offers {
        note(offer.rule, offer.when, None);
        if let Some((rule, code)) = offer.if_empty {
            note(rule, offer.when, Some(code));
        }
    }
}
