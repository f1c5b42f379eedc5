//! Notes on ports and tokens in the wrong byte order: what is told, and what is not.

mod common;

use std::fs;

use portres::{Note, Profiles, Settings, check};

fn notes(text: &[u8]) -> Vec<Note> {
    let profiles = Profiles::built_in();
    let reports = check(text, &Settings::new(&profiles));
    let reports = reports.unwrap_or_else(|e| panic!("{e}\n{}", String::from_utf8_lossy(text)));
    reports.into_iter().flat_map(|report| report.notes).collect()
}

/// Each with the event and the beginning of what is said.
const TOLD: &[(&str, u64, &str)] = &[
    ("a-lookup-in-the-wrong-byte-order.trace", 2, "34835 is 5000 with its bytes swapped"),
    ("a-lookup-in-the-wrong-byte-order.trace", 3, "28695 is 6000 with its bytes swapped"),
    ("a-port-in-the-wrong-byte-order.trace", 5, "35091 is 5001 with its bytes swapped"),
    ("a-token-in-32-bits.jsonl", 3, "the token that is passed, 0xa, is the number of t1"),
    ("a-token-with-its-bytes-swapped.jsonl", 3, "the token that is passed, 0xa00000001000000,"),
    ("startport-in-host-order-and-a-later-port.trace", 5, "34835, the start of 34835+20"),
    ("startport-in-host-order-behind-a-bind.trace", 4, "34835 is 5000 with its bytes swapped"),
    ("startport-in-host-order.trace", 4, "5000 is 34835 with its bytes swapped"),
];

#[test]
fn these_fixtures_have_notes_and_no_others() {
    let mut told = Vec::new();
    let mut files = common::files(&common::folder("."), "trace");
    files.extend(common::files(&common::folder("."), "jsonl"));
    for path in files {
        for note in notes(&fs::read(&path).expect("a fixture")) {
            told.push((common::name(&path), note.event, note.says));
        }
    }
    told.sort();
    let told: Vec<_> =
        told.iter().map(|(path, event, says)| (path.as_str(), *event, says)).collect();
    for (place, expected) in told.iter().zip(TOLD) {
        let ((path, event, says), (file, at, begins)) = (place, expected);
        assert_eq!((*path, event), (format!("fixtures/accept/diagnosis/{file}").as_str(), at));
        assert!(says.starts_with(begins), "{path}: {says}");
    }
    assert_eq!(told.len(), TOLD.len(), "{told:#?}");
}

/// The events of a trace in which sockets s1 to s4 are open in p1 and s5 in p2, from event 6 on.
fn events(lines: &[&str]) -> Vec<(u64, String)> {
    let mut text = String::from(
        "portres trace 1
process p1 user=a built-in-administrator
process p2 user=a built-in-administrator
reserved t9 udp 7000+10

p1: startup                -> ok
p2: startup                -> ok
p1: s1 = socket udp v4     -> ok
p1: s2 = socket udp v4     -> ok
p1: s3 = socket tcp v4     -> ok
p1: s4 = socket udp v4     -> ok
p2: s5 = socket udp v4     -> ok
",
    );
    lines.iter().for_each(|line| text.push_str(&format!("{line}\n")));
    notes(text.as_bytes()).into_iter().map(|n| (n.event - 7, n.says)).collect()
}

/// The last line has a note that says this.
fn told(lines: &[&str], says: &str) {
    let notes = events(lines);
    assert_eq!(notes.len(), 1, "{lines:?}: {notes:?}");
    assert_eq!(notes[0].0, lines.len() as u64, "{lines:?}: {notes:?}");
    assert!(notes[0].1.contains(says), "{lines:?}: {notes:?}");
}

fn silent(lines: &[&str]) {
    let notes = events(lines);
    assert!(notes.is_empty(), "{lines:?}: {notes:?}");
}

const ACQUIRE: &str = "p1: t1 = acquire s1 5000+20 -> 5000+20";
const IN_HOST_ORDER: &str = "p1: t1 = acquire s1 34835+20 -> 34835+20";
const ASSOCIATE: &str = "p1: associate s2 t1 -> ok";

