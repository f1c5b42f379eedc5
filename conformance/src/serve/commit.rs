//! Group commit: a thread hands everything that was queued meanwhile to the keeper as one transaction.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;

use parking_lot::{Condvar, Mutex};
use tokio::sync::watch;

use super::keep::{Change, Keep, KeepError};

/// How far the keeper has come.
#[derive(Clone, Debug)]
enum Durable {
    /// Every change up to this one is durable.
    UpTo(u64),
    /// One is not, and none will be.
    Failed(String),
}

/// The queue before a [`Keep`].
pub(super) struct Keeper {
    queue: Mutex<Queue>,
    news: Condvar,
    durable: watch::Sender<Durable>,
}

#[derive(Default)]
struct Queue {
    changes: Vec<Change>,
    queued: u64,
    closed: bool,
}

/// Commits changes. A keeper that panics has failed: whoever waits for it would wait for ever.
fn committed(keep: &mut dyn Keep, changes: &[Change]) -> Result<(), KeepError> {
    catch_unwind(AssertUnwindSafe(|| keep.commit(changes))).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
        let why = said.unwrap_or("it does not say why").replace('\n', " ");
        Err(KeepError(format!("what is persistent cannot be kept any more, by a bug: {why}")))
    })
}

impl Keeper {
    /// Starts the thread.
    pub(super) fn start(keep: Box<dyn Keep>) -> (Arc<Keeper>, JoinHandle<()>) {
        let (queue, news) = (Mutex::new(Queue::default()), Condvar::new());
        let durable = watch::Sender::new(Durable::UpTo(0));
        let keeper = Arc::new(Keeper { queue, news, durable });
        let thread = Arc::clone(&keeper);
        let handle = std::thread::spawn(move || thread.run(keep));
        (keeper, handle)
    }

    fn run(&self, mut keep: Box<dyn Keep>) {
        loop {
            let mut queue = self.queue.lock();
            while queue.changes.is_empty() {
                if queue.closed {
                    return;
                }
                self.news.wait(&mut queue);
            }
            let (changes, upto) = (std::mem::take(&mut queue.changes), queue.queued);
            drop(queue);
            match committed(&mut *keep, &changes) {
                Ok(()) => drop(self.durable.send_replace(Durable::UpTo(upto))),
                Err(KeepError(why)) => {
                    self.durable.send_replace(Durable::Failed(why));
                    return;
                }
            }
        }
    }

    /// Queues changes. Whoever calls this holds the lock of the machine, so that their order is that of the calls.
    pub(super) fn queue(&self, changes: &[Change]) {
        if changes.is_empty() {
            return;
        }
        let mut queue = self.queue.lock();
        queue.changes.extend(changes);
        queue.queued += changes.len() as u64;
        self.news.notify_one();
    }

    /// How many changes have been queued.
    pub(super) fn queued(&self) -> u64 {
        self.queue.lock().queued
    }

    /// Waits until as many changes are durable; `false`: they never will be.
    pub(super) async fn durable(&self, upto: u64) -> bool {
        let mut durable = self.durable.subscribe();
        let known = durable
            .wait_for(|d| match d {
                Durable::UpTo(there) => *there >= upto,
                Durable::Failed(_) => true,
            })
            .await;
        known.is_ok_and(|d| matches!(*d, Durable::UpTo(_)))
    }

    /// Waits until the keeper fails, and tells why.
    pub(super) async fn failed(&self) -> String {
        let mut durable = self.durable.subscribe();
        match durable.wait_for(|d| matches!(d, Durable::Failed(_))).await {
            Ok(failed) => match &*failed {
                Durable::Failed(why) => why.clone(),
                Durable::UpTo(_) => String::new(),
            },
            // the sender lives as long as the keeper
            Err(_) => std::future::pending().await,
        }
    }

    /// What is queued is committed, and then the thread ends.
    pub(super) fn close(&self) {
        self.queue.lock().closed = true;
        self.news.notify_one();
    }
}
