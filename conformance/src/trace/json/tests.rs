//! What is read fast is read as everything else is.

use std::path::Path;

use super::{CommentLine, EventLine, Item, read_header, read_usual, usual_item};
use crate::trace::{Reader, json};

/// A line as the general reader alone reads it; `None` if it does not.
fn slowly(line: &str) -> Option<Item> {
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).ok()?;
    if object.contains_key("portres") {
        return read_header(object).ok();
    }
    if object.contains_key("comment") {
        let CommentLine { comment } = serde_json::from_str(line).ok()?;
        return Some(Item::Comment(comment));
    }
    let event: EventLine = serde_json::from_str(line).ok()?;
    event.event().ok().map(Item::Event)
}

/// Every line of the fixtures, in the spelling of JSON.
fn lines(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            lines(&path, found);
        } else if path.extension().is_some_and(|e| e == "trace" || e == "jsonl") {
            let text = std::fs::read(&path).expect("a fixture");
            found.extend(
                Reader::new(text.as_slice()).map_while(Result::ok).map(|i| json::write(&i)),
            );
        }
    }
}

fn fixtures() -> Vec<String> {
    let mut found = Vec::new();
    lines(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures"), &mut found);
    found.sort();
    found.dedup();
    assert!(found.len() > 2_000, "{} lines", found.len());
    found
}

/// What the fast readers make of a line has to be what the general one does; tells how many of them have read it.
fn agrees(line: &str) -> u64 {
    let mut item = None;
    let directly = read_usual(line, &mut item);
    let mut read = 0;
    if directly {
        assert_eq!(item, slowly(line), "{line}");
        read += 1;
    }
    // that a line is wrong the general reader says
    if let Ok(item) = usual_item(line) {
        assert_eq!(item.ok(), slowly(line), "{line}");
        read += 1;
    }
    read
}

#[test]
fn what_is_written_is_read_fast() {
    let (lines, mut slow) = (fixtures(), Vec::new());
    for line in &lines {
        assert!(slowly(line).is_some(), "{line}");
        if agrees(line) == 0 && !line.starts_with("{\"comment\"") {
            slow.push(line);
        }
    }
    // an escape is unusual
    let without = |line: &&&String| !line.contains('\\');
    assert_eq!(slow.iter().filter(without).count(), 0, "{:?}", slow.iter().find(without));
}

#[test]
fn what_is_changed_is_read_fast_as_it_is_read_slowly() {
    let lines = fixtures();
    let mut state = 1_u64;
    let mut draw = |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let pieces = [
        "0",
        "1",
        "-1",
        "-0",
        "1.0",
        "1e3",
        "007",
        "99999999999999999999",
        "\"",
        "\\",
        "\\u0031",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "\t",
        "\n",
        "null",
        "true",
        "\u{7f}",
        "\u{1}",
        "é",
        "ok",
        "\"ok\"",
        "{}",
        "[]",
        ",\"note\":\"n\"",
        ",\"who\":\"p1\"",
        "\"bytes\":4,",
        "s",
        "t1",
    ];
    let (mut read, mut drawn) = (0, 0);
    for line in &lines {
        for _ in 0..20 {
            let at = |draw: &mut dyn FnMut(usize) -> usize| {
                let place = draw(line.len() + 1);
                (0..=place).rev().find(|i| line.is_char_boundary(*i)).unwrap_or(0)
            };
            let (from, piece) = (at(&mut draw), pieces[draw(pieces.len())]);
            let rest = &line[from..];
            let skipped = rest.chars().take(draw(4)).map(char::len_utf8).sum::<usize>();
            let changed = format!("{}{piece}{}", &line[..from], &rest[skipped..]);
            drawn += 1;
            // the reader gives it lines that begin so
            if changed.starts_with('{') {
                read += u64::from(agrees(&changed) > 0);
            }
        }
    }
    assert!(read > 1_000, "{read} of {drawn} changed lines are read fast");
}
