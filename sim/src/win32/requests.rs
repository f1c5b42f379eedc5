//! Overlapped structures and the requests that they stand for.

use std::collections::BTreeMap;

use portres_model::{ProcessId, RequestId, Who};
use windows_sys::Win32::System::IO::OVERLAPPED;

/// A completion routine.
pub(super) type Routine = unsafe extern "system" fn(u32, u32, *mut OVERLAPPED, u32);

/// The requests of a machine, by the process and the address of the structure.
#[derive(Default)]
pub(super) struct Requests {
    of: BTreeMap<(ProcessId, usize), Request>,
    structures: BTreeMap<RequestId, (ProcessId, usize)>,
    issued: u32,
}

/// A structure that a call has used.
#[derive(Clone, Copy)]
pub(super) struct Request {
    /// Its name.
    pub(super) id: RequestId,
    /// What was last written into its field `Internal` here; anything else the program has written itself.
    pub(super) status: usize,
    /// How it was begun, until what it gives has been written.
    pub(super) begun: Option<Begun>,
    /// Its routine, until it has run.
    pub(super) routine: Option<Routine>,
}

/// A request that has been begun.
#[derive(Clone, Copy)]
pub(super) struct Begun {
    /// The thread that has begun it.
    pub(super) by: Who,
    /// Where its output goes, and the room there.
    pub(super) output: (usize, usize),
    /// The event that it sets.
    pub(super) event: usize,
    /// Whether the structure and the output may be written when it completes. They may lie on the stack of a thread that
    /// is over: then whoever asks for the result says that the structure is good.
    pub(super) good: bool,
}

impl Requests {
    /// A status that no structure has: whatever stands there has yet to be made known.
    pub(super) const UNSAID: usize = usize::MAX;

    /// The request of a structure, with a new name if no call has used it yet.
    pub(super) fn of(&mut self, process: ProcessId, structure: usize) -> &mut Request {
        let Requests { of, structures, issued } = self;
        of.entry((process, structure)).or_insert_with(|| {
            *issued += 1;
            let id = RequestId(*issued);
            structures.insert(id, (process, structure));
            Request { id, status: 0, begun: None, routine: None }
        })
    }

    /// The request of a name, and its structure.
    pub(super) fn named(&mut self, id: RequestId) -> Option<(usize, &mut Request)> {
        let key = self.structures.get(&id)?;
        Some((key.1, self.of.get_mut(key)?))
    }

    /// The names of the requests of a process that set an event when they complete.
    pub(super) fn sets(&self, id: RequestId) -> Option<usize> {
        let request = self.of.get(self.structures.get(&id)?)?;
        request.begun.map(|begun| begun.event).filter(|event| *event != 0)
    }

    /// A thread is over, and with it perhaps the structures that it has used.
    pub(super) fn thread_ended(&mut self, by: Who) {
        let begun = self.of.values_mut().filter_map(|request| request.begun.as_mut());
        begun.filter(|begun| begun.by == by).for_each(|begun| begun.good = false);
    }

    /// Forgets those of a process. Their names are not used again.
    pub(super) fn process_ended(&mut self, process: ProcessId) {
        self.of.retain(|(of, _), _| *of != process);
        self.structures.retain(|_, (of, _)| *of != process);
    }
}
