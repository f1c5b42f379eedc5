//! `portres serve` and a bare echo server of the same runtime, each as a process of its own, and clients of both.
//!
//! *The same work*: both are sent the same lines, and the clients wait for as many lines as they have sent. The echo server sends
//! back what it reads: it bounds what any server of this runtime can do on this machine. A program that starts servers is one
//! itself where it is told so ([`as_server`]).

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use portres::serve::{Place, Settings, Store, run, store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Is a server, if the first argument says so; otherwise false. A server never returns.
///
/// # Panics
/// If it cannot listen.
#[must_use]
pub fn as_server() -> bool {
    match std::env::args().nth(1).as_deref() {
        Some("--as-echo") => echo(),
        Some("--as-portres") => serve(None),
        Some("--as-store") => serve(Some(opened(&std::env::args().nth(2).expect("a folder")))),
        _ => return false,
    }
    true
}

fn echo() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        println!("listening on {}", listener.local_addr().expect("an address"));
        loop {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            stream.set_nodelay(true).expect("an option");
            tokio::spawn(async move {
                let mut buffer = vec![0; 16 * 1024];
                while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                    if stream.write_all(&buffer[..read]).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
}

/// The store in this folder.
fn opened(folder: &str) -> Store {
    let (store, kept) = store::open(&Path::new(folder).join("store")).expect("a store");
    (Box::new(store), kept)
}

fn serve(store: Option<Store>) {
    let place = Place::Tcp("127.0.0.1:0".parse().expect("an address"));
    run(Settings::default(), &place, store, |at| {
        println!("listening on {at}");
        Ok(())
    })
    .expect("it serves");
}

/// A server as a process of its own.
pub struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts this program with these arguments, of which the first is one that [`as_server`] knows.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start(what: &[&str]) -> Server {
        let this = std::env::current_exe().expect("a path");
        let mut child =
            Command::new(this).args(what).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut line = String::new();
        let out = child.stdout.as_mut().expect("a pipe");
        BufReader::new(out).read_line(&mut line).expect("a line");
        let address = line.trim_end().trim_start_matches("listening on ");
        Server { address: address.parse().expect("an address"), child }
    }

    /// A client.
    ///
    /// # Panics
    /// If it does not listen.
    #[must_use]
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_nodelay(true).expect("an option");
        stream
    }

    /// Its own memory, in bytes.
    #[must_use]
    pub fn memory(&self) -> u64 {
        let status = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(status).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok()).unwrap_or(0) * 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The calls of a program, over and over: three a turn.
#[must_use]
pub fn lines(calls: usize) -> Vec<String> {
    let turn = [
        r#"{"as":"s1","call":{"socket":{"kind":"udp","family":"v4"}}}"#,
        r#"{"call":{"bind":{"socket":"s1","address":"127.0.0.1:0"}}}"#,
        r#"{"call":{"closesocket":{"socket":"s1"}}}"#,
    ];
    (0..calls).map(|call| format!("{}\n", turn[call % turn.len()])).collect()
}

/// Reads so many lines.
///
/// # Panics
/// If the server has ended.
pub fn read_lines(from: &mut impl Read, mut count: usize, buffer: &mut [u8]) {
    while count > 0 {
        let read = from.read(buffer).expect("replies");
        assert!(read > 0, "the server has ended");
        count -= buffer[..read].iter().filter(|b| **b == b'\n').count();
    }
}

/// Has some clients make so many calls together, each in pipelines this deep; gives the time, and that of each pipeline.
///
/// # Panics
/// If the server has ended.
#[must_use]
pub fn load(
    server: &Server,
    clients: usize,
    depth: usize,
    calls: usize,
) -> (Duration, Vec<Duration>) {
    let each = (calls / clients / depth).max(1);
    let pipeline = lines(depth).concat();
    let single = lines(3);
    let began = Instant::now();
    let threads: Vec<_> = (0..clients)
        .map(|_| {
            let (mut stream, pipeline, single) =
                (server.connect(), pipeline.clone(), single.clone());
            std::thread::spawn(move || {
                let mut buffer = vec![0; 64 * 1024];
                let mut took = Vec::with_capacity(each);
                for turn in 0..each {
                    let asked = Instant::now();
                    if depth == 1 {
                        stream.write_all(single[turn % 3].as_bytes()).expect("it is sent");
                    } else {
                        stream.write_all(pipeline.as_bytes()).expect("it is sent");
                    }
                    read_lines(&mut stream, depth, &mut buffer);
                    took.push(asked.elapsed());
                }
                took
            })
        })
        .collect();
    let mut took: Vec<_> = threads.into_iter().flat_map(|t| t.join().expect("a client")).collect();
    let all = began.elapsed();
    took.sort();
    (all, took)
}

/// The middle one.
#[must_use]
pub fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}
