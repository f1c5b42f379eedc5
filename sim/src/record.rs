//! A record of what a host was asked and answered, in the order in which it took effect.

use portres_model::{Call, Reply, Who};

use crate::Host;

/// A call that took effect, or an event of the machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Recorded {
    /// Who called.
    pub who: Who,
    /// What.
    pub call: Call,
    /// What was answered.
    pub reply: Reply,
}

impl Host {
    /// Records from here on what takes effect; what was recorded before is forgotten.
    ///
    /// Calls of many threads are recorded in the order in which they had the lock, and a pending request beside them in which
    /// it completed, so that the record is a sequential trace of a machine that was in this state.
    pub fn record(&self) {
        self.0.lock().requests.record = Some(Vec::new());
    }

    /// What was recorded since [`Host::record`], or since this was last asked. Recording goes on.
    #[must_use]
    pub fn recorded(&self) -> Vec<Recorded> {
        self.0.lock().requests.record.as_mut().map(std::mem::take).unwrap_or_default()
    }
}
