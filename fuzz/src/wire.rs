//! The wire protocol: two connections of one machine say arbitrary lines, in arbitrary parts. Whatever they say, each is
//! answered in lines of JSON of the five known kinds, no call is answered twice, and when both have ended nothing is left of
//! their processes.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use portres::serve::{Conversing, Limits, Settings};
use portres_model::Profile;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Small enough to be met.
const LIMITS: Limits = Limits {
    line: 400,
    connections: 2,
    sockets: 12,
    reservations: 5,
    requests: 4,
    machines: 1,
    idle: None,
};

/// Says the bytes behind the first, which says what machine it is. A line that begins with `+` is the second connection's.
pub fn run(bytes: &[u8]) {
    let Some((first, said)) = bytes.split_first() else { return };
    let settings = Settings {
        profile: if first & 32 == 0 { Profile::likely() } else { Profile::documented() },
        seed: if first & 8 == 0 { 0 } else { 7 },
        pending: [0, 50, 100, 100][usize::from(first & 3)],
        completes: if first & 4 == 0 { Duration::ZERO } else { Duration::from_secs(3600) },
        limits: LIMITS,
        ..Settings::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime");
    let _within = runtime.enter();
    let server = Conversing::new(settings).expect("the machine boots");
    let lines = [Line::default(), Line::default()];
    converse(&server, &lines, said, first & 16 != 0);
    for line in &lines {
        line.holds();
    }
    let (processes, sockets) = server.counts();
    assert_eq!((processes, sockets), (0, 0), "processes and sockets are left");
}

/// Both connections take turns with what is said, until both have ended.
fn converse(server: &Conversing, lines: &[Line; 2], said: &[u8], whole: bool) {
    let [one, other] = lines;
    let mut one = pin!(server.with(End(one)));
    let mut other = pin!(server.with(End(other)));
    let mut over = [false; 2];
    let mut turn = |which: usize, part: &[u8]| {
        lines[which].hears(part);
        // a connection that reads a part and answers it stops where there is no more
        for _ in 0..2 {
            let mut context = Context::from_waker(Waker::noop());
            if !over[0] {
                over[0] = one.as_mut().poll(&mut context).is_ready();
            }
            if !over[1] {
                over[1] = other.as_mut().poll(&mut context).is_ready();
            }
        }
    };
    for line in said.split_inclusive(|b| *b == b'\n') {
        let (which, line) = match line.strip_prefix(b"+") {
            Some(rest) => (1, rest),
            None => (0, line),
        };
        let at_a_time = if whole { line.len().max(1) } else { 7 };
        line.chunks(at_a_time).for_each(|part| turn(which, part));
    }
    lines.iter().for_each(|line| line.ended.set(true));
    turn(0, b"");
    turn(1, b"");
    assert_eq!(over, [true; 2], "a connection goes on behind the end of its stream");
}

/// One connection, as its client sees it.
#[derive(Default)]
struct Line {
    /// What the server has not read.
    heard: RefCell<Vec<u8>>,
    /// What it has said.
    said: RefCell<Vec<u8>>,
    /// How many lines it was sent.
    sent: Cell<usize>,
    ended: Cell<bool>,
}

impl Line {
    fn hears(&self, part: &[u8]) {
        self.heard.borrow_mut().extend_from_slice(part);
        self.sent.set(self.sent.get() + part.iter().filter(|b| **b == b'\n').count());
    }

    /// What is true of all that a server says.
    fn holds(&self) {
        let said = self.said.borrow();
        let said = std::str::from_utf8(&said).expect("text");
        assert!(said.is_empty() || said.ends_with('\n'), "a line has no end: {said}");
        let (mut answers, mut last) = (0, None);
        for line in said.lines() {
            let value: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
            let keys = value.as_object().expect("a line is an object");
            let is = |key: &str| keys.contains_key(key);
            assert!(last != Some(true), "something was said behind the end: {said}");
            last = value["error"].as_object().map(|error| error.contains_key("closes"));
            match (is("completed"), is("reply") || is("error") || is("header") || is("process")) {
                (true, _) => assert!(is("reply"), "{line}"),
                (false, answer) => {
                    assert!(answer, "{line}");
                    answers += 1;
                }
            }
        }
        // one more where a line has no end and is too long, or where the machine restarts
        assert!(answers <= self.sent.get() + 1, "{answers} answers to {} lines", self.sent.get());
    }
}

/// The server's end of a connection: it never waits to write.
struct End<'a>(&'a Line);

impl AsyncRead for End<'_> {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut heard = self.0.heard.borrow_mut();
        if heard.is_empty() && !self.0.ended.get() {
            return Poll::Pending;
        }
        let count = heard.len().min(to.remaining());
        to.put_slice(&heard[..count]);
        heard.drain(..count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for End<'_> {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.said.borrow_mut().extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
