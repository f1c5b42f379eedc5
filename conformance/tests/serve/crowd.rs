//! Very many clients at once. PORTRES_CROWD says how many, where three hundred are too few: scripts/serve-crowd.

use super::server::{Client, Server, memory, until};

fn crowd() -> usize {
    std::env::var("PORTRES_CROWD").map_or(300, |count| count.parse().expect("a number"))
}

#[test]
fn a_crowd_is_served_and_leaves_nothing_behind() {
    let count = crowd();
    let server = Server::start(&[]);
    let before = memory(&server);
    let mut crowd: Vec<Client> = (0..count).map(|_| server.connect()).collect();
    let idle = memory(&server);
    for (number, client) in crowd.iter_mut().enumerate() {
        client.udp("s1");
        let port = 1024 + number;
        let bind = format!(r#"{{"bind":{{"socket":"s1","address":"127.0.0.1:{port}"}}}}"#);
        assert_eq!(client.call(&bind), format!(r#"{{"reply":{{"bound":{port}}}}}"#));
    }
    let bound = memory(&server);
    if let (Some(before), Some(idle), Some(bound)) = (before, idle, bound) {
        let each = |from: usize, to: usize| to.saturating_sub(from) * 1024 / count;
        println!(
            "{count} connections: {} bytes each where nothing was said, {} with a process and a socket",
            each(before, idle),
            each(before, bound)
        );
    }
    // all still answer, the last first
    for client in crowd.iter_mut().rev() {
        assert!(client.call(r#"{"getsockname":{"socket":"s1"}}"#).contains("127.0.0.1"));
    }
    let mut watcher = server.connect();
    watcher.udp("s1");
    let bind = r#"{"bind":{"socket":"s1","address":"127.0.0.1:1024"}}"#;
    assert!(watcher.call(bind).contains("failed"));
    drop(crowd);
    until("everybody's ports are free", || watcher.call(bind).contains("bound"));
    for port in 1025..1024 + count {
        watcher.udp("s2");
        let bind = format!(r#"{{"bind":{{"socket":"s2","address":"127.0.0.1:{port}"}}}}"#);
        until("its port is free", || watcher.call(&bind).contains("bound"));
        watcher.call(r#"{"closesocket":{"socket":"s2"}}"#);
    }
}
