//! Bad input of every kind, and what is answered: `docs/robustness.md` is made of what these runs print.
//!
//! Each run ends with the exit code that its case states, without a panic, with one line where it refuses, and without a
//! file that was not there before.

mod commands;
#[path = "../common/mod.rs"]
mod common;
mod files;
mod limits;
mod listings;
mod traces;
mod wire;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// One run of the command with bad input.
struct Case {
    /// What is wrong with the input, for a reader.
    input: String,
    /// The files that stand in its folder.
    files: Vec<(&'static str, Vec<u8>)>,
    /// Its arguments.
    args: Vec<&'static str>,
    /// What comes in on standard input.
    stdin: Vec<u8>,
    /// The links that stand in its folder, and where they lead.
    links: Vec<(&'static str, &'static str)>,
    /// The exit code that is right.
    code: i32,
    /// Whether the answer is another one each time.
    untold: bool,
}

impl Case {
    fn new(input: impl Into<String>, args: &[&'static str]) -> Case {
        let (files, links, stdin) = (Vec::new(), Vec::new(), Vec::new());
        Case {
            input: input.into(),
            files,
            args: args.to_vec(),
            stdin,
            links,
            code: 2,
            untold: false,
        }
    }

    fn file(mut self, name: &'static str, content: impl AsRef<[u8]>) -> Case {
        self.files.push((name, content.as_ref().to_vec()));
        self
    }

    fn link(mut self, name: &'static str, to: &'static str) -> Case {
        self.links.push((name, to));
        self
    }

    fn args(mut self, args: &[&'static str]) -> Case {
        self.args = args.to_vec();
        self
    }

    /// The page does not show the answer, which is another one each time.
    fn untold(mut self) -> Case {
        self.untold = true;
        self
    }

    fn stdin(mut self, content: impl AsRef<[u8]>) -> Case {
        self.stdin = content.as_ref().to_vec();
        self
    }

    /// The input is unusual and not wrong: this is the exit code of what is made of it.
    fn code(mut self, code: i32) -> Case {
        self.code = code;
        self
    }

    /// What the run answers, as one line; what is wrong with it otherwise.
    fn answer(&self) -> Result<String, String> {
        let folder = TempDir::new().expect("a temporary folder");
        for (name, content) in &self.files {
            fs::write(folder.path().join(name), content).expect("a file of the case");
        }
        #[cfg(unix)]
        for (name, to) in &self.links {
            std::os::unix::fs::symlink(to, folder.path().join(name)).expect("a link of the case");
        }
        let output = run(folder.path(), &self.args, &self.stdin);
        let err = String::from_utf8(output.stderr).expect("standard error is UTF-8");
        let out = String::from_utf8(output.stdout).expect("standard output is UTF-8");
        let code = output.status.code();
        let refused = self.code == 2;
        // behind a wrong option stands what there is, and where to read more
        let line = match err.trim_end().strip_suffix("For more information, try '--help'.") {
            Some(wrong) => wrong.lines().next().unwrap_or_default(),
            None => err.trim_end(),
        };
        let wrong = [
            (code != Some(self.code), "another exit code"),
            (err.contains("panicked"), "a panic"),
            (names(folder.path()) != self.names(), "other files than before"),
            (refused && line.lines().count() != 1, "not one line on standard error"),
            (refused && line.trim_end().contains(char::is_control), "control characters"),
        ];
        let wrong: Vec<&str> = wrong.iter().filter(|(is, _)| *is).map(|(_, what)| *what).collect();
        if !wrong.is_empty() {
            let head = |text: &str| text.chars().take(400).collect::<String>();
            let (out, err) = (head(&out), head(&err));
            return Err(format!("{}: {wrong:?}, {code:?}\nstdout {out}\nstderr {err}", self.input));
        }
        if self.untold {
            return Ok("(differs from run to run)".into());
        }
        let complaint = err.lines().find(|line| line.starts_with("error: "));
        let said = complaint.or_else(|| out.lines().last()).or_else(|| err.lines().last());
        Ok(said.unwrap_or("(nothing)").to_string())
    }

    fn names(&self) -> Vec<String> {
        let links = self.links.iter().map(|(name, _)| name);
        let mut names: Vec<_> =
            self.files.iter().map(|(name, _)| name).chain(links).map(ToString::to_string).collect();
        names.sort();
        names
    }
}

fn run(folder: &Path, args: &[&str], stdin: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portres"));
    command.current_dir(folder).args(args).env_remove("NO_COLOR");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("portres starts");
    let mut to = child.stdin.take().expect("a pipe");
    let content = stdin.to_vec();
    let writer = std::thread::spawn(move || drop(to.write_all(&content)));
    let output = child.wait_with_output().expect("portres ends");
    writer.join().expect("the input is written");
    output
}

/// The names in a folder, in order.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder");
    let name = |e: std::io::Result<fs::DirEntry>| e.expect("an entry").file_name();
    let mut names: Vec<_> = entries.map(|e| name(e).to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

const ABOUT: &str = "\
# Bad input

What was given to `portres`, and what it answered. The tables are made by the tests that make these runs
(`conformance/tests/robustness`); each run left no file behind, wrote at most one line on standard error where it refused, and
did not panic. Exit code 2 is input that cannot be used; 0, 1 and 3 are verdicts on input that is unusual and not wrong.

Fuzzing, clients that misbehave over time, damaged stores, full disks and interrupted commands are tried by other tests:
`SECURITY.md` says by which.
";

/// A surface's part of the page.
fn part(surface: &str, cases: &[Case], faults: &mut Vec<String>) -> String {
    let head = "| input | command | exit code | answer |\n| --- | --- | --- | --- |\n";
    let mut part = format!("\n## {surface}\n\n{head}");
    for case in cases {
        match case.answer() {
            Ok(answer) => {
                let (answer, command) = (shortened(&answer), command(case));
                part += &format!("| {} | {command} | {} | {answer} |\n", case.input, case.code);
            }
            Err(fault) => faults.push(fault),
        }
    }
    part
}

fn command(case: &Case) -> String {
    format!("`{}`", case.args.join(" "))
}

/// How many characters of an answer the page shows.
const SHOWN: usize = 200;

fn shortened(answer: &str) -> String {
    let answer = answer.strip_prefix("error: ").unwrap_or(answer);
    let mut line: String = answer.chars().take(SHOWN).collect();
    if line.len() < answer.len() {
        line.push('…');
    }
    // within a table a bar ends the cell, and a grave accent the code
    let line = line.replace('|', "\\|");
    format!("`` {line} ``")
}

#[test]
fn the_page_of_bad_input_is_what_is_answered() {
    let surfaces = [
        ("Traces in text", traces::text()),
        ("Traces in JSON lines", traces::json()),
        ("Large and endless traces", traces::large()),
        ("Profiles and other files", files::cases()),
        ("Scripts", commands::scripts()),
        ("Judging, inferring, shrinking, exporting", commands::judging()),
        ("Cases of other suites", commands::importing()),
        ("Record kits", commands::kits()),
        ("Shell, quiz and what explains", commands::asking()),
        ("Documents and small worlds", commands::documents()),
        ("Places to write to", commands::places()),
        ("Listings", listings::cases()),
        ("The wire of `serve`", wire::cases()),
    ];
    let mut faults = Vec::new();
    let parts: Vec<_> = surfaces.iter().map(|(name, all)| part(name, all, &mut faults)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let inputs: Vec<String> =
        surfaces.iter().flat_map(|(_, all)| all).map(|case| case.input.clone()).collect();
    let (limits, loose) = limits::part(&inputs);
    assert!(loose.is_empty(), "{}", loose.join("\n"));
    let page = ABOUT.to_string() + &limits + &parts.concat();
    if !cfg!(target_os = "linux") {
        // other systems have other words for the same errors
        return;
    }
    let path = common::folder("../docs").join("robustness.md");
    if std::env::var_os("PORTRES_BLESS").is_some() {
        fs::write(&path, &page).expect("the page is written");
    }
    let kept = fs::read_to_string(&path).expect("docs/robustness.md");
    for (kept, now) in kept.lines().zip(page.lines()) {
        assert_eq!(kept, now, "docs/robustness.md is not what is answered now");
    }
    assert_eq!(kept, page, "docs/robustness.md is not what is answered now");
}
