//! Bad input gets one clear line and exit code 2, and nothing half-written.

mod common;

use std::fs;

use common::command::{portres, portres_with};

const HEADER: &str = "portres trace 1\n\n";
const JSON: &str = "{\"portres\":\"trace\",\"format\":1}\n";

/// The one line that the command says about this input.
fn complaint(input: &[u8]) -> String {
    let ran = portres_with(&["check", "-"], input);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    assert!(ran.err.starts_with("error: -: "), "{}", ran.err);
    assert!(!ran.out.contains("conforms"), "{}", ran.out);
    ran.err.trim_end().to_string()
}

#[test]
fn what_is_wrong_and_where_is_said() {
    let text = |line: &str| format!("{HEADER}p1: s1 = socket udp v4 -> ok\n{line}\n");
    let json = |line: &str| format!("{JSON}{line}\n");
    for (input, said) in [
        (
            text("p1: bnd s1 0.0.0.0:1 -> 1"),
            "line 4, column 5: expected a call, found `bnd` (did you mean `bind`?)",
        ),
        (
            text("p1 bind s1 0.0.0.0:1 -> 1"),
            "line 4, column 1: expected a header line, or an event `WHO: CALL`, found `p1`",
        ),
        (
            text("p1: bind s1 0.0.0.0:70000 -> 1"),
            "line 4, column 13: expected ADDRESS:PORT, the port 0 to 65535, found `0.0.0.0:70000`",
        ),
        (
            text("p1: bind s1 0.0.0.0:1 -> 70000"),
            "line 4, column 26: expected the reply to `bind`: a port or an error's C name, found `70000`",
        ),
        (text("p1: bind s1 0.0.0.0:1 -> 1+4"), "line 4, column 26: expected the reply to `bind`"),
        (
            text("p1: bind s1 0.0.0.0:1 -> WSAEACCESS"),
            "line 4, column 26: expected the reply to `bind`",
        ),
        (
            text("p1: bind s1 0.0.0.0:1 ->"),
            "line 4, column 25: expected the reply to `bind`: a port or an error's C name, found the end of the line",
        ),
        (
            text("p1: bind s1"),
            "line 4, column 12: expected ADDRESS:PORT, the port 0 to 65535, found the end of the line",
        ),
        (
            text("p1: bind s1 0.0.0.0:1 -> 1 2"),
            "line 4, column 28: expected the end of the line, found `2`",
        ),
        (
            text("p1: bind s7 0.0.0.0:1 -> 1"),
            "line 4: the socket s7 was never opened: `s7 = socket …` opens it",
        ),
        (
            text("p1: associate s1 t3 -> ok"),
            "line 4: the token t3 was never given: `t3 = acquire …` gives one",
        ),
        (text("p1: restart -> ok"), "line 4: the call `restart` is made by `machine`"),
        (
            text("p1: exit -> ok\np1: listen s1 -> ok"),
            "line 5: the process p1 has ended: `machine: start p1` starts it again",
        ),
        (text("p1: s1 = socket tcp v4 -> ok"), "line 4: the name s1 is that of an open socket"),
        (text("world open"), "line 4: header lines stand before the first event"),
        (
            text("p1: return 3 -> ok"),
            "line 4, column 12: expected the number of a call that has begun and not returned, found `3`",
        ),
        (
            "portres trace 2\n".into(),
            "line 1: expected format 1, found `2`: a newer portres may read it",
        ),
        ("hello\n".into(), "line 1: expected `portres trace 1` as the first line"),
        (String::new(), "expected a trace, found nothing: its first line is `portres trace 1`"),
        (
            "portres script 1\n".into(),
            "line 1: this is a script, not a trace: `portres record` makes a trace of it",
        ),
        (
            "portres trace 1\nwrld open\n".into(),
            "line 2, column 1: expected a header line, or an event `WHO: CALL`, found `wrld` (did you mean `world`?)",
        ),
        (
            "portres trace 1\nblock tcp 65530+10\n".into(),
            "line 2, column 11: expected START+COUNT: at least one port, none 0, none past 65535, found `65530+10`",
        ),
        (
            "portres trace 1\nworld half\n".into(),
            "line 2, column 7: expected `closed` or `open`, found `half`",
        ),
        (
            "portres trace 1\nexpect diverges 1 bind.sharin\n".into(),
            "line 2, column 19: expected the id of a rule, found `bind.sharin` (did you mean `bind.sharing`?)",
        ),
        (
            "portres trace 1\nprofile likley\n\np1: exit -> ok\n".into(),
            "line 1: unknown profile `likley`: there are documented, likely, wine-8",
        ),
        (
            json(r#"{"who":"p1","call":"cleanup","reply":"ok","extra":1}"#),
            "line 2, column 49: unknown field `extra`",
        ),
        (
            json(r#"{"who":"p1","call":"clean","reply":"ok"}"#),
            "line 2, column 26: unknown variant `clean`",
        ),
        (
            json(r#"{"who":"p1","call":"cleanup","reply":{"bound":1}}"#),
            "line 2: the reply does not fit the call `cleanup`: expected `ok`",
        ),
        (json(r#"{"who":"p1","call":"cl"#), "line 2, column 22: EOF while parsing a string"),
        (
            "{\"portres\":\"trace\",\"format\":9}\n".into(),
            "line 1: expected format 1, found format 9",
        ),
        (
            r#"{"who":"p1","call":"cleanup","reply":"ok"}"#.into(),
            "line 1: expected a header before the first event",
        ),
    ] {
        let complaint = complaint(input.as_bytes());
        assert!(complaint.contains(said), "{input}\nsays   {complaint}\nnot    {said}");
    }
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    assert!(
        complaint(b"portres trace 1\np1: \xff\xfe\n")
            .contains("line 2, column 5: the text is not UTF-8")
    );
    assert!(
        complaint(b"portres trace 1\np1: list\0en s0 -> ok\n")
            .contains("line 2, column 5: expected a call")
    );
}

#[test]
fn a_line_of_a_hundred_megabytes_is_refused_before_it_is_read() {
    let mut input = b"portres trace 1\n".to_vec();
    input.resize(100_000_000, b'x');
    assert!(complaint(&input).contains("line 2: the line is longer than 65536 bytes"));
}

#[test]
fn files_that_cannot_be_read_are_named_and_the_others_are_judged() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let ran = portres(&["check", &path("none.trace")]);
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
    assert!(ran.err.contains("none.trace"), "{}", ran.err);
    let ran = portres(&["check", &folder.path().display().to_string()]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("no traces (files named *.trace or *.jsonl) in it"), "{}", ran.err);

    fs::write(path("good.trace"), format!("{HEADER}p1: s1 = socket udp v4 -> ok\n"))
        .expect("written");
    fs::write(path("bad.trace"), "nothing\n").expect("written");
    let ran = portres(&["check", &folder.path().display().to_string()]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.out.contains("good.trace: conforms") && ran.err.contains("bad.trace: line 1"),
        "{}{}",
        ran.out,
        ran.err
    );
}

#[test]
fn a_trace_before_the_bad_one_is_still_judged() {
    let input = format!("{HEADER}p1: s1 = socket udp v4 -> ok\n{HEADER}p1: nothing\n");
    let ran = portres_with(&["check", "-"], input.as_bytes());
    assert_eq!(ran.code, 2);
    assert!(ran.out.contains("-: conforms (1 event)"), "{}", ran.out);
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("secret.trace");
    fs::write(&path, HEADER).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).expect("changed");
    if fs::read(&path).is_ok() {
        println!("not tried: this user can read every file");
        return;
    }
    let ran = portres(&["check", &path.display().to_string()]);
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
}

#[test]
fn what_cannot_be_written_is_not_half_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("none").join("out.trace").display().to_string();
    let trace = "fixtures/accept/samples/release-sample.trace";
    let ran = portres(&["fmt", "--to", "jsonl", trace, "-o", &out]);
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
    // a trace that turns out bad leaves the old file as it was
    let old = folder.path().join("old.trace");
    fs::write(&old, "as it was").expect("written");
    let bad = format!("{HEADER}p1: s1 = socket udp v4 -> ok\np1: nothing\n");
    let ran = portres_with(
        &["fmt", "--to", "jsonl", "-", "-o", &old.display().to_string()],
        bad.as_bytes(),
    );
    assert_eq!(ran.code, 2);
    assert_eq!(fs::read_to_string(&old).expect("there"), "as it was");
    let left: Vec<_> = fs::read_dir(folder.path()).expect("a folder").collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn words_of_the_command_line_are_checked() {
    for (args, said) in [
        (
            vec!["check", "--profile", "likly", "fixtures/accept"],
            "unknown profile `likly` (did you mean `likely`?)",
        ),
        (vec!["explain", "bind.sharin"], "did you mean `bind.sharing`"),
        (
            vec!["replay", "fixtures/accept/samples/release-sample.trace", "--on", "simm"],
            "unknown system `simm`",
        ),
        (
            vec![
                "record",
                "fixtures/accept/samples/release-sample.trace",
                "--on",
                "sim",
                "-o",
                "-",
            ],
            "this is a trace, not a script",
        ),
    ] {
        let ran = portres(&args);
        assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{args:?}: {}", ran.err);
        assert!(ran.err.contains(said), "{args:?}: {}", ran.err);
    }
    let ran = portres(&["chek"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("'check'"), "{}", ran.err);
}
