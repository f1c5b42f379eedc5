//! Looking at what a host's calls consult.

use portres_model::{
    Bytes, Call, Code, Guard, Offer, Permitted, ProcessId, Question, Reading, Refusal, Reply,
    World, code_under,
};

use super::script::{Line, Script};
use crate::choose::Choosing;
use crate::policy::Policy;

/// What has been seen of a host's calls since it was made.
pub(crate) struct Watch {
    /// The questions whose answers the replies depended on, in the order in which they were first asked.
    asked: Vec<Question>,
    script: Script,
    told: Vec<Told>,
}

/// What a program was told: of a call its reply, as a flaw may have altered it, or its byte count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Told {
    Reply(ProcessId, Call, Reply),
    Bytes(Bytes),
}

impl Watch {
    pub(crate) fn new(world: &World) -> Watch {
        Watch { asked: Vec::new(), script: Script::on(world.clone()), told: Vec::new() }
    }

    pub(super) fn asked(&self) -> &[Question] {
        &self.asked
    }

    pub(super) fn script(&self) -> &Script {
        &self.script
    }

    pub(super) fn told(&self) -> &[Told] {
        &self.told
    }

    /// A program is told something.
    pub(crate) fn tell(&mut self, told: Told) {
        self.told.push(told);
    }

    /// A call is about to have this reply.
    pub(crate) fn see_call(&mut self, by: ProcessId, call: &Call, reply: &Reply) {
        self.script.lines.push(Line { by, names: reply.names(), call: *call });
    }

    /// What was permitted, and chosen from. An answer is asked for only where those before it leave the matter open: two
    /// readings that agree on what was asked give the same reply.
    pub(crate) fn see_choice(
        &mut self,
        all: &Permitted,
        reading: &Reading,
        world: &World,
        how: &Choosing,
    ) {
        let takes_first = matches!(how.policy, Policy::Lowest | Policy::NextFit);
        let mut refused = false;
        for refusal in &all.must {
            refused |= self.refuses(refusal, reading);
            if refused && takes_first {
                return;
            }
        }
        if refused {
            return;
        }
        let may_refuse = how.network_fails
            || how.resources_fail
            || matches!(how.policy, Policy::Adversarial | Policy::Scripted(_));
        if may_refuse {
            all.may.iter().for_each(|refusal| {
                self.refuses(refusal, reading);
            });
        }
        let nothing = self.offers(all, reading, world, takes_first);
        if nothing {
            let codes = all.offers.iter().filter_map(|o| o.if_empty);
            codes.for_each(|(_, code)| self.code(code));
        }
    }

    /// Looks at what is offered; whether it is nothing.
    fn offers(
        &mut self,
        all: &Permitted,
        reading: &Reading,
        world: &World,
        takes_first: bool,
    ) -> bool {
        let mut nothing = true;
        for Offer { when, set, .. } in &all.offers {
            if self.holds(*when, reading) && !set.is_empty(world) {
                nothing = false;
                if takes_first {
                    break;
                }
            }
        }
        nothing
    }

    fn refuses(&mut self, refusal: &Refusal, reading: &Reading) -> bool {
        if !self.holds(refusal.when, reading) {
            return false;
        }
        self.code(refusal.code);
        code_under(refusal.code, reading).is_some()
    }

    fn holds(&mut self, when: Guard, reading: &Reading) -> bool {
        when.literals().all(|literal| {
            self.ask(literal.question);
            reading.holds(literal)
        })
    }

    fn code(&mut self, code: Code) {
        if let Code::Asks(question) = code {
            self.ask(question);
        }
    }

    fn ask(&mut self, question: Question) {
        if !self.asked.contains(&question) {
            self.asked.push(question);
        }
    }
}
