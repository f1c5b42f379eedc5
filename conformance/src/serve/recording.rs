//! Recording: what was served becomes a trace that `portres check` judges.
//!
//! A call begins when a thread of the server takes it up, and returns when it has its answer; between the two others may
//! run. Both times lie within those that the client could measure, so what conforms here conforms for every client.
//!
//! A search puts calls that overlap in order, and it must not become long. So a stretch of overlapping calls is cut: what has
//! not been made yet then begins later than it did. That claims more, and nothing that is untrue.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use portres_model::{Bytes, Call, Reply, Who};
use tokio::sync::watch;

use super::ServeError;
use super::spool::{Aside, Spool};
use crate::trace::{Event, Header, Item, Part, Spelled, write_item};

/// The most calls in a stretch that overlap: few enough that all their orders can be tried.
const STRETCH: usize = 5;

/// How many lines are written at a time.
const BATCH: usize = 1024;

/// How many may wait to be written: beyond that the machine waits for the disk.
const BACKLOG: usize = 64 * BATCH;

/// How long a line may wait while little happens.
const PATIENCE: Duration = Duration::from_millis(100);

/// A recording that goes on.
pub(super) struct Recorder {
    log: Mutex<Log>,
    /// Somebody waits for lines to be written, or for room.
    filled: Condvar,
    drained: Condvar,
    failed: watch::Sender<Option<String>>,
    /// The traces of the machines that connections have for themselves.
    pub(super) own: Spool,
}

#[derive(Default)]
struct Log {
    entries: Vec<Entry>,
    /// The calls that have been taken up and not been made.
    open: usize,
    /// How many calls have overlapped so far.
    stretch: usize,
    /// How often stretches have been cut.
    cuts: u64,
    /// The number under which the call returns that was taken up last.
    number: u32,
    closed: bool,
}

/// A line, or two that may become one.
enum Entry {
    /// A call has been taken up: what it is stands here when it has been made.
    TakenUp,
    Begin {
        number: u32,
        who: Who,
        call: Call,
    },
    End {
        number: u32,
        who: Who,
        reply: Reply,
        bytes: Option<Bytes>,
    },
    Whole {
        who: Who,
        call: Call,
        reply: Reply,
        bytes: Option<Bytes>,
    },
}

/// A call that has been taken up. One that is dropped was not made, and leaves no line.
pub(super) struct TakenUp<'a> {
    recorder: &'a Recorder,
    place: usize,
    number: u32,
    cuts: u64,
    made: bool,
}

impl Recorder {
    /// Starts to write a trace to a file.
    pub(super) fn start(
        path: &Path,
        header: &Header,
    ) -> Result<(Arc<Recorder>, JoinHandle<()>), ServeError> {
        let cannot = |e: io::Error| ServeError(format!("{}: {e}", path.display()));
        let mut file = BufWriter::new(File::create(path).map_err(cannot)?);
        let item = Item::Header(Box::new(header.clone()));
        write_item(&mut file, Spelled::JsonLines, &item).map_err(cannot)?;
        file.flush().map_err(cannot)?;
        let recorder = Arc::new(Recorder {
            log: Mutex::default(),
            filled: Condvar::new(),
            drained: Condvar::new(),
            failed: watch::Sender::new(None),
            own: Spool::new(path).map_err(cannot)?,
        });
        let thread = Arc::clone(&recorder);
        let name = path.display().to_string();
        let handle = std::thread::spawn(move || {
            if let Err(error) = thread.run(file) {
                // nobody waits for room that never comes
                thread.log.lock().closed = true;
                thread.drained.notify_all();
                thread.failed.send_replace(Some(format!("the recording {name}: {error}")));
            }
        });
        Ok((recorder, handle))
    }

    fn run(&self, mut file: BufWriter<File>) -> io::Result<()> {
        loop {
            let mut log = self.log.lock();
            if log.entries.len() < BATCH && !log.closed {
                self.filled.wait_for(&mut log, PATIENCE);
            }
            log.cut();
            let (entries, closed) = (std::mem::take(&mut log.entries), log.closed);
            drop(log);
            self.drained.notify_all();
            write(&mut file, entries)?;
            file.flush()?;
            if closed {
                self.own.append_to(&mut file)?;
                file.flush()?;
                return file.get_ref().sync_all();
            }
        }
    }

