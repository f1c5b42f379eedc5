//! The rules of each call, in the order in which the model looks at them.

use std::collections::{BTreeMap, BTreeSet};

use portres::explain::shown::{Listed, Role};
use portres_model::{Code, Error, Guard, Permitted, Reply, Rule, Set};

use crate::walk::{Step, head};

#[derive(Default)]
pub(crate) struct Lists(BTreeMap<String, OfCall>);

#[derive(Default)]
struct OfCall {
    rules: BTreeMap<Rule, Listed>,
    /// This rule was looked at before that one.
    before: BTreeSet<(Rule, Rule)>,
}

impl Lists {
    pub(crate) fn add(&mut self, step: &Step<'_>) {
        let call = self.0.entry(head(&step.call)).or_default();
        call.add(&step.all, false);
        if let Some((_, counts)) = &step.bytes {
            call.add(counts, true);
        }
    }

    /// A call that a system does not have: no relation lists it.
    pub(crate) fn add_missing(&mut self, head: &str) {
        let call = self.0.entry(head.into()).or_default();
        let code = Some(Code::Is(Error::NotSupported));
        call.note(Rule::CallIsMissing, Role::Refuses, Guard::ALWAYS, code);
    }

    pub(crate) fn ordered(self) -> BTreeMap<String, Vec<Listed>> {
        self.0.into_iter().map(|(head, call)| (head, call.ordered())).collect()
    }
}

impl OfCall {
    fn add(&mut self, all: &Permitted, counts: bool) {
        let mut seen = Vec::new();
        let is = |role| if counts { Role::Counts } else { role };
        for refusal in &all.must {
            self.note(refusal.rule, is(Role::Refuses), refusal.when, Some(refusal.code));
            seen.push(refusal.rule);
        }
        for refusal in &all.may {
            self.note(refusal.rule, is(Role::May), refusal.when, Some(refusal.code));
            seen.push(refusal.rule);
        }
        for offer in &all.offers {
            // a call that goes on in the background says so by a code
            let code = match offer.set {
                Set::This(Reply::Failed(error)) => Some(Code::Is(error)),
                _ => None,
            };
            if let Some((rule, code)) = offer.if_empty {
                self.note(rule, is(Role::Refuses), offer.when, Some(code));
                seen.push(rule);
            }
            self.note(offer.rule, is(Role::Answers), offer.when, code);
            seen.push(offer.rule);
        }
        for (i, first) in seen.iter().enumerate() {
            self.before.extend(seen[i + 1..].iter().map(|later| (*first, *later)));
        }
    }

    fn note(&mut self, rule: Rule, role: Role, when: Guard, code: Option<Code>) {
        let fresh = || Listed { rule: rule.id().into(), role, ..Listed::default() };
        let listed = self.rules.entry(rule).or_insert_with(fresh);
        listed.role = listed.role.min(role);
        listed.under.extend(when.literals().map(|l| l.question.id().to_string()));
        match code {
            Some(Code::Is(error)) => drop(listed.gives.insert(error.to_string())),
            Some(Code::Asks(question)) => drop(listed.asks.insert(question.id().into())),
            None => {}
        }
    }

    /// A rule stands behind those that were looked at before it; where that says nothing, in the order of the table.
    fn ordered(mut self) -> Vec<Listed> {
        let mut ordered = Vec::new();
        while !self.rules.is_empty() {
            let goes_before = |a: Rule, b: Rule| {
                a != b && self.before.contains(&(a, b)) && !self.before.contains(&(b, a))
            };
            let is_next = |rule: &Rule| !self.rules.keys().any(|other| goes_before(*other, *rule));
            let next = self.rules.keys().copied().find(is_next);
            let next = next.or(self.rules.keys().next().copied()).expect("one is left");
            ordered.extend(self.rules.remove(&next));
        }
        // refusals, what may come at any time, answers, byte counts
        ordered.sort_by_key(|listed| listed.role);
        ordered
    }
}
