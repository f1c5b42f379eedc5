//! A worker: this program as one process of a trace. It reads requests, does them, and answers, until the end of input.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use portres_model::{Call, Reply};

use super::ended::dies_quietly;
use super::overlapped::event;
use super::perform::Calls;
use super::token;
use super::wire::{Request, Response, WORKER_ARGUMENT};

/// If this program was started as a worker: works until the parent is gone, and says true. To be called before anything
/// else in `main`, since a worker must not start Winsock by itself.
#[must_use]
pub fn run_worker_if_asked() -> bool {
    let asked = std::env::args_os().nth(1).is_some_and(|argument| argument == WORKER_ARGUMENT);
    if asked {
        // a parent that is gone is the end, not an error
        drop(work());
    }
    asked
}

fn work() -> io::Result<()> {
    dies_quietly();
    event();
    let mut threads = Threads::default();
    let mut answers = io::stdout().lock();
    say(&mut answers, &token::own())?;
    for line in io::stdin().lock().lines() {
        let request: Request = serde_json::from_str(&line?)?;
        if request.call == Call::Exit {
            say(&mut answers, &Response::from(Reply::Ok))?;
            // nothing is closed first: the system does that
            std::process::exit(0);
        }
        say(&mut answers, &threads.perform(request)?)?;
    }
    Ok(())
}

fn say(answers: &mut impl Write, answer: &impl serde::Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(answer)?;
    line.push(b'\n');
    answers.write_all(&line)?;
    answers.flush()
}

/// The threads of this process: the first one is the main thread, the others wait for their calls.
#[derive(Default)]
struct Threads {
    calls: Arc<Calls>,
    others: BTreeMap<u32, Thread>,
}

struct Thread {
    to: Sender<Request>,
    from: Receiver<Response>,
    runs: JoinHandle<()>,
}

impl Threads {
    /// Does a call on its thread. One call at a time: this waits for it.
    fn perform(&mut self, request: Request) -> io::Result<Response> {
        if request.call == Call::EndThread {
            return Ok(self.end(request.who.thread));
        }
        if request.who.thread == 1 {
            return Ok(self.calls.perform(&request));
        }
        let calls = &self.calls;
        let thread =
            self.others.entry(request.who.thread).or_insert_with(|| Thread::new(Arc::clone(calls)));
        let gone = || io::Error::other("a thread has ended");
        thread.to.send(request).map_err(|_| gone())?;
        thread.from.recv().map_err(|_| gone())
    }

    /// Ends a thread; one that has done nothing yet has nothing that would end with it. The main thread reads the requests.
    fn end(&mut self, thread: u32) -> Response {
        if thread == 1 {
            return Reply::Unsupported.into();
        }
        if let Some(Thread { to, from: _from, runs }) = self.others.remove(&thread) {
            drop(to);
            // a panic in it has been seen by whoever waited for its answer
            drop(runs.join());
        }
        Reply::Ok.into()
    }
}

impl Thread {
    fn new(calls: Arc<Calls>) -> Thread {
        let (to, requests) = channel::<Request>();
        let (answers, from) = channel();
        let runs = std::thread::spawn(move || {
            for request in requests {
                if answers.send(calls.perform(&request)).is_err() {
                    break;
                }
            }
        });
        Thread { to, from, runs }
    }
}