#[test]
fn a_bind_of_an_associated_socket_that_misses_its_block() {
    for reply in ["WSAEACCES", "WSAEADDRINUSE", "WSAEADDRNOTAVAIL", "WSAEINVAL", "35091"] {
        let bind = format!("p1: bind s2 0.0.0.0:35091 -> {reply}");
        told(&[ACQUIRE, ASSOCIATE, &bind], "35091 is 5001 with its bytes swapped");
        let bind = format!("p1: bind s2 0.0.0.0:5003 -> {}", reply.replace("35091", "5003"));
        told(&[IN_HOST_ORDER, ASSOCIATE, &bind], "and 5003 lies in 5000+20");
    }
    // the call has other faults
    for reply in ["WSAENOTSOCK", "WSAEFAULT", "WSAENOBUFS", "error 1", "unsupported"] {
        silent(&[ACQUIRE, ASSOCIATE, &format!("p1: bind s2 0.0.0.0:35091 -> {reply}")]);
    }
    silent(&[ACQUIRE, ASSOCIATE, "p1: bind s2 0.0.0.0:35091"]);
    // inside, just outside, and outside in either order
    silent(&[ACQUIRE, ASSOCIATE, "p1: bind s2 0.0.0.0:5001 -> WSAEADDRINUSE"]);
    silent(&[ACQUIRE, ASSOCIATE, "p1: bind s2 0.0.0.0:40211 -> WSAEACCES"]); // 5021, swapped
    silent(&[IN_HOST_ORDER, ASSOCIATE, "p1: bind s2 0.0.0.0:5020 -> WSAEACCES"]);
    silent(&[ACQUIRE, ASSOCIATE, "p1: bind s2 0.0.0.0:9000 -> WSAEACCES"]);
    silent(&[ACQUIRE, ASSOCIATE, "p1: bind s2 0.0.0.0:0 -> WSAEACCES"]);
    // with which of several is not known
    let second = "p1: t2 = acquire s1 6000+2 -> 6000+2";
    let twice = [ACQUIRE, second, ASSOCIATE, "p1: associate s2 t2 -> ok"];
    silent(&[&twice[..], &["p1: bind s2 0.0.0.0:28951 -> WSAEADDRNOTAVAIL"]].concat()); // 6001
    silent(&[&twice[..], &["p1: bind s2 0.0.0.0:35091 -> WSAEADDRNOTAVAIL"]].concat());
    // inside, in either order
    let palindrome = "p1: t1 = acquire s1 4883+20 -> 4883+20";
    silent(&[palindrome, ASSOCIATE, "p1: bind s2 0.0.0.0:4883 -> WSAEADDRINUSE"]);
    // a block of another transport
    silent(&["p1: associate s3 t9 -> ok", "p1: bind s3 0.0.0.0:22555 -> WSAEACCES"]);
    // a token of the header
    let header = ["p1: associate s2 t9 -> ok", "p1: bind s2 0.0.0.0:22555 -> WSAEACCES"];
    told(&header, "22555 is 7000 with its bytes swapped, and 7000 lies in 7000+10 of the header");
}

#[test]
fn an_overlapped_request_counts_from_its_completion_on() {
    let begun = "p1: acquire s1 5000+20 overlapped=o1 -> WSA_IO_PENDING";
    let bind = "p1: bind s2 0.0.0.0:34835 -> WSAEACCES";
    told(&[begun, "p1: t1 = result o1 -> 5000+20", bind], "5000 lies in 5000+20 of event 8");
    silent(&[begun, "p1: result o1 -> WSA_IO_INCOMPLETE", bind]);
}

#[test]
fn overlapping_calls_count_from_their_returns_on() {
    let call = "p1: call 1 t1 = acquire s1 5000+20";
    let bind = "p1.2: bind s4 0.0.0.0:34835 -> 34835";
    told(&[call, "p1: return 1 -> 5000+20", bind], "5000 lies in 5000+20 of event 9");
}

