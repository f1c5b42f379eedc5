//! Which questions decide which rules, whether they apply, or with which code; and which codes rules refuse with. It is seen
//! in what is permitted at each call of the fixtures.

use std::collections::BTreeSet;

use portres::trace::{Observed, Part};
use portres_model::{
    Code, Error, Guard, Permitted, Process, ProcessId, Question, Reply, Rule, Set, apply, permitted,
};

use crate::common;

#[derive(Default)]
pub(crate) struct Decided {
    /// What decides a rule.
    pub(crate) questions: BTreeSet<(Rule, Question)>,
    /// The codes that it gives without a question.
    pub(crate) codes: BTreeSet<(Rule, Error)>,
}

pub(crate) fn by_fixtures() -> Decided {
    let mut decided = Decided::default();
    for kind in ["accept", "reject"] {
        for path in common::files(&common::folder(kind), "trace") {
            of_trace(&path, &mut decided);
        }
    }
    // what no fixture asks yet decides the rule of its name
    let unasked = |q: &&Question| decided.questions.iter().all(|(_, asked)| asked != *q);
    let named = |q: &Question| Some((q.id().parse::<Rule>().ok()?, *q));
    let named: Vec<_> = Question::ALL.iter().filter(unasked).filter_map(named).collect();
    decided.questions.extend(named);
    decided
}

/// Follows a trace whatever it answers, until a reply is not known or calls overlap.
fn of_trace(path: &std::path::Path, decided: &mut Decided) {
    let (header, events) = common::read(path);
    let mut world = header.world();
    for event in events {
        let Part::Whole { call, reply: Observed::Exactly(reply), .. } = event.part else { return };
        let by = event.who.process;
        if by != ProcessId::MACHINE && world.process(by).is_none() {
            world.put_process(by, Some(Process::undeclared()));
        }
        of_call(&permitted(&world, by, &call), decided);
        if reply != Reply::Unsupported {
            apply(&mut world, by, &call, &reply);
        }
    }
}

fn of_call(all: &Permitted, decided: &mut Decided) {
    let mut note = |rule: Rule, when: Guard, code: Option<Code>| {
        decided.questions.extend(when.literals().map(|l| (rule, l.question)));
        match code {
            Some(Code::Asks(question)) => decided.questions.extend([(rule, question)]),
            Some(Code::Is(error)) => decided.codes.extend([(rule, error)]),
            None => {}
        }
    };
    for refusal in all.must.iter().chain(&all.may) {
        note(refusal.rule, refusal.when, Some(refusal.code));
    }
    for offer in &all.offers {
        // a call that goes on in the background says so by a code
        let code = match offer.set {
            Set::This(Reply::Failed(error)) => Some(Code::Is(error)),
            _ => None,
        };
        note(offer.rule, offer.when, code);
        if let Some((rule, code)) = offer.if_empty {
            note(rule, offer.when, Some(code));
        }
    }
}
