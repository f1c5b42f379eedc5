//! Everything that is served is recorded, and the recording is a trace that conforms.
#![cfg(unix)]

use std::fs;
use std::path::Path;

use super::common::command::portres;
use super::server::{Client, Server};

const CLIENTS: usize = 50;

/// What a client does: opens, acquires, associates, binds, collides with the others, closes.
fn busy(client: &mut Client, number: usize, rounds: usize) {
    for round in 0..rounds {
        let base = 5000 + (number * 7 + round * 13) % 200;
        let lines = [
            r#"{"as":"s1","call":{"socket":{"kind":"udp","family":"v4"}}}"#.to_string(),
            format!(r#"{{"as":"t1","call":{{"acquire":{{"socket":"s1","range":"{base}+5"}}}}}}"#),
            r#"{"call":{"associate":{"socket":"s1","token":"t1"}}}"#.into(),
            r#"{"call":{"bind":{"socket":"s1","address":"127.0.0.1:0"}}}"#.into(),
            r#"{"as":"s2","call":{"socket":{"kind":"tcp","family":"v4"}}}"#.into(),
            format!(r#"{{"call":{{"bind":{{"socket":"s2","address":"0.0.0.0:{base}"}}}}}}"#),
            r#"{"call":{"listen":{"socket":"s2"}}}"#.into(),
            r#"{"call":{"closesocket":{"socket":"s2"}}}"#.into(),
            r#"{"call":{"release":{"socket":"s1","token":"t1"}}}"#.into(),
            r#"{"call":{"closesocket":{"socket":"s1"}}}"#.into(),
        ];
        // every second round in one piece
        if round % 2 == 0 {
            client.send(&lines.join("\n"));
            lines.iter().for_each(|_| assert!(client.line().starts_with(r#"{"reply""#)));
        } else {
            lines.iter().for_each(|line| assert!(client.ask(line).starts_with(r#"{"reply""#)));
        }
    }
}

/// Has clients work at the same time, and gives the recording.
fn recorded(file: &Path, args: &[&str], clients: usize, rounds: usize) -> String {
    let mut all = vec!["--record", file.to_str().expect("UTF-8")];
    all.extend(args);
    let server = Server::start(&all);
    std::thread::scope(|threads| {
        for number in 0..clients {
            let mut client = server.connect();
            threads.spawn(move || busy(&mut client, number, rounds));
        }
    });
    server.signal("TERM");
    let (status, err) = server.ended();
    assert_eq!((status.code(), err.as_str()), (Some(0), ""));
    fs::read_to_string(file).expect("a recording")
}

#[test]
fn fifty_clients_at_once_are_a_trace_that_conforms() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("served.jsonl");
    let recording = recorded(&file, &["--seed", "3"], CLIENTS, 8);
    // Winsock is started for each, and each ends
    assert_eq!(recording.matches(r#""call":"exit""#).count(), CLIENTS);
    assert_eq!(recording.matches(r#""startup""#).count(), CLIENTS);
    let calls = recording.matches(r#""call""#).count();
    assert_eq!(calls, CLIENTS * (8 * 10 + 3));
    let began = recording.matches(r#""begin""#).count();
    assert_eq!(began, recording.matches(r#""end""#).count());
    println!("{calls} calls, {began} of them overlapped others");
    let path = file.to_str().expect("UTF-8");
    let ran = portres(&["check", path]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("conforms"), "{}", ran.out);

    // a reply that the machine did not give is found
    let forged = recording.replacen(r#"{"failed":"WSAEACCES"}"#, r#""ok""#, 1);
    let forged = if forged == recording {
        recording.replacen(r#"{"bound":5"#, r#"{"bound":6"#, 1)
    } else {
        forged
    };
    assert_ne!(forged, recording);
    fs::write(&file, forged).expect("it is written");
    assert_ne!(portres(&["check", path]).code, 0);
}

#[test]
fn machines_of_ones_own_stand_behind_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("served.jsonl");
    let server = Server::start(&["--record", file.to_str().expect("UTF-8")]);
    let mut process = server.connect();
    process.udp("s1");
    for range in ["5000+20", "6000+20"] {
        let mut driver = server.connect();
        driver.ask(r#"{"portres":"trace","format":1,"title":"Its own","world":"closed"}"#);
        driver.ask(r#"{"who":"p1","call":{"socket":{"kind":"udp","family":"v4"}}}"#);
        let acquire = format!(r#"{{"acquire":{{"socket":"s1","range":"{range}"}}}}"#);
        assert!(driver.ask(&format!(r#"{{"who":"p1","call":{acquire}}}"#)).contains(range));
    }
    server.signal("TERM");
    assert_eq!(server.ended().0.code(), Some(0));
    let recording = fs::read_to_string(&file).expect("a recording");
    assert_eq!(recording.matches(r#""portres":"trace""#).count(), 3);
    assert_eq!(recording.matches(r#""title":"Its own""#).count(), 2);
    let ran = portres(&["check", file.to_str().expect("UTF-8")]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn pending_requests_are_recorded_with_their_completions() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("served.jsonl");
    let args = ["--pending", "100", "--completes", "0", "--record"];
    let server = Server::start(&[&args[..], &[file.to_str().expect("UTF-8")]].concat());
    let mut client = server.connect();
    client.udp("s1");
    for range in ["5000+20", "5010+20", "7000+20"] {
        let frame = r#"{"overlapped":{"of":"o1"}}"#;
        let acquire =
            format!(r#"{{"acquire":{{"socket":"s1","range":"{range}","frame":{frame}}}}}"#);
        assert!(client.call(&acquire).contains("WSA_IO_PENDING"));
        assert!(client.line().starts_with(r#"{"completed":"o1","reply""#));
    }
    server.signal("TERM");
    assert_eq!(server.ended().0.code(), Some(0));
    let recording = fs::read_to_string(&file).expect("a recording");
    assert_eq!(recording.matches(r#""complete""#).count(), 3);
    let ran = portres(&["check", file.to_str().expect("UTF-8")]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn a_recording_that_cannot_be_written_is_told() {
    for (path, code) in [("there/is/none.jsonl", 2), (".", 2)] {
        let ran = portres(&["serve", "--stdio", "--record", path]);
        assert_eq!((ran.code, ran.err.lines().count()), (code, 1), "{}", ran.err);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_the_server() {
    let server = Server::start(&["--listen", "127.0.0.1:0"]);
    drop(server);
    let ran = portres(&["serve", "--stdio", "--record", "/dev/full"]);
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
    assert!(ran.err.contains("/dev/full"), "{}", ran.err);
}
