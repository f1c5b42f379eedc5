//! Many traces at a time say what each of them says by itself.

mod common;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use common::command::{Ran, portres, portres_with};
use portres::check::check_read;
use portres::stream::{self, Done, Piece, Progress, Shard, Sizes, Source};
use portres::trace::Reader;
use portres::{Profiles, Settings, report};
use tempfile::TempDir;

const GOOD: &str =
    "portres trace 1\n\np1: s1 = socket udp v4 -> ok\np1: bind s1 127.0.0.1:5000 -> 5000\n";
const BAD: &str =
    "portres trace 1\n\np1: s1 = socket udp v4 -> ok\np1: bind s1 127.0.0.1:5000 -> 5001\n";
const BROKEN: &str = "portres trace 1\n\np1: s1 = socket udp v4 -> ok\np1: bnid\n";
const JSON: &str = "{\"portres\":\"trace\",\"format\":1,\"world\":\"closed\"}\n{\"who\":\"p1\",\"call\":{\"socket\":{\"kind\":\"udp\",\"family\":\"v4\"}},\"reply\":{\"socket\":\"s1\"}}\n";

/// Every accepted and rejected fixture, one behind the other, some of them in JSON.
fn corpus() -> Vec<String> {
    let mut traces = Vec::new();
    for kind in ["accept", "reject"] {
        for (i, path) in common::files(&common::folder(kind), "trace").iter().enumerate() {
            let text = std::fs::read_to_string(path).expect("a fixture");
            traces.push(text);
            if i % 3 == 0 {
                traces.extend([JSON.to_string(), BROKEN.to_string(), BAD.to_string()]);
            }
        }
    }
    traces
}

/// A trace of more bytes than are kept.
fn long(bytes: usize) -> String {
    let mut text = GOOD.to_string();
    while text.len() < bytes {
        text += "p1: getsockname s1 -> 127.0.0.1:5000 # seen once more\n";
    }
    text + "p1: getsockname s1 -> 127.0.0.1:5001\n"
}

/// A stream that gives what it has in small parts of changing size.
struct Parts {
    bytes: Vec<u8>,
    at: usize,
    most: usize,
}

