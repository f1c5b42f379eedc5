//! A server that listens nowhere: whoever has a stream converses with it.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use super::{ServeError, Settings, Shared, boot, connection};

/// A server without a place to listen at, a store or a recording: every stream that it is given is a connection. For those who
/// try what a connection does with arbitrary bytes.
#[doc(hidden)]
pub struct Conversing(Arc<Shared>);

impl Conversing {
    /// The machine boots.
    ///
    /// # Errors
    /// As [`super::run`].
    pub fn new(settings: Settings) -> Result<Conversing, ServeError> {
        let machine = Arc::new(boot::machine(&settings, 0, None, None)?);
        let stopping = watch::Sender::new(false);
        Ok(Conversing(Arc::new(Shared { machine, settings, stopping, machines: Arc::default() })))
    }

    /// Serves a connection until it ends.
    pub async fn with<S>(&self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        connection::serve(stream, Arc::clone(&self.0)).await;
    }

    /// How many processes and sockets there are on the machine.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let state = self.0.machine.lock();
        state.host.look(|world| (world.processes().count(), world.sockets().count()))
    }
}
