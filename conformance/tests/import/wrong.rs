//! Cases that cannot be read, and files that are not written over.

use std::fs;

use tempfile::TempDir;

use super::common::command::{Ran, portres, portres_with};
use super::{here, tree};

/// Imports a text; nothing is written.
fn read(text: &str) -> (Ran, usize) {
    let folder = TempDir::new().expect("a folder");
    let traces = folder.path().join("traces");
    let to = traces.to_str().expect("a path");
    let ran = portres_with(&["import", "peer-cases", "-", "-o", to], text.as_bytes());
    let written = if traces.exists() { tree(&traces).len() } else { 0 };
    (ran, written)
}

/// A case with these calls.
fn case(calls: &str) -> String {
    format!(
        "{{\"id\":\"sample-x\",\"suite\":\"s\",\"source\":\"s\",\"platform\":\"p\",\"topic\":\"t\",\"calls\":[{calls}],\"note\":\"n\"}}\n"
    )
}

/// The text is refused in one line that has all of this.
fn refused(text: &str, has: &[&str]) {
    let (ran, written) = read(text);
    assert_eq!((ran.code, written), (2, 0), "{}{}", ran.out, ran.err);
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    for part in has {
        assert!(ran.err.contains(part), "`{part}` is not in: {}", ran.err);
    }
}

fn call(call: &str, has: &[&str]) {
    let place = ["error: -: line 1: case sample-x, call 1 ("];
    refused(&case(call), &[place.as_slice(), has].concat());
}

#[test]
fn a_line_that_is_no_case() {
    refused("{", &["line 1: column 1: EOF"]);
    refused("\n\n[]\n", &["line 3: column"]);
    refused("{\"id\":\"x\"}\n", &["line 1: column", "missing field `suite`"]);
    let text = case("").replace("\"note\"", "\"colour\":1,\"note\"");
    refused(&text, &["line 1: column", "unknown field `colour`"]);
    let text = case("").replace("sample-x", "../x");
    refused(&text, &["line 1: ", "an id of letters, digits and `-`", "`../x`"]);
    refused(&(case("") + &case("")), &["line 2: the case sample-x stands on line 1 already"]);
    let text = case("").replace("\"calls\"", "\"requires\":[\"luck\"],\"calls\"");
    refused(&text, &["line 1: case sample-x: unknown requirement `luck`"]);
}

#[test]
fn a_call_that_is_none() {
    call("{\"op\":\"fly\",\"expect\":\"ok\"}", &["(`fly`): unknown operation `fly`", "wsastartup"]);
    call(
        "{\"op\":\"listen\",\"args\":{\"s\":\"a\"},\"expect\":\"ok\"}",
        &["missing field `backlog`"],
    );
    let more = "{\"op\":\"accept\",\"args\":{\"s\":\"a\",\"t\":1},\"expect\":\"ok\"}";
    call(more, &["unknown field `t`, expected `s`"]);
    call("{\"op\":\"wsacleanup\",\"when\":1,\"expect\":\"ok\"}", &["unknown field `when`"]);
    call("{\"op\":\"wsacleanup\"}", &["missing field `expect`"]);
    call(
        "{\"op\":\"group\",\"args\":{},\"expect\":\"fail\"}",
        &["expected `calls`, a list of calls"],
    );
}

#[test]
fn an_expectation_that_is_none() {
    let expect = |expect: &str, has: &[&str]| {
        call(&format!("{{\"op\":\"wsacleanup\",\"expect\":{expect}}}"), has);
    };
    expect("\"fine\"", &["expected `ok`, `fail`, `any` or the name of an error, found `fine`"]);
    expect("1", &["expected a word or an object in `expect`, found `1`"]);
    expect("{\"value\":1,\"colour\":1}", &["unknown `colour` in `expect`"]);
    expect("{\"any_of\":\"ok\"}", &["a list `any_of`"]);
    expect("{}", &["expected `value`, `error` or a list"]);
}

#[test]
fn operands_that_are_none() {
    let up = "{\"op\":\"wsastartup\",\"args\":{\"version\":\"2.2\"},\"expect\":\"ok\"}";
    let second = |second: &str, has: &[&str]| {
        let place = ["line 1: case sample-x, call 2 ("];
        refused(&case(&format!("{up},{second}")), &[place.as_slice(), has].concat());
    };
    second(
        "{\"op\":\"accept\",\"as\":\"b\",\"args\":{\"s\":\"a\"},\"expect\":\"ok\"}",
        &["the socket `a` was never created"],
    );
    second(
        "{\"op\":\"closesocket\",\"args\":{\"s\":\"a\"},\"expect\":\"ok\"}",
        &["the socket `a` was never created"],
    );
    let socket = |more: &str| {
        format!(
            "{{\"op\":\"socket\"{more},\"args\":{{\"af\":\"AF_INET\",\"type\":\"SOCK_STREAM\",\"proto\":6}},\"expect\":\"ok\"}}"
        )
    };
    second(&socket(""), &["expected `as`, the name of what it creates"]);
    let bind = |addr: &str| {
        format!(
            "{{\"op\":\"bind\",\"args\":{{\"s\":\"INVALID_SOCKET\",\"addr\":{addr}}},\"expect\":\"fail\"}}"
        )
    };
    second(
        &bind("{\"family\":\"AF_INET\",\"ip\":\"x\",\"port\":1}"),
        &["an IP address, found `x`"],
    );
    second(&bind("{\"family\":\"AF_INET\",\"ip\":\"::1\",\"port\":1}"), &["no word for `::1`"]);
    second(
        &bind("{\"family\":\"AF_INET\",\"ip\":\"1.2.3.4\",\"port\":\"$p\"}"),
        &["nothing was saved as `p`"],
    );
    second(
        &bind("{\"family\":\"AF_INET\",\"ip\":\"1.2.3.4\",\"port\":70000}"),
        &["expected a port"],
    );
    let option = "{\"op\":\"getsockopt\",\"args\":{\"s\":\"INVALID_SOCKET\",\"level\":\"X\",\"opt\":1},\"expect\":\"fail\"}";
    second(option, &["unknown level", "SOL_SOCKET"]);
}

#[test]
fn files_that_say_something_else_are_not_written_over() {
    let folder = TempDir::new().expect("a folder");
    let (to, cases) = (folder.path().join("traces"), here("cases.jsonl"));
    let args = [
        "import",
        "peer-cases",
        cases.to_str().expect("a path"),
        "-o",
        to.to_str().expect("a path"),
    ];
    assert_eq!(portres(&args).code, 1);
    let before = tree(&to);
    // the same again is no change
    assert_eq!(portres(&args).code, 1);
    let changed = to.join("sample/sample-startup.trace");
    fs::write(&changed, "mine\n").expect("it is written");
    fs::remove_file(to.join("sample/sample-bind.trace")).expect("it is removed");
    let ran = portres(&args);
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(ran.err.contains("sample-startup.trace: the file says something else"), "{}", ran.err);
    // nothing of the rest was written either
    assert!(!to.join("sample/sample-bind.trace").exists());
    assert_eq!(fs::read_to_string(&changed).expect("a file"), "mine\n");
    assert_eq!(portres(&[args.as_slice(), &["--force"]].concat()).code, 1);
    assert_eq!(tree(&to), before);
}
