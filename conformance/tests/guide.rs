//! Every example of the guide is run: its files are written, its commands run, and what they print compared.
//!
//! A code block whose info string names a file (```` ```text,file=nobody.script ````) is that file; a block `console` is
//! commands behind `$ ` and what they print, standard error last, a line `…` standing
//! for any lines and ` …` for the rest of one. A page has a
//! folder of its own; the page of solutions has the files of all.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A code block.
struct Block {
    line: usize,
    info: String,
    text: String,
}

fn guide() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide")
}

fn pages() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(guide()).expect("the guide");
    let mut pages: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .collect();
    pages.sort();
    pages
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut is_inside = false;
    for (i, line) in page.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(_) if is_inside => is_inside = false,
            Some(info) => {
                is_inside = true;
                blocks.push(Block { line: i + 1, info: info.to_string(), text: String::new() });
            }
            None if is_inside => {
                let block = blocks.last_mut().expect("a block is open");
                block.text.push_str(line);
                block.text.push('\n');
            }
            None => {}
        }
    }
    assert!(!is_inside, "a code block is not closed");
    blocks
}

fn write_files(blocks: &[Block], to: &Path) {
    for block in blocks {
        if let Some((_, name)) = block.info.split_once("file=") {
            std::fs::write(to.join(name), &block.text).expect("a file");
        }
    }
}

/// The commands of a block, each with the lines that it prints.
fn commands(block: &Block) -> Vec<(&str, Vec<&str>)> {
    let mut commands: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in block.text.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((command, Vec::new())),
            (None, Some((_, printed))) => printed.push(line),
            (None, None) => panic!("line {}: expected a command behind `$ `", block.line + 1),
        }
    }
    commands
}

/// Runs a command in the folder; what it prints.
fn run(command: &str, folder: &Path) -> String {
    let words = words(command);
    assert_eq!(words[0], "portres", "{command}: the guide runs nothing else");
    let ran = Command::new(env!("CARGO_BIN_EXE_portres"))
        .args(&words[1..])
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100")
        .output()
        .expect("portres runs");
    String::from_utf8([ran.stdout, ran.stderr].concat()).expect("UTF-8")
}

/// The words of a command; single quotes keep blanks together.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for c in command.chars() {
        match c {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            _ => words.last_mut().expect("a word").push(c),
        }
    }
    words
}

/// Whether the lines are as expected, `…` standing for any of them.
fn fits(expected: &[&str], printed: &[&str]) -> bool {
    match (expected, printed) {
        ([], rest) => rest.is_empty(),
        (["…", after @ ..], _) => (0..=printed.len()).any(|i| fits(after, &printed[i..])),
        ([line, after @ ..], [first, rest @ ..]) => {
            let is_alike = match line.strip_suffix(" …") {
                Some(beginning) => first.starts_with(beginning),
                None => line.trim_end() == first.trim_end(),
            };
            is_alike && fits(after, rest)
        }
        (_, []) => false,
    }
}

#[test]
fn every_example_is_as_it_is_shown() {
    let mut run_commands = 0;
    let all: Vec<(PathBuf, Vec<Block>)> = pages()
        .into_iter()
        .map(|path| {
            let blocks = blocks(&std::fs::read_to_string(&path).expect("a page"));
            (path, blocks)
        })
        .collect();
    for (path, of_page) in &all {
        let folder = tempfile::tempdir().expect("a folder");
        if path.ends_with("solutions.md") {
            all.iter().for_each(|(_, blocks)| write_files(blocks, folder.path()));
        }
        write_files(of_page, folder.path());
        for block in of_page.iter().filter(|b| b.info == "console") {
            for (command, expected) in commands(block) {
                let printed = run(command, folder.path());
                let lines: Vec<&str> = printed.lines().collect();
                assert!(
                    fits(&expected, &lines),
                    "{}, block at line {}: `{command}` printed\n{printed}",
                    path.display(),
                    block.line
                );
                run_commands += 1;
            }
        }
    }
    assert!(run_commands >= 30, "only {run_commands} commands");
}

#[test]
fn every_page_is_in_the_summary_and_every_link_leads_somewhere() {
    let summary = std::fs::read_to_string(guide().join("SUMMARY.md")).expect("the summary");
    for path in pages() {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        assert!(name == "SUMMARY.md" || summary.contains(&format!("({name})")), "{name}");
        let page = std::fs::read_to_string(&path).expect("a page");
        for (at, _) in page.match_indices("](") {
            let (link, _) = page[at + 2..].split_once(')').expect("the end of a link");
            let target = link.split('#').next().expect("a part");
            assert!(
                target.is_empty() || guide().join(target).exists(),
                "{name}: a dead link to {link}"
            );
        }
    }
}

#[test]
fn an_example_that_prints_something_else_is_seen() {
    assert!(fits(&["a", "…", "d"], &["a", "b", "c", "d"]));
    assert!(!fits(&["a", "…", "d"], &["a", "b", "c"]));
    assert!(!fits(&["a"], &["a", "b"]));
    assert!(!fits(&["a", "b"], &["a"]));
    assert!(fits(&["a …"], &["a b"]));
    assert!(!fits(&["a …"], &["b"]));
}
