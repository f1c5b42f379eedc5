//! The command: its exit codes, its JSON, its inputs.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{doctor, ends, fixture, out, text};

const LIST: &str = "sila-de-before.txt";

fn with_input(args: &[&str], input: &[u8]) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portres"));
    command.arg("doctor").args(args).stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("portres starts");
    let mut to = child.stdin.take().expect("its input");
    to.write_all(input).expect("it takes the input");
    drop(to);
    child.wait_with_output().expect("it ends")
}

#[test]
fn the_exit_code_tells_what_became_of_the_questions() {
    let list = format!("tcp={}", fixture(LIST));
    let sockets = fixture("sockets.txt");
    for (questions, code) in [
        (&["bind", "tcp", "0.0.0.0:6000"][..], 0),
        (&["bind", "tcp", "0.0.0.0:51064"], 1),
        (&["bind", "tcp", "127.0.0.1:445"], 3),
        (&["bind", "tcp", "0.0.0.0:6000", "--ask", "bind tcp 51064"], 3),
        (&["--ask", "bind tcp 51064", "--ask", "exclude tcp 51064"], 1),
        (&["free", "tcp", "100"], 0),
        (&["serve-http", "51064"], 1),
        (&[], 0),
    ] {
        let mut args = vec!["--excluded", &list, "--listening", &sockets];
        args.extend(questions);
        let told = ends(&doctor(&args), code);
        assert!(!told.is_empty(), "{questions:?}");
    }
}

#[test]
fn json_has_a_line_for_each_question() {
    let told = doctor(&[
        "--excluded",
        &fixture(LIST),
        "--format",
        "json",
        "bind",
        "tcp",
        "0.0.0.0:51064",
        "--exclusive",
        "--as",
        "elevated",
        "--ask",
        "free tcp 100",
    ]);
    let told = ends(&told, 3);
    let lines: Vec<Value> =
        told.lines().map(|l| serde_json::from_str(l).expect("an object")).collect();
    assert_eq!(lines.len(), 2);
    let bind = &lines[0];
    assert_eq!(bind["question"], "bind tcp 0.0.0.0:51064 --exclusive --as elevated");
    assert_eq!(bind["complete"], true);
    assert_eq!(bind["profile"], "likely");
    let outcome = &bind["outcomes"][0];
    assert_eq!(outcome["reply"], "WSAEACCES");
    assert_eq!(outcome["rule"], "bind.system-block");
    assert_eq!(outcome["standing"], "observed");
    assert_eq!(outcome["because"]["file"], fixture(LIST).as_str());
    assert_eq!(outcome["because"]["line"], 18);
    assert_eq!(outcome["because"]["row"], "51005-51104");
    assert_eq!(bind["otherwise"][0]["reply"], "WSAEADDRINUSE");
    assert_eq!(bind["otherwise"][0]["if"][0], "bind.system-block is in-use");
    assert_eq!(bind["owner"]["name"], "winnat");
    assert_eq!(bind["owner"]["standing"], "observed");
    for step in bind["advice"].as_array().expect("steps") {
        ["command", "needs", "risk", "why"]
            .iter()
            .for_each(|key| assert!(step[key].is_string(), "{step}"));
    }
    assert!(bind["safe"][0]["start"].is_u64() && bind["safe"][0]["why"].is_string(), "{bind}");
    assert!(bind["notes"].as_array().is_some_and(|n| n.len() == 2), "{bind}");
    assert_eq!(bind["warnings"].as_array().map(Vec::len), Some(0));
    let free = &lines[1];
    assert_eq!(
        (&free["outcomes"][0]["reply"], &free["safe"][0]["count"]),
        (&"ok".into(), &100.into())
    );
    assert_eq!(free["outcomes"][0]["because"], Value::Null);
    assert_eq!(free["owner"], Value::Null);
}

#[test]
fn an_overview_in_json_has_every_row() {
    let told = ends(&doctor(&["--excluded", &fixture(LIST), "--format", "json"]), 0);
    let told: Value = serde_json::from_str(&told).expect("an object");
    assert_eq!(told["question"], Value::Null);
    assert_eq!(told["rows"].as_array().map(Vec::len), Some(15));
    assert_eq!(told["rows"][7]["start"], 50_000);
    assert_eq!(told["rows"][7]["administered"], true);
    assert_eq!(told["rows"][7]["owner"]["name"], "hns");
    assert_eq!(told["dynamic"][0]["shown"], false);
    assert_eq!(told["dynamic"][0]["in_rows"], 3 + 60 + 8 * 100);
}

