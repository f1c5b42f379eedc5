//! Every example of the guide is run: its files are written, its commands run, and what they print compared.
//!
//! A code block whose info string names a file (```` ```text,file=nobody.script ````) is that file; a block `console` is
//! commands behind `$ ` and what they print, standard error last, a line `…` standing
//! for any lines and ` …` for the rest of one. A page has a
//! folder of its own; the page of solutions has the files of all. A block that is `from=` a file is a part of that file.
//!
//! `PORTRES_BLESS=1 cargo test -p portres --test guide` brings `conformance/guide.json`, the guide as the command has it, up to
//! date.

use std::path::{Path, PathBuf};
use std::process::Command;

use portres::guide::Chapter;

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

/// The pages in the order of the summary.
fn summary() -> Vec<String> {
    let summary = std::fs::read_to_string(guide().join("SUMMARY.md")).expect("the summary");
    let links = summary.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    links.map(str::to_string).collect()
}

#[test]
fn the_command_has_the_guide_as_it_is() {
    let chapter = |file: String| {
        let text = std::fs::read_to_string(guide().join(&file)).expect("a page");
        Chapter { file, lines: text.lines().map(str::to_string).collect() }
    };
    let now: Vec<Chapter> = summary().into_iter().map(chapter).collect();
    let text = serde_json::to_string_pretty(&now).expect("it has a JSON form") + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("guide.json");
    if std::env::var_os("PORTRES_BLESS").is_some() {
        std::fs::write(&path, &text).expect("it is written");
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default().replace('\r', "");
    assert!(
        known == text,
        "guide.json is out of date: PORTRES_BLESS=1 cargo test -p portres --test guide"
    );
}

#[test]
fn a_program_that_is_shown_is_the_program() {
    let mut shown = 0;
    for path in pages() {
        for block in blocks(&std::fs::read_to_string(&path).expect("a page")) {
            let Some((_, from)) = block.info.split_once("from=") else { continue };
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(from);
            let program = std::fs::read_to_string(file).expect(from).replace('\r', "");
            assert!(
                program.contains(&block.text),
                "{}, block at line {}: {from} is otherwise",
                path.display(),
                block.line
            );
            shown += 1;
        }
    }
    assert!(shown >= 2, "only {shown} programs");
}

/// What the command prints.
fn told(arguments: &[&str]) -> (Option<i32>, String, String) {
    let ran =
        Command::new(env!("CARGO_BIN_EXE_portres")).args(arguments).output().expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (ran.status.code(), text(ran.stdout), text(ran.stderr))
}

#[test]
fn the_command_shows_each_chapter() {
    let (code, list, _) = told(&["guide"]);
    assert_eq!(code, Some(0));
    for file in summary() {
        let page = std::fs::read_to_string(guide().join(&file)).expect("a page");
        let title = page.lines().next().and_then(|line| line.strip_prefix("# ")).expect("a title");
        let bare = title.split_once(". ").map_or(title, |(_, title)| title);
        assert!(list.contains(bare), "{list}");
        let stem = file.strip_suffix(".md").expect("Markdown");
        let name = stem.split('-').next().filter(|n| n.parse::<u8>().is_ok()).unwrap_or(stem);
        let (code, shown, _) = told(&["guide", name]);
        assert_eq!(code, Some(0), "{name}");
        assert!(shown.starts_with(title), "{name}: {shown}");
        assert!(!shown.contains('\u{1b}'), "{name} is coloured where no terminal is");
        for block in blocks(&page) {
            let lines = block.text.lines().filter(|line| !line.is_empty());
            lines.for_each(|line| assert!(shown.contains(line), "{name} lacks {line}"));
        }
        let prose = shown.lines().filter(|line| !line.starts_with("  "));
        let widest = prose.map(|line| line.chars().count()).max().unwrap_or_default();
        assert!(widest <= 100, "{name} has a line of {widest} columns");
    }
}

#[test]
fn the_command_says_what_it_does_not_know() {
    let (code, shown, said) = told(&["guide", "9"]);
    assert_eq!((code, shown.as_str()), (Some(2), ""));
    assert_eq!(said, "error: `9` is no chapter: expected 1 to 8, `introduction` or `solutions`\n");
    let (code, _, said) = told(&["guide", "solution"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("did you mean `solutions`?"), "{said}");
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("none").join("guide.html");
    let (code, _, said) = told(&["guide", "--html", &missing.to_string_lossy()]);
    assert_eq!((code, said.lines().count()), (Some(2), 1), "{said}");
}

#[test]
fn the_command_writes_the_files_of_a_chapter_and_nothing_over_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().to_string_lossy().into_owned();
    let (code, told_of, _) = told(&["guide", "1", "--files", &to]);
    assert_eq!((code, told_of.lines().count()), (Some(0), 3), "{told_of}");
    let page = std::fs::read_to_string(guide().join("1-nobody-listens.md")).expect("a page");
    let by_hand = tempfile::tempdir().expect("a folder");
    write_files(&blocks(&page), by_hand.path());
    for entry in std::fs::read_dir(by_hand.path()).expect("the folder") {
        let name = entry.expect("an entry").file_name();
        let read = |folder: &Path| std::fs::read_to_string(folder.join(&name)).expect("a file");
        assert_eq!(read(folder.path()), read(by_hand.path()), "{name:?}");
    }
    assert_eq!(told(&["guide", "1", "--files", &to]).0, Some(0), "the same files once more");
    std::fs::write(folder.path().join("rows.txt"), "mine").expect("a file");
    std::fs::remove_file(folder.path().join("nobody.script")).expect("a file");
    let (code, _, said) = told(&["guide", "1", "--files", &to]);
    assert_eq!((code, said.lines().count()), (Some(2), 1), "{said}");
    assert!(!folder.path().join("nobody.script").exists(), "half of the files");
    let (code, _, said) = told(&["guide", "solutions", "--files", &to]);
    assert_eq!((code, said.lines().count()), (Some(2), 1), "{said}");
}

#[test]
fn the_command_writes_one_page_to_print() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("guide.html");
    let (code, shown, said) = told(&["guide", "--html", &file.to_string_lossy()]);
    assert_eq!((code, shown.as_str(), said.as_str()), (Some(0), "", ""));
    let page = std::fs::read_to_string(file).expect("the page");
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"), "it is cut off");
    assert!(!page.contains("src=") && !page.contains("@import"), "it needs something else");
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
