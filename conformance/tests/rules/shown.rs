//! What the fixtures show (`conformance/shown.json`): the rules of each call in order, and for every way to get a reply,
//! every near miss and every answer the shortest fixture, cut behind the event that shows it and thinned out as far as it
//! still does.

use std::collections::BTreeMap;

use portres::explain::shown::{BYTES, Example, Reached, SUCCESS, Shown};
use portres::trace::{Event, Expectation, Header};
use portres::{Profiles, Report, Settings, Verdict, check};
use portres_model::{Error, Question, Reply, Rule};

use crate::listed::Lists;
use crate::thin::{Fixture, text, thin};
use crate::{common, reach, walk};

/// The call, the rule and the reply of an event.
type Way = (String, Rule, String);

/// A fixture that shows something by its first events.
#[derive(Clone)]
struct Candidate {
    path: usize,
    events: usize,
    cost: usize,
}

/// Puts a candidate where there is none, or a costlier one.
fn offer<K: Ord>(to: &mut BTreeMap<K, Candidate>, key: K, candidate: &Candidate) {
    let known = to.entry(key).or_insert_with(|| candidate.clone());
    if candidate.cost < known.cost {
        *known = candidate.clone();
    }
}

pub(crate) fn by_fixtures() -> Shown {
    let accepted = fixtures("accept");
    let (mut lists, mut ways) = (Lists::default(), BTreeMap::<Way, Candidate>::new());
    for (path, fixture) in accepted.iter().enumerate() {
        walk::follow(&fixture.header, &fixture.events, |step| {
            lists.add(step);
            true
        });
        for (place, way) in ways_of(&fixture.header, &fixture.events) {
            if way.1 == Rule::CallIsMissing {
                lists.add_missing(&way.0);
            }
            let cost = place + fixture.cost();
            offer(&mut ways, way, &Candidate { path, events: place + 1, cost });
        }
    }
    let rejected = fixtures("reject");
    for fixture in &rejected {
        walk::follow(&fixture.header, &fixture.events, |step| {
            lists.add(step);
            true
        });
    }
    let reached = ways.into_iter().map(|(way, candidate)| {
        let fixture = accepted[candidate.path].cut(candidate.events);
        let example = thin(&fixture, |header, events| {
            judge(header, events).is_some_and(|r| r.verdict == Verdict::Conforms)
                && ways_of(header, events).any(|(at, w)| at + 1 == events.len() && w == way)
        });
        let (call, rule, reply) = way;
        Reached { call, rule: rule.id().into(), reply, example }
    });
    Shown {
        calls: lists.ordered(),
        reached: reached.collect(),
        missed: missed(&rejected),
        answers: answers(&accepted),
    }
}

fn fixtures(kind: &str) -> Vec<Fixture> {
    let files = common::files(&common::folder(kind), "trace");
    files.iter().map(|path| Fixture::new(common::name(path), common::read(path))).collect()
}

fn judge(header: &Header, events: &[Event]) -> Option<Report> {
    let profiles = profiles();
    let mut reports = check(text(header, events).as_bytes(), &Settings::new(profiles)).ok()?;
    (reports.len() == 1).then(|| reports.swap_remove(0))
}

fn profiles() -> &'static Profiles {
    static PROFILES: std::sync::OnceLock<Profiles> = std::sync::OnceLock::new();
    PROFILES.get_or_init(Profiles::built_in)
}

/// How each event comes to its reply, as long as all conform.
fn ways_of(header: &Header, events: &[Event]) -> impl Iterator<Item = (usize, Way)> {
    let mut found = Vec::new();
    let Ok(named) = profiles().of(header) else { return found.into_iter() };
    let mut profile = named.profile.clone();
    walk::follow(header, events, |step| {
        let head = walk::head(&step.call);
        if named.missing.contains(&head) {
            let is_missing = step.reply == Reply::Failed(Error::NotSupported);
            let way = (head, Rule::CallIsMissing, Error::NotSupported.to_string());
            found.extend(is_missing.then_some((step.place, way)));
            return true;
        }
        let reply = match step.reply {
            Reply::Unsupported => return true,
            Reply::Failed(error) => error.to_string(),
            _ => SUCCESS.to_string(),
        };
        let counted =
            step.bytes.as_ref().map(|(b, all)| (BYTES.to_string(), all, Reply::Bytes(*b)));
        for (reply, all, seen) in [(reply, &step.all, step.reply)].into_iter().chain(counted) {
            let Ok(judged) = all.judge(step.world, &profile, &seen) else { return false };
            if profile.assume(&judged.needs).is_err() || judged.discovery.is_some() {
                return false;
            }
            let way = |rule: &Rule| (step.place, (head.clone(), *rule, reply.clone()));
            found.extend(judged.rules.iter().map(way));
        }
        true
    });
    found.into_iter()
}

/// For each rule the shortest near miss.
fn missed(rejected: &[Fixture]) -> BTreeMap<String, Example> {
    let mut known = BTreeMap::<Rule, Candidate>::new();
    for (path, fixture) in rejected.iter().enumerate() {
        let first =
            judge(&fixture.header, &fixture.events).map(|r| r.divergences).unwrap_or_default();
        let Some(first) = first.first() else { continue };
        let events = first.event as usize;
        for refused in &first.refused_by {
            let expected = fixture.header.expect.iter().any(|e| e.rule == refused.rule);
            // one that is about the rule goes before one that meets it by the way
            let cost = events + fixture.cost() + if expected { 0 } else { 100 };
            offer(&mut known, refused.rule, &Candidate { path, events, cost });
        }
    }
    let example = |(rule, candidate): (Rule, Candidate)| {
        let fixture = rejected[candidate.path].cut(candidate.events);
        let example = thin(&fixture.expecting(rule), |header, events| {
            let expected = [Expectation { event: events.len() as u64, rule }];
            let header = Header { expect: expected.into(), ..header.clone() };
            judge(&header, events).is_some_and(|r| {
                r.expected == Some(true) && r.divergences[0].event as usize == events.len()
            })
        });
        (rule.id().to_string(), example)
    };
    known.into_iter().map(example).collect()
}

/// For each answer the shortest fixture that needs it.
fn answers(accepted: &[Fixture]) -> BTreeMap<String, BTreeMap<String, Example>> {
    let mut all = BTreeMap::<String, BTreeMap<String, Example>>::new();
    for &question in Question::ALL {
        for answer in question.answers() {
            let needed_by = reach().answer(question, answer.id);
            let those = accepted.iter().filter(|fixture| needed_by.contains(&fixture.path));
            let Some(shortest) = those.min_by_key(|f| f.events.len() + f.cost()) else { continue };
            let bit = question.answer(answer.id);
            let example = thin(shortest, |header, events| {
                let before = profiles().of(header).ok().map(|named| named.profile.open(question));
                before != bit
                    && judge(header, events).is_some_and(|r| {
                        r.verdict == Verdict::Conforms && Some(r.left.open(question)) == bit
                    })
            });
            all.entry(question.id().into()).or_default().insert(answer.id.into(), example);
        }
    }
    all
}
