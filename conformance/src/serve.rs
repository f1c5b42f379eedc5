//! The simulator as a server: newline JSON over TCP, a Unix socket, or standard input and output.
//!
//! A connection is a process of the one machine, and its end is the end of that process. One that begins with the header of
//! a trace gets a machine of its own instead. `docs/trace-format.md` specifies the lines.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use portres_model::Profile;
use portres_sim::Policy;
use tokio::sync::watch;

use crate::record;
use crate::system::said;
use crate::trace::{Event, Header};
use commit::Keeper;
use machine::Machine;
use own::Own;
use recording::Recorder;
use wire::{Fault, Greeting};

mod boot;
mod commit;
mod connection;
mod conversing;
mod descriptors;
mod keep;
mod limits;
mod listen;
mod machine;
mod machine_file;
mod names;
mod number;
mod own;
mod pending;
mod recording;
mod seat;
mod spool;
pub mod store;
mod wire;

pub use conversing::Conversing;
pub use keep::{Change, Keep, KeepError, Kept};
pub use limits::Limits;
pub use machine_file::read as read_machine;

/// Where a server listens.
#[derive(Clone, Debug)]
pub enum Place {
    /// On an address.
    Tcp(SocketAddr),
    /// On a Unix socket.
    #[cfg(unix)]
    Unix(PathBuf),
    /// Nowhere: standard input and output are the only connection.
    Stdio,
}

/// What a server serves.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The machine.
    pub header: Header,
    /// What has happened on it before anybody connects.
    pub events: Vec<Event>,
    /// The readings that the machine behaves as one of.
    pub profile: Profile,
    /// Its name, where `portres check` knows it.
    pub profile_name: Option<String>,
    /// The seed of what it chooses; 0: the likeliest answers and the lowest ports.
    pub seed: u64,
    /// How many overlapped requests in a hundred stay pending.
    pub pending: u8,
    /// How long they do.
    pub completes: Duration,
    /// How much a client may have.
    pub limits: Limits,
    /// Where everything that is served is recorded.
    pub record: Option<PathBuf>,
}

/// A server cannot start, or has to end: one line.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ServeError(pub String);

/// What keeps the persistent part of the machine, and what it holds.
pub type Store = (Box<dyn Keep>, Kept);

/// Serves until it is told to stop; `ready` is told where.
///
/// # Errors
/// If it cannot listen there, or if what it must keep or record cannot be kept or recorded.
pub fn run(
    mut settings: Settings,
    place: &Place,
    store: Option<Store>,
    ready: impl FnOnce(&str) -> io::Result<()>,
) -> Result<(), ServeError> {
    settings.limits = descriptors::fit(settings.limits);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|e| ServeError(format!("no threads to serve with: {e}")))?;
    let boots = store.as_ref().map_or(0, |(_, kept)| kept.boots);
    let keep = store.map(|store| boot::persistent(&mut settings.header, store)).transpose()?;
    let recorder = settings.record.as_deref().map(|path| {
        let header = record::header(said(&settings.header), &settings.header);
        Recorder::start(path, &Header { profile: settings.profile_name.clone(), ..header })
    });
    let recorder = recorder.transpose()?;
    let keeper = keep.map(Keeper::start);
    let machine = boot::machine(
        &settings,
        boots,
        keeper.as_ref().map(|(keeper, _)| Arc::clone(keeper)),
        recorder.as_ref().map(|(recorder, _)| Arc::clone(recorder)),
    )?;
    let stopping = watch::Sender::new(false);
    let shared = Arc::new(Shared {
        machine: Arc::new(machine),
        settings,
        stopping,
        machines: Arc::default(),
    });
    let ended = runtime.block_on(listen::serve(&shared, place, ready));
    // a thread that reads standard input cannot be waited for
    runtime.shutdown_background();
    if let Some((keeper, thread)) = keeper {
        keeper.close();
        drop(thread.join());
    }
    if let Some((recorder, thread)) = recorder {
        recorder.close();
        drop(thread.join());
        if let Some(why) = recorder.failure() {
            return Err(ServeError(why));
        }
    }
    ended
}

/// What all connections share.
struct Shared {
    machine: Arc<Machine>,
    settings: Settings,
    stopping: watch::Sender<bool>,
    /// How many connections have a machine of their own.
    machines: Arc<AtomicUsize>,
}

impl Shared {
    /// A machine of a connection's own.
    fn own(&self, header: &Header) -> Result<(Own, Greeting), Fault> {
        let Settings { profile, seed, limits, .. } = &self.settings;
        let recorder = self.machine.recorder.as_ref();
        Own::new(header, profile, policy(*seed), *seed, *limits, recorder, &self.machines)
    }
}

fn policy(seed: u64) -> Policy {
    if seed == 0 { Policy::Lowest } else { Policy::Random }
}
