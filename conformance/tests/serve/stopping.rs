//! The server ends when it is told to, and leaves nothing half done.
#![cfg(unix)]

use super::common::command::portres;
use super::server::Server;

#[test]
fn a_signal_ends_the_server_cleanly() {
    for signal in ["INT", "TERM"] {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("served.jsonl");
        let server = Server::start(&["--record", file.to_str().expect("UTF-8")]);
        let (mut busy, mut idle) = (server.connect(), server.connect());
        busy.acquire("5000+20");
        idle.udp("s1");
        server.signal(signal);
        for client in [&mut busy, &mut idle] {
            let told = client.line();
            assert!(told.starts_with(r#"{"error":{"kind":"ended""#), "{told}");
            assert!(client.is_closed());
        }
        let (status, err) = server.ended();
        assert_eq!((status.code(), err.as_str()), (Some(0), ""));
        let recorded = std::fs::read_to_string(&file).expect("a recording");
        assert_eq!(recorded.matches(r#""call":"exit""#).count(), 2, "both have ended in it");
        let ran = portres(&["check", file.to_str().expect("UTF-8")]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    }
}

#[test]
fn the_end_of_standard_input_ends_the_server() {
    let ran = super::common::command::portres_with(&["serve", "--stdio"], b"");
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
}
