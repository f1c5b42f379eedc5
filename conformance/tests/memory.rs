//! Memory does not grow with what is checked.
#![allow(unsafe_code, reason = "an allocator that counts is one")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::{self, Read};
use std::sync::atomic::{AtomicUsize, Ordering};

use portres::check::check_read;
use portres::stream::{self, Done, Piece, Progress, Source};
use portres::trace::Reader;
use portres::{Profiles, Settings, Verdict};

#[path = "common/bounds.rs"]
mod bounds;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: everything is passed on to the system's allocator as it comes; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller keeps what `GlobalAlloc` asks of it.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const HEADER: &str = "portres trace 1\nworld open\n\n";
const EVENTS: &str = "\
p1: s1 = socket udp v4 -> ok
p1: t1 = acquire s1 0+2 -> 50000+2
p1: associate s1 t1 -> ok
p1: bind s1 0.0.0.0:0 -> 50000
p1: s2 = socket tcp v4 -> ok
p1: bind s2 127.0.0.1:50010 -> WSAEADDRINUSE
p1: bind s2 127.0.0.1:0 -> 50020
p1: closesocket s2 -> ok
p1: closesocket s1 -> ok
";

/// These texts, each so many times, made as they are read.
struct Made {
    texts: [(&'static str, u64); 2],
    times: u64,
    /// Of which text, and how often it is wanted yet.
    now: (usize, u64),
    rest: &'static [u8],
}

impl Read for Made {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() {
            if self.now.1 == 0 {
                let next = (self.now.0 + 1) % 2;
                if next == 0 {
                    if self.times == 0 {
                        return Ok(0);
                    }
                    self.times -= 1;
                }
                self.now = (next, self.texts[next].1);
            }
            self.now.1 -= 1;
            self.rest = self.texts[self.now.0].0.as_bytes();
        }
        self.rest.read(to)
    }
}

/// The most bytes that checking so many traces of so many events takes beyond those that there were, and the traces.
fn most(traces: u64, rounds: u64, jobs: usize) -> (usize, u64) {
    let profiles = Profiles::built_in();
    let open = || -> io::Result<Box<dyn Read + Send>> {
        let texts = [(HEADER, 1), (EVENTS, rounds)];
        Ok(Box::new(Made { texts, times: traces, now: (1, 0), rest: &[] }))
    };
    let sources = [Source { open: Box::new(open), share: None }];
    let work = |_, piece: Piece<'_>| {
        let Piece::Trace { from, lines } = piece else { return 0 };
        let (mut count, settings) = (0, Settings::new(&profiles));
        check_read(Reader::new(from).behind(lines), &settings, |report| {
            assert_eq!(report.verdict, Verdict::Conforms);
            count += 1;
        })
        .expect("traces");
        count
    };
    let before = NOW.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let mut judged = 0;
    let out = &mut |done: Done<u64>| {
        judged += done.of.iter().sum::<u64>();
        Ok(())
    };
    stream::each(&sources, jobs, &Progress::default(), &work, out).expect("nothing fails");
    (MOST.load(Ordering::Relaxed) - before, judged)
}

/// The most bytes that something takes while it is done, beyond those that there were.
fn taken<T>(done: impl FnOnce() -> T) -> usize {
    let before = NOW.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    drop(done());
    MOST.load(Ordering::Relaxed) - before
}

/// Checks a text; what it says of its one trace.
fn verdict(text: &str) -> Verdict {
    let profiles = Profiles::built_in();
    let reports = portres::check(text.as_bytes(), &Settings::new(&profiles)).expect("a trace");
    reports[0].verdict
}

/// What grows, and how fast.
fn what_grows_has_a_figure() {
    const MIB: usize = 1024 * 1024;
    // a trace that is held whole
    let events = 50_000;
    let text = format!("{HEADER}{}", EVENTS.repeat(events / 9));
    let held =
        taken(|| Reader::new(text.as_bytes()).collect::<Result<Vec<_>, _>>().expect("events"));
    let each = held / events;
    println!("a trace that is held whole: {each} bytes an event");
    assert!(each < bounds::EVENT, "{each} bytes an event");
    // names, all of them in use
    let names = 50_000;
    let socket = |n: usize| format!("p1: s{n} = socket udp v4 -> ok\n");
    let text = (1..=names).fold(HEADER.to_string(), |text, n| text + &socket(n));
    let each = taken(|| verdict(&text)) / names;
    println!("a socket that is open: {each} bytes");
    assert!(each < bounds::NAME, "{each} bytes a name");
    // the highest names, and replies that lead to many states
    let far = format!("{HEADER}p1: s1000000 = socket udp v4 -> ok\n");
    let unknown = |n: usize| format!("p1: t{n} = acquire s1000000 {}+2\n", 6000 + 10 * n);
    let text = (1..12).fold(far, |text, n| text + &unknown(n));
    let mut found = Verdict::Conforms;
    let most = taken(|| found = verdict(&text));
    println!("a short trace with the highest name in many states: {} MiB", most / MIB);
    assert_eq!(found, Verdict::Undecided);
    assert!(most < bounds::SHORT * MIB, "{most} bytes");
}

/// One test, since others would be counted with it.
#[test]
fn memory_does_not_grow_with_the_input() {
    const MIB: usize = 1024 * 1024;
    what_grows_has_a_figure();
    // one trace of an open world, ten times longer
    let (short, judged) = most(1, 3_000, 1);
    assert_eq!(judged, 1);
    let (long, judged) = most(1, 30_000, 1);
    assert_eq!(judged, 1);
    assert!(long < bounds::TRACE * MIB && long < short + MIB, "{short} bytes grew to {long}");
    // many traces, ten times as many
    let (few, judged) = most(5_000, 1, 2);
    assert_eq!(judged, 5_000);
    let (many, judged) = most(50_000, 1, 2);
    assert_eq!(judged, 50_000);
    assert!(many < bounds::STREAM * MIB && many < few + 6 * MIB, "{few} bytes grew to {many}");
}
