//! The command as its users meet it: what it prints, what it writes, and how it ends.

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use portres_model::{Call, Error, Question, Rule};
use serde_json::Value;
use tempfile::TempDir;

const GOOD: &str =
    "portres trace 1\n\np1: s1 = socket udp v4 -> ok\np1: bind s1 127.0.0.1:5000 -> 5000\n";
const BAD: &str =
    "portres trace 1\n\np1: s1 = socket udp v4 -> ok\np1: bind s1 127.0.0.1:5000 -> 5001\n";
const OPEN: &str = "portres trace 1\n\np1: s1 = socket udp v4\n";
const BROKEN: &str = "portres trace 1\n\np1: bnid\n";
const SCRIPT: &str = "portres script 1\ntitle Two sockets\n\np1: s1 = socket udp v4\np1: bind s1 127.0.0.1:5000\np1: s2 = socket udp v4\np1: bind s2 127.0.0.1:5000\n";

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portres"));
    command.env_remove("NO_COLOR").env_remove("CLICOLOR").env_remove("CLICOLOR_FORCE");
    command.stdin(Stdio::null());
    command
}

fn run(args: &[&str]) -> Output {
    command().args(args).output().expect("portres runs")
}

fn run_in(folder: &Path, args: &[&str]) -> Output {
    command().current_dir(folder).args(args).output().expect("portres runs")
}

fn with_input(args: &[&str], input: &str) -> Output {
    let mut command = command();
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("portres starts");
    let mut to = child.stdin.take().expect("its input");
    to.write_all(input.as_bytes()).expect("it takes the input");
    drop(to);
    child.wait_with_output().expect("it ends")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8").replace('\r', "")
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8").replace('\r', "")
}

/// What it prints when it ends with this code.
fn ends(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{}{}", out(output), err(output));
    out(output)
}

fn fixture(name: &str) -> String {
    common::folder("").join(name).display().to_string()
}

/// A folder with a good, a bad, an undecided and a broken trace, and a script.
fn folder() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    let write = |name: &str, text| fs::write(folder.path().join(name), text).expect("a file");
    write("good.trace", GOOD);
    write("bad.trace", BAD);
    write("open.trace", OPEN);
    write("broken.trace", BROKEN);
    write("two.script", SCRIPT);
    folder
}

#[test]
fn alone_it_shows_four_commands() {
    let told = ends(&run(&[]), 0);
    let shown = told.lines().filter(|line| line.starts_with("  portres ")).count();
    assert_eq!(shown, 4, "{told}");
    assert!(told.contains("portres --help"), "{told}");
}

#[test]
fn the_version_names_the_formats() {
    let told = ends(&run(&["--version"]), 0);
    assert!(told.starts_with(&format!("portres {}", portres::VERSION)), "{told}");
    let formats = ["trace format 1", "script format 1", "wire protocol 1", "JSON output 1"];
    formats.iter().for_each(|format| assert!(told.contains(format), "{told}"));
}

/// The subcommands as the help lists them.
fn subcommands() -> Vec<String> {
    let help = ends(&run(&["--help"]), 0);
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = lines.take_while(|line| !line.is_empty());
    // the lines of a long description are indented further
    let names = lines.filter(|line| !line.starts_with("   "));
    names.filter_map(|line| Some(line.split_whitespace().next()?.to_string())).collect()
}

#[test]
fn every_subcommand_has_an_example() {
    let names = subcommands();
    assert!(names.len() >= 9 && names.iter().any(|n| n == "check"), "{names:?}");
    let told = |name: &str| ends(&run(&[name, "--help"]), 0);
    let has = |name: &str, told: &str| {
        told.contains("Example") && told.contains(&format!("\n  portres {name}"))
    };
    let without: Vec<_> = names.iter().filter(|name| !has(name, &told(name))).collect();
    assert!(without.is_empty(), "no example: {without:?}");
}

