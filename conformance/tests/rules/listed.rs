//! The rules of each call, in the order in which the model looks at them: as its lists show it, and where no list has two rules
//! together, as they stand in its source.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

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

    /// A rule stands behind those that were looked at before it; where that says nothing, in the order of the source.
    fn ordered(mut self) -> Vec<Listed> {
        let mut ordered = Vec::new();
        let mut left: Vec<Rule> = self.rules.keys().copied().collect();
        left.sort_by_key(|rule| place_in_source(*rule));
        while !left.is_empty() {
            let goes_before = |a: Rule, b: Rule| {
                a != b && self.before.contains(&(a, b)) && !self.before.contains(&(b, a))
            };
            let is_next = |rule: &Rule| !left.iter().any(|other| goes_before(*other, *rule));
            let next = left.iter().position(is_next).unwrap_or_default();
            ordered.extend(self.rules.remove(&left.remove(next)));
        }
        // refusals, what may come at any time, answers, byte counts
        ordered.sort_by_key(|listed| listed.role);
        ordered
    }
}

/// Where the model first names a rule: what all calls have in common first, and what it names nowhere last.
fn place_in_source(rule: Rule) -> (usize, usize) {
    static STEPS: OnceLock<Vec<String>> = OnceLock::new();
    let steps = STEPS.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../model/src");
        let mut files = vec![
            folder.join("step.rs"),
            folder.join("step/socket.rs"),
            folder.join("step/ioctl.rs"),
        ];
        let others = fs::read_dir(folder.join("step")).expect("the steps").flatten();
        let mut others: Vec<_> = others.map(|e| e.path()).filter(|p| !files.contains(p)).collect();
        others.sort();
        files.extend(others);
        files.iter().map(|path| fs::read_to_string(path).expect("a source")).collect()
    });
    let name = format!("Rule::{rule:?}");
    let ends = |text: &str, at: usize| {
        !text[at + name.len()..].starts_with(|c: char| c.is_ascii_alphanumeric())
    };
    let first =
        |text: &String| text.match_indices(&name).map(|(at, _)| at).find(|at| ends(text, *at));
    let found = steps.iter().enumerate().find_map(|(file, text)| Some((file, first(text)?)));
    found.unwrap_or((usize::MAX, 0))
}
