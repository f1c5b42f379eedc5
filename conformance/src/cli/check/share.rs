//! What several runs share: files; the traces of those that are large; and directories with departures, whole.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use portres::stream::{Shard, Source};

use super::super::files::Input;
use super::directory;

/// How large a file is of which the runs share the traces. Each of them reads such a file whole.
const LARGE: u64 = 1024 * 1024;

/// The inputs of a share, and which of their traces. A directory whose departures have to occur is not divided.
pub(super) fn inputs(
    all: Vec<Input>,
    shard: Option<Shard>,
    undivided: impl Fn(&Path) -> bool,
) -> Vec<(Input, Option<(Shard, u64)>)> {
    let Some(shard) = shard else { return all.into_iter().map(|input| (input, None)).collect() };
    let mut directories = BTreeMap::<PathBuf, u64>::new();
    let (mut next, mut found) = (0, Vec::new());
    for input in all {
        let whole = directory(&input).filter(|directory| undivided(directory));
        let number = match &whole {
            Some(directory) => *directories.entry(directory.clone()).or_insert(next),
            None => next,
        };
        next = next.max(number + 1);
        let is_large = match input {
            Input::File(_) => input.size().is_some_and(|size| size > LARGE),
            Input::Stdin(_) => true,
        };
        let is_divided = whole.is_none() && is_large;
        if is_divided {
            found.push((input, Some((shard, number))));
        } else if shard.has(number) {
            found.push((input, None));
        }
    }
    found
}

/// An input as a stream.
pub(super) fn source<'a>(input: &'a Input, share: Option<(Shard, u64)>) -> Source<'a> {
    Source { open: Box::new(|| input.stream()), share }
}