#[test]
fn completions_and_the_manual_page() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let told = ends(&run(&["completions", shell]), 0);
        for name in subcommands() {
            assert!(told.contains(&name), "{shell}, {name}: {told}");
        }
    }
    let page = ends(&run(&["man"]), 0);
    assert!(page.contains(".TH portres 1"), "{page}");
    assert!(subcommands().iter().all(|name| page.contains(name)), "{page}");
    ends(&run(&["completions", "tcsh"]), 2);
}

#[test]
fn every_rule_question_error_and_call_is_explained() {
    for word in ["10013", "0x271D", "0x271d", "WSAEACCES", "wsaeacces"] {
        let told = ends(&run(&["explain", word]), 0);
        assert!(told.starts_with("WSAEACCES (10013, 0x271d"), "{word}: {told}");
    }
    let told = ends(&run(&["explain", "0x20"]), 0);
    assert!(told.starts_with("ERROR_SHARING_VIOLATION (32, 0x20"), "{told}");
    let givers = [
        ("10013", "bind.sharing"),
        ("10013", "bind.system-block"),
        ("10022", "bind.already-bound"),
        ("997", "ioctl.pends"),
    ];
    for (code, id) in givers {
        let told = ends(&run(&["explain", code, "--all"]), 0);
        assert!(told.lines().any(|l| l.trim_start().starts_with(id)), "{code} {id}: {told}");
    }
    // lines are as wide as the page
    let flat = |what: &str| {
        let told = ends(&run(&["explain", what]), 0);
        told.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    for rule in Rule::ALL {
        let told = flat(rule.id());
        assert!(told.starts_with(rule.id()) && told.contains(rule.says()), "{told}");
    }
    for question in Question::ALL {
        let told = flat(question.id());
        assert!(told.contains(question.asks()) && told.contains("likeliest"), "{told}");
    }
    for error in Error::ALL {
        let told = flat(&error.number().to_string());
        assert!(told.starts_with(&format!("{error} (")) && told.contains(error.says()), "{told}");
    }
    for head in Call::heads() {
        let told = flat(head);
        assert!(told.starts_with(&format!("{head} (a call")), "{told}");
    }
}

#[test]
fn what_cannot_be_explained_is_said_in_one_line() {
    let known = |word: &str| {
        let output = run(&["explain", word]);
        assert_eq!(ends(&output, 2), "");
        let told = err(&output);
        assert!(told.starts_with("error: ") && told.lines().count() == 1, "{told}");
        told
    };
    assert!(known("nonsense").contains("`portres rules` lists the rules"));
    assert!(known("bind.takes-prt").contains("did you mean `bind.takes-port`?"));
    assert!(known("WSAEACCESS").contains("did you mean `WSAEACCES`?"));
    assert!(known("wsaeaccess").contains("did you mean `WSAEACCES`?"));
}

#[test]
fn a_report_in_json_has_all_its_fields() {
    let path = fixture("reject/bind/a-bound-socket-was-bound-again.trace");
    let told = ends(&run(&["check", "--format", "json", &path]), 0);
    assert_eq!(told.lines().count(), 1, "{told}");
    let report: Value = serde_json::from_str(&told).expect("an object");
    assert_eq!(report["path"], path.as_str());
    assert_eq!(report["verdict"], "diverges");
    assert_eq!(report["expected"], true);
    assert_eq!(report["events"], 4);
    let divergence = &report["divergences"][0];
    assert_eq!(divergence["event"], 3);
    assert_eq!(divergence["line"], 8);
    assert_eq!(divergence["call"], "bind s1 127.0.0.1:5001");
    assert_eq!(divergence["observed"], "5001");
    assert_eq!(divergence["permitted"][0]["reply"], "WSAEINVAL");
    assert_eq!(divergence["permitted"][0]["rule"], "bind.already-bound");
    assert_eq!(divergence["refused_by"][0]["rule"], "bind.already-bound");
    assert_eq!(divergence["refused_by"][0]["clause"], "BIND-10");
    assert!(divergence["refused_by"][0]["why"].is_string(), "{divergence}");
    assert!(report["divergences"].as_array().is_some_and(|all| all.len() == 1), "{report}");
}

#[test]
fn errors_go_before_divergences_and_these_before_the_undecided() {
    let folder = folder();
    for (files, code) in [
        (&["good"][..], 0),
        (&["open"], 3),
        (&["bad"], 1),
        (&["broken"], 2),
        (&["good", "open"], 3),
        (&["good", "open", "bad"], 1),
        (&["good", "open", "bad", "broken"], 2),
        (&["broken", "bad"], 2),
        (&["open", "broken"], 2),
    ] {
        for format in ["text", "json"] {
            let files: Vec<String> = files.iter().map(|name| format!("{name}.trace")).collect();
            let mut args = vec!["check", "--format", format];
            args.extend(files.iter().map(String::as_str));
            ends(&run_in(folder.path(), &args), code);
        }
    }
}

#[test]
fn a_missed_expectation_is_a_failure() {
    let folder = folder();
    let expecting = GOOD.replacen("\n\n", "\nexpect diverges 2 bind.takes-port\n\n", 1);
    fs::write(folder.path().join("missed.trace"), expecting).expect("a file");
    let told = ends(&run_in(folder.path(), &["check", "missed.trace"]), 1);
    assert!(told.contains("missed.trace: does not diverge as expected (2 events)"), "{told}");
}

#[test]
fn strictly_what_rests_on_assumptions_is_undecided() {
    let accepted = fixture("accept");
    ends(&run(&["check", &accepted]), 0);
    let told = ends(&run(&["check", "--strict", &accepted]), 3);
    assert!(told.contains(": undecided ("), "{told}");
    assert!(!told.contains(": diverges"), "{told}");
}

#[test]
fn a_profile_settles_open_questions() {
    let path = fixture("accept/acquire/a-raw-socket-is-of-the-wrong-type.trace");
    ends(&run(&["check", &path]), 0);
    let told = ends(&run(&["check", "--profile", "likely", &path]), 1);
    assert!(told.contains("diverges (7 events), under likely"), "{told}");
    let folder = folder();
    let mine = "name = \"mine\"\nsays = \"what we have seen\"\n[answers]\n";
    fs::write(folder.path().join("mine.toml"), mine).expect("a file");
    let told = ends(&run_in(folder.path(), &["check", "--profile", "mine.toml", "good.trace"]), 0);
    assert!(told.contains("conforms (2 events), under mine"), "{told}");
}

#[test]
fn as_many_jobs_as_you_like_print_the_same() {
    let fixtures = fixture("");
    let one = run(&["check", "--jobs", "1", &fixtures]);
    let four = run(&["check", "--jobs", "4", &fixtures]);
    assert!(out(&one).lines().count() > 300, "{}", out(&one));
    assert_eq!(one, four);
    ends(&one, 0);
}

#[test]
fn standard_input_is_read() {
    let told = ends(&with_input(&["check", "-"], GOOD), 0);
    assert!(told.starts_with("-: conforms (2 events)\n"), "{told}");
    let told = ends(&with_input(&["check", "-"], &GOOD.repeat(3)), 0);
    assert!(told.contains("3 traces, 6 events: 3 conform"), "{told}");
    let told = ends(&with_input(&["fmt", "--to", "jsonl", "-"], GOOD), 0);
    assert!(told.starts_with("{\"portres\":\"trace\",\"format\":1"), "{told}");
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let recorded = fixture("recorded/wine-8.0/bind-matrix-tcp-v4.trace");
    let script = fixture("scripts/bind-matrix-tcp-v4.script");
    for args in [
        &["check", &fixture("")][..],
        &["check", "--format", "json", &fixture("")],
        &["rules"],
        &["rules", "--format", "json"],
        &["questions"],
        &["clauses", "--format", "json"],
        &["coverage", &recorded],
        &["man"],
        &["completions", "bash"],
        &["fmt", "--to", "text", &recorded],
        &["record", &script, "--on", "sim", "-o", "-"],
        &["replay", &recorded, "--on", "sim"],
    ] {
        let mut command = command();
        command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("portres starts");
        let mut line = String::new();
        let mut from = BufReader::with_capacity(16, child.stdout.take().expect("its output"));
        from.read_line(&mut line).expect("a line");
        drop(from);
        let output = child.wait_with_output().expect("it ends");
        assert_ne!(output.status.code(), Some(101), "{args:?}: {}", err(&output));
        assert_eq!(err(&output), "", "{args:?}");
    }
}

#[test]
fn colour_is_a_choice() {
    let folder = folder();
    let colored = |args: &[&str]| out(&run_in(folder.path(), args)).contains('\x1b');
    assert!(colored(&["--color", "always", "check", "good.trace"]));
    assert!(colored(&["check", "bad.trace", "--color", "always"]));
    assert!(!colored(&["--color", "never", "check", "good.trace", "bad.trace"]));
    // no terminal reads this
    assert!(!colored(&["check", "good.trace", "bad.trace"]));
    let mut forced = command();
    forced.current_dir(folder.path()).args(["check", "bad.trace", "broken.trace"]);
    let output = forced.env("NO_COLOR", "1").output().expect("portres runs");
    assert!(!out(&output).contains('\x1b') && !err(&output).contains('\x1b'), "{output:?}");
    let output = run_in(folder.path(), &["--color", "always", "check", "broken.trace"]);
    assert!(err(&output).contains("\x1b["), "{output:?}");
}

#[test]
fn a_trace_is_rewritten_in_both_spellings() {
    let folder = folder();
    let path = fixture("reject/bind/a-failed-bind-used-the-socket-up.trace");
    let neat = ends(&run(&["fmt", "--to", "text", &path]), 0);
    let to =
        |to, from, into| ends(&run_in(folder.path(), &["fmt", "--to", to, from, "-o", into]), 0);
    assert_eq!(to("jsonl", &path, "a.jsonl"), "");
    assert_eq!(to("text", "a.jsonl", "a.trace"), "");
    assert_eq!(to("jsonl", "a.trace", "b.jsonl"), "");
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect("it is there");
    assert_eq!(read("a.trace"), neat);
    assert_eq!(read("a.jsonl"), read("b.jsonl"));
    for line in read("a.jsonl").lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok_and(|value| value.is_object()), "{line}");
    }
    // neat is neat
    assert_eq!(ends(&with_input(&["fmt", "--to", "text", "-"], &neat), 0), neat);
    let told = ends(&run_in(folder.path(), &["check", "a.trace", "a.jsonl"]), 0);
    assert!(told.contains("2 diverge as expected"), "{told}");
}

