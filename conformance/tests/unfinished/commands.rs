//! Every command that writes files, and what it is given.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::common;

/// A command that writes.
pub(super) struct Writer {
    /// Its arguments: `OUT` stands for what is written.
    pub(super) args: &'static [&'static str],
    /// What is written: a file that may stand there, or a folder that is new or empty.
    pub(super) out: &'static str,
    /// Whether something of that name may stand there before.
    pub(super) is_file: bool,
}

const fn file(args: &'static [&'static str], out: &'static str) -> Writer {
    Writer { args, out, is_file: true }
}

const fn folder(args: &'static [&'static str], out: &'static str) -> Writer {
    Writer { args, out, is_file: false }
}

/// All of them.
pub(super) const WRITERS: &[Writer] = &[
    file(&["check", "traces", "--html", "OUT"], "out.html"),
    file(&["check", "traces", "--junit", "OUT"], "out.xml"),
    file(&["record", "a.script", "--on", "sim", "-o", "OUT"], "out.trace"),
    file(&["replay", "long.trace", "--on", "sim", "-o", "OUT"], "out.trace"),
    file(&["fmt", "--to", "jsonl", "long.trace", "-o", "OUT"], "out.jsonl"),
    file(&["infer", "long.trace", "-o", "OUT"], "out.toml"),
    file(&["shrink", "wrong.trace", "-o", "OUT"], "out.trace"),
    file(&["export", "long.trace", "--to", "c", "-o", "OUT"], "out.c"),
    file(&["coverage", "traces", "--html", "OUT"], "out.html"),
    file(&["explore", "runtime", "--depth", "4", "--states", "OUT"], "out.txt"),
    file(&["guide", "--html", "OUT"], "out.html"),
    file(
        &["doctor", "--excluded", "tcp=l.txt", "bind", "tcp", "0.0.0.0:50001", "--html", "OUT"],
        "o.html",
    ),
    file(
        &["doctor", "--excluded", "tcp=l.txt", "bind", "tcp", "0.0.0.0:50001", "--svg", "OUT"],
        "out.svg",
    ),
    file(&["kit", "--scripts", "a.script", "--exe", "portres.exe", "-o", "OUT"], "out.zip"),
    file(&["kit", "--record", "scripts", "--on", "sim", "-o", "OUT"], "out.jsonl"),
    folder(&["generate", "-o", "OUT"], "suite"),
    folder(&["generate", "--suite", "random", "--count", "40", "-o", "OUT"], "drawn"),
    folder(&["import", "peer-cases", "cases.jsonl", "-o", "OUT", "--changed", "near"], "imported"),
    folder(&["site", "PROJECT", "-o", "OUT"], "public"),
];

/// Those that write several files into a folder, which must be there.
pub(super) const INTO_FOLDERS: &[Writer] = &[
    folder(&["infer", "builds", "-o", "OUT"], "learnt"),
    folder(&["guide", "1", "--files", "OUT"], "chapter"),
];

impl Writer {
    /// The command in a folder, with this output.
    pub(super) fn to(&self, folder: &Path, out: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portres"));
        command.args(self.args_to(out));
        command.current_dir(folder).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Its arguments with this output.
    pub(super) fn args_to(&self, out: &str) -> Vec<String> {
        let project = common::folder("..").display().to_string();
        let arg = |arg: &&str| match *arg {
            "OUT" => out.to_string(),
            "PROJECT" => project.clone(),
            arg => arg.to_string(),
        };
        self.args.iter().map(arg).collect()
    }

    /// What it is called in messages.
    pub(super) fn name(&self) -> String {
        self.args.join(" ")
    }
}

/// A folder with all that the commands read.
pub(super) fn prepared() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    let copy = |from: &str, to: &str| {
        fs::create_dir_all(at(to)).expect("a folder");
        for path in common::files(&common::folder(from), from_kind(from)) {
            let name = path.file_name().expect("a name");
            fs::copy(&path, at(to).join(name)).expect("a copy");
        }
    };
    copy("accept/samples", "traces");
    copy("accept/lifetime", "traces");
    copy("scripts/settle", "scripts");
    let calls = "p1: s1 = socket udp v4\np1: bind s1 127.0.0.1:5000\np1: closesocket s1\n";
    fs::write(at("a.script"), format!("portres script 1\n\n{}", calls.repeat(300)))
        .expect("a file");
    let replies = "p1: s1 = socket udp v4 -> ok\np1: bind s1 127.0.0.1:5000 -> 5000\np1: closesocket s1 -> ok\n";
    fs::write(at("long.trace"), format!("portres trace 1\n\n{}", replies.repeat(1000)))
        .expect("a file");
    fs::create_dir_all(at("builds")).expect("a folder");
    for build in 1..=9 {
        let header = format!("portres trace 1\nsystem windows 10.0.{build}\nsource written\n\n");
        fs::write(at("builds").join(format!("{build}.trace")), header + &replies.repeat(100))
            .expect("a file");
    }
    for writer in INTO_FOLDERS {
        fs::create_dir(at(writer.out)).expect("a folder");
    }
    let wrong = format!("{}p1: bind s1 127.0.0.1:5000 -> 5000\n", replies.repeat(20));
    fs::write(at("wrong.trace"), format!("portres trace 1\n\n{wrong}")).expect("a file");
    let listing = "Protocol tcp Port Exclusion Ranges\n\nStart Port    End Port\n----------    --------\n     50000       50059\n";
    fs::write(at("l.txt"), listing).expect("a file");
    fs::copy(common::folder("../conformance/tests/import/cases.jsonl"), at("cases.jsonl"))
        .expect("a copy");
    fs::write(at("portres.exe"), program()).expect("a file");
    folder
}

fn from_kind(from: &str) -> &'static str {
    if from.starts_with("scripts") { "script" } else { "trace" }
}

/// The least file that passes for the program of a kit, with its version in it.
fn program() -> Vec<u8> {
    let mut bytes = vec![0; 64];
    bytes[..2].copy_from_slice(b"MZ");
    bytes[60] = 64;
    bytes.extend(b"PE\0\0");
    bytes.extend(0x8664_u16.to_le_bytes());
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend([0; 12]);
    bytes.extend(240_u16.to_le_bytes());
    bytes.extend(0x0022_u16.to_le_bytes());
    let mut optional = vec![0; 240];
    optional[..2].copy_from_slice(&0x20b_u16.to_le_bytes());
    optional[108] = 16;
    bytes.extend(optional);
    bytes.extend([0; 40]);
    let version = Command::new(env!("CARGO_BIN_EXE_portres")).arg("--version").output();
    bytes.extend(version.expect("portres runs").stdout);
    bytes
}
