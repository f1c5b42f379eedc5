//! Listening, and ending: connections come in until somebody says stop.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;

use super::connection::{refuse, serve as converse};
use super::wire::Fault;
use super::{Place, ServeError, Shared};

/// How long connections have to take leave.
const LEAVE: Duration = Duration::from_secs(5);

/// How long to wait where the system has no descriptor for a connection: one may end meanwhile.
const BREATH: Duration = Duration::from_millis(50);

/// Listens until it is told to stop.
pub(super) async fn serve(
    shared: &Arc<Shared>,
    place: &Place,
    ready: impl FnOnce(&str) -> io::Result<()>,
) -> Result<(), ServeError> {
    let mut stop = Stop::new().map_err(|e| ServeError(format!("cannot wait for a signal: {e}")))?;
    let open = Arc::new(AtomicUsize::new(0));
    let ended = tokio::select! {
        ended = accept(shared, place, ready, &open) => ended,
        () = stop.asked() => Ok(()),
        why = keeping_failed(shared) => Err(ServeError(why)),
        why = recording_failed(shared) => Err(ServeError(why)),
    };
    shared.stopping.send_replace(true);
    let left = tokio::time::Instant::now() + LEAVE;
    while open.load(Ordering::Acquire) > 0 && tokio::time::Instant::now() < left {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    ended
}

/// Waits until what must be kept cannot be.
async fn keeping_failed(shared: &Shared) -> String {
    match &shared.machine.keeper {
        Some(keeper) => keeper.failed().await,
        None => std::future::pending().await,
    }
}

/// Waits until what must be recorded cannot be.
async fn recording_failed(shared: &Shared) -> String {
    match &shared.machine.recorder {
        Some(recorder) => recorder.failed().await,
        None => std::future::pending().await,
    }
}

async fn accept(
    shared: &Arc<Shared>,
    place: &Place,
    ready: impl FnOnce(&str) -> io::Result<()>,
    open: &Arc<AtomicUsize>,
) -> Result<(), ServeError> {
    let unready = |e: io::Error| ServeError(format!("cannot say where it listens: {e}"));
    match place {
        Place::Stdio => {
            let stream = tokio::io::join(tokio::io::stdin(), tokio::io::stdout());
            converse(stream, Arc::clone(shared)).await;
            Ok(())
        }
        Place::Tcp(address) => {
            let cannot = |e: io::Error| ServeError(format!("cannot listen on {address}: {e}"));
            let listener = TcpListener::bind(address).await.map_err(cannot)?;
            let here = listener.local_addr().map_err(cannot)?;
            ready(&here.to_string()).map_err(unready)?;
            loop {
                match listener.accept().await {
                    Ok((stream, _)) => {
                        // replies are small, and somebody waits for each
                        let _ = stream.set_nodelay(true);
                        welcome(stream, shared, open);
                    }
                    Err(_) => tokio::time::sleep(BREATH).await,
                }
            }
        }
        #[cfg(unix)]
        Place::Unix(path) => {
            let at = path.display();
            let cannot = |e: io::Error| ServeError(format!("cannot listen on {at}: {e}"));
            let listener = tokio::net::UnixListener::bind(path).map_err(cannot)?;
            let _gone = Removed(path);
            ready(&at.to_string()).map_err(unready)?;
            loop {
                match listener.accept().await {
                    Ok((stream, _)) => welcome(stream, shared, open),
                    Err(_) => tokio::time::sleep(BREATH).await,
                }
            }
        }
    }
}

/// The path of a Unix socket goes with the server.
#[cfg(unix)]
struct Removed<'a>(&'a std::path::Path);

#[cfg(unix)]
impl Drop for Removed<'_> {
    fn drop(&mut self) {
        drop(std::fs::remove_file(self.0));
    }
}

fn welcome<S>(stream: S, shared: &Arc<Shared>, open: &Arc<AtomicUsize>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let most = shared.machine.limits.connections;
    let counted = Counted::new(open);
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        if counted.place > most {
            let says = format!("the server has at most {most} connections");
            refuse(stream, &Fault::limit("connections", most, says).closing()).await;
        } else {
            converse(stream, shared).await;
        }
        drop(counted);
    });
}

/// One connection more, as long as it lives.
struct Counted {
    open: Arc<AtomicUsize>,
    place: usize,
}

impl Counted {
    fn new(open: &Arc<AtomicUsize>) -> Counted {
        Counted { open: Arc::clone(open), place: open.fetch_add(1, Ordering::AcqRel) + 1 }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The signals that mean: stop.
struct Stop {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
}

impl Stop {
    #[cfg(unix)]
    fn new() -> io::Result<Stop> {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Stop { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    #[cfg(unix)]
    async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    #[cfg(windows)]
    fn new() -> io::Result<Stop> {
        Ok(Stop { interrupt: tokio::signal::windows::ctrl_c()? })
    }

    #[cfg(windows)]
    async fn asked(&mut self) {
        let _ = self.interrupt.recv().await;
    }
}