#[test]
fn what_the_simulator_answers_is_recorded_and_conforms() {
    let folder = folder();
    for seed in ["0", "1", "7"] {
        for file in ["new.trace", "new.jsonl"] {
            let args = ["record", "two.script", "--on", "sim", "--seed", seed, "-o", file];
            assert_eq!(ends(&run_in(folder.path(), &args), 0), "");
            let told = ends(&run_in(folder.path(), &["check", file]), 0);
            assert!(told.contains("conforms (4 events)"), "{told}");
        }
    }
    let (header, events) = common::read(&folder.path().join("new.trace"));
    assert_eq!(header.title.as_deref(), Some("Two sockets"));
    assert!(header.system.is_some() && header.recorded.is_some(), "{header:?}");
    assert_eq!(events.len(), 4);
    let told = ends(&run_in(folder.path(), &["record", "two.script", "--on", "sim", "-o", "-"]), 0);
    assert!(told.starts_with("portres trace 1\n"), "{told}");
    let told = ends(&with_input(&["check", "-"], &told), 0);
    assert!(told.contains("conforms (4 events)"), "{told}");
}

#[test]
fn a_replay_on_the_simulator_depends_on_its_seed_alone() {
    let path = fixture("accept/samples/release-sample.trace");
    let replay = |seed: &str| run(&["replay", &path, "--on", "sim", "--seed", seed, "-o", "-"]);
    for seed in ["0", "7", "18446744073709551615"] {
        let (one, two) = (replay(seed), replay(seed));
        // but for the time of day at which it was recorded
        let timeless = |told: String| -> Vec<String> {
            let lines = told.lines().filter(|l| !l.starts_with("recorded "));
            lines.map(str::to_owned).collect()
        };
        assert_eq!(timeless(ends(&one, 0)), timeless(ends(&two, 0)));
        assert!(err(&one).contains("from the trace"), "{}", err(&one));
        let told = ends(&with_input(&["check", "-"], &out(&one)), 0);
        assert!(told.contains("-: conforms"), "{told}");
    }
    ends(&run(&["replay", &path, "--on", "sim", "--seed", "x"]), 2);
}

