//! How fast `portres serve` is, beside a bare echo server of the same runtime, in one run.
//!
//! Both are processes of their own on loopback, and the clients' threads share the processors with them. The echo server
//! sends back what it reads, so it bounds what any server of this runtime can do here.
//!
//! A last line says how many changes of what is persistent are made a second with a store, a small and a large one, on the disk
//! of the folder for temporary files.
//!
//! `cargo bench -p portres-benches --bench serve`; PORTRES_SERVE_ROUNDS says how many rounds there are (5).

use std::io::Write;
use std::time::{Duration, Instant};

use portres::serve::{Change, Keep, store};
use portres_benches::measured::note;
use portres_benches::served::{Server, as_server, lines, load, median, read_lines};
use portres_model::{PortBlock, Protocol};

/// Calls of a measurement.
const CALLS: usize = 60_000;

/// Calls in a pipeline before its replies are read.
const DEPTH: usize = 201;

/// Connections that say nothing, for the memory that one takes.
const IDLE: usize = 2000;

fn main() {
    if !as_server() {
        compare();
    }
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
                let (all, each) = load(server, clients, depth, CALLS);
                let calls = each.len() * depth;
                rates[place].push(calls as f64 / all.as_secs_f64());
                if place == 1 {
                    took.extend(each);
                }
            }
        }
        took.sort();
        let [of_echo, of_portres] = rates.map(median);
        note(format!("serve/{name}/echo"), of_echo, "calls/s");
        note(format!("serve/{name}/portres"), of_portres, "calls/s");
        note(format!("serve/{name}"), of_portres / of_echo, "");
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
        note(format!("serve/a silent connection/{name}"), each(silent) as f64, "bytes");
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
        note(format!("serve/a store of {rows}"), rate, "changes/s");
        println!("a store that keeps {rows:6} others: {rate:8.0} changes a second, pipelined");
    }
}
