//! Following a fixture call by call, whatever it answers, until a reply is not known or calls overlap.

use portres::trace::{Event, Header, Observed, Part};
use portres_model::{
    Bytes, Call, Permitted, Process, ProcessId, Reply, World, apply, bytes_returned, permitted,
};

/// A call of a fixture, the world before it, and what is permitted there.
pub(crate) struct Step<'w> {
    /// How many events stand before it.
    pub(crate) place: usize,
    pub(crate) world: &'w World,
    pub(crate) call: Call,
    pub(crate) reply: Reply,
    pub(crate) all: Permitted,
    /// The byte count beside the reply, and which are permitted.
    pub(crate) bytes: Option<(Bytes, Permitted)>,
}

/// The word with which a call begins.
pub(crate) fn head(call: &Call) -> String {
    call.to_string().split(' ').next().unwrap_or_default().to_string()
}

pub(crate) fn follow(header: &Header, events: &[Event], mut each: impl FnMut(&Step<'_>) -> bool) {
    let mut world = header.world();
    for (place, event) in events.iter().enumerate() {
        let Part::Whole { call, reply: Observed::Exactly(reply), .. } = event.part else { return };
        let by = event.who.process;
        if by != ProcessId::MACHINE && world.process(by).is_none() {
            world.put_process(by, Some(Process::undeclared()));
        }
        let all = permitted(&world, by, &call);
        let counts = |bytes: Bytes| Some((bytes, bytes_returned(&world, by, &call, &reply)?));
        let bytes = event.bytes.and_then(counts);
        if !each(&Step { place, world: &world, call, reply, all, bytes }) {
            return;
        }
        if reply != Reply::Unsupported {
            apply(&mut world, by, &call, &reply);
        }
    }
}