#[test]
fn exactly_a_difference_is_a_failure() {
    let folder = folder();
    // the simulator refuses what this trace grants
    let args = ["replay", "bad.trace", "--on", "sim"];
    let told = ends(&run_in(folder.path(), &args), 0);
    assert!(
        told.contains("differs at event 2, line 4") && told.contains("1 difference from"),
        "{told}"
    );
    ends(&run_in(folder.path(), &[&args[..], &["--exact"]].concat()), 1);
}

const STAND_IN: &str = r#"
import json, sys
left = int(sys.argv[1])
for line in sys.stdin:
    request = json.loads(line)
    if "portres" in request:
        answer = {"header": dict(request, system={"name": "stand-in", "version": "1"})}
    elif left == 0:
        sys.exit(1)
    else:
        left -= 1
        call = request["call"]
        if "socket" in call:
            reply = {"socket": request["as"]}
        elif "bind" in call:
            reply = {"bound": 5000}
        else:
            reply = "ok"
        answer = {"reply": reply}
    print(json.dumps(answer), flush=True)
"#;

/// A system that answers some calls and then ends, if there is a Python for it.
fn stand_in(folder: &Path) -> Option<impl Fn(u32) -> String> {
    let python = ["python3", "python"].into_iter().find(|python| {
        let version = Command::new(python).arg("--version").output();
        version.is_ok_and(|o| o.status.success() && o.stdout.starts_with(b"Python 3"))
    });
    let script: PathBuf = folder.join("stand-in.py");
    fs::write(&script, STAND_IN).expect("a file");
    let script = script.display().to_string();
    let Some(python) = python.filter(|_| !script.contains(' ')) else {
        println!("skipped: no Python 3 here, or blanks in the path of temporary files");
        return None;
    };
    Some(move |calls: u32| format!("exec:{python} {script} {calls}"))
}

