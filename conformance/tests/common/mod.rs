//! What the tests share: where the fixtures are and how they are read.
#![allow(dead_code, reason = "each test uses a part of it")]

pub(crate) mod bounds;
pub(crate) mod command;

use std::fs;
use std::path::{Path, PathBuf};

use portres::trace::{Event, Header, Item, Reader};

/// The folder of a kind of fixtures.
pub(crate) fn folder(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(kind)
}

/// The files below a folder with this extension, in path order.
pub(crate) fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The path of a fixture below `fixtures`, with slashes.
pub(crate) fn name(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|c| c.as_os_str().to_string_lossy()).collect();
    let at = parts.iter().rposition(|p| p == "fixtures").expect("a fixture");
    parts[at..].join("/")
}

/// The one trace of a file.
pub(crate) fn read(path: &Path) -> (Header, Vec<Event>) {
    parse(&path.display().to_string(), &fs::read(path).expect("a fixture"))
}

/// The one trace of a text.
pub(crate) fn parse(name: &str, text: &[u8]) -> (Header, Vec<Event>) {
    let (mut header, mut events) = (None, Vec::new());
    for item in Reader::new(text) {
        match item.unwrap_or_else(|e| panic!("{name}: {e}")) {
            Item::Header(h) => header = Some(*h),
            Item::Event(e) => events.push(e),
            Item::Comment(_) => {}
        }
    }
    (header.expect("a header"), events)
}