#[test]
fn a_bind_of_another_socket() {
    let refused = "p1: bind s4 0.0.0.0:35091 -> WSAEACCES";
    told(&[ACQUIRE, refused], "35091 is 5001 with its bytes swapped");
    told(&[ACQUIRE, "p1: bind s4 0.0.0.0:35091 -> WSAEADDRINUSE"], "35091 is 5001");
    told(&[ACQUIRE, "p1: bind s4 0.0.0.0:34835 -> 34835"], "34835 is 5000");
    told(&[IN_HOST_ORDER, "p1: bind s4 0.0.0.0:5000 -> 5000"], "5000 is 34835");
    // about the address or the socket, or no refusal
    silent(&[ACQUIRE, "p1: bind s4 0.0.0.0:35091 -> WSAEADDRNOTAVAIL"]);
    silent(&[ACQUIRE, "p1: bind s4 0.0.0.0:35091 -> WSAEINVAL"]);
    silent(&[ACQUIRE, "p1: bind s4 0.0.0.0:35091 -> 35091"]);
    silent(&[IN_HOST_ORDER, "p1: bind s4 0.0.0.0:5003 -> WSAEACCES"]);
    // another transport, another process, a port of another block of the process, a block that is gone
    silent(&[ACQUIRE, "p1: bind s3 0.0.0.0:34835 -> WSAEACCES"]);
    silent(&[ACQUIRE, "p2: bind s5 0.0.0.0:34835 -> WSAEACCES"]);
    silent(&[ACQUIRE, "p1: t2 = acquire s1 35091+1 -> 35091+1", refused]);
    silent(&[ACQUIRE, "p1: release s1 t1 -> ok", refused]);
    silent(&[ACQUIRE, "p1: closesocket s1 -> ok", refused]);
    told(&[ACQUIRE, "p1: release s1 t1 -> WSAEINVAL", refused], "35091 is 5001");
    // the block is another socket's now
    let again = "p1: t2 = acquire s2 5000+20 -> 5000+20";
    let gone = [ACQUIRE, "p1: release s1 t1 -> ok", again, "p1: closesocket s1 -> ok", refused];
    told(&gone, "35091 is 5001");
    let twice = [ACQUIRE, "p1: release s1 t1 -> ok", again, "p1: release s1 t1 -> ok", refused];
    told(&twice, "35091 is 5001");
    silent(&[
        ACQUIRE,
        "p1: exit -> ok",
        "machine: start p1 user=a -> ok",
        "p1: startup -> ok",
        "p1: s6 = socket udp v4 -> ok",
        "p1: bind s6 0.0.0.0:35091 -> WSAEACCES",
    ]);
    silent(&[
        ACQUIRE,
        "machine: restart -> ok",
        "machine: start p1 user=a -> ok",
        "p1: startup -> ok",
        "p1: s6 = socket udp v4 -> ok",
        "p1: bind s6 0.0.0.0:35091 -> WSAEACCES",
    ]);
    // the same in either order
    silent(&["p1: t1 = acquire s1 4883+20 -> 4883+20", "p1: bind s4 0.0.0.0:4883 -> WSAEACCES"]);
}

#[test]
fn an_acquire_or_a_create_that_is_refused() {
    let swapped = "34835 is 5000 with its bytes swapped, and 5000 lies in 5000+20 of event 8";
    for code in ["WSAEACCES", "WSAEADDRINUSE", "WSAEINVAL", "ERROR_SHARING_VIOLATION"] {
        told(&[ACQUIRE, &format!("p1: acquire s4 34835+5 -> {code}")], swapped);
        told(&[ACQUIRE, &format!("p1: create udp 34835+5 -> {code}")], swapped);
    }
    let past = "p1: create udp 35091+40000 -> ERROR_INVALID_PARAMETER";
    told(&[ACQUIRE, past], "35091 is 5001");
    silent(&[ACQUIRE, "p1: acquire s4 34835+5 -> WSAENOBUFS"]);
    silent(&[ACQUIRE, "p1: acquire s4 34835+5 input=short -> WSAEINVAL"]);
    silent(&[ACQUIRE, "p1: acquire s4 34835+5 output=short -> WSAEINVAL"]);
    silent(&["p1: t1 = create udp 5000+20 -> ok", "p2: acquire s5 34835+20 -> WSAEACCES"]);
    silent(&[ACQUIRE, "p1: create udp 34835+5 null -> ERROR_INVALID_PARAMETER"]);
    silent(&[ACQUIRE, "p1: acquire s3 34835+5 -> WSAEACCES"]);
    silent(&[ACQUIRE, "p1: create tcp 34835+5 -> ERROR_SHARING_VIOLATION"]);
    silent(&[ACQUIRE, "p2: acquire s5 34835+5 -> WSAEACCES"]);
    silent(&[ACQUIRE, "p1: acquire s4 5000+5 -> WSAEACCES"]);
    silent(&[ACQUIRE, "p1: acquire s4 0+5 -> WSAEACCES"]);
}

