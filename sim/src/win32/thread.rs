//! The threads of the test, which are those of the programs that they have entered.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use portres_model::Call;

use super::machine::{Program, Running};
use crate::sync::thread_local;

/// A thread. When it ends, so do the threads of programs that it has been.
struct Thread {
    number: u64,
    /// The programs for which it has begun requests.
    begun_for: RefCell<Vec<Weak<Running>>>,
}

thread_local! {
    static THIS: Thread = Thread::new();
}

/// The number of the calling thread: that of no other thread.
pub(super) fn number() -> u64 {
    // a thread that is about to end is nobody's any more
    THIS.try_with(|thread| thread.number).unwrap_or(u64::MAX)
}

/// The calling thread begins a request of this program.
pub(super) fn begins(program: &Program) {
    let _ = THIS.try_with(|thread| {
        let mut all = thread.begun_for.borrow_mut();
        all.retain(|running| running.strong_count() > 0);
        let running = program.running();
        if !all.iter().any(|known| Weak::as_ptr(known) == Arc::as_ptr(running)) {
            all.push(Arc::downgrade(running));
        }
    });
}

impl Thread {
    fn new() -> Thread {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Thread { number, begun_for: RefCell::default() }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        for running in self.begun_for.take() {
            if let Some(running) = running.upgrade() {
                ended(&Program::of(running), self.number);
            }
        }
    }
}

/// A thread of a program is over: what it has begun is cancelled. Its structures may have been on its stack, so they are
/// not written.
fn ended(program: &Program, thread: u64) {
    let process = program.process();
    let mut machine = program.lock();
    let Some(who) = machine.beside().threads.ended(process, thread) else { return };
    machine.beside().requests.thread_ended(who);
    if machine.world.process(process).is_some() {
        let _ = machine.answer(who, None, &Call::EndThread);
    }
}
