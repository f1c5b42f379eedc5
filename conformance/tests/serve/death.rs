//! The end of a client, however it comes, is the end of its process; nobody else notices.

use std::io::Write;
use std::net::Shutdown;

use super::server::{Client, Server, until};

const BIND: &str = r#"{"bind":{"socket":"s1","address":"0.0.0.0:5001"}}"#;

/// A client that has a block and is bound in it, and another that wants the port.
fn rivals(server: &Server) -> (Client, Client) {
    let (mut owner, mut rival) = (server.connect(), server.connect());
    owner.acquire("5000+20");
    owner.call(r#"{"associate":{"socket":"s1","token":"t1"}}"#);
    assert!(owner.call(BIND).contains("bound"));
    rival.udp("s1");
    assert!(rival.call(BIND).contains("failed"), "the block is reserved");
    (owner, rival)
}

fn gets_the_port(rival: &mut Client) {
    until("the block of a process that is gone is free", || rival.call(BIND).contains("bound"));
}

#[test]
fn closing_the_connection_ends_the_process() {
    let server = Server::start(&[]);
    let (owner, mut rival) = rivals(&server);
    drop(owner);
    gets_the_port(&mut rival);
}

#[test]
fn the_end_of_input_ends_the_process_behind_its_last_reply() {
    let server = Server::start(&[]);
    let (mut owner, mut rival) = rivals(&server);
    owner.send(r#"{"call":{"getsockname":{"socket":"s1"}}}"#);
    owner.stream.shutdown(Shutdown::Write).expect("it is open");
    assert_eq!(owner.line(), r#"{"reply":{"name":"0.0.0.0:5001"},"bytes":16}"#);
    assert!(owner.is_closed());
    gets_the_port(&mut rival);
}

#[test]
fn a_client_that_dies_over_a_line_has_not_said_it() {
    let server = Server::start(&[]);
    let (mut dying, mut watcher) = (server.administrator(), server.administrator());
    for client in [&mut dying, &mut watcher] {
        client.udp("s1");
        client.call(BIND);
    }
    // a whole call that outlives its process, but for the line's end
    let create = r#"{"create":{"protocol":"udp","range":"6000+20"}}"#;
    dying.stream.write_all(format!(r#"{{"call":{create}}}"#).as_bytes()).expect("it is sent");
    drop(dying);
    gets_the_port(&mut watcher);
    assert!(watcher.call(create).contains("token"), "nobody has acquired that");
}

#[test]
fn a_reset_ends_the_process() {
    let server = Server::start(&[]);
    let (mut owner, mut rival) = rivals(&server);
    for _ in 0..100 {
        owner.send(r#"{"call":{"getsockname":{"socket":"s1"}}}"#);
    }
    owner.reset();
    gets_the_port(&mut rival);
}

#[test]
fn exit_ends_the_process_and_the_connection() {
    let server = Server::start(&[]);
    let (mut owner, mut rival) = rivals(&server);
    assert_eq!(owner.call(r#""exit""#), r#"{"reply":"ok"}"#);
    assert!(owner.is_closed());
    assert!(rival.call(BIND).contains("bound"), "it was gone before it was told");
}

#[test]
fn a_restart_ends_every_process() {
    let server = Server::start(&[]);
    let (mut owner, mut rival) = rivals(&server);
    let mut driver = server.connect();
    assert_eq!(driver.call(r#""restart""#), r#"{"reply":"ok"}"#);
    for client in [&mut owner, &mut rival, &mut driver] {
        let told = client.line();
        assert!(told.contains(r#""kind":"ended""#), "{told}");
        assert!(client.is_closed());
    }
    let mut next = server.connect();
    next.udp("s1");
    assert!(next.call(BIND).contains("bound"));
}

#[test]
fn a_restart_leaves_those_alone_who_have_not_begun() {
    let server = Server::start(&[]);
    let mut silent = server.connect();
    server.connect().call(r#""restart""#);
    assert!(silent.udp("s1").contains("s1"));
    assert!(silent.call(BIND).contains("bound"));
}

#[test]
fn garbage_disturbs_nobody() {
    let server = Server::start(&[]);
    let mut neighbour = server.connect();
    neighbour.udp("s1");
    let mut noise = 1_u64;
    for length in (0..60).map(|n| n * 97) {
        let mut client = server.connect();
        let bytes: Vec<u8> = (0..length)
            .map(|_| {
                noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (noise >> 33) as u8
            })
            .collect();
        let _ = client.stream.write_all(&bytes);
        let reply = neighbour.call(r#"{"getsockopt":{"socket":"s1","option":"SO_TYPE"}}"#);
        assert!(reply.starts_with(r#"{"reply":{"value":2}"#), "{reply}");
    }
    // deep, long, and neither
    for line in ["[".repeat(60_000), format!("{{\"call\":{}", "{\"a\":".repeat(10_000))] {
        let mut client = server.connect();
        client.udp("s1");
        assert!(client.ask(&line).contains("unreadable"));
        assert!(client.call(r#"{"closesocket":{"socket":"s1"}}"#).contains("ok"));
    }
}

#[test]
fn who_takes_no_replies_is_not_read_and_disturbs_nobody() {
    let server = Server::start(&[]);
    let mut greedy = server.connect();
    greedy.udp("s1");
    greedy.stream.set_nonblocking(true).expect("an option");
    let line = format!("{}\n", r#"{"call":{"getsockname":{"socket":"s1"}}}"#).repeat(1000);
    // until the server reads no more, since it cannot write
    let mut sent = 0_usize;
    let mut refused = 0;
    while refused < 50 {
        match greedy.stream.write(line.as_bytes()) {
            Ok(written) => (sent, refused) = (sent + written, 0),
            Err(_) => {
                refused += 1;
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
        }
        assert!(sent < 1 << 30, "the server takes everything and keeps the replies");
    }
    let mut neighbour = server.connect();
    assert!(neighbour.udp("s1").contains("s1"));
}
