//! The command as a user meets it.

mod common;

use common::command::{portres, portres_with};

const OK: &str = "portres trace 1\n\np1: s1 = socket udp v4 -> ok\n";
const WRONG: &str = "portres trace 1\n\np1: s1 = socket udp v4 -> ok\np1: listen s1 -> ok\n";
const OPEN: &str = "portres trace 1\n\np1: exit\n";

#[test]
fn portres_alone_shows_three_commands() {
    let ran = portres(&[]);
    assert_eq!(ran.code, 0);
    for command in ["portres check fixtures", "portres explain 10013", "portres rules"] {
        assert!(ran.out.contains(command), "{}", ran.out);
    }
}

#[test]
fn the_version_names_the_formats() {
    let ran = portres(&["--version"]);
    assert!(
        ran.out.starts_with(&format!("portres {} (trace format 1,", portres::VERSION)),
        "{}",
        ran.out
    );
}

#[test]
fn every_command_shows_examples() {
    for command in ["check", "replay", "record", "fmt", "rules", "explain", "completions", "man"] {
        let ran = portres(&[command, "--help"]);
        assert!(ran.code == 0 && ran.out.contains("Example"), "{command}: {}", ran.out);
    }
}

#[test]
fn completions_and_the_manual_are_printed() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(portres(&["completions", shell]).out.contains("portres"), "{shell}");
    }
    assert!(portres(&["man"]).out.contains(".TH portres"));
}

#[test]
fn rules_are_one_object_a_line() {
    let ran = portres(&["rules", "--format", "json"]);
    let lines: Vec<serde_json::Value> =
        ran.out.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    assert_eq!(lines.len(), portres_model::Rule::ALL.len());
    assert!(
        lines
            .iter()
            .all(|l| l["id"].is_string() && l["standing"].is_string() && l["sources"].is_array())
    );
}

#[test]
fn codes_rules_and_questions_are_explained() {
    for (what, said) in [
        ("10013", "WSAEACCES (10013"),
        ("0x20", "ERROR_SHARING_VIOLATION (32"),
        ("wsaeaccess", ""),
        ("ERROR_NOT_FOUND", "ERROR_NOT_FOUND (1168"),
        ("create.overlap", "PERSIST-11"),
        ("acquire.over-runtime", "likeliest in-use: WSAEADDRINUSE"),
    ] {
        let ran = portres(&["explain", what]);
        if said.is_empty() {
            assert!(
                ran.code == 2 && ran.err.contains("is no rule, question or error code"),
                "{}",
                ran.err
            );
        } else {
            assert!(ran.code == 0 && ran.out.contains(said), "{what}: {}", ran.out);
        }
    }
}

#[test]
fn exit_codes_say_how_it_went() {
    for (input, code) in [(OK, 0), (WRONG, 1), ("x", 2), (OPEN, 3)] {
        assert_eq!(portres_with(&["check", "-"], input.as_bytes()).code, code, "{input}");
    }
    // unreadable goes before diverging, and that before undecided
    let all = |parts: &[&str]| portres_with(&["check", "-"], parts.concat().as_bytes()).code;
    assert_eq!(all(&[OPEN, WRONG, OK]), 1);
    assert_eq!(all(&[OPEN, WRONG, "nonsense\n"]), 2);
    assert_eq!(all(&[OK, OPEN]), 3);
    assert_eq!(portres(&["check"]).code, 2);
}

#[test]
fn an_unmet_expectation_fails() {
    let expecting =
        |what: &str, rest: &str| format!("portres trace 1\nexpect diverges {what}\n{rest}");
    let run = |text: String| portres_with(&["check", "-"], text.as_bytes());
    let events = WRONG.trim_start_matches("portres trace 1\n");
    assert_eq!(run(expecting("2 listen.datagram", events)).code, 0);
    assert_eq!(run(expecting("1 listen.datagram", events)).code, 1);
    assert_eq!(run(expecting("2 listen.unbound", events)).code, 1);
    assert_eq!(
        run(expecting("1 socket.opens", OK.trim_start_matches("portres trace 1\n"))).code,
        1
    );
}

#[test]
fn json_has_every_field_on_one_line_a_trace() {
    let ran = portres_with(&["check", "--format", "json", "-"], format!("{WRONG}{OK}").as_bytes());
    let lines: Vec<serde_json::Value> =
        ran.out.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    assert_eq!((lines.len(), ran.code), (2, 1));
    let first = &lines[0];
    assert_eq!(
        (&first["path"], &first["verdict"], &first["events"]),
        (&"-".into(), &"diverges".into(), &2.into())
    );
    assert!(first["expected"].is_null());
    let divergence = &first["divergences"][0];
    assert_eq!((&divergence["event"], &divergence["line"]), (&2.into(), &4.into()));
    assert_eq!((&divergence["call"], &divergence["observed"]), (&"listen s1".into(), &"ok".into()));
    assert_eq!(divergence["permitted"][0]["reply"], "WSAEOPNOTSUPP");
    assert_eq!(divergence["permitted"][0]["rule"], "listen.datagram");
    let refused = &divergence["refused_by"][0];
    assert!(
        refused["rule"] == "listen.datagram"
            && refused["clause"] == "LISTEN-4"
            && refused["why"].is_string()
    );
    assert_eq!(lines[1]["verdict"], "conforms");
}

