//! Files beside traces, and names of files.

use super::Case;

const GOOD: &str = "portres trace 1\n\np1: startup -> ok\n";
const SCRIPT: &str = "portres script 1\n\np1: startup\n";

fn profile(input: &str, content: impl AsRef<[u8]>) -> Case {
    Case::new(input, &["check", "t.trace", "--profile", "p.toml"])
        .file("t.trace", GOOD)
        .file("p.toml", content)
}

pub(super) fn cases() -> Vec<Case> {
    let named = "name = \"mine\"\nsays = \"x\"\n";
    vec![
        profile("an empty profile", ""),
        profile("a profile that is no TOML", "name = \n"),
        profile("a profile of NUL bytes", [0; 64]),
        profile("a profile that is no UTF-8", b"name = \"\xff\"\n"),
        profile(
            "a question that there is not",
            format!(
                "{named}[answers]\n\"bind.colour\" = {{ is = [\"red\"], evidence = [\"EV-1\"] }}\n"
            ),
        ),
        profile(
            "10 000 brackets in a profile",
            format!("{named}base = {}{}\n", "[".repeat(10_000), "]".repeat(10_000)),
        ),
        Case::new("a profile that does not exist", &["check", "t.trace", "--profile", "none.toml"])
            .file("t.trace", GOOD),
        Case::new("a profile named like a path", &["check", "t.trace", "--profile", "../likely"])
            .file("t.trace", GOOD),
        Case::new("departures that are no TOML", &["check", "."])
            .file("t.trace", GOOD)
            .file("departures.toml", "[[\n"),
        Case::new("a file that does not exist", &["check", "none.trace"]),
        Case::new("a directory without traces", &["check", "."]),
        Case::new("a script where a trace belongs", &["check", "a.trace"]).file("a.trace", SCRIPT),
        Case::new(
            "a trace where a script belongs",
            &["record", "t.script", "--on", "sim", "-o", "out.trace"],
        )
        .file("t.script", GOOD),
        Case::new("a system that there is not", &["replay", "t.trace", "--on", "simm"])
            .file("t.trace", GOOD),
        Case::new(
            "a program that cannot be started",
            &["replay", "t.trace", "--on", "exec:./none"],
        )
        .file("t.trace", GOOD),
        Case::new("a flaw that there is not", &["replay", "t.trace", "--on", "sim:flaw=none"])
            .file("t.trace", GOOD),
        Case::new("a shard past the last", &["check", "t.trace", "--shard", "3/2"])
            .file("t.trace", GOOD),
        Case::new("shards past 2^64", &["check", "t.trace", "--shard", "1/18446744073709551616"])
            .file("t.trace", GOOD),
        Case::new("no jobs, which is as many as fit", &["check", "t.trace", "--jobs", "0"])
            .file("t.trace", GOOD)
            .code(0),
        Case::new("a store that is another file", &["serve", "--stdio", "--store", "t.trace"])
            .file("t.trace", GOOD),
        Case::new("an empty store", &["serve", "--stdio", "--store", "empty"]).file("empty", ""),
        Case::new("a machine that never ends", &["serve", "--stdio", "--machine", "/dev/zero"]),
        Case::new("a machine that is no header", &["serve", "--stdio", "--machine", "m.txt"])
            .file("m.txt", "hello\n"),
    ]
}
