//! `portres shell` from a pipe.

use super::common::command::{Ran, portres, portres_with};

fn shell(lines: &str) -> Ran {
    portres_with(&["shell"], lines.as_bytes())
}

#[test]
fn a_pipe_gets_no_prompt_and_no_colour() {
    let ran = shell("socket udp v4\nbind s1 0.0.0.0:5000\nquit\nsocket udp v4\n");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.starts_with("p1: s1 = socket udp v4 "), "{}", ran.out);
    assert!(!ran.out.contains('>') || !ran.out.contains("p1>"), "{}", ran.out);
    assert!(!ran.out.contains('\u{1b}'), "{:?}", ran.out);
    assert!(!ran.out.contains("s2"), "nothing is done behind `quit`: {}", ran.out);
}

#[test]
fn the_first_line_that_says_nothing_ends_a_pipe_with_its_number() {
    let ran = shell("socket udp v4\n\nbnid s1 0.0.0.0:0\nsocket udp v4\n");
    assert_eq!(ran.code, 2);
    assert_eq!(
        ran.err,
        "error: -: line 3: expected a call or a command (`help` lists them), found `bnid` (did you mean `bind`?)\n"
    );
    assert!(!ran.out.contains("s2"), "{}", ran.out);
    let ran = shell("socket udp v5\n");
    assert_eq!(
        ran.err,
        "error: -: line 1, column 12: expected `v4` or `v6`, found `v5` (did you mean `v4`?)\n"
    );
}

#[test]
fn an_impossible_reply_makes_the_exit_code_1() {
    let ran = shell("socket udp v4\nbind s1 0.0.0.0:5000 -> 5001\nstate\n");
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    assert!(ran.out.contains("unbound"), "it goes on: {}", ran.out);
}

#[test]
fn what_is_saved_is_checked_and_loaded_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mine.trace");
    let path = path.to_str().expect("UTF-8");
    let ran = shell(&format!("socket udp v4\nacquire s1 0+8\nsave {path}\n"));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(portres(&["check", path]).code, 0);
    let ran = portres_with(&["shell", path], b"associate s1 t1\nbind s1 0.0.0.0:0\n");
    assert!(
        ran.code == 0 && ran.out.contains("2 calls, under documented"),
        "{}{}",
        ran.out,
        ran.err
    );
    assert!(ran.out.contains("bind.takes-reserved"), "{}", ran.out);
    let ran = shell(&format!("load {path}\nsave -\n"));
    assert!(ran.out.contains("portres trace 1\nworld closed\n\np1: s1 = socket"), "{}", ran.out);
}

#[test]
fn files_that_cannot_be_read_or_written_are_told_with_the_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let none = folder.path().join("none/a.trace");
    let none = none.to_str().expect("UTF-8");
    for command in ["save", "load"] {
        let ran = shell(&format!("socket udp v4\n{command} {none}\n"));
        assert_eq!(ran.code, 2);
        assert!(ran.err.starts_with(&format!("error: -: line 2: {none}: ")), "{}", ran.err);
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    }
    let bad = folder.path().join("bad.trace");
    std::fs::write(&bad, "portres trace 1\n\np1: bnid\n").expect("a file");
    let ran = portres(&["shell", bad.to_str().expect("UTF-8")]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("bad.trace: line 3, column 5: "), "{}", ran.err);
    assert!(ran.err.contains("did you mean `bind`?"), "{}", ran.err);
    let ran = portres_with(&["shell"], b"socket udp v4\n\xff\xfe\n");
    assert_eq!(ran.code, 2);
    assert!(ran.err.starts_with("error: -: line 2: the text is not UTF-8"), "{}", ran.err);
    let ran = portres(&["shell", "--profile", "likly"]);
    assert!(ran.code == 2 && ran.err.contains("did you mean `likely`?"), "{}", ran.err);
}
