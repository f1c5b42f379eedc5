//! Every limit has a figure, and whoever meets it is told.

use std::io::{Read, Write};

use super::server::{Server, until};

fn limit(name: &str, most: usize) -> String {
    format!(r#"{{"error":{{"kind":"limit","limit":"{name}","most":{most},"#)
}

#[test]
fn a_line_too_long_ends_the_connection() {
    let server = Server::start(&["--max-line", "1000"]);
    let wanted = limit("line", 1000);
    // at its end, and before it: nobody waits for the rest of an endless line
    for (padding, end) in [(1000, "\n"), (100_000, "")] {
        let mut client = server.connect();
        client.udp("s1");
        let call = r#"{"call":{"closesocket":{"socket":"s1"}}}"#;
        let long = format!("{}{call}{end}", " ".repeat(padding));
        let _ = client.stream.write_all(long.as_bytes());
        let told = client.line();
        assert!(told.starts_with(&wanted) && told.ends_with(r#""closes":true}}"#), "{told}");
    }
    let mut client = server.connect();
    let call = r#"{"call":{"closesocket":{"socket":"s1"}}}"#;
    let fits = format!("{call}{}", " ".repeat(1000 - call.len()));
    assert!(client.ask(&fits).starts_with(r#"{"reply""#));
}

#[test]
fn a_connection_too_many_is_told_and_closed() {
    let server = Server::start(&["--max-connections", "3"]);
    let mut served: Vec<_> = (0..3).map(|_| server.connect()).collect();
    served.iter_mut().for_each(|client| drop(client.udp("s1")));
    let mut refused = server.connect();
    assert!(refused.line().starts_with(&limit("connections", 3)));
    assert!(refused.is_closed());
    assert!(served[0].udp("s2").contains("s2"), "the others are served");
    served.pop();
    until("there is room again", || {
        let mut client = server.connect();
        client.send(r#"{"call":{"closesocket":{"socket":"s1"}}}"#);
        client.line().starts_with(r#"{"reply""#)
    });
}

#[test]
fn sockets_reservations_and_requests_are_counted() {
    let server =
        Server::start(&["--max-sockets", "2", "--max-reservations", "2", "--max-requests", "2"]);
    let mut client = server.connect();
    client.udp("s1");
    client.udp("s2");
    assert!(client.udp("s3").starts_with(&limit("sockets", 2)));
    let acquire = r#"{"acquire":{"socket":"s1","range":"0+10"}}"#;
    assert!(client.call(acquire).contains("reserved"));
    assert!(client.call(acquire).contains("reserved"));
    assert!(client.call(acquire).starts_with(&limit("reservations", 2)));
    let request = |name: &str| {
        let frame = format!(r#"{{"overlapped":{{"of":"{name}"}}}}"#);
        format!(r#"{{"associate":{{"socket":"s1","token":"t1","frame":{frame}}}}}"#)
    };
    for name in ["o1", "o2", "o1"] {
        assert!(client.call(&request(name)).starts_with(r#"{"reply""#));
    }
    assert!(client.call(&request("o3")).starts_with(&limit("requests", 2)));
    // what has ended does not count, and nobody else has less
    client.call(r#"{"release":{"socket":"s1","token":"t2"}}"#);
    assert!(client.call(acquire).contains("reserved"));
    client.call(r#"{"closesocket":{"socket":"s2"}}"#);
    assert!(client.udp("s3").contains("s3"));
    assert!(server.connect().udp("s1").contains("s1"));
}

#[test]
fn descriptors_that_others_give_a_process_count() {
    let server = Server::start(&["--max-sockets", "3"]);
    let mut client = server.connect();
    client.udp("s1");
    let duplicate = r#"{"duplicate":{"socket":"s1","process":"p1"}}"#;
    assert!(client.call(duplicate).contains("s2"));
    assert!(client.call(duplicate).contains("s3"));
    assert!(client.call(duplicate).starts_with(&limit("sockets", 3)));
}

#[test]
fn a_silent_connection_ends() {
    let server = Server::start(&["--max-idle", "1"]);
    let mut silent = server.connect();
    silent.udp("s1");
    silent.call(r#"{"bind":{"socket":"s1","address":"0.0.0.0:5001"}}"#);
    // half a line is silence, too
    silent.stream.write_all(b"{\"call\":").expect("it is sent");
    let told = silent.line();
    assert!(told.starts_with(&limit("idle", 1)) && told.ends_with(r#""closes":true}}"#), "{told}");
    assert!(silent.is_closed());
    let mut next = server.connect();
    next.udp("s1");
    assert!(next.call(r#"{"bind":{"socket":"s1","address":"0.0.0.0:5001"}}"#).contains("bound"));
}

#[test]
fn who_says_something_is_not_silent() {
    let server = Server::start(&["--max-idle", "2"]);
    let mut client = server.connect();
    client.udp("s1");
    for _ in 0..8 {
        std::thread::sleep(std::time::Duration::from_millis(500));
        assert!(client.call(r#"{"listen":{"socket":"s1"}}"#).starts_with(r#"{"reply""#));
    }
}

#[test]
fn who_takes_no_replies_ends_by_the_same_limit() {
    let server = Server::start(&["--max-idle", "1"]);
    let mut greedy = server.connect();
    greedy.udp("s1");
    greedy.call(r#"{"bind":{"socket":"s1","address":"0.0.0.0:5001"}}"#);
    let line = format!("{}\n", r#"{"call":{"getsockname":{"socket":"s1"}}}"#).repeat(1000);
    // until the connection is closed under it
    while greedy.stream.write_all(line.as_bytes()).is_ok() {}
    let mut next = server.connect();
    next.udp("s1");
    let bind = r#"{"bind":{"socket":"s1","address":"0.0.0.0:5001"}}"#;
    until("its port is free", || next.call(bind).contains("bound"));
    let mut rest = Vec::new();
    let _ = greedy.stream.read_to_end(&mut rest);
}

#[test]
fn machines_of_ones_own_are_counted() {
    let server = Server::start(&["--max-machines", "1"]);
    let header = r#"{"portres":"trace","format":1,"world":"closed"}"#;
    let mut first = server.connect();
    assert!(first.ask(header).starts_with(r#"{"header""#));
    let mut second = server.connect();
    assert!(second.ask(header).starts_with(&limit("machines", 1)));
    assert!(second.is_closed());
    drop(first);
    until("there is room again", || server.connect().ask(header).starts_with(r#"{"header""#));
}