#[test]
fn notes_are_told_whatever_the_verdict() {
    let trace = fixture("accept/diagnosis/startport-in-host-order.trace");
    let told = ends(&run(&["check", &trace]), 0);
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines[0].ends_with(": conforms (4 events)"), "{told}");
    let note = "  note: event 4, line 8: 5000 is 34835 with its bytes swapped, and 34835 lies in 34835+20 of event 2: ";
    assert!(lines[1].starts_with(note) && lines.len() == 3, "{told}");
    let told = ends(&run(&["check", "--format", "json", &trace]), 0);
    let report: Value = serde_json::from_str(&told).expect("JSON");
    let notes = report["notes"].as_array().expect("a list");
    assert!(notes.len() == 1 && notes[0]["event"] == 4 && notes[0]["line"] == 8, "{told}");
    assert!(notes[0]["says"].as_str().is_some_and(|says| says.starts_with("5000 is 34835")));
    assert_eq!(report["verdict"], "conforms");
    // where a divergence is expected, nothing else of it is told
    let folder = folder();
    let text = fs::read_to_string(&trace).expect("a fixture");
    let text = text.replace("-> 5000 ", "-> 5001 ");
    fs::write(folder.path().join("bad.trace"), &text).expect("a file");
    let told = ends(&run_in(folder.path(), &["check", "bad.trace"]), 1);
    assert!(told.contains("    observed   5001\n") && told.contains("  note: event 4"), "{told}");
    let text = text.replacen("source ", "expect diverges 4 bind.takes-port\nsource ", 1);
    fs::write(folder.path().join("bad.trace"), &text).expect("a file");
    let told = ends(&run_in(folder.path(), &["check", "bad.trace"]), 0);
    let second = told.lines().nth(1).unwrap_or_default();
    assert!(second.starts_with("  note: event 4, line 9: ") && told.lines().count() == 3, "{told}");
    // nothing strange, an empty list
    let told = ends(&run_in(folder.path(), &["check", "--format", "json", "good.trace"]), 0);
    assert!(told.contains("\"notes\":[]"), "{told}");
}

