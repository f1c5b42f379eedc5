//! What a machine can check of the project's order: dependencies, the length of files, marks of unfinished work, and
//! that fixtures say where they come from.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const MOST_LINES: usize = 600;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_path_buf()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn toml(path: &Path) -> toml::Table {
    read(path).parse().unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The text files of the project, whatever is hidden or built left out.
fn sources() -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                if name != "target"
                    && (name == ".ci" || name == ".github" || !name.starts_with('.'))
                {
                    walk(&path, found);
                }
            } else {
                let extension = path.extension().unwrap_or_default().to_string_lossy();
                let text =
                    ["rs", "toml", "md", "trace", "script", "report", "jsonl", "json", "yml", "sh"];
                // scripts have no extension
                let beside = folder.file_name().and_then(|name| name.to_str());
                let script = extension.is_empty() && matches!(beside, Some("scripts" | ".ci"));
                if (text.contains(&extension.as_ref()) || script) && !name.starts_with('.') {
                    found.push(path);
                }
            }
        }
    }
    let mut found = Vec::new();
    walk(&root(), &mut found);
    found.sort();
    assert!(found.len() > 400, "{} files", found.len());
    found
}

fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "rs")
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// Every line that a function objects to, with its place.
fn objections(files: &[PathBuf], objects: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for path in files {
        for (number, line) in read(path).lines().enumerate().filter(|(_, line)| objects(line)) {
            found.push(format!("{}:{}: {}", shown(path), number + 1, line.trim()));
        }
    }
    found
}

fn nothing(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

/// The crates of the workspace that a manifest depends on, in any way.
fn depends_on(manifest: &toml::Table, crates: &[String]) -> BTreeSet<String> {
    let kinds = ["dependencies", "dev-dependencies", "build-dependencies"];
    let mut tables: Vec<&toml::Value> = kinds.iter().filter_map(|k| manifest.get(*k)).collect();
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    for target in targets.into_iter().flat_map(toml::Table::values) {
        tables.extend(kinds.iter().filter_map(|k| target.get(k)));
    }
    let keys = tables.iter().filter_map(|t| t.as_table()).flat_map(|t| t.iter());
    let named = keys.map(|(key, value)| match value.get("package").and_then(toml::Value::as_str) {
        Some(package) => package.to_string(),
        None => key.clone(),
    });
    named.filter(|name| crates.contains(name)).collect()
}

#[test]
fn dependencies_point_one_way() {
    let workspace = toml(&root().join("Cargo.toml"));
    let members = workspace["workspace"]["members"].as_array().expect("the members");
    let members: Vec<&str> = members.iter().filter_map(toml::Value::as_str).collect();
    assert_eq!(members, ["model", "sim", "conformance", "benches"]);
    let manifest = |member: &str| toml(&root().join(member).join("Cargo.toml"));
    let name = |m: &toml::Table| m["package"]["name"].as_str().expect("a name").to_string();
    let crates: Vec<String> = members.iter().map(|m| name(&manifest(m))).collect();
    // a package that has itself for its tests has its own features there
    let of = |member: &str| {
        let manifest = manifest(member);
        let mut on = depends_on(&manifest, &crates);
        on.remove(&name(&manifest));
        on
    };
    let set = |names: &[&str]| names.iter().map(ToString::to_string).collect::<BTreeSet<String>>();
    assert_eq!(of("model"), set(&[]));
    assert_eq!(of("sim"), set(&["portres-model"]));
    assert_eq!(of("conformance"), set(&["portres-model", "portres-sim"]));
    for member in ["model", "sim", "conformance"] {
        assert!(!of(member).contains("portres-benches"), "{member} depends on the benchmarks");
    }
}

#[test]
fn no_file_is_long() {
    let mut long = Vec::new();
    for path in sources().into_iter().filter(|p| is_rust(p)) {
        let lines = read(&path).lines().count();
        if lines > MOST_LINES {
            long.push(format!("{}: {lines} lines", shown(&path)));
        }
    }
    nothing("files of more than 600 lines", &long);
}

#[test]
fn nothing_is_left_for_later() {
    // spelled in two parts, so that this file does not accuse itself
    let marks = [
        concat!("to", "do!"),
        concat!("un", "implemented!"),
        concat!("FIX", "ME"),
        concat!("TO", "DO"),
        concat!("XX", "X"),
        concat!("#[ig", "nore"),
    ];
    let files: Vec<_> = sources().into_iter().filter(|p| is_rust(p)).collect();
    let marked = |line: &str| marks.iter().any(|mark| line.contains(mark));
    let found = objections(&files, marked);
    nothing("marks of unfinished work", &found);
    let mark = concat!("as", " any");
    let code = |line: &str| line.split("//").next().unwrap_or_default().to_string();
    let typed = |line: &str| {
        let code = code(line);
        let mut rest = code.split(mark).skip(1);
        rest.any(|r| !r.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ' ' | ':')))
    };
    nothing("values of no type", &objections(&files, typed));
}

