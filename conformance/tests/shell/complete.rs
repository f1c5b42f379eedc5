//! Completion and hints: what the reader of calls expects, and what the session has.

use super::{ASSOCIATED, typed};

#[track_caller]
fn completes(lines: &[&str], line: &str, words: &[&str]) {
    let (session, _) = typed(lines);
    assert_eq!(session.complete(line).words, words, "`{line}`");
}

#[test]
fn calls_and_commands_complete_at_the_beginning() {
    completes(&[], "ass", &["associate"]);
    completes(&[], "p", &["pick", "preset", "process", "profile"]);
    // a machine is set before the first call
    completes(&ASSOCIATED, "pro", &["profile"]);
    completes(&ASSOCIATED, "p1", &["p1:"]);
    completes(&ASSOCIATED, "s2", &["s2"]);
    completes(&ASSOCIATED, "s2 ", &["="]);
    completes(&ASSOCIATED, "p1: s2 = soc", &["socket"]);
}

#[test]
fn sockets_tokens_and_processes_complete_where_they_are_expected() {
    completes(&ASSOCIATED, "bind ", &["s1"]);
    completes(&ASSOCIATED, "p2: bind s", &["s1"]);
    completes(&ASSOCIATED, "associate s1 ", &["t1", "unknown"]);
    completes(&ASSOCIATED, "bind s1 0", &["0.0.0.0:0"]);
    completes(&ASSOCIATED, "create udp ", &["5000+20"]);
    completes(&ASSOCIATED, "socket ", &["raw", "tcp", "udp"]);
    completes(&ASSOCIATED, "s2 = socket t", &["tcp"]);
    completes(
        &ASSOCIATED,
        "setsockopt s1 SO_R",
        &["SO_RANDOMIZE_PORT", "SO_REUSEADDR", "SO_REUSE_MULTICASTPORT", "SO_REUSE_UNICASTPORT"],
    );
    completes(&ASSOCIATED, "inherit s1 ", &["p1"]);
    completes(&["socket udp v4", "t1 = acquire s1 5000+20 overlapped=o3"], "result ", &["o3"]);
    completes(&ASSOCIATED, "listen s1 ", &["->"]);
}

#[test]
fn commands_complete_what_stands_behind_them() {
    completes(&[], "why ", &["not"]);
    completes(
        &[],
        "profile wi",
        &[
            "windows-10-19045",
            "windows-11",
            "windows-server-2012r2",
            "windows-server-2022",
            "windows-xp",
            "wine-8",
        ],
    );
    completes(&["as bob administrator"], "as b", &["bob"]);
    completes(&[], "as bob bu", &["built-in-administrator"]);
    completes(&[], "world ", &["closed", "open"]);
    let (session, _) = typed(&ASSOCIATED);
    let words = session.complete("why not WSAEADDR").words;
    assert_eq!(words, ["WSAEADDRINUSE", "WSAEADDRNOTAVAIL"]);
    assert!(session.complete("load fix").is_file && session.complete("save ").is_file);
    assert_eq!(session.complete("bind s").start, 5);
}

#[test]
fn hints_tell_what_is_expected_next() {
    let (session, _) = typed(&ASSOCIATED);
    let hint = |line: &str| session.hint(line);
    assert_eq!(hint("bind ").as_deref(), Some("a socket like `s1`"));
    assert_eq!(hint("bind s1 ").as_deref(), Some("ADDRESS:PORT, the port 0 to 65535"));
    assert_eq!(hint("why ").as_deref(), Some("[not REPLY]"));
    for line in ["", "bind", "bind s1 0.0.0.0:0 ", "bind x ", "why not ", "quit "] {
        assert_eq!(hint(line), None, "`{line}`");
    }
}

#[test]
fn odd_lines_complete_to_nothing_and_do_no_harm() {
    let (session, _) = typed(&ASSOCIATED);
    for line in [
        "\u{e9} ",
        "bind \u{e9}",
        "p1:",
        "p1: ",
        ": ",
        "= ",
        "s1 = ",
        "call 7 ",
        "# ",
        "\t",
        "\u{3000}bi",
    ] {
        let completion = session.complete(line);
        assert!(line.is_char_boundary(completion.start), "`{line}`");
        let _ = session.hint(line);
    }
}
