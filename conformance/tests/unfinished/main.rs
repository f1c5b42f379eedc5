//! Whatever stops a command, a signal, a full disk or a folder that cannot be written, leaves nothing half written: each file is
//! what it was or what it was to be, and there is no temporary one.
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;

mod commands;
mod interrupted;
mod refused;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The files below a folder with what is in them, and the folders.
type Tree = BTreeMap<PathBuf, Option<Vec<u8>>>;

fn tree(folder: &Path) -> Tree {
    let mut tree = Tree::new();
    walk(folder, &mut |path| {
        let content = path.is_file().then(|| fs::read(path).expect("a file"));
        tree.insert(path.strip_prefix(folder).expect("below it").to_path_buf(), content);
    });
    tree
}

fn walk(folder: &Path, each: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        each(&path);
        if path.is_dir() {
            walk(&path, each);
        }
    }
}

/// Whether two contents are the same but for numbers: a recording has the time in it.
fn is_same(one: &Option<Vec<u8>>, other: &Option<Vec<u8>>) -> bool {
    let plain = |byte: &u8| if byte.is_ascii_digit() { b'0' } else { *byte };
    match (one, other) {
        (Some(one), Some(other)) => one.iter().map(plain).eq(other.iter().map(plain)),
        (one, other) => one == other,
    }
}

/// What stands in a tree that is neither as before nor as it was to be.
fn half_written(now: &Tree, before: &Tree, after: &Tree) -> Vec<String> {
    let whole = |(path, content): &(&PathBuf, &Option<Vec<u8>>)| {
        [before, after].iter().any(|tree| tree.get(*path).is_some_and(|c| is_same(c, content)))
    };
    let told = |(path, content): (&PathBuf, &Option<Vec<u8>>)| {
        format!("{} ({:?} bytes)", path.display(), content.as_ref().map(Vec::len))
    };
    let gone = before.keys().filter(|path| !now.contains_key(*path) && after.contains_key(*path));
    let half = now.iter().filter(|entry| !whole(entry)).map(told);
    half.chain(gone.map(|path| format!("{} is gone", path.display()))).collect()
}
