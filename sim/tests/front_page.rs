//! What the front page promises: a quick start of a few lines, and few dependencies.

const README: &str = include_str!("../README.md");
const MANIFEST: &str = include_str!("../Cargo.toml");

#[test]
fn the_quick_start_is_short() {
    let block = README.split("```").nth(1).expect("a block of code");
    let (language, code) = block.split_once('\n').expect("lines");
    assert_eq!(language, "rust", "it is run as a test of the documentation");
    let shown = code.lines().filter(|line| !line.starts_with("# "));
    let count = shown.count();
    assert!((5..15).contains(&count), "{count} lines");
}

#[test]
fn without_features_it_needs_three_crates() {
    let section = MANIFEST.split("\n[").find(|s| s.starts_with("dependencies]")).expect("a table");
    // an entry may go on for lines
    let entries =
        section.split_once('\n').expect("lines").1.replace(",\n", ",").replace("[\n", "[");
    let needed =
        entries.lines().filter(|line| !line.is_empty() && !line.contains("optional = true"));
    let mut names: Vec<&str> =
        needed.filter_map(|line| line.split(['.', ' ', '=']).next()).collect();
    names.sort_unstable();
    assert_eq!(names, ["parking_lot", "portres-model", "rand"]);
    assert!(!MANIFEST.contains("default = ["), "no feature is there unless it is asked for");
}