#[test]
fn a_cut_list_is_not_complete() {
    let told = ends(
        &doctor(&[
            "--excluded",
            &fixture("netbird-1696-de.txt"),
            "--format",
            "json",
            "bind",
            "tcp",
            "80",
        ]),
        0,
    );
    let told: Value = serde_json::from_str(&told).expect("an object");
    assert_eq!(told["complete"], false);
    assert!(told["warnings"][0].as_str().is_some_and(|w| w.contains("no footer")), "{told}");
    let text =
        ends(&doctor(&["--excluded", &fixture("netbird-1696-de.txt"), "bind", "tcp", "80"]), 0);
    assert!(text.contains("\n  warning     "), "{text}");
}

#[test]
fn what_no_input_shows_is_said_in_one_line() {
    let of = |args: &[&str]| {
        let told = ends(&doctor(args), 0);
        told.replace("\n              ", " ")
            .lines()
            .filter(|l| l.contains("not shown, and taken for absent"))
            .map(str::to_string)
            .collect::<Vec<_>>()
    };
    let (list, sockets) = (fixture(LIST), fixture("sockets.txt"));
    let lines = of(&["--excluded", &list, "bind", "tcp", "6000"]);
    assert_eq!(lines.len(), 1);
    assert!(
        lines[0].contains("sockets (--listening FILE)")
            && lines[0].contains("taken to be 49152-65535")
    );
    let lines = of(&[
        "--excluded",
        &list,
        "--listening",
        &sockets,
        "--dynamic",
        &fixture("dynamic-usbipd-53.txt"),
        "--http",
        &fixture("http.txt"),
        "bind",
        "tcp",
        "6000",
    ]);
    assert!(lines.is_empty(), "{lines:?}");
    let lines = of(&["--listening", &sockets, "bind", "udp", "6000"]);
    assert!(
        lines[0].contains("rows of udp (--excluded udp=FILE)") && !lines[0].contains("http.sys"),
        "{lines:?}"
    );
}

#[test]
fn pasted_text_and_wide_files_are_read() {
    let post = text("pasted.md");
    let told =
        ends(&with_input(&["--paste", "-", "bind", "tcp", "0.0.0.0:50100"], post.as_bytes()), 1);
    assert!(told.contains("WSAEACCES") && told.contains("(-:12)"), "{told}");
    let folder = tempfile::TempDir::new().expect("a folder");
    let wide: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(text(LIST).encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let path = folder.path().join("wide.txt");
    fs::write(&path, wide).expect("a file");
    let list = format!("tcp={}", path.display());
    let told = ends(&doctor(&["--excluded", &list, "bind", "tcp", "51064"]), 1);
    assert!(told.contains("51005-51104"), "{told}");
}

#[test]
fn a_profile_may_be_named() {
    let list = fixture(LIST);
    let told = doctor(&[
        "--excluded",
        &list,
        "--profile",
        "documented",
        "--format",
        "json",
        "bind",
        "tcp",
        "51064",
    ]);
    let told: Value = serde_json::from_str(&ends(&told, 1)).expect("an object");
    let replies: Vec<_> =
        told["outcomes"].as_array().expect("outcomes").iter().map(|o| &o["reply"]).collect();
    assert_eq!(replies, ["WSAEACCES", "WSAEADDRINUSE"]);
    assert_eq!(
        (&told["profile"], &told["otherwise"]),
        (&"documented".into(), &Value::Array(Vec::new()))
    );
    ends(&doctor(&["--excluded", &list, "--profile", "likly", "bind", "tcp", "51064"]), 2);
}

#[test]
fn rights_are_asked_for_where_they_count() {
    let list = fixture(LIST);
    let of = |question: &[&str], code| {
        let args: Vec<&str> =
            ["--excluded", &list, "--format", "json"].iter().chain(question).copied().collect();
        let told: Value = serde_json::from_str(&ends(&doctor(&args), code)).expect("an object");
        (told["outcomes"][0]["reply"].clone(), told["advice"][0]["needs"].clone())
    };
    assert_eq!(of(&["exclude", "tcp", "6000+1"], 0).0, "ok");
    let (reply, needs) = of(&["exclude", "tcp", "6000+1", "--as", "filtered"], 1);
    assert_eq!((reply, needs), ("ERROR_ELEVATION_REQUIRED".into(), "an elevated prompt".into()));
    assert_eq!(of(&["reserve", "tcp", "6000+1", "--persistent"], 0).0, "ok");
    assert_eq!(
        of(&["reserve", "tcp", "6000+1", "--persistent", "--as", "standard"], 1).0,
        "ERROR_ACCESS_DENIED"
    );
}

#[test]
fn the_machine_is_printed_as_a_trace() {
    let told =
        ends(&doctor(&["--excluded", &fixture(LIST), "--as-trace", "bind", "tcp", "51064"]), 0);
    assert!(
        told.starts_with("portres trace 1\n") && told.ends_with("p1: bind s1 0.0.0.0:51064\n"),
        "{told}"
    );
    assert!(
        told.contains("\nblock tcp 51005+100 unknown\n")
            && told.contains("\nexcluded tcp 50000+60 persistent\n")
    );
    let args =
        ["--excluded", &fixture(LIST), "--as-trace", "--format", "json", "--ask", "free tcp 5"];
    let told = ends(&doctor(&args), 0);
    assert!(told.starts_with("{\"portres\":\"trace\"") && told.lines().count() == 1, "{told}");
}

/// Stand-ins for the commands of Windows.
#[cfg(unix)]
fn stand_ins(http: &str) -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::TempDir::new().expect("a folder");
    let listings = super::folder();
    let file = |name: &str| listings.join(name).display().to_string();
    let netsh = format!(
        "case \"$*\" in\n\
         'interface ipv4 show excludedportrange protocol=tcp') exec cat '{}';;\n\
         'interface ipv4 show excludedportrange protocol=udp') exec cat '{}';;\n\
         'interface ipv4 show dynamicport tcp') exec cat '{}';;\n\
         'interface ipv4 show dynamicport udp') exec sed s/tcp/udp/ '{}';;\n\
         'http show servicestate') {http};;\n\
         *) exit 9;;\nesac\n",
        file(LIST),
        file("fixture-en-udp-k15.txt"),
        file("dynamic-selenium-7284-de.txt"),
        file("dynamic-usbipd-53.txt"),
    );
    let netstat = format!("[ \"$*\" = -ano ] && exec cat '{}'\nexit 9\n", file("sockets.txt"));
    for (name, script) in [("netsh", netsh), ("netstat", netstat)] {
        let path = folder.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}")).expect("a script");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it may run");
    }
    folder
}

