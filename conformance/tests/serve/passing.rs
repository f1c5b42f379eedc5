//! What programs pass each other: tokens and sockets, by their numbers.

use super::server::{Server, number};

#[test]
fn a_token_is_used_from_another_connection_by_its_number() {
    let server = Server::start(&[]);
    let (mut owner, mut other) = (server.administrator(), server.administrator());
    let create = r#"{"create":{"protocol":"udp","range":"5000+20"}}"#;
    let token = number(&owner.call(create), "token");
    other.udp("s1");
    let bind = r#"{"bind":{"socket":"s1","address":"0.0.0.0:0"}}"#;
    let associate = r#"{"associate":{"socket":"s1","token":"t4"}}"#;
    // the name says nothing to another process, nor does a number that was cut short
    assert!(other.call(associate).contains("WSAEINVAL"));
    let low = u64::from_str_radix(&token[2..], 16).expect("a number") & 0xffff_ffff;
    let cut = format!(r#"{{"call":{associate},"raw":{{"token":"{low}"}}}}"#);
    assert!(other.ask(&cut).contains("failed"));
    let passed = format!(r#"{{"call":{associate},"raw":{{"token":"{token}"}}}}"#);
    assert_eq!(other.ask(&passed), r#"{"reply":"ok","bytes":0}"#);
    assert_eq!(other.call(bind), r#"{"reply":{"bound":5000}}"#);
    // from here on it is a name like all others
    other.udp("s2");
    assert_eq!(
        other.call(r#"{"associate":{"socket":"s2","token":"t4"}}"#),
        r#"{"reply":"ok","bytes":0}"#
    );
}

#[test]
fn a_name_does_not_slip_to_another_reservation() {
    let server = Server::start(&[]);
    let (mut first, mut second) = (server.administrator(), server.administrator());
    let create = r#"{"create":{"protocol":"udp","range":"5000+20"}}"#;
    let old = number(&first.call(create), "token");
    second.udp("s1");
    let associate = r#"{"associate":{"socket":"s1","token":"t1"}}"#;
    let passed = format!(r#"{{"call":{associate},"raw":{{"token":"{old}"}}}}"#);
    assert!(second.ask(&passed).contains("ok"));
    // it ends, and another takes its place in the machine's table
    second.call(r#"{"closesocket":{"socket":"s1"}}"#);
    first.call(r#"{"delete":{"protocol":"udp","range":"5000+20"}}"#);
    let create = r#"{"create":{"protocol":"udp","range":"6000+20"}}"#;
    let new = number(&first.call(create), "token");
    assert_ne!(old, new);
    second.udp("s1");
    assert!(second.call(associate).contains("failed"), "the token of a reservation that is gone");
    assert!(second.ask(&passed).contains("failed"), "its number");
}

#[test]
fn a_socket_is_duplicated_into_another_connection() {
    let server = Server::start(&[]);
    let account = r#"{"process":{"user":"bob","account":"standard","token":"filtered"}}"#;
    let mut other = server.connect();
    let process = number(&other.ask(account), "process");
    other.call(r#"{"startup":{"major":2,"minor":2}}"#);
    let mut owner = server.connect();
    owner.udp("s1");
    owner.call(r#"{"bind":{"socket":"s1","address":"0.0.0.0:7000"}}"#);
    let duplicate = r#"{"duplicate":{"socket":"s1","process":"p2"}}"#;
    let reply = owner.ask(&format!(r#"{{"call":{duplicate},"raw":{{"process":"{process}"}}}}"#));
    let socket = number(&reply, "socket");
    let name = r#"{"getsockname":{"socket":"s9"}}"#;
    assert!(owner.call(name).contains("WSAENOTSOCK"), "a descriptor of another process");
    assert!(other.call(name).contains("WSAENOTSOCK"), "a name that nothing has introduced");
    let passed = format!(r#"{{"call":{name},"raw":{{"socket":"{socket}"}}}}"#);
    assert!(other.ask(&passed).contains("0.0.0.0:7000"));
    // the owner's end leaves the socket to the other
    drop(owner);
    let mut third = server.connect();
    third.udp("s1");
    assert!(other.call(name).contains("0.0.0.0:7000"));
    let bind = r#"{"bind":{"socket":"s1","address":"0.0.0.0:7000"}}"#;
    assert!(third.call(bind).contains("WSAEADDRINUSE"));
    // a process that is gone is no process
    drop(other);
    super::server::until("the other is gone", || third.call(bind).contains("bound"));
    let late = format!(r#"{{"call":{duplicate},"raw":{{"process":"{process}"}}}}"#);
    assert!(third.ask(&late).contains("failed"));
}

#[test]
fn an_overlapped_request_is_named_by_each_for_itself() {
    let server = Server::start(&["--pending", "100", "--completes", "3600000"]);
    let (mut first, mut second) = (server.connect(), server.connect());
    let frame = r#"{"overlapped":{"of":"o1"}}"#;
    for (client, range) in [(&mut first, "5000+20"), (&mut second, "6000+20")] {
        client.udp("s1");
        let acquire =
            format!(r#"{{"acquire":{{"socket":"s1","range":"{range}","frame":{frame}}}}}"#);
        assert!(client.call(&acquire).contains("WSA_IO_PENDING"));
    }
    let result = r#"{"result":{"request":"o1","wait":true}}"#;
    assert!(first.call(result).contains("5000+20"));
    assert!(second.call(result).contains("6000+20"));
}

#[test]
fn what_completes_later_is_told_unasked() {
    let server = Server::start(&["--pending", "100", "--completes", "1"]);
    let mut client = server.connect();
    client.udp("s1");
    let frame = r#"{"overlapped":{"of":"o3"}}"#;
    let acquire = format!(r#"{{"acquire":{{"socket":"s1","range":"5000+20","frame":{frame}}}}}"#);
    let reply = client.ask(&format!(r#"{{"as":"t2","call":{acquire}}}"#));
    assert!(reply.contains("WSA_IO_PENDING"), "{reply}");
    let told = client.line();
    let wanted = r#"{"completed":"o3","reply":{"reserved":{"block":"5000+20","token":"t2"}},"#;
    assert!(told.starts_with(wanted), "{told}");
    assert_ne!(number(&told, "token"), "0x0");
}