#[test]
fn no_path_of_a_workplace_is_written_down() {
    let paths = ["wo rk", "ro ot", "ho me", "tm p"].map(|p| format!("/{}/", p.replace(' ', "")));
    // a page on the web may be called so
    let local = |line: &str| {
        line.split_whitespace()
            .filter(|word| !word.contains("://"))
            .any(|word| paths.iter().any(|path| word.contains(path.as_str())))
    };
    nothing("paths of a workplace", &objections(&sources(), local));
}

#[test]
fn every_fixture_says_what_it_shows_and_where_it_comes_from() {
    let mut found = Vec::new();
    for kind in ["accept", "reject", "asserted", "asserted-changed"] {
        for path in common::files(&common::folder(kind), "trace") {
            let (header, _) = common::read(&path);
            if header.title.is_none() || header.source.is_none() {
                found.push(common::name(&path));
            }
        }
    }
    nothing("fixtures without title or source", &found);
}

#[test]
fn every_recorded_trace_says_what_was_recorded_and_when() {
    let mut found = Vec::new();
    let files = common::files(&common::folder("recorded"), "trace");
    assert!(!files.is_empty(), "no recorded traces");
    for path in files {
        let (header, _) = common::read(&path);
        if header.recorded.is_none() || header.system.is_none() {
            found.push(common::name(&path));
        }
    }
    nothing("recordings without `recorded` or `system`", &found);
}

/// The ids that the ledger, the evidence register and the register of peer cases define.
fn defined() -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for (file, entries) in [("ledger.toml", "clause"), ("evidence.toml", "evidence")] {
        let table = toml(&root().join("model").join(file));
        for entry in table[entries].as_array().expect("a list") {
            let id = entry["id"].as_str().expect("an id").to_string();
            assert!(ids.insert(id.clone()), "{file}: {id} stands there twice");
        }
    }
    ids.extend(peer_cases());
    assert!(ids.len() > 500, "{} ids", ids.len());
    ids
}

/// The ids that the register of peer cases defines.
fn peer_cases() -> BTreeSet<String> {
    let table = toml(&root().join("model/peers.toml"));
    let sources = table["source"].as_array().expect("a list").iter();
    let cases = sources.flat_map(|s| s["cases"].as_table().expect("the cases").keys().cloned());
    let wider = table["wider"]["cases"].as_array().expect("a list").iter();
    cases.chain(wider.filter_map(|id| id.as_str().map(str::to_string))).collect()
}

/// Whether a word is an id of the ledger or of the evidence: `BIND-10`, `SIL-22b`, `MISS-A`.
fn is_id(word: &str) -> bool {
    let Some((letters, number)) = word.split_once('-') else { return false };
    let digits = number.strip_suffix(|c: char| c.is_ascii_lowercase()).unwrap_or(number);
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let is_letter = matches!(number.as_bytes(), [b'A'..=b'Z']);
    !letters.is_empty()
        && letters.bytes().all(|b| b.is_ascii_uppercase())
        && (is_number || is_letter)
}

/// Whether a word is an id of a peer case, `wine-bind-002`, or the end of one: each is written out.
fn is_peer_case(word: &str) -> bool {
    let Some((before, number)) = word.rsplit_once('-') else { return false };
    let is_number = number.len() == 3 && number.bytes().all(|b| b.is_ascii_digit());
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let is_begun = || {
        let (suite, topic) = before.split_once('-')?;
        let both = [suite, topic].map(|part| !part.is_empty() && part.bytes().all(plain));
        Some(both == [true, true])
    };
    is_number && (before.is_empty() || is_begun() == Some(true))
}

/// The ids in a text.
fn ids(text: &str) -> Vec<String> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '.';
    let words = text.split(|c| !part(c)).map(|word| word.trim_matches('.'));
    words.filter(|word| is_id(word) || is_peer_case(word)).map(str::to_string).collect()
}

