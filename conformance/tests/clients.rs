//! The clients of `docs/clients`, each on a machine of its own: all of them get the same replies.
//!
//! A language that is not installed is passed over, unless `PORTRES_CLIENTS` is set.
#![cfg(unix)]

#[path = "store/server.rs"]
#[allow(dead_code, reason = "the tests of the store use the rest")]
mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use server::Server;

fn clients() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/clients")
}

/// Whether a program is there; where it must be, it is.
fn is_there(program: &str) -> bool {
    let mut asked = Command::new(program);
    asked.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let there = asked.status().is_ok_and(|status| status.success());
    assert!(there || std::env::var_os("PORTRES_CLIENTS").is_none(), "{program} is not installed");
    if !there {
        println!("{program} is not installed: its client is not tried");
    }
    there
}

/// What a client prints, on a fresh machine.
fn replies(mut client: Command) -> String {
    let server = Server::start(server::command(&[]));
    let (host, port) = server.address.rsplit_once(':').expect("an address");
    let ran = client.args([host, port]).output().expect("the client runs");
    let complaint = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success() && complaint.is_empty(), "{client:?}: {complaint}");
    String::from_utf8(ran.stdout).expect("UTF-8")
}

fn assert_replies(client: Command) {
    let shown = format!("{client:?}");
    let expected = clients().join("replies.jsonl");
    let replies = replies(client);
    if std::env::var_os("PORTRES_BLESS").is_some() {
        fs::write(&expected, &replies).expect("it is written");
    }
    let expected = fs::read_to_string(&expected).expect("the expected replies");
    assert_eq!(replies, expected, "{shown}");
}

#[test]
fn the_client_in_python_gets_the_replies() {
    if is_there("python3") {
        let mut client = Command::new("python3");
        client.arg(clients().join("client.py"));
        assert_replies(client);
    }
}

#[test]
fn the_client_for_node_gets_the_replies() {
    if is_there("node") {
        let mut client = Command::new("node");
        client.arg(clients().join("client.mjs"));
        assert_replies(client);
    }
}

#[test]
fn the_client_in_c_gets_the_replies() {
    if is_there("cc") {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("client");
        let mut compiler = Command::new("cc");
        compiler.args(["-Wall", "-Wextra", "-Werror", "-o"]).arg(&program);
        let compiled = compiler.arg(clients().join("client.c")).output().expect("it runs");
        assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
        assert_replies(Command::new(program));
    }
}