#[cfg(unix)]
fn here(http: &str, args: &[&str]) -> std::process::Output {
    let folder = stand_ins(http);
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new(env!("CARGO_BIN_EXE_portres"));
    command.args(["doctor", "--here"]).args(args).stdin(Stdio::null());
    command.env("PATH", format!("{}:{path}", folder.path().display()));
    command.output().expect("portres runs")
}

#[cfg(unix)]
#[test]
fn the_commands_of_a_machine_are_run() {
    let http = format!("exec cat '{}'", fixture("http.txt"));
    let told = ends(&here(&http, &["--format", "json"]), 0);
    let told: Value = serde_json::from_str(&told).expect("an object");
    assert_eq!(told["rows"].as_array().map(Vec::len), Some(17));
    assert_eq!(told["sockets"], 14);
    assert_eq!(told["dynamic"][1]["shown"], true);
    let told = ends(&here(&http, &["bind", "tcp", "51064"]), 1);
    assert!(
        told.contains("(netsh interface ipv4 show excludedportrange protocol=tcp:18)"),
        "{told}"
    );
    assert!(!told.contains("not shown"), "{told}");
}

#[cfg(unix)]
#[test]
fn a_command_that_fails_is_told() {
    let output = here("exit 1", &["bind", "tcp", "51064"]);
    let told = ends(&output, 1);
    let warned = String::from_utf8_lossy(&output.stderr);
    assert!(warned.starts_with("warning: netsh http show servicestate: "), "{warned}");
    assert!(told.contains("URLs of http.sys (--http FILE)"), "{told}");
}

#[cfg(not(windows))]
#[test]
fn without_files_another_machine_has_nothing_to_say() {
    let output = doctor(&["bind", "tcp", "51064"]);
    assert_eq!(ends(&output, 2), "");
    let output = doctor(&["--here", "bind", "tcp", "51064"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("give what that shows as files"));
}

/// The README's own command works as it stands there.
#[test]
fn the_readme_shows_a_command_that_works() {
    let root = super::folder().join("../..");
    let readme = fs::read_to_string(root.join("README.md")).expect("the README");
    let (_, section) = readme.split_once("## Why can't I bind this port?").expect("the section");
    let line = section.lines().find(|l| l.starts_with("portres doctor ")).expect("a command");
    let words: Vec<&str> = line.split_whitespace().skip(1).collect();
    let mut command = Command::new(env!("CARGO_BIN_EXE_portres"));
    let output = command.args(&words).current_dir(root).output().expect("portres runs");
    let told = ends(&output, 1);
    let (_, shown) = section.split_once("```text\n").expect("what it prints");
    let (shown, _) = shown.split_once("```").expect("its end");
    for line in shown.lines().filter(|l| *l != "…") {
        assert!(told.lines().any(|t| t == line), "{line}\n{told}");
    }
    assert!(out(&output).contains("WSAEACCES"));
}
