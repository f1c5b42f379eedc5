//! The machine that is served: as it is described, with the seed that is wanted, where it may be reached.

use super::common::command::portres;
use super::server::Server;

#[test]
fn the_header_lines_of_a_trace_describe_the_machine() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("machine.trace");
    std::fs::write(&file, "portres trace 1\nblock udp 5000+20 winnat\nreserved t3 udp 6000+20\n")
        .expect("it is written");
    let server = Server::start(&["--machine", file.to_str().expect("UTF-8")]);
    let mut client = server.administrator();
    client.udp("s1");
    let bind = r#"{"bind":{"socket":"s1","address":"0.0.0.0:5001"}}"#;
    assert!(client.call(bind).contains("failed"));
    let lookup = r#"{"lookup":{"protocol":"udp","range":"6000+20"}}"#;
    assert!(client.call(lookup).contains(r#"{"token":"t1"}"#), "its name is the client's");
}

#[test]
fn what_netsh_prints_describes_the_machine() {
    let listing = "../fixtures/listings/sila-de-before.txt";
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(listing);
    let file = tempfile::NamedTempFile::new().expect("a file");
    let rows = std::fs::read_to_string(path).expect("a listing");
    std::fs::write(&file, rows).expect("it is written");
    let server = Server::start(&["--machine", file.path().to_str().expect("UTF-8")]);
    let mut client = server.connect();
    client.ask(r#"{"as":"s1","call":{"socket":{"kind":"tcp","family":"v4"}}}"#);
    let bind = r#"{"bind":{"socket":"s1","address":"0.0.0.0:51064"}}"#;
    assert_eq!(client.call(bind), r#"{"reply":{"failed":"WSAEACCES"}}"#);
}

#[test]
fn a_machine_that_cannot_be_read_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("machine.trace");
    let path = file.to_str().expect("UTF-8");
    for (text, wanted) in [
        ("portres trace 1\nexcluded udp 5000+\n", "line 2, column 14"),
        (
            "portres trace 1\n\np1: s1 = socket udp v4 -> ok\n",
            "line 3: expected header lines alone",
        ),
        ("nothing of the kind\n", "machine.trace"),
    ] {
        std::fs::write(&file, text).expect("it is written");
        let ran = portres(&["serve", "--stdio", "--machine", path]);
        assert_eq!(
            (ran.code, ran.out.as_str(), ran.err.lines().count()),
            (2, "", 1),
            "{}",
            ran.err
        );
        assert!(ran.err.contains(wanted), "{}", ran.err);
    }
    let ran = portres(&["serve", "--stdio", "--machine", "there-is-none"]);
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
}

#[test]
fn the_seed_decides() {
    let reply = |seed: &str| {
        let server = Server::start(&["--seed", seed]);
        let mut client = server.connect();
        client.udp("s1");
        (client.call(r#"{"bind":{"socket":"s1","address":"0.0.0.0:0"}}"#), client.udp("s2"))
    };
    assert_eq!(reply("7"), reply("7"));
    assert_ne!(reply("7"), reply("8"));
    assert_eq!(reply("0").0, r#"{"reply":{"bound":49152}}"#);
}

#[test]
fn only_loopback_is_served_unless_told_otherwise() {
    let ran = portres(&["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("--public"), "{}", ran.err);
}

#[cfg(unix)]
#[test]
fn whoever_listens_for_everybody_is_warned() {
    let server = Server::start(&["--public", "--listen", "127.0.0.1:0"]);
    server.signal("TERM");
    assert_eq!(server.ended().1, "", "no warning where there is nothing to warn of");
    let server = Server::start(&["--public", "--listen", "0.0.0.0:0"]);
    server.signal("TERM");
    let (_, err) = server.ended();
    assert!(err.starts_with("warning:") && err.lines().count() == 1, "{err}");
}

#[test]
fn an_address_that_is_taken_is_told() {
    let server = Server::start(&[]);
    let ran = portres(&["serve", "--listen", &server.address.to_string()]);
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
    assert!(ran.err.contains("cannot listen on"), "{}", ran.err);
}

#[cfg(unix)]
#[test]
fn a_unix_socket_is_served_and_goes_with_the_server() {
    use std::io::{BufRead, BufReader, Write};
    use std::process::{Command, Stdio};
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("portres.sock");
    let mut child = Command::new(env!("CARGO_BIN_EXE_portres"))
        .args(["serve", "--unix", path.to_str().expect("UTF-8")])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the server starts");
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
    assert_eq!(line.trim_end(), format!("listening on {}", path.display()));
    let mut stream = std::os::unix::net::UnixStream::connect(&path).expect("it listens");
    writeln!(stream, r#"{{"call":{{"socket":{{"kind":"udp","family":"v4"}}}}}}"#).expect("sent");
    let mut reply = String::new();
    BufReader::new(&stream).read_line(&mut reply).expect("a reply");
    assert!(reply.starts_with(r#"{"reply":{"socket":"s1"}"#), "{reply}");
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-s", "INT", &pid]).status().expect("kill").success());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert!(!path.exists());
}