    /// A thread takes a call up.
    pub(super) fn take_up(&self) -> TakenUp<'_> {
        let mut log = self.log.lock();
        log.open += 1;
        log.number = log.number.wrapping_add(1);
        log.entries.push(Entry::TakenUp);
        let (place, number, cuts) = (log.entries.len() - 1, log.number, log.cuts);
        TakenUp { recorder: self, place, number, cuts, made: false }
    }

    /// A call that nobody has waited to make. Whoever calls this holds the lock of the machine.
    pub(super) fn whole(&self, who: Who, call: Call, reply: Reply, bytes: Option<Bytes>) {
        let mut log = self.log.lock();
        log.entries.push(Entry::Whole { who, call, reply, bytes });
        self.grown(log);
    }

    fn grown(&self, mut log: parking_lot::MutexGuard<'_, Log>) {
        log.stretch += 1;
        if log.open == 0 {
            log.stretch = 0;
        } else if log.stretch >= STRETCH {
            log.cut();
        }
        if log.entries.len() >= BATCH {
            self.filled.notify_one();
        }
        while log.entries.len() >= BACKLOG && !log.closed {
            self.drained.wait(&mut log);
        }
    }

    /// Why the recording cannot go on, once it cannot.
    pub(super) async fn failed(&self) -> String {
        let mut failed = self.failed.subscribe();
        match failed.wait_for(Option::is_some).await {
            Ok(why) => why.clone().unwrap_or_default(),
            // the sender lives as long as the recorder
            Err(_) => std::future::pending().await,
        }
    }

    /// Why the recording could not be finished, if it could not.
    pub(super) fn failure(&self) -> Option<String> {
        self.failed.borrow().clone()
    }

    /// The machine that a connection had for itself is gone.
    pub(super) fn end_own(&self, trace: &mut Aside) {
        if let Err(error) = self.own.end(trace) {
            self.failed.send_replace(Some(format!("a recording: {error}")));
        }
    }

    /// Everything is written, and then the thread ends.
    pub(super) fn close(&self) {
        self.log.lock().closed = true;
        self.filled.notify_one();
    }
}

impl Log {
    /// Ends a stretch: the calls that have been taken up begin when they are made.
    fn cut(&mut self) {
        (self.open, self.stretch) = (0, 0);
        self.cuts += 1;
    }
}

impl TakenUp<'_> {
    /// The call was made. Whoever calls this holds the lock of the machine.
    pub(super) fn made(mut self, who: Who, call: Call, reply: Reply, bytes: Option<Bytes>) {
        self.made = true;
        let mut log = self.recorder.log.lock();
        if log.cuts == self.cuts {
            let number = self.number;
            log.open -= 1;
            log.entries[self.place] = Entry::Begin { number, who, call };
            log.entries.push(Entry::End { number, who, reply, bytes });
        } else {
            log.entries.push(Entry::Whole { who, call, reply, bytes });
        }
        self.recorder.grown(log);
    }
}

impl Drop for TakenUp<'_> {
    fn drop(&mut self) {
        let mut log = self.recorder.log.lock();
        if !self.made && log.cuts == self.cuts {
            // no line: the places of the others stay
            log.open -= 1;
            if log.open == 0 {
                log.stretch = 0;
            }
        }
    }
}

/// Writes entries as lines. A call during which nothing else happened is one line.
fn write(to: &mut impl Write, entries: Vec<Entry>) -> io::Result<()> {
    let mut entries = entries.into_iter().filter(|e| !matches!(e, Entry::TakenUp)).peekable();
    while let Some(entry) = entries.next() {
        let event = match entry {
            Entry::Begin { number, who, call } => match entries.peek() {
                Some(Entry::End { number: ends, reply, bytes, .. }) if *ends == number => {
                    let event = whole(who, call, *reply, *bytes);
                    entries.next();
                    event
                }
                _ => Event { part: Part::Begin { number, call, names: None }, ..line(who) },
            },
            Entry::End { number, who, reply, bytes } => {
                Event { part: Part::End { number, reply: reply.into() }, bytes, ..line(who) }
            }
            Entry::Whole { who, call, reply, bytes } => whole(who, call, reply, bytes),
            Entry::TakenUp => continue,
        };
        write_item(to, Spelled::JsonLines, &Item::Event(event))?;
    }
    Ok(())
}

fn line(who: Who) -> Event {
    Event::begun(who, Call::Cleanup, None)
}

fn whole(who: Who, call: Call, reply: Reply, bytes: Option<Bytes>) -> Event {
    Event { bytes, ..Event::whole(who, call, reply) }
}