#[test]
fn another_program_is_a_system() {
    let folder = folder();
    let Some(system) = stand_in(folder.path()) else { return };
    let told = ends(&run_in(folder.path(), &["replay", "good.trace", "--on", &system(9)]), 0);
    assert!(told.contains("conforms (2 events)") && told.contains("0 differences"), "{told}");
    // two sockets on one port, so it says
    let args = ["record", "two.script", "--on", &system(9), "-o", "new.trace"];
    ends(&run_in(folder.path(), &args), 0);
    let (header, events) = common::read(&folder.path().join("new.trace"));
    assert_eq!(header.system.map(|s| s.name).as_deref(), Some("stand-in"));
    assert_eq!(events.len(), 4);
    let told = ends(&run_in(folder.path(), &["check", "new.trace"]), 1);
    assert!(told.contains("event 4, line"), "{told}");
}

#[test]
fn a_system_that_dies_leaves_the_trace_undecided() {
    let folder = folder();
    let Some(system) = stand_in(folder.path()) else { return };
    let args = ["replay", "good.trace", "--on", &system(1), "-o", "again.trace"];
    let told = ends(&run_in(folder.path(), &args), 3);
    assert!(told.contains("ended early: ") && told.contains("has ended"), "{told}");
    let args = ["record", "two.script", "--on", &system(2), "-o", "new.trace"];
    let output = run_in(folder.path(), &args);
    ends(&output, 3);
    assert!(err(&output).contains("the recording ended early: "), "{}", err(&output));
    // the last call stands there without a reply
    for (file, calls) in [("again.trace", 2), ("new.trace", 3)] {
        let (_, events) = common::read(&folder.path().join(file));
        assert_eq!(events.len(), calls, "{file}");
        let last = events.last().map(ToString::to_string).unwrap_or_default();
        assert!(!last.contains("->"), "{file}: {last}");
    }
}

#[test]
fn a_system_that_never_answers_its_header_is_an_error() {
    let folder = folder();
    if !Path::new("/bin/true").exists() {
        println!("skipped: no /bin/true here");
        return;
    }
    let args = ["record", "two.script", "--on", "exec:/bin/true", "-o", "new.trace"];
    let output = run_in(folder.path(), &args);
    ends(&output, 2);
    assert_eq!(err(&output).lines().count(), 1, "{}", err(&output));
    assert!(!folder.path().join("new.trace").exists());
}

#[test]
fn there_is_nothing_to_clean_up_away_from_windows() {
    if cfg!(windows) {
        println!("skipped: on Windows it may change this machine");
        return;
    }
    assert!(ends(&run(&["cleanup"]), 0).contains("nothing to undo"));
}

#[test]
fn a_full_disk_is_an_error() {
    let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") else {
        println!("skipped: no /dev/full here");
        return;
    };
    let good = fixture("accept/samples/release-sample.trace");
    for args in [
        &["check", &good][..],
        &["rules"],
        &["questions", "--format", "json"],
        &["clauses"],
        &["coverage", &good],
        &["man"],
        &["completions", "bash"],
        &["fmt", "--to", "jsonl", &good],
        &["explain", "10013"],
        &["replay", &good, "--on", "sim"],
        &["replay", &good, "--on", "sim", "-o", "-"],
    ] {
        let to = full.try_clone().expect("the same device");
        let output = command().args(args).stdout(to).output().expect("portres runs");
        ends(&output, 2);
        let told = err(&output);
        assert!(told.starts_with("error: ") && told.lines().count() == 1, "{args:?}: {told}");
    }
}
