//! Both readers of traces. A stream that is cut at its headers, however it arrives, says what the same bytes say when they are
//! read at once; what is read is judged as `check -` judges it.

use std::io::{Cursor, Read};
use std::sync::OnceLock;

use portres::check::check_read;
use portres::stream::{self, Done, Piece, Progress, Sizes, Source};
use portres::trace::{Event, Item, Reader, TraceError};
use portres::{Profiles, Settings, report};

/// How many steps are looked for orders of calls that overlap: a search may take long, and that is no fault.
const BUDGET: u64 = 500;

/// How many lines that cannot be read are left out.
const MOST_WRONG: usize = 6;

/// Reads text.
pub fn text(bytes: &[u8]) {
    let whole = read(bytes, 0);
    assert_same(&whole, &cut(bytes));
    judge(bytes);
}

/// Reads JSON lines; each line also with an escape in its first key, so that the general reader reads it and not the fast one. A
/// line that neither can read is left out then: most of what a fuzzer makes is wrong somewhere, and the rest is to be read, too.
pub fn json(bytes: &[u8]) {
    text(bytes);
    // a line that is as long as lines may be would be too long
    if bytes.len() >= portres::trace::LINE_LIMIT {
        return;
    }
    let mut lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
    for _ in 0..MOST_WRONG {
        let escaped: Vec<_> = lines.iter().map(|line| escaped(line)).collect();
        let said = read(&lines.concat(), 0);
        assert_same(&said, &read(&escaped.concat(), 0));
        match said.last() {
            Some(Err(wrong)) if (1..=lines.len() as u64).contains(&wrong.line) => {
                lines.remove(wrong.line as usize - 1);
            }
            _ => break,
        }
    }
}

/// With an escape in the first key.
fn escaped(line: &[u8]) -> Vec<u8> {
    match line {
        [b'{', b'"', letter, rest @ ..] if letter.is_ascii_lowercase() => {
            [format!("{{\"\\u{letter:04x}").as_bytes(), rest].concat()
        }
        _ => line.to_vec(),
    }
}

type Line = Result<Item, TraceError>;

fn read(bytes: &[u8], lines: u64) -> Vec<Line> {
    Reader::new(bytes).behind(lines).collect()
}

/// Reads what the cutter makes of the stream, up to the first error. How many bytes say how much of it is kept: so traces of a
/// few lines are long ones, too.
fn cut(bytes: &[u8]) -> Vec<Line> {
    let pick = |from: [usize; 4], by: usize| from[bytes.len() / by % 4];
    let sizes = Sizes { block: pick([5, 64, 700, 8192], 1), long: pick([1, 200, 1000, 8192], 4) };
    let open = || Ok(Box::new(Cursor::new(bytes.to_vec())) as Box<dyn Read + Send>);
    let sources = [Source { open: Box::new(open), share: None }];
    let mut items = Vec::new();
    let work = |_: usize, piece: Piece<'_>| -> Vec<Line> {
        match piece {
            Piece::Trace { from, lines } => Reader::new(from).behind(lines).collect(),
            Piece::Closed(error) => panic!("{error}"),
        }
    };
    let out = &mut |done: Done<Vec<Line>>| {
        items.extend(done.of.into_iter().flatten());
        Ok(())
    };
    stream::each_within(sizes, &sources, 1, &Progress::default(), &work, out)
        .expect("nothing fails");
    let first_error = items.iter().position(Result::is_err);
    items.truncate(first_error.map_or(items.len(), |first| first + 1));
    items
}

/// The same items, and an error at the same place if at all. Columns are another matter.
fn assert_same(one: &[Line], other: &[Line]) {
    for (one, other) in one.iter().zip(other) {
        match (one, other) {
            (Ok(one), Ok(other)) => assert_eq!(one, other),
            (Err(one), Err(other)) => assert_eq!(one.line, other.line, "{one}\n{other}"),
            _ => panic!("{one:?}\n{other:?}"),
        }
    }
    assert_eq!(one.len(), other.len(), "{:?}\n{:?}", one.last(), other.last());
}

fn judge(bytes: &[u8]) {
    static PROFILES: OnceLock<Profiles> = OnceLock::new();
    let settings =
        Settings { budget: BUDGET, ..Settings::new(PROFILES.get_or_init(Profiles::built_in)) };
    // an error ends the reading, and has been seen above
    let _ = check_read(Reader::new(bytes), &settings, |report| {
        let json = report::json("-", &report);
        serde_json::from_str::<serde_json::Value>(&json).expect("a report is JSON");
        let told = [report::line("-", &report), report::details(&report), report::notes(&report)];
        assert!(!told[0].contains('\n'), "{}", told[0]);
    });
}

/// An item without what only one spelling can keep, and without its place.
pub(crate) fn comparable(item: Item) -> Item {
    match item {
        Item::Header(mut header) => {
            (header.line, header.profile_line) = (0, 0);
            Item::Header(header)
        }
        Item::Event(event) => Item::Event(Event { line: 0, raw: None, ..event }),
        comment @ Item::Comment(_) => comment,
    }
}
