//! The simulator as a server: newline JSON over TCP, a Unix socket, or standard input and output.
//!
//! A connection is a process of the one machine, and its end is the end of that process. One that begins with the header of
//! a trace gets a machine of its own instead. `docs/trace-format.md` specifies the lines.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use portres_model::{Call, Exclusion, ExclusionKind, Kind, Profile, Protocol, Reservation, World};
use portres_sim::{Completes, Host, Pending, Pends, Policy};
use tokio::sync::watch;

use crate::trace::{Event, Header, Part};
use commit::Keeper;
use machine::Machine;
use own::Own;
use wire::{Fault, Greeting};

mod commit;
mod connection;
mod keep;
mod limits;
mod listen;
mod machine;
mod machine_file;
mod names;
mod number;
mod own;
mod pending;
mod seat;
pub mod store;
mod wire;

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
    /// The seed of what it chooses; 0: the likeliest answers and the lowest ports.
    pub seed: u64,
    /// How many overlapped requests in a hundred stay pending.
    pub pending: u8,
    /// How long they do.
    pub completes: Duration,
    /// How much a client may have.
    pub limits: Limits,
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
/// If it cannot listen there, or if what it must keep cannot be kept.
pub fn run(
    settings: Settings,
    place: &Place,
    store: Option<Store>,
    ready: impl FnOnce(&str) -> io::Result<()>,
) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|e| ServeError(format!("no threads to serve with: {e}")))?;
    let (keeper, handle) = match start_keeping(&settings, store)? {
        (boot, Some((keeper, handle))) => ((boot, Some(keeper)), Some(handle)),
        (boot, None) => ((boot, None), None),
    };
    let (Boot { host, nonce }, keeper) = keeper;
    let machine = Machine::new(host, nonce, settings.limits, settings.completes, keeper.clone());
    let stopping = watch::Sender::new(false);
    let shared = Arc::new(Shared { machine: Arc::new(machine), settings, stopping });
    let ended = runtime.block_on(listen::serve(&shared, place, ready));
    // a thread that reads standard input cannot be waited for
    runtime.shutdown_background();
    if let (Some(keeper), Some(handle)) = (keeper, handle) {
        keeper.close();
        drop(handle.join());
    }
    ended
}

/// What all connections share.
struct Shared {
    machine: Arc<Machine>,
    settings: Settings,
    stopping: watch::Sender<bool>,
}

impl Shared {
    /// A machine of a connection's own.
    fn own(&self, header: &Header) -> Result<(Own, Greeting), Fault> {
        let Settings { profile, seed, limits, .. } = &self.settings;
        Own::new(header, profile, policy(*seed), *seed, *limits)
    }
}

fn policy(seed: u64) -> Policy {
    if seed == 0 { Policy::Lowest } else { Policy::Random }
}

/// The machine as it has booted.
struct Boot {
    host: Host,
    nonce: u64,
}

type Keeping = (Arc<Keeper>, std::thread::JoinHandle<()>);

/// Boots the machine. What is persistent comes from the store, but for the first time: then it goes there.
fn start_keeping(
    settings: &Settings,
    store: Option<Store>,
) -> Result<(Boot, Option<Keeping>), ServeError> {
    let mut world = settings.header.world();
    let Some((mut keep, kept)) = store else {
        return Ok((boot(settings, world, 0)?, None));
    };
    if kept.boots == 0 {
        let changes = Kept { boots: 0, ..Kept::default() }.changes_to(&Kept::of(&world));
        keep.commit(&changes).map_err(|e| ServeError(e.to_string()))?;
    } else {
        put(&mut world, &kept)?;
    }
    Ok((boot(settings, world, kept.boots)?, Some(Keeper::start(keep))))
}

/// Makes what was kept the persistent part of the machine.
fn put(world: &mut World, kept: &Kept) -> Result<(), ServeError> {
    let lasting = ExclusionKind::Administered { persistent: true };
    world.retain_exclusions(|e| e.kind != lasting);
    let tokens: Vec<_> = world.reservations().map(|(token, _)| token).collect();
    tokens.into_iter().for_each(|token| world.put_reservation(token, None));
    for (protocol, block) in kept.exclusions.iter().copied() {
        world.exclude(Exclusion { protocol, block, kind: lasting });
    }
    for ((protocol, block), token) in kept.reservations.iter().copied().zip(1..) {
        let kind = Kind::Persistent { token_known: true };
        let reservation =
            Reservation { protocol, block: Some(block), kind, ended: false, users: 0 };
        world.put_reservation(portres_model::Token(token), Some(reservation));
    }
    let mut machine = world.machine().clone();
    for protocol in [Protocol::Tcp, Protocol::Udp] {
        let place = usize::from(protocol == Protocol::Udp);
        if let Some(block) = kept.dynamic[place] {
            machine.dynamic[place] = block;
        }
    }
    world.put_machine(machine);
    Ok(())
}

fn boot(settings: &Settings, world: World, boots: u64) -> Result<Boot, ServeError> {
    let seed = settings.seed;
    let host = Host::new(world, &settings.profile, policy(seed), seed);
    let pends = match settings.pending {
        0 => Pends::Never,
        100.. => Pends::Always,
        percent => Pends::Seeded { percent },
    };
    host.set_pending(Pending { pends, completes: Completes::ByHand });
    for event in &settings.events {
        let Part::Whole { call, reply, .. } = event.part else { continue };
        let answered = host.call_from(event.who, reply.names(), &call).reply;
        if !reply.admits(&answered) && !matches!(call, Call::Startup(_)) {
            let (who, line) = (event.who, event.note.clone().unwrap_or_default());
            return Err(ServeError(format!("{line}: {who}: {call} is answered {answered}")));
        }
    }
    let nonce = number::mixed(seed) ^ number::mixed(boots.wrapping_add(1));
    Ok(Boot { host, nonce })
}