#[test]
fn strict_does_not_rest_on_assumptions() {
    let text = "portres trace 1\n\np1: s1 = socket udp v4 -> ok\np1: t1 = acquire s1 0+0 -> 0+0\n";
    assert_eq!(portres_with(&["check", "-"], text.as_bytes()).code, 0);
    let ran = portres_with(&["check", "--strict", "-"], text.as_bytes());
    assert!(
        ran.code == 3 && ran.out.contains("rests on assumed rules alone: acquire.grants-none"),
        "{}",
        ran.out
    );
}

#[test]
fn the_output_does_not_depend_on_the_jobs() {
    let one = portres(&["check", "--jobs", "1", "fixtures/reject"]);
    let four = portres(&["check", "--jobs", "4", "fixtures/reject"]);
    assert_eq!((one.code, &one.out), (0, &four.out));
}

#[test]
fn colour_is_on_request_only() {
    assert!(!portres(&["check", "fixtures/accept/samples"]).out.contains('\u{1b}'));
    assert!(
        portres(&["--color", "always", "check", "fixtures/accept/samples"]).out.contains('\u{1b}')
    );
    assert!(
        !portres(&["--color", "never", "check", "fixtures/accept/samples"]).out.contains('\u{1b}')
    );
}

#[test]
fn a_closed_pipe_ends_quietly() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_portres"))
        .args(["rules", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_script_is_recorded_and_the_trace_replayed() {
    let folder = tempfile::tempdir().expect("a folder");
    let (script, trace) = (folder.path().join("a.script"), folder.path().join("a.trace"));
    let text = "portres script 1\ntitle two sockets\n\np1: s1 = socket tcp v4\np1: bind s1 127.0.0.1:0\np1: s2 = socket tcp v4\n\
                p1: bind s2 127.0.0.1:port(s1)  # taken\np1: bind s2 127.0.0.1:port(s9)\n";
    std::fs::write(&script, text).expect("written");
    let (script, trace) = (script.display().to_string(), trace.display().to_string());
    let ran = portres(&["record", &script, "--on", "sim", "--seed", "5", "-o", &trace]);
    assert!(
        ran.code == 0 && ran.err.contains("line 8: p1: bind s2 127.0.0.1:port(s9)"),
        "{}",
        ran.err
    );
    let recorded = std::fs::read_to_string(&trace).expect("the trace");
    assert!(recorded.contains("-> WSAEADDRINUSE  # taken"), "{recorded}");
    assert!(
        recorded.contains(&format!("recorded by=portres-{} on=", portres::VERSION)),
        "{recorded}"
    );
    assert_eq!(portres(&["check", &trace]).code, 0);
    let ran = portres(&["replay", &trace, "--on", "sim", "--seed", "9", "--exact"]);
    assert!(
        ran.code == 0 && ran.out.contains("0 differences from the trace, 0 calls skipped"),
        "{}",
        ran.out
    );
}

#[test]
fn another_program_is_driven_by_lines() {
    let Ok(python) = std::process::Command::new("python3").arg("--version").output() else {
        println!("not tried: there is no python3");
        return;
    };
    assert!(python.status.success());
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("answer.py");
    // answers the header with itself and every call with `ok` or a new socket; dies at listen
    let text = "import json, sys\nprint(json.dumps({'header': json.loads(sys.stdin.readline())}), flush=True)\n\
                for line in sys.stdin:\n    request = json.loads(line)\n    if 'listen' in request['call']: sys.exit(1)\n    \
                reply = {'socket': request['as']} if 'socket' in request['call'] and 'as' in request else 'ok'\n    \
                print(json.dumps({'reply': reply}), flush=True)\n";
    std::fs::write(&program, text).expect("written");
    let trace = folder.path().join("a.trace");
    let events = "p1: s1 = socket udp v4 -> ok\np1: setsockopt s1 SO_REUSEADDR 1 -> ok\n";
    std::fs::write(&trace, format!("portres trace 1\n\n{events}")).expect("written");
    let (system, path) =
        (format!("exec:python3 {}", program.display()), trace.display().to_string());
    let ran = portres(&["replay", &path, "--on", &system, "--exact"]);
    assert!(ran.code == 0 && ran.out.contains("0 differences"), "{}{}", ran.out, ran.err);
    std::fs::write(&trace, format!("portres trace 1\n\n{events}p1: listen s1 -> WSAEOPNOTSUPP\n"))
        .expect("written");
    let ran = portres(&["replay", &path, "--on", &system]);
    assert!(ran.code == 3 && ran.out.contains("ended early"), "{}{}", ran.out, ran.err);
}