#[test]
fn ids_are_found_in_a_text() {
    assert_eq!(
        ids("BIND-10, SIL-22b; (MISS-A). x-BIND-1 UTF- -8 wine-bind-2002 MISS-AB a-b-c-002"),
        ["BIND-10", "SIL-22b", "MISS-A"]
    );
    let short = concat!("wine-v6-002, ", "-", "003; windows-10-19045");
    assert_eq!(ids(short), ["wine-v6-002", concat!("-", "003")]);
}

/// Words that look like ids: encodings, and a difference in the ledger.
const NO_IDS: &[&str] = &[concat!("UTF", "-8"), concat!("UTF", "-16"), concat!("M", "-1")];

#[test]
fn every_id_that_is_cited_is_defined() {
    let defined = defined();
    let (mut found, mut cited) = (Vec::new(), BTreeMap::<&str, u64>::new());
    let files = sources();
    for path in &files {
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        for (number, line) in read(path).lines().enumerate() {
            for id in ids(line).into_iter().filter(|id| !NO_IDS.contains(&id.as_str())) {
                *cited.entry(extension).or_default() += 1;
                if !defined.contains(&id) {
                    found.push(format!("{}:{}: {id}", shown(path), number + 1));
                }
            }
        }
    }
    for kind in ["rs", "toml", "md", "trace", "report"] {
        assert!(cited.contains_key(kind), "no id in any .{kind}: {cited:?}");
    }
    nothing("ids that stand in no register", &found);
}

/// Where code may be unsafe: where Windows is called and where the simulator is called as Windows is, what tests them, and
/// allocators that count.
const UNSAFE: &[&str] = &[
    "conformance/src/windows.rs",
    "conformance/src/windows/",
    "conformance/tests/memory.rs",
    "fuzz/src/win32/",
    "model/tests/allocation.rs",
    "sim/examples/",
    "sim/src/win32.rs",
    "sim/src/win32/",
    "sim/tests/drawn.rs",
    "sim/tests/schedules/win32.rs",
    "sim/tests/win32/",
];

/// Whether a line of Rust has the word as code: no comment, and no text of a program that is written.
fn is_unsafe(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    let word = |w: &str| code.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|x| x == w);
    // spelled in two parts, so that this file does not accuse itself
    word(concat!("un", "safe")) || word(concat!("un", "safe_code"))
}

#[test]
fn code_is_unsafe_in_its_rooms_alone() {
    let files = sources().into_iter().filter(|path| is_rust(path));
    let name = |path: &Path| shown(path).replace('\\', "/");
    let elsewhere: Vec<_> =
        files.filter(|path| !UNSAFE.iter().any(|room| name(path).starts_with(room))).collect();
    // the programs that `export` writes are text
    let written = root().join("conformance/src/export/preamble.rs");
    let elsewhere: Vec<_> = elsewhere.into_iter().filter(|path| *path != written).collect();
    nothing("code of this kind outside its rooms", &objections(&elsewhere, is_unsafe));
    assert!(is_unsafe(concat!("    un", "safe { call() };")) && !is_unsafe("// un\u{73}afe"));
    // elsewhere the compiler refuses it, and everywhere a block without its reason
    for manifest in ["Cargo.toml", "fuzz/Cargo.toml"] {
        let table = toml(&root().join(manifest));
        let lints = table.get("workspace").and_then(|w| w.get("lints")).or(table.get("lints"));
        let lints = lints.unwrap_or_else(|| panic!("{manifest} has no lints"));
        assert_eq!(lints["rust"][concat!("un", "safe_code")].as_str(), Some("deny"), "{manifest}");
        let blocks = concat!("undocumented_un", "safe_blocks");
        assert_eq!(lints["clippy"][blocks].as_str(), Some("deny"), "{manifest}");
    }
    for member in ["model", "sim", "conformance", "benches"] {
        let lints = toml(&root().join(member).join("Cargo.toml"))["lints"].clone();
        assert_eq!(lints["workspace"].as_bool(), Some(true), "{member} has lints of its own");
    }
}

#[test]
fn whoever_allows_it_says_why() {
    let mut found = Vec::new();
    for path in sources().into_iter().filter(|path| is_rust(path)) {
        let text = read(&path);
        let parts = text.split(concat!("(un", "safe_code")).skip(1);
        let has_reason = |part: &str| part.trim_start().starts_with(", reason = \"");
        found.extend(parts.filter(|part| !has_reason(part)).map(|_| shown(&path)));
    }
    nothing("allowed without a reason", &found);
}
