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

/// Whatever is on its way, what is recorded is whole, and nothing else is left.
#[test]
fn a_signal_under_load_leaves_a_whole_recording() {
    for (milliseconds, signal) in [(0, "TERM"), (5, "INT"), (20, "TERM"), (60, "INT")] {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("served.jsonl");
        let server = Server::start(&["--record", file.to_str().expect("UTF-8")]);
        let mut clients: Vec<_> = (0..4).map(|_| server.connect()).collect();
        let calls = r#"{"as":"s1","call":{"socket":{"kind":"udp","family":"v4"}}}
{"call":{"bind":{"socket":"s1","address":"127.0.0.1:0"}}}
{"call":{"closesocket":{"socket":"s1"}}}"#;
        // as much as fits: nobody reads the replies
        clients.iter_mut().for_each(|client| client.send(&vec![calls; 200].join("\n")));
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        server.signal(signal);
        let (status, err) = server.ended();
        assert_eq!((status.code(), err.as_str()), (Some(0), ""));
        let names: Vec<_> = std::fs::read_dir(folder.path()).expect("the folder").collect();
        assert_eq!(names.len(), 1, "{names:?}");
        let ran = portres(&["check", file.to_str().expect("UTF-8")]);
        assert!(matches!(ran.code, 0 | 3), "{}{}", ran.out, ran.err);
        let recorded = std::fs::read_to_string(&file).expect("a recording");
        assert!(recorded.ends_with('\n'), "half a line");
    }
}

#[test]
fn the_end_of_standard_input_ends_the_server() {
    let ran = super::common::command::portres_with(&["serve", "--stdio"], b"");
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
}
