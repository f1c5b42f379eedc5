//! Recording what several threads do at once: when each call began and when it returned, and nothing of what took effect
//! when. The checker looks for an order that explains the replies.
//!
//! ```
//! use portres::concurrent::{Clock, events};
//! use portres_model::{Call, Family, ProcessId, Reply, SocketId, SocketKind, Who};
//!
//! let (clock, call) = (Clock::default(), Call::open(SocketKind::Udp, Family::V4));
//! let calls: Vec<_> = std::thread::scope(|threads| {
//!     let work = |n: u32| {
//!         let who = Who { process: ProcessId(1), thread: n };
//!         let (clock, call) = (&clock, &call);
//!         move || clock.time(who, call, || Reply::Socket(SocketId(n)))
//!     };
//!     let workers = [1, 2].map(|n| threads.spawn(work(n)));
//!     workers.map(|worker| worker.join().expect("it returns")).into()
//! });
//! // one event for a call that overlaps no other, two for one that does
//! assert!((2..=4).contains(&events(calls).len()));
//! ```

use std::sync::atomic::{AtomicU64, Ordering};

use portres_model::{Call, Reply, Who};

use crate::trace::{Event, Part};

/// Tells moments apart, for all threads alike.
#[derive(Debug, Default)]
pub struct Clock(AtomicU64);

/// A call, and when it began and returned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timed {
    /// Who called.
    pub who: Who,
    /// What.
    pub call: Call,
    /// What was answered.
    pub reply: Reply,
    /// The moment before the call.
    pub began: u64,
    /// The moment behind it, later.
    pub returned: u64,
}

impl Clock {
    /// A moment later than all before.
    pub fn now(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }

    /// Makes a call, and looks at the clock before and behind it.
    pub fn time(&self, who: Who, call: &Call, ask: impl FnOnce() -> Reply) -> Timed {
        let began = self.now();
        let reply = ask();
        Timed { who, call: *call, reply, began, returned: self.now() }
    }
}

/// The events that show these calls, in the order of their moments: call and return split where calls overlap, whole where
/// nothing went on beside a call.
///
/// # Panics
/// If there are more than 2^32 calls.
#[must_use]
pub fn events(mut calls: Vec<Timed>) -> Vec<Event> {
    calls.sort_by_key(|timed| timed.began);
    let mut moments: Vec<(u64, bool, usize)> = Vec::with_capacity(2 * calls.len());
    for (i, timed) in calls.iter().enumerate() {
        // of two at one moment the call comes first: they may have overlapped
        moments.extend([(timed.began, false, i), (timed.returned, true, i)]);
    }
    moments.sort_unstable();
    let mut events = Vec::with_capacity(moments.len());
    let (mut open, mut place) = (0u32, 0);
    while let Some(&(_, returns, i)) = moments.get(place) {
        let Timed { who, call, reply, .. } = calls[i];
        let number = u32::try_from(i + 1).expect("calls are numbered by 32 bits");
        let alone = open == 0 && moments.get(place + 1).is_some_and(|(_, _, next)| *next == i);
        if alone {
            events.push(Event::whole(who, call, reply));
            place += 2;
            continue;
        }
        let part = if returns {
            open -= 1;
            Part::End { number, reply: reply.into() }
        } else {
            open += 1;
            Part::Begin { number, call, names: reply.names() }
        };
        events.push(Event { part, ..Event::begun(who, call, None) });
        place += 1;
    }
    events
}
