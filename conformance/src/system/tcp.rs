//! A server as a system: a machine of our own on it, which lives as long as the connection.

use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::time::Duration;

use portres_model::{Call, Names, Who};

use super::spoken::Spoken;
use super::{Answer, System, SystemError};
use crate::trace::Header;

/// How long a server may take to answer the connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server that speaks the wire form of `docs/trace-format.md`.
pub struct Tcp {
    stream: TcpStream,
    spoken: Spoken,
}

impl Tcp {
    /// Connects to the server.
    ///
    /// # Errors
    /// If there is none.
    pub fn new(address: &str) -> Result<Tcp, SystemError> {
        let cannot = |e: std::io::Error| SystemError(format!("cannot connect to `{address}`: {e}"));
        let found: Vec<_> = address.to_socket_addrs().map_err(cannot)?.collect();
        let mut failed = None;
        for address in found {
            match TcpStream::connect_timeout(&address, PATIENCE) {
                Ok(stream) => return Tcp::on(&format!("tcp:{address}"), stream).map_err(cannot),
                Err(error) => failed = Some(error),
            }
        }
        Err(failed.map_or_else(
            || SystemError(format!("expected HOST:PORT behind `tcp:`, found `{address}`")),
            cannot,
        ))
    }

    fn on(name: &str, stream: TcpStream) -> std::io::Result<Tcp> {
        // each call waits for the reply of the last
        stream.set_nodelay(true)?;
        let (to, from) = (stream.try_clone()?, stream.try_clone()?);
        Ok(Tcp { stream, spoken: Spoken::new(name.to_string(), to, from) })
    }
}

impl System for Tcp {
    fn start(&mut self, header: &Header) -> Result<Header, SystemError> {
        self.spoken.start(header)
    }

    fn call(&mut self, who: Who, names: Option<Names>, call: &Call) -> Result<Answer, SystemError> {
        self.spoken.call(who, names, call)
    }

    fn finish(&mut self) -> Result<(), SystemError> {
        self.spoken.finish();
        Ok(())
    }
}

impl Drop for Tcp {
    fn drop(&mut self) {
        // the thread that reads ends with it
        drop(self.stream.shutdown(Shutdown::Both));
    }
}
