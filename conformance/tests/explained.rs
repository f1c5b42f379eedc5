//! `portres explain` as a command: its pages, its objects, and what it says of the unknown.

mod common;

use common::command::{Ran, portres};
use portres::explain::{Subject, calls, explain};
use portres_model::{Error, Question, Rule};
use serde_json::Value;

fn told(args: &[&str]) -> String {
    let Ran { code, out, err } = portres(&[&["explain"], args].concat());
    assert_eq!((code, err.as_str()), (0, ""), "{args:?}");
    out
}

/// Lines that are not wrapped: traces, and titles with the path of a fixture.
fn is_as_it_is(line: &str) -> bool {
    line.contains("->") || line.contains("fixtures/") || line.starts_with("Its rules, in the order")
}

#[test]
fn a_page_is_short_and_says_what_it_leaves_out() {
    for what in [
        "10013",
        "10048",
        "WSAEINVAL",
        "0x20",
        "bind",
        "acquire",
        "create",
        "bind.sharing",
        "ioctl.supported",
    ] {
        let (page, all) = (told(&[what]), told(&[what, "--all"]));
        assert!(page.lines().count() <= 66, "{what}: {} lines", page.lines().count());
        assert!(page.contains("Left out: ") && page.contains(" --all` tells."), "{page}");
        assert!(all.lines().count() > page.lines().count() && !all.contains("Left out"), "{what}");
        for page in [page, all] {
            let wide = page.lines().find(|l| l.chars().count() > 100 && !is_as_it_is(l));
            assert_eq!(wide, None, "{what}");
            assert!(!page.contains('\u{1b}'), "{what}: colour");
        }
    }
    let page = told(&["acquire.short-input"]);
    assert!(!page.contains("Left out"), "{page}");
}

#[test]
fn every_way_is_named_even_where_the_page_is_short() {
    for error in
        [Error::WsaAccess, Error::WsaAddressInUse, Error::SharingViolation, Error::WsaInvalid]
    {
        let (page, it) = (told(&[&error.number().to_string()]), explain(&Subject::Error(error)));
        assert!(it.ways.len() > 10);
        for way in &it.ways {
            assert!(
                page.contains(way.rule) && page.contains(way.call),
                "{error}: {}\n{page}",
                way.rule
            );
        }
    }
}

#[test]
fn all_is_all() {
    let (page, it) = (told(&["10013", "--all"]), explain(&Subject::Error(Error::WsaAccess)));
    for way in &it.ways {
        assert!(way.shown_by.is_none_or(|event| page.contains(event)), "{way:?}");
    }
    let cited = it.clauses.iter().chain(&it.evidence);
    let unsaid: Vec<&str> =
        cited.filter(|c| !page.contains(&format!("  {} ", c.id))).map(|c| c.id).collect();
    assert!(unsaid.is_empty(), "{unsaid:?}");
    assert!(page.contains("A near miss, which diverges ("), "{page}");
}

#[test]
fn a_call_has_its_rules_in_order_and_its_errors() {
    let page = told(&["SIO_ACQUIRE_PORT_RESERVATION", "--all"]);
    assert!(
        page.starts_with("acquire (a call: SIO_ACQUIRE_PORT_RESERVATION, 0x98000064)\n"),
        "{page}"
    );
    let at = |what: &str| page.find(what).unwrap_or_else(|| panic!("no {what}: {page}"));
    let parts = [
        "what refuses it\n",
        "    call.not-a-socket ",
        "    acquire.zero-count ",
        "    acquire.over-bound ",
        "what may refuse it at any time\n",
        "what it answers\n",
        "    acquire.grants ",
        "what its byte count is\n",
        "Its errors, and the rules that give them\n",
        "  WSAEADDRINUSE ",
        "What is open\n",
        "Clauses\n",
        "Evidence\n",
    ];
    assert!(parts.windows(2).all(|two| at(two[0]) < at(two[1])), "{page}");
}

#[test]
fn words_need_no_quotes() {
    let args = "Error: listen EACCES: permission denied 0.0.0.0:50051".split(' ');
    let page = told(&args.collect::<Vec<_>>());
    assert!(page.contains("\nWSAEACCES (10013, 0x271d): "), "{page}");
    assert!(
        page.starts_with("Read as \"permission denied\" (Node and libuv); it may also stand for "),
        "{page}"
    );
    assert!(told(&["-4092"]).contains("WSAEACCES"), "a negative number is no option");
}

#[test]
fn a_port_is_asked_about_where_there_is_somebody_to_ask() {
    let message = "listen tcp 0.0.0.0:50051: bind: An attempt was made to access a socket in a way forbidden by its access permissions.";
    let known =
        portres(&["--help"]).out.lines().any(|line| line.trim_start().starts_with("doctor"));
    let line = "About this port: portres doctor \"bind tcp 0.0.0.0:50051\"\n";
    assert_eq!(told(&[message]).contains(line), known);
    assert!(!told(&["10013"]).contains("About this port"));
}

#[test]
fn everything_is_explained_as_one_object() {
    let calls = calls::ALL.iter().map(|call| call.head);
    let questions = Question::ALL.iter().map(|q| q.id()).step_by(9);
    let rules = Rule::ALL.iter().map(|r| r.id()).step_by(9);
    let errors = Error::ALL.iter().filter_map(|e| e.c_name());
    for what in calls.step_by(5).chain(questions).chain(rules).chain(errors.step_by(5)) {
        let line = told(&[what, "--format", "json"]);
        assert_eq!(line.lines().count(), 1, "{what}");
        let object: Value = serde_json::from_str(&line).expect("an object");
        assert_eq!(object["asked"], what);
        let it = &object["explained"][0];
        for field in [
            "kind",
            "id",
            "means",
            "facts",
            "ways",
            "questions",
            "clauses",
            "evidence",
            "example",
            "near_miss",
        ] {
            assert!(it.get(field).is_some(), "{what}: no {field} in {it}");
        }
    }
    let line = told(&["permission denied: bind", "--format", "json"]);
    let object: Value = serde_json::from_str(&line).expect("an object");
    assert_eq!(object["explained"][0]["ways"][0]["call"], "bind", "{line}");
    assert_eq!(object["explained"][0]["number"], 10_013);
    assert_eq!(object["read_as"], "\"permission denied: bind\" (Java)");
}

#[test]
fn the_unknown_is_said_in_one_line_with_what_is_near() {
    for (what, near) in [
        ("bind.takes-prt", "did you mean `bind.takes-port`?"),
        ("WSAEACCESS", "did you mean `WSAEACCES`?"),
        ("eaccess", "did you mean `EACCES`"),
        ("SIO_AQUIRE_PORT_RESERVATION", "did you mean `SIO_ACQUIRE_PORT_RESERVATION`?"),
        (
            "only one usage of every socket address",
            "did you mean `only one usage of each socket address`?",
        ),
        ("das geht nicht: WSAEADRINUSE", "did you mean `WSAEADDRINUSE`?"),
        ("erro\nnonsense", "is no error, message, rule, question, call, clause or evidence"),
    ] {
        for format in ["text", "json"] {
            let Ran { code, out, err } = portres(&["explain", what, "--format", format]);
            assert_eq!((code, out.as_str(), err.lines().count()), (2, "", 1), "{what}: {err}");
            assert!(err.starts_with("error: ") && err.contains(near), "{what}: {err}");
        }
    }
    assert_eq!(portres(&["explain"]).code, 2);
    let long = portres(&["explain", &"unknown ".repeat(40)]).err;
    assert!(long.contains("…`") && long.len() < 400, "{long}");
}
