//! What a machine can check of the style, and of the shape of the workspace.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

fn root() -> PathBuf {
    common::folder("..")
}

fn sources() -> Vec<PathBuf> {
    ["model", "sim", "conformance", "benches"]
        .iter()
        .flat_map(|c| common::files(&root().join(c), "rs"))
        .collect()
}

#[test]
fn dependencies_point_one_way() {
    let packages = [
        ("model", &[][..]),
        ("sim", &["portres-model"]),
        ("conformance", &["portres-model", "portres-sim"]),
        ("benches", &["portres", "portres-model", "portres-sim"]),
    ];
    for (folder, allowed) in packages {
        let text = fs::read_to_string(root().join(folder).join("Cargo.toml")).expect("a manifest");
        let manifest: toml::Table = text.parse().expect("TOML");
        let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
        let found =
            tables.iter().filter_map(|t| manifest.get(*t)?.as_table()).flat_map(toml::Table::keys);
        for dependency in found.filter(|d| d.starts_with("portres")) {
            assert!(allowed.contains(&dependency.as_str()), "{folder} depends on {dependency}");
        }
    }
}

#[test]
fn the_model_is_pure() {
    for path in common::files(&root().join("model/src"), "rs") {
        let text = fs::read_to_string(&path).expect("a source");
        for word in [
            "unsafe",
            "HashMap",
            "HashSet",
            "std::time",
            "std::thread",
            "std::fs",
            "std::env",
            "rand",
        ] {
            let found = text
                .split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':')
                .any(|w| w == word);
            assert!(!found, "{}: {word}", path.display());
        }
    }
}

#[test]
fn unsafe_code_stands_at_the_windows_edge_alone() {
    for path in sources().into_iter().filter(|p| !p.ends_with("tests/tidy.rs")) {
        let text = fs::read_to_string(&path).expect("a source");
        let has = text.lines().any(|l| {
            l.contains("unsafe {") || l.contains("unsafe fn") || l.contains("unsafe extern")
        });
        let edge = path.components().any(|c| c.as_os_str() == "windows");
        assert!(!has || edge, "{}", path.display());
    }
}

#[test]
fn rooms_are_small_and_nothing_is_left_open() {
    let open = ["todo!(", "unimplemented!(", "#[ign", "FIX", "dbg!("];
    let open = [
        open[0].to_string(),
        open[1].to_string(),
        open[2].to_string() + "ore",
        open[3].to_string() + "ME",
        open[4].to_string(),
    ];
    for path in sources() {
        let text = fs::read_to_string(&path).expect("a source");
        assert!(text.lines().count() <= 620, "{} is crowded", path.display());
        for word in open.iter().filter(|_| !path.ends_with("tests/tidy.rs")) {
            assert!(!text.contains(word.as_str()), "{}: {word}", path.display());
        }
    }
}

/// The ids of a text: a word in capitals, a hyphen, a number, perhaps a letter.
fn ids(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').filter(|word| {
        word.split_once('-').is_some_and(|(head, number)| {
            let kinds = [
                "HDR", "ACQ", "ASSOC", "REL", "PERSIST", "IOCTL", "OVL", "SOCK", "BIND", "GSN",
                "CONN", "LISTEN", "SEND", "SOPT", "REUSE", "OPT", "DYN", "XR", "UAC", "KERN",
                "ERR", "CON", "SIL", "MISS", "EV", "OBS", "PF", "P", "WT", "WM", "FG",
            ];
            kinds.contains(&head)
                && number.starts_with(|c: char| c.is_ascii_digit() || head == "MISS")
        })
    })
}

fn known() -> BTreeSet<String> {
    let read = |file: &str, list: &str| {
        let text = fs::read_to_string(root().join("model").join(file)).expect("the file");
        let table: toml::Table = text.parse().expect("TOML");
        let entries = table[list].as_array().expect("a list").clone();
        entries
            .into_iter()
            .map(|e| e["id"].as_str().expect("an id").to_string())
            .collect::<Vec<_>>()
    };
    read("ledger.toml", "clause").into_iter().chain(read("evidence.toml", "evidence")).collect()
}

#[test]
fn every_id_that_is_cited_exists() {
    let known = known();
    let fixtures = common::files(&common::folder("."), "trace");
    let documents = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/trace-format.md"]
        .map(|d| root().join(d));
    for path in sources().into_iter().chain(fixtures).chain(documents) {
        let text = fs::read_to_string(&path).expect("a text");
        for id in ids(&text) {
            assert!(known.contains(id), "{}: {id} is in neither register", path.display());
        }
    }
}

#[test]
fn fixtures_say_what_they_show_and_whence() {
    for kind in ["accept", "reject"] {
        for path in common::files(&common::folder(kind), "trace") {
            let (header, _) = common::read(&path);
            assert!(header.title.is_some() && header.source.is_some(), "{}", common::name(&path));
            assert!(header.recorded.is_none(), "{} is written, not recorded", common::name(&path));
        }
    }
    for path in common::files(&common::folder("recorded"), "trace") {
        let (header, _) = common::read(&path);
        let whole = header.recorded.is_some() && header.system.is_some();
        assert!(
            whole,
            "{} does not say by what, when and on what it was recorded",
            common::name(&path)
        );
    }
}
