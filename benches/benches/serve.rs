//! How fast `portres serve` is, beside a bare echo server of the same runtime, in one run.
//!
//! Both are processes of their own on loopback, and the clients' threads share the processors with them. The echo server
//! sends back what it reads, so it bounds what any server of this runtime can do here.
//!
//! A last line says how many changes of what is persistent are made a second with a store, a small and a large one, on the disk
//! of the folder for temporary files.
//!
//! `cargo bench -p portres-benches --bench serve`; PORTRES_SERVE_ROUNDS says how many rounds there are (5).

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use portres::serve::{Change, Keep, Place, Settings, Store, run, store};
use portres_model::{PortBlock, Protocol};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Calls of a measurement.
const CALLS: usize = 60_000;

/// Calls in a pipeline before its replies are read.
const DEPTH: usize = 201;

/// Connections that say nothing, for the memory that one takes.
const IDLE: usize = 2000;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("--as-echo") => echo(),
        Some("--as-portres") => serve(None),
        Some("--as-store") => serve(Some(store(std::env::args().nth(2).expect("a folder")))),
        _ => compare(),
    }
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
fn store(folder: String) -> Store {
    let (store, kept) = store::open(&Path::new(&folder).join("store")).expect("a store");
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
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(what: &[&str]) -> Server {
        let this = std::env::current_exe().expect("a path");
        let mut child =
            Command::new(this).args(what).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut line = String::new();
        let out = child.stdout.as_mut().expect("a pipe");
        BufReader::new(out).read_line(&mut line).expect("a line");
        let address = line.trim_end().trim_start_matches("listening on ");
        Server { address: address.parse().expect("an address"), child }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_nodelay(true).expect("an option");
        stream
    }

    /// Its own memory, in bytes.
    fn memory(&self) -> u64 {
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
fn lines(calls: usize) -> Vec<String> {
    let turn = [
        r#"{"as":"s1","call":{"socket":{"kind":"udp","family":"v4"}}}"#,
        r#"{"call":{"bind":{"socket":"s1","address":"127.0.0.1:0"}}}"#,
        r#"{"call":{"closesocket":{"socket":"s1"}}}"#,
    ];
    (0..calls).map(|call| format!("{}\n", turn[call % turn.len()])).collect()
}

fn read_lines(from: &mut impl Read, mut count: usize, buffer: &mut [u8]) {
    while count > 0 {
        let read = from.read(buffer).expect("replies");
        assert!(read > 0, "the server has ended");
        count -= buffer[..read].iter().filter(|b| **b == b'\n').count();
    }
}

/// Has some clients call, each in pipelines this deep; gives the time, and that of each pipeline.
fn load(server: &Server, clients: usize, depth: usize) -> (Duration, Vec<Duration>) {
    let each = CALLS / clients / depth;
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

fn compare() {
    let rounds = std::env::var("PORTRES_SERVE_ROUNDS").map_or(5, |n| n.parse().expect("a number"));
    let (echo, portres) = (Server::start(&["--as-echo"]), Server::start(&["--as-portres"]));
    println!(
        "{:34} {:>12} {:>12} {:>7}   portres: 50 %, 99 %, 99.9 % within",
        "calls a second, medians", "echo", "portres", "ratio"
    );
    for (name, clients, depth) in [
        ("one at a time, 1 connection", 1, 1),
        ("one at a time, 4 connections", 4, 1),
        ("one at a time, 64 connections", 64, 1),
        ("pipelined, 1 connection", 1, DEPTH),
        ("pipelined, 4 connections", 4, DEPTH),
    ] {
        let (mut rates, mut took) = ([Vec::new(), Vec::new()], Vec::new());
        for _ in 0..rounds {
            for (place, server) in [&echo, &portres].into_iter().enumerate() {
                let (all, each) = load(server, clients, depth);
                let calls = each.len() * depth;
                rates[place].push(calls as f64 / all.as_secs_f64());
                if place == 1 {
                    took.extend(each);
                }
            }
        }
        took.sort();
        let [of_echo, of_portres] = rates.map(median);
        let within = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
        println!(
            "{name:34} {of_echo:12.0} {of_portres:12.0} {:7.2}   {:?}, {:?}, {:?}",
            of_portres / of_echo,
            within(0.5),
            within(0.99),
            within(0.999)
        );
    }
    for (name, server) in [("echo", &echo), ("portres", &portres)] {
        let before = server.memory();
        let idle: Vec<_> = (0..IDLE).map(|_| server.connect()).collect();
        std::thread::sleep(Duration::from_millis(500));
        let silent = server.memory();
        let line = &lines(1)[0];
        let mut buffer = vec![0; 1024];
        for mut stream in &idle {
            stream.write_all(line.as_bytes()).expect("it is sent");
            read_lines(&mut stream, 1, &mut buffer);
        }
        let said = server.memory();
        let each = |to: u64| to.saturating_sub(before) / IDLE as u64;
        println!(
            "{name}: {} bytes a silent connection, {} with a call made, the system's own not counted",
            each(silent),
            each(said)
        );
    }
    with_stores(rounds);
}

/// Creates and deletes persistent reservations in pipelines, with stores that keep so many others.
fn with_stores(rounds: usize) {
    const PAIRS: usize = 100;
    const PIPELINES: usize = 10;
    for rows in [0, 10_000] {
        let folder = tempfile::tempdir().expect("a folder");
        let changes: Vec<_> = (1..=rows)
            .map(|port| Change::Reserved(Protocol::Tcp, PortBlock::of(port).expect("a port")))
            .collect();
        let (mut store, _) = store::open(&folder.path().join("store")).expect("a store");
        store.commit(&changes).expect("it is committed");
        drop(store);
        let server = Server::start(&["--as-store", folder.path().to_str().expect("UTF-8")]);
        let mut stream = server.connect();
        let mut buffer = vec![0; 64 * 1024];
        let who = r#"{"process":{"user":"alice","account":"administrator","token":"elevated"}}"#;
        let startup = r#"{"call":{"startup":{"major":2,"minor":2}}}"#;
        stream.write_all(format!("{who}\n{startup}\n").as_bytes()).expect("it is sent");
        read_lines(&mut stream, 2, &mut buffer);
        let pipeline: String = (0..PAIRS)
            .flat_map(|at| {
                let range = format!("{}+10", 20_000 + at * 10);
                ["create", "delete"].map(|call| {
                    format!(r#"{{"call":{{"{call}":{{"protocol":"udp","range":"{range}"}}}}}}"#)
                        + "\n"
                })
            })
            .collect();
        let rates = (0..rounds).map(|_| {
            let began = Instant::now();
            for _ in 0..PIPELINES {
                stream.write_all(pipeline.as_bytes()).expect("it is sent");
                read_lines(&mut stream, 2 * PAIRS, &mut buffer);
            }
            (2 * PAIRS * PIPELINES) as f64 / began.elapsed().as_secs_f64()
        });
        let rate = median(rates.collect());
        println!("a store that keeps {rows:6} others: {rate:8.0} changes a second, pipelined");
    }
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}