#[test]
fn a_lookup_or_a_delete_that_finds_nothing() {
    let create = "p1: t1 = create tcp 5000+20 -> ok";
    for call in ["lookup", "delete"] {
        let call = |rest: &str| format!("{}: {call} {}", &rest[..2], &rest[4..]);
        let swapped = "34835 is 5000";
        told(&[create, &call("p1: tcp 34835+20 -> ERROR_NOT_FOUND")], swapped);
        told(&[create, &call("p2: tcp 34835+20 -> ERROR_NOT_FOUND")], swapped);
        // the process has made the block itself
        told(&[create, &call("p1: tcp 34835+5 -> ERROR_NOT_FOUND")], swapped);
        silent(&[create, &call("p2: tcp 34835+5 -> ERROR_NOT_FOUND")]);
        silent(&[create, &call("p2: udp 34835+20 -> ERROR_NOT_FOUND")]);
        silent(&[create, &call("p1: tcp 34835+20 -> ERROR_ACCESS_DENIED")]);
        silent(&[
            create,
            "p1: delete tcp 5000+20 -> ok",
            &call("p1: tcp 34835+20 -> ERROR_NOT_FOUND"),
        ]);
        // a block of a socket is not looked up
        silent(&[ACQUIRE, &call("p1: udp 34835+20 -> ERROR_NOT_FOUND")]);
        told(&[&call("p1: udp 22555+10 -> ERROR_NOT_FOUND")], "7000+10 of the header");
    }
    let palindrome = "p1: t1 = create tcp 4883+20 -> ok";
    silent(&[palindrome, "p2: lookup tcp 4883+20 -> ERROR_NOT_FOUND"]);
    // a process that has looked a block up has it, and its token
    let looked = "p2: t1 = lookup tcp 5000+20 -> ok";
    let bind = "p2: bind s6 0.0.0.0:34835 -> 34835";
    told(&[create, "p2: s6 = socket tcp v4 -> ok", looked, bind], "34835 is 5000");
    silent(&[create, "p2: s6 = socket tcp v4 -> ok", bind]);
}

#[test]
fn a_block_whose_swapped_start_was_asked_for_before() {
    let says = "and event 8 asks for 5000: is StartPort of event 9 in the wrong byte order?";
    told(&["p1: bind s4 0.0.0.0:5000 -> 5000", IN_HOST_ORDER], says);
    told(&["p1: acquire s1 5000+20 -> WSAEADDRINUSE", IN_HOST_ORDER], says);
    let create = "p1: t1 = create udp 34835+20 -> ok";
    told(&["p1: lookup udp 5000+20 -> ERROR_NOT_FOUND", create], says);
    // another port, process or transport; what the system chose; a port of a block of the process
    silent(&["p1: bind s4 0.0.0.0:5001 -> 5001", IN_HOST_ORDER]);
    silent(&["p2: bind s5 0.0.0.0:5000 -> 5000", IN_HOST_ORDER]);
    silent(&["p1: bind s3 0.0.0.0:5000 -> 5000", IN_HOST_ORDER]);
    silent(&["p1: bind s4 0.0.0.0:0 -> 5000", IN_HOST_ORDER]);
    silent(&["p1: bind s4 0.0.0.0:5000 -> 5000", "p1: t1 = acquire s1 0+20 -> 34835+20"]);
    let second = "p1: t2 = acquire s1 34835+20 -> 34835+20";
    silent(&["p1: bind s4 0.0.0.0:5000 -> 5000", "p1: t1 = acquire s1 5000+20 -> WSAEACCES"]);
    silent(&[ACQUIRE, second]);
    let palindrome = "p1: t1 = acquire s1 4883+20 -> 4883+20";
    silent(&["p1: bind s4 0.0.0.0:4883 -> 4883", palindrome]);
    silent(&[
        "p1: bind s4 0.0.0.0:5000 -> 5000",
        "p1: exit -> ok",
        "machine: start p1 user=a -> ok",
        "p1: startup -> ok",
        "p1: s1 = socket udp v4 -> ok",
        IN_HOST_ORDER,
    ]);
}

