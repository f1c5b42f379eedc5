//! What traces teach: the truth is never excluded, the order of files makes no difference, and clashes are as small as can be.

#[path = "../common/mod.rs"]
mod common;

mod clash;
mod command;
mod order;
mod planted;

use std::path::PathBuf;

use portres::infer::{Inferred, Learnt, infer, learn_each};
use portres::{Profiles, Settings};

/// What a trace in text teaches.
fn learn(name: &str, text: &[u8], settings: &Settings<'_>) -> Vec<Learnt> {
    let mut learnt = Vec::new();
    learn_each(name, text, settings, |trace| learnt.push(trace))
        .unwrap_or_else(|e| panic!("{name}: {e}\n{}", String::from_utf8_lossy(text)));
    learnt
}

/// What one build's traces teach, which are given as names and texts.
fn inferred(traces: &[(&str, &str)], settings: &Settings<'_>) -> Inferred {
    let learnt = traces.iter().flat_map(|(name, text)| learn(name, text.as_bytes(), settings));
    let mut builds = infer(learnt.collect());
    assert_eq!(builds.len(), 1, "one build");
    builds.remove(0)
}

fn built_in() -> Profiles {
    Profiles::built_in()
}

/// The corpus on which sets of answers alone go wrong.
fn corpus() -> Vec<PathBuf> {
    let folder = common::folder("../conformance/tests/infer/order");
    common::files(&folder, "trace")
}

/// Every order of some things.
fn orders<T: Clone>(of: &[T]) -> Vec<Vec<T>> {
    if of.len() <= 1 {
        return vec![of.to_vec()];
    }
    let mut all = Vec::new();
    for i in 0..of.len() {
        let mut rest = of.to_vec();
        let first = rest.remove(i);
        all.extend(orders(&rest).into_iter().map(|order| {
            let mut with = vec![first.clone()];
            with.extend(order);
            with
        }));
    }
    all
}