impl Read for Parts {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let size = 1 + self.at.wrapping_mul(2_654_435_761) % self.most;
        let count = size.min(to.len()).min(self.bytes.len() - self.at);
        to[..count].copy_from_slice(&self.bytes[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

fn judged(from: &mut dyn BufRead, lines: u64) -> Vec<String> {
    let profiles = Profiles::built_in();
    let mut said = Vec::new();
    let settings = Settings::new(&profiles);
    let end = check_read(Reader::new(from).behind(lines), &settings, |r| {
        said.push(report::json("-", &r));
    });
    said.extend(end.err().map(|e| e.to_string()));
    said
}

/// What each trace says by itself.
fn alone(traces: &[String]) -> Vec<String> {
    let mut lines = 0;
    let each = traces.iter().flat_map(|trace| {
        let said = judged(&mut trace.as_bytes(), lines);
        lines += trace.matches('\n').count() as u64;
        said
    });
    each.collect()
}

/// What the streams say together.
fn together(streams: &[Vec<u8>], most: usize, jobs: usize) -> Vec<Vec<String>> {
    together_within(Sizes::default(), streams, most, jobs)
}

fn together_within(
    sizes: Sizes,
    streams: &[Vec<u8>],
    most: usize,
    jobs: usize,
) -> Vec<Vec<String>> {
    let source = |bytes: &Vec<u8>| {
        let bytes = bytes.clone();
        let open = move || -> io::Result<Box<dyn Read + Send>> {
            Ok(Box::new(Parts { bytes: bytes.clone(), at: 0, most }))
        };
        Source { open: Box::new(open), share: None }
    };
    let sources: Vec<Source<'_>> = streams.iter().map(source).collect();
    let work = |_, piece: Piece<'_>| match piece {
        Piece::Trace { from, lines } => judged(from, lines),
        Piece::Closed(error) => vec![error.to_string()],
    };
    let (mut said, mut ended) = (vec![Vec::new(); streams.len()], Vec::new());
    let out = &mut |done: Done<Vec<String>>| {
        said[done.source].extend(done.of.into_iter().flatten());
        ended.extend(done.is_last.then_some(done.source));
        Ok(())
    };
    let progress = Progress::default();
    stream::each_within(sizes, &sources, jobs, &progress, &work, out).expect("nothing fails");
    assert!(ended.iter().copied().eq(0..streams.len()), "{ended:?}");
    said
}

#[test]
fn a_stream_that_is_cut_says_what_its_traces_say() {
    let mut traces = corpus();
    let expected = alone(&traces);
    assert!(expected.iter().any(|said| said.starts_with("line ")), "no trace is broken");
    let streams = [traces.concat().into_bytes()];
    for (most, jobs) in [(100, 1), (5_000, 2), (1_000_000, 4)] {
        assert_eq!(together(&streams, most, jobs)[0], expected, "{most} {jobs}");
    }
    // long traces among them, and several streams
    traces.truncate(40);
    traces.insert(7, long(1_500_000));
    traces.insert(20, long(2_500_000));
    traces.push(long(1_100_000));
    let expected = alone(&traces);
    let streams = [traces.concat().into_bytes(), GOOD.into(), Vec::new(), traces.concat().into()];
    for (most, jobs) in [(1_000_000, 1), (60_000, 3)] {
        let said = together(&streams, most, jobs);
        assert_eq!(said[0], expected);
        assert_eq!(said[1].len(), 1);
        assert!(said[2][0].starts_with("expected a trace, found nothing"), "{:?}", said[2]);
        assert_eq!(said[3], expected);
    }
}

#[test]
fn what_is_said_does_not_depend_on_how_much_is_kept() {
    let traces = corpus().into_iter().take(60).collect::<Vec<_>>();
    let (expected, streams) = (alone(&traces), [traces.concat().into_bytes()]);
    for block in [1, 50, 3_000] {
        for long in [0, 1, 200, 5_000] {
            let sizes = Sizes { block, long };
            assert_eq!(together_within(sizes, &streams, 700, 2)[0], expected, "{sizes:?}");
        }
    }
}

/// A stream that cannot be read from some byte on.
struct Torn(Parts);

impl Read for Torn {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        match self.0.read(to)? {
            0 => Err(io::Error::other("the cable is cut")),
            count => Ok(count),
        }
    }
}

#[test]
fn a_stream_that_breaks_off_says_so_behind_what_it_has_said() {
    for text in [GOOD.repeat(2), GOOD.to_string() + &long(1_500_000)] {
        let bytes = text.into_bytes();
        let open = || -> io::Result<Box<dyn Read + Send>> {
            Ok(Box::new(Torn(Parts { bytes: bytes.clone(), at: 0, most: 1_000 })))
        };
        let work = |_, piece: Piece<'_>| match piece {
            Piece::Trace { from, lines } => judged(from, lines),
            Piece::Closed(_) => Vec::new(),
        };
        let mut said = Vec::new();
        let out = &mut |done: Done<Vec<String>>| {
            said.extend(done.of.into_iter().flatten());
            Ok(())
        };
        let sources = [Source { open: Box::new(open), share: None }];
        stream::each(&sources, 1, &Progress::default(), &work, out).expect("nothing fails");
        assert!(said[0].contains("\"conforms\""), "{said:?}");
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[1].ends_with("cannot be read: the cable is cut"), "{said:?}");
    }
}

#[test]
fn an_error_of_the_output_ends_the_run() {
    let stream = GOOD.repeat(20_000).into_bytes();
    for jobs in [1, 3] {
        let open = || -> io::Result<Box<dyn Read + Send>> {
            Ok(Box::new(Parts { bytes: stream.clone(), at: 0, most: 1_000 }))
        };
        let sources = [Source { open: Box::new(open), share: None }];
        let progress = Progress::default();
        let mut calls = 0;
        let out = &mut |_: Done<()>| {
            calls += 1;
            Err(io::Error::from(io::ErrorKind::BrokenPipe))
        };
        let end = stream::each(&sources, jobs, &progress, &|_, _| (), out);
        assert_eq!(end.map_err(|e| e.kind()), Err(io::ErrorKind::BrokenPipe));
        assert_eq!(calls, 1);
        assert!(progress.bytes() < stream.len() as u64, "all was read");
    }
}

