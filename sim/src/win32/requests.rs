//! Overlapped structures and the requests that they stand for.

use std::collections::BTreeMap;

use portres_model::{ProcessId, RequestId};

/// The requests of a machine, by the process and the address of the structure.
#[derive(Default)]
pub(super) struct Requests {
    of: BTreeMap<(ProcessId, usize), Request>,
    issued: u32,
}

/// A structure that a call has used.
#[derive(Clone, Copy)]
pub(super) struct Request {
    /// Its name.
    pub(super) id: RequestId,
    /// Where what it gives is written once it is done, and the room there. 0: nowhere, or it has been written.
    pub(super) output: (usize, usize),
    /// What was last written into its field `Internal` here; anything else the program has written itself.
    pub(super) status: usize,
}

impl Requests {
    /// A status that no structure has: whatever stands there has yet to be made known.
    pub(super) const UNSAID: usize = usize::MAX;

    /// The request of a structure, with a new name if no call has used it yet.
    pub(super) fn of(&mut self, process: ProcessId, structure: usize) -> &mut Request {
        let issued = &mut self.issued;
        self.of.entry((process, structure)).or_insert_with(|| {
            *issued += 1;
            Request { id: RequestId(*issued), output: (0, 0), status: 0 }
        })
    }

    /// Forgets those of a process. Their names are not used again.
    pub(super) fn process_ended(&mut self, process: ProcessId) {
        self.of.retain(|(of, _), _| *of != process);
    }
}
