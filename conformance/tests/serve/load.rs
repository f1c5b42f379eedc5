//! Load: clients that make calls one behind another, come and go, and compare each reply. Nothing is lost, nothing is left, and
//! the server's memory does not grow. PORTRES_LOAD says how many calls, PORTRES_LOAD_CLIENTS how many clients: scripts/serve-load.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::common::command::portres;
use super::server::{Server, memory, until};

/// How many ports a client has for itself.
const SPAN: u16 = 900;

/// Where the first client's begin.
const FIRST: u16 = 2000;

/// How many rounds are sent before their replies are read.
const BATCH: u16 = 16;

/// How many batches a connection lives.
const LIFE: u64 = 50;

/// How much memory may grow between the first and the last tenth, beyond a tenth of what it was.
const SLACK: u64 = 2048;

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |n| n.parse().expect("a number"))
}

/// A call and how its reply begins; what a reply has of the machine's numbers stands behind that.
type Asked = (String, String);

fn call(call: &str, reply: &str) -> Asked {
    (format!("{{\"call\":{call}}}\n"), format!("{{\"reply\":{reply}"))
}

fn open(name: &str) -> Asked {
    let call = r#"{"socket":{"kind":"udp","family":"v4"}}"#;
    let reply = format!(r#"{{"reply":{{"socket":"{name}"}},"raw":{{"socket":"0x"#);
    (format!("{{\"as\":\"{name}\",\"call\":{call}}}\n"), reply)
}

/// What a client does again and again, at a port and at the eight behind it: a bind, a block, what is refused, and all is given back.
fn round(port: u16) -> Vec<Asked> {
    let start = port + 1;
    let bind = |socket: &str, port: u16, reply: &str| {
        let call_ = format!(r#"{{"bind":{{"socket":"{socket}","address":"127.0.0.1:{port}"}}}}"#);
        call(&call_, reply)
    };
    let of = |word: &str, socket: &str| format!(r#"{{"{word}":{{"socket":"{socket}"}}}}"#);
    let token =
        |word: &str, socket: &str| format!(r#"{{"{word}":{{"socket":"{socket}","token":"t1"}}}}"#);
    let acquire = format!(r#"{{"acquire":{{"socket":"s1","range":"{start}+8"}}}}"#);
    let reserved = format!(
        r#"{{"reserved":{{"block":"{start}+8","token":"t1"}}}},"bytes":16,"raw":{{"token":"0x"#
    );
    vec![
        open("s1"),
        bind("s1", port, &format!("{{\"bound\":{port}}}}}\n")),
        call(
            &of("getsockname", "s1"),
            &format!("{{\"name\":\"127.0.0.1:{port}\"}},\"bytes\":16}}\n"),
        ),
        (format!("{{\"as\":\"t1\",\"call\":{acquire}}}\n"), format!("{{\"reply\":{reserved}")),
        open("s2"),
        bind("s2", port, "{\"failed\":\"WSAEADDRINUSE\"}}\n"),
        bind("s2", start, "{\"failed\":\"WSAEACCES\"}}\n"),
        call(&token("associate", "s2"), "\"ok\",\"bytes\":0}\n"),
        bind("s2", 0, &format!("{{\"bound\":{start}}}}}\n")),
        call(&of("closesocket", "s2"), "\"ok\"}\n"),
        call(&token("release", "s1"), "\"ok\",\"bytes\":0}\n"),
        call(&of("closesocket", "s1"), "\"ok\"}\n"),
        call(&of("closesocket", "s1"), "{\"failed\":\"WSAENOTSOCK\"}}\n"),
    ]
}

/// A connection that sends many calls at once.
struct Pipe {
    to: TcpStream,
    from: BufReader<TcpStream>,
    line: String,
}

impl Pipe {
    fn new(at: SocketAddr) -> Pipe {
        let to = TcpStream::connect(at).expect("the server listens");
        to.set_nodelay(true).expect("an option");
        to.set_read_timeout(Some(Duration::from_secs(120))).expect("a timeout");
        let from = BufReader::with_capacity(1 << 16, to.try_clone().expect("a descriptor"));
        Pipe { to, from, line: String::new() }
    }

    /// Makes calls, and compares every reply.
    fn make(&mut self, text: &str, replies: &[String]) {
        self.to.write_all(text.as_bytes()).expect("it is sent");
        for expected in replies {
            let reply = self.reply();
            assert!(reply.starts_with(expected.as_str()), "expected {expected}…, found {reply}");
        }
    }

    fn reply(&mut self) -> &str {
        self.line.clear();
        self.from.read_line(&mut self.line).expect("a reply comes");
        &self.line
    }

    /// Whether a call is answered like this.
    fn answers(&mut self, (line, expected): &Asked) -> bool {
        self.to.write_all(line.as_bytes()).expect("it is sent");
        self.reply().starts_with(expected.as_str())
    }
}

/// A client, which makes so many calls over connections that come and go. How many connections there were.
fn client(at: SocketAddr, number: u16, calls: u64, done: &AtomicU64) -> u64 {
    let base = FIRST + number * SPAN;
    // the last port is what a connection that breaks off leaves behind
    let left = base + SPAN - 1;
    let batches = (SPAN - 10) / (BATCH * 10);
    let texts: Vec<(String, Vec<String>)> = (0..batches)
        .map(|batch| {
            let ports = (0..BATCH).map(|round| base + (batch * BATCH + round) * 10);
            ports.flat_map(round).unzip()
        })
        .map(|(lines, replies): (Vec<String>, Vec<String>)| (lines.concat(), replies))
        .collect();
    let bind = format!(r#"{{"bind":{{"socket":"s1","address":"127.0.0.1:{left}"}}}}"#);
    let bind = call(&bind, "{\"bound\"");
    let (mut made, mut connections) = (0, 0);
    while made < calls {
        let mut pipe = Pipe::new(at);
        connections += 1;
        assert!(pipe.answers(&open("s1")));
        // the one before broke off with a socket there: it goes with its connection
        until("a port is free when its process is gone", || pipe.answers(&bind));
        assert!(pipe.answers(&call(r#"{"closesocket":{"socket":"s1"}}"#, "\"ok\"}\n")));
        for batch in 0..LIFE {
            let (text, replies) = &texts[(batch % u64::from(batches)) as usize];
            pipe.make(text, replies);
            made += replies.len() as u64;
            done.fetch_add(replies.len() as u64, Ordering::Relaxed);
            if made >= calls {
                break;
            }
        }
        assert!(pipe.answers(&open("s1")));
        assert!(pipe.answers(&bind));
        if connections % 2 == 0 {
            // with a reply on its way
            pipe.to.write_all(bind.0.as_bytes()).expect("it is sent");
        }
    }
    connections
}

/// The mean of what was measured while the calls of a tenth were made, in KiB.
fn mean(measured: &[(u64, u64)], calls: u64, tenth: u64) -> u64 {
    let (from, to) = (calls * tenth / 10, calls * (tenth + 1) / 10);
    let within: Vec<u64> =
        measured.iter().filter(|(at, _)| (from..to).contains(at)).map(|(_, kib)| *kib).collect();
    // a short run may pass through a tenth between two measurements
    let next = measured.iter().find(|(at, _)| *at >= from).or(measured.last());
    match within.as_slice() {
        [] => next.map_or(0, |(_, kib)| *kib),
        some => some.iter().sum::<u64>() / some.len() as u64,
    }
}

fn spaced(number: u64) -> String {
    let digits = number.to_string();
    let (mut text, length) = (String::new(), digits.len());
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (length - place) % 3 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[test]
fn an_hour_of_calls_loses_nothing_and_leaves_nothing() {
    let (wanted, clients) = (number("PORTRES_LOAD", 60_000), number("PORTRES_LOAD_CLIENTS", 8));
    let is_recorded = wanted < 5_000_000;
    let clients = u16::try_from(clients).expect("a small number");
    assert!(usize::from(clients) * usize::from(SPAN) + usize::from(FIRST) < 65_536);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("served.jsonl").display().to_string();
    let recorded = ["--record", &file];
    let server = Server::start(if is_recorded { &recorded } else { &[] });
    let (address, done, each) = (server.address, AtomicU64::new(0), wanted / u64::from(clients));
    let began = Instant::now();
    let mut measured = Vec::new();
    let connections: u64 = std::thread::scope(|scope| {
        let done = &done;
        let running: Vec<_> = (0..clients)
            .map(|number| scope.spawn(move || client(address, number, each, done)))
            .collect();
        while running.iter().any(|client| !client.is_finished()) {
            if let Some(kib) = memory(&server) {
                measured.push((done.load(Ordering::Relaxed), kib as u64));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        // what there is in the end, before the connections are forgotten
        if let Some(kib) = memory(&server) {
            measured.push((done.load(Ordering::Relaxed), kib as u64));
        }
        running.into_iter().map(|client| client.join().expect("every reply is right")).sum()
    });
    let (calls, seconds) = (done.into_inner(), began.elapsed().as_secs_f64());
    assert!(calls >= each * u64::from(clients), "{calls} replies");
    // nobody has a socket or a block any more: one who comes later gets every port that they had
    let mut last = Pipe::new(address);
    assert!(last.answers(&open("s1")));
    let all = format!("{FIRST}+{}", clients * SPAN);
    let acquire = format!(r#"{{"acquire":{{"socket":"s1","range":"{all}"}}}}"#);
    let whole = call(&acquire, &format!("{{\"reserved\":{{\"block\":\"{all}\""));
    until("every port is free", || last.answers(&whole));
    drop(last);
    println!(
        "{} calls by {clients} clients over {} connections in {seconds:.0} s: {} calls a second, every reply compared",
        spaced(calls),
        spaced(connections),
        spaced((calls as f64 / seconds) as u64)
    );
    if !measured.is_empty() {
        let tenths: Vec<u64> = (0..10).map(|tenth| mean(&measured, calls, tenth)).collect();
        let most = measured.iter().map(|(_, kib)| *kib).max().unwrap_or_default();
        let list: Vec<String> = tenths.iter().map(|kib| spaced(*kib)).collect();
        println!(
            "memory of the server by tenth of the calls: {} KiB; at most {}",
            list.join(", "),
            spaced(most)
        );
        let (first, last) = (tenths[0], tenths[9]);
        assert!(first > 0 && last > 0, "a tenth was not measured: {tenths:?}");
        assert!(last <= first + first / 10 + SLACK, "memory has grown: {tenths:?} KiB");
    }
    if is_recorded {
        #[cfg(unix)]
        server.signal("TERM");
        #[cfg(unix)]
        {
            let (status, err) = server.ended();
            assert_eq!((status.code(), err.as_str()), (Some(0), ""));
            let ran = portres(&["check", &file]);
            let last = ran.out.lines().last().unwrap_or_default().to_string();
            println!("its recording: {last}");
            assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        }
    }
}