/// Associates with a token of this number after others were given, and says what is noted.
fn passed(given: &[&str], number: &str) -> Vec<String> {
    let mut text = String::from(
        "portres trace 1\n\np1: s1 = socket udp v4 -> ok\np1: s2 = socket udp v4 -> ok\n",
    );
    for (i, raw) in given.iter().enumerate() {
        let (token, range) = (i + 1, format!("{}+1", 5_000 + i));
        text.push_str(&format!(
            r#"{{"who":"p1","call":{{"acquire":{{"socket":"s1","range":"{range}"}}}},"reply":{{"reserved":{{"block":"{range}","token":"t{token}"}}}},"raw":{{"token":"{raw}"}}}}"#
        ));
        text.push('\n');
    }
    text.push_str(&format!(
        r#"{{"who":"p1","call":{{"associate":{{"socket":"s2","token":"unknown"}}}},"reply":{{"failed":"WSAEINVAL"}},"raw":{{"token":"{number}"}}}}"#
    ));
    text.push('\n');
    notes(text.as_bytes()).into_iter().map(|n| n.says).collect()
}

#[test]
fn a_token_that_no_call_has_given() {
    let one = |given: &[&str], number: &str, says: &str| {
        let notes = passed(given, number);
        assert!(notes.len() == 1 && notes[0].contains(says), "{given:?}, {number}: {notes:?}");
    };
    let swapped = "the number of t1 with its bytes swapped";
    one(&["0x0102030405060708"], "0x807060504030201", swapped);
    one(&["1"], "0x100000000000000", swapped);
    one(&["0x0100000000000000"], "1", swapped);
    one(&["7", "0x0102030405060708"], "0x5060708", "the number of t2 without its high 32 bits");
    let high = &["0x01020304f5060708"];
    one(high, "0xf5060708", "the number of t1 without its high 32 bits");
    // an int that was widened again
    one(high, "0xfffffffff5060708", "the number of t1 without its high 32 bits");
    for (given, number) in [
        (&["0x0102030405060708"][..], "0x0102030405060708"),
        (&["1", "0x0100000000000000"], "1"),
        (&["0x0102030405060708"], "0x1020304"),
        (&["0x0102030405060708"], "0x8070605"),
        (&["0x0102030400000000"], "0"),
        (&["0x0102030405060708"], "what"),
        (&["what"], "1"),
        (&[], "1"),
    ] {
        assert_eq!(passed(given, number), [""; 0], "{given:?}, {number}");
    }
}

/// Numbers of tokens and what has been said outlive a restart: a program may have kept them in a file.
#[test]
fn a_token_in_32_bits_is_told_behind_a_restart_and_once() {
    let created = r#"{"portres":"trace","format":1,"world":"closed","processes":[{"process":"p1","user":"a","account":"built-in-administrator","token":"elevated"}]}
{"who":"p1","call":{"startup":{"major":2,"minor":2}},"reply":"ok"}
{"who":"p1","call":{"create":{"protocol":"udp","range":"5000+20"}},"reply":{"token":"t1"},"raw":{"token":"0x10000000a"}}
"#;
    let restarted = r#"{"who":"machine","call":"restart","reply":"ok"}
{"who":"p1","call":{"startup":{"major":2,"minor":2}},"reply":"ok"}
{"who":"p1","call":{"socket":{"kind":"udp","family":"v4"}},"reply":{"socket":"s1"}}
{"who":"p1","call":{"associate":{"socket":"s1","token":"unknown"}},"reply":{"failed":"WSAEINVAL"},"raw":{"token":"10"}}
"#;
    let once = notes(format!("{created}{restarted}").as_bytes());
    assert!(once.len() == 1 && once[0].event == 6, "{once:?}");
    assert!(once[0].says.contains("0xa, is the number of t1 without its high"), "{once:?}");
    let twice = notes(format!("{created}{restarted}{restarted}").as_bytes());
    assert_eq!(twice.len(), 1, "{twice:?}");
}
