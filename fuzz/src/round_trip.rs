//! What can be read can be written in either spelling and says the same when it is read again.

use portres::trace::{Item, Reader, Spelled, write_item};

use crate::trace::comparable;

/// Reads a trace, in whichever spelling, and writes it in both.
pub fn run(bytes: &[u8]) {
    let read: Result<Vec<Item>, _> = Reader::new(bytes).collect();
    if let Ok(items) = read {
        there_and_back(items.into_iter().map(comparable).collect());
    }
}

/// A trace in the other spelling, if it can be read: a mutator has as much to change of each.
pub fn respelled(bytes: &[u8]) -> Option<Vec<u8>> {
    let items: Vec<Item> = Reader::new(bytes).collect::<Result<_, _>>().ok()?;
    let is_json = bytes.trim_ascii_start().starts_with(b"{");
    let spelled = if is_json { Spelled::Text } else { Spelled::JsonLines };
    let mut other = Vec::new();
    items.iter().try_for_each(|item| write_item(&mut other, spelled, item)).ok()?;
    Some(other)
}

/// Writes items in each spelling, and from there in the other.
pub(crate) fn there_and_back(items: Vec<Item>) {
    for (first, second) in [
        (Spelled::Text, Spelled::JsonLines),
        (Spelled::JsonLines, Spelled::Text),
        (Spelled::Text, Spelled::Text),
    ] {
        let once = again(&items, first);
        assert_same(&items, &once, first);
        assert_same(&items, &again(&once, second), second);
    }
}

fn again(items: &[Item], spelled: Spelled) -> Vec<Item> {
    let mut bytes = Vec::new();
    for item in items {
        write_item(&mut bytes, spelled, item).expect("memory takes it");
    }
    let read: Result<Vec<Item>, _> = Reader::new(bytes.as_slice()).collect();
    let read = read.unwrap_or_else(|e| panic!("{e}\nin {}", String::from_utf8_lossy(&bytes)));
    read.into_iter().map(comparable).collect()
}

fn assert_same(were: &[Item], are: &[Item], spelled: Spelled) {
    for (was, is) in were.iter().zip(are) {
        assert_eq!(was, is, "as {spelled:?}");
    }
    assert_eq!(were.len(), are.len(), "as {spelled:?}");
}
