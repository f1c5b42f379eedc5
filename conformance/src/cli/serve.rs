//! `portres serve`.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use portres::serve::{Keep, Limits, Place, Settings, Store, read_machine, run as serve, store};

use super::{Failure, Outcome, check};

/// Serve a simulated machine: each connection is a process of it, and speaks newline JSON.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  portres serve --listen 127.0.0.1:7070
  portres serve --stdio < requests.jsonl
  portres serve --store ports.store
  portres serve --unix /run/portres.sock --machine posted.txt --seed 7
  portres replay a.trace --on tcp:127.0.0.1:7070

Once it listens it says so on standard output: `listening on 127.0.0.1:7070`. docs/trace-format.md
specifies the lines.

Exit codes: 0 it was told to stop (SIGINT, SIGTERM, or the end of standard input); 2 it cannot listen,
or cannot go on.")]
pub(super) struct Args {
    /// Listen on this address; port 0 is any.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7070")]
    listen: SocketAddr,
    /// Listen on a Unix socket, which must not exist.
    #[cfg(unix)]
    #[arg(long, value_name = "PATH", conflicts_with = "listen")]
    unix: Option<PathBuf>,
    /// Serve standard input and output alone, and end with them.
    #[arg(long, conflicts_with = "listen")]
    #[cfg_attr(unix, arg(conflicts_with = "unix"))]
    stdio: bool,
    /// Listen on an address that is not a loopback one: whoever reaches it can do everything.
    #[arg(long)]
    public: bool,
    /// The profile that the machine behaves as a reading of: a name, or a file ending in .toml.
    #[arg(long)]
    profile: Option<String>,
    /// What the machine draws its choices from; 0: the likeliest answers and the lowest ports.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The machine: the header lines of a trace, or what netsh and netstat print.
    #[arg(long, value_name = "FILE")]
    machine: Option<PathBuf>,
    /// Keep what is persistent in this file (docs/store.md); it is made where there is none.
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
    /// Record everything that is served, as a trace in JSON lines; `portres check` judges it.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// How many overlapped requests in a hundred stay pending.
    #[arg(long, value_name = "PERCENT", default_value_t = 0,
          value_parser = clap::value_parser!(u8).range(0..=100))]
    pending: u8,
    /// How many milliseconds they stay pending.
    #[arg(long, value_name = "MS", default_value_t = 10)]
    completes: u64,
    /// The most connections at a time.
    #[arg(long, value_name = "COUNT", default_value_t = Limits::default().connections)]
    max_connections: usize,
    /// The most sockets of a process.
    #[arg(long, value_name = "COUNT", default_value_t = Limits::default().sockets)]
    max_sockets: usize,
    /// The most reservations whose tokens a process knows.
    #[arg(long, value_name = "COUNT", default_value_t = Limits::default().reservations)]
    max_reservations: usize,
    /// The most overlapped structures of a process.
    #[arg(long, value_name = "COUNT", default_value_t = Limits::default().requests)]
    max_requests: usize,
    /// The most connections with a machine of their own.
    #[arg(long, value_name = "COUNT", default_value_t = Limits::default().machines)]
    max_machines: usize,
    /// The most bytes in a line.
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().line)]
    max_line: usize,
    /// After how many seconds of silence a connection ends; 0: never.
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    max_idle: u64,
}

pub(super) fn run(args: &Args) -> Outcome {
    let (built_in, profile) = check::profiles(args.profile.as_deref())?;
    let mut settings = Settings {
        // a profile in a file is known to nobody who reads the recording
        profile_name: profile
            .as_ref()
            .map(|p| p.name.clone())
            .filter(|name| built_in.get(name).is_some()),
        profile: profile.map(|p| p.profile).unwrap_or_default(),
        seed: args.seed,
        pending: args.pending,
        completes: Duration::from_millis(args.completes),
        limits: limits(args),
        record: args.record.clone(),
        ..Settings::default()
    };
    if let Some(path) = &args.machine {
        let (header, events) = read_machine(path).map_err(|e| e.to_string())?;
        (settings.header, settings.events) = (header, events);
    }
    let place = place(args)?;
    let store = args.store.as_deref().map(kept_in).transpose()?;
    serve(settings, &place, store, |at| {
        let mut out = anstream::stdout();
        writeln!(out, "listening on {at}")?;
        out.flush()
    })
    .map_err(|e| Failure(e.to_string()))?;
    Ok(0)
}

fn limits(args: &Args) -> Limits {
    Limits {
        line: args.max_line,
        connections: args.max_connections,
        sockets: args.max_sockets,
        reservations: args.max_reservations,
        requests: args.max_requests,
        machines: args.max_machines,
        idle: (args.max_idle > 0).then(|| Duration::from_secs(args.max_idle)),
    }
}

fn kept_in(path: &Path) -> Result<Store, Failure> {
    let (store, kept) = store::open(path).map_err(|e| e.to_string())?;
    Ok((Box::new(store) as Box<dyn Keep>, kept))
}

fn place(args: &Args) -> Result<Place, Failure> {
    if args.stdio {
        return Ok(Place::Stdio);
    }
    #[cfg(unix)]
    if let Some(path) = &args.unix {
        return Ok(Place::Unix(path.clone()));
    }
    let (address, public) = (args.listen, !args.listen.ip().is_loopback());
    if public && !args.public {
        let why = "is no loopback address: `--public` allows it";
        return Err(format!("{address} {why}").into());
    }
    if public {
        let mut err = anstream::stderr();
        writeln!(
            err,
            "warning: whoever reaches {address} can use the machine and end its processes"
        )?;
    }
    Ok(Place::Tcp(address))
}