/// A worker that is woken to go on with a stream and finds the run stopped wakes those who still wait.
#[test]
fn no_worker_waits_for_a_run_that_has_been_stopped() {
    let stream = GOOD.repeat(20).into_bytes();
    for _ in 0..2_000 {
        let open = || -> io::Result<Box<dyn Read + Send>> {
            Ok(Box::new(Parts { bytes: stream.clone(), at: 0, most: 100 }))
        };
        let sources = [Source { open: Box::new(open), share: None }];
        let out = &mut |_: Done<()>| Err(io::Error::from(io::ErrorKind::BrokenPipe));
        let sizes = stream::Sizes { block: 100, long: 1_000 };
        let progress = Progress::default();
        let end = stream::each_within(sizes, &sources, 8, &progress, &|_, _| (), out);
        assert_eq!(end.map_err(|e| e.kind()), Err(io::ErrorKind::BrokenPipe));
    }
}

#[test]
fn a_trace_that_cannot_be_read_takes_no_other_with_it() {
    let ran = portres_with(&["check", "-"], [GOOD, BROKEN, BAD, GOOD].concat().as_bytes());
    assert_eq!(ran.code, 2);
    assert_eq!(ran.out.lines().filter(|l| l.starts_with("-: ")).count(), 3, "{}", ran.out);
    assert!(ran.err.contains("error: -: line 8, column 5: "), "{}", ran.err);
    assert!(ran.out.contains("event 2, line 12: "), "{}", ran.out);
    let last = "3 traces, 6 events: 2 conform, 1 diverge or miss their expectation, 1 could not be judged\n";
    assert!(ran.out.ends_with(last), "{}", ran.out);
}

#[test]
fn a_line_without_end_ends_its_stream_and_a_long_one_does_not() {
    let line = |bytes: usize| "x".repeat(bytes) + "\n";
    for (bytes, verdicts) in
        [(70_000, 2), (1_000_000, 2), (1_048_575, 2), (1_048_576, 1), (3_000_000, 1)]
    {
        let text = [GOOD, BROKEN, &line(bytes), GOOD].concat();
        // however the bytes arrive
        for most in [2_000, 300_000, 10_000_000] {
            let said = &together(&[text.clone().into_bytes()], most, 1)[0];
            let told = said.iter().filter(|said| said.contains("\"conforms\"")).count();
            assert_eq!((told, said.len()), (verdicts, verdicts + 1), "{bytes} {most}: {said:?}");
        }
    }
}

/// The lines that a command prints, and its errors, in an order of their own.
fn sorted(runs: &[Ran]) -> (Vec<String>, Vec<String>) {
    let lines = |text: fn(&Ran) -> &String| {
        let mut lines: Vec<String> =
            runs.iter().flat_map(|r| text(r).lines().map(str::to_string)).collect();
        lines.sort();
        lines
    };
    (lines(|r| &r.out), lines(|r| &r.err))
}

#[test]
fn the_shards_say_together_what_one_run_says() {
    let folder = TempDir::new().expect("a folder");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("a file");
    };
    // many small ones, a large one with a long trace in it, and what cannot be read
    (0..12).for_each(|i| write(&format!("{i}.trace"), if i % 3 == 0 { BAD } else { GOOD }));
    let large = [GOOD, BAD, BROKEN, JSON].concat().repeat(6_000);
    write("large.trace", &(large + &long(1_200_000) + GOOD));
    write("none.trace", "portres script 1\n");
    let path = folder.path().display().to_string();
    let recorded = common::folder("recorded").display().to_string();
    let missing = folder.path().join("missing.trace").display().to_string();
    let args = ["check", "--format", "json", path.as_str(), recorded.as_str(), missing.as_str()];
    let whole = portres(&args);
    assert_eq!(whole.code, 2);
    for of in [1, 2, 3, 7] {
        let shard = |k: u64| {
            let shard = format!("{k}/{of}");
            portres(&[&args[..], &["--shard", &shard]].concat())
        };
        let runs: Vec<Ran> = (1..=of).map(shard).collect();
        let said = |r: &Ran| r.out.lines().count() + r.err.lines().count();
        let shares: Vec<usize> = runs.iter().map(said).collect();
        let most = shares.iter().max().zip(shares.iter().min());
        assert!(most.is_some_and(|(most, least)| most - least < 100), "{shares:?}");
        assert!(sorted(&runs) == sorted(std::slice::from_ref(&whole)), "{of} shards");
        assert_eq!(runs.iter().map(|r| r.code).max(), Some(2));
    }
    // the traces of a stream
    let stream = [GOOD, BAD, BROKEN, JSON].concat().repeat(5);
    let args = ["check", "-", "--format", "json"];
    let whole = portres_with(&args, stream.as_bytes());
    let runs = ["1/3", "2/3", "3/3"]
        .map(|shard| portres_with(&[&args[..], &["--shard", shard]].concat(), stream.as_bytes()));
    assert!(runs.iter().all(|r| r.out.lines().count() >= 4), "a share is small");
    assert_eq!(sorted(&runs), sorted(&[whole]));
}

#[test]
fn what_is_no_shard_is_refused() {
    for shard in ["0/3", "4/3", "1", "1/", "/2", "1/0", "-1/2", "+1/2", "1/2/3", "a/b"] {
        let ran = portres(&["check", "-", &format!("--shard={shard}")]);
        assert_eq!(ran.code, 2, "{shard}");
        assert!(ran.err.contains("expected K/N"), "{shard}: {}", ran.err);
        assert!(shard.parse::<Shard>().is_err());
    }
}

#[test]
fn a_verdict_is_told_as_soon_as_it_is_known() {
    for args in [
        &["--jobs", "1"][..],
        &["--jobs", "2"],
        &["--jobs", "1", "--format", "json"],
        &["--jobs", "2", "--format", "json"],
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_portres"))
            .args(["check", "-"])
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the command starts");
        let mut to = child.stdin.take().expect("its input");
        let from = BufReader::new(child.stdout.take().expect("its output"));
        let (told, heard) = channel();
        std::thread::spawn(move || {
            from.lines().map_while(Result::ok).try_for_each(|line| told.send(line).map_err(drop))
        });
        let next = || heard.recv_timeout(Duration::from_secs(120)).expect("a line in time");
        // the beginning of the next trace is the end of this one
        to.write_all(GOOD.as_bytes()).expect("it takes the input");
        for _ in 0..3 {
            to.write_all(GOOD.as_bytes()).expect("it takes the input");
            let line = next();
            assert!(line.contains("conforms"), "{args:?}: {line}");
        }
        drop(to);
        assert!(next().contains("conforms"));
        assert!(child.wait().expect("it ends").success());
    }
}

#[test]
fn standard_input_may_stand_for_a_file() {
    let path = common::folder("recorded/wine-8.0");
    let file = common::files(&path, "trace").into_iter().find(|file| {
        let ran = portres(&["check", "--format", "json", &file.display().to_string()]);
        ran.out.contains("\"departures\":") && !ran.out.contains("\"departures\":0")
    });
    let file: &Path = &file.expect("a recording with a known departure");
    let name = file.display().to_string();
    let as_file = portres(&["check", "--format", "json", &name]);
    let text = std::fs::read(file).expect("a recording");
    let args = ["check", "--format", "json", "-", "--stdin-name", &name];
    let as_stdin = portres_with(&args, &text);
    assert_eq!((as_stdin.out, as_stdin.code), (as_file.out, as_file.code));
    let ran = portres(&["check", "--stdin-name", &name, &name]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("`-` is not among the paths"), "{}", ran.err);
}

#[test]
fn of_what_a_long_trace_repeats_the_beginning_is_kept() {
    let wrong = "p1: getsockname s1 -> 127.0.0.1:5001\n".repeat(1_500);
    let trace = |expect: &str| GOOD.replace("trace 1\n", &format!("trace 1\n{expect}")) + &wrong;
    let profiles = Profiles::built_in();
    let report = |text: &str| {
        let reports = portres::check(text.as_bytes(), &Settings::new(&profiles));
        reports.expect("a trace").remove(0)
    };
    let judged = report(&trace(""));
    assert_eq!((judged.divergences.len(), judged.further), (1_000, 500));
    let told = report::details(&judged);
    assert!(told.contains("and 500 divergences more, which are not shown"), "{told}");
    assert!(told.contains("of 1499 events behind it, 1499 diverged"), "{told}");
    // what the header expects is kept, wherever it is
    let rule = judged.divergences[0].refused_by[0].rule;
    let expect = format!("expect diverges 3 {rule}\nexpect diverges 1400 {rule}\n");
    let judged = report(&trace(&expect));
    assert_eq!((judged.divergences.len(), judged.further), (1_001, 499));
    assert_eq!(judged.expected, Some(true));
}
